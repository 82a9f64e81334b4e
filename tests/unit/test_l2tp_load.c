// SPDX-License-Identifier: GPL-2.0-only
/* Many calls, many tunnels, a link that loses, doubles and shuffles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_hand.h"

#define CALLS 1000

/*
 * 30 % of all packets lost, some doubled, all shuffled: every call comes up, once, on both sides.
 */
static void test_many_calls_on_a_bad_link(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	p->loss = 30;
	p->duplicates = 5;
	p->jitter = 40;
	lac->params.retransmit_tries = lns->params.retransmit_tries = 30;
	pair_dial(lac, &lac->params);
	for (int i = 0; i < CALLS; i++)
		assert_non_null(pair_call(lac, lac->tunnel));
	assert_true(pair_until(p, &lns->sessions_up, CALLS, 4000000));
	assert_int_equal(lac->sessions_up, CALLS);
	assert_int_equal(lns->session_requests, CALLS);
	assert_int_equal(lac->sessions_down + lns->sessions_down, 0);
	assert_int_equal(lac->tunnels_up, 1);
	assert_int_equal(lns->tunnel_requests, 1);
	p->loss = 0;
	l2tp_tunnel_close(lac->tunnel, L2TP_STOP_SHUTDOWN, 0, NULL);
	pair_run(p, 120000);
	assert_int_equal(lac->sessions_down, CALLS);
	assert_int_equal(lns->sessions_down, CALLS);
	assert_int_equal(lns->tunnels_down, 1);
	assert_true(l2tp_idle(lac->l2tp));
	assert_true(l2tp_idle(lns->l2tp));
}

/* 100 tunnels with 100 calls each. */
static void test_many_tunnels(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	for (int i = 0; i < 100; i++) {
		assert_non_null(pair_dial(lac, &lac->params));
		for (int j = 0; j < 100; j++)
			assert_non_null(pair_call(lac, lac->tunnel));
	}
	assert_true(pair_until(p, &lns->sessions_up, 10000, 60000));
	assert_int_equal(lac->sessions_up, 10000);
	assert_int_equal(lns->tunnels_up, 100);
}

/*
 * A tunnel with three calls, of which one ends, on a line that loses 30 %: with the tries that are
 * the default.
 */
static void short_life(unsigned seed, unsigned *lost, unsigned *redialled)
{
	struct side *lac, *lns;
	struct pair p;

	pair_init(&p, seed);
	lac = &p.side[0];
	lns = &p.side[1];
	p.loss = 30;
	p.duplicates = 10;
	p.jitter = 200;
	lac->params.hello_interval = lns->params.hello_interval = 60000;
	strcpy(lac->params.secret, "s");
	strcpy(lns->params.secret, "s");
	lac->params.challenge = lns->params.challenge = seed % 2;
	/* A set-up that fails is begun again, as the owner would. */
	pair_dial(lac, &lac->params);
	while (!pair_until(&p, &lac->tunnels_up, 1, 1)) {
		if (lac->tunnel)
			continue;
		++*redialled;
		pair_dial(lac, &lac->params);
	}
	for (int i = 0; i < 3; i++)
		pair_call(lac, lac->tunnel);
	if (pair_until(&p, &lns->sessions_up, 3, 600000) && lns->session) {
		l2tp_session_close(lns->session, L2TP_CDN_ADMIN, 0, NULL);
		pair_until(&p, &lac->sessions_down, 1, 600000);
	}
	*lost += lac->tunnels_up + lns->tunnels_up != 2 || lns->sessions_up != 3 ||
		 lac->sessions_up != 3 || lac->sessions_down != 1 || lns->sessions_down != 1;
	/*
	 * What a set-up that failed has left at the other end is gone by then too. (One HELLO in
	 * two thousand is given up on such a line: then both ends come to know.)
	 */
	pair_run(&p, 600000);
	if (lac->tunnel)
		l2tp_tunnel_close(lac->tunnel, L2TP_STOP_SHUTDOWN, 0, NULL);
	pair_run(&p, 600000);
	assert_true(l2tp_idle(lac->l2tp));
	assert_true(l2tp_idle(lns->l2tp));
	assert_int_equal(l2tp_tunnel_count(lac->l2tp) + l2tp_tunnel_count(lns->l2tp), 0);
	assert_int_equal(p.timers.count, 0);
	pair_free(&p);
}

static void test_lossy_seeds(void **state)
{
	unsigned lost = 0, redialled = 0;

	(void)state;
	for (unsigned seed = 1; seed <= 500; seed++)
		short_life(seed, &lost, &redialled);
	assert_int_equal(lost, 0);
	assert_true(redialled <= 5);
}

/*
 * Months: calls come and go, and HELLOs go both ways, until all four numbers have been round. Then
 * the same on a line that loses and shuffles, where the wrap itself is what is crossed.
 */
static void test_numbers_go_round(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	uint64_t start = p->timers.now;
	struct tape *tape = calloc(1, sizeof(*tape));

	assert_non_null(tape);
	lac->tape = tape;
	lac->params.hello_interval = lns->params.hello_interval = 60000;
	pair_connect(p, false);
	for (unsigned i = 1; i <= 35000; i++) {
		if (i == 32700) {
			p->loss = 20;
			p->jitter = 50;
			p->duplicates = 20;
		}
		pair_call(lac, lac->tunnel);
		assert_true(pair_until(p, &lns->sessions_up, i, 100000));
		l2tp_session_close(lns->session, L2TP_CDN_ADMIN, 0, NULL);
		assert_true(pair_until(p, &lac->sessions_down, i, 100000));
		if (i % 10 == 0)
			pair_run(p, 100000);
	}
	assert_true(tape->count > 65536);
	assert_true(p->timers.now - start > 48ull * 3600 * 1000);
	assert_int_equal(lac->tunnels_down + lns->tunnels_down, 0);
	lac->tape = NULL;
	free(tape);
}

static void not_before_iccn(struct side *lac, const char *event)
{
	if (!strcmp(event, "session_up"))
		assert_true(tape_count(lac->tape, L2TP_ICCN) >= lac->sessions_up);
}

/*
 * Many calls are answered faster than the peer's window lets ICCNs out. The owner, who would send PPP
 * at once, hears that a session is up when its ICCN has gone out, not before; one that ends while it
 * waits is never said to be up.
 */
static void test_up_waits_for_iccn(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct tape *tape = calloc(1, sizeof(*tape));
	struct l2tp_session *last = NULL;

	assert_non_null(tape);
	lns->params.receive_window = 4;
	pair_connect(p, false);
	lac->tape = tape;
	lac->after = not_before_iccn;
	for (int i = 0; i < 60; i++)
		last = pair_call(lac, lac->tunnel);
	while (strcmp(l2tp_session_state(last), "established"))
		pair_run(p, 1);
	assert_int_equal(lac->sessions_down, 0);
	assert_true(lac->sessions_up < 60);
	l2tp_session_close(last, L2TP_CDN_ADMIN, 0, NULL);
	assert_true(pair_until(p, &lns->sessions_up, 60, 60000));
	assert_int_equal(lac->sessions_up, 59);
	assert_true(pair_until(p, &lns->sessions_down, 1, 60000));
	assert_int_equal(lac->sessions_down, 1);
	lac->tape = NULL;
	lac->after = NULL;
	free(tape);
}

#define test(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_many_calls_on_a_bad_link), test(test_many_tunnels),
		test(test_up_waits_for_iccn),	     test(test_lossy_seeds),
		test(test_numbers_go_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
