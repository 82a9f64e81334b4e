/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of sessions: which index a session has, what userspace counted, and the sum of that and
 * of what the BPF programs counted on each CPU. Index 0 is for packets of no session.
 */
#ifndef L2X_DATAPLANE_COUNTERS_H
#define L2X_DATAPLANE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>
#include "l2x/maps.h"

struct counters {
	struct l2x_counters *user; /* by index */
	struct l2x_counters *cpus; /* one value of the map */
	/* What each CPU remembers, with what it has moved (l2x/maps.h); NULL: no BPF */
	volatile struct l2x_known_session *known;
	size_t known_size; /* bytes */
	uint32_t places;   /* of those, on each CPU */
	uint32_t *unused;  /* indexes that no session has; the last is given out next */
	uint32_t unused_count, size;
	int cpu_count, map_fd; /* -1: no BPF */
};

/* The maps `counters` and `known_sessions`; -1: no BPF. */
int counters_init(struct counters *c, uint32_t max_sessions, int map_fd, int known_fd,
		  uint32_t places);
void counters_free(struct counters *c);

/* An index whose counters are zero, for this session. -ENOSPC: none is left. */
int counters_take(struct counters *c, struct l2x_session_key key, uint32_t *index);
void counters_give_back(struct counters *c, uint32_t index);

int counters_sum(struct counters *c, struct l2x_session_key key, uint32_t index,
		 struct l2x_counters *out);

static inline void counters_add(struct l2x_count *count, size_t bytes)
{
	count->packets++;
	count->bytes += bytes;
}

#endif
