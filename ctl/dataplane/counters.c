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

static size_t moved_size(const struct counters *c)
{
	return (size_t)c->cpu_count * c->size * sizeof(*c->moved);
}

static int map_moved(struct counters *c, int fd)
{
	void *at = mmap(NULL, moved_size(c), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	c->moved = at;
	return 0;
}

static struct l2x_moved *moved_at(const struct counters *c, int cpu, uint32_t index)
{
	return &c->moved[(size_t)cpu * c->size + index];
}

int counters_init(struct counters *c, uint32_t max_sessions, int map_fd, int moved_fd)
{
	int err = 0;

	*c = (struct counters){.size = max_sessions + 1, .map_fd = map_fd};
	c->cpu_count = map_fd >= 0 ? libbpf_num_possible_cpus() : 0;
	if (c->cpu_count < 0)
		return c->cpu_count;
	c->user = calloc(c->size, sizeof(*c->user));
	c->cpus = calloc((size_t)c->cpu_count + 1, sizeof(*c->cpus));
	c->unused = calloc(c->size, sizeof(*c->unused));
	c->place = calloc(c->size, sizeof(*c->place));
	if (!c->user || !c->cpus || !c->unused || !c->place)
		err = -ENOMEM;
	else if (moved_fd >= 0)
		err = map_moved(c, moved_fd);
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
	if (c->moved)
		munmap(c->moved, moved_size(c));
	free(c->user);
	free(c->cpus);
	free(c->unused);
	free(c->place);
	*c = (struct counters){.map_fd = -1};
}

static bool is_unused(const struct counters *c, uint32_t index)
{
	return index && index < c->size && c->place[index] < c->unused_count &&
	       c->unused[c->place[index]] == index;
}

static void take_out(struct counters *c, uint32_t index)
{
	const uint32_t last = c->unused[--c->unused_count];

	c->unused[c->place[index]] = last;
	c->place[last] = c->place[index];
}

/* Most sessions never meet userspace: what is zero is only read, and so takes no memory. */
static void clear(struct l2x_counters *c)
{
	static const struct l2x_counters none;

	if (memcmp(c, &none, sizeof(none)))
		memset(c, 0, sizeof(*c));
}

int counters_take(struct counters *c, uint32_t like, uint32_t *index)
{
	uint32_t i;

	if (!c->unused_count)
		return -ENOSPC;
	i = is_unused(c, like) ? like : c->unused[c->unused_count - 1];
	clear(&c->user[i]);
	for (int cpu = 0; c->moved && cpu < c->cpu_count; cpu++)
		*moved_at(c, cpu, i) = (struct l2x_moved){0};
	if (c->map_fd >= 0) {
		memset(c->cpus, 0, (size_t)c->cpu_count * sizeof(*c->cpus));
		if (bpf_map_update_elem(c->map_fd, &i, c->cpus, BPF_ANY))
			return -errno;
	}
	take_out(c, i);
	*index = i;
	return 0;
}

void counters_give_back(struct counters *c, uint32_t index)
{
	c->place[index] = c->unused_count;
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

int counters_sum(struct counters *c, uint32_t index, struct l2x_counters *out)
{
	*out = c->user[index];
	if (c->map_fd < 0)
		return 0;
	if (bpf_map_lookup_elem(c->map_fd, &index, c->cpus))
		return -errno;
	for (int cpu = 0; cpu < c->cpu_count; cpu++)
		add(out, &c->cpus[cpu]);
	for (int cpu = 0; c->moved && cpu < c->cpu_count; cpu++) {
		add_count(&out->rx[L2X_LEVEL_XDP], &moved_at(c, cpu, index)->rx);
		add_count(&out->tx[L2X_LEVEL_XDP], &moved_at(c, cpu, index)->tx);
	}
	return 0;
}
