// SPDX-License-Identifier: GPL-2.0-only
/* Counters of sessions, see counters.h. */
#include "dataplane/counters.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int counters_init(struct counters *c, uint32_t max_sessions, int map_fd)
{
	*c = (struct counters){.size = max_sessions + 1, .map_fd = map_fd};
	c->cpu_count = map_fd >= 0 ? libbpf_num_possible_cpus() : 0;
	if (c->cpu_count < 0)
		return c->cpu_count;
	c->user = calloc(c->size, sizeof(*c->user));
	c->cpus = calloc((size_t)c->cpu_count + 1, sizeof(*c->cpus));
	c->unused = calloc(c->size, sizeof(*c->unused));
	if (!c->user || !c->cpus || !c->unused) {
		counters_free(c);
		return -ENOMEM;
	}
	for (uint32_t index = max_sessions; index; index--)
		c->unused[c->unused_count++] = index;
	return 0;
}

void counters_free(struct counters *c)
{
	free(c->user);
	free(c->cpus);
	free(c->unused);
	*c = (struct counters){.map_fd = -1};
}

int counters_take(struct counters *c, uint32_t *index)
{
	uint32_t i;

	if (!c->unused_count)
		return -ENOSPC;
	i = c->unused[c->unused_count - 1];
	memset(&c->user[i], 0, sizeof(c->user[i]));
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

static void add(struct l2x_counters *sum, const struct l2x_counters *c)
{
	for (int level = 0; level < L2X_LEVELS; level++) {
		sum->rx[level].packets += c->rx[level].packets;
		sum->rx[level].bytes += c->rx[level].bytes;
		sum->tx[level].packets += c->tx[level].packets;
		sum->tx[level].bytes += c->tx[level].bytes;
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
	return 0;
}
