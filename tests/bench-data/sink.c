// SPDX-License-Identifier: GPL-2.0-only
/*
 * The load's programs, and where its packets end: on the far ends of our ways out, in XDP, for what is sent by XDP; or in
 * tc for packets that the kernel sends, which XDP would copy first.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <unistd.h>
#include "bench.h"
#include "load.skel.h"

static int attach_xdp(struct bench *b, unsigned netdev)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int link = bpf_link_create(bpf_program__fd(b->load->progs.load_sink), (int)netdev, BPF_XDP,
				   &opts);

	must(link >= 0, "sink");
	return link;
}

void sink_open(struct bench *b)
{
	b->load = load_bpf__open_and_load();
	must(b->load != NULL, "load programs");
	lab_enter(b->at_sink);
	b->sink = attach_xdp(b, b->s0);
	b->sink1 = attach_xdp(b, b->s1);
	lab_enter(b->ours);
}

void sink_close(struct bench *b)
{
	load_bpf__destroy(b->load);
}

void sink_is(struct bench *b, enum sink sink)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)b->s0, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = bpf_program__fd(b->load->progs.load_sink_tc));

	if (sink == b->sink_is)
		return;
	lab_enter(b->at_sink);
	if (sink == SINK_TC) {
		bpf_link_detach(b->sink);
		close(b->sink);
		must(!bpf_tc_hook_create(&hook) && !bpf_tc_attach(&hook, &opts), "sink in tc");
	} else {
		hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
		must(!bpf_tc_hook_destroy(&hook), "sink in tc");
		b->sink = attach_xdp(b, b->s0);
	}
	b->sink_is = sink;
	lab_enter(b->ours);
}

uint64_t sink_count(struct bench *b, int which)
{
	uint64_t each[256] = {0}, total = 0;

	must(libbpf_num_possible_cpus() <= 256, "cores");
	must(!bpf_map_lookup_elem(bpf_map__fd(b->load->maps.arrived), &which, each), "arrived");
	for (int i = 0; i < libbpf_num_possible_cpus(); i++)
		total += each[i];
	return total;
}
