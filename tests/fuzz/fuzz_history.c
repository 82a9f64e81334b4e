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

static void check(struct history *h)
{
	static uint8_t record[HISTORY_RECORD_MAX];
	struct list *i, *keep;

	list_for_each(i, keep, &h->order) {
		struct history_entry *e = list_item(i, struct history_entry, in_order);
		size_t n = history_write(e, record);
		struct history again;
		uint64_t began;

		assert(n <= sizeof(record) && e->count <= HISTORY_SLOTS);
		for (unsigned s = 0; s < e->count; s++) {
			assert(history_slot(e, s, &began)->up <= HISTORY_STEP);
			assert(began <= NOW);
		}
		assert(!history_init(&again, 4, 1));
		assert(history_read(&again, NOW, record, n) == (long)n);
		history_free(&again);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	uint8_t *copy = malloc(len + 1);
	struct history h;
	size_t at = 0;
	long n;

	memcpy(copy, data, len);
	assert(!history_init(&h, 4, 0));
	do {
		size_t all = 12;

		if (len - at > all)
			all += (size_t)(copy[at + 4] << 8 | copy[at + 5]) +
			       28 * (size_t)(copy[at + 6] << 8 | copy[at + 7]);
		if (all <= len - at) {
			uint32_t sum = htonl(fnv1a(FNV1A_START, copy + at + 4, all - 4));

			memcpy(copy + at, &sum, sizeof(sum));
		}
		n = history_read(&h, NOW, copy + at, len - at);
		at += n > 0 ? (size_t)n : 0;
		assert(at <= len && h.count <= 4);
	} while (n > 0);
	check(&h);
	history_free(&h);
	free(copy);
	return 0;
}
