/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A router and a host of ipv6/ (or one of them, and a test that plays the other) joined by a line in
 * virtual time. The line may lose, double and delay packets; all chance comes from one seed. What each
 * end sends is kept, with its time.
 */
#ifndef L2X_TESTS_IPV6_PAIR_H
#define L2X_TESTS_IPV6_PAIR_H

#include "ipv6/ipv6.h"

#define V6_ROUTER  0
#define V6_HOST	   1

#define V6_SENT	   256 /* the last ones of each end */
#define V6_FLYING  64
#define V6_FOREVER (1000ull * 3600 * 24 * 365)

struct v6_packet {
	uint64_t at;
	int to;
	size_t len;
	uint8_t data[IPV6_PACKET_MAX];
};

struct v6_pair;

struct v6_end {
	struct v6_pair *pair;
	struct ipv6_setup setup;
	struct ipv6_link *link; /* NULL: the test is this end */
	struct dhcp6_duid duid;
	struct v6_packet sent[V6_SENT];
	size_t sent_count; /* in all */
	unsigned changes;
};

struct v6_pair {
	struct timers timers;
	struct v6_end end[2];
	struct ipv6_offer offer;
	struct ipv6_wish wish;
	struct ip_prefix advertised, delegated[2];
	struct ip_addr dns;
	struct v6_packet flying[V6_FLYING];
	size_t flying_count;
	uint64_t random;
	unsigned loss, twice, delay, jitter; /* percent and ms */
};

/* The router has 2001:db8:100::/48 and 2001:db8:101::/64 and a DNS server, the host wants all. */
void v6_init(struct v6_pair *p, uint64_t seed);
void v6_start(struct v6_pair *p, int which);
void v6_free(struct v6_pair *p);
void v6_run(struct v6_pair *p, uint64_t ms);
/* Until the host has both prefixes; false: not within ms. */
bool v6_until_ready(struct v6_pair *p, uint64_t ms);
bool v6_ready(const struct v6_pair *p);
struct ipv6_facts v6_facts(const struct v6_pair *p);

/* The n-th last packet of an end; fails the test when there is none. */
const struct v6_packet *v6_last(const struct v6_pair *p, int which, size_t n);
/* Its ICMPv6 type, or 0. */
int v6_nd_type(const struct v6_packet *packet);
/* The DHCPv6 message in it; false: none. */
bool v6_dhcp(const struct v6_packet *packet, struct dhcp6_message *m);
/* How many of this DHCPv6 type an end has sent, of those that are kept. */
size_t v6_count(const struct v6_pair *p, int which, uint8_t type);

/* A DHCPv6 message to an end, as from the other one: written by the test behind v6_begin(). */
struct wbuf v6_begin(struct v6_pair *p, uint8_t *buf, int to, uint8_t type, uint32_t xid);
void v6_deliver(struct v6_pair *p, struct wbuf *b, int to);

#endif
