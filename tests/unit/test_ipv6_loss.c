// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both ends on a bad line: 30 % of the packets lost, others doubled or overtaken, over many seeds and
 * days. The host comes to have all that there is, keeps it, and the end takes it away. A failure
 * prints its seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ipv6_pair.h"

#define SEEDS 100
#define HOUR  (3600 * 1000ull)

static struct v6_pair pair;

static void bad_line(unsigned seed)
{
	v6_init(&pair, seed);
	pair.loss = 30;
	pair.twice = 20;
	pair.jitter = 400;
	v6_start(&pair, V6_ROUTER);
	v6_start(&pair, V6_HOST);
}

static void converges(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		bad_line(seed);
		if (!v6_until_ready(&pair, HOUR))
			fail_msg("seed %u: not ready", seed);
		v6_free(&pair);
	}
}

/* Renewals are repeated, so a lease does not end by loss alone: no change in three days. */
static void stays(void **state)
{
	struct ipv6_facts facts;

	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		unsigned changes;

		bad_line(seed);
		assert_true(v6_until_ready(&pair, HOUR));
		changes = pair.end[V6_HOST].changes;
		v6_run(&pair, 72 * HOUR);
		facts = v6_facts(&pair);
		if (!facts.delegated_count || !facts.address_count ||
		    pair.end[V6_HOST].changes != changes)
			fail_msg("seed %u: it did not stay", seed);
		/* Sent, in three days, no more than a few an hour. */
		assert_true(pair.end[V6_HOST].sent_count < 72 * 20);
		v6_free(&pair);
	}
}

/* A router that is silent, then is back with other prefixes: the old ones end, the new ones come. */
static void router_returns(void **state)
{
	struct ipv6_facts facts;

	(void)state;
	for (unsigned seed = 0; seed < 20; seed++) {
		bad_line(seed);
		assert_true(v6_until_ready(&pair, HOUR));
		ipv6_link_free(pair.end[V6_ROUTER].link);
		pair.end[V6_ROUTER].link = NULL;
		v6_run(&pair, 3 * HOUR);
		facts = v6_facts(&pair);
		assert_int_equal(facts.delegated_count + facts.address_count + facts.dns_count, 0);
		ip_prefix_parse(&pair.delegated[0], "2001:db8:500::/48");
		v6_start(&pair, V6_ROUTER);
		if (!v6_until_ready(&pair, 6 * HOUR))
			fail_msg("seed %u: not ready again", seed);
		facts = v6_facts(&pair);
		assert_true(ip_prefix_eq(&facts.delegated[0].prefix, &pair.delegated[0]));
		v6_free(&pair);
	}
}

/* On a good line the peer has it all after a second or two, and after the end it is told. */
static void good_line(void **state)
{
	struct dhcp6_message m;

	(void)state;
	v6_init(&pair, 1);
	v6_start(&pair, V6_ROUTER);
	v6_start(&pair, V6_HOST);
	assert_true(v6_until_ready(&pair, 2500));
	ipv6_link_stop(pair.end[V6_HOST].link);
	v6_run(&pair, 1000);
	assert_true(v6_dhcp(v6_last(&pair, V6_ROUTER, 0), &m));
	assert_int_equal(m.type, DHCP6_REPLY);
	assert_int_equal(v6_count(&pair, V6_HOST, DHCP6_RELEASE), 1);
	v6_free(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(converges),
		cmocka_unit_test(stays),
		cmocka_unit_test(router_returns),
		cmocka_unit_test(good_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
