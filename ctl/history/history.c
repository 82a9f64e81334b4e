// SPDX-License-Identifier: GPL-2.0-only
/* Names and their rings, see history.h. */
#include "history/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"

#define FIRST_ROOM 2 /* slots; doubled when they are full, so that a young line costs little */

static struct history_entry **bucket_of(const struct history *h, const char *name)
{
	return &h->buckets[fnv1a(h->seed, name, strlen(name)) % h->buckets_count];
}

int history_init(struct history *h, uint32_t max_names, uint32_t seed)
{
	*h = (struct history){.max = max_names, .seed = seed, .buckets_count = max_names + 1};
	list_init(&h->order);
	list_init(&h->idle);
	h->buckets = calloc(h->buckets_count, sizeof(struct history_entry *));
	return h->buckets ? 0 : -ENOMEM;
}

static void forget(struct history *h, struct history_entry *e)
{
	struct history_entry **p = bucket_of(h, e->name);

	while (*p != e)
		p = &(*p)->next;
	*p = e->next;
	list_remove(&e->in_order);
	list_remove(&e->in_idle);
	h->count--;
	free(e->slots);
	free(e->name);
	free(e);
}

void history_free(struct history *h)
{
	struct list *i, *keep;

	if (!h->buckets)
		return;
	list_for_each(i, keep, &h->order)
		forget(h, list_item(i, struct history_entry, in_order));
	free(h->buckets);
	h->buckets = NULL;
}

struct history_entry *history_find(const struct history *h, const char *name)
{
	struct history_entry *e = *bucket_of(h, name);

	while (e && strcmp(e->name, name))
		e = e->next;
	return e;
}

struct history_entry *history_get(struct history *h, const char *name)
{
	struct history_entry *e = history_find(h, name), **bucket;

	if (e || strlen(name) > HISTORY_NAME_MAX)
		return e;
	if (h->count >= h->max) {
		if (list_empty(&h->idle))
			return NULL;
		forget(h, list_item(h->idle.next, struct history_entry, in_idle));
	}
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->name = strdup(name);
	if (!e->name) {
		free(e);
		return NULL;
	}
	bucket = bucket_of(h, name);
	e->next = *bucket;
	*bucket = e;
	list_append(&h->order, &e->in_order);
	list_append(&h->idle, &e->in_idle);
	h->count++;
	return e;
}

void history_start(struct history_entry *e)
{
	list_remove(&e->in_idle);
	e->live++;
	e->totals.starts++;
	e->last.answered = 0;
}

/* From the end, as what ends now belongs there. */
void history_idle(struct history *h, struct history_entry *e, uint64_t since)
{
	struct list *before;

	list_remove(&e->in_idle);
	before = h->idle.prev;
	while (before != &h->idle &&
	       list_item(before, struct history_entry, in_idle)->ended > since)
		before = before->prev;
	e->ended = since;
	list_append(before->next, &e->in_idle);
}

void history_end(struct history *h, struct history_entry *e, uint64_t now)
{
	if (!--e->live)
		history_idle(h, e, now);
}

const struct history_slot *history_slot(const struct history_entry *e, unsigned i, uint64_t *began)
{
	unsigned back = e->count - 1u - i;

	*began = ((uint64_t)e->last_slot - back) * HISTORY_STEP;
	return &e->slots[(e->newest + e->room - back) % e->room];
}

/* A ring of more room, in which the oldest slot is the first. */
static bool grow(struct history_entry *e)
{
	unsigned room = e->room ? 2u * e->room : FIRST_ROOM;
	struct history_slot *slots;
	uint64_t began;

	if (room > HISTORY_SLOTS)
		room = HISTORY_SLOTS;
	slots = calloc(room, sizeof(*slots));
	if (!slots)
		return false;
	for (unsigned i = 0; i < e->count; i++)
		slots[i] = *history_slot(e, i, &began);
	free(e->slots);
	e->slots = slots;
	e->room = (uint16_t)room;
	e->newest = (uint16_t)(e->count ? e->count - 1 : 0);
	return true;
}

static struct history_slot *push(struct history_entry *e)
{
	if (e->count == e->room && e->room < HISTORY_SLOTS && !grow(e) && !e->room)
		return NULL;
	e->newest = (uint16_t)((e->newest + 1) % e->room);
	if (e->count < e->room)
		e->count++;
	e->last_slot++;
	e->slots[e->newest] = history_slot_of(&(struct history_sample){0});
	return &e->slots[e->newest];
}

/* The clock was set back: what lies in the future has never been. */
static void turn_back(struct history_entry *e, uint32_t slot)
{
	while (e->count && e->last_slot > slot) {
		e->newest = (uint16_t)((e->newest + e->room - 1) % e->room);
		e->count--;
		e->last_slot--;
		e->summed = false;
	}
}

/* NULL: no memory. */
static struct history_slot *slot_at(struct history_entry *e, uint32_t slot)
{
	struct history_slot *s = NULL;

	turn_back(e, slot);
	if (e->count && e->last_slot == slot)
		return &e->slots[e->newest];
	e->summed = false;
	if (!e->count || slot - e->last_slot >= HISTORY_SLOTS) {
		e->count = 0;
		e->last_slot = slot - 1;
	}
	while (e->last_slot != slot) {
		s = push(e);
		if (!s)
			return NULL;
	}
	return s;
}

bool history_put(struct history_entry *e, uint32_t number, const struct history_slot *slot)
{
	struct history_slot *s = slot_at(e, number);

	e->summed = false;
	if (s)
		*s = *slot;
	return s;
}

static void add_totals(struct history_totals *t, const struct history_sample *s)
{
	t->rx_packets += s->rx_packets;
	t->tx_packets += s->tx_packets;
	t->rx_bytes += s->rx_bytes;
	t->tx_bytes += s->tx_bytes;
	t->drops += s->drops;
	t->echoes += s->echoes;
	t->lost += s->lost;
}

void history_add(struct history_entry *e, uint64_t now, const struct history_sample *s)
{
	struct history_slot *slot = slot_at(e, (uint32_t)(now / HISTORY_STEP));

	if (slot) {
		if (!e->summed)
			e->sum = history_slot_sum(slot);
		e->summed = true;
		history_sum_add(&e->sum, s);
		*slot = history_slot_of(&e->sum);
	}
	add_totals(&e->totals, s);
	e->last.rtt_sum = s->rtt_sum;
	e->last.answered = s->echoes - s->lost;
}
