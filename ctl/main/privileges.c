// SPDX-License-Identifier: GPL-2.0-only
/*
 * After start: keep CAP_NET_ADMIN (netdevs, routes, attaching), CAP_BPF and CAP_PERFMON (maps and
 * programs), drop all other permitted and effective ones, and become the configured user. Files that must be
 * removed in the end (the control socket, the pins) are handed to that user first.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "main/controller.h"

#define DEFAULT_USER "l2x"

static const cap_value_t keep[] = {CAP_NET_ADMIN, CAP_BPF, CAP_PERFMON};

struct identity {
	uid_t uid;
	gid_t gid;
	char *name; /* NULL: stay who we are */
};

static int find_identity(const struct config *config, const struct logger *log, struct identity *id)
{
	const char *name = config->user ? config->user : DEFAULT_USER;
	struct passwd *pw;

	*id = (struct identity){0};
	if (geteuid() != 0)
		return 0;
	pw = getpwnam(name);
	if (!pw && config->user) {
		log_error(log, "user: there is no account \"%s\"", name);
		return -ENOENT;
	}
	if (!pw) {
		log_debug(log, "no account \"%s\": staying root, with fewer capabilities", name);
		return 0;
	}
	id->uid = pw->pw_uid;
	id->gid = pw->pw_gid;
	id->name = strdup(pw->pw_name);
	return id->name ? 0 : -ENOMEM;
}

static int hand_over_one(const char *path, const struct identity *id)
{
	return lchown(path, id->uid, id->gid) && errno != ENOENT ? -errno : 0;
}

/*
 * To remove or replace a file one must own its directory. So that is handed over too when it is ours
 * alone, as /run/l2x and /var/lib/l2x are; never one like /run or /tmp.
 */
static int hand_over_file(const char *path, const struct identity *id)
{
	char *dir = strdup(path), *slash, *name;
	int err = dir ? hand_over_one(path, id) : -ENOMEM;

	slash = dir ? strrchr(dir, '/') : NULL;
	if (slash) {
		*slash = 0;
		name = strrchr(dir, '/');
		if (!err && name && !strcmp(name + 1, "l2x"))
			err = hand_over_one(dir, id);
	}
	free(dir);
	return err;
}

static const char *const pin_dirs[] = {"", "/links"};
#define PIN_DIRS (sizeof(pin_dirs) / sizeof(pin_dirs[0]))

/* What is inside first: without CAP_DAC_OVERRIDE, root has no way into what is another user's alone. */
static int hand_over_pins(const char *bpf_path, const struct identity *id)
{
	int err = 0;

	for (size_t i = PIN_DIRS; !err && i--;) {
		char *path;

		if (asprintf(&path, "%s%s", bpf_path, pin_dirs[i]) < 0)
			return -ENOMEM;
		err = hand_over_one(path, id);
		free(path);
	}
	return err;
}

/* The other account may have put a link in its place: none is followed. What is its alone can be opened only once it is ours. */
static void take_back(const char *path)
{
	const int at = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int fd = -1;
	DIR *dir;
	struct dirent *e;

	if (at < 0)
		return;
	if (!fchownat(at, "", 0, 0, AT_EMPTY_PATH))
		fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(at);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			fchownat(dirfd(dir), e->d_name, 0, 0, AT_SYMLINK_NOFOLLOW);
	closedir(dir);
}

void privileges_take_back(const struct config *config)
{
	for (size_t i = 0; !geteuid() && i < PIN_DIRS; i++) {
		char *path;

		if (asprintf(&path, "%s%s", config->bpf_path, pin_dirs[i]) < 0)
			return;
		take_back(path);
		free(path);
	}
}

static int limit_capabilities(void)
{
	size_t n = sizeof(keep) / sizeof(keep[0]);
	cap_t now = cap_get_proc(), caps = cap_init();
	int err = 0;

	if (!now || !caps) {
		err = -ENOMEM;
		goto out;
	}
	/* Not more than we have: in a container, or started as a user with file capabilities. */
	for (size_t i = 0; i < n; i++) {
		cap_flag_value_t have = CAP_CLEAR;

		if (cap_get_flag(now, keep[i], CAP_PERMITTED, &have) || have == CAP_CLEAR)
			continue;
		cap_set_flag(caps, CAP_PERMITTED, 1, &keep[i], CAP_SET);
		cap_set_flag(caps, CAP_EFFECTIVE, 1, &keep[i], CAP_SET);
	}
	if (cap_set_proc(caps))
		err = -errno;
out:
	cap_free(now);
	cap_free(caps);
	return err;
}

int privileges_drop(const struct config *config, const struct logger *log)
{
	struct identity id;
	int err = find_identity(config, log, &id);

	if (!err && id.name) {
		err = hand_over_file(config->control_socket, &id);
		if (!err && config->history.file)
			err = hand_over_file(config->history.file, &id);
		if (!err)
			err = hand_over_pins(config->bpf_path, &id);
		if (!err &&
		    (prctl(PR_SET_KEEPCAPS, 1) || initgroups(id.name, id.gid) ||
		     setresgid(id.gid, id.gid, id.gid) || setresuid(id.uid, id.uid, id.uid)))
			err = -errno;
	}
	if (!err)
		err = limit_capabilities();
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = -errno;
	if (err)
		log_error(log, "cannot drop privileges: %s", strerror(-err));
	else
		log_debug(log, "running as %s with CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON only",
			  id.name ? id.name : "the starting user");
	free(id.name);
	return err;
}
