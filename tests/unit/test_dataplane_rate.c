// SPDX-License-Identifier: GPL-2.0-only
/* Rate limits: of a session by itself, and of several together. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "dataplane/rate.h"

#define SLOW 8 /* bit/s: a packet of 1000 bytes pays for a thousand seconds */

static int setup(void **state)
{
	static struct rates r;

	*state = &r;
	return rates_init(&r, 8, -1, -1);
}

static int teardown(void **state)
{
	rates_free(*state);
	return 0;
}

static void test_shared(void **state)
{
	struct rates *r = *state;
	struct l2x_session a = {.stats_index = 1, .flags = L2X_SESSION_LIMITED},
			   b = {.stats_index = 2, .flags = L2X_SESSION_LIMITED},
			   other = {.stats_index = 3, .flags = L2X_SESSION_LIMITED};
	enum l2x_reason why;
	uint32_t total, another;

	assert_int_equal(rates_total_take(r, &total), 0);
	assert_int_equal(total, 1);
	assert_int_equal(rates_total_take(r, &another), 0);
	rates_set(r, 1, 0, 0, total);
	rates_set(r, 2, 0, 0, total);
	rates_set(r, 3, 0, 0, another);
	/* No limit yet, then one in one direction. */
	assert_true(rate_admits(r, &a, true, 1000, &why));
	rates_total_set(r, total, SLOW, 0);
	rates_total_set(r, another, SLOW, SLOW);
	assert_true(rate_admits(r, &a, true, 1000, &why));
	assert_false(rate_admits(r, &b, true, 1000, &why));
	assert_int_equal(why, L2X_DROP_RATE_TOTAL);
	assert_false(rate_admits(r, &a, true, 1000, &why));
	assert_true(rate_admits(r, &a, false, 1000, &why));
	assert_true(rate_admits(r, &b, false, 1000, &why));
	assert_true(rate_admits(r, &other, true, 1000, &why));
	/* Taken away. */
	rates_total_set(r, total, 0, 0);
	assert_true(rate_admits(r, &b, true, 1000, &why));
}

/* What its own limit drops is not taken from the others. */
static void test_own_first(void **state)
{
	struct rates *r = *state;
	struct l2x_session a = {.stats_index = 4, .flags = L2X_SESSION_LIMITED},
			   b = {.stats_index = 5, .flags = L2X_SESSION_LIMITED};
	enum l2x_reason why;
	uint32_t total;

	assert_int_equal(rates_total_take(r, &total), 0);
	rates_set(r, 4, 0, SLOW, total);
	rates_set(r, 5, 0, 0, total);
	rates_total_set(r, total, 0, 8000000); /* 100,000 bytes in the burst */
	assert_true(rate_admits(r, &a, false, 1000, &why));
	for (int i = 0; i < 1000; i++) {
		assert_false(rate_admits(r, &a, false, 1000, &why));
		assert_int_equal(why, L2X_DROP_RATE);
	}
	assert_true(rate_admits(r, &b, false, 90000, &why));
}

static void test_room(void **state)
{
	struct rates *r = *state;
	uint32_t total = 0, count = 0;
	int err;

	while (!(err = rates_total_take(r, &total)))
		count++;
	assert_int_equal(err, -ENOSPC);
	assert_true(count > 1024 && count < L2X_TOTALS_MAX);
	rates_total_set(r, total, SLOW, SLOW);
	rates_total_give_back(r, total);
	assert_int_equal(rates_total_take(r, &count), 0);
	assert_int_equal(count, total);
	/* A new one has no limit. */
	assert_int_equal(r->totals[total].cost_rx, 0);
	rates_total_give_back(r, 0);
	assert_int_equal(rates_total_take(r, &count), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_own_first),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests_name("unit dataplane rate", tests, setup, teardown);
}
