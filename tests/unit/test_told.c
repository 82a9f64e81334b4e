// SPDX-License-Identifier: GPL-2.0-only
/* What the next LNS is told of a relayed call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "policy/told.h"
#include "wire/l2tp_avp.h"

static struct logger log_;

static const struct l2tp_call_info call = {
	.serial = 9,
	.bearer_type = 1,
	.framing_type = L2TP_FRAMING_ASYNC,
	.tx_speed = 8000000,
	.rx_speed = 1000000,
	.physical_channel = 4,
	.calling = "100200",
	.called = "300400",
	.sub_address = "7",
	.private_group = {'g', 'o', 'l', 'd'},
	.private_group_len = 4,
	.sequencing_required = true,
	.trail_count = 1,
};

static const struct told_caller caller = {.call = &call, .login = "a@b@isp", .speed = 5000000};

static void assert_text(const char *text, const char *want)
{
	char out[32];

	assert_true(told_text(text, &caller, out, sizeof(out)));
	assert_string_equal(out, want);
}

static void test_text(void **state)
{
	const struct told_caller nobody = {.call = &call, .login = ""};
	const struct told_caller plain = {.call = &call, .login = "alice"};
	char out[14];

	(void)state;
	assert_text("", "");
	assert_text("fixed", "fixed");
	assert_text("%u", "a@b@isp");
	assert_text("%n@far", "a@b@far");
	assert_text("+49%c/%d", "+49100200/300400");
	assert_text("100%%%%", "100%%");
	assert_true(told_text("<%n%u>", &nobody, out, sizeof(out)));
	assert_string_equal(out, "<>");
	assert_true(told_text("%n", &plain, out, sizeof(out)));
	assert_string_equal(out, "alice");
	/* To the last byte, and one more. */
	assert_true(told_text("%d1234567", &caller, out, sizeof(out)));
	assert_string_equal(out, "3004001234567");
	assert_false(told_text("%d12345678", &caller, out, sizeof(out)));
	assert_string_equal(out, "");
	assert_false(told_text("12345678%d", &caller, out, sizeof(out)));
}

static void test_unknown(void **state)
{
	(void)state;
	assert_null(told_unknown("plain%u%n%c%d%%"));
	assert_string_equal(told_unknown("%u%x%c"), "%x%c");
	assert_string_equal(told_unknown("%%%"), "%");
	assert_null(told_unknown("%%x"));
}

static void test_relay(void **state)
{
	const struct config_relay policy = {0};
	struct l2tp_call_info out;

	(void)state;
	told_call(&policy, &caller, &log_, &out);
	assert_memory_equal(&out, &call, sizeof(out));
}

static void test_drop(void **state)
{
	const struct config_told drop = {.policy = TOLD_DROP};
	const struct config_relay policy = {.calling = drop, .called = drop, .private_group = drop};
	struct l2tp_call_info out;

	(void)state;
	told_call(&policy, &caller, &log_, &out);
	assert_string_equal(out.calling, "");
	assert_string_equal(out.called, "");
	assert_string_equal(out.sub_address, "");
	assert_int_equal(out.private_group_len, 0);
	assert_int_equal(out.tx_speed, 8000000);
	assert_int_equal(out.serial, 9);
	assert_true(out.sequencing_required);
}

static void test_regenerate(void **state)
{
	const struct config_relay policy = {
		.calling = {TOLD_REGENERATE, "%u"},
		.called = {TOLD_REGENERATE, "9%d"},
		.private_group = {TOLD_REGENERATE, "silver"},
		.connect_speed = TOLD_REGENERATE,
		.framing = TOLD_REGENERATE,
	};
	struct told_caller fast = caller;
	struct l2tp_call_info out;

	(void)state;
	told_call(&policy, &caller, &log_, &out);
	assert_string_equal(out.calling, "a@b@isp");
	assert_string_equal(out.called, "9300400");
	assert_string_equal(out.sub_address, "");
	assert_int_equal(out.private_group_len, 6);
	assert_memory_equal(out.private_group, "silver", 6);
	assert_int_equal(out.tx_speed, 5000000); /* the rule's; it has none for the other way */
	assert_int_equal(out.rx_speed, 1000000);
	assert_int_equal(out.framing_type, L2TP_FRAMING_SYNC);
	/* More than 32 bits have room for. */
	fast.speed = 10000000000;
	told_call(&policy, &fast, &log_, &out);
	assert_int_equal(out.tx_speed, UINT32_MAX);
}

static void test_too_long(void **state)
{
	const struct config_relay policy = {.calling = {TOLD_REGENERATE, "%u"}};
	struct told_caller wordy = caller;
	struct l2tp_call_info out;
	char name[L2TP_NUMBER_MAX + 2];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	wordy.login = name;
	told_call(&policy, &wordy, &log_, &out);
	assert_string_equal(out.calling, "");
	wordy.login = name + 1;
	told_call(&policy, &wordy, &log_, &out);
	assert_string_equal(out.calling, name + 1);
}

static void proxied(struct l2tp_proxy *x)
{
	*x = (struct l2tp_proxy){.proxy_lcp_initial.len = 1,
				 .proxy_lcp_last_sent.len = 2,
				 .proxy_lcp_last_received.len = 3,
				 .proxy_auth_type = 2,
				 .proxy_auth_name = "a@b@isp",
				 .proxy_auth_challenge_len = 4,
				 .proxy_auth_id = 5,
				 .proxy_auth_response_len = 6};
}

static void test_proxy(void **state)
{
	struct config_relay policy = {0};
	struct l2tp_proxy x, all;

	(void)state;
	proxied(&all);
	proxied(&x);
	assert_true(told_proxy(&policy, &caller, &log_, &x));
	assert_memory_equal(&x, &all, sizeof(x));

	policy.proxy_lcp = TOLD_DROP;
	assert_true(told_proxy(&policy, &caller, &log_, &x));
	assert_int_equal(x.proxy_lcp_initial.len + x.proxy_lcp_last_sent.len +
				 x.proxy_lcp_last_received.len,
			 0);
	assert_int_equal(x.proxy_auth_type, 2);
	assert_int_equal(x.proxy_auth_response_len, 6);
	policy.proxy_auth.policy = TOLD_DROP;
	assert_false(told_proxy(&policy, &caller, &log_, &x));
	assert_string_equal(x.proxy_auth_name, "");
	assert_int_equal(x.proxy_auth_response_len + x.proxy_auth_challenge_len + x.proxy_auth_id,
			 0);

	/* LCP that is ours is told too; a name of ours, but the login that is the caller's. */
	policy.proxy_lcp = TOLD_REGENERATE;
	policy.proxy_auth = (struct config_told){TOLD_REGENERATE, "%n@far"};
	proxied(&x);
	assert_true(told_proxy(&policy, &caller, &log_, &x));
	assert_int_equal(x.proxy_lcp_last_received.len, 3);
	assert_string_equal(x.proxy_auth_name, "a@b@far");
	assert_int_equal(x.proxy_auth_response_len, 6);
	/* Nobody logged in. */
	*x.proxy_auth_name = 0;
	assert_true(told_proxy(&policy, &caller, &log_, &x));
	assert_string_equal(x.proxy_auth_name, "");
}

static int setup(void **state)
{
	(void)state;
	logger_init(&log_, &log_stderr, LOG_LEVEL_ERROR, "test");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),	   cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_relay),	   cmocka_unit_test(test_drop),
		cmocka_unit_test(test_regenerate), cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_proxy),
	};

	return cmocka_run_group_tests_name("unit told", tests, setup, NULL);
}
