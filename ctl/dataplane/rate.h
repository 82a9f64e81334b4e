/* SPDX-License-Identifier: GPL-2.0-only */
/* Rate limits in userspace: the same buckets as the BPF programs', see l2x/rate.h. */
#ifndef L2X_DATAPLANE_RATE_H
#define L2X_DATAPLANE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "l2x/maps.h"
#include "l2x/rate.h"

struct rates {
	struct l2x_bucket *buckets; /* by stats_index */
	size_t size;		    /* bytes */
};

/* map_fd: the BPF map, or -1: none. */
int rates_init(struct rates *r, uint32_t max_sessions, int map_fd);
void rates_free(struct rates *r);

/* bits_per_s 0: no limit. */
uint32_t rate_cost(uint64_t bits_per_s);
bool rate_admits(struct rates *r, const struct l2x_session *s, bool rx, size_t bytes);

#endif
