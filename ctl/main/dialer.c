// SPDX-License-Identifier: GPL-2.0-only
/* Servers in turn, their names and the way to them, see dialer.h. */
#include "main/dialer.h"

#include <event2/dns.h>
#include <event2/util.h>
#include <stdio.h>
#include <string.h>
#include "main/controller.h"

/*
 * The address to send from, when the configuration does not say it: the one that the kernel would take,
 * unless we listen on others only. Then it is the first of those. False: none of this family.
 */
static bool choose_source(const struct config *c, struct ip_addr *source)
{
	static const struct ip_addr any;
	const struct ip_addr *first = NULL;

	for (size_t i = 0; i < c->listen_count; i++) {
		const struct ip_addr *l = &c->listen[i];

		if (l->family != source->family)
			continue;
		if (!memcmp(l->bytes, any.bytes, sizeof(any.bytes)) || ip_addr_eq(l, source))
			return true;
		if (!first)
			first = l;
	}
	if (first)
		*source = *first;
	return first;
}

const char *dialer_path(struct controller *c, const struct ip_addr *source, struct udp_path *path,
			unsigned *ifindex)
{
	struct net_way way;
	int err;

	path->local.port = c->config->port;
	if (!source->family)
		source = NULL;
	if (source && source->family != path->peer.ip.family)
		return "`source` is not of its family";
	if (source && !has_address(source, NULL))
		return "this host does not have the address `source`";
	err = net_way_to(c->net, &path->peer.ip, source, path->table, &way);
	if (err)
		return strerror(-err);
	path->local.ip = way.source;
	*ifindex = way.ifindex;
	if (!source && !choose_source(c->config, &path->local.ip))
		return "`listen` has no address of its family";
	return NULL;
}

#define ADDRESSES_MAX 16 /* of one name, tried in turn */

static size_t list_addresses(const struct evutil_addrinfo *found, struct ip_addr *list)
{
	struct endpoint e;
	size_t n = 0;

	for (; found && n < ADDRESSES_MAX; found = found->ai_next)
		if (!endpoint_from_sockaddr(&e, found->ai_addr))
			list[n++] = e.ip;
	return n;
}

static void resolved(int result, struct evutil_addrinfo *found, void *arg)
{
	struct ip_addr list[ADDRESSES_MAX];
	struct dialer *d = arg;
	char why[160];
	size_t n;

	if (result == EVUTIL_EAI_CANCEL)
		return; /* d may be gone */
	controller_enter(d->c);
	d->resolving = NULL;
	n = list_addresses(found, list);
	if (n && !servers_resolved(&d->servers, list, n)) {
		dialer_next(d);
	} else {
		snprintf(why, sizeof(why), "cannot resolve \"%.80s\": %s", d->resolving_name,
			 result ? evutil_gai_strerror(result) : "it has no address");
		d->ops->failed(d->owner, why);
	}
	if (found)
		evutil_freeaddrinfo(found);
	controller_leave(d->c);
}

/* Without AI_ADDRCONFIG: libevent looks only once which families this host has. */
static void resolve(struct dialer *d, const char *name)
{
	struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
	struct evdns_getaddrinfo_request *request;
	struct evdns_base *dns = names_dns(d->c, d->table);

	if (!dns) {
		d->ops->failed(d->owner, "out of memory");
		return;
	}
	log_debug(d->log, "resolving \"%s\"", name);
	d->resolving_name = name;
	request = evdns_getaddrinfo(dns, name, NULL, &hints, resolved, d);
	if (request) /* NULL: it called back at once, and things have gone on from there */
		d->resolving = request;
}

void dialer_next(struct dialer *d)
{
	struct ip_addr server;
	const char *name = servers_next(&d->servers, d->c->timers.now, &server);

	if (name)
		resolve(d, name);
	else
		d->ops->found(d->owner, &server);
}

void dialer_stop(struct dialer *d)
{
	if (d->resolving)
		evdns_getaddrinfo_cancel(d->resolving);
	d->resolving = NULL;
	servers_restart(&d->servers);
}

int dialer_take(struct dialer *d, char *const *list, size_t count, uint32_t fail_lockout)
{
	int err = servers_replace(&d->servers, list, count, fail_lockout);

	if (!err && d->resolving)
		d->resolving_name = servers_current(&d->servers);
	return err;
}
