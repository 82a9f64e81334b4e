// SPDX-License-Identifier: GPL-2.0-only
/* The way to a peer of the underlay, as the kernel's routing tables have it now. */
#include "net/netlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

static int parse_addr(struct nlattr *a, uint8_t family, struct ip_addr *out)
{
	*out = (struct ip_addr){0};
	if (!a)
		return 0;
	out->family = family;
	if (nla_len(a) != (int)ip_addr_bits(out) / 8)
		return -EBADMSG;
	memcpy(out->bytes, nla_data(a), (size_t)nla_len(a));
	return 0;
}

static uint32_t route_mtu(struct nlmsghdr *h)
{
	struct nlattr *metrics = nlmsg_find_attr(h, sizeof(struct rtmsg), RTA_METRICS);
	struct nlattr *mtu =
		metrics ? nla_find(nla_data(metrics), nla_len(metrics), RTAX_MTU) : NULL;

	return mtu ? nla_get_u32(mtu) : 0;
}

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
	way->mtu = route_mtu(h);
	err = parse_addr(nlmsg_find_attr(h, sizeof(*rtm), RTA_GATEWAY), rtm->rtm_family,
			 &way->gateway);
	if (err)
		return err;
	return parse_addr(nlmsg_find_attr(h, sizeof(*rtm), RTA_PREFSRC), rtm->rtm_family,
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

int net_way_to(struct net *n, const struct ip_addr *peer, struct net_way *way)
{
	struct rtmsg rtm = {.rtm_family = peer->family, .rtm_dst_len = (uint8_t)ip_addr_bits(peer)};
	struct nl_msg *msg;
	int err;

	*way = (struct net_way){0};
	if (!peer->family)
		return -EAFNOSUPPORT;
	msg = net_message(RTM_GETROUTE, 0, &rtm, sizeof(rtm));
	err = net_request(n, msg, msg ? net_put_addr(msg, RTA_DST, peer) : 0, parse_way, way);
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
		      const struct net_way *way)
{
	struct rtmsg rtm = {
		.rtm_family = peer->family,
		.rtm_dst_len = (uint8_t)ip_addr_bits(peer),
		.rtm_table = RT_TABLE_MAIN,
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
	if (way)
		err |= nla_put_u32(msg, RTA_OIF, way->ifindex);
	if (way && way->gateway.family)
		err |= net_put_addr(msg, RTA_GATEWAY, &way->gateway);
	if (way && way->source.family && type == RTM_NEWROUTE)
		err |= net_put_addr(msg, RTA_PREFSRC, &way->source);
	return net_request(n, msg, err, NULL, NULL);
}

int net_way_add(struct net *n, const struct ip_addr *peer, const struct net_way *way)
{
	return host_route(n, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, peer, way);
}

static int is_gone(int err)
{
	return err == -ESRCH || err == -ENODEV ? 0 : err;
}

int net_way_del(struct net *n, const struct ip_addr *peer, const struct net_way *way)
{
	return is_gone(host_route(n, RTM_DELROUTE, 0, peer, way));
}

int net_way_forget(struct net *n, const struct ip_addr *peer)
{
	return is_gone(host_route(n, RTM_DELROUTE, 0, peer, NULL));
}
