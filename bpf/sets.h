/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The receiver of `ha` sets (docs/sets.md, l2x/dedup.h). A packet of a leg that has a number is
 * asked about twice: as soon as it is known to be good, so that a copy of one that has come is
 * dropped before anything costly is done for it; and when this level is sure to take it, which
 * decides. In between it may be left to the next level, as if nobody had looked.
 */
#ifndef L2X_BPF_SETS_H
#define L2X_BPF_SETS_H

#include "count.h"
#include "l2x/dedup.h"
#include "receive.h"

/* Behind Ns and Nr: Offset Size, and the pad of the extended form. */
struct l2tp_pad {
	__be16 len;
	__be16 magic[2];
	__be16 epoch;
	__be16 number[3];
};

/* A packet with a number, and the leg that it came on. */
struct numbered {
	struct l2x_number number;
	__u32 set, leg;
	__u64 now;
};

/* The number in the L2TP header at this offset, which is sound. False: it has none. */
static __always_inline bool parse_number(const struct pkt *p, __u64 at, struct l2x_number *n)
{
	const int flags = pkt_u16(p, at);
	const struct l2tp_pad *pad;
	int ns = 0;

	if (flags < 0)
		return false;
	at += flags & L2TP_L ? 8 : 6;
	if (flags & L2TP_S) {
		ns = pkt_u16(p, at);
		at += 4;
	}
	pad = flags & L2TP_O ? pkt_at(p, at, sizeof(*pad)) : NULL;
	if (pad && bpf_ntohs(pad->len) >= L2X_PAD_LEN &&
	    pad->magic[0] == bpf_htons(L2X_PAD_MAGIC >> 16) &&
	    pad->magic[1] == bpf_htons(L2X_PAD_MAGIC & 0xffff)) {
		n->extended = true;
		n->epoch = bpf_ntohs(pad->epoch);
		n->number = (__u64)bpf_ntohs(pad->number[0]) << 32 |
			    (__u64)bpf_ntohs(pad->number[1]) << 16 | bpf_ntohs(pad->number[2]);
		return true;
	}
	if (!(flags & L2TP_S) || ns < 0)
		return false;
	n->extended = false;
	n->number = (__u64)ns;
	return true;
}

static __always_inline const struct l2x_set *set_lookup(__u32 set)
{
	return bpf_map_lookup_elem(&sets, &set);
}

/* Or NULL. The verifier must see the bound in the register that is used. */
static __always_inline const struct l2x_leg *set_leg(const struct l2x_set *set, __u64 leg)
{
	barrier_var(leg);
	return leg < L2X_SET_LEGS ? &set->legs[leg] : NULL;
}

/* The session of the first leg that carries the protocol. */
static __always_inline const struct l2x_session *set_first_session(const struct l2x_set *set,
								   __u8 up)
{
	struct l2x_session_key key = {};

	L2X_UNROLL
	for (int i = 0; i < L2X_SET_LEGS; i++) {
		if (!(up & 1 << i))
			continue;
		key = set->legs[i].session;
		break;
	}
	return session_find(&key);
}

/*
 * enum l2x_dedup; counted for the leg when that is the end of the matter: a duplicate, or taken.
 * A global function: verified once, by itself.
 */
__noinline int set_judge(struct numbered *n, int take)
{
	const __u32 window = options.window_log2;
	struct l2x_set_counters *c;
	struct l2x_set_state *state;
	const struct l2x_set *set;
	enum l2x_dedup verdict;
	__u64 *slot, now, age;
	__u32 index, id;

	if (!n)
		return L2X_DEDUP_FIRST;
	/* Linux 6.1 takes keys from the stack, but not from what a pointer argument points to. */
	id = n->set;
	barrier_var(id);
	set = set_lookup(id);
	index = ((id - 1) << window) + (__u32)l2x_dedup_place(&n->number, window);
	slot = bpf_map_lookup_elem(&set_slots, &index);
	if (!set || !slot)
		return L2X_DEDUP_FIRST;
	if (!n->number.extended)
		n->number.epoch = set->generation;
	now = n->now >> L2X_DEDUP_UNIT_SHIFT;
	verdict = take ? l2x_dedup_take(slot, &n->number, window, set->skew, now, &age)
		       : l2x_dedup_judge(*(volatile __u64 *)slot, &n->number, window, set->skew,
					 now, &age);
	if (verdict != L2X_DEDUP_DUPLICATE && !take)
		return verdict;
	c = bpf_map_lookup_elem(&set_counters, &id);
	if (!c || n->leg >= L2X_SET_LEGS)
		return verdict;
	l2x_leg_count(&c->legs[n->leg], verdict, age, n->now);
	state = bpf_map_lookup_elem(&set_states, &id);
	if (state && verdict != L2X_DEDUP_DUPLICATE)
		l2x_newest_note(&state->newest, c, &n->number);
	return verdict;
}

/* Is it a packet with a number, on a leg of an `ha` set? */
static __always_inline bool set_numbered(const struct pkt *p, const struct rx *rx,
					 struct numbered *n)
{
	const struct l2x_session *s = rx->session;
	const __u64 ip = rx->outer_v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	const struct l2x_set *set;

	n->set = 0;
	if (!s->set)
		return false;
	set = set_lookup(s->set);
	if (!set || !set->flags || (set->flags & L2X_SET_BOND) ||
	    !parse_number(p, rx->l3 + ip + sizeof(struct udphdr), &n->number))
		return false;
	n->set = s->set;
	n->leg = s->leg;
	n->now = bpf_ktime_get_ns();
	return true;
}

/* A copy of what came before: counted as received, and as dropped. */
static __always_inline bool set_drops(const struct rx *rx, enum l2x_level level, struct numbered *n,
				      bool take)
{
	if (!n->set || set_judge(n, take) != L2X_DEDUP_DUPLICATE)
		return false;
	count_rx(rx->session, level, 1, rx->inner.len);
	count_drop(rx->session, L2X_DROP_DUPLICATE);
	return true;
}

#endif
