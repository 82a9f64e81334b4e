// SPDX-License-Identifier: GPL-2.0-only
/* Rate limits in userspace, see rate.h. */
#include "dataplane/rate.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/clock.h"

#define NS 1000000000ull

static size_t in_pages(size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

static int map(void **out, size_t size, int fd)
{
	int flags = fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	*out = at == MAP_FAILED ? NULL : at;
	return *out ? 0 : -errno;
}

#define TOTALS_SIZE in_pages(L2X_TOTALS_MAX * sizeof(struct l2x_total))

int rates_init(struct rates *r, uint32_t max_sessions, int buckets_fd, int totals_fd)
{
	int err;

	*r = (struct rates){.size = in_pages(((size_t)max_sessions + 1) * sizeof(*r->buckets))};
	r->total_used[0] = true; /* means none */
	err = map((void **)&r->buckets, r->size, buckets_fd);
	if (!err)
		err = map((void **)&r->totals, TOTALS_SIZE, totals_fd);
	if (err)
		rates_free(r);
	return err;
}

void rates_free(struct rates *r)
{
	if (r->buckets)
		munmap(r->buckets, r->size);
	if (r->totals)
		munmap(r->totals, TOTALS_SIZE);
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
	struct l2x_bucket *own = &r->buckets[s->stats_index];
	struct l2x_total *t = &r->totals[s->total];
	const uint32_t cost = rx ? s->cost_rx : s->cost_tx;
	uint64_t now;

	if (!cost && !s->total)
		return true;
	now = clock_ns(CLOCK_MONOTONIC);
	*why = L2X_DROP_RATE;
	if (!l2x_rate_admits(rx ? &own->rx : &own->tx, cost, bytes, now))
		return false;
	*why = L2X_DROP_RATE_TOTAL;
	return !s->total || l2x_rate_admits(rx ? &t->bucket.rx : &t->bucket.tx,
					    rx ? t->cost_rx : t->cost_tx, bytes, now);
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
