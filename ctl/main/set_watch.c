// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the legs of sets do. What nobody notices is what has to be said: a set that runs on its last
 * leg works as well as a whole one. So counters are sampled while there are sets, and compared with
 * those of some seconds ago.
 */
#include <stdio.h>
#include <string.h>
#include "main/quality.h"
#include "main/set.h"

#define LEAST	   50 /* packets of a set that must have come before a leg without any is silent */
#define FIRST_LEGS 15000 /* ms for those that we dial to come up */
#define PLAIN	   65536 /* numbers */

const struct dataplane_set_counters *set_sample(const struct leg_set *set, uint64_t *age)
{
	const unsigned oldest = (set->newest + 1) % SET_SAMPLES;

	for (unsigned i = 0; i < SET_SAMPLES; i++) {
		unsigned at = (oldest + i) % SET_SAMPLES;

		if (!set->sampled[at])
			continue;
		*age = set->c->timers.now - set->sampled[at];
		return &set->samples[at];
	}
	return NULL;
}

const struct dataplane_leg_counters *set_leg_counters(const struct dataplane_set_counters *c,
						      const struct call *call)
{
	for (unsigned i = 0; c && i < c->legs; i++)
		if (!memcmp(&c->leg[i].session, &call->key, sizeof(call->key)))
			return &c->leg[i];
	return NULL;
}

bool set_leg_is_silent(const struct leg_set *set, const struct dataplane_set_counters *now,
		       const struct dataplane_set_counters *then, const struct call *call)
{
	const struct dataplane_leg_counters *a = set_leg_counters(then, call),
					    *b = set_leg_counters(now, call);

	return set->config->kind == CONFIG_SET_HA && a && b && a->copies == b->copies &&
	       now->expected - then->expected >= LEAST;
}

static bool is_up(const struct call *call)
{
	return call->ipv4.up || call->ipv6.up;
}

unsigned set_skew_below(const struct dataplane_leg_counters *leg, double share)
{
	uint64_t seen = leg->first, wanted = (uint64_t)(share * (double)leg->copies);

	for (int i = 0; seen < wanted && i < L2X_SKEW_CLASSES; i++) {
		seen += leg->skew[i];
		if (seen >= wanted)
			return 1u << i;
	}
	return 0;
}

struct carriers {
	unsigned count;
	const struct call *one;	   /* of them */
	const struct call *silent; /* one that is up and carries nothing, or NULL */
};

/* Legs that carry something, as far as is known. */
static struct carriers find_carriers(const struct leg_set *set,
				     const struct dataplane_set_counters *now)
{
	uint64_t age;
	const struct dataplane_set_counters *then = set_sample(set, &age);
	struct carriers found = {0};

	for (const struct list *i = set->legs.next; i != &set->legs; i = i->next) {
		const struct call *call = list_item(i, const struct call, in_set);

		if (!is_up(call))
			continue;
		if (set_leg_is_silent(set, now, then, call)) {
			found.silent = call;
			continue;
		}
		found.one = call;
		found.count++;
	}
	return found;
}

unsigned set_legs_expected(const struct leg_set *set)
{
	if (set->legs_most < set->config->dialled && set->c->timers.now - set->made > FIRST_LEGS)
		return (unsigned)set->config->dialled;
	return set->legs_most;
}

/* A leg less. What ended has said so; what fell silent has not. */
static void log_fewer(const struct leg_set *set, const struct carriers *now, unsigned want)
{
	char why[sizeof(now->one->log.name) + 16] = "";

	if (now->silent)
		snprintf(why, sizeof(why), ": %s is silent", now->silent->log.name);
	if (!now->count)
		log_at(&set->log, now->silent ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
		       "down, no leg is left%s", why);
	else if (now->count == 1)
		log_warning(&set->log, "runs on its last leg, %s, of %u%s", now->one->log.name,
			    want, why);
	else
		log_warning(&set->log, "%u legs of %u are left%s", now->count, want, why);
}

/* Each time that they become fewer, and when they are more again. */
static void judge_legs(struct leg_set *set, const struct dataplane_set_counters *counters)
{
	const struct carriers now = find_carriers(set, counters);
	unsigned n = now.count, want;
	bool as_before = n <= set->legs_most;

	if (!as_before)
		set->legs_most = n;
	want = set_legs_expected(set);
	if (set->c->stopping)
		return;
	if (n < set->carriers || (n == 1 && want > 1 && !set->weak))
		log_fewer(set, &now, want);
	else if (n > 1 && n > set->carriers && (as_before || set->weak))
		log_info(&set->log, "%s: %u legs of %u", n >= want ? "whole again" : "better again",
			 n, want);
	set->carriers = n;
	set->weak = n == 1 && want > 1;
}

/*
 * Plain numbers come round: when that takes less than the skew that is tolerated, a new packet may
 * be taken for a copy of an old one. Both ends are taken to be configured alike.
 */
static void judge_numbers(struct leg_set *set, const struct dataplane_set_counters *now)
{
	uint64_t age, rx, tx, fastest;
	const struct dataplane_set_counters *then = set_sample(set, &age);

	if (!then || !age || set->config->extended || set->ambiguous)
		return;
	rx = (now->expected - then->expected) * 1000 / age;
	tx = (now->sent - then->sent) * 1000 / age;
	fastest = rx > tx ? rx : tx;
	if (fastest * set->config->skew / 1000 < PLAIN)
		return;
	set->ambiguous = true;
	log_warning(&set->log,
		    "%llu packets a second, and copies up to %u ms apart: plain sequence numbers "
		    "come round too soon; give it `sequence: extended` at both ends, or a smaller "
		    "`skew`",
		    (unsigned long long)fastest, set->config->skew);
}

static void look(struct leg_set *set)
{
	struct dataplane_set_counters now;

	if (dataplane_set_counters(set->c->dp, set->id, &now))
		return;
	judge_legs(set, &now);
	if (set->config->kind == CONFIG_SET_HA)
		judge_numbers(set, &now);
	quality_set_look(set, &now);
	set->newest = (set->newest + 1) % SET_SAMPLES;
	set->samples[set->newest] = now;
	set->sampled[set->newest] = set->c->timers.now;
}

void set_watch(void *controller)
{
	struct controller *c = controller;
	struct list *i, *keep;

	list_for_each(i, keep, &c->sets)
		look(list_item(i, struct leg_set, in_controller));
	if (!list_empty(&c->sets))
		timer_set(&c->timers, &c->set_watch, SET_WATCH_INTERVAL);
}

void set_watch_legs(struct leg_set *set)
{
	struct dataplane_set_counters now;

	if (!dataplane_set_counters(set->c->dp, set->id, &now))
		judge_legs(set, &now);
}
