/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control messages (RFC 2661 3.1, 4.1): reading them into a struct that holds each attribute once,
 * writing them AVP by AVP, and showing them in words. Pure functions over bytes.
 *
 * Reading is strict about lengths and liberal about the rest: what a message should not hold is
 * ignored, the first of two equal AVPs counts. What RFC 2661 4.2 and 7.1 call catastrophic is noted
 * in `problem`; the state machines, which know what must end because of it, act on it.
 */
#ifndef L2X_WIRE_L2TP_MESSAGE_H
#define L2X_WIRE_L2TP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "l2x/wire.h"
#include "wire/l2tp_avp.h"
#include "wire/l2tp_crypto.h"

#define L2TP_MESSAGE_MAX 4096 /* longest control message that we take, bytes */

struct l2tp_header {
	uint16_t tunnel_id, session_id, ns, nr;
	uint16_t length; /* of the whole message */
};

/* 0, or -EBADMSG: no control message of L2TPv2, or its header is malformed; to be discarded (RFC
 * 2661 7.1). */
int l2tp_header_parse(const uint8_t *msg, size_t len, struct l2tp_header *h);

/* An acknowledgement without a message (RFC 2661 5.8)? */
static inline bool l2tp_is_zlb(const struct l2tp_header *h)
{
	return h->length == L2TP_CTRL_HDR_LEN;
}

/*
 * An AVP of ours, never mandatory, in an ICRQ that a relay sends: the relays that the call has passed, each a
 * number of L2TP_TRAIL_LEN bytes. We have no enterprise number; this one is for examples (RFC 5612), so no
 * vendor's equipment gives it a meaning, and a mark before the numbers says that they are ours. The attribute is
 * none of RFC 2661's either: xl2tpd does not look at the vendor.
 */
#define L2TP_TRAIL_VENDOR    32473
#define L2TP_TRAIL_ATTRIBUTE 1000
#define L2TP_TRAIL_MARK	     "l2x-relays"
#define L2TP_TRAIL_LEN	     8

struct l2tp_value {
	const uint8_t *p; /* into the message, or into l2tp_message.clear */
	uint16_t len;
	bool present;
	bool veiled; /* hidden, and no secret was given: p is what came */
};

struct l2tp_problem {
	uint16_t error; /* enum l2tp_error of ctl/l2tp, RFC 2661 4.4.2; 0: none */
	char text[80];
};

struct l2tp_message {
	struct l2tp_header header;
	uint16_t type;	     /* 0: not known */
	bool type_mandatory; /* M bit of the Message Type AVP */
	struct l2tp_value avp[AVP_COUNT];
	struct l2tp_value trail;	 /* relays that a call has passed, without the mark */
	struct l2tp_problem problem;	 /* the first one */
	char ignored[80];		 /* the first AVP that is malformed and may be; or empty */
	uint8_t clear[L2TP_MESSAGE_MAX]; /* hidden values, revealed */
	size_t clear_len;
};

/*
 * Read a message that is no ZLB. secret NULL: not known yet, hidden AVPs stay veiled. 0, or
 * -EBADMSG as l2tp_header_parse(). The result points into msg and into itself: do not copy it.
 */
int l2tp_message_parse(struct l2tp_message *m, const uint8_t *msg, size_t len, const char *secret);

/* 0 when it is not there */
uint16_t l2tp_get_u16(const struct l2tp_message *m, enum l2tp_attribute a);
uint32_t l2tp_get_u32(const struct l2tp_message *m, enum l2tp_attribute a);
/* As text: cut to the room, control bytes and what is not ASCII made '?', always with a NUL. */
void l2tp_get_text(const struct l2tp_message *m, enum l2tp_attribute a, char *out, size_t room);
bool l2tp_has(const struct l2tp_message *m, enum l2tp_attribute a); /* there and readable */

/* Any bytes made text that can be shown. */
void l2tp_printable(char *out, size_t room, const uint8_t *p, size_t len);

/*
 * Writing: l2tp_write_begin(), AVPs, l2tp_write_end(), which returns the length, or 0 when it did
 * not fit. Ns and Nr are left 0 for the channel. The M bit is what RFC 2661 says for the attribute.
 */
void l2tp_write_begin(struct wbuf *b, uint16_t tunnel_id, uint16_t session_id,
		      enum l2tp_message_type type);
void l2tp_write_u16(struct wbuf *b, enum l2tp_attribute a, uint16_t v);
void l2tp_write_u32(struct wbuf *b, enum l2tp_attribute a, uint32_t v);
void l2tp_write_bytes(struct wbuf *b, enum l2tp_attribute a, const void *p, size_t len);
void l2tp_write_text(struct wbuf *b, enum l2tp_attribute a, const char *s);
void l2tp_write_trail(struct wbuf *b, const void *relays, size_t len);
/* error 0 and no text: the Result Code alone */
void l2tp_write_result(struct wbuf *b, uint16_t result, uint16_t error, const char *text);
size_t l2tp_write_end(struct wbuf *b);

/*
 * Hide what RFC 2661 allows to be hidden in a whole message of len bytes, with a Random Vector
 * behind the Message Type; padding: random bytes that are added to each value. The Assigned Tunnel and Session ID
 * stay readable: every header has them, and a peer that does not yet know which secret is meant
 * needs them. Returns the new length, or 0 when it does not fit.
 */
size_t l2tp_write_hidden(const uint8_t *msg, size_t len, const char *secret, struct l2tp_vector rv,
			 struct l2tp_vector padding, uint8_t *out, size_t room);
/* Put Ns and Nr into a whole message. */
void l2tp_write_numbers(uint8_t *msg, uint16_t ns, uint16_t nr);
/* A whole ZLB: L2TP_CTRL_HDR_LEN bytes. */
void l2tp_write_zlb(struct wbuf *b, uint16_t tunnel_id, uint16_t ns, uint16_t nr);

/*
 * In words, in one line: "SCCRQ tunnel 0 session 0 Ns 0 Nr 0: Host Name "lac", Assigned Tunnel ID
 * 7". Secrets, challenges, responses and whatever is hidden are named but not shown. Returns buf.
 */
const char *l2tp_message_text(const uint8_t *msg, size_t len, char *buf, size_t room);

#endif
