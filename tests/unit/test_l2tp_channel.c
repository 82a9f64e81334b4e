// SPDX-License-Identifier: GPL-2.0-only
/* The reliable control channel (RFC 2661 5.8, appendix A) alone, under virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "channel_end.h"

static void expect_times(const struct channel_config *config, const uint64_t *times, unsigned count,
			 uint64_t failed)
{
	struct timers ts;
	struct end e;

	timers_init(&ts, 0);
	end_init(&e, &ts, config, 0, 0, 4);
	assert_int_equal(channel_cycle(&e.channel), failed);
	end_send(&e, 0);
	end_run(&ts, 100000);
	assert_int_equal(e.sent_count, count);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(e.sent[i].at, times[i]);
		assert_int_equal(e.sent[i].ns, 0);
	}
	assert_int_equal(e.failed, 1);
	assert_int_equal(e.failed_at, failed);
	channel_free(&e.channel);
	timers_free(&ts);
}

/* RFC 2661 5.8: 1, 2, 4 seconds and so on, capped at 8, five times. */
static void test_back_off(void **state)
{
	static const struct channel_config quick = {300, 1000, 3, 16};

	(void)state;
	expect_times(&end_defaults, (const uint64_t[]){0, 1000, 3000, 7000, 15000, 23000}, 6,
		     31000);
	expect_times(&quick, (const uint64_t[]){0, 300, 900, 1900}, 4, 2900);
}

/* An acknowledgement of one message starts the next one's time anew, at the first interval. */
static void test_back_off_resets(void **state)
{
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &end_defaults, 0, 0, 4);
	end_send(&e, 0);
	end_send(&e, 1);
	end_run(&ts, 3500); /* sent at 0, 1000, 3000 */
	assert_int_equal(e.sent_count, 3);
	end_receive(&e, -1, 1, 0);
	assert_int_equal(e.sent_count, 4);
	assert_int_equal(e.sent[3].ns, 1);
	end_run(&ts, 999);
	assert_int_equal(e.sent_count, 4);
	end_run(&ts, 1);
	assert_int_equal(e.sent_count, 5);
	assert_int_equal(e.sent[4].at, 4500);
	end_receive(&e, -1, 2, 0);
	assert_false(channel_busy(&e.channel));
	end_run(&ts, 100000);
	assert_int_equal(e.sent_count, 5);
	assert_int_equal(e.failed, 0);
	channel_free(&e.channel);
	timers_free(&ts);
}

/* Appendix A: 1, 2, 3, 4 messages out, and never more than the peer's window. */
static void test_slow_start(void **state)
{
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &end_defaults, 0, 0, 4);
	for (uint32_t i = 0; i < 40; i++)
		end_send(&e, i);
	assert_int_equal(e.sent_count, 1);
	end_receive(&e, -1, 1, 0);
	assert_int_equal(e.sent_count, 3);
	end_receive(&e, -1, 2, 0);
	assert_int_equal(e.sent_count, 5);
	end_receive(&e, -1, 3, 0);
	assert_int_equal(e.sent_count, 7);
	for (uint16_t nr = 4; nr <= 36; nr++) {
		end_receive(&e, -1, nr, 0);
		assert_int_equal(e.sent_count, nr + 4);
	}
	channel_free(&e.channel);
	timers_free(&ts);
}

/*
 * Appendix A: after a timeout one message, slow start to half of what the window was, then one more
 * per window.
 */
static void test_congestion(void **state)
{
	static const unsigned in_flight[] = {2, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6};
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &end_defaults, 0, 0, 64);
	for (uint32_t i = 0; i < 100; i++)
		end_send(&e, i);
	for (uint16_t nr = 1; nr < 8; nr++)
		end_receive(&e, -1, nr, 0);
	assert_int_equal(e.channel.cwnd, 8);
	assert_int_equal(e.sent_count, 15);
	end_run(&ts, 1000);
	assert_int_equal(e.sent_count, 16); /* the head alone */
	assert_int_equal(e.sent[15].ns, 7);
	for (unsigned i = 0; i < sizeof(in_flight) / sizeof(in_flight[0]); i++) {
		end_receive(&e, -1, (uint16_t)(8 + i), 0);
		assert_int_equal(e.channel.in_flight, in_flight[i]);
	}
	channel_free(&e.channel);
	timers_free(&ts);
}

/* One acknowledgement of much that was sent before a timeout: nothing of it is sent again. */
static void test_ack_after_timeout(void **state)
{
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &end_defaults, 0, 0, 4);
	for (uint32_t i = 0; i < 6; i++)
		end_send(&e, i);
	end_receive(&e, -1, 1, 0);
	end_receive(&e, -1, 2, 0); /* 2, 3 and 4 are out */
	end_run(&ts, 1000);
	assert_int_equal(e.sent_count, 6);
	end_receive(&e, -1, 5, 0);
	assert_int_equal(e.sent_count, 7);
	assert_int_equal(e.sent[6].ns, 5);
	/* Numbers that were never sent are no acknowledgement. */
	end_receive(&e, -1, 9, 0);
	assert_true(channel_busy(&e.channel));
	end_receive(&e, -1, 6, 0);
	assert_false(channel_busy(&e.channel));
	channel_free(&e.channel);
	timers_free(&ts);
}

/* Early messages wait within the window, in order, once; what is beyond is dropped. */
static void test_early(void **state)
{
	static const struct channel_config small = {1000, 8000, 5, 4};
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &small, 0, 65534, 4);
	end_receive(&e, 1, 0, 3);
	end_receive(&e, 0, 0, 2);
	end_receive(&e, 0, 0, 2);
	end_receive(&e, 2, 0, 4); /* fifth in a window of four */
	assert_int_equal(e.delivered, 0);
	end_receive(&e, 65535, 0, 1);
	end_receive(&e, 65534, 0, 0);
	assert_int_equal(e.delivered, 4);
	assert_int_equal(e.st.nr, 2);
	end_receive(&e, 2, 0, 4);
	assert_int_equal(e.delivered, 5);
	channel_free(&e.channel);
	timers_free(&ts);
}

/*
 * RFC 2661 5.8: a message that was seen is acknowledged again, and at once. So is the oldest number
 * that counts as such.
 */
static void test_duplicate(void **state)
{
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &end_defaults, 7, 15, 4);
	end_receive(&e, 14, 7, 99);
	assert_int_equal(e.sent_count, 1);
	assert_true(e.sent[0].zlb);
	assert_int_equal(e.sent[0].ns, 7);
	assert_int_equal(e.sent[0].nr, 15);
	end_receive(&e, 32784, 7, 99);
	assert_int_equal(e.sent_count, 2);
	end_receive(&e, 32782, 7, 99); /* before half the numbers: the future */
	assert_int_equal(e.sent_count, 2);
	assert_int_equal(e.delivered, 0);
	channel_free(&e.channel);
	timers_free(&ts);
}

/*
 * A ZLB comes after a short while, not when a message carries the number, and before a small window
 * is used up.
 */
static void test_delayed_ack(void **state)
{
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &end_defaults, 0, 0, 4);
	end_receive(&e, 0, 0, 0);
	end_run(&ts, CHANNEL_ACK_DELAY - 1);
	assert_int_equal(e.sent_count, 0);
	end_run(&ts, 1);
	assert_int_equal(e.sent_count, 1);
	assert_true(e.sent[0].zlb);
	assert_int_equal(e.sent[0].nr, 1);

	e.reply = true;
	end_receive(&e, 1, 0, 1);
	assert_int_equal(e.sent_count, 2);
	assert_false(e.sent[1].zlb);
	assert_int_equal(e.sent[1].nr, 2);
	end_run(&ts, 500);
	assert_int_equal(e.sent_count, 2);

	e.reply = false;
	for (uint16_t ns = 2; ns < 2 + CHANNEL_ACK_EVERY; ns++)
		end_receive(&e, ns, 1, ns);
	assert_int_equal(e.sent_count, 3);
	assert_true(e.sent[2].zlb);
	assert_int_equal(e.sent[2].nr, 2 + CHANNEL_ACK_EVERY);
	channel_free(&e.channel);
	timers_free(&ts);
}

/* A retransmission carries the Nr of its time. */
static void test_retransmission_nr(void **state)
{
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &end_defaults, 0, 0, 4);
	end_send(&e, 0);
	assert_int_equal(e.sent[0].nr, 0);
	end_receive(&e, 0, 0, 0);
	end_run(&ts, 1000);
	assert_int_equal(e.sent_count, 3); /* and a ZLB between */
	assert_int_equal(e.sent[2].nr, 1);
	channel_free(&e.channel);
	timers_free(&ts);
}

/* What was never sent gives its number back; what was sent stays until it is acknowledged. */
static void test_drop_unsent(void **state)
{
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &end_defaults, 65535, 0, 4);
	for (uint32_t i = 0; i < 5; i++)
		end_send(&e, i);
	channel_drop_unsent(&e.channel);
	assert_int_equal(e.st.ns, 0);
	end_send(&e, 100);
	assert_int_equal(e.sent_count, 1);
	end_receive(&e, -1, 0, 0);
	assert_int_equal(e.sent_count, 2);
	assert_int_equal(e.sent[1].ns, 0);
	end_receive(&e, -1, 1, 0);
	assert_false(channel_busy(&e.channel));
	channel_free(&e.channel);
	timers_free(&ts);
}

/*
 * The owner may say that the peer is alive all the same: then the head is repeated at the longest
 * interval.
 */
static bool never_failed(void *arg)
{
	end_on_failed(arg);
	return false;
}

static void test_not_given_up(void **state)
{
	struct channel_ops ops = end_quiet_ops;
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &end_defaults, 0, 0, 4);
	ops.failed = never_failed;
	e.channel.ops = &ops;
	assert_null(channel_head(&e.channel));
	end_send(&e, 0);
	end_run(&ts, 63000);
	/* 0, 1, 3, 7, 15, 23, then 31, 39, 47, 55, 63 s */
	assert_int_equal(e.sent_count, 11);
	assert_int_equal(e.failed, 5);
	assert_int_equal(channel_head(&e.channel)->ns, 0);
	end_receive(&e, -1, 1, 0);
	assert_null(channel_head(&e.channel));
	channel_free(&e.channel);
	assert_int_equal(ts.reserved, 0);
	timers_free(&ts);
}

/* The peer's numbers begin elsewhere: what came early by the old ones is forgotten. */
static void test_expect(void **state)
{
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &end_defaults, 0, 0, 4);
	end_receive(&e, 2, 0, 99);
	channel_expect(&e.channel, 1);
	end_receive(&e, 1, 0, 0);
	assert_int_equal(e.delivered, 1);
	end_receive(&e, 2, 0, 1);
	assert_int_equal(e.delivered, 2);
	channel_free(&e.channel);
	timers_free(&ts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_back_off),	  cmocka_unit_test(test_back_off_resets),
		cmocka_unit_test(test_slow_start),	  cmocka_unit_test(test_congestion),
		cmocka_unit_test(test_ack_after_timeout), cmocka_unit_test(test_early),
		cmocka_unit_test(test_duplicate),	  cmocka_unit_test(test_delayed_ack),
		cmocka_unit_test(test_retransmission_nr), cmocka_unit_test(test_drop_unsent),
		cmocka_unit_test(test_not_given_up),	  cmocka_unit_test(test_expect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
