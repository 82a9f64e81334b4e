// SPDX-License-Identifier: GPL-2.0-only
/* What each session carries a second: the difference of two samples of its counters, the busiest first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/show.h"
#include "cmd/status.h"
#include "policy/pattern.h"

uint64_t show_sum(const json_t *counts, const char *what)
{
	static const char *const levels[] = {"xdp", "tc", "user"};
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		sum += status_number(json_object_get(counts, levels[i]), what);
	return sum;
}

/* A name may come again with the next call; these numbers, not at once. */
static const char *session_key(const json_t *session, char buf[32])
{
	snprintf(buf, 32, "%u/%u", (unsigned)status_number(session, "tunnel_id"),
		 (unsigned)status_number(session, "session_id"));
	return buf;
}

static json_t *index_sessions(const json_t *status)
{
	json_t *index = json_object(), *i;
	char key[32];
	size_t n;

	json_array_foreach(json_object_get(status, "sessions"), n, i)
	{
		json_object_set(index, session_key(i, key), i);
	}
	return index;
}

static json_t *per_second(const json_t *now, const json_t *before, const char *way,
			  const char *what, double times, double seconds)
{
	uint64_t a = show_sum(json_object_get(before, way), what),
		 b = show_sum(json_object_get(now, way), what);

	/* Counters that went back are a new session's. */
	return json_integer((json_int_t)(times * (double)(b >= a ? b - a : b) / seconds));
}

static json_t *rate_row(const json_t *i, const json_t *was, double seconds)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", status_string(i, "name"), "user",
			 status_string(i, "user"), "rx_bits_per_s",
			 per_second(i, was, "rx", "bytes", 8, seconds), "tx_bits_per_s",
			 per_second(i, was, "tx", "bytes", 8, seconds), "rx_packets_per_s",
			 per_second(i, was, "rx", "packets", 1, seconds), "tx_packets_per_s",
			 per_second(i, was, "tx", "packets", 1, seconds));
}

static int busier(const void *a, const void *b)
{
	const json_t *left = *(json_t *const *)a, *right = *(json_t *const *)b;
	uint64_t l = status_number(left, "rx_bits_per_s") + status_number(left, "tx_bits_per_s"),
		 r = status_number(right, "rx_bits_per_s") + status_number(right, "tx_bits_per_s");

	if (l != r)
		return l < r ? 1 : -1;
	return strcmp(status_string(left, "name"), status_string(right, "name"));
}

json_t *show_rates(const struct show_sample *s, const struct show_filter *f)
{
	const json_t *sessions = json_object_get(s->status, "sessions"), *i;
	json_t **list = calloc(json_array_size(sessions) + 1, sizeof(*list));
	json_t *rows = json_array(), *before = index_sessions(s->before);
	size_t n, count = 0;
	char key[32];

	if (!list)
		abort(); /* no memory, in a program that lives for a moment */
	json_array_foreach(sessions, n, i)
	{
		if (!f->name || pattern_match(f->name, status_string(i, "name"), false))
			list[count++] = rate_row(i, json_object_get(before, session_key(i, key)),
						 s->seconds);
	}
	qsort(list, count, sizeof(*list), busier);
	for (n = 0; n < count; n++)
		json_array_append_new(rows, list[n]);
	free(list);
	json_decref(before);
	return rows;
}
