// SPDX-License-Identifier: GPL-2.0-only
/* Free slots of sessions, see slots.h. */
#include "dataplane/slots.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include "base/clock.h"

#define MARGIN 1024
#define NS     1000000000ull

uint32_t slots_for(uint32_t max_sessions)
{
	uint32_t eighth = max_sessions / 8;

	return max_sessions + (eighth > MARGIN ? eighth : MARGIN);
}

int slots_init(struct slots *s, uint32_t size)
{
	*s = (struct slots){.free = calloc(size, sizeof(struct slot)), .size = size};
	if (!s->free)
		return -ENOMEM;
	/* Never read by anyone: free for ever. */
	for (s->count = 0; s->count < size; s->count++)
		s->free[s->count].number = s->count;
	return 0;
}

void slots_free(struct slots *s)
{
	free(s->free);
	*s = (struct slots){0};
}

int slots_take(struct slots *s, uint64_t now, uint32_t *number, uint64_t *wait)
{
	const struct slot *f = &s->free[s->first];

	if (!s->count)
		return -ENOSPC;
	*number = f->number;
	*wait = f->since && now < f->since + SLOTS_GRACE ? f->since + SLOTS_GRACE - now : 0;
	s->first = (s->first + 1) % s->size;
	s->count--;
	return 0;
}

int slots_take_old(struct slots *s, uint32_t *number)
{
	uint64_t until = clock_ns(CLOCK_MONOTONIC), wait;
	struct timespec ts;
	int err = slots_take(s, until, number, &wait);

	if (err || !wait)
		return err;
	until += wait;
	ts = (struct timespec){(time_t)(until / NS), (long)(until % NS)};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
	return 0;
}

void slots_give_back_at(struct slots *s, uint32_t number, uint64_t now)
{
	s->free[(s->first + s->count) % s->size] = (struct slot){number, now};
	s->count++;
}

void slots_give_back(struct slots *s, uint32_t number)
{
	slots_give_back_at(s, number, clock_ns(CLOCK_MONOTONIC));
}
