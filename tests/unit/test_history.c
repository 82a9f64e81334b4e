// SPDX-License-Identifier: GPL-2.0-only
/* Rings of slots: samples over time, clocks that jump, bounds, and files whole and broken. */
#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "history/history.h"

#define START 1700000000u /* the beginning of a slot */

static const struct history_sample quiet = {.seconds = 10};

static struct history history;

static int set_up(void **state)
{
	(void)state;
	return history_init(&history, 3, 7);
}

static int tear_down(void **state)
{
	(void)state;
	history_free(&history);
	return 0;
}

static const struct history_slot *newest(const struct history_entry *e)
{
	uint64_t began;

	return history_slot(e, e->count - 1u, &began);
}

static void samples_add_up(void **state)
{
	struct history_entry *e = history_get(&history, "isp");
	struct history_sample a = {.seconds = 10,
				   .rx_packets = 5,
				   .rx_bytes = 1000,
				   .tx_packets = 7,
				   .tx_bytes = 2560,
				   .drops = 2,
				   .echoes = 3,
				   .lost = 1,
				   .rtt_min = 4,
				   .rtt_max = 9,
				   .rtt_sum = 13};
	struct history_sample b = {.seconds = 10,
				   .rx_bytes = 24,
				   .echoes = 1,
				   .rtt_min = 2,
				   .rtt_max = 2,
				   .rtt_sum = 2};
	const struct history_slot *s;
	uint64_t began;

	(void)state;
	history_start(e);
	history_add(e, START + 5, &a);
	history_add(e, START + 99, &b);
	assert_int_equal(e->count, 1);
	s = history_slot(e, 0, &began);
	assert_int_equal(began, START);
	assert_int_equal(s->rx_packets, 5);
	assert_int_equal(s->tx_packets, 7);
	assert_int_equal(history_unpack(s->rx_bytes), 1024);
	assert_int_equal(history_unpack(s->tx_bytes), 2560);
	assert_int_equal(s->drops, 2);
	assert_int_equal(s->echoes, 4);
	assert_int_equal(s->lost, 1);
	assert_int_equal(s->rtt_min, 20);
	assert_int_equal(s->rtt_avg, 50);
	assert_int_equal(s->rtt_max, 90);
	assert_int_equal(s->up, 20);
	assert_int_equal(e->totals.rx_bytes, 1024);
	assert_int_equal(e->totals.starts, 1);
	history_add(e, START + 100, &quiet);
	assert_int_equal(e->count, 2);
	assert_int_equal(newest(e)->rtt_min, HISTORY_NONE);
	assert_int_equal(newest(e)->missing, HISTORY_NONE);
	assert_int_equal(newest(e)->echoes, 0);
}

static void large_numbers_stay_at_the_largest(void **state)
{
	struct history_entry *e = history_get(&history, "isp");
	struct history_sample s = {.seconds = 1000,
				   .rx_packets = UINT64_MAX / 2,
				   .rx_bytes = UINT64_MAX / 2,
				   .drops = 70000,
				   .echoes = 1000,
				   .lost = 900,
				   .rtt_min = 10000,
				   .rtt_max = 10000,
				   .rtt_sum = 1000000};

	(void)state;
	history_add(e, START, &s);
	assert_int_equal(newest(e)->rx_packets, HISTORY_NONE - 1);
	assert_int_equal(newest(e)->rx_bytes, HISTORY_NONE - 1);
	assert_in_range(history_unpack(newest(e)->drops), 69980, 70020);
	assert_int_equal(history_unpack(newest(e)->echoes), 1000);
	assert_int_equal(history_unpack(newest(e)->lost), 900);
	assert_int_equal(newest(e)->rtt_avg, HISTORY_NONE - 1);
	assert_int_equal(newest(e)->up, HISTORY_STEP);
}

/* Each number comes back as it was, or nearly; the larger one is never told as the smaller one. */
static void packed_numbers(void **state)
{
	uint16_t last = 0;

	(void)state;
	for (uint64_t n = 0; n < UINT64_C(1) << 41; n += 1 + n / 3000) {
		const uint16_t packed = history_pack(n);
		const uint64_t back = history_unpack(packed);
		const uint64_t wrong = back > n ? back - n : n - back;

		assert_true(packed >= last);
		assert_true(n < 4096 ? !wrong : wrong * 4000 <= n);
		assert_int_equal(history_pack(back), packed);
		last = packed;
	}
	assert_int_equal(history_pack(UINT64_MAX), HISTORY_NONE - 1);
	/* 300 Gbit/s for 100 seconds. */
	assert_true(history_unpack(HISTORY_NONE - 1) > UINT64_C(300000000000) / 8 * 100);
}

/* 60 copies came first, 30 less than 2 units behind, 9 less than 32, one less than 2^15. */
static void a_legs_copies(void **state)
{
	struct history_entry *e = history_get(&history, "isp");
	struct history_sample s = {.seconds = 10, .has_copies = true};
	const struct history_copies half = {.first = 30, .skew[1] = 15, .missing = 7};
	const struct history_copies rest = {.first = 30,
					    .skew = {[1] = 15, [5] = 9, [15] = 1},
					    .missing = 4000};

	(void)state;
	s.copies = half;
	history_add(e, START, &s);
	assert_int_equal(history_skew_half(newest(e)), 0);
	assert_int_equal(history_skew_most(newest(e)), 2);
	s.copies = rest;
	history_add(e, START + 50, &s);
	assert_int_equal(history_unpack(newest(e)->duplicates), 40);
	assert_int_equal(history_unpack(newest(e)->missing), 4007);
	assert_int_equal(history_skew_half(newest(e)), 0);
	assert_int_equal(history_skew_most(newest(e)), 32);
	assert_int_equal(history_skew(&(struct history_copies){.first = 1, .skew[15] = 9}, 0.5),
			 1 << 15);
	/* One that carries nothing. */
	s.copies = (struct history_copies){.missing = 500};
	history_add(e, START + 100, &s);
	assert_int_equal(history_unpack(newest(e)->missing), 500);
	assert_int_equal(newest(e)->duplicates, 0);
	assert_int_equal(history_skew_most(newest(e)), 0);
}

/* The promise: 25 hours back, whatever the number of days. */
static void twenty_five_hours(void **state)
{
	struct history_entry *e = history_get(&history, "isp");
	uint64_t now = START, began;

	(void)state;
	for (unsigned i = 0; i < 3000; i++, now += HISTORY_STEP) {
		struct history_sample s = {.seconds = HISTORY_STEP, .rx_packets = i};

		history_add(e, now, &s);
		assert_true(e->count <= HISTORY_SLOTS);
		for (unsigned j = 0; j < e->count; j += 97) {
			const struct history_slot *slot = history_slot(e, j, &began);

			assert_int_equal(slot->rx_packets, i + 1 - e->count + j);
			assert_int_equal(began, START + slot->rx_packets * HISTORY_STEP);
		}
	}
	history_slot(e, 0, &began);
	assert_true(now - began >= 25 * 3600);
}

static void clocks_jump(void **state)
{
	struct history_entry *e = history_get(&history, "isp");
	uint64_t began;

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		history_add(e, START + i * HISTORY_STEP, &quiet);
	/* Half an hour without a session. */
	history_add(e, START + 60 * HISTORY_STEP, &quiet);
	assert_int_equal(e->count, 61);
	assert_int_equal(history_slot(e, 50, &began)->up, 0);
	assert_int_equal(history_slot(e, 39, &began)->up, 10);
	/* Back by half an hour. */
	history_add(e, START + 40 * HISTORY_STEP, &quiet);
	assert_int_equal(e->count, 41);
	assert_int_equal(newest(e)->up, 10);
	/* Years ahead, years back. */
	history_add(e, START * 2ull, &quiet);
	assert_int_equal(e->count, 1);
	history_add(e, START, &quiet);
	assert_int_equal(e->count, 1);
	history_slot(e, 0, &began);
	assert_int_equal(began, START);
	history_add(e, 0, &quiet);
	assert_int_equal(e->count, 1);
}

static void names_are_bounded(void **state)
{
	struct history_entry *a = history_get(&history, "a"), *b = history_get(&history, "b");
	char longest[HISTORY_NAME_MAX + 2];

	(void)state;
	history_start(a);
	history_start(b);
	history_end(&history, b, 10);
	history_end(&history, history_get(&history, "a"), 20);
	history_start(a);
	history_start(history_get(&history, "c"));
	assert_int_equal(history.count, 3);
	assert_non_null(history_get(&history, "d")); /* b goes, the only one that is free */
	assert_null(history_find(&history, "b"));
	assert_ptr_equal(history_find(&history, "a"), a);
	history_start(history_find(&history, "d"));
	assert_null(history_get(&history, "e"));
	assert_int_equal(history.count, 3);
	/* The one that ended first goes first, whatever the order of coming. */
	history_end(&history, history_find(&history, "c"), 50);
	history_end(&history, history_find(&history, "d"), 40);
	assert_non_null(history_get(&history, "e"));
	assert_null(history_find(&history, "d"));
	assert_non_null(history_find(&history, "c"));
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	history_end(&history, a, 30);
	assert_null(history_get(&history, longest));
	assert_non_null(history_get(&history, longest + 1));
}

static size_t record_of(struct history_entry *e, uint8_t *record)
{
	for (unsigned i = 0; i < 1000; i++) {
		struct history_sample s = {.seconds = 10,
					   .rx_packets = i,
					   .tx_bytes = 1000 * i,
					   .echoes = 1,
					   .rtt_min = 3,
					   .rtt_max = 3,
					   .rtt_sum = 3};

		if (i % 7)
			history_add(e, START + i * HISTORY_STEP, &s);
	}
	return history_write(HISTORY_LINES, e, record);
}

/*
 * docs/metrics.md: up to 23,950 bytes a line, and so 240 MB for 10,000. Measured with a tenth of them, after 27
 * hours in which three times as many names came and went.
 */
static void memory_is_bounded(void **state)
{
	enum { LINES = 1000, NAMES = 3 * LINES, HOURS = 27 };
	const struct history_sample s = {.seconds = 100, .echoes = 10, .rx_bytes = 1000};
	const uint64_t start = UINT64_C(1000000000);
	struct history h;
	size_t before = mallinfo2().uordblks, used, each;
	char name[16];

	(void)state;
	assert_int_equal(history_init(&h, LINES, 1), 0);
	for (unsigned n = 0; n < NAMES; n++) {
		struct history_entry *e;

		snprintf(name, sizeof(name), "line%u", n);
		e = history_get(&h, name);
		assert_non_null(e);
		history_start(e);
		for (unsigned i = 0; i < HOURS * 3600 / HISTORY_STEP; i++)
			history_add(e, start + i * HISTORY_STEP, &s);
		history_end(&h, e, start + HOURS * 3600 + n);
	}
	assert_int_equal(h.count, LINES);
	used = mallinfo2().uordblks - before;
	each = used / LINES;
	print_message("%zu bytes a line, %zu MB for 10,000\n", each, each / 100);
	assert_in_range(each, HISTORY_SLOTS * sizeof(struct history_slot), 23950);
	history_free(&h);
	/* free() keeps a few of each small size for itself; a chunk a line would be more. */
	assert_in_range(mallinfo2().uordblks, 0, before + 32 * LINES);
}

static void open_all(struct history of[HISTORY_KINDS])
{
	for (int kind = 0; kind < HISTORY_KINDS; kind++)
		assert_int_equal(history_init(&of[kind], 3, 9), 0);
}

static void close_all(struct history of[HISTORY_KINDS])
{
	for (int kind = 0; kind < HISTORY_KINDS; kind++)
		history_free(&of[kind]);
}

static void files_come_back(void **state)
{
	static uint8_t record[HISTORY_RECORD_MAX];
	struct history_entry *e = history_get(&history, "customers/alice");
	size_t len = record_of(e, record);
	uint64_t now = START + 999 * HISTORY_STEP, began, began2;
	struct history other[HISTORY_KINDS];
	struct history_entry *f;

	(void)state;
	open_all(other);
	assert_int_equal(history_read(other, now, record, len), len);
	f = history_find(&other[HISTORY_LINES], "customers/alice");
	assert_non_null(f);
	assert_int_equal(f->live, 0);
	assert_int_equal(f->count, HISTORY_SLOTS);
	for (unsigned i = 0; i < HISTORY_SLOTS; i++) {
		const struct history_slot *a = history_slot(e, i, &began),
					  *b = history_slot(f, i, &began2);

		assert_int_equal(began, began2);
		assert_memory_equal(a, b, sizeof(*a));
	}
	/* Ten hours later ten hours less are left; and in the future there is nothing. */
	close_all(other);
	open_all(other);
	history_read(other, now + 36000, record, len);
	f = history_find(&other[HISTORY_LINES], "customers/alice");
	assert_in_range(f->count, HISTORY_SLOTS - 361, HISTORY_SLOTS - 360);
	close_all(other);
	open_all(other);
	assert_int_equal(history_read(other, START - 1, record, len), len);
	assert_int_equal(other[HISTORY_LINES].count, 0);
	close_all(other);
}

static void a_restart_goes_on_in_its_slot(void **state)
{
	static uint8_t record[HISTORY_RECORD_MAX];
	struct history_sample s = {
		.seconds = 10, .echoes = 3, .rtt_min = 10, .rtt_max = 10, .rtt_sum = 30};
	struct history_entry *e = history_get(&history, "isp");
	struct history other[HISTORY_KINDS];
	size_t len;

	(void)state;
	history_add(e, START, &s);
	len = history_write(HISTORY_LINES, e, record);
	open_all(other);
	history_read(other, START + 20, record, len);
	e = history_get(&other[HISTORY_LINES], "isp");
	s.rtt_min = s.rtt_max = 20;
	s.rtt_sum = 60;
	history_add(e, START + 30, &s);
	assert_int_equal(e->count, 1);
	assert_int_equal(newest(e)->echoes, 6);
	assert_int_equal(newest(e)->rtt_avg, 150);
	close_all(other);
}

/* Of a leg: two copies of three were the first, before and after. */
static void a_restart_keeps_who_was_first(void **state)
{
	static uint8_t record[HISTORY_RECORD_MAX];
	struct history_sample s = {.seconds = 10,
				   .rx_packets = 90,
				   .has_copies = true,
				   .copies = {.first = 60, .skew[4] = 30}};
	struct history_entry *e = history_get(&history, "home");
	struct history other[HISTORY_KINDS];
	size_t len;

	(void)state;
	history_add(e, START, &s);
	assert_int_equal(history_skew_half(newest(e)), 0);
	assert_int_equal(history_skew_most(newest(e)), 16);
	len = history_write(HISTORY_LINES, e, record);
	open_all(other);
	assert_int_equal(history_read(other, START + 20, record, len), len);
	e = history_find(&other[HISTORY_LINES], "home");
	s.rx_packets = s.copies.first = 1;
	s.copies.skew[4] = 0;
	history_add(e, START + 30, &s);
	assert_int_equal(newest(e)->rx_packets, 91);
	assert_int_equal(newest(e)->duplicates, 30);
	assert_int_equal(history_skew_half(newest(e)), 0);
	assert_int_equal(history_skew_most(newest(e)), 16);
	close_all(other);
}

/* A set may be called as a line is. */
static void kinds_are_kept_apart(void **state)
{
	static uint8_t record[HISTORY_RECORD_MAX];
	struct history_sample s = {.seconds = 10,
				   .has_copies = true,
				   .copies = {.first = 4, .missing = 3}};
	struct history_entry *e = history_get(&history, "home");
	struct history other[HISTORY_KINDS];
	size_t len;

	(void)state;
	history_add(e, START, &s);
	len = history_write(HISTORY_SETS, e, record);
	open_all(other);
	assert_int_equal(history_read(other, START + 20, record, len), len);
	assert_null(history_find(&other[HISTORY_LINES], "home"));
	e = history_find(&other[HISTORY_SETS], "home");
	assert_non_null(e);
	assert_int_equal(newest(e)->missing, 3);
	/* It goes on in its slot. */
	history_add(e, START + 30, &s);
	assert_int_equal(newest(e)->missing, 6);
	record[5] = HISTORY_KINDS;
	assert_int_equal(history_read(other, START + 20, record, len), -EBADMSG);
	close_all(other);
}

static void broken_files_are_refused(void **state)
{
	static uint8_t record[HISTORY_RECORD_MAX], head[HISTORY_HEAD];
	size_t len = record_of(history_get(&history, "isp"), record);
	struct history other[HISTORY_KINDS];

	(void)state;
	history_write_head(head);
	assert_int_equal(history_read_head(head), 0);
	head[5]++;
	assert_int_equal(history_read_head(head), -EPROTO);
	open_all(other);
	for (size_t cut = 0; cut < len; cut += 11)
		assert_int_equal(history_read(other, START, record, cut), 0);
	for (size_t i = 0; i < len; i += 13) {
		record[i] ^= 4;
		assert_true(history_read(other, START + 99999, record, len) <= 0);
		record[i] ^= 4;
	}
	assert_int_equal(other[HISTORY_LINES].count, 0);
	close_all(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(samples_add_up),
		TEST(packed_numbers),
		TEST(a_legs_copies),
		TEST(kinds_are_kept_apart),
		TEST(large_numbers_stay_at_the_largest),
		TEST(twenty_five_hours),
		TEST(clocks_jump),
		TEST(names_are_bounded),
		TEST(memory_is_bounded),
		TEST(files_come_back),
		TEST(a_restart_goes_on_in_its_slot),
		TEST(a_restart_keeps_who_was_first),
		TEST(broken_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
