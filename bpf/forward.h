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

/* The answer to each question, as far as it is for a frame's head. */
struct next_hop {
	__u32 ifindex;
	__u8 smac[ETH_ALEN], dmac[ETH_ALEN];
};

/* For rules that ask for them; 0 without. A fragment has none that could be relied on. */
static __always_inline __u32 forward_ports(const struct pkt *p, bool v6, const struct inner *in)
{
	const __u8 proto = v6 ? in->ip6->nexthdr : in->ip4->protocol;
	const __u32 *ports;

	if ((proto != IPPROTO_TCP && proto != IPPROTO_UDP) ||
	    (!v6 && (in->ip4->frag_off & bpf_htons(IP4_FRAGMENT))))
		return 0;
	ports = pkt_at(p, in->off + (v6 ? sizeof(*in->ip6) : sizeof(*in->ip4)), sizeof(*ports));
	return ports ? *ports : 0;
}

/* len: of the packet. *fits: the longest packet that may go the same way, as far as the kernel said. */
static __always_inline long forward_ask(void *ctx, struct bpf_fib_lookup *fib, __u16 len,
					struct next_hop *hop, __u32 *fits)
{
	long rc;

	fib->tot_len = len; /* else the MTU is not checked */
	rc = bpf_fib_lookup(ctx, fib, sizeof(*fib), 0);
	hop->ifindex = fib->ifindex;
	__builtin_memcpy(hop->smac, fib->smac, sizeof(hop->smac));
	__builtin_memcpy(hop->dmac, fib->dmac, sizeof(hop->dmac));
	*fits = rc == BPF_FIB_LKUP_RET_SUCCESS && fib->mtu_result > len ? fib->mtu_result : len;
	return rc;
}

/*
 * Returns BPF_FIB_LKUP_RET_*, or a negative error. ctx is an xdp_md or an __sk_buff; in is without
 * IPv4 options.
 */
static __always_inline long forward_inner(void *ctx, const struct pkt *p, bool v6,
					  const struct inner *in, __u32 ifindex,
					  struct next_hop *hop, __u32 *fits)
{
	struct bpf_fib_lookup fib;
	__u32 ports = forward_ports(p, v6, in);

	__builtin_memset(&fib, 0, sizeof(fib));
	fib.ifindex = ifindex;
	if (v6) {
		fib.family = AF_INET6;
		fib.flowinfo = *(const __be32 *)in->ip6 & bpf_htonl(IP6_FLOWINFO_MASK);
		fib.l4_protocol = in->ip6->nexthdr;
		__builtin_memcpy(fib.ipv6_src, &in->ip6->saddr, sizeof(fib.ipv6_src));
		__builtin_memcpy(fib.ipv6_dst, &in->ip6->daddr, sizeof(fib.ipv6_dst));
	} else {
		fib.family = AF_INET;
		fib.tos = in->ip4->tos;
		fib.l4_protocol = in->ip4->protocol;
		fib.ipv4_src = in->ip4->saddr;
		fib.ipv4_dst = in->ip4->daddr;
	}
	__builtin_memcpy(&fib.sport, &ports, sizeof(fib.sport));
	__builtin_memcpy(&fib.dport, (const void *)&ports + sizeof(fib.sport), sizeof(fib.dport));
	return forward_ask(ctx, &fib, (__u16)in->len, hop, fits);
}

/* len: of the outer IP packet. */
static __always_inline long forward_outer(void *ctx, const struct l2x_underlay *u, __u16 len,
					  struct next_hop *hop, __u32 *fits)
{
	struct bpf_fib_lookup fib;

	__builtin_memset(&fib, 0, sizeof(fib));
	fib.ifindex = LOOPBACK_IFINDEX;
	if (u->table) {
		fib.l4_protocol = L2X_TABLE_PROTO;
		fib.sport = bpf_htons(u->table);
	} else {
		fib.l4_protocol = IPPROTO_UDP;
		fib.sport = u->local_port;
		fib.dport = u->peer_port;
	}
	if (u->family == AF_INET6) {
		fib.family = AF_INET6;
		__builtin_memcpy(fib.ipv6_src, u->local, sizeof(fib.ipv6_src));
		__builtin_memcpy(fib.ipv6_dst, u->peer, sizeof(fib.ipv6_dst));
	} else {
		fib.family = AF_INET;
		__builtin_memcpy(&fib.ipv4_src, u->local, sizeof(fib.ipv4_src));
		__builtin_memcpy(&fib.ipv4_dst, u->peer, sizeof(fib.ipv4_dst));
	}
	return forward_ask(ctx, &fib, len, hop, fits);
}

/*
 * Before anything is rewritten: may XDP send by this NIC? The target is remembered by the kernel
 * until the program returns XDP_REDIRECT, or does not.
 */
static __always_inline bool forward_reserve(const struct next_hop *hop)
{
	return bpf_redirect_map(&forward, hop->ifindex, XDP_PASS) == XDP_REDIRECT;
}

static __always_inline void forward_eth(struct ethhdr *eth, const struct next_hop *hop,
					__be16 proto)
{
	__builtin_memcpy(eth->h_dest, hop->dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, hop->smac, ETH_ALEN);
	eth->h_proto = proto;
}

/*
 * tc: by the NIC of a lookup for this host's own packet; the kernel finds the next hop's MAC
 * address, and waits for it. The next hop is not handed over though we know it: the packet would
 * then keep its own route, the one to the TUN netdev, and when it has to wait for an address, be
 * sent by that, without a link layer header.
 */
static __always_inline int forward_neigh(const struct next_hop *hop)
{
	return (int)bpf_redirect_neigh(hop->ifindex, NULL, 0, 0);
}

#endif
