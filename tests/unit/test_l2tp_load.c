// SPDX-License-Identifier: GPL-2.0-only
/* Many calls, many tunnels, a link that loses, doubles and shuffles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_pair.h"

static int setup(void **state)
{
	struct pair *p = malloc(sizeof(*p));

	if (!p)
		return -1;
	pair_init(p, 1);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	pair_free(*state);
	free(*state);
	return 0;
}

#define CALLS 1000

/* 30 % of all packets lost, some doubled, all shuffled: every call comes up, once, on both sides. */
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

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_many_calls_on_a_bad_link),
		test(test_many_tunnels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
