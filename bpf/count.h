/* SPDX-License-Identifier: GPL-2.0-only */
/* Counting, see l2x/counters.h. Per CPU, so plain additions do. */
#ifndef L2X_BPF_COUNT_H
#define L2X_BPF_COUNT_H

#include "maps.h"

static __always_inline struct l2x_counters *counters_of(const struct l2x_session *s)
{
	__u32 index = s->stats_index;

	return bpf_map_lookup_elem(&counters, &index);
}

static __always_inline struct l2x_moved *moved_at(__u32 stats_index)
{
	__u32 index = bpf_get_smp_processor_id() * options.counters + stats_index;

	return bpf_map_lookup_elem(&moved, &index);
}

/*
 * Asks memory for the counters early: the CPU goes on meanwhile. With many sessions it seldom has them at
 * hand. The session, which knows where they stand, is still to come itself; but the controller gives them
 * the place that the id says, if it is free.
 */
static __always_inline void moved_await(const struct l2x_session_key *key)
{
	const volatile struct l2x_moved *m = moved_at(key->session_id);

	if (m)
		(void)m->rx.packets;
}

static __always_inline void count_add(struct l2x_count *c, __u64 packets, __u64 bytes)
{
	c->packets += packets;
	c->bytes += bytes;
}

static __always_inline void count_rx(const struct l2x_session *s, enum l2x_level level,
				     __u64 packets, __u64 bytes)
{
	struct l2x_counters *c;
	struct l2x_moved *m;

	if (level == L2X_LEVEL_XDP) {
		m = moved_at(s->stats_index);
		if (m)
			count_add(&m->rx, packets, bytes);
		return;
	}
	c = counters_of(s);
	if (c)
		count_add(&c->rx[level], packets, bytes);
}

static __always_inline void count_tx(const struct l2x_session *s, enum l2x_level level,
				     __u64 packets, __u64 bytes)
{
	struct l2x_counters *c;
	struct l2x_moved *m;

	if (level == L2X_LEVEL_XDP) {
		m = moved_at(s->stats_index);
		if (m)
			count_add(&m->tx, packets, bytes);
		return;
	}
	c = counters_of(s);
	if (c)
		count_add(&c->tx[level], packets, bytes);
}

static __always_inline void count_drop(const struct l2x_session *s, enum l2x_reason reason)
{
	struct l2x_counters *c = counters_of(s);

	if (c)
		c->drops[reason]++;
}

#endif
