// SPDX-License-Identifier: GPL-2.0-only
/* Rate limits in userspace, see rate.h. */
#include "dataplane/rate.h"

#include <errno.h>
#include <sys/mman.h>
#include "base/clock.h"
#include "dataplane/memory.h"

#define NS 1000000000ull

int rates_init(struct rates *r, uint32_t max_sessions, int limits_fd, int totals_fd)
{
	int err = 0;

	*r = (struct rates){.limits_size = ((size_t)max_sessions + 1) * sizeof(*r->limits),
			    .totals_size = L2X_TOTALS_MAX * sizeof(*r->totals)};
	r->total_used[0] = true; /* means none */
	r->limits = memory_map(limits_fd, &r->limits_size);
	if (r->limits)
		r->totals = memory_map(totals_fd, &r->totals_size);
	if (!r->totals) {
		err = -errno;
		rates_free(r);
	}
	return err;
}

void rates_free(struct rates *r)
{
	if (r->limits)
		munmap(r->limits, r->limits_size);
	if (r->totals)
		munmap(r->totals, r->totals_size);
	*r = (struct rates){0};
}

uint32_t rate_cost(uint64_t bits_per_s)
{
	uint64_t cost;

	if (!bits_per_s)
		return 0;
	cost = ((8 * NS << L2X_RATE_SHIFT) + bits_per_s / 2) / bits_per_s;
	if (!cost)
		return 1;
	return cost > UINT32_MAX ? UINT32_MAX : (uint32_t)cost;
}

bool rate_admits(struct rates *r, const struct l2x_session *s, bool rx, size_t bytes,
		 enum l2x_reason *why)
{
	struct l2x_limit *own = &r->limits[s->stats_index];
	struct l2x_total *t = &r->totals[own->total];
	uint64_t now;

	if (!(s->flags & L2X_SESSION_LIMITED))
		return true;
	now = clock_ns(CLOCK_MONOTONIC);
	*why = L2X_DROP_RATE;
	if (!l2x_rate_admits(rx ? &own->bucket.rx : &own->bucket.tx,
			     rx ? own->cost_rx : own->cost_tx, bytes, now))
		return false;
	*why = L2X_DROP_RATE_TOTAL;
	return !own->total || l2x_rate_admits(rx ? &t->bucket.rx : &t->bucket.tx,
					      rx ? t->cost_rx : t->cost_tx, bytes, now);
}

void rates_set(struct rates *r, uint32_t stats_index, uint64_t rx, uint64_t tx, uint32_t total)
{
	struct l2x_limit *own = &r->limits[stats_index];

	own->cost_rx = rate_cost(rx);
	own->cost_tx = rate_cost(tx);
	own->total = total;
}

int rates_total_take(struct rates *r, uint32_t *total)
{
	for (uint32_t i = 1; i < L2X_TOTALS_MAX; i++) {
		if (r->total_used[i])
			continue;
		r->total_used[i] = true;
		r->totals[i] = (struct l2x_total){0};
		*total = i;
		return 0;
	}
	return -ENOSPC;
}

void rates_total_give_back(struct rates *r, uint32_t total)
{
	if (total)
		r->total_used[total] = false;
}

void rates_total_set(struct rates *r, uint32_t total, uint64_t rx, uint64_t tx)
{
	r->totals[total].cost_rx = rate_cost(rx);
	r->totals[total].cost_tx = rate_cost(tx);
}
