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
	/* PAP would give the password to whoever answers */
	assert_int_equal(c->outgoing->offer,
			 PPP_AUTH_BIT(PPP_AUTH_MSCHAPV2) | PPP_AUTH_BIT(PPP_AUTH_CHAP_MD5));
	assert_false(c->outgoing->calls_out);
	assert_int_equal(c->incoming->accept_calls.count, 0);
	/* the l2tp layer's own */
	assert_int_equal(c->outgoing->retransmit.timeout, 0);
	assert_int_equal(c->incoming->retransmit.tries, 0);
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

static void test_calls(void **state)
{
	struct config *c = sound(OUT "  call: outgoing\n  called-number: 100\n" IN
				     "  accept-calls: [\"1*\", 200]\n");

	(void)state;
	assert_true(c->outgoing->calls_out);
	assert_string_equal(c->outgoing->called, "100");
	assert_int_equal(c->incoming->accept_calls.count, 2);
	assert_string_equal(c->incoming->accept_calls.list[0], "1*");
	assert_string_equal(c->incoming->accept_calls.list[1], "200");
	config_free(c);
}

#define RETRANSMIT "  retransmit-timeout: 250\n  retransmit-max: 9000\n  retransmit-tries: 7\n"

static void test_retransmit(void **state)
{
	struct config *c = sound(OUT RETRANSMIT IN RETRANSMIT);
	const struct config_retransmit *both[] = {&c->outgoing->retransmit,
						  &c->incoming->retransmit};

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(both[i]->timeout, 250);
		assert_int_equal(both[i]->max, 9000);
		assert_int_equal(both[i]->tries, 7);
	}
	config_free(c);
}

#define COUNTERS                                                                        \
	"  ppp-restart-timeout: 250\n  ppp-max-configure: 11\n  ppp-max-terminate: 3\n" \
	"  ppp-max-failure: 9\n"

static void test_counters(void **state)
{
	static const struct ppp_counters none, want = {250, 11, 3, 9};
	struct config *c = sound(OUT COUNTERS IN COUNTERS);

	(void)state;
	assert_memory_equal(&c->outgoing->counters, &want, sizeof(want));
	assert_memory_equal(&c->incoming->counters, &want, sizeof(want));
	config_free(c);
	c = sound(OUT IN);
	assert_memory_equal(&c->outgoing->counters, &none, sizeof(none));
	assert_memory_equal(&c->incoming->counters, &none, sizeof(none));
	config_free(c);
}

#define LOGIN "  username: u\n  password: p\n"

static void test_offer(void **state)
{
	struct config *c = sound(OUT LOGIN "  authentication: [pap]\n");

	(void)state;
	assert_int_equal(c->outgoing->offer, PPP_AUTH_BIT(PPP_AUTH_PAP));
	config_free(c);
	c = sound(OUT LOGIN "  authentication: [mschapv2, chap, pap]\n");
	assert_int_equal(c->outgoing->offer, PPP_AUTH_ALL);
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
		{OUT "  ppp-max-failure: 256\n",
		 "l2x.conf:4: outgoing[0].ppp-max-failure: 256 is out of range, give 1 to 255\n"},
		{OUT "  hide-avps: true\n", "l2x.conf:4: outgoing[0].hide-avps: needs a secret to "
					    "hide them with, give secret-file too\n"},
		{IN "  hide-avps: true\n", "l2x.conf:4: incoming[0].hide-avps: needs a secret to "
					   "hide them with, give secret-file too\n"},
		{OUT "  call: outgoing\n", "l2x.conf:4: outgoing[0].call: outgoing needs to know "
					   "whom the LAC is to call, give called-number too\n"},
		{OUT "  call: outgoing\n  called-number: 1\n  calling-number: 2\n",
		 "l2x.conf:6: outgoing[0].calling-number: cannot be sent with an outgoing call, "
		 "leave it out\n"},
		{OUT "  call: back\n", "l2x.conf:4: outgoing[0].call: \"back\" is not known here, "
				       "give incoming or outgoing\n"},
		{OUT "  authentication: [chap]\n", "l2x.conf:4: outgoing[0].authentication: has no "
						   "username, give username too\n"},
		{OUT LOGIN "  authentication: []\n",
		 "l2x.conf:6: outgoing[0].authentication: is empty; for no login, leave username "
		 "and password out\n"},
		{OUT LOGIN "  authentication: [eap]\n",
		 "l2x.conf:6: outgoing[0].authentication[0]: \"eap\" is not known here, give "
		 "mschapv2, "
		 "chap or pap\n"},
		{OUT "  retransmit-max: 7999\n", "l2x.conf:4: outgoing[0].retransmit-max: 7999 is "
						 "out of range, give 8000 to 60000\n"},
		{IN "  retransmit-tries: 0\n", "l2x.conf:4: incoming[0].retransmit-tries: 0 is out "
					       "of range, give 1 to 100\n"},
	};

	(void)state;
	assert_mistakes(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_all),
		cmocka_unit_test(test_calls),	 cmocka_unit_test(test_retransmit),
		cmocka_unit_test(test_counters), cmocka_unit_test(test_offer),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
