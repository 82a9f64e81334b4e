// SPDX-License-Identifier: GPL-2.0-only
/* Samples of sessions and of their tunnels, see quality.h. Each has its own timer, so that ten thousand of them are not looked at in one go. */
#include "main/quality.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "main/call.h"
#include "main/relay.h"
#include "main/set.h"

#define SAMPLE_MS   10000
#define TUNNELS_MAX 1000 /* whose history is kept */

/* What all counters together say. */
struct traffic {
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, drops;
};

struct quality {
	struct call *call;
	struct history_entry *line;
	struct timer timer;
	uint64_t sampled;	    /* ms */
	struct history_sample last; /* since the one before */
	struct traffic before;
	struct history_copies copies; /* of a leg, all that there were */
};

/* What came in a tunnel is what came in its sessions; how long it was there, it says by itself. */
struct tunnel_quality {
	struct tunnel *t;
	struct history_entry *line;
	struct timer timer;
	uint64_t told; /* ms: up to when it has said so */
};

static uint32_t less(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

int quality_open(struct controller *c)
{
	const uint32_t lines = c->config->history.sessions;
	const uint32_t most[HISTORY_KINDS] = {[HISTORY_LINES] = lines,
					      [HISTORY_SETS] = less(lines, c->config->max_sets),
					      [HISTORY_TUNNELS] = less(lines, TUNNELS_MAX)};
	uint32_t seed;
	int err = 0;

	c->history = calloc(HISTORY_KINDS, sizeof(*c->history));
	if (!c->history)
		return -ENOMEM;
	controller_random(c, &seed, sizeof(seed));
	for (int kind = 0; !err && kind < HISTORY_KINDS; kind++)
		err = history_init(&c->history[kind], most[kind], seed);
	if (!err)
		history_file_open(c);
	return err;
}

void quality_close(struct controller *c)
{
	if (!c->history)
		return;
	history_file_close(c);
	for (int kind = 0; kind < HISTORY_KINDS; kind++)
		history_free(&c->history[kind]);
	free(c->history);
	c->history = NULL;
}

static void sum_up(const struct l2x_count counts[L2X_LEVELS], uint64_t *packets, uint64_t *bytes)
{
	for (int i = 0; i < L2X_LEVELS; i++) {
		*packets += counts[i].packets;
		*bytes += counts[i].bytes;
	}
}

/* A copy of a set's packet that was not needed is no loss. */
static void add_drops(const struct l2x_counters *counters, uint64_t *drops)
{
	for (int i = 0; i < L2X_REASON_COUNT; i++)
		if (i != L2X_DROP_DUPLICATE)
			*drops += counters->drops[i];
}

static struct traffic count_all(const struct l2x_counters *counters)
{
	struct traffic s = {0};

	sum_up(counters->rx, &s.rx_packets, &s.rx_bytes);
	sum_up(counters->tx, &s.tx_packets, &s.tx_bytes);
	add_drops(counters, &s.drops);
	return s;
}

/* CPUs are read one after the other: a sum may be a little ahead of the next one. */
static uint64_t grown(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static void add_to_tunnel(const struct tunnel *t, const struct history_sample *s)
{
	struct history_sample part = *s;

	part.seconds = 0;
	part.has_copies = false;
	if (t->quality)
		history_add(t->quality->line, (uint64_t)time(NULL), &part);
}

static uint32_t seconds_since(const struct controller *c, uint64_t then)
{
	const uint32_t seconds = (uint32_t)((c->timers.now - then + 500) / 1000);

	return seconds ? seconds : 1;
}

static void take(struct quality *q)
{
	struct controller *c = q->call->t->c;
	struct traffic was = q->before, now = was;
	struct history_sample *s = &q->last;
	struct ppp_echoes echoes = ppp_take_echoes(q->call->ppp);
	struct l2x_counters counters;

	if (!dataplane_session_counters(c->dp, q->call->key, &counters))
		now = count_all(&counters);
	*s = (struct history_sample){
		.seconds = seconds_since(c, q->sampled),
		.rx_packets = grown(now.rx_packets, was.rx_packets),
		.tx_packets = grown(now.tx_packets, was.tx_packets),
		.rx_bytes = grown(now.rx_bytes, was.rx_bytes),
		.tx_bytes = grown(now.tx_bytes, was.tx_bytes),
		.drops = grown(now.drops, was.drops),
		.echoes = echoes.answered + echoes.lost,
		.lost = echoes.lost,
		.rtt_min = echoes.rtt_min,
		.rtt_max = echoes.rtt_max,
		.rtt_sum = echoes.rtt_sum,
	};
	s->has_copies = quality_leg_copies(q->call, &q->copies, &s->copies);
	history_add(q->line, (uint64_t)time(NULL), s);
	add_to_tunnel(q->call->t, s);
	q->before = now;
	q->sampled = c->timers.now;
}

static void sample(void *arg)
{
	struct quality *q = arg;

	take(q);
	timer_set(&q->call->t->c->timers, &q->timer, SAMPLE_MS);
}

/* A login may hold any bytes; here it is text, in files and pages too. */
static void make_printable(char *name)
{
	json_t *o = json_string(name);

	for (char *p = name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f || (!o && (unsigned char)*p >= 0x80))
			*p = '?';
	json_decref(o);
}

struct history_entry *quality_line(struct controller *c, enum history_kind kind, const char *name)
{
	char text[HISTORY_NAME_MAX + 1];
	struct history_entry *line;

	snprintf(text, sizeof(text), "%s", name);
	make_printable(text);
	line = history_get(&c->history[kind], text);
	if (line)
		history_start(line);
	else
		log_debug(&c->log, "no room for a history of %s", text);
	return line;
}

void quality_line_end(struct controller *c, enum history_kind kind, struct history_entry *line)
{
	history_end(&c->history[kind], line, (uint64_t)time(NULL));
}

/* Those with a session. */
static void tunnel_seconds(struct tunnel_quality *q)
{
	const struct history_sample s = {.seconds = seconds_since(q->t->c, q->told)};

	if (!list_empty(&q->t->calls))
		history_add(q->line, (uint64_t)time(NULL), &s);
	q->told = q->t->c->timers.now;
}

static void sample_tunnel(void *arg)
{
	struct tunnel_quality *q = arg;

	tunnel_seconds(q);
	timer_set(&q->t->c->timers, &q->timer, SAMPLE_MS);
}

/* With its first session. One that `outgoing` dials has one, and that one's line. */
static void tunnel_start(struct tunnel *t)
{
	char name[HISTORY_NAME_MAX + 1];
	struct tunnel_quality *q;

	if (t->quality || t->outgoing)
		return;
	q = calloc(1, sizeof(*q));
	if (!q)
		return;
	if (t->relay)
		snprintf(name, sizeof(name), "%s", t->relay->config->name);
	else
		snprintf(name, sizeof(name), "%s/%s", t->incoming->name,
			 l2tp_tunnel_peer(t->l2tp)->host_name);
	q->t = t;
	q->line = quality_line(t->c, HISTORY_TUNNELS, name);
	if (!q->line) {
		free(q);
		return;
	}
	q->told = t->c->timers.now;
	timer_init(&q->timer, sample_tunnel, q);
	timer_set(&t->c->timers, &q->timer, SAMPLE_MS);
	t->quality = q;
}

void quality_tunnel_stop(struct tunnel *t)
{
	if (!t->quality)
		return;
	timer_cancel(&t->c->timers, &t->quality->timer);
	quality_line_end(t->c, HISTORY_TUNNELS, t->quality->line);
	free(t->quality);
	t->quality = NULL;
}

const char *quality_tunnel_line(const struct tunnel *t)
{
	return t->outgoing ? t->outgoing->config->name : t->quality ? t->quality->line->name : NULL;
}

/* Where nobody was asked for a login, who it is may be known by his number. */
static const char *user_of(const struct call *call)
{
	const char *number = l2tp_session_call(call->l2tp)->calling;

	if (call->user && *call->user)
		return call->user;
	return call->relayed && *number ? number : "anonymous";
}

/* Two legs of one login are two lines, and so are the halves of a relayed call. */
static void name_of(const struct call *call, char *name, size_t room)
{
	const struct call *caller = call->t->relay ? relayed_other(call) : call;

	if (call->t->outgoing)
		snprintf(name, room, "%s", call->t->outgoing->config->name);
	else if (call->set)
		snprintf(name, room, "%s/%s#%u", call->t->incoming->name, user_of(call),
			 call->leg_place);
	else
		snprintf(name, room, "%s/%s%s%s", caller->t->incoming->name, user_of(caller),
			 call->t->relay ? ">" : "",
			 call->t->relay ? call->t->relay->config->name : "");
}

/* What it has carried before it was relayed, it did under another name. */
static struct traffic traffic_before(const struct call *call)
{
	struct l2x_counters counters;

	if (!call->relayed || dataplane_session_counters(call->t->c->dp, call->key, &counters))
		return (struct traffic){0};
	return count_all(&counters);
}

void quality_leave_set(struct call *call)
{
	if (call->quality)
		take(call->quality);
}

/* What the data path has counted of the leg so far: nothing, unless it was one of this set before. */
void quality_join_set(struct call *call)
{
	struct history_copies none;

	if (!call->quality)
		return;
	call->quality->copies = (struct history_copies){0};
	quality_leg_copies(call, &call->quality->copies, &none);
}

void quality_start(struct call *call)
{
	struct controller *c = call->t->c;
	char name[HISTORY_NAME_MAX + 1];
	struct quality *q;

	q = calloc(1, sizeof(*q));
	if (!q)
		return;
	name_of(call, name, sizeof(name));
	q->call = call;
	q->before = traffic_before(call);
	q->line = quality_line(c, HISTORY_LINES, name);
	if (!q->line) {
		free(q);
		return;
	}
	tunnel_start(call->t);
	timer_init(&q->timer, sample, q);
	q->sampled = c->timers.now;
	call->quality = q;
	quality_join_set(call);
	timer_set(&c->timers, &q->timer, SAMPLE_MS);
}

static bool is_last(const struct call *call)
{
	return call->t->calls.next == call->t->calls.prev;
}

void quality_stop(struct call *call)
{
	struct quality *q = call->quality;

	if (!q)
		return;
	take(q);
	if (call->t->quality && is_last(call))
		tunnel_seconds(call->t->quality);
	quality_line_end(call->t->c, HISTORY_LINES, q->line);
	timer_cancel(&call->t->c->timers, &q->timer);
	free(q);
	call->quality = NULL;
}

const struct history_sample *quality_last(const struct call *call, const char **line)
{
	if (!call->quality)
		return NULL;
	*line = call->quality->line->name;
	return &call->quality->last;
}
