/* SPDX-License-Identifier: GPL-2.0-only */
/* The fixtures: packet in and map state; verdict, packet out and counters. */
#ifndef L2X_TESTS_BPF_FIXTURES_H
#define L2X_TESTS_BPF_FIXTURES_H

#include "lab.h"

enum outcome {
	PASS,	  /* untouched, to the level below */
	DROP,	  /* counted under the reason; untouched */
	REDIRECT, /* counted as moved */
};

struct fixture {
	const char *description;
	struct spec in;
	void (*change)(struct packet *p); /* of the packet in, behind what a spec can say */
	__u32 flags;			  /* of session 1, see lab_sessions() */
	__u16 mtu;
	enum outcome outcome;
	enum l2x_reason reason; /* DROP */
	unsigned stats;		/* stats_index of the session that counts; 0: session 1 */
	struct spec out;	/* REDIRECT */
	void (*out_change)(struct packet *p); /* the same, of the packet out */
};

extern const struct fixture decap_fixtures[], encap_fixtures[];
extern const size_t decap_count, encap_count;

#endif
