// SPDX-License-Identifier: GPL-2.0-only
/* Sets in the answer to `l2x status`, as docs/l2x.8 describes them. */
#include "main/set.h"

#define LOSSY 1.0 /* percent */

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? (double)part * 100 / (double)whole : 0;
}

/* The timers' time is when they last ran; a copy may have come since. */
static json_t *silent_ms(uint64_t now, uint64_t last)
{
	return json_integer((json_int_t)(now > last ? now - last : 0));
}

/* Units are nearly milliseconds. */
static json_t *skew_json(const struct dataplane_leg_counters *leg)
{
	json_t *classes = json_array();

	for (int i = 0; i < L2X_SKEW_CLASSES; i++)
		if (leg->skew[i])
			json_array_append_new(classes,
					      json_pack("{s:i, s:I}", "below_ms", 1 << i, "packets",
							(json_int_t)leg->skew[i]));
	return json_pack("{s:o, s:o, s:o}", "half_below_ms", json_integer(set_skew_below(leg, 0.5)),
			 "most_below_ms", json_integer(set_skew_below(leg, 0.99)), "classes",
			 classes);
}

/* What came since then, if the leg is as old as that. */
static json_t *recent_json(const struct dataplane_leg_counters *now,
			   const struct dataplane_leg_counters *then, double *loss)
{
	uint64_t copies = now->copies - then->copies, first = now->first - then->first;
	uint64_t missing = now->missing > then->missing ? now->missing - then->missing : 0;

	*loss = percent(missing, copies + missing);
	return json_pack("{s:I, s:I, s:I, s:f}", "first", (json_int_t)first, "duplicate",
			 (json_int_t)(copies - first), "missing", (json_int_t)missing,
			 "loss_percent", *loss);
}

static json_t *recent_set_json(const struct dataplane_set_counters *now,
			       const struct dataplane_set_counters *then)
{
	uint64_t expected, lost;

	if (!then)
		return json_null();
	expected = now->expected - then->expected;
	lost = now->lost > then->lost ? now->lost - then->lost : 0;
	return json_pack("{s:I, s:I, s:f}", "expected", (json_int_t)expected, "lost",
			 (json_int_t)lost, "loss_percent", percent(lost, expected));
}

static const char *leg_state(const struct call *call, double loss)
{
	if (!call->ipv4.up && !call->ipv6.up)
		return "down";
	return loss >= 100 ? "silent" : loss >= LOSSY ? "lossy" : "up";
}

static json_t *leg_json(const struct leg_set *set, const struct call *call,
			const struct dataplane_set_counters *now,
			const struct dataplane_set_counters *then)
{
	static const struct dataplane_leg_counters nothing;
	const struct dataplane_leg_counters *a = set_leg_counters(then, call),
					    *b = set_leg_counters(now, call);
	double loss = 0;
	json_t *recent, *o;

	if (!b)
		b = &nothing;
	recent = set->config->kind == CONFIG_SET_HA && a ? recent_json(b, a, &loss) : json_null();
	o = json_pack("{s:s, s:s, s:s, s:i}", "session", call->log.name, "tunnel",
		      call->t->log.name, "state", leg_state(call, loss), "mtu", (int)call->mtu);
	if (set->config->kind == CONFIG_SET_HA) {
		json_object_set_new(o, "first", json_integer((json_int_t)b->first));
		json_object_set_new(o, "duplicate",
				    json_integer((json_int_t)(b->copies - b->first)));
		json_object_set_new(o, "late", json_integer((json_int_t)b->late));
		json_object_set_new(o, "missing", json_integer((json_int_t)b->missing));
		json_object_set_new(o, "loss_percent",
				    json_real(percent(b->missing, b->copies + b->missing)));
		json_object_set_new(o, "silent_ms",
				    b->last ? silent_ms(call->t->c->timers.now, b->last)
					    : json_null());
		json_object_set_new(o, "skew", skew_json(b));
	}
	json_object_set_new(o, "recent", recent);
	return o;
}

/* Legs that we dial and that are not there. */
static void add_waiting(const struct leg_set *set, json_t *legs)
{
	struct list *i, *keep;

	list_for_each(i, keep, &set->c->outgoing) {
		const struct outgoing *o = list_item(i, struct outgoing, in_controller);

		if (o->config->set == set->config && !set_has_leg_of(set, o))
			json_array_append_new(legs, json_pack("{s:s, s:s}", "session",
							      o->config->name, "state", "down"));
	}
}

static json_t *set_json(const struct leg_set *set)
{
	const bool ha = set->config->kind == CONFIG_SET_HA;
	struct dataplane_set_counters now = {0};
	uint64_t age = 0;
	const struct dataplane_set_counters *then = set_sample(set, &age);
	json_t *legs = json_array(), *o;
	struct list *i, *keep;

	dataplane_set_counters(set->c->dp, set->id, &now);
	list_for_each(i, keep, (struct list *)&set->legs)
		json_array_append_new(legs,
				      leg_json(set, list_item(i, struct call, in_set), &now, then));
	add_waiting(set, legs);
	o = json_pack("{s:o, s:s, s:i, s:i, s:i, s:b}", "name", status_text(set->name), "kind",
		      ha ? "ha" : "bond", "mtu", (int)set->mtu, "legs_up",
		      (int)set_legs_up(set, AF_UNSPEC), "legs_most", (int)set->legs_most,
		      "last_leg", set->weak);
	if (ha) {
		json_object_set_new(o, "sequence",
				    json_string(set->config->extended ? "extended" : "plain"));
		json_object_set_new(o, "skew_ms", json_integer(set->config->skew));
		json_object_set_new(o, "sent", json_integer((json_int_t)now.sent));
		json_object_set_new(o, "expected", json_integer((json_int_t)now.expected));
		json_object_set_new(o, "unique", json_integer((json_int_t)now.unique));
		json_object_set_new(o, "duplicates", json_integer((json_int_t)now.duplicates));
		json_object_set_new(o, "lost", json_integer((json_int_t)now.lost));
		json_object_set_new(o, "recent", recent_set_json(&now, then));
	} else {
		json_object_set_new(o, "spread",
				    json_string(set->config->per_packet ? "packet" : "flow"));
	}
	json_object_set_new(o, "recent_ms", json_integer((json_int_t)age));
	json_object_set_new(o, "legs", legs);
	return o;
}

json_t *status_sets(struct controller *c)
{
	json_t *a = json_array();
	struct list *i, *keep;

	list_for_each(i, keep, &c->sets)
		json_array_append_new(a, set_json(list_item(i, struct leg_set, in_controller)));
	return a;
}
