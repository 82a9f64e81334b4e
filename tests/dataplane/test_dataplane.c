// SPDX-License-Identifier: GPL-2.0-only
/*
 * The data path with real sockets, netdevs and programs, at each level in turn: the same packets go
 * in, the same must come out, and be counted at that level. Then what only some levels do.
 */
#include <string.h>
#include <unistd.h>
#include "plane.h"

static void test_user(void **state)
{
	whole_level(*state, DATAPLANE_USER, FORWARD_XDP, L2X_LEVEL_USER);
}

static void test_tc(void **state)
{
	whole_level(*state, DATAPLANE_TC, FORWARD_XDP, L2X_LEVEL_TC);
}

static void test_xdp(void **state)
{
	whole_level(*state, DATAPLANE_XDP, FORWARD_XDP, L2X_LEVEL_XDP);
}

static void test_auto_kernel(void **state)
{
	whole_level(*state, DATAPLANE_AUTO, FORWARD_KERNEL, L2X_LEVEL_TC);
}

static void test_auto_xdp(void **state)
{
	whole_level(*state, DATAPLANE_AUTO, FORWARD_XDP, L2X_LEVEL_XDP);
}

/* Sequenced, with Length, without FF03: all of userspace, with programs attached or not. */
static void test_sequenced(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[128];

	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	set_session(f, L2X_SESSION_SEQUENCED | L2X_SESSION_LENGTH | L2X_SESSION_NO_FF03,
		    "192.0.2.1", "192.0.2.2");
	both_ways(f, f->lab.peer, "192.0.2.1", "\x48\x02\x00\x31\x12\x34\x56\x78\0\0\0\0\x00\x21",
		  14);
	counted(f, L2X_LEVEL_USER);
	lab_send(f->lab.server, "10.1.0.2", 5000, "x", 1);
	assert_int_equal(receive(f, f->lab.peer, buf, sizeof(buf)), 14 + 29);
	assert_memory_equal(buf + 8, "\x00\x01\x00\x00", 4);
}

/* The same with a number, up to 255. */
static size_t numbered(uint8_t *buf, uint8_t ns, const char *data)
{
	size_t len = 4 + tunnelled(buf + 4, "10.1.0.2", data);

	memcpy(buf, (uint8_t[]){0x08, 0x02, 0x00, 0x01, 0x00, 0x02, 0x00, ns, 0x00, 0x00}, 10);
	return len;
}

/* What we send now has this number, or none (-1). */
static void we_send(struct fixture *f, int ns)
{
	uint8_t buf[256];
	size_t header = ns < 0 ? 10 : 14;

	lab_send(f->lab.server, "10.1.0.2", 5000, "x", 1);
	assert_int_equal(receive(f, f->lab.peer, buf, sizeof(buf)), header + 29);
	assert_int_equal(buf[0], ns < 0 ? 0 : 0x08);
	if (ns >= 0)
		assert_memory_equal(buf + 6, ((uint8_t[]){0, (uint8_t)ns, 0, 0}), 4);
}

/* RFC 2661 5.4: we number while the peer does, and what is late is dropped. */
static void test_follow(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[256];

	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	set_session(f, L2X_SESSION_CHECK_NS, "192.0.2.1", "192.0.2.2");
	we_send(f, -1);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, numbered(buf, 5, "x"));
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 1);
	assert_int_equal(counters(f).rx[L2X_LEVEL_USER].packets, 1);
	we_send(f, 0);
	we_send(f, 1);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, numbered(buf, 5, "x"));
	wait_drops(f, false, L2X_DROP_LATE, 1);
	/* It ceases, and BPF has the session again. It goes on, and so do the numbers of both. */
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, tunnelled(buf, "10.1.0.2", "x"));
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 1);
	we_send(f, -1);
	assert_int_equal(counters(f).tx[L2X_LEVEL_XDP].packets, 2);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, numbered(buf, 4, "x"));
	wait_drops(f, false, L2X_DROP_LATE, 2);
	we_send(f, -1);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, numbered(buf, 6, "x"));
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 1);
	we_send(f, 2);
}

/* The peer's kernel wants the UDP checksum to be there, and right. */
static void ipv6_underlay(struct fixture *f, enum config_dataplane level, enum l2x_level counts)
{
	start(f, level, FORWARD_XDP);
	set_session(f, 0, "2001:db8::1", "2001:db8::2");
	both_ways(f, f->lab.peer6, "2001:db8::1", HEADER, 10);
	counted(f, counts);
}

static void test_ipv6_xdp(void **state)
{
	ipv6_underlay(*state, DATAPLANE_AUTO, L2X_LEVEL_XDP);
}

static void test_ipv6_tc(void **state)
{
	ipv6_underlay(*state, DATAPLANE_TC, L2X_LEVEL_TC);
}

static void test_ipv6_user(void **state)
{
	ipv6_underlay(*state, DATAPLANE_USER, L2X_LEVEL_USER);
}

/* A packet that fills the inner MTU is larger than the underlay's: sent in fragments, by userspace.
 */
static void test_fragments(void **state)
{
	struct fixture *f = *state;
	uint8_t data[1472], buf[2048];

	memset(data, 'x', sizeof(data));
	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	lab_send(f->lab.server, "10.1.0.2", 5000, data, sizeof(data));
	assert_int_equal(receive(f, f->lab.peer, buf, sizeof(buf)), 10 + 1500);
	assert_memory_equal(buf, HEADER, 10);
	assert_memory_equal(buf + 38, data, sizeof(data));
	lab_udp4(buf + 10, "10.1.0.2", 5000, "10.2.0.2", 7777, data, sizeof(data));
	memcpy(buf, "\x00\x02\x00\x01\x00\x02", 6);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, 1510);
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 1472);
	assert_int_equal(counters(f).tx[L2X_LEVEL_USER].packets, 1);
	assert_int_equal(counters(f).rx[L2X_LEVEL_USER].packets, 1);
	assert_int_equal(counters(f).rx[L2X_LEVEL_USER].bytes, 1500);
}

/* The kernel leaves the checksums of its own packets open: they are completed before they go out.
 */
static void test_checksum(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[256];
	int local;

	start(f, DATAPLANE_USER, FORWARD_KERNEL);
	local = lab_udp(&f->lab, f->lab.ours, "10.1.0.1", 6000);
	lab_send(local, "10.1.0.2", 5000, "own", 3);
	assert_int_equal(receive(f, f->lab.peer, buf, sizeof(buf)), 10 + 28 + 3);
	assert_int_equal(lab_sum(buf + 10, 20, 0), 0xffff);
	assert_int_equal(lab_sum(buf + 22, 16 + 3, 17 + 8 + 3), 0xffff);
	close(local);
}

/* What a forced level cannot do is dropped, not done by another one. */
static void test_forced(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[256];
	size_t len = tunnelled(buf, "10.1.0.2", "x");

	start(f, DATAPLANE_TC, FORWARD_KERNEL);
	set_session(f, L2X_SESSION_SEQUENCED, "192.0.2.1", "192.0.2.2");
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len);
	wait_drops(f, false, L2X_DROP_LEVEL, 1);
	lab_send(f->lab.server, "10.1.0.2", 5000, "x", 1);
	wait_drops(f, false, L2X_DROP_LEVEL, 2);
}

/* The first packets towards a neighbour that is not known are lost, but then it is. */
static void test_xdp_finds_neighbour(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[256];
	size_t len = tunnelled(buf, "10.1.0.2", "x");

	sh("ip neigh flush dev w0");
	start(f, DATAPLANE_XDP, FORWARD_XDP);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len);
	wait_drops(f, false, L2X_DROP_LEVEL, 1);
	for (time_t until = now() + SECONDS; now() < until;)
		if (!sh_status("ip neigh show 10.2.0.2 dev w0 | grep -q REACHABLE"))
			break;
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len);
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 1);
	assert_int_equal(counters(f).rx[L2X_LEVEL_XDP].packets, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_user),     TEST(test_tc),
		TEST(test_xdp),	     TEST(test_auto_kernel),
		TEST(test_auto_xdp), TEST(test_sequenced),
		TEST(test_follow),   TEST(test_ipv6_xdp),
		TEST(test_ipv6_tc),  TEST(test_ipv6_user),
		TEST(test_checksum), TEST(test_fragments),
		TEST(test_forced),   TEST(test_xdp_finds_neighbour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
