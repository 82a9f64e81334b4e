/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which slots of the map `slots` are free. A slot is written before a session's key leads to it, and
 * never after: a change takes another slot. One that was given back may still be read by a program
 * that found it before, so it is not taken again for SLOTS_GRACE; the longest free one is first.
 * There are more slots than sessions, for as many changes in that time as there commonly are.
 */
#ifndef L2X_DATAPLANE_SLOTS_H
#define L2X_DATAPLANE_SLOTS_H

#include <stdint.h>

/* ns. A program is done with a packet within microseconds; a virtual CPU may stand still meanwhile. */
#define SLOTS_GRACE 100000000ull

struct slot {
	uint32_t number;
	uint64_t since; /* ns of CLOCK_MONOTONIC: when it was given back */
};

struct slots {
	struct slot *free; /* a ring, the longest free one first */
	uint32_t size, first, count;
};

/* How many there are for so many sessions. */
uint32_t slots_for(uint32_t max_sessions);

int slots_init(struct slots *s, uint32_t size);
void slots_free(struct slots *s);

/*
 * The next one goes to *number, to be waited for first: for so many ns, mostly 0. A table that is
 * full of sessions leaves slots still, so -ENOSPC is a caller that did not give back.
 */
int slots_take(struct slots *s, uint64_t now, uint32_t *number, uint64_t *wait);
/*
 * By the clock. When so much changes at once that none is old enough, this waits: up to the grace period
 * for each thousand or more of changes, while a slot that is taken too early sends a customer's packet to
 * another one.
 */
int slots_take_old(struct slots *s, uint32_t *number);

void slots_give_back_at(struct slots *s, uint32_t number, uint64_t now);
void slots_give_back(struct slots *s, uint32_t number);

#endif
