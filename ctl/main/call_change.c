// SPDX-License-Identifier: GPL-2.0-only
/*
 * A call that stays under a changed configuration (call.h): routes, MTU, speeds and so on are made what
 * that says, in place, so that no packet is lost. What a call has is in struct installed; what it is to
 * have, the grant and the entry say, which are the new ones already.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "main/call.h"
#include "main/install.h"
#include "main/payload_route.h"
#include "main/prefixes.h"

/* The peer's own address is not in the configuration, but in the list. */
static struct ip_prefix remote_of(const struct call *call, const struct installed *in)
{
	struct ip_addr a = in == &call->ipv4 ? ip_addr_v4(call->ipv4_addresses.remote)
					     : ip_addr_v6(&call->ipv6_addresses.remote);

	return ip_prefix_host(&a);
}

static bool is_given(const struct call *call, const struct ip_prefix *route)
{
	const struct ip_prefix *given;

	for (size_t i = 0; (given = install_configured_route(call, i)); i++)
		if (ip_prefix_eq(given, route))
			return true;
	return false;
}

static bool has(const struct installed *in, const struct ip_prefix *route)
{
	for (size_t i = 0; i < in->routes_count; i++)
		if (ip_prefix_eq(&in->routes[i], route))
			return true;
	return false;
}

static void drop(struct call *call, struct installed *in)
{
	const struct ip_prefix remote = remote_of(call, in);
	size_t kept = 0;

	/* The kernel has to have spoken of those that it was asked for. */
	if (in->pending)
		net_flush(call->t->c->net);
	for (size_t i = 0; i < in->routes_count; i++) {
		if (is_given(call, &in->routes[i]) || ip_prefix_eq(&in->routes[i], &remote))
			in->routes[kept++] = in->routes[i];
		else
			install_del_route(call, &in->routes[i]);
	}
	in->routes_count = kept;
}

void call_change_drop(struct call *call)
{
	if (call->ipv4.up)
		drop(call, &call->ipv4);
	if (call->ipv6.up)
		drop(call, &call->ipv6);
}

static void add(struct call *call, struct installed *in, int family)
{
	const struct ip_prefix *route;
	struct ip_prefix *more;
	size_t count = 0;
	int err = 0;

	if (!in->up)
		return;
	while (install_configured_route(call, count))
		count++;
	more = reallocarray(in->routes, in->routes_count + count + 1, sizeof(*more));
	if (!more) {
		log_error(&call->log, "no routes are added: out of memory");
		return;
	}
	in->routes = more;
	for (size_t i = 0; i < count && !err; i++) {
		route = install_configured_route(call, i);
		if (route->addr.family == family && !has(in, route))
			err = install_given_route(call, in, route);
	}
	if (err)
		call_give_up(call, family);
}

/* Both are there for a moment. Those of a set are its own. */
static void move(struct call *call, struct installed *in, uint32_t metric)
{
	const uint32_t before = call->metric;

	for (size_t i = 0; i < in->routes_count; i++) {
		struct payload_route old, new;

		call->metric = before;
		old = install_own_route(call, &in->routes[i]);
		call->metric = metric;
		new = install_own_route(call, &in->routes[i]);
		if (payload_route_move(call->t->c, &call->log, &old, &new))
			call_give_up(call, in->routes[i].addr.family);
		if (!in->routes[i].len)
			in->halves = new.halves;
	}
}

static void change_metric(struct call *call)
{
	const uint32_t before = call->metric,
		       metric = call->t->outgoing ? call->t->outgoing->config->metric : 0;

	if (metric == before)
		return;
	move(call, &call->ipv4, metric);
	call->metric = before;
	move(call, &call->ipv6, metric);
	call->metric = metric;
}

static void change_link(struct call *call)
{
	const struct config_outgoing *out = call->t->outgoing ? call->t->outgoing->config : NULL;
	const struct config_incoming *in = call->t->incoming;

	if (!call->ppp)
		return;
	if (out)
		ppp_change(call->ppp, out->lcp_echo_interval * 1000, out->lcp_echo_failures, 0);
	else
		ppp_change(call->ppp, in->lcp_echo_interval * 1000, in->lcp_echo_failures,
			   in->chap_rechallenge * 1000);
}

void call_change(struct call *call)
{
	/* What is relayed is looked at by nobody here. */
	const uint32_t settings = call->relayed ? L2X_SESSION_ANY_PEER : CALL_SETTINGS;
	int err;

	if (call->grant && call->granted)
		call_limit_time(call);
	change_link(call);
	if (!call->key.tunnel_id)
		return;
	call->flags = (call->flags & ~settings) | (call_settings(call->t) & settings);
	if (call->netdev && !call->relayed) {
		change_metric(call);
		call->mtu_wanted = call_wanted_mtu(call);
		install_mtu(call);
	}
	err = install_session(call);
	if (err)
		log_error(&call->log, "data path does not take the change: %s", strerror(-err));
	add(call, &call->ipv4, AF_INET);
	add(call, &call->ipv6, AF_INET6);
	prefixes_change(call);
}
