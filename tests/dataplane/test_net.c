// SPDX-License-Identifier: GPL-2.0-only
/* ctl/net: links, addresses, routes, rules and ways, one request at a time. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include "net/watch.h"
#include "netlab.h"

static void test_link(void **state)
{
	struct netlab *f = *state;
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
	struct netlab *f = *state;

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
	struct netlab *f = *state;
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
	struct netlab *f = *state;

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
	struct netlab *f = *state;
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
	struct netlab *f = *state;

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
	struct netlab *f = *state;
	struct ip_addr peer, expect;
	struct net_way way;

	assert_int_equal(ip_addr_parse(&peer, "192.0.2.77"), 0);
	assert_int_equal(ip_addr_parse(&expect, "192.0.2.1"), 0);
	assert_int_equal(net_way_to(f->net, &peer, NULL, 0, &way), 0);
	assert_true(ip_addr_eq(&way.source, &expect));
	assert_int_equal(way.gateway.family, 0);
	assert_int_equal(way.ifindex, f->underlay);
	assert_int_equal(way.mtu, 1500);
	assert_int_equal(ip_addr_parse(&peer, "2001:db8::77"), 0);
	assert_int_equal(ip_addr_parse(&expect, "2001:db8::1"), 0);
	assert_int_equal(net_way_to(f->net, &peer, NULL, 0, &way), 0);
	assert_true(ip_addr_eq(&way.source, &expect));
	assert_int_equal(ip_addr_parse(&peer, "198.51.100.1"), 0);
	assert_int_equal(net_way_to(f->net, &peer, NULL, 0, &way), -ENETUNREACH);
	assert_int_equal(ip_addr_parse(&peer, "2001:db8:ffff::1"), 0);
	assert_int_equal(net_way_to(f->net, &peer, NULL, 0, &way), -ENETUNREACH);
	sh("ip route add 198.51.100.1 via 192.0.2.254 mtu 1300");
	assert_int_equal(ip_addr_parse(&peer, "198.51.100.1"), 0);
	assert_int_equal(ip_addr_parse(&expect, "192.0.2.254"), 0);
	assert_int_equal(net_way_to(f->net, &peer, NULL, 0, &way), 0);
	assert_true(ip_addr_eq(&way.gateway, &expect));
	assert_int_equal(way.mtu, 1300);
	sh("ip route del 198.51.100.1");
	assert_int_equal(net_way_set(f->net, &peer, NET_TABLE_MAIN, &way), 0);
	assert_int_equal(net_way_set(f->net, &peer, NET_TABLE_MAIN, &way), 0);
	assert_int_equal(count("route show", "gateway", "192.0.2.254"), 1);
	assert_int_equal(ip_addr_parse(&way.gateway, "192.0.2.253"), 0);
	assert_int_equal(net_way_set(f->net, &peer, NET_TABLE_MAIN, &way), 0);
	assert_int_equal(count("route show", "gateway", "192.0.2.253"), 1);
	assert_int_equal(count("route show", "dst", "198.51.100.1"), 1);
	assert_int_equal(net_way_del(f->net, &peer, NET_TABLE_MAIN, &way), 0);
	assert_int_equal(net_way_del(f->net, &peer, NET_TABLE_MAIN, &way), 0);
	assert_int_equal(net_way_set(f->net, &peer, 70000, &way), 0);
	assert_int_equal(count("route show table 70000", "dst", "198.51.100.1"), 1);
	assert_int_equal(net_way_forget(f->net, &peer, 70000), 0);
	assert_int_equal(count("route show table 70000", "dst", "198.51.100.1"), 0);
	assert_int_equal(net_way_forget(f->net, &peer, 70000), 0);
	sh("ip route add blackhole 198.51.100.0/24");
	assert_int_equal(ip_addr_parse(&peer, "198.51.100.1"), 0);
	assert_true(net_way_to(f->net, &peer, NULL, 0, &way) < 0);
}

/* 0: `ip route get` with these says that. */
static int asked(const char *args, const char *expect)
{
	char command[200];

	snprintf(command, sizeof(command), "ip route get 203.0.113.9 %s 2>&1 | grep -q '%s'", args,
		 expect);
	return system(command);
}

static void test_underlay_rules(void **state)
{
	struct netlab *f = *state;
	struct ip_addr peer, source, gateway;
	struct net_way way;

	assert_int_equal(ip_addr_parse(&peer, "203.0.113.9"), 0);
	assert_int_equal(ip_addr_parse(&source, "192.0.2.1"), 0);
	assert_int_equal(ip_addr_parse(&gateway, "192.0.2.20"), 0);
	sh("ip route add default via 192.0.2.254 && "
	   "ip route add 203.0.113.0/24 via 192.0.2.20 table 20");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(net_underlay_add(f->net, 20), 0);
		assert_int_equal(net_underlay_add(f->net, 21), 0);
	}
	assert_int_equal(net_way_to(f->net, &peer, NULL, 20, &way), 0);
	assert_true(ip_addr_eq(&way.gateway, &gateway));
	assert_int_equal(net_way_to(f->net, &peer, &source, 20, &way), 0);
	assert_true(ip_addr_eq(&way.gateway, &gateway));
	assert_true(ip_addr_eq(&way.source, &source));
	assert_int_equal(net_way_to(f->net, &peer, NULL, 0, &way), 0);
	assert_false(ip_addr_eq(&way.gateway, &gateway));
	/* A table without a way is no reason to take another table's. */
	assert_int_equal(net_way_to(f->net, &peer, NULL, 21, &way), -ENETUNREACH);
	assert_int_equal(count("rule show", "protocol", "212"), 8);
	assert_int_equal(count("-6 rule show", "protocol", "212"), 8);
	/* Nobody else's traffic. */
	assert_int_equal(asked("ipproto udp sport 20 dport 20", "via 192.0.2.254"), 0);
	assert_int_equal(asked("mark 20", "via 192.0.2.254"), 0);
	assert_int_equal(net_underlay_del(f->net, 20), 0);
	assert_int_equal(net_underlay_del(f->net, 20), 0);
	assert_int_equal(count("rule show", "protocol", "212"), 4);
	assert_int_equal(net_rule_add(f->net, "l2xt", 4711), 0);
	assert_int_equal(net_forget_underlay(f->net), 0);
	assert_int_equal(count("rule show", "protocol", "212"), 1);
	assert_int_equal(count("-6 rule show", "protocol", "212"), 1);
}

static bool is_tun(void *arg, unsigned ifindex)
{
	return ifindex == ((struct netlab *)arg)->ifindex;
}

static void best_is(struct netlab *f, const char *peer, uint32_t table, const char *gateway,
		    uint32_t mtu, bool host)
{
	struct ip_addr p, g = {0};
	struct net_best best;

	assert_int_equal(ip_addr_parse(&p, peer), 0);
	if (*gateway)
		assert_int_equal(ip_addr_parse(&g, gateway), 0);
	assert_int_equal(net_best_route(f->net, &p, table, is_tun, f, &best), 0);
	assert_int_equal(best.way.ifindex, f->underlay);
	assert_true(ip_addr_eq(&best.way.gateway, &g));
	assert_int_equal(best.way.mtu, mtu);
	assert_int_equal(best.host, host);
}

static void test_best_route(void **state)
{
	struct netlab *f = *state;
	struct ip_addr peer;
	struct net_best best;

	assert_int_equal(ip_addr_parse(&peer, "203.0.113.9"), 0);
	assert_int_equal(net_best_route(f->net, &peer, 254, is_tun, f, &best), -ENETUNREACH);
	assert_int_equal(net_best_route(f->net, &peer, 4711, is_tun, f, &best), -ENETUNREACH);
	sh("ip link set l2xt up; ip route add default via 192.0.2.200 metric 9; "
	   "ip route add default via 192.0.2.100 metric 5; "
	   "ip route add 203.0.113.0/24 dev l2xt; "
	   "ip route add 203.0.113.9/32 via 192.0.2.44 proto 212; "
	   "ip route add 203.0.0.0/16 via 192.0.2.99 table 4711");
	best_is(f, "203.0.113.9", 254, "192.0.2.100", 0, false);
	best_is(f, "192.0.2.9", 254, "", 0, false);
	best_is(f, "203.0.113.9", 4711, "192.0.2.99", 0, false);
	sh("ip route del default metric 5");
	best_is(f, "203.0.113.9", 254, "192.0.2.200", 0, false);
	sh("ip route add 203.0.112.0/23 mtu 1400 nexthop dev l2xt nexthop via 192.0.2.66");
	best_is(f, "203.0.113.9", 254, "192.0.2.66", 1400, false);
	sh("ip route add 203.0.113.9/32 via 192.0.2.45 metric 7");
	best_is(f, "203.0.113.9", 254, "192.0.2.45", 0, true);
	sh("ip -6 route add default via 2001:db8::ff metric 3");
	best_is(f, "2001:db8:5::1", 254, "2001:db8::ff", 0, false);
	best_is(f, "2001:db8::1234", 254, "", 0, false);
}

struct told {
	unsigned links, routes, route4, route6, tables, prefixes;
};

static void told_gone(void *owner, unsigned ifindex)
{
	(void)owner;
	(void)ifindex;
}

static void told_links(void *owner)
{
	((struct told *)owner)->links++;
}

static void told_route(void *owner, const struct ip_prefix *prefix, uint32_t table)
{
	struct told *t = owner;

	if (table != 4711)
		return;
	if (prefix->addr.family == AF_INET)
		t->route4 += prefix->len == 24 && prefix->addr.bytes[0] == 203;
	else
		t->route6 += !prefix->len;
}

static void told_routes(void *owner)
{
	((struct told *)owner)->routes++;
}

static void told_tables(void *owner, const struct ip_prefix *prefix)
{
	struct told *t = owner;

	if (prefix)
		t->prefixes += prefix->len == 24 && prefix->addr.bytes[0] == 203;
	else
		t->tables++;
}

static void test_watch(void **state)
{
	static const struct net_watch_ops ops = {told_gone, told_links, told_route, told_routes,
						 told_tables};
	struct told t = {0};
	struct net_watch *w;

	(void)state;
	assert_int_equal(net_watch_open(&w, &ops, &t), 0);
	sh("ip route add 203.0.113.0/24 dev v0 table 4711");
	net_watch_read(w);
	assert_int_equal(t.route4, 0);
	assert_int_equal(net_watch_routes(w, true), 0);
	sh("ip route del 203.0.113.0/24 dev v0 table 4711;"
	   "ip route add 203.0.113.0/24 dev v0 table 4711 proto 212;"
	   "ip -6 route add default dev v0 table 4711");
	net_watch_read(w);
	assert_int_equal(t.route4, 1);
	assert_int_equal(t.route6, 1);
	assert_int_equal(t.routes, 0);
	assert_int_equal(t.prefixes, 2); /* ours too */
	assert_int_equal(t.tables, 0);
	sh("ip address add 192.0.2.3/32 dev v0");
	net_watch_read(w);
	assert_int_equal(t.routes, 1);
	assert_int_equal(t.links, 0);
	assert_int_equal(t.tables, 1);
	sh("ip rule add from 192.0.2.3 lookup 4711");
	net_watch_read(w);
	assert_int_equal(t.routes, 1);
	assert_int_equal(t.tables, 2);
	sh("ip rule del from 192.0.2.3 lookup 4711");
	net_watch_read(w);
	assert_int_equal(t.routes, 2);
	sh("ip link set v0 down");
	net_watch_read(w);
	assert_int_equal(t.routes, 3);
	assert_int_equal(t.links, 1);
	assert_int_equal(t.tables, 4);
	net_watch_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_link, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_address, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_route, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_rule, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_source_rule, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_forget, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_way, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_underlay_rules, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_best_route, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_watch, net_setup, net_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
