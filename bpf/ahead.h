/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which session a packet will need, guessed before it is known: the one that it was last time. Of a packet
 * into a tunnel only the way to its destination says which session, and of a relayed session only the one
 * that it came by says which is the other; so memory would be asked for one after the other. What is asked for
 * here is on its way meanwhile. A guess is never believed, and a table of them is small enough for a cache.
 */
#ifndef L2X_BPF_AHEAD_H
#define L2X_BPF_AHEAD_H

#include "session.h"

enum ahead {
	AHEAD_INTO,   /* by the destination's hash: the session that leads there */
	AHEAD_ONWARD, /* by the id of a relayed session: the other half */
	AHEADS,
};

#define GUESSES 4

struct l2x_guesses {
	__u16 session_id[GUESSES]; /* 0: none */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct l2x_guesses);
	__uint(max_entries, 64 * AHEADS / GUESSES);
} guesses SEC(".maps");

/* In the CPU's own part, as cache_place(). */
static __always_inline __u16 *ahead_at(enum ahead what, __u32 hash)
{
	const __u32 each = options.places / GUESSES;
	const __u32 index =
		(bpf_get_smp_processor_id() * AHEADS + what) * each + (hash / GUESSES & (each - 1));
	struct l2x_guesses *g = bpf_map_lookup_elem(&guesses, &index);

	return g ? &g->session_id[hash & (GUESSES - 1)] : NULL;
}

static __always_inline void ahead_await(enum ahead what, __u32 hash)
{
	const __u16 *guess = ahead_at(what, hash);
	const volatile struct l2x_known_session *k;
	struct l2x_session_key key = {};

	if (!guess || !*guess)
		return;
	key.session_id = *guess;
	k = known_at(&key);
	if (k)
		(void)k->generation;
}

static __always_inline void ahead_note(enum ahead what, __u32 hash, const struct l2x_session *s)
{
	__u16 *guess = ahead_at(what, hash);

	if (guess && *guess != s->key.session_id)
		*guess = s->key.session_id;
}

/* Addresses in a row have places of their own, as ways do. */
static __always_inline __u32 ahead_hash(__be32 destination)
{
	const __u32 d = bpf_ntohl(destination);

	return d + (d >> 16) * 0x9e3779b1;
}

#endif
