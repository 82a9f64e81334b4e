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
	struct l2x_limit *limits;	 /* by stats_index */
	struct l2x_total *totals;	 /* by l2x_limit.total */
	size_t limits_size, totals_size; /* bytes */
	bool total_used[L2X_TOTALS_MAX];
};

/* Of the BPF maps; -1: there are none. */
int rates_init(struct rates *r, uint32_t max_sessions, int limits_fd, int totals_fd);
void rates_free(struct rates *r);

/* bits_per_s 0: no limit. */
uint32_t rate_cost(uint64_t bits_per_s);
/* True, or which limit is reached. */
bool rate_admits(struct rates *r, const struct l2x_session *s, bool rx, size_t bytes,
		 enum l2x_reason *why);

/* Of the session, which says that it has limits by L2X_SESSION_LIMITED; bit/s, 0: none. */
void rates_set(struct rates *r, uint32_t stats_index, uint64_t rx, uint64_t tx, uint32_t total);

/* One that nobody has, for sessions to share. -ENOSPC: there is none. */
int rates_total_take(struct rates *r, uint32_t *total);
void rates_total_give_back(struct rates *r, uint32_t total);
void rates_total_set(struct rates *r, uint32_t total, uint64_t rx, uint64_t tx);

#endif
