// SPDX-License-Identifier: GPL-2.0-only
/* Packets spread over CPUs, see spread.h. */
#include "dataplane/spread.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include "dataplane/bpf_log.h"
#include "l2x/spread.h"
#include "spread.skel.h"

/* Frames that may wait for a CPU; the kernel takes 16384 at most. What comes when it is full is lost. */
#define QUEUE 4096

struct spread {
	struct spread_bpf *skel;
	unsigned cpus;
};

static unsigned own_cpus(uint16_t *cpus, unsigned room)
{
	cpu_set_t set;
	unsigned n = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 0;
	for (unsigned i = 0; i < CPU_SETSIZE && n < room; i++) {
		if (CPU_ISSET(i, &set))
			cpus[n++] = (uint16_t)i;
	}
	return n;
}

static int load(struct spread *s, uint16_t port)
{
	struct l2x_spread *told;
	int err;

	s->skel = spread_bpf__open();
	if (!s->skel)
		return -errno;
	told = &s->skel->rodata->spread;
	told->port = port;
	s->cpus = own_cpus(told->cpu, L2X_SPREAD_CPUS);
	told->cpus = (uint16_t)s->cpus;
	if (s->cpus < 2)
		return -ERANGE;
	err = bpf_map__set_max_entries(s->skel->maps.spread_cpus, told->cpu[s->cpus - 1] + 1u);
	if (err)
		return err;
	bpf_log_loading(true);
	err = spread_bpf__load(s->skel);
	bpf_log_loading(false);
	return err;
}

static int fill(struct spread *s, int xdp_fd)
{
	const struct bpf_cpumap_val value = {.qsize = QUEUE, .bpf_prog.fd = xdp_fd};

	for (unsigned i = 0; i < s->cpus; i++) {
		const uint32_t cpu = s->skel->rodata->spread.cpu[i];

		if (bpf_map_update_elem(spread_map_fd(s), &cpu, &value, BPF_ANY))
			return -errno;
	}
	return 0;
}

int spread_open(struct spread **out, int xdp_fd, uint16_t port)
{
	struct spread *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = load(s, port);
	if (!err)
		err = fill(s, xdp_fd);
	if (err)
		spread_close(s);
	else
		*out = s;
	return err;
}

void spread_close(struct spread *s)
{
	if (!s)
		return;
	spread_bpf__destroy(s->skel);
	free(s);
}

int spread_program_fd(const struct spread *s)
{
	return bpf_program__fd(s->skel->progs.l2x_xdp_spread);
}

int spread_map_fd(const struct spread *s)
{
	return bpf_map__fd(s->skel->maps.spread_cpus);
}

unsigned spread_cpus(const struct spread *s)
{
	return s->cpus;
}
