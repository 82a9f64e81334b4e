// SPDX-License-Identifier: GPL-2.0-only
/* Sets of the data path: made, joined, left, counted; see dataplane.h and sets.h. */
#include "dataplane/sets.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include "dataplane/memory.h"
#include "dataplane/private.h"

#define NS_PER_MS 1000000ull
#define LEG_WORDS (sizeof(struct l2x_leg_counters) / sizeof(uint64_t))
#define LAST_WORD (offsetof(struct l2x_leg_counters, last) / sizeof(uint64_t))

int sets_memory_open(struct dataplane *dp, uint32_t max_sets, unsigned window)
{
	struct set_memory *m = &dp->sets;
	const size_t count = (size_t)max_sets + 1;

	m->window = window ? window : L2X_DEDUP_WINDOW;
	m->states_size = count * sizeof(*m->states);
	m->slots_size = (size_t)set_slot_count(max_sets, m->window) * sizeof(*m->slots);
	m->counters_fd = dp->bpf ? bpf_set_counters_fd(dp->bpf) : -1;
	m->cpu_count = dp->bpf ? libbpf_num_possible_cpus() : 0;
	if (m->cpu_count < 0)
		return m->cpu_count;
	m->states = memory_map(dp->bpf ? bpf_set_states_fd(dp->bpf) : -1, &m->states_size);
	m->slots = memory_map(dp->bpf ? bpf_set_slots_fd(dp->bpf) : -1, &m->slots_size);
	m->user = calloc(count, sizeof(*m->user));
	m->cpus = calloc((size_t)m->cpu_count + 1, sizeof(*m->cpus));
	return m->states && m->slots && m->user && m->cpus ? 0 : -ENOMEM;
}

void sets_memory_close(struct dataplane *dp)
{
	struct set_memory *m = &dp->sets;

	if (m->states)
		munmap(m->states, m->states_size);
	if (m->slots)
		munmap(m->slots, m->slots_size);
	free(m->user);
	free(m->cpus);
	*m = (struct set_memory){0};
}

static int counters_clear(struct set_memory *m, uint32_t id)
{
	memset(&m->user[id], 0, sizeof(m->user[id]));
	memset(m->cpus, 0, (size_t)m->cpu_count * sizeof(*m->cpus));
	if (m->counters_fd >= 0 && bpf_map_update_elem(m->counters_fd, &id, m->cpus, BPF_ANY))
		return -errno;
	return 0;
}

/* In the lower half of the 16-bit numbers: Linux's L2TP, which expects 0, drops for good what is more ahead
 * (l2tp_seq_check_rx_window), and of the rest the first few. */
#define FIRST_NUMBERS (~(uint32_t)0x8000)

/* Both ends of a sequence that starts anew must not look like the one before. */
static int start_sequence(struct l2x_set *value, struct l2x_set_state *state, uint64_t *first)
{
	struct {
		uint32_t number;
		uint16_t epoch;
		uint8_t generation;
	} r;

	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		return -EIO;
	value->epoch = value->epoch == r.epoch ? (uint16_t)(r.epoch + 1) : r.epoch;
	value->generation = r.generation ? r.generation : 1;
	r.number &= FIRST_NUMBERS;
	*state = (struct l2x_set_state){.number = r.number};
	*first = r.number;
	return 0;
}

static void take_settings(struct l2x_set *value, const struct dataplane_set_setup *setup)
{
	const uint32_t skew = setup->skew < L2X_DEDUP_SKEW_MAX ? setup->skew : L2X_DEDUP_SKEW_MAX;

	value->flags = (value->flags & L2X_SET_OVER_V6) | L2X_SET_USED |
		       (setup->bond ? L2X_SET_BOND : 0) | (setup->per_flow ? L2X_SET_PER_FLOW : 0) |
		       (setup->extended ? L2X_SET_EXTENDED : 0);
	value->skew = (uint32_t)(skew * NS_PER_MS / L2X_DEDUP_UNIT);
}

int dataplane_set_change(struct dataplane *dp, uint32_t set,
			 const struct dataplane_set_setup *setup)
{
	struct set *s = set_of(&dp->table.sets, set);

	if (!s)
		return -ENOENT;
	take_settings(&s->value, setup);
	return table_set_write(&dp->table, set);
}

int dataplane_set_new(struct dataplane *dp, const struct dataplane_set_setup *setup, uint32_t *set)
{
	uint32_t id = set_unused(&dp->table.sets);
	struct set *s;
	int err;

	if (!id)
		return -ENOSPC;
	s = &dp->table.sets.set[id];
	err = counters_clear(&dp->sets, id);
	if (!err)
		err = start_sequence(&s->value, &dp->sets.states[id], &s->first_number);
	if (err)
		return err;
	memset(&dp->sets.slots[(size_t)(id - 1) << dp->sets.window], 0,
	       sizeof(*dp->sets.slots) << dp->sets.window);
	take_settings(&s->value, setup);
	list_init(&s->routes);
	err = table_set_write(&dp->table, id);
	if (err)
		s->value.flags = 0;
	else
		*set = id;
	return err;
}

/* What one CPU has counted, to the sum; `newest` becomes how far the newest is ahead of the shared
 * one. */
static void add(struct l2x_set_counters *sum, const struct l2x_set_counters *c, uint64_t shared)
{
	const uint64_t *from = (const uint64_t *)c->legs;
	uint64_t *to = (uint64_t *)sum->legs;
	uint64_t ahead = c->newest - shared;

	sum->expected += c->expected;
	if (!((c->newest ^ shared) >> L2X_NEWEST_BITS) && c->newest > shared && ahead > sum->newest)
		sum->newest = ahead;
	for (size_t i = 0; i < L2X_SET_LEGS * LEG_WORDS; i++)
		if (i % LEG_WORDS == LAST_WORD)
			to[i] = from[i] > to[i] ? from[i] : to[i];
		else
			to[i] += from[i];
}

/* Over CPUs and levels. */
static int sum_up(struct set_memory *m, uint32_t id, struct l2x_set_counters *sum)
{
	const uint64_t shared = *(volatile __u64 *)&m->states[id].newest;

	*sum = (struct l2x_set_counters){0};
	add(sum, &m->user[id], shared);
	if (m->counters_fd >= 0 && bpf_map_lookup_elem(m->counters_fd, &id, m->cpus))
		return -errno;
	for (int cpu = 0; cpu < m->cpu_count; cpu++)
		add(sum, &m->cpus[cpu], shared);
	sum->expected += sum->newest;
	return 0;
}

static uint64_t above(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void show_leg(const struct set *s, unsigned place, const struct l2x_set_counters *sum,
		     struct dataplane_leg_counters *out)
{
	const struct set_leg *leg = &s->legs[place];
	const struct l2x_leg_counters *now = &sum->legs[place], *before = &leg->before;

	*out = (struct dataplane_leg_counters){
		.session = leg->session->key,
		.up4 = s->value.up4 >> place & 1,
		.up6 = s->value.up6 >> place & 1,
		.first = now->first - before->first,
		.late = now->late - before->late,
		.last = now->last > before->last ? now->last / NS_PER_MS : 0,
	};
	out->copies = out->first + now->duplicate - before->duplicate;
	out->missing = above(sum->expected - leg->expected, out->copies);
	for (int i = 0; i < L2X_SKEW_CLASSES; i++)
		out->skew[i] = now->skew[i] - before->skew[i];
}

int dataplane_set_counters(struct dataplane *dp, uint32_t set, struct dataplane_set_counters *out)
{
	const struct set *s = set_of(&dp->table.sets, set);
	struct l2x_set_counters sum;
	int err;

	*out = (struct dataplane_set_counters){0};
	if (!s)
		return -ENOENT;
	err = sum_up(&dp->sets, set, &sum);
	if (err)
		return err;
	out->sent = *(volatile __u64 *)&dp->sets.states[set].number - s->first_number;
	out->expected = sum.expected;
	for (unsigned i = 0; i < L2X_SET_LEGS; i++) {
		out->unique += sum.legs[i].first;
		out->duplicates += sum.legs[i].duplicate;
		if (s->legs[i].session)
			show_leg(s, i, &sum, &out->leg[out->legs++]);
	}
	out->lost = above(out->expected, out->unique);
	return 0;
}

/* The value to the maps, and the set's MTU to its legs. */
static int refresh(struct dataplane *dp, uint32_t id)
{
	struct set *s = set_of(&dp->table.sets, id);
	const uint8_t were_up = s->value.up4 | s->value.up6;
	struct l2x_set_state *state = &dp->sets.states[id];
	int err;

	set_refresh(s);
	/* Who comes newly is not behind the others. */
	for (int i = 0; i < L2X_SET_LEGS; i++)
		if ((s->value.up4 | s->value.up6) & ~were_up & 1 << i)
			state->ahead[i] = set_furthest(state, were_up);
	set_nics_choose(dp, id);
	err = table_set_write(&dp->table, id);
	for (int i = 0; i < L2X_SET_LEGS && !err; i++) {
		struct session *leg = s->legs[i].session;
		struct l2x_session value;

		if (!leg || leg->value.mtu == s->value.mtu || !s->value.mtu)
			continue;
		value = leg->value;
		value.mtu = s->value.mtu;
		err = table_session_set(&dp->table, leg->key, &value, &leg->path);
	}
	return err;
}

int leg_prepare(struct dataplane *dp, const struct dataplane_session *s, struct l2x_session *value)
{
	struct session *old = table_session(&dp->table, s->key);
	const struct set *set = set_of(&dp->table.sets, s->set);
	int place, err = 0;

	if (s->set && !set)
		return -ENOENT;
	if (old && old->value.set != s->set)
		err = leg_leave(dp, old);
	if (err || !set)
		return err;
	place = old && old->value.set ? old->value.leg : set_free_place(set);
	if (place < 0)
		return place;
	value->set = (uint16_t)s->set;
	value->leg = (uint8_t)place;
	if ((set->value.up4 | set->value.up6) && set->value.mtu < value->mtu)
		value->mtu = set->value.mtu;
	return 0;
}

int leg_join(struct dataplane *dp, const struct dataplane_session *s)
{
	struct session *session = table_session(&dp->table, s->key);
	struct set *set = set_of(&dp->table.sets, s->set);
	struct l2x_set_counters sum;
	struct set_leg *leg;
	int err;

	if (!set)
		return 0;
	leg = &set->legs[session->value.leg];
	if (!leg->session) {
		err = sum_up(&dp->sets, s->set, &sum);
		if (err)
			return err;
		leg->expected = sum.expected;
		leg->before = sum.legs[session->value.leg];
	}
	leg->session = session;
	leg->weight = s->weight ? s->weight : 1;
	leg->mtu = s->mtu;
	return refresh(dp, s->set);
}

int leg_leave(struct dataplane *dp, struct session *s)
{
	const uint32_t id = s->value.set;
	struct set *set = set_of(&dp->table.sets, id);

	if (!set)
		return 0;
	set->legs[s->value.leg].session = NULL;
	s->value.set = 0;
	return refresh(dp, id);
}

void dataplane_set_free(struct dataplane *dp, uint32_t set)
{
	struct set *s = set_of(&dp->table.sets, set);

	if (!s)
		return;
	for (int i = 0; i < L2X_SET_LEGS; i++) {
		struct session *leg = s->legs[i].session;
		struct l2x_session value;

		if (!leg)
			continue;
		value = leg->value;
		value.set = 0;
		value.mtu = s->legs[i].mtu;
		s->legs[i].session = NULL;
		table_session_set(&dp->table, leg->key, &value, &leg->path);
	}
	set_refresh(s);
	set_nics_choose(dp, set);
	table_set_del(&dp->table, set);
}
