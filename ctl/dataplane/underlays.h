/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map `underlays`: the addresses of a tunnel stand there once, for all its sessions, so that what a
 * program needs of each session is small. Counted by the sessions that name a place; one that nobody names
 * any more is left alone for a time, as slots are (slots.h).
 */
#ifndef L2X_DATAPLANE_UNDERLAYS_H
#define L2X_DATAPLANE_UNDERLAYS_H

#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"
#include "dataplane/slots.h"
#include "l2x/maps.h"

struct underlays {
	struct l2x_underlay *at; /* the map */
	size_t size;		 /* of it, bytes */
	struct underlay_use *uses;
	uint32_t *chains; /* by hash, the first of those that have it */
	uint32_t mask;
	struct slots free;
};

/* fd: of the map, which has slots_for(max_sessions) places. 0 or a negative errno. */
int underlays_init(struct underlays *u, uint32_t max_sessions, int fd);
void underlays_free(struct underlays *u);

/* A place for these addresses, counted once more; 0 or a negative errno. */
int underlays_take(struct underlays *u, const struct udp_path *path, uint32_t *place);
void underlays_give_back(struct underlays *u, uint32_t place);

#endif
