// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as the records of a history file: no harm, bounds kept, and what came out can be written and read again. The
 * checksum is made right first, or nothing would get past it.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "history/history.h"

#define NOW 1700000000u

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static void open_all(struct history of[HISTORY_KINDS])
{
	for (int kind = 0; kind < HISTORY_KINDS; kind++)
		assert(!history_init(&of[kind], 4, 1));
}

static void close_all(struct history of[HISTORY_KINDS])
{
	for (int kind = 0; kind < HISTORY_KINDS; kind++)
		history_free(&of[kind]);
}

/* Samples go on in whatever slot was read. */
static void go_on(struct history_entry *e)
{
	const struct history_sample s = {
		.seconds = 10, .echoes = 2, .lost = 1, .rtt_min = 1, .rtt_max = 1, .rtt_sum = 1};

	history_add(e, NOW, &s);
}

static void check(enum history_kind kind, struct history *h)
{
	static uint8_t record[HISTORY_RECORD_MAX];
	struct list *i, *keep;

	list_for_each(i, keep, &h->order) {
		struct history_entry *e = list_item(i, struct history_entry, in_order);
		size_t n = history_write(kind, e, record);
		struct history again[HISTORY_KINDS];
		uint64_t began;

		assert(n <= sizeof(record) && e->count <= HISTORY_SLOTS);
		for (unsigned s = 0; s < e->count; s++) {
			assert(history_slot(e, s, &began)->up <= HISTORY_STEP);
			assert(began <= NOW);
		}
		open_all(again);
		assert(history_read(again, NOW, record, n) == (long)n);
		close_all(again);
		go_on(e);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	uint8_t *copy = malloc(len + 1);
	struct history h[HISTORY_KINDS];
	size_t at = 0;
	long n;

	memcpy(copy, data, len);
	open_all(h);
	do {
		size_t all = 14;

		if (len - at > all)
			all += (size_t)(copy[at + 6] << 8 | copy[at + 7]) +
			       sizeof(struct history_slot) *
				       (size_t)(copy[at + 8] << 8 | copy[at + 9]);
		if (all <= len - at) {
			uint32_t sum = htonl(fnv1a(FNV1A_START, copy + at + 4, all - 4));

			memcpy(copy + at, &sum, sizeof(sum));
		}
		n = history_read(h, NOW, copy + at, len - at);
		at += n > 0 ? (size_t)n : 0;
		assert(at <= len);
	} while (n > 0);
	for (int kind = 0; kind < HISTORY_KINDS; kind++) {
		assert(h[kind].count <= 4);
		check((enum history_kind)kind, &h[kind]);
	}
	close_all(h);
	free(copy);
	return 0;
}
