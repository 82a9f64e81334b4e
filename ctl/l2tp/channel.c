// SPDX-License-Identifier: GPL-2.0-only
/* Reliable control channel, see channel.h. */
#include "l2tp/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct channel_message *message_new(const uint8_t *msg, size_t len, uint16_t ns)
{
	struct channel_message *m = malloc(sizeof(*m) + len);

	if (!m)
		return NULL;
	m->next = NULL;
	m->ns = ns;
	m->len = len;
	memcpy(m->bytes, msg, len);
	return m;
}

/* RFC 2661 5.8: numbers are compared modulo 65536, half of them lie before. */
static int distance(uint16_t from, uint16_t to)
{
	return (int16_t)(uint16_t)(to - from);
}

static uint32_t interval(const struct channel *c, unsigned retries)
{
	uint64_t ms = c->config.retransmit_first;

	while (retries-- && ms < c->config.retransmit_max)
		ms *= 2;
	return ms < c->config.retransmit_max ? (uint32_t)ms : c->config.retransmit_max;
}

uint64_t channel_cycle(const struct channel *c)
{
	uint64_t ms = 0;

	for (unsigned i = 0; i <= c->config.retransmit_tries; i++)
		ms += interval(c, i);
	return ms;
}

static void acknowledged(struct channel *c)
{
	c->unacknowledged = 0;
	timer_cancel(c->timers, &c->ack);
}

static void send_ack(void *arg)
{
	struct channel *c = arg;

	acknowledged(c);
	c->ops->transmit_zlb(c->arg, c->sent, c->st->nr);
}

/* Let out what the window holds. */
static void flush(struct channel *c)
{
	unsigned window = c->cwnd < c->st->peer_window ? c->cwnd : c->st->peer_window;

	while (c->unsent && c->in_flight < window) {
		struct channel_message *m = c->unsent;

		c->unsent = m->next;
		c->in_flight++;
		if (distance(c->sent, m->ns) >= 0)
			c->sent = (uint16_t)(m->ns + 1);
		/* A retransmission too carries the Nr of now (RFC 2661 5.8). */
		l2tp_write_numbers(m->bytes, m->ns, c->st->nr);
		acknowledged(c);
		c->ops->transmit(c->arg, m->bytes, m->len);
	}
	if (c->in_flight && !timer_is_set(&c->retransmit))
		timer_set(c->timers, &c->retransmit, interval(c, c->retries));
}

/* RFC 2661 5.8 (back-off) and appendix A: half the window is remembered, and one message sent. */
static void timed_out(void *arg)
{
	struct channel *c = arg;

	if (c->retries < c->config.retransmit_tries)
		c->retries++;
	else if (c->ops->failed(c->arg))
		return;
	c->ssthresh = c->cwnd / 2 ? c->cwnd / 2 : 1;
	c->cwnd = 1;
	c->cwnd_part = 0;
	c->unsent = c->head;
	c->in_flight = 0;
	flush(c);
}

/* Appendix A: one more per acknowledgement in slow start, one more per window after it. */
static void grow_window(struct channel *c)
{
	if (c->cwnd >= c->st->peer_window)
		return;
	if (c->cwnd < c->ssthresh) {
		c->cwnd++;
	} else if (++c->cwnd_part >= c->cwnd) {
		c->cwnd_part = 0;
		c->cwnd++;
	}
}

static void take_ack(struct channel *c, uint16_t nr)
{
	uint16_t count = (uint16_t)(nr - c->acked), most = (uint16_t)(c->sent - c->acked);

	/* An Nr from the past is an old message; one from the future is no acknowledgement of ours.
	 */
	if (!count || count > most)
		return;
	c->acked = nr;
	while (count--) {
		struct channel_message *m = c->head;

		c->head = m->next;
		if (c->unsent == m)
			c->unsent = m->next;
		else
			c->in_flight--;
		free(m);
	}
	if (!c->head)
		c->tail = &c->head;
	c->retries = 0;
	timer_cancel(c->timers, &c->retransmit);
	grow_window(c);
	flush(c);
}

static void deliver(struct channel *c, const uint8_t *msg, size_t len)
{
	c->st->nr++;
	c->early_head = (c->early_head + 1) % c->config.receive_window;
	c->unacknowledged++;
	c->ops->deliver(c->arg, msg, len);
}

void channel_input(struct channel *c, const struct l2tp_header *h, const uint8_t *msg)
{
	struct channel_message *m, **place;
	int ahead = distance(c->st->nr, h->ns);

	take_ack(c, h->nr);
	if (l2tp_is_zlb(h) || ahead >= c->config.receive_window)
		return;
	if (ahead < 0) {
		/* Seen before. Our acknowledgement may have been lost (RFC 2661 5.8). */
		send_ack(c);
		return;
	}
	if (ahead > 0) {
		place = &c->early[(c->early_head + (unsigned)ahead) % c->config.receive_window];
		if (!*place)
			*place = message_new(msg, h->length, h->ns);
		return;
	}
	/* It may also have been kept as early, before a peer that renumbers; what comes now counts.
	 */
	place = &c->early[c->early_head];
	free(*place);
	*place = NULL;
	deliver(c, msg, h->length);
	while ((m = c->early[c->early_head])) {
		c->early[c->early_head] = NULL;
		deliver(c, m->bytes, m->len);
		free(m);
	}
	if (c->unacknowledged >= CHANNEL_ACK_EVERY)
		send_ack(c);
	else if (c->unacknowledged && !timer_is_set(&c->ack))
		timer_set(c->timers, &c->ack, CHANNEL_ACK_DELAY);
}

int channel_send(struct channel *c, const uint8_t *msg, size_t len)
{
	struct channel_message *m = message_new(msg, len, c->st->ns);

	if (!m)
		return -ENOMEM;
	c->st->ns++;
	*c->tail = m;
	c->tail = &m->next;
	if (!c->unsent)
		c->unsent = m;
	flush(c);
	return 0;
}

bool channel_has_sent(const struct channel *c, uint16_t ns)
{
	return distance(c->sent, ns) < 0;
}

void channel_drop_unsent(struct channel *c)
{
	struct channel_message **p = &c->head, *m;

	while (*p && distance(c->sent, (*p)->ns) < 0)
		p = &(*p)->next;
	/* unsent is either among those, or before them after a timeout. */
	if (c->unsent && distance(c->sent, c->unsent->ns) >= 0)
		c->unsent = NULL;
	while ((m = *p)) {
		*p = m->next;
		free(m);
	}
	c->tail = p;
	c->st->ns = c->sent;
}

void channel_drop_all(struct channel *c)
{
	struct channel_message *m;

	while ((m = c->head)) {
		c->head = m->next;
		free(m);
	}
	c->tail = &c->head;
	c->unsent = NULL;
	c->in_flight = 0;
	c->acked = c->st->ns = c->sent;
	timer_cancel(c->timers, &c->retransmit);
}

const struct channel_message *channel_head(const struct channel *c)
{
	return c->head;
}

bool channel_busy(const struct channel *c)
{
	return c->head;
}

unsigned channel_queued(const struct channel *c)
{
	return (uint16_t)(c->st->ns - c->acked);
}

void channel_set_peer_window(struct channel *c, uint16_t window)
{
	c->st->peer_window = window;
	c->ssthresh = window;
	flush(c);
}

static void forget_early(struct channel *c)
{
	for (unsigned i = 0; c->early && i < c->config.receive_window; i++) {
		free(c->early[i]);
		c->early[i] = NULL;
	}
}

void channel_expect(struct channel *c, uint16_t ns)
{
	forget_early(c);
	c->st->nr = ns;
}

static void free_early(struct channel *c)
{
	forget_early(c);
	free(c->early);
	c->early = NULL;
}

int channel_configure(struct channel *c, const struct channel_config *config)
{
	struct channel_message **early =
		calloc(config->receive_window, sizeof(struct channel_message *));

	if (!early)
		return -ENOMEM;
	free_early(c);
	c->early = early;
	c->early_head = 0;
	c->config = *config;
	return 0;
}

int channel_init(struct channel *c, struct l2tp_channel_state *st,
		 const struct channel_config *config, const struct channel_ops *ops, void *arg,
		 struct timers *timers)
{
	*c = (struct channel){
		.st = st,
		.ops = ops,
		.arg = arg,
		.timers = timers,
		.acked = st->ns,
		.sent = st->ns,
		.cwnd = 1,
		.ssthresh = st->peer_window,
	};
	c->tail = &c->head;
	timer_init(&c->retransmit, timed_out, c);
	timer_init(&c->ack, send_ack, c);
	if (timer_reserve(timers, &c->retransmit) || timer_reserve(timers, &c->ack) ||
	    channel_configure(c, config)) {
		channel_free(c);
		return -ENOMEM;
	}
	return 0;
}

void channel_free(struct channel *c)
{
	channel_drop_all(c);
	timer_release(c->timers, &c->retransmit);
	timer_release(c->timers, &c->ack);
	free_early(c);
}
