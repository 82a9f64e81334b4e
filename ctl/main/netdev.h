/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TUN netdevs that calls share: one by configured name. The first user makes it, with the rule that
 * binds what comes out of it to its payload table; the last removes it. Local addresses are counted
 * in the same way, since all sessions of an LNS have the same one.
 */
#ifndef L2X_MAIN_NETDEV_H
#define L2X_MAIN_NETDEV_H

#include <net/if.h>
#include "base/addr.h"
#include "base/list.h"

struct controller;

struct netdev {
	struct list in_controller;
	char name[IFNAMSIZ];
	unsigned ifindex;
	uint32_t table;
	uint16_t mtu; /* the largest that a user asked for; routes carry their session's own */
	unsigned users;
	/* Of our end of incoming sessions: one link-local address for all, as the kernel's time for
	 * an address grows with their number. */
	uint8_t interface_id[8];
	struct list addresses;
};

/* 0 or a negative errno, already said in the log. */
int netdev_get(struct controller *c, const char *name, uint32_t table, uint16_t mtu,
	       struct netdev **out);
void netdev_put(struct controller *c, struct netdev *nd);
/* To at least this. */
int netdev_raise_mtu(struct controller *c, struct netdev *nd, uint16_t mtu);

int netdev_address_get(struct controller *c, struct netdev *nd, const struct ip_prefix *local);
void netdev_address_put(struct controller *c, struct netdev *nd, const struct ip_prefix *local);

#endif
