// SPDX-License-Identifier: GPL-2.0-only
/* Two L2TP ends and a bad link, see l2tp_pair.h. */
#include "l2tp_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct packet {
	struct packet *next;
	struct timer timer;
	struct side *to;
	struct udp_path path; /* as the receiver sees it */
	size_t len;
	uint8_t bytes[];
};

/* xorshift64*: the same seed, the same run */
static uint64_t next_random(struct pair *p)
{
	p->random ^= p->random >> 12;
	p->random ^= p->random << 25;
	p->random ^= p->random >> 27;
	return p->random * 0x2545f4914f6cdd1dULL >> 16;
}

static bool chance(struct pair *p, unsigned percent)
{
	return percent && next_random(p) % 100 < percent;
}

static void fill_random(void *owner, void *buf, size_t len)
{
	struct side *s = owner;

	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = (uint8_t)next_random(s->pair);
}

static struct side *other(struct side *s)
{
	return &s->pair->side[s == &s->pair->side[0]];
}

static void arrive(void *arg)
{
	struct packet *pkt = arg, **p = &pkt->to->pair->packets;

	while (*p != pkt)
		p = &(*p)->next;
	*p = pkt->next;
	if (!pkt->to->dead)
		l2tp_input(pkt->to->l2tp, &pkt->path, pkt->bytes, pkt->len);
	free(pkt);
}

static void post(struct side *to, const struct udp_path *from, const uint8_t *msg, size_t len,
		 uint64_t delay)
{
	struct packet *pkt = malloc(sizeof(*pkt) + len);

	pkt->to = to;
	pkt->path = (struct udp_path){.local = from->peer, .peer = from->local};
	pkt->len = len;
	memcpy(pkt->bytes, msg, len);
	pkt->next = to->pair->packets;
	to->pair->packets = pkt;
	timer_init(&pkt->timer, arrive, pkt);
	timer_set(&to->pair->timers, &pkt->timer, delay);
}

static void record(struct tape *t, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	unsigned i = t->count % TAPE_MAX;

	if (len < 20 || len > sizeof(t->msg[i].bytes)) {
		t->zlbs++;
		return;
	}
	t->count++;
	t->msg[i].type = (uint16_t)(msg[18] << 8 | msg[19]);
	t->msg[i].ns = (uint16_t)(msg[8] << 8 | msg[9]);
	t->msg[i].nr = (uint16_t)(msg[10] << 8 | msg[11]);
	t->msg[i].path = *path;
	t->msg[i].len = len;
	memcpy(t->msg[i].bytes, msg, len);
}

static void on_send(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	struct side *s = owner;
	struct udp_path from = *path;
	struct pair *p = s->pair;

	if (s->port)
		from.local.port = s->port;
	s->sent++;
	s->last_sent = p->timers.now;
	if (s->tape)
		record(s->tape, path, msg, len);
	if (s->dead || s->mute || (s->filter && !s->filter(s, msg, len)) || chance(p, p->loss))
		return;
	do
		post(other(s), &from, msg, len, 1 + (p->jitter ? next_random(p) % p->jitter : 0));
	while (chance(p, p->duplicates));
}

static void after(struct side *s, const char *event)
{
	if (s->after)
		s->after(s, event);
}

static void on_tunnel_request(void *owner, struct l2tp_tunnel *t, const struct l2tp_peer_info *peer)
{
	struct side *s = owner;

	s->tunnel_requests++;
	s->tunnel = t;
	s->peer = *peer;
	if (s->tunnel_policy == PAIR_ACCEPT)
		l2tp_tunnel_accept(t, &s->params, &s->pair->log, s);
	else if (s->tunnel_policy == PAIR_REFUSE)
		l2tp_tunnel_reject(t, L2TP_STOP_NOT_AUTHORISED, 0, "not you");
	else
		s->held_tunnel = t;
	after(s, "tunnel_request");
}

static void on_tunnel_up(void *owner, struct l2tp_tunnel *t)
{
	struct side *s = owner;

	s->tunnel = t;
	s->tunnels_up++;
	after(s, "tunnel_up");
}

static void on_tunnel_down(void *owner, struct l2tp_tunnel *t, const struct l2tp_end *why)
{
	struct side *s = owner;

	if (s->tunnel == t)
		s->tunnel = NULL;
	s->tunnels_down++;
	s->tunnel_end = *why;
	after(s, "tunnel_down");
}

static void on_session_request(void *owner, struct l2tp_session *session)
{
	struct side *s = owner;

	s->session_requests++;
	s->session = session;
	s->asked = *l2tp_session_call(session);
	if (s->session_policy == PAIR_ACCEPT)
		l2tp_session_accept(session, &s->pair->log, s);
	else if (s->session_policy == PAIR_REFUSE)
		l2tp_session_close(session, L2TP_CDN_ADMIN, 0, "no calls today");
	else
		s->held_session = session;
	after(s, "session_request");
}

static void on_session_up(void *owner, struct l2tp_session *session)
{
	struct side *s = owner;

	s->session = session;
	s->sessions_up++;
	s->call = *l2tp_session_call(session);
	s->had_proxy = s->call.proxy;
	if (s->had_proxy)
		s->proxy = *s->call.proxy;
	s->call.proxy = NULL;
	after(s, "session_up");
}

static void on_session_notice(void *owner, struct l2tp_session *session, enum l2tp_notice notice)
{
	struct side *s = owner;

	(void)notice;
	s->notices++;
	s->noticed = *l2tp_session_call(session);
}

static void on_session_down(void *owner, struct l2tp_session *session, const struct l2tp_end *why)
{
	struct side *s = owner;

	if (s->session == session)
		s->session = NULL;
	s->sessions_down++;
	s->session_end = *why;
	after(s, "session_down");
}

static const struct l2tp_ops ops = {
	.send = on_send,
	.tunnel_request = on_tunnel_request,
	.tunnel_up = on_tunnel_up,
	.tunnel_down = on_tunnel_down,
	.session_request = on_session_request,
	.session_up = on_session_up,
	.session_notice = on_session_notice,
	.session_down = on_session_down,
};

static void keep_line(const struct log_sink *sink, enum log_level level, const struct logger *from,
		      const char *text)
{
	struct pair *p = sink->arg;
	size_t need = strlen(from->name) + strlen(text) + 16;

	if (p->text_len + need > p->text_room) {
		p->text_room = 2 * (p->text_room + need);
		p->text = realloc(p->text, p->text_room);
	}
	p->text_len += (size_t)sprintf(p->text + p->text_len, "%s %s: %s\n", log_level_name(level),
				       from->name, text);
}

static struct endpoint endpoint_of(const char *ip)
{
	struct endpoint e = {.port = 1701};

	ip_addr_parse(&e.ip, ip);
	return e;
}

void pair_limit(struct side *s, struct l2tp_limits limits)
{
	struct l2tp_setup setup = {
		.ops = &ops,
		.owner = s,
		.timers = &s->pair->timers,
		.log = &s->pair->log,
		.random = fill_random,
		.limits = limits,
	};

	l2tp_free(s->l2tp);
	s->l2tp = l2tp_new(&setup);
}

void pair_init(struct pair *p, uint64_t seed)
{
	struct endpoint ends[2] = {endpoint_of("192.0.2.1"), endpoint_of("192.0.2.2")};

	*p = (struct pair){.random = seed * 2 + 1};
	timers_init(&p->timers, 1000000);
	p->sink = (struct log_sink){.write = keep_line, .arg = p};
	logger_init(&p->log, &p->sink, LOG_LEVEL_INFO, "l2tp");
	for (int i = 0; i < 2; i++) {
		struct side *s = &p->side[i];

		s->pair = p;
		s->path = (struct udp_path){.local = ends[i], .peer = ends[!i]};
		strcpy(s->params.host_name, i ? "lns" : "lac");
		pair_limit(s, (struct l2tp_limits){0});
	}
}

void pair_free(struct pair *p)
{
	struct packet *pkt;

	while ((pkt = p->packets)) {
		p->packets = pkt->next;
		timer_cancel(&p->timers, &pkt->timer);
		free(pkt);
	}
	l2tp_free(p->side[0].l2tp);
	l2tp_free(p->side[1].l2tp);
	timers_free(&p->timers);
	free(p->text);
}

void pair_run(struct pair *p, uint64_t ms)
{
	static const unsigned never;

	pair_until(p, &never, 1, ms);
}

bool pair_until(struct pair *p, const unsigned *counter, unsigned n, uint64_t ms)
{
	uint64_t end = p->timers.now + ms;

	while (*counter < n && timers_next(&p->timers) <= end)
		timers_run(&p->timers, timers_next(&p->timers));
	if (*counter >= n)
		return true;
	timers_run(&p->timers, end);
	return false;
}

void pair_inject(struct side *to, const uint8_t *msg, size_t len)
{
	struct udp_path path = {.local = to->path.local, .peer = to->path.peer};

	l2tp_input(to->l2tp, &path, msg, len);
}

struct l2tp_tunnel *pair_dial(struct side *from, const struct l2tp_params *params)
{
	from->tunnel = l2tp_tunnel_dial(from->l2tp, &from->path, params, &from->pair->log, from);
	from->tunnels_dialled += from->tunnel != NULL;
	return from->tunnel;
}

struct l2tp_session *pair_call(struct side *from, struct l2tp_tunnel *t)
{
	static const struct l2tp_call_info call = {
		.tx_speed = 10000000,
		.rx_speed = 1000000,
		.calling = "+441234567890",
		.called = "08456",
	};

	from->session = l2tp_session_dial(t, &call, &from->pair->log, from);
	from->sessions_dialled += from->session != NULL;
	return from->session;
}

void pair_connect(struct pair *p, bool session)
{
	struct side *lac = &p->side[0], *lns = &p->side[1];

	pair_dial(lac, &lac->params);
	if (session)
		pair_call(lac, lac->tunnel);
	if (!pair_until(p, session ? &lns->sessions_up : &lns->tunnels_up, 1, 60000)) {
		fprintf(stderr, "pair_connect: not connected\n%s", p->text ? p->text : "");
		abort();
	}
	pair_run(p, 100);
}
