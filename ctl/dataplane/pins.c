// SPDX-License-Identifier: GPL-2.0-only
/* The directory of pins, see pins.h. */
#include "dataplane/pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>
#include "dataplane/tc.h"

#define BPFFS "/sys/fs/bpf"

int pins_path(const struct pins *p, char *buf, const char *fmt, ...)
{
	int n = snprintf(buf, PATH_MAX, "/proc/self/fd/%d/", p->lock), m;
	va_list ap;

	if (n < 0 || n >= PATH_MAX)
		return -ENAMETOOLONG;
	va_start(ap, fmt);
	m = vsnprintf(buf + n, (size_t)(PATH_MAX - n), fmt, ap);
	va_end(ap);
	return m < 0 || m >= PATH_MAX - n ? -ENAMETOOLONG : 0;
}

static bool is_bpffs(const char *path)
{
	struct statfs st;

	return !statfs(path, &st) && (unsigned long)st.f_type == BPF_FS_MAGIC;
}

static int mount_bpffs(const char *path)
{
	if (strncmp(path, BPFFS "/", sizeof(BPFFS)) || is_bpffs(BPFFS))
		return 0;
	return mount("bpf", BPFFS, "bpf", 0, NULL) ? -errno : 0;
}

static int make_directories(const char *path)
{
	char *copy = strdup(path);
	int err = copy ? 0 : -ENOMEM;

	for (char *p = copy; p && !err;) {
		p = strchr(p + 1, '/');
		if (p)
			*p = 0;
		if (mkdir(copy, 0755) && errno != EEXIST)
			err = -errno;
		if (p)
			*p = '/';
	}
	free(copy);
	return err;
}

/* Removes the files of a directory; before that, what detach does with each. */
static void empty_directory(const char *path, void (*detach)(const char *file))
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char file[PATH_MAX];

		if (e->d_type == DT_DIR ||
		    snprintf(file, sizeof(file), "%s/%s", path, e->d_name) >= (int)sizeof(file))
			continue;
		if (detach)
			detach(file);
		unlink(file);
	}
	if (dir)
		closedir(dir);
}

/* Closing a link's last reference detaches it some time later, and the interface would still be
 * busy. */
static void detach_link(const char *file)
{
	int fd = bpf_obj_get(file);

	if (fd < 0)
		return;
	bpf_link_detach(fd);
	close(fd);
}

static void remove_pins(const struct pins *p)
{
	char links[PATH_MAX];

	if (!pins_path(p, links, PINS_LINKS)) {
		empty_directory(links, detach_link);
		rmdir(links);
	}
	if (!pins_path(p, links, "."))
		empty_directory(links, NULL);
}

/* The id of the program pinned there, or 0. */
static uint32_t pinned_program(const struct pins *p, const char *name)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);
	char path[PATH_MAX];
	int fd = pins_path(p, path, "%s", name) ? -1 : bpf_obj_get(path);

	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		info.id = 0;
	close(fd);
	return info.id;
}

/* Filters know nothing of the directory; but those that run a program pinned there are that
 * instance's. */
static void remove_filters(const struct pins *p, struct net *net)
{
	uint32_t ingress = pinned_program(p, PINS_TC_INGRESS),
		 egress = pinned_program(p, PINS_TC_EGRESS);
	struct if_nameindex *all = ingress || egress ? if_nameindex() : NULL;

	for (struct if_nameindex *i = all; i && i->if_index; i++) {
		bool in = ingress && tc_program(i->if_index, BPF_TC_INGRESS) == ingress,
		     out = egress && tc_program(i->if_index, BPF_TC_EGRESS) == egress;

		if (!in && !out)
			continue;
		log_info(p->log, "%s: removing the tc program of an instance that crashed",
			 i->if_name);
		tc_detach(net, i->if_index, in ? BPF_TC_INGRESS : BPF_TC_EGRESS, true);
	}
	if (all)
		if_freenameindex(all);
}

int pins_open(struct pins *p, const char *path, struct net *net, const struct logger *log)
{
	char links[PATH_MAX];
	int err;

	*p = (struct pins){.lock = -1, .log = log, .path = strdup(path)};
	if (!p->path)
		return -ENOMEM;
	err = mount_bpffs(path);
	if (err) {
		log_error(log, "cannot mount bpffs at %s: %s", BPFFS, strerror(-err));
		goto err;
	}
	err = make_directories(path);
	if (!err && !is_bpffs(path))
		err = -ENOTSUP;
	if (err) {
		log_error(log, "%s: %s", path,
			  err == -ENOTSUP ? "not in a BPF file system" : strerror(-err));
		goto err;
	}
	p->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->lock < 0 || flock(p->lock, LOCK_EX | LOCK_NB)) {
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
		log_error(log, "%s: %s", path,
			  err == -EBUSY ? "another instance uses it" : strerror(-err));
		goto err;
	}
	remove_filters(p, net);
	remove_pins(p);
	err = pins_path(p, links, PINS_LINKS);
	if (!err && mkdir(links, 0755))
		err = -errno;
	if (err) {
		log_error(log, "%s/" PINS_LINKS ": %s", path, strerror(-err));
		goto err;
	}
	return 0;
err:
	if (p->lock >= 0)
		close(p->lock);
	free(p->path);
	*p = (struct pins){.lock = -1};
	return err;
}

void pins_forget(const char *path, struct net *net, const struct logger *log)
{
	struct pins p;

	if (is_bpffs(path) && !pins_open(&p, path, net, log))
		pins_close(&p);
}

void pins_close(struct pins *p)
{
	if (!p->path)
		return;
	remove_pins(p);
	if (rmdir(p->path) && errno != ENOENT)
		log_info(p->log, "%s stays, empty: %s", p->path, strerror(errno));
	close(p->lock);
	free(p->path);
	*p = (struct pins){.lock = -1};
}
