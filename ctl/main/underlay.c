// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way to a tunnel's peer. What it lets through, when the configuration does not say it; and that
 * it stays what it is when the tunnel's own routes would lead there, as a default route in the main
 * table does: then a host route by the way of before goes in first. Tunnels to one peer share it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "main/call.h"
#include "main/controller.h"

struct way {
	struct list in_controller;
	struct ip_addr peer;
	struct net_way to;
	bool ours; /* else somebody has such a route already, and it stays his */
	unsigned users;
};

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

static struct way *find(struct controller *c, const struct ip_addr *peer)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->ways) {
		struct way *w = list_item(i, struct way, in_controller);

		if (ip_addr_eq(&w->peer, peer))
			return w;
	}
	return NULL;
}

static int fix(struct controller *c, struct way *w)
{
	int err = net_way_to(c->net, &w->peer, &w->to);

	if (err || w->to.local)
		return err;
	err = net_way_add(c->net, &w->peer, &w->to);
	w->ours = !err;
	return err == -EEXIST ? 0 : err;
}

int underlay_hold(struct tunnel *t)
{
	const struct ip_addr *peer = &l2tp_tunnel_path(t->l2tp)->peer.ip;
	struct way *w = t->way ? t->way : find(t->c, peer);
	char text[IP_ADDR_TEXT];
	int err;

	if (t->way)
		return 0;
	if (!w) {
		w = calloc(1, sizeof(*w));
		if (!w)
			return -ENOMEM;
		w->peer = *peer;
		err = fix(t->c, w);
		if (err) {
			log_error(&t->log, "cannot keep the way to %s: %s",
				  ip_addr_text(peer, text), strerror(-err));
			free(w);
			return err;
		}
		if (w->ours)
			log_info(&t->log, "a host route keeps %s out of the tunnel",
				 ip_addr_text(peer, text));
		list_append(&t->c->ways, &w->in_controller);
	}
	w->users++;
	t->way = w;
	return 0;
}

void underlay_release(struct tunnel *t)
{
	struct way *w = t->way;

	t->way = NULL;
	if (!w || --w->users)
		return;
	if (w->ours)
		net_way_del(t->c->net, &w->peer, &w->to);
	list_remove(&w->in_controller);
	free(w);
}

void underlay_forget(struct controller *c, const struct ip_addr *server)
{
	if (!find(c, server))
		net_way_forget(c->net, server);
}
