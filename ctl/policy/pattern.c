// SPDX-License-Identifier: GPL-2.0-only
/* Patterns with `*`, see pattern.h. Time is at most the product of the lengths. */
#include "policy/pattern.h"

#include <string.h>

enum pattern_kind pattern_kind(const char *pattern)
{
	size_t len = strlen(pattern);
	const char *star = strchr(pattern, '*');

	if (!star)
		return PATTERN_FULL;
	if (strchr(star + 1, '*') || len == 1)
		return PATTERN_OTHER;
	if (star == pattern)
		return PATTERN_SUFFIX;
	return star == pattern + len - 1 ? PATTERN_PREFIX : PATTERN_OTHER;
}

size_t pattern_fixed(const char *pattern)
{
	size_t fixed = 0;

	for (; *pattern; pattern++)
		fixed += *pattern != '*';
	return fixed;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(char a, char b, bool fold)
{
	return a == b || (fold && lower(a) == lower(b));
}

/* Of all that the last star could stand for, the shortest that goes on to fit is enough. */
bool pattern_match(const char *pattern, const char *text, bool fold)
{
	const char *behind_star = NULL, *retry = NULL;

	while (*text) {
		if (*pattern == '*') {
			behind_star = ++pattern;
			retry = text;
		} else if (same(*pattern, *text, fold)) {
			pattern++;
			text++;
		} else if (behind_star) {
			pattern = behind_star;
			text = ++retry;
		} else {
			return false;
		}
	}
	return !pattern[strspn(pattern, "*")];
}
