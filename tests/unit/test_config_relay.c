// SPDX-License-Identifier: GPL-2.0-only
/* The configuration of relays, and of rules that use them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "config_text.h"

#define RELAY           \
	"relays:\n"     \
	"- name: far\n" \
	"  server: 192.0.2.1\n"
#define IN              \
	"incoming:\n"   \
	"- name: lns\n" \
	"  sessions:\n" \
	"  - username: alice\n"

static void test_defaults(void **state)
{
	struct config *c = sound(RELAY IN "    relay: far\n    speed: 1M\n");
	const struct config_relay *r = c->relays;

	(void)state;
	assert_ptr_equal(c->incoming->sessions->relay, r);
	assert_true(c->incoming->relays);
	assert_int_equal(r->port, 1701);
	assert_int_equal(r->idle_timeout, 60);
	assert_int_equal(r->fail_lockout, 60);
	assert_int_equal(r->hello_interval, 60);
	assert_int_equal(r->calling.policy, TOLD_RELAY);
	assert_int_equal(r->called.policy, TOLD_RELAY);
	assert_int_equal(r->private_group.policy, TOLD_RELAY);
	assert_int_equal(r->connect_speed, TOLD_RELAY);
	assert_int_equal(r->framing, TOLD_RELAY);
	assert_int_equal(r->proxy_lcp, TOLD_RELAY);
	assert_int_equal(r->proxy_auth.policy, TOLD_RELAY);
	assert_false(c->incoming->own_lcp);
	assert_null(r->secret);
	config_free(c);
}

static void test_all(void **state)
{
	struct config *c = sound("relays:\n- name: far\n  server: [192.0.2.1, lns.example]\n"
				 "  port: 1702\n  hostname: us\n  secret: s\n  table: 7\n"
				 "  source: 192.0.2.9\n  idle-timeout: 5\n  hide-avps: true\n"
				 "  calling-number: drop\n  called-number: drop\n"
				 "  private-group: drop\n  proxy: drop\n" IN);
	const struct config_relay *r = c->relays;

	(void)state;
	assert_false(c->incoming->relays);
	assert_int_equal(r->servers_count, 2);
	assert_int_equal(r->port, 1702);
	assert_int_equal(r->table, 7);
	assert_int_equal(r->idle_timeout, 5);
	assert_true(r->hide_avps);
	assert_int_equal(r->calling.policy, TOLD_DROP);
	assert_int_equal(r->called.policy, TOLD_DROP);
	assert_int_equal(r->private_group.policy, TOLD_DROP);
	assert_int_equal(r->proxy_lcp, TOLD_DROP);
	assert_int_equal(r->proxy_auth.policy, TOLD_DROP);
	config_free(c);
}

static void test_regenerate(void **state)
{
	struct config *c = sound(RELAY "  calling-number: regenerate +49%c\n"
				       "  called-number: regenerate   100%%\n"
				       "  private-group: regenerate gold\n"
				       "  connect-speed: regenerate\n  framing: regenerate\n"
				       "  proxy: drop\n  proxy-lcp: regenerate\n"
				       "  proxy-auth: regenerate %n@far\n" IN "    relay: far\n");
	const struct config_relay *r = c->relays;

	(void)state;
	assert_int_equal(r->calling.policy, TOLD_REGENERATE);
	assert_string_equal(r->calling.text, "+49%c");
	assert_string_equal(r->called.text, "100%%");
	assert_string_equal(r->private_group.text, "gold");
	assert_int_equal(r->connect_speed, TOLD_REGENERATE);
	assert_int_equal(r->framing, TOLD_REGENERATE);
	assert_int_equal(r->proxy_lcp, TOLD_REGENERATE);
	assert_int_equal(r->proxy_auth.policy, TOLD_REGENERATE);
	assert_string_equal(r->proxy_auth.text, "%n@far");
	assert_true(c->incoming->own_lcp);
	config_free(c);
}

static void test_mistakes(void **state)
{
	static const struct mistake_case cases[] = {
		{IN "    relay: near\n", "l2x.conf:5: incoming[0].sessions[0].relay: there is no "
					 "relay \"near\", give one of "
					 "`relays`\n"},
		{RELAY IN "    relay: far\n    remote-ppp-ip: 10.0.0.1\n  local-ppp-ip: 10.0.0.2\n",
		 "l2x.conf:9: incoming[0].sessions[0].remote-ppp-ip: is not for a session that "
		 "goes "
		 "on "
		 "to another LNS; leave it or relay out\n"},
		{RELAY IN "    relay: far\n    ha-set: home\n",
		 "l2x.conf:9: incoming[0].sessions[0].ha-set: is not for a session that goes on to "
		 "another LNS; leave it or relay out\n"},
		{RELAY "  calling-number: regenerate\n" IN,
		 "l2x.conf:4: relays[0].calling-number: says to regenerate it, but not what; give "
		 "regenerate TEXT\n"},
		{RELAY "  calling-number: regenerate %x%u\n" IN,
		 "l2x.conf:4: relays[0].calling-number: \"%x\" is not known, give %u, %n, %c, %d, "
		 "or "
		 "%% for a %\n"},
		{RELAY "  private-group: regenerate 5%\n" IN,
		 "l2x.conf:4: relays[0].private-group: \"%\" is not known, give %u, %n, %c, %d, or "
		 "%% for a %\n"},
		{RELAY "  called-number: regenerate a b\n" IN,
		 "l2x.conf:4: relays[0].called-number: \"a b\" has a space or control character in "
		 "it, give it without\n"},
		{RELAY "  called-number: regenerated\n" IN,
		 "l2x.conf:4: relays[0].called-number: \"regenerated\" is not known here, give "
		 "relay, "
		 "drop or regenerate\n"},
		{RELAY "  connect-speed: drop\n" IN,
		 "l2x.conf:4: relays[0].connect-speed: \"drop\" is not known here, give relay or "
		 "regenerate\n"},
		{RELAY "  proxy: maybe\n" IN,
		 "l2x.conf:4: relays[0].proxy: \"maybe\" is not known here, give relay or drop\n"},
		{"relays:\n- name: far\n" IN, "l2x.conf:2: relays[0].server: is missing, give the "
					      "address or the name of the LNS\n"},
	};

	(void)state;
	assert_mistakes(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_regenerate),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests_name("config_relay", tests, NULL, NULL);
}
