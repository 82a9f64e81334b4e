// SPDX-License-Identifier: GPL-2.0-only
/*
 * What peers in the field do, and RFC 2661 does not say: each is played by hand, and must be
 * understood. (Other ports and addresses, and peers that begin anew: test_l2tp_collision.c. Padded
 * hidden AVPs: test_l2tp_hiding.c.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_hand.h"

/*
 * No acknowledgement of HELLO, while data comes: the peer is there. When nothing comes any more, it
 * is not.
 */
static void test_hello_ignored(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	struct tape tape = {0};

	us->mute = true;
	us->tape = &tape;
	us->params.hello_interval = 10000;
	hand_connect(us, 7, 8);
	hand_ack(us, l2tp_tunnel_id(us->tunnel), 4, 2);
	for (int i = 0; i < 100; i++) {
		pair_run(p, 12000);
		l2tp_tunnel_saw_data(us->tunnel);
	}
	assert_int_equal(us->tunnels_down, 0);
	assert_true(tape_count(&tape, L2TP_HELLO) > 100);
	/* the same message all the time */
	assert_int_equal(tape.msg[(tape.count - 1) % TAPE_MAX].ns, 2);
	assert_true(pair_until(p, &us->tunnels_down, 1, 80000));
	assert_true(us->tunnel_end.timed_out);
}

/* It answers in its own time, with a message of its own: all is as it was. */
static void test_hello_answered_late(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	struct hand h;

	us->mute = true;
	us->params.hello_interval = 10000;
	hand_connect(us, 7, 8);
	hand_ack(us, l2tp_tunnel_id(us->tunnel), 4, 2);
	for (int i = 0; i < 20; i++) {
		pair_run(p, 10000);
		l2tp_tunnel_saw_data(us->tunnel);
	}
	hand_begin(&h, us, 0, L2TP_HELLO);
	hand_send(&h, us, 4, 3);
	pair_run(p, 9000);
	assert_int_equal(us->tunnels_down, 0);
	/* but any other message must be heard */
	pair_call(us, us->tunnel);
	for (int i = 0; i < 8; i++) {
		pair_run(p, 10000);
		if (us->tunnel)
			l2tp_tunnel_saw_data(us->tunnel);
	}
	assert_int_equal(us->tunnels_down, 1);
}

static void test_sccrq_repeated(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	struct tape tape = {0};
	struct hand h;

	us->mute = true;
	us->tape = &tape;
	hand_sccrq(&h, 7);
	for (int i = 0; i < 4; i++) {
		hand_send(&h, us, 0, 0);
		pair_run(p, 300);
	}
	assert_int_equal(us->tunnel_requests, 1);
	/* ours runs by its own clock; each repetition is acknowledged */
	assert_int_equal(tape_count(&tape, L2TP_SCCRP), 2);
	assert_int_equal(tape.zlbs, 3);
	hand_begin(&h, us, 0, L2TP_SCCCN);
	hand_send(&h, us, 1, 1);
	assert_int_equal(us->tunnels_up, 1);
	/* one that was under way for long */
	hand_sccrq(&h, 7);
	hand_send(&h, us, 0, 0);
	assert_int_equal(us->tunnel_requests, 1);
	assert_int_equal(us->tunnels_down, 0);
}

/*
 * SCCRP is not retransmitted: each SCCRQ that arrives is answered anew, with a higher number. The
 * first is lost.
 */
static void test_sccrp_renumbered(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[0];
	struct hand h;

	us->mute = true;
	pair_dial(us, &us->params);
	pair_run(p, 1500);
	hand_sccrp(&h, us, 9);
	hand_send(&h, us, 1, 1);
	assert_int_equal(us->tunnels_up, 1);
	/*
	 * a third for the same is none too many; one with another id is, and one that comes much
	 * later
	 */
	hand_send(&h, us, 2, 1);
	assert_int_equal(us->tunnels_down, 0);
	hand_sccrp(&h, us, 10);
	hand_send(&h, us, 3, 1);
	assert_int_equal(us->tunnels_down, 1);
	assert_int_equal(us->tunnel_end.result, L2TP_STOP_FSM);
}

/* The number goes on from there. */
static void test_after_renumbered(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[0];
	struct tape tape = {0};
	struct hand h;
	size_t len;

	us->mute = true;
	us->tape = &tape;
	pair_dial(us, &us->params);
	hand_sccrp(&h, us, 9);
	hand_send(&h, us, 3, 1);
	assert_non_null(tape_find(&tape, L2TP_SCCCN, 0, &len));
	assert_int_equal(tape.msg[tape.count - 1].nr, 4);
	hand_send(&h, us, 1, 1); /* an old one */
	hand_icrq(&h, us, 11);
	hand_send(&h, us, 4, 2);
	assert_int_equal(us->session_requests, 1);
	assert_int_equal(us->tunnels_down, 0);
}

/* Data comes before ICCN has, and before our ICCN is acknowledged. */
static void test_data_before_iccn(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	uint16_t ns = hand_connect(us, 7, 0);
	struct hand h;

	hand_icrq(&h, us, 8);
	hand_send(&h, us, ns++, 1);
	l2tp_tunnel_saw_data(us->tunnel);
	assert_string_equal(l2tp_session_state(us->session), "wait-connect");
	hand_iccn(&h, us);
	hand_send(&h, us, ns++, 2);
	assert_int_equal(us->sessions_up, 1);

	pair_call(us, us->tunnel);
	hand_begin(&h, us, l2tp_session_id(us->session), L2TP_ICRP);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_SESSION_ID, 12);
	us->mute = true;
	hand_send(&h, us, ns++, 3);
	/* up although nobody has heard of it yet */
	assert_int_equal(us->sessions_up, 2);
	assert_int_equal(l2tp_session_peer_id(us->session), 12);
}

static const struct l2tp_end *end_by(struct side *us, uint16_t type, const void *result, size_t len)
{
	struct hand h;
	uint16_t ns = hand_connect(us, 7, 8);

	hand_begin(&h, us, type == L2TP_CDN ? l2tp_session_id(us->session) : 0,
		   (enum l2tp_message_type)type);
	hand_avp(&h, AVP_M, 0, AVP_RESULT_CODE, result, len);
	hand_send(&h, us, ns, 2);
	assert_int_equal(us->sessions_down, 1);
	return type == L2TP_CDN ? &us->session_end : &us->tunnel_end;
}

static void test_result_without_error(void **state)
{
	struct pair *p = *state;
	const struct l2tp_end *e = end_by(&p->side[1], L2TP_CDN, "\0\3", 2);

	assert_int_equal(e->result, 3);
	assert_int_equal(e->error, 0);
	assert_string_equal(e->text, "");
	assert_int_equal(p->side[1].tunnels_down, 0);
}

static void test_result_little_endian(void **state)
{
	struct pair *p = *state;
	const struct l2tp_end *e = end_by(&p->side[1], L2TP_CDN, "\2\0\6\0why", 7);

	assert_int_equal(e->result, 2);
	assert_int_equal(e->error, 6);
	assert_string_equal(e->text, "why");
}

static void test_stop_little_endian(void **state)
{
	struct pair *p = *state;
	const struct l2tp_end *e = end_by(&p->side[1], L2TP_STOPCCN, "\6\0", 2);

	assert_int_equal(e->result, 6);
	assert_int_equal(p->side[1].tunnels_down, 1);
}

/* Not a code of any kind: the call ends all the same. */
static void test_result_malformed(void **state)
{
	struct pair *p = *state;
	const struct l2tp_end *e = end_by(&p->side[1], L2TP_CDN, "\1", 1);

	assert_int_equal(e->result, 0);
	assert_true(e->by_peer);
	assert_int_equal(p->side[1].tunnels_down, 0);
}

/* CDN with the header's session id alone, with the AVP alone, and with neither. */
static void test_cdn_without_session_id(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	uint16_t ns = hand_connect(us, 7, 8);
	struct hand h;

	hand_begin(&h, us, l2tp_session_id(us->session), L2TP_CDN);
	l2tp_write_result(&h.b, 3, 0, NULL);
	hand_send(&h, us, ns++, 2);
	assert_int_equal(us->sessions_down, 1);
	hand_icrq(&h, us, 9);
	hand_send(&h, us, ns++, 2);
	hand_begin(&h, us, 0, L2TP_CDN);
	l2tp_write_result(&h.b, 3, 0, NULL);
	hand_send(&h, us, ns++, 2);
	assert_int_equal(us->sessions_down, 1);
	hand_begin(&h, us, 0, L2TP_CDN);
	l2tp_write_result(&h.b, 3, 0, NULL);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_SESSION_ID, 9);
	hand_send(&h, us, ns++, 2);
	assert_int_equal(us->sessions_down, 2);
	assert_int_equal(us->tunnels_down, 0);
}

/*
 * Tunnel id 0 in the header of SCCRP, of SCCCN, of the ZLB in between, and of a StopCCN that could
 * name us.
 */
static void test_tunnel_id_0_answer(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[0];
	struct hand h;

	us->mute = true;
	pair_dial(us, &us->params);
	hand_ack(us, 0, 0, 1);
	pair_run(p, 10000);
	hand_sccrp(&h, us, 9);
	h.bytes[4] = h.bytes[5] = 0;
	hand_send(&h, us, 0, 1);
	assert_int_equal(us->tunnels_up, 1);
	/* but not in one that is up */
	hand_begin_id(&h, 0, 0, L2TP_HELLO);
	hand_avp(&h, AVP_M, 0, 99, NULL, 0);
	hand_send(&h, us, 1, 2);
	assert_int_equal(us->tunnels_down, 0);
}

static void test_tunnel_id_0_request(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	struct hand h;
	uint16_t ns = 1;

	us->mute = true;
	hand_sccrq(&h, 7);
	hand_send(&h, us, 0, 0);
	hand_ack(us, 0, 1, 1);
	hand_begin_id(&h, 0, 0, L2TP_SCCCN);
	hand_send(&h, us, ns++, 1);
	assert_int_equal(us->tunnels_up, 1);
	/* with two on the way nobody is meant */
	hand_sccrq(&h, 8);
	hand_send(&h, us, 0, 0);
	hand_sccrq(&h, 9);
	hand_send(&h, us, 0, 0);
	hand_begin_id(&h, 0, 0, L2TP_SCCCN);
	hand_send(&h, us, 1, 1);
	assert_int_equal(us->tunnels_up, 1);
	/*
	 * a StopCCN to id 0 names the peer's own id: that of no tunnel, that of the one that is up
	 */
	hand_begin_id(&h, 0, 0, L2TP_STOPCCN);
	l2tp_write_result(&h.b, 1, 0, NULL);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_TUNNEL_ID, 77);
	hand_send(&h, us, ns, 1);
	assert_int_equal(us->tunnels_down, 0);
	hand_begin_id(&h, 0, 0, L2TP_STOPCCN);
	l2tp_write_result(&h.b, 1, 0, NULL);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_TUNNEL_ID, 7);
	hand_send(&h, us, ns, 1);
	assert_int_equal(us->tunnels_down, 1);
}

/* An Assigned Tunnel ID of 0 is nobody's name. */
static void test_assigned_tunnel_id_0(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	struct hand h;

	hand_sccrq(&h, 0);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_TUNNEL_ID, 0);
	hand_send(&h, us, 0, 0);
	assert_int_equal(us->tunnel_requests, 0);
	assert_int_equal(us->sent, 0);
}

/* SCCCN that repeats all of SCCRQ, mandatory bits and all. */
static void test_scccn_like_sccrq(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	struct hand h;

	hand_sccrq(&h, 7);
	hand_send(&h, us, 0, 0);
	hand_sccrq(&h, 7);
	l2tp_write_u16(&h.b, AVP_RECEIVE_WINDOW_SIZE, 4);
	h.bytes[4] = (uint8_t)(l2tp_tunnel_id(us->tunnel) >> 8);
	h.bytes[5] = (uint8_t)l2tp_tunnel_id(us->tunnel);
	h.bytes[19] = L2TP_SCCCN;
	hand_send(&h, us, 1, 1);
	assert_int_equal(us->tunnels_up, 1);
}

static void test_unprivileged_port(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	struct tape tape = {0};
	struct hand h;

	us->mute = true;
	us->tape = &tape;
	hand_sccrq(&h, 7);
	hand_send_from(&h, us, 0, 0, "192.0.2.1", 54321);
	assert_int_equal(tape.msg[0].path.peer.port, 54321);
	hand_begin(&h, us, 0, L2TP_SCCCN);
	hand_send_from(&h, us, 1, 1, "192.0.2.1", 1701);
	assert_int_equal(us->tunnels_up, 0);
	hand_send_from(&h, us, 1, 1, "192.0.2.1", 54321);
	assert_int_equal(us->tunnels_up, 1);
}

static void test_short_call_serial(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	uint16_t ns = hand_connect(us, 7, 0);
	struct hand h;

	hand_begin(&h, us, 0, L2TP_ICRQ);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_SESSION_ID, 8);
	l2tp_write_u16(&h.b, AVP_CALL_SERIAL_NUMBER, 0x1234);
	hand_send(&h, us, ns, 1);
	assert_int_equal(us->session_requests, 1);
	assert_int_equal(us->asked.serial, 0x1234);
}

#define test(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_hello_ignored),	   test(test_hello_answered_late),
		test(test_sccrq_repeated),	   test(test_sccrp_renumbered),
		test(test_after_renumbered),	   test(test_data_before_iccn),
		test(test_result_without_error),   test(test_result_little_endian),
		test(test_stop_little_endian),	   test(test_result_malformed),
		test(test_cdn_without_session_id), test(test_tunnel_id_0_answer),
		test(test_tunnel_id_0_request),	   test(test_assigned_tunnel_id_0),
		test(test_scccn_like_sccrq),	   test(test_unprivileged_port),
		test(test_short_call_serial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
