/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Links that come and go, and routes and rules that change, as the kernel tells of them. A socket of
 * its own, so that what it tells does not stand between a request and its answer (netlink.h). Needs
 * no privileges.
 */
#ifndef L2X_NET_WATCH_H
#define L2X_NET_WATCH_H

#include <stdbool.h>
#include "base/addr.h"

struct net_watch;

struct net_watch_ops {
	/* This link was deleted, or moved to another network namespace. */
	void (*gone)(void *owner, unsigned ifindex);
	/* Links came, went, changed or were renamed, or some of that was missed: once for all that
	 * was read. */
	void (*changed)(void *owner);
	/* A route was added to or taken out of this table, but not by us. */
	void (*route)(void *owner, const struct ip_prefix *prefix, uint32_t table);
	/* Any route may be another: a link or an address changed, which is told in place of the
	 * routes that went with it; or rules were removed; or something was missed. Once for all. */
	void (*routes)(void *owner);
	/* What the tables say of this prefix may be another thing now, NULL: of any address; whoever
	 * changed them. */
	void (*tables)(void *owner, const struct ip_prefix *prefix);
};

/* 0 or a negative errno. */
int net_watch_open(struct net_watch **out, const struct net_watch_ops *ops, void *owner);
/* The last three of the ops, which some hosts have a lot of to say to. 0 or a negative errno. */
int net_watch_routes(struct net_watch *w, bool on);
void net_watch_close(struct net_watch *w); /* NULL is allowed */
/* To be read when it is readable. */
int net_watch_fd(const struct net_watch *w);
void net_watch_read(struct net_watch *w);

#endif
