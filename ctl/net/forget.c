// SPDX-License-Identifier: GPL-2.0-only
/* Removal of what a crashed instance left: a dump shows what is ours, and that is sent back. */
#include "net/netlink.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include "l2x/underlay.h"

static const uint8_t families[] = {AF_INET, AF_INET6};
#define FAMILIES (sizeof(families) / sizeof(families[0]))

/* What is meant, and copies of the messages that showed it, to be sent back as removals. */
struct leftovers {
	bool (*ours)(const struct leftovers *l, const struct nlmsghdr *hdr);
	const char *netdev;
	unsigned ifindex;
	uint32_t table;
	struct nl_msg **msgs;
	size_t count, room;
};

static bool is_route(const struct leftovers *l, const struct nlmsghdr *hdr)
{
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct nlattr *oif =
		nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)hdr, sizeof(*rtm), RTA_OIF);

	return rtm->rtm_protocol == L2X_RTPROT && oif && nla_get_u32(oif) == l->ifindex;
}

static bool is_unreachable(const struct leftovers *l, const struct nlmsghdr *hdr)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(uintptr_t)hdr;
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct nlattr *table = nlmsg_find_attr(h, sizeof(*rtm), RTA_TABLE);
	struct nlattr *metric = nlmsg_find_attr(h, sizeof(*rtm), RTA_PRIORITY);

	return rtm->rtm_protocol == L2X_RTPROT && rtm->rtm_type == RTN_UNREACHABLE && table &&
	       nla_get_u32(table) == l->table && metric &&
	       nla_get_u32(metric) == net_unreachable_metric(l->netdev);
}

static struct nlattr *rule_attr(const struct nlmsghdr *hdr, int attr)
{
	return nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)hdr, sizeof(struct fib_rule_hdr),
			       attr);
}

static bool is_our_rule(const struct nlmsghdr *hdr)
{
	struct nlattr *protocol = rule_attr(hdr, FRA_PROTOCOL);

	return protocol && nla_get_u8(protocol) == L2X_RTPROT;
}

static bool is_netdev_rule(const struct leftovers *l, const struct nlmsghdr *hdr)
{
	struct nlattr *iif = rule_attr(hdr, FRA_IIFNAME);

	return is_our_rule(hdr) && iif && !nla_strcmp(iif, l->netdev);
}

static bool is_source_rule(const struct leftovers *l, const struct nlmsghdr *hdr)
{
	struct nlattr *table = rule_attr(hdr, FRA_TABLE);

	return is_our_rule(hdr) && rule_attr(hdr, FRA_SRC) && table &&
	       nla_get_u32(table) == l->table;
}

static bool is_underlay_rule(const struct leftovers *l, const struct nlmsghdr *hdr)
{
	struct nlattr *mark = rule_attr(hdr, FRA_FWMARK), *protocol = rule_attr(hdr, FRA_IP_PROTO);

	(void)l;
	if (!is_our_rule(hdr))
		return false;
	return (mark && (nla_get_u32(mark) & ~L2X_TABLE_MAX) == L2X_TABLE_MARK) ||
	       (protocol && nla_get_u8(protocol) == L2X_TABLE_PROTO);
}

static int keep(const struct nlmsghdr *hdr, void *arg)
{
	struct leftovers *l = arg;
	struct nl_msg *msg;
	int type;

	if (hdr->nlmsg_type != RTM_NEWROUTE && hdr->nlmsg_type != RTM_NEWRULE)
		return 0;
	if (!l->ours(l, hdr))
		return 0;
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 16;
		struct nl_msg **msgs = realloc(l->msgs, room * sizeof(struct nl_msg *));

		if (!msgs)
			return -ENOMEM;
		l->msgs = msgs;
		l->room = room;
	}
	type = hdr->nlmsg_type == RTM_NEWROUTE ? RTM_DELROUTE : RTM_DELRULE;
	msg = net_message(type, 0, nlmsg_data(hdr), (size_t)nlmsg_datalen(hdr));
	if (!msg)
		return -ENOMEM;
	l->msgs[l->count++] = msg;
	return 0;
}

/* A dump whose subject changes under it may miss something: once more, then. */
static int dump(struct net *n, int type, uint8_t family, struct leftovers *l)
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
				  0, keep, l);
	}
	return err == -EAFNOSUPPORT ? 0 : err;
}

static int forget(struct net *n, int type, uint8_t family, struct leftovers *l)
{
	int err = dump(n, type, family, l);

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

static int forget_both(struct net *n, int type, struct leftovers *l)
{
	int err = 0;

	for (size_t i = 0; i < FAMILIES && !err; i++)
		err = forget(n, type, families[i], l);
	free(l->msgs);
	return err;
}

int net_forget_netdev(struct net *n, const char *netdev)
{
	struct leftovers routes = {.ours = is_route, .ifindex = if_nametoindex(netdev)},
			 rules = {.ours = is_netdev_rule, .netdev = netdev};
	int err = routes.ifindex ? forget_both(n, RTM_GETROUTE, &routes) : 0;

	return err ? err : forget_both(n, RTM_GETRULE, &rules);
}

int net_forget_unreachable(struct net *n, uint32_t table, const char *netdev)
{
	struct leftovers l = {.ours = is_unreachable, .netdev = netdev, .table = table};

	return forget_both(n, RTM_GETROUTE, &l);
}

int net_forget_sources(struct net *n, uint32_t table)
{
	struct leftovers l = {.ours = is_source_rule, .table = table};

	return forget_both(n, RTM_GETRULE, &l);
}

int net_forget_underlay(struct net *n)
{
	struct leftovers l = {.ours = is_underlay_rule};

	return forget_both(n, RTM_GETRULE, &l);
}
