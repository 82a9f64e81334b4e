// SPDX-License-Identifier: GPL-2.0-only
/* Limits, and floods beyond them: what they leave behind, and whom they leave alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_hand.h"
#include <malloc.h>

/* Bytes that malloc() has given and not got back. */
static size_t in_use(void)
{
	return mallinfo2().uordblks;
}

static void limit(struct pair *p, struct l2tp_limits limits)
{
	struct side *s = &p->side[1];

	pair_limit(s, limits);
	s->mute = true;
}

/* A SCCRQ from the n-th invented address. */
static void spoof(struct side *to, uint32_t n, uint16_t id, uint8_t challenge)
{
	struct udp_path path = to->path;
	struct hand h;

	hand_sccrq(&h, id);
	hand_avp(&h, AVP_M, 0, AVP_CHALLENGE, &challenge, 1);
	h.len = l2tp_write_end(&h.b);
	path.peer.ip.bytes[0] = 10;
	path.peer.ip.bytes[1] = (uint8_t)(n >> 16);
	path.peer.ip.bytes[2] = (uint8_t)(n >> 8);
	path.peer.ip.bytes[3] = (uint8_t)n;
	l2tp_input(to->l2tp, &path, h.bytes, h.len);
}

static void test_half_open(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	struct l2tp_tunnel *first;

	limit(p, (struct l2tp_limits){.half_open = 10});
	for (uint32_t n = 0; n < 10; n++)
		spoof(us, n, 7, 0);
	first = us->tunnel;
	for (uint32_t n = 10; n < 30; n++)
		spoof(us, n, 7, 0);
	assert_int_equal(us->tunnel_requests, 10);
	assert_int_equal(l2tp_rejected(us->l2tp)->half_open, 20);
	/* repetitions are none, and one that is up is not half open */
	spoof(us, 9, 7, 0);
	assert_int_equal(l2tp_rejected(us->l2tp)->half_open, 20);
	l2tp_tunnel_close(first, L2TP_STOP_CLEAR, 0, NULL);
	spoof(us, 30, 7, 0);
	spoof(us, 31, 7, 0);
	assert_int_equal(us->tunnel_requests, 11);
	assert_int_equal(l2tp_rejected(us->l2tp)->half_open, 21);
	/* the time of the others comes too */
	pair_run(p, 200000);
	assert_int_equal(l2tp_tunnel_count(us->l2tp), 0);
	for (uint32_t n = 0; n < 10; n++)
		spoof(us, n, 7, 0);
	assert_int_equal(us->tunnel_requests, 21);
}

static void test_tunnels_per_peer(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];

	limit(p, (struct l2tp_limits){.tunnels_per_peer = 3});
	for (uint16_t id = 1; id <= 5; id++) {
		spoof(us, 1, id, 0);
		spoof(us, 2, id, 0);
	}
	assert_int_equal(us->tunnel_requests, 6);
	assert_int_equal(l2tp_rejected(us->l2tp)->tunnels_per_peer, 4);
	l2tp_tunnel_close(us->tunnel, L2TP_STOP_CLEAR, 0, NULL);
	spoof(us, 2, 9, 0);
	assert_int_equal(us->tunnel_requests, 7);
	spoof(us, 2, 10, 0);
	assert_int_equal(us->tunnel_requests, 7);
}

/* Those that we dial are ours to choose. */
static void test_dialled_do_not_count(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];

	limit(p, (struct l2tp_limits){1, 1, 1, 1});
	for (int i = 0; i < 5; i++)
		assert_non_null(pair_dial(us, &us->params));
	spoof(us, 1, 1, 0);
	assert_int_equal(us->tunnel_requests, 1);
}

static void test_attempts_per_second(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];

	limit(p, (struct l2tp_limits){.attempts_per_second = 5});
	for (uint16_t id = 1; id <= 20; id++)
		spoof(us, 1, id, 0);
	assert_int_equal(us->tunnel_requests, 5);
	assert_int_equal(l2tp_rejected(us->l2tp)->attempts_per_second, 15);
	/* another one's attempts are his own */
	spoof(us, 2, 1, 0);
	assert_int_equal(us->tunnel_requests, 6);
	pair_run(p, 1000);
	for (uint16_t id = 21; id <= 40; id++)
		spoof(us, 1, id, 0);
	assert_int_equal(us->tunnel_requests, 11);
	/* a repetition is no attempt */
	for (int i = 0; i < 50; i++)
		spoof(us, 1, 21, 0);
	assert_int_equal(l2tp_rejected(us->l2tp)->attempts_per_second, 30);
}

static void test_sessions_per_tunnel(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	pair_limit(lns, (struct l2tp_limits){.sessions_per_tunnel = 2});
	pair_connect(p, true);
	pair_call(lac, lac->tunnel);
	pair_call(lac, lac->tunnel);
	pair_run(p, 1000);
	assert_int_equal(lns->sessions_up, 2);
	assert_int_equal(lns->session_requests, 2);
	assert_int_equal(lac->sessions_down, 1);
	assert_int_equal(lac->session_end.result, L2TP_CDN_NO_FACILITY_TEMPORARY);
	assert_int_equal(l2tp_rejected(lns->l2tp)->sessions_per_tunnel, 1);
	l2tp_session_close(lns->session, L2TP_CDN_ADMIN, 0, NULL);
	pair_run(p, 1000);
	pair_call(lac, lac->tunnel);
	pair_run(p, 1000);
	assert_int_equal(lns->sessions_up, 3);
}

#define HALF_OPEN 4000

/* Calls that are never connected, in a tunnel that is kept busy with what means nothing. */
static void test_half_open_calls(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	const uint8_t accm[10] = {0};
	uint16_t ns = hand_connect(us, 7, 0);
	uint16_t kept;
	struct hand h;

	us->mute = true;
	for (uint16_t id = 1; id <= HALF_OPEN; id++) {
		hand_icrq(&h, us, id);
		hand_send(&h, us, ns++, id);
	}
	assert_int_equal(us->session_requests, HALF_OPEN);
	kept = l2tp_session_id(us->session);
	for (unsigned s = 0; s < 70; s += 5) {
		hand_begin(&h, us, kept, L2TP_SLI);
		hand_avp(&h, AVP_M, 0, AVP_ACCM, accm, sizeof(accm));
		/* of the last: what we have sent is acknowledged */
		hand_send(&h, us, ns++, (uint16_t)(HALF_OPEN + 1));
		pair_run(p, 5000);
		/* other calls' ICCN may be long in coming */
		assert_int_equal(us->sessions_down, s < 55 ? 0 : HALF_OPEN);
	}
	assert_int_equal(us->tunnels_down, 0);
	assert_true(us->session_end.timed_out);
}

/* A call that is never connected, while others are begun for ever. */
static void test_call_of_an_hour(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	uint16_t ns = hand_connect(us, 7, 0), first;
	struct hand h;

	us->mute = true;
	hand_icrq(&h, us, 1);
	hand_send(&h, us, ns++, 1);
	first = l2tp_session_id(us->session);
	pair_run(p, 3000);
	for (unsigned s = 0; s < 3595; s += 5) {
		assert_non_null(l2tp_session_by_id(us->tunnel, first));
		hand_icrq(&h, us, (uint16_t)(2 + s));
		hand_send(&h, us, ns, (uint16_t)(ns - 1));
		ns++;
		pair_run(p, 5000);
	}
	pair_run(p, 3000);
	assert_null(l2tp_session_by_id(us->tunnel, first));
	assert_int_equal(us->sessions_down, 1);
}

#define FLOOD 100000

/*
 * 100,000 SCCRQs from as many addresses, in ten seconds, at an end with a tunnel and a session that
 * work on meanwhile. policy: does the owner take them or not?
 */
static void flood(struct pair *p, enum pair_policy policy)
{
	struct side *lac = &p->side[0], *lns = &p->side[1];
	size_t before, at_most = 0, ours;
	struct tape *tape = calloc(1, sizeof(*tape));

	assert_non_null(tape);
	pair_limit(lns, (struct l2tp_limits){65535, 1000, 100, 200});
	lns->params.hello_interval = 1000;
	pair_connect(p, true);
	lns->tunnel_policy = policy;
	before = in_use();
	lns->tape = tape;
	for (uint32_t n = 0; n < FLOOD; n++) {
		size_t now;

		/*
		 * the answers to invented addresses go to nobody: the pair's other side is another
		 * one
		 */
		spoof(lns, n, (uint16_t)(1 + n % 65535), (uint8_t)n);
		if (n % 10 == 0)
			pair_run(p, 1);
		now = l2tp_tunnel_count(lns->l2tp);
		at_most = now > at_most ? now : at_most;
		/*
		 * waiting ones, refused ones, the one that works, and those whose time ends with
		 * this tick
		 */
		assert_true(now <= 100 + 100 + 1 + 10);
	}
	ours = in_use() - before;
	assert_true(at_most > 100);
	assert_true(ours < 1000000);
	assert_true(l2tp_rejected(lns->l2tp)->half_open > FLOOD - 2000);
	/*
	 * no more answers than tunnels that were answered, each repeated a few times, and no line
	 * of log for each
	 */
	assert_true(tape->count < 2000);
	assert_true(p->text_len < 100000);
	assert_string_equal(l2tp_session_state(lac->session), "established");
	assert_int_equal(lac->tunnels_down + lac->sessions_down + lns->sessions_down, 0);
	/* and it takes calls */
	pair_call(lac, lac->tunnel);
	assert_true(pair_until(p, &lns->sessions_up, 2, 1000));
	pair_run(p, 100000);
	/* what the owner has not decided on has ended too */
	assert_int_equal(l2tp_tunnel_count(lns->l2tp), 1);
	lns->tape = NULL;
	free(tape);
}

static void test_flood_taken(void **state)
{
	flood(*state, PAIR_ACCEPT);
}

/* Calls without end of a peer that takes none of their refusals: so many are kept, and no more. */
static void test_refusals_piled_up(void **state)
{
	struct pair *p = *state;
	struct side *us = &p->side[1];
	uint16_t ns = hand_connect(us, 7, 8);
	struct tape tape = {0};
	size_t kept = 0;
	struct hand h;

	us->session_policy = PAIR_REFUSE;
	us->mute = true; /* nothing is on the line, which would be counted too */
	for (unsigned n = 0; n < 20000; n++) {
		if (n == 8192)
			kept = in_use() - p->text_room;
		hand_icrq(&h, us, (uint16_t)(n + 9));
		hand_send(&h, us, ns++, 2);
	}
	assert_true(in_use() - p->text_room <= kept + 1000);
	assert_int_equal(us->sessions_up, 1);
	assert_int_equal(us->tunnels_down, 0);
	/* It takes them after all, and is answered again. */
	us->tape = &tape;
	for (uint16_t nr = 2; nr < 8192 + 2; nr++)
		hand_ack(us, l2tp_tunnel_id(us->tunnel), ns, nr);
	tape.count = 0;
	hand_icrq(&h, us, 7);
	hand_send(&h, us, ns, 8192 + 2);
	assert_int_equal(tape_count(&tape, L2TP_CDN), 1);
}

static void test_flood_held(void **state)
{
	flood(*state, PAIR_HOLD);
}

static void test_flood_refused(void **state)
{
	flood(*state, PAIR_REFUSE);
}

#define test(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_half_open),
		test(test_tunnels_per_peer),
		test(test_dialled_do_not_count),
		test(test_attempts_per_second),
		test(test_sessions_per_tunnel),
		test(test_half_open_calls),
		test(test_call_of_an_hour),
		test(test_refusals_piled_up),
		test(test_flood_taken),
		test(test_flood_held),
		test(test_flood_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
