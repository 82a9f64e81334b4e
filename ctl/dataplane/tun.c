// SPDX-License-Identifier: GPL-2.0-only
/*
 * TUN netdevs, shared by their users. Their packets leave by tc egress where a BPF session takes
 * them, TCP super-packets in one piece; the rest comes out of the file descriptor, cut into
 * segments by the kernel, and only the checksum is left for us to do. They are persistent, so that
 * they survive a crash, and marked by their alias, so that the next instance knows which ones it
 * may remove.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>
#include "dataplane/checksum.h"
#include "dataplane/private.h"
#include "dataplane/tc.h"

#define TUN_ALIAS "l2x"
#define TUN_BATCH 64 /* packets a turn of the loop */

static int open_tun(const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (ioctl(fd, TUNSETIFF, &ifr)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* Without another reference, the netdev goes with the file descriptor. */
static void remove_tun(int fd)
{
	ioctl(fd, TUNSETPERSIST, 0);
	close(fd);
}

void tun_forget(struct dataplane *dp)
{
	struct if_nameindex *all = if_nameindex();

	for (struct if_nameindex *i = all; i && i->if_index; i++) {
		char alias[NET_ALIAS_MAX];
		int fd;

		if (net_link_alias(dp->net, i->if_index, alias) || strcmp(alias, TUN_ALIAS))
			continue;
		fd = open_tun(i->if_name);
		if (fd < 0)
			continue; /* of an instance that lives, or no TUN netdev at all */
		log_info(dp->log, "removing netdev %s of an instance that crashed", i->if_name);
		net_forget_netdev(dp->net, i->if_name);
		remove_tun(fd);
	}
	if (all)
		if_freenameindex(all);
}

static void carry_one(struct netdev *nd, const struct virtio_net_hdr *hdr, uint8_t *packet,
		      size_t len)
{
	/* We have not said that we take super-packets. */
	if (hdr->gso_type != VIRTIO_NET_HDR_GSO_NONE ||
	    ((hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
	     checksum_complete(packet, len, hdr->csum_start, hdr->csum_offset)))
		carry_drop(nd->dp, NULL, L2X_DROP_ERROR);
	else
		carry_transmitted(nd->dp, nd->ifindex, packet, len);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct netdev *nd = arg;
	struct dataplane *dp = nd->dp;

	(void)what;
	for (int i = 0; i < TUN_BATCH; i++) {
		struct virtio_net_hdr hdr;
		struct iovec iov[] = {{&hdr, sizeof(hdr)}, {dp->buffers, UDP_MAX}};
		ssize_t n = readv(fd, iov, 2);

		if (n >= (ssize_t)sizeof(hdr)) {
			carry_one(nd, &hdr, dp->buffers, (size_t)n - sizeof(hdr));
			continue;
		}
		if (n < 0 && errno == EBADFD) {
			log_error(dp->log, "netdev %s: somebody has removed it", nd->name);
			event_del(nd->event);
		}
		return;
	}
}

int tun_write(struct dataplane *dp, unsigned ifindex, const uint8_t *packet, size_t len)
{
	struct virtio_net_hdr hdr = {0};
	struct iovec iov[] = {{&hdr, sizeof(hdr)}, {(void *)(uintptr_t)packet, len}};
	struct list *i, *next;

	list_for_each(i, next, &dp->netdevs) {
		struct netdev *nd = list_item(i, struct netdev, in_dataplane);

		if (nd->ifindex == ifindex)
			return writev(nd->fd, iov, 2) < 0 ? -errno : 0;
	}
	return -ENODEV;
}

static struct netdev *find(struct dataplane *dp, const char *name)
{
	struct list *i, *next;

	list_for_each(i, next, &dp->netdevs) {
		struct netdev *nd = list_item(i, struct netdev, in_dataplane);

		if (!strcmp(nd->name, name))
			return nd;
	}
	return NULL;
}

static int prepare(struct netdev *nd)
{
	int header = sizeof(struct virtio_net_hdr);
	unsigned offload = TUN_F_CSUM;

	if (ioctl(nd->fd, TUNSETVNETHDRSZ, &header) || ioctl(nd->fd, TUNSETOFFLOAD, offload) ||
	    ioctl(nd->fd, TUNSETPERSIST, 1))
		return -errno;
	nd->ifindex = if_nametoindex(nd->name);
	if (!nd->ifindex)
		return -errno;
	return net_link_set_alias(nd->dp->net, nd->ifindex, TUN_ALIAS);
}

/* Without it, the same packets come out of the file descriptor. */
static void attach_tc(struct netdev *nd)
{
	struct dataplane *dp = nd->dp;
	int fd = dp->bpf ? bpf_tc_egress_fd(dp->bpf) : -1, err;
	bool made_qdisc; /* it goes with the netdev */

	if (fd < 0)
		return;
	err = tc_attach(nd->ifindex, BPF_TC_EGRESS, fd, &made_qdisc);
	if (err)
		log_warning(dp->log, "netdev %s: tc does not take its packets: %s", nd->name,
			    strerror(-err));
}

static void close_netdev(struct netdev *nd)
{
	if (nd->event)
		event_free(nd->event);
	remove_tun(nd->fd);
	list_remove(&nd->in_dataplane);
	free(nd);
}

static int make(struct dataplane *dp, const char *name, struct netdev **out)
{
	struct netdev *nd;
	int err;

	if (!*name || strlen(name) >= IFNAMSIZ || strchr(name, '%'))
		return -EINVAL;
	if (if_nametoindex(name)) {
		log_error(dp->log, "netdev %s: there is one of this name already", name);
		return -EEXIST;
	}
	nd = calloc(1, sizeof(*nd));
	if (!nd)
		return -ENOMEM;
	nd->dp = dp;
	strcpy(nd->name, name);
	nd->fd = open_tun(name);
	if (nd->fd < 0) {
		err = nd->fd;
		free(nd);
		return err;
	}
	list_append(&dp->netdevs, &nd->in_dataplane);
	err = prepare(nd);
	if (err)
		goto err;
	err = -ENOMEM;
	nd->event = event_new(dp->base, nd->fd, EV_READ | EV_PERSIST, on_readable, nd);
	if (!nd->event || event_add(nd->event, NULL))
		goto err;
	attach_tc(nd);
	*out = nd;
	return 0;
err:
	close_netdev(nd);
	return err;
}

int dataplane_netdev_get(struct dataplane *dp, const char *name, unsigned *ifindex)
{
	struct netdev *nd = find(dp, name);
	int err = nd ? 0 : make(dp, name, &nd);

	if (err)
		return err;
	nd->users++;
	*ifindex = nd->ifindex;
	return 0;
}

void dataplane_netdev_put(struct dataplane *dp, const char *name)
{
	struct netdev *nd = find(dp, name);

	if (nd && !--nd->users)
		close_netdev(nd);
}

void tun_close(struct dataplane *dp)
{
	struct list *i, *next;

	list_for_each(i, next, &dp->netdevs)
		close_netdev(list_item(i, struct netdev, in_dataplane));
}
