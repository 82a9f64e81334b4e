// SPDX-License-Identifier: GPL-2.0-only
/* The configuration of incoming tunnels and of their session rules: whom they are for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "config_text.h"

#define IN                           \
	"incoming:\n"                \
	"- name: lns\n"              \
	"  local-ppp-ip: 10.0.0.1\n" \
	"  sessions:\n"
#define POOL "pools: [{name: p, addresses: [10.1.0.0/16, 10.3.0.0/24]}]\n"

static void test_defaults(void **state)
{
	struct config *c = sound(IN "  - {}\n");
	const struct config_incoming *in = c->incoming;
	const struct config_session *s = in->sessions;

	(void)state;
	assert_int_equal(in->remote_hostnames.count, 0);
	assert_int_equal(in->local_addresses_count, 0);
	assert_int_equal(in->max_tunnels, 0);
	assert_int_equal(in->max_sessions, 0);
	assert_non_null(in->rules);
	assert_int_equal(s->usernames.count, 0);
	assert_int_equal(s->calling.count, 0);
	assert_int_equal(s->called.count, 0);
	assert_int_equal(s->private_groups.count, 0);
	assert_int_equal(s->connect_speed_min, 0);
	assert_int_equal(s->connect_speed_max, 0);
	assert_int_equal(s->proxied, PROXIED_ANY);
	assert_null(s->reject);
	assert_null(s->pool);
	assert_string_equal(s->interface, "l2x0");
	assert_int_equal(s->payload_table, 254);
	assert_int_equal(s->mtu, 0);
	assert_int_equal(s->timeout, 0);
	assert_int_equal(s->max_sessions, 1);
	assert_true(s->replace);
	config_free(c);
}

static void test_all(void **state)
{
	struct config *c = sound(
		POOL
		"incoming:\n- name: lns\n  local-ppp-ip: 10.0.0.1\n"
		"  remote-hostname: [lac, '*.example']\n  local-address: [192.0.2.1]\n"
		"  payload-table: 7\n  max-tunnels: 3\n  max-sessions: 4\n"
		"  attempts-per-second: 9\n  speed-total: 2M\n  speed-total-rx: 1M\n  sessions:\n"
		"  - username: [alice, '*@isp']\n    calling-number: '+44*'\n"
		"    called-number: ['1', '2', '3']\n    private-group: gold\n"
		"    connect-speed-min: 1M\n    connect-speed-max: 2M\n    proxied: 'yes'\n"
		"    pool: p\n    interface: x\n    payload-table: 9\n    mtu: 1400\n"
		"    session-timeout: 60\n    max-sessions: 5\n    replace: false\n");
	const struct config_incoming *in = c->incoming;
	const struct config_session *s = in->sessions;

	(void)state;
	assert_int_equal(in->remote_hostnames.count, 2);
	assert_string_equal(in->remote_hostnames.list[1], "*.example");
	assert_int_equal(in->local_addresses_count, 1);
	assert_int_equal(in->max_tunnels, 3);
	assert_int_equal(in->max_sessions, 4);
	assert_int_equal(in->attempts_per_second, 9);
	assert_int_equal(in->speed_total, 2000000);
	assert_int_equal(in->speed_total_rx, 1000000);
	assert_true(config_has_total(in));
	assert_int_equal(s->usernames.count, 2);
	assert_string_equal(s->usernames.list[1], "*@isp");
	assert_string_equal(s->calling.list[0], "+44*");
	assert_int_equal(s->called.count, 3);
	assert_string_equal(s->private_groups.list[0], "gold");
	assert_int_equal(s->connect_speed_min, 1000000);
	assert_int_equal(s->connect_speed_max, 2000000);
	assert_int_equal(s->proxied, PROXIED_YES);
	assert_ptr_equal(s->pool, c->pools);
	assert_string_equal(s->interface, "x");
	assert_int_equal(s->payload_table, 9);
	assert_int_equal(s->mtu, 1400);
	assert_int_equal(s->timeout, 60);
	assert_int_equal(s->max_sessions, 5);
	assert_false(s->replace);
	config_free(c);
}

static void test_reject(void **state)
{
	struct config *c = sound(IN "  - {called-number: '9', reject: closed for repair}\n"
				    "  - username: a\n");

	(void)state;
	assert_string_equal(c->incoming->sessions->reject, "closed for repair");
	config_free(c);
}

static void test_mistakes(void **state)
{
	static const struct mistake_case cases[] = {
		{IN "  - username: []\n",
		 "l2x.conf:5: incoming[0].sessions[0].username: is empty, so "
		 "nothing fits it; give a value or leave the key out\n"},
		{IN "  - connect-speed-min: 2M\n    connect-speed-max: 1M\n",
		 "l2x.conf:6: incoming[0].sessions[0].connect-speed-max: is below "
		 "connect-speed-min, so nothing fits both\n"},
		{IN "  - proxied: maybe\n",
		 "l2x.conf:5: incoming[0].sessions[0].proxied: \"maybe\" is "
		 "not known here, give any, no or yes\n"},
		{IN "  - pool: p\n", "l2x.conf:5: incoming[0].sessions[0].pool: there is no pool "
				     "\"p\", give one of `pools`\n"},
		{POOL IN "  - pool: p\n    remote-ppp-ip: 10.2.0.1\n",
		 "l2x.conf:6: incoming[0].sessions[0].pool: and remote-ppp-ip both give an "
		 "address, leave one out\n"},
		{POOL IN "  - remote-ppp-ip: 10.1.2.3\n",
		 "l2x.conf:6: incoming[0].sessions[0].remote-ppp-ip: 10.1.2.3 is in the pool "
		 "\"p\" too, give another one\n"},
		{"pools: [{name: p, addresses: [10.0.0.0/24]}]\n" IN "  - {}\n",
		 "l2x.conf:4: incoming[0].local-ppp-ip: 10.0.0.1 is in the pool \"p\" too, give "
		 "another one\n"},
		{"pools:\n- addresses: [10.9.0.0/24]\n" IN "  - {}\n",
		 "l2x.conf:2: pools[0].name: is missing, give the pool a name of its own\n"},
		{"pools:\n- name: p\n" IN "  - {}\n",
		 "l2x.conf:2: pools[0].addresses: is missing, give at least one IPv4 prefix\n"},
		{"pools: [{name: p, addresses: ['2001:db8::/64']}]\n" IN "  - {}\n",
		 "l2x.conf:1: pools[0].addresses[0]: is IPv6, a pool has IPv4 addresses\n"},
		{"pools: [{name: p, addresses: [11.0.0.0/8, 12.0.0.0/8]}]\n" IN "  - {}\n",
		 "l2x.conf:1: pools[0].addresses: has 33554432 addresses, give at most 16777216\n"},
		{"pools: [{name: p, addresses: [10.8.0.0/24]}, {name: p, addresses: "
		 "[10.9.0.0/24]}]\n" IN "  - {}\n",
		 "l2x.conf:1: pools[1].name: \"p\" is pools[0].name already (line 1), give another "
		 "name\n"},
		{"pools: [{name: p, addresses: [10.8.0.0/24]}, {name: q, addresses: "
		 "[10.8.0.128/25]}]\n" IN "  - {}\n",
		 "l2x.conf:1: pools[1].addresses[0]: 10.8.0.128/25 overlaps with 10.8.0.0/24 of "
		 "pools[0], give another one\n"},
		{IN "  - reject: ''\n",
		 "l2x.conf:5: incoming[0].sessions[0].reject: is empty, give "
		 "the reason that the caller is told\n"},
		{IN "  - reject: no\n    mtu: 1400\n",
		 "l2x.conf:6: incoming[0].sessions[0].mtu: is for nobody, as the rule rejects; "
		 "leave one out\n"},
		{IN "  - username: a\n  - password: x\n  - username: b\n",
		 "l2x.conf:7: incoming[0].sessions[2]: is never reached, as line 6 takes any "
		 "login; put that one last\n"},
		{IN "  - username: [a, b]\n  - username: [c, b]\n",
		 "l2x.conf:6: incoming[0].sessions[1].username: \"b\" logs in at "
		 "incoming[0].sessions[0].username already (line 5), give another name\n"},
		/* What an earlier rule takes. */
		{IN "  - username: '*@isp'\n  - username: [x, a@isp]\n",
		 "l2x.conf:6: incoming[0].sessions[1].username: \"a@isp\" never gets here, as the "
		 "rule "
		 "of line 5 takes it; put that one behind this one\n"},
		{IN
		 "  - username: '*@isp'\n    reject: no\n  - username: 'b*@isp'\n    password: p\n",
		 "l2x.conf:7: incoming[0].sessions[1].username: \"b*@isp\" never gets here, as the "
		 "rule "
		 "of line 5 takes it; put that one behind this one\n"},
		{IN "  - username: a\n  - username: a\n    calling-number: '1'\n",
		 "l2x.conf:6: incoming[0].sessions[1].username: \"a\" never gets here, as the rule "
		 "of "
		 "line 5 takes it; put that one behind this one\n"},
		{IN "  - interface: x\n    payload-table: 5\n    username: a\n"
		    "  - interface: x\n    payload-table: 6\n",
		 "l2x.conf:8: incoming[0].sessions[1].interface: x has payload-table 5 at "
		 "incoming[0].sessions[0].interface (line 5), but 6 here; give another interface "
		 "or table\n"},
		{"incoming:\n- name: a\n  local-address: []\n  sessions: [{}]\n",
		 "l2x.conf:3: incoming[0].local-address: is empty, so no peer could connect; give "
		 "addresses, or leave it out for any\n"},
	};

	(void)state;
	assert_mistakes(cases, sizeof(cases) / sizeof(cases[0]));
}

/* Rules that take some of what a later one is for, or that can be passed over. */
static void test_reached(void **state)
{
	(void)state;
	config_free(sound(IN "  - username: a@isp\n  - username: '*@isp'\n"));
	config_free(sound(IN "  - username: '*@isp'\n    password: p\n  - username: a@isp\n"));
	config_free(sound(IN "  - username: '*@isp'\n    proxied: 'no'\n  - username: a@isp\n"));
	config_free(sound(IN "  - username: 'b*@isp'\n  - username: '*@isp'\n"));
	config_free(sound(IN "  - username: a\n- name: other\n  remote-hostname: x\n  sessions:\n"
			     "  - username: a\n"));
}

static void test_totals(void **state)
{
	char *text = NULL;
	size_t len;
	struct heard h;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	fprintf(f, "incoming:\n");
	for (int i = 0; i < 1024; i++)
		fprintf(f, "- {name: e%d, remote-hostname: e%d, speed-total: 1M, sessions: [{}]}\n",
			i, i);
	fclose(f);
	assert_null(parse(text, &h));
	assert_string_equal(h.text,
			    "l2x.conf:1025: incoming[1023].speed-total: is one too many, at "
			    "most 1023 entries may have one\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_all),
		cmocka_unit_test(test_reject),	 cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_reached),	 cmocka_unit_test(test_totals),
	};

	return cmocka_run_group_tests_name("config_rules", tests, NULL, NULL);
}
