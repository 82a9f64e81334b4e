// SPDX-License-Identifier: GPL-2.0-only
/* ctl/net: MAC addresses, of our links and of the neighbours that are asked for again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "netlab.h"

#define SECONDS 10

static void test_mac(void **state)
{
	static const uint8_t own[6] = {0x02, 0, 0, 0, 0x47, 0x11};
	struct netlab *f = *state;
	uint8_t mac[6];

	sh("ip link set v0 address 02:00:00:00:47:11");
	assert_int_equal(net_link_mac(f->net, f->underlay, mac), 0);
	assert_memory_equal(mac, own, sizeof(own));
	/* A TUN netdev has none. */
	assert_int_equal(net_link_mac(f->net, f->ifindex, mac), -ENOTSUP);
	assert_int_equal(net_link_mac(f->net, 4711, mac), -ENODEV);
}

static size_t in_state(const char *state)
{
	char args[64];
	json_t *j;
	size_t n;

	snprintf(args, sizeof(args), "neigh show dev v0 nud %s", state);
	j = ip(args);
	n = json_array_size(j);
	json_decref(j);
	return n;
}

static void test_probe(void **state)
{
	struct netlab *f = *state;
	time_t until;

	/* v1 answers for nobody, so that each that is asked for fails. */
	sh("ip neigh flush dev v0");
	sh("for i in 11 12 13 14; do ip neigh add 192.0.2.$i lladdr 02:00:00:00:00:$i dev v0 nud "
	   "stale; done");
	sh("ip neigh add 2001:db8::11 lladdr 02:00:00:00:00:11 dev v0 nud stale");
	sh("ip neigh add 192.0.2.15 lladdr 02:00:00:00:00:15 dev v0 nud permanent");
	assert_int_equal(net_neighbours_probe(f->net, f->ifindex, 64), 0);
	assert_int_equal(in_state("stale"), 5);
	assert_int_equal(net_neighbours_probe(f->net, f->underlay, 2), 0);
	assert_int_equal(in_state("stale"), 3);
	assert_int_equal(net_neighbours_probe(f->net, f->underlay, 64), 0);
	assert_int_equal(in_state("stale"), 0);
	assert_int_equal(in_state("permanent"), 1);
	/* They were really asked for. */
	for (until = time(NULL) + SECONDS; in_state("failed") < 5 && time(NULL) < until;)
		;
	assert_int_equal(in_state("failed"), 5);
	assert_int_equal(net_neighbours_probe(f->net, f->underlay, 64), 0);
	assert_int_equal(net_neighbours_probe(f->net, 4711, 64), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, net_setup, net_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_mac),
		TEST(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
