/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of sessions: which index a session has, what userspace counted, and the sum of that and
 * of what the BPF programs counted on each CPU. Index 0 is for packets of no session.
 */
#ifndef L2X_DATAPLANE_COUNTERS_H
#define L2X_DATAPLANE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>
#include "l2x/counters.h"

struct counters {
	struct l2x_counters *user; /* by index */
	struct l2x_counters *cpus; /* one value of the map */
	struct l2x_moved *moved;   /* by CPU and index, shared with XDP; NULL: no BPF */
	uint32_t *unused;	   /* indexes that no session has; the last is given out next */
	uint32_t *place;	   /* in that list, of each of them */
	uint32_t unused_count, size;
	int cpu_count, map_fd; /* -1: no BPF */
};

/* The maps `counters` and `moved`; -1: no BPF. */
int counters_init(struct counters *c, uint32_t max_sessions, int map_fd, int moved_fd);
void counters_free(struct counters *c);

/* An index whose counters are zero, like if that is free. -ENOSPC: none is left. */
int counters_take(struct counters *c, uint32_t like, uint32_t *index);
void counters_give_back(struct counters *c, uint32_t index);

int counters_sum(struct counters *c, uint32_t index, struct l2x_counters *out);

static inline void counters_add(struct l2x_count *count, size_t bytes)
{
	count->packets++;
	count->bytes += bytes;
}

#endif
