// SPDX-License-Identifier: GPL-2.0-only
/* Attempts a second, see gate.h. */
#include "l2tp/gate.h"

#include <stdlib.h>

#define SECOND 1000 /* ms */

bool gate_passes(struct gate *g, const struct ip_addr *ip, uint32_t hash, uint64_t now,
		 uint32_t limit)
{
	struct gate_place *p;

	if (!limit)
		return true;
	if (!g->places)
		g->places = calloc(GATE_PLACES, sizeof(*g->places));
	if (!g->places)
		return false;
	p = &g->places[hash % GATE_PLACES];
	if (!ip_addr_eq(&p->ip, ip) || now - p->since >= SECOND)
		*p = (struct gate_place){.ip = *ip, .since = now};
	return p->count++ < limit;
}

void gate_free(struct gate *g)
{
	free(g->places);
	g->places = NULL;
}
