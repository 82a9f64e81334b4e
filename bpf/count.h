/* SPDX-License-Identifier: GPL-2.0-only */
/* Counting, see l2x/counters.h. Per CPU, so plain additions do. */
#ifndef L2X_BPF_COUNT_H
#define L2X_BPF_COUNT_H

#include "maps.h"
#include "session.h"

static __always_inline struct l2x_counters *counters_of(const struct l2x_session *s)
{
	__u32 index = s->stats_index;

	return bpf_map_lookup_elem(&counters, &index);
}

/* NULL: another session has its place. */
static __always_inline struct l2x_moved *moved_of(const struct l2x_session *s)
{
	struct l2x_known_session *k = known_at(&s->key);

	return k && session_has(&k->session, &s->key) ? &k->moved : NULL;
}

static __always_inline void count_add(struct l2x_count *c, __u64 packets, __u64 bytes)
{
	c->packets += packets;
	c->bytes += bytes;
}

static __always_inline void count_rx(const struct l2x_session *s, enum l2x_level level,
				     __u64 packets, __u64 bytes)
{
	struct l2x_moved *m = level == L2X_LEVEL_XDP ? moved_of(s) : NULL;
	struct l2x_counters *c;

	if (m) {
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
	struct l2x_moved *m = level == L2X_LEVEL_XDP ? moved_of(s) : NULL;
	struct l2x_counters *c;

	if (m) {
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
