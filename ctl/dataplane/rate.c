// SPDX-License-Identifier: GPL-2.0-only
/* Rate limits in userspace, see rate.h. */
#include "dataplane/rate.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000ull

int rates_init(struct rates *r, uint32_t max_sessions, int map_fd)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = ((size_t)max_sessions + 1) * sizeof(struct l2x_bucket);
	int flags = map_fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
	void *at;

	size = (size + page - 1) / page * page;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, map_fd, 0);
	*r = (struct rates){0};
	if (at == MAP_FAILED)
		return -errno;
	*r = (struct rates){at, size};
	return 0;
}

void rates_free(struct rates *r)
{
	if (r->buckets)
		munmap(r->buckets, r->size);
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

bool rate_admits(struct rates *r, const struct l2x_session *s, bool rx, size_t bytes)
{
	struct l2x_bucket *b = &r->buckets[s->stats_index];
	uint32_t cost = rx ? s->cost_rx : s->cost_tx;
	struct timespec now;

	if (!cost)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return l2x_rate_admits(rx ? &b->rx : &b->tx, cost, bytes,
			       (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec);
}
