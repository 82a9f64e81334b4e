// SPDX-License-Identifier: GPL-2.0-only
/* Neighbours: asking for the one that a forwarded packet needs, and whether they are still there. */
#include "net/netlink.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
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

int net_neighbour_use(struct net *n, unsigned ifindex, const struct ip_addr *addr)
{
	struct ndmsg ndm = {.ndm_family = addr->family,
			    .ndm_ifindex = (int)ifindex,
			    .ndm_state = NUD_NONE,
			    .ndm_flags = NTF_USE};
	struct nl_msg *msg = net_message(RTM_NEWNEIGH, NLM_F_CREATE, &ndm, sizeof(ndm));

	return net_request(n, msg, msg ? net_put_addr(msg, NDA_DST, addr) : 0, NULL, NULL);
}

int net_neighbour_find(struct net *n, unsigned iif, const struct ip_addr *source,
		       const struct ip_addr *destination)
{
	uint8_t family = destination->family, bits = (uint8_t)ip_addr_bits(destination);
	struct rtmsg rtm = {.rtm_family = family, .rtm_src_len = bits, .rtm_dst_len = bits};
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
	return net_neighbour_use(n, hop.oif, &hop.addr);
}

struct stale {
	struct ip_addr *addrs;
	size_t count, max;
	int ifindex;
};

static int parse_stale(const struct nlmsghdr *hdr, void *arg)
{
	struct nlattr *dst =
		nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)hdr, sizeof(struct ndmsg), NDA_DST);
	const struct ndmsg *ndm = nlmsg_data(hdr);
	struct stale *s = arg;
	struct ip_addr *a;

	if (hdr->nlmsg_type != RTM_NEWNEIGH || ndm->ndm_ifindex != s->ifindex ||
	    ndm->ndm_state != NUD_STALE || !dst || s->count == s->max)
		return 0;
	a = &s->addrs[s->count];
	*a = (struct ip_addr){.family = ndm->ndm_family};
	if (!ip_addr_bits(a) || nla_len(dst) != (int)ip_addr_bits(a) / 8)
		return 0;
	memcpy(a->bytes, nla_data(dst), (size_t)nla_len(dst));
	s->count++;
	return 0;
}

int net_neighbours_probe(struct net *n, unsigned ifindex, size_t max)
{
	struct ndmsg all = {.ndm_ifindex = (int)ifindex};
	struct stale s = {calloc(max, sizeof(*s.addrs)), 0, max, (int)ifindex};
	int err = -ENOMEM;

	if (s.addrs)
		err = net_request(n, net_message(RTM_GETNEIGH, NLM_F_DUMP, &all, sizeof(all)), 0,
				  parse_stale, &s);
	for (size_t i = 0; i < s.count && !err; i++) {
		struct ndmsg ndm = {.ndm_family = s.addrs[i].family,
				    .ndm_ifindex = (int)ifindex,
				    .ndm_state = NUD_PROBE};
		struct nl_msg *msg = net_message(RTM_NEWNEIGH, NLM_F_REPLACE, &ndm, sizeof(ndm));

		err = net_request(n, msg, msg ? net_put_addr(msg, NDA_DST, &s.addrs[i]) : 0, NULL,
				  NULL);
		if (err == -ENOENT) /* gone since */
			err = 0;
	}
	free(s.addrs);
	return err;
}
