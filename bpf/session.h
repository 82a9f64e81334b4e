/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session by its ids. Programs read a session at several moments of a packet's way, while the
 * controller may change or delete it on another CPU. A hash map does not keep what was looked up: an
 * element that is deleted or replaced is taken for another key at once, preallocated or not. So
 * `sessions` only says in which slot of an array the session stands, and a slot does not change as
 * long as anyone may read it (ctl/dataplane/slots.h).
 *
 * The number itself may be another session's by the time that it is read; that is why the key stands
 * in the slot too. Such a packet finds no session here, and the next level looks for itself.
 *
 * Routes need none of this: an LPM trie replaces a node by a new one, and frees the old one after an
 * RCU grace period (kfree_rcu in Linux 6.1, bpf_mem_cache_free_rcu in 6.18).
 *
 * The session that an id led to last is remembered on each CPU, and what XDP has moved of it counted beside
 * it: one place in memory instead of five.
 */
#ifndef L2X_BPF_SESSION_H
#define L2X_BPF_SESSION_H

#include "cache.h"

static __always_inline bool session_has(const struct l2x_session *s,
					const struct l2x_session_key *key)
{
	return s->key.session_id == key->session_id && s->key.tunnel_id == key->tunnel_id;
}

static __always_inline const struct l2x_session *session_find(const struct l2x_session_key *key)
{
	const volatile __u32 *number = bpf_map_lookup_elem(&sessions, key);
	const struct l2x_session *s;
	__u32 slot;

	if (!number)
		return NULL;
	slot = *number;
	s = bpf_map_lookup_elem(&slots, &slot);
	return s && session_has(s, key) ? s : NULL;
}

/* NULL: there is no such place. */
static __always_inline const struct l2x_underlay *underlay_of(const struct l2x_session *s)
{
	const __u32 index = s->underlay;

	return bpf_map_lookup_elem(&underlays, &index);
}

static __always_inline struct l2x_known_session *known_at(const struct l2x_session_key *key)
{
	const __u32 place = cache_place(key->session_id);

	return bpf_map_lookup_elem(&known_sessions, &place);
}

/*
 * Another session is to have its place: what it has moved goes to the counters, if it is still there. A global
 * function: verified once, by itself; few places are wanted by two.
 */
__noinline int known_leave(struct l2x_known_session *k)
{
	const struct l2x_session *s;
	struct l2x_session_key key;
	struct l2x_counters *c;
	__u32 index;

	if (!k)
		return 0;
	key = k->session.key;
	s = session_find(&key);
	if (s) {
		index = s->stats_index;
		c = bpf_map_lookup_elem(&counters, &index);
		if (c) {
			c->rx[L2X_LEVEL_XDP].packets += k->moved.rx.packets;
			c->rx[L2X_LEVEL_XDP].bytes += k->moved.rx.bytes;
			c->tx[L2X_LEVEL_XDP].packets += k->moved.tx.packets;
			c->tx[L2X_LEVEL_XDP].bytes += k->moved.tx.bytes;
		}
	}
	k->moved = (struct l2x_moved){};
	return 0;
}

/* The same, remembered. What is returned stays until the program asks for another session. */
static __always_inline const struct l2x_session *session_known(const struct l2x_session_key *key)
{
	const __u32 generation =
		1 +
		generation_read(&generations.session[l2x_generation_of_session(key->session_id)]);
	struct l2x_known_session *k = known_at(key);
	const struct l2x_session *s;

	if (k && k->generation == generation && session_has(&k->session, key))
		return &k->session;
	s = session_find(key);
	if (!s || !k)
		return NULL;
	if (k->generation && !session_has(&k->session, key))
		known_leave(k);
	k->session = *s;
	k->generation = generation;
	return &k->session;
}

/* The one that session_known() has just found. */
static __always_inline const struct l2x_session *session_again(const struct l2x_session_key *key)
{
	const struct l2x_known_session *k = known_at(key);

	return k ? &k->session : NULL;
}

/* As session_known(), but s, which it has returned, stays. */
static __always_inline const struct l2x_session *session_beside(const struct l2x_session *s,
								const struct l2x_session_key *key)
{
	return cache_place(s->key.session_id) == cache_place(key->session_id) ? session_find(key)
									      : session_known(key);
}

#endif
