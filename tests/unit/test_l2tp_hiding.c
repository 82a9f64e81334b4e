// SPDX-License-Identifier: GPL-2.0-only
/* Hidden AVPs (RFC 2661 4.3), as we send them and as peers may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_hand.h"

static void hiding(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		strcpy(p->side[i].params.secret, "open sesame");
		p->side[i].params.challenge = true;
		p->side[i].params.hide_avps = true;
	}
}

static bool holds(const uint8_t *p, size_t len, const void *what, size_t what_len)
{
	return memmem(p, len, what, what_len);
}

/* Whatever may be hidden is, but for the ids, from SCCCN on; and the other end reads it. */
static void test_both_hide(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct tape tape = {0};
	const uint8_t *msg;
	size_t len;

	hiding(p);
	lac->tape = &tape;
	pair_connect(p, true);
	assert_string_equal(lns->asked.calling, "+441234567890");
	assert_string_equal(l2tp_tunnel_peer(lns->tunnel)->vendor_name, "l2x");
	assert_true(l2tp_tunnel_peer(lns->tunnel)->challenged);
	assert_int_equal(lns->call.tx_speed, 10000000);
	assert_int_equal(tape.msg[0].type, L2TP_SCCRQ);
	assert_true(holds(tape.msg[0].bytes, tape.msg[0].len, "l2x", 3));
	assert_true(tape.count > 3);
	for (unsigned i = 1; i < tape.count; i++) {
		msg = tape.msg[i].bytes;
		len = tape.msg[i].len;
		/* the Random Vector stands right behind the Message Type */
		assert_memory_equal(msg + 20, "\x80\x16\0\0\0\x24", 6);
		assert_false(holds(msg, len, "+441234", 7));
		assert_false(holds(msg, len, "l2x", 3));
	}
	msg = tape_find(&tape, L2TP_ICRQ, 0, &len);
	assert_true(holds(msg, len, "\x80\x08\0\0\0\x0e", 6));
	/* a vector serves one message */
	assert_memory_not_equal(tape.msg[1].bytes + 26, tape.msg[2].bytes + 26, 16);
}

static void test_no_secret_no_hiding(void **state)
{
	struct pair *p = *state;
	struct tape tape = {0};
	size_t len;

	p->side[0].params.hide_avps = true;
	p->side[0].tape = &tape;
	pair_connect(p, true);
	assert_true(holds(tape_find(&tape, L2TP_ICRQ, 0, &len), tape.msg[2].len, "+441234", 7));
}

/* A call that is given up before the answer is named by an id that can be read. */
static void test_give_up_hidden(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];

	hiding(p);
	lns->tunnel_policy = PAIR_HOLD;
	pair_dial(lac, &lac->params);
	pair_run(p, 100);
	l2tp_tunnel_close(lac->tunnel, L2TP_STOP_CLEAR, 0, "changed my mind");
	assert_true(pair_until(p, &lns->tunnels_down, 1, 1000));
}

/* An ICRQ whose number is hidden behind padding of any length, and with a vector of any length. */
static void test_padded(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	uint16_t ns;

	strcpy(lns->params.secret, "s");
	ns = hand_connect(lns, 7, 0);
	for (unsigned padding = 0; padding < 70; padding++) {
		uint8_t plain[256], vector[80] = {(uint8_t)padding, 1, 2}, out[512], noise[70],
				    clear[128];
		struct wbuf b = wbuf_of(plain, sizeof(plain));
		size_t len;

		memset(noise, 0xa5, sizeof(noise));
		l2tp_write_begin(&b, l2tp_tunnel_id(lns->tunnel), 0, L2TP_ICRQ);
		l2tp_write_u16(&b, AVP_ASSIGNED_SESSION_ID, (uint16_t)(100 + padding));
		l2tp_write_u32(&b, AVP_CALL_SERIAL_NUMBER, padding);
		l2tp_write_text(&b, AVP_CALLING_NUMBER, "0123456789abcdef0123");
		len = l2tp_write_end(&b);
		len = l2tp_write_hidden(plain, len, "s", (struct l2tp_vector){vector, 1 + padding},
					(struct l2tp_vector){noise, padding}, out, sizeof(out));
		assert_true(len > 0);
		l2tp_write_numbers(out, ns++, 1);
		pair_inject(lns, out, len);
		assert_int_equal(lns->session_requests, padding + 1);
		assert_string_equal(lns->asked.calling, "0123456789abcdef0123");
		assert_int_equal(lns->asked.serial, padding);
		/* the padding of the last value is hidden with it */
		l2tp_reveal(AVP_CALLING_NUMBER, "s", (struct l2tp_vector){vector, 1 + padding},
			    out + len - 22 - padding, 22 + padding, clear);
		assert_memory_equal(clear + 22, noise, padding);
	}
}

/* Too long when hidden: nothing is written. */
static void test_no_room(void **state)
{
	uint8_t plain[1100], out[2048];
	struct wbuf b = wbuf_of(plain, sizeof(plain));
	uint8_t value[1010] = {0};
	const struct l2tp_vector rv = {value, 16}, none = {0}, six = {value, 6};
	size_t len;

	(void)state;
	l2tp_write_begin(&b, 1, 1, L2TP_ICCN);
	l2tp_write_bytes(&b, AVP_LAST_SENT_CONFREQ, value, sizeof(value));
	len = l2tp_write_end(&b);
	assert_true(l2tp_write_hidden(plain, len, "s", rv, none, out, sizeof(out)) > 0);
	assert_int_equal(l2tp_write_hidden(plain, len, "s", rv, six, out, sizeof(out)), 0);
	assert_int_equal(l2tp_write_hidden(plain, len, "s", rv, none, out, 1000), 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_both_hide),	   test(test_no_secret_no_hiding),
		test(test_give_up_hidden), test(test_padded),
		test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
