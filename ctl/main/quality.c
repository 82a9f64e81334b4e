// SPDX-License-Identifier: GPL-2.0-only
/* Samples of sessions, see quality.h. Each session has its own timer, so that ten thousand of them are not looked at in one go. */
#include "main/quality.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "main/call.h"

#define SAMPLE_MS 10000

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
};

const char *const quality_columns[] = {"time",	   "up",	 "echoes",     "lost",
				       "rtt_min",  "rtt_avg",	 "rtt_max",    "rx_bytes",
				       "tx_bytes", "rx_packets", "tx_packets", "drops",
				       NULL};

int quality_open(struct controller *c)
{
	uint32_t seed;
	int err;

	c->history = calloc(1, sizeof(*c->history));
	if (!c->history)
		return -ENOMEM;
	controller_random(c, &seed, sizeof(seed));
	err = history_init(c->history, c->config->history.sessions, seed);
	if (!err)
		history_file_open(c);
	return err;
}

void quality_close(struct controller *c)
{
	if (!c->history)
		return;
	history_file_close(c);
	history_free(c->history);
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

static void add_drops(const struct l2x_counters *counters, uint64_t *drops)
{
	for (int i = 0; i < L2X_REASON_COUNT; i++)
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
		.seconds = (uint32_t)((c->timers.now - q->sampled + 500) / 1000),
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
	history_add(q->line, (uint64_t)time(NULL), s);
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

static void name_of(const struct call *call, char *name, size_t room)
{
	if (call->t->outgoing)
		snprintf(name, room, "%s", call->t->outgoing->config->name);
	else
		snprintf(name, room, "%s/%s", call->t->incoming->name,
			 call->user && *call->user ? call->user : "anonymous");
	make_printable(name);
}

void quality_start(struct call *call)
{
	struct controller *c = call->t->c;
	char name[HISTORY_NAME_MAX + 1];
	struct quality *q;

	name_of(call, name, sizeof(name));
	q = calloc(1, sizeof(*q));
	if (!q)
		return;
	q->call = call;
	q->line = history_get(c->history, name);
	if (!q->line) {
		log_debug(&call->log, "no room for a history of %s", name);
		free(q);
		return;
	}
	timer_init(&q->timer, sample, q);
	q->sampled = c->timers.now;
	history_start(q->line);
	call->quality = q;
	timer_set(&c->timers, &q->timer, SAMPLE_MS);
}

void quality_stop(struct call *call)
{
	struct quality *q = call->quality;

	if (!q)
		return;
	take(q);
	history_end(call->t->c->history, q->line, (uint64_t)time(NULL));
	timer_cancel(&call->t->c->timers, &q->timer);
	free(q);
	call->quality = NULL;
}

static json_t *ms(uint16_t tenths)
{
	return tenths == HISTORY_NO_RTT ? json_null() : json_real(tenths / 10.0);
}

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

json_t *quality_json(const struct call *call)
{
	const struct quality *q = call->quality;
	const struct history_sample *s = q ? &q->last : NULL;
	const uint32_t answered = s ? s->echoes - s->lost : 0;
	json_t *o;

	if (!s || !s->seconds)
		return json_null();
	o = json_pack("{s:s, s:i, s:i, s:i}", "line", q->line->name, "seconds", (int)s->seconds,
		      "echoes", (int)s->echoes, "lost", (int)s->lost);
	json_object_set_new(o, "rtt_min_ms", answered ? count(s->rtt_min) : json_null());
	json_object_set_new(o, "rtt_avg_ms",
			    answered ? json_real((double)s->rtt_sum / answered) : json_null());
	json_object_set_new(o, "rtt_max_ms", answered ? count(s->rtt_max) : json_null());
	json_object_set_new(o, "rx_bits_per_s", count(s->rx_bytes * 8 / s->seconds));
	json_object_set_new(o, "tx_bits_per_s", count(s->tx_bytes * 8 / s->seconds));
	return o;
}

static json_t *slot_json(const struct history_slot *s, uint64_t began)
{
	json_t *row = json_array();

	json_array_append_new(row, count(began));
	json_array_append_new(row, count(s->up));
	json_array_append_new(row, count(s->echoes));
	json_array_append_new(row, count(s->lost));
	json_array_append_new(row, ms(s->rtt_min));
	json_array_append_new(row, ms(s->rtt_avg));
	json_array_append_new(row, ms(s->rtt_max));
	json_array_append_new(row, count(history_bytes(s->rx_units)));
	json_array_append_new(row, count(history_bytes(s->tx_units)));
	json_array_append_new(row, count(s->rx_packets));
	json_array_append_new(row, count(s->tx_packets));
	json_array_append_new(row, count(s->drops));
	return row;
}

json_t *quality_history(const struct controller *c, const char *name)
{
	const struct history_entry *e = history_find(c->history, name);
	json_t *columns = json_array(), *slots = json_array();
	uint64_t began;

	for (size_t i = 0; e && quality_columns[i]; i++)
		json_array_append_new(columns, json_string(quality_columns[i]));
	for (unsigned i = 0; e && i < e->count; i++) {
		const struct history_slot *s = history_slot(e, i, &began);

		if (s->up)
			json_array_append_new(slots, slot_json(s, began));
	}
	if (!e) {
		json_decref(columns);
		json_decref(slots);
		return NULL;
	}
	return json_pack("{s:b, s:s, s:b, s:i, s:o, s:o}", "ok", 1, "name", e->name, "up",
			 e->live > 0, "seconds", HISTORY_STEP, "columns", columns, "slots", slots);
}
