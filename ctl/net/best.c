// SPDX-License-Identifier: GPL-2.0-only
/*
 * The route that a table has for a peer besides our own. The kernel can only be asked for the route
 * that wins, and that is ours; so the table is read, and searched as the kernel would: the longest
 * prefix, of these the lowest metric.
 */
#include "net/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define UNUSABLE (RTNH_F_DEAD | RTNH_F_LINKDOWN)

struct search {
	const struct ip_addr *peer;
	uint32_t table;
	bool (*ours)(void *arg, unsigned ifindex);
	void *arg;
	bool found;
	struct ip_prefix prefix;
	uint32_t metric;
	struct net_best best;
};

/* Of a route with several next hops, the first that can be used. */
static bool first_hop(const struct search *s, struct nlattr *multipath, struct net_way *way)
{
	struct rtnexthop *hop = nla_data(multipath);

	for (int left = nla_len(multipath); RTNH_OK(hop, left);
	     left -= (int)RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop)) {
		unsigned ifindex = (unsigned)hop->rtnh_ifindex;
		struct nlattr *gateway = nla_find((struct nlattr *)RTNH_DATA(hop),
						  hop->rtnh_len - (int)RTNH_LENGTH(0), RTA_GATEWAY);

		if ((hop->rtnh_flags & UNUSABLE) || s->ours(s->arg, ifindex))
			continue;
		way->ifindex = ifindex;
		return !net_take_addr(gateway, s->peer->family, &way->gateway);
	}
	return false;
}

static bool next_hop(const struct search *s, struct nlmsghdr *h, struct net_way *way)
{
	const struct rtmsg *rtm = nlmsg_data(h);
	struct nlattr *oif = nlmsg_find_attr(h, sizeof(*rtm), RTA_OIF);
	struct nlattr *multipath = nlmsg_find_attr(h, sizeof(*rtm), RTA_MULTIPATH);

	if (multipath)
		return first_hop(s, multipath, way);
	/* A gateway of the other family is not what a struct net_way can say. */
	if (!oif || (rtm->rtm_flags & UNUSABLE) || s->ours(s->arg, nla_get_u32(oif)) ||
	    nlmsg_find_attr(h, sizeof(*rtm), RTA_VIA))
		return false;
	way->ifindex = nla_get_u32(oif);
	return !net_take_addr(nlmsg_find_attr(h, sizeof(*rtm), RTA_GATEWAY), s->peer->family,
			      &way->gateway);
}

static uint32_t number(struct nlmsghdr *h, int attr, uint32_t otherwise)
{
	struct nlattr *a = nlmsg_find_attr(h, sizeof(struct rtmsg), attr);

	return a ? nla_get_u32(a) : otherwise;
}

static int look(const struct nlmsghdr *hdr, void *arg)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(uintptr_t)hdr;
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct search *s = arg;
	uint32_t metric;
	struct net_best b = {.host = rtm->rtm_dst_len == ip_addr_bits(s->peer)};
	struct ip_prefix p = {.len = rtm->rtm_dst_len};

	if (h->nlmsg_type != RTM_NEWROUTE || rtm->rtm_family != s->peer->family ||
	    rtm->rtm_type != RTN_UNICAST || rtm->rtm_protocol == L2X_RTPROT ||
	    number(h, RTA_TABLE, rtm->rtm_table) != s->table)
		return 0;
	if (net_take_addr(nlmsg_find_attr(h, sizeof(*rtm), RTA_DST), rtm->rtm_family, &p.addr))
		return 0;
	p.addr.family = rtm->rtm_family;
	metric = number(h, RTA_PRIORITY, 0);
	if (!ip_prefix_holds(&p, s->peer) ||
	    (s->found &&
	     (p.len < s->prefix.len || (p.len == s->prefix.len && metric >= s->metric))))
		return 0;
	if (!next_hop(s, h, &b.way) || net_take_addr(nlmsg_find_attr(h, sizeof(*rtm), RTA_PREFSRC),
						     rtm->rtm_family, &b.way.source))
		return 0;
	b.way.mtu = net_route_mtu(h);
	s->found = true;
	s->prefix = p;
	s->metric = metric;
	s->best = b;
	return 0;
}

/* With it, the kernel leaves other tables out of the answer. Other requests of ours are not strict. */
static void strict(struct net *n, int on)
{
	setsockopt(nl_socket_get_fd(n->sock), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
}

int net_best_route(struct net *n, const struct ip_addr *peer, uint32_t table,
		   bool (*ours)(void *arg, unsigned ifindex), void *arg, struct net_best *best)
{
	struct rtmsg rtm = {.rtm_family = peer->family};
	struct search s = {.peer = peer, .table = table, .ours = ours, .arg = arg};
	int err = -EINTR;

	/* A table that changes meanwhile is read again. */
	for (int attempt = 0; err == -EINTR && attempt < 5; attempt++) {
		struct nl_msg *msg = net_message(RTM_GETROUTE, NLM_F_DUMP, &rtm, sizeof(rtm));

		s.found = false;
		strict(n, 1);
		err = net_request(n, msg, msg ? nla_put_u32(msg, RTA_TABLE, table) : 0, look, &s);
		strict(n, 0);
	}
	/* -ENOENT: there is no such table yet. */
	if (err)
		return err == -ENOENT ? -ENETUNREACH : err;
	*best = s.best;
	return s.found ? 0 : -ENETUNREACH;
}
