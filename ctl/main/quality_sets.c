// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of the copies of sets, into the history: of each leg into its line, as often as that is sampled; of each set into
 * one of its own, as often as sets are looked at (set_watch.c). The data path counts since the set was made, or since the leg became
 * one; here is the difference to the last look.
 */
#include <time.h>
#include "main/quality.h"
#include "main/set.h"

_Static_assert(HISTORY_SKEWS == L2X_SKEW_CLASSES, "classes of how late copies are");

/* What is missing may come late after all: then it has been told as missing, once. */
static uint64_t more_missing(uint64_t *told, uint64_t now)
{
	const uint64_t more = now > *told ? now - *told : 0;

	*told += more;
	return more;
}

bool quality_leg_copies(const struct call *call, struct history_copies *before,
			struct history_copies *out)
{
	struct dataplane_set_counters counters;
	const struct dataplane_leg_counters *now;

	*out = (struct history_copies){0};
	if (!call->set || call->set->config->kind != CONFIG_SET_HA ||
	    dataplane_set_counters(call->t->c->dp, call->set->id, &counters))
		return false;
	now = set_leg_counters(&counters, call);
	if (!now)
		return false;
	out->first = now->first - before->first;
	before->first = now->first;
	for (int i = 0; i < HISTORY_SKEWS; i++) {
		out->skew[i] = (uint32_t)now->skew[i] - before->skew[i];
		before->skew[i] = (uint32_t)now->skew[i];
	}
	out->missing = more_missing(&before->missing, now->missing);
	return true;
}

void quality_set_start(struct leg_set *set)
{
	set->line = quality_line(set->c, HISTORY_SETS, set->name);
}

void quality_set_look(struct leg_set *set, const struct dataplane_set_counters *now)
{
	const struct dataplane_set_counters *before = &set->kept;
	struct history_sample s = {
		.seconds = SET_WATCH_INTERVAL / 1000,
		.tx_packets = now->sent - before->sent,
		.rx_packets = now->unique - before->unique,
		.has_copies = true,
		.copies.skew[0] = (uint32_t)(now->duplicates - before->duplicates),
		.copies.missing = more_missing(&set->lost_kept, now->lost),
	};

	if (set->line && set->config->kind == CONFIG_SET_HA &&
	    (s.tx_packets || s.rx_packets || s.copies.missing || set_legs_up(set, AF_UNSPEC)))
		history_add(set->line, (uint64_t)time(NULL), &s);
	set->kept = *now;
}

void quality_set_stop(struct leg_set *set)
{
	struct dataplane_set_counters now;

	if (!dataplane_set_counters(set->c->dp, set->id, &now))
		quality_set_look(set, &now);
	if (set->line)
		quality_line_end(set->c, HISTORY_SETS, set->line);
	set->line = NULL;
}
