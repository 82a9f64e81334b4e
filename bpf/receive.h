/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receive, the part that XDP and tc share: from the first byte of a frame to "this is a payload
 * packet of that session, and it may be", without changing a byte. Drops are counted here.
 *
 * The order is that of the userspace level too, so that a packet has the same fate, and counts
 * under the same reason, whichever level sees it first:
 *
 *   UDP to our port, data message, sound header	else not ours: the socket, or a packet in transit
 *   session by ids, to its local address		else not ours
 *   from its peer					else BAD_PEER
 *   session of BPF					else userspace
 *   not relayed					else relay.h
 *   no number, IPv4 or IPv6 in PPP			else userspace
 *   IPCP or IPV6CP open				else NOT_UP
 *   sound inner packet					else BAD_INNER
 *   addresses that are forwarded			else userspace
 *   inner source routed to this session		else BAD_SOURCE
 */
#ifndef L2X_BPF_RECEIVE_H
#define L2X_BPF_RECEIVE_H

#include "ahead.h"
#include "count.h"
#include "inner.h"
#include "l2tp.h"
#include "maps.h"
#include "parse.h"
#include "ppp.h"
#include "route.h"
#include "session.h"
#include "way.h"

enum rx_verdict {
	RX_NOT_OURS, /* nothing that these programs know */
	RX_PASS,     /* ours, for a lower level */
	RX_DROP,     /* ours, counted */
	RX_IPV4,     /* ours, go on with this */
	RX_IPV6,
	RX_RELAY, /* a message of a relayed session (relay.h) */
	RX_ACCEPT,
};

/* What the outside of a packet says. */
struct rx_outer {
	struct l2x_session_key key;
	__u16 v6;
	__u16 l3;  /* offset of the outer IP header */
	__u32 off; /* offset of the inner packet */
	__u32 end; /* where it ends at the latest */
};

struct rx {
	const struct l2x_session *session;
	__u64 l3, off, end; /* as above */
	bool outer_v6;
	struct inner inner;
	struct way way; /* XDP: of the inner packet */
};

static __always_inline bool addr4_is(const __u8 *a, __be32 b)
{
	return *(const __be32 *)a == b;
}

static __always_inline bool addr6_is(const __u8 *a, const struct in6_addr *b)
{
	const __be32 *x = (const __be32 *)a, *y = b->in6_u.u6_addr32;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3];
}

static __always_inline bool to_local(const struct l2x_underlay *u, bool v6,
				     const struct udp_view *v)
{
	if (u->local_port != v->udp->dest || u->family != (v6 ? AF_INET6 : AF_INET))
		return false;
	return v6 ? addr6_is(u->local, &v->ip6->daddr) : addr4_is(u->local, v->ip4->daddr);
}

static __always_inline bool from_peer(const struct l2x_underlay *u, bool v6,
				      const struct udp_view *v)
{
	if (u->peer_port != v->udp->source)
		return false;
	return v6 ? addr6_is(u->peer, &v->ip6->saddr) : addr4_is(u->peer, v->ip4->saddr);
}

static __always_inline enum rx_verdict rx_drop(const struct l2x_session *s, enum l2x_reason reason)
{
	count_drop(s, reason);
	return RX_DROP;
}

/* v6: the outer family. It is a constant in each caller, so that no branch depends on another one's
 * result. */
static __always_inline enum rx_verdict receive_outer(const struct pkt *p, bool xdp, bool v6,
						     __u64 off, struct rx_outer *rx)
{
	struct l2x_session_key key = {};
	const struct l2x_underlay *u;
	const struct l2x_session *s;
	struct udp_view udp = {};
	int proto, bits;

	rx->l3 = (__u16)off;
	rx->v6 = v6;
	if (parse_udp(p, v6, &off, options.port, &udp) < 0)
		return RX_NOT_OURS;
	bits = parse_l2tp(p, &off, &udp.end, &key);
	if (bits < 0)
		return RX_NOT_OURS;

	if (xdp)
		ahead_await(AHEAD_ONWARD, key.session_id);
	s = session_known(&key);
	if (xdp && s && !(s->flags & (L2X_SESSION_RELAY | L2X_SESSION_USER_ONLY)))
		way_await(p, off);
	u = s ? underlay_of(s) : NULL;
	if (!u || !to_local(u, v6, &udp))
		return RX_NOT_OURS;
	rx->key = key;
	if (!(s->flags & L2X_SESSION_ANY_PEER) && !from_peer(u, v6, &udp))
		return rx_drop(s, L2X_DROP_BAD_PEER);
	if (s->flags & L2X_SESSION_USER_ONLY)
		return RX_PASS;
	rx->off = (__u32)off;
	rx->end = (__u32)udp.end;
	if (s->flags & L2X_SESSION_RELAY)
		return RX_RELAY;
	if ((bits & L2TP_S) && (s->flags & L2X_SESSION_CHECK_NS))
		return RX_PASS;

	proto = parse_ppp(p, &off, udp.end);
	rx->off = (__u32)off;
	if (proto == PPP_PROTO_IPV4)
		return RX_IPV4;
	return proto == PPP_PROTO_IPV6 ? RX_IPV6 : RX_PASS;
}

static __always_inline enum rx_verdict receive_pkt(const struct pkt *p, bool xdp,
						   struct rx_outer *rx)
{
	__u64 off = 0;

	switch (parse_eth(p, &off)) {
	case ETH_P_IP:
		return receive_outer(p, xdp, false, off, rx);
	case ETH_P_IPV6:
		return receive_outer(p, xdp, true, off, rx);
	}
	return RX_NOT_OURS;
}

/* Global functions: each verified once, by itself. Of an skb, the headers are in its linear part. */
__noinline int receive_xdp(struct xdp_md *ctx, struct rx_outer *rx)
{
	struct pkt p;

	if (!rx)
		return RX_NOT_OURS;
	pkt_of_xdp(ctx, &p);
	return receive_pkt(&p, true, rx);
}

__noinline int receive_tc(struct __sk_buff *skb, struct rx_outer *rx)
{
	struct pkt p;

	if (!rx)
		return RX_NOT_OURS;
	pkt_of_skb(skb, &p);
	return receive_pkt(&p, false, rx);
}

static __always_inline enum rx_verdict receive(void *ctx, bool xdp, struct rx *rx)
{
	struct rx_outer outer = {};
	enum rx_verdict verdict = xdp ? receive_xdp(ctx, &outer) : receive_tc(ctx, &outer);

	rx->l3 = outer.l3;
	rx->off = outer.off;
	rx->end = outer.end;
	rx->outer_v6 = outer.v6;
	rx->session = session_again(&outer.key);
	return rx->session ? verdict : RX_PASS;
}

/* Behind RX_IPV4 and RX_IPV6: the payload packet. Accept, or one of the verdicts above. */
static __always_inline enum rx_verdict receive_inner(void *ctx, const struct pkt *p, bool xdp,
						     bool v6, struct rx *rx)
{
	const struct l2x_session *s = rx->session;
	const struct l2x_route *route;

	if (!(s->flags & (v6 ? L2X_SESSION_IPV6 : L2X_SESSION_IPV4)))
		return rx_drop(s, L2X_DROP_NOT_UP);
	if (parse_inner(p, v6, rx->off, rx->end, &rx->inner) < 0)
		return rx_drop(s, L2X_DROP_BAD_INNER);
	if (inner_special(&rx->inner))
		return RX_PASS;
	if (xdp)
		way_inner(ctx, &rx->inner, s->netdev, true, &rx->way);
	if (s->flags & L2X_SESSION_ANY_SOURCE)
		return RX_ACCEPT;
	route = xdp ? &rx->way.route : route_from(s->netdev, &rx->inner);
	if (!route || !route_leads_to(route, s))
		return rx_drop(s, L2X_DROP_BAD_SOURCE);
	return RX_ACCEPT;
}

#endif
