// SPDX-License-Identifier: GPL-2.0-only
/* Patterns, and which incoming entry a peer gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "policy/match.h"
#include "policy/pattern.h"

static void test_pattern(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool fits, folded;
	} cases[] = {
		{"alice", "alice", true, true},
		{"alice", "Alice", false, true},
		{"alice", "alice2", false, false},
		{"alice", "alic", false, false},
		{"", "", true, true},
		{"", "a", false, false},
		{"*", "", true, true},
		{"*", "anything", true, true},
		{"*@isp", "alice@isp", true, true},
		{"*@isp", "@isp", true, true},
		{"*@isp", "alice@isp.example", false, false},
		{"*@isp", "a@isp@isp", true, true},
		{"al*", "al", true, true},
		{"al*", "a", false, false},
		{"a*c*e", "abcde", true, true},
		{"a*c*e", "aXcYcZe", true, true},
		{"a*c*e", "abcd", false, false},
		{"a*c*e", "ABCDE", false, true},
		{"**x**", "axb", true, true},
		{"*ab", "aab", true, true},
		{"*aab", "aaaab", true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (pattern_match(cases[i].pattern, cases[i].text, false) != cases[i].fits ||
		    pattern_match(cases[i].pattern, cases[i].text, true) != cases[i].folded)
			fail_msg("%s against %s", cases[i].pattern, cases[i].text);
	}
	assert_int_equal(pattern_kind("a"), PATTERN_FULL);
	assert_int_equal(pattern_kind("a*"), PATTERN_PREFIX);
	assert_int_equal(pattern_kind("*a"), PATTERN_SUFFIX);
	assert_int_equal(pattern_kind("*"), PATTERN_OTHER);
	assert_int_equal(pattern_kind("a*b"), PATTERN_OTHER);
	assert_int_equal(pattern_kind("*a*"), PATTERN_OTHER);
}

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_prefix_parse(&p, text), 0);
	return p;
}

static struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	assert_int_equal(ip_addr_parse(&a, text), 0);
	return a;
}

/* The name of the entry that a peer gets, or "none". */
static const char *entry(const struct config *c, const char *name, const char *from, const char *to)
{
	struct udp_path path = {.local.ip = addr(to), .peer.ip = addr(from)};
	const struct config_incoming *in = policy_match_tunnel(c, name, &path);

	return in ? in->name : "none";
}

#define HOSTNAMES(...)                                    \
	.remote_hostnames.list = (char *[]){__VA_ARGS__}, \
	.remote_hostnames.count = sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)

#define US "192.0.2.1"

static void test_hostname(void **state)
{
	struct config_incoming in[] = {
		{.name = (char *)"any"},
		{.name = (char *)"wide", HOSTNAMES((char *)"*.example")},
		{.name = (char *)"rome", HOSTNAMES((char *)"oslo", (char *)"rome.it.example")},
		{.name = (char *)"italy", HOSTNAMES((char *)"*.it.example")},
	};
	struct config c = {.incoming = in, .incoming_count = 4};

	(void)state;
	assert_string_equal(entry(&c, "Rome.IT.example", "192.0.2.9", US), "rome");
	assert_string_equal(entry(&c, "oslo", "192.0.2.9", US), "rome");
	assert_string_equal(entry(&c, "milan.it.example", "192.0.2.9", US), "italy");
	assert_string_equal(entry(&c, "paris.fr.example", "192.0.2.9", US), "wide");
	assert_string_equal(entry(&c, "", "192.0.2.9", US), "any");
	c.incoming++;
	c.incoming_count--;
	assert_string_equal(entry(&c, "stranger", "192.0.2.9", US), "none");
}

static void test_addresses(void **state)
{
	struct ip_prefix near = prefix("192.0.2.0/24"), nearer = prefix("192.0.2.8/29"),
			 far = prefix("2001:db8::/32");
	struct ip_addr second = addr("192.0.2.2");
	struct config_incoming in[] = {
		{.name = (char *)"near", .allow = &near, .allow_count = 1},
		{.name = (char *)"nearer", .allow = &nearer, .allow_count = 1},
		{.name = (char *)"far", .allow = &far, .allow_count = 1},
		{.name = (char *)"second", .local_addresses = &second, .local_addresses_count = 1},
		{.name = (char *)"named far",
		 HOSTNAMES((char *)"oslo"),
		 .allow = &far,
		 .allow_count = 1},
	};
	struct config c = {.incoming = in, .incoming_count = 5};

	(void)state;
	assert_string_equal(entry(&c, "oslo", "192.0.2.77", US), "near");
	assert_string_equal(entry(&c, "oslo", "192.0.2.9", US), "nearer");
	assert_string_equal(entry(&c, "rome", "2001:db8::9", "2001:db8::1"), "far");
	assert_string_equal(entry(&c, "oslo", "2001:db8::9", "2001:db8::1"), "named far");
	assert_string_equal(entry(&c, "oslo", "198.51.100.1", US), "none");
	/* The called address goes before the source. */
	assert_string_equal(entry(&c, "oslo", "192.0.2.9", "192.0.2.2"), "second");
	assert_string_equal(entry(&c, "oslo", "198.51.100.1", "192.0.2.2"), "second");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_hostname),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
