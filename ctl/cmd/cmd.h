/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands: a table in cmd/main.c dispatches to one function a file. Exit statuses: 0, 1
 * failed, 2 usage. */
#ifndef L2X_CMD_CMD_H
#define L2X_CMD_CMD_H

struct cmd {
	const char *name;
	const char *args;		   /* for the usage line */
	const char *help;		   /* one line */
	int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name */
};

#define LOG_USAGE	   "[-s SOCKET] [--json] [--tunnel|--session|--user|--calling|--peer PATTERN LEVEL]"
#define CMD_DEFAULT_CONFIG "/etc/l2x/l2x.conf"

int cmd_run(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_detach(int argc, char **argv);
int cmd_up(int argc, char **argv);
int cmd_down(int argc, char **argv);
int cmd_restart(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_capture(int argc, char **argv);

#endif
