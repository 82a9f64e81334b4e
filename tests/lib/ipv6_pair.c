// SPDX-License-Identifier: GPL-2.0-only
/* Two ends of a link in virtual time, see ipv6_pair.h. */
#include "ipv6_pair.h"

#include <stdlib.h>
#include <string.h>

static uint32_t chance(struct v6_pair *p)
{
	p->random = p->random * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(p->random >> 33);
}

static void fill_random(void *owner, void *buf, size_t len)
{
	struct v6_end *e = owner;
	uint8_t *bytes = buf;

	while (len--)
		*bytes++ = (uint8_t)chance(e->pair);
}

static void fly(struct v6_pair *p, int to, const uint8_t *packet, size_t len)
{
	struct v6_packet *f;

	if (p->flying_count == V6_FLYING || chance(p) % 100 < p->loss)
		return;
	f = &p->flying[p->flying_count++];
	f->at = p->timers.now + p->delay + (p->jitter ? chance(p) % p->jitter : 0);
	f->to = to;
	f->len = len;
	memcpy(f->data, packet, len);
}

static void on_send(void *owner, const uint8_t *packet, size_t len)
{
	struct v6_end *e = owner;
	struct v6_pair *p = e->pair;
	struct v6_packet *s = &e->sent[e->sent_count++ % V6_SENT];
	int to = e == &p->end[V6_ROUTER] ? V6_HOST : V6_ROUTER;

	s->at = p->timers.now;
	s->to = to;
	s->len = len;
	memcpy(s->data, packet, len);
	fly(p, to, packet, len);
	if (chance(p) % 100 < p->twice)
		fly(p, to, packet, len);
}

static void on_changed(void *owner)
{
	struct v6_end *e = owner;

	e->changes++;
}

static const struct ipv6_ops ops = {.send = on_send, .changed = on_changed};

void v6_init(struct v6_pair *p, uint64_t seed)
{
	memset(p, 0, sizeof(*p));
	timers_init(&p->timers, 1000000);
	p->random = seed * 2654435761u + 1;
	p->delay = 10;
	ip_prefix_parse(&p->advertised, "2001:db8:101::/64");
	ip_prefix_parse(&p->delegated[0], "2001:db8:100::/48");
	ip_prefix_parse(&p->delegated[1], "2001:db8:200::/56");
	ip_addr_parse(&p->dns, "2001:db8::53");
	p->offer = (struct ipv6_offer){.mtu = 1460,
				       .advertised = &p->advertised,
				       .delegated = p->delegated,
				       .delegated_count = 1,
				       .dns = &p->dns,
				       .dns_count = 1};
	p->wish = (struct ipv6_wish){.prefix = true, .address = true, .dns = true, .iaid = 7};
	for (int i = 0; i < 2; i++) {
		struct v6_end *e = &p->end[i];

		e->pair = p;
		e->duid = (struct dhcp6_duid){.len = 6, .bytes = {0, 3, 0, 1, 0xaa, (uint8_t)i}};
		e->setup = (struct ipv6_setup){
			.ops = &ops,
			.owner = e,
			.timers = &p->timers,
			.random = fill_random,
			.duid = &e->duid,
			.local = {.s6_addr = {0xfe, 0x80, [15] = (uint8_t)(i + 1)}},
		};
	}
}

void v6_start(struct v6_pair *p, int which)
{
	struct v6_end *e = &p->end[which];

	e->link = which == V6_ROUTER ? ipv6_link_new_router(&e->setup, &p->offer)
				     : ipv6_link_new_host(&e->setup, &p->wish);
	if (!e->link)
		abort();
}

void v6_free(struct v6_pair *p)
{
	for (int i = 0; i < 2; i++) {
		ipv6_link_free(p->end[i].link);
		p->end[i].link = NULL;
	}
	timers_free(&p->timers);
}

/* The next packet that lands, or NULL. */
static struct v6_packet *next_landing(struct v6_pair *p)
{
	struct v6_packet *first = NULL;

	for (size_t i = 0; i < p->flying_count; i++)
		if (!first || p->flying[i].at < first->at)
			first = &p->flying[i];
	return first;
}

static void land(struct v6_pair *p, struct v6_packet *f)
{
	struct v6_packet copy = *f;

	*f = p->flying[--p->flying_count];
	timers_run(&p->timers, copy.at);
	if (p->end[copy.to].link)
		ipv6_link_input(p->end[copy.to].link, copy.data, copy.len);
}

void v6_run(struct v6_pair *p, uint64_t ms)
{
	uint64_t end = p->timers.now + ms;

	for (;;) {
		struct v6_packet *f = next_landing(p);
		uint64_t timer = timers_next(&p->timers);

		if (f && f->at <= timer && f->at <= end)
			land(p, f);
		else if (timer <= end)
			timers_run(&p->timers, timer);
		else
			break;
	}
	timers_run(&p->timers, end);
}

struct ipv6_facts v6_facts(const struct v6_pair *p)
{
	struct ipv6_facts facts;

	ipv6_link_facts(p->end[V6_HOST].link, &facts);
	return facts;
}

bool v6_ready(const struct v6_pair *p)
{
	struct ipv6_facts facts = v6_facts(p);

	return facts.delegated_count && facts.address_count && facts.router && facts.dns_count;
}

bool v6_until_ready(struct v6_pair *p, uint64_t ms)
{
	for (uint64_t i = 0; i < ms && !v6_ready(p); i += 100)
		v6_run(p, 100);
	return v6_ready(p);
}

const struct v6_packet *v6_last(const struct v6_pair *p, int which, size_t n)
{
	const struct v6_end *e = &p->end[which];

	if (n >= e->sent_count || n >= V6_SENT)
		abort();
	return &e->sent[(e->sent_count - 1 - n) % V6_SENT];
}

int v6_nd_type(const struct v6_packet *packet)
{
	struct ipv6_packet p;
	int type;

	if (ipv6_packet_parse(&p, packet->data, packet->len))
		return 0;
	type = nd_check(&p);
	return type > 0 ? type : 0;
}

bool v6_dhcp(const struct v6_packet *packet, struct dhcp6_message *m)
{
	struct ipv6_packet p;
	struct rbuf data;
	uint16_t from, to;

	return !ipv6_packet_parse(&p, packet->data, packet->len) && p.next_header == IPPROTO_UDP &&
	       ipv6_checksum_ok(&p) && !ipv6_udp_parse(&p, &from, &to, &data) &&
	       !dhcp6_parse(m, &data);
}

size_t v6_count(const struct v6_pair *p, int which, uint8_t type)
{
	const struct v6_end *e = &p->end[which];
	size_t kept = e->sent_count < V6_SENT ? e->sent_count : V6_SENT, n = 0;
	struct dhcp6_message m;

	for (size_t i = 0; i < kept; i++)
		n += v6_dhcp(v6_last(p, which, i), &m) && m.type == type;
	return n;
}

struct wbuf v6_begin(struct v6_pair *p, uint8_t *buf, int to, uint8_t type, uint32_t xid)
{
	struct wbuf b = wbuf_of(buf, IPV6_PACKET_MAX);

	(void)p;
	ipv6_udp_begin(&b, to == V6_HOST ? DHCP6_SERVER_PORT : DHCP6_CLIENT_PORT,
		       to == V6_HOST ? DHCP6_CLIENT_PORT : DHCP6_SERVER_PORT);
	dhcp6_begin(&b, type, xid);
	return b;
}

void v6_deliver(struct v6_pair *p, struct wbuf *b, int to)
{
	const struct in6_addr *from = &p->end[!to].setup.local;
	const struct in6_addr *dst =
		to == V6_ROUTER ? &ipv6_all_dhcp6_servers : &p->end[to].setup.local;
	size_t len = ipv6_packet_end(b, from, dst, IPPROTO_UDP);

	if (!len)
		abort();
	ipv6_link_input(p->end[to].link, b->start, len);
}
