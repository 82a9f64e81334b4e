// SPDX-License-Identifier: GPL-2.0-only
/* l2x up, l2x down, l2x restart: one outgoing tunnel of a running controller. */
#include "cmd/cmd.h"

#include <stdio.h>
#include "cmd/client.h"
#include "cmd/options.h"

/* done: what is printed; the controller answers when it has begun, not when it is through. */
static int outgoing_call(int argc, char **argv, const char *help, const char *done)
{
	const char *socket = CONFIG_DEFAULT_SOCKET, *name;
	const struct option_def options[] = {
		SOCKET_OPTION(&socket),
		{0},
	};
	const struct command_line line = {
		.usage = "[-s SOCKET] NAME",
		.help = help,
		.options = options,
		.argument = &name,
	};
	json_t *answer;
	int status;

	if (parse_command_line(&line, argc, argv, &status))
		return status;
	answer = client_call(socket, json_pack("{s:s, s:s}", "command", argv[0], "name", name));
	if (!answer)
		return 1;
	json_decref(answer);
	printf("%s: %s\n", name, done);
	return 0;
}

int cmd_up(int argc, char **argv)
{
	return outgoing_call(argc, argv,
			     "Dials an outgoing tunnel that was taken down or waits for its next "
			     "attempt. One that is up stays so.",
			     "up");
}

int cmd_down(int argc, char **argv)
{
	return outgoing_call(argc, argv,
			     "Ends an outgoing tunnel. It is not dialled again until `l2x up`, "
			     "`l2x restart` or the next start of the controller.",
			     "down");
}

int cmd_restart(int argc, char **argv)
{
	return outgoing_call(argc, argv,
			     "Ends an outgoing tunnel, and dials it again without waiting.",
			     "restarted");
}
