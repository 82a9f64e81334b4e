/* SPDX-License-Identifier: GPL-2.0-only */
/* The rate limit of a session, see l2x/rate.h: the last check, when this level is sure to take the
 * packet. A clock that moves with the timer tick does, and costs a tenth. False: counted as dropped. */
#ifndef L2X_BPF_RATE_H
#define L2X_BPF_RATE_H

#include "count.h"
#include "l2x/rate.h"
#include "maps.h"

static __always_inline bool rate_admits(const struct l2x_session *s, bool rx, __u64 bytes)
{
	const __u32 cost = rx ? s->cost_rx : s->cost_tx, index = s->stats_index;
	struct l2x_bucket *b;

	if (!cost)
		return true;
	b = bpf_map_lookup_elem(&buckets, &index);
	if (!b || l2x_rate_admits(rx ? &b->rx : &b->tx, cost, bytes, bpf_ktime_get_coarse_ns()))
		return true;
	count_drop(s, L2X_DROP_RATE);
	return false;
}

#endif
