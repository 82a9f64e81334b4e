/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The three levels side by side, each with the same sessions and routes, in a namespace of this
 * process alone. XDP and tc ingress run by BPF_PROG_TEST_RUN; tc egress on a netdev's way, where
 * alone it can; and userspace is the controller's own data path, with its sockets and netdev.
 *
 *	under0, pay0, l2x0	as in lab.h: for XDP and tc
 *	oracle0			the same MAC address as under0: what comes by it gets to the UDP socket
 *	l2xu			the netdev of userspace
 *
 * The kernel itself neither forwards nor answers anything here.
 */
#ifndef L2X_TESTS_DIFFERENTIAL_LEVELS_H
#define L2X_TESTS_DIFFERENTIAL_LEVELS_H

#include <event2/event.h>
#include "base/log.h"
#include "dataplane/dataplane.h"
#include "lab.h"
#include "model.h"

#define LEVELS_FENCE_PORT 9  /* markers come from it */
#define LEVELS_COUNTERS	  40 /* indexes: 0, and session id - 19 */

struct levels {
	struct lab lab;
	struct event_base *base;
	struct logger log;
	struct dataplane *dp;
	unsigned netdev;			     /* l2xu */
	int underp, oraclep, netdev_tc, netdev_user; /* packet sockets */
	unsigned fence, up; /* control messages and frames that userspace has handed up */
};

enum moved {
	UNTOUCHED, /* left, or dropped */
	MOVED,
};

void levels_open(struct levels *l);
void levels_close(struct levels *l);

/* The index of a session's counters. */
unsigned levels_index(const struct known *s);
void levels_counters_bpf(struct levels *l, struct l2x_counters all[LEVELS_COUNTERS]);
void levels_counters_user(struct levels *l, struct l2x_counters all[LEVELS_COUNTERS]);

/* Returns the program's verdict; the frame or packet as it has left it goes to out. */
uint32_t levels_xdp(struct levels *l, bool from_peer, const struct packet *in, struct packet *out);
uint32_t levels_tc_ingress(struct levels *l, const struct packet *in, struct packet *out);
/* On the wire: the kernel takes the tags off. */
void levels_tc_tagged(struct levels *l, const struct packet *in);
void levels_tc_egress(struct levels *l, const struct packet *in);
/* Into the UDP socket, or the netdev; returns when userspace is done with it. */
void levels_user_receive(struct levels *l, const struct packet *in);
void levels_user_transmit(struct levels *l, const struct packet *in);

/* What came out, false when nothing has within WAIT_MS or, for the TUN's file, at once. */
bool levels_next(int fd, struct packet *p);
/* What a netdev received; returns the EtherType that the kernel takes it for, a tag's when there is one
 * left, or 0 as above. */
unsigned levels_next_payload(int fd, struct packet *p);
/* The next frame of ours out of under0, put together when it is in fragments. */
bool levels_next_outer(struct levels *l, struct packet *p);

#endif
