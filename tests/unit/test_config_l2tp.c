// SPDX-License-Identifier: GPL-2.0-only
/* The settings of the control channel: limits, and how a tunnel speaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "config_text.h"

#define OUT             \
	"outgoing:\n"   \
	"- name: isp\n" \
	"  server: 192.0.2.1\n"
#define IN              \
	"incoming:\n"   \
	"- name: lns\n" \
	"  sessions: [{username: u, password: p}]\n"

static void test_defaults(void **state)
{
	struct config *c = sound(OUT IN);

	(void)state;
	assert_int_equal(c->limits.half_open, 1000);
	assert_int_equal(c->limits.attempts_per_second, 200);
	assert_int_equal(c->limits.tunnels_per_peer, 1000);
	assert_int_equal(c->limits.sessions_per_tunnel, 65535);
	assert_false(c->outgoing->hide_avps);
	assert_false(c->outgoing->tie_breaker);
	assert_true(c->outgoing->accept_port_change);
	assert_false(c->outgoing->accept_address_change);
	assert_false(c->incoming->hide_avps);
	config_free(c);
}

static void test_all(void **state)
{
	struct config *c = sound(
		"limits:\n  half-open: 1\n  attempts-per-second: 2\n  tunnels-per-peer: 3\n"
		"  sessions-per-tunnel: 0\n" OUT
		"  secret: s\n  hide-avps: true\n  tie-breaker: true\n  accept-port-change: false\n"
		"  accept-address-change: true\n" IN "  secret: s\n  hide-avps: true\n");

	(void)state;
	assert_int_equal(c->limits.half_open, 1);
	assert_int_equal(c->limits.attempts_per_second, 2);
	assert_int_equal(c->limits.tunnels_per_peer, 3);
	assert_int_equal(c->limits.sessions_per_tunnel, 0);
	assert_true(c->outgoing->hide_avps);
	assert_true(c->outgoing->tie_breaker);
	assert_false(c->outgoing->accept_port_change);
	assert_true(c->outgoing->accept_address_change);
	assert_true(c->incoming->hide_avps);
	config_free(c);
}

static void test_mistakes(void **state)
{
	static const struct mistake_case cases[] = {
		{"limits: 5\n" OUT, "l2x.conf:1: limits: is not a mapping, give lines of `key: "
				    "value`, such as `sessions-per-tunnel: ...`\n"},
		{"limits: {half-opn: 5}\n" OUT,
		 "l2x.conf:1: limits.half-opn: unknown key, did you mean half-open?\n"},
		{"limits:\n  half-open: 70000\n" OUT,
		 "l2x.conf:2: limits.half-open: 70000 is out of range, give 0 to 65535\n"},
		{OUT "  hide-avps: true\n", "l2x.conf:4: outgoing[0].hide-avps: needs a secret to "
					    "hide them with, give secret-file too\n"},
		{IN "  hide-avps: true\n", "l2x.conf:4: incoming[0].hide-avps: needs a secret to "
					   "hide them with, give secret-file too\n"},
	};

	(void)state;
	assert_mistakes(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
