// SPDX-License-Identifier: GPL-2.0-only
/* The reliable control channel (RFC 2661 5.8, appendix A) alone, under virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp/channel.h"

#define LOG_MAX 64

/* One end, and what it did. */
struct end {
	struct timers *timers;
	struct channel channel;
	struct l2tp_channel_state st;
	struct {
		uint64_t at;
		uint16_t ns, nr;
		bool zlb;
	} sent[LOG_MAX];
	unsigned sent_count;
	uint32_t delivered; /* numbers that the messages carry, in order from 0 */
	unsigned failed;
	uint64_t failed_at;
	bool reply; /* send a message for each that is delivered */
	/* for the lossy link */
	struct end *other;
	unsigned loss;
};

static void make(uint8_t *msg, uint16_t ns, uint16_t nr, uint32_t number)
{
	struct wbuf b = wbuf_of(msg, 16);

	l2tp_write_zlb(&b, 1, ns, nr);
	wbuf_u32(&b, number);
	msg[3] = 16;
}

static void send_number(struct end *e, uint32_t number)
{
	uint8_t msg[16];

	make(msg, 0, 0, number);
	assert_int_equal(channel_send(&e->channel, msg, sizeof(msg)), 0);
}

static void note(struct end *e, bool zlb, uint16_t ns, uint16_t nr)
{
	unsigned i = e->sent_count++ % LOG_MAX;

	e->sent[i].at = e->timers->now;
	e->sent[i].zlb = zlb;
	e->sent[i].ns = ns;
	e->sent[i].nr = nr;
}

static void on_transmit(void *arg, const uint8_t *msg, size_t len)
{
	struct l2tp_header h;

	assert_int_equal(l2tp_header_parse(msg, len, &h), 0);
	note(arg, false, h.ns, h.nr);
}

static void on_zlb(void *arg, uint16_t ns, uint16_t nr)
{
	note(arg, true, ns, nr);
}

static void on_deliver(void *arg, const uint8_t *msg, size_t len)
{
	struct end *e = arg;

	assert_int_equal(len, 16);
	assert_int_equal((uint32_t)msg[12] << 24 | msg[13] << 16 | msg[14] << 8 | msg[15],
			 e->delivered);
	e->delivered++;
	if (e->reply)
		send_number(e, 0);
}

static void on_failed(void *arg)
{
	struct end *e = arg;

	e->failed++;
	e->failed_at = e->timers->now;
}

static const struct channel_ops quiet_ops = {on_transmit, on_zlb, on_deliver, on_failed};
static const struct channel_config defaults = {1000, 8000, 5, 16};

static void end_init(struct end *e, struct timers *ts, const struct channel_config *config,
		     uint16_t ns, uint16_t nr, uint16_t peer_window)
{
	memset(e, 0, sizeof(*e));
	e->timers = ts;
	e->st = (struct l2tp_channel_state){ns, nr, peer_window};
	assert_int_equal(channel_init(&e->channel, &e->st, config, &quiet_ops, e, ts), 0);
}

/* A message, or with ns -1 a ZLB, from a peer that exists only here. */
static void receive(struct end *e, int ns, uint16_t nr, uint32_t number)
{
	struct l2tp_header h;
	uint8_t msg[16];

	make(msg, (uint16_t)ns, nr, number);
	if (ns < 0)
		msg[3] = 12;
	assert_int_equal(l2tp_header_parse(msg, sizeof(msg), &h), 0);
	channel_input(&e->channel, &h, msg);
}

static void run(struct timers *ts, uint64_t ms)
{
	uint64_t end = ts->now + ms;

	while (timers_next(ts) <= end)
		timers_run(ts, timers_next(ts));
	timers_run(ts, end);
}

static void expect_times(const struct channel_config *config, const uint64_t *times, unsigned count,
			 uint64_t failed)
{
	struct timers ts;
	struct end e;

	timers_init(&ts, 0);
	end_init(&e, &ts, config, 0, 0, 4);
	assert_int_equal(channel_cycle(&e.channel), failed);
	send_number(&e, 0);
	run(&ts, 100000);
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
	expect_times(&defaults, (const uint64_t[]){0, 1000, 3000, 7000, 15000, 23000}, 6, 31000);
	expect_times(&quick, (const uint64_t[]){0, 300, 900, 1900}, 4, 2900);
}

/* An acknowledgement of one message starts the next one's time anew, at the first interval. */
static void test_back_off_resets(void **state)
{
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &defaults, 0, 0, 4);
	send_number(&e, 0);
	send_number(&e, 1);
	run(&ts, 3500); /* sent at 0, 1000, 3000 */
	assert_int_equal(e.sent_count, 3);
	receive(&e, -1, 1, 0);
	assert_int_equal(e.sent_count, 4);
	assert_int_equal(e.sent[3].ns, 1);
	run(&ts, 999);
	assert_int_equal(e.sent_count, 4);
	run(&ts, 1);
	assert_int_equal(e.sent_count, 5);
	assert_int_equal(e.sent[4].at, 4500);
	receive(&e, -1, 2, 0);
	assert_false(channel_busy(&e.channel));
	run(&ts, 100000);
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
	end_init(&e, &ts, &defaults, 0, 0, 4);
	for (uint32_t i = 0; i < 40; i++)
		send_number(&e, i);
	assert_int_equal(e.sent_count, 1);
	receive(&e, -1, 1, 0);
	assert_int_equal(e.sent_count, 3);
	receive(&e, -1, 2, 0);
	assert_int_equal(e.sent_count, 5);
	receive(&e, -1, 3, 0);
	assert_int_equal(e.sent_count, 7);
	for (uint16_t nr = 4; nr <= 36; nr++) {
		receive(&e, -1, nr, 0);
		assert_int_equal(e.sent_count, nr + 4);
	}
	channel_free(&e.channel);
	timers_free(&ts);
}

/* Appendix A: after a timeout one message, slow start to half of what the window was, then one more per window. */
static void test_congestion(void **state)
{
	static const unsigned in_flight[] = {2, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6};
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &defaults, 0, 0, 64);
	for (uint32_t i = 0; i < 100; i++)
		send_number(&e, i);
	for (uint16_t nr = 1; nr < 8; nr++)
		receive(&e, -1, nr, 0);
	assert_int_equal(e.channel.cwnd, 8);
	assert_int_equal(e.sent_count, 15);
	run(&ts, 1000);
	assert_int_equal(e.sent_count, 16); /* the head alone */
	assert_int_equal(e.sent[15].ns, 7);
	for (unsigned i = 0; i < sizeof(in_flight) / sizeof(in_flight[0]); i++) {
		receive(&e, -1, (uint16_t)(8 + i), 0);
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
	end_init(&e, &ts, &defaults, 0, 0, 4);
	for (uint32_t i = 0; i < 6; i++)
		send_number(&e, i);
	receive(&e, -1, 1, 0);
	receive(&e, -1, 2, 0); /* 2, 3 and 4 are out */
	run(&ts, 1000);
	assert_int_equal(e.sent_count, 6);
	receive(&e, -1, 5, 0);
	assert_int_equal(e.sent_count, 7);
	assert_int_equal(e.sent[6].ns, 5);
	/* Numbers that were never sent are no acknowledgement. */
	receive(&e, -1, 9, 0);
	assert_true(channel_busy(&e.channel));
	receive(&e, -1, 6, 0);
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
	receive(&e, 1, 0, 3);
	receive(&e, 0, 0, 2);
	receive(&e, 0, 0, 2);
	receive(&e, 2, 0, 4); /* fifth in a window of four */
	assert_int_equal(e.delivered, 0);
	receive(&e, 65535, 0, 1);
	receive(&e, 65534, 0, 0);
	assert_int_equal(e.delivered, 4);
	assert_int_equal(e.st.nr, 2);
	receive(&e, 2, 0, 4);
	assert_int_equal(e.delivered, 5);
	channel_free(&e.channel);
	timers_free(&ts);
}

/* RFC 2661 5.8: a message that was seen is acknowledged again, and at once. So is the oldest number that counts as such. */
static void test_duplicate(void **state)
{
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &defaults, 7, 15, 4);
	receive(&e, 14, 7, 99);
	assert_int_equal(e.sent_count, 1);
	assert_true(e.sent[0].zlb);
	assert_int_equal(e.sent[0].ns, 7);
	assert_int_equal(e.sent[0].nr, 15);
	receive(&e, 32784, 7, 99);
	assert_int_equal(e.sent_count, 2);
	receive(&e, 32782, 7, 99); /* before half the numbers: the future */
	assert_int_equal(e.sent_count, 2);
	assert_int_equal(e.delivered, 0);
	channel_free(&e.channel);
	timers_free(&ts);
}

/* A ZLB comes after a short while, not when a message carries the number, and before a small window is used up. */
static void test_delayed_ack(void **state)
{
	struct timers ts;
	struct end e;

	(void)state;
	timers_init(&ts, 0);
	end_init(&e, &ts, &defaults, 0, 0, 4);
	receive(&e, 0, 0, 0);
	run(&ts, CHANNEL_ACK_DELAY - 1);
	assert_int_equal(e.sent_count, 0);
	run(&ts, 1);
	assert_int_equal(e.sent_count, 1);
	assert_true(e.sent[0].zlb);
	assert_int_equal(e.sent[0].nr, 1);

	e.reply = true;
	receive(&e, 1, 0, 1);
	assert_int_equal(e.sent_count, 2);
	assert_false(e.sent[1].zlb);
	assert_int_equal(e.sent[1].nr, 2);
	run(&ts, 500);
	assert_int_equal(e.sent_count, 2);

	e.reply = false;
	for (uint16_t ns = 2; ns < 2 + CHANNEL_ACK_EVERY; ns++)
		receive(&e, ns, 1, ns);
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
	end_init(&e, &ts, &defaults, 0, 0, 4);
	send_number(&e, 0);
	assert_int_equal(e.sent[0].nr, 0);
	receive(&e, 0, 0, 0);
	run(&ts, 1000);
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
	end_init(&e, &ts, &defaults, 65535, 0, 4);
	for (uint32_t i = 0; i < 5; i++)
		send_number(&e, i);
	channel_drop_unsent(&e.channel);
	assert_int_equal(e.st.ns, 0);
	send_number(&e, 100);
	assert_int_equal(e.sent_count, 1);
	receive(&e, -1, 0, 0);
	assert_int_equal(e.sent_count, 2);
	assert_int_equal(e.sent[1].ns, 0);
	receive(&e, -1, 1, 0);
	assert_false(channel_busy(&e.channel));
	channel_free(&e.channel);
	timers_free(&ts);
}

/* A link that loses, doubles, delays and reorders. */
struct flying {
	struct timer timer;
	struct end *to;
	uint8_t msg[16];
	size_t len;
};

static unsigned *in_the_air(void)
{
	static unsigned count;

	return &count;
}

static void land(void *arg)
{
	struct flying *f = arg;
	struct l2tp_header h;

	assert_int_equal(l2tp_header_parse(f->msg, f->len, &h), 0);
	channel_input(&f->to->channel, &h, f->msg);
	--*in_the_air();
	free(f);
}

static void fly(struct end *from, const uint8_t *msg, size_t len)
{
	for (int copies = 1 + (rand() % 10 == 0); copies; copies--) {
		struct flying *f;

		if ((unsigned)rand() % 100 < from->loss)
			continue;
		f = malloc(sizeof(*f));
		assert_non_null(f);
		f->to = from->other;
		f->len = len;
		memcpy(f->msg, msg, len);
		timer_init(&f->timer, land, f);
		assert_int_equal(timer_set(from->timers, &f->timer, 1 + (uint64_t)rand() % 30), 0);
		++*in_the_air();
	}
}

static void fly_message(void *arg, const uint8_t *msg, size_t len)
{
	fly(arg, msg, len);
}

static void fly_zlb(void *arg, uint16_t ns, uint16_t nr)
{
	uint8_t msg[16];

	make(msg, ns, nr, 0);
	msg[3] = 12;
	fly(arg, msg, 12);
}

static const struct channel_ops flying_ops = {fly_message, fly_zlb, on_deliver, on_failed};

/* Messages both ways over the wrap of the numbers: each arrives once and in order. */
static void cross(unsigned loss, unsigned messages)
{
	static const struct channel_config patient = {1000, 8000, 50, 16};
	struct timers ts;
	struct end a, b;

	srand(loss + 1);
	timers_init(&ts, 0);
	end_init(&a, &ts, &patient, 65500, 32760, 16);
	end_init(&b, &ts, &patient, 32760, 65500, 16);
	a.channel.ops = b.channel.ops = &flying_ops;
	a.other = &b;
	b.other = &a;
	a.loss = b.loss = loss;
	for (uint32_t i = 0; i < messages; i++) {
		send_number(&a, i);
		send_number(&b, i);
	}
	while ((channel_busy(&a.channel) || channel_busy(&b.channel) || *in_the_air()) &&
	       ts.now < 100000000)
		timers_run(&ts, timers_next(&ts));
	assert_int_equal(a.delivered, messages);
	assert_int_equal(b.delivered, messages);
	assert_int_equal(a.failed + b.failed, 0);
	assert_int_equal(a.st.ns, (uint16_t)(65500 + messages));
	assert_int_equal(b.st.nr, a.st.ns);
	channel_free(&a.channel);
	channel_free(&b.channel);
	timers_free(&ts);
}

static void test_lossy_link(void **state)
{
	(void)state;
	cross(0, 3000);
	cross(10, 1000);
	cross(50, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_back_off),	  cmocka_unit_test(test_back_off_resets),
		cmocka_unit_test(test_slow_start),	  cmocka_unit_test(test_congestion),
		cmocka_unit_test(test_ack_after_timeout), cmocka_unit_test(test_early),
		cmocka_unit_test(test_duplicate),	  cmocka_unit_test(test_delayed_ack),
		cmocka_unit_test(test_retransmission_nr), cmocka_unit_test(test_drop_unsent),
		cmocka_unit_test(test_lossy_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
