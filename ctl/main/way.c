// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels whose own routes would lead to their peer, as a default route in the same table does: a host
 * route by the way that the table has otherwise keeps them out of themselves. When that way changes,
 * as when a modem gets another gateway, the host route follows. Tunnels to one peer share it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "main/call.h"
#include "main/controller.h"
#include "net/watch.h"

#define SETTLE 200 /* ms: changes come in groups */

struct way {
	struct list in_controller;
	struct ip_addr peer;
	uint32_t table;
	struct net_way to;
	bool ours;    /* else somebody has such a route, or nobody has any */
	bool changed; /* perhaps */
	unsigned users;
};

static struct way *find(struct controller *c, const struct ip_addr *peer, uint32_t table)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->ways) {
		struct way *w = list_item(i, struct way, in_controller);

		if (w->table == table && ip_addr_eq(&w->peer, peer))
			return w;
	}
	return NULL;
}

static bool is_netdev(void *arg, unsigned ifindex)
{
	struct controller *c = arg;
	struct list *i, *keep;

	list_for_each(i, keep, &c->netdevs)
		if (list_item(i, struct netdev, in_controller)->ifindex == ifindex)
			return true;
	return false;
}

static void let_go(struct controller *c, struct way *w)
{
	if (w->ours)
		net_way_del(c->net, &w->peer, w->table, &w->to);
	w->ours = false;
}

static bool same(const struct net_way *a, const struct net_way *b)
{
	return a->ifindex == b->ifindex && ip_addr_eq(&a->gateway, &b->gateway) &&
	       ip_addr_eq(&a->source, &b->source) && a->mtu == b->mtu;
}

static void say(const struct controller *c, const struct way *w)
{
	char peer[IP_ADDR_TEXT], gateway[IP_ADDR_TEXT];

	log_info(&c->log, "a host route keeps %s out of the tunnel%s%s",
		 ip_addr_text(&w->peer, peer), w->to.gateway.family ? ", by gateway " : "",
		 w->to.gateway.family ? ip_addr_text(&w->to.gateway, gateway) : "");
}

/* Sets it again also when it is the same: a link that went down has taken it along. */
static int fix(struct controller *c, struct way *w)
{
	struct net_best best;
	int err = net_best_route(c->net, &w->peer, w->table, is_netdev, c, &best);
	bool was;

	w->changed = false;
	/* None now: one that is there is better than the tunnel, and there may be another soon. */
	if (err == -ENETUNREACH)
		return 0;
	if (err)
		return err;
	if (best.host) {
		let_go(c, w);
		return 0;
	}
	err = net_way_set(c->net, &w->peer, w->table, &best.way);
	if (err)
		return err;
	was = w->ours && same(&w->to, &best.way);
	w->to = best.way;
	w->ours = true;
	if (!was)
		say(c, w);
	return 0;
}

static void check(void *arg)
{
	struct controller *c = arg;
	char text[IP_ADDR_TEXT];
	struct list *i, *keep;

	underlay_repair(c);
	list_for_each(i, keep, &c->ways) {
		struct way *w = list_item(i, struct way, in_controller);
		int err = w->changed ? fix(c, w) : 0;

		if (err)
			log_warning(&c->log, "cannot keep the way to %s: %s",
				    ip_addr_text(&w->peer, text), strerror(-err));
	}
}

static void check_soon(struct controller *c)
{
	if (!timer_is_set(&c->ways_check) && !c->stopping)
		timer_set(&c->timers, &c->ways_check, SETTLE);
}

void way_init(struct controller *c)
{
	list_init(&c->ways);
	timer_init(&c->ways_check, check, c);
}

void way_route_changed(void *owner, const struct ip_prefix *prefix, uint32_t table)
{
	struct controller *c = owner;
	struct list *i, *keep;

	list_for_each(i, keep, &c->ways) {
		struct way *w = list_item(i, struct way, in_controller);

		if (w->table != table || !ip_prefix_holds(prefix, &w->peer))
			continue;
		w->changed = true;
		check_soon(c);
	}
}

void way_routes_changed(void *owner)
{
	struct controller *c = owner;
	struct list *i, *keep;

	list_for_each(i, keep, &c->ways)
		list_item(i, struct way, in_controller)->changed = true;
	check_soon(c);
}

int way_hold_server(struct tunnel *t, const struct ip_addr *server, uint32_t table)
{
	struct way *w;
	char text[IP_ADDR_TEXT];
	int err;

	if (t->way)
		return 0;
	table = table ? table : NET_TABLE_MAIN;
	w = find(t->c, server, table);
	if (!w) {
		w = calloc(1, sizeof(*w));
		if (!w)
			return -ENOMEM;
		w->peer = *server;
		w->table = table;
		err = fix(t->c, w);
		if (err) {
			log_error(&t->log, "cannot keep the way to %s: %s",
				  ip_addr_text(&w->peer, text), strerror(-err));
			free(w);
			return err;
		}
		list_append(&t->c->ways, &w->in_controller);
	}
	w->users++;
	t->way = w;
	return 0;
}

int way_hold(struct tunnel *t)
{
	const struct udp_path *path = l2tp_tunnel_path(t->l2tp);
	struct net_way now;

	if (!t->way && !net_way_to(t->c->net, &path->peer.ip, NULL, path->table, &now) && now.local)
		return 0;
	return way_hold_server(t, &path->peer.ip, path->table);
}

void way_release(struct tunnel *t)
{
	struct way *w = t->way;

	t->way = NULL;
	if (!w || --w->users)
		return;
	let_go(t->c, w);
	list_remove(&w->in_controller);
	free(w);
}

void way_forget(struct controller *c, const struct ip_addr *server, uint32_t table)
{
	if (!find(c, server, table ? table : NET_TABLE_MAIN))
		net_way_forget(c->net, server, table ? table : NET_TABLE_MAIN);
}
