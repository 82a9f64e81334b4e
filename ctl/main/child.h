/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that the controller starts: scripts of the administrator, and what draws graphs. */
#ifndef L2X_MAIN_CHILD_H
#define L2X_MAIN_CHILD_H

#include <sys/types.h>

/*
 * In a process group of its own, in /, with the signals as any program finds them and no descriptor of ours but what is given
 * here: in, or /dev/null if it is -1; out, or where our stderr leads, as stderr always does. 0 or a negative errno. Whoever
 * starts one waits for it when SIGCHLD comes.
 */
int child_spawn(char *const argv[], char *const environment[], int in, int out, pid_t *pid);

#endif
