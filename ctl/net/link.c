// SPDX-License-Identifier: GPL-2.0-only
/* Links and their addresses. */
#include "net/netlink.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

static struct nl_msg *link_message(int type, unsigned ifindex, unsigned flags)
{
	struct ifinfomsg ifi = {.ifi_index = (int)ifindex, .ifi_flags = flags, .ifi_change = flags};

	return net_message(type, 0, &ifi, sizeof(ifi));
}

/* The kernel makes link-local addresses when the link comes up, so this must be there before. */
static int no_link_local(struct net *n, unsigned ifindex)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, ifindex, 0);
	struct nlattr *spec, *inet6;
	int err = -ENOMEM;

	if (!msg)
		return -ENOMEM;
	spec = nla_nest_start(msg, IFLA_AF_SPEC);
	inet6 = spec ? nla_nest_start(msg, AF_INET6) : NULL;
	if (inet6) {
		err = nla_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
		nla_nest_end(msg, inet6);
		nla_nest_end(msg, spec);
	}
	err = net_request(n, msg, err, NULL, NULL);
	return err == -EAFNOSUPPORT ? 0 : err; /* no IPv6 here, so no such addresses either */
}

int net_link_setup(struct net *n, unsigned ifindex, uint16_t mtu)
{
	int err = no_link_local(n, ifindex);
	struct nl_msg *msg;

	if (err)
		return err;
	msg = link_message(RTM_NEWLINK, ifindex, IFF_UP);
	return net_request(n, msg, msg ? nla_put_u32(msg, IFLA_MTU, mtu) : 0, NULL, NULL);
}

int net_link_delete(struct net *n, unsigned ifindex)
{
	int err = net_request(n, link_message(RTM_DELLINK, ifindex, 0), 0, NULL, NULL);

	return err == -ENODEV ? 0 : err;
}

int net_link_set_alias(struct net *n, unsigned ifindex, const char *alias)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, ifindex, 0);
	int err = msg ? nla_put(msg, IFLA_IFALIAS, (int)strlen(alias), alias) : 0;

	return net_request(n, msg, err, NULL, NULL);
}

static int parse_alias(const struct nlmsghdr *hdr, void *arg)
{
	struct nlattr *a = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)hdr,
					   sizeof(struct ifinfomsg), IFLA_IFALIAS);

	if (hdr->nlmsg_type == RTM_NEWLINK && a)
		nla_strlcpy(arg, a, NET_ALIAS_MAX);
	return 0;
}

int net_link_alias(struct net *n, unsigned ifindex, char *alias)
{
	alias[0] = 0;
	return net_request(n, link_message(RTM_GETLINK, ifindex, 0), 0, parse_alias, alias);
}

struct mac {
	uint8_t *bytes;
	int err;
};

static int parse_mac(const struct nlmsghdr *hdr, void *arg)
{
	struct nlattr *a = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)hdr,
					   sizeof(struct ifinfomsg), IFLA_ADDRESS);
	struct mac *mac = arg;

	if (hdr->nlmsg_type == RTM_NEWLINK && a && nla_len(a) == 6) {
		memcpy(mac->bytes, nla_data(a), 6);
		mac->err = 0;
	}
	return 0;
}

int net_link_mac(struct net *n, unsigned ifindex, uint8_t mac[6])
{
	struct mac out = {.bytes = mac, .err = -ENOTSUP};
	int err = net_request(n, link_message(RTM_GETLINK, ifindex, 0), 0, parse_mac, &out);

	return err ? err : out.err;
}

static int count_filter(const struct nlmsghdr *hdr, void *arg)
{
	if (hdr->nlmsg_type == RTM_NEWTFILTER)
		++*(unsigned *)arg;
	return 0;
}

int net_clsact_filters(struct net *n, unsigned ifindex)
{
	static const uint32_t hooks[] = {TC_H_MIN_INGRESS, TC_H_MIN_EGRESS};
	unsigned count = 0;

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		struct tcmsg tcm = {.tcm_ifindex = (int)ifindex,
				    .tcm_parent = TC_H_MAKE(TC_H_CLSACT, hooks[i])};
		int err = net_request(n, net_message(RTM_GETTFILTER, NLM_F_DUMP, &tcm, sizeof(tcm)),
				      0, count_filter, &count);

		if (err)
			return err;
	}
	return (int)count;
}

static int address_request(struct net *n, int type, int flags, unsigned ifindex,
			   const struct ip_prefix *p)
{
	struct ifaddrmsg ifa = {.ifa_family = p->addr.family,
				.ifa_prefixlen = p->len,
				.ifa_index = ifindex};
	struct nl_msg *msg;
	int err = 0;

	/* No one else is on a point-to-point link to have the same address. */
	if (p->addr.family == AF_INET6)
		ifa.ifa_flags = IFA_F_NODAD;
	msg = net_message(type, flags, &ifa, sizeof(ifa));
	if (msg)
		err = net_put_addr(msg, IFA_LOCAL, &p->addr) ||
		      net_put_addr(msg, IFA_ADDRESS, &p->addr);
	return net_request(n, msg, err, NULL, NULL);
}

int net_address_add(struct net *n, unsigned ifindex, const struct ip_prefix *local)
{
	int err = address_request(n, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, local);

	return err == -EEXIST ? 0 : err;
}

int net_address_del(struct net *n, unsigned ifindex, const struct ip_prefix *local)
{
	int err = address_request(n, RTM_DELADDR, 0, ifindex, local);

	return err == -EADDRNOTAVAIL || err == -ENODEV ? 0 : err;
}
