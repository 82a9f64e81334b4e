/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways that XDP remembers: what the kernel's tables said of an IPv4 packet, and the payload route
 * beside it. A way answers the very question that was asked before, with every word of it that a rule
 * or a route may go by, for a packet that is not longer than one that fitted. It is forgotten after a
 * change of routes (cache.h), and after a time, in which alone count: a neighbour's MAC address, a path
 * MTU, and whatever else changes while no controller is there to hear of it.
 */
#ifndef L2X_BPF_WAY_H
#define L2X_BPF_WAY_H

#include "cache.h"
#include "forward.h"
#include "ppp.h"
#include "route.h"

/*
 * In units of about a millisecond, 2^20 ns. Behind the way into a tunnel stand no neighbour and no path; few
 * ask for the way to a peer, and many for it again.
 */
#define WAY_TICK_SHIFT	 20
#define WAY_DECAP_TICKS	 1000
#define WAY_TUNNEL_TICKS 5000
#define WAY_OUTER_TICKS	 20

/* The question. */
struct way_key {
	__be32 source, destination;
	__u32 ports;
	__u32 ifindex; /* that it came in by; 0: this host's own */
	__u16 kind;    /* TOS and protocol */
	__u16 table;
};

/* The answer. */
struct way {
	struct next_hop hop;
	struct l2x_route
		route; /* of the source behind a tunnel, else of the destination; or zero */
	int result;    /* BPF_FIB_LKUP_RET_* */
};

struct known_way {
	struct way_key key;
	__u32 generation;
	__u32 since; /* ticks */
	__u32 len;   /* of a packet that fits */
	struct way way;
};

_Static_assert(sizeof(struct known_way) == 64 - 4, "known way");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct known_way);
	__uint(max_entries, 64);
} known_ways SEC(".maps");

static __always_inline __u32 way_now(void)
{
	return (__u32)(bpf_ktime_get_coarse_ns() >> WAY_TICK_SHIFT);
}

static __always_inline __u32 way_generation(const struct way_key *k)
{
	return 1 + generation_read(&generations.all) +
	       generation_read(&generations.address[l2x_generation_of_address(k->source)]) +
	       generation_read(&generations.address[l2x_generation_of_address(k->destination)]);
}

/*
 * Addresses in a row, as those of subscribers often are, have places of their own. The netdev is left out:
 * it stands in the session, which may still be on its way from memory.
 */
static __always_inline struct known_way *way_place(__be32 source, __be32 destination, __u32 ports)
{
	const __u32 place = cache_place(bpf_ntohl(destination) + bpf_ntohl(source) * 0x85ebca6b +
					(ports ^ ports >> 16) * 0xc2b2ae35);

	return bpf_map_lookup_elem(&known_ways, &place);
}

/*
 * Asks memory for the way of an IPv4 packet early, if the PPP frame at off is one: while the CPU waits for
 * the session it looks ahead, but not as far as to where the way is needed.
 */
static __always_inline void way_await(const struct pkt *p, __u64 off)
{
	struct inner in = {.off = off + (pkt_u8(p, off) == PPP_ALLSTATIONS_UI >> 8 ? 4 : 2)};
	const volatile struct known_way *w;

	in.ip = pkt_at(p, in.off, sizeof(*in.ip4));
	if (!in.ip)
		return;
	w = way_place(in.ip4->saddr, in.ip4->daddr, forward_ports(p, false, &in));
	if (w)
		(void)w->generation;
}

static __always_inline bool way_key_eq(const struct way_key *a, const struct way_key *b)
{
	return a->destination == b->destination && a->source == b->source && a->ports == b->ports &&
	       a->ifindex == b->ifindex && a->kind == b->kind && a->table == b->table;
}

static __always_inline bool way_is(const struct known_way *w, const struct way_key *k,
				   __u32 generation)
{
	return w && w->generation == generation && way_key_eq(&w->key, k);
}

/* What the kernel said counts for a time, and for what is not longer. */
static __always_inline bool way_serves(const struct known_way *w, __u32 len, __u32 ticks)
{
	return len <= w->len && way_now() - w->since <= ticks;
}

static __always_inline void way_learn(struct known_way *w, const struct way_key *k,
				      __u32 generation, __u32 len, const struct way *way)
{
	if (!w)
		return;
	w->key = *k;
	w->way = *way;
	w->len = len;
	w->since = way_now();
	w->generation = generation;
}

static __always_inline void way_route(const struct inner *in, __u32 ifindex, bool decap,
				      struct way *way)
{
	const struct l2x_route *r = NULL;

	if (decap)
		r = route_from(ifindex, in);
	/* Our netdevs have no neighbours, so the kernel may know none. */
	else if (way->result == BPF_FIB_LKUP_RET_SUCCESS ||
		 way->result == BPF_FIB_LKUP_RET_NO_NEIGH)
		r = route_to(way->hop.ifindex, in);
	if (r)
		way->route = *r;
	else
		way->route = (struct l2x_route){};
}

static __always_inline void way_inner4(struct xdp_md *ctx, const struct pkt *p,
				       const struct inner *in, __u32 ifindex, bool decap,
				       struct way *way)
{
	const struct way_key k = {
		.source = in->ip4->saddr,
		.destination = in->ip4->daddr,
		.ports = forward_ports(p, false, in),
		.ifindex = ifindex,
		.kind = (__u16)(in->ip4->tos << 8 | in->ip4->protocol),
	};
	const __u32 generation = way_generation(&k);
	struct known_way *w = way_place(k.source, k.destination, k.ports);
	const bool same = way_is(w, &k, generation);
	__u32 fits;

	if (same && way_serves(w, (__u32)in->len, decap ? WAY_DECAP_TICKS : WAY_TUNNEL_TICKS)) {
		*way = w->way;
		return;
	}
	way->result = (int)forward_inner(ctx, p, false, in, ifindex, &way->hop, &fits);
	/* Of payload routes, each change is told of. */
	if (same && (decap || way->hop.ifindex == w->way.hop.ifindex))
		way->route = w->way.route;
	else
		way_route(in, ifindex, decap, way);
	/* What leads to the kernel is not asked for here so often. */
	if (decap ? way->result == BPF_FIB_LKUP_RET_SUCCESS
		  : way->route.session.tunnel_id || way->route.set)
		way_learn(w, &k, generation, fits, way);
}

/* off, len: of the inner packet, which is sound and without options. Global functions: verified once,
 * by themselves. */
__noinline int way_find4(struct xdp_md *ctx, __u32 off, __u32 len, __u32 ifindex, struct way *way)
{
	struct inner in = {.off = off, .len = len};
	struct pkt p;

	if (!way)
		return 0;
	pkt_of_xdp(ctx, &p);
	in.ip = pkt_at(&p, off, sizeof(*in.ip4));
	if (!in.ip)
		return 0;
	way_inner4(ctx, &p, &in, ifindex, way->result, way);
	return 0;
}

__noinline int way_find6(struct xdp_md *ctx, __u32 off, __u32 len, __u32 ifindex, struct way *way)
{
	struct inner in = {.off = off, .len = len, .v6 = true};
	struct pkt p;
	__u32 fits;
	bool decap;

	if (!way)
		return 0;
	pkt_of_xdp(ctx, &p);
	in.ip = pkt_at(&p, off, sizeof(*in.ip6));
	if (!in.ip)
		return 0;
	decap = way->result;
	way->result = (int)forward_inner(ctx, &p, true, &in, ifindex, &way->hop, &fits);
	way_route(&in, ifindex, decap, way);
	return 0;
}

/* decap: it came out of a tunnel whose netdev is ifindex. */
static __always_inline void way_inner(struct xdp_md *ctx, const struct inner *in, __u32 ifindex,
				      bool decap, struct way *way)
{
	*way = (struct way){.result = decap};
	if (in->v6)
		way_find6(ctx, (__u32)in->off, (__u32)in->len, ifindex, way);
	else
		way_find4(ctx, (__u32)in->off, (__u32)in->len, ifindex, way);
}

/* As forward_outer(), for a session that XDP sends for. */
__noinline int way_outer(struct xdp_md *ctx, struct l2x_underlay *u, __u32 len, struct way *way)
{
	struct way_key k = {};
	struct known_way *w;
	__u32 generation, fits;

	if (!u || !way)
		return 0;
	k.source = *(const __be32 *)u->local;
	k.destination = *(const __be32 *)u->peer;
	k.ports = (__u32)u->local_port << 16 | u->peer_port;
	k.kind = IPPROTO_UDP;
	k.table = u->table;
	generation = way_generation(&k);
	w = u->family == AF_INET ? way_place(k.source, k.destination, k.ports) : NULL;
	if (way_is(w, &k, generation) && way_serves(w, len, WAY_OUTER_TICKS)) {
		*way = w->way;
		return 0;
	}
	way->result = (int)forward_outer(ctx, u, (__u16)len, &way->hop, &fits);
	if (way->result == BPF_FIB_LKUP_RET_SUCCESS)
		way_learn(w, &k, generation, fits, way);
	return 0;
}

#endif
