/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory where maps, tc programs and XDP links are pinned. Opening it locks it, and removes
 * what an instance that crashed has left there, also from the interfaces.
 */
#ifndef L2X_DATAPLANE_PINS_H
#define L2X_DATAPLANE_PINS_H

#include "base/log.h"
#include "net/net.h"

#define PINS_LINKS	"links"
#define PINS_TC_INGRESS "l2x_tc_ingress"
#define PINS_TC_EGRESS	"l2x_tc_egress"

struct pins {
	char *path; /* NULL: not open */
	int lock;
	const struct logger *log;
};

/* -EBUSY: another instance uses it. Mounts bpffs at its usual place when it is not there. */
int pins_open(struct pins *p, const char *path, struct net *net, const struct logger *log);
/* Only removes what a crashed instance left, if there is such a directory. */
void pins_forget(const char *path, struct net *net, const struct logger *log);
void pins_close(struct pins *p); /* removes everything in it, and itself */

/*
 * A path below; -ENAMETOOLONG. buf has PATH_MAX bytes. It goes by way of our descriptor of the directory, and so is
 * open to us also when the process has become a user to whom /sys/fs/bpf is closed (systemd mounts it
 * with mode 0700).
 */
int pins_path(const struct pins *p, char *buf, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
