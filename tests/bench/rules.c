// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long session rules take: to be read and checked, against libyaml reading the same text; and one of them to be found
 * for a login, against a look at each of them in turn. For some numbers of rules, each with a name, a password, an
 * address and two routes of its own, and every hundredth for all names of a realm.
 *
 *   rules [COUNT...]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yaml.h>
#include "l2tp/l2tp.h"
#include "policy/config.h"
#include "policy/pattern.h"
#include "policy/rules.h"

#define LOGINS 20000

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static char *make_text(unsigned count, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (!f)
		abort();
	fprintf(f, "incoming:\n- name: lns\n  local-ppp-ip: 10.255.255.254\n  sessions:\n");
	for (unsigned i = 0; i < count; i++)
		fprintf(f,
			"  - username: '%s%u'\n    password: p\n    remote-ppp-ip: 10.%u.%u.%u\n"
			"    routes: [172.%u.%u.%u/32, '2001:db8:%x::/48']\n",
			i % 100 ? "u" : "*@realm", i, i >> 16, i >> 8 & 255, i & 255,
			16 + (i >> 16), i >> 8 & 255, i & 255, i);
	fclose(f);
	return text;
}

static void say(void *arg, const char *message)
{
	(void)arg;
	fprintf(stderr, "%s\n", message);
}

static double by_libyaml(const char *text, size_t len)
{
	const double start = seconds();
	yaml_document_t document;
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (!yaml_parser_load(&parser, &document))
		abort();
	yaml_document_delete(&document);
	yaml_parser_delete(&parser);
	return seconds() - start;
}

/* A name that a rule has, each time another one; the last rules as often as the first. */
static void name_of(unsigned n, unsigned count, char name[32])
{
	const unsigned i = (unsigned)((uint64_t)n * 2654435761u % count);

	snprintf(name, 32, "%s%u", i % 100 ? "u" : "somebody@realm", i);
}

static double by_rules(const struct config_incoming *in, unsigned count)
{
	static const struct l2tp_call_info call;
	struct caller caller = {.call = &call, .connected = true};
	const struct config_session *rule;
	const double start = seconds();
	const char *why;
	char name[32];

	caller.username = name;
	for (unsigned n = 0; n < LOGINS; n++) {
		name_of(n, count, name);
		if (rules_match(in->rules, &caller, &rule, &why) == RULES_NONE)
			abort();
	}
	return (seconds() - start) / LOGINS;
}

/* A hundredth of the logins does. */
static double one_by_one(const struct config_incoming *in, unsigned count)
{
	const double start = seconds();
	volatile size_t found;
	char name[32];

	for (unsigned n = 0; n < LOGINS / 100; n++) {
		name_of(n * 100 + 1, count, name);
		for (found = 0; found < in->sessions_count; found++)
			if (pattern_match(in->sessions[found].usernames.list[0], name, false))
				break;
	}
	return (seconds() - start) / (LOGINS / 100.0);
}

static void measure(unsigned count)
{
	double start, loaded, yaml, found, walked;
	struct config *config;
	size_t len;
	char *text = make_text(count, &len);

	yaml = by_libyaml(text, len);
	start = seconds();
	if (config_parse("rules", text, len, say, NULL, &config))
		exit(1);
	loaded = seconds() - start;
	found = by_rules(config->incoming, count);
	walked = one_by_one(config->incoming, count);
	printf("%6u rules  loaded in %.2f s, %.1f times what libyaml takes alone; one is found in "
	       "%.2f us, %.4f "
	       "of the time of a walk\n",
	       count, loaded, loaded / yaml, found * 1e6, found / walked);
	config_free(config);
	free(text);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		measure(1000);
		measure(8000);
		measure(65000);
	}
	for (int i = 1; i < argc; i++)
		measure((unsigned)strtoul(argv[i], NULL, 10));
	return 0;
}
