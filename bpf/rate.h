/* SPDX-License-Identifier: GPL-2.0-only */
/* The rate limits of a session, see l2x/rate.h: the last check, when this level is sure to take the
 * packet. A clock that moves with the timer tick does, and costs a tenth. False: counted as dropped. */
#ifndef L2X_BPF_RATE_H
#define L2X_BPF_RATE_H

#include "count.h"
#include "l2x/rate.h"
#include "maps.h"

/* The limit that sessions share. Few have one, so it is out of the way; a global function: verified once, by itself. */
__noinline int total_admits(__u32 index, __u32 rx, __u64 bytes)
{
	struct l2x_total *t = bpf_map_lookup_elem(&totals, &index);

	if (!t)
		return 1;
	return l2x_rate_admits(rx ? &t->bucket.rx : &t->bucket.tx, rx ? t->cost_rx : t->cost_tx,
			       bytes, bpf_ktime_get_coarse_ns());
}

static __always_inline bool rate_admits(const struct l2x_session *s, bool rx, __u64 bytes)
{
	const __u32 index = s->stats_index;
	struct l2x_limit *l;

	if (!(s->flags & L2X_SESSION_LIMITED))
		return true;
	l = bpf_map_lookup_elem(&limits, &index);
	if (!l)
		return true;
	if (!l2x_rate_admits(rx ? &l->bucket.rx : &l->bucket.tx, rx ? l->cost_rx : l->cost_tx,
			     bytes, bpf_ktime_get_coarse_ns())) {
		count_drop(s, L2X_DROP_RATE);
		return false;
	}
	if (l->total && !total_admits(l->total, rx, bytes)) {
		count_drop(s, L2X_DROP_RATE_TOTAL);
		return false;
	}
	return true;
}

#endif
