// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets with real sockets, netdevs and programs, at each level in turn: a set of three legs, two of
 * which leave by the same NIC to the same peer, the third over IPv6. What is sent to the set comes
 * on each leg, byte for byte as docs/sets.md has it; of what comes on several legs, one goes on.
 */
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include "plane.h"

#define LEGS   3
#define IP_UDP 28 /* bytes of the inner headers */

/* Legs 1 and 2 over IPv4; 3 over IPv6, without FF03. */
static struct l2x_session_key leg_key(unsigned leg)
{
	return (struct l2x_session_key){7, (uint16_t)leg};
}

static void set_leg(struct fixture *f, unsigned leg, uint32_t flags, uint16_t mtu, uint64_t weight)
{
	struct dataplane_session s = {
		.key = leg_key(leg),
		.peer_tunnel_id = 0x1234,
		.peer_session_id = (uint16_t)(0x5670 + leg),
		.flags = flags | (leg == 3 ? L2X_SESSION_NO_FF03 : 0),
		.netdev = f->netdev,
		.mtu = mtu,
		.set = f->set,
		.weight = weight,
		.path = {.local = {addr(leg == 3 ? "2001:db8::1" : "192.0.2.1"), 1701, 0},
			 .peer = {addr(leg == 3 ? "2001:db8::2" : "192.0.2.2"), 1701, 0}},
	};

	assert_int_equal(dataplane_session_set(f->dp, &s), 0);
}

#define BOTH (L2X_SESSION_IPV4 | L2X_SESSION_IPV6)

static void start_set(struct fixture *f, enum config_dataplane level, enum config_forward forward,
		      const struct dataplane_set_setup *setup)
{
	struct ip_addr client = addr("10.1.0.2"), local = addr("10.1.0.1");
	struct net_route r = {.prefix = ip_prefix_host(&client), .table = NET_TABLE_MAIN};
	struct ip_prefix p = ip_prefix_host(&local);

	assert_int_equal(open_level(f, level, 1701, &f->dp), 0);
	assert_int_equal(dataplane_netdev_get(f->dp, "l2xt", &f->netdev), 0);
	assert_int_equal(net_link_setup(f->net, f->netdev, 1400), 0);
	assert_int_equal(net_address_add(f->net, f->netdev, &p), 0);
	assert_int_equal(dataplane_attach(f->dp, "v0", forward), 0);
	assert_int_equal(dataplane_attach(f->dp, "w0", forward), 0);
	assert_int_equal(dataplane_set_new(f->dp, setup, &f->set), 0);
	for (unsigned leg = 1; leg <= LEGS; leg++)
		set_leg(f, leg, BOTH, (uint16_t)(1360 + 10 * leg), leg);
	assert_int_equal(dataplane_route_add(f->dp, f->netdev, &r.prefix,
					     (struct l2x_route){.set = f->set}),
			 0);
	r.ifindex = f->netdev;
	assert_int_equal(net_route_add(f->net, &r), 0);
}

/* The head of a copy, checked; the number in it goes to *number. Returns its length. */
static size_t check_head(const uint8_t *p, unsigned leg, bool extended, uint64_t *number,
			 uint16_t *epoch)
{
	size_t at = 10;

	assert_int_equal(p[0] << 8 | p[1], extended ? 0x0a02 : 0x0802);
	assert_int_equal(p[2] << 8 | p[3], 0x1234);
	assert_int_equal(p[4] << 8 | p[5], 0x5670 + leg);
	*number = (uint64_t)(p[6] << 8 | p[7]);
	assert_int_equal(p[8] << 8 | p[9], 0);
	if (extended) {
		assert_memory_equal(p + at, "\x00\x0cL2X1", 6);
		*epoch = (uint16_t)(p[16] << 8 | p[17]);
		*number = 0;
		for (int i = 18; i < 24; i++)
			*number = *number << 8 | p[i];
		assert_int_equal(p[6] << 8 | p[7], *number & 0xffff);
		at = 24;
	}
	if (leg != 3) {
		assert_memory_equal(p + at, "\xff\x03", 2);
		at += 2;
	}
	assert_memory_equal(p + at, "\x00\x21", 2);
	return at + 2;
}

/* Of those legs (bit 1 is leg 1), the copies of one packet come, and nothing else is in it. */
static uint64_t expect_copies(struct fixture *f, unsigned legs, bool extended, const char *data)
{
	uint64_t number = 0, first = 0;
	bool any = false;

	for (unsigned copy = 1; copy <= LEGS; copy++) {
		uint8_t buf[256];
		unsigned leg = copy;
		uint16_t epoch;
		size_t len, at;

		if (!(legs & 1 << copy))
			continue;
		len = receive(f, copy == 3 ? f->lab.peer6 : f->lab.peer, buf, sizeof(buf));
		at = check_head(buf, leg, extended, &number, &epoch);
		assert_int_equal(len, at + IP_UDP + strlen(data));
		assert_memory_equal(buf + at + IP_UDP, data, strlen(data));
		assert_int_equal(lab_sum(buf + at, 20, 0), 0xffff);
		assert_int_equal(buf[at + 8], 63); /* one router on the way */
		if (any)
			assert_int_equal(number, first);
		first = number;
		any = true;
	}
	return first;
}

/* A packet of that session alone, without number. */
static void expect_bare(struct fixture *f, unsigned leg, const char *data)
{
	const uint8_t head[] = {0, 2, 0x12, 0x34, 0x56, (uint8_t)(0x70 + leg), 0xff, 3, 0, 0x21};
	uint8_t buf[256];
	size_t len = receive(f, f->lab.peer, buf, sizeof(buf));

	assert_int_equal(len, sizeof(head) + IP_UDP + strlen(data));
	assert_memory_equal(buf, head, sizeof(head));
	assert_memory_equal(buf + sizeof(head) + IP_UDP, data, strlen(data));
}

static void count_sent(struct fixture *f, unsigned leg, enum l2x_level level, uint64_t packets)
{
	struct l2x_counters c;

	assert_int_equal(dataplane_session_counters(f->dp, leg_key(leg), &c), 0);
	for (int l = 0; l < L2X_LEVELS; l++)
		assert_int_equal(c.tx[l].packets, l == (int)level ? packets : 0);
	for (int reason = 0; reason < L2X_REASON_COUNT; reason++)
		assert_int_equal(c.drops[reason], 0);
}

#define PACKETS 40

static void sends_copies(struct fixture *f, bool extended, enum l2x_level level)
{
	const uint64_t mask = extended ? 0xffffffffffff : 0xffff;
	struct dataplane_set_counters c;
	uint64_t number = 0;

	for (int i = 0; i < PACKETS; i++) {
		char text[20];
		uint64_t n;

		snprintf(text, sizeof(text), "packet %d", i);
		lab_send(f->lab.server, "10.1.0.2", 5000, text, strlen(text));
		n = expect_copies(f, 0xe, extended, text);
		if (i)
			assert_int_equal(n, (number + 1) & mask);
		number = n;
	}
	for (unsigned leg = 1; leg <= LEGS; leg++)
		count_sent(f, leg, level, PACKETS);
	/* A leg goes; the others go on. It comes back. */
	set_leg(f, 2, L2X_SESSION_IPV6, 1380, 1);
	lab_send(f->lab.server, "10.1.0.2", 5000, "two", 3);
	assert_int_equal(expect_copies(f, 0xa, extended, "two"), (number + 1) & mask);
	set_leg(f, 2, BOTH, 1380, 1);
	lab_send(f->lab.server, "10.1.0.2", 5000, "three", 5);
	assert_int_equal(expect_copies(f, 0xe, extended, "three"), (number + 2) & mask);
	/* The peer of one leg knows nothing of sets. */
	set_leg(f, 2, BOTH | L2X_SESSION_CHECK_NS, 1380, 1);
	lab_send(f->lab.server, "10.1.0.2", 5000, "four", 4);
	assert_int_equal(expect_copies(f, 0x2, extended, "four"), (number + 3) & mask);
	expect_bare(f, 2, "four");
	assert_int_equal(expect_copies(f, 0x8, extended, "four"), (number + 3) & mask);
	set_leg(f, 2, BOTH, 1380, 1);
	assert_int_equal(dataplane_set_counters(f->dp, f->set, &c), 0);
	assert_int_equal(c.sent, PACKETS + 3);
	assert_int_equal(c.legs, LEGS);
}

/* From the peer on this leg; number < 0: without. */
static void send_leg(struct fixture *f, unsigned leg, bool extended, int64_t number,
		     const char *data)
{
	uint8_t buf[256] = {extended ? 0x0a : 0x08, 2, 0, 7, 0, (uint8_t)leg};
	size_t at = 10;

	if (number < 0)
		buf[0] = 0;
	buf[6] = (uint8_t)((uint64_t)number >> 8);
	buf[7] = (uint8_t)number;
	if (extended) {
		memcpy(buf + 10, "\x00\x0cL2X1\xab\xcd", 8);
		for (int i = 0; i < 6; i++)
			buf[18 + i] = (uint8_t)((uint64_t)number >> 8 * (5 - i));
		at = 24;
	}
	if (number < 0)
		at = 6;
	memcpy(buf + at, "\xff\x03\x00\x21", 4);
	at += 4;
	at += lab_udp4(buf + at, "10.1.0.2", 5000, "10.2.0.2", 7777, data, strlen(data));
	lab_send(leg == 3 ? f->lab.peer6 : f->lab.peer, leg == 3 ? "2001:db8::1" : "192.0.2.1",
		 1701, buf, at);
}

static void expect_at_server(struct fixture *f, const char *data)
{
	uint8_t buf[64];

	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), strlen(data));
	assert_memory_equal(buf, data, strlen(data));
}

static uint64_t received(struct fixture *f, unsigned leg, enum l2x_level level,
			 uint64_t *duplicates)
{
	struct l2x_counters c;
	uint64_t all = 0;

	assert_int_equal(dataplane_session_counters(f->dp, leg_key(leg), &c), 0);
	for (int l = 0; l < L2X_LEVELS; l++)
		all += c.rx[l].packets;
	assert_int_equal(all, c.rx[level].packets);
	*duplicates = c.drops[L2X_DROP_DUPLICATE];
	return all;
}

/* Numbers 0xfff0 to 0x1001f, round the end of 16 bits, on all legs, each time another one first;
 * and one number that never comes, and one that comes on leg 3 alone. */
static void drops_copies(struct fixture *f, bool extended, enum l2x_level level)
{
	const int64_t first = 0xfff0, last = 0x1001f, lost = 0xfffc, single = 0xfffe;
	const unsigned numbers = (unsigned)(last - first + 1);
	struct dataplane_set_counters c;
	uint64_t duplicates;
	time_t until;

	for (int64_t n = first; n <= last; n++) {
		char text[20];

		if (n == lost)
			continue;
		snprintf(text, sizeof(text), "number %d", (int)n);
		for (unsigned i = 0; i < LEGS; i++) {
			unsigned leg = 1 + (i + (unsigned)n) % LEGS;

			if (n != single || leg == 3)
				send_leg(f, leg, extended, n, text);
			if (i == 0 || n == single)
				expect_at_server(f, text);
			if (n == single && leg == 3)
				break;
			if (n == single)
				fail_msg("leg 3 is not first");
		}
	}
	/* What has no number always passes. */
	for (unsigned i = 0; i < 2; i++) {
		send_leg(f, 1 + i, false, -1, "no number");
		expect_at_server(f, "no number");
	}
	/* The last copies are on their way, and nothing else comes at the server. */
	until = now() + SECONDS;
	do {
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		assert_int_equal(dataplane_set_counters(f->dp, f->set, &c), 0);
	} while (c.duplicates < 2 * (numbers - 2) && now() < until);
	assert_int_equal(c.duplicates, 2 * (numbers - 2));
	assert_int_equal(c.unique, numbers - 1);
	assert_int_equal(c.expected, numbers);
	assert_int_equal(c.lost, 1);
	for (unsigned i = 0; i < LEGS; i++) {
		uint64_t skew = 0;

		for (int class = 0; class < L2X_SKEW_CLASSES; class ++)
			skew += c.leg[i].skew[class];
		assert_int_equal(c.leg[i].copies, i == 2 ? numbers - 1 : numbers - 2);
		assert_int_equal(c.leg[i].missing, i == 2 ? 1 : 2);
		assert_int_equal(skew, c.leg[i].copies - c.leg[i].first);
		assert_int_equal(c.leg[i].late, 0);
		assert_true(c.leg[i].last > 0);
		assert_int_equal(received(f, i + 1, level, &duplicates),
				 c.leg[i].copies + (i < 2 ? 1 : 0));
		assert_int_equal(duplicates, skew);
	}
}

static void whole_set(struct fixture *f, enum config_dataplane level, enum config_forward forward,
		      enum l2x_level counts, bool extended)
{
	const struct dataplane_set_setup s = {.extended = extended, .skew = 20000};

	start_set(f, level, forward, &s);
	sends_copies(f, extended, counts);
	drops_copies(f, extended, counts);
}

static void test_user(void **state)
{
	whole_set(*state, DATAPLANE_USER, FORWARD_KERNEL, L2X_LEVEL_USER, false);
}

static void test_user_extended(void **state)
{
	whole_set(*state, DATAPLANE_USER, FORWARD_KERNEL, L2X_LEVEL_USER, true);
}

static void test_tc(void **state)
{
	whole_set(*state, DATAPLANE_AUTO, FORWARD_KERNEL, L2X_LEVEL_TC, false);
}

static void test_tc_extended(void **state)
{
	whole_set(*state, DATAPLANE_TC, FORWARD_KERNEL, L2X_LEVEL_TC, true);
}

static void test_xdp(void **state)
{
	whole_set(*state, DATAPLANE_AUTO, FORWARD_XDP, L2X_LEVEL_XDP, false);
}

static void test_xdp_extended(void **state)
{
	whole_set(*state, DATAPLANE_XDP, FORWARD_XDP, L2X_LEVEL_XDP, true);
}

/* The legs are given 1:2:3 of the bytes. No copies, no numbers. */
static void bond_by_load(struct fixture *f, enum config_dataplane level,
			 enum config_forward forward, enum l2x_level counts)
{
	const struct dataplane_set_setup s = {.bond = true};
	struct l2x_counters c;
	uint8_t buf[64];

	start_set(f, level, forward, &s);
	for (int i = 0; i < 6 * PACKETS; i++) {
		struct pollfd p[] = {{.fd = f->lab.peer, .events = POLLIN},
				     {.fd = f->lab.peer6, .events = POLLIN}};
		time_t until = now() + SECONDS;

		lab_send(f->lab.server, "10.1.0.2", 5000, "packet", 6);
		while (poll(p, 2, 1) < 1 && now() < until)
			event_base_loop(f->base, EVLOOP_NONBLOCK);
		assert_true(recv(p[0].revents ? p[0].fd : p[1].fd, buf, sizeof(buf), 0) > 0);
		assert_int_equal(buf[0] << 8 | buf[1], 2);
	}
	for (unsigned leg = 1; leg <= LEGS; leg++) {
		assert_int_equal(dataplane_session_counters(f->dp, leg_key(leg), &c), 0);
		assert_in_range(c.tx[counts].packets, leg * PACKETS - 1, leg * PACKETS + 1);
	}
}

static void test_bond_user(void **state)
{
	bond_by_load(*state, DATAPLANE_USER, FORWARD_KERNEL, L2X_LEVEL_USER);
}

static void test_bond_tc(void **state)
{
	bond_by_load(*state, DATAPLANE_AUTO, FORWARD_KERNEL, L2X_LEVEL_TC);
}

static void test_bond_xdp(void **state)
{
	bond_by_load(*state, DATAPLANE_AUTO, FORWARD_XDP, L2X_LEVEL_XDP);
}

#define FLOWS 60

/* Which leg the packet of each flow goes by: at all levels the same one. */
static void flow_legs(struct fixture *f, unsigned legs[FLOWS])
{
	for (unsigned i = 0; i < FLOWS; i++) {
		struct l2x_counters before[LEGS], c;
		unsigned found = 0;
		time_t until = now() + SECONDS;

		for (unsigned leg = 1; leg <= LEGS; leg++)
			assert_int_equal(dataplane_session_counters(f->dp, leg_key(leg),
								    &before[leg - 1]),
					 0);
		lab_send(f->lab.server, "10.1.0.2", (uint16_t)(5000 + i), "flow", 4);
		for (; !found && now() < until; event_base_loop(f->base, EVLOOP_NONBLOCK))
			for (unsigned leg = 1; leg <= LEGS; leg++) {
				assert_int_equal(dataplane_session_counters(f->dp, leg_key(leg),
									    &c),
						 0);
				if (memcmp(c.tx, before[leg - 1].tx, sizeof(c.tx)))
					found = leg;
			}
		assert_true(found);
		legs[i] = found;
	}
}

static void test_bond_flows(void **state)
{
	static const struct {
		enum config_dataplane level;
		enum config_forward forward;
	} levels[] = {{DATAPLANE_USER, FORWARD_KERNEL},
		      {DATAPLANE_TC, FORWARD_KERNEL},
		      {DATAPLANE_XDP, FORWARD_XDP}};
	const struct dataplane_set_setup s = {.bond = true, .per_flow = true};
	unsigned legs[FLOWS], first[FLOWS], used[LEGS + 1] = {0};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		start_set(f, levels[i].level, levels[i].forward, &s);
		flow_legs(f, i ? legs : first);
		if (i)
			assert_memory_equal(legs, first, sizeof(legs));
		dataplane_close(f->dp);
		f->dp = NULL;
	}
	for (unsigned i = 0; i < FLOWS; i++)
		used[first[i]]++;
	for (unsigned leg = 1; leg <= LEGS; leg++)
		assert_in_range(used[leg], FLOWS / 6 * leg / 2, FLOWS / 6 * leg * 2);
}

/* One leg's peer has no neighbour any more: XDP cannot send its copies, the others go on. */
static void test_no_next_hop(void **state)
{
	const struct dataplane_set_setup s = {.skew = 1000};
	struct fixture *f = *state;
	struct l2x_counters c;

	start_set(f, DATAPLANE_XDP, FORWARD_XDP, &s);
	sh("ip -6 neigh replace 2001:db8::2 nud failed dev v0");
	for (int i = 0; i < 3; i++) {
		lab_send(f->lab.server, "10.1.0.2", 5000, "legs 1 and 2", 12);
		expect_copies(f, 0x6, false, "legs 1 and 2");
	}
	assert_int_equal(dataplane_session_counters(f->dp, leg_key(3), &c), 0);
	assert_int_equal(c.drops[L2X_DROP_NO_NEXT_HOP], 3);
	/* Nobody else asks for the neighbour, but the data path sees to it. */
	for (time_t until = now() + SECONDS; c.tx[L2X_LEVEL_XDP].packets == 0 && now() < until;) {
		lab_send(f->lab.server, "10.1.0.2", 5000, "legs 1 and 2", 12);
		expect_copies(f, 0x6, false, "legs 1 and 2");
		assert_int_equal(dataplane_session_counters(f->dp, leg_key(3), &c), 0);
	}
	assert_true(c.tx[L2X_LEVEL_XDP].packets > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_user),	TEST(test_user_extended), TEST(test_tc),
		TEST(test_tc_extended), TEST(test_xdp),		  TEST(test_xdp_extended),
		TEST(test_bond_user),	TEST(test_bond_tc),	  TEST(test_bond_xdp),
		TEST(test_bond_flows),	TEST(test_no_next_hop),
	};

	return cmocka_run_group_tests_name("sets", tests, NULL, NULL);
}
