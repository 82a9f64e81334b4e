// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measuring XDP: a kernel thread of its own polls each receiving netdev, so that its time is that of
 * the packets alone, whatever else the machine does. And what becomes of several measurements.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>
#include "bench.h"
#include "load.skel.h"

#define WARM_UP	     0.05
#define WARM_UP_MANY 0.8 /* of many flows, each is to have come once */

static void snapshot(struct bench *b, const pid_t *workers, unsigned ways, struct sample *s)
{
	s->wall_ns = now_ns();
	s->cpu_ns = 0;
	for (unsigned i = 0; i < ways; i++)
		s->cpu_ns += thread_cpu_ns(workers[i]);
	s->packets = (double)sink_count(b, 1);
}

/* The time inside the program alone, by the kernel's own account, which is not kept while the rest
 * is measured: it costs two readings of the clock a packet. */
static double program_ns(struct bench *b)
{
	struct bpf_prog_info before = {0}, after = {0};
	uint32_t id, len = sizeof(before);
	int stats, prog;

	must(!bpf_xdp_query_id((int)b->in, 0, &id), "program");
	if (!id)
		return 0;
	prog = bpf_prog_get_fd_by_id(id);
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	must(prog >= 0 && stats >= 0, "statistics");
	bpf_obj_get_info_by_fd(prog, &before, &len);
	usleep((useconds_t)(b->seconds / 2 * 1e6));
	len = sizeof(after);
	bpf_obj_get_info_by_fd(prog, &after, &len);
	close(stats);
	close(prog);
	if (after.run_cnt == before.run_cnt)
		return 0;
	return (double)(after.run_time_ns - before.run_time_ns) /
	       (double)(after.run_cnt - before.run_cnt);
}

static void measure_once(struct bench *b, const pid_t *workers, unsigned ways, struct sample *s)
{
	struct sample before;
	double all;

	generator_start(b);
	usleep((useconds_t)((b->load->bss->load.flows > 1 ? WARM_UP_MANY : WARM_UP) * 1e6));
	snapshot(b, workers, ways, &before);
	all = (double)sink_count(b, 0);
	usleep((useconds_t)(b->seconds * 1e6));
	all = (double)sink_count(b, 0) -
	      all; /* inside the others' time: never more, if all are right */
	snapshot(b, workers, ways, s);
	s->program_ns = program_ns(b);
	generator_stop(b);
	s->packets -= before.packets;
	s->cpu_ns -= before.cpu_ns;
	s->wall_ns -= before.wall_ns;
	if (all > s->packets)
		die("%.0f packets arrived, %.0f of them right", all, s->packets);
}

/* The second NIC's thread runs on the generator's core: as often as it has work. */
static void workers_start(pid_t *workers, unsigned ways)
{
	static const struct sched_param first = {.sched_priority = 1};

	workers[0] = napi_thread("in0", CORE_OURS);
	if (ways == 1)
		return;
	workers[1] = napi_thread("in1", CORE_LOAD);
	for (unsigned i = 0; i < ways; i++)
		must(!sched_setscheduler(workers[i], SCHED_FIFO, &first), "sched_setscheduler");
}

/* Somebody else may have had the cores all the time. */
void measure_ways(struct bench *b, unsigned ways, struct sample *s)
{
	pid_t workers[2];
	int tries = 5;

	workers_start(workers, ways);
	do
		measure_once(b, workers, ways, s);
	while (s->packets < 1000 && --tries);
	for (unsigned i = 0; i < ways; i++)
		sh("echo 0 >/sys/class/net/in%u/threaded", i);
	if (!tries)
		die("%.0f packets arrived", s->packets);
}

void pairs_add(struct pairs *p, const struct sample *ours, const struct sample *base)
{
	const int i = p->count++;

	p->base[i] = base->packets / base->cpu_ns * 1e9;
	p->rate[i] = ours->packets / ours->cpu_ns * 1e9;
	p->wall[i] = ours->packets / ours->wall_ns * 1e9;
	p->ratio[i] = p->rate[i] / p->base[i];
	p->program[i] = ours->program_ns;
	p->base_program[i] = base->program_ns;
}

void pairs_take_medians(struct pairs *p, struct result *r)
{
	const int n = p->count;

	r->baseline = bench_median(p->base, n);
	r->rate = bench_median(p->rate, n);
	r->wall = bench_median(p->wall, n);
	r->ratio = bench_median(p->ratio, n);
	r->program_ns = bench_median(p->program, n);
	r->baseline_program_ns = bench_median(p->base_program, n);
	r->cost_ns = 1e9 / r->rate;
}
