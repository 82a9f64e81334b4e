// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets and their legs on /metrics; docs/metrics.md has the names. A leg is called after its outgoing entry, or after the
 * incoming one and its place in the set, so that one that comes again has the same series. Of the sets, those that were made first are here, as many
 * as the configuration says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "main/set.h"
#include "main/web.h"

#define LEG_TEXT 64

/* Counters are asked for once a scrape. */
struct set_view {
	struct leg_set *set;
	struct dataplane_set_counters now;
	const struct dataplane_set_counters *then; /* some seconds ago, or NULL */
};

struct leg_value {
	struct call *call;
	const struct dataplane_leg_counters *now, *then;
	bool silent;
};

/* A number that came late after all is missing no more, but a counter does not go back. */
static uint64_t highest(uint64_t *told, uint64_t now)
{
	if (now > *told)
		*told = now;
	return *told;
}

static double leg_up(const struct leg_value *v)
{
	return v->call->ipv4.up || v->call->ipv6.up;
}

static double leg_silent(const struct leg_value *v)
{
	return v->silent;
}

static double leg_first(const struct leg_value *v)
{
	return (double)v->now->first;
}

static double leg_duplicate(const struct leg_value *v)
{
	return (double)(v->now->copies - v->now->first);
}

static double leg_late(const struct leg_value *v)
{
	return (double)v->now->late;
}

static double leg_missing(const struct leg_value *v)
{
	return (double)highest(&v->call->missing_told, v->now->missing);
}

/* Of the last seconds: -1 if there were no copies. */
static double leg_skew(const struct leg_value *v, double share)
{
	struct dataplane_leg_counters lately = *v->now;

	if (v->then) {
		lately.copies -= v->then->copies;
		lately.first -= v->then->first;
		for (int i = 0; i < L2X_SKEW_CLASSES; i++)
			lately.skew[i] -= v->then->skew[i];
	}
	return lately.copies ? set_skew_below(&lately, share) * SET_SKEW_UNIT : -1;
}

static double leg_skew_half(const struct leg_value *v)
{
	return leg_skew(v, 0.5);
}

static double leg_skew_most(const struct leg_value *v)
{
	return leg_skew(v, 0.99);
}

static const struct {
	const char *name, *type, *help;
	double (*value)(const struct leg_value *v);
	bool counted; /* needs numbers on the wire: of ha sets */
} of_legs[] = {
	{"l2x_leg_up", "gauge", "Whether the leg has a network protocol open.", leg_up, false},
	{"l2x_leg_silent", "gauge", "Whether packets of the set come on other legs only.",
	 leg_silent, true},
	{"l2x_leg_first_packets_total", "counter", "Copies that came before those of other legs.",
	 leg_first, true},
	{"l2x_leg_duplicate_packets_total", "counter", "Copies that came after another one.",
	 leg_duplicate, true},
	{"l2x_leg_late_packets_total", "counter",
	 "Of the first copies, those so late that they were duplicates.", leg_late, true},
	{"l2x_leg_missing_packets_total", "counter", "Packets of the set that did not come on it.",
	 leg_missing, true},
	{"l2x_leg_skew_half_seconds", "gauge",
	 "Half of the copies of the last seconds were less than this behind the first.",
	 leg_skew_half, true},
	{"l2x_leg_skew_most_seconds", "gauge",
	 "99 % of the copies of the last seconds were less than this behind the first.",
	 leg_skew_most, true},
};

static void leg_name(const struct call *call, char name[LEG_TEXT])
{
	if (call->t->outgoing)
		snprintf(name, LEG_TEXT, "%s", call->t->outgoing->config->name);
	else
		snprintf(name, LEG_TEXT, "%s#%u", call->t->incoming->name, call->leg_place);
}

static void leg_line(struct evbuffer *out, const struct leg_set *set, const char *metric,
		     const char *leg, double number)
{
	evbuffer_add_printf(out, "%s{set=\"", metric);
	web_add_label(out, set->name);
	evbuffer_add_printf(out, "\",leg=\"");
	web_add_label(out, leg);
	evbuffer_add_printf(out, "\"} %.17g\n", number);
}

/* Outgoing entries without a session. */
static void add_absent(struct evbuffer *out, const struct leg_set *set)
{
	struct list *i, *keep;

	list_for_each(i, keep, &set->c->outgoing) {
		const struct outgoing *o = list_item(i, struct outgoing, in_controller);

		if (o->config->set == set->config && !set_has_leg_of(set, o))
			leg_line(out, set, "l2x_leg_up", o->config->name, 0);
	}
}

static void add_legs_of(struct evbuffer *out, struct set_view *view, size_t metric)
{
	static const struct dataplane_leg_counters none;
	struct leg_set *set = view->set;
	struct list *i, *keep;

	list_for_each(i, keep, &set->legs) {
		struct call *call = list_item(i, struct call, in_set);
		struct leg_value v = {.call = call,
				      .now = set_leg_counters(&view->now, call),
				      .then = set_leg_counters(view->then, call)};
		char name[LEG_TEXT];
		double number;

		v.silent = leg_up(&v) && set_leg_is_silent(set, &view->now, view->then, call);
		if (!v.now)
			v.now = &none;
		number = of_legs[metric].value(&v);
		leg_name(call, name);
		if (number >= 0)
			leg_line(out, set, of_legs[metric].name, name, number);
	}
	if (of_legs[metric].value == leg_up)
		add_absent(out, set);
}

static double set_up(struct set_view *v)
{
	return v->set->carriers;
}

static double set_expected(struct set_view *v)
{
	return set_legs_expected(v->set);
}

static double set_lost(struct set_view *v)
{
	return (double)highest(&v->set->lost_told, v->now.lost);
}

#define SET_COUNT(member)                              \
	static double set_##member(struct set_view *v) \
	{                                              \
		return (double)v->now.member;          \
	}
SET_COUNT(sent)
SET_COUNT(unique)
SET_COUNT(duplicates)

static const struct {
	const char *name, *type, *help;
	double (*value)(struct set_view *v);
	bool counted;
} of_sets[] = {
	{"l2x_set_legs_up", "gauge", "Legs that carry packets.", set_up, false},
	{"l2x_set_legs_expected", "gauge",
	 "Legs that there should be: as many as are dialled, or were up at a time.", set_expected,
	 false},
	{"l2x_set_transmit_packets_total", "counter", "Packets sent, each once.", set_sent, true},
	{"l2x_set_unique_packets_total", "counter", "Packets that came, each once.", set_unique,
	 true},
	{"l2x_set_duplicate_packets_total", "counter", "Copies that were dropped.", set_duplicates,
	 true},
	{"l2x_set_lost_packets_total", "counter", "Packets that came on no leg.", set_lost, true},
};

static void add_set(struct evbuffer *out, struct set_view *view, size_t metric)
{
	evbuffer_add_printf(out, "%s{set=\"", of_sets[metric].name);
	web_add_label(out, view->set->name);
	evbuffer_add_printf(out, "\"} %.17g\n", of_sets[metric].value(view));
}

/* Two sets may be called alike, one of them after a login: the first one has the series. */
static bool is_hidden(const struct leg_set *set)
{
	for (const struct list *i = set->in_controller.prev; i != &set->c->sets; i = i->prev)
		if (!strcmp(list_item(i, const struct leg_set, in_controller)->name, set->name))
			return true;
	return false;
}

/* How many of the first sets there are to show; *omitted: beyond those. */
static size_t look(struct controller *c, struct set_view *views, uint32_t *omitted)
{
	struct list *i, *keep;
	uint32_t n = 0;
	size_t shown = 0;
	uint64_t age;

	list_for_each(i, keep, &c->sets) {
		struct leg_set *set = list_item(i, struct leg_set, in_controller);

		if (n++ >= c->config->http.metrics_sets || !views || is_hidden(set))
			continue;
		views[shown] = (struct set_view){.set = set, .then = set_sample(set, &age)};
		dataplane_set_counters(c->dp, set->id, &views[shown++].now);
	}
	*omitted = n - (uint32_t)shown;
	return shown;
}

static bool is_ha(const struct set_view *view)
{
	return view->set->config->kind == CONFIG_SET_HA;
}

void web_metrics_sets(struct controller *c, struct evbuffer *out)
{
	const size_t most = c->config->http.metrics_sets,
		     room = most < c->config->max_sets ? most : c->config->max_sets;
	struct set_view *views = calloc(room + 1, sizeof(*views));
	uint32_t omitted;
	size_t n = look(c, views, &omitted);

	web_metric_head(out, "l2x_sets_omitted", "gauge",
			"Sets without series of their own, see metrics-sets.");
	evbuffer_add_printf(out, "l2x_sets_omitted %u\n", omitted);
	for (size_t m = 0; m < sizeof(of_sets) / sizeof(of_sets[0]); m++) {
		web_metric_head(out, of_sets[m].name, of_sets[m].type, of_sets[m].help);
		for (size_t i = 0; i < n; i++)
			if (is_ha(&views[i]) || !of_sets[m].counted)
				add_set(out, &views[i], m);
	}
	for (size_t m = 0; m < sizeof(of_legs) / sizeof(of_legs[0]); m++) {
		web_metric_head(out, of_legs[m].name, of_legs[m].type, of_legs[m].help);
		for (size_t i = 0; i < n; i++)
			if (is_ha(&views[i]) || !of_legs[m].counted)
				add_legs_of(out, &views[i], m);
	}
	free(views);
}
