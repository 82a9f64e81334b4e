/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sending side of sets, at every level: the number of a packet (`ha`), or its leg (`bond`). The
 * state is shared by all levels and CPUs.
 */
#ifndef L2X_SEND_H
#define L2X_SEND_H

#include "dedup.h"
#include "maps.h"

#define L2X_NUMBER_MASK 0xffffffffffffull /* 48 bits on the wire */

/* One packet, one number: before it is copied. */
static inline void l2x_number_next(const struct l2x_set *set, struct l2x_set_state *state,
				   struct l2x_number *n)
{
	n->number = __sync_fetch_and_add(&state->number, 1) & L2X_NUMBER_MASK;
	n->epoch = set->epoch;
	n->extended = !!(set->flags & L2X_SET_EXTENDED);
}

/* Addresses, and ports where there are some, a word a time; from 0. The same at each level, so that
 * a flow stays on its leg. */
static inline __u32 l2x_flow_mix(__u32 hash, __u32 word)
{
	hash = (hash ^ word) * 0x85ebca6b;
	return hash ^ hash >> 15;
}

/* Of the legs `up`, by the flow's hash: each has its share of all hashes. */
static inline __u32 l2x_bond_by_flow(const struct l2x_set *set, __u8 up, __u32 hash)
{
	__u64 sum = 0, at = 0;
	__u32 leg = 0;

	L2X_UNROLL
	for (__u32 i = 0; i < L2X_SET_LEGS; i++)
		sum += up & 1 << i ? set->legs[i].share : 0;
	sum = hash * sum >> 32;
	L2X_UNROLL
	for (__u32 i = 0; i < L2X_SET_LEGS; i++) {
		if (!(up & 1 << i) || at > sum)
			continue;
		leg = i;
		at += set->legs[i].share;
	}
	return leg;
}

/* The one that was given least for what it carries. */
static inline __u32 l2x_bond_by_load(const struct l2x_set_state *state, __u8 up)
{
	__u64 least = 0;
	__u32 leg = L2X_SET_LEGS;

	L2X_UNROLL
	for (__u32 i = 0; i < L2X_SET_LEGS; i++) {
		__u64 ahead = *(const volatile __u64 *)&state->ahead[i];

		/* It comes round: the difference counts. */
		if (!(up & 1 << i) || (leg < L2X_SET_LEGS && (__s64)(ahead - least) >= 0))
			continue;
		least = ahead;
		leg = i;
	}
	return leg;
}

/* up is not 0. */
static inline __u32 l2x_bond_pick(const struct l2x_set *set, const struct l2x_set_state *state,
				  __u8 up, __u32 hash)
{
	return set->flags & L2X_SET_PER_FLOW ? l2x_bond_by_flow(set, up, hash)
					     : l2x_bond_by_load(state, up);
}

/* When the packet is sure to go that way. */
static inline void l2x_bond_charge(const struct l2x_set *set, struct l2x_set_state *state,
				   __u64 leg, __u64 bytes)
{
	__sync_fetch_and_add(&state->ahead[leg], bytes * set->legs[leg].cost);
}

#endif
