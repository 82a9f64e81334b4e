// SPDX-License-Identifier: GPL-2.0-only
/* Two ends of the reliable control channel, and a bad link between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "channel_end.h"

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

	end_message(msg, ns, nr, 0);
	msg[3] = 12;
	fly(arg, msg, 12);
}

static const struct channel_ops flying_ops = {fly_message, fly_zlb, end_on_deliver, end_on_failed};

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
		end_send(&a, i);
		end_send(&b, i);
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
		cmocka_unit_test(test_lossy_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
