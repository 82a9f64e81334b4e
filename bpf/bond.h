/* SPDX-License-Identifier: GPL-2.0-only */
/* The leg of a packet to a `bond` set (l2x/send.h). Once it is chosen, the packet goes the way of any
 * other packet to that session. */
#ifndef L2X_BPF_BOND_H
#define L2X_BPF_BOND_H

#include "inner.h"
#include "l2x/send.h"
#include "sets.h"

struct bond {
	__u32 set; /* 0: the packet goes to none */
	__u32 leg;
};

/* Does a packet to this set go out on each leg? */
static __always_inline bool set_copies(__u32 id)
{
	const struct l2x_set *set = set_lookup(id);

	return set && !(set->flags & L2X_SET_BOND);
}

static __always_inline __u32 flow_hash(const struct pkt *p, const struct inner *in)
{
	const __u64 l3 = in->v6 ? sizeof(*in->ip6) : in->ip4->ihl * 4u;
	const __u8 proto = in->v6 ? in->ip6->nexthdr : in->ip4->protocol;
	const __u32 *words, *ports;
	__u32 hash = 0;

	words = in->v6 ? (const __u32 *)&in->ip6->saddr : (const __u32 *)&in->ip4->saddr;
	hash = l2x_flow_mix(l2x_flow_mix(hash, words[0]), words[1]);
	if (in->v6) {
#pragma unroll
		for (int i = 2; i < 8; i++)
			hash = l2x_flow_mix(hash, words[i]);
	}
	if ((!in->v6 && (in->ip4->frag_off & bpf_htons(IP4_FRAGMENT))) || in->len < l3 + 4 ||
	    (proto != IPPROTO_TCP && proto != IPPROTO_UDP))
		return hash;
	ports = pkt_at(p, in->off + l3, sizeof(*ports));
	return ports ? l2x_flow_mix(hash, *ports) : hash;
}

/* A global function: verified once, by itself. Returns the leg, or L2X_SET_LEGS for none. */
__noinline int bond_leg(__u32 id, __u32 hash, int v6)
{
	const struct l2x_set_state *state = bpf_map_lookup_elem(&set_states, &id);
	const struct l2x_set *set = set_lookup(id);
	__u8 up;

	if (!set || !state || !(set->flags & L2X_SET_BOND))
		return L2X_SET_LEGS;
	up = v6 ? set->up6 : set->up4;
	return up ? (int)l2x_bond_pick(set, state, up, hash) : L2X_SET_LEGS;
}

static __always_inline bool bond_pick(const struct pkt *p, const struct inner *in, __u32 id,
				      struct bond *bond, struct l2x_session_key *key)
{
	const __u32 leg = (__u32)bond_leg(id, flow_hash(p, in), in->v6);
	const struct l2x_set *set = set_lookup(id);
	const struct l2x_leg *l = set ? set_leg(set, leg) : NULL;

	if (!l)
		return false;
	*key = l->session;
	bond->set = id;
	bond->leg = leg;
	return true;
}

/* The packet is sure to go by its leg. */
static __always_inline void bond_charge(const struct bond *bond, __u64 bytes)
{
	const __u32 id = bond->set;
	__u64 leg = bond->leg;
	const struct l2x_set *set;
	struct l2x_set_state *state;

	if (!id)
		return;
	set = set_lookup(id);
	state = bpf_map_lookup_elem(&set_states, &id);
	barrier_var(leg);
	if (set && state && leg < L2X_SET_LEGS)
		l2x_bond_charge(set, state, leg, bytes);
}

#endif
