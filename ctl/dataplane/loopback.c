// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf_fib_lookup() answers only for a device that forwards, and the programs ask for the way of
 * this host's own packets as from the loopback device (bpf/forward.h). On a host that is no router
 * that one does not forward, and all that the tunnels send would be left to userspace. So it is made to
 * while we run; no other device is, and what comes in by them is forwarded no more than before.
 * IPv4 only: the same for IPv6 makes the kernel forget default routes that router advertisements
 * gave.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "dataplane/private.h"

#define SYSCTL(device) "/proc/sys/net/ipv4/conf/" device "/forwarding"

/* '0' or '1', or a negative errno. */
static int get(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	char c;

	if (fd < 0)
		return -errno;
	err = read(fd, &c, 1) == 1 ? c : -EIO;
	close(fd);
	return err;
}

static int set(const char *path, char to)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, &to, 1) != 1)
		err = -errno;
	close(fd);
	return err;
}

void loopback_open(struct dataplane *dp)
{
	int err;

	if (!dp->bpf || get(SYSCTL("lo")) != '0')
		return;
	err = set(SYSCTL("lo"), '1');
	dp->loopback_set = !err;
	if (err)
		log_warning(dp->log,
			    "net.ipv4.conf.lo.forwarding is 0 and cannot be set (%s): what this "
			    "host sends goes through userspace, slowly",
			    strerror(-err));
	else
		log_info(dp->log, "net.ipv4.conf.lo.forwarding is 1 until the end");
}

void loopback_close(struct dataplane *dp)
{
	int err;

	/* One that became a router meanwhile stays one. */
	if (!dp->loopback_set || get(SYSCTL("all")) == '1')
		return;
	dp->loopback_set = false;
	err = set(SYSCTL("lo"), '0');
	if (err)
		log_info(dp->log, "net.ipv4.conf.lo.forwarding stays 1: %s", strerror(-err));
}
