// SPDX-License-Identifier: GPL-2.0-only
/* Two PPP links on one virtual line, see ppp_pair.h. */
#include "ppp_pair.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static struct in_addr ip(const char *text)
{
	return (struct in_addr){.s_addr = inet_addr(text)};
}

uint32_t pair_random(struct pair *p)
{
	uint64_t x = p->random; /* xorshift64* */

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	p->random = x;
	return (uint32_t)((x * 0x2545f4914f6cdd1dULL) >> 32);
}

static void fill(void *owner, void *buf, size_t len)
{
	struct end *e = owner;
	uint8_t *b = buf;

	for (size_t i = 0; i < len; i++)
		b[i] = (uint8_t)pair_random(e->pair);
}

static void put(struct pair *p, int to, const uint8_t *frame, size_t len)
{
	struct frame *f;
	uint8_t *d;

	if (p->count == PAIR_FRAMES)
		abort();
	f = &p->frames[p->count++];
	d = f->data;
	if (p->ff03) {
		*d++ = 0xff;
		*d++ = 0x03;
	}
	if (p->compressed && len >= 2 && !frame[0]) {
		frame++;
		len--;
	}
	memcpy(d, frame, len);
	f->len = len + (size_t)(d - f->data);
	f->to = to;
	f->order = p->order++;
	f->at = p->timers.now + p->delay + (p->jitter ? pair_random(p) % p->jitter : 0);
}

static void send_frame(void *owner, const uint8_t *frame, size_t len)
{
	struct end *e = owner;
	struct pair *p = e->pair;
	int from = e == &p->end[1];

	e->sent++;
	e->last_len = len;
	memcpy(e->last, frame, len);
	if (p->on_line)
		p->on_line(p, from, frame, len);
	if (p->cut || (p->filter && !p->filter(p, from, frame, len)))
		return;
	if (p->loss && pair_random(p) % 100 < p->loss)
		return;
	put(p, p->looped ? from : !from, frame, len);
	if (p->twice && pair_random(p) % 100 < p->twice)
		put(p, p->looped ? from : !from, frame, len);
}

static void authorise(void *owner, const struct ppp_login *login)
{
	struct end *e = owner;

	e->asked++;
	e->again += login->again;
	e->last_good =
		!e->name || (!strcmp(e->name, login->name) && ppp_login_verify(login, e->secret));
	strcpy(e->last_name, login->name);
	if (e->late)
		return;
	if (e->last_good)
		ppp_accept(e->ppp, &e->given, "welcome");
	else
		ppp_refuse(e->ppp, "who are you");
}

static void ipv4_up(void *owner, const struct ppp_ipv4 *a)
{
	struct end *e = owner;

	if (e->up4)
		abort();
	e->up4 = true;
	e->ups4++;
	e->ip4 = *a;
}

static void ipv4_down(void *owner)
{
	struct end *e = owner;

	if (!e->up4)
		abort();
	e->up4 = false;
	e->downs4++;
}

static void ipv6_up(void *owner, const struct ppp_ipv6 *a)
{
	struct end *e = owner;

	if (e->up6)
		abort();
	e->up6 = true;
	e->ups6++;
	e->ip6 = *a;
}

static void ipv6_down(void *owner)
{
	struct end *e = owner;

	if (!e->up6)
		abort();
	e->up6 = false;
	e->downs6++;
}

static void ended(void *owner, const struct ppp_end *why)
{
	struct end *e = owner;

	/* *_down come before. */
	if (e->up4 || e->up6)
		abort();
	e->ends++;
	e->why = *why;
	if (e->on_end_free) {
		ppp_free(e->ppp);
		e->ppp = NULL;
	}
}

static const struct ppp_ops ops = {
	.send = send_frame,
	.authorise = authorise,
	.ipv4_up = ipv4_up,
	.ipv4_down = ipv4_down,
	.ipv6_up = ipv6_up,
	.ipv6_down = ipv6_down,
	.ended = ended,
};

static const struct ppp_ops ops_without_authorise = {
	.send = send_frame,
	.ipv4_up = ipv4_up,
	.ipv4_down = ipv4_down,
	.ipv6_up = ipv6_up,
	.ipv6_down = ipv6_down,
	.ended = ended,
};

void pair_demand(struct end *e, unsigned methods)
{
	unsigned count = 0;

	memset(e->config.demand, 0, sizeof(e->config.demand));
	for (uint8_t m = PPP_AUTH_MSCHAPV2; m; m--)
		if (methods & PPP_AUTH_BIT(m))
			e->config.demand[count++] = m;
}

void pair_init(struct pair *p, uint64_t seed)
{
	struct end *lns = &p->end[0], *lac = &p->end[1];

	memset(p, 0, sizeof(*p));
	p->random = seed * 0x9e3779b97f4a7c15ULL + 1;
	p->delay = 10;
	timers_init(&p->timers, 1000000);
	logger_init(&p->log, NULL, LOG_LEVEL_ERROR, "ppp");
	if (getenv("PPP_DEBUG"))
		logger_init(&p->log, &log_stderr, LOG_LEVEL_DEBUG, "ppp");

	pair_demand(lns, PPP_AUTH_BIT(PPP_AUTH_CHAP_MD5) | PPP_AUTH_BIT(PPP_AUTH_PAP));
	lns->config.mru = 1460;
	lns->config.host_name = "lns";
	lns->authorise = true;
	lns->name = "alice";
	lns->secret = "wonderland";
	lns->given = (struct ppp_addresses){
		.ipv4 = true,
		.ipv6 = true,
		.local = ip("10.0.0.1"),
		.remote = ip("10.0.0.2"),
		.dns = {ip("10.0.0.53"), ip("10.0.1.53")},
		.interface_id = {0, 0, 0, 0, 0, 0, 0, 1},
	};

	lac->config.offer = PPP_AUTH_ALL;
	lac->config.mru = 1460;
	lac->config.username = "alice";
	lac->config.password = "wonderland";
	lac->config.net = (struct ppp_addresses){.ipv4 = true, .ipv6 = true, .want_dns = true};
}

void pair_make(struct pair *p, int which)
{
	struct end *e = &p->end[which];

	e->pair = p;
	e->ppp = ppp_new(&e->config, e->authorise ? &ops : &ops_without_authorise, e, &p->timers,
			 fill, &p->log);
	if (!e->ppp)
		abort();
}

void pair_open(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		pair_make(p, i);
		ppp_open(p->end[i].ppp);
	}
}

void pair_free(struct pair *p)
{
	ppp_free(p->end[0].ppp);
	ppp_free(p->end[1].ppp);
	/* A freed link leaves no timer behind. */
	if (timers_next(&p->timers) != UINT64_MAX)
		abort();
	timers_free(&p->timers);
}

void pair_input(struct pair *p, int to, const uint8_t *frame, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1); /* so that a sanitizer sees each step beyond it */

	if (!copy)
		abort();
	memcpy(copy, frame, len);
	if (p->end[to].ppp)
		ppp_input(p->end[to].ppp, copy, len);
	free(copy);
}

static struct frame *first_frame(struct pair *p)
{
	struct frame *first = NULL;

	for (size_t i = 0; i < p->count; i++) {
		struct frame *f = &p->frames[i];

		if (!first || f->at < first->at || (f->at == first->at && f->order < first->order))
			first = f;
	}
	return first;
}

/* The next thing that happens up to then; false: nothing does. */
static bool step(struct pair *p, uint64_t then)
{
	struct frame *f = first_frame(p), arrived;
	uint64_t timer = timers_next(&p->timers);

	if (f && f->at <= then && f->at <= timer) {
		arrived = *f;
		*f = p->frames[--p->count];
		if (arrived.at > p->timers.now)
			p->timers.now = arrived.at;
		pair_input(p, arrived.to, arrived.data, arrived.len);
		return true;
	}
	if (timer > then)
		return false;
	timers_run(&p->timers, timer);
	return true;
}

void pair_run(struct pair *p, uint64_t ms)
{
	uint64_t then = p->timers.now + ms;

	while (step(p, then))
		;
	timers_run(&p->timers, then);
}

bool pair_until(struct pair *p, bool (*holds)(const struct pair *p), uint64_t ms)
{
	uint64_t then = p->timers.now + ms;

	while (!holds(p))
		if (!step(p, then))
			return false;
	return true;
}

bool pair_up4(const struct pair *p)
{
	return p->end[0].up4 && p->end[1].up4;
}

bool pair_up(const struct pair *p)
{
	return pair_up4(p) && p->end[0].up6 && p->end[1].up6;
}

bool pair_ended(const struct pair *p)
{
	return p->end[0].ends && p->end[1].ends;
}
