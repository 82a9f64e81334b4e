// SPDX-License-Identifier: GPL-2.0-only
/* Which incoming entry a peer gets, and which session rule a login gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "policy/match.h"

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

static void test_tunnel(void **state)
{
	struct ip_prefix near = prefix("192.0.2.0/24"), far = prefix("2001:db8::/32");
	struct config_incoming in[] = {
		{.name = (char *)"any"},
		{.name = (char *)"rome", .remote_hostname = (char *)"rome"},
		{.name = (char *)"oslo",
		 .remote_hostname = (char *)"oslo",
		 .allow = &near,
		 .allow_count = 1},
		{.name = (char *)"oslo6",
		 .remote_hostname = (char *)"oslo",
		 .allow = &far,
		 .allow_count = 1},
	};
	struct config c = {.incoming = in, .incoming_count = 4};
	struct ip_addr v4 = addr("192.0.2.9"), v6 = addr("2001:db8::9"),
		       other = addr("198.51.100.1");

	(void)state;
	assert_ptr_equal(policy_match_tunnel(&c, "Rome", &other), &in[1]);
	assert_ptr_equal(policy_match_tunnel(&c, "oslo", &v4), &in[2]);
	assert_ptr_equal(policy_match_tunnel(&c, "oslo", &v6), &in[3]);
	/* Not allowed as oslo from there, so it is a stranger. */
	assert_ptr_equal(policy_match_tunnel(&c, "oslo", &other), &in[0]);
	assert_ptr_equal(policy_match_tunnel(&c, "", &other), &in[0]);
	c.incoming++;
	c.incoming_count--;
	assert_null(policy_match_tunnel(&c, "oslo", &other));
}

static const struct config_session *match(const struct config_incoming *in, const char *name,
					  const char *password, const char **why)
{
	struct ppp_login login = {.method = PPP_AUTH_PAP, .name = name, .password = password};

	*why = NULL;
	return policy_match_session(in, &login, why);
}

static void test_session(void **state)
{
	struct config_session rules[] = {
		{.username = NULL, .password = (char *)"anyone"},
		{.username = (char *)"alice", .password = (char *)"apple"},
		{.username = (char *)"bob", .password = NULL},
	};
	const struct config_session *sorted[] = {&rules[0], &rules[1], &rules[2]};
	struct config_incoming in = {.sessions = rules, .sessions_count = 3, .by_username = sorted};
	const char *why;

	(void)state;
	assert_ptr_equal(match(&in, "alice", "apple", &why), &rules[1]);
	assert_ptr_equal(match(&in, "carol", "anyone", &why), &rules[0]);
	assert_ptr_equal(match(&in, "bob", "whatever", &why), &rules[2]);
	assert_null(match(&in, "alice", "pear", &why));
	assert_string_equal(why, "wrong password");
	/* Alice may not use the password of the rule for any name. */
	assert_null(match(&in, "alice", "anyone", &why));
	assert_null(match(&in, "Alice", "apple", &why));
	in.by_username++;
	in.sessions_count--;
	assert_null(match(&in, "carol", "anyone", &why));
	assert_string_equal(why, "unknown user name");
}

static void test_no_login(void **state)
{
	struct config_session rules[] = {{.username = NULL, .password = (char *)"secret"},
					 {.username = NULL}};
	const struct config_session *sorted[] = {&rules[0], &rules[1]};
	struct config_incoming in = {.sessions = rules, .sessions_count = 1, .by_username = sorted};
	struct ppp_login none = {.method = PPP_AUTH_NONE, .name = ""};
	const char *why;

	(void)state;
	assert_null(policy_match_session(&in, &none, &why));
	in.by_username++;
	assert_ptr_equal(policy_match_session(&in, &none, &why), &rules[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tunnel),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_no_login),
	};

	return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
