// SPDX-License-Identifier: GPL-2.0-only
/* Unreachable routes: where a prefix ends that nothing else routes. The metric says whose each is. */
#include "net/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include "base/hash.h"

/* Behind whatever others use; sixteen bits of the netdev's name. */
uint32_t net_unreachable_metric(const char *netdev)
{
	uint32_t hash = fnv1a(FNV1A_START, netdev, strlen(netdev));

	return 0x7fff0000 | (hash >> 16 ^ (hash & 0xffff));
}

static int unreachable_request(struct net *n, int type, int flags, const struct ip_prefix *prefix,
			       uint32_t table, const char *netdev)
{
	struct rtmsg rtm = {
		.rtm_family = prefix->addr.family,
		.rtm_dst_len = prefix->len,
		.rtm_protocol = L2X_RTPROT,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNREACHABLE,
	};
	struct nl_msg *msg = net_message(type, flags, &rtm, sizeof(rtm));
	int err = 0;

	if (!msg)
		return -ENOMEM;
	err |= net_put_addr(msg, RTA_DST, &prefix->addr);
	err |= nla_put_u32(msg, RTA_TABLE, table);
	err |= nla_put_u32(msg, RTA_PRIORITY, net_unreachable_metric(netdev));
	return net_request(n, msg, err, NULL, NULL);
}

int net_unreachable_add(struct net *n, const struct ip_prefix *prefix, uint32_t table,
			const char *netdev)
{
	int err = unreachable_request(n, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, prefix, table,
				      netdev);

	return err == -EEXIST ? 0 : err;
}

int net_unreachable_del(struct net *n, const struct ip_prefix *prefix, uint32_t table,
			const char *netdev)
{
	int err = unreachable_request(n, RTM_DELROUTE, 0, prefix, table, netdev);

	return err == -ESRCH ? 0 : err;
}
