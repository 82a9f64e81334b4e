// SPDX-License-Identifier: GPL-2.0-only
/* The way to a peer of the underlay, as the kernel's routing tables have it now. */
#include "net/netlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include "l2x/underlay.h"

static int parse_way(const struct nlmsghdr *hdr, void *arg)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(uintptr_t)hdr;
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct nlattr *oif = nlmsg_find_attr(h, sizeof(*rtm), RTA_OIF);
	struct net_way *way = arg;
	int err;

	if (hdr->nlmsg_type != RTM_NEWROUTE)
		return 0;
	if (rtm->rtm_type != RTN_UNICAST && rtm->rtm_type != RTN_LOCAL)
		return -ENETUNREACH;
	way->local = rtm->rtm_type == RTN_LOCAL;
	way->ifindex = oif ? nla_get_u32(oif) : 0;
	way->mtu = net_route_mtu(h);
	err = net_take_addr(nlmsg_find_attr(h, sizeof(*rtm), RTA_GATEWAY), rtm->rtm_family,
			    &way->gateway);
	if (err)
		return err;
	return net_take_addr(nlmsg_find_attr(h, sizeof(*rtm), RTA_PREFSRC), rtm->rtm_family,
			     &way->source);
}

static int parse_link_mtu(const struct nlmsghdr *hdr, void *arg)
{
	struct nlattr *mtu = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)hdr,
					     sizeof(struct ifinfomsg), IFLA_MTU);

	if (hdr->nlmsg_type == RTM_NEWLINK && mtu)
		*(uint32_t *)arg = nla_get_u32(mtu);
	return 0;
}

static int link_mtu(struct net *n, unsigned ifindex, uint32_t *mtu)
{
	struct ifinfomsg ifi = {.ifi_index = (int)ifindex};

	return net_request(n, net_message(RTM_GETLINK, 0, &ifi, sizeof(ifi)), 0, parse_link_mtu,
			   mtu);
}

static int ask_way(struct net *n, const struct ip_addr *peer, const struct ip_addr *source,
		   uint32_t table, struct net_way *way)
{
	struct rtmsg rtm = {.rtm_family = peer->family, .rtm_dst_len = (uint8_t)ip_addr_bits(peer)};
	struct nl_msg *msg;
	int err = 0;

	if (source)
		rtm.rtm_src_len = (uint8_t)ip_addr_bits(source);
	msg = net_message(RTM_GETROUTE, 0, &rtm, sizeof(rtm));
	if (!msg)
		return -ENOMEM;
	err |= net_put_addr(msg, RTA_DST, peer);
	if (source)
		err |= net_put_addr(msg, RTA_SRC, source);
	if (table)
		err |= nla_put_u32(msg, RTA_MARK, L2X_TABLE_MARK + table);
	return net_request(n, msg, err, parse_way, way);
}

int net_way_to(struct net *n, const struct ip_addr *peer, const struct ip_addr *source,
	       uint32_t table, struct net_way *way)
{
	int err;

	*way = (struct net_way){0};
	if (!peer->family || (source && source->family != peer->family))
		return -EAFNOSUPPORT;
	err = ask_way(n, peer, source, table, way);
	if (source)
		way->source = *source;
	if (!err && !way->source.family)
		err = -EADDRNOTAVAIL;
	if (!err && way->ifindex) {
		uint32_t mtu = 0;

		err = link_mtu(n, way->ifindex, &mtu);
		if (!way->mtu || mtu < way->mtu)
			way->mtu = mtu;
	}
	return err;
}

/* way NULL: whichever it is. */
static int host_route(struct net *n, int type, int flags, const struct ip_addr *peer,
		      uint32_t table, const struct net_way *way)
{
	struct rtmsg rtm = {
		.rtm_family = peer->family,
		.rtm_dst_len = (uint8_t)ip_addr_bits(peer),
		.rtm_protocol = L2X_RTPROT,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	struct nl_msg *msg;
	int err = 0;

	if (!way)
		rtm.rtm_scope = RT_SCOPE_NOWHERE; /* a removal takes it for any */
	else if (!way->gateway.family && peer->family == AF_INET)
		rtm.rtm_scope = RT_SCOPE_LINK;
	msg = net_message(type, flags, &rtm, sizeof(rtm));
	if (!msg)
		return -ENOMEM;
	err |= net_put_addr(msg, RTA_DST, peer);
	err |= nla_put_u32(msg, RTA_TABLE, table);
	if (way)
		err |= nla_put_u32(msg, RTA_OIF, way->ifindex);
	if (way && way->gateway.family)
		err |= net_put_addr(msg, RTA_GATEWAY, &way->gateway);
	if (way && way->source.family && type == RTM_NEWROUTE)
		err |= net_put_addr(msg, RTA_PREFSRC, &way->source);
	if (way && way->mtu && type == RTM_NEWROUTE)
		err |= net_put_mtu(msg, way->mtu, false);
	return net_request(n, msg, err, NULL, NULL);
}

int net_way_set(struct net *n, const struct ip_addr *peer, uint32_t table,
		const struct net_way *way)
{
	return host_route(n, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, peer, table, way);
}

static int is_gone(int err)
{
	return err == -ESRCH || err == -ENODEV ? 0 : err;
}

int net_way_del(struct net *n, const struct ip_addr *peer, uint32_t table,
		const struct net_way *way)
{
	return is_gone(host_route(n, RTM_DELROUTE, 0, peer, table, way));
}

int net_way_forget(struct net *n, const struct ip_addr *peer, uint32_t table)
{
	return is_gone(host_route(n, RTM_DELROUTE, 0, peer, table, NULL));
}
