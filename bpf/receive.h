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
 *   session of BPF, no number, IPv4 or IPv6 in PPP	else userspace
 *   IPCP or IPV6CP open				else NOT_UP
 *   sound inner packet					else BAD_INNER
 *   addresses that are forwarded			else userspace
 *   inner source routed to this session		else BAD_SOURCE
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
#include "session.h"

enum rx_verdict {
	RX_NOT_OURS, /* nothing that these programs know */
	RX_PASS,     /* ours, for a lower level */
	RX_DROP,     /* ours, counted */
	RX_IPV4,     /* ours, go on with this */
	RX_IPV6,
	RX_ACCEPT,
};

struct rx {
	struct l2x_session_key key;
	const struct l2x_session *session;
	__u64 l3;  /* offset of the outer IP header */
	__u64 off; /* offset of the inner packet */
	__u64 end; /* where it ends at the latest */
	bool outer_v6;
	struct inner inner;
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
static __always_inline enum rx_verdict receive_outer(const struct pkt *p, bool v6, struct rx *rx)
{
	const struct l2x_session *s;
	struct udp_view udp = {};
	int proto, bits;

	rx->off = rx->l3;
	if (parse_udp(p, v6, &rx->off, options.port, &udp) < 0)
		return RX_NOT_OURS;
	bits = parse_l2tp(p, &rx->off, &udp.end, &rx->key);
	if (bits < 0)
		return RX_NOT_OURS;
	rx->end = udp.end;
	rx->outer_v6 = v6;

	s = session_find(&rx->key);
	if (!s || !to_local(&s->underlay, v6, &udp))
		return RX_NOT_OURS;
	rx->session = s;
	if (!(s->flags & L2X_SESSION_ANY_PEER) && !from_peer(&s->underlay, v6, &udp))
		return rx_drop(s, L2X_DROP_BAD_PEER);
	if (s->flags & L2X_SESSION_USER_ONLY)
		return RX_PASS;
	if ((bits & L2TP_S) && (s->flags & L2X_SESSION_CHECK_NS))
		return RX_PASS;

	proto = parse_ppp(p, &rx->off, rx->end);
	if (proto == PPP_PROTO_IPV4)
		return RX_IPV4;
	return proto == PPP_PROTO_IPV6 ? RX_IPV6 : RX_PASS;
}

static __always_inline enum rx_verdict receive(const struct pkt *p, struct rx *rx)
{
	rx->l3 = 0;
	switch (parse_eth(p, &rx->l3)) {
	case ETH_P_IP:
		return receive_outer(p, false, rx);
	case ETH_P_IPV6:
		return receive_outer(p, true, rx);
	}
	return RX_NOT_OURS;
}

/* Behind RX_IPV4 and RX_IPV6: the payload packet. Accept, or one of the verdicts above. */
static __always_inline enum rx_verdict receive_inner(const struct pkt *p, bool v6, struct rx *rx)
{
	const struct l2x_session *s = rx->session;

	if (!(s->flags & (v6 ? L2X_SESSION_IPV6 : L2X_SESSION_IPV4)))
		return rx_drop(s, L2X_DROP_NOT_UP);
	if (parse_inner(p, v6, rx->off, rx->end, &rx->inner) < 0)
		return rx_drop(s, L2X_DROP_BAD_INNER);
	if (inner_special(&rx->inner))
		return RX_PASS;
	if (!source_allowed(s, rx->key, &rx->inner))
		return rx_drop(s, L2X_DROP_BAD_SOURCE);
	return RX_ACCEPT;
}

#endif
