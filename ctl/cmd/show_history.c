// SPDX-License-Identifier: GPL-2.0-only
/* l2x show history: how a line has been, as a table for a person, as CSV, or as the JSON that it came in. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "api/history_csv.h"
#include "cmd/client.h"
#include "cmd/show.h"
#include "cmd/options.h"
#include "cmd/text_table.h"

/* The columns of a row that are looked at here; more may come behind them. */
enum { AT_TIME, AT_UP, AT_ECHOES, AT_LOST, AT_RTT_MIN, AT_RTT_AVG, AT_RTT_MAX, AT_RX, AT_TX };

static uint64_t number_at(const json_t *row, size_t column)
{
	json_int_t n = json_integer_value(json_array_get(row, column));

	return n > 0 ? (uint64_t)n : 0;
}

static void rtt_cell(struct text_table *t, const json_t *row, size_t column)
{
	const json_t *ms = json_array_get(row, column);

	if (json_is_number(ms))
		text_table_cell(t, "%.1f", json_number_value(ms));
	else
		text_table_cell(t, "%s", "");
}

/* bit/s while a session was there. */
static void rate_cell(struct text_table *t, const json_t *row, size_t column)
{
	uint64_t up = number_at(row, AT_UP);
	char buf[HUMAN_TEXT];

	text_table_cell(t, "%s", human_count(8 * number_at(row, column) / (up ? up : 1), buf));
}

static void time_cell(struct text_table *t, const json_t *row)
{
	time_t at = (time_t)number_at(row, AT_TIME);
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&at, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	text_table_cell(t, "%s", text);
}

static void print_table(const json_t *answer)
{
	const json_t *row;
	struct text_table t;
	size_t n;

	text_table_init(&t, "FROM,UP S,LOSS %,RTT MIN,AVG,MAX MS,RX BIT/S,TX BIT/S");
	json_array_foreach(json_object_get(answer, "slots"), n, row)
	{
		uint64_t echoes = number_at(row, AT_ECHOES);

		time_cell(&t, row);
		text_table_cell(&t, "%u", (unsigned)number_at(row, AT_UP));
		if (echoes)
			text_table_cell(&t, "%.1f",
					100.0 * (double)number_at(row, AT_LOST) / (double)echoes);
		else
			text_table_cell(&t, "%s", "");
		rtt_cell(&t, row, AT_RTT_MIN);
		rtt_cell(&t, row, AT_RTT_AVG);
		rtt_cell(&t, row, AT_RTT_MAX);
		rate_cell(&t, row, AT_RX);
		rate_cell(&t, row, AT_TX);
	}
	printf("%s: %s\n", json_string_value(json_object_get(answer, "name")),
	       json_is_true(json_object_get(answer, "up")) ? "up" : "down");
	text_table_print(&t, stdout);
}

int show_history(int argc, char **argv)
{
	const char *socket = CONFIG_DEFAULT_SOCKET, *json = NULL, *csv = NULL, *name;
	const struct option_def options[] = {
		SOCKET_OPTION(&socket),
		{0, "json", NULL, "as JSON", &json},
		{0, "csv", NULL, "as comma-separated values", &csv},
		{0},
	};
	const struct command_line line = {
		.usage = "[-s SOCKET] [--json|--csv] LINE",
		.help = "Shows how a line has been in the last 25 hours, in steps of 100 seconds. "
			"An outgoing tunnel's line has its name, a login's is ENTRY/LOGIN.",
		.options = options,
		.argument = &name,
	};
	json_t *answer;
	int status;

	if (parse_command_line(&line, argc, argv, &status))
		return status;
	answer = client_call(socket, json_pack("{s:s, s:s}", "command", "history", "name", name));
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
