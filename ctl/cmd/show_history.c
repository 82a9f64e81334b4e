// SPDX-License-Identifier: GPL-2.0-only
/* l2x show history: how a line, a set or a tunnel has been, as a table for a person, as CSV, or as the JSON that it came in. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "api/history_csv.h"
#include "cmd/client.h"
#include "cmd/show.h"
#include "cmd/options.h"
#include "cmd/text_table.h"

/* An answer, and a row of it. */
struct view {
	const json_t *answer, *row;
	struct text_table table;
};

static const json_t *at(const struct view *v, const char *column)
{
	const json_t *name;
	size_t n;

	json_array_foreach(json_object_get(v->answer, "columns"), n, name)
	{
		if (!strcmp(json_string_value(name), column))
			return json_array_get(v->row, n);
	}
	return NULL;
}

static uint64_t number_at(const struct view *v, const char *column)
{
	json_int_t n = json_integer_value(at(v, column));

	return n > 0 ? (uint64_t)n : 0;
}

static void ms_cell(struct view *v, const char *column)
{
	const json_t *ms = at(v, column);

	if (json_is_real(ms))
		text_table_cell(&v->table, "%.1f", json_real_value(ms));
	else if (json_is_integer(ms))
		text_table_cell(&v->table, "%llu", (unsigned long long)number_at(v, column));
	else
		text_table_cell(&v->table, "%s", "");
}

/* Nothing of nothing is no number. */
static void percent_cell(struct view *v, uint64_t part, uint64_t whole)
{
	if (whole)
		text_table_cell(&v->table, "%.1f", 100.0 * (double)part / (double)whole);
	else
		text_table_cell(&v->table, "%s", "");
}

/* A second, while a session was there. */
static void rate_cell(struct view *v, const char *column, uint64_t times)
{
	uint64_t up = number_at(v, "up");
	char buf[HUMAN_TEXT];

	text_table_cell(&v->table, "%s",
			human_count(times * number_at(v, column) / (up ? up : 1), buf));
}

static void time_cell(struct view *v)
{
	time_t time = (time_t)number_at(v, "time");
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&time, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	text_table_cell(&v->table, "%s", text);
}

static void session_cells(struct view *v)
{
	percent_cell(v, number_at(v, "lost"), number_at(v, "echoes"));
	ms_cell(v, "rtt_min");
	ms_cell(v, "rtt_avg");
	ms_cell(v, "rtt_max");
	rate_cell(v, "rx_bytes", 8);
	rate_cell(v, "tx_bytes", 8);
}

/* Without echoes, as of what is relayed. */
static void traffic_cells(struct view *v)
{
	rate_cell(v, "rx_bytes", 8);
	rate_cell(v, "tx_bytes", 8);
	rate_cell(v, "rx_packets", 1);
	rate_cell(v, "tx_packets", 1);
	text_table_cell(&v->table, "%llu", (unsigned long long)number_at(v, "drops"));
}

static void leg_cells(struct view *v)
{
	session_cells(v);
	if (json_is_integer(at(v, "missing")))
		percent_cell(v, number_at(v, "missing"),
			     number_at(v, "missing") + number_at(v, "rx_packets"));
	else
		text_table_cell(&v->table, "%s", "");
	ms_cell(v, "skew_half");
	ms_cell(v, "skew_most");
}

static void set_cells(struct view *v)
{
	rate_cell(v, "sent", 1);
	rate_cell(v, "unique", 1);
	rate_cell(v, "duplicates", 1);
	text_table_cell(&v->table, "%llu", (unsigned long long)number_at(v, "lost"));
	percent_cell(v, number_at(v, "lost"), number_at(v, "lost") + number_at(v, "unique"));
}

/* A number that is more than this, in any row. */
static bool has_any(const struct view *view, const char *column, json_int_t more)
{
	struct view v = *view;
	size_t n;

	json_array_foreach(json_object_get(v.answer, "slots"), n, v.row)
	{
		if (json_is_integer(at(&v, column)) && json_integer_value(at(&v, column)) > more)
			return true;
	}
	return false;
}

#define SESSION_HEAD "FROM,UP S,LOSS %,RTT MIN,AVG,MAX MS,RX BIT/S,TX BIT/S"

static void print_table(const json_t *answer)
{
	const char *kind = json_string_value(json_object_get(answer, "kind"));
	struct view v = {.answer = answer};
	const char *head = SESSION_HEAD;
	void (*cells)(struct view * v) = session_cells;
	size_t n;

	if (kind && !strcmp(kind, "set")) {
		head = "FROM,UP S,SENT/S,UNIQUE/S,DUPLICATE/S,LOST,LOST %";
		cells = set_cells;
	} else if (has_any(&v, "missing", -1)) { /* a leg */
		head = SESSION_HEAD ",MISSING %,HALF BEHIND MS,99 % MS";
		cells = leg_cells;
	} else if (!has_any(&v, "echoes", 0)) {
		head = "FROM,UP S,RX BIT/S,TX BIT/S,RX/S,TX/S,DROPPED";
		cells = traffic_cells;
	}
	text_table_init(&v.table, head);
	json_array_foreach(json_object_get(answer, "slots"), n, v.row)
	{
		time_cell(&v);
		text_table_cell(&v.table, "%u", (unsigned)number_at(&v, "up"));
		cells(&v);
	}
	printf("%s: %s\n", json_string_value(json_object_get(answer, "name")),
	       json_is_true(json_object_get(answer, "up")) ? "up" : "down");
	text_table_print(&v.table, stdout);
}

int show_history(int argc, char **argv)
{
	const char *socket = CONFIG_DEFAULT_SOCKET, *json = NULL, *csv = NULL, *set = NULL,
		   *tunnel = NULL, *name;
	const struct option_def options[] = {
		SOCKET_OPTION(&socket),
		{0, "json", NULL, "as JSON", &json},
		{0, "csv", NULL, "as comma-separated values", &csv},
		{0, "set", NULL, "NAME is a set's: what came once, twice, and not at all", &set},
		{0, "tunnel", NULL, "NAME is a tunnel's, all of its sessions together", &tunnel},
		{0},
	};
	const struct command_line line = {
		.usage = "[-s SOCKET] [--json|--csv] [--set|--tunnel] NAME",
		.help = "Shows how a line has been in the last 25 hours, in steps of 100 seconds. "
			"An outgoing tunnel's line has its name, a login's is ENTRY/LOGIN, and "
			"for a leg of a set ENTRY/LOGIN#PLACE; a tunnel that a peer has opened is "
			"ENTRY/HOSTNAME. A relayed call has two lines, ENTRY/LOGIN or "
			"ENTRY/CALLING-NUMBER and the same with >RELAY behind it; the tunnel to "
			"the far LNS is called RELAY.",
		.options = options,
		.argument = &name,
	};
	json_t *answer;
	int status;

	if (parse_command_line(&line, argc, argv, &status))
		return status;
	if (set && tunnel) {
		fputs("l2x show history: give one of --set and --tunnel\n", stderr);
		return 2;
	}
	answer = client_call(socket, json_pack("{s:s, s:s}", "command", "history",
					       set	? "set"
					       : tunnel ? "tunnel"
							: "line",
					       name));
	if (!answer)
		return 1;
	if (json) {
		json_dumpf(answer, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (csv) {
		char *text = history_csv(answer);

		fputs(text ? text : "", stdout);
		free(text);
	} else {
		print_table(answer);
	}
	json_decref(answer);
	return 0;
}
