// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctl/net in a network namespace of its own, which goes with the process. What it did is asked of
 * `ip -j`, so that two programs that know nothing of each other must agree.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>
#include "net/net.h"

struct fixture {
	struct net *net;
	unsigned ifindex, underlay;
};

static void sh(const char *command)
{
	if (system(command))
		fail_msg("%s", command);
}

static json_t *ip(const char *args)
{
	char command[256];
	json_error_t error;
	json_t *j;
	FILE *p;

	snprintf(command, sizeof(command), "ip -d -j %s", args);
	p = popen(command, "r");
	assert_non_null(p);
	j = json_loadf(p, JSON_DISABLE_EOF_CHECK, &error);
	pclose(p);
	return j ? j : json_array();
}

/* How many objects of a list have key = value (as text). */
static size_t with(json_t *list, const char *key, const char *value)
{
	size_t i, n = 0;
	json_t *o;

	json_array_foreach(list, i, o)
	{
		json_t *v = json_object_get(o, key);

		if (json_is_string(v) && !strcmp(json_string_value(v), value))
			n++;
	}
	return n;
}

static size_t count(const char *args, const char *key, const char *value)
{
	json_t *j = ip(args);
	size_t n = with(j, key, value);

	json_decref(j);
	return n;
}

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_prefix_parse(&p, text), 0);
	return p;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	sh("ip link set lo up && ip tuntap add l2xt mode tun && ip link add v0 type veth peer name "
	   "v1");
	sh("ip link set v0 up && ip link set v1 up && ip addr add 192.0.2.1/24 dev v0 && "
	   "ip addr add 2001:db8::1/64 dev v0 nodad");
	f->ifindex = if_nametoindex("l2xt");
	f->underlay = if_nametoindex("v0");
	assert_int_equal(net_open(&f->net), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	net_close(f->net);
	free(f);
	return 0;
}

static void test_link(void **state)
{
	struct fixture *f = *state;
	char alias[NET_ALIAS_MAX];
	json_t *j, *link;

	for (int i = 0; i < 2; i++)
		assert_int_equal(net_link_setup(f->net, f->ifindex, 1400), 0);
	assert_int_equal(net_link_alias(f->net, f->ifindex, alias), 0);
	assert_string_equal(alias, "");
	assert_int_equal(net_link_set_alias(f->net, f->ifindex, "mine"), 0);
	assert_int_equal(net_link_alias(f->net, f->ifindex, alias), 0);
	assert_string_equal(alias, "mine");
	j = ip("link show dev l2xt");
	link = json_array_get(j, 0);
	assert_int_equal(json_integer_value(json_object_get(link, "mtu")), 1400);
	assert_string_equal(json_string_value(json_object_get(link, "inet6_addr_gen_mode")),
			    "none");
	json_decref(j);
	assert_int_equal(count("-6 addr show dev l2xt up", "ifname", "l2xt"), 0);
	assert_int_equal(net_clsact_filters(f->net, f->ifindex), 0);
	sh("tc qdisc add dev l2xt clsact");
	assert_int_equal(net_clsact_filters(f->net, f->ifindex), 0);
	assert_int_equal(net_link_delete(f->net, f->ifindex), 0);
	assert_int_equal(net_link_delete(f->net, f->ifindex), 0);
	assert_int_equal(if_nametoindex("l2xt"), 0);
	assert_int_equal(net_link_setup(f->net, f->ifindex, 1400), -ENODEV);
}

static size_t addresses(const char *local)
{
	json_t *j = ip("addr show dev l2xt");
	size_t n = with(json_object_get(json_array_get(j, 0), "addr_info"), "local", local);

	json_decref(j);
	return n;
}

static void test_address(void **state)
{
	static const char *const both[] = {"10.0.0.1", "2001:db8:1::1"};
	struct fixture *f = *state;

	assert_int_equal(net_link_setup(f->net, f->ifindex, 1400), 0);
	for (size_t i = 0; i < 2; i++) {
		struct ip_prefix p = prefix(both[i]);

		assert_int_equal(net_address_add(f->net, f->ifindex, &p), 0);
		assert_int_equal(net_address_add(f->net, f->ifindex, &p), 0);
		assert_int_equal(addresses(both[i]), 1);
		assert_int_equal(net_address_del(f->net, f->ifindex, &p), 0);
		assert_int_equal(net_address_del(f->net, f->ifindex, &p), 0);
		assert_int_equal(addresses(both[i]), 0);
	}
}

static void test_route(void **state)
{
	struct fixture *f = *state;
	struct net_route v4 = {prefix("10.3.0.0/16"), f->ifindex, 4711, 50, 1380};
	struct net_route v6 = {prefix("2001:db8:3::/48"), f->ifindex, 4711, 0, 1380};
	struct net_route all = {prefix("0.0.0.0/0"), f->ifindex, NET_TABLE_MAIN, 0, 0};
	struct net_route other = v4;
	json_t *j, *r;

	assert_int_equal(net_link_setup(f->net, f->ifindex, 1400), 0);
	assert_int_equal(net_route_add(f->net, &v4), 0);
	v4.mtu = 1370;
	assert_int_equal(net_route_add(f->net, &v4), 0);
	assert_int_equal(net_route_add(f->net, &v6), 0);
	assert_int_equal(net_route_add(f->net, &v6), 0);
	assert_int_equal(net_route_add(f->net, &all), 0);
	assert_int_equal(count("route show", "dst", "default"), 1);
	j = ip("route show table 4711");
	assert_int_equal(json_array_size(j), 1);
	r = json_array_get(j, 0);
	assert_string_equal(json_string_value(json_object_get(r, "dst")), "10.3.0.0/16");
	assert_string_equal(json_string_value(json_object_get(r, "protocol")), "212");
	assert_int_equal(json_integer_value(json_object_get(r, "metric")), 50);
	r = json_array_get(json_object_get(r, "metrics"), 0);
	assert_int_equal(json_integer_value(json_object_get(r, "mtu")), 1370);
	sh("ip route show table 4711 | grep -q 'mtu lock 1370'");
	json_decref(j);
	assert_int_equal(count("-6 route show table 4711", "dst", "2001:db8:3::/48"), 1);
	/* Another netdev's, and another program's, are not ours to replace. */
	other.ifindex = f->underlay;
	assert_int_equal(net_route_add(f->net, &other), -EEXIST);
	assert_int_equal(net_route_del(f->net, &other), 0);
	assert_int_equal(count("route show table 4711", "dev", "l2xt"), 1);
	assert_int_equal(net_route_del(f->net, &v4), 0);
	assert_int_equal(net_route_del(f->net, &v4), 0);
	assert_int_equal(net_route_del(f->net, &v6), 0);
	assert_int_equal(net_route_del(f->net, &all), 0);
	assert_int_equal(count("route show table all", "dev", "l2xt"), 0);
	assert_int_equal(count("-6 route show table 4711", "dev", "l2xt"), 0);
	sh("ip route add 10.3.0.0/16 dev l2xt table 4711 metric 50 proto static");
	assert_int_equal(net_route_add(f->net, &v4), -EEXIST);
}

static void test_rule(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(net_rule_add(f->net, "l2xt", 4711), 0);
		assert_int_equal(count("rule show", "iif", "l2xt"), 1);
		assert_int_equal(count("-6 rule show", "iif", "l2xt"), 1);
	}
	assert_int_equal(count("rule show", "table", "4711"), 1);
	assert_int_equal(count("rule show", "protocol", "212"), 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(net_rule_del(f->net, "l2xt", 4711), 0);
		assert_int_equal(count("rule show", "iif", "l2xt"), 0);
		assert_int_equal(count("-6 rule show", "iif", "l2xt"), 0);
	}
}

static void test_source_rule(void **state)
{
	struct fixture *f = *state;
	struct ip_addr v4, v6;

	assert_int_equal(ip_addr_parse(&v4, "10.99.0.2"), 0);
	assert_int_equal(ip_addr_parse(&v6, "2001:db8:99::2"), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(net_source_rule_add(f->net, &v4, 4711), 0);
		assert_int_equal(net_source_rule_add(f->net, &v6, 4711), 0);
		assert_int_equal(count("rule show", "src", "10.99.0.2"), 1);
		assert_int_equal(count("-6 rule show", "src", "2001:db8:99::2"), 1);
	}
	assert_int_equal(net_source_rule_del(f->net, &v4, 4711), 0);
	assert_int_equal(net_source_rule_del(f->net, &v4, 4711), 0);
	assert_int_equal(count("rule show", "src", "10.99.0.2"), 0);
	/* What a crash left: ours to that table, and nothing else. */
	assert_int_equal(net_source_rule_add(f->net, &v4, 4711), 0);
	assert_int_equal(net_source_rule_add(f->net, &v4, 4712), 0);
	assert_int_equal(net_rule_add(f->net, "other", 4711), 0);
	sh("ip rule add from 10.99.0.3 lookup 4711");
	assert_int_equal(net_forget_sources(f->net, 4711), 0);
	assert_int_equal(count("rule show", "src", "10.99.0.2"), 1);
	assert_int_equal(count("rule show", "src", "10.99.0.3"), 1);
	assert_int_equal(count("-6 rule show", "src", "2001:db8:99::2"), 0);
	assert_int_equal(count("rule show", "iif", "other"), 1);
}

static void test_forget(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(net_link_setup(f->net, f->ifindex, 1400), 0);
	for (int i = 0; i < 300; i++) {
		char text[IP_PREFIX_TEXT];
		struct net_route r = {.ifindex = f->ifindex, .table = 4711};

		snprintf(text, sizeof(text), i % 2 ? "10.%d.%d.0/24" : "2001:db8:%x:%x::/64",
			 i / 100, i % 100);
		r.prefix = prefix(text);
		assert_int_equal(net_route_add(f->net, &r), 0);
	}
	assert_int_equal(net_rule_add(f->net, "l2xt", 4711), 0);
	assert_int_equal(net_rule_add(f->net, "l2xt", 4712), 0);
	assert_int_equal(net_rule_add(f->net, "other", 4711), 0);
	sh("ip rule add iif l2xt lookup 4713 && ip route add 10.9.9.0/24 dev l2xt table 4711");
	assert_int_equal(count("route show table 4711", "dev", "l2xt"), 151);
	assert_int_equal(net_forget_netdev(f->net, "l2xt"), 0);
	assert_int_equal(count("route show table 4711", "dev", "l2xt"), 1);
	assert_int_equal(count("-6 route show table 4711", "dev", "l2xt"), 0);
	assert_int_equal(count("rule show", "iif", "l2xt"), 1);
	assert_int_equal(count("-6 rule show", "iif", "l2xt"), 0);
	assert_int_equal(count("rule show", "iif", "other"), 1);
	assert_int_equal(net_forget_netdev(f->net, "other"), 0);
	assert_int_equal(count("rule show", "iif", "other"), 0);
}

static void test_way(void **state)
{
	struct fixture *f = *state;
	struct ip_addr peer, expect;
	struct net_way way;

	assert_int_equal(ip_addr_parse(&peer, "192.0.2.77"), 0);
	assert_int_equal(ip_addr_parse(&expect, "192.0.2.1"), 0);
	assert_int_equal(net_way_to(f->net, &peer, &way), 0);
	assert_true(ip_addr_eq(&way.source, &expect));
	assert_int_equal(way.gateway.family, 0);
	assert_int_equal(way.ifindex, f->underlay);
	assert_int_equal(way.mtu, 1500);
	assert_int_equal(ip_addr_parse(&peer, "2001:db8::77"), 0);
	assert_int_equal(ip_addr_parse(&expect, "2001:db8::1"), 0);
	assert_int_equal(net_way_to(f->net, &peer, &way), 0);
	assert_true(ip_addr_eq(&way.source, &expect));
	assert_int_equal(ip_addr_parse(&peer, "198.51.100.1"), 0);
	assert_int_equal(net_way_to(f->net, &peer, &way), -ENETUNREACH);
	assert_int_equal(ip_addr_parse(&peer, "2001:db8:ffff::1"), 0);
	assert_int_equal(net_way_to(f->net, &peer, &way), -ENETUNREACH);
	sh("ip route add 198.51.100.1 via 192.0.2.254 mtu 1300");
	assert_int_equal(ip_addr_parse(&peer, "198.51.100.1"), 0);
	assert_int_equal(ip_addr_parse(&expect, "192.0.2.254"), 0);
	assert_int_equal(net_way_to(f->net, &peer, &way), 0);
	assert_true(ip_addr_eq(&way.gateway, &expect));
	assert_int_equal(way.mtu, 1300);
	assert_int_equal(net_way_add(f->net, &peer, &way), -EEXIST);
	assert_int_equal(net_way_forget(f->net, &peer), 0);
	assert_int_equal(count("route show", "dst", "198.51.100.1"), 1);
	sh("ip route del 198.51.100.1");
	assert_int_equal(net_way_add(f->net, &peer, &way), 0);
	assert_int_equal(count("route show", "gateway", "192.0.2.254"), 1);
	assert_int_equal(net_way_del(f->net, &peer, &way), 0);
	assert_int_equal(net_way_del(f->net, &peer, &way), 0);
	assert_int_equal(net_way_add(f->net, &peer, &way), 0);
	assert_int_equal(net_way_forget(f->net, &peer), 0);
	assert_int_equal(count("route show", "gateway", "192.0.2.254"), 0);
	assert_int_equal(net_way_forget(f->net, &peer), 0);
	sh("ip route add 198.51.100.1 via 192.0.2.254");
	sh("ip route del 198.51.100.1");
	sh("ip route add blackhole 198.51.100.0/24");
	assert_int_equal(ip_addr_parse(&peer, "198.51.100.1"), 0);
	assert_true(net_way_to(f->net, &peer, &way) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_address, setup, teardown),
		cmocka_unit_test_setup_teardown(test_route, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rule, setup, teardown),
		cmocka_unit_test_setup_teardown(test_source_rule, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forget, setup, teardown),
		cmocka_unit_test_setup_teardown(test_way, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
