/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bpf/capture.h tells the controller (docs/capture.md): one event for a frame that is
 * received, and another for its fate, when the data path's program has decided; one for each that is sent.
 * Those of a CPU come in their order.
 */
#ifndef L2X_CAPTURE_H
#define L2X_CAPTURE_H

#include <linux/types.h>
#include "maps.h"

/* Of a frame. A GSO packet of 64 KB fits; the perf event that carries it may not be longer than 65,535 bytes. */
#define L2X_CAPTURE_SNAP 65000

enum l2x_capture_kind {
	L2X_CAPTURE_RECEIVED, /* a frame of a watched session, or one of which only the controller can tell */
	L2X_CAPTURE_FATE, /* of the one before, of this hook and CPU; without bytes */
	L2X_CAPTURE_SENT,
};

enum l2x_capture_hook {
	L2X_CAPTURE_XDP,
	L2X_CAPTURE_TC,
	L2X_CAPTURE_HOOKS,
};

enum l2x_capture_fate {
	L2X_CAPTURE_TAKEN,
	L2X_CAPTURE_DROPPED,
	L2X_CAPTURE_LEFT, /* to the next level */
};

struct l2x_capture_event {
	__u64 ns;			/* CLOCK_MONOTONIC */
	__u32 len;			/* of the frame, from its Ethernet header on */
	__u32 cap;			/* bytes of it that follow */
	struct l2x_session_key session; /* SENT */
	__u8 kind, hook, fate;
	__u8 pad;
};

/* A watched session as its outer packets to the peer show it. */
struct l2x_capture_peer {
	__u8 addr[16]; /* IPv4 in the first four */
	__be16 port;
	__be16 tunnel_id, session_id;
	__u16 pad;
};

/* Per CPU. */
struct l2x_capture_state {
	__u64 missed;		       /* frames for which there was no room */
	__u8 waits[L2X_CAPTURE_HOOKS]; /* a frame waits for its fate */
	__u8 pad[8 - L2X_CAPTURE_HOOKS];
	__u8 head[128]; /* of the frame, to be looked at */
};

_Static_assert(sizeof(struct l2x_capture_event) == 24, "capture event");
_Static_assert(sizeof(struct l2x_capture_peer) == 24, "capture peer");

#endif
