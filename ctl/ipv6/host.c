// SPDX-License-Identifier: GPL-2.0-only
/*
 * The customer's end: solicits routers until one has spoken (RFC 4861 6.3.7, RFC 7559), and keeps
 * what advertisements say for as long as they say (RFC 4861 6.3.4): that there is a default router,
 * DNS servers, and, where they are wanted, addresses (RFC 4862 5.5.3). One timer watches over all
 * lifetimes, those of the client's prefixes too.
 */
#include <string.h>
#include "base/hash.h"
#include "ipv6/internal.h"

#define SECOND		  1000 /* ms */

#define SOLICIT_DELAY	  1000		  /* RFC 4861 10 */
#define SOLICIT_INITIAL	  (4 * SECOND)	  /* RFC 7559 2 */
#define SOLICIT_LONGEST	  (3600 * SECOND) /* RFC 7559 2 */

#define INTERFACE_ID_BITS 64
#define TWO_HOURS	  7200 /* s, RFC 4862 5.5.3 */

/* Of what the owner sees, without times: a server may be told of in two ways, and one of them end. */
static uint32_t digest(const struct host *h)
{
	uint32_t hash = FNV1A_START;
	struct ipv6_facts f = {0};

	host_facts(h, &f);
	for (size_t i = 0; i < f.delegated_count; i++)
		hash = fnv1a(hash, &f.delegated[i].prefix, sizeof(f.delegated[i].prefix));
	for (size_t i = 0; i < f.address_count; i++)
		hash = fnv1a(hash, &f.addresses[i].prefix, sizeof(f.addresses[i].prefix));
	return fnv1a(hash, f.dns, f.dns_count * sizeof(f.dns[0]));
}

void host_changed(struct host *h)
{
	uint32_t now = digest(h);

	host_lifetimes(h);
	if (now != h->told && !h->link.stopped && h->link.setup.ops->changed)
		h->link.setup.ops->changed(h->link.setup.owner);
	h->told = now;
}

static void earlier(uint64_t *first, uint64_t at)
{
	if (at < *first)
		*first = at;
}

void host_lifetimes(struct host *h)
{
	struct timers *timers = h->link.setup.timers;
	uint64_t first = h->router ? h->router : IPV6_FOR_EVER;

	for (size_t i = 0; i < h->address_count; i++)
		earlier(&first, h->addresses[i].valid);
	for (size_t i = 0; i < h->dns_count; i++)
		earlier(&first, h->dns[i].until);
	for (size_t i = 0; i < h->client.lease_count; i++)
		earlier(&first, h->client.lease[i].valid);
	if (first == IPV6_FOR_EVER)
		timer_cancel(timers, &h->expiry);
	else
		timer_set(timers, &h->expiry, first > timers->now ? first - timers->now : 0);
}

static void on_solicit(void *arg)
{
	struct host *h = arg;
	uint8_t packet[IPV6_PACKET_MAX];

	ipv6_send(&h->link, packet,
		  nd_router_solicit_write(packet, sizeof(packet), &h->link.setup.local));
	h->timeout = ipv6_timeout(&h->link, h->timeout, SOLICIT_INITIAL, SOLICIT_LONGEST, false);
	timer_set(h->link.setup.timers, &h->solicit, h->timeout);
}

static void solicit(struct host *h)
{
	h->timeout = 0;
	timer_set(h->link.setup.timers, &h->solicit, ipv6_random(&h->link, SOLICIT_DELAY + 1));
}

static bool expire_addresses(struct host *h, uint64_t now)
{
	size_t kept = 0, had = h->address_count;

	for (size_t i = 0; i < had; i++)
		if (h->addresses[i].valid > now)
			h->addresses[kept++] = h->addresses[i];
	h->address_count = kept;
	return kept != had;
}

static bool expire_dns(struct host *h, uint64_t now)
{
	size_t kept = 0, had = h->dns_count;

	for (size_t i = 0; i < had; i++)
		if (h->dns[i].until > now)
			h->dns[kept++] = h->dns[i];
	h->dns_count = kept;
	return kept != had;
}

static void on_expiry(void *arg)
{
	struct host *h = arg;
	uint64_t now = h->link.setup.timers->now;
	bool changed = expire_addresses(h, now);

	changed |= expire_dns(h, now);
	changed |= client_expire(h);
	if (h->router && h->router <= now) {
		h->router = 0;
		solicit(h);
	}
	if (changed)
		host_changed(h);
	else
		host_lifetimes(h);
}

static struct ipv6_prefix *find_address(struct host *h, const struct ip_prefix *address)
{
	for (size_t i = 0; i < h->address_count; i++)
		if (ip_prefix_eq(&h->addresses[i].prefix, address))
			return &h->addresses[i];
	return NULL;
}

/* RFC 4862 5.5.3 e: a forged advertisement can shorten the life of an address to two hours only. */
static uint64_t new_end(const struct host *h, const struct ipv6_prefix *a, uint32_t valid)
{
	uint64_t now = h->link.setup.timers->now, said = ipv6_moment(&h->link, valid),
		 bound = now + TWO_HOURS * SECOND;

	if (valid > TWO_HOURS || said > a->valid)
		return said;
	return a->valid <= bound ? a->valid : bound;
}

/* RFC 4862 5.5.3. True: there is another address now. */
static bool take_prefix(struct host *h, const struct nd_prefix *p)
{
	struct in6_addr id = h->link.setup.local;
	struct ip_prefix address = {.addr = p->prefix.addr, .len = 128};
	struct in6_addr prefix;
	struct ipv6_prefix *a;

	memcpy(&prefix, p->prefix.addr.bytes, sizeof(prefix));
	if (!h->wish.address || !p->autonomous || ipv6_is_link_local(&prefix) ||
	    IN6_IS_ADDR_MULTICAST(&prefix) || p->preferred > p->valid ||
	    p->prefix.len != 128 - INTERFACE_ID_BITS)
		return false;
	memcpy(address.addr.bytes + 8, id.s6_addr + 8, 8);
	a = find_address(h, &address);
	if (a) {
		a->valid = new_end(h, a, p->valid);
		a->preferred = ipv6_moment(&h->link, p->preferred);
		return false;
	}
	if (!p->valid || h->address_count == IPV6_PREFIXES)
		return false;
	h->addresses[h->address_count++] = (struct ipv6_prefix){
		.prefix = address,
		.preferred = ipv6_moment(&h->link, p->preferred),
		.valid = ipv6_moment(&h->link, p->valid),
	};
	return true;
}

/* RFC 8106 5.1: a lifetime of zero ends its use. True: another one, or one less. */
static bool take_dns(struct host *h, const struct nd_dns *dns)
{
	struct host_dns *d = h->dns, *end = h->dns + h->dns_count;

	while (d < end && memcmp(&d->server, &dns->server, sizeof(d->server)))
		d++;
	if (!dns->lifetime) {
		if (d == end)
			return false;
		*d = *--end;
		h->dns_count--;
		return true;
	}
	if (d == end) {
		if (!h->wish.dns || h->dns_count == IPV6_DNS_MAX)
			return false;
		h->dns[h->dns_count++] = (struct host_dns){.server = dns->server};
	}
	d->until = ipv6_moment(&h->link, dns->lifetime);
	return d == end;
}

void host_advertised(struct host *h, const struct ipv6_packet *p)
{
	struct nd_advert a;
	bool changed = false;

	if (nd_advert_parse(p, &a))
		return;
	log_debug(h->link.setup.log, "router advertisement: lifetime %u s, %zu prefixes",
		  a.lifetime, a.prefix_count);
	h->router = a.lifetime ? ipv6_moment(&h->link, a.lifetime) : 0;
	/* RFC 7559 2.1: one that is no default router does not end the search. */
	if (h->router)
		timer_cancel(h->link.setup.timers, &h->solicit);
	else if (!timer_is_set(&h->solicit))
		solicit(h);
	for (size_t i = 0; i < a.prefix_count; i++)
		changed |= take_prefix(h, &a.prefixes[i]);
	for (size_t i = 0; i < a.dns_count; i++)
		changed |= take_dns(h, &a.dns[i]);
	if (changed)
		host_changed(h);
	else
		host_lifetimes(h);
}

int host_init(struct host *h)
{
	timer_init(&h->solicit, on_solicit, h);
	timer_init(&h->expiry, on_expiry, h);
	if (timer_reserve(h->link.setup.timers, &h->solicit) ||
	    timer_reserve(h->link.setup.timers, &h->expiry) || client_init(h))
		return -1;
	h->told = digest(h);
	solicit(h);
	return 0;
}

void host_release(struct host *h)
{
	timer_release(h->link.setup.timers, &h->solicit);
	timer_release(h->link.setup.timers, &h->expiry);
	client_release(h);
}

void host_stop(struct host *h)
{
	timer_cancel(h->link.setup.timers, &h->solicit);
	timer_cancel(h->link.setup.timers, &h->expiry);
	client_stop(h);
}

static void add_dns(struct ipv6_facts *out, const struct in6_addr *server)
{
	for (size_t i = 0; i < out->dns_count; i++)
		if (!memcmp(&out->dns[i], server, sizeof(*server)))
			return;
	if (out->dns_count < IPV6_DNS_MAX)
		out->dns[out->dns_count++] = *server;
}

void host_facts(const struct host *h, struct ipv6_facts *out)
{
	out->delegated_count = h->client.lease_count;
	memcpy(out->delegated, h->client.lease, sizeof(out->delegated));
	out->address_count = h->address_count;
	memcpy(out->addresses, h->addresses, sizeof(out->addresses));
	for (size_t i = 0; i < h->dns_count; i++)
		add_dns(out, &h->dns[i].server);
	for (size_t i = 0; i < h->client.dns_count; i++)
		add_dns(out, &h->client.dns[i]);
	out->router = h->router;
	out->dhcp = client_state_name(&h->client);
}
