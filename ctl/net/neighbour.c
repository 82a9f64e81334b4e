// SPDX-License-Identifier: GPL-2.0-only
/* Neighbours: asking for the one that a forwarded packet needs. */
#include "net/netlink.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

struct hop {
	uint32_t oif;
	struct ip_addr addr; /* the gateway, else the destination itself */
};

static int parse_hop(const struct nlmsghdr *hdr, void *arg)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(uintptr_t)hdr;
	struct nlattr *oif = nlmsg_find_attr(h, sizeof(struct rtmsg), RTA_OIF);
	struct nlattr *gateway = nlmsg_find_attr(h, sizeof(struct rtmsg), RTA_GATEWAY);
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct hop *hop = arg;

	if (hdr->nlmsg_type != RTM_NEWROUTE || rtm->rtm_type != RTN_UNICAST || !oif)
		return 0;
	hop->oif = nla_get_u32(oif);
	if (gateway && nla_len(gateway) == (int)ip_addr_bits(&hop->addr) / 8)
		memcpy(hop->addr.bytes, nla_data(gateway), (size_t)nla_len(gateway));
	return 0;
}

int net_neighbour_find(struct net *n, unsigned iif, const struct ip_addr *source,
		       const struct ip_addr *destination)
{
	uint8_t family = destination->family, bits = (uint8_t)ip_addr_bits(destination);
	struct rtmsg rtm = {.rtm_family = family, .rtm_src_len = bits, .rtm_dst_len = bits};
	struct ndmsg ndm = {.ndm_family = family, .ndm_state = NUD_NONE, .ndm_flags = NTF_USE};
	struct hop hop = {.addr = *destination};
	struct nl_msg *msg = net_message(RTM_GETROUTE, 0, &rtm, sizeof(rtm));
	int err = 0;

	if (msg) {
		err |= net_put_addr(msg, RTA_SRC, source);
		err |= net_put_addr(msg, RTA_DST, destination);
		err |= nla_put_u32(msg, RTA_IIF, iif);
	}
	err = net_request(n, msg, err, parse_hop, &hop);
	if (err || !hop.oif)
		return err ? err : -ENETUNREACH;
	ndm.ndm_ifindex = (int)hop.oif;
	msg = net_message(RTM_NEWNEIGH, NLM_F_CREATE, &ndm, sizeof(ndm));
	return net_request(n, msg, msg ? net_put_addr(msg, NDA_DST, &hop.addr) : 0, NULL, NULL);
}
