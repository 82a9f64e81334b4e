/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A payload route: in the data path it leads to a session or a set, in the kernel's payload table to
 * the netdev, with the MTU that fits.
 */
#ifndef L2X_MAIN_PAYLOAD_ROUTE_H
#define L2X_MAIN_PAYLOAD_ROUTE_H

#include "main/controller.h"

struct payload_route {
	struct l2x_route to;
	struct net_route kernel; /* its prefix is the route's */
	/* There was a default route of somebody else: the kernel has two halves of it instead. */
	bool halves;
};

/* All or nothing, as of now; 0 or a negative errno, said in the log. One that is there stays. */
int payload_route_add(struct controller *c, const struct logger *log, struct payload_route *r);
/*
 * The same by the thousand: the kernel's part waits in a queue, and settled() is told what became of it
 * (net_route_queue_add()), but for a default route, which is asked for now. *queued says which.
 */
int payload_route_queue(struct controller *c, const struct logger *log, struct payload_route *r,
			net_settled *settled, void *arg, bool *queued);
/* What the log says of one that the kernel did not take. */
void payload_route_refused(const struct logger *log, const struct net_route *r, int err);
/* What is not there is passed over. */
void payload_route_del(struct controller *c, const struct payload_route *r);
/* One that is there gets another metric: the new one is there before the old one goes. */
int payload_route_move(struct controller *c, const struct logger *log,
		       const struct payload_route *old, struct payload_route *new);
/* Of one that is there, in place: no packet goes astray meanwhile. */
int payload_route_set_mtu(struct controller *c, struct payload_route *r, uint16_t mtu);

#endif
