/* SPDX-License-Identifier: GPL-2.0-only */
/* The leg of a packet to a `bond` set (l2x/send.h). Once it is chosen, the packet goes the way of any
 * other packet to that session. */
#ifndef L2X_BPF_BOND_H
#define L2X_BPF_BOND_H

#include "flow.h"
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
