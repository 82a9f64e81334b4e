// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels and sessions (RFC 2661 7.2, 7.4) between two ends of ours: set-up, proof of the secret, policy, HELLO,
 * and every way to end. Virtual time, no sockets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_pair.h"
#include "wire/l2tp_message.h"

#define CYCLE 31000 /* ms until a silent peer is given up: 1+2+4+8+8+8 s */

static int setup(void **state)
{
	struct pair *p = malloc(sizeof(*p));

	if (!p)
		return -1;
	pair_init(p, 1);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	pair_free(*state);
	free(*state);
	return 0;
}

static uint16_t type_of(const uint8_t *msg, size_t len)
{
	return len >= 20 ? (uint16_t)(msg[18] << 8 | msg[19]) : 0;
}

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

static void test_refused(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	lns->tunnel_policy = PAIR_REFUSE;
	pair_dial(lac, &lac->params);
	pair_call(lac, lac->tunnel);
	assert_string_equal(l2tp_session_state(lac->session), "wait-tunnel");
	assert_true(pair_until(p, &lac->tunnels_down, 1, 1000));
	assert_int_equal(lac->tunnel_end.result, L2TP_STOP_NOT_AUTHORISED);
	assert_string_equal(lac->tunnel_end.text, "not you");
	assert_true(lac->tunnel_end.by_peer);
	assert_int_equal(lac->sessions_down, 1);
	assert_string_equal(lac->session_end.text, "tunnel ended: not you");
	assert_int_equal(lns->tunnels_down, 1);
	assert_false(lns->tunnel_end.by_peer);
	pair_run(p, 1000);
	assert_true(l2tp_idle(lac->l2tp));
	assert_true(l2tp_idle(lns->l2tp));
}

static void test_call_refused(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	lns->session_policy = PAIR_REFUSE;
	pair_connect(p, false);
	pair_call(lac, lac->tunnel);
	assert_true(pair_until(p, &lac->sessions_down, 1, 1000));
	assert_int_equal(lac->session_end.result, L2TP_CDN_ADMIN);
	assert_string_equal(lac->session_end.text, "no calls today");
	assert_true(lac->session_end.by_peer);
	assert_int_equal(lns->sessions_down, 1);
	assert_int_equal(lac->sessions_up + lns->sessions_up, 0);
	assert_string_equal(l2tp_tunnel_state(lac->tunnel), "established");
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

/* A call given up while the other side still thinks about it: CDN without the peer's session id. */
static void test_close_while_held(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	lns->session_policy = PAIR_HOLD;
	pair_connect(p, false);
	pair_call(lac, lac->tunnel);
	assert_true(pair_until(p, &lns->session_requests, 1, 1000));
	l2tp_session_close(lac->session, L2TP_CDN_CARRIER, 0, NULL);
	assert_int_equal(lac->sessions_down, 1);
	assert_true(pair_until(p, &lns->sessions_down, 1, 1000));
	assert_int_equal(lns->session_end.result, L2TP_CDN_CARRIER);
	assert_true(lns->session_end.by_peer);
}

/* A dial given up before the answer: StopCCN to tunnel id 0. */
static void test_dial_given_up(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	lns->tunnel_policy = PAIR_HOLD;
	pair_dial(lac, &lac->params);
	pair_run(p, 100);
	l2tp_tunnel_close(lac->tunnel, L2TP_STOP_CLEAR, 0, "changed my mind");
	assert_int_equal(lac->tunnels_down, 1);
	assert_true(pair_until(p, &lns->tunnels_down, 1, 1000));
	assert_string_equal(lns->tunnel_end.text, "changed my mind");
	pair_run(p, 100);
	assert_true(l2tp_idle(lac->l2tp));
	assert_true(l2tp_idle(lns->l2tp));
}

static void test_orderly_close(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	uint16_t id;

	pair_connect(p, true);
	id = l2tp_tunnel_id(lns->tunnel);
	l2tp_session_close(lac->session, L2TP_CDN_ADMIN, 0, "bye");
	assert_true(pair_until(p, &lns->sessions_down, 1, 1000));
	assert_string_equal(lns->session_end.text, "bye");
	assert_int_equal(lac->sessions_down, 1);
	l2tp_tunnel_close(lns->tunnel, L2TP_STOP_SHUTDOWN, 0, NULL);
	assert_int_equal(lns->tunnels_down, 1);
	assert_null(l2tp_tunnel_by_id(lns->l2tp, id));
	assert_false(l2tp_idle(lns->l2tp)); /* its StopCCN is not acknowledged yet */
	assert_true(pair_until(p, &lac->tunnels_down, 1, 1000));
	assert_int_equal(lac->tunnel_end.result, L2TP_STOP_SHUTDOWN);
	pair_run(p, 100);
	assert_true(l2tp_idle(lac->l2tp));
	assert_true(l2tp_idle(lns->l2tp));
	/* What remains goes by itself. */
	pair_run(p, CYCLE);
	assert_int_equal(p->timers.count, 0);
}

static bool lose_zlbs(struct side *s, const uint8_t *msg, size_t len)
{
	(void)s;
	(void)msg;
	return len > 12;
}

/* RFC 2661 5.8: the peer of a StopCCN answers its repetitions for a full cycle. */
static void test_stopccn_repeated(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	pair_connect(p, false);
	lns->filter = lose_zlbs;
	l2tp_tunnel_close(lac->tunnel, L2TP_STOP_CLEAR, 0, NULL);
	pair_run(p, 8000);
	assert_int_equal(lns->tunnels_down, 1);
	assert_false(l2tp_idle(lac->l2tp));
	lns->filter = NULL;
	pair_run(p, 8000);
	assert_true(l2tp_idle(lac->l2tp));
	assert_int_equal(lac->tunnels_down, 1);
}

static void test_hello(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	uint64_t start;
	unsigned sent;

	lac->params.hello_interval = 60000;
	pair_connect(p, true);
	sent = lac->sent;
	/* Data holds it back. */
	for (int i = 0; i < 10; i++) {
		pair_run(p, 50000);
		l2tp_tunnel_saw_data(lac->tunnel);
	}
	assert_int_equal(lac->sent, sent);
	start = p->timers.now;
	pair_run(p, 59999);
	assert_int_equal(lac->sent, sent);
	pair_run(p, 100);
	assert_int_equal(lac->sent, sent + 1);
	assert_int_equal(lac->last_sent, start + 60000);
	/* An acknowledged HELLO is all that a silent tunnel needs. */
	pair_run(p, 600000);
	assert_int_equal(lac->tunnels_down, 0);
	assert_int_equal(lac->sent, sent + 10);
	/* A dead peer is found after the interval and a cycle of retransmissions. */
	lns->dead = true;
	start = p->timers.now;
	assert_true(pair_until(p, &lac->tunnels_down, 1, 60000 + CYCLE));
	assert_true(lac->tunnel_end.timed_out);
	assert_false(lac->tunnel_end.by_peer);
	assert_int_equal(lac->sessions_down, 1);
	assert_true(lac->session_end.timed_out);
	pair_run(p, 1);
	assert_true(l2tp_idle(lac->l2tp));
}

/* A HELLO that waits for its answer is repeated; others do not queue behind it. */
static void test_hello_once(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0];
	unsigned sent;

	lac->params.hello_interval = 5000;
	pair_connect(p, false);
	sent = lac->sent;
	p->side[1].dead = true;
	pair_run(p, 21000); /* sent after 5, 6, 8, 12 and 20 s */
	assert_int_equal(lac->sent, sent + 5);
	p->side[1].dead = false;
	pair_run(p, 8000); /* and 28 s */
	assert_int_equal(lac->sent, sent + 6);
	pair_run(p, 5000); /* and the next, 5 s after that answer */
	assert_int_equal(lac->sent, sent + 7);
	assert_int_equal(lac->tunnels_down, 0);
}

static void test_no_answer(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0];
	uint64_t start = p->timers.now;

	p->side[1].dead = true;
	pair_dial(lac, &lac->params);
	assert_true(pair_until(p, &lac->tunnels_down, 1, CYCLE));
	assert_int_equal(p->timers.now, start + CYCLE);
	assert_int_equal(lac->sent, 6);
	assert_true(lac->tunnel_end.timed_out);
	assert_int_equal(p->timers.count, 0);
	assert_true(l2tp_idle(lac->l2tp));
}

/* A peer that acknowledges and never answers, to a tunnel and to a call. */
static void test_setup_limit(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	lns->tunnel_policy = PAIR_HOLD;
	pair_dial(lac, &lac->params);
	assert_true(pair_until(p, &lac->tunnels_down, 1, 60000));
	assert_true(lac->tunnel_end.timed_out);
	assert_true(pair_until(p, &lns->tunnels_down, 1, 1000));
	lns->tunnel_policy = PAIR_ACCEPT;
	lns->session_policy = PAIR_HOLD;
	pair_connect(p, false);
	pair_call(lac, lac->tunnel);
	assert_true(pair_until(p, &lac->sessions_down, 1, 61000));
	assert_int_equal(lac->session_end.result, L2TP_CDN_TIMEOUT);
	assert_true(pair_until(p, &lns->sessions_down, 1, 1000));
	assert_int_equal(lac->tunnels_down, 1);
}

/* RFC 2661 8.1: the answer comes from a port of the peer's choice, to which all else is sent. */
static void test_port_of_answer(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	lns->port = 40000;
	pair_connect(p, true);
	assert_int_equal(l2tp_tunnel_path(lac->tunnel)->peer.port, 40000);
	/* once only */
	lns->port = 40001;
	l2tp_tunnel_close(lns->tunnel, L2TP_STOP_CLEAR, 0, NULL);
	pair_run(p, 1000);
	assert_int_equal(lac->tunnels_down, 0);
	lns->port = 40000;
	pair_run(p, 10000);
	assert_int_equal(lac->tunnels_down, 1);
}

static unsigned *cdns(void)
{
	static unsigned count;

	return &count;
}

static bool count_cdns(struct side *s, const uint8_t *msg, size_t len)
{
	(void)s;
	*cdns() += type_of(msg, len) == L2TP_CDN;
	return true;
}

static void close_other_session(struct side *s, const char *event)
{
	if (!strcmp(event, "session_down") && s->session)
		l2tp_session_close(s->session, L2TP_CDN_ADMIN, 0, NULL);
}

/* A session that the owner closes while its tunnel goes down is down, and nothing is said after the StopCCN. */
static void test_nothing_after_stopccn(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	pair_connect(p, false);
	pair_call(lac, lac->tunnel);
	pair_call(lac, lac->tunnel);
	assert_true(pair_until(p, &lns->sessions_up, 2, 1000));
	*cdns() = 0;
	lac->filter = count_cdns;
	lac->after = close_other_session;
	l2tp_tunnel_close(lac->tunnel, L2TP_STOP_CLEAR, 0, NULL);
	pair_run(p, 2000);
	assert_int_equal(*cdns(), 0);
	assert_int_equal(lac->sessions_down, 2);
	assert_int_equal(lns->sessions_down, 2);
	assert_string_equal(lns->session_end.text, "tunnel ended");
}

static void close_all(struct side *s, const char *event)
{
	if (!strcmp(event, "session_down") && s->tunnel)
		l2tp_tunnel_close(s->tunnel, L2TP_STOP_CLEAR, 0, NULL);
}

static void close_tunnel_up(struct side *s, const char *event)
{
	if (!strcmp(event, "tunnel_up"))
		l2tp_tunnel_close(s->tunnel, L2TP_STOP_CLEAR, 0, NULL);
}

static void close_session_up(struct side *s, const char *event)
{
	if (!strcmp(event, "session_up"))
		l2tp_session_close(s->session, L2TP_CDN_ADMIN, 0, NULL);
}

/* The owner may end things from within any callback; each object still gets exactly one *_down. */
static void test_closing_in_callbacks(void **state)
{
	static void (*const ways[])(struct side * s, const char *event) = {close_all,
									   close_tunnel_up,
									   close_session_up};

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(ways) / sizeof(ways[0]); i++) {
		struct side *lac, *lns;
		struct pair p;

		pair_init(&p, i + 10);
		lac = &p.side[0];
		lns = &p.side[1];
		p.side[i % 2].after = ways[i / 2];
		pair_dial(lac, &lac->params);
		pair_call(lac, lac->tunnel);
		pair_call(lac, lac->tunnel);
		pair_run(&p, 500);
		if (ways[i / 2] == close_all) {
			assert_int_equal(lns->sessions_up, 2);
			l2tp_session_close(lac->session, L2TP_CDN_ADMIN, 0, NULL);
			pair_run(&p, 500);
			assert_int_equal(lac->tunnels_down, 1);
			assert_int_equal(lns->tunnels_down, 1);
		}
		assert_int_equal(lac->sessions_down, 2);
		assert_int_equal(lns->sessions_down, lns->session_requests);
		pair_free(&p);
	}
}

/* Two sides that dial at once get two tunnels: no tie breaker is sent (RFC 2661 4.4.3). */
static void test_both_dial(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	pair_dial(lac, &lac->params);
	pair_dial(lns, &lns->params);
	pair_run(p, 1000);
	assert_int_equal(lac->tunnels_up, 2);
	assert_int_equal(lns->tunnels_up, 2);
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

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_connect),
		test(test_sequencing_and_group),
		test(test_call_from_acceptor),
		test(test_secrets),
		test(test_refused),
		test(test_call_refused),
		test(test_late_answers),
		test(test_close_while_held),
		test(test_dial_given_up),
		test(test_orderly_close),
		test(test_stopccn_repeated),
		test(test_hello),
		test(test_hello_once),
		test(test_no_answer),
		test(test_setup_limit),
		test(test_port_of_answer),
		test(test_nothing_after_stopccn),
		test(test_closing_in_callbacks),
		test(test_both_dial),
		test(test_debug_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
