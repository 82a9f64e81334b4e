// SPDX-License-Identifier: GPL-2.0-only
/*
 * XDP: one NIC to another, with a tunnel on one of the two sides, or on both. In turn, the baseline
 * and l2x, on the same netdevs.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <unistd.h>
#include "bench.h"
#include "load.skel.h"

enum job { DECAPSULATE, ENCAPSULATE, RELAY };

static void measure_baseline(struct bench *b, enum job job, unsigned flows, struct sample *s)
{
	static const char *const outer[] = {"192.0.2.2", "198.51.100.2"};
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	struct load *load = &b->load->bss->load;
	int link;

	load->flows = flows;
	load->sink_len = job == ENCAPSULATE ? LOAD_PLAIN : LOAD_L2TP;
	load->ifindex = b->l0;
	load->first = 0;
	frame_build(load, job == ENCAPSULATE ? LOAD_IS_PLAIN : LOAD_IS_TUNNELLED, outer, outer[0],
		    flows > 1 ? "0.0.0.0" : outer[1]);
	link = bpf_link_create(bpf_program__fd(b->load->progs.load_baseline), (int)b->in, BPF_XDP,
			       &opts);
	must(link >= 0, "baseline");
	measure_ways(b, 1, s);
	bpf_link_detach(link);
	close(link);
}

static void measure_l2x(struct bench *b, struct dataplane *dp, enum job job, unsigned sessions,
			struct sample *s)
{
	load_sessions(b, sessions, job != ENCAPSULATE);
	if (job == RELAY)
		b->load->bss->load.sink_len = LOAD_L2TP;
	if (b->checks)
		frame_make_tcp(&b->load->bss->load);
	if (dataplane_attach(dp, "in0", FORWARD_XDP))
		die("cannot attach");
	measure_ways(b, 1, s);
	dataplane_detach(dp, "in0");
}

void xdp_measure_session(struct bench *b, struct dataplane *dp, struct sample *s)
{
	measure_l2x(b, dp, DECAPSULATE, 1, s);
}

static void one_case(struct bench *b, struct result *r, enum job job, unsigned sessions)
{
	struct dataplane *dp;
	struct pairs pairs = {.count = 0};
	unsigned netdev;

	dp = plane_open(b, DATAPLANE_XDP, "l2xb", &netdev);
	if (job == RELAY)
		plane_relay(b, dp, netdev, sessions);
	else
		plane_sessions(b, dp, netdev, sessions, job == DECAPSULATE);
	if (dataplane_attach(dp, "out0", FORWARD_XDP))
		die("cannot attach");
	for (int i = 0; i < b->pairs; i++) {
		struct sample ours, theirs;

		measure_baseline(b, job, 1, &theirs);
		measure_l2x(b, dp, job, sessions, &ours);
		pairs_add(&pairs, &ours, &theirs);
	}
	pairs_take_medians(&pairs, r);
	dataplane_close(dp);
}

/* What the kernel's own lookup costs when each of those sessions has a route in its tables, as
 * encapsulation needs it to: the baseline with one route, and with all. Flows are still there. */
static void many_routes(struct bench *b, struct result *r)
{
	struct sample one, all;
	struct pairs pairs = {.count = 0};
	FILE *ip = popen("ip -batch -", "w");

	must(ip != NULL, "ip");
	for (unsigned i = 1; i <= LOAD_FLOWS; i++)
		fprintf(ip, "route add 10.%u.%u.%u via 198.51.100.2 proto 99\n", 64 + (i >> 16),
			i >> 8 & 255, i & 255);
	if (pclose(ip))
		die("cannot add routes");
	for (int i = 0; i < b->pairs; i++) {
		measure_baseline(b, ENCAPSULATE, 1, &one);
		measure_baseline(b, ENCAPSULATE, LOAD_FLOWS, &all);
		pairs_add(&pairs, &all, &one);
	}
	pairs_take_medians(&pairs, r);
	sh("ip route flush proto 99");
}

/* The baseline is to find its netdev by that of the kernel's answer. */
static void open_port(struct bench *b)
{
	struct bpf_devmap_val port = {.ifindex = b->out};

	must(!bpf_map_update_elem(bpf_map__fd(b->load->maps.ports), &b->out, &port.ifindex, 0),
	     "ports");
}

/* One half by in0, the other by out0, IPv4 both. A session id has 16 bits, so there cannot be more calls. */
void bench_relay(struct bench *b, struct results *r)
{
	open_port(b);
	one_case(b, results_add(r, "relay, 1 call", "packets/s", 0.90), RELAY, 1);
	one_case(b, results_add(r, "relay, 32500 calls", "packets/s", 0.65), RELAY, LOAD_FLOWS / 2);
}

void bench_xdp(struct bench *b, struct results *r, unsigned sessions)
{
	const bool many = sessions > 1;

	open_port(b);
	one_case(b,
		 results_add(r, many ? "decapsulate, 65000 sessions" : "decapsulate, 1 session",
			     "packets/s", many ? 0.60 : 0.85),
		 DECAPSULATE, sessions);
	one_case(b,
		 results_add(r, many ? "encapsulate, 65000 sessions" : "encapsulate, 1 session",
			     "packets/s", many ? 0.60 : 0.80),
		 ENCAPSULATE, sessions);
	if (!many) {
		b->checks = true;
		one_case(b, results_add(r, "decapsulate, MSS and rate limit", "packets/s", 0.75),
			 DECAPSULATE, sessions);
		b->checks = false;
	}
	if (many)
		many_routes(b, results_add(r, "(baseline, 65000 routes)", "packets/s", 0));
}
