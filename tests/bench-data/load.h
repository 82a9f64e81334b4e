/* SPDX-License-Identifier: GPL-2.0-only */
/* What the load generator (load.bpf.c) is told by the program that runs it. */
#ifndef L2X_TESTS_BENCH_LOAD_H
#define L2X_TESTS_BENCH_LOAD_H

#include <linux/types.h>

#define LOAD_INNER 64		     /* bytes of an inner packet */
#define LOAD_PLAIN (14 + LOAD_INNER) /* a frame that holds one */
#define LOAD_OUTER (20 + 8 + 6 + 4)  /* IPv4, UDP, L2TP, PPP with FF03 */
#define LOAD_L2TP  (LOAD_PLAIN + LOAD_OUTER)
#define LOAD_COPY  (LOAD_L2TP + 4) /* with a number: Ns and Nr */
#define LOAD_FLOWS 65000
#define LOAD_SETS  1000
#define LOAD_SKEW  50 /* ms; 16-bit numbers come round in some 100 */
#define LOAD_CORES 2
/* Packets on their way at most, where more would only have the receiver work for what it then drops. */
#define LOAD_WINDOW 128

/* Offset of tunnel and session id. */
#define LOAD_IDS (14 + 20 + 8 + 2)
/* And of Ns. */
#define LOAD_NS (LOAD_IDS + 4)

/* A flow: of which session, and the subscriber's address in the inner packet. */
struct load_flow {
	__be16 tunnel_id, session_id;
	__be32 addr; /* inner; source or destination */
	__be32 peer; /* outer source */
};

/* So often in vain: what is awaited was lost, while neighbours were found. */
#define LOAD_GIVE_UP 100000

enum load_kind {
	LOAD_IS_PLAIN,	   /* LOAD_PLAIN bytes */
	LOAD_IS_TUNNELLED, /* LOAD_L2TP bytes */
	LOAD_IS_PAIR,	   /* the same, of two flows in turn, that stand one behind the other */
	LOAD_IS_COPIES,	   /* LOAD_COPY bytes, of two flows with the same number */
};

struct load {
	__u32 ifindex;	/* where the frames go */
	__u32 ifindex2; /* and the second ones of pairs and copies */
	__u32 first;	/* flow */
	__u32 flows;	/* in random order; 1: the template as it is */
	__u32 kind;	/* enum load_kind */
	__u32 window;	/* of single ones so many are on their way at most; 0: no matter */
	__u32 arrive;	/* of two of a pair, or of two copies, so many arrive at the sink */
	__u32 sink_len; /* frames of this length are right ones */
	__u8 frame[LOAD_COPY] __attribute__((aligned(8)));
};

/* Frames that have arrived, give or take some: each core has a line of its own. */
struct load_progress {
	__u64 arrived;
	__u64 pad[15];
};

#endif
