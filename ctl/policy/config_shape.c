// SPDX-License-Identifier: GPL-2.0-only
/*
 * First pass: does the document have the shape of the schema? Finds all unknown, repeated and empty
 * keys and all values of the wrong kind, where libcyaml would stop at the first. Afterwards
 * libcyaml can load the document; the only mistakes left to it are its own limits.
 */
#include "policy/config_read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Aliases repeat their anchor's content at every use: bound how many values they add to those that stand in the file. */
#define ALIASES_MAX 100000

#define KEY_MAX	    48
#define KEYS_MAX    64 /* of a mapping in the schema */

/* Levenshtein's distance: how many letters to insert, remove or replace. Both are shorter than
 * KEY_MAX. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[KEY_MAX + 1], lb = (unsigned)strlen(b);

	for (unsigned j = 0; j <= lb; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned before = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			unsigned best = before + (a[i - 1] != b[j - 1]);

			before = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

static const char *nearest(const char *key, const struct cyaml_schema_field *fields)
{
	const char *best = NULL;
	unsigned limit = (unsigned)strlen(key) / 3 + 1, d;

	if (strlen(key) >= KEY_MAX)
		return NULL;
	for (const struct cyaml_schema_field *f = fields; f->key; f++) {
		d = distance(key, f->key);
		if (d <= limit) {
			limit = d - 1; /* d is not 0: the key would be known */
			best = f->key;
		}
	}
	return best;
}

static void unknown_key(const struct place *mapping, const char *key, unsigned line,
			const struct cyaml_schema_field *fields)
{
	struct place at = {.r = mapping->r, .up = mapping, .key = key, .line = line};
	const char *suggestion = nearest(key, fields);
	char known[1024] = "", *p = known;

	if (suggestion) {
		mistake(&at, NULL, "unknown key, did you mean %s?", suggestion);
		return;
	}
	for (const struct cyaml_schema_field *f = fields; f->key; f++)
		p += snprintf(p, (size_t)(known + sizeof(known) - p), "%s%s",
			      p == known ? "" : ", ", f->key);
	mistake(&at, NULL, "unknown key, known here are %s", known);
}

static int shape(const struct place *at, const struct cyaml_schema_value *schema);

static const struct cyaml_schema_field *field_of(const struct cyaml_schema_field *fields,
						 const char *key)
{
	for (; fields->key; fields++)
		if (!strcmp(fields->key, key))
			return fields;
	return NULL;
}

static int shape_mapping(const struct place *at, const struct cyaml_schema_field *fields)
{
	unsigned seen[KEYS_MAX] = {0};
	int err = 0;

	for (yaml_node_pair_t *pair = at->node->data.mapping.pairs.start;
	     pair < at->node->data.mapping.pairs.top; pair++) {
		yaml_node_t *key = yaml_document_get_node(&at->r->document, pair->key);
		const char *word = (const char *)key->data.scalar.value;
		unsigned line = mark_line(&key->start_mark);
		const struct cyaml_schema_field *field;
		struct place value;

		if (key->type != YAML_SCALAR_NODE || strlen(word) != key->data.scalar.length) {
			mistake_at(at->r, line, "", "a key must be one word");
			err = -EINVAL;
			continue;
		}
		field = field_of(fields, word);
		if (!field) {
			unknown_key(at, word, line, fields);
			continue;
		}
		value = (struct place){.r = at->r, .up = at, .key = field->key, .line = line};
		if (seen[field - fields]) {
			mistake(&value, NULL, "is given twice, first in line %u, leave one out",
				seen[field - fields]);
			err = -EINVAL;
			continue;
		}
		seen[field - fields] = line;
		value.node = yaml_document_get_node(&at->r->document, pair->value);
		if (shape(&value, &field->value))
			err = -EINVAL;
	}
	return err;
}

static int shape_list(const struct place *at, const struct cyaml_schema_value *entry)
{
	size_t count =
		(size_t)(at->node->data.sequence.items.top - at->node->data.sequence.items.start);
	int err = 0;

	for (size_t i = 0; i < count && at->r->values <= at->r->values_max; i++) {
		struct place item = place_item(at, i);

		if (shape(&item, entry))
			err = -EINVAL;
	}
	return err;
}

static int shape_word(const struct place *at)
{
	if (strlen((char *)at->node->data.scalar.value) == at->node->data.scalar.length)
		return 0;
	mistake(at, NULL, "has a NUL character in it");
	return -EINVAL;
}

static int shape_words(const struct place *at)
{
	static const struct cyaml_schema_value word = {.type = CYAML_STRING};

	if (at->node->type == YAML_SEQUENCE_NODE)
		return shape_list(at, &word);
	if (at->node->type == YAML_SCALAR_NODE)
		return shape_word(at);
	mistake(at, NULL, "is a mapping, give one value or a list");
	return -EINVAL;
}

static bool is_null(const yaml_node_t *node)
{
	const char *word = (const char *)node->data.scalar.value;

	return node->type == YAML_SCALAR_NODE &&
	       node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (!*word || !strcmp(word, "~") || !strcmp(word, "null"));
}

static int shape(const struct place *at, const struct cyaml_schema_value *schema)
{
	if (++at->r->values > at->r->values_max) {
		if (at->r->values == at->r->values_max + 1)
			mistake(at, NULL, "aliases repeat more than %d values, give fewer of them",
				ALIASES_MAX);
		return -EINVAL;
	}
	if (is_null(at->node)) {
		mistake(at, NULL, "has no value, give one or leave %s out",
			at->key ? "the key" : "it");
		return -EINVAL;
	}
	switch (schema->type) {
	case CYAML_MAPPING:
		if (at->node->type == YAML_MAPPING_NODE)
			return shape_mapping(at, schema->mapping.fields);
		mistake(at, NULL, "is not a mapping, give lines of `key: value`, such as `%s: ...`",
			schema->mapping.fields->key);
		return -EINVAL;
	case CYAML_SEQUENCE:
		if (at->node->type == YAML_SEQUENCE_NODE)
			return shape_list(at, schema->sequence.entry);
		mistake(at, NULL,
			"is not a list, write [a, b] or a line that starts with `- ` for each");
		return -EINVAL;
	case CYAML_IGNORE:
		return shape_words(at);
	default:
		if (at->node->type == YAML_SCALAR_NODE)
			return shape_word(at);
		mistake(at, NULL, "is a %s, give one value",
			at->node->type == YAML_SEQUENCE_NODE ? "list" : "mapping");
		return -EINVAL;
	}
}

int config_shape(const struct place *root)
{
	const yaml_document_t *d = &root->r->document;

	root->r->values_max = (size_t)(d->nodes.top - d->nodes.start) + ALIASES_MAX;
	return shape(root, &config_schema);
}
