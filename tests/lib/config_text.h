/* SPDX-License-Identifier: GPL-2.0-only */
/* Configurations from a text, for unit tests, and what was said of them. */
#ifndef L2X_TEST_CONFIG_TEXT_H
#define L2X_TEST_CONFIG_TEXT_H

#include <stdio.h>
#include <string.h>
#include "policy/config.h"

struct heard {
	char text[1024]; /* the messages, a line each */
};

static inline void hear(void *arg, const char *message)
{
	struct heard *h = arg;

	snprintf(h->text + strlen(h->text), sizeof(h->text) - strlen(h->text), "%s\n", message);
}

static inline struct config *parse(const char *text, struct heard *h)
{
	struct config *c;

	*h = (struct heard){0};
	config_parse("l2x.conf", text, strlen(text), hear, h, &c);
	return c;
}

/* One without a mistake. */
static inline struct config *sound(const char *text)
{
	struct heard h;
	struct config *c = parse(text, &h);

	assert_string_equal(h.text, "");
	assert_non_null(c);
	return c;
}

struct mistake_case {
	const char *text, *said;
};

static inline void assert_mistakes(const struct mistake_case *cases, size_t count)
{
	struct heard h;

	for (size_t i = 0; i < count; i++) {
		assert_null(parse(cases[i].text, &h));
		assert_string_equal(h.text, cases[i].said);
	}
}

#endif
