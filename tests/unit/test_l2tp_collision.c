// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two tunnels where one is meant: both ends dial (RFC 2661 4.4.3, Tie Breaker), or a peer begins
 * anew. And a peer that is somewhere else than it was called.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_hand.h"

static void dial_both(struct pair *p, bool tie0, bool tie1)
{
	p->side[0].params.tie_breaker = tie0;
	p->side[1].params.tie_breaker = tie1;
	pair_dial(&p->side[0], &p->side[0].params);
	pair_dial(&p->side[1], &p->side[1].params);
	pair_run(p, 100000);
}

/*
 * Whose own SCCRQ won: the other one's was never asked about, and its own dial is down without a
 * word from the peer.
 */
static void expect_winner(struct pair *p, unsigned w)
{
	struct side *winner = &p->side[w], *loser = &p->side[!w];

	assert_int_equal(winner->tunnels_up, 1);
	assert_int_equal(winner->tunnel_requests, 0);
	assert_int_equal(winner->tunnels_down, 0);
	assert_int_equal(loser->tunnels_up, 1);
	assert_int_equal(loser->tunnel_requests, 1);
	assert_int_equal(loser->tunnels_down, 1);
	assert_false(loser->tunnel_end.by_peer);
	assert_string_equal(loser->tunnel_end.text, "the peer dials at the same time and wins");
	assert_int_equal(l2tp_tunnel_count(winner->l2tp), 1);
	assert_int_equal(l2tp_tunnel_count(loser->l2tp), 1);
}

static void test_no_tie_breaker(void **state)
{
	struct pair *p = *state;

	dial_both(p, false, false);
	assert_int_equal(p->side[0].tunnels_up, 2);
	assert_int_equal(p->side[1].tunnels_up, 2);
}

static void test_one_tie_breaker(void **state)
{
	struct pair *p = *state;

	dial_both(p, true, false);
	expect_winner(p, 0);
}

/* The lower of two random values wins; both ends agree, on a shuffling line too. */
static void test_two_tie_breakers(void **state)
{
	unsigned wins[2] = {0};

	(void)state;
	for (unsigned seed = 1; seed <= 50; seed++) {
		struct pair p;
		unsigned w;

		pair_init(&p, seed);
		p.jitter = 30;
		p.duplicates = 30;
		dial_both(&p, true, true);
		w = p.side[0].tunnels_down ? 1 : 0;
		expect_winner(&p, w);
		wins[w]++;
		pair_free(&p);
	}
	assert_true(wins[0] && wins[1]);
}

static void with_tie(struct hand *h, const uint8_t value[8])
{
	hand_sccrq(h, 7);
	hand_avp(h, 0, 0, AVP_TIE_BREAKER, value, 8);
}

static const uint8_t *our_tie(const struct tape *t)
{
	size_t len;
	const uint8_t *sccrq = tape_find(t, L2TP_SCCRQ, 0, &len);

	assert_non_null(sccrq);
	assert_memory_equal(sccrq + len - 14, "\0\x0e\0\0\0\5", 6);
	return sccrq + len - 8;
}

/* Values that only just differ, and the same one: then nobody has a tunnel. */
static void test_tie_values(void **state)
{
	(void)state;
	for (int differ = -1; differ <= 1; differ++) {
		struct side *us;
		struct tape tape = {0};
		uint8_t value[8];
		struct pair p;
		struct hand h;

		pair_init(&p, 5);
		us = &p.side[0];
		us->mute = true;
		us->tape = &tape;
		us->params.tie_breaker = true;
		pair_dial(us, &us->params);
		memcpy(value, our_tie(&tape), 8);
		value[7] = (uint8_t)(value[7] + differ);
		with_tie(&h, value);
		hand_send(&h, us, 0, 0);
		pair_run(&p, 1);
		assert_int_equal(us->tunnel_requests, differ < 0);
		assert_int_equal(us->tunnels_down, differ <= 0);
		assert_int_equal(tape_count(&tape, L2TP_STOPCCN), 0);
		pair_free(&p);
	}
}

/* Late copies of what lost open nothing, once the winner is up. */
static void test_late_copy_of_loser(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[0];
	struct hand h, sccrp;

	us->mute = true;
	us->params.tie_breaker = true;
	pair_dial(us, &us->params);
	hand_sccrq(&h, 7);
	hand_send(&h, us, 0, 0);
	hand_sccrp(&sccrp, us, 9);
	hand_send(&sccrp, us, 0, 1);
	assert_int_equal(us->tunnels_up, 1);
	hand_send(&h, us, 0, 0);
	assert_int_equal(us->tunnel_requests, 0);
	/* another one is another wish */
	hand_sccrq(&h, 8);
	hand_send(&h, us, 0, 0);
	assert_int_equal(us->tunnel_requests, 1);
}

/* The winner is one whom the owner does not want: then our own call stands. */
static void test_winner_refused(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[0];
	struct hand h;

	us->mute = true;
	us->tunnel_policy = PAIR_REFUSE;
	pair_dial(us, &us->params);
	with_tie(&h, (const uint8_t *)"\0\0\0\0\0\0\0\1");
	hand_send(&h, us, 0, 0);
	pair_run(p, 1);
	assert_int_equal(us->tunnels_down, 1); /* the one that was asked for */
	assert_false(l2tp_idle(us->l2tp));
	assert_int_equal(l2tp_tunnel_count(us->l2tp), 2);
	pair_run(p, 40000);
	assert_int_equal(us->tunnels_down, 2);
	assert_true(us->tunnel_end.timed_out);
}

/* Two calls of ours: the peer's is not against one of them. */
static void test_more_than_one_outstanding(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[0];
	struct hand h;

	us->mute = true;
	pair_dial(us, &us->params);
	pair_dial(us, &us->params);
	with_tie(&h, (const uint8_t *)"\0\0\0\0\0\0\0\1");
	hand_send(&h, us, 0, 0);
	pair_run(p, 1);
	assert_int_equal(us->tunnel_requests, 1);
	assert_int_equal(us->tunnels_down, 0);
}

/*
 * A peer that was started anew chooses the same tunnel id and says something else. Its old tunnel
 * stays until the new one is up: a stranger who writes the peer's address gets no further than to a
 * SCCRP that he does not see.
 */
static void test_peer_started_anew(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	struct l2tp_tunnel *old;
	struct hand h;

	us->mute = true;
	hand_connect(us, 7, 8);
	old = us->tunnel;
	hand_sccrq(&h, 7);
	hand_avp(&h, AVP_M, 0, AVP_CHALLENGE, "new", 3);
	hand_send(&h, us, 0, 0);
	assert_int_equal(us->tunnel_requests, 2);
	assert_ptr_not_equal(us->tunnel, old);
	/* a repetition of it is none of the old one's */
	hand_send(&h, us, 0, 0);
	assert_int_equal(us->tunnel_requests, 2);
	assert_int_equal(us->tunnels_down, 0);
	assert_string_equal(l2tp_tunnel_state(old), "established");
	hand_begin(&h, us, 0, L2TP_SCCCN);
	hand_send(&h, us, 1, 1);
	assert_int_equal(us->tunnels_up, 2);
	assert_int_equal(us->tunnels_down, 1);
	assert_int_equal(us->sessions_down, 1);
	assert_string_equal(us->tunnel_end.text, "the peer has started anew");
	pair_run(p, 1);
	assert_int_equal(l2tp_tunnel_count(us->l2tp), 1);
}

/* The stranger: nothing has happened when his SCCRP has been repeated in vain. */
static void test_stranger_starts_anew(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct hand h;

	pair_connect(p, true);
	for (unsigned char i = 0; i < 10; i++) {
		hand_sccrq(&h, l2tp_tunnel_id(lac->tunnel));
		hand_avp(&h, AVP_M, 0, AVP_CHALLENGE, &i, 1);
		lns->mute = true;
		hand_send(&h, lns, 0, 0);
		lns->mute = false;
		pair_run(p, 1000);
	}
	pair_run(p, 200000);
	assert_int_equal(lac->tunnels_down, 0);
	assert_int_equal(lac->sessions_down + lns->sessions_down, 0);
	assert_int_equal(l2tp_tunnel_count(lns->l2tp), 1);
}

/* Half-way: the newest SCCRQ is what the peer means. */
static void test_started_anew_in_set_up(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	struct hand h;

	us->mute = true;
	hand_sccrq(&h, 7);
	hand_send(&h, us, 0, 0);
	hand_sccrq(&h, 7);
	hand_avp(&h, AVP_M, 0, AVP_CHALLENGE, "new", 3);
	hand_send(&h, us, 0, 0);
	assert_int_equal(us->tunnel_requests, 2);
	assert_int_equal(us->tunnels_down, 1);
	pair_run(p, 1);
	assert_int_equal(l2tp_tunnel_count(us->l2tp), 1);
	hand_begin(&h, us, 0, L2TP_SCCCN);
	hand_send(&h, us, 1, 1);
	assert_int_equal(us->tunnels_up, 1);
}

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

static void test_port_change_refused(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0];

	p->side[1].port = 40000;
	lac->params.refuse_port_change = true;
	pair_dial(lac, &lac->params);
	assert_true(pair_until(p, &lac->tunnels_down, 1, 31000));
	assert_true(lac->tunnel_end.timed_out);
}

/* SCCRP from another address: by setting, from then on the tunnel's, and no second time. */
static void answer_from(struct pair *p, bool allowed)
{
	struct side *us = &p->side[0];
	struct hand h;
	char text[ENDPOINT_TEXT];

	us->mute = true;
	us->params.accept_address_change = allowed;
	pair_dial(us, &us->params);
	hand_sccrp(&h, us, 9);
	hand_send_from(&h, us, 0, 1, "192.0.2.77", 1702);
	assert_int_equal(us->tunnels_up, allowed);
	if (!allowed)
		return;
	assert_string_equal(endpoint_text(&l2tp_tunnel_path(us->tunnel)->peer, text),
			    "192.0.2.77:1702");
	hand_begin(&h, us, 0, L2TP_STOPCCN);
	hand_send_from(&h, us, 1, 2, "192.0.2.2", 1701);
	assert_int_equal(us->tunnels_down, 0);
	hand_send_from(&h, us, 1, 2, "192.0.2.78", 1702);
	assert_int_equal(us->tunnels_down, 0);
	hand_send_from(&h, us, 1, 2, "192.0.2.77", 1702);
	assert_int_equal(us->tunnels_down, 1);
}

static void test_address_of_answer(void **state)
{
	answer_from(*state, true);
}

static void test_address_change_refused(void **state)
{
	answer_from(*state, false);
}

/* A refusal may come from there too; nothing else may, and no other family. */
static void test_address_of_refusal(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[0];
	struct hand h;

	us->mute = true;
	us->params.accept_address_change = true;
	pair_dial(us, &us->params);
	hand_sccrp(&h, us, 9);
	hand_send_from(&h, us, 0, 1, "2001:db8::77", 1701);
	assert_int_equal(us->tunnels_up, 0);
	hand_begin(&h, us, 0, L2TP_STOPCCN);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_TUNNEL_ID, 9);
	l2tp_write_result(&h.b, 4, 0, "no");
	hand_send_from(&h, us, 0, 1, "192.0.2.77", 1701);
	assert_int_equal(us->tunnels_down, 1);
	assert_string_equal(us->tunnel_end.text, "no");
}

static void test_ipv6(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	char text[ENDPOINT_TEXT];

	ip_addr_parse(&lac->path.local.ip, "2001:db8::1");
	ip_addr_parse(&lac->path.peer.ip, "2001:db8::2");
	lns->path = (struct udp_path){.local = lac->path.peer, .peer = lac->path.local};
	strcpy(lac->params.secret, "s");
	strcpy(lns->params.secret, "s");
	lac->params.challenge = lns->params.challenge = true;
	pair_connect(p, true);
	assert_string_equal(endpoint_text(&l2tp_tunnel_path(lns->tunnel)->peer, text),
			    "[2001:db8::1]:1701");
	l2tp_tunnel_close(lns->tunnel, L2TP_STOP_CLEAR, 0, NULL);
	assert_true(pair_until(p, &lac->tunnels_down, 1, 1000));
}

#define test(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_no_tie_breaker),
		test(test_one_tie_breaker),
		test(test_two_tie_breakers),
		test(test_tie_values),
		test(test_late_copy_of_loser),
		test(test_winner_refused),
		test(test_more_than_one_outstanding),
		test(test_peer_started_anew),
		test(test_stranger_starts_anew),
		test(test_started_anew_in_set_up),
		test(test_port_of_answer),
		test(test_port_change_refused),
		test(test_address_of_answer),
		test(test_address_change_refused),
		test(test_address_of_refusal),
		test(test_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
