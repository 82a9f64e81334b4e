// SPDX-License-Identifier: GPL-2.0-only
/* Binary heap of timers, see timer.h. */
#include "base/timer.h"

#include <errno.h>
#include <stdlib.h>

void timers_init(struct timers *ts, uint64_t now)
{
	*ts = (struct timers){.now = now};
}

void timers_free(struct timers *ts)
{
	for (size_t i = 0; i < ts->count; i++) {
		ts->heap[i]->place = 0;
		ts->heap[i]->reserved = false;
	}
	free(ts->heap);
	*ts = (struct timers){0};
}

void timer_init(struct timer *t, void (*fire)(void *arg), void *arg)
{
	*t = (struct timer){.fire = fire, .arg = arg};
}

static void put(struct timers *ts, size_t i, struct timer *t)
{
	ts->heap[i] = t;
	t->place = (uint32_t)i + 1;
}

static void sift_up(struct timers *ts, size_t i)
{
	struct timer *t = ts->heap[i];

	while (i) {
		size_t parent = (i - 1) / 2;

		if (ts->heap[parent]->deadline <= t->deadline)
			break;
		put(ts, i, ts->heap[parent]);
		i = parent;
	}
	put(ts, i, t);
}

static void sift_down(struct timers *ts, size_t i)
{
	struct timer *t = ts->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= ts->count)
			break;
		if (child + 1 < ts->count &&
		    ts->heap[child + 1]->deadline < ts->heap[child]->deadline)
			child++;
		if (t->deadline <= ts->heap[child]->deadline)
			break;
		put(ts, i, ts->heap[child]);
		i = child;
	}
	put(ts, i, t);
}

/* For one timer more, beside all that are set and all that may be. */
static int make_room(struct timers *ts)
{
	size_t room = ts->room ? 2 * ts->room : 64;
	struct timer **heap;

	if (ts->reserved + ts->others < ts->room)
		return 0;
	heap = realloc(ts->heap, room * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	ts->heap = heap;
	ts->room = room;
	return 0;
}

int timer_reserve(struct timers *ts, struct timer *t)
{
	if (t->reserved)
		return 0;
	if (make_room(ts))
		return -ENOMEM;
	t->reserved = true;
	ts->reserved++;
	if (t->place)
		ts->others--;
	return 0;
}

void timer_release(struct timers *ts, struct timer *t)
{
	timer_cancel(ts, t);
	if (t->reserved)
		ts->reserved--;
	t->reserved = false;
}

int timer_set(struct timers *ts, struct timer *t, uint64_t delay)
{
	if (!t->place) {
		if (!t->reserved && make_room(ts))
			return -ENOMEM;
		ts->others += !t->reserved;
		put(ts, ts->count++, t);
	}
	t->deadline = ts->now + delay;
	sift_up(ts, t->place - 1);
	sift_down(ts, t->place - 1);
	return 0;
}

void timer_cancel(struct timers *ts, struct timer *t)
{
	size_t i;
	struct timer *last;

	if (!t->place)
		return;
	i = t->place - 1;
	t->place = 0;
	ts->others -= !t->reserved;
	last = ts->heap[--ts->count];
	if (last == t)
		return;
	put(ts, i, last);
	sift_up(ts, i);
	sift_down(ts, last->place - 1);
}

uint64_t timers_next(const struct timers *ts)
{
	return ts->count ? ts->heap[0]->deadline : UINT64_MAX;
}

void timers_run(struct timers *ts, uint64_t now)
{
	if (now > ts->now)
		ts->now = now;
	while (ts->count && ts->heap[0]->deadline <= ts->now) {
		struct timer *t = ts->heap[0];

		timer_cancel(ts, t);
		t->fire(t->arg);
	}
}
