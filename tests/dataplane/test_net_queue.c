// SPDX-License-Identifier: GPL-2.0-only
/* ctl/net: routes that are queued and go to the kernel together, and what it says of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "netlab.h"

#define MANY 1000 /* more than go in one message */

struct told {
	unsigned good, bad;
	int err; /* the last bad one */
	struct ip_prefix prefix;
};

static void on_settled(void *arg, const struct net_route *r, int err)
{
	struct told *t = arg;

	if (!err) {
		t->good++;
		return;
	}
	t->bad++;
	t->err = err;
	t->prefix = r->prefix;
}

static struct net_route nth(const struct netlab *f, unsigned i)
{
	char text[IP_PREFIX_TEXT];

	snprintf(text, sizeof(text), i % 2 ? "10.3.%u.%u/32" : "2001:db8:3:%x::%x/128", i / 256,
		 i % 256);
	return (struct net_route){prefix(text), f->ifindex, 4711, 0, 1380};
}

static size_t routes(void)
{
	return count("route show table 4711", "dev", "l2xt") +
	       count("-6 route show table 4711", "dev", "l2xt");
}

static void test_many(void **state)
{
	struct netlab *f = *state;
	struct told t = {0};

	assert_int_equal(net_link_setup(f->net, f->ifindex, 1400), 0);
	for (unsigned i = 0; i < MANY; i++) {
		struct net_route r = nth(f, i);

		assert_int_equal(net_route_queue_add(f->net, &r, on_settled, &t), 0);
	}
	net_flush(f->net);
	assert_int_equal(t.good, MANY);
	assert_int_equal(t.bad, 0);
	assert_int_equal(routes(), MANY);
	sh("ip route show table 4711 10.3.0.1 | grep -q 'mtu lock 1380'");
	/* With a few that are gone already. */
	for (unsigned i = 0; i < MANY + 10; i++) {
		struct net_route r = nth(f, i);

		assert_int_equal(net_route_queue_del(f->net, &r), 0);
	}
	net_flush(f->net);
	assert_int_equal(routes(), 0);
	net_flush(f->net);
	assert_int_equal(t.good, MANY);
}

/* What stands in its way is told of the one route, and the others are made. */
static void test_refused(void **state)
{
	struct netlab *f = *state;
	struct net_route r;
	struct told t = {0};

	assert_int_equal(net_link_setup(f->net, f->ifindex, 1400), 0);
	sh("ip route add 10.3.0.77/32 dev v0 table 4711");
	for (unsigned i = 1; i < 200; i += 2) {
		r = nth(f, i);
		assert_int_equal(net_route_queue_add(f->net, &r, on_settled, &t), 0);
	}
	net_flush(f->net);
	assert_int_equal(t.good, 99);
	assert_int_equal(t.bad, 1);
	assert_int_equal(t.err, -EEXIST);
	r = nth(f, 77);
	assert_true(ip_prefix_eq(&t.prefix, &r.prefix));
	assert_int_equal(routes(), 99);
	/* All of them, more than once as many as go in one message: their netdev is gone. */
	t = (struct told){0};
	for (unsigned i = 0; i < MANY; i++) {
		r = nth(f, i);
		r.ifindex = 4711;
		assert_int_equal(net_route_queue_add(f->net, &r, on_settled, &t), 0);
	}
	net_flush(f->net);
	assert_int_equal(t.good, 0);
	assert_int_equal(t.bad, MANY);
	assert_int_equal(t.err, -ENODEV);
}

/* One of ours on this netdev is made anew, with the MTU of now. */
static void test_anew(void **state)
{
	struct netlab *f = *state;
	struct net_route r = nth(f, 1), last = nth(f, 3);
	struct told t = {0};

	assert_int_equal(net_link_setup(f->net, f->ifindex, 1400), 0);
	assert_int_equal(net_route_add(f->net, &r), 0);
	r.mtu = 1370;
	assert_int_equal(net_route_queue_add(f->net, &r, on_settled, &t), 0);
	assert_int_equal(net_route_queue_add(f->net, &last, on_settled, &t), 0);
	net_flush(f->net);
	assert_int_equal(t.good, 2);
	sh("ip route show table 4711 10.3.0.1 | grep -q 'mtu lock 1370'");
}

/* Order: among those that are queued, and before every request that is not. */
static void test_order(void **state)
{
	struct netlab *f = *state;
	struct net_route r = nth(f, 1), other = nth(f, 3);
	struct told t = {0};

	assert_int_equal(net_link_setup(f->net, f->ifindex, 1400), 0);
	assert_int_equal(net_route_queue_add(f->net, &r, on_settled, &t), 0);
	assert_int_equal(net_route_queue_del(f->net, &r), 0);
	assert_int_equal(net_route_queue_add(f->net, &other, on_settled, &t), 0);
	assert_int_equal(routes(), 0);
	assert_int_equal(net_route_del(f->net, &other), 0);
	assert_int_equal(t.good, 2);
	assert_int_equal(routes(), 0);
	/* Closing sends the rest. */
	assert_int_equal(net_route_queue_add(f->net, &r, on_settled, &t), 0);
	net_close(f->net);
	assert_int_equal(t.good, 3);
	assert_int_equal(routes(), 1);
	assert_int_equal(net_open(&f->net), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, net_setup, net_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_many),
		TEST(test_refused),
		TEST(test_anew),
		TEST(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
