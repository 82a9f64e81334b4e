/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet to an `ha` set, in tc: a copy on each leg. The packet is cloned to the netdev that it
 * leaves by, for each leg but the last, so that this program runs for the clone at once, on the
 * same CPU, and is told its leg by `copying`; the packet itself is the last leg's. Each is then
 * encapsulated as a packet to one session is, and the kernel finds its next hop.
 *
 * GSO packets, of whose segments each would have the same number, and packets that do not fit one
 * of the ways, are left to userspace.
 */
#ifndef L2X_BPF_REPLICATE_TC_H
#define L2X_BPF_REPLICATE_TC_H

#include <linux/pkt_cls.h>
#include "copies.h"
#include "forward.h"
#include "leg.h"
#include "mss.h"
#include "payload_csum.h"
#include "rate.h"

static __always_inline void leg_pkt(struct __sk_buff *skb, struct pkt *p)
{
	p->data = (void *)(long)skb->data;
	p->data_end = (void *)(long)skb->data_end;
	p->len = skb->len;
}

/* The packet itself, or a clone. */
static __always_inline int leg_tc(struct __sk_buff *skb, const struct copy *c, bool v6)
{
	const struct l2x_underlay *u;
	const struct l2x_session *s;
	struct next_hop hop;
	__u64 payload = 0;
	struct leg_head h;
	struct inner in;
	struct pkt p;
	__u32 n, fits;
	long rc;

	leg_pkt(skb, &p);
	s = leg_session(c->set, c->leg);
	u = s ? underlay_of(s) : NULL;
	if (!u || parse_inner(&p, v6, 0, p.len, &in) < 0)
		return TC_ACT_SHOT;
	n = leg_len(s, c->number.extended);
	rc = forward_outer(skb, u, (__u16)(in.len + n), &hop, &fits);
	if ((rc != BPF_FIB_LKUP_RET_SUCCESS && rc != BPF_FIB_LKUP_RET_NO_NEIGH) ||
	    hop.ifindex == skb->ifindex) {
		count_drop(s, L2X_DROP_NO_NEXT_HOP);
		return TC_ACT_SHOT;
	}
	if (!rate_admits(s, false, in.len))
		return TC_ACT_SHOT;
	if (encap_over_v6(s) && payload_csum_tc(skb, &p, v6, &in, &payload) < 0)
		goto err;
	n = leg_build(&h, s, u, v6, &c->number, in.len, payload);
	if (encap_tc_room(skb, s, n) || encap_tc_store(skb, s, &h, n, sizeof(h)))
		goto err;
	skb->mark = outer_mark(u);
	count_tx(s, L2X_LEVEL_TC, 1, in.len);
	return forward_neigh(&hop);
err:
	count_drop(s, L2X_DROP_ERROR);
	return TC_ACT_SHOT;
}

/* May tc send a copy by this leg, or see that it has no way? Else the packet is for userspace. A
 * global function: verified once, by itself. */
__noinline int leg_fits(struct __sk_buff *skb, __u32 id, __u32 leg)
{
	const struct l2x_session *s = leg_session(id, leg);
	const struct l2x_underlay *u = s ? underlay_of(s) : NULL;
	const struct l2x_set *set = set_lookup(id);
	struct next_hop hop;
	__u32 fits;

	if (!u || !set || (s->flags & L2X_SESSION_USER_ONLY && !leg_numbered(s)))
		return 0;
	switch (forward_outer(skb, u,
			      (__u16)(skb->len + leg_len(s, !!(set->flags & L2X_SET_EXTENDED))),
			      &hop, &fits)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_NO_NEIGH:
	case BPF_FIB_LKUP_RET_BLACKHOLE:
	case BPF_FIB_LKUP_RET_UNREACHABLE:
	case BPF_FIB_LKUP_RET_PROHIBIT:
		return 1;
	}
	return 0;
}

static __always_inline bool legs_fit(struct __sk_buff *skb, __u32 id, __u8 up)
{
	L2X_UNROLL
	for (__u32 leg = 0; leg < L2X_SET_LEGS; leg++)
		if ((up & 1 << leg) && !leg_fits(skb, id, leg))
			return false;
	return true;
}

/* To all legs but the last, which is returned. */
static __always_inline __u32 clone_to_legs(struct __sk_buff *skb, struct copy *c, __u8 up)
{
	const struct l2x_session *s;
	__u32 leg, last = 0;

	L2X_UNROLL
	for (leg = 0; leg < L2X_SET_LEGS; leg++) {
		if (!(up & 1 << leg))
			continue;
		last = leg;
		if (!(up >> leg >> 1))
			break;
		c->leg = leg;
		c->cloned = 1;
		if (bpf_clone_redirect(skb, skb->ifindex, 0) < 0 && c->cloned) {
			s = leg_session(c->set, leg);
			if (s)
				count_drop(s, L2X_DROP_ERROR);
		}
		c->cloned = 0;
	}
	return last;
}

/* The copies of a packet; what is left of it is for the last leg. */
static __always_inline int replicate_tc(struct __sk_buff *skb, struct copy *c, bool v6)
{
	const __u32 id = c->set;
	struct l2x_set_state *state = bpf_map_lookup_elem(&set_states, &id);
	const struct l2x_set *set = set_lookup(id);
	const struct l2x_session *s;
	__u64 payload;
	struct inner in;
	struct mss mss;
	struct pkt p;
	__u8 up;

	if (!set || !state || skb->gso_size)
		return TC_ACT_UNSPEC;
	up = v6 ? set->up6 : set->up4;
	leg_pkt(skb, &p);
	s = set_first_session(set, up);
	if (!s || parse_inner(&p, v6, 0, p.len, &in) < 0 || in.len > set->mtu ||
	    !legs_fit(skb, id, up))
		return TC_ACT_UNSPEC;
	if ((set->flags & L2X_SET_OVER_V6) && payload_csum_tc(skb, &p, v6, &in, &payload) < 0)
		return TC_ACT_UNSPEC;
	mss_find(skb, false, &p, v6, &in, s, &mss);
	if (mss_write_tc(skb, &mss, 0) < 0) {
		count_drop(s, L2X_DROP_ERROR);
		return TC_ACT_SHOT;
	}
	l2x_number_next(set, state, &c->number);
	c->leg = clone_to_legs(skb, c, up);
	bpf_tail_call(skb, &tc_next, NEXT_LEG);
	count_drop(s, L2X_DROP_ERROR);
	return TC_ACT_SHOT;
}

#endif
