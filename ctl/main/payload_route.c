// SPDX-License-Identifier: GPL-2.0-only
/* Payload routes in data path and kernel, see payload_route.h. */
#include "main/payload_route.h"

#include <errno.h>
#include <string.h>

/*
 * A default route that somebody has already stays: two halves are each longer than it, as long as no
 * metric is given that says which one is to win.
 */
static int half(struct net_route *r, int i)
{
	if (r->prefix.len || r->metric)
		return -EEXIST;
	r->prefix.len = 1;
	r->prefix.addr.bytes[0] = i ? 0x80 : 0;
	return 0;
}

static int add_to_kernel(struct controller *c, struct payload_route *r)
{
	struct net_route low = r->kernel, high = r->kernel;
	int err = net_route_add(c->net, &r->kernel);

	r->halves = false;
	if (err != -EEXIST || half(&low, 0) || half(&high, 1))
		return err;
	err = net_route_add(c->net, &low);
	if (!err)
		err = net_route_add(c->net, &high);
	if (err)
		net_route_del(c->net, &low);
	r->halves = !err;
	return err;
}

static void del_from_kernel(struct controller *c, const struct net_route *r)
{
	net_route_queue_del(c->net, r);
	for (int i = 0; i < 2; i++) {
		struct net_route h = *r;

		if (!half(&h, i))
			net_route_queue_del(c->net, &h);
	}
}

void payload_route_refused(const struct logger *log, const struct net_route *r, int err)
{
	char text[IP_PREFIX_TEXT];

	ip_prefix_text(&r->prefix, text);
	if (err == -EEXIST)
		log_error(log,
			  "table %u has another route %s: give this entry a `metric` or a "
			  "`payload-table`",
			  r->table, text);
	else
		log_error(log, "cannot add route %s: %s", text, strerror(-err));
}

static int add_to_map(struct controller *c, const struct logger *log, const struct payload_route *r)
{
	int err = dataplane_route_add(c->dp, r->kernel.ifindex, &r->kernel.prefix, r->to);
	char text[IP_PREFIX_TEXT];

	if (!err)
		return 0;
	ip_prefix_text(&r->kernel.prefix, text);
	if (err == -ENOSPC)
		log_error(log, "cannot add route %s: there are max-routes (%u) already", text,
			  c->config->max_routes);
	else
		log_error(log, "cannot add route %s: %s", text,
			  err == -EEXIST ? "it leads to another session or set" : strerror(-err));
	return err;
}

int payload_route_queue(struct controller *c, const struct logger *log, struct payload_route *r,
			net_settled *settled, void *arg, bool *queued)
{
	int err = add_to_map(c, log, r);

	*queued = false;
	if (err)
		return err;
	if (settled && r->kernel.prefix.len) {
		err = net_route_queue_add(c->net, &r->kernel, settled, arg);
		*queued = !err;
	} else {
		err = add_to_kernel(c, r);
	}
	if (!err)
		return 0;
	payload_route_refused(log, &r->kernel, err);
	dataplane_route_del(c->dp, r->kernel.ifindex, &r->kernel.prefix, r->to);
	return err;
}

int payload_route_add(struct controller *c, const struct logger *log, struct payload_route *r)
{
	bool queued;

	return payload_route_queue(c, log, r, NULL, NULL, &queued);
}

void payload_route_del(struct controller *c, const struct payload_route *r)
{
	del_from_kernel(c, &r->kernel);
	dataplane_route_del(c->dp, r->kernel.ifindex, &r->kernel.prefix, r->to);
}

int payload_route_move(struct controller *c, const struct logger *log,
		       const struct payload_route *old, struct payload_route *new)
{
	int err = add_to_kernel(c, new);

	if (err)
		payload_route_refused(log, &new->kernel, err);
	else
		del_from_kernel(c, &old->kernel);
	return err;
}

int payload_route_set_mtu(struct controller *c, struct payload_route *r, uint16_t mtu)
{
	int err = 0;

	r->kernel.mtu = mtu;
	if (!r->halves)
		return net_route_replace(c->net, &r->kernel);
	for (int i = 0; i < 2 && !err; i++) {
		struct net_route h = r->kernel;

		half(&h, i);
		err = net_route_replace(c->net, &h);
	}
	return err;
}
