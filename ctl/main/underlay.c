// SPDX-License-Identifier: GPL-2.0-only
/* What the underlay lets through, when the configuration does not say it. */
#include "main/call.h"
#include "main/controller.h"

#define IPV4_HEADER	 20
#define IPV6_HEADER	 40
#define UDP_HEADER	 8
#define L2TP_HEADER	 8 /* with its Length, which a peer may send */
#define L2TP_SEQUENCE	 4 /* Ns and Nr */
#define PPP_HEADER	 4 /* FF03 and the protocol */
#define UNDERLAY_DEFAULT 1500
#define MTU_MIN		 576
#define MTU_MIN_IPV6	 1280 /* RFC 8200 5 */
#define MTU_MAX		 9000
#define LOOK_AGAIN	 10000 /* ms: sessions that come in a flood share one look */

static uint32_t underlay_mtu(struct tunnel *t)
{
	struct controller *c = t->c;
	struct net_way way;
	int err;

	if (t->underlay_mtu && c->timers.now - t->underlay_looked < LOOK_AGAIN)
		return t->underlay_mtu;
	err = net_way_to(c->net, &l2tp_tunnel_path(t->l2tp)->peer.ip, &way);
	t->underlay_mtu = err || !way.mtu ? UNDERLAY_DEFAULT : way.mtu;
	t->underlay_looked = c->timers.now;
	return t->underlay_mtu;
}

uint16_t underlay_payload_mtu(const struct call *call)
{
	struct tunnel *t = call->t;
	bool ipv6 = t->outgoing ? t->outgoing->config->ipv6 : t->incoming->ipv6;
	uint32_t least = ipv6 ? MTU_MIN_IPV6 : MTU_MIN, mtu = underlay_mtu(t);
	uint32_t headers = UDP_HEADER + L2TP_HEADER + PPP_HEADER;

	headers +=
		l2tp_tunnel_path(t->l2tp)->peer.ip.family == AF_INET6 ? IPV6_HEADER : IPV4_HEADER;
	if (call->flags & L2X_SESSION_SEQUENCED)
		headers += L2TP_SEQUENCE;
	/* What does not fit then is sent in fragments. */
	if (mtu < least + headers)
		return (uint16_t)least;
	mtu -= headers;
	return (uint16_t)(mtu > MTU_MAX ? MTU_MAX : mtu);
}
