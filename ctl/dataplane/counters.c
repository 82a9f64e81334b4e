// SPDX-License-Identifier: GPL-2.0-only
/* Counters of sessions, see counters.h. */
#include "dataplane/counters.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "dataplane/memory.h"

static int map_known(struct counters *c, int fd, uint32_t places)
{
	c->places = places;
	c->known_size = (size_t)c->cpu_count * places * sizeof(*c->known);
	c->known = memory_map(fd, &c->known_size);
	return c->known ? 0 : -errno;
}

int counters_init(struct counters *c, uint32_t max_sessions, int map_fd, int known_fd,
		  uint32_t places)
{
	int err = 0;

	*c = (struct counters){.size = max_sessions + 1, .map_fd = map_fd};
	c->cpu_count = map_fd >= 0 ? libbpf_num_possible_cpus() : 0;
	if (c->cpu_count < 0)
		return c->cpu_count;
	c->user = calloc(c->size, sizeof(*c->user));
	c->cpus = calloc((size_t)c->cpu_count + 1, sizeof(*c->cpus));
	c->unused = calloc(c->size, sizeof(*c->unused));
	if (!c->user || !c->cpus || !c->unused)
		err = -ENOMEM;
	else if (known_fd >= 0)
		err = map_known(c, known_fd, places);
	if (err) {
		counters_free(c);
		return err;
	}
	for (uint32_t index = max_sessions; index; index--)
		counters_give_back(c, index);
	return 0;
}

void counters_free(struct counters *c)
{
	if (c->known)
		munmap((void *)c->known, c->known_size);
	free(c->user);
	free(c->cpus);
	free(c->unused);
	*c = (struct counters){.map_fd = -1};
}

/* Most sessions never meet userspace: what is zero is only read, and so takes no memory. */
static void clear(struct l2x_counters *c)
{
	static const struct l2x_counters none;

	if (memcmp(c, &none, sizeof(none)))
		memset(c, 0, sizeof(*c));
}

/* What a CPU remembers in the place that the session would have. NULL: it is another one. */
static volatile struct l2x_known_session *known_at(const struct counters *c, int cpu,
						   struct l2x_session_key key)
{
	volatile struct l2x_known_session *k =
		&c->known[(size_t)cpu * c->places + key.session_id % c->places];

	return k->generation && k->session.key.tunnel_id == key.tunnel_id &&
			       k->session.key.session_id == key.session_id
		       ? k
		       : NULL;
}

/* What a session of the same ids may have left. */
static void clear_known(struct counters *c, struct l2x_session_key key)
{
	for (int cpu = 0; c->known && cpu < c->cpu_count; cpu++) {
		volatile struct l2x_known_session *k = known_at(c, cpu, key);

		if (k)
			k->moved = (struct l2x_moved){0};
	}
}

int counters_take(struct counters *c, struct l2x_session_key key, uint32_t *index)
{
	uint32_t i;

	if (!c->unused_count)
		return -ENOSPC;
	i = c->unused[c->unused_count - 1];
	clear(&c->user[i]);
	clear_known(c, key);
	if (c->map_fd >= 0) {
		memset(c->cpus, 0, (size_t)c->cpu_count * sizeof(*c->cpus));
		if (bpf_map_update_elem(c->map_fd, &i, c->cpus, BPF_ANY))
			return -errno;
	}
	c->unused_count--;
	*index = i;
	return 0;
}

void counters_give_back(struct counters *c, uint32_t index)
{
	c->unused[c->unused_count++] = index;
}

static void add_count(struct l2x_count *sum, const volatile struct l2x_count *c)
{
	sum->packets += c->packets;
	sum->bytes += c->bytes;
}

static void add(struct l2x_counters *sum, const struct l2x_counters *c)
{
	for (int level = 0; level < L2X_LEVELS; level++) {
		add_count(&sum->rx[level], &c->rx[level]);
		add_count(&sum->tx[level], &c->tx[level]);
	}
	for (int reason = 0; reason < L2X_REASON_COUNT; reason++)
		sum->drops[reason] += c->drops[reason];
}

/* What the CPUs that remember it have moved there, to *sum. Does any? */
static bool add_known(struct counters *c, struct l2x_session_key key, struct l2x_counters *sum)
{
	bool any = false;

	for (int cpu = 0; c->known && cpu < c->cpu_count; cpu++) {
		const volatile struct l2x_known_session *k = known_at(c, cpu, key);

		if (!k)
			continue;
		any = true;
		add_count(&sum->rx[L2X_LEVEL_XDP], &k->moved.rx);
		add_count(&sum->tx[L2X_LEVEL_XDP], &k->moved.tx);
	}
	return any;
}

/* The map, to c->cpus. *moved: packets that XDP has counted there, on all CPUs. */
static int read_map(struct counters *c, uint32_t index, uint64_t *moved)
{
	*moved = 0;
	if (bpf_map_lookup_elem(c->map_fd, &index, c->cpus))
		return -errno;
	for (int cpu = 0; cpu < c->cpu_count; cpu++)
		*moved += c->cpus[cpu].rx[L2X_LEVEL_XDP].packets +
			  c->cpus[cpu].tx[L2X_LEVEL_XDP].packets;
	return 0;
}

#define TRIES 3

/*
 * When XDP gives up a place, what it has counted there goes to the map, and must not be taken from both. So the places are
 * read between two readings of the map, until both say the same: then no place was given up meanwhile, not even to be
 * taken again. Where nothing is remembered there is nothing to be taken twice.
 */
int counters_sum(struct counters *c, struct l2x_session_key key, uint32_t index,
		 struct l2x_counters *out)
{
	uint64_t moved = 0, before;
	bool known;
	int err;

	*out = c->user[index];
	if (c->map_fd < 0)
		return 0;
	known = add_known(c, key, out);
	err = read_map(c, index, &moved);
	for (int i = 0; i < TRIES && known && !err; i++) {
		before = moved;
		*out = c->user[index];
		known = add_known(c, key, out);
		err = read_map(c, index, &moved);
		if (moved == before)
			break;
	}
	for (int cpu = 0; cpu < c->cpu_count && !err; cpu++)
		add(out, &c->cpus[cpu]);
	return err;
}
