// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program that spreads packets over CPUs. Two CPUs are named to it and only one is in the
 * cpumap, so that the verdict says which it chose: REDIRECT or PASS. And l2x_xdp, loaded as the
 * program that runs there.
 */
#include <bpf/bpf.h>
#include <linux/if_link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "lab.h"
#include "l2x/spread.h"
#include "l2x/wire.h"
#include "spread.skel.h"

#define FLOWS 64

struct fixture {
	struct l2x_bpf *l2x;
	struct spread_bpf *spread;
};

static int setup(void **state)
{
	static struct fixture f;
	struct bpf_cpumap_val value = {.qsize = 64};
	const __u32 key = 0;
	int next;

	lab_namespace();
	f.l2x = l2x_bpf__open();
	assert_non_null(f.l2x);
	bpf_program__set_expected_attach_type(f.l2x->progs.l2x_xdp, BPF_XDP_CPUMAP);
	bpf_program__set_expected_attach_type(f.l2x->progs.l2x_xdp_copies, BPF_XDP_CPUMAP);
	assert_int_equal(l2x_bpf__load(f.l2x), 0);
	next = bpf_program__fd(f.l2x->progs.l2x_xdp_copies);
	assert_int_equal(bpf_map__update_elem(f.l2x->maps.xdp_next, &key, sizeof(key), &next,
					      sizeof(next), BPF_ANY),
			 0);

	f.spread = spread_bpf__open();
	assert_non_null(f.spread);
	f.spread->rodata->spread.cpus = 2;
	f.spread->rodata->spread.cpu[1] = 1;
	assert_int_equal(spread_bpf__load(f.spread), 0);
	value.bpf_prog.fd = bpf_program__fd(f.l2x->progs.l2x_xdp);
	assert_int_equal(bpf_map__update_elem(f.spread->maps.spread_cpus, &key, sizeof(key), &value,
					      sizeof(value), BPF_ANY),
			 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	spread_bpf__destroy(f->spread);
	l2x_bpf__destroy(f->l2x);
	return 0;
}

/* True: the CPU that is in the map. */
static bool first_cpu(const struct fixture *f, const struct packet *p)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = p->data, .data_size_in = (__u32)p->len);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(f->spread->progs.l2x_xdp_spread),
						&opts),
			 0);
	if (opts.retval != XDP_PASS && opts.retval != XDP_REDIRECT)
		fail_msg("verdict %u", opts.retval);
	return opts.retval == XDP_REDIRECT;
}

/* How many of the flows of one session, by the inner source, go to the first CPU; each goes to one,
 * whatever else is in its packets. */
static int spread_flows(const struct fixture *f, struct spec spec)
{
	char src[64];
	int first = 0;

	spec.src = src;
	for (int i = 0; i < FLOWS; i++) {
		struct packet p;
		bool one;

		snprintf(src, sizeof(src), spec.inner == 6 ? "2001:db8:64:1::%x" : "10.64.1.%d",
			 i + 1);
		packet_build(&p, &spec);
		one = first_cpu(f, &p);
		first += one;
		for (size_t payload = 8; payload < 1400; payload += 464) {
			struct spec other = spec;

			other.payload = payload;
			other.ttl = 9;
			packet_build(&p, &other);
			assert_int_equal(first_cpu(f, &p), one);
		}
	}
	return first;
}

static void assert_spread(const struct fixture *f, struct spec spec)
{
	const int first = spread_flows(f, spec);

	assert_true(first > FLOWS / 5 && first < FLOWS * 4 / 5);
}

static void flows_are_spread(void **state)
{
	for (int outer = 4; outer <= 6; outer += 2) {
		for (int inner = 4; inner <= 6; inner += 2) {
			assert_spread(*state, (struct spec){.outer = outer, .inner = inner});
			assert_spread(*state, (struct spec){.outer = outer,
							    .inner = inner,
							    .tags = {7, 8},
							    .l2tp = L2TP_L | L2TP_O | 2,
							    .pad = 5,
							    .ppp = PPP_SHORT});
		}
	}
	assert_spread(*state, (struct spec){.inner = 4});
	assert_spread(*state, (struct spec){.inner = 6});
}

/* The order of its numbers is looked at for the session as a whole. */
static void numbered_session_stays_together(void **state)
{
	for (__u16 session = 1; session < 16; session++) {
		const int first = spread_flows(*state, (struct spec){.outer = 4,
								     .inner = 4,
								     .session = session,
								     .l2tp = L2TP_S | 2});

		assert_true(first == 0 || first == FLOWS);
	}
}

static void sessions_with_ppp_frames_are_spread(void **state)
{
	int first = 0;

	for (__u16 session = 1; session <= FLOWS; session++) {
		struct packet p;

		packet_build(&p, &(struct spec){.outer = 4,
						.inner = 4,
						.session = session,
						.proto = PPP_PROTO_LCP});
		first += first_cpu(*state, &p);
	}
	assert_true(first > FLOWS / 5 && first < FLOWS * 4 / 5);
}

/* What goes to the socket or the stack whatever it is, and what is cut off: it stays, always. */
static void the_rest_stays(void **state)
{
	struct packet p;

	for (__u16 session = 1; session <= FLOWS; session++) {
		packet_build(&p, &(struct spec){.outer = 4,
						.inner = 4,
						.session = session,
						.l2tp = L2TP_T | L2TP_L | L2TP_S | 2});
		assert_false(first_cpu(*state, &p));
		p.data[12] = 0x08; /* ARP */
		p.data[13] = 0x06;
		assert_false(first_cpu(*state, &p));
		p.len = 14 + 10;
		p.data[13] = 0x00;
		assert_false(first_cpu(*state, &p));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_are_spread),
		cmocka_unit_test(numbered_session_stays_together),
		cmocka_unit_test(sessions_with_ppp_frames_are_spread),
		cmocka_unit_test(the_rest_stays),
	};

	return cmocka_run_group_tests_name("spread", tests, setup, teardown);
}
