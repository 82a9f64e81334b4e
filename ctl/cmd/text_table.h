/* SPDX-License-Identifier: GPL-2.0-only */
/* A table for the terminal: columns as wide as they must be, two spaces between them. The first row is the heading. */
#ifndef L2X_CMD_TEXT_TABLE_H
#define L2X_CMD_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum text_colour {
	TEXT_PLAIN,
	TEXT_GOOD,
	TEXT_WAITS,
	TEXT_BAD,
};

struct text_cell {
	char *text;
	enum text_colour colour;
};

struct text_table {
	unsigned columns;
	struct text_cell *cells;
	size_t count, room;
	bool coloured; /* with the escape sequences of a terminal */
	bool on_top;   /* no empty line above */
};

/* heading: the columns' names with a comma between. */
void text_table_init(struct text_table *t, const char *heading);
/* The next cell, row by row. What is empty is shown as "-", a space as a gap; control characters (a peer's name may hold any) as '?'. */
void text_table_cell(struct text_table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Of the last cell, if the table is coloured. */
void text_table_colour(struct text_table *t, enum text_colour colour);
/* An empty line and the table, if it has any row but its heading; and then it is freed. */
void text_table_print(struct text_table *t, FILE *to);

/* Numbers for people, into a buffer that is returned: 12.3k, 1.7 GB, 3 h 12 min. */
#define HUMAN_TEXT 32
const char *human_count(uint64_t n, char buf[HUMAN_TEXT]);
const char *human_bytes(uint64_t n, char buf[HUMAN_TEXT]);
const char *human_time(uint64_t seconds, char buf[HUMAN_TEXT]);

#endif
