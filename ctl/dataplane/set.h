/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets as userspace knows them: which sessions are their legs, and the value that the BPF programs
 * get (struct l2x_set), made from those. Pure: the caller writes a changed value to the maps.
 */
#ifndef L2X_DATAPLANE_SET_H
#define L2X_DATAPLANE_SET_H

#include <stdbool.h>
#include <stdint.h>
#include "base/list.h"
#include "l2x/maps.h"

struct session;

struct set_leg {
	struct session *session; /* NULL: the place is free */
	uint64_t weight;
	uint16_t mtu; /* its own; the session has the set's */
	/* What the counters showed when it became one. */
	uint64_t expected;
	struct l2x_leg_counters before;
};

struct set {
	struct l2x_set value;  /* flags 0: nobody has made it */
	struct list routes;    /* that lead here */
	uint64_t first_number; /* of what we send */
	struct set_leg legs[L2X_SET_LEGS];
};

struct sets {
	struct set *set; /* by id; [0] is not used */
	uint32_t max;
};

int sets_init(struct sets *sets, uint32_t max);
void sets_free(struct sets *sets);

/* NULL: no such set. */
struct set *set_of(const struct sets *sets, uint32_t id);
/* The first id that nobody has, or 0. */
uint32_t set_unused(const struct sets *sets);

/* A free place, or -E2BIG. */
int set_free_place(const struct set *set);
/* Makes the value anew from the legs and their sessions. Where no leg is up any more, the
 * generation changes. */
void set_refresh(struct set *set);

/* Bond: what the leg of these (bits) that was given most was given. */
uint64_t set_furthest(const struct l2x_set_state *state, uint8_t legs);

#endif
