// SPDX-License-Identifier: GPL-2.0-only
/*
 * LCP echoes (RFC 1661 5.8): the peer's are answered, our own tell whether it is still there and
 * how far away. One Echo-Request per interval; any Echo-Reply shows a live peer, and only the one
 * to the last request gives a time.
 */
#include "ppp/link.h"

#define ECHO_FAILURES 5

static uint32_t our_magic(const struct ppp *p)
{
	return p->lcp.want_magic ? p->lcp.magic : 0;
}

static void fire(void *arg)
{
	struct ppp *p = arg;
	struct echo *e = &p->echo;
	unsigned failures = p->config.echo_failures ? p->config.echo_failures : ECHO_FAILURES;
	uint8_t data[4];
	struct wbuf b = wbuf_of(data, sizeof(data));

	link_enter(p);
	e->recent.lost += e->waiting;
	if (e->waiting && ++e->unanswered >= failures) {
		link_fail(p, PPP_END_DEAD, "%u LCP echoes unanswered", e->unanswered);
	} else {
		wbuf_u32(&b, our_magic(p));
		e->waiting = true;
		e->sent_at = p->timers->now;
		e->sent++;
		link_set_timer(p, &e->timer, p->config.echo_interval);
		link_send(p, PPP_PROTO_LCP, PPP_ECHO_REQUEST, ++e->id, data, sizeof(data));
	}
	link_leave(p);
}

void echo_init(struct ppp *p)
{
	timer_init(&p->echo.timer, fire, p);
}

void echo_start(struct ppp *p)
{
	p->echo.waiting = false;
	p->echo.unanswered = 0;
	if (p->config.echo_interval && !p->echo.rejected)
		link_set_timer(p, &p->echo.timer, p->config.echo_interval);
}

void echo_stop(struct ppp *p)
{
	timer_cancel(p->timers, &p->echo.timer);
}

/* Magic number and the rest of the data; false: it is our own, come back, or none. */
static bool parse(const struct ppp *p, const struct ppp_packet *pk, struct rbuf *rest)
{
	uint32_t magic;

	*rest = rbuf_of(pk->data, pk->len);
	magic = rbuf_u32(rest);
	if (rest->short_read || (magic && magic == our_magic(p))) {
		log_debug(p->log, "discarded, %s",
			  rest->short_read ? "it has no magic number" : "it is our own");
		return false;
	}
	return true;
}

void echo_request(struct ppp *p, const struct ppp_packet *pk)
{
	uint8_t data[PPP_DEFAULT_MRU];
	struct wbuf b = wbuf_of(data, sizeof(data));
	struct rbuf rest;
	size_t len;

	if (!parse(p, pk, &rest))
		return;
	len = rbuf_left(&rest) < sizeof(data) - 4 ? rbuf_left(&rest) : sizeof(data) - 4;
	wbuf_u32(&b, our_magic(p));
	wbuf_bytes(&b, rest.p, len);
	link_send(p, PPP_PROTO_LCP, PPP_ECHO_REPLY, pk->id, data, wbuf_len(&b));
}

void echo_reply(struct ppp *p, const struct ppp_packet *pk)
{
	struct echo *e = &p->echo;
	struct rbuf rest;

	if (!parse(p, pk, &rest))
		return;
	e->unanswered = 0;
	if (!e->waiting || pk->id != e->id)
		return;
	e->waiting = false;
	e->answered++;
	e->rtt = (uint32_t)(p->timers->now - e->sent_at);
	if (!e->recent.answered || e->rtt < e->recent.rtt_min)
		e->recent.rtt_min = e->rtt;
	if (e->rtt > e->recent.rtt_max)
		e->recent.rtt_max = e->rtt;
	e->recent.rtt_sum += e->rtt;
	e->recent.answered++;
}

struct ppp_echoes ppp_take_echoes(struct ppp *p)
{
	struct ppp_echoes recent = {0};

	if (!p)
		return recent;
	recent = p->echo.recent;
	p->echo.recent = (struct ppp_echoes){0};
	return recent;
}
