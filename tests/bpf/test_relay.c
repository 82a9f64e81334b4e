// SPDX-License-Identifier: GPL-2.0-only
/*
 * Relayed sessions (bpf/relay.h), in XDP and tc, by BPF_PROG_TEST_RUN: between all underlays, with
 * all that an L2TP header may have, byte by byte; what is left to the next level; hostile input.
 *
 * One half of each session comes by under0, from 192.0.2.2 or 2001:db8:1::2; the other one goes by
 * pay0, to 198.51.100.2 or 2001:db8:2::2.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "l2x/wire.h"
#include "run.h"

/* A message starts from a sound one, and then says what differs. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define ETH	 14
#define FLIPS	 20000

#define NEAR_44	 20 /* of IPv4, goes on by FAR_4 */
#define NEAR_46	 21
#define NEAR_64	 22
#define NEAR_66	 23
#define FAR_4	 24
#define FAR_6	 25
#define NEAR_NO	 26 /* its other half is gone */

#define FAR_PORT 1702 /* of 198.51.100.2 */

#define FROM4	 .to = MAC_UNDER, .from = MAC_PEER, .outer = 4, .inner = 4, .payload = 100
#define FROM6	 .to = MAC_UNDER, .from = MAC_PEER, .outer = 6, .inner = 6, .payload = 100
#define TO4                                                                  \
	.to = MAC_NEXT, .from = MAC_PAY, .outer = 4, .osrc = "198.51.100.1", \
	.odst = "198.51.100.2", .odport = FAR_PORT, .tunnel = 31, .session = 44, .payload = 100
#define TO6                                                                   \
	.to = MAC_NEXT, .from = MAC_PAY, .outer = 6, .osrc = "2001:db8:2::1", \
	.odst = "2001:db8:2::2", .tunnel = 31, .session = 45, .payload = 100
#define BITS (L2TP_L | L2TP_S | L2TP_O | L2TP_P | 0x34f0 | 2)

struct relayed {
	const char *description;
	struct spec in;
	void (*change)(struct packet *p);
	enum outcome outcome;
	bool not_tc; /* XDP does, and tc leaves it to userspace */
	enum l2x_reason reason;
	bool control; /* goes on, but does not count */
	struct spec out;
	void (*out_change)(struct packet *p);
};

/* Over IPv4: there is a UDP checksum. */
static void with_checksum(struct packet *p)
{
	const size_t udp = ETH + 20;
	const uint16_t sum = packet_l4_sum(p, ETH, udp, p->len) ?: 0xffff;

	p->data[udp + 6] = (uint8_t)(sum >> 8);
	p->data[udp + 7] = (uint8_t)sum;
}

/* One bit of the payload got lost on the way. */
static void damaged(struct packet *p)
{
	p->data[p->len - 3] ^= 4;
}

static void damaged_with_checksum(struct packet *p)
{
	with_checksum(p);
	damaged(p);
}

/* The sum over the pseudo header alone, as a virtual NIC hands it over. */
static void to_be_completed(struct packet *p)
{
	const size_t udp = ETH + 20;
	struct packet header = *p;
	uint16_t sum;

	header.data[udp + 4] = header.data[udp + 5] = 0;
	sum = (uint16_t)~packet_l4_sum(&header, ETH, p->len, p->len);
	sum = (uint16_t)(sum + p->len - udp);
	p->data[udp + 6] = (uint8_t)(sum >> 8);
	p->data[udp + 7] = (uint8_t)sum;
}

static void no_checksum6(struct packet *p)
{
	p->data[ETH + 46] = p->data[ETH + 47] = 0;
}

static void fragment(struct packet *p)
{
	p->data[ETH + 6] = 0x20;
	packet_ip4_fix(p, ETH);
}

static void even_protocol(struct packet *p)
{
	p->data[ETH + 20 + 8 + 6 + 3] = 0x20;
}

static void not_ip(struct packet *p)
{
	memset(p->data + ETH + 38, 0xa5, 20);
}

static const struct relayed table[] = {
	{"IPv4 to IPv4",
	 {FROM4, .session = NEAR_44},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4}},
	{"IPv4 to IPv4, with a checksum",
	 {FROM4, .session = NEAR_44},
	 with_checksum,
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4}},
	{"IPv4 to IPv6, without a checksum",
	 {FROM4, .session = NEAR_46},
	 .outcome = REDIRECT,
	 .not_tc = true,
	 .out = {TO6, .inner = 4}},
	{"IPv4 to IPv6, without a checksum, odd length",
	 {FROM4, .session = NEAR_46, .ppp = PPP_SHORT},
	 .outcome = REDIRECT,
	 .not_tc = true,
	 .out = {TO6, .inner = 4, .ppp = PPP_SHORT}},
	{"IPv4 to IPv6, with a checksum",
	 {FROM4, .session = NEAR_46},
	 with_checksum,
	 .outcome = REDIRECT,
	 .out = {TO6, .inner = 4}},
	{"IPv4 to IPv6, damaged: it stays so",
	 {FROM4, .session = NEAR_46},
	 damaged_with_checksum,
	 .outcome = REDIRECT,
	 .out = {TO6, .inner = 4},
	 .out_change = damaged},
	{"IPv6 to IPv4",
	 {FROM6, .session = NEAR_64},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 6}},
	{"IPv6 to IPv6",
	 {FROM6, .session = NEAR_66},
	 .outcome = REDIRECT,
	 .out = {TO6, .inner = 6}},
	{"IPv6 to IPv6, damaged: it stays so",
	 {FROM6, .session = NEAR_66},
	 damaged,
	 .outcome = REDIRECT,
	 .out = {TO6, .inner = 6},
	 .out_change = damaged},
	{"IPv6 to IPv6, odd length",
	 {FROM6, .session = NEAR_66, .ppp = PPP_SHORT},
	 .outcome = REDIRECT,
	 .out = {TO6, .inner = 6, .ppp = PPP_SHORT}},
	{"L",
	 {FROM4, .session = NEAR_44, .l2tp = L2TP_L | 2},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4, .l2tp = L2TP_L | 2}},
	{"S",
	 {FROM4, .session = NEAR_44, .l2tp = L2TP_S | 2},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4, .l2tp = L2TP_S | 2}},
	{"O",
	 {FROM6, .session = NEAR_64, .l2tp = L2TP_O | 2, .pad = 17},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 6, .l2tp = L2TP_O | 2, .pad = 17}},
	{"all bits, reserved ones too, the longest pad",
	 {FROM6, .session = NEAR_66, .l2tp = BITS, .pad = 128},
	 .outcome = REDIRECT,
	 .out = {TO6, .inner = 6, .l2tp = BITS, .pad = 128}},
	{"all bits, to IPv6, summed up",
	 {FROM4, .session = NEAR_46, .l2tp = BITS, .pad = 127},
	 .outcome = REDIRECT,
	 .not_tc = true,
	 .out = {TO6, .inner = 4, .l2tp = BITS, .pad = 127}},
	{"a longer pad",
	 {FROM4, .session = NEAR_44, .l2tp = L2TP_O | 2, .pad = 129},
	 .outcome = PASS},
	{"no FF03",
	 {FROM4, .session = NEAR_44, .ppp = PPP_LONG},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4, .ppp = PPP_LONG}},
	{"compressed protocol",
	 {FROM4, .session = NEAR_44, .ppp = PPP_FF03_SHORT},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4, .ppp = PPP_FF03_SHORT}},
	{"one VLAN tag",
	 {FROM4, .session = NEAR_44, .tags = {7}},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4}},
	{"two VLAN tags, to IPv6",
	 {FROM6, .session = NEAR_66, .tags = {8, 7}},
	 .outcome = REDIRECT,
	 .out = {TO6, .inner = 6}},
	{"bytes behind the Length go along, those behind UDP do not",
	 {FROM4, .session = NEAR_44, .l2tp = L2TP_L | 2, .slack = 5, .trailer = 9},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4, .l2tp = L2TP_L | 2, .slack = 5}},
	{"bytes behind IPv6",
	 {FROM6, .session = NEAR_66, .l2tp = L2TP_L | 2, .trailer = 9},
	 .outcome = REDIRECT,
	 .out = {TO6, .inner = 6, .l2tp = L2TP_L | 2}},
	{"a SYN as it is, whatever its MSS",
	 {FROM4, .session = NEAR_44, .mss = 9000},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4, .mss = 9000}},
	{"not IP at all in it: not ours to judge",
	 {FROM4, .session = NEAR_44},
	 not_ip,
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4},
	 .out_change = not_ip},
	{"from anywhere inside",
	 {FROM4, .session = NEAR_44, .src = "127.0.0.1", .ttl = 1},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4, .src = "127.0.0.1", .ttl = 1}},
	{"another network protocol",
	 {FROM4, .session = NEAR_44, .proto = 0x3d},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4, .proto = 0x3d}},
	{"LCP",
	 {FROM4, .session = NEAR_44, .proto = PPP_PROTO_LCP},
	 .outcome = REDIRECT,
	 .control = true,
	 .out = {TO4, .inner = 4, .proto = PPP_PROTO_LCP}},
	{"IPV6CP, between families",
	 {FROM6, .session = NEAR_64, .proto = PPP_PROTO_IPV6CP},
	 .outcome = REDIRECT,
	 .control = true,
	 .out = {TO4, .inner = 6, .proto = PPP_PROTO_IPV6CP}},
	{"as large as the way takes",
	 {FROM4, .session = NEAR_44, .payload = 1434},
	 .outcome = REDIRECT,
	 .out = {TO4, .inner = 4, .payload = 1434}},
	{"as large as the way takes, IPv6",
	 {FROM4, .session = NEAR_46, .payload = 1414},
	 with_checksum,
	 .outcome = REDIRECT,
	 .out = {TO6, .inner = 4, .payload = 1414}},

	/* left to the next level */
	{"larger than the way takes",
	 {FROM4, .session = NEAR_46, .payload = 1415},
	 .outcome = PASS},
	{"a checksum that is still to be completed",
	 {FROM4, .session = NEAR_44},
	 to_be_completed,
	 .outcome = PASS},
	{"the same, to IPv6", {FROM4, .session = NEAR_46}, to_be_completed, .outcome = PASS},
	{"no checksum over IPv6", {FROM6, .session = NEAR_64}, no_checksum6, .outcome = PASS},
	{"a fragment", {FROM4, .session = NEAR_44}, fragment, .outcome = PASS},
	{"the other half is gone", {FROM4, .session = NEAR_NO}, .outcome = PASS},
	{"control message",
	 {FROM4, .session = NEAR_44, .l2tp = L2TP_T | L2TP_L | L2TP_S | 2},
	 .outcome = PASS},
	{"no PPP protocol", {FROM4, .session = NEAR_44}, even_protocol, .outcome = PASS},
	{"protocol 00ff", {FROM4, .session = NEAR_44, .proto = 0xff}, .outcome = PASS},
	{"to another NIC on the wire", {FROM4, .session = NEAR_44, .to = 0x77}, .outcome = PASS},

	/* refused */
	{"from another address",
	 {FROM4, .session = NEAR_44, .osrc = "192.0.2.3"},
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_PEER},
	{"LCP from another port",
	 {FROM4, .session = NEAR_44, .osport = 1702, .proto = PPP_PROTO_LCP},
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_PEER},
};

static struct target xdp_target(const struct lab *lab)
{
	return (struct target){.name = "xdp",
			       .xdp = true,
			       .fd = bpf_program__fd(lab->bpf->progs.l2x_xdp),
			       .ifindex = lab->under,
			       .level = L2X_LEVEL_XDP};
}

static struct target tc_target(const struct lab *lab)
{
	return (struct target){.name = "tc",
			       .fd = bpf_program__fd(lab->bpf->progs.l2x_tc_ingress),
			       .ifindex = lab->under,
			       .level = L2X_LEVEL_TC};
}

static void check_counters(const struct lab *lab, const struct target *t, const struct relayed *f,
			   enum outcome outcome)
{
	const __u32 near = f->in.session - NEAR_44 + 1,
		    far = (f->out.outer == 6 ? FAR_6 : FAR_4) - NEAR_44 + 1;
	const struct l2x_count moved = {1, packet_inner_len(&f->in)};
	struct l2x_counters want, is;

	for (__u32 i = 0; i < STATS_MAX; i++) {
		memset(&want, 0, sizeof(want));
		if (outcome == REDIRECT && !f->control && i == near)
			want.rx[t->level] = moved;
		if (outcome == REDIRECT && !f->control && i == far)
			want.tx[t->level] = moved;
		if (outcome == DROP && i == near)
			want.drops[f->reason] = 1;
		lab_counters(lab->bpf, i, &is);
		if (memcmp(&want, &is, sizeof(want)))
			fail_msg("%s: %s: counters %u", t->name, f->description, i);
	}
}

static void build_in(const struct relayed *f, struct packet *in)
{
	packet_build(in, &f->in);
	if (f->change)
		f->change(in);
}

static void check(struct lab *lab, const struct target *t, const struct relayed *f)
{
	const enum outcome outcome = f->not_tc && !t->xdp ? PASS : f->outcome;
	struct packet in, want, out = {.len = 0};
	size_t skip = 0;
	enum outcome is;

	lab_counters_clear(lab);
	build_in(f, &in);
	want = in;
	is = run(t, &in, &out);
	if (is != outcome)
		fail_msg("%s: %s: outcome %d, not %d", t->name, f->description, is, outcome);
	if (outcome == REDIRECT) {
		packet_build(&want, &f->out);
		if (f->out_change)
			f->out_change(&want);
		packet_normalise(&out, ETH);
		packet_normalise(&want, ETH);
		/* The kernel writes the Ethernet header of what tc redirects. */
		skip = t->xdp ? 0 : ETH;
	}
	if (out.len != want.len || memcmp(out.data + skip, want.data + skip, want.len - skip)) {
		packet_dump("expected", &want);
		packet_dump("is", &out);
		fail_msg("%s: %s: other bytes", t->name, f->description);
	}
	check_counters(lab, t, f, outcome);
}

#define COUNT (sizeof(table) / sizeof(table[0]))

static void test_xdp(void **state)
{
	const struct target t = xdp_target(*state);

	for (size_t i = 0; i < COUNT; i++)
		check(*state, &t, &table[i]);
}

static void test_tc(void **state)
{
	const struct target t = tc_target(*state);

	for (size_t i = 0; i < COUNT; i++) {
		/* Here the tags are still in the packet, where a NIC's never are: see tests/differential. */
		if (!table[i].in.tags[0])
			check(*state, &t, &table[i]);
	}
}

static void truncate_all(const struct target *t, const struct relayed *f)
{
	/* For tc, the kernel's test run wants a whole IP header. */
	const size_t first = t->xdp ? ETH : ETH + (f->in.outer == 6 ? 40u : 20u);
	struct packet whole, in, out = {.len = 0};

	build_in(f, &whole);
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
	const struct target xdp = xdp_target(*state), tc = tc_target(*state);

	for (size_t i = 0; i < COUNT; i++) {
		truncate_all(&xdp, &table[i]);
		if (!table[i].in.tags[0])
			truncate_all(&tc, &table[i]);
	}
}

/* Both IP and UDP header say what is there, and the message goes to where a half goes. */
static bool sound(const struct packet *p)
{
	const bool v6 = p->data[ETH] >> 4 == 6;
	const size_t ip = v6 ? 40 : 20, len = p->len - ETH;
	const uint8_t *l3 = p->data + ETH, *udp = l3 + ip, *ids = udp + 8;

	if (v6 ? (size_t)(l3[4] << 8 | l3[5]) + ip != len
	       : (size_t)(l3[2] << 8 | l3[3]) != len || !packet_ip4_ok(p, ETH))
		return false;
	ids += ids[0] & L2TP_L >> 8 ? 4 : 2;
	return (size_t)(udp[4] << 8 | udp[5]) + ip == len && ids[0] == 0 && ids[1] == 31 &&
	       ids[2] == 0 && ids[3] == (v6 ? 45 : 44);
}

static void flip(const struct target *t, __u32 seed)
{
	struct packet in, out = {.len = 0};
	size_t redirected = 0;

	for (int i = 0; i < FLIPS; i++) {
		const struct relayed *f = &table[i % COUNT];

		if (f->in.tags[0])
			continue;
		build_in(f, &in);
		for (int bits = 1 + i % 3; bits; bits--) {
			seed ^= seed << 13;
			seed ^= seed >> 17;
			seed ^= seed << 5;
			in.data[seed / 8 % (in.len < 90 ? in.len : 90)] ^= 1 << seed % 8;
		}
		if (run(t, &in, &out) != REDIRECT)
			continue;
		redirected++;
		if (sound(&out))
			continue;
		packet_dump("in", &in);
		packet_dump("out", &out);
		fail_msg("%s: %s: sent on with flipped bits", t->name, f->description);
	}
	assert_true(redirected > FLIPS / 20);
}

static void test_flipped(void **state)
{
	const struct target xdp = xdp_target(*state), tc = tc_target(*state);

	flip(&xdp, 1);
	flip(&tc, 2);
}

static void half(struct lab *lab, __u16 id, bool v6, bool near, __u16 other)
{
	static const char *const at[2][2] = {{"198.51.100.", "2001:db8:2::"},
					     {"192.0.2.", "2001:db8:1::"}};
	struct l2x_session s = {
		.key = {.tunnel_id = 10, .session_id = id},
		.peer_tunnel_id = near ? 30 : 31,
		.peer_session_id = id + 20,
		.flags = L2X_SESSION_RELAY | L2X_SESSION_CHECK_NS | L2X_SESSION_SEQUENCED,
		.stats_index = id - NEAR_44 + 1,
		.relay = {.tunnel_id = 10, .session_id = other},
	};
	struct l2x_underlay u = {.local_port = htons(L2TP_PORT),
				 .peer_port = htons(id == FAR_4 ? FAR_PORT : L2TP_PORT),
				 .family = v6 ? AF_INET6 : AF_INET};
	char text[32];

	snprintf(text, sizeof(text), "%s1", at[near][v6]);
	assert_int_equal(inet_pton(u.family, text, u.local), 1);
	snprintf(text, sizeof(text), "%s2", at[near][v6]);
	assert_int_equal(inet_pton(u.family, text, u.peer), 1);
	lab_session(lab->bpf, s, &u);
}

static int setup(void **state)
{
	static struct lab lab;

	lab_open(&lab);
	run_open_nics(&lab);
	half(&lab, NEAR_44, false, true, FAR_4);
	half(&lab, NEAR_46, false, true, FAR_6);
	half(&lab, NEAR_64, true, true, FAR_4);
	half(&lab, NEAR_66, true, true, FAR_6);
	half(&lab, FAR_4, false, false, NEAR_44);
	half(&lab, FAR_6, true, false, NEAR_66);
	half(&lab, NEAR_NO, false, true, 99);
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
		cmocka_unit_test(test_xdp),
		cmocka_unit_test(test_tc),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped),
	};

	return cmocka_run_group_tests_name("bpf relay", tests, setup, teardown);
}
