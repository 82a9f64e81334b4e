/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random packets for the differential test: mostly sound ones, of all forms that there are, with
 * none, one or two things wrong. The same seed makes the same packets.
 */
#ifndef L2X_TESTS_DIFFERENTIAL_GENERATE_H
#define L2X_TESTS_DIFFERENTIAL_GENERATE_H

#include "packet.h"

struct random {
	uint64_t state;
};

void random_seed(struct random *r, uint64_t seed);
/* Below n, which is not 0. */
unsigned random_below(struct random *r, unsigned n);

/* A frame from the underlay. */
void generate_received(struct random *r, struct packet *p);
/* A frame from the payload's router. */
void generate_sent(struct random *r, struct packet *p);

#endif
