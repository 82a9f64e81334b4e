// SPDX-License-Identifier: GPL-2.0-only
/* Starting programs, see child.h. */
#include "main/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#define FIRST_DESCRIPTOR 3

static int set_files(posix_spawn_file_actions_t *files, int in, int out)
{
	int err = in < 0 ? posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null",
							    O_RDONLY, 0)
			 : posix_spawn_file_actions_adddup2(files, in, STDIN_FILENO);

	if (!err)
		err = posix_spawn_file_actions_adddup2(files, out < 0 ? STDERR_FILENO : out,
						       STDOUT_FILENO);
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(files, FIRST_DESCRIPTOR);
	if (!err)
		err = posix_spawn_file_actions_addchdir_np(files, "/");
	return err;
}

int child_spawn(char *const argv[], char *const environment[], int in, int out, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t all, none;
	int err;

	sigfillset(&all);
	sigemptyset(&none);
	err = posix_spawnattr_init(&how);
	if (err)
		return -err;
	err = posix_spawn_file_actions_init(&files);
	if (err)
		goto out_how;
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
					       POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawnattr_setsigmask(&how, &none);
	err = set_files(&files, in, out);
	if (!err)
		err = posix_spawn(pid, argv[0], &files, &how, argv, environment);
	posix_spawn_file_actions_destroy(&files);
out_how:
	posix_spawnattr_destroy(&how);
	return -err;
}
