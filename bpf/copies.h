/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs that copy packets tell each other on one CPU, and how one calls the next: as
 * programs of their own, each with its own stack, and verified by itself.
 */
#ifndef L2X_BPF_COPIES_H
#define L2X_BPF_COPIES_H

#include "bond.h"

struct copy {
	struct l2x_number number; /* tc: of the packet */
	__u32 set;
	__u32 leg;    /* tc: for which one */
	__u32 v6;     /* is the inner packet IPv6? */
	__u32 cloned; /* tc: the program is about to run for a clone */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct copy);
	__uint(max_entries, 1);
} copying SEC(".maps");

/* The controller fills them: a program array takes programs of one type. */
enum next_program {
	NEXT_COPIES, /* l2x_xdp_copies, l2x_tc_copies */
	NEXT_LEG,    /* l2x_tc_leg */
	NEXT_PROGRAMS,
};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, NEXT_PROGRAMS);
} xdp_next SEC(".maps"), tc_next SEC(".maps");

static __always_inline struct copy *copy_of_cpu(void)
{
	const __u32 zero = 0;

	return bpf_map_lookup_elem(&copying, &zero);
}

/* What the next program is to know. False: nobody is to be called. */
static __always_inline bool copies_prepare(__u32 set, bool v6)
{
	struct copy *c = copy_of_cpu();

	if (!c)
		return false;
	c->set = set;
	c->v6 = v6;
	return true;
}

static __always_inline const struct l2x_session *leg_session(__u32 id, __u32 leg)
{
	const struct l2x_set *set = set_lookup(id);
	const struct l2x_leg *l = set ? set_leg(set, leg) : NULL;
	struct l2x_session_key key;

	if (!l)
		return NULL;
	key = l->session;
	return session_find(&key);
}

#endif
