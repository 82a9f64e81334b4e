// SPDX-License-Identifier: GPL-2.0-only
/*
 * What XDP remembers of sessions and ways (docs/datapath.md), and when it forgets. Each packet that is
 * to come by another way is sent in front of one whose way is the old one: what arrives first tells.
 */
#include <net/if.h>
#include "plane.h"

#define HEADER_LEN 10
/* On each CPU, with so few sessions as the fixture has. */
#define PLACES	       64
#define AT_DESTINATION (HEADER_LEN + 19) /* its last byte */

static const struct l2x_session_key other = {1, 0x99};

/* Two routes to the session, to the kernel one. */
static void begin(struct fixture *f)
{
	struct ip_addr client = addr("10.1.0.3");
	struct ip_prefix p = ip_prefix_host(&client);

	start(f, DATAPLANE_XDP, FORWARD_XDP);
	sh("ip route add 10.1.0.3 dev %s", if_indextoname(f->netdev, (char[IF_NAMESIZE]){0}));
	assert_int_equal(dataplane_route_add(f->dp, f->netdev, &p,
					     (struct l2x_route){.session = key}),
			 0);
}

/* The peer gets the packet to 10.1.0.LAST, in a session with this id. */
static void at_peer(struct fixture *f, uint8_t last, uint16_t id)
{
	uint8_t buf[256];

	assert_true(receive(f, f->lab.peer, buf, sizeof(buf)) > AT_DESTINATION);
	assert_int_equal(buf[AT_DESTINATION], last);
	assert_int_equal(buf[4] << 8 | buf[5], id);
}

static void to_clients(struct fixture *f)
{
	lab_send(f->lab.server, "10.1.0.2", 5000, "a", 1);
	lab_send(f->lab.server, "10.1.0.3", 5000, "b", 1);
}

static void warm_up(struct fixture *f)
{
	for (int i = 0; i < 3; i++) {
		to_clients(f);
		at_peer(f, 2, 0x5678);
		at_peer(f, 3, 0x5678);
	}
}

static void test_told(void **state)
{
	struct ip_addr client = addr("10.1.0.2");
	struct ip_prefix p = ip_prefix_host(&client);
	struct fixture *f = *state;

	begin(f);
	warm_up(f);
	/* A table that we do not know of, and that our own route is not in. */
	sh("ip route add blackhole 10.1.0.2 table 4711 && ip rule add iif w0 table 4711");
	dataplane_tables_changed(f->dp, NULL);
	to_clients(f);
	at_peer(f, 3, 0x5678);
	sh("ip route del blackhole 10.1.0.2 table 4711");
	dataplane_tables_changed(f->dp, &p);
	warm_up(f);
	sh("ip route add blackhole 10.1.0.2 table 4711");
	dataplane_tables_changed(f->dp, &p);
	to_clients(f);
	at_peer(f, 3, 0x5678);
	sh("ip rule del iif w0 table 4711");
}

/* Nobody there to tell: after a second at the latest. */
static void test_untold(void **state)
{
	const time_t until = now() + SECONDS;
	struct fixture *f = *state;
	uint8_t buf[256];

	begin(f);
	warm_up(f);
	sh("ip route add blackhole 10.1.0.2 table 4711 && ip rule add iif w0 table 4711");
	do {
		to_clients(f);
		receive(f, f->lab.peer, buf, sizeof(buf));
		if (buf[AT_DESTINATION] == 3)
			break;
		at_peer(f, 3, 0x5678);
	} while (now() < until);
	assert_int_equal(buf[AT_DESTINATION], 3);
	sh("ip rule del iif w0 table 4711");
}

/* The same addresses, of another session from one packet to the next: both directions. */
static void test_payload_route(void **state)
{
	struct ip_addr client = addr("10.1.0.3");
	struct ip_prefix p = ip_prefix_host(&client);
	struct fixture *f = *state;
	struct dataplane_session s = {
		.key = other,
		.peer_tunnel_id = 0x1234,
		.peer_session_id = 0x9999,
		.flags = L2X_SESSION_IPV4,
		.netdev = f->netdev,
		.mtu = 1500,
		.path = {.local = {addr("192.0.2.1"), 1701, 0},
			 .peer = {addr("192.0.2.2"), 1701, 0}},
	};
	uint8_t buf[256];
	size_t len;

	begin(f);
	s.netdev = f->netdev;
	assert_int_equal(dataplane_session_set(f->dp, &s), 0);
	warm_up(f);
	len = tunnelled(buf, "10.1.0.3", "hello");
	for (int i = 0; i < 2; i++) {
		lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len);
		assert_int_equal(receive(f, f->lab.server, buf + 128, 64), 5);
	}
	assert_int_equal(dataplane_route_del(f->dp, f->netdev, &p,
					     (struct l2x_route){.session = key}),
			 0);
	assert_int_equal(dataplane_route_add(f->dp, f->netdev, &p,
					     (struct l2x_route){.session = other}),
			 0);
	to_clients(f);
	at_peer(f, 2, 0x5678);
	at_peer(f, 3, 0x9999);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len);
	wait_drops(f, false, L2X_DROP_BAD_SOURCE, 1);
	/* And the session itself is another one. */
	s.peer_session_id = 0x7777;
	assert_int_equal(dataplane_session_set(f->dp, &s), 0);
	to_clients(f);
	at_peer(f, 2, 0x5678);
	at_peer(f, 3, 0x7777);
}

static __u64 sent_by_xdp(struct fixture *f, struct l2x_session_key k)
{
	struct l2x_counters c;

	assert_int_equal(dataplane_session_counters(f->dp, k, &c), 0);
	return c.tx[L2X_LEVEL_XDP].packets;
}

/* Two sessions that are remembered in one place, in turn: what each has moved stays its own. */
static void test_one_place(void **state)
{
	struct ip_addr client = addr("10.1.0.3");
	struct ip_prefix p = ip_prefix_host(&client);
	struct fixture *f = *state;
	struct dataplane_session s = {
		.key = {key.tunnel_id, (uint16_t)(key.session_id + PLACES)},
		.peer_tunnel_id = 0x1234,
		.peer_session_id = 0x9999,
		.flags = L2X_SESSION_IPV4,
		.mtu = 1500,
		.path = {.local = {addr("192.0.2.1"), 1701, 0},
			 .peer = {addr("192.0.2.2"), 1701, 0}},
	};
	const struct l2x_route to_key = {.session = key}, to_twin = {.session = s.key};

	begin(f);
	s.netdev = f->netdev;
	assert_int_equal(dataplane_session_set(f->dp, &s), 0);
	assert_int_equal(dataplane_route_del(f->dp, f->netdev, &p, to_key), 0);
	assert_int_equal(dataplane_route_add(f->dp, f->netdev, &p, to_twin), 0);
	for (unsigned i = 1; i <= 4; i++) {
		to_clients(f);
		at_peer(f, 2, 0x5678);
		at_peer(f, 3, 0x9999);
		assert_int_equal(sent_by_xdp(f, key), i);
		assert_int_equal(sent_by_xdp(f, s.key), i);
	}
	/* One with the same ids is another session. */
	assert_int_equal(dataplane_route_del(f->dp, f->netdev, &p, to_twin), 0);
	assert_int_equal(dataplane_session_del(f->dp, s.key), 0);
	assert_int_equal(dataplane_session_set(f->dp, &s), 0);
	assert_int_equal(dataplane_route_add(f->dp, f->netdev, &p, to_twin), 0);
	assert_int_equal(sent_by_xdp(f, s.key), 0);
	to_clients(f);
	at_peer(f, 2, 0x5678);
	at_peer(f, 3, 0x9999);
	assert_int_equal(sent_by_xdp(f, key), 5);
	assert_int_equal(sent_by_xdp(f, s.key), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_told),
		TEST(test_untold),
		TEST(test_payload_route),
		TEST(test_one_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
