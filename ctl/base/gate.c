// SPDX-License-Identifier: GPL-2.0-only
/* How often an address does something, see gate.h. */
#include "base/gate.h"

#include <stdlib.h>
#include "base/hash.h"

bool gate_count_passes(struct gate_count *c, uint32_t period, uint64_t now, uint32_t limit)
{
	if (!limit)
		return true;
	if (now - c->since >= period)
		*c = (struct gate_count){.since = now};
	if (c->count >= limit)
		return false;
	c->count++;
	return true;
}

bool gate_passes(struct gate *g, const struct ip_addr *ip, uint64_t now, uint32_t limit)
{
	uint32_t hash = fnv1a(g->seed, ip->bytes, sizeof(ip->bytes));
	struct gate_place *p;

	if (!limit)
		return true;
	if (!g->places)
		g->places = calloc(GATE_PLACES, sizeof(*g->places));
	if (!g->places)
		return false;
	p = &g->places[hash % GATE_PLACES];
	if (!ip_addr_eq(&p->ip, ip))
		*p = (struct gate_place){.ip = *ip, .count.since = now};
	return gate_count_passes(&p->count, g->period, now, limit);
}

void gate_free(struct gate *g)
{
	free(g->places);
	g->places = NULL;
}
