/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet to an `ha` set, in XDP: a copy on each leg. XDP can copy only by sending to all NICs of a
 * devmap. So the packet gets its number, which is written in front of it, and is made ready as far
 * as all copies are alike; then it goes to the NICs of all legs (set_nics). The program on their
 * way out, leg_xdp(), gives each copy the head of its leg.
 *
 * By then a copy cannot be left to the next level any more. When it turns out that it cannot be
 * sent, it is dropped, and the others go on. The controller then looks for the neighbour, or
 * another way. Where that has come about on each leg, the set is left for a second to the next
 * level, which waits for neighbours. What can be known before is looked at before: the controller
 * sets l2x_set.nics only when each leg that is up leaves by a NIC of XDP, and xdp_mtu.
 */
#ifndef L2X_BPF_REPLICATE_H
#define L2X_BPF_REPLICATE_H

#include "copies.h"
#include "forward.h"
#include "leg.h"
#include "mss.h"
#include "payload_csum.h"
#include "rate.h"
#include "way.h"

#define TROUBLE_NS 1000000000ull

/* In front of the packet, from replicate_xdp() to leg_xdp(). */
struct copy_meta {
	struct l2x_number number;
	__u32 set;
	__u16 payload; /* sum over the inner packet */
	__u8 v6;
	__u8 pad;
};

static __always_inline bool set_in_trouble(const struct l2x_set_state *state, __u8 up)
{
	const __u64 since = *(volatile __u64 *)&state->trouble;

	return since && (since & up) == up && bpf_ktime_get_ns() - since < TROUBLE_NS;
}

static __always_inline void set_note_trouble(struct l2x_set_state *state, __u32 leg)
{
	const __u64 since = *(volatile __u64 *)&state->trouble, now = bpf_ktime_get_ns();
	const __u64 legs = now - since < TROUBLE_NS ? since & 0xff : 0;

	*(volatile __u64 *)&state->trouble = (now & ~0xffull) | legs | 1u << (leg & 7);
}

/* Room for the meta is there. TTL and MSS, and nothing behind the inner packet. */
static __always_inline int replicate_prepare(struct xdp_md *ctx, bool v6, const struct mss *mss,
					     const struct copy_meta *m, __u64 behind)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct copy_meta *meta = (void *)(long)ctx->data_meta;
	void *inner = data + ETH_HLEN;

	if ((void *)(meta + 1) > data)
		return -1;
	*meta = *m;
	if (v6) {
		if (inner + sizeof(struct ipv6hdr) > data_end)
			return -1;
		ip6_hop_limit_dec(inner);
	} else {
		if (inner + sizeof(struct iphdr) > data_end)
			return -1;
		ip4_ttl_dec(inner);
	}
	if (mss_write_xdp(ctx, mss, ETH_HLEN) < 0)
		return -1;
	return behind && bpf_xdp_adjust_tail(ctx, -(int)behind) ? -1 : 0;
}

/* An inner packet behind an Ethernet header, that may be forwarded. */
static __always_inline int replicate_xdp(struct xdp_md *ctx, __u32 id, bool v6)
{
	struct pkt p = {.data = (void *)(long)ctx->data, .data_end = (void *)(long)ctx->data_end};
	struct l2x_set_state *state = bpf_map_lookup_elem(&set_states, &id);
	const struct l2x_set *set = set_lookup(id);
	struct copy_meta m = {.set = id, .v6 = v6};
	const struct l2x_session *s;
	struct inner in;
	struct mss mss;
	__u64 sum = 0, behind;
	__u32 index;
	void *nics;
	__u8 up;

	p.len = p.data_end - p.data;
	if (!set || !state || !set->nics)
		return XDP_PASS;
	up = v6 ? set->up6 : set->up4;
	if (!up || set_in_trouble(state, up))
		return XDP_PASS;
	s = set_first_session(set, up);
	index = set->nics;
	nics = bpf_map_lookup_elem(&set_nics, &index);
	if (!s || !nics || parse_inner(&p, v6, ETH_HLEN, p.len, &in) < 0 || in.len > set->xdp_mtu)
		return XDP_PASS;
	if ((set->flags & L2X_SET_OVER_V6) && payload_csum_xdp(ctx, v6, &in, &sum) < 0)
		return XDP_PASS;
	m.payload = csum_fold(sum);
	mss_find(ctx, true, &p, v6, &in, s, &mss);
	behind = p.len - in.off - in.len;
	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(m)))
		return XDP_PASS;

	l2x_number_next(set, state, &m.number);
	if (replicate_prepare(ctx, v6, &mss, &m, behind) < 0) {
		count_drop(s, L2X_DROP_ERROR);
		return XDP_DROP;
	}
	return bpf_redirect_map(nics, 0, BPF_F_BROADCAST);
}

/* The how many-th copy of this packet on this NIC is this? */
static __always_inline __u32 leg_turn(__u32 nic, const struct copy_meta *m)
{
	struct l2x_leg_turn *t = bpf_map_lookup_elem(&leg_turns, &nic);

	if (!t)
		return 0;
	if (t->set != m->set || t->number != m->number.number) {
		t->set = m->set;
		t->number = m->number.number;
		t->turn = 0;
	}
	return t->turn++;
}

/* Which leg it is for; or there is none, because a leg has just gone. */
static __always_inline bool leg_of_copy(const struct l2x_set *set, const struct copy_meta *m,
					__u32 nic, struct l2x_session_key *key)
{
	const __u8 up = m->v6 ? set->up6 : set->up4;
	__u32 turn = leg_turn(nic, m);

	L2X_UNROLL
	for (int i = 0; i < L2X_SET_LEGS; i++) {
		if (!(up & 1 << i) || set->legs[i].nic != nic)
			continue;
		if (!turn--) {
			*key = set->legs[i].session;
			return true;
		}
	}
	return false;
}

static __always_inline int leg_write(struct xdp_md *ctx, const struct l2x_session *s,
				     const struct leg_head *h, __u32 n, const struct next_hop *hop)
{
	const void *from = encap_over_v6(s) ? (const void *)h : (const void *)h + ENCAP_START4;
	void *data, *data_end;

	if (bpf_xdp_adjust_head(ctx, -(int)n))
		return -1;
	data = (void *)(long)ctx->data;
	data_end = (void *)(long)ctx->data_end;
	if (data + ETH_HLEN > data_end)
		return -1;
	forward_eth(data, hop, bpf_htons(encap_over_v6(s) ? ETH_P_IPV6 : ETH_P_IP));
	return (int)bpf_xdp_store_bytes(ctx, ETH_HLEN, (void *)from, n);
}

/* A copy, on its way out of a NIC. */
static __always_inline int leg_xdp(struct xdp_md *ctx)
{
	const struct copy_meta *meta = (void *)(long)ctx->data_meta;
	const __u32 nic = ctx->egress_ifindex;
	struct l2x_session_key key = {};
	struct l2x_set_state *state;
	const struct l2x_underlay *u;
	const struct l2x_session *s;
	const struct l2x_set *set;
	struct copy_meta m;
	struct leg_head h;
	struct way way;
	__u32 len, n;

	if ((void *)(meta + 1) > (void *)(long)ctx->data)
		return XDP_DROP;
	m = *meta;
	len = (__u32)(ctx->data_end - ctx->data - ETH_HLEN);
	set = set_lookup(m.set);
	state = bpf_map_lookup_elem(&set_states, &m.set);
	if (!set || !state || !leg_of_copy(set, &m, nic, &key))
		return XDP_DROP;
	s = session_known(&key);
	u = s ? underlay_of(s) : NULL;
	if (!u || !rate_admits(s, false, len))
		return XDP_DROP;
	n = leg_len(s, m.number.extended);
	way_outer(ctx, (struct l2x_underlay *)u, len + n, &way);
	if (way.result != BPF_FIB_LKUP_RET_SUCCESS || way.hop.ifindex != nic) {
		set_note_trouble(state, s->leg);
		count_drop(s, L2X_DROP_NO_NEXT_HOP);
		return XDP_DROP;
	}
	n = leg_build(&h, s, u, m.v6, &m.number, len, m.payload);
	if (n > LEG_MAX || leg_write(ctx, s, &h, n, &way.hop)) {
		count_drop(s, L2X_DROP_ERROR);
		return XDP_DROP;
	}
	count_tx(s, L2X_LEVEL_XDP, 1, len);
	return XDP_PASS;
}

#endif
