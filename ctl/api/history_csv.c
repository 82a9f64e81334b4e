// SPDX-License-Identifier: GPL-2.0-only
/* A line's history as comma-separated values: a head and a row for each slot. Names of columns and numbers need no quotes. */
#include "api/history_csv.h"

#include <stdio.h>
#include <stdlib.h>

/* null is an empty field. */
static void add_row(FILE *out, const json_t *row)
{
	const json_t *field;
	size_t n;

	json_array_foreach(row, n, field)
	{
		if (n)
			fputc(',', out);
		if (json_is_string(field))
			fputs(json_string_value(field), out);
		else if (json_is_integer(field))
			fprintf(out, "%lld", (long long)json_integer_value(field));
		else if (json_is_real(field))
			fprintf(out, "%.1f", json_real_value(field));
	}
	fputc('\n', out);
}

char *history_csv(const json_t *history)
{
	char *text = NULL;
	const json_t *row;
	size_t n, len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	add_row(out, json_object_get(history, "columns"));
	json_array_foreach(json_object_get(history, "slots"), n, row)
	{
		add_row(out, row);
	}
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}
