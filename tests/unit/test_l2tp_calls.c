// SPDX-License-Identifier: GPL-2.0-only
/* Outgoing calls (RFC 2661 7.5) in both roles, and what messages say of a call and of its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_hand.h"

static const struct l2tp_call_info wanted = {
	.type = L2TP_CALL_OUTGOING,
	.min_bps = 9600,
	.max_bps = 64000,
	.bearer_type = L2TP_BEARER_DIGITAL,
	.called = "5551234",
	.sub_address = "7",
};

/* Side 1 is the LNS that wants a call, side 0 the LAC that places it. */
static struct l2tp_session *ask(struct pair *p)
{
	struct side *lac = &p->side[0], *lns = &p->side[1];

	lac->params.bearer = L2TP_BEARER_DIGITAL;
	pair_connect(p, false);
	lns->session = l2tp_session_dial(lns->tunnel, &wanted, &p->log, lns);
	assert_non_null(lns->session);
	assert_true(pair_until(p, &lac->session_requests, 1, 1000));
	return lns->session;
}

static void test_outgoing(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct l2tp_session *s = ask(p);

	assert_int_equal(lac->asked.type, L2TP_CALL_OUTGOING);
	assert_int_equal(lac->asked.min_bps, 9600);
	assert_int_equal(lac->asked.max_bps, 64000);
	assert_int_equal(lac->asked.bearer_type, L2TP_BEARER_DIGITAL);
	assert_int_equal(lac->asked.framing_type, L2TP_FRAMING_SYNC);
	assert_string_equal(lac->asked.called, "5551234");
	assert_string_equal(lac->asked.sub_address, "7");
	assert_string_equal(l2tp_session_state(lac->session), "wait-cs-answer");
	/* OCRP is there, and it may ring for long: longer than any set-up may take */
	pair_run(p, 50000);
	assert_string_equal(l2tp_session_state(s), "wait-connect");
	assert_int_equal(lac->sessions_up + lns->sessions_up, 0);
	l2tp_session_answered(lac->session, &(struct l2tp_call_info){.tx_speed = 64000,
								     .rx_speed = 32000,
								     .sequencing_required = true});
	assert_int_equal(lac->sessions_up, 1);
	assert_true(pair_until(p, &lns->sessions_up, 1, 1000));
	assert_int_equal(lns->call.tx_speed, 64000);
	assert_int_equal(lns->call.rx_speed, 32000);
	assert_true(lns->call.sequencing_required);
	assert_string_equal(l2tp_session_state(s), "established");
	/* answered once only */
	l2tp_session_answered(lac->session, &wanted);
	pair_run(p, 1000);
	assert_int_equal(lac->sessions_up, 1);
	l2tp_session_close(s, L2TP_CDN_ADMIN, 0, "enough");
	assert_true(pair_until(p, &lac->sessions_down, 1, 1000));
	assert_string_equal(lac->session_end.text, "enough");
}

static void test_outgoing_refused(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];

	p->side[0].session_policy = PAIR_REFUSE;
	ask(p);
	assert_true(pair_until(p, &lns->sessions_down, 1, 1000));
	assert_int_equal(lns->session_end.result, L2TP_CDN_ADMIN);
	assert_int_equal(lns->tunnels_down, 0);
}

/* "Bearer failure": CDN in wait-cs-answer. */
static void test_outgoing_busy(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	ask(p);
	pair_run(p, 1000);
	l2tp_session_close(lac->session, L2TP_CDN_BUSY, 0, NULL);
	assert_true(pair_until(p, &lns->sessions_down, 1, 1000));
	assert_int_equal(lns->session_end.result, L2TP_CDN_BUSY);
	assert_true(lns->session_end.by_peer);
}

/* "Local close request" in wait-reply and wait-connect, and nobody answers in time. */
static void test_outgoing_given_up(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	lac->session_policy = PAIR_HOLD;
	l2tp_session_close(ask(p), L2TP_CDN_ADMIN, 0, NULL);
	assert_true(pair_until(p, &lac->sessions_down, 1, 1000));
	lac->session_policy = PAIR_ACCEPT;
	assert_non_null(l2tp_session_dial(lns->tunnel, &wanted, &p->log, lns));
	assert_true(pair_until(p, &lns->sessions_down, 2, 130000));
	assert_int_equal(lns->session_end.result, L2TP_CDN_TIMEOUT);
	assert_true(lns->session_end.timed_out);
	assert_true(pair_until(p, &lac->sessions_down, 2, 1000));
	assert_int_equal(lac->tunnels_down + lns->tunnels_down, 0);
}

/* RFC 2661 6.9: no OCRQ to a LAC that has said no Bearer Capabilities. */
static void test_outgoing_not_offered(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct l2tp_session *s;

	pair_dial(lns, &lns->params);
	s = l2tp_session_dial(lns->tunnel, &wanted, &p->log, lns);
	assert_non_null(s); /* not known yet */
	assert_string_equal(l2tp_session_state(s), "wait-tunnel");
	assert_true(pair_until(p, &lns->sessions_down, 1, 1000));
	assert_int_equal(lns->session_end.result, L2TP_CDN_NO_FACILITY_PERMANENT);
	assert_false(lns->session_end.by_peer);
	assert_null(l2tp_session_dial(lns->tunnel, &wanted, &p->log, lns));
	assert_int_equal(lac->session_requests, 0);
}

/* RFC 2661 7.5: messages in the wrong state end the call, and only that. */
static void test_outgoing_wrong_state(void **state)
{
	static const enum l2tp_message_type wrong[] = {L2TP_OCRP, L2TP_OCCN, L2TP_ICCN};
	struct pair *p = *state;
	struct side *lac = &p->side[0];
	uint16_t ns = hand_connect(lac, 7, 0);
	struct tape tape = {0};
	struct hand h;
	size_t len;

	lac->tape = &tape;
	for (unsigned i = 0; i < 3; i++) {
		hand_begin(&h, lac, 0, L2TP_OCRQ);
		l2tp_write_u16(&h.b, AVP_ASSIGNED_SESSION_ID, (uint16_t)(40 + i));
		l2tp_write_u32(&h.b, AVP_CALL_SERIAL_NUMBER, 1);
		l2tp_write_u32(&h.b, AVP_MINIMUM_BPS, 1);
		l2tp_write_u32(&h.b, AVP_MAXIMUM_BPS, 2);
		l2tp_write_u32(&h.b, AVP_BEARER_TYPE, 1);
		l2tp_write_u32(&h.b, AVP_FRAMING_TYPE, 1);
		l2tp_write_text(&h.b, AVP_CALLED_NUMBER, "1");
		hand_send(&h, lac, ns++, 1);
		assert_int_equal(lac->session_requests, i + 1);
		hand_begin(&h, lac, l2tp_session_id(lac->session), wrong[i]);
		l2tp_write_u16(&h.b, AVP_ASSIGNED_SESSION_ID, (uint16_t)(40 + i));
		l2tp_write_u32(&h.b, AVP_TX_CONNECT_SPEED, 1);
		l2tp_write_u32(&h.b, AVP_FRAMING_TYPE, 1);
		hand_send(&h, lac, ns++, 1);
		assert_int_equal(lac->sessions_down, i + 1);
	}
	/* a request that lacks what it must hold is refused before the owner hears of it */
	hand_begin(&h, lac, 0, L2TP_OCRQ);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_SESSION_ID, 50);
	l2tp_write_u32(&h.b, AVP_CALL_SERIAL_NUMBER, 1);
	hand_send(&h, lac, ns++, 1);
	assert_int_equal(lac->session_requests, 3);
	assert_int_equal(lac->tunnels_down, 0);
	/* "idle, receive OCRP": CDN; "idle, receive OCCN": nothing */
	hand_ack(lac, l2tp_tunnel_id(lac->tunnel), ns, 2);
	pair_run(p, 20000);
	for (uint16_t nr = 2; nr < 12; nr++)
		hand_ack(lac, l2tp_tunnel_id(lac->tunnel), ns, nr);
	tape.count = 0;
	hand_begin(&h, lac, 4711, L2TP_OCCN);
	hand_send(&h, lac, ns++, 8);
	assert_null(tape_find(&tape, L2TP_CDN, 0, &len));
	hand_begin(&h, lac, 4711, L2TP_OCRP);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_SESSION_ID, 51);
	hand_send(&h, lac, ns++, 8);
	assert_non_null(tape_find(&tape, L2TP_CDN, 0, &len));
	assert_int_equal(lac->tunnels_down, 0);
}

/* A tunnel that we dial to a peer with these capabilities; bearer NULL: it says none. */
static void dial_hand(struct pair *p, struct side *s, uint32_t framing, const uint32_t *bearer)
{
	struct hand h;

	pair_dial(s, &s->params);
	hand_begin(&h, s, 0, L2TP_SCCRP);
	l2tp_write_u16(&h.b, AVP_PROTOCOL_VERSION, L2TP_PROTOCOL_VERSION);
	l2tp_write_u32(&h.b, AVP_FRAMING_CAPABILITIES, framing);
	l2tp_write_text(&h.b, AVP_HOST_NAME, "hand");
	l2tp_write_u16(&h.b, AVP_ASSIGNED_TUNNEL_ID, 7);
	if (bearer)
		l2tp_write_u32(&h.b, AVP_BEARER_CAPABILITIES, *bearer);
	p->side[s == p->side].dead = true;
	hand_send(&h, s, 0, 1);
	assert_int_equal(s->tunnels_up, 1);
	hand_ack(s, l2tp_tunnel_id(s->tunnel), 1, 2);
}

/* What a message of ours says in this attribute; all ones: nothing. */
static uint32_t said(const struct tape *tape, uint16_t type, enum l2tp_attribute a)
{
	struct l2tp_message m;
	const uint8_t *msg;
	size_t len;

	msg = tape_find(tape, type, 0, &len);
	assert_non_null(msg);
	assert_int_equal(l2tp_message_parse(&m, msg, len, NULL), 0);
	return l2tp_has(&m, a) ? l2tp_get_u32(&m, a) : UINT32_MAX;
}

/* RFC 2661 4.4.3: no Framing Type that the peer has not said it has. */
static void framing_of_incoming(struct pair *p, uint32_t capabilities, uint32_t want)
{
	struct side *lac = &p->side[0];
	struct tape tape = {0};
	struct hand h;

	lac->tape = &tape;
	dial_hand(p, lac, capabilities, NULL);
	lac->session = l2tp_session_dial(lac->tunnel, &(struct l2tp_call_info){0}, &p->log, lac);
	hand_begin(&h, lac, l2tp_session_id(lac->session), L2TP_ICRP);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_SESSION_ID, 9);
	hand_send(&h, lac, 1, 3);
	assert_int_equal(lac->sessions_up, 1);
	assert_int_equal(said(&tape, L2TP_ICCN, AVP_FRAMING_TYPE), want);
}

static void test_framing(void **state)
{
	framing_of_incoming(*state, L2TP_FRAMING_SYNC | L2TP_FRAMING_ASYNC, L2TP_FRAMING_SYNC);
}

static void test_framing_async(void **state)
{
	framing_of_incoming(*state, L2TP_FRAMING_ASYNC, L2TP_FRAMING_ASYNC);
}

/* It says that it has none, and means nothing by it. */
static void test_framing_none(void **state)
{
	framing_of_incoming(*state, 0, L2TP_FRAMING_SYNC);
}

/* RFC 2661 4.4.4: only bits of the LAC's capabilities in an OCRQ. */
static void test_outgoing_capabilities(void **state)
{
	struct l2tp_call_info call = wanted;
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	struct tape tape = {0};

	call.framing_type = L2TP_FRAMING_SYNC | L2TP_FRAMING_ASYNC;
	call.bearer_type = L2TP_BEARER_DIGITAL | L2TP_BEARER_ANALOG;
	lns->tape = &tape;
	dial_hand(p, lns, L2TP_FRAMING_ASYNC, &(uint32_t){L2TP_BEARER_ANALOG});
	assert_non_null(l2tp_session_dial(lns->tunnel, &call, &p->log, lns));
	assert_int_equal(said(&tape, L2TP_OCRQ, AVP_FRAMING_TYPE), L2TP_FRAMING_ASYNC);
	assert_int_equal(said(&tape, L2TP_OCRQ, AVP_BEARER_TYPE), L2TP_BEARER_ANALOG);
	/* no such bearer, no such framing: not asked for */
	call.bearer_type = L2TP_BEARER_DIGITAL;
	assert_null(l2tp_session_dial(lns->tunnel, &call, &p->log, lns));
	call.bearer_type = L2TP_BEARER_ANALOG;
	call.framing_type = L2TP_FRAMING_SYNC;
	assert_null(l2tp_session_dial(lns->tunnel, &call, &p->log, lns));
	assert_int_equal(tape_count(&tape, L2TP_OCRQ), 1);
}

/* Of the LAC's line. */
static void test_physical_channel(void **state)
{
	const struct l2tp_call_info call = {.physical_channel = 0x01020304};
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	pair_connect(p, false);
	assert_non_null(l2tp_session_dial(lac->tunnel, &call, &p->log, lac));
	assert_true(pair_until(p, &lns->session_requests, 1, 1000));
	assert_int_equal(lns->asked.physical_channel, 0x01020304);
}

/* WEN and SLI change no state, and are kept with the call. */
static void test_notices(void **state)
{
	static const uint8_t errors[26] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0,
					   3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 1, 0};
	static const uint8_t accm[10] = {0, 0, 0, 0x0a, 0, 0, 0, 0, 0, 1};
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	uint16_t ns = hand_connect(lns, 7, 8);
	const struct l2tp_call_info *call = l2tp_session_call(lns->session);
	struct hand h;

	assert_int_equal(call->accm_send, 0xffffffff);
	assert_int_equal(call->accm_receive, 0xffffffff);
	hand_begin(&h, lns, l2tp_session_id(lns->session), L2TP_WEN);
	l2tp_write_bytes(&h.b, AVP_CALL_ERRORS, errors, sizeof(errors));
	hand_send(&h, lns, ns++, 2);
	hand_begin(&h, lns, l2tp_session_id(lns->session), L2TP_SLI);
	l2tp_write_bytes(&h.b, AVP_ACCM, accm, sizeof(accm));
	hand_send(&h, lns, ns++, 2);
	assert_int_equal(call->errors.crc, 1);
	assert_int_equal(call->errors.framing, 2);
	assert_int_equal(call->errors.hardware_overruns, 3);
	assert_int_equal(call->errors.buffer_overruns, 4);
	assert_int_equal(call->errors.timeouts, 5);
	assert_int_equal(call->errors.alignment, 256);
	assert_int_equal(call->accm_send, 0x000a0000);
	assert_int_equal(call->accm_receive, 1);
	assert_string_equal(l2tp_session_state(lns->session), "established");
	assert_non_null(strstr(p->text, "errors on the line: CRC 1, framing 2"));
	assert_non_null(strstr(p->text, "ACCM to send 0x000a0000, to receive 0x00000001"));
}

static void test_causes(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	uint16_t ns = hand_connect(lns, 7, 8);
	char text[L2TP_CAUSES_TEXT];
	struct hand h;

	hand_begin(&h, lns, l2tp_session_id(lns->session), L2TP_CDN);
	l2tp_write_result(&h.b, L2TP_CDN_CARRIER, 0, NULL);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_SESSION_ID, 8);
	l2tp_write_bytes(&h.b, AVP_Q931_CAUSE_CODE,
			 "\0\x10\x45"
			 "bye\n",
			 7);
	hand_avp(&h, 0, 0, AVP_PPP_DISCONNECT_CAUSE, "\0\x10\xc2\x23\1bad login", 14);
	hand_send(&h, lns, ns, 2);
	assert_int_equal(lns->sessions_down, 1);
	assert_true(lns->session_end.q931.said);
	assert_int_equal(lns->session_end.q931.code, 16);
	assert_int_equal(lns->session_end.q931.message, 0x45);
	assert_string_equal(lns->session_end.q931.text, "bye?");
	assert_true(lns->session_end.ppp.said);
	assert_int_equal(lns->session_end.ppp.code, 16);
	assert_int_equal(lns->session_end.ppp.protocol, 0xc223);
	assert_int_equal(lns->session_end.ppp.direction, 1);
	assert_string_equal(lns->session_end.ppp.text, "bad login");
	assert_string_equal(l2tp_causes_text(&lns->session_end, text),
			    "Q.931 cause 16, normal call clearing \"bye?\"; PPP cause 16, "
			    "authentication failed at the peer, protocol 0xc223 \"bad login\"");
}

static void test_causes_odd(void **state)
{
	struct l2tp_end e = {.ppp = {.said = true, .code = 999, .direction = 9}};
	char text[L2TP_CAUSES_TEXT];

	(void)state;
	assert_string_equal(l2tp_causes_text(&e, text), "PPP cause 999, unknown");
	memset(e.ppp.text, 'x', sizeof(e.ppp.text) - 1);
	memset(e.q931.text, 'y', sizeof(e.q931.text) - 1);
	e.q931.said = true;
	e.ppp.protocol = 0xc021;
	e.ppp.code = 11;
	e.ppp.direction = 2;
	e.q931.code = 27;
	assert_true(strlen(l2tp_causes_text(&e, text)) < sizeof(text) - 1);
	assert_string_equal(l2tp_causes_text(&(struct l2tp_end){0}, text), "");
}

static void test_proxy(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	uint16_t ns = hand_connect(lns, 7, 8);
	const struct l2tp_proxy *x = &lns->proxy;
	uint8_t long_one[300] = {0};
	struct hand h;

	assert_false(lns->had_proxy);
	hand_icrq(&h, lns, 9);
	hand_send(&h, lns, ns++, 2);
	hand_iccn(&h, lns);
	l2tp_write_bytes(&h.b, AVP_INITIAL_RECEIVED_CONFREQ, "\1\4\5\xdc", 4);
	l2tp_write_bytes(&h.b, AVP_LAST_SENT_CONFREQ, "\3\5\xc2\x23\5", 5);
	l2tp_write_bytes(&h.b, AVP_LAST_RECEIVED_CONFREQ, "\1\4\5\xd4", 4);
	l2tp_write_u16(&h.b, AVP_PROXY_AUTHEN_TYPE, 2);
	l2tp_write_text(&h.b, AVP_PROXY_AUTHEN_NAME, "alice");
	l2tp_write_bytes(&h.b, AVP_PROXY_AUTHEN_CHALLENGE, "challenge", 9);
	l2tp_write_u16(&h.b, AVP_PROXY_AUTHEN_ID, 0x51);
	l2tp_write_bytes(&h.b, AVP_PROXY_AUTHEN_RESPONSE, "0123456789abcdef", 16);
	hand_send(&h, lns, ns++, 3);
	assert_true(lns->had_proxy);
	assert_int_equal(x->proxy_lcp_initial.len, 4);
	assert_memory_equal(x->proxy_lcp_initial.bytes, "\1\4\5\xdc", 4);
	assert_int_equal(x->proxy_lcp_last_sent.len, 5);
	assert_memory_equal(x->proxy_lcp_last_sent.bytes, "\3\5\xc2\x23\5", 5);
	assert_int_equal(x->proxy_lcp_last_received.len, 4);
	assert_int_equal(x->proxy_auth_type, 2);
	assert_string_equal(x->proxy_auth_name, "alice");
	assert_int_equal(x->proxy_auth_challenge_len, 9);
	assert_memory_equal(x->proxy_auth_challenge, "challenge", 9);
	assert_int_equal(x->proxy_auth_id, 0x51);
	assert_int_equal(x->proxy_auth_response_len, 16);
	/* not kept */
	assert_null(l2tp_session_call(lns->session)->proxy);

	/* what does not fit, and a name with a NUL in it, count as not said */
	hand_icrq(&h, lns, 10);
	hand_send(&h, lns, ns++, 3);
	hand_iccn(&h, lns);
	l2tp_write_bytes(&h.b, AVP_LAST_SENT_CONFREQ, long_one, 256);
	l2tp_write_bytes(&h.b, AVP_PROXY_AUTHEN_NAME, "al\0ce", 5);
	l2tp_write_bytes(&h.b, AVP_PROXY_AUTHEN_RESPONSE, long_one, 255);
	hand_send(&h, lns, ns++, 4);
	assert_int_equal(lns->sessions_up, 3);
	assert_int_equal(x->proxy_lcp_last_sent.len, 0);
	assert_string_equal(x->proxy_auth_name, "");
	assert_int_equal(x->proxy_auth_response_len, 255);
}

static void close_on_up(struct side *s, const char *event)
{
	if (!strcmp(event, "session_up"))
		l2tp_session_close(s->session, L2TP_CDN_ADMIN, 0, NULL);
}

static void test_proxy_and_close(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	uint16_t ns = hand_connect(lns, 7, 0);
	struct hand h;

	lns->after = close_on_up;
	hand_icrq(&h, lns, 9);
	hand_send(&h, lns, ns++, 1);
	hand_iccn(&h, lns);
	l2tp_write_u16(&h.b, AVP_PROXY_AUTHEN_TYPE, 4);
	hand_send(&h, lns, ns++, 2);
	assert_int_equal(lns->sessions_down, 1);
}

#define test(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_outgoing),
		test(test_outgoing_refused),
		test(test_outgoing_busy),
		test(test_outgoing_given_up),
		test(test_outgoing_not_offered),
		test(test_outgoing_wrong_state),
		test(test_framing),
		test(test_framing_async),
		test(test_framing_none),
		test(test_outgoing_capabilities),
		test(test_physical_channel),
		test(test_notices),
		test(test_causes),
		test(test_causes_odd),
		test(test_proxy),
		test(test_proxy_and_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
