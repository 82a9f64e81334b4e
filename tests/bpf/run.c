// SPDX-License-Identifier: GPL-2.0-only
/* Test runs of the programs, see run.h. */
#include "run.h"
#include <bpf/bpf.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define TC_LEFT ((__u32)TC_ACT_UNSPEC)

static enum outcome outcome_of(const struct target *t, __u32 retval)
{
	if (t->xdp) {
		switch (retval) {
		case XDP_PASS:
			return PASS;
		case XDP_DROP:
			return DROP;
		case XDP_REDIRECT:
			return REDIRECT;
		}
	} else {
		switch (retval) {
		case TC_LEFT:
			return PASS;
		case TC_ACT_SHOT:
			return DROP;
		case TC_ACT_REDIRECT:
			return REDIRECT;
		}
	}
	fail_msg("%s: verdict %u", t->name, retval);
	return DROP;
}

enum outcome run(const struct target *t, const struct packet *in, struct packet *out)
{
	struct xdp_md md = {.data_end = (__u32)in->len, .ingress_ifindex = t->ifindex};
	struct __sk_buff skb = {.ifindex = t->ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->data, .data_size_in = (__u32)in->len,
		    .data_out = out->data, .data_size_out = sizeof(out->data));

	opts.ctx_in = t->xdp ? (void *)&md : (void *)&skb;
	opts.ctx_size_in = t->xdp ? sizeof(md) : sizeof(skb);
	assert_int_equal(bpf_prog_test_run_opts(t->fd, &opts), 0);
	out->len = opts.data_size_out;
	return outcome_of(t, opts.retval);
}

void run_open_nics(struct lab *lab)
{
	struct bpf_devmap_val val = {};
	struct l2x_nic nic = {.mac = {2}};
	int prog;

	for (int i = 0; i < 2; i++) {
		val.ifindex = i ? lab->pay : lab->under;
		assert_int_equal(bpf_map__update_elem(lab->bpf->maps.forward, &val.ifindex,
						      sizeof(val.ifindex), &val, sizeof(val), 0),
				 0);
		nic.mac[5] = i ? MAC_PAY : MAC_UNDER;
		assert_int_equal(bpf_map__update_elem(lab->bpf->maps.nics, &val.ifindex,
						      sizeof(val.ifindex), &nic, sizeof(nic), 0),
				 0);
		/* A test run on a queue that no XDP program is on is refused. */
		prog = bpf_program__fd(lab->bpf->progs.l2x_xdp);
		assert_int_equal(bpf_xdp_attach((int)val.ifindex, prog, XDP_FLAGS_DRV_MODE, NULL),
				 0);
	}
}
