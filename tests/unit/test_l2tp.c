// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels and sessions (RFC 2661 7.2, 7.4) between two ends of ours: set-up, proof of the secret,
 * policy. Virtual time, no sockets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_hand.h"

static void test_connect(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	pair_connect(p, true);
	assert_string_equal(l2tp_tunnel_state(lac->tunnel), "established");
	assert_string_equal(l2tp_session_state(lns->session), "established");
	assert_int_equal(l2tp_tunnel_id(lac->tunnel), l2tp_tunnel_peer_id(lns->tunnel));
	assert_int_equal(l2tp_tunnel_id(lns->tunnel), l2tp_tunnel_peer_id(lac->tunnel));
	assert_int_equal(l2tp_session_id(lac->session), l2tp_session_peer_id(lns->session));
	assert_int_equal(l2tp_session_id(lns->session), l2tp_session_peer_id(lac->session));
	assert_ptr_equal(l2tp_tunnel_by_id(lac->l2tp, l2tp_tunnel_id(lac->tunnel)), lac->tunnel);
	assert_ptr_equal(l2tp_session_by_id(lac->tunnel, l2tp_session_id(lac->session)),
			 lac->session);
	assert_string_equal(lns->peer.host_name, "lac");
	assert_string_equal(l2tp_tunnel_peer(lac->tunnel)->host_name, "lns");
	assert_int_equal(lns->peer.receive_window, 16);
	assert_false(lns->peer.challenged);
	assert_string_equal(lns->call.calling, "+441234567890");
	assert_string_equal(lns->call.called, "08456");
	assert_int_equal(lns->call.tx_speed, 10000000);
	assert_int_equal(lns->call.rx_speed, 1000000);
	assert_int_equal(lns->call.framing_type, 1);
	assert_false(lns->call.sequencing_required);
	assert_false(l2tp_idle(lac->l2tp));
	/* SCCRQ, SCCCN, ICRQ, ICCN and two ZLBs at most: acknowledgements ride along */
	assert_true(lac->sent <= 6);
}

static void test_sequencing_and_group(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct l2tp_call_info call = {.serial = 77,
				      .sequencing_required = true,
				      .tx_speed = 5,
				      .framing_type = 2};

	memcpy(call.private_group, "blue\0x", 6);
	call.private_group_len = 6;
	pair_connect(p, false);
	assert_non_null(l2tp_session_dial(lac->tunnel, &call, &p->log, NULL));
	assert_true(pair_until(p, &lns->sessions_up, 1, 1000));
	assert_int_equal(lns->call.serial, 77);
	assert_true(lns->call.sequencing_required);
	assert_int_equal(lns->call.tx_speed, 5);
	assert_int_equal(lns->call.rx_speed, 5);
	assert_int_equal(lns->call.framing_type, 2);
	assert_int_equal(lns->call.private_group_len, 6);
	assert_memory_equal(lns->call.private_group, "blue\0x", 6);
}

/* The LNS may call as well: who dialled the tunnel does not matter. */
static void test_call_from_acceptor(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	pair_connect(p, false);
	assert_non_null(pair_call(lns, lns->tunnel));
	assert_true(pair_until(p, &lac->sessions_up, 1, 1000));
	assert_int_equal(lac->session_requests, 1);
}

/* Each combination of who demands proof, with the same and with another secret. */
static void secrets(const char *a, bool demand_a, const char *b, bool demand_b, bool good,
		    bool lac_notices)
{
	struct side *lac, *lns, *notices, *told;
	struct pair p;

	pair_init(&p, 3);
	p.log.level = LOG_LEVEL_DEBUG;
	lac = &p.side[0];
	lns = &p.side[1];
	strcpy(lac->params.secret, a);
	strcpy(lns->params.secret, b);
	lac->params.challenge = demand_a;
	lns->params.challenge = demand_b;
	pair_dial(lac, &lac->params);
	pair_run(&p, 5000);
	if (good) {
		assert_int_equal(lac->tunnels_up, 1);
		assert_int_equal(lns->tunnels_up, 1);
		assert_int_equal(lns->peer.challenged, demand_a && *a);
		assert_int_equal(l2tp_tunnel_peer(lac->tunnel)->challenged, demand_b && *b);
	} else {
		notices = lac_notices ? lac : lns;
		told = lac_notices ? lns : lac;
		assert_int_equal(notices->tunnels_up, 0);
		assert_int_equal(notices->tunnels_down, 1);
		assert_int_equal(told->tunnels_down, 1);
		assert_int_equal(notices->tunnel_end.result, L2TP_STOP_NOT_AUTHORISED);
		assert_false(notices->tunnel_end.by_peer);
		assert_int_equal(told->tunnel_end.result, L2TP_STOP_NOT_AUTHORISED);
		assert_true(told->tunnel_end.by_peer);
		assert_string_equal(told->tunnel_end.text, "challenge response is wrong");
	}
	assert_non_null(strstr(p.text, "Host Name \"lac\""));
	assert_null(strstr(p.text, "open sesame"));
	pair_free(&p);
}

static void test_secrets(void **state)
{
	(void)state;
	secrets("open sesame", true, "open sesame", true, true, false);
	secrets("open sesame", true, "open sesame", false, true, false);
	secrets("open sesame", false, "open sesame", true, true, false);
	secrets("open sesame", false, "", false, true, false);
	secrets("", true, "", true, true, false);
	secrets("open sesame", true, "open sesame2", false, false, true);
	secrets("open sesame", true, "", false, false, true);
	secrets("open sesame", false, "open sesame2", true, false, false);
	secrets("", false, "open sesame", true, false, false);
}

/* The answers come when they come; repeated requests in between make nothing new. */
static void test_late_answers(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	lns->tunnel_policy = lns->session_policy = PAIR_HOLD;
	p->duplicates = 50;
	pair_dial(lac, &lac->params);
	pair_call(lac, lac->tunnel);
	pair_run(p, 20000);
	assert_int_equal(lns->tunnel_requests, 1);
	assert_string_equal(l2tp_tunnel_state(lns->held_tunnel), "wait-policy");
	assert_string_equal(l2tp_tunnel_state(lac->tunnel), "wait-ctl-reply");
	l2tp_tunnel_accept(lns->held_tunnel, &lns->params, &p->log, NULL);
	pair_run(p, 20000);
	assert_int_equal(lac->tunnels_up, 1);
	assert_int_equal(lns->session_requests, 1);
	assert_string_equal(l2tp_session_state(lac->session), "wait-reply");
	l2tp_session_accept(lns->held_session, &p->log, NULL);
	assert_true(pair_until(p, &lns->sessions_up, 1, 1000));
	/* A second answer, too late, is none. */
	l2tp_session_accept(lns->held_session, &p->log, NULL);
	l2tp_tunnel_accept(lns->held_tunnel, &lns->params, &p->log, NULL);
	assert_string_equal(l2tp_tunnel_state(lns->held_tunnel), "established");
}

/* The log names every message, AVP and step, and shows no secret, challenge or response. */
static void test_debug_log(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	p->log.level = LOG_LEVEL_DEBUG;
	strcpy(lac->params.secret, "open sesame");
	strcpy(lns->params.secret, "open sesame");
	lac->params.challenge = lns->params.challenge = true;
	pair_connect(p, true);
	assert_non_null(
		strstr(p->text, "send SCCRQ tunnel 0 session 0 Ns 0 Nr 0: Protocol Version 1.0"));
	assert_non_null(strstr(p->text, "receive SCCRP"));
	assert_non_null(strstr(p->text, "wait-ctl-reply -> established"));
	assert_non_null(strstr(p->text, "wait-policy -> wait-ctl-conn"));
	assert_non_null(strstr(p->text, "wait-connect -> established"));
	assert_non_null(strstr(p->text, "Challenge (16 bytes)"));
	assert_non_null(strstr(p->text, "Challenge Response (16 bytes)"));
	assert_non_null(strstr(p->text, "Calling Number \"+441234567890\""));
	assert_null(strstr(p->text, "sesame"));
}

#define test(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_connect), test(test_sequencing_and_group), test(test_call_from_acceptor),
		test(test_secrets), test(test_late_answers),	     test(test_debug_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
