/* SPDX-License-Identifier: GPL-2.0-only */
/* Patterns of the configuration: text in which `*` stands for any number of characters. */
#ifndef L2X_POLICY_PATTERN_H
#define L2X_POLICY_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

enum pattern_kind {
	PATTERN_FULL,	/* no `*` */
	PATTERN_PREFIX, /* one, at its end: "alice*" */
	PATTERN_SUFFIX, /* one, at its start: "*@example.net" */
	PATTERN_OTHER,
};

enum pattern_kind pattern_kind(const char *pattern);
/* How many characters it fixes. */
size_t pattern_fixed(const char *pattern);
/* fold: without regard to the case of ASCII letters. */
bool pattern_match(const char *pattern, const char *text, bool fold);

#endif
