// SPDX-License-Identifier: GPL-2.0-only
/* Routes of a netdev, and the rules that bind a netdev to its
 * table. */
#include "net/netlink.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t families[] = {AF_INET, AF_INET6};
#define FAMILIES (sizeof(families) / sizeof(families[0]))

/* Locked, because the kernel heeds the MTU of a route for what it forwards only then. */
static int put_mtu(struct nl_msg *msg, uint32_t mtu)
{
	struct nlattr *metrics = nla_nest_start(msg, RTA_METRICS);

	if (!metrics || nla_put_u32(msg, RTAX_MTU, mtu) ||
	    nla_put_u32(msg, RTAX_LOCK, 1 << RTAX_MTU))
		return -ENOMEM;
	nla_nest_end(msg, metrics);
	return 0;
}

static int route_request(struct net *n, int type, int flags, const struct net_route *r)
{
	struct rtmsg rtm = {
		.rtm_family = r->prefix.addr.family,
		.rtm_dst_len = r->prefix.len,
		.rtm_protocol = L2X_RTPROT,
		.rtm_scope = r->prefix.addr.family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	struct nl_msg *msg = net_message(type, flags, &rtm, sizeof(rtm));
	int err = 0;

	if (!msg)
		return -ENOMEM;
	err |= net_put_addr(msg, RTA_DST, &r->prefix.addr);
	err |= nla_put_u32(msg, RTA_OIF, r->ifindex);
	err |= nla_put_u32(msg, RTA_TABLE, r->table);
	if (r->metric)
		err |= nla_put_u32(msg, RTA_PRIORITY, r->metric);
	if (r->mtu && type == RTM_NEWROUTE)
		err |= put_mtu(msg, r->mtu);
	return net_request(n, msg, err, NULL, NULL);
}

/*
 * A route that is there already is either ours on this netdev, and then is made anew because its
 * MTU may be another, or somebody else's, and then stays.
 */
int net_route_add(struct net *n, const struct net_route *r)
{
	int err = route_request(n, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, r);

	if (err != -EEXIST)
		return err;
	err = route_request(n, RTM_DELROUTE, 0, r);
	if (err)
		return err == -ESRCH ? -EEXIST : err;
	return route_request(n, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, r);
}

int net_route_del(struct net *n, const struct net_route *r)
{
	int err = route_request(n, RTM_DELROUTE, 0, r);

	return err == -ESRCH || err == -ENODEV ? 0 : err;
}

/* Exactly one of netdev and source is set. */
struct rule {
	const char *netdev;
	const struct ip_addr *source;
	uint32_t table;
};

static int rule_request(struct net *n, int type, int flags, uint8_t family, const struct rule *r)
{
	struct fib_rule_hdr frh = {.family = family, .action = FR_ACT_TO_TBL};
	struct nl_msg *msg;
	int err = 0;

	if (r->source)
		frh.src_len = (uint8_t)ip_addr_bits(r->source);
	msg = net_message(type, flags, &frh, sizeof(frh));
	if (!msg)
		return -ENOMEM;
	if (r->netdev)
		err |= nla_put_string(msg, FRA_IIFNAME, r->netdev);
	if (r->source)
		err |= net_put_addr(msg, FRA_SRC, r->source);
	err |= nla_put_u32(msg, FRA_TABLE, r->table);
	err |= nla_put_u32(msg, FRA_PRIORITY, NET_RULE_PRIORITY);
	err |= nla_put_u8(msg, FRA_PROTOCOL, L2X_RTPROT);
	return net_request(n, msg, err, NULL, NULL);
}

static int rule_add(struct net *n, uint8_t family, const struct rule *r)
{
	int err = rule_request(n, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, family, r);

	return err == -EEXIST || err == -EAFNOSUPPORT ? 0 : err;
}

static int rule_del(struct net *n, uint8_t family, const struct rule *r)
{
	int err = rule_request(n, RTM_DELRULE, 0, family, r);

	return err == -ENOENT || err == -EAFNOSUPPORT ? 0 : err;
}

int net_rule_add(struct net *n, const char *netdev, uint32_t table)
{
	const struct rule r = {.netdev = netdev, .table = table};
	int err = 0;

	for (size_t i = 0; i < FAMILIES && !err; i++)
		err = rule_add(n, families[i], &r);
	return err;
}

int net_rule_del(struct net *n, const char *netdev, uint32_t table)
{
	const struct rule r = {.netdev = netdev, .table = table};
	int first = 0;

	for (size_t i = 0; i < FAMILIES; i++) {
		int err = rule_del(n, families[i], &r);

		if (err && !first)
			first = err;
	}
	return first;
}

int net_source_rule_add(struct net *n, const struct ip_addr *source, uint32_t table)
{
	return rule_add(n, source->family, &(struct rule){.source = source, .table = table});
}

int net_source_rule_del(struct net *n, const struct ip_addr *source, uint32_t table)
{
	return rule_del(n, source->family, &(struct rule){.source = source, .table = table});
}

/*
 * What a dump showed as ours: copies of the messages, to be sent back as removals. Routes and rules
 * of a netdev, or, when that is NULL, the source rules of a table.
 */
struct leftovers {
	const char *netdev;
	unsigned ifindex;
	uint32_t table;
	struct nl_msg **msgs;
	size_t count, room;
};

static int keep(struct leftovers *l, const struct nlmsghdr *hdr, int type)
{
	struct nl_msg *msg;

	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 16;
		struct nl_msg **msgs = realloc(l->msgs, room * sizeof(struct nl_msg *));

		if (!msgs)
			return -ENOMEM;
		l->msgs = msgs;
		l->room = room;
	}
	msg = net_message(type, 0, nlmsg_data(hdr), (size_t)nlmsg_datalen(hdr));
	if (!msg)
		return -ENOMEM;
	l->msgs[l->count++] = msg;
	return 0;
}

static int parse_route(const struct nlmsghdr *hdr, void *arg)
{
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct leftovers *l = arg;
	struct nlattr *oif =
		nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)hdr, sizeof(*rtm), RTA_OIF);

	if (hdr->nlmsg_type != RTM_NEWROUTE || rtm->rtm_protocol != L2X_RTPROT || !oif ||
	    nla_get_u32(oif) != l->ifindex)
		return 0;
	return keep(l, hdr, RTM_DELROUTE);
}

static int parse_rule(const struct nlmsghdr *hdr, void *arg)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(uintptr_t)hdr;
	const int len = sizeof(struct fib_rule_hdr);
	struct leftovers *l = arg;
	struct nlattr *protocol = nlmsg_find_attr(h, len, FRA_PROTOCOL);
	struct nlattr *iif = nlmsg_find_attr(h, len, FRA_IIFNAME);
	struct nlattr *table = nlmsg_find_attr(h, len, FRA_TABLE);
	bool ours;

	if (hdr->nlmsg_type != RTM_NEWRULE || !protocol || nla_get_u8(protocol) != L2X_RTPROT)
		return 0;
	if (l->netdev)
		ours = iif && !nla_strcmp(iif, l->netdev);
	else
		ours = !iif && table && nla_get_u32(table) == l->table;
	return ours ? keep(l, hdr, RTM_DELRULE) : 0;
}

/* A dump whose subject changes under it may miss something: once more, then. */
static int dump(struct net *n, int type, uint8_t family, net_parse *parse, struct leftovers *l)
{
	struct rtmsg rtm = {.rtm_family = family};
	struct fib_rule_hdr frh = {.family = family};
	int err = -EINTR;

	for (int attempt = 0; err == -EINTR && attempt < 5; attempt++) {
		while (l->count)
			nlmsg_free(l->msgs[--l->count]);
		err = net_request(n,
				  type == RTM_GETROUTE
					  ? net_message(type, NLM_F_DUMP, &rtm, sizeof(rtm))
					  : net_message(type, NLM_F_DUMP, &frh, sizeof(frh)),
				  0, parse, l);
	}
	return err == -EAFNOSUPPORT ? 0 : err;
}

static int forget(struct net *n, int type, uint8_t family, net_parse *parse, struct leftovers *l)
{
	int err = dump(n, type, family, parse, l);

	while (l->count) {
		struct nl_msg *msg = l->msgs[--l->count];
		int gone;

		if (err) {
			nlmsg_free(msg);
			continue;
		}
		gone = net_request(n, msg, 0, NULL, NULL);
		if (gone && gone != -ESRCH && gone != -ENOENT)
			err = gone;
	}
	return err;
}

int net_forget_netdev(struct net *n, const char *netdev)
{
	struct leftovers l = {.netdev = netdev, .ifindex = if_nametoindex(netdev)};
	int err = 0;

	for (size_t i = 0; i < FAMILIES && !err; i++) {
		if (l.ifindex)
			err = forget(n, RTM_GETROUTE, families[i], parse_route, &l);
		if (!err)
			err = forget(n, RTM_GETRULE, families[i], parse_rule, &l);
	}
	free(l.msgs);
	return err;
}

int net_forget_sources(struct net *n, uint32_t table)
{
	struct leftovers l = {.table = table};
	int err = 0;

	for (size_t i = 0; i < FAMILIES && !err; i++)
		err = forget(n, RTM_GETRULE, families[i], parse_rule, &l);
	free(l.msgs);
	return err;
}
