/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the data path must do with a packet, said a second time: by a model that shares no code with
 * any level and is written from docs/datapath.md. Where all levels made the same mistake, it would
 * not. It knows one world, that of test_differential.c: its sessions, routes, addresses and MTUs.
 */
#ifndef L2X_TESTS_DIFFERENTIAL_MODEL_H
#define L2X_TESTS_DIFFERENTIAL_MODEL_H

#include "l2x/counters.h"
#include "l2x/maps.h"
#include "packet.h"

/*
 * The sessions: key (10, id), peer's ids (30, id + 20); 10.64.ID.0/24 and 2001:db8:64:ID::/64 are
 * routed to it (ID in decimal in both), but 10.64.20.128/25 to the second.
 */
struct known {
	uint16_t id;
	int family; /* 4 or 6 */
	uint32_t flags;
	uint16_t mtu;
	uint16_t peer_port;
	uint8_t local;	/* last byte of the local address */
	uint64_t limit; /* bit/s; one that is exhausted for the whole test, or never reached */
	uint16_t relay; /* relayed: id of the other half */
	uint8_t total;	/* a limit that it shares with others: one of the following, 0: none */
};

enum {
	MODEL_TOTAL_AMPLE = 1,
	MODEL_TOTAL_EXHAUSTED,
};

#define MODEL_TUNNEL	10
#define MODEL_PEER_ID	30
#define MODEL_ID_OFFSET 20
#define MODEL_EXHAUSTED 8	      /* bit/s: the first packet pays for minutes */
#define MODEL_AMPLE	1000000000000 /* bit/s */
#define MODEL_LINK_MTU	1500

extern const struct known model_sessions[];
extern const size_t model_session_count;

enum model_verdict {
	MODEL_LEFT,    /* to the next level, untouched, not counted */
	MODEL_DROPPED, /* counted under the reason */
	MODEL_TAKEN,   /* counted as moved */
	MODEL_UP,      /* a control message, or a PPP frame for the protocol layers */
	MODEL_UNSURE,  /* a matter of the kernel's that the model does not know */
};

struct model {
	enum model_verdict verdict;
	const char *why; /* MODEL_LEFT: which of the documented reasons */
	enum l2x_reason reason;
	const struct known *session; /* NULL: counted for no session */
	size_t inner, len;	     /* of the inner packet: where it starts, and its own length */
	bool v6;		     /* it is IPv6 */
	/* relayed: len is what PPP carries */
	const struct known *onward; /* by which half it goes on */
	bool control;		    /* it goes on, and does not count */
	size_t udp, udp_len;	    /* what goes on, with the UDP header */
};

/* A frame from the underlay. At the userspace level: what the socket gets of it, if anything. */
void model_receive(const struct packet *frame, enum l2x_level level, struct model *m);
/* A frame of a NIC (XDP) or, with 14 bytes in front that are not looked at, a packet out of the netdev. */
void model_transmit(const struct packet *frame, enum l2x_level level, struct model *m);

/* Where the outer UDP header is, and its checksum to be made right; 0: there is none. */
size_t model_udp(const struct packet *frame);
void model_udp_fix(struct packet *frame);

/* The inner packet at off as the receiver gets it: MSS lowered; hop: one router further too. */
void model_inner(struct packet *p, size_t off, const struct known *s, bool hop);
/* frame: Ethernet as on the underlay and all that l2x puts in front of an inner packet. */
void model_encap(const struct known *s, const uint8_t *inner, size_t len, bool v6, uint16_t ns,
		 struct packet *frame);
/* The message as it goes on, Ethernet and all; user: with a checksum that is right, whatever it was. */
void model_relay(const struct packet *frame, const struct model *m, bool user, struct packet *out);
/* The sum over the pseudo header alone. */
unsigned model_udp_pseudo(const struct packet *frame);
/* Equal, but for checksums of TCP at l4 (0: none) that are two forms of the same number. */
bool model_same(const uint8_t *a, const uint8_t *b, size_t len, size_t tcp_check);
/* Offset of the TCP checksum in the IP packet, 0: it has none. */
size_t model_tcp_check(const uint8_t *ip, size_t len);

#endif
