// SPDX-License-Identifier: GPL-2.0-only
/*
 * XDP: one NIC to another, with a tunnel on one of the two sides. In turn, the baseline and l2x, on
 * the same netdevs with the same number of packets. A kernel thread of its own polls the receiving
 * netdev, so that its time is that of the packets alone, whatever else the machine does.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <unistd.h>
#include "bench.h"
#include "load.skel.h"

#define WARM_UP 0.05

static void snapshot(struct bench *b, pid_t worker, struct sample *s)
{
	s->wall_ns = now_ns();
	s->cpu_ns = thread_cpu_ns(worker);
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

static void measure_once(struct bench *b, pid_t worker, struct sample *s)
{
	struct sample before;
	double all;

	generator_start(b);
	usleep((useconds_t)(WARM_UP * 1e6));
	snapshot(b, worker, &before);
	all = (double)sink_count(b, 0);
	usleep((useconds_t)(b->seconds * 1e6));
	all = (double)sink_count(b, 0) -
	      all; /* inside the others' time: never more, if all are right */
	snapshot(b, worker, s);
	s->program_ns = program_ns(b);
	generator_stop(b);
	s->packets -= before.packets;
	s->cpu_ns -= before.cpu_ns;
	s->wall_ns -= before.wall_ns;
	if (all > s->packets)
		die("%.0f packets arrived, %.0f of them right", all, s->packets);
}

/* Somebody else may have had the cores all the time. */
static void measure(struct bench *b, struct sample *s)
{
	pid_t worker = napi_thread("in0");
	int tries = 5;

	do
		measure_once(b, worker, s);
	while (s->packets < 1000 && --tries);
	sh("echo 0 >/sys/class/net/in0/threaded");
	if (!tries)
		die("%.0f packets arrived", s->packets);
}

static void measure_baseline(struct bench *b, bool decapsulate, unsigned flows, struct sample *s)
{
	static const char *const outer[] = {"192.0.2.2", "198.51.100.2"};
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	struct load *load = &b->load->bss->load;
	int link;

	load->flows = flows;
	load->sink_len = decapsulate ? LOAD_L2TP : LOAD_PLAIN;
	frame_build(load, decapsulate ? outer : NULL, outer[0], flows > 1 ? "0.0.0.0" : outer[1]);
	link = bpf_link_create(bpf_program__fd(b->load->progs.load_baseline), (int)b->in, BPF_XDP,
			       &opts);
	must(link >= 0, "baseline");
	measure(b, s);
	bpf_link_detach(link);
	close(link);
}

static void measure_l2x(struct bench *b, struct dataplane *dp, bool decapsulate, unsigned sessions,
			struct sample *s)
{
	const char *const outer[] = {sessions > 1 ? "0.0.0.0" : "192.0.2.2", "192.0.2.1"};
	const char *subscriber = sessions > 1 ? "0.0.0.0" : "10.64.0.1";
	struct load *load = &b->load->bss->load;

	load->flows = sessions;
	load->sink_len = decapsulate ? LOAD_PLAIN : LOAD_L2TP;
	if (decapsulate)
		frame_build(load, outer, subscriber, "198.51.100.2");
	else
		frame_build(load, NULL, "192.0.2.2", subscriber);
	if (dataplane_attach(dp, "in0", FORWARD_XDP))
		die("cannot attach");
	measure(b, s);
	dataplane_detach(dp, "in0");
}

struct pairs {
	double ratio[PAIRS_MAX], rate[PAIRS_MAX], wall[PAIRS_MAX], base[PAIRS_MAX],
		program[PAIRS_MAX], base_program[PAIRS_MAX];
};

static void add_pair(struct pairs *p, int i, const struct sample *ours, const struct sample *base)
{
	p->base[i] = base->packets / base->cpu_ns * 1e9;
	p->rate[i] = ours->packets / ours->cpu_ns * 1e9;
	p->wall[i] = ours->packets / ours->wall_ns * 1e9;
	p->ratio[i] = p->rate[i] / p->base[i];
	p->program[i] = ours->program_ns;
	p->base_program[i] = base->program_ns;
}

static void take_medians(struct result *r, struct pairs *p, int n)
{
	r->baseline = bench_median(p->base, n);
	r->rate = bench_median(p->rate, n);
	r->wall = bench_median(p->wall, n);
	r->ratio = bench_median(p->ratio, n);
	r->program_ns = bench_median(p->program, n);
	r->baseline_program_ns = bench_median(p->base_program, n);
	r->cost_ns = 1e9 / r->rate;
}

static void one_case(struct bench *b, struct result *r, bool decapsulate, unsigned sessions)
{
	struct dataplane *dp;
	struct pairs pairs;
	unsigned netdev;

	dp = plane_open(b, DATAPLANE_XDP, "l2xb", &netdev);
	plane_sessions(b, dp, netdev, sessions, decapsulate);
	if (dataplane_attach(dp, "out0", FORWARD_XDP))
		die("cannot attach");
	for (int i = 0; i < b->pairs; i++) {
		struct sample ours, theirs;

		measure_baseline(b, decapsulate, 1, &theirs);
		measure_l2x(b, dp, decapsulate, sessions, &ours);
		add_pair(&pairs, i, &ours, &theirs);
	}
	take_medians(r, &pairs, b->pairs);
	dataplane_close(dp);
}

/* What the kernel's own lookup costs when each of those sessions has a route in its tables, as
 * encapsulation needs it to: the baseline with one route, and with all. Flows are still there. */
static void many_routes(struct bench *b, struct result *r)
{
	struct sample one, all;
	struct pairs pairs;
	FILE *ip = popen("ip -batch -", "w");

	must(ip != NULL, "ip");
	for (unsigned i = 1; i <= LOAD_FLOWS; i++)
		fprintf(ip, "route add 10.%u.%u.%u via 198.51.100.2 proto 99\n", 64 + (i >> 16),
			i >> 8 & 255, i & 255);
	if (pclose(ip))
		die("cannot add routes");
	for (int i = 0; i < b->pairs; i++) {
		measure_baseline(b, false, 1, &one);
		measure_baseline(b, false, LOAD_FLOWS, &all);
		add_pair(&pairs, i, &all, &one);
	}
	take_medians(r, &pairs, b->pairs);
	sh("ip route flush proto 99");
}

void bench_xdp(struct bench *b, struct results *r, unsigned sessions)
{
	const bool many = sessions > 1;
	struct bpf_devmap_val port = {.ifindex = b->out};

	must(!bpf_map_update_elem(bpf_map__fd(b->load->maps.ports), &b->out, &port.ifindex, 0),
	     "ports");
	one_case(b,
		 results_add(r, many ? "decapsulate, 65000 sessions" : "decapsulate, 1 session",
			     "packets/s", many ? 0.60 : 0.85),
		 true, sessions);
	one_case(b,
		 results_add(r, many ? "encapsulate, 65000 sessions" : "encapsulate, 1 session",
			     "packets/s", many ? 0.60 : 0.80),
		 false, sessions);
	if (many)
		many_routes(b, results_add(r, "(baseline, 65000 routes)", "packets/s", 0));
}
