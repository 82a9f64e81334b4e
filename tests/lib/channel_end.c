// SPDX-License-Identifier: GPL-2.0-only
/* One end of a channel, see channel_end.h. */
#include "channel_end.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

void end_message(uint8_t *msg, uint16_t ns, uint16_t nr, uint32_t number)
{
	struct wbuf b = wbuf_of(msg, 16);

	l2tp_write_zlb(&b, 1, ns, nr);
	wbuf_u32(&b, number);
	msg[3] = 16;
}

void end_send(struct end *e, uint32_t number)
{
	uint8_t msg[16];

	end_message(msg, 0, 0, number);
	assert_int_equal(channel_send(&e->channel, msg, sizeof(msg)), 0);
}

static void note(struct end *e, bool zlb, uint16_t ns, uint16_t nr)
{
	unsigned i = e->sent_count++ % LOG_MAX;

	e->sent[i].at = e->timers->now;
	e->sent[i].zlb = zlb;
	e->sent[i].ns = ns;
	e->sent[i].nr = nr;
}

static void end_on_transmit(void *arg, const uint8_t *msg, size_t len)
{
	struct l2tp_header h;

	assert_int_equal(l2tp_header_parse(msg, len, &h), 0);
	note(arg, false, h.ns, h.nr);
}

static void end_on_zlb(void *arg, uint16_t ns, uint16_t nr)
{
	note(arg, true, ns, nr);
}

void end_on_deliver(void *arg, const uint8_t *msg, size_t len)
{
	struct end *e = arg;

	assert_int_equal(len, 16);
	assert_int_equal((uint32_t)msg[12] << 24 | msg[13] << 16 | msg[14] << 8 | msg[15],
			 e->delivered);
	e->delivered++;
	if (e->reply)
		end_send(e, 0);
}

bool end_on_failed(void *arg)
{
	struct end *e = arg;

	e->failed++;
	e->failed_at = e->timers->now;
	return true;
}

const struct channel_ops end_quiet_ops = {end_on_transmit, end_on_zlb, end_on_deliver,
					  end_on_failed};
const struct channel_config end_defaults = {1000, 8000, 5, 16};

void end_init(struct end *e, struct timers *ts, const struct channel_config *config, uint16_t ns,
	      uint16_t nr, uint16_t peer_window)
{
	memset(e, 0, sizeof(*e));
	e->timers = ts;
	e->st = (struct l2tp_channel_state){ns, nr, peer_window};
	assert_int_equal(channel_init(&e->channel, &e->st, config, &end_quiet_ops, e, ts), 0);
}

/* A message, or with ns -1 a ZLB, from a peer that exists only here. */
void end_receive(struct end *e, int ns, uint16_t nr, uint32_t number)
{
	struct l2tp_header h;
	uint8_t msg[16];

	end_message(msg, (uint16_t)ns, nr, number);
	if (ns < 0)
		msg[3] = 12;
	assert_int_equal(l2tp_header_parse(msg, sizeof(msg), &h), 0);
	channel_input(&e->channel, &h, msg);
}

void end_run(struct timers *ts, uint64_t ms)
{
	uint64_t end = ts->now + ms;

	while (timers_next(ts) <= end)
		timers_run(ts, timers_next(ts));
	timers_run(ts, end);
}
