/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside ctl/net: one request over the netlink socket and its whole answer. libnl writes and reads
 * the messages; its own error numbers say less than the kernel's, so the answer's error is taken
 * from the message itself.
 */
#ifndef L2X_NET_NETLINK_H
#define L2X_NET_NETLINK_H

#include <netlink/msg.h>
#include <netlink/netlink.h>
#include "net/net.h"

struct net {
	struct nl_sock *sock;
	struct net_queue *queue; /* NULL: nothing was ever queued */
};

/* Called for each message of an answer. A negative return ends net_request() with it. */
typedef int net_parse(const struct nlmsghdr *hdr, void *arg);

/* An empty request with room for the family's header, which is copied in; NULL: no memory. */
struct nl_msg *net_message(int type, int flags, const void *header, size_t len);
/* Address bytes as an attribute. */
int net_put_addr(struct nl_msg *msg, int attr, const struct ip_addr *a);
/* And back; no attribute is an address without a family. 0 or -EBADMSG. */
int net_take_addr(struct nlattr *a, uint8_t family, struct ip_addr *out);

/* The MTU of a route message. A locked one stays what it is, whatever is learnt of the path. */
int net_put_mtu(struct nl_msg *msg, uint32_t mtu, bool locked);
uint32_t net_route_mtu(struct nlmsghdr *h); /* 0: none */

/*
 * Behind all that is queued: send msg, hand what comes back to parse (may be NULL), wait for the end of the answer. Takes msg
 * over. put_error is what the nla_put*() calls before gave (0: all went well), so that callers
 * check once.
 */
int net_request(struct net *n, struct nl_msg *msg, int put_error, net_parse *parse, void *arg);

/* unreachable.c: of the routes that belong to this netdev. */
uint32_t net_unreachable_metric(const char *netdev);

/* Of a route; NULL: no memory. */
struct nl_msg *net_route_message(int type, int flags, const struct net_route *r);

/* queue.c: with all that is in it */
void queue_close(struct net *n);

#endif
