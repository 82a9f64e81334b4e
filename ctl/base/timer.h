/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers without a clock: a binary heap of deadlines in milliseconds. Whoever owns the heap says
 * what time it is, so a test can run hours of a protocol in no time. A timer is embedded in the
 * object that it serves and knows its place in the heap: set and cancel are O(log n), and idle
 * timers cost nothing.
 */
#ifndef L2X_BASE_TIMER_H
#define L2X_BASE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timers;

struct timer {
	uint64_t deadline; /* ms */
	uint32_t place;	   /* index in the heap + 1; 0: not set */
	bool reserved;	   /* has room in the heap for good */
	void (*fire)(void *arg);
	void *arg;
};

struct timers {
	struct timer **heap;
	size_t count, room;
	size_t reserved; /* timers that have room for good, set or not */
	size_t others;	 /* set ones that have not */
	uint64_t now;	 /* ms, monotonic; what timers_run() was told last */
};

void timers_init(struct timers *ts, uint64_t now);
void timers_free(struct timers *ts); /* timers still set are forgotten */

void timer_init(struct timer *t, void (*fire)(void *arg), void *arg);
/* Fire once, delay ms after timers->now. A timer that is set already is moved. 0 or -ENOMEM. */
int timer_set(struct timers *ts, struct timer *t, uint64_t delay);
void timer_cancel(struct timers *ts, struct timer *t);
/*
 * Room for this timer for as long as its object lives: timer_set() cannot fail for it. 0 or
 * -ENOMEM; timer_release() also cancels, and does no harm to a timer that has no room.
 */
int timer_reserve(struct timers *ts, struct timer *t);
void timer_release(struct timers *ts, struct timer *t);

static inline bool timer_is_set(const struct timer *t)
{
	return t->place != 0;
}

/* Deadline of the next timer, or UINT64_MAX. */
uint64_t timers_next(const struct timers *ts);
/* Set the time and fire what is due, in order of deadlines. Callbacks may set and cancel any timer.
 */
void timers_run(struct timers *ts, uint64_t now);

#endif
