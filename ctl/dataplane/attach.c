// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which programs run on which interface. What an interface can do is found out by doing: one that
 * refuses native XDP is left to tc, one that refuses tc to userspace. Both are said once, and stay
 * readable in the status.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dataplane/private.h"
#include "dataplane/tc.h"

static struct interface *find(struct dataplane *dp, const char *ifname)
{
	struct list *i, *next;

	list_for_each(i, next, &dp->interfaces) {
		struct interface *f = list_item(i, struct interface, in_dataplane);

		if (!strcmp(f->shown.name, ifname))
			return f;
	}
	return NULL;
}

static void note(struct dataplane *dp, struct interface *f, const char *level, int err)
{
	size_t used = strlen(f->shown.note);

	snprintf(f->shown.note + used, sizeof(f->shown.note) - used, "%sno %s: %s",
		 used ? "; " : "", level, strerror(-err));
	log_warning(dp->log, "%s: cannot use %s: %s", f->shown.name, level, strerror(-err));
}

static void attach_xdp(struct dataplane *dp, struct interface *f)
{
	int err;

	if (f->shown.forward != FORWARD_XDP || bpf_xdp_fd(dp->bpf) < 0)
		return;
	err = net_link_mac(dp->net, f->ifindex, f->mac);
	if (!err)
		err = bpf_xdp_link(dp->bpf, f->ifindex, &f->xdp_link);
	if (!err) {
		err = bpf_forward_set(dp->bpf, f->ifindex, f->mac);
		if (err)
			bpf_xdp_unlink(dp->bpf, f->ifindex, f->xdp_link);
	}
	if (err) {
		f->xdp_link = -1;
		note(dp, f, "native XDP", err);
		return;
	}
	f->shown.xdp = true;
	refresh_start(dp);
}

static void attach_tc(struct dataplane *dp, struct interface *f)
{
	int fd = bpf_tc_ingress_fd(dp->bpf), err;

	if (fd < 0)
		return;
	err = tc_attach(f->ifindex, BPF_TC_INGRESS, fd, &f->made_qdisc);
	f->shown.tc = !err;
	if (err)
		note(dp, f, "tc", err);
}

static void detach(struct dataplane *dp, struct interface *f)
{
	if (f->shown.xdp) {
		bpf_forward_del(dp->bpf, f->ifindex);
		bpf_xdp_unlink(dp->bpf, f->ifindex, f->xdp_link);
	}
	if (f->shown.tc)
		tc_detach(dp->net, f->ifindex, BPF_TC_INGRESS, f->made_qdisc);
	list_remove(&f->in_dataplane);
	free(f);
}

int dataplane_attach(struct dataplane *dp, const char *ifname, enum config_forward forward)
{
	unsigned ifindex = if_nametoindex(ifname);
	struct interface *f = find(dp, ifname);

	if (!ifindex)
		return -ENODEV;
	if (f && f->ifindex == ifindex && f->shown.forward == forward)
		return 0;
	if (f)
		detach(dp, f);
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	strncpy(f->shown.name, ifname, sizeof(f->shown.name) - 1);
	f->shown.forward = forward;
	f->ifindex = ifindex;
	f->xdp_link = -1;
	list_append(&dp->interfaces, &f->in_dataplane);
	if (!dp->bpf) {
		strcpy(f->shown.note, "userspace only");
		return 0;
	}
	attach_xdp(dp, f);
	attach_tc(dp, f);
	return 0;
}

int dataplane_detach(struct dataplane *dp, const char *ifname)
{
	struct interface *f = find(dp, ifname);

	if (!f)
		return -ENOENT;
	detach(dp, f);
	return 0;
}

void attach_close(struct dataplane *dp)
{
	struct list *i, *next;

	list_for_each(i, next, &dp->interfaces)
		detach(dp, list_item(i, struct interface, in_dataplane));
}

size_t dataplane_interfaces(const struct dataplane *dp, struct dataplane_interface *out,
			    size_t room)
{
	struct list *i, *next;
	size_t n = 0;

	list_for_each(i, next, &dp->interfaces) {
		if (n < room)
			out[n] = list_item(i, struct interface, in_dataplane)->shown;
		n++;
	}
	return n;
}
