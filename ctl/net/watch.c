// SPDX-License-Identifier: GPL-2.0-only
/* Links that come and go, see watch.h. */
#include "net/watch.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM 32768 /* the kernel sends at most this much at once */

struct net_watch {
	const struct net_watch_ops *ops;
	void *owner;
	int fd;
	_Alignas(struct nlmsghdr) uint8_t room[ROOM];
};

int net_watch_open(struct net_watch **out, const struct net_watch_ops *ops, void *owner)
{
	struct sockaddr_nl sa = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	struct net_watch *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	w->ops = ops;
	w->owner = owner;
	w->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (w->fd < 0 || bind(w->fd, (struct sockaddr *)&sa, sizeof(sa))) {
		err = -errno;
		net_watch_close(w);
		return err;
	}
	*out = w;
	return 0;
}

void net_watch_close(struct net_watch *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

int net_watch_fd(const struct net_watch *w)
{
	return w->fd;
}

/* A port that leaves its bridge is told of by RTM_DELLINK too, of the family AF_BRIDGE. */
static void take(struct net_watch *w, const struct nlmsghdr *h)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(h);

	if (h->nlmsg_type == RTM_DELLINK && h->nlmsg_len >= NLMSG_LENGTH(sizeof(*ifi)) &&
	    ifi->ifi_family == AF_UNSPEC)
		w->ops->gone(w->owner, (unsigned)ifi->ifi_index);
}

void net_watch_read(struct net_watch *w)
{
	struct sockaddr_nl from;
	bool any = false;

	for (;;) {
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(w->fd, w->room, sizeof(w->room), 0, (struct sockaddr *)&from,
				     &from_len);
		const struct nlmsghdr *h = (const struct nlmsghdr *)w->room;

		if (n < 0 && errno == EINTR)
			continue;
		/* ENOBUFS: there was more than there is room for. */
		any = any || n >= 0 || errno == ENOBUFS;
		if (n < 0 && errno == ENOBUFS)
			continue;
		if (n < 0)
			break;
		if (from.nl_pid) /* not the kernel */
			continue;
		for (unsigned left = (unsigned)n; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
			take(w, h);
	}
	if (any)
		w->ops->changed(w->owner);
}
