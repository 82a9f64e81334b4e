// SPDX-License-Identifier: GPL-2.0-only
/* Sessions, routes and addresses of a call in the kernel and the data path, see install.h. */
#include "main/install.h"
#include "main/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "main/admission.h"
#include "main/call.h"
#include "main/payload_route.h"
#include "main/prefixes.h"
#include "main/script.h"
#include "main/set.h"

#define IPV6_MTU_MIN 1280 /* RFC 8200 5 */

static uint64_t speed(uint64_t configured, uint32_t connect)
{
	return configured == CONFIG_SPEED_CONNECT ? connect : configured;
}

/* The LAC's directions are those of its line: what it sends there is what we send to it. */
struct speeds install_speeds(const struct call *call)
{
	const struct l2tp_call_info *info = l2tp_session_call(call->l2tp);

	if (call->t->outgoing)
		return (struct speeds){call->t->outgoing->config->speed,
				       call->t->outgoing->config->speed_rx};
	if (call->grant)
		return (struct speeds){speed(call->grant->speed, info->tx_speed),
				       speed(call->grant->speed_rx, info->rx_speed)};
	return (struct speeds){0};
}

/* Weights of people's own are small numbers; speeds are bits per second, and stand for themselves. */
static uint64_t weight(const struct call *call, const struct dataplane_session *s)
{
	uint32_t configured = call->t->outgoing ? call->t->outgoing->config->weight
			      : call->grant	? call->grant->weight
						: 0;

	return configured ? configured : s->rate_tx;
}

/*
 * Copies have one number on all legs, and who does not know of sets numbers each of his sessions by
 * itself, as soon as we number ours (RFC 2661 5.4).
 */
static bool peer_knows_sets(const struct call *call)
{
	return call->set->config->any_vendor ||
	       !strcmp(l2tp_tunnel_peer(call->t->l2tp)->vendor_name, L2TP_VENDOR_NAME);
}

int install_session(struct call *call)
{
	const struct speeds limit = install_speeds(call);
	struct dataplane_session s = {
		.key = call->key,
		.peer_tunnel_id = l2tp_tunnel_peer_id(call->t->l2tp),
		.peer_session_id = l2tp_session_peer_id(call->l2tp),
		.flags = call->flags,
		.relay = call->relay_key,
		.netdev = call->netdev ? call->netdev->ifindex : 0,
		.mtu = call->mtu,
		.rate_tx = limit.tx,
		.rate_rx = limit.rx,
		.total = call->t->incoming ? admission_total(call->t) : 0,
		.path = *l2tp_tunnel_path(call->t->l2tp),
	};
	int err;

	if (call->set) {
		s.set = call->set->id;
		s.weight = weight(call, &s);
		if (peer_knows_sets(call))
			s.flags &= ~(uint32_t)L2X_SESSION_CHECK_NS;
	}
	err = dataplane_session_set(call->t->c->dp, &s);
	if (!err)
		capture_call_changed(call);
	return err;
}

struct net_route install_kernel_route(const struct call *call, const struct ip_prefix *prefix)
{
	return (struct net_route){
		.prefix = *prefix,
		.ifindex = call->netdev->ifindex,
		.table = call->netdev->table,
		.metric = call->metric,
		.mtu = call->mtu,
	};
}

struct payload_route install_own_route(const struct call *call, const struct ip_prefix *prefix)
{
	return (struct payload_route){
		.to.session = call->key,
		.kernel = install_kernel_route(call, prefix),
	};
}

static bool is_link_local(const struct ip_prefix *p)
{
	return p->addr.family == AF_INET6 && p->addr.bytes[0] == 0xfe && p->addr.bytes[1] == 0x80;
}

/* The kernel has spoken of a route that add_route() asked for. */
static void route_settled(void *arg, const struct net_route *r, int err)
{
	struct call *call = arg;
	struct installed *in = r->prefix.addr.family == AF_INET ? &call->ipv4 : &call->ipv6;

	in->pending--;
	if (!err)
		return;
	payload_route_refused(&call->log, r, err);
	/* Two peers may have chosen the same link-local address: a pity, and no more. */
	if (err == -EEXIST && is_link_local(&r->prefix))
		return;
	if (!in->error)
		in->error = err;
	if (in->up)
		call_give_up(call, r->prefix.addr.family);
}

static int add_route(struct call *call, struct installed *in, const struct ip_prefix *prefix)
{
	struct payload_route own = install_own_route(call, prefix);
	bool queued;
	int err;

	if (call->set)
		return set_route_add(call, prefix);
	err = payload_route_queue(call->t->c, &call->log, &own, route_settled, call, &queued);
	in->pending += queued;
	if (!prefix->len)
		in->halves = own.halves;
	return err;
}

/*
 * Who has dialled, and who runs a program when a session is up, is told of it once it is certain. Of
 * the rest, those that come up together are asked for together.
 */
static int confirm(const struct call *call, const struct installed *in)
{
	if (call->t->outgoing || call->t->incoming->scripts.on_up)
		net_flush(call->t->c->net);
	return in->error;
}

void install_del_route(struct call *call, const struct ip_prefix *prefix)
{
	struct payload_route own = install_own_route(call, prefix);

	if (call->set)
		set_route_del(call, prefix);
	else
		payload_route_del(call->t->c, &own);
}

static void uninstall(struct call *call, struct installed *in, uint32_t flag)
{
	const bool was_up = in->up;

	call->flags &= ~flag;
	if (was_up) {
		script_run(call, flag == L2X_SESSION_IPV4 ? AF_INET : AF_INET6, SCRIPT_DOWN);
		install_session(call);
	}
	in->up = false;
	if (in->pending)
		net_flush(call->t->c->net);
	in->error = 0;
	while (in->routes_count)
		install_del_route(call, &in->routes[--in->routes_count]);
	free(in->routes);
	in->routes = NULL;
	if (in->local.len)
		netdev_address_put(call->t->c, call->netdev, &in->local);
	in->local.len = 0;
	if (was_up && call->set)
		set_changed(call->set);
}

/*
 * The i-th route that the configuration gives the call, NULL: there are no more. What is advertised
 * and delegated is routed at once: nobody else can have it meanwhile.
 */
const struct ip_prefix *install_configured_route(const struct call *call, size_t i)
{
	const struct config_session *s = call->grant;

	if (call->t->outgoing) {
		const struct config_outgoing *o = call->t->outgoing->config;

		return i < o->routes_count ? &o->routes[i] : NULL;
	}
	if (i < s->routes_count)
		return &s->routes[i];
	i -= s->routes_count;
	if (i < s->delegate_count)
		return &s->delegate[i];
	return i == s->delegate_count && s->ra_prefix.addr.family ? &s->ra_prefix : NULL;
}

/* Would this route send the tunnel itself into the tunnel? One table only is asked for its way. */
static bool leads_to_peer(const struct call *call, const struct ip_prefix *route)
{
	const struct udp_path *path = l2tp_tunnel_path(call->t->l2tp);

	return call->netdev->table == (path->table ? path->table : NET_TABLE_MAIN) &&
	       ip_prefix_holds(route, &path->peer.ip);
}

int install_given_route(struct call *call, struct installed *in, const struct ip_prefix *route)
{
	int err = 0;

	if (call->set)
		err = set_hold_ways(call->set, route, call->netdev->table);
	else if (leads_to_peer(call, route))
		err = way_hold(call->t);
	if (!err)
		err = add_route(call, in, route);
	if (!err)
		in->routes[in->routes_count++] = *route;
	return err;
}

/* The peer may take less than we would send. */
static void agree_mtu(struct call *call)
{
	call->mtu = call->mtu_wanted;
	if (ppp_peer_mru(call->ppp) < call->mtu)
		call->mtu = ppp_peer_mru(call->ppp);
}

/* Routes carry the MTU. */
static int change_routes(struct call *call, const struct installed *in)
{
	int err = 0;

	/* What the kernel has not got yet cannot be changed there. */
	if (in->pending)
		net_flush(call->t->c->net);
	for (size_t i = 0; i < in->routes_count && !err; i++) {
		struct payload_route own = install_own_route(call, &in->routes[i]);

		own.halves = in->halves && !own.kernel.prefix.len;
		err = payload_route_set_mtu(call->t->c, &own, call->mtu);
	}
	return err;
}

void install_mtu(struct call *call)
{
	uint16_t before = call->mtu;
	int err;

	if (!call->ipv4.up && !call->ipv6.up) {
		call->mtu = call->mtu_wanted;
		return;
	}
	agree_mtu(call);
	if (call->mtu == before)
		return;
	log_info(&call->log, "MTU %u, %u before", call->mtu, before);
	err = netdev_raise_mtu(call->t->c, call->netdev, call->mtu);
	if (!err)
		err = install_session(call);
	if (call->set) {
		set_changed(call->set);
	} else if (!err) {
		err = change_routes(call, &call->ipv4);
		if (!err)
			err = change_routes(call, &call->ipv6);
	}
	if (err)
		log_error(&call->log, "cannot change the MTU: %s", strerror(-err));
}

/* remote: the peer's own address as a host route, len 0: none. */
static int install(struct call *call, struct installed *in, uint32_t flag,
		   const struct ip_prefix *local, const struct ip_prefix *remote)
{
	const struct ip_prefix *route;
	int family = local->addr.family, err = 0;
	size_t count = 0;

	uninstall(call, in, flag);
	while (install_configured_route(call, count))
		count++;
	in->routes = calloc(count + 1, sizeof(*in->routes));
	if (!in->routes)
		return -ENOMEM;
	agree_mtu(call);
	call->flags &= ~L2X_SESSION_NO_FF03;
	if (ppp_peer_acfc(call->ppp))
		call->flags |= L2X_SESSION_NO_FF03;
	if (call->set)
		set_make_room(call);
	if (local->len) {
		err = netdev_address_get(call->t->c, call->netdev, local);
		if (err)
			goto err;
		in->local = *local;
	}
	if (remote->len) {
		err = add_route(call, in, remote);
		/* Two peers may have chosen the same link-local address: a pity, and no more. */
		if (err && !(family == AF_INET6 && err == -EEXIST))
			goto err;
		if (!err)
			in->routes[in->routes_count++] = *remote;
	}
	for (size_t i = 0; i < count; i++) {
		route = install_configured_route(call, i);
		if (route->addr.family != family || ip_prefix_eq(route, remote))
			continue;
		err = install_given_route(call, in, route);
		if (err)
			goto err;
	}
	call->flags |= flag;
	err = confirm(call, in);
	if (!err)
		err = install_session(call);
	if (err)
		goto err;
	in->up = true;
	if (call->set)
		set_changed(call->set);
	script_run(call, family, SCRIPT_UP);
	return 0;
err:
	uninstall(call, in, flag);
	if (call->set)
		set_changed(call->set);
	return err;
}

/*
 * A server may not give us an address that this host has on another interface: its rule by source would
 * draw traffic of the host into the tunnel, up to the tunnel's own. One that we asked for is our affair.
 */
static bool takes_our_address(const struct call *call, const struct ip_addr *local)
{
	return call->t->outgoing && !call->t->outgoing->config->local_ppp_ip.family &&
	       has_address(local, call->netdev->name);
}

int install_ipv4(struct call *call)
{
	const struct ppp_ipv4 *ip = &call->ipv4_addresses;
	struct ip_addr local = ip_addr_v4(ip->local), remote = ip_addr_v4(ip->remote);
	struct ip_prefix local_prefix = ip_prefix_host(&local),
			 remote_prefix = ip_prefix_host(&remote);

	if (!ip->local.s_addr)
		local_prefix.len = 0;
	/* A caller gets no route for an address that it merely claims; a server that we dialled
	 * does. */
	if (!ip->remote.s_addr || (call->grant && !call->remote_ppp_ip.family))
		remote_prefix.len = 0;
	/* An LNS that has the same address inside and outside: a route to it would lead the tunnel
	 * into itself. */
	if (remote_prefix.len && leads_to_peer(call, &remote_prefix))
		remote_prefix.len = 0;
	if (takes_our_address(call, &local)) {
		log_error(&call->log, "the peer gives us an address that this host has already");
		return -EADDRINUSE;
	}
	return install(call, &call->ipv4, L2X_SESSION_IPV4, &local_prefix, &remote_prefix);
}

int install_ipv6(struct call *call)
{
	const struct ppp_ipv6 *ip = &call->ipv6_addresses;
	struct ip_addr local = ip_addr_v6(&ip->local), remote = ip_addr_v6(&ip->remote);
	struct ip_prefix local_prefix = ip_prefix_host(&local),
			 remote_prefix = ip_prefix_host(&remote);
	int err;

	if (call->mtu_wanted < IPV6_MTU_MIN || ppp_peer_mru(call->ppp) < IPV6_MTU_MIN) {
		log_error(&call->log, "no IPv6: it needs an MTU of %u", IPV6_MTU_MIN);
		return -EMSGSIZE;
	}
	/* The kernel then makes the on-link route for fe80::/64, where it looks for link-local peers. */
	local_prefix.len = 64;
	err = install(call, &call->ipv6, L2X_SESSION_IPV6, &local_prefix, &remote_prefix);
	if (!err)
		prefixes_start(call);
	return err;
}

int install_unreachable(struct call *call, const struct ip_prefix *prefix)
{
	char text[IP_PREFIX_TEXT];
	int err = 0;

	if (leads_to_peer(call, prefix))
		err = way_hold(call->t);
	if (!err)
		err = net_unreachable_add(call->t->c->net, prefix, call->netdev->table,
					  call->netdev->name);
	if (err)
		log_error(&call->log, "cannot add route unreachable %s: %s",
			  ip_prefix_text(prefix, text), strerror(-err));
	return err;
}

void uninstall_unreachable(struct call *call, const struct ip_prefix *prefix)
{
	net_unreachable_del(call->t->c->net, prefix, call->netdev->table, call->netdev->name);
}

void uninstall_ipv4(struct call *call)
{
	uninstall(call, &call->ipv4, L2X_SESSION_IPV4);
}

void uninstall_ipv6(struct call *call)
{
	uninstall(call, &call->ipv6, L2X_SESSION_IPV6);
	prefixes_end(call);
}

void uninstall_all(struct call *call)
{
	if (!call->key.tunnel_id)
		return;
	uninstall_ipv4(call);
	uninstall_ipv6(call);
	dataplane_session_del(call->t->c->dp, call->key);
}
