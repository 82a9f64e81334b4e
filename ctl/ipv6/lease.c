// SPDX-License-Identifier: GPL-2.0-only
/* The prefixes that the client has: which ones it takes, for how long, and when they are gone. */
#include <string.h>
#include "ipv6/internal.h"

/* What is shorter holds a large part of the internet, and was hardly meant for one customer. */
#define PREFIX_LEN_MIN 16

bool lease_is_usable(const struct dhcp6_lease *l)
{
	struct in6_addr a;

	memcpy(&a, l->prefix.addr.bytes, sizeof(a));
	return l->status == DHCP6_SUCCESS && l->preferred <= l->valid &&
	       l->prefix.len >= PREFIX_LEN_MIN && !IN6_IS_ADDR_MULTICAST(&a) &&
	       !ipv6_is_link_local(&a) && (a.s6_addr32[0] || a.s6_addr32[1]);
}

static struct ipv6_prefix *find_lease(struct client *c, const struct ip_prefix *prefix)
{
	for (size_t i = 0; i < c->lease_count; i++)
		if (ip_prefix_eq(&c->lease[i].prefix, prefix))
			return &c->lease[i];
	return NULL;
}

bool lease_take(struct host *h, const struct dhcp6_lease *lease, bool *extended)
{
	struct client *c = &h->client;
	struct ipv6_prefix *known = find_lease(c, &lease->prefix);
	bool changed = !known;

	if (!lease->valid) {
		if (known)
			*known = c->lease[--c->lease_count];
		return known;
	}
	if (!known) {
		if (c->lease_count == IPV6_PREFIXES)
			return false;
		known = &c->lease[c->lease_count++];
		known->prefix = lease->prefix;
	}
	known->preferred = ipv6_moment(&h->link, lease->preferred);
	known->valid = ipv6_moment(&h->link, lease->valid);
	*extended = true;
	return changed;
}

uint64_t lease_life(const struct client *c, uint64_t now)
{
	uint64_t shortest = IPV6_FOR_EVER;

	for (size_t i = 0; i < c->lease_count; i++) {
		const struct ipv6_prefix *p = &c->lease[i];
		uint64_t end = p->preferred > now ? p->preferred : p->valid;

		if (end < shortest)
			shortest = end;
	}
	return shortest == IPV6_FOR_EVER ? shortest : shortest - now;
}

bool lease_expire(struct host *h)
{
	uint64_t now = h->link.setup.timers->now;
	struct client *c = &h->client;
	size_t kept = 0, had = c->lease_count;

	for (size_t i = 0; i < had; i++)
		if (c->lease[i].valid > now)
			c->lease[kept++] = c->lease[i];
	c->lease_count = kept;
	return kept != had;
}
