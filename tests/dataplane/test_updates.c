// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions and routes that come and go by the thousand while others carry traffic: those lose nothing,
 * and nothing is sent to one that has gone. And what happens when there is no room for another.
 */
#include <errno.h>
#include <event2/event.h>
#include "plane.h"
#include "traffic.h"

#define ROUNDS 4000
#define TIMES  1 /* in each round, sessions are written anew in turns */

static const struct l2x_session_key passing = {1, 100};

static void add_passing(struct fixture *f, unsigned round, const struct ip_prefix *client)
{
	struct dataplane_session s = {
		.key = passing,
		.peer_tunnel_id = 0x1234,
		.peer_session_id = (uint16_t)round,
		.flags = L2X_SESSION_IPV4,
		.netdev = f->netdev,
		.mtu = 1500,
		.path = {.local = {addr("192.0.2.1"), 1701, 0},
			 .peer = {addr("192.0.2.2"), 1701, 0}},
	};

	assert_int_equal(dataplane_session_set(f->dp, &s), 0);
	assert_int_equal(dataplane_route_add(f->dp, f->netdev, client,
					     (struct l2x_route){.session = passing}),
			 0);
}

/*
 * What one session gives up in the maps, the next one takes at once: when another CPU still reads the
 * first, it must not see the second.
 */
static void write_in_turns(struct fixture *f)
{
	struct dataplane_session other = {
		.key = {1, 200},
		.peer_tunnel_id = 0x4321,
		.peer_session_id = 0x8765,
		.flags = L2X_SESSION_IPV4,
		.netdev = f->netdev,
		.mtu = 1500,
		.path = {.local = {addr("192.0.2.1"), 1701, 0},
			 .peer = {addr("192.0.2.2"), 1701, 0}},
	};

	for (int i = 0; i < TIMES; i++) {
		set_session(f, 0, "192.0.2.1", "192.0.2.2"); /* anew, as for another MTU */
		assert_int_equal(dataplane_session_set(f->dp, &other), 0);
	}
	assert_int_equal(dataplane_session_del(f->dp, other.key), 0);
}

static void on_route(void *arg, const struct net_route *r, int err)
{
	(void)r;
	assert_int_equal(err, 0);
	++*(unsigned *)arg;
}

/* As the controller does it when a call comes up and goes: maps at once, kernel routes in a batch. */
static unsigned come_and_go(struct fixture *f, struct traffic *t)
{
	struct ip_addr client = addr("10.3.0.1");
	struct net_route r = {.prefix = ip_prefix_host(&client),
			      .ifindex = f->netdev,
			      .table = NET_TABLE_MAIN};
	unsigned settled = 0;

	for (unsigned round = 1; round <= ROUNDS; round++) {
		add_passing(f, round, &r.prefix);
		write_in_turns(f);
		assert_int_equal(net_route_queue_add(f->net, &r, on_route, &settled), 0);
		net_flush(f->net);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		assert_int_equal(net_route_queue_del(f->net, &r), 0);
		assert_int_equal(dataplane_session_del(f->dp, passing), 0);
		atomic_store(&t->gone, round);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
	net_flush(f->net);
	return settled;
}

static void *stop_traffic(void *traffic)
{
	traffic_stop(traffic);
	return NULL;
}

/* At the userspace level packets move only while the loop runs. */
static void let_arrive(struct fixture *f, struct traffic *t)
{
	pthread_t waits;

	assert_int_equal(pthread_create(&waits, NULL, stop_traffic, t), 0);
	while (pthread_tryjoin_np(waits, NULL))
		event_base_loop(f->base, EVLOOP_NONBLOCK);
}

static void under_load(struct fixture *f, enum config_dataplane level)
{
	struct net_route whole = {.table = NET_TABLE_MAIN};
	struct l2x_counters c;
	struct traffic t;

	start(f, level, FORWARD_XDP);
	assert_int_equal(ip_prefix_parse(&whole.prefix, "10.3.0.0/16"), 0);
	whole.ifindex = f->netdev;
	assert_int_equal(net_route_add(f->net, &whole), 0);
	traffic_start(&t, &f->lab);
	assert_int_equal(come_and_go(f, &t), ROUNDS);
	let_arrive(f, &t);
	assert_int_equal(t.lost, 0);
	assert_int_equal(t.late, 0);
	assert_int_equal(t.astray, 0);
	assert_int_equal(t.arrived, t.sent);
	assert_true(t.sent > 100);
	assert_true(t.passing > 0);
	c = counters(f);
	for (int reason = 0; reason < L2X_REASON_COUNT; reason++)
		assert_int_equal(c.drops[reason], 0);
	print_message("# %u packets beside, %u through those that came and went\n", t.sent,
		      t.passing);
}

static void test_user_under_load(void **state)
{
	under_load(*state, DATAPLANE_USER);
}

static void test_tc_under_load(void **state)
{
	under_load(*state, DATAPLANE_TC);
}

static void test_xdp_under_load(void **state)
{
	under_load(*state, DATAPLANE_XDP);
}

static void test_full(void **state)
{
	struct fixture *f = *state;
	struct dataplane_session s = {.mtu = 1400};

	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	s.path.peer.ip = addr("192.0.2.9");
	for (uint16_t id = 10; id < 13; id++) {
		s.key = (struct l2x_session_key){1, id};
		assert_int_equal(dataplane_session_set(f->dp, &s), 0);
	}
	s.key.session_id = 13;
	assert_int_equal(dataplane_session_set(f->dp, &s), -ENOSPC);
	assert_int_equal(dataplane_session_del(f->dp, (struct l2x_session_key){1, 10}), 0);
	assert_int_equal(dataplane_session_set(f->dp, &s), 0);
	assert_int_equal(dataplane_session_del(f->dp, (struct l2x_session_key){1, 10}), -ENOENT);
	both_ways(f, f->lab.peer, "192.0.2.1", HEADER, 10);
	/* A session that gets the counters of another starts at zero. */
	assert_int_equal(counters(f).rx[L2X_LEVEL_XDP].packets, 1);
	assert_int_equal(dataplane_session_del(f->dp, key), 0);
	set_session(f, 0, "192.0.2.1", "192.0.2.2");
	assert_int_equal(counters(f).rx[L2X_LEVEL_XDP].packets, 0);
}

/* Four in all, of which the session's own is one. */
static void test_full_of_routes(void **state)
{
	static const char *const more[] = {"10.3.0.1/32", "10.3.1.0/24", "2001:db8:3::/64",
					   "10.3.2.0/24"};
	struct fixture *f = *state;
	struct ip_prefix p[4];

	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	for (int i = 0; i < 4; i++)
		assert_int_equal(ip_prefix_parse(&p[i], more[i]), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(dataplane_route_add(f->dp, f->netdev, &p[i],
						     (struct l2x_route){.session = key}),
				 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(dataplane_route_add(f->dp, f->netdev, &p[3],
						     (struct l2x_route){.session = key}),
				 -ENOSPC);
	assert_int_equal(dataplane_route_del(f->dp, f->netdev, &p[3],
					     (struct l2x_route){.session = key}),
			 -ENOENT);
	both_ways(f, f->lab.peer, "192.0.2.1", HEADER, 10);
	counted(f, L2X_LEVEL_XDP);
	assert_int_equal(dataplane_route_del(f->dp, f->netdev, &p[2],
					     (struct l2x_route){.session = key}),
			 0);
	assert_int_equal(dataplane_route_add(f->dp, f->netdev, &p[3],
					     (struct l2x_route){.session = key}),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_user_under_load), TEST(test_tc_under_load),
		TEST(test_xdp_under_load),  TEST(test_full),
		TEST(test_full_of_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
