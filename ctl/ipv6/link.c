// SPDX-License-Identifier: GPL-2.0-only
/* What both ends of a link have in common: the way in, the way out, chance and timeouts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "ipv6/internal.h"

void ipv6_send(struct ipv6_link *l, const uint8_t *packet, size_t len)
{
	if (len && !l->stopped)
		l->setup.ops->send(l->setup.owner, packet, len);
}

uint32_t ipv6_random(struct ipv6_link *l, uint32_t below)
{
	uint32_t r;

	l->setup.random(l->setup.owner, &r, sizeof(r));
	return below ? r % below : 0;
}

uint32_t ipv6_timeout(struct ipv6_link *l, uint32_t previous, uint32_t initial, uint32_t longest,
		      bool above)
{
	/* RAND, in thousandths: -0.1 to 0.1, or for the first Solicit more than 0. */
	int64_t noise =
		above ? 1 + (int64_t)ipv6_random(l, 100) : (int64_t)ipv6_random(l, 201) - 100;
	int64_t base = previous ? previous : initial;
	int64_t next = (previous ? 2 * base : base) + base * noise / 1000;

	if (longest && next > longest)
		next = longest + longest * noise / 1000;
	return (uint32_t)next;
}

uint64_t ipv6_moment(const struct ipv6_link *l, uint32_t seconds)
{
	return seconds == DHCP6_INFINITE ? IPV6_FOR_EVER
					 : l->setup.timers->now + (uint64_t)seconds * 1000;
}

struct ipv6_link *ipv6_link_new_router(const struct ipv6_setup *setup,
				       const struct ipv6_offer *offer)
{
	struct router *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->link = (struct ipv6_link){.setup = *setup, .is_router = true};
	r->offer = *offer;
	if (!router_init(r))
		return &r->link;
	ipv6_link_free(&r->link);
	return NULL;
}

struct ipv6_link *ipv6_link_new_host(const struct ipv6_setup *setup, const struct ipv6_wish *wish)
{
	struct host *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->link = (struct ipv6_link){.setup = *setup};
	h->wish = *wish;
	if (!host_init(h))
		return &h->link;
	ipv6_link_free(&h->link);
	return NULL;
}

void ipv6_link_offer(struct ipv6_link *l, const struct ipv6_offer *offer)
{
	if (l->is_router && !l->stopped)
		router_offer(router_of(l), offer);
}

void ipv6_link_free(struct ipv6_link *l)
{
	if (!l)
		return;
	if (l->is_router)
		router_release(router_of(l));
	else
		host_release(host_of(l));
	free(l);
}

void ipv6_link_stop(struct ipv6_link *l)
{
	if (!l || l->stopped)
		return;
	if (l->is_router)
		router_stop(router_of(l));
	else
		host_stop(host_of(l));
	l->stopped = true;
}

void ipv6_link_facts(const struct ipv6_link *l, struct ipv6_facts *out)
{
	*out = (struct ipv6_facts){.dhcp = "off"};
	if (!l->is_router)
		host_facts((const struct host *)l, out);
}

/* RFC 4861 7.2.4: who asks for our address is told that it is here. */
static void answer_neighbour(struct ipv6_link *l, const struct ipv6_packet *p)
{
	const struct in6_addr *to =
		IN6_IS_ADDR_UNSPECIFIED(&p->source) ? &ipv6_all_nodes : &p->source;
	uint8_t packet[IPV6_PACKET_MAX];
	struct in6_addr target;

	if (nd_solicit_parse(p, &target) || memcmp(&target, &l->setup.local, sizeof(target)))
		return;
	ipv6_send(l, packet,
		  nd_neighbour_advert_write(packet, sizeof(packet), &target, to, l->is_router));
}

static void input_nd(struct ipv6_link *l, const struct ipv6_packet *p)
{
	switch (nd_check(p)) {
	case ND_RS:
		if (l->is_router)
			router_solicited(router_of(l), p);
		break;
	case ND_RA:
		if (!l->is_router)
			host_advertised(host_of(l), p);
		break;
	case ND_NS:
		answer_neighbour(l, p);
		break;
	}
}

static void input_udp(struct ipv6_link *l, const struct ipv6_packet *p)
{
	uint16_t from, to;
	struct rbuf data;

	if (!ipv6_checksum_ok(p) || ipv6_udp_parse(p, &from, &to, &data))
		return;
	if (l->is_router && to == DHCP6_SERVER_PORT)
		server_input(router_of(l), p, &data);
	else if (!l->is_router && to == DHCP6_CLIENT_PORT)
		client_input(host_of(l), &data);
}

void ipv6_link_input(struct ipv6_link *l, const uint8_t *packet, size_t len)
{
	struct ipv6_packet p;

	if (l->stopped || ipv6_packet_parse(&p, packet, len))
		return;
	if (p.next_header == IPPROTO_ICMPV6)
		input_nd(l, &p);
	else if (p.next_header == IPPROTO_UDP)
		input_udp(l, &p);
}
