// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of sets in `l2x status`. Of an ha set, what counts is the difference between its own row
 * and those of its legs: what the users notice, and what the paths do.
 */
#include <stdio.h>
#include "cmd/status.h"

static void count(struct text_table *t, const json_t *o, const char *key)
{
	char buf[HUMAN_TEXT];

	text_table_cell(t, "%s", human_count(status_number(o, key), buf));
}

static void loss(struct text_table *t, const json_t *o)
{
	const json_t *percent = json_object_get(o, "loss_percent");

	if (json_is_number(percent))
		text_table_cell(t, "%.1f %%", json_number_value(percent));
	else
		text_table_cell(t, "%s", "");
}

static void skew(struct text_table *t, const json_t *skew)
{
	uint64_t half = status_number(skew, "half_below_ms"),
		 most = status_number(skew, "most_below_ms");

	if (!json_is_object(skew))
		text_table_cell(t, "%s", "");
	else
		text_table_cell(t, "%llu-%llu ms", (unsigned long long)half / 2,
				(unsigned long long)most);
}

static void leg_row(struct text_table *t, const json_t *leg)
{
	text_table_cell(t, "%s", " ");
	text_table_cell(t, "%s", status_string(leg, "session"));
	text_table_cell(t, "%s", status_string(leg, "state"));
	if (!json_object_get(leg, "first")) {
		for (unsigned i = 3; i < t->columns; i++)
			text_table_cell(t, "%s", " ");
		return;
	}
	loss(t, json_object_get(leg, "recent"));
	loss(t, leg);
	count(t, leg, "first");
	count(t, leg, "duplicate");
	count(t, leg, "late");
	skew(t, json_object_get(leg, "skew"));
}

static void set_row(struct text_table *t, const json_t *set)
{
	uint64_t lost = status_number(set, "lost"), expected = status_number(set, "expected");
	json_t *legs = json_object_get(set, "legs");

	text_table_cell(t, "%s", status_string(set, "name"));
	text_table_cell(t, "%s", status_string(set, "kind"));
	text_table_cell(t, "%llu of %zu up", (unsigned long long)status_number(set, "legs_up"),
			json_array_size(legs));
	if (!json_object_get(set, "expected")) {
		for (unsigned i = 3; i < t->columns; i++)
			text_table_cell(t, "%s", " ");
		return;
	}
	loss(t, json_object_get(set, "recent"));
	text_table_cell(t, "%.1f %%", expected ? (double)lost * 100 / (double)expected : 0);
	count(t, set, "unique");
	count(t, set, "duplicates");
	text_table_cell(t, "%s", " ");
	text_table_cell(t, "%s", " ");
}

void status_set_rows(struct text_table *t, const json_t *set)
{
	const json_t *leg;
	size_t n;

	set_row(t, set);
	json_array_foreach(json_object_get(set, "legs"), n, leg) leg_row(t, leg);
}

void print_sets(const json_t *status)
{
	const json_t *set;
	struct text_table t;
	size_t n;

	text_table_init(&t, STATUS_SETS_HEADING);
	json_array_foreach(json_object_get(status, "sets"), n, set) status_set_rows(&t, set);
	text_table_print(&t, stdout);
}
