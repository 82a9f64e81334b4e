/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that asks the kernel's routing tables, writes MAC addresses and redirects, or says
 * that the kernel must do it. Three questions are asked:
 *
 *   inner packet received from a tunnel, XDP (forward_inner)
 *	It came in by the session's netdev: so `ip rule iif` binds it to its payload table. The answer
 *	must be a NIC of the map `forward`.
 *   any other packet, XDP (forward_inner)
 *	It came in by the NIC. The answer may be one of our netdevs.
 *   outer packet, XDP and tc (forward_outer)
 *	It is this host's own. The answer is the way to the tunnel's peer, by the tunnel's table if
 *	it has one (l2x/underlay.h).
 *
 * All are full lookups, rules included, but for rules that ask for a firewall mark: XDP knows none.
 */
#ifndef L2X_BPF_FORWARD_H
#define L2X_BPF_FORWARD_H

#include "inner.h"
#include "l2x/underlay.h"
#include "maps.h"

/* In every network namespace. What comes in by it is looked up as this host's own packets are. */
#define LOOPBACK_IFINDEX  1

#define IP6_FLOWINFO_MASK 0x0fffffff

/* For rules that ask for them. A fragment has none that could be relied on. */
static __always_inline void forward_ports(const struct pkt *p, bool v6, const struct inner *in,
					  struct bpf_fib_lookup *fib)
{
	const __be16 *ports;

	if ((fib->l4_protocol != IPPROTO_TCP && fib->l4_protocol != IPPROTO_UDP) ||
	    (!v6 && (in->ip4->frag_off & bpf_htons(IP4_FRAGMENT))))
		return;
	ports = pkt_at(p, in->off + (v6 ? sizeof(*in->ip6) : sizeof(*in->ip4)), 2 * sizeof(*ports));
	if (ports) {
		fib->sport = ports[0];
		fib->dport = ports[1];
	}
}

/*
 * Returns BPF_FIB_LKUP_RET_*, or a negative error. ctx is an xdp_md or an __sk_buff; in is without
 * IPv4 options.
 */
static __always_inline long forward_inner(void *ctx, const struct pkt *p, bool v6,
					  const struct inner *in, __u32 ifindex,
					  struct bpf_fib_lookup *fib)
{
	__builtin_memset(fib, 0, sizeof(*fib));
	fib->ifindex = ifindex;
	fib->tot_len = (__u16)in->len; /* else the MTU is not checked */
	if (v6) {
		fib->family = AF_INET6;
		fib->flowinfo = *(const __be32 *)in->ip6 & bpf_htonl(IP6_FLOWINFO_MASK);
		fib->l4_protocol = in->ip6->nexthdr;
		__builtin_memcpy(fib->ipv6_src, &in->ip6->saddr, sizeof(fib->ipv6_src));
		__builtin_memcpy(fib->ipv6_dst, &in->ip6->daddr, sizeof(fib->ipv6_dst));
	} else {
		fib->family = AF_INET;
		fib->tos = in->ip4->tos;
		fib->l4_protocol = in->ip4->protocol;
		fib->ipv4_src = in->ip4->saddr;
		fib->ipv4_dst = in->ip4->daddr;
	}
	forward_ports(p, v6, in, fib);
	return bpf_fib_lookup(ctx, fib, sizeof(*fib), 0);
}

/* len: of the outer IP packet. */
static __always_inline long forward_outer(void *ctx, const struct l2x_underlay *u, __u16 len,
					  struct bpf_fib_lookup *fib)
{
	__builtin_memset(fib, 0, sizeof(*fib));
	fib->ifindex = LOOPBACK_IFINDEX;
	fib->tot_len = len;
	if (u->table) {
		fib->l4_protocol = L2X_TABLE_PROTO;
		fib->sport = bpf_htons(u->table);
	} else {
		fib->l4_protocol = IPPROTO_UDP;
		fib->sport = u->local_port;
		fib->dport = u->peer_port;
	}
	if (u->family == AF_INET6) {
		fib->family = AF_INET6;
		__builtin_memcpy(fib->ipv6_src, u->local, sizeof(fib->ipv6_src));
		__builtin_memcpy(fib->ipv6_dst, u->peer, sizeof(fib->ipv6_dst));
	} else {
		fib->family = AF_INET;
		__builtin_memcpy(&fib->ipv4_src, u->local, sizeof(fib->ipv4_src));
		__builtin_memcpy(&fib->ipv4_dst, u->peer, sizeof(fib->ipv4_dst));
	}
	return bpf_fib_lookup(ctx, fib, sizeof(*fib), 0);
}

/*
 * Before anything is rewritten: may XDP send by this NIC? The target is remembered by the kernel
 * until the program returns XDP_REDIRECT, or does not.
 */
static __always_inline bool forward_reserve(const struct bpf_fib_lookup *fib)
{
	return bpf_redirect_map(&forward, fib->ifindex, XDP_PASS) == XDP_REDIRECT;
}

static __always_inline void forward_eth(struct ethhdr *eth, const struct bpf_fib_lookup *fib,
					__be16 proto)
{
	__builtin_memcpy(eth->h_dest, fib->dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, fib->smac, ETH_ALEN);
	eth->h_proto = proto;
}

/*
 * tc: by the NIC of a lookup for this host's own packet; the kernel finds the next hop's MAC
 * address, and waits for it. The next hop is not handed over though we know it: the packet would
 * then keep its own route, the one to the TUN netdev, and when it has to wait for an address, be
 * sent by that, without a link layer header.
 */
static __always_inline int forward_neigh(const struct bpf_fib_lookup *fib)
{
	return (int)bpf_redirect_neigh(fib->ifindex, NULL, 0, 0);
}

#endif
