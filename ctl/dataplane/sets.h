/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What packets change of sets: the number that is sent next, the slots of the receiver, counters.
 * Where BPF is used, the first two are the maps' own memory, so that userspace takes its numbers
 * from, and finds duplicates in, the same words.
 */
#ifndef L2X_DATAPLANE_SETS_H
#define L2X_DATAPLANE_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "l2x/dedup.h"
#include "l2x/maps.h"

struct dataplane;
struct dataplane_session;
struct session;

/* A devmap of set_nics. */
struct set_nic_list {
	uint32_t nics[L2X_SET_LEGS]; /* in order; 0: none */
	unsigned users;		     /* sets */
	bool made;
};

struct set_memory {
	struct l2x_set_state *states; /* by id */
	__u64 *slots;		      /* set 1's, set 2's, ... */
	size_t states_size, slots_size;
	unsigned window;			  /* log2 of a set's slots */
	struct l2x_set_counters *user;		  /* by id: what userspace counted */
	struct l2x_set_counters *cpus;		  /* one value of the map */
	int cpu_count, counters_fd;		  /* -1: no BPF */
	struct set_nic_list lists[L2X_NIC_LISTS]; /* [0] is not used */
};

static inline uint32_t set_slot_count(uint32_t max_sets, unsigned window)
{
	return max_sets ? max_sets << window : 1;
}

int sets_memory_open(struct dataplane *dp, uint32_t max_sets, unsigned window);
void sets_memory_close(struct dataplane *dp);

/*
 * A session becomes a leg, stays one, changes as one: what its value has to say of the set; and,
 * when that is in the table, the set. Leaving: before the session goes, or gets another set.
 */
int leg_prepare(struct dataplane *dp, const struct dataplane_session *s, struct l2x_session *value);
int leg_join(struct dataplane *dp, const struct dataplane_session *s);
int leg_leave(struct dataplane *dp, struct session *s);

/* set_nics.c: NICs of the legs, into the set's value. Has it changed? */
bool set_nics_choose(struct dataplane *dp, uint32_t id);
/* Of all sets, or of those only that could not send a copy lately. */
void set_nics_refresh(struct dataplane *dp, bool all);

#endif
