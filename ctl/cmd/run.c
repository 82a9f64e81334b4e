// SPDX-License-Identifier: GPL-2.0-only
/* `l2x run`: load the configuration, then be the controller until a signal ends it. */
#include <getopt.h>
#include <stdio.h>
#include "cmd/cmd.h"
#include "main/controller.h"

static void report(void *arg, const char *message)
{
	(void)arg;
	fprintf(stderr, "%s\n", message);
}

int cmd_run(int argc, char **argv)
{
	const char *path = CMD_DEFAULT_CONFIG;
	struct config *config;
	int opt, err;

	while ((opt = getopt(argc, argv, "c:")) != -1) {
		if (opt != 'c')
			return 2;
		path = optarg;
	}
	if (optind != argc) {
		fprintf(stderr, "l2x run: unexpected argument \"%s\"\n", argv[optind]);
		return 2;
	}
	if (config_load(path, report, NULL, &config))
		return 1;
	err = controller_run(config);
	config_free(config);
	return err ? 1 : 0;
}
