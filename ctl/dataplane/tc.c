// SPDX-License-Identifier: GPL-2.0-only
/* Our tc filters, see tc.h. */
#include "dataplane/tc.h"

#include <errno.h>

#define TC_PRIORITY 1701
#define TC_HANDLE   1701

static void destroy_qdisc(unsigned ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, both, .ifindex = (int)ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	bpf_tc_hook_destroy(&both);
}

int tc_attach(unsigned ifindex, enum bpf_tc_attach_point point, int prog_fd, bool *made_qdisc)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .priority = TC_PRIORITY,
		    .prog_fd = prog_fd);
	int err = bpf_tc_hook_create(&hook);

	*made_qdisc = !err;
	if (err && err != -EEXIST)
		return err;
	err = bpf_tc_attach(&hook, &opts);
	if (err && *made_qdisc) {
		destroy_qdisc(ifindex);
		*made_qdisc = false;
	}
	return err;
}

void tc_detach(struct net *net, unsigned ifindex, enum bpf_tc_attach_point point, bool remove_qdisc)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .priority = TC_PRIORITY);

	bpf_tc_detach(&hook, &opts);
	if (remove_qdisc && net_clsact_filters(net, ifindex) == 0)
		destroy_qdisc(ifindex);
}

uint32_t tc_program(unsigned ifindex, enum bpf_tc_attach_point point)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .priority = TC_PRIORITY);

	return bpf_tc_query(&hook, &opts) ? 0 : opts.prog_id;
}
