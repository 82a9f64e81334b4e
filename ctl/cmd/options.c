// SPDX-License-Identifier: GPL-2.0-only
/* Command lines from tables, see options.h; getopt_long() does the reading. */
#include "cmd/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS_MAX 16
#define LONG_ONLY   256 /* getopt's value of an option without a letter, plus its index */

static void print_help(const struct command_line *line, const char *command)
{
	printf("usage: l2x %s %s\n\n%s\n\n", command, line->usage, line->help);
	for (const struct option_def *o = line->options; o->help; o++) {
		char names[64] = "";

		if (o->letter)
			snprintf(names, sizeof(names), "-%c%s", o->letter, o->name ? ", " : "");
		if (o->name)
			snprintf(names + strlen(names), sizeof(names) - strlen(names), "--%s",
				 o->name);
		if (o->what)
			snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s",
				 o->what);
		printf("  %-24s %s\n", names, o->help);
	}
	printf("  %-24s %s\n", "-h, --help", "this text");
}

static const struct option_def *find(const struct command_line *line, int got)
{
	for (const struct option_def *o = line->options; o->help; o++)
		if (got == (o->letter ? o->letter : LONG_ONLY + (int)(o - line->options)))
			return o;
	return NULL;
}

static int usage_error(const struct command_line *line, const char *command, int *status)
{
	fprintf(stderr, "usage: l2x %s %s\n", command, line->usage);
	*status = 2;
	return -EINVAL;
}

int parse_command_line(const struct command_line *line, int argc, char **argv, int *status)
{
	struct option longs[OPTIONS_MAX + 2] = {{"help", no_argument, NULL, 'h'}};
	char letters[2 * OPTIONS_MAX + 2] = "h";
	size_t n = 1;
	int got, least = !!line->argument;

	for (const struct option_def *o = line->options; o->help; o++) {
		if (o->letter)
			snprintf(letters + strlen(letters), 3, "%c%s", o->letter,
				 o->what ? ":" : "");
		if (o->name)
			longs[n++] =
				(struct option){o->name, o->what ? required_argument : no_argument,
						NULL,
						o->letter ? o->letter
							  : LONG_ONLY + (int)(o - line->options)};
	}
	while ((got = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_def *o = find(line, got);

		if (got == 'h' && !o) {
			print_help(line, argv[0]);
			*status = 0;
			return -ECANCELED;
		}
		if (!o)
			return usage_error(line, argv[0], status);
		*o->value = o->what ? optarg : o->name;
	}
	if (argc - optind < least || (!line->rest && argc - optind > least + !!line->optional))
		return usage_error(line, argv[0], status);
	if (line->argument)
		*line->argument = argv[optind++];
	if (line->optional && optind < argc)
		*line->optional = argv[optind++];
	if (line->rest)
		*line->rest = optind;
	return 0;
}
