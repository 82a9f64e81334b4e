/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The L2TP header of data messages (RFC 2661 3.1), for the userspace data path: any combination of
 * the L, S and O bits on receipt, L and S on sending. Pure functions over bytes; numbers are in
 * host order.
 *
 *   |T|L|x|x|S|x|O|P|x|x|x|x| Ver |  Length (L)      |
 *   |  Tunnel ID                  |  Session ID      |
 *   |  Ns (S)                     |  Nr (S)          |
 *   |  Offset Size (O)            |  offset pad (O) ...
 */
#ifndef L2X_WIRE_L2TP_DATA_H
#define L2X_WIRE_L2TP_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "l2x/dedup.h"
#include "l2x/wire.h"

struct l2tp_data {
	uint16_t flags; /* the first 16 bits as received: L2TP_L, L2TP_S, L2TP_O, L2TP_P */
	uint16_t tunnel_id, session_id;
	uint16_t ns, nr;    /* 0 without L2TP_S */
	size_t payload;	    /* offset of the PPP frame in the packet */
	size_t payload_len; /* its length: up to Length where that is given, else to the packet's
			       end */
};

/* Is the T bit set? False too for what is too short to hold it. */
static inline bool l2tp_is_control(const uint8_t *pkt, size_t len)
{
	return len >= 1 && (pkt[0] & (L2TP_T >> 8));
}

/*
 * 0, or -EBADMSG: a control message, another version, or a header that does not fit the packet. A
 * payload of no bytes is sound here.
 */
int l2tp_data_parse(const uint8_t *pkt, size_t len, struct l2tp_data *out);

/* The number in its set (docs/sets.md), of either form, of a packet that was parsed; false: it has
 * none. The epoch of a plain number is the receiver's business, and 0 here. */
bool l2tp_data_number(const uint8_t *pkt, const struct l2tp_data *data, struct l2x_number *out);

/* The header of a set's packet: always the same length for a form. */
#define L2TP_DATA_SET_HDR_MAX (L2TP_DATA_HDR_MAX - 2 + L2X_PAD_LEN)
size_t l2tp_data_set_header(uint8_t *buf, size_t room, uint16_t tunnel_id, uint16_t session_id,
			    const struct l2x_number *number);

/*
 * Write a header for payload_len bytes of payload with any of L2TP_L, L2TP_S and L2TP_P in flags. ns is
 * used with L2TP_S; Nr is reserved in data messages and sent as 0 (RFC 2661 3.1). Returns its
 * length, or 0 when it does not fit the room, or the message does not fit the Length field.
 */
size_t l2tp_data_header(uint8_t *buf, size_t room, uint16_t flags, uint16_t tunnel_id,
			uint16_t session_id, uint16_t ns, size_t payload_len);

#endif
