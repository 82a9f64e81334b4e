// SPDX-License-Identifier: GPL-2.0-only
/*
 * What XDP goes by and the kernel does not keep fresh for it. A neighbour that only XDP sends to is
 * of no use to the kernel, which therefore never asks whether it still has its MAC address: so the
 * kernel is made to ask, as it would if it sent packets there itself. A neighbour that does not
 * answer is then unknown to XDP too, and the next packet for it goes to the kernel, which finds it
 * anew. And when a NIC gets another MAC address, XDP must know what is meant for it.
 */
#include <string.h>
#include "dataplane/private.h"

#define INTERVAL   1  /* seconds: sets that could not send a copy */
#define TURNS	   5  /* all else */
#define PROBES_MAX 64 /* of a NIC, in a turn */

static void refresh(struct dataplane *dp, struct interface *f)
{
	uint8_t mac[6];

	if (!net_link_mac(dp->net, f->ifindex, mac) && memcmp(mac, f->mac, sizeof(mac)) &&
	    !bpf_forward_set(dp->bpf, f->ifindex, mac)) {
		memcpy(f->mac, mac, sizeof(mac));
		log_info(dp->log, "%s: has another MAC address", f->shown.name);
	}
	net_neighbours_probe(dp->net, f->ifindex, PROBES_MAX);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct dataplane *dp = arg;
	struct list *i, *next;

	(void)fd;
	(void)what;
	dp->refresh_turn = (dp->refresh_turn + 1) % TURNS;
	set_nics_refresh(dp, !dp->refresh_turn);
	if (dp->refresh_turn)
		return;
	list_for_each(i, next, &dp->interfaces) {
		struct interface *f = list_item(i, struct interface, in_dataplane);

		if (f->shown.xdp)
			refresh(dp, f);
	}
}

void refresh_start(struct dataplane *dp)
{
	struct timeval interval = {.tv_sec = INTERVAL};

	if (dp->refresh)
		return;
	dp->refresh = event_new(dp->base, -1, EV_PERSIST, on_timer, dp);
	if (!dp->refresh || event_add(dp->refresh, &interval))
		log_warning(dp->log, "neighbours of XDP are not kept fresh: out of memory");
}

void refresh_stop(struct dataplane *dp)
{
	if (dp->refresh)
		event_free(dp->refresh);
	dp->refresh = NULL;
}
