// SPDX-License-Identifier: GPL-2.0-only
/* Routes of a netdev, and the rules that bind a netdev to its
 * table. */
#include "net/netlink.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include "l2x/underlay.h"

static const uint8_t families[] = {AF_INET, AF_INET6};
#define FAMILIES (sizeof(families) / sizeof(families[0]))

struct nl_msg *net_route_message(int type, int flags, const struct net_route *r)
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
		return NULL;
	err |= net_put_addr(msg, RTA_DST, &r->prefix.addr);
	err |= nla_put_u32(msg, RTA_OIF, r->ifindex);
	err |= nla_put_u32(msg, RTA_TABLE, r->table);
	if (r->metric)
		err |= nla_put_u32(msg, RTA_PRIORITY, r->metric);
	if (r->mtu && type == RTM_NEWROUTE) /* locked: heeded for what is forwarded too */
		err |= net_put_mtu(msg, r->mtu, true);
	if (!err)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static int route_request(struct net *n, int type, int flags, const struct net_route *r)
{
	return net_request(n, net_route_message(type, flags, r), 0, NULL, NULL);
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

int net_route_replace(struct net *n, const struct net_route *r)
{
	return route_request(n, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, r);
}

/* One of netdev, source, mark and port is set. */
struct rule {
	const char *netdev;
	const struct ip_addr *source;
	uint32_t mark;
	uint16_t port;	/* of L2X_TABLE_PROTO */
	uint32_t table; /* 0: unreachable */
	uint32_t priority;
};

static int put_selector(struct nl_msg *msg, const struct rule *r)
{
	struct fib_rule_port_range port = {r->port, r->port};
	int err = 0;

	if (r->netdev)
		err |= nla_put_string(msg, FRA_IIFNAME, r->netdev);
	if (r->source)
		err |= net_put_addr(msg, FRA_SRC, r->source);
	if (r->mark) {
		err |= nla_put_u32(msg, FRA_FWMARK, r->mark);
		err |= nla_put_u32(msg, FRA_FWMASK, UINT32_MAX);
	}
	if (r->port) {
		err |= nla_put_string(msg, FRA_IIFNAME, "lo");
		err |= nla_put_u8(msg, FRA_IP_PROTO, L2X_TABLE_PROTO);
		err |= nla_put(msg, FRA_SPORT_RANGE, sizeof(port), &port);
	}
	return err;
}

static int rule_request(struct net *n, int type, int flags, uint8_t family, const struct rule *r)
{
	struct fib_rule_hdr frh = {.family = family,
				   .action = r->table ? FR_ACT_TO_TBL : FR_ACT_UNREACHABLE};
	struct nl_msg *msg;
	int err;

	if (r->source)
		frh.src_len = (uint8_t)ip_addr_bits(r->source);
	msg = net_message(type, flags, &frh, sizeof(frh));
	if (!msg)
		return -ENOMEM;
	err = put_selector(msg, r);
	if (r->table)
		err |= nla_put_u32(msg, FRA_TABLE, r->table);
	err |= nla_put_u32(msg, FRA_PRIORITY, r->priority ? r->priority : NET_RULE_PRIORITY);
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

static int add_both(struct net *n, const struct rule *r)
{
	int err = 0;

	for (size_t i = 0; i < FAMILIES && !err; i++)
		err = rule_add(n, families[i], r);
	return err;
}

/* Goes on after a failure, and returns the first. */
static int del_both(struct net *n, const struct rule *r)
{
	int first = 0;

	for (size_t i = 0; i < FAMILIES; i++) {
		int err = rule_del(n, families[i], r);

		if (err && !first)
			first = err;
	}
	return first;
}

int net_rule_add(struct net *n, const char *netdev, uint32_t table)
{
	return add_both(n, &(struct rule){.netdev = netdev, .table = table});
}

int net_rule_del(struct net *n, const char *netdev, uint32_t table)
{
	return del_both(n, &(struct rule){.netdev = netdev, .table = table});
}

#define UNDERLAY_RULES 4

static void underlay_rules(uint32_t table, struct rule rules[UNDERLAY_RULES])
{
	for (int i = 0; i < UNDERLAY_RULES; i++) {
		rules[i] = (struct rule){.priority = NET_UNDERLAY_PRIORITY + (uint32_t)(i / 2)};
		if (i % 2)
			rules[i].port = (uint16_t)table;
		else
			rules[i].mark = L2X_TABLE_MARK + table;
		if (i < 2)
			rules[i].table = table;
	}
}

int net_underlay_add(struct net *n, uint32_t table)
{
	struct rule rules[UNDERLAY_RULES];
	int err = 0;

	underlay_rules(table, rules);
	for (int i = 0; i < UNDERLAY_RULES && !err; i++)
		err = add_both(n, &rules[i]);
	return err;
}

int net_underlay_del(struct net *n, uint32_t table)
{
	struct rule rules[UNDERLAY_RULES];
	int first = 0;

	underlay_rules(table, rules);
	for (int i = 0; i < UNDERLAY_RULES; i++) {
		int err = del_both(n, &rules[i]);

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
