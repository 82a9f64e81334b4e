// SPDX-License-Identifier: GPL-2.0-only
/* l2x show, l2x top: the command line, the repetition, and the three forms of output. See show.h. */
#include "cmd/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "cmd/client.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/status.h"

#define SCHEMA	 1 /* of what --json prints, see docs/status-json.md */
#define INTERVAL "2"

struct show {
	const char *socket, *json, *verbose, *watch, *interval_text, *count_text, *prefix_text;
	struct show_filter filter;
	struct ip_prefix prefix;
	const struct show_kind *kind;
	double interval;
	unsigned long count; /* 0: for ever */
};

static void print_json(const struct show *show, json_t *rows)
{
	json_t *o = json_pack("{s:i, s:O}", "schema_version", SCHEMA, show->kind->name, rows);

	/* One object a line where more may follow. */
	json_dumpf(o, stdout, show->watch ? JSON_COMPACT : JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

/* Members of members get a name of both. */
static void print_members(const char *above, json_t *o)
{
	const char *key;
	json_t *value;

	json_object_foreach(o, key, value)
	{
		char name[128];

		snprintf(name, sizeof(name), "%s%s%s", above, *above ? "." : "", key);
		if (json_is_object(value)) {
			print_members(name, value);
			continue;
		}
		printf("  %s: ", name);
		/* As JSON: no byte of a peer reaches the terminal as it is. */
		json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
		putchar('\n');
	}
}

static void print_verbose(json_t *rows)
{
	json_t *row;
	size_t n;

	json_array_foreach(rows, n, row)
	{
		char *name = json_dumps(json_object_get(row, "name"),
					JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

		printf("%s%s\n", n ? "\n" : "", name ? name : "-");
		free(name);
		print_members("", row);
	}
}

static bool on_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

/* What fits below the heading, when the screen is drawn anew each time. */
static size_t rows_that_fit(const struct show *show)
{
	struct winsize w = {0};

	if (!show->watch || !on_terminal() || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) || w.ws_row < 4)
		return SIZE_MAX;
	return w.ws_row - 2u;
}

static void print_table(const struct show *show, json_t *rows)
{
	size_t n, most = rows_that_fit(show);
	struct text_table t;
	json_t *row;

	text_table_init(&t, show->kind->heading);
	t.on_top = true;
	t.coloured = on_terminal() && !getenv("NO_COLOR");
	json_array_foreach(rows, n, row)
	{
		if (n >= most)
			break;
		show->kind->row(&t, row);
	}
	text_table_print(&t, stdout);
}

static void print(const struct show *show, json_t *rows, bool first)
{
	if (show->watch && !show->json && on_terminal())
		fputs("\033[H\033[J", stdout);
	else if (!show->json && !first)
		putchar('\n');
	if (show->json)
		print_json(show, rows);
	else if (show->verbose)
		print_verbose(rows);
	else
		print_table(show, rows);
	fflush(stdout);
}

static double clock_s(void)
{
	return (double)clock_ns(CLOCK_MONOTONIC) / 1e9;
}

static void pause_for(double seconds)
{
	struct timespec ts = {.tv_sec = (time_t)seconds};

	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* The controller's answer, filtered; NULL: said why. */
static json_t *take_sample(const struct show *show, double *when)
{
	json_t *answer = client_call(show->socket, json_pack("{s:s}", "command", "status")),
	       *filtered;

	*when = clock_s();
	filtered = answer ? show_filter_apply(answer, &show->filter) : NULL;
	json_decref(answer);
	return filtered;
}

static int show_it(const struct show *show)
{
	json_t *before = NULL, *now;
	double was = 0, when;

	for (unsigned long shown = 0;;) {
		now = take_sample(show, &when);
		if (!now)
			break;
		if (before || !show->kind->rates) {
			const struct show_sample s = {now, before, when - was};
			json_t *rows = show->kind->rows(&s, &show->filter);

			print(show, rows, !shown++);
			json_decref(rows);
		}
		json_decref(before);
		before = now;
		was = when;
		if (shown && (!show->watch || shown == show->count || ferror(stdout)))
			break;
		pause_for(show->interval);
	}
	json_decref(before);
	return !now || ferror(stdout) ? 1 : 0;
}

/* 0, or what is wrong is said and it is 2. */
static int check(struct show *show, const char *kind)
{
	char *end;

	show->kind = show_kind_find(kind);
	if (!show->kind) {
		fprintf(stderr,
			"l2x: there is no \"%s\" to show, give tunnels, sessions, sets, routes, "
			"interfaces, peers, drops or rates\n",
			kind);
		return 2;
	}
	if (!show->kind->by_session && (show_filter_is_set(&show->filter) || show->prefix_text)) {
		fprintf(stderr, "l2x: %s have no user, peer, set or prefix\n", kind);
		return 2;
	}
	if (show->prefix_text && ip_prefix_parse(&show->prefix, show->prefix_text)) {
		fprintf(stderr, "l2x: --prefix %s: give one such as 192.0.2.0/24\n",
			show->prefix_text);
		return 2;
	}
	show->filter.prefix = show->prefix_text ? &show->prefix : NULL;
	show->interval = strtod(show->interval_text, &end);
	if (*end || !(show->interval >= 0.1 && show->interval <= 3600)) {
		fprintf(stderr, "l2x: --interval %s: give 0.1 to 3600 seconds\n",
			show->interval_text);
		return 2;
	}
	if (!show->count_text)
		return 0;
	show->count = strtoul(show->count_text, &end, 10);
	if (*end || !show->count || *show->count_text == '-') {
		fprintf(stderr, "l2x: --count %s: give a number from 1\n", show->count_text);
		return 2;
	}
	return 0;
}

/* kind: of `l2x top`, or NULL: the first argument is one. */
static int run(int argc, char **argv, const char *kind, const char *usage, const char *help)
{
	struct show show = {.socket = CONFIG_DEFAULT_SOCKET, .interval_text = INTERVAL};
	struct option_def options[] = {
		SOCKET_OPTION(&show.socket),
		{'j', "json", NULL, "as JSON, one object each time", &show.json},
		{'v', "verbose", NULL, "every member, a line each", &show.verbose},
		{'u', "user", "PATTERN", "only of users that fit, * is any text",
		 &show.filter.user},
		{'p', "peer", "PATTERN", "only of peers whose host name or address fits",
		 &show.filter.peer},
		{'S', "set", "PATTERN", "only of sets that fit", &show.filter.set},
		{'P', "prefix", "PREFIX", "only sessions with a route in or over it",
		 &show.prefix_text},
		{'i', "interval", "S", "seconds between two times (" INTERVAL ")",
		 &show.interval_text},
		{'n', "count", "N", "end after so many times", &show.count_text},
		{'w', "watch", NULL, "again and again", &show.watch},
		{0},
	};
	const char *what = kind;
	const struct command_line line = {
		.usage = usage,
		.help = help,
		.options = options,
		.argument = kind ? NULL : &what,
		.optional = &show.filter.name,
	};
	int status;

	/* `top` goes on without being asked. */
	if (kind)
		options[sizeof(options) / sizeof(options[0]) - 2] = (struct option_def){0};
	if (parse_command_line(&line, argc, argv, &status))
		return status;
	if (kind || show.count_text)
		show.watch = "watch";
	status = check(&show, what);
	return status ? status : show_it(&show);
}

int cmd_show(int argc, char **argv)
{
	static char history[] = "show history";

	if (argc > 1 && !strcmp(argv[1], "history")) {
		argv[1] = history;
		return show_history(argc - 1, argv + 1);
	}
	return run(argc, argv, NULL, SHOW_USAGE,
		   "Shows tunnels, sessions, sets, routes, interfaces, peers, drops or rates of a "
		   "running "
		   "controller; all, or those whose name fits NAME, in which * is any text.");
}

int cmd_top(int argc, char **argv)
{
	return run(
		argc, argv, "rates", TOP_USAGE,
		"Shows what each session carries a second, the busiest first, until it is ended.");
}
