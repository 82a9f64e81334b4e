// SPDX-License-Identifier: GPL-2.0-only
/* Addresses, byte buffers, the heap of timers, and logging. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/addr.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/log_journal.h"
#include "base/timer.h"

static void test_prefix(void **state)
{
	static const struct {
		const char *text, *shown;
		int err;
	} cases[] = {
		{"192.0.2.0/24", "192.0.2.0/24", 0},
		{"192.0.2.1", "192.0.2.1/32", 0},
		{"0.0.0.0/0", "0.0.0.0/0", 0},
		{"2001:db8::/33", "2001:db8::/33", 0},
		{"2001:db8::1", "2001:db8::1/128", 0},
		{"192.0.2.1/24", NULL, -ERANGE},
		{"2001:db8::1/127", NULL, -ERANGE},
		{"192.0.2.0/33", NULL, -EINVAL},
		{"192.0.2.0/", NULL, -EINVAL},
		{"192.0.2.0/-1", NULL, -EINVAL},
		{"192.0.2.0/24x", NULL, -EINVAL},
		{"192.0.2/24", NULL, -EINVAL},
		{"", NULL, -EINVAL},
	};
	char buf[IP_PREFIX_TEXT];
	struct ip_prefix p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ip_prefix_parse(&p, cases[i].text), cases[i].err);
		if (cases[i].shown)
			assert_string_equal(ip_prefix_text(&p, buf), cases[i].shown);
	}
}

static bool holds(const char *prefix, const char *addr)
{
	struct ip_prefix p;
	struct ip_addr a;

	assert_int_equal(ip_prefix_parse(&p, prefix), 0);
	assert_int_equal(ip_addr_parse(&a, addr), 0);
	return ip_prefix_holds(&p, &a);
}

static void test_prefix_holds(void **state)
{
	(void)state;
	assert_true(holds("192.0.2.128/25", "192.0.2.128"));
	assert_true(holds("192.0.2.128/25", "192.0.2.255"));
	assert_false(holds("192.0.2.128/25", "192.0.2.127"));
	assert_true(holds("0.0.0.0/0", "198.51.100.1"));
	assert_false(holds("0.0.0.0/0", "2001:db8::1"));
	assert_true(holds("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(holds("2001:db8::/33", "2001:db8:8000::1"));
}

static void test_endpoint(void **state)
{
	struct endpoint e = {.port = 1701}, back;
	struct sockaddr_storage ss;
	char buf[ENDPOINT_TEXT];

	(void)state;
	assert_int_equal(ip_addr_parse(&e.ip, "192.0.2.1"), 0);
	assert_string_equal(endpoint_text(&e, buf), "192.0.2.1:1701");
	assert_int_equal(endpoint_to_sockaddr(&e, &ss), sizeof(struct sockaddr_in));
	assert_int_equal(endpoint_from_sockaddr(&back, (struct sockaddr *)&ss), 0);
	assert_true(endpoint_eq(&e, &back));
	assert_int_equal(ip_addr_parse(&e.ip, "fe80::1"), 0);
	e.scope = 3;
	assert_string_equal(endpoint_text(&e, buf), "[fe80::1]:1701");
	assert_int_equal(endpoint_to_sockaddr(&e, &ss), sizeof(struct sockaddr_in6));
	assert_int_equal(endpoint_from_sockaddr(&back, (struct sockaddr *)&ss), 0);
	assert_true(endpoint_eq(&e, &back));
	back.scope = 4;
	assert_false(endpoint_eq(&e, &back));
}

static void test_rbuf(void **state)
{
	const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7};
	struct rbuf b = rbuf_of(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(rbuf_u8(&b), 1);
	assert_int_equal(rbuf_u16(&b), 0x0203);
	assert_int_equal(rbuf_u32(&b), 0x04050607);
	assert_false(b.short_read);
	assert_int_equal(rbuf_u8(&b), 0);
	assert_true(b.short_read);
}

static void test_wbuf(void **state)
{
	uint8_t bytes[6];
	struct wbuf b = wbuf_of(bytes, 5);

	(void)state;
	bytes[5] = 0xaa;
	wbuf_u32(&b, 0x01020304);
	wbuf_u16(&b, 0x0506); /* one byte too many: none is written */
	assert_true(b.full);
	assert_int_equal(wbuf_len(&b), 4);
	wbuf_u8(&b, 7); /* would fit, but the message is broken already */
	assert_int_equal(wbuf_len(&b), 4);
	assert_int_equal(bytes[5], 0xaa);
}

#define MANY 1000

struct clocked {
	struct timers *timers;
	struct timer timer;
	uint64_t *last;
	unsigned *fired;
	bool cancelled;
};

static void fire(void *arg)
{
	struct clocked *c = arg;

	assert_false(c->cancelled);
	assert_false(timer_is_set(&c->timer));
	assert_true(c->timer.deadline >= *c->last);
	assert_true(c->timer.deadline <= c->timers->now);
	*c->last = c->timer.deadline;
	++*c->fired;
}

/* Many set, some moved, some cancelled: all that are left fire once, in order, and not early. */
static void test_timers_order(void **state)
{
	struct clocked *c = calloc(MANY, sizeof(*c));
	unsigned fired = 0, expected = 0;
	uint64_t last = 0, now = 5000;
	struct timers ts;

	(void)state;
	srand(7);
	timers_init(&ts, now);
	assert_true(timers_next(&ts) == UINT64_MAX);
	for (int i = 0; i < MANY; i++) {
		c[i] = (struct clocked){.timers = &ts, .last = &last, .fired = &fired};
		timer_init(&c[i].timer, fire, &c[i]);
		assert_int_equal(timer_set(&ts, &c[i].timer, (uint64_t)rand() % 10000), 0);
	}
	for (int i = 0; i < MANY; i += 3)
		assert_int_equal(timer_set(&ts, &c[i].timer, (uint64_t)rand() % 10000), 0);
	for (int i = 0; i < MANY; i += 7) {
		timer_cancel(&ts, &c[i].timer);
		timer_cancel(&ts, &c[i].timer); /* twice does no harm */
		c[i].cancelled = true;
	}
	for (int i = 0; i < MANY; i++)
		expected += !c[i].cancelled;
	assert_int_equal(ts.count, expected);
	while (timers_next(&ts) != UINT64_MAX) {
		now += 13;
		timers_run(&ts, now);
		assert_true(timers_next(&ts) > now);
	}
	assert_int_equal(fired, expected);
	timers_free(&ts);
	free(c);
}

struct chain {
	struct timers *timers;
	struct timer self, victim;
	unsigned left, victim_fired;
};

static void fire_victim(void *arg)
{
	((struct chain *)arg)->victim_fired++;
}

static void fire_chain(void *arg)
{
	struct chain *c = arg;

	timer_cancel(c->timers, &c->victim);
	if (--c->left)
		assert_int_equal(timer_set(c->timers, &c->self, 0), 0);
}

/* A callback may set itself again, for now, and cancel another that is due as well. */
static void test_timers_reentry(void **state)
{
	struct chain c = {.left = 5};
	struct timers ts;

	(void)state;
	timers_init(&ts, 0);
	c.timers = &ts;
	timer_init(&c.self, fire_chain, &c);
	timer_init(&c.victim, fire_victim, &c);
	assert_int_equal(timer_set(&ts, &c.self, 10), 0);
	assert_int_equal(timer_set(&ts, &c.victim, 11), 0);
	timers_run(&ts, 20);
	assert_int_equal(c.left, 0);
	assert_int_equal(c.victim_fired, 0);
	/* Time does not run backwards. */
	timers_run(&ts, 5);
	assert_int_equal(ts.now, 20);
	timers_free(&ts);
}

static void nothing(void *arg)
{
	(void)arg;
}

/* A timer with room of its own can be set whatever others there are: no allocation, so none that fails. */
static void test_timers_reserve(void **state)
{
	static struct timer ours[300], others[300];
	struct timers ts;

	(void)state;
	timers_init(&ts, 0);
	for (int i = 0; i < 300; i++) {
		timer_init(&ours[i], nothing, NULL);
		timer_init(&others[i], nothing, NULL);
		assert_int_equal(timer_reserve(&ts, &ours[i]), 0);
		assert_int_equal(timer_reserve(&ts, &ours[i]), 0);
		assert_int_equal(timer_set(&ts, &others[i], 10), 0);
		assert_true(ts.room >= ts.count + (size_t)i + 1);
	}
	/* one that is set already */
	assert_int_equal(timer_reserve(&ts, &others[0]), 0);
	assert_int_equal(ts.reserved, 301);
	assert_int_equal(ts.others, 299);
	for (int i = 0; i < 300; i++) {
		struct timer **heap = ts.heap;

		assert_int_equal(timer_set(&ts, &ours[i], 5), 0);
		assert_ptr_equal(ts.heap, heap);
	}
	timers_run(&ts, 10);
	assert_int_equal(ts.count, 0);
	assert_int_equal(ts.others, 0);
	for (int i = 0; i < 300; i++) {
		timer_set(&ts, &ours[i], 5);
		timer_release(&ts, &ours[i]);
		timer_release(&ts, &others[i]);
	}
	assert_int_equal(ts.reserved + ts.others + ts.count, 0);
	timers_free(&ts);
}

static void keep(const struct log_sink *sink, enum log_level level, const struct logger *from,
		 const char *text)
{
	snprintf(sink->arg, 128, "%s|%s|%s", log_level_name(level), from->name, text);
}

static void test_log(void **state)
{
	char line[128] = "";
	struct log_sink sink = {.write = keep, .arg = line};
	struct logger lg;

	(void)state;
	logger_init(&lg, &sink, LOG_LEVEL_INFO, "tunnel %s", "isp");
	log_debug(&lg, "not wanted");
	assert_string_equal(line, "");
	log_info(&lg, "a\033[31m%d\n", 7); /* a peer's bytes must not drive the terminal */
	assert_string_equal(line, "info|tunnel isp|a?[31m7?");
	log_info((struct logger *)NULL, "nobody listens");
	assert_int_equal(log_level_parse("warning"), LOG_LEVEL_WARNING);
	assert_int_equal(log_level_parse("loud"), -EINVAL);
}

static void subject(const struct logger *lg, struct log_subject *who)
{
	(void)lg;
	*who = (struct log_subject){.session = "isp",
				    .user = "a\nPRIORITY=0",
				    .set = "",
				    .peer = "[2001:db8::1]:1701"};
}

static void test_journal(void **state)
{
	char out[LOG_JOURNAL_LINE], text[3000];
	struct logger lg;
	size_t len;

	(void)state;
	logger_init(&lg, NULL, LOG_LEVEL_INFO, "%s", "");
	len = log_journal_datagram(out, LOG_LEVEL_ERROR, &lg, "no");
	assert_int_equal(len, strlen("PRIORITY=3\nSYSLOG_IDENTIFIER=l2x\nMESSAGE=no\n"));
	assert_memory_equal(out, "PRIORITY=3\nSYSLOG_IDENTIFIER=l2x\nMESSAGE=no\n", len);
	logger_rename(&lg, "%s", "isp");
	lg.subject = subject;
	len = log_journal_datagram(out, LOG_LEVEL_DEBUG, &lg, "up");
	/* A name of a peer's is one value, whatever is in it; what is not known is no field. */
	out[len] = 0;
	assert_string_equal(out, "PRIORITY=7\nSYSLOG_IDENTIFIER=l2x\nMESSAGE=isp: up\n"
				 "L2X_SESSION=isp\nL2X_USER=a?PRIORITY=0\n"
				 "L2X_PEER=[2001:db8::1]:1701\n");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	len = log_journal_datagram(out, LOG_LEVEL_INFO, &lg, text);
	assert_true(len && len < sizeof(out) && out[len - 1] == '\n');
}

static void test_journal_stream(void **state)
{
	(void)state;
	assert_true(log_journal_is("9:45050", 9, 45050));
	assert_false(log_journal_is("9:45050", 9, 45051));
	assert_false(log_journal_is("9:45050 ", 9, 45050));
	assert_false(log_journal_is("", 9, 45050));
	assert_false(log_journal_is(NULL, 9, 45050));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_prefix_holds),
		cmocka_unit_test(test_endpoint),
		cmocka_unit_test(test_rbuf),
		cmocka_unit_test(test_wbuf),
		cmocka_unit_test(test_timers_order),
		cmocka_unit_test(test_timers_reentry),
		cmocka_unit_test(test_timers_reserve),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_journal_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
