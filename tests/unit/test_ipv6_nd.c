// SPDX-License-Identifier: GPL-2.0-only
/* Router and host (RFC 4861 6, RFC 4862 5.5.3, RFC 7559, RFC 8106), each against a test that plays the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "ipv6_pair.h"

#define SECOND 1000ull
#define HOUR   (3600 * SECOND)

static struct v6_pair pair;

static int set_up(void **state)
{
	(void)state;
	v6_init(&pair, 5);
	pair.wish.prefix = false;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	v6_free(&pair);
	return 0;
}

static void input(int to, const uint8_t *packet, size_t len)
{
	assert_true(len > 0);
	ipv6_link_input(pair.end[to].link, packet, len);
}

static void solicit_from(const struct in6_addr *source)
{
	uint8_t packet[IPV6_PACKET_MAX];

	input(V6_ROUTER, packet, nd_router_solicit_write(packet, sizeof(packet), source));
}

static struct nd_advert parsed(const struct v6_packet *packet, struct in6_addr *to)
{
	struct nd_advert a;
	struct ipv6_packet p;

	assert_int_equal(v6_nd_type(packet), ND_RA);
	assert_int_equal(ipv6_packet_parse(&p, packet->data, packet->len), 0);
	assert_int_equal(nd_advert_parse(&p, &a), 0);
	*to = p.destination;
	return a;
}

static size_t sent(int which)
{
	return pair.end[which].sent_count;
}

/* RFC 4861 6.2.4: three within 16 s of each other, then 200 to 600 s. */
static void unsolicited(void **state)
{
	uint64_t before = 0, start = pair.timers.now, longest = 0, shortest = HOUR;

	(void)state;
	v6_start(&pair, V6_ROUTER);
	v6_run(&pair, 24 * HOUR);
	assert_true(sent(V6_ROUTER) > 24 * 6 && sent(V6_ROUTER) < 24 * 18 + 3);
	assert_true(sent(V6_ROUTER) <= V6_SENT);
	for (size_t i = sent(V6_ROUTER); i--;) {
		size_t nth = sent(V6_ROUTER) - 1 - i;
		uint64_t at = v6_last(&pair, V6_ROUTER, i)->at, gap = at - before;

		before = at;
		if (!nth) {
			assert_true(at - start <= 500);
		} else if (nth < 3) {
			assert_true(gap <= 16 * SECOND);
		} else {
			longest = gap > longest ? gap : longest;
			shortest = gap < shortest ? gap : shortest;
		}
	}
	assert_true(longest <= 600 * SECOND && shortest >= 200 * SECOND);
	assert_true(longest - shortest > 200 * SECOND); /* not all at the same pace */
}

static void contents(void **state)
{
	struct nd_advert a;
	struct in6_addr to;

	(void)state;
	v6_start(&pair, V6_ROUTER);
	v6_run(&pair, SECOND);
	a = parsed(v6_last(&pair, V6_ROUTER, 0), &to);
	assert_memory_equal(&to, &ipv6_all_nodes, sizeof(to));
	assert_int_equal(a.lifetime, 1800);
	assert_int_equal(a.mtu, 1460);
	assert_false(a.managed);
	assert_true(a.other);
	assert_int_equal(a.prefix_count, 1);
	assert_true(a.prefixes[0].autonomous);
	assert_false(a.prefixes[0].on_link);
	assert_true(ip_prefix_eq(&a.prefixes[0].prefix, &pair.advertised));
	/* Longer than three of the longest pauses. */
	assert_true(a.prefixes[0].preferred >= 1800 &&
		    a.prefixes[0].valid >= a.prefixes[0].preferred);
	assert_int_equal(a.dns_count, 1);
	assert_memory_equal(&a.dns[0].server, pair.dns.bytes, 16);
	assert_int_equal(a.dns[0].lifetime, 1800);
}

static void without_anything(void **state)
{
	struct nd_advert a;
	struct in6_addr to;

	(void)state;
	pair.offer = (struct ipv6_offer){.mtu = 1400};
	v6_start(&pair, V6_ROUTER);
	v6_run(&pair, SECOND);
	a = parsed(v6_last(&pair, V6_ROUTER, 0), &to);
	assert_int_equal(a.lifetime, 1800);
	assert_int_equal(a.prefix_count + a.dns_count, 0);
	assert_false(a.other);
}

/* RFC 4861 6.2.6: to the asker, within half a second. */
static void solicited(void **state)
{
	struct in6_addr to;

	(void)state;
	v6_start(&pair, V6_ROUTER);
	v6_run(&pair, HOUR);
	for (int i = 0; i < 20; i++) {
		size_t before = sent(V6_ROUTER);

		solicit_from(&pair.end[V6_HOST].setup.local);
		solicit_from(&pair.end[V6_HOST].setup.local); /* one answer for both */
		v6_run(&pair, 501);
		assert_in_range(sent(V6_ROUTER), before + 1, before + 2);
		parsed(v6_last(&pair, V6_ROUTER, sent(V6_ROUTER) - before - 1), &to);
		if (sent(V6_ROUTER) == before + 1)
			assert_memory_equal(&to, &pair.end[V6_HOST].setup.local, sizeof(to));
	}
}

/* Without an address, to all; and those are at least three seconds apart, whoever asks. */
static void solicited_by_nobody(void **state)
{
	uint64_t before = 0;
	size_t first;

	(void)state;
	v6_start(&pair, V6_ROUTER);
	v6_run(&pair, HOUR);
	first = sent(V6_ROUTER);
	for (int i = 0; i < 600; i++) {
		solicit_from(&in6addr_any);
		v6_run(&pair, 100);
	}
	assert_in_range(sent(V6_ROUTER) - first, 15, 21);
	for (size_t i = sent(V6_ROUTER) - first; i--;) {
		const struct v6_packet *p = v6_last(&pair, V6_ROUTER, i);
		struct in6_addr to;

		parsed(p, &to);
		assert_memory_equal(&to, &ipv6_all_nodes, sizeof(to));
		if (before)
			assert_true(p->at - before >= 3 * SECOND);
		before = p->at;
	}
}

/* RFC 4861 6.2.5 */
static void last_words(void **state)
{
	struct nd_advert a;
	struct in6_addr to;
	size_t count;

	(void)state;
	v6_start(&pair, V6_ROUTER);
	v6_run(&pair, HOUR);
	ipv6_link_stop(pair.end[V6_ROUTER].link);
	a = parsed(v6_last(&pair, V6_ROUTER, 0), &to);
	assert_int_equal(a.lifetime, 0);
	assert_int_equal(a.dns[0].lifetime, 0);
	count = sent(V6_ROUTER);
	solicit_from(&pair.end[V6_HOST].setup.local);
	v6_run(&pair, 24 * HOUR);
	assert_int_equal(sent(V6_ROUTER), count);
}

/* RFC 4861 7.2.4: who asks for our address, or would take it, is told. */
static void neighbour_solicitation(void **state)
{
	static const struct in6_addr unspecified;
	uint8_t packet[IPV6_PACKET_MAX];
	const struct in6_addr *from[] = {&pair.end[V6_HOST].setup.local, &unspecified};

	(void)state;
	v6_start(&pair, V6_ROUTER);
	v6_run(&pair, HOUR);
	for (int i = 0; i < 3; i++) {
		struct wbuf b = wbuf_of(packet, sizeof(packet));
		size_t before = sent(V6_ROUTER);
		const uint8_t *answer;

		ipv6_packet_begin(&b);
		wbuf_u32(&b, (uint32_t)ND_NS << 24);
		wbuf_u32(&b, 0);
		wbuf_bytes(&b, &pair.end[i == 2 ? V6_HOST : V6_ROUTER].setup.local, 16);
		input(V6_ROUTER, packet,
		      ipv6_packet_end(&b, from[i % 2], &pair.end[V6_ROUTER].setup.local,
				      IPPROTO_ICMPV6));
		assert_int_equal(sent(V6_ROUTER), before + (i < 2));
		if (i == 2)
			break;
		answer = v6_last(&pair, V6_ROUTER, 0)->data;
		assert_int_equal(v6_nd_type(v6_last(&pair, V6_ROUTER, 0)), ND_NA);
		/* Router, override, and solicited by who has an address. */
		assert_int_equal(answer[44], i ? 0xa0 : 0xe0);
		assert_memory_equal(answer + 24, i ? &ipv6_all_nodes : from[0], 16);
		assert_memory_equal(answer + 48, &pair.end[V6_ROUTER].setup.local, 16);
	}
}

/* RFC 7559: 4 s, doubled, an hour at most, and never an end. */
static void host_solicits(void **state)
{
	uint64_t start = pair.timers.now, last, before;

	(void)state;
	v6_start(&pair, V6_HOST);
	v6_run(&pair, 48 * HOUR);
	assert_true(sent(V6_HOST) > 40 && sent(V6_HOST) < 80);
	for (size_t i = sent(V6_HOST); i--;)
		assert_int_equal(v6_nd_type(v6_last(&pair, V6_HOST, i)), ND_RS);
	before = v6_last(&pair, V6_HOST, sent(V6_HOST) - 1)->at;
	assert_true(before - start <= SECOND);
	last = v6_last(&pair, V6_HOST, sent(V6_HOST) - 2)->at;
	assert_in_range(last - before, 3600, 4400);
	last = v6_last(&pair, V6_HOST, 0)->at - v6_last(&pair, V6_HOST, 1)->at;
	assert_in_range(last, 3240 * SECOND, 3960 * SECOND);
}

static struct nd_advert usual(void)
{
	struct nd_advert a = {.lifetime = 1800, .prefix_count = 1, .dns_count = 1};

	a.prefixes[0] = (struct nd_prefix){.prefix = pair.advertised,
					   .autonomous = true,
					   .valid = 7200,
					   .preferred = 3600};
	memcpy(&a.dns[0].server, pair.dns.bytes, 16);
	a.dns[0].lifetime = 1800;
	return a;
}

static void advertise(const struct nd_advert *a)
{
	uint8_t packet[IPV6_PACKET_MAX];

	input(V6_HOST, packet,
	      nd_advert_write(packet, sizeof(packet), &pair.end[V6_ROUTER].setup.local,
			      &ipv6_all_nodes, a));
}

static void host_takes(void **state)
{
	struct nd_advert a = usual();
	struct ipv6_facts facts;
	struct ip_addr expected;
	size_t solicits;

	(void)state;
	v6_start(&pair, V6_HOST);
	v6_run(&pair, 10 * SECOND);
	advertise(&a);
	facts = v6_facts(&pair);
	assert_int_equal(facts.address_count, 1);
	assert_int_equal(facts.addresses[0].prefix.len, 128);
	ip_addr_parse(&expected, "2001:db8:101::2"); /* the identifier of fe80::2 */
	assert_true(ip_addr_eq(&facts.addresses[0].prefix.addr, &expected));
	assert_int_equal(facts.addresses[0].valid, pair.timers.now + 7200 * SECOND);
	assert_int_equal(facts.addresses[0].preferred, pair.timers.now + 3600 * SECOND);
	assert_int_equal(facts.router, pair.timers.now + 1800 * SECOND);
	assert_int_equal(facts.dns_count, 1);
	assert_int_equal(pair.end[V6_HOST].changes, 1);
	/* Answered: no more of them, as long as there is a router. */
	solicits = sent(V6_HOST);
	v6_run(&pair, 1799 * SECOND);
	assert_int_equal(sent(V6_HOST), solicits);
	v6_run(&pair, 3 * SECOND);
	assert_int_equal(v6_facts(&pair).router, 0);
	assert_int_equal(v6_facts(&pair).dns_count, 0);
	assert_int_equal(v6_facts(&pair).address_count, 1);
	assert_int_equal(sent(V6_HOST), solicits + 1);
	v6_run(&pair, 5400 * SECOND);
	assert_int_equal(v6_facts(&pair).address_count, 0);
	assert_int_equal(pair.end[V6_HOST].changes, 3);
}

/* RFC 4862 5.5.3 a to d; and an entry that does not want an address. */
static void prefixes_not_for_addresses(void **state)
{
	(void)state;
	v6_start(&pair, V6_HOST);
	for (int i = 0; i < 6; i++) {
		struct nd_advert a = usual();
		struct nd_prefix *p = &a.prefixes[0];

		switch (i) {
		case 0:
			p->autonomous = false;
			break;
		case 1:
			ip_prefix_parse(&p->prefix, "fe80::/64");
			break;
		case 2:
			p->preferred = 7201;
			break;
		case 3:
			ip_prefix_parse(&p->prefix, "2001:db8:101::/63");
			break;
		case 4:
			p->valid = p->preferred = 0;
			break;
		case 5:
			ip_prefix_parse(&p->prefix, "ff02::/64");
			break;
		}
		advertise(&a);
		assert_int_equal(v6_facts(&pair).address_count, 0);
	}
	v6_free(&pair);
	set_up(NULL);
	pair.wish.address = pair.wish.dns = false;
	v6_start(&pair, V6_HOST);
	struct nd_advert a = usual();

	advertise(&a);
	assert_int_equal(v6_facts(&pair).address_count, 0);
	assert_int_equal(v6_facts(&pair).dns_count, 0);
	assert_true(v6_facts(&pair).router > 0);
}

/* RFC 4862 5.5.3 e: two hours is the shortest that it can be made. */
static void two_hours(void **state)
{
	static const struct {
		uint32_t has, told, then;
	} cases[] = {
		{86400, 100, 7200}, {86400, 7201, 7201}, {86400, 0, 7200},	{3600, 100, 3600},
		{3600, 3601, 3601}, {3600, 7200, 7200},	 {86400, 90000, 90000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nd_advert a = usual();

		v6_free(&pair);
		set_up(NULL);
		v6_start(&pair, V6_HOST);
		a.prefixes[0].valid = cases[i].has;
		a.prefixes[0].preferred = 0;
		advertise(&a);
		a.prefixes[0].valid = cases[i].told;
		advertise(&a);
		assert_int_equal(v6_facts(&pair).addresses[0].valid,
				 pair.timers.now + cases[i].then * SECOND);
	}
}

/* RFC 8106 5.1: zero ends it; RFC 4861 6.3.4: so for the router. */
static void taken_back(void **state)
{
	struct nd_advert a = usual();

	(void)state;
	v6_start(&pair, V6_HOST);
	advertise(&a);
	a.dns[0].lifetime = 0;
	a.lifetime = 0;
	advertise(&a);
	assert_int_equal(v6_facts(&pair).dns_count, 0);
	assert_int_equal(v6_facts(&pair).router, 0);
	v6_run(&pair, 2 * SECOND);
	assert_int_equal(v6_nd_type(v6_last(&pair, V6_HOST, 0)), ND_RS);
}

static void for_ever(void **state)
{
	struct nd_advert a = usual();

	(void)state;
	v6_start(&pair, V6_HOST);
	a.prefixes[0].valid = a.prefixes[0].preferred = ND_INFINITE;
	advertise(&a);
	v6_run(&pair, V6_FOREVER);
	assert_int_equal(v6_facts(&pair).address_count, 1);
}

/* A router does not take advertisements, nor does a host answer solicitations. */
static void not_for_this_end(void **state)
{
	struct nd_advert a = usual();
	uint8_t packet[IPV6_PACKET_MAX];
	size_t before;

	(void)state;
	v6_start(&pair, V6_HOST);
	advertise(&a);
	before = sent(V6_HOST);
	input(V6_HOST, packet,
	      nd_router_solicit_write(packet, sizeof(packet), &pair.end[V6_ROUTER].setup.local));
	v6_run(&pair, 10 * SECOND);
	assert_int_equal(sent(V6_HOST), before);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unsolicited),
		TEST(contents),
		TEST(without_anything),
		TEST(solicited),
		TEST(solicited_by_nobody),
		TEST(last_words),
		TEST(neighbour_solicitation),
		TEST(host_solicits),
		TEST(host_takes),
		TEST(prefixes_not_for_addresses),
		TEST(two_hours),
		TEST(taken_back),
		TEST(for_ever),
		TEST(not_for_this_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
