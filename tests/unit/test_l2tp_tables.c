// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state tables of RFC 2661, row by row: 7.2.1 (control connections), 7.4.1 and 7.4.2 (incoming calls), 7.5.1 and 7.5.2 (outgoing
 * calls). For each state, what each message of its table leads to. The other end is played by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_hand.h"

enum outcome {
	UNLISTED, /* the RFC says nothing of it here */
	GONE,	  /* "Clean up", without a word */
	TOLD,	  /* "Send CDN" or "Send StopCCN", and it is gone */
	ON,	  /* the row's next state */
};

struct row {
	const char *state;	       /* the RFC's name, after reach() */
	void (*reach)(struct pair *p); /* side 0 is in it */
	const char *next;	       /* of ON */
	enum outcome outcome[L2TP_MESSAGE_TYPES];
};

static struct tape tape;
static uint16_t ns; /* the hand's next one */

static struct side *us(struct pair *p)
{
	return &p->side[0];
}

/* What acknowledges all that was sent. */
static uint16_t next_of_ours(void)
{
	return tape.count ? (uint16_t)(tape.msg[(tape.count - 1) % TAPE_MAX].ns + 1) : 0;
}

/* The hand's next message. */
static void say(struct hand *h, struct side *to)
{
	hand_send(h, to, ns++, next_of_ours());
}

static void begin(struct pair *p)
{
	ns = 0;
	tape.count = 0;
	us(p)->tape = &tape;
	us(p)->params.bearer = L2TP_BEARER_DIGITAL; /* it takes OCRQs */
	p->side[1].dead = true;
}

#define SESSION 40 /* the hand's id */

/* Whole, with all that a message of this type must hold. */
static void message(struct hand *h, struct side *to, uint16_t type, uint16_t session)
{
	if (type == L2TP_SCCRP) {
		hand_sccrp(h, to, 7);
		return;
	}
	hand_begin(h, to, session, (enum l2tp_message_type)type);
	for (uint16_t a = 0; a < AVP_COUNT; a++) {
		const struct l2tp_avp_rule *rule = l2tp_avp_rule(a);

		if (!rule || !(rule->required & AVP_IN(type)))
			continue;
		if (a == AVP_PROTOCOL_VERSION)
			l2tp_write_u16(&h->b, a, L2TP_PROTOCOL_VERSION);
		else if (a == AVP_ASSIGNED_SESSION_ID)
			l2tp_write_u16(&h->b, a, SESSION);
		else if (rule->min == 2 && a != AVP_CALL_SERIAL_NUMBER)
			l2tp_write_u16(&h->b, a, 1);
		else if (rule->kind == AVP_KIND_TEXT)
			l2tp_write_text(&h->b, a, "1");
		else
			l2tp_write_u32(&h->b, a, 1);
	}
}

static void wait_ctl_reply(struct pair *p)
{
	begin(p);
	us(p)->tunnel = pair_dial(us(p), &us(p)->params);
}

static void wait_ctl_conn(struct pair *p)
{
	struct hand h;

	begin(p);
	hand_sccrq(&h, 7);
	l2tp_write_u32(&h.b, AVP_BEARER_CAPABILITIES, L2TP_BEARER_DIGITAL);
	say(&h, us(p));
}

static void established(struct pair *p)
{
	struct hand h;

	wait_ctl_conn(p);
	hand_begin(&h, us(p), 0, L2TP_SCCCN);
	say(&h, us(p));
	assert_int_equal(us(p)->tunnels_up, 1);
}

static void dialled(struct pair *p)
{
	struct hand h;

	wait_ctl_reply(p);
	hand_sccrp(&h, us(p), 7);
	say(&h, us(p));
	assert_int_equal(us(p)->tunnels_up, 1);
}

static void call(struct pair *p, enum l2tp_call_type type)
{
	const struct l2tp_call_info info = {.type = type,
					    .bearer_type = L2TP_BEARER_DIGITAL,
					    .called = "1"};

	established(p);
	us(p)->session = l2tp_session_dial(us(p)->tunnel, &info, &p->log, us(p));
	assert_non_null(us(p)->session);
}

static void hear(struct pair *p, uint16_t type)
{
	const struct l2tp_session *s = us(p)->session;
	struct hand h;

	message(&h, us(p), type, s ? l2tp_session_id(s) : 0);
	say(&h, us(p));
}

static void lac_wait_reply(struct pair *p)
{
	call(p, L2TP_CALL_INCOMING);
}

static void lac_established(struct pair *p)
{
	lac_wait_reply(p);
	hear(p, L2TP_ICRP);
}

static void lns_wait_connect(struct pair *p)
{
	established(p);
	hear(p, L2TP_ICRQ);
}

static void lns_established(struct pair *p)
{
	lns_wait_connect(p);
	hear(p, L2TP_ICCN);
}

static void lac_wait_cs_answer(struct pair *p)
{
	established(p);
	hear(p, L2TP_OCRQ);
}

static void lac_answered(struct pair *p)
{
	lac_wait_cs_answer(p);
	l2tp_session_answered(us(p)->session, &(struct l2tp_call_info){.tx_speed = 1});
}

static void lns_wait_reply(struct pair *p)
{
	call(p, L2TP_CALL_OUTGOING);
}

static void lns_wait_answer(struct pair *p)
{
	lns_wait_reply(p);
	hear(p, L2TP_OCRP);
}

static void lns_answered(struct pair *p)
{
	lns_wait_answer(p);
	hear(p, L2TP_OCCN);
}

/* clang-format off */
static const struct row tunnels[] = {
	/* 7.2.1. To our tunnel id; what comes to none, and starts anew, is in test_l2tp_end.c and test_l2tp_collision.c. */
	{"wait-ctl-reply", wait_ctl_reply, "established",
	 {[L2TP_SCCRP] = ON, [L2TP_SCCCN] = TOLD, [L2TP_STOPCCN] = GONE}},
	{"wait-ctl-conn", wait_ctl_conn, "established",
	 {[L2TP_SCCCN] = ON, [L2TP_SCCRP] = TOLD, [L2TP_SCCRQ] = TOLD, [L2TP_STOPCCN] = GONE}},
	{"established", established, NULL,
	 {[L2TP_SCCRQ] = TOLD, [L2TP_SCCRP] = TOLD, [L2TP_SCCCN] = TOLD, [L2TP_STOPCCN] = GONE}},
	{"established", dialled, NULL,
	 {[L2TP_SCCRQ] = TOLD, [L2TP_SCCCN] = TOLD, [L2TP_STOPCCN] = GONE}},
};

static const struct row calls[] = {
	/* 7.4.1, LAC */
	{"wait-reply", lac_wait_reply, "established",
	 {[L2TP_ICRP] = ON, [L2TP_ICRQ] = TOLD, [L2TP_CDN] = GONE, [L2TP_ICCN] = GONE}},
	{"established", lac_established, NULL,
	 {[L2TP_CDN] = GONE, [L2TP_ICRQ] = TOLD, [L2TP_ICRP] = TOLD, [L2TP_ICCN] = TOLD}},
	/* 7.4.2, LNS */
	{"wait-connect", lns_wait_connect, "established",
	 {[L2TP_ICCN] = ON, [L2TP_ICRQ] = TOLD, [L2TP_ICRP] = TOLD, [L2TP_CDN] = GONE}},
	{"established", lns_established, NULL,
	 {[L2TP_ICRQ] = TOLD, [L2TP_ICRP] = TOLD, [L2TP_ICCN] = TOLD, [L2TP_CDN] = GONE}},
	/* 7.5.1, LAC */
	{"wait-cs-answer", lac_wait_cs_answer, NULL,
	 {[L2TP_OCRQ] = TOLD, [L2TP_OCRP] = TOLD, [L2TP_OCCN] = TOLD, [L2TP_CDN] = GONE}},
	{"established", lac_answered, NULL,
	 {[L2TP_OCRQ] = TOLD, [L2TP_OCRP] = TOLD, [L2TP_OCCN] = TOLD, [L2TP_CDN] = GONE}},
	/* 7.5.2, LNS */
	{"wait-reply", lns_wait_reply, "wait-connect",
	 {[L2TP_OCRP] = ON, [L2TP_OCCN] = TOLD, [L2TP_OCRQ] = TOLD, [L2TP_CDN] = GONE}},
	{"wait-connect", lns_wait_answer, "established",
	 {[L2TP_OCCN] = ON, [L2TP_OCRQ] = TOLD, [L2TP_OCRP] = TOLD, [L2TP_CDN] = GONE}},
	{"established", lns_answered, NULL,
	 {[L2TP_OCRQ] = TOLD, [L2TP_OCRP] = TOLD, [L2TP_OCCN] = TOLD, [L2TP_CDN] = GONE}},
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A fresh pair for each row. */
static void with_pair(void (*check)(struct pair *p, const struct row *row, uint16_t type),
		      const struct row *rows, size_t count)
{
	void *state;

	for (size_t i = 0; i < count; i++) {
		for (uint16_t type = 0; type < L2TP_MESSAGE_TYPES; type++) {
			if (rows[i].outcome[type] == UNLISTED)
				continue;
			print_message("%s, receive %s\n", rows[i].state, l2tp_message_name(type));
			assert_int_equal(pair_setup(&state), 0);
			check(state, &rows[i], type);
			pair_teardown(&state);
		}
	}
}

static void check_tunnel(struct pair *p, const struct row *row, uint16_t type)
{
	struct side *s = us(p);
	struct hand h;
	uint16_t nr;

	row->reach(p);
	assert_string_equal(l2tp_tunnel_state(s->tunnel), row->state);
	nr = next_of_ours();
	tape.count = 0;
	message(&h, s, type, 0);
	hand_send(&h, s, ns, nr);
	switch (row->outcome[type]) {
	case ON:
		assert_int_equal(s->tunnels_down, 0);
		assert_string_equal(l2tp_tunnel_state(s->tunnel), row->next);
		break;
	case TOLD:
		assert_int_equal(s->tunnels_down, 1);
		assert_int_equal(s->tunnel_end.result, L2TP_STOP_FSM);
		assert_int_equal(tape_count(&tape, L2TP_STOPCCN), 1);
		break;
	default:
		assert_int_equal(s->tunnels_down, 1);
		assert_true(s->tunnel_end.by_peer);
		assert_int_equal(tape_count(&tape, L2TP_STOPCCN), 0);
	}
}

static void check_call(struct pair *p, const struct row *row, uint16_t type)
{
	struct side *s = us(p);
	uint16_t id, nr;
	struct hand h;

	row->reach(p);
	assert_string_equal(l2tp_session_state(s->session), row->state);
	id = l2tp_session_id(s->session);
	nr = next_of_ours();
	message(&h, s, type, id);
	tape.count = 0;
	hand_send(&h, s, ns, nr);
	assert_int_equal(s->tunnels_down, 0);
	assert_int_equal(tape_count(&tape, L2TP_CDN), row->outcome[type] == TOLD);
	if (row->outcome[type] == ON) {
		assert_string_equal(l2tp_session_state(s->session), row->next);
		assert_int_equal(s->sessions_down, 0);
		return;
	}
	assert_int_equal(s->sessions_down, 1);
	assert_null(l2tp_session_by_id(s->tunnel, id));
}

static void test_tunnels(void **state)
{
	(void)state;
	with_pair(check_tunnel, tunnels, COUNT(tunnels));
}

static void test_calls(void **state)
{
	(void)state;
	with_pair(check_call, calls, COUNT(calls));
}

/* "idle": no session of this id. ICRP and OCRP get a CDN, ICCN, OCCN and CDN nothing. */
static void test_idle_calls(void **state)
{
	static const uint16_t types[] = {L2TP_ICRP, L2TP_OCRP, L2TP_ICCN, L2TP_OCCN, L2TP_CDN};

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		void *pair;
		struct hand h;

		assert_int_equal(pair_setup(&pair), 0);
		established(pair);
		message(&h, us(pair), types[i], 4711);
		tape.count = 0;
		hand_send(&h, us(pair), ns, 1);
		assert_int_equal(tape_count(&tape, L2TP_CDN), i < 2);
		assert_int_equal(tape.count, i < 2);
		assert_int_equal(us(pair)->session_requests, 0);
		assert_int_equal(us(pair)->tunnels_down, 0);
		pair_teardown(&pair);
	}
}

/* "Local close request", in each state of a call that the peer knows of: CDN. */
static void test_local_close(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		void *pair;
		uint16_t nr;

		assert_int_equal(pair_setup(&pair), 0);
		calls[i].reach(pair);
		nr = next_of_ours();
		hand_ack(us(pair), l2tp_tunnel_id(us(pair)->tunnel), ns, nr);
		tape.count = 0;
		l2tp_session_close(us(pair)->session, L2TP_CDN_ADMIN, 0, "enough");
		assert_int_equal(tape_count(&tape, L2TP_CDN), 1);
		assert_int_equal(us(pair)->sessions_down, 1);
		pair_teardown(&pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tunnels),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_idle_calls),
		cmocka_unit_test(test_local_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
