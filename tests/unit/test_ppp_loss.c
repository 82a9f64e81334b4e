// SPDX-License-Identifier: GPL-2.0-only
/*
 * PPP on a bad line: 30 % of the frames lost, others doubled or overtaken by later ones, with every
 * combination of authentication and hundreds of seeds. Whatever happens, both ends come up and stay
 * up, or (with a wrong password) never do. A failure prints its seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "ppp_pair.h"

#define PAP    PPP_AUTH_BIT(PPP_AUTH_PAP)
#define CHAP   PPP_AUTH_BIT(PPP_AUTH_CHAP_MD5)
#define MSCHAP PPP_AUTH_BIT(PPP_AUTH_MSCHAPV2)
#define SEEDS  300

static struct pair pair;

static void bad_line(struct pair *p, unsigned seed)
{
	pair_init(p, seed);
	p->loss = 30;
	p->twice = 20;
	p->delay = 5;
	p->jitter = 400;
	for (int i = 0; i < 2; i++) {
		p->end[i].config.counters.restart_interval = 1000;
		/* 0.51^10 for a round trip is not rare enough for so many seeds and phases. */
		p->end[i].config.counters.max_configure = 40;
	}
}

static void assert_stays_up(struct pair *p, unsigned seed)
{
	/*
	 * What is still under way, or its loss, may start a negotiation once more: that must come
	 * to rest, which one minute without an event shows.
	 */
	for (int minutes = 0; minutes < 60; minutes++) {
		unsigned before = p->end[0].downs4 + p->end[1].downs4;

		if (!pair_until(p, pair_up, 600000))
			fail_msg("seed %u: not up (%s, %s; %s, %s)", seed, ppp_phase(p->end[0].ppp),
				 ppp_phase(p->end[1].ppp), p->end[0].why.text, p->end[1].why.text);
		pair_run(p, 60000);
		if (pair_up(p) && before == p->end[0].downs4 + p->end[1].downs4)
			return;
	}
	fail_msg("seed %u: no rest", seed);
}

static void converges(void **state)
{
	static const struct {
		unsigned demand, offer, back_demand, back_offer;
	} cases[] = {
		{CHAP, CHAP, 0, 0},
		{PAP, PAP, 0, 0},
		{CHAP | PAP, PAP, 0, 0},
		{0, 0, 0, 0},
		{CHAP, CHAP, PAP, PAP},
		{PAP, PAP, CHAP, CHAP},
		{CHAP, CHAP, CHAP, CHAP},
		{PAP, PAP, PAP, PAP},
		{MSCHAP, MSCHAP, 0, 0},
		{MSCHAP | CHAP, CHAP, MSCHAP, MSCHAP},
		{MSCHAP, MSCHAP, MSCHAP, MSCHAP},
	};

	(void)state;
	for (unsigned c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		for (unsigned seed = 1; seed <= SEEDS; seed++) {
			struct pair *p = &pair;
			struct end *lns = &p->end[0], *lac = &p->end[1];

			bad_line(p, c * 10000 + seed);
			pair_demand(lns, cases[c].demand);
			lac->config.offer = cases[c].offer;
			if (!cases[c].demand)
				lns->name = NULL;
			if (cases[c].back_demand) {
				pair_demand(lac, cases[c].back_demand);
				lac->authorise = true;
				lac->name = "lns";
				lac->secret = "queen";
				lac->given = lac->config.net;
				lns->config.offer = cases[c].back_offer;
				lns->config.username = "lns";
				lns->config.password = "queen";
			}
			pair_open(p);
			assert_stays_up(p, c * 10000 + seed);
			assert_int_equal(lns->ip4.remote.s_addr, lac->ip4.local.s_addr);
			assert_int_equal(lac->ip4.dns[0].s_addr, lns->given.dns[0].s_addr);
			assert_memory_equal(&lns->ip6.local, &lac->ip6.remote, 16);
			assert_memory_equal(&lac->ip6.local, &lns->ip6.remote, 16);
			pair_free(p);
		}
	}
}

static void wrong_password_never_up(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct pair *p = &pair;

		bad_line(p, seed);
		pair_demand(&p->end[0], PPP_AUTH_BIT(PPP_AUTH_PAP + seed % 3));
		p->end[1].config.password = "oyster";
		pair_open(p);
		if (!pair_until(p, pair_ended, 600000))
			fail_msg("seed %u: not ended", seed);
		assert_int_equal(p->end[0].ups4 + p->end[0].ups6, 0);
		assert_int_equal(p->end[1].ups4 + p->end[1].ups6, 0);
		assert_int_equal(p->end[0].ends, 1);
		assert_int_equal(p->end[1].ends, 1);
		pair_free(p);
	}
}

/* An orderly end gets through, or times out; it always is an end. */
static void closes(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct pair *p = &pair;

		bad_line(p, seed);
		for (int i = 0; i < 2; i++) {
			p->end[i].config.echo_interval = 5000;
			p->end[i].config.echo_failures = 12;
		}
		pair_open(p);
		pair_run(p, seed * 37 % 20000); /* in whatever phase it is then */
		ppp_close(p->end[seed & 1].ppp, "enough");
		if (!pair_until(p, pair_ended, 600000))
			fail_msg("seed %u: not ended", seed);
		assert_string_equal(p->end[seed & 1].why.text, "enough");
		pair_run(p, 60000);
		assert_int_equal(p->end[0].ends, 1);
		assert_int_equal(p->end[1].ends, 1);
		pair_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(converges),
		cmocka_unit_test(wrong_password_never_up),
		cmocka_unit_test(closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
