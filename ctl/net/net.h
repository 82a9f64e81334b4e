/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's links, addresses, routes and rules, over netlink (libnl-route-3). Synchronous and
 * small; every call is one request and its answer, but for routes that may be queued. Adding what is there already, and removing what
 * is gone, are both success, so that calls can be repeated. All routes and rules carry L2X_RTPROT,
 * which is how they are found and how BIRD or FRR export them. All return 0 or a negative errno.
 */
#ifndef L2X_NET_NET_H
#define L2X_NET_NET_H

#include <stdbool.h>
#include <stdint.h>
#include "base/addr.h"

#define L2X_RTPROT	  212 /* ours in rtm_protocol and FRA_PROTOCOL; not taken in rtnetlink.h */
#define NET_TABLE_MAIN	  254
#define NET_RULE_PRIORITY 10212 /* of `iif NETDEV lookup TABLE` */
/* Of those for a tunnel's own packets, and one behind: "unreachable". Before others, as theirs are
 * meant for no packets that somebody else sends. */
#define NET_UNDERLAY_PRIORITY 212

struct net;

int net_open(struct net **out);
void net_close(struct net *n);

/* Bring it up with this MTU; no IPv6 link-local address is made up by the kernel (addrgenmode
 * none). */
int net_link_setup(struct net *n, unsigned ifindex, uint16_t mtu);
int net_link_delete(struct net *n, unsigned ifindex);

/* The text that `ip link` shows as alias; alias has room for NET_ALIAS_MAX bytes, and is empty when
 * there is none. */
#define NET_ALIAS_MAX 256
int net_link_set_alias(struct net *n, unsigned ifindex, const char *alias);
int net_link_alias(struct net *n, unsigned ifindex, char *alias);
/* -ENOTSUP: it has none of six bytes. */
int net_link_mac(struct net *n, unsigned ifindex, uint8_t mac[6]);
/* How many tc filters there are at the clsact hooks of this link, both directions. */
int net_clsact_filters(struct net *n, unsigned ifindex);

int net_address_add(struct net *n, unsigned ifindex, const struct ip_prefix *local);
int net_address_del(struct net *n, unsigned ifindex, const struct ip_prefix *local);

struct net_route {
	struct ip_prefix prefix;
	unsigned ifindex;
	uint32_t table;
	uint32_t metric; /* 0: the kernel's default */
	uint16_t mtu;	 /* 0: the netdev's */
};
int net_route_add(struct net *n, const struct net_route *r);
int net_route_del(struct net *n, const struct net_route *r);
/* Gives a route that net_route_add() has made another MTU, without a moment in which there is none. */
int net_route_replace(struct net *n, const struct net_route *r);

/*
 * `unreachable PREFIX`, IPv6, in whose place any other route for it is taken. The kernel keeps such a
 * route on no netdev, so the netdev that it is for stands in its metric, by its name.
 */
int net_unreachable_add(struct net *n, const struct ip_prefix *prefix, uint32_t table,
			const char *netdev);
int net_unreachable_del(struct net *n, const struct ip_prefix *prefix, uint32_t table,
			const char *netdev);
/* What a crashed instance left of those. */
int net_forget_unreachable(struct net *n, uint32_t table, const char *netdev);

/*
 * The same by the thousand: they go to the kernel with net_flush(), before any other request, or when
 * they are many, in their order. What became of an added one is told then, once; what is told may not
 * ask for anything here. That a removal fails is not told. 0, or a negative errno: not queued.
 */
typedef void net_settled(void *arg, const struct net_route *r, int err);
int net_route_queue_add(struct net *n, const struct net_route *r, net_settled *settled, void *arg);
int net_route_queue_del(struct net *n, const struct net_route *r);
void net_flush(struct net *n);

/* `iif NETDEV lookup TABLE`, both families. */
int net_rule_add(struct net *n, const char *netdev, uint32_t table);
int net_rule_del(struct net *n, const char *netdev, uint32_t table);

/* `from ADDRESS lookup TABLE`: what this host itself sends from an address of a payload table. */
int net_source_rule_add(struct net *n, const struct ip_addr *source, uint32_t table);
int net_source_rule_del(struct net *n, const struct ip_addr *source, uint32_t table);

/* What a tunnel sends with this table goes by it, and by nothing else: l2x/underlay.h. */
int net_underlay_add(struct net *n, uint32_t table);
int net_underlay_del(struct net *n, uint32_t table);

/* What a crashed instance left: every route on, and every rule of, this netdev name that carries
 * L2X_RTPROT. */
int net_forget_netdev(struct net *n, const char *netdev);

/* The same for the source rules that lead to this table. */
int net_forget_sources(struct net *n, uint32_t table);

/* And of all tunnels' own packets. */
int net_forget_underlay(struct net *n);

/* How the kernel would reach a peer now; -errno (ENETUNREACH, ...) when there is no way. */
struct net_way {
	struct ip_addr source;	/* that it would send from */
	struct ip_addr gateway; /* no family: none, the peer is on the link */
	unsigned ifindex;
	uint32_t mtu; /* of the route or the path, or of the link when that is less; 0: not known */
	bool local;   /* the peer is on this host */
};
/* source NULL: the kernel chooses. table 0: as its rules have it for this host's own packets. */
int net_way_to(struct net *n, const struct ip_addr *peer, const struct ip_addr *source,
	       uint32_t table, struct net_way *way);

/*
 * The route to a peer in this table as it would be without us: routes of L2X_RTPROT and on
 * interfaces that ours() names are left out. -ENETUNREACH: there is none.
 */
struct net_best {
	struct net_way way; /* mtu: the route's; source: only where the route has one */
	bool host;	    /* a route for this peer alone */
};
int net_best_route(struct net *n, const struct ip_addr *peer, uint32_t table,
		   bool (*ours)(void *arg, unsigned ifindex), void *arg, struct net_best *best);

/*
 * This way as a host route in a table, so that a default route that comes later does not change it.
 * Set replaces.
 */
int net_way_set(struct net *n, const struct ip_addr *peer, uint32_t table,
		const struct net_way *way);
int net_way_del(struct net *n, const struct ip_addr *peer, uint32_t table,
		const struct net_way *way);
/* Any that a crashed instance left for this peer. */
int net_way_forget(struct net *n, const struct ip_addr *peer, uint32_t table);

/*
 * Make the kernel ask (ARP, neighbour discovery) for the next hop of a packet that came in by iif
 * and is to be forwarded, as it would if it forwarded the packet itself. Does not wait for the
 * answer.
 */
int net_neighbour_find(struct net *n, unsigned iif, const struct ip_addr *source,
		       const struct ip_addr *destination);
/* The same for a next hop that is known. */
int net_neighbour_use(struct net *n, unsigned ifindex, const struct ip_addr *addr);
/* Make it ask all neighbours of this link, but no more than max, of which it has heard nothing for
 * a while. */
int net_neighbours_probe(struct net *n, unsigned ifindex, size_t max);

#endif
