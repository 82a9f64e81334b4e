/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receive, the part that XDP and tc share: from the first byte of a frame to "this is a payload
 *packet of that session, and it may be", without changing a byte. Drops are counted here.
 *
 * The order is that of the userspace level too, so that a packet has the same fate, and counts
 *under the same reason, whichever level sees it first: UDP to our port, data message, sound header
 *else not ours: the socket, or a packet in transit session by (tunnel id, session id), to its local
 *address	else not ours from its peer							else
 *BAD_PEER session of BPF, IPv4 or IPv6 in PPP				else userspace IPCP or
 *IPV6CP open						else NOT_UP sound inner packet
 *else BAD_INNER addresses that are forwarded					else userspace inner
 *source routed to this session				else BAD_SOURCE
 */
#ifndef L2X_BPF_RECEIVE_H
#define L2X_BPF_RECEIVE_H

#include "count.h"
#include "inner.h"
#include "l2tp.h"
#include "maps.h"
#include "parse.h"
#include "ppp.h"
#include "route.h"

enum rx_verdict {
	RX_NOT_OURS, /* nothing that these programs know */
	RX_PASS,     /* ours, for a lower level */
	RX_DROP,     /* ours, counted */
	RX_ACCEPT,
};

struct rx {
	const struct l2x_session *session;
	struct inner inner;
	__u64 l3; /* offset of the outer IP header */
	bool outer_v6;
};

static __always_inline
bool addr4_is(const __u8 *a, __be32 b)
{
	return *(const __be32 *)a == b;
}

static __always_inline
bool addr6_is(const __u8 *a, const struct in6_addr *b)
{
	const __be32 *x = (const __be32 *)a, *y = b->in6_u.u6_addr32;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3];
}

static __always_inline
bool to_local(const struct l2x_underlay *u, const struct udp_view *v)
{
	if (u->local_port != v->udp->dest)
		return false;
	return v->v6 ? u->family == AF_INET6 && addr6_is(u->local, &v->ip6->daddr)
		     : u->family == AF_INET && addr4_is(u->local, v->ip4->daddr);
}

/* Address and port; the family is known from to_local(). */
static __always_inline
bool from_peer(const struct l2x_underlay *u, const struct udp_view *v)
{
	if (u->peer_port != v->udp->source)
		return false;
	return v->v6 ? addr6_is(u->peer, &v->ip6->saddr) : addr4_is(u->peer, v->ip4->saddr);
}

static __always_inline
enum rx_verdict rx_drop(const struct l2x_session *s, enum l2x_reason reason)
{
	count_drop(s, reason);
	return RX_DROP;
}

static __always_inline
enum rx_verdict receive(const struct pkt *p, struct rx *rx)
{
	struct l2x_session_key key = {};
	const struct l2x_session *s;
	struct udp_view udp = {};
	int ethertype, proto;
	__u64 off = 0;

	ethertype = parse_eth(p, &off);
	rx->l3 = off;
	if (parse_udp(p, ethertype, &off, options.port, &udp) < 0 ||
	    parse_l2tp(p, &off, &udp.end, &key) < 0)
		return RX_NOT_OURS;

	s = bpf_map_lookup_elem(&sessions, &key);
	if (!s || !to_local(&s->underlay, &udp))
		return RX_NOT_OURS;
	rx->session = s;
	rx->outer_v6 = udp.v6;
	if (!from_peer(&s->underlay, &udp))
		return rx_drop(s, L2X_DROP_BAD_PEER);

	proto = parse_ppp(p, &off, udp.end);
	if ((s->flags & L2X_SESSION_USER_ONLY) ||
	    (proto != PPP_PROTO_IPV4 && proto != PPP_PROTO_IPV6))
		return RX_PASS;
	if (!(s->flags & (proto == PPP_PROTO_IPV6 ? L2X_SESSION_IPV6 : L2X_SESSION_IPV4)))
		return rx_drop(s, L2X_DROP_NOT_UP);
	if (parse_inner(p, proto == PPP_PROTO_IPV6, off, udp.end, &rx->inner) < 0)
		return rx_drop(s, L2X_DROP_BAD_INNER);
	if (inner_special(&rx->inner))
		return RX_PASS;
	if (!source_allowed(s, key, &rx->inner))
		return rx_drop(s, L2X_DROP_BAD_SOURCE);
	return RX_ACCEPT;
}

#endif
