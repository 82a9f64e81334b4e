// SPDX-License-Identifier: GPL-2.0-only
/* Which session rule a call gets, with what is known of it so far; and address pools. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "policy/pool.h"
#include "policy/rules.h"

#define TEXT(s) ((char *)(s))
#define ONE_OF(...)                                                       \
	{                                                                 \
		.list = (char *[]){__VA_ARGS__},                          \
		.count = sizeof((char *[]){__VA_ARGS__}) / sizeof(char *) \
	}
#define LATER (-1)
#define NONE  (-2)

/* The place of the rule, LATER or NONE. */
static int match(const struct config_session *rules, size_t count, const struct caller *caller)
{
	static const struct l2tp_call_info nothing;
	struct caller c = *caller;
	const struct config_session *rule = NULL;
	struct rules *r = rules_new(rules, count);
	enum rules_verdict v;
	const char *why = NULL;

	assert_non_null(r);
	if (!c.call)
		c.call = &nothing;
	v = rules_match(r, &c, &rule, &why);
	rules_free(r);
	assert_int_equal(v == RULES_NONE, why != NULL);
	return v == RULES_MATCH ? (int)(rule - rules) : v == RULES_LATER ? LATER : NONE;
}

static int match_login(const struct config_session *rules, size_t count, const char *name,
		       const char *password)
{
	struct ppp_login login = {.method = PPP_AUTH_PAP, .name = name, .password = password};

	return match(rules, count,
		     &(struct caller){.connected = true, .username = name, .login = &login});
}

static void test_username(void **state)
{
	const struct config_session rules[] = {
		{.usernames = ONE_OF(TEXT("alice"), TEXT("al")), .password = TEXT("apple")},
		{.usernames = ONE_OF(TEXT("bob"))},
		{.usernames = ONE_OF(TEXT("*@isp")), .password = TEXT("realm")},
		{.usernames = ONE_OF(TEXT("a*b*c"))},
		{.usernames = ONE_OF(TEXT("guest*"), TEXT("*guest"))},
		{.password = TEXT("anyone")},
	};
	const size_t n = sizeof(rules) / sizeof(rules[0]);

	(void)state;
	assert_int_equal(match_login(rules, n, "alice", "apple"), 0);
	assert_int_equal(match_login(rules, n, "al", "apple"), 0);
	assert_int_equal(match_login(rules, n, "bob", "whatever"), 1);
	assert_int_equal(match_login(rules, n, "carol@isp", "realm"), 2);
	assert_int_equal(match_login(rules, n, "aXbYc", ""), 3);
	assert_int_equal(match_login(rules, n, "guest7", ""), 4);
	assert_int_equal(match_login(rules, n, "myguest", ""), 4);
	assert_int_equal(match_login(rules, n, "guest", ""), 4);
	assert_int_equal(match_login(rules, n, "carol", "anyone"), 5);
	assert_int_equal(match_login(rules, n, "carol", "pear"), NONE);
	/* Who is known may not use the password of the rule for any name. */
	assert_int_equal(match_login(rules, n, "alice", "anyone"), NONE);
	assert_int_equal(match_login(rules, n, "carol@isp", "anyone"), NONE);
	assert_int_equal(match_login(rules, n, "Alice", "anyone"), 5);
}

/* The first that fits, by whatever it is filed under. */
static void test_order(void **state)
{
	const struct config_session rules[] = {
		{.usernames = ONE_OF(TEXT("*@isp")), .password = TEXT("one")},
		{.usernames = ONE_OF(TEXT("alice@isp")), .password = TEXT("two")},
		{.usernames = ONE_OF(TEXT("alice@*")), .password = TEXT("three")},
		{.calling = ONE_OF(TEXT("123"))},
		{.usernames = ONE_OF(TEXT("*li*"))},
	};
	struct l2tp_call_info call = {.calling = "123"};

	(void)state;
	assert_int_equal(match_login(rules, 5, "alice@isp", "one"), 0);
	assert_int_equal(match_login(rules, 5, "alice@isp", "two"), 1);
	assert_int_equal(match_login(rules, 5, "alice@isp", "three"), 2);
	assert_int_equal(match_login(rules, 5, "alice@isp", "four"), 4);
	assert_int_equal(match(rules, 5,
			       &(struct caller){.call = &call, .connected = true, .username = "x"}),
			 3);
}

static void test_call(void **state)
{
	const struct config_session rules[] = {
		{.calling = ONE_OF(TEXT("+44*")), .called = ONE_OF(TEXT("0800"))},
		{.called = ONE_OF(TEXT("0800"), TEXT("0900"))},
		{.private_groups = ONE_OF(TEXT("gold"))},
		{.connect_speed_min = 10000000},
		{.connect_speed_max = 1000000, .proxied = PROXIED_NO},
	};
	struct l2tp_call_info call = {.calling = "+4420", .called = "0800", .tx_speed = 5000000};
	struct caller c = {.call = &call, .connected = true, .username = "x"};

	(void)state;
	assert_int_equal(match(rules, 5, &c), 0);
	strcpy(call.calling, "+3120");
	assert_int_equal(match(rules, 5, &c), 1);
	strcpy(call.called, "0900");
	assert_int_equal(match(rules, 5, &c), 1);
	strcpy(call.called, "0700");
	assert_int_equal(match(rules, 5, &c), NONE);
	memcpy(call.private_group, "gold", 4);
	call.private_group_len = 4;
	assert_int_equal(match(rules, 5, &c), 2);
	call.private_group[2] = 0;
	assert_int_equal(match(rules, 5, &c), NONE);
	call.tx_speed = 10000000;
	assert_int_equal(match(rules, 5, &c), 3);
	call.tx_speed = 1000000;
	assert_int_equal(match(rules, 5, &c), 4);
	c.proxied = true;
	assert_int_equal(match(rules, 5, &c), NONE);
}

/* Before the login, and before the ICCN. */
static void test_later(void **state)
{
	const struct config_session rules[] = {
		{.called = ONE_OF(TEXT("1")), .reject = TEXT("closed")},
		{.called = ONE_OF(TEXT("2")), .connect_speed_min = 8000},
		{.usernames = ONE_OF(TEXT("alice"))},
		{.called = ONE_OF(TEXT("3"))},
		{.password = TEXT("anyone")},
	};
	struct l2tp_call_info call = {.called = "1"};
	struct caller c = {.call = &call};

	(void)state;
	assert_int_equal(match(rules, 5, &c), 0);
	strcpy(call.called, "2");
	call.tx_speed = 8000;
	assert_int_equal(match(rules, 5, &c), LATER);
	c.connected = true;
	assert_int_equal(match(rules, 5, &c), 1);
	/* It may be Alice. */
	strcpy(call.called, "3");
	assert_int_equal(match(rules, 5, &c), LATER);
	c.username = "bob";
	assert_int_equal(match(rules, 5, &c), 3);
	c.username = "alice";
	assert_int_equal(match(rules, 5, &c), 2);
	/* Bob's password may be the right one. */
	strcpy(call.called, "4");
	c.username = "bob";
	assert_int_equal(match(rules, 5, &c), LATER);
	assert_int_equal(match(rules, 4, &c), NONE);
	c.username = NULL;
	assert_int_equal(match(rules, 4, &c), LATER);
}

static void test_no_login(void **state)
{
	const struct config_session rules[2] = {{.password = TEXT("secret")}};
	struct ppp_login none = {.method = PPP_AUTH_NONE, .name = ""};
	struct caller c = {.connected = true, .username = "", .login = &none};

	(void)state;
	assert_int_equal(match(rules, 1, &c), NONE);
	assert_int_equal(match(rules, 2, &c), 1);
	assert_int_equal(match(rules, 0, &c), NONE);
}

/* What rules_match() finds is what going through all rules finds. */
static int first_of_all(const struct config_session *rules, size_t count, const struct caller *c)
{
	for (size_t i = 0; i < count; i++)
		if (match(&rules[i], 1, c) == 0)
			return (int)i;
	return NONE;
}

static void test_as_a_list(void **state)
{
	enum { RULES = 12, WORDS = 10 };
	static const char *const words[WORDS] = {"a",  "ab",  "b",   "*",  "a*",
						 "*b", "*ab", "a*b", "ba", "b*"};
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct config_session rules[RULES];
		char *lists[RULES][3][2];
		struct l2tp_call_info call = {0};
		struct caller c = {.call = &call, .connected = true};

		memset(rules, 0, sizeof(rules));
		for (int i = 0; i < RULES; i++) {
			struct config_patterns *p[] = {&rules[i].usernames, &rules[i].calling,
						       &rules[i].called};

			for (int j = 0; j < 3; j++) {
				p[j]->list = lists[i][j];
				p[j]->count = (size_t)rand_r(&seed) % 3;
				for (size_t k = 0; k < p[j]->count; k++)
					lists[i][j][k] = TEXT(words[rand_r(&seed) % WORDS]);
			}
		}
		c.username = words[rand_r(&seed) % 3];
		strcpy(call.calling, words[rand_r(&seed) % 3]);
		strcpy(call.called, words[rand_r(&seed) % 3]);
		if (match(rules, RULES, &c) != first_of_all(rules, RULES, &c))
			fail_msg("round %d", round);
	}
}

static void test_pool(void **state)
{
	struct ip_prefix prefixes[2];
	struct config_pool config = {.addresses = prefixes, .addresses_count = 2};
	struct ip_addr a, b, taken[6];
	struct pool *p;

	(void)state;
	assert_int_equal(ip_prefix_parse(&prefixes[0], "192.0.2.4/30"), 0);
	assert_int_equal(ip_prefix_parse(&prefixes[1], "198.51.100.8/31"), 0);
	p = pool_new(&config);
	assert_non_null(p);
	assert_int_equal(pool_take(p, "alice", &a), 0);
	assert_int_equal(pool_take(p, "alice", &b), 0);
	assert_false(ip_addr_eq(&a, &b));
	pool_give_back(p, &a);
	pool_give_back(p, &b);
	assert_int_equal(pool_take(p, "alice", &b), 0);
	assert_true(ip_addr_eq(&a, &b));
	pool_give_back(p, &b);
	for (int i = 0; i < 6; i++) {
		char login[8];

		snprintf(login, sizeof(login), "u%d", i);
		assert_int_equal(pool_take(p, login, &taken[i]), 0);
		assert_true(ip_prefix_holds(&prefixes[0], &taken[i]) ||
			    ip_prefix_holds(&prefixes[1], &taken[i]));
		for (int j = 0; j < i; j++)
			assert_false(ip_addr_eq(&taken[i], &taken[j]));
	}
	assert_int_equal(pool_take(p, "late", &a), -ENOSPC);
	pool_give_back(p, &taken[3]);
	assert_int_equal(pool_take(p, "late", &a), 0);
	assert_true(ip_addr_eq(&a, &taken[3]));
	pool_free(p);
}

/* Full words are passed at once, also the last, which is not whole. */
static void test_pool_large(void **state)
{
	struct ip_prefix prefixes[2];
	struct config_pool config = {.addresses = prefixes, .addresses_count = 2};
	struct ip_addr a, last;
	struct pool *p;

	(void)state;
	assert_int_equal(ip_prefix_parse(&prefixes[0], "10.0.0.0/23"), 0);
	assert_int_equal(ip_prefix_parse(&prefixes[1], "10.1.0.0/29"), 0);
	p = pool_new(&config);
	for (int i = 0; i < 520; i++)
		assert_int_equal(pool_take(p, "x", &a), 0);
	assert_int_equal(pool_take(p, "x", &a), -ENOSPC);
	assert_int_equal(ip_addr_parse(&last, "10.1.0.7"), 0);
	pool_give_back(p, &last);
	assert_int_equal(pool_take(p, "y", &a), 0);
	assert_true(ip_addr_eq(&a, &last));
	pool_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_username), cmocka_unit_test(test_order),
		cmocka_unit_test(test_call),	 cmocka_unit_test(test_later),
		cmocka_unit_test(test_no_login), cmocka_unit_test(test_as_a_list),
		cmocka_unit_test(test_pool),	 cmocka_unit_test(test_pool_large),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
