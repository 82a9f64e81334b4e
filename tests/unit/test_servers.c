// SPDX-License-Identifier: GPL-2.0-only
/* The order in which the servers of an outgoing connection are tried. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "policy/servers.h"

#define LOCKOUT 60000

static char *three[] = {"192.0.2.1", "lns.example", "2001:db8::3"};

static struct servers begin(char **list, size_t count)
{
	struct servers s;

	assert_int_equal(servers_init(&s, list, count, LOCKOUT / 1000), 0);
	return s;
}

static struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	assert_int_equal(ip_addr_parse(&a, text), 0);
	return a;
}

/* What comes next is to be dialled, or, as a name, to be resolved. */
static void next_is(struct servers *s, uint64_t now, const char *text)
{
	struct ip_addr got, want;
	const char *name = servers_next(s, now, &got);

	if (ip_addr_parse(&want, text)) {
		assert_non_null(name);
		assert_string_equal(name, text);
	} else {
		assert_null(name);
		assert_true(ip_addr_eq(&got, &want));
	}
}

static void one_server(void **state)
{
	struct servers s = begin(three, 1);

	(void)state;
	for (uint64_t now = 1000; now < 3000; now += 1000) {
		next_is(&s, now, "192.0.2.1");
		assert_false(servers_failed(&s, now));
	}
	servers_free(&s);
}

static void every_server_and_address_in_turn(void **state)
{
	const struct ip_addr found[] = {addr("192.0.2.8"), addr("2001:db8::8")};
	struct servers s = begin(three, 3);

	(void)state;
	for (uint64_t now = 1000; now < 3000; now += 1000) {
		next_is(&s, now, "192.0.2.1");
		assert_true(servers_failed(&s, now));
		next_is(&s, now, "lns.example");
		assert_int_equal(servers_resolved(&s, found, 2), 0);
		next_is(&s, now, "192.0.2.8");
		assert_true(servers_failed(&s, now));
		next_is(&s, now, "2001:db8::8");
		assert_true(servers_failed(&s, now));
		next_is(&s, now, "2001:db8::3");
		assert_false(servers_failed(&s, now));
	}
	servers_free(&s);
}

static void a_name_that_does_not_resolve(void **state)
{
	struct servers s = begin(&three[1], 2);

	(void)state;
	next_is(&s, 1, "lns.example");
	assert_true(servers_failed(&s, 1));
	next_is(&s, 1, "2001:db8::3");
	assert_false(servers_failed(&s, 1));
	next_is(&s, 2, "lns.example");
	servers_free(&s);
}

static void locked_out_while_others_are_there(void **state)
{
	struct servers s = begin(three, 3);

	(void)state;
	next_is(&s, 1000, "192.0.2.1");
	assert_true(servers_failed(&s, 1000));
	next_is(&s, 1000, "lns.example");
	servers_lost(&s, 5000, false); /* it had been up, and ended in order */
	next_is(&s, 6000, "lns.example");
	servers_lost(&s, 7000, true);
	next_is(&s, 8000, "2001:db8::3");
	servers_lost(&s, 9000, false);
	/* The first one's time is over. */
	next_is(&s, 1000 + LOCKOUT, "192.0.2.1");
	servers_free(&s);
}

static void all_locked_out(void **state)
{
	struct servers s = begin(three, 1);

	(void)state;
	next_is(&s, 1000, "192.0.2.1");
	servers_lost(&s, 1000, true);
	next_is(&s, 2000, "192.0.2.1");
	servers_free(&s);
}

static void no_lockout(void **state)
{
	struct servers s = begin(three, 3);

	(void)state;
	s.fail_lockout = 0;
	next_is(&s, 1000, "192.0.2.1");
	servers_lost(&s, 1000, true);
	next_is(&s, 1000, "192.0.2.1");
	servers_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_server),
		cmocka_unit_test(every_server_and_address_in_turn),
		cmocka_unit_test(a_name_that_does_not_resolve),
		cmocka_unit_test(locked_out_while_others_are_there),
		cmocka_unit_test(all_locked_out),
		cmocka_unit_test(no_lockout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
