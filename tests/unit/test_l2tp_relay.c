// SPDX-License-Identifier: GPL-2.0-only
/* What a relay needs of the engine: to tell one peer what another one said of a call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_hand.h"

static struct l2tp_proxy heard(void)
{
	struct l2tp_proxy x = {
		.proxy_lcp_initial = {{1, 4, 5, 220}, 4},
		.proxy_lcp_last_sent = {{3, 5, 0xc2, 0x23, 5}, 5},
		.proxy_lcp_last_received = {{1, 4, 5, 212, 5, 6, 1, 2, 3, 4}, 10},
		.proxy_auth_type = 2,
		.proxy_auth_name = "alice",
		.proxy_auth_challenge = {9, 8, 7},
		.proxy_auth_challenge_len = 3,
		.proxy_auth_id = 77,
		.proxy_auth_response = {6, 5},
		.proxy_auth_response_len = 2,
	};

	return x;
}

/* Side 0 is the LAC. */
static void dial(struct pair *p, const struct l2tp_proxy *proxy)
{
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct l2tp_call_info call = {.tx_speed = 100, .proxy = proxy};

	memcpy(call.private_group, "gold", 4);
	call.private_group_len = 4;
	pair_connect(p, false);
	lac->session = l2tp_session_dial(lac->tunnel, &call, &p->log, lac);
	assert_non_null(lac->session);
	assert_true(pair_until(p, &lns->sessions_up, 1, 1000));
	assert_memory_equal(lns->call.private_group, "gold", 4);
}

static void test_proxy(void **state)
{
	struct pair *p = *state;
	struct l2tp_proxy said = heard();

	dial(p, &said);
	assert_true(p->side[1].had_proxy);
	assert_memory_equal(&p->side[1].proxy, &said, sizeof(said));
	/* In the call's memory no longer than it takes. */
	assert_null(l2tp_session_call(p->side[0].session)->proxy);
}

static void test_proxy_hidden(void **state)
{
	struct pair *p = *state;
	struct l2tp_proxy said = heard();

	for (int i = 0; i < 2; i++) {
		p->side[i].params.hide_avps = true;
		strcpy(p->side[i].params.secret, "secret");
	}
	dial(p, &said);
	assert_memory_equal(&p->side[1].proxy, &said, sizeof(said));
}

/* The call comes about all the same. */
static void test_proxy_too_long(void **state)
{
	struct pair *p = *state;
	struct l2tp_proxy said = heard();

	said.proxy_lcp_initial.len = said.proxy_lcp_last_sent.len =
		said.proxy_lcp_last_received.len = 255;
	said.proxy_auth_challenge_len = said.proxy_auth_response_len = 255;
	dial(p, &said);
	assert_false(p->side[1].had_proxy);
}

static void test_proxy_of_a_call_that_fails(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0];
	struct l2tp_proxy said = heard();

	p->side[1].session_policy = PAIR_REFUSE;
	pair_connect(p, false);
	lac->session = l2tp_session_dial(lac->tunnel, &(struct l2tp_call_info){.proxy = &said},
					 &p->log, lac);
	assert_true(pair_until(p, &lac->sessions_down, 1, 1000));
}

/* The relays that a call has passed are told, and none where there was none. */
static void test_trail(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct l2tp_call_info call = {.trail = {"relay-1", "relay-2"}, .trail_count = 2};

	pair_connect(p, false);
	lac->session = l2tp_session_dial(lac->tunnel, &call, &p->log, lac);
	assert_true(pair_until(p, &lns->sessions_up, 1, 1000));
	assert_int_equal(lns->call.trail_count, 2);
	assert_memory_equal(lns->call.trail, call.trail, sizeof(call.trail));
	call.trail_count = 0;
	assert_non_null(l2tp_session_dial(lac->tunnel, &call, &p->log, lac));
	assert_true(pair_until(p, &lns->sessions_up, 2, 1000));
	assert_int_equal(lns->call.trail_count, 0);
}

static void test_notices(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct l2tp_call_info from = {.errors = {1, 2, 3, 4, 5, 6},
				      .accm_send = 0xdeadbeef,
				      .accm_receive = 0x0a000000};

	pair_connect(p, true);
	l2tp_session_notify(lac->session, L2TP_NOTICE_ERRORS, &from);
	assert_true(pair_until(p, &lns->notices, 1, 1000));
	assert_memory_equal(&lns->noticed.errors, &from.errors, sizeof(from.errors));
	l2tp_session_notify(lns->session, L2TP_NOTICE_ACCM, &from);
	assert_true(pair_until(p, &lac->notices, 1, 1000));
	assert_int_equal(lac->noticed.accm_send, 0xdeadbeef);
	assert_int_equal(lac->noticed.accm_receive, 0x0a000000);
}

static void test_close_as(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct l2tp_end why = {
		.result = L2TP_CDN_BUSY,
		.error = 6,
		.text = "engaged",
		.by_peer = true,
		.q931 = {.said = true, .code = 17, .message = 0x45, .text = "user busy"},
		.ppp = {.said = true, .code = 3, .protocol = 0xc021, .direction = 1, .text = "end"},
	};

	pair_connect(p, true);
	l2tp_session_close_as(lns->session, &why);
	assert_true(pair_until(p, &lac->sessions_down, 1, 1000));
	assert_memory_equal(&lac->session_end, &why, sizeof(why));
}

#define test(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_proxy),	   test(test_proxy_hidden),
		test(test_proxy_too_long), test(test_proxy_of_a_call_that_fails),
		test(test_trail),	   test(test_notices),
		test(test_close_as),
	};

	return cmocka_run_group_tests_name("l2tp_relay", tests, NULL, NULL);
}
