/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many new tunnels an address asks for in a second. A table of fixed size, so that a flood from
 * invented addresses takes no memory: an address that needs another one's place gets it, and the
 * other begins anew. So nobody is refused for what somebody else did.
 */
#ifndef L2X_L2TP_GATE_H
#define L2X_L2TP_GATE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/addr.h"

#define GATE_PLACES 1024

struct gate {
	struct gate_place {
		struct ip_addr ip;
		uint32_t count;
		uint64_t since; /* ms */
	} * places;		/* NULL until the first */
};

/* May one more come in? hash is of ip, and not to be guessed. limit 0: always. */
bool gate_passes(struct gate *g, const struct ip_addr *ip, uint32_t hash, uint64_t now,
		 uint32_t limit);
void gate_free(struct gate *g);

#endif
