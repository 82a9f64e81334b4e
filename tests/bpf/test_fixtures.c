// SPDX-License-Identifier: GPL-2.0-only
/*
 * The XDP program and the tc ingress program against the fixtures, by BPF_PROG_TEST_RUN in a
 * namespace whose routing tables they ask: verdict, every byte out, every counter. Then hostile
 * input: each packet, truncated at every length and with bits flipped, must never be redirected
 * unless it still is a sound one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "run.h"

#define ETH   14
#define FLIPS 20000

static void check_bytes(const struct target *t, const struct fixture *f, const struct packet *in,
			struct packet *out)
{
	struct packet want = *in;
	size_t skip = 0;

	if (f->outcome == REDIRECT) {
		struct spec spec = f->out;

		/* The kernel forwards what tc hands it; and the netdev has no link layer. */
		if (!t->xdp) {
			spec.ttl = f->in.ttl;
			skip = ETH;
		}
		spec.trailer = t->xdp ? 0 : f->in.slack + f->in.trailer;
		packet_build(&want, &spec);
		if (f->out_change)
			f->out_change(&want);
		if (!t->xdp) /* padding stays, the IP stack trims it */
			memcpy(want.data + want.len - spec.trailer,
			       in->data + in->len - spec.trailer, spec.trailer);
		if (t->encap) {
			packet_normalise(out, ETH);
			packet_normalise(&want, ETH);
		}
	}
	if (out->len == want.len && !memcmp(out->data + skip, want.data + skip, want.len - skip))
		return;
	packet_dump("expected", &want);
	packet_dump("is", out);
	fail_msg("%s: %s: other bytes", t->name, f->description);
}

static void check_counters(const struct lab *lab, const struct target *t, const struct fixture *f)
{
	struct l2x_counters want, is;
	struct l2x_count *moved;

	for (__u32 i = 0; i < STATS_MAX; i++) {
		memset(&want, 0, sizeof(want));
		if (i == (f->stats ?: 1)) {
			moved = t->encap ? &want.tx[t->level] : &want.rx[t->level];
			if (f->outcome == REDIRECT)
				*moved = (struct l2x_count){1, packet_inner_len(&f->in)};
			if (f->outcome == DROP)
				want.drops[f->reason] = 1;
		}
		lab_counters(lab->bpf, i, &is);
		if (memcmp(&want, &is, sizeof(want)))
			fail_msg("%s: %s: counters %u", t->name, f->description, i);
	}
}

static void check(struct lab *lab, const struct target *t, const struct fixture *f)
{
	struct packet in, out = {.len = 0};
	enum outcome is;

	lab_sessions(lab, f->flags, f->mtu);
	lab_counters_clear(lab);
	packet_build(&in, &f->in);
	if (f->change)
		f->change(&in);
	is = run(t, &in, &out);
	if (is != f->outcome)
		fail_msg("%s: %s: outcome %d, not %d", t->name, f->description, is, f->outcome);
	check_bytes(t, f, &in, &out);
	check_counters(lab, t, f);
}

static struct target xdp_decap(const struct lab *lab)
{
	return (struct target){"xdp",	   true,	  bpf_program__fd(lab->bpf->progs.l2x_xdp),
			       lab->under, L2X_LEVEL_XDP, false};
}

static struct target xdp_encap(const struct lab *lab)
{
	return (struct target){"xdp encap", true,	   bpf_program__fd(lab->bpf->progs.l2x_xdp),
			       lab->pay,    L2X_LEVEL_XDP, true};
}

static struct target tc_decap(const struct lab *lab)
{
	return (struct target){
		"tc",	    false,	  bpf_program__fd(lab->bpf->progs.l2x_tc_ingress),
		lab->under, L2X_LEVEL_TC, false};
}

/* Fixtures from here on are left by XDP to the kernel's forwarding; tc accepts them. */
static size_t first_for_kernel(void)
{
	size_t i = 0;

	while (decap_fixtures[i].in.ttl != 1)
		i++;
	return i;
}

static void test_xdp_decap(void **state)
{
	const struct target t = xdp_decap(*state);

	for (size_t i = 0; i < decap_count; i++)
		check(*state, &t, &decap_fixtures[i]);
}

static void test_xdp_encap(void **state)
{
	const struct target t = xdp_encap(*state);

	for (size_t i = 0; i < encap_count; i++)
		check(*state, &t, &encap_fixtures[i]);
}

static void test_tc_decap(void **state)
{
	const struct target t = tc_decap(*state);

	for (size_t i = 0; i < decap_count; i++) {
		struct fixture f = decap_fixtures[i];

		/* Here the tags are still in the packet, where a NIC's never are: see test_wire.c. */
		if (f.in.tags[0])
			continue;
		if (i >= first_for_kernel()) {
			if (f.change)
				continue; /* test_wire.c sees what the kernel makes of them */
			f.outcome = REDIRECT;
			f.out = f.in;
			f.out.outer = 0;
		}
		check(*state, &t, &f);
	}
}

static void truncate_all(struct lab *lab, const struct target *t, const struct fixture *f)
{
	/* For tc, the kernel's test run wants a whole IP header. */
	const size_t first = t->xdp ? ETH : ETH + (f->in.outer == 6 ? 40u : 20u);
	struct packet whole, in, out = {.len = 0};

	lab_sessions(lab, f->flags, f->mtu);
	packet_build(&whole, &f->in);

	for (size_t len = first; len < whole.len - f->in.trailer; len++) {
		in = whole;
		in.len = len;
		if (run(t, &in, &out) == REDIRECT)
			fail_msg("%s: %s: accepted when truncated to %zu", t->name, f->description,
				 len);
		if (out.len != len || memcmp(out.data, in.data, len))
			fail_msg("%s: %s: changed when truncated to %zu", t->name, f->description,
				 len);
	}
}

static void test_truncated(void **state)
{
	const struct target xdp = xdp_decap(*state), enc = xdp_encap(*state), tc = tc_decap(*state);

	for (size_t i = 0; i < decap_count; i++) {
		truncate_all(*state, &xdp, &decap_fixtures[i]);
		truncate_all(*state, &tc, &decap_fixtures[i]);
	}
	for (size_t i = 0; i < encap_count; i++)
		truncate_all(*state, &enc, &encap_fixtures[i]);
}

static __u32 xorshift(__u32 *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	*s ^= *s << 5;
	return *s;
}

static unsigned get16(const struct packet *p, size_t off)
{
	return (unsigned)p->data[off] << 8 | p->data[off + 1];
}

/* A packet at off that reaches exactly to the end. */
static bool sound(const struct packet *p, size_t off, bool xdp)
{
	const size_t len = p->len - off;
	size_t says;

	if (p->data[off] >> 4 == 4) {
		says = get16(p, off + 2);
		return xdp ? says == len && p->data[off] == 0x45 && packet_ip4_ok(p, off)
			   : says <= len;
	}
	says = get16(p, off + 4) + 40u;
	return p->data[off] >> 4 == 6 && (xdp ? says == len : says <= len);
}

/* Its source is session 1's: 10.64.1.0/24 or 2001:db8:64:1::/64. */
static bool source_is_ours(const struct packet *p, size_t off)
{
	static const __u8 net4[] = {10, 64, 1}, net6[] = {0x20, 0x01, 0x0d, 0xb8, 0, 0x64, 0, 1};

	if (p->data[off] >> 4 == 4)
		return !memcmp(p->data + off + 12, net4, sizeof(net4));
	return !memcmp(p->data + off + 8, net6, sizeof(net6));
}

static void flip(struct lab *lab, const struct target *t, const struct fixture *table, size_t count,
		 __u32 seed)
{
	size_t inner = t->encap ? ETH + 38 : ETH, redirected = 0;
	struct packet in, out = {.len = 0};

	lab_sessions(lab, 0, 0);
	for (int i = 0; i < FLIPS; i++) {
		const struct fixture *f = &table[xorshift(&seed) % count];
		__u32 bits = 1 + xorshift(&seed) % 4;

		/* Plain sessions only, for what is checked below. */
		if (f->outcome != REDIRECT || f->flags || f->stats || (f->in.tags[0] && !t->xdp))
			continue;
		packet_build(&in, &f->in);
		while (bits--) {
			__u32 at = xorshift(&seed) % (in.len < 90 ? (__u32)in.len : 90u);

			in.data[at] ^= 1 << xorshift(&seed) % 8;
		}
		if (run(t, &in, &out) != REDIRECT)
			continue;
		redirected++;
		if (out.len > inner + 20 && sound(&out, inner, t->xdp) &&
		    (t->encap ? sound(&out, ETH, true) : source_is_ours(&out, ETH)))
			continue;
		packet_dump("in", &in);
		packet_dump("out", &out);
		fail_msg("%s: %s: accepted with flipped bits", t->name, f->description);
	}
	assert_true(redirected > 0); /* flips of what no one reads */
}

static void test_flipped(void **state)
{
	const struct target xdp = xdp_decap(*state), enc = xdp_encap(*state), tc = tc_decap(*state);

	flip(*state, &xdp, decap_fixtures, decap_count, 1);
	flip(*state, &tc, decap_fixtures, decap_count, 2);
	flip(*state, &enc, encap_fixtures, encap_count, 3);
}

/* L2TP between others is traffic like any other, even with ids that are ours. */
static void test_transit(void **state)
{
	const struct spec spec = {.to = MAC_PAY,
				  .from = MAC_NEXT,
				  .outer = 4,
				  .inner = 4,
				  .osrc = "203.0.113.5",
				  .odst = "10.64.1.2",
				  .payload = 90};
	const struct target t = xdp_encap(*state);
	struct lab *lab = *state;
	struct l2x_counters sum;
	struct packet in, out = {.len = 0};

	lab_sessions(lab, 0, 0);
	lab_counters_clear(lab);
	packet_build(&in, &spec);
	assert_int_equal(run(&t, &in, &out), REDIRECT);
	assert_int_equal(out.len, in.len + 38);
	/* all behind TTL and checksum is as it was */
	assert_memory_equal(out.data + ETH + 38 + 12, in.data + ETH + 12, in.len - ETH - 12);
	lab_counters(lab->bpf, 1, &sum);
	assert_int_equal(sum.tx[L2X_LEVEL_XDP].packets, 1);
	assert_int_equal(sum.tx[L2X_LEVEL_XDP].bytes, in.len - ETH);
}

/* The checksum after the change of TTL, whatever it was before. */
static void test_ttl_checksum(void **state)
{
	const struct spec spec = {.to = MAC_UNDER, .from = MAC_PEER, .outer = 4, .inner = 4};
	const struct target t = xdp_decap(*state);
	struct packet in, want, out = {.len = 0};

	lab_sessions(*state, 0, 0);
	packet_build(&in, &spec);
	for (unsigned id = 0; id <= 0xffff; id++) {
		in.data[52 + 4] = (uint8_t)(id >> 8);
		in.data[52 + 5] = (uint8_t)id;
		packet_ip4_fix(&in, 52);
		assert_int_equal(run(&t, &in, &out), REDIRECT);
		want = out;
		packet_ip4_fix(&want, ETH);
		assert_memory_equal(out.data, want.data, want.len);
	}
}

static int setup(void **state)
{
	static struct lab lab;

	lab_open(&lab);
	run_open_nics(&lab);
	*state = &lab;
	return 0;
}

static int teardown(void **state)
{
	lab_close(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xdp_decap),    cmocka_unit_test(test_xdp_encap),
		cmocka_unit_test(test_tc_decap),     cmocka_unit_test(test_transit),
		cmocka_unit_test(test_ttl_checksum), cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped),
	};

	return cmocka_run_group_tests_name("bpf fixtures", tests, setup, teardown);
}
