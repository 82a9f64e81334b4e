// SPDX-License-Identifier: GPL-2.0-only
/*
 * How tunnels and sessions end: refused, closed, given up, silent (HELLO), and from within
 * callbacks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_hand.h"

/*
 * ms until a silent peer is given up: 1+2+4+8+8+8 s, and once it has been connected 8+8+8+8+8 s
 * more
 */
#define SETUP_CYCLE 31000
#define CYCLE	    71000

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
	assert_true(pair_until(p, &lac->tunnels_down, 1, SETUP_CYCLE));
	assert_int_equal(p->timers.now, start + SETUP_CYCLE);
	assert_int_equal(lac->sent, 6);
	assert_true(lac->tunnel_end.timed_out);
	assert_int_equal(p->timers.count, 0);
	assert_true(l2tp_idle(lac->l2tp));
}

/* RFC 2661 7.2.1, "idle, receive SCCRP": to a dial that is over. */
static void test_late_answer(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0];
	struct tape tape = {0};
	struct l2tp_message m;
	const uint8_t *msg;
	uint16_t id;
	struct hand h;
	size_t len;

	p->side[1].dead = true;
	pair_dial(lac, &lac->params);
	id = l2tp_tunnel_id(lac->tunnel);
	hand_sccrp(&h, lac, 77);
	assert_true(pair_until(p, &lac->tunnels_down, 1, SETUP_CYCLE));
	lac->tape = &tape;
	hand_send(&h, lac, 0, 1);
	assert_int_equal(tape.count, 1);
	msg = tape_find(&tape, L2TP_STOPCCN, 0, &len);
	assert_non_null(msg);
	assert_int_equal(l2tp_message_parse(&m, msg, len, NULL), 0);
	assert_int_equal(m.problem.error, 0);
	assert_int_equal(m.header.tunnel_id, 77);
	assert_int_equal(m.header.ns, 1);
	assert_int_equal(m.header.nr, 1);
	assert_int_equal(l2tp_get_u16(&m, AVP_ASSIGNED_TUNNEL_ID), id);
	assert_memory_equal(m.avp[AVP_RESULT_CODE].p, "\0\2\0\1", 4);
	assert_int_equal(l2tp_tunnel_count(lac->l2tp), 0);
	/* anything else that comes to no tunnel, or an answer when there is one with that address: nothing */
	hand_begin_id(&h, id, 0, L2TP_HELLO);
	hand_send(&h, lac, 1, 1);
	assert_int_equal(tape.count, 1);
	pair_dial(lac, &lac->params);
	tape.count = 0;
	hand_begin_id(&h, (uint16_t)(l2tp_tunnel_id(lac->tunnel) + 1), 0, L2TP_SCCRP);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_TUNNEL_ID, 77);
	hand_send(&h, lac, 0, 1);
	assert_int_equal(tape.count, 0);
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

/* The owner never decides: the request is over, and he is told. */
static void test_no_decision(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	struct tape tape = {0};
	struct hand h;
	size_t len;

	us->tape = &tape;
	us->tunnel_policy = PAIR_HOLD;
	hand_sccrq(&h, 7);
	hand_send(&h, us, 0, 0);
	pair_run(p, 59000);
	assert_int_equal(us->tunnels_down, 0);
	pair_run(p, 2000);
	assert_int_equal(us->tunnels_down, 1);
	assert_non_null(tape_find(&tape, L2TP_STOPCCN, 0, &len));
	us->tunnel_policy = PAIR_ACCEPT;
	us->session_policy = PAIR_HOLD;
	pair_connect(p, false);
	pair_call(&p->side[0], p->side[0].tunnel);
	pair_run(p, 59000);
	assert_int_equal(us->sessions_down, 0);
	assert_true(pair_until(p, &us->sessions_down, 1, 2000));
	assert_int_equal(us->session_end.result, L2TP_CDN_NO_FACILITY_TEMPORARY);
	assert_string_equal(us->session_end.text, "nobody decided on it in time");
	assert_int_equal(us->tunnels_down, 1);
}

static uint16_t type_of(const uint8_t *msg, size_t len)
{
	return len >= 20 ? (uint16_t)(msg[18] << 8 | msg[19]) : 0;
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

/*
 * A session that the owner closes while its tunnel goes down is down, and nothing is said after the
 * StopCCN.
 */
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

#define test(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_refused),
		test(test_call_refused),
		test(test_close_while_held),
		test(test_dial_given_up),
		test(test_orderly_close),
		test(test_stopccn_repeated),
		test(test_hello),
		test(test_hello_once),
		test(test_no_answer),
		test(test_late_answer),
		test(test_setup_limit),
		test(test_no_decision),
		test(test_nothing_after_stopccn),
		test(test_closing_in_callbacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
