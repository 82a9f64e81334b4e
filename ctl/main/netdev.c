// SPDX-License-Identifier: GPL-2.0-only
/* Shared TUN netdevs, see netdev.h. */
#include "main/netdev.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "main/controller.h"

#define INTERFACE_ID_UNIVERSAL 0x02 /* RFC 4291 2.5.1; a random one is not */

struct address {
	struct list in_netdev;
	struct ip_prefix local;
	unsigned users;
};

static struct netdev *find(struct controller *c, const char *name)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->netdevs) {
		struct netdev *nd = list_item(i, struct netdev, in_controller);

		if (!strcmp(nd->name, name))
			return nd;
	}
	return NULL;
}

static bool table_in_use(struct controller *c, uint32_t table)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->netdevs)
		if (list_item(i, struct netdev, in_controller)->table == table)
			return true;
	return false;
}

int netdev_raise_mtu(struct controller *c, struct netdev *nd, uint16_t mtu)
{
	int err;

	if (mtu <= nd->mtu)
		return 0;
	err = net_link_setup(c->net, nd->ifindex, mtu);
	if (err)
		log_error(&c->log, "netdev %s: cannot set it up with MTU %u: %s", nd->name, mtu,
			  strerror(-err));
	else
		nd->mtu = mtu;
	return err;
}

static int make(struct controller *c, const char *name, uint32_t table, struct netdev **out)
{
	struct netdev *nd = calloc(1, sizeof(*nd));
	int err;

	if (!nd)
		return -ENOMEM;
	strncpy(nd->name, name, sizeof(nd->name) - 1);
	nd->table = table;
	controller_random(c, nd->interface_id, sizeof(nd->interface_id));
	nd->interface_id[0] &= (uint8_t)~INTERFACE_ID_UNIVERSAL;
	list_init(&nd->addresses);
	err = dataplane_netdev_get(c->dp, name, &nd->ifindex);
	if (err) {
		log_error(&c->log, "netdev %s: cannot make it: %s", name, strerror(-err));
		goto err_free;
	}
	/* What a crashed instance left in the tables would otherwise come back to life. */
	net_forget_netdev(c->net, name);
	net_forget_unreachable(c->net, table, name);
	if (table != NET_TABLE_MAIN && !table_in_use(c, table))
		net_forget_sources(c->net, table);
	err = table == NET_TABLE_MAIN ? 0 : net_rule_add(c->net, name, table);
	if (err) {
		log_error(&c->log, "netdev %s: cannot add the rule for table %u: %s", name, table,
			  strerror(-err));
		net_rule_del(c->net, name, table);
		goto err_put;
	}
	list_append(&c->netdevs, &nd->in_controller);
	*out = nd;
	return 0;
err_put:
	dataplane_netdev_put(c->dp, name);
err_free:
	free(nd);
	return err;
}

int netdev_get(struct controller *c, const char *name, uint32_t table, uint16_t mtu,
	       struct netdev **out)
{
	struct netdev *nd = find(c, name);
	int err = 0;

	if (!nd)
		err = make(c, name, table, &nd);
	if (err)
		return err;
	nd->users++;
	err = netdev_raise_mtu(c, nd, mtu);
	if (err) {
		netdev_put(c, nd);
		return err;
	}
	*out = nd;
	return 0;
}

void netdev_put(struct controller *c, struct netdev *nd)
{
	if (--nd->users)
		return;
	if (nd->table != NET_TABLE_MAIN)
		net_rule_del(c->net, nd->name, nd->table);
	dataplane_netdev_put(c->dp, nd->name);
	list_remove(&nd->in_controller);
	free(nd);
}

static struct address *find_address(struct netdev *nd, const struct ip_prefix *local)
{
	struct list *i, *keep;

	list_for_each(i, keep, &nd->addresses) {
		struct address *a = list_item(i, struct address, in_netdev);

		if (ip_prefix_eq(&a->local, local))
			return a;
	}
	return NULL;
}

/* Replies of this host itself belong into the payload table too. Link-local ones name their netdev. */
static bool has_source_rule(const struct netdev *nd, const struct ip_prefix *local)
{
	return nd->table != NET_TABLE_MAIN && local->len == ip_addr_bits(&local->addr);
}

/* Another netdev of the same table may have the same address, and then shares the rule. */
static bool rule_shared(struct controller *c, const struct netdev *nd,
			const struct ip_prefix *local)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->netdevs) {
		struct netdev *other = list_item(i, struct netdev, in_controller);

		if (other != nd && other->table == nd->table && find_address(other, local))
			return true;
	}
	return false;
}

static int install_address(struct controller *c, struct netdev *nd, const struct ip_prefix *local)
{
	int err = net_address_add(c->net, nd->ifindex, local);

	if (!err && has_source_rule(nd, local)) {
		err = net_source_rule_add(c->net, &local->addr, nd->table);
		if (err)
			net_address_del(c->net, nd->ifindex, local);
	}
	return err;
}

int netdev_address_get(struct controller *c, struct netdev *nd, const struct ip_prefix *local)
{
	struct address *a = find_address(nd, local);
	char text[IP_PREFIX_TEXT];
	int err;

	if (a) {
		a->users++;
		return 0;
	}
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	err = install_address(c, nd, local);
	if (err) {
		log_error(&c->log, "netdev %s: cannot add address %s: %s", nd->name,
			  ip_prefix_text(local, text), strerror(-err));
		free(a);
		return err;
	}
	a->local = *local;
	a->users = 1;
	list_append(&nd->addresses, &a->in_netdev);
	return 0;
}

void netdev_address_put(struct controller *c, struct netdev *nd, const struct ip_prefix *local)
{
	struct address *a = find_address(nd, local);

	if (!a || --a->users)
		return;
	if (has_source_rule(nd, local) && !rule_shared(c, nd, local))
		net_source_rule_del(c->net, &local->addr, nd->table);
	net_address_del(c->net, nd->ifindex, local);
	list_remove(&a->in_netdev);
	free(a);
}
