// SPDX-License-Identifier: GPL-2.0-only
/* Histories as answers: columns and a row for each slot, which CSV, graphs and `l2x show history` are made of. */
#include "main/call.h"
#include "main/quality.h"

static json_t *ms(uint16_t tenths)
{
	return tenths == HISTORY_NONE ? json_null() : json_real(tenths / 10.0);
}

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *packed(uint16_t n)
{
	return n == HISTORY_NONE ? json_null() : count(history_unpack(n));
}

json_t *quality_json(const struct call *call)
{
	const char *line = NULL;
	const struct history_sample *s = quality_last(call, &line);
	const uint32_t answered = s ? s->echoes - s->lost : 0;
	json_t *o;

	if (!s || !s->seconds)
		return json_null();
	o = json_pack("{s:s, s:i, s:i, s:i}", "line", line, "seconds", (int)s->seconds, "echoes",
		      (int)s->echoes, "lost", (int)s->lost);
	json_object_set_new(o, "rtt_min_ms", answered ? count(s->rtt_min) : json_null());
	json_object_set_new(o, "rtt_avg_ms",
			    answered ? json_real((double)s->rtt_sum / answered) : json_null());
	json_object_set_new(o, "rtt_max_ms", answered ? count(s->rtt_max) : json_null());
	json_object_set_new(o, "rx_bits_per_s", count(s->rx_bytes * 8 / s->seconds));
	json_object_set_new(o, "tx_bits_per_s", count(s->tx_bytes * 8 / s->seconds));
	return o;
}

#define PACKED(member)                                           \
	static json_t *member##_of(const struct history_slot *s) \
	{                                                        \
		return packed(s->member);                        \
	}
PACKED(rx_packets)
PACKED(tx_packets)
PACKED(rx_bytes)
PACKED(tx_bytes)
PACKED(echoes)
PACKED(lost)
PACKED(drops)
PACKED(duplicates)
PACKED(missing)

#define MS(member)                                               \
	static json_t *member##_of(const struct history_slot *s) \
	{                                                        \
		return ms(s->member);                            \
	}
MS(rtt_min)
MS(rtt_avg)
MS(rtt_max)

static json_t *up_of(const struct history_slot *s)
{
	return count(s->up);
}

/* Nothing is behind where nothing came. */
static bool has_skew(const struct history_slot *s)
{
	return s->missing != HISTORY_NONE && s->rx_packets;
}

static json_t *skew_half_of(const struct history_slot *s)
{
	return has_skew(s) ? count(history_skew_half(s)) : json_null();
}

static json_t *skew_most_of(const struct history_slot *s)
{
	return has_skew(s) ? count(history_skew_most(s)) : json_null();
}

struct column {
	const char *name;
	json_t *(*value)(const struct history_slot *s);
};

#define SESSIONS                                                                             \
	{"up", up_of}, {"echoes", echoes_of}, {"lost", lost_of}, {"rtt_min", rtt_min_of},    \
		{"rtt_avg", rtt_avg_of}, {"rtt_max", rtt_max_of}, {"rx_bytes", rx_bytes_of}, \
		{"tx_bytes", tx_bytes_of}, {"rx_packets", rx_packets_of},                    \
		{"tx_packets", tx_packets_of},                                               \
	{                                                                                    \
		"drops", drops_of                                                            \
	}

/* Behind the slot's time. A set's receive counters hold each packet once. */
static const struct column columns[HISTORY_KINDS][16] = {
	[HISTORY_LINES] = {SESSIONS,
			   {"duplicates", duplicates_of},
			   {"missing", missing_of},
			   {"skew_half", skew_half_of},
			   {"skew_most", skew_most_of}},
	[HISTORY_TUNNELS] = {SESSIONS},
	[HISTORY_SETS] = {{"up", up_of},
			  {"sent", tx_packets_of},
			  {"unique", rx_packets_of},
			  {"duplicates", duplicates_of},
			  {"lost", missing_of}},
};

const char *const quality_kinds[HISTORY_KINDS] = {
	[HISTORY_LINES] = "line", [HISTORY_SETS] = "set", [HISTORY_TUNNELS] = "tunnel"};

static json_t *names(const struct column *c)
{
	json_t *a = json_array();

	json_array_append_new(a, json_string("time"));
	for (; c->name; c++)
		json_array_append_new(a, json_string(c->name));
	return a;
}

static json_t *row(const struct column *c, const struct history_slot *s, uint64_t began)
{
	json_t *a = json_array();

	json_array_append_new(a, count(began));
	for (; c->name; c++)
		json_array_append_new(a, c->value(s));
	return a;
}

json_t *quality_history(const struct controller *c, enum history_kind kind, const char *name)
{
	const struct history_entry *e = history_find(&c->history[kind], name);
	json_t *slots;
	uint64_t began;

	/* A tunnel that we dial has one session. */
	if (!e && kind == HISTORY_TUNNELS)
		e = history_find(&c->history[HISTORY_LINES], name);
	if (!e)
		return NULL;
	slots = json_array();
	for (unsigned i = 0; i < e->count; i++) {
		const struct history_slot *s = history_slot(e, i, &began);

		if (s->up)
			json_array_append_new(slots, row(columns[kind], s, began));
	}
	return json_pack("{s:b, s:s, s:s, s:b, s:i, s:o, s:o}", "ok", 1, "kind",
			 quality_kinds[kind], "name", e->name, "up", e->live > 0, "seconds",
			 HISTORY_STEP, "columns", names(columns[kind]), "slots", slots);
}
