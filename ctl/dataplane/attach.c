// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which programs run on which interface. What an interface can do is found out by doing: one that
 * refuses native XDP is left to tc, one that refuses tc to userspace. Both are said once, and stay
 * readable in the status.
 *
 * An interface that goes takes its programs along. It stays in the list, and is attached again when
 * one by its name comes.
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
	if (bpf_spread_cpus(dp->bpf))
		snprintf(f->shown.note, sizeof(f->shown.note), "spread over %u CPUs",
			 bpf_spread_cpus(dp->bpf));
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

static void take_off(struct dataplane *dp, struct interface *f)
{
	const bool had_xdp = f->shown.xdp;

	if (f->shown.xdp) {
		bpf_forward_del(dp->bpf, f->ifindex);
		bpf_xdp_unlink(dp->bpf, f->ifindex, f->xdp_link);
	}
	if (f->shown.tc)
		tc_detach(dp->net, f->ifindex, BPF_TC_INGRESS, f->made_qdisc);
	f->shown.xdp = f->shown.tc = f->made_qdisc = false;
	f->xdp_link = -1;
	f->ifindex = 0;
	if (had_xdp)
		set_nics_refresh(dp, true);
}

static void detach(struct dataplane *dp, struct interface *f)
{
	take_off(dp, f);
	list_remove(&f->in_dataplane);
	free(f);
}

static void put_on(struct dataplane *dp, struct interface *f, unsigned ifindex)
{
	f->ifindex = ifindex;
	f->shown.note[0] = 0;
	if (!dp->bpf) {
		strcpy(f->shown.note, "userspace only");
		return;
	}
	attach_xdp(dp, f);
	attach_tc(dp, f);
	if (f->shown.xdp)
		set_nics_refresh(dp, true);
}

static void miss(struct dataplane *dp, struct interface *f)
{
	strcpy(f->shown.note, "not there");
	log_warning(dp->log, "%s is not there: the data path is attached when it comes",
		    f->shown.name);
}

int dataplane_attach(struct dataplane *dp, const char *ifname, enum config_forward forward)
{
	return if_nametoindex(ifname) ? dataplane_expect(dp, ifname, forward) : -ENODEV;
}

int dataplane_expect(struct dataplane *dp, const char *ifname, enum config_forward forward)
{
	unsigned ifindex = if_nametoindex(ifname);
	struct interface *f = find(dp, ifname);

	if (f && f->ifindex == ifindex && f->shown.forward == forward)
		return 0;
	if (f)
		detach(dp, f);
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	strncpy(f->shown.name, ifname, sizeof(f->shown.name) - 1);
	f->shown.forward = forward;
	f->xdp_link = -1;
	list_append(&dp->interfaces, &f->in_dataplane);
	if (ifindex)
		put_on(dp, f, ifindex);
	else
		miss(dp, f);
	return 0;
}

void dataplane_link_gone(struct dataplane *dp, unsigned ifindex)
{
	struct list *i, *next;

	list_for_each(i, next, &dp->interfaces) {
		struct interface *f = list_item(i, struct interface, in_dataplane);

		if (f->ifindex != ifindex)
			continue;
		take_off(dp, f);
		miss(dp, f);
	}
}

void dataplane_links_changed(struct dataplane *dp)
{
	struct list *i, *next;

	list_for_each(i, next, &dp->interfaces) {
		struct interface *f = list_item(i, struct interface, in_dataplane);
		unsigned ifindex = if_nametoindex(f->shown.name);

		if (f->ifindex == ifindex)
			continue;
		/* Its deletion was missed, or it is there by another name. */
		if (f->ifindex) {
			take_off(dp, f);
			miss(dp, f);
		}
		if (!ifindex)
			continue;
		put_on(dp, f, ifindex);
		log_info(dp->log, "%s is there: attached", f->shown.name);
	}
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
