/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What makes IPv6 on a session of use, once IPV6CP has opened it: one end is the provider's router,
 * which advertises itself and delegates prefixes by DHCPv6; the other one is the customer's, which
 * asks for both.
 *
 *   router.c  router advertisements (RFC 4861 6.2, RFC 8106)
 *   server.c  the DHCPv6 server of one link: what it answers follows from the configuration
 *             alone, so there is no state (RFC 8415 18.3)
 *   host.c    router solicitations, and what advertisements say (RFC 4861 6.3, RFC 7559, RFC 4862)
 *   client.c  the DHCPv6 client for prefixes (RFC 8415 18.2)
 *   lease.c   the prefixes that it has
 *   link.c    what both have in common
 *
 * Knows no socket and no clock: IPv6 packets of the link come in through ipv6_link_input(), go out
 * through ops->send(), and time is the timers heap.
 */
#ifndef L2X_IPV6_IPV6_H
#define L2X_IPV6_IPV6_H

#include "base/addr.h"
#include "base/log.h"
#include "base/timer.h"
#include "wire/dhcp6.h"
#include "wire/nd.h"

#define IPV6_PREFIXES 4
#define IPV6_DNS_MAX  4
#define IPV6_FOR_EVER UINT64_MAX /* a moment that does not come */

struct ipv6_link;

struct ipv6_ops {
	/* A whole IPv6 packet to the peer. Must not call ipv6_link_input() in turn. */
	void (*send)(void *owner, const uint8_t *packet, size_t len);
	/* A prefix, address or server came or went: ipv6_link_facts() says which there are now.
	 * ipv6_link_free() may not be called from here. NULL is allowed for a router. */
	void (*changed)(void *owner);
};

struct ipv6_setup {
	const struct ipv6_ops *ops;
	void *owner;
	struct timers *timers;
	void (*random)(void *owner, void *buf, size_t len);
	const struct logger *log;
	const struct dhcp6_duid *duid; /* ours, as server or client */
	struct in6_addr local;	       /* of this end, as IPV6CP has it */
};

/* What a router has for the other end. Pointers must stay good as long as the link. */
struct ipv6_offer {
	uint16_t mtu;
	const struct ip_prefix *advertised; /* for addresses of the peer's own making; NULL: none */
	const struct ip_prefix *delegated;
	size_t delegated_count;
	const struct ip_addr *dns;
	size_t dns_count; /* at most IPV6_DNS_MAX */
};

/* What a host is to ask for. */
struct ipv6_wish {
	bool prefix;	       /* by DHCPv6 */
	uint8_t prefix_length; /* that we would like; 0: any */
	bool address;	       /* of an advertised prefix */
	bool dns;
	uint32_t iaid;
};

/* NULL: no memory. */
struct ipv6_link *ipv6_link_new_router(const struct ipv6_setup *setup,
				       const struct ipv6_offer *offer);
struct ipv6_link *ipv6_link_new_host(const struct ipv6_setup *setup, const struct ipv6_wish *wish);
/*
 * A router has this to offer from now on. What is new is said at once, with the end of what it advertised before.
 * DHCPv6 clients hear of other prefixes when they renew theirs (RFC 8415 18.2.4).
 */
void ipv6_link_offer(struct ipv6_link *l, const struct ipv6_offer *offer);
void ipv6_link_free(struct ipv6_link *l); /* sends nothing, calls nothing; NULL is allowed */
/* The orderly end: last words to the peer, and none after that. NULL is allowed. */
void ipv6_link_stop(struct ipv6_link *l);
/* Whatever it holds, it does no harm. */
void ipv6_link_input(struct ipv6_link *l, const uint8_t *packet, size_t len);

/* Moments are of timers->now; IPV6_FOR_EVER: without end. */
struct ipv6_prefix {
	struct ip_prefix prefix;
	uint64_t preferred, valid;
};

struct ipv6_facts {
	struct ipv6_prefix delegated[IPV6_PREFIXES], addresses[IPV6_PREFIXES];
	size_t delegated_count, address_count;
	struct in6_addr dns[IPV6_DNS_MAX];
	size_t dns_count;
	uint64_t router;  /* until when the peer is a default router */
	const char *dhcp; /* what the client is at */
};

/* Of a host; a router has none. */
void ipv6_link_facts(const struct ipv6_link *l, struct ipv6_facts *out);

#endif
