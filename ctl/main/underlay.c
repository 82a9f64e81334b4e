// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way to a tunnel's peer: the kernel's rules for tunnels that have a routing table of their own,
 * and what the way lets through in one piece. That is asked of the kernel, which knows it from its
 * routes and links, and from ICMP messages of routers on the way (RFC 1191, RFC 8201); it forgets what
 * they said after a while. Sessions whose MTU the configuration does not say go by it while they are up.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <string.h>
#include "main/call.h"
#include "main/controller.h"
#include "main/reload.h"
#include "net/watch.h"

#define IPV4_HEADER	 20
#define IPV6_HEADER	 40
#define UDP_HEADER	 8
#define L2TP_HEADER	 8  /* with its Length, which a peer may send */
#define L2TP_SEQUENCE	 4  /* Ns and Nr */
#define L2TP_EXTENDED	 18 /* the same, and a pad with the long number, docs/sets.md */
#define PPP_HEADER	 4  /* FF03 and the protocol */
#define UNDERLAY_DEFAULT 1500
#define MTU_MIN		 576
#define MTU_MIN_IPV6	 1280 /* RFC 8200 5 */
#define MTU_MAX		 9000
#define LOOK_AGAIN	 5000 /* ms */

bool has_address(const struct ip_addr *a, const char *besides)
{
	struct ifaddrs *all, *i;
	bool found = false;

	if (getifaddrs(&all))
		return false;
	for (i = all; i && !found; i = i->ifa_next) {
		struct endpoint e;

		found = i->ifa_addr && (!besides || strcmp(i->ifa_name, besides)) &&
			!endpoint_from_sockaddr(&e, i->ifa_addr) && ip_addr_eq(&e.ip, a);
	}
	freeifaddrs(all);
	return found;
}

/* For all tables of a configuration; each may come up more than once, which does no harm. */
static int each_table(struct controller *c, const struct config *config,
		      int (*act)(struct controller *c, uint32_t table))
{
	int err = 0;

	for (size_t i = 0; i < config->outgoing_count && !err; i++)
		if (config->outgoing[i].table)
			err = act(c, config->outgoing[i].table);
	for (size_t i = 0; i < config->incoming_count && !err; i++)
		if (config->incoming[i].table)
			err = act(c, config->incoming[i].table);
	for (size_t i = 0; i < config->relays_count && !err; i++)
		if (config->relays[i].table)
			err = act(c, config->relays[i].table);
	return err;
}

static int add_rules(struct controller *c, uint32_t table)
{
	return net_underlay_add(c->net, table);
}

static int delete_rules(struct controller *c, uint32_t table)
{
	return net_underlay_del(c->net, table);
}

static bool has_table(const struct config *config, uint32_t table)
{
	for (size_t i = 0; i < config->outgoing_count; i++)
		if (config->outgoing[i].table == table)
			return true;
	for (size_t i = 0; i < config->incoming_count; i++)
		if (config->incoming[i].table == table)
			return true;
	for (size_t i = 0; i < config->relays_count; i++)
		if (config->relays[i].table == table)
			return true;
	return false;
}

/* What goes by an earlier configuration still goes by its tables. */
static int delete_unused(struct controller *c, uint32_t table)
{
	bool used = has_table(c->config, table);
	struct list *i, *keep;

	list_for_each(i, keep, &c->configs)
		used |= has_table(list_item(i, struct earlier, in_controller)->config, table);
	return used ? 0 : delete_rules(c, table);
}

/* Of this configuration, and of the earlier ones. */
static void each_table_in_use(struct controller *c,
			      int (*act)(struct controller *c, uint32_t table))
{
	struct list *i, *keep;

	each_table(c, c->config, act);
	list_for_each(i, keep, &c->configs)
		each_table(c, list_item(i, struct earlier, in_controller)->config, act);
}

/* Is there anything that has to follow routes and rules? */
static bool is_concerned(const struct config *config)
{
	for (size_t i = 0; i < config->outgoing_count; i++) {
		const struct config_outgoing *o = &config->outgoing[i];

		if (o->table || o->payload_table == NET_TABLE_MAIN)
			return true;
	}
	for (size_t i = 0; i < config->incoming_count; i++)
		if (config->incoming[i].table)
			return true;
	for (size_t i = 0; i < config->relays_count; i++)
		if (config->relays[i].table)
			return true;
	return false;
}

int underlay_follow_config(struct controller *c, const struct config *config)
{
	int err = each_table(c, config, add_rules);

	if (err)
		log_error(&c->log, "cannot add the rules for tables of tunnels: %s",
			  strerror(-err));
	if (!err && is_concerned(config)) {
		err = net_watch_routes(c->watch, true);
		if (err)
			log_error(&c->log, "cannot watch routes: %s", strerror(-err));
	}
	return err;
}

int underlay_open(struct controller *c)
{
	int err = net_forget_underlay(c->net);

	if (err)
		log_error(&c->log, "cannot remove rules of tunnels' tables: %s", strerror(-err));
	return err ? err : underlay_follow_config(c, c->config);
}

void underlay_close(struct controller *c)
{
	if (c->net)
		each_table_in_use(c, delete_rules);
}

void underlay_forget(struct controller *c, const struct config *config)
{
	each_table(c, config, delete_unused);
}

void underlay_repair(struct controller *c)
{
	if (!c->stopping)
		each_table_in_use(c, add_rules);
}

static void look(struct tunnel *t)
{
	const struct udp_path *path = l2tp_tunnel_path(t->l2tp);
	struct net_way way;
	int err = net_way_to(t->c->net, &path->peer.ip, &path->local.ip, path->table, &way);
	uint32_t mtu = err || !way.mtu ? UNDERLAY_DEFAULT : way.mtu;

	/* Without a way nothing is known of it. */
	if (t->path_mtu && (err || mtu == t->path_mtu))
		return;
	if (t->path_mtu)
		log_info(&t->log, "the way to the peer lets through %u bytes, %u before", mtu,
			 t->path_mtu);
	t->path_mtu = mtu;
}

static void look_again(void *arg)
{
	struct tunnel *t = arg;
	uint32_t before = t->path_mtu;
	struct list *i, *keep;

	timer_set(&t->c->timers, &t->path_look, LOOK_AGAIN);
	look(t);
	if (t->path_mtu == before)
		return;
	list_for_each(i, keep, &t->calls)
		call_path_changed(list_item(i, struct call, in_tunnel));
}

void underlay_follow(struct tunnel *t)
{
	const struct udp_path *path = l2tp_tunnel_path(t->l2tp);
	int err = dataplane_hear(t->c->dp, path);

	if (err)
		log_warning(&t->log, "the path MTU in table %u will not be known: %s", path->table,
			    strerror(-err));
	else
		t->heard = *path;
	timer_init(&t->path_look, look_again, t);
	timer_set(&t->c->timers, &t->path_look, LOOK_AGAIN);
	look(t);
}

void underlay_leave(struct tunnel *t)
{
	if (t->path_mtu)
		timer_cancel(&t->c->timers, &t->path_look);
	if (t->heard.peer.ip.family)
		dataplane_hush(t->c->dp, &t->heard);
}

/* Whose set an incoming call will be in is known when it has logged in: any of the rules' then. */
static uint32_t sequence_header(const struct call *call)
{
	const struct config_incoming *in = call->t->incoming;
	const struct config_set *set = call->t->outgoing ? call->t->outgoing->config->set : NULL;

	if (set ? set->extended : in && in->extended)
		return L2TP_EXTENDED;
	if ((call->flags & L2X_SESSION_SEQUENCED) ||
	    (set ? set->kind == CONFIG_SET_HA : in && in->numbered))
		return L2TP_SEQUENCE;
	return 0;
}

uint16_t underlay_payload_mtu(const struct call *call)
{
	const struct tunnel *t = call->t;
	bool ipv6 = t->outgoing ? t->outgoing->config->ipv6 : t->incoming->ipv6;
	uint32_t least = ipv6 ? MTU_MIN_IPV6 : MTU_MIN, mtu = t->path_mtu;
	uint32_t headers = UDP_HEADER + L2TP_HEADER + PPP_HEADER;

	headers +=
		l2tp_tunnel_path(t->l2tp)->peer.ip.family == AF_INET6 ? IPV6_HEADER : IPV4_HEADER;
	headers += sequence_header(call);
	/* What does not fit then is sent in fragments. */
	if (mtu < least + headers)
		return (uint16_t)least;
	mtu -= headers;
	return (uint16_t)(mtu > MTU_MAX ? MTU_MAX : mtu);
}
