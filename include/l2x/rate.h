/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rate limits of sessions, one a direction, shared by all levels and CPUs: a bucket is the moment at
 * which all that has passed is paid for at the session's rate. A packet that comes when this moment
 * lies more than the burst ahead is dropped; none waits.
 *
 * Sessions may have a bucket in common besides, with its own rate, which is asked behind theirs: so
 * who is above his own limit uses up nothing of what is everybody's.
 */
#ifndef L2X_RATE_H
#define L2X_RATE_H

#include <linux/types.h>

#define L2X_RATE_BURST 100000000ull /* ns */
#define L2X_RATE_SHIFT 10	    /* costs are in ns a byte, times 2 to the power of this */

struct l2x_bucket {
	__u64 rx, tx; /* ns of CLOCK_MONOTONIC */
};

/* Of a session. */
struct l2x_limit {
	struct l2x_bucket bucket;
	__u32 cost_rx, cost_tx; /* of a byte of inner packets; 0: no limit */
	__u32 total;		/* the limit that it shares with others; 0: none */
	__u32 pad;
};

#define L2X_TOTALS_MAX 2048

/* Of all sessions that name it; a cache line each. */
struct l2x_total {
	struct l2x_bucket bucket;
	__u32 cost_rx, cost_tx;
	__u64 pad[5];
};

_Static_assert(sizeof(struct l2x_limit) == 32, "limit");
_Static_assert(sizeof(struct l2x_total) == 64, "total");

/* cost: of a byte; 0: no limit. */
static inline _Bool l2x_rate_admits(__u64 *bucket, __u32 cost, __u64 bytes, __u64 now)
{
	if (!cost)
		return 1;
	/* Who loses the race again and again passes for free. */
	for (int i = 0; i < 4; i++) {
		__u64 old = *(volatile __u64 *)bucket, from = old > now ? old : now;

		if (from - now > L2X_RATE_BURST)
			return 0;
		from += bytes * cost >> L2X_RATE_SHIFT;
		if (__sync_val_compare_and_swap(bucket, old, from) == old)
			return 1;
	}
	return 1;
}

#endif
