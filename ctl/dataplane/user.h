/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The userspace level's decisions, as pure functions of the tables and the packet: no socket, no
 * kernel, no counter. It is the oracle of the other levels: the same packet gets the same verdict
 * from XDP and tc, or is left by them to this one.
 */
#ifndef L2X_DATAPLANE_USER_H
#define L2X_DATAPLANE_USER_H

#include "dataplane/table.h"
#include "l2x/dedup.h"
#include "l2x/counters.h"
#include "wire/l2tp_data.h"

#define USER_HEADER_MAX (L2TP_DATA_SET_HDR_MAX + 4) /* L2TP, FF03 and the PPP protocol */

enum user_verdict {
	USER_DROP,
	USER_CONTROL, /* an L2TP control message */
	USER_PPP,     /* a PPP frame for the protocol layers */
	USER_LINK,    /* an inner IPv6 packet between the ends of the session, for them */
	USER_RELAY,   /* a whole data message, with the ids of the session that it goes on by */
	USER_PAYLOAD, /* an inner IP packet: to the netdev, or to the peer */
	USER_SET,     /* an inner IP packet to the legs of a set */
};

struct user_result {
	enum l2x_reason reason;	 /* with USER_DROP */
	struct session *session; /* whose counters it belongs to; NULL: no session's */
	struct session *onward;	 /* with USER_RELAY: by which it goes on */
	bool limited;		 /* with USER_RELAY: no control frame of PPP */
	size_t inner_len;	 /* with USER_RELAY: of what PPP carries */
	const uint8_t *data;	 /* message, frame or inner packet */
	size_t len;
	uint8_t header[USER_HEADER_MAX]; /* what goes in front of data towards the peer */
	size_t header_len;
	bool numbering;	 /* the peer has begun, or ceased, to number its packets */
	struct set *set; /* with USER_SET; or of the leg that it was received on, when it has a
			    number, which is then to be checked */
	struct l2x_number number;
};

/* Both change a TCP SYN in place where its session wants that (L2X_SESSION_MSS_FIX). */
/* A UDP payload that came from peer. */
enum user_verdict user_receive(const struct table *t, const struct endpoint *peer, uint8_t *packet,
			       size_t len, struct user_result *out);
/* A packet that the kernel sent out of a netdev. */
enum user_verdict user_transmit(const struct table *t, unsigned netdev, uint8_t *packet, size_t len,
				struct user_result *out);

/*
 * The headers of an IP packet to this session's peer, into buf of USER_HEADER_MAX bytes: L2TP, FF03
 * where the session sends it, and the PPP protocol. Takes the next Ns. Returns their length, or 0
 * when such a payload cannot be described.
 */
size_t user_header(struct session *s, uint8_t *buf, uint16_t ppp_protocol, size_t payload_len);
/* The same for a copy of a set's packet, on this leg. */
size_t user_leg_header(const struct session *s, uint8_t *buf, uint16_t ppp_protocol,
		       const struct l2x_number *number);
/* The same for a frame that starts with its protocol field. */
size_t user_frame_header(struct session *s, uint8_t *buf, const uint8_t *frame, size_t len);

#endif
