/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Links that come and go, as the kernel tells of them. A socket of its own, so that what it tells
 * does not stand between a request and its answer (netlink.h). Needs no privileges.
 */
#ifndef L2X_NET_WATCH_H
#define L2X_NET_WATCH_H

#include <stdbool.h>

struct net_watch;

struct net_watch_ops {
	/* This link was deleted, or moved to another network namespace. */
	void (*gone)(void *owner, unsigned ifindex);
	/* Links came, went, or were renamed, or some of that was missed: once for all that was
	 * read. */
	void (*changed)(void *owner);
};

/* 0 or a negative errno. */
int net_watch_open(struct net_watch **out, const struct net_watch_ops *ops, void *owner);
void net_watch_close(struct net_watch *w); /* NULL is allowed */
/* To be read when it is readable. */
int net_watch_fd(const struct net_watch *w);
void net_watch_read(struct net_watch *w);

#endif
