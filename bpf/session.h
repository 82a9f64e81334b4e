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
 * The session that an id led to last is remembered on each CPU: one place in memory instead of four.
 */
#ifndef L2X_BPF_SESSION_H
#define L2X_BPF_SESSION_H

#include "cache.h"

static __always_inline const struct l2x_session *session_find(const struct l2x_session_key *key)
{
	const volatile __u32 *number = bpf_map_lookup_elem(&sessions, key);
	const struct l2x_session *s;
	__u32 slot;

	if (!number)
		return NULL;
	slot = *number;
	s = bpf_map_lookup_elem(&slots, &slot);
	if (!s || s->key.tunnel_id != key->tunnel_id || s->key.session_id != key->session_id)
		return NULL;
	return s;
}

struct known_session {
	struct l2x_session session;
	__u32 generation;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct known_session);
	__uint(max_entries, 64);
} known_sessions SEC(".maps");

/* The same, remembered. What is returned stays until the program asks for another session. */
static __always_inline const struct l2x_session *session_known(const struct l2x_session_key *key)
{
	const __u32 place = cache_place(key->session_id);
	const __u32 generation =
		1 +
		generation_read(&generations.session[l2x_generation_of_session(key->session_id)]);
	struct known_session *k = bpf_map_lookup_elem(&known_sessions, &place);
	const struct l2x_session *s;

	if (k && k->generation == generation && k->session.key.session_id == key->session_id &&
	    k->session.key.tunnel_id == key->tunnel_id)
		return &k->session;
	s = session_find(key);
	if (!s || !k)
		return NULL;
	k->session = *s;
	k->generation = generation;
	return &k->session;
}

/* The one that session_known() has just found. */
static __always_inline const struct l2x_session *session_again(const struct l2x_session_key *key)
{
	const __u32 place = cache_place(key->session_id);
	const struct known_session *k = bpf_map_lookup_elem(&known_sessions, &place);

	return k ? &k->session : NULL;
}

#endif
