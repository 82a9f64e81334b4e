// SPDX-License-Identifier: GPL-2.0-only
/*
 * Places in the document, and the mistakes found there, see config_read.h. A message is one line,
 * `file:line: path: text`; words of the file may be in it, so what a terminal would take for a
 * command is replaced.
 */
#include "policy/config_read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MISTAKES_MAX 100 /* told; a file with more needs another look anyway */

void *reader_alloc(struct reader *r, size_t count, size_t size)
{
	void *p = calloc(count, size);

	if (!p)
		r->error = -ENOMEM;
	return p;
}

char *reader_copy(struct reader *r, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		r->error = -ENOMEM;
	return copy;
}

struct place place_root(struct reader *r)
{
	yaml_node_t *node = yaml_document_get_root_node(&r->document);

	return (struct place){.r = r,
			      .node = node,
			      .line = node ? mark_line(&node->start_mark) : 0};
}

static bool is_word(const yaml_node_t *node, const char *word)
{
	return node && node->type == YAML_SCALAR_NODE && node->data.scalar.length == strlen(word) &&
	       !memcmp(node->data.scalar.value, word, strlen(word));
}

static yaml_node_pair_t *find(const struct place *mapping, const char *key)
{
	yaml_node_t *node = mapping->node;

	if (!node || node->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++)
		if (is_word(yaml_document_get_node(&mapping->r->document, pair->key), key))
			return pair;
	return NULL;
}

bool place_given(const struct place *mapping, const char *key)
{
	return find(mapping, key) != NULL;
}

struct place place_key(const struct place *mapping, const char *key)
{
	struct place at = {.r = mapping->r, .up = mapping, .key = key, .line = mapping->line};
	yaml_node_pair_t *pair = find(mapping, key);

	if (pair) {
		/* The key's line: an alias' value has the line of its anchor, which may be far
		 * away. */
		at.line =
			mark_line(&yaml_document_get_node(&at.r->document, pair->key)->start_mark);
		at.node = yaml_document_get_node(&at.r->document, pair->value);
	}
	return at;
}

struct place place_item(const struct place *list, size_t index)
{
	struct place at = {.r = list->r, .up = list, .index = index, .line = list->line};
	yaml_node_t *node = list->node;

	if (node && node->type == YAML_SEQUENCE_NODE &&
	    index < (size_t)(node->data.sequence.items.top - node->data.sequence.items.start)) {
		at.node = yaml_document_get_node(&at.r->document,
						 node->data.sequence.items.start[index]);
		at.line = mark_line(&at.node->start_mark);
	}
	return at;
}

/* Appends the part of each level to buf; what does not fit is left out. */
static size_t add_path(const struct place *at, char *buf, size_t used)
{
	size_t room;
	int n;

	if (!at->up)
		return used;
	used = add_path(at->up, buf, used);
	room = CONFIG_PATH_TEXT - used;
	if (at->key)
		n = snprintf(buf + used, room, "%s%.48s", used ? "." : "", at->key);
	else
		n = snprintf(buf + used, room, "[%zu]", at->index);
	return n < 0 ? used : (size_t)n < room ? used + (size_t)n : CONFIG_PATH_TEXT - 1;
}

const char *place_text(const struct place *at, char buf[CONFIG_PATH_TEXT])
{
	buf[0] = 0;
	add_path(at, buf, 0);
	return buf;
}

static void make_printable(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

static void note(struct reader *r, unsigned line, const char *path, const char *fmt, va_list ap)
{
	char what[768], where[16] = "", *text;

	if (r->mistakes_count == r->mistakes_room) {
		size_t room = r->mistakes_room ? 2 * r->mistakes_room : 16;
		struct mistake *more = realloc(r->mistakes, room * sizeof(*more));

		if (!more) {
			r->error = -ENOMEM;
			return;
		}
		r->mistakes = more;
		r->mistakes_room = room;
	}
	vsnprintf(what, sizeof(what), fmt, ap);
	if (line)
		snprintf(where, sizeof(where), "%u: ", line);
	if (asprintf(&text, "%s:%s%s%s%s%s", r->file, line ? "" : " ", where, path,
		     *path ? ": " : "", what) < 0) {
		r->error = -ENOMEM;
		return;
	}
	make_printable(text);
	r->mistakes[r->mistakes_count] = (struct mistake){line, r->mistakes_count, text};
	r->mistakes_count++;
}

void mistake_at(struct reader *r, unsigned line, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(r, line, path, fmt, ap);
	va_end(ap);
}

void mistake(const struct place *at, const char *key, const char *fmt, ...)
{
	struct place inner = key ? place_key(at, key) : *at;
	char path[CONFIG_PATH_TEXT];
	va_list ap;

	va_start(ap, fmt);
	note(at->r, inner.line, place_text(&inner, path), fmt, ap);
	va_end(ap);
}

static int by_line(const void *a, const void *b)
{
	const struct mistake *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void mistakes_report(struct reader *r, void (*report)(void *arg, const char *message), void *arg)
{
	size_t shown = r->mistakes_count < MISTAKES_MAX ? r->mistakes_count : MISTAKES_MAX;
	char more[256];

	if (r->mistakes_count)
		qsort(r->mistakes, r->mistakes_count, sizeof(*r->mistakes), by_line);
	for (size_t i = 0; i < shown; i++)
		report(arg, r->mistakes[i].text);
	if (shown < r->mistakes_count) {
		snprintf(more, sizeof(more), "%.200s: and %zu more mistakes", r->file,
			 r->mistakes_count - shown);
		report(arg, more);
	}
}

void mistakes_free(struct reader *r)
{
	for (size_t i = 0; i < r->mistakes_count; i++)
		free(r->mistakes[i].text);
	free(r->mistakes);
	r->mistakes = NULL;
	r->mistakes_count = r->mistakes_room = 0;
}
