// SPDX-License-Identifier: GPL-2.0-only
/* l2x log: which levels some tunnels and sessions of a running controller have in its log, and another one. */
#include "cmd/cmd.h"

#include <stdio.h>
#include "cmd/client.h"
#include "cmd/options.h"
#include "cmd/status.h"

#define KINDS 5

static void print_levels(json_t *answer)
{
	const json_t *i;
	struct text_table t;
	size_t n;

	printf("program: %s\n", status_string(answer, "program"));
	text_table_init(&t, "OF,PATTERN,LEVEL");
	json_array_foreach(json_object_get(answer, "levels"), n, i)
	{
		text_table_cell(&t, "%s", status_string(i, "kind"));
		text_table_cell(&t, "%s", status_string(i, "pattern"));
		text_table_cell(&t, "%s", status_string(i, "level"));
	}
	text_table_print(&t, stdout);
}

/* NULL: what was given makes no sense together. */
static json_t *request_of(const char *const patterns[KINDS], const char *level)
{
	static const char *const kinds[KINDS] = {"tunnel", "session", "user", "calling", "peer"};
	json_t *request = json_pack("{s:s}", "command", "log");
	unsigned given = 0;

	for (int i = 0; i < KINDS; i++) {
		if (!patterns[i])
			continue;
		given++;
		json_object_set_new(request, "kind", json_string(kinds[i]));
		json_object_set_new(request, "pattern", json_string(patterns[i]));
	}
	if (level)
		json_object_set_new(request, "level", json_string(level));
	if (given == !!level)
		return request;
	json_decref(request);
	return NULL;
}

int cmd_log(int argc, char **argv)
{
	const char *socket = CONFIG_DEFAULT_SOCKET, *json = NULL, *level = NULL;
	const char *patterns[KINDS] = {NULL};
	const struct option_def options[] = {
		SOCKET_OPTION(&socket),
		{'j', "json", NULL, "as JSON", &json},
		{'t', "tunnel", "PATTERN", "a tunnel or its entry, and its sessions", &patterns[0]},
		{'S', "session", "PATTERN", "a session", &patterns[1]},
		{'u', "user", "PATTERN", "whom a session is of, or wants to be", &patterns[2]},
		{'c', "calling", "PATTERN", "the calling number of a session", &patterns[3]},
		{'p', "peer", "PATTERN", "tunnels of a host name or an address", &patterns[4]},
		{0},
	};
	const struct command_line line = {
		.usage = LOG_USAGE,
		.help = "Sets the log level of the tunnels and sessions that fit PATTERN, in which "
			"* "
			"is any text, of those too that are still to come: error, warning, info or "
			"debug; or default, as the configuration says. What was set last counts. "
			"Without PATTERN, shows what is set.",
		.options = options,
		.optional = &level,
	};
	json_t *request, *answer;
	int status;

	if (parse_command_line(&line, argc, argv, &status))
		return status;
	request = request_of(patterns, level);
	if (!request) {
		fprintf(stderr, "l2x: log: give one PATTERN and a LEVEL, or neither\n");
		return 2;
	}
	answer = client_call(socket, request);
	if (!answer)
		return 1;
	if (json) {
		json_dumpf(answer, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_levels(answer);
	}
	json_decref(answer);
	return 0;
}
