// SPDX-License-Identifier: GPL-2.0-only
/* l2x: finds the subcommand in a table and runs it. Each has a file of its own. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include "base/version.h"
#include "cmd/capture.h"
#include "cmd/show.h"

static const struct cmd commands[] = {
	{"run", "[-c FILE]", "run the controller in the foreground", cmd_run},
	{"check", "[-c FILE]", "check a configuration and say every mistake in it", cmd_check},
	{"status", "[-s SOCKET] [--json]", "show interfaces, tunnels, sessions and counters",
	 cmd_status},
	{"show", SHOW_USAGE, "show one kind of thing, filtered, once or again and again", cmd_show},
	{"top", TOP_USAGE, "show which sessions carry the most traffic now", cmd_top},
	{"capture", CAPTURE_USAGE, "capture packets of sessions, as pcap", cmd_capture},
	{"up", "[-s SOCKET] NAME", "dial an outgoing tunnel that is down, now", cmd_up},
	{"down", "[-s SOCKET] NAME", "end an outgoing tunnel, and keep it down", cmd_down},
	{"restart", "[-s SOCKET] NAME", "end an outgoing tunnel, and dial it anew", cmd_restart},
	{"log", LOG_USAGE, "set the log level of some tunnels or sessions, or show what is set",
	 cmd_log},
	{"reload", "[-s SOCKET]", "read the configuration again, and put it in place", cmd_reload},
	{"attach", "[-s SOCKET] [--forward xdp|kernel] IFACE", "put the data path on an interface",
	 cmd_attach},
	{"detach", "[-s SOCKET] IFACE", "take the data path off an interface", cmd_detach},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *to)
{
	fprintf(to, "usage: l2x COMMAND ...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  l2x %s %s\n      %s\n", commands[i].name, commands[i].args,
			commands[i].help);
	fprintf(to, "\nl2x COMMAND --help says more, and so do l2x(8) and l2x.conf(5).\n");
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_usage(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("l2x %s\n", L2X_VERSION);
		return 0;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "l2x: there is no command \"%s\"\n\n", argv[1]);
	print_usage(stderr);
	return 2;
}
