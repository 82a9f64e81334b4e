// SPDX-License-Identifier: GPL-2.0-only
/* Sets and their legs, see set.h. */
#include "dataplane/set.h"

#include <errno.h>
#include <stdlib.h>
#include "dataplane/table.h"

/* The cost of a byte on a leg that carries everything. */
#define COST_UNIT 1024
#define SHARES	  65536 /* of all legs together */

int sets_init(struct sets *sets, uint32_t max)
{
	*sets = (struct sets){.set = calloc((size_t)max + 1, sizeof(*sets->set)), .max = max};
	return sets->set ? 0 : -ENOMEM;
}

void sets_free(struct sets *sets)
{
	free(sets->set);
	*sets = (struct sets){0};
}

struct set *set_of(const struct sets *sets, uint32_t id)
{
	return id && id <= sets->max && sets->set[id].value.flags ? &sets->set[id] : NULL;
}

uint32_t set_unused(const struct sets *sets)
{
	for (uint32_t id = 1; id <= sets->max; id++)
		if (!sets->set[id].value.flags)
			return id;
	return 0;
}

int set_free_place(const struct set *set)
{
	for (int i = 0; i < L2X_SET_LEGS; i++)
		if (!set->legs[i].session)
			return i;
	return -E2BIG;
}

static uint64_t weight_sum(const struct set *set)
{
	uint64_t sum = 0;

	for (int i = 0; i < L2X_SET_LEGS; i++)
		if (set->legs[i].session)
			sum += set->legs[i].weight;
	return sum;
}

static uint32_t share(const struct set_leg *leg, uint64_t sum)
{
	const double of_all = (double)leg->weight / (double)sum * SHARES;

	return of_all < 1 ? 1 : (uint32_t)of_all;
}

static uint32_t cost(const struct set_leg *leg, uint64_t sum)
{
	uint64_t c = sum / leg->weight * COST_UNIT + sum % leg->weight * COST_UNIT / leg->weight;

	return c < UINT32_MAX ? (uint32_t)c : UINT32_MAX;
}

void set_refresh(struct set *set)
{
	const uint64_t sum = weight_sum(set);
	struct l2x_set *v = &set->value;
	const bool was_up = v->up4 | v->up6;
	uint16_t mtu = UINT16_MAX;

	v->up4 = v->up6 = 0;
	for (int i = 0; i < L2X_SET_LEGS; i++) {
		const struct set_leg *leg = &set->legs[i];

		if (!leg->session) {
			v->legs[i] = (struct l2x_leg){0};
			continue;
		}
		v->legs[i].session = leg->session->key;
		v->legs[i].cost = cost(leg, sum);
		v->legs[i].share = share(leg, sum);
		if (leg->session->value.flags & L2X_SESSION_IPV4)
			v->up4 |= (uint8_t)(1 << i);
		if (leg->session->value.flags & L2X_SESSION_IPV6)
			v->up6 |= (uint8_t)(1 << i);
		if ((v->up4 | v->up6) & 1 << i && leg->mtu < mtu)
			mtu = leg->mtu;
	}
	if (v->up4 | v->up6)
		v->mtu = mtu;
	else if (was_up && !++v->generation)
		v->generation = 1;
}

uint64_t set_furthest(const struct l2x_set_state *state, uint8_t legs)
{
	uint64_t furthest = 0;
	bool any = false;

	for (int i = 0; i < L2X_SET_LEGS; i++) {
		if (!(legs & 1 << i))
			continue;
		/* It comes round: the difference counts. */
		if (!any || (int64_t)(state->ahead[i] - furthest) > 0)
			furthest = state->ahead[i];
		any = true;
	}
	return furthest;
}
