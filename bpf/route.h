/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Payload routes: which session is behind a netdev for this address. The same lookup answers both
 * questions: where does a packet to it go, and may this session send from it.
 */
#ifndef L2X_BPF_ROUTE_H
#define L2X_BPF_ROUTE_H

#include "inner.h"
#include "maps.h"

#define ROUTE_NETDEV_BITS 32

static __always_inline const struct l2x_route *route4(__u32 netdev, __be32 addr)
{
	struct l2x_route4_key key = {
		.prefixlen = ROUTE_NETDEV_BITS + 32,
		.netdev = netdev,
		.addr = addr,
	};

	return bpf_map_lookup_elem(&routes4, &key);
}

static __always_inline const struct l2x_route *route6(__u32 netdev, const struct in6_addr *addr)
{
	struct l2x_route6_key key = {
		.prefixlen = ROUTE_NETDEV_BITS + 128,
		.netdev = netdev,
	};

	__builtin_memcpy(key.addr, addr, sizeof(key.addr));
	return bpf_map_lookup_elem(&routes6, &key);
}

static __always_inline const struct l2x_route *route_to(__u32 netdev, const struct inner *in)
{
	return in->v6 ? route6(netdev, &in->ip6->daddr) : route4(netdev, in->ip4->daddr);
}

/* The source's route; netdev: the session's. */
static __always_inline const struct l2x_route *route_from(__u32 netdev, const struct inner *in)
{
	return in->v6 ? route6(netdev, &in->ip6->saddr) : route4(netdev, in->ip4->saddr);
}

static __always_inline bool route_leads_to(const struct l2x_route *r, const struct l2x_session *s)
{
	if (r->set)
		return r->set == s->set;
	return r->session.tunnel_id == s->key.tunnel_id &&
	       r->session.session_id == s->key.session_id;
}

#endif
