/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often an address does something in a period, for limits on what may come from invented
 * addresses: a table of fixed size, so a flood takes no memory. An address that needs another one's
 * place gets it, and the other begins anew, so nobody is refused for what somebody else did.
 */
#ifndef L2X_BASE_GATE_H
#define L2X_BASE_GATE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/addr.h"

#define GATE_PLACES 1024

/* The same for one alone. */
struct gate_count {
	uint32_t count;
	uint64_t since; /* ms */
};

struct gate {
	uint32_t seed;	 /* secret: nobody outside can choose what collides */
	uint32_t period; /* ms */
	struct gate_place {
		struct ip_addr ip;
		struct gate_count count;
	} * places; /* NULL until the first */
};

/* May this address once more? limit 0: always. */
bool gate_passes(struct gate *g, const struct ip_addr *ip, uint64_t now, uint32_t limit);
bool gate_count_passes(struct gate_count *c, uint32_t period, uint64_t now, uint32_t limit);
void gate_free(struct gate *g);

#endif
