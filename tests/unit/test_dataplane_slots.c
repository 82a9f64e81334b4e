// SPDX-License-Identifier: GPL-2.0-only
/* Free slots of sessions: none is taken again before its grace period, and the longest free one first. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "dataplane/slots.h"

static uint32_t take(struct slots *s, uint64_t now, uint64_t wait)
{
	uint64_t must;
	uint32_t number;

	assert_int_equal(slots_take(s, now, &number, &must), 0);
	assert_int_equal(must, wait);
	return number;
}

static void test_each_once(void **state)
{
	struct slots s;
	uint64_t wait;
	uint32_t number;

	(void)state;
	assert_int_equal(slots_init(&s, 3), 0);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(take(&s, 1, 0), i); /* fresh ones are not waited for */
	assert_int_equal(slots_take(&s, 1, &number, &wait), -ENOSPC);
	slots_free(&s);
}

static void test_grace(void **state)
{
	const uint64_t t = 5 * SLOTS_GRACE;
	struct slots s;

	(void)state;
	assert_int_equal(slots_init(&s, 2), 0);
	assert_int_equal(take(&s, t, 0), 0);
	slots_give_back_at(&s, 0, t);
	assert_int_equal(take(&s, t, 0), 1);
	slots_give_back_at(&s, 1, t + 10);
	assert_int_equal(take(&s, t + 20, SLOTS_GRACE - 20), 0);
	slots_give_back_at(&s, 0, t + 30);
	assert_int_equal(take(&s, t + 9 + SLOTS_GRACE, 1), 1);
	assert_int_equal(take(&s, t + 30 + SLOTS_GRACE, 0), 0);
	slots_free(&s);
}

static void test_margin(void **state)
{
	(void)state;
	assert_int_equal(slots_for(4), 1028);
	assert_int_equal(slots_for(80000), 90000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_once),
		cmocka_unit_test(test_grace),
		cmocka_unit_test(test_margin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
