/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The forms that captured packets take (docs/capture.md). Pure functions over bytes.
 *
 * Wrapper: the outer IP packet, link type RAW. What came by a socket, without its outer headers, gets such as the path
 * says.
 *
 * Content: what PPP carries, behind a header of Linux' cooked captures (link type LINUX_SLL), which has the
 * direction, and the tunnel's and the session's id in its address. IPv4 and IPv6 are just that; everything else, LCP
 * and its company, is put into a PPPoE session packet (RFC 2516 4), the form in which all readers know PPP behind such a header.
 */
#ifndef L2X_WIRE_CAPTURE_H
#define L2X_WIRE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"
#include "base/buf.h"
#include "l2x/maps.h"

/* How captured packets come from the controller: one of these, and cap bytes behind each. */
struct capture_record {
	uint64_t ns;	 /* CLOCK_REALTIME */
	uint64_t missed; /* packets so far that it had to leave out */
	uint32_t cap;	 /* bytes that follow; 0: none, it only tells what was missed */
	uint32_t len;	 /* of the whole packet */
};

/* Bytes of which only the first may be there. */
struct capture_bytes {
	const uint8_t *p;
	size_t cap, len; /* there are, there were */
};

struct capture_outer {
	struct endpoint from, to;
	struct capture_bytes packet, message; /* IP; L2TP */
};

/* An Ethernet frame with up to two tags, and an IP packet with UDP in it, not a fragment. 0 or -EBADMSG. */
int capture_outer_parse(const struct capture_bytes *frame, struct capture_outer *out);

#define CAPTURE_HEADER_MAX 48				/* what the following two put at most */
#define CAPTURE_RECORD_MAX (65536 + CAPTURE_HEADER_MAX) /* cap at most */

/* Outer headers in front of an L2TP message. */
void capture_put_wrapper(struct wbuf *b, const struct endpoint *from, const struct endpoint *to,
			 const struct capture_bytes *message);

/* What stands in front of the content of an L2TP data message, and what content that is. -EBADMSG: there is none. */
int capture_put_content(struct wbuf *b, bool sent, struct l2x_session_key session,
			const struct capture_bytes *message, struct capture_bytes *content);

#endif
