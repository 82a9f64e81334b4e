// SPDX-License-Identifier: GPL-2.0-only
/* The configuration of IPv6 inside sessions: what is advertised, delegated and asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "config_text.h"

#define OUT             \
	"outgoing:\n"   \
	"- name: isp\n" \
	"  server: 192.0.2.1\n"
#define IN              \
	"incoming:\n"   \
	"- name: lns\n" \
	"  sessions:\n" \
	"  - username: alice\n"

static void assert_prefix(const struct ip_prefix *p, const char *text)
{
	char buf[IP_PREFIX_TEXT];

	assert_string_equal(ip_prefix_text(p, buf), text);
}

static void test_defaults(void **state)
{
	struct config *c = sound(OUT IN);

	(void)state;
	assert_true(c->outgoing->request_prefix);
	assert_int_equal(c->outgoing->prefix_length, 0);
	assert_false(c->outgoing->slaac);
	assert_null(c->outgoing->scripts.on_change);
	assert_int_equal(c->incoming->dns6_count, 0);
	assert_int_equal(c->incoming->sessions->delegate_count, 0);
	assert_int_equal(c->incoming->sessions->ra_prefix.addr.family, 0);
	config_free(c);
}

static void test_all(void **state)
{
	struct config *c =
		sound(OUT "  request-prefix: true\n  prefix-length: 56\n  slaac: true\n"
			  "  on-change: /bin/true\n" IN
			  "    delegate: ['2001:db8:1::/48', '2001:db8:2::/64']\n"
			  "    ra-prefix: 2001:db8:3::/64\n"
			  "  dns: ['2001:db8::1', 192.0.2.1, '2001:db8::2', 192.0.2.2]\n");
	const struct config_incoming *in = c->incoming;
	char text[IP_ADDR_TEXT];

	(void)state;
	assert_int_equal(c->outgoing->prefix_length, 56);
	assert_true(c->outgoing->slaac);
	assert_string_equal(c->outgoing->scripts.on_change, "/bin/true");
	assert_int_equal(in->sessions->delegate_count, 2);
	assert_prefix(&in->sessions->delegate[1], "2001:db8:2::/64");
	assert_prefix(&in->sessions->ra_prefix, "2001:db8:3::/64");
	assert_int_equal(in->dns6_count, 2);
	assert_string_equal(ip_addr_text(&in->dns6[1], text), "2001:db8::2");
	assert_string_equal(ip_addr_text(&in->dns[0], text), "192.0.2.1");
	assert_string_equal(ip_addr_text(&in->dns[1], text), "192.0.2.2");
	config_free(c);
}

static void test_mistakes(void **state)
{
	static const struct mistake_case cases[] = {
		{OUT "  prefix-length: 65\n",
		 "l2x.conf:4: outgoing[0].prefix-length: 65 is out of range, give 16 to 64\n"},
		{OUT "  request-prefix: false\n  prefix-length: 56\n",
		 "l2x.conf:5: outgoing[0].prefix-length: is of no use with `request-prefix: "
		 "false`\n"},
		{OUT "  ipv6: false\n  slaac: true\n", "l2x.conf:5: outgoing[0].slaac: needs ipv6, "
						       "which is off here; turn it on or leave "
						       "this out\n"},
		{OUT "  on-change: /no/such/program\n",
		 "l2x.conf:4: outgoing[0].on-change: /no/such/program: No such file or "
		 "directory\n"},
		{IN "    delegate: [10.0.0.0/24]\n",
		 "l2x.conf:5: incoming[0].sessions[0].delegate[0]: 10.0.0.0/24 cannot be "
		 "delegated, "
		 "give an IPv6 prefix of 16 to 64 bits\n"},
		{IN "    delegate: ['2001:db8::/65']\n",
		 "l2x.conf:5: incoming[0].sessions[0].delegate[0]: 2001:db8::/65 cannot be "
		 "delegated, give an IPv6 prefix of 16 to 64 bits\n"},
		{IN "    delegate: ['2001:db8:1::/48', '2001:db8:2::/48', '2001:db8:3::/48', "
		    "'2001:db8:4::/48', '2001:db8:5::/48']\n",
		 "l2x.conf:5: incoming[0].sessions[0].delegate: has 5 prefixes, give at most 4\n"},
		{IN "    ra-prefix: 2001:db8::/48\n",
		 "l2x.conf:5: incoming[0].sessions[0].ra-prefix: 2001:db8::/48 does not let a host "
		 "make its address, give an IPv6 prefix of 64 bits\n"},
		{IN "    ra-prefix: lns\n",
		 "l2x.conf:5: incoming[0].sessions[0].ra-prefix: \"lns\" is not a prefix, give one "
		 "like 192.0.2.0/24 or 2001:db8::/32\n"},
		{IN "    delegate: ['2001:db8::/48']\n  ipv6: false\n",
		 "l2x.conf:5: incoming[0].sessions[0].delegate: needs ipv6, which is off for this "
		 "tunnel; turn it on or leave it out\n"},
		{IN "    reject: no\n    ra-prefix: 2001:db8::/64\n",
		 "l2x.conf:6: incoming[0].sessions[0].ra-prefix: is for nobody, as the rule "
		 "rejects; "
		 "leave one out\n"},
		/* Each leads to one session only. */
		{IN "    routes: ['2001:db8::/48']\n    delegate: ['2001:db8::/48']\n",
		 "l2x.conf:6: incoming[0].sessions[0].delegate[0]: 2001:db8::/48 leads to "
		 "incoming[0].sessions[0].routes[0] already (line 5) in payload table 254, give "
		 "another prefix or leave it out\n"},
		{IN "    ra-prefix: 2001:db8::/64\n  - username: bob\n    ra-prefix: "
		    "2001:db8::/64\n",
		 "l2x.conf:7: incoming[0].sessions[1].ra-prefix: 2001:db8::/64 leads to "
		 "incoming[0].sessions[0].ra-prefix already (line 5) in payload table 254, give "
		 "another prefix or leave it out\n"},
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
