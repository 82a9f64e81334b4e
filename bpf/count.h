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

static __always_inline void count_rx(const struct l2x_session *s, enum l2x_level level,
				     __u64 packets, __u64 bytes)
{
	struct l2x_counters *c = counters_of(s);

	if (c) {
		c->rx[level].packets += packets;
		c->rx[level].bytes += bytes;
	}
}

static __always_inline void count_tx(const struct l2x_session *s, enum l2x_level level,
				     __u64 packets, __u64 bytes)
{
	struct l2x_counters *c = counters_of(s);

	if (c) {
		c->tx[level].packets += packets;
		c->tx[level].bytes += bytes;
	}
}

static __always_inline void count_drop(const struct l2x_session *s, enum l2x_reason reason)
{
	struct l2x_counters *c = counters_of(s);

	if (c)
		c->drops[reason]++;
}

#endif
