// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interfaces to which the data path is to be attached come and go: a card that is pulled, a VLAN or a bridge
 * that is made anew, one that is only made after our start. The data path follows.
 */
#include <errno.h>
#include <string.h>
#include "main/controller.h"
#include "net/watch.h"

static void on_gone(void *owner, unsigned ifindex)
{
	struct controller *c = owner;

	dataplane_link_gone(c->dp, ifindex);
}

static void on_changed(void *owner)
{
	struct controller *c = owner;

	dataplane_links_changed(c->dp);
}

static void on_tables(void *owner, const struct ip_prefix *prefix)
{
	struct controller *c = owner;

	dataplane_tables_changed(c->dp, prefix);
}

static const struct net_watch_ops ops = {.gone = on_gone,
					 .changed = on_changed,
					 .route = way_route_changed,
					 .routes = way_routes_changed,
					 .tables = on_tables};

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct controller *c = arg;

	(void)fd;
	(void)what;
	controller_enter(c);
	net_watch_read(c->watch);
	controller_leave(c);
}

/* As it is already. */
static bool is_there(const struct config *old, const struct config_interface *f)
{
	for (size_t i = 0; old && i < old->interfaces_count; i++)
		if (!strcmp(old->interfaces[i].name, f->name) &&
		    old->interfaces[i].forward == f->forward)
			return true;
	return false;
}

/* XDP remembers what the kernel's tables said. */
static void watch_routes(struct controller *c)
{
	if (net_watch_routes(c->watch, true))
		log_warning(&c->log, "cannot watch routes: XDP heeds a change after a second");
}

int links_expect(struct controller *c, const struct config *old)
{
	bool forwards = false;
	int first = 0;

	for (size_t i = 0; i < c->config->interfaces_count; i++) {
		const struct config_interface *f = &c->config->interfaces[i];
		int err = is_there(old, f) ? 0 : dataplane_expect(c->dp, f->name, f->forward);

		if (err)
			log_error(&c->log, "%s: cannot attach: %s", f->name, strerror(-err));
		else if (f->forward == FORWARD_XDP && !is_there(old, f))
			log_info(&c->log,
				 "%s: packets forwarded by XDP pass by this host's firewall",
				 f->name);
		forwards = forwards || f->forward == FORWARD_XDP;
		first = first ? first : err;
	}
	if (forwards)
		watch_routes(c);
	return first;
}

int links_attach(struct controller *c, const char *ifname, enum config_forward forward)
{
	const int err = dataplane_attach(c->dp, ifname, forward);

	if (!err && forward == FORWARD_XDP)
		watch_routes(c);
	return err;
}

int links_open(struct controller *c)
{
	int err = net_watch_open(&c->watch, &ops, c);

	if (err) {
		log_error(&c->log, "cannot watch interfaces: %s", strerror(-err));
		return err;
	}
	c->watch_event =
		event_new(c->base, net_watch_fd(c->watch), EV_READ | EV_PERSIST, on_readable, c);
	if (!c->watch_event || event_add(c->watch_event, NULL))
		return -ENOMEM;
	return links_expect(c, NULL);
}

void links_close(struct controller *c)
{
	if (c->watch_event)
		event_free(c->watch_event);
	net_watch_close(c->watch);
}
