/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line of a subcommand, as a table: options that take a value, options that do not, and how many other
 * arguments may follow. --help, and what is wrong with a command line, are the same everywhere.
 */
#ifndef L2X_CMD_OPTIONS_H
#define L2X_CMD_OPTIONS_H

#include <stdbool.h>

struct option_def {
	char letter;	    /* -s, or 0 */
	const char *name;   /* --socket, or NULL */
	const char *what;   /* of its value, "SOCKET"; NULL: takes none */
	const char *help;   /* default and meaning */
	const char **value; /* set when it is given: to its value, or to its name */
};

struct command_line {
	const char *usage; /* what follows `l2x COMMAND` */
	const char *help;
	const struct option_def *options; /* ended by one without help */
	const char **argument; /* the one other argument, which must be there; NULL: none */
	const char **optional; /* one more, which may be left out; NULL: none */
	int *rest;	       /* where any number more begin; NULL: none may */
};

/* 0: go on. Else the command is over, with *status: help was asked for (0), or the usage is wrong (2). */
int parse_command_line(const struct command_line *line, int argc, char **argv, int *status);

#endif
