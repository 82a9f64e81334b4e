// SPDX-License-Identifier: GPL-2.0-only
/* What a changed configuration asks of what runs: each key of each kind of entry, and what cannot be changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "config_text.h"
#include "policy/change.h"
#include "policy/match.h"
#include "policy/pool.h"
#include "policy/rules.h"
#include "policy/servers.h"

#define NONE	 CHANGE_NONE
#define IN_PLACE CHANGE_IN_PLACE
#define ANEW	 CHANGE_ANEW

/* Two lines that differ, and what that means. */
struct change_case {
	const char *old, *new;
	enum change change;
	const char *key;
};

static void assert_change(const struct change_case *c, enum change change, const char *key)
{
	if (change != c->change || !key != !c->key || (key && strcmp(key, c->key) != 0))
		fail_msg("\"%s\" -> \"%s\": %d by %s, not %d by %s", c->old, c->new, change,
			 key ? key : "nothing", c->change, c->key ? c->key : "nothing");
}

static const char outgoing_text[] = "outgoing:\n- {name: a, server: [192.0.2.1, 192.0.2.2], "
				    "hostname: h%s%s}\n";

static const struct change_case outgoing_cases[] = {
	{"", "", NONE, NULL},
	{"", "port: 1702", ANEW, "port"},
	{"", "table: 7", ANEW, "table"},
	{"", "source: 192.0.2.9", ANEW, "source"},
	{"secret: s", "secret: t", ANEW, "secret"},
	{"secret: s", "", ANEW, "secret"},
	{"username: u, password: p", "username: v, password: p", ANEW, "username"},
	{"username: u, password: p", "username: u, password: q", ANEW, "password"},
	{"username: u, password: p", "username: u, password: p, authentication: [pap]", ANEW,
	 "authentication"},
	{"called-number: '1'", "called-number: '1', call: outgoing", ANEW, "call"},
	{"called-number: '1'", "called-number: '2'", ANEW, "called-number"},
	{"", "calling-number: '2'", ANEW, "calling-number"},
	{"", "interface: x", ANEW, "interface"},
	{"interface: x", "interface: x, payload-table: 9", ANEW, "payload-table"},
	{"ha-set: s", "ha-set: t", ANEW, "ha-set or bond-set"},
	{"ha-set: s", "bond-set: s", ANEW, "ha-set or bond-set"},
	{"", "ha-set: s", ANEW, "ha-set or bond-set"},
	{"", "ipv6: false", ANEW, "ipv6"},
	{"", "ipv4: false", ANEW, "ipv4"},
	{"", "local-ppp-ip: 192.0.2.7", ANEW, "local-ppp-ip"},
	{"", "accept-dns: false", ANEW, "accept-dns"},
	{"", "fail-lockout: 1", IN_PLACE, "fail-lockout"},
	{"", "routes: [10.0.0.0/8]", IN_PLACE, "routes"},
	{"routes: [10.0.0.0/8]", "routes: [10.0.0.0/9]", IN_PLACE, "routes"},
	{"", "metric: 1", IN_PLACE, "metric"},
	{"ha-set: s", "ha-set: s, metric: 1", ANEW, "metric"},
	{"bond-set: s", "bond-set: s, weight: 2", IN_PLACE, "weight"},
	{"", "mtu: 1400", IN_PLACE, "mtu"},
	{"", "speed: 1M", IN_PLACE, "speed"},
	{"", "speed-rx: 1M", IN_PLACE, "speed-rx"},
	{"", "tcp-mss-fix: false", IN_PLACE, "tcp-mss-fix"},
	{"", "check-source: false", IN_PLACE, "check-source"},
	{"", "check-peer: false", IN_PLACE, "check-peer"},
	{"", "hello-interval: 1", IN_PLACE, "hello-interval"},
	{"", "lcp-echo-interval: 1", IN_PLACE, "lcp-echo-interval"},
	{"", "lcp-echo-failures: 1", IN_PLACE, "lcp-echo-failures"},
	{"", "retry-max: 1", IN_PLACE, "retry-max"},
	{"", "log-level: debug", IN_PLACE, "log-level"},
	{"", "request-prefix: false", IN_PLACE, "request-prefix"},
	{"", "prefix-length: 56", IN_PLACE, "prefix-length"},
	{"", "slaac: true", IN_PLACE, "slaac"},
	{"", "on-up: /bin/true", IN_PLACE, "on-up"},
	{"on-down: /bin/true", "on-down: /bin/false", IN_PLACE, "on-down"},
	{"", "on-change: /bin/true", IN_PLACE, "on-change"},
	{"secret: s", "secret: s, hide-avps: true", IN_PLACE, "hide-avps"},
	{"", "tie-breaker: true", IN_PLACE, "tie-breaker"},
	{"", "accept-port-change: false", IN_PLACE, "accept-port-change"},
	{"", "accept-address-change: true", IN_PLACE, "accept-address-change"},
	{"", "retransmit-timeout: 500", IN_PLACE, "retransmit-timeout"},
	{"", "retransmit-max: 9000", IN_PLACE, "retransmit-max"},
	{"", "retransmit-tries: 3", IN_PLACE, "retransmit-tries"},
	/* The heavier one counts. */
	{"", "mtu: 1400, port: 1702, metric: 1", ANEW, "port"},
};

static struct config *with(const char *form, const char *more)
{
	char text[2048];

	snprintf(text, sizeof(text), form, *more ? ", " : "", more);
	return sound(text);
}

static void test_outgoing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(outgoing_cases) / sizeof(outgoing_cases[0]); i++) {
		const struct change_case *c = &outgoing_cases[i];
		struct config *old = with(outgoing_text, c->old),
			      *new = with(outgoing_text, c->new);
		enum change change;
		const char *key;

		change = change_outgoing(old->outgoing, new->outgoing, NULL, &key);
		assert_change(c, change, key);
		config_free(old);
		config_free(new);
	}
}

static void test_servers(void **state)
{
	struct config *old = sound("outgoing:\n- {name: a, server: [one, two]}\n"
				   "relays:\n- {name: r, server: [one, two]}\n"),
		      *new = sound("outgoing:\n- {name: a, server: [three, two]}\n"
				   "relays:\n- {name: r, server: [three, two]}\n");
	const char *key;

	(void)state;
	assert_int_equal(change_outgoing(old->outgoing, new->outgoing, NULL, &key), IN_PLACE);
	assert_int_equal(change_outgoing(old->outgoing, new->outgoing, "two", &key), IN_PLACE);
	assert_int_equal(change_outgoing(old->outgoing, new->outgoing, "one", &key), ANEW);
	assert_string_equal(key, "server");
	assert_int_equal(change_relay(old->relays, new->relays, "two", &key), IN_PLACE);
	assert_int_equal(change_relay(old->relays, new->relays, "one", &key), ANEW);
	config_free(old);
	config_free(new);
}

static const char relay_text[] = "relays:\n- {name: r, server: one, hostname: h%s%s}\n"
				 "outgoing:\n- {name: a, server: one}\n";

static const struct change_case relay_cases[] = {
	{"", "", NONE, NULL},
	{"", "port: 1702", ANEW, "port"},
	{"", "table: 7", ANEW, "table"},
	{"", "source: 192.0.2.9", ANEW, "source"},
	{"", "secret: s", ANEW, "secret"},
	{"", "fail-lockout: 1", IN_PLACE, "fail-lockout"},
	{"", "hello-interval: 1", IN_PLACE, "hello-interval"},
	{"", "idle-timeout: 1", IN_PLACE, "idle-timeout"},
	{"", "calling-number: drop", IN_PLACE, "calling-number"},
	{"", "called-number: drop", IN_PLACE, "called-number"},
	{"", "private-group: drop", IN_PLACE, "private-group"},
	{"calling-number: regenerate 1", "calling-number: regenerate 1", NONE, NULL},
	{"calling-number: regenerate 1", "calling-number: regenerate 2", IN_PLACE,
	 "calling-number"},
	{"", "connect-speed: regenerate", IN_PLACE, "connect-speed"},
	{"", "framing: regenerate", IN_PLACE, "framing"},
	{"", "proxy: drop", IN_PLACE, "proxy-lcp"},
	{"proxy: drop", "proxy-lcp: drop", IN_PLACE, "proxy-auth"},
};

static void test_relay(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(relay_cases) / sizeof(relay_cases[0]); i++) {
		const struct change_case *c = &relay_cases[i];
		struct config *old = with(relay_text, c->old), *new = with(relay_text, c->new);
		enum change change;
		const char *key;

		change = change_relay(old->relays, new->relays, NULL, &key);
		assert_change(c, change, key);
		config_free(old);
		config_free(new);
	}
}

static const char incoming_text[] =
	"incoming:\n- {name: i, local-ppp-ip: 192.0.2.1, sessions: [{password: p}]%s%s}\n";

static const struct change_case tunnel_cases[] = {
	{"", "", NONE, NULL},
	{"", "secret: s", ANEW, "secret"},
	{"", "table: 7", ANEW, "table"},
	{"", "hello-interval: 1", IN_PLACE, "hello-interval"},
	{"", "mtu: 1400", NONE, NULL},
	/* Whom it is for is another question. */
	{"", "remote-hostname: x", NONE, NULL},
};

/* Of a session whose rule is the same. */
static const struct change_case entry_cases[] = {
	{"", "", NONE, NULL},
	{"", "secret: s", NONE, NULL},
	{"", "dns: [192.0.2.53]", NONE, NULL},
	{"", "ipv6: false", ANEW, "ipv6"},
	{"", "authentication: [pap]", NONE, NULL},
	{"", "payload-table: 9", ANEW, "interface"},
	{"", "interface: x", ANEW, "interface"},
	{"", "mtu: 1400", IN_PLACE, "mtu"},
	{"", "tcp-mss-fix: false", IN_PLACE, "tcp-mss-fix"},
	{"", "check-source: false", IN_PLACE, "check-source"},
	{"", "check-peer: false", IN_PLACE, "check-peer"},
	{"", "lcp-echo-interval: 1", IN_PLACE, "lcp-echo-interval"},
	{"", "lcp-echo-failures: 1", IN_PLACE, "lcp-echo-failures"},
	{"", "log-level: debug", IN_PLACE, "log-level"},
	{"", "chap-rechallenge: 9", IN_PLACE, "chap-rechallenge"},
	{"", "dns: ['2001:db8::53']", IN_PLACE, "dns"},
	{"", "on-up: /bin/true", IN_PLACE, "on-up"},
	{"", "max-sessions: 5", NONE, NULL},
	{"", "attempts-per-second: 5", NONE, NULL},
	{"", "speed-total: 5M", IN_PLACE, "speed-total"},
	{"speed-total-rx: 4M", "speed-total-rx: 5M", IN_PLACE, "speed-total-rx"},
	{"", "accept-proxy-login: false", NONE, NULL},
};

static void test_entry(void **state)
{
	static const struct ip_addr none;
	enum change change;
	const char *key;

	(void)state;
	for (size_t i = 0; i < sizeof(tunnel_cases) / sizeof(tunnel_cases[0]); i++) {
		const struct change_case *c = &tunnel_cases[i];
		struct config *old = with(incoming_text, c->old),
			      *new = with(incoming_text, c->new);

		change = change_tunnel(old->incoming, new->incoming, &key);
		assert_change(c, change, key);
		config_free(old);
		config_free(new);
	}
	for (size_t i = 0; i < sizeof(entry_cases) / sizeof(entry_cases[0]); i++) {
		const struct change_case *c = &entry_cases[i];
		struct config *old = with(incoming_text, c->old),
			      *new = with(incoming_text, c->new);
		const struct change_grant a = {old->incoming, old->incoming->sessions},
					  b = {new->incoming, new->incoming->sessions};

		change = change_session(&a, &b, &none, &key);
		assert_change(c, change, key);
		config_free(old);
		config_free(new);
	}
}

static const char rule_text[] =
	"pools: [{name: p, addresses: [192.0.2.16/28]}, {name: q, addresses: [192.0.2.32/28]}]\n"
	"relays: [{name: r, server: one}]\n"
	"incoming:\n- {name: i, local-ppp-ip: 192.0.2.1, sessions: [{username: u%s%s}]}\n";

static const struct change_case rule_cases[] = {
	{"pool: p", "pool: p", NONE, NULL},
	{"pool: p", "pool: q", ANEW, "remote-ppp-ip or pool"},
	{"pool: p", "remote-ppp-ip: 192.0.2.99", ANEW, "remote-ppp-ip or pool"},
	{"pool: p", "", ANEW, "remote-ppp-ip or pool"},
	{"pool: p", "pool: p, routes: [198.51.100.0/24]", IN_PLACE, "routes"},
	{"pool: p", "pool: p, delegate: ['2001:db8::/56']", IN_PLACE, "delegate"},
	{"pool: p", "pool: p, ra-prefix: '2001:db8::/64'", IN_PLACE, "ra-prefix"},
	{"pool: p", "pool: p, mtu: 1400", IN_PLACE, "mtu"},
	{"pool: p", "pool: p, speed: connect", IN_PLACE, "speed"},
	{"pool: p", "pool: p, speed-rx: 1M", IN_PLACE, "speed-rx"},
	{"pool: p", "pool: p, session-timeout: 9", IN_PLACE, "session-timeout"},
	{"pool: p", "pool: p, max-sessions: 9", IN_PLACE, "max-sessions"},
	{"pool: p", "pool: p, replace: false", IN_PLACE, "replace"},
	{"pool: p", "pool: p, payload-table: 7", ANEW, "interface"},
	{"pool: p", "pool: p, interface: x", ANEW, "interface"},
	{"pool: p", "pool: p, ha-set: s", ANEW, "ha-set or bond-set"},
	{"pool: p, ha-set: s", "pool: p, bond-set: s", ANEW, "ha-set or bond-set"},
	{"pool: p", "relay: r", ANEW, "relay"},
	{"relay: r", "relay: r, speed: 1M", IN_PLACE, "speed"},
};

static void test_rule(void **state)
{
	struct ip_addr address;
	enum change change;
	const char *key;

	(void)state;
	assert_int_equal(ip_addr_parse(&address, "192.0.2.18"), 0);
	for (size_t i = 0; i < sizeof(rule_cases) / sizeof(rule_cases[0]); i++) {
		const struct change_case *c = &rule_cases[i];
		struct config *old = with(rule_text, c->old), *new = with(rule_text, c->new);
		const struct change_grant a = {old->incoming, old->incoming->sessions},
					  b = {new->incoming, new->incoming->sessions};

		change = change_session(&a, &b, &address, &key);
		assert_change(c, change, key);
		config_free(old);
		config_free(new);
	}
}

/* The new rule of who is on by the only rule of the old file: its username, or NULL. */
static const char *again(const char *old_rule, const char *new_rules)
{
	static const char form[] = "incoming:\n- {name: i, sessions: [%s]}\n";
	static const struct l2tp_call_info call;
	const struct caller caller = {.call = &call, .connected = true, .username = "alice"};
	const struct config_session *rule;
	static char found[32];
	struct config *old, *new;
	enum rules_verdict verdict;
	char text[1024];
	const char *why;

	snprintf(text, sizeof(text), form, old_rule);
	old = sound(text);
	snprintf(text, sizeof(text), form, new_rules);
	new = sound(text);
	verdict = rules_rematch(new->incoming->rules, &caller, true, old->incoming->sessions, &rule,
				&why);
	snprintf(found, sizeof(found), "%s",
		 verdict == RULES_MATCH ? rule->usernames.list[0] : "none");
	config_free(old);
	config_free(new);
	return found;
}

static void test_rematch(void **state)
{
	static const char alice[] = "{username: alice, password: p}";

	(void)state;
	assert_string_equal(again(alice, alice), "alice");
	assert_string_equal(again(alice, "{username: bob}, {username: 'a*', password: p}"), "a*");
	assert_string_equal(again(alice, "{username: alice, password: q}"), "none");
	assert_string_equal(again(alice, "{username: alice}"), "alice");
	assert_string_equal(again(alice, "{username: bob, password: p}"), "none");
	/* It was not asked for one then. */
	assert_string_equal(again("{username: alice}", alice), "none");
	/* The number must fit too. */
	assert_string_equal(again(alice, "{username: alice, password: p, calling-number: '1'}"),
			    "none");
}

static void assert_refused(const char *old_text, const char *new_text, const char *said)
{
	struct config *old = sound(old_text), *new = sound(new_text);
	struct heard h = {0};

	change_refused(old, new, "l2x.conf", hear, &h);
	assert_string_equal(h.text, said);
	config_free(old);
	config_free(new);
}

#define ENTRY  "outgoing: [{name: a, server: one}]\n"
#define CANNOT ": cannot be changed while l2x runs; restart it, or put back what was there\n"

static void test_refused(void **state)
{
	(void)state;
	assert_refused(ENTRY, "log-level: debug\nlimits: {half-open: 1}\n" ENTRY, "");
	assert_refused(ENTRY, "dataplane: tc\n" ENTRY, "l2x.conf:1: dataplane" CANNOT);
	assert_refused(ENTRY, "spread: cpus\n" ENTRY, "l2x.conf:1: spread" CANNOT);
	assert_refused(ENTRY, "control-socket: /x\n" ENTRY, "l2x.conf:1: control-socket" CANNOT);
	assert_refused(ENTRY, ENTRY "bpf-path: /x\n", "l2x.conf:2: bpf-path" CANNOT);
	assert_refused(ENTRY, ENTRY "user: root\n", "l2x.conf:2: user" CANNOT);
	assert_refused(ENTRY, ENTRY "port: 1702\n", "l2x.conf:2: port" CANNOT);
	assert_refused(ENTRY, ENTRY "\nmax-sessions: 9\nmax-routes: 9\n",
		       "l2x.conf:3: max-sessions" CANNOT "l2x.conf:4: max-routes" CANNOT);
	assert_refused(ENTRY, ENTRY "ha-window: 8192\n", "l2x.conf:2: ha-window" CANNOT);
	assert_refused(ENTRY, ENTRY "history: {sessions: 5}\n", "l2x.conf:2: history" CANNOT);
	assert_refused(ENTRY, ENTRY "history: {save-interval: 5}\n", "");
	assert_refused("max-sets: 4\n" ENTRY, "max-sets: 3\n" ENTRY, "");
	assert_refused("max-sets: 4\n" ENTRY, "max-sets: 5\n" ENTRY,
		       "l2x.conf:1: max-sets: 5 are needed, and there is memory for 4 since the "
		       "start; restart l2x, with a max-sets that has room to spare\n");
}

static void test_http(void **state)
{
	struct config *a = sound("http: {}\n" ENTRY),
		      *b = sound("http: {metrics-sessions: 1}\n" ENTRY),
		      *c = sound("http: {port: 9999}\n" ENTRY), *none = sound(ENTRY);

	(void)state;
	assert_false(change_http(&a->http, &b->http));
	assert_true(change_http(&a->http, &c->http));
	assert_true(change_http(&a->http, &none->http));
	config_free(a);
	config_free(b);
	config_free(c);
	config_free(none);
}

static void test_listens(void **state)
{
	struct config *c = sound("listen: [192.0.2.1, '::']\n" ENTRY);
	struct ip_addr a;

	(void)state;
	assert_int_equal(ip_addr_parse(&a, "192.0.2.1"), 0);
	assert_true(config_listens_at(c, &a));
	assert_int_equal(ip_addr_parse(&a, "192.0.2.2"), 0);
	assert_false(config_listens_at(c, &a));
	assert_int_equal(ip_addr_parse(&a, "2001:db8::1"), 0);
	assert_true(config_listens_at(c, &a));
	config_free(c);
}

static void test_pool_claim(void **state)
{
	struct config *c =
		sound("pools: [{name: p, addresses: [192.0.2.16/29, 192.0.2.24/29]}]\n" ENTRY);
	struct pool *p = pool_new(c->pools);
	struct ip_addr a;

	(void)state;
	assert_int_equal(ip_addr_parse(&a, "192.0.2.25"), 0);
	assert_int_equal(pool_claim(p, &a), 0);
	assert_int_equal(pool_claim(p, &a), -EEXIST);
	pool_give_back(p, &a);
	assert_int_equal(pool_claim(p, &a), 0);
	for (int i = 0; i < 15; i++) {
		struct ip_addr other;

		assert_int_equal(pool_take(p, "x", &other), 0);
		assert_false(ip_addr_eq(&other, &a));
	}
	assert_int_equal(pool_take(p, "x", &a), -ENOSPC);
	assert_int_equal(ip_addr_parse(&a, "192.0.2.32"), 0);
	assert_int_equal(pool_claim(p, &a), -ENOENT);
	pool_free(p);
	config_free(c);
}

/* What stands in both lists keeps what is known of it. */
static void test_servers_replace(void **state)
{
	char one[] = "one", two[] = "two", three[] = "three";
	char *before[] = {one, two}, *after[] = {three, two, one};
	struct ip_addr a;
	struct servers s;

	(void)state;
	assert_int_equal(servers_init(&s, before, 2, 60), 0);
	assert_string_equal(servers_next(&s, 1, &a), "one");
	assert_true(servers_failed(&s, 1));
	assert_string_equal(servers_next(&s, 1, &a), "two");
	assert_int_equal(servers_replace(&s, after, 3, 60), 0);
	assert_string_equal(s.list[s.current], "two");
	/* "one" is locked out, "two" was tried in this round. */
	assert_true(servers_failed(&s, 1));
	assert_string_equal(servers_next(&s, 1, &a), "three");
	assert_false(servers_failed(&s, 1));
	servers_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outgoing),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_relay),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_rematch),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_http),
		cmocka_unit_test(test_listens),
		cmocka_unit_test(test_pool_claim),
		cmocka_unit_test(test_servers_replace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
