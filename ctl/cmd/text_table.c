// SPDX-License-Identifier: GPL-2.0-only
/* Tables and numbers for people, see text_table.h. */
#include "cmd/text_table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void text_table_init(struct text_table *t, const char *heading)
{
	const char *end;

	*t = (struct text_table){.columns = 1};
	for (const char *p = heading; *p; p++)
		t->columns += *p == ',';
	for (;; heading = end + 1) {
		end = strchrnul(heading, ',');
		text_table_cell(t, "%.*s", (int)(end - heading), heading);
		if (!*end)
			break;
	}
}

/* Keeps UTF-8 as it is, but for C1 controls (U+0080 to U+009F), which terminals obey too. */
static void make_printable(char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			*s = '?';
		else if (c == 0xc2 && (unsigned char)s[1] >= 0x80 && (unsigned char)s[1] < 0xa0)
			s[0] = s[1] = '?';
	}
}

void text_table_cell(struct text_table *t, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	if (t->count == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->cells = reallocarray(t->cells, t->room, sizeof(*t->cells));
	}
	va_start(ap, fmt);
	if (!t->cells || vasprintf(&text, fmt, ap) < 0)
		abort(); /* no memory, in a program that lives for a moment */
	va_end(ap);
	make_printable(text);
	t->cells[t->count++] = (struct text_cell){.text = text};
}

void text_table_colour(struct text_table *t, enum text_colour colour)
{
	t->cells[t->count - 1].colour = colour;
}

static const char *shown(const char *cell)
{
	return *cell ? cell : "-";
}

/* In characters: the bytes that do not continue one. */
static unsigned width(const char *s)
{
	unsigned n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static unsigned column_width(const struct text_table *t, unsigned column)
{
	unsigned widest = 0;

	for (size_t i = column; i < t->count; i += t->columns) {
		unsigned w = width(shown(t->cells[i].text));

		if (w > widest)
			widest = w;
	}
	return widest;
}

/* A cell that is a space is a gap; and no line ends in spaces. */
static void print_row(const struct text_table *t, size_t first, const unsigned *widths, FILE *to)
{
	static const char *const escapes[] = {
		[TEXT_GOOD] = "\033[32m", [TEXT_WAITS] = "\033[33m", [TEXT_BAD] = "\033[31m"};
	unsigned gap = 0;

	for (unsigned i = 0; i < t->columns; i++) {
		const struct text_cell *c = &t->cells[first + i];
		const char *cell = shown(c->text);
		const char *escape = first ? escapes[c->colour] : "\033[1m";

		if (!strcmp(cell, " ")) {
			gap += widths[i] + 2;
			continue;
		}
		if (!t->coloured)
			escape = NULL;
		fprintf(to, "%*s%s%s%s", (int)gap, "", escape ? escape : "", cell,
			escape ? "\033[0m" : "");
		gap = widths[i] - width(cell) + 2;
	}
	fputc('\n', to);
}

void text_table_print(struct text_table *t, FILE *to)
{
	if (t->count > t->columns) {
		unsigned *widths = calloc(t->columns, sizeof(*widths));

		if (!widths)
			abort();
		for (unsigned i = 0; i < t->columns; i++)
			widths[i] = column_width(t, i);
		if (!t->on_top)
			fputc('\n', to);
		for (size_t i = 0; i < t->count; i += t->columns)
			print_row(t, i, widths, to);
		free(widths);
	}
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i].text);
	free(t->cells);
	*t = (struct text_table){0};
}

static const char *human(uint64_t n, char buf[HUMAN_TEXT], const char *space, const char *unit)
{
	static const char prefixes[] = "kMGTPE";
	double value = (double)n;
	int prefix = -1;

	if (n < 10000) {
		snprintf(buf, HUMAN_TEXT, "%u%s%s", (unsigned)n, space, unit);
		return buf;
	}
	/* 999.95 would be written as 1000.0 */
	while (value >= 999.5 || prefix < 0) {
		value /= 1000;
		prefix++;
	}
	snprintf(buf, HUMAN_TEXT, "%.*f%s%c%s", value < 99.95 ? 1 : 0, value, space,
		 prefixes[prefix], unit);
	return buf;
}

const char *human_count(uint64_t n, char buf[HUMAN_TEXT])
{
	return human(n, buf, "", "");
}

const char *human_bytes(uint64_t n, char buf[HUMAN_TEXT])
{
	return human(n, buf, " ", "B");
}

const char *human_time(uint64_t s, char buf[HUMAN_TEXT])
{
	if (s < 60)
		snprintf(buf, HUMAN_TEXT, "%u s", (unsigned)s);
	else if (s < 3600)
		snprintf(buf, HUMAN_TEXT, "%u min %u s", (unsigned)(s / 60), (unsigned)(s % 60));
	else if (s < 86400)
		snprintf(buf, HUMAN_TEXT, "%u h %u min", (unsigned)(s / 3600),
			 (unsigned)(s / 60 % 60));
	else
		snprintf(buf, HUMAN_TEXT, "%llu d %u h", (unsigned long long)(s / 86400),
			 (unsigned)(s / 3600 % 24));
	return buf;
}
