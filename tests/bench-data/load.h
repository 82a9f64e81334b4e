/* SPDX-License-Identifier: GPL-2.0-only */
/* What the load generator (load.bpf.c) is told by the program that runs it. */
#ifndef L2X_TESTS_BENCH_LOAD_H
#define L2X_TESTS_BENCH_LOAD_H

#include <linux/types.h>

#define LOAD_INNER 64		     /* bytes of an inner packet */
#define LOAD_PLAIN (14 + LOAD_INNER) /* a frame that holds one */
#define LOAD_OUTER (20 + 8 + 6 + 4)  /* IPv4, UDP, L2TP, PPP with FF03 */
#define LOAD_L2TP  (LOAD_PLAIN + LOAD_OUTER)
#define LOAD_FLOWS 65000

/* Offset of tunnel and session id. */
#define LOAD_IDS (14 + 20 + 8 + 2)

/* A flow: of which session, and the subscriber's address in the inner packet. */
struct load_flow {
	__be16 tunnel_id, session_id;
	__be32 addr; /* inner; source or destination */
	__be32 peer; /* outer source */
};

struct load {
	__u32 ifindex;	 /* where the frames go */
	__u32 flows;	 /* in random order; 1: the template as it is */
	__u32 tunnelled; /* LOAD_L2TP bytes, else LOAD_PLAIN */
	__u32 sink_len;	 /* frames of this length are right ones */
	__u8 frame[LOAD_L2TP] __attribute__((aligned(8)));
};

#endif
