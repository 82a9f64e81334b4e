/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside ctl/ipv6: both kinds of link, and what the files do for each other. */
#ifndef L2X_IPV6_INTERNAL_H
#define L2X_IPV6_INTERNAL_H

#include "ipv6/ipv6.h"

struct ipv6_link {
	struct ipv6_setup setup;
	bool is_router;
	bool stopped;
};

struct router {
	struct ipv6_link link;
	struct ipv6_offer offer;
	struct timer timer;
	uint64_t next;	 /* of the advertisements to all */
	uint64_t last;	 /* one of those was sent */
	unsigned sent;	 /* of those */
	uint64_t answer; /* when one is to go to the asker alone; IPV6_FOR_EVER: to nobody */
	struct in6_addr asker;
};

enum client_state {
	CLIENT_OFF,
	CLIENT_SOLICIT,
	CLIENT_REQUEST,
	CLIENT_BOUND,
	CLIENT_RENEW,
	CLIENT_REBIND,
};

struct client {
	enum client_state state;
	struct timer timer; /* the next message; when bound, T1 */
	uint32_t xid;
	uint64_t began;	      /* the exchange, with its first message */
	uint32_t timeout;     /* ms, the one that runs; 0: nothing was sent yet */
	unsigned sent;	      /* messages of this exchange */
	uint32_t solicit_max; /* ms, see SOL_MAX_RT */
	struct dhcp6_duid server;
	int preference;				 /* of the best Advertise; -1: none yet */
	struct dhcp6_lease offer[IPV6_PREFIXES]; /* its prefixes */
	size_t offer_count;
	struct ipv6_prefix lease[IPV6_PREFIXES];
	size_t lease_count;
	uint64_t t2;
	struct in6_addr dns[IPV6_DNS_MAX];
	size_t dns_count;
};

struct host_dns {
	struct in6_addr server;
	uint64_t until;
};

struct host {
	struct ipv6_link link;
	struct ipv6_wish wish;
	struct timer solicit; /* for routers */
	uint32_t timeout;     /* ms, between solicitations; 0: none was sent yet */
	struct timer expiry;  /* of the first lifetime that ends, of all below and the client's */
	uint64_t router;
	struct ipv6_prefix addresses[IPV6_PREFIXES];
	size_t address_count;
	struct host_dns dns[IPV6_DNS_MAX];
	size_t dns_count;
	struct client client;
	uint32_t told; /* digest of what the owner knows */
};

static inline struct router *router_of(struct ipv6_link *l)
{
	return (struct router *)l; /* its first member */
}

static inline struct host *host_of(struct ipv6_link *l)
{
	return (struct host *)l;
}

/* link.c */
void ipv6_send(struct ipv6_link *l, const uint8_t *packet, size_t len); /* len 0: nothing */
uint32_t ipv6_random(struct ipv6_link *l, uint32_t below);
/*
 * The next timeout of RFC 8415 15, in ms: previous is 0 for the first, longest 0: no bound. above:
 * never less than the initial one (18.2.1).
 */
uint32_t ipv6_timeout(struct ipv6_link *l, uint32_t previous, uint32_t initial, uint32_t longest,
		      bool above);
/* The moment that so many seconds from now are; DHCP6_INFINITE, as ND_INFINITE: for ever. */
uint64_t ipv6_moment(const struct ipv6_link *l, uint32_t seconds);

/* router.c */
int router_init(struct router *r);
void router_release(struct router *r);
void router_stop(struct router *r);
void router_offer(struct router *r, const struct ipv6_offer *offer);
void router_solicited(struct router *r, const struct ipv6_packet *p);

/* server.c */
void server_input(struct router *r, const struct ipv6_packet *p, const struct rbuf *data);

/* host.c */
int host_init(struct host *h);
void host_release(struct host *h);
void host_stop(struct host *h);
void host_advertised(struct host *h, const struct ipv6_packet *p);
void host_facts(const struct host *h, struct ipv6_facts *out);
/* Lifetimes are not what they were: set the timer; and what has come to its end goes. */
void host_lifetimes(struct host *h);
void host_changed(struct host *h);

/* client.c */
int client_init(struct host *h);
void client_release(struct host *h);
void client_stop(struct host *h);
void client_input(struct host *h, const struct rbuf *data);
/* Prefixes whose time is over go; true: some have. */
bool client_expire(struct host *h);
const char *client_state_name(const struct client *c);

/* lease.c */
bool lease_is_usable(const struct dhcp6_lease *lease);
/* True: there is one more, or less. *extended: one of them lives on. */
bool lease_take(struct host *h, const struct dhcp6_lease *lease, bool *extended);
/* Until the first of them is no longer preferred, or valid; ms. */
uint64_t lease_life(const struct client *c, uint64_t now);
/* True: some have come to their end. */
bool lease_expire(struct host *h);

#endif
