/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The header of a data message (RFC 2661 3.1), with any combination of its optional fields:
 *
 *    0                   1
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
 *   |T|L|x|x|S|x|O|P|x|x|x|x|  Ver  | Length (L) | Tunnel ID | Session ID | Ns, Nr (S) |
 *    Offset Size, pad (O) |
 *
 * Whatever is not sound here (and every control message) is no verdict: the socket below sees it
 * and counts it.
 */
#ifndef L2X_BPF_L2TP_H
#define L2X_BPF_L2TP_H

#include "l2x/maps.h"
#include "l2x/wire.h"
#include "parse.h"

/* A longer offset pad is legal, and left to userspace. */
#define L2TP_PAD_MAX 128

struct l2tp_ids {
	__be16 tunnel, session;
};

/*
 * Moves *off behind the header and *end to where the Length field says, when there is one. The bits
 * of the header, or -1. Bits
 * marked x are reserved: ignored on receipt. P is a hint for a queue that we do not have.
 */
static __always_inline int parse_l2tp(const struct pkt *p, __u64 *off, __u64 *end,
				      struct l2x_session_key *key)
{
	const struct l2tp_ids *ids;
	__u64 at = *off;
	int flags, v;

	flags = pkt_u16(p, at);
	if (flags < 0 || (flags & L2TP_T) || (flags & L2TP_VER_MASK) != L2TP_VER)
		return -1;
	at += 2;
	if (flags & L2TP_L) {
		v = pkt_u16(p, at);
		/* The Length covers the header from its first bit on; what is behind is padding. */
		if (v < 0 || *off + v > *end)
			return -1;
		*end = *off + v;
		at += 2;
	}
	ids = pkt_at(p, at, sizeof(*ids));
	if (!ids)
		return -1;
	key->tunnel_id = bpf_ntohs(ids->tunnel);
	key->session_id = bpf_ntohs(ids->session);
	at += sizeof(*ids);
	if (flags & L2TP_S)
		at += 4;
	if (flags & L2TP_O) {
		v = pkt_u16(p, at);
		if (v < 0 || v > L2TP_PAD_MAX)
			return -1;
		at += 2 + v;
	}
	if (at > *end)
		return -1;
	*off = at;
	return flags;
}

#endif
