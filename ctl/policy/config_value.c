// SPDX-License-Identifier: GPL-2.0-only
/*
 * One value of the file: from the word that stands there to a number, a text, an address. Each
 * function says in its complaint what would be right, and goes on with the default.
 */
#include "policy/config_read.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SPEED_MIN 8e3
#define SPEED_MAX 1e12

uint32_t value_number(const struct place *at, const char *key, const char *raw,
		      struct config_range range)
{
	const char *digits = raw && *raw == '-' ? raw + 1 : raw;
	unsigned long long number;

	if (!raw)
		return range.by_default;
	if (!*digits || digits[strspn(digits, "0123456789")]) {
		mistake(at, key, "\"%.40s\" is not a whole number, give %u to %u", raw, range.min,
			range.max);
		return range.by_default;
	}
	errno = 0;
	number = strtoull(digits, NULL, 10);
	if (*raw == '-' || errno || number < range.min || number > range.max) {
		mistake(at, key, "%.40s is out of range, give %u to %u", raw, range.min, range.max);
		return range.by_default;
	}
	return (uint32_t)number;
}

uint64_t value_speed(const struct place *at, const char *key, const char *raw, const char *word)
{
	static const char units[] = "kMGT";
	const char *unit = NULL;
	char *end = NULL;
	double number;

	if (!raw)
		return 0;
	if (word && !strcmp(raw, word))
		return CONFIG_SPEED_CONNECT;
	number = isdigit((unsigned char)*raw) && raw[1] != 'x' && raw[1] != 'X' ? strtod(raw, &end)
										: 0;
	if (end && *end)
		unit = strchr(units, *end);
	for (const char *u = units; unit && u <= unit; u++)
		number *= 1000;
	if (!end || (unit ? end[1] : *end) || !(number >= SPEED_MIN && number <= SPEED_MAX)) {
		mistake(at, key, "\"%.40s\" is not a speed, give 8k to 1T bits per second%s%s", raw,
			word ? ", or " : "", word ? word : "");
		return 0;
	}
	return (uint64_t)number;
}

bool value_bool(const struct place *at, const char *key, const char *raw, bool by_default)
{
	if (!raw)
		return by_default;
	if (!strcmp(raw, "true") || !strcmp(raw, "yes") || !strcmp(raw, "on"))
		return true;
	if (!strcmp(raw, "false") || !strcmp(raw, "no") || !strcmp(raw, "off"))
		return false;
	mistake(at, key, "\"%.40s\" is neither true nor false, give one of these", raw);
	return by_default;
}

int value_word(const struct place *at, const char *key, const char *raw, const char *const *words,
	       int by_default)
{
	char known[128] = "", *p = known;

	if (!raw)
		return by_default;
	for (int i = 0; words[i]; i++) {
		if (!strcmp(raw, words[i]))
			return i;
		p += snprintf(p, (size_t)(known + sizeof(known) - p), "%s%s",
			      !i	     ? ""
			      : words[i + 1] ? ", "
					     : " or ",
			      words[i]);
	}
	mistake(at, key, "\"%.40s\" is not known here, give %s", raw, known);
	return by_default;
}

int value_log_level(const struct place *at, const char *raw, int by_default)
{
	const char *const levels[] = {
		[LOG_LEVEL_ERROR] = log_level_name(LOG_LEVEL_ERROR),
		[LOG_LEVEL_WARNING] = log_level_name(LOG_LEVEL_WARNING),
		[LOG_LEVEL_INFO] = log_level_name(LOG_LEVEL_INFO),
		[LOG_LEVEL_DEBUG] = log_level_name(LOG_LEVEL_DEBUG),
		NULL,
	};

	return value_word(at, "log-level", raw, levels, by_default);
}

size_t value_words(const struct place *at, const char *key,
		   char *(*check)(const struct place *at, const char *raw), char ***out)
{
	struct place value = place_key(at, key);
	const yaml_node_t *node = value.node;
	bool list = node && node->type == YAML_SEQUENCE_NODE;
	size_t count =
		list ? (size_t)(node->data.sequence.items.top - node->data.sequence.items.start)
		     : !!node;

	*out = count ? reader_alloc(at->r, count, sizeof(**out)) : NULL;
	if (!*out)
		return 0;
	for (size_t i = 0; i < count; i++) {
		struct place item = list ? place_item(&value, i) : value;

		(*out)[i] = check(&item, (const char *)item.node->data.scalar.value);
	}
	return count;
}

static char *check_pattern(const struct place *at, const char *raw)
{
	return value_text(at, NULL, raw, PPP_NAME_MAX, NULL);
}

void value_patterns(const struct place *at, const char *key, struct config_patterns *out)
{
	size_t count = value_words(at, key, check_pattern, &out->list);

	if (!count && place_given(at, key))
		mistake(at, key, "is empty, so nothing fits it; give a value or leave the key out");
	/* Those that are wrong have been noted; the others are kept. */
	for (size_t i = 0; i < count; i++)
		if (out->list[i])
			out->list[out->count++] = out->list[i];
}

static bool is_printable_word(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || *s == 0x7f)
			return false;
	return true;
}

char *value_text(const struct place *at, const char *key, const char *raw, size_t max,
		 const char *by_default)
{
	if (!raw)
		return by_default ? reader_copy(at->r, by_default) : NULL;
	if (!*raw)
		mistake(at, key, "is empty, give it a value or leave the key out");
	else if (strlen(raw) > max)
		mistake(at, key, "has %zu bytes, give at most %zu", strlen(raw), max);
	else if (!is_printable_word(raw))
		mistake(at, key,
			"\"%.40s\" has a space or control character in it, give it without", raw);
	else
		return reader_copy(at->r, raw);
	return NULL;
}

char *value_path(const struct place *at, const char *key, const char *raw, size_t max,
		 const char *by_default)
{
	if (raw && *raw && *raw != '/') {
		mistake(at, key, "\"%.60s\" is not a full path, give one that starts with /", raw);
		return NULL;
	}
	return value_text(at, key, raw, max, by_default);
}

char *value_program(const struct place *at, const char *key, const char *raw)
{
	struct stat st;

	if (!raw)
		return NULL;
	if (*raw == '/') {
		if (stat(raw, &st))
			mistake(at, key, "%.200s: %s", raw, strerror(errno));
		else if (!S_ISREG(st.st_mode))
			mistake(at, key, "%.200s is not a file, give one that can be run", raw);
		else if (!(st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
			mistake(at, key, "%.200s cannot be run, run: chmod +x %.200s", raw, raw);
	}
	return value_path(at, key, raw, PATH_MAX - 1, NULL);
}

void value_netdev(const struct place *at, const char *key, const char *raw, char out[IFNAMSIZ])
{
	if (!raw)
		return;
	if (!*raw || strlen(raw) >= IFNAMSIZ)
		mistake(at, key,
			"\"%.40s\" is not the name of an interface, give 1 to %d characters", raw,
			IFNAMSIZ - 1);
	else if (!is_printable_word(raw) || strpbrk(raw, "/:%"))
		mistake(at, key,
			"\"%s\" is not the name of an interface, give one without space, '/', ':' "
			"and '%%'",
			raw);
	else if (!strcmp(raw, ".") || !strcmp(raw, "..") || !strcmp(raw, "all") ||
		 !strcmp(raw, "default"))
		mistake(at, key, "\"%s\" is a reserved name, give another one", raw);
	else
		strcpy(out, raw);
}

bool ipv4_is_host(const struct ip_addr *a)
{
	uint32_t v = ntohl(ip_addr_to_v4(a).s_addr);

	return a->family == AF_INET && v >> 24 && v >> 24 != 127 && v >> 24 < 224;
}

void value_ipv4(const struct place *at, const char *key, const char *raw, struct ip_addr *out)
{
	struct ip_addr a;

	if (!raw)
		return;
	if (ip_addr_parse(&a, raw) || a.family != AF_INET)
		mistake(at, key, "\"%.60s\" is not an IPv4 address, give one like 192.0.2.1", raw);
	else if (!ipv4_is_host(&a))
		mistake(at, key, "%s cannot be the address of a host, give one like 192.0.2.1",
			raw);
	else
		*out = a;
}

/* Both lists keep the file's order and count, so that an index says where a value stands; a bad one
 * has no family. */
size_t value_addresses(const struct place *at, const char *key, char *const *raw, size_t count,
		       struct ip_addr **out)
{
	struct place list = place_key(at, key);

	*out = count ? reader_alloc(at->r, count, sizeof(**out)) : NULL;
	if (!*out)
		return 0;
	for (size_t i = 0; i < count; i++) {
		struct place item = place_item(&list, i);

		if (ip_addr_parse(&(*out)[i], raw[i]))
			mistake(&item, NULL,
				"\"%.60s\" is not an address, give one like 192.0.2.1 or "
				"2001:db8::1",
				raw[i]);
	}
	return count;
}

bool value_prefix(const struct place *at, const char *key, const char *raw, struct ip_prefix *out)
{
	char text[IP_PREFIX_TEXT];
	int err = ip_prefix_parse(out, raw);

	if (err == -ERANGE) {
		ip_prefix_clear_host_bits(out);
		mistake(at, key, "%s has bits set behind its length, give %s", raw,
			ip_prefix_text(out, text));
	} else if (err) {
		*out = (struct ip_prefix){0};
		mistake(at, key,
			"\"%.60s\" is not a prefix, give one like 192.0.2.0/24 or 2001:db8::/32",
			raw);
	}
	return !err;
}

size_t value_prefixes(const struct place *at, const char *key, char *const *raw, size_t count,
		      struct ip_prefix **out)
{
	struct place list = place_key(at, key);

	*out = count ? reader_alloc(at->r, count, sizeof(**out)) : NULL;
	if (!*out)
		return 0;
	for (size_t i = 0; i < count; i++) {
		struct place item = place_item(&list, i);

		value_prefix(&item, NULL, raw[i], &(*out)[i]);
	}
	return count;
}
