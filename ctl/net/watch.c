// SPDX-License-Identifier: GPL-2.0-only
/* Links, routes and rules that change, see watch.h. */
#include "net/watch.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "net/netlink.h"

#define ROOM 32768 /* the kernel sends at most this much at once */

struct net_watch {
	const struct net_watch_ops *ops;
	void *owner;
	int fd;
	bool links, routes, tables; /* what was read is to be told at its end */
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

int net_watch_routes(struct net_watch *w, bool on)
{
	static const int groups[] = {RTNLGRP_IPV4_ROUTE,  RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_IFADDR,
				     RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_RULE,  RTNLGRP_IPV6_RULE};
	int option = on ? NETLINK_ADD_MEMBERSHIP : NETLINK_DROP_MEMBERSHIP;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (setsockopt(w->fd, SOL_NETLINK, option, &groups[i], sizeof(groups[i])))
			return -errno;
	return 0;
}

/* A port that leaves its bridge is told of by RTM_DELLINK too, of the family AF_BRIDGE. */
static void take_link(struct net_watch *w, const struct nlmsghdr *h)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(h);

	w->links = w->routes = true;
	if (h->nlmsg_type == RTM_DELLINK && h->nlmsg_len >= NLMSG_LENGTH(sizeof(*ifi)) &&
	    ifi->ifi_family == AF_UNSPEC)
		w->ops->gone(w->owner, (unsigned)ifi->ifi_index);
}

static void take_route(struct net_watch *w, struct nlmsghdr *h)
{
	const struct rtmsg *rtm = NLMSG_DATA(h);
	struct ip_prefix prefix = {0};
	struct nlattr *table;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*rtm)) || (rtm->rtm_flags & RTM_F_CLONED))
		return;
	table = nlmsg_find_attr(h, sizeof(*rtm), RTA_TABLE);
	prefix.len = rtm->rtm_dst_len;
	if (net_take_addr(nlmsg_find_attr(h, sizeof(*rtm), RTA_DST), rtm->rtm_family, &prefix.addr))
		return;
	prefix.addr.family = rtm->rtm_family;
	w->ops->tables(w->owner, &prefix);
	if (rtm->rtm_protocol == L2X_RTPROT)
		return;
	w->ops->route(w->owner, &prefix, table ? nla_get_u32(table) : rtm->rtm_table);
}

static void take(struct net_watch *w, struct nlmsghdr *h)
{
	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		take_link(w, h);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		take_route(w, h);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
	case RTM_DELRULE:
		w->routes = true;
		break;
	case RTM_NEWRULE:
		w->tables = true;
		break;
	}
}

void net_watch_read(struct net_watch *w)
{
	struct sockaddr_nl from;

	w->links = w->routes = w->tables = false;
	for (;;) {
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(w->fd, w->room, sizeof(w->room), 0, (struct sockaddr *)&from,
				     &from_len);
		struct nlmsghdr *h = (struct nlmsghdr *)w->room;

		if (n < 0 && errno == EINTR)
			continue;
		/* There was more than there is room for. */
		if (n < 0 && errno == ENOBUFS) {
			w->links = w->routes = true;
			continue;
		}
		if (n < 0)
			break;
		if (from.nl_pid) /* not the kernel */
			continue;
		for (unsigned left = (unsigned)n; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
			take(w, h);
	}
	if (w->routes || w->tables)
		w->ops->tables(w->owner, NULL);
	if (w->links)
		w->ops->changed(w->owner);
	if (w->routes)
		w->ops->routes(w->owner);
}
