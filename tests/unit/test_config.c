// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration reader. Mistakes are asserted word by word, because they are what a user works with: each
 * case is a small file and everything that is said of it. Then sound files, value by value, and the files of docs/examples.
 */
#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "policy/config.h"
#include "ppp/ppp.h"

struct heard {
	char text[16384];
	size_t count;
};

static void hear(void *arg, const char *message)
{
	struct heard *h = arg;

	h->count++;
	assert_null(strchr(message, '\n'));
	if (strlen(h->text) + strlen(message) + 2 < sizeof(h->text)) {
		strcat(h->text, message);
		strcat(h->text, "\n");
	}
}

/* Shorthand in the cases below: a sound tunnel each, whose lines the case may go on with. */
#define OUT             \
	"outgoing:\n"   \
	"- name: isp\n" \
	"  server: 192.0.2.1\n"
#define IN                           \
	"incoming:\n"                \
	"- name: lns\n"              \
	"  local-ppp-ip: 10.0.0.1\n" \
	"  sessions:\n"              \
	"  - username: alice\n"

struct mistake_case {
	const char *text, *said;
};

static const struct mistake_case shape_cases[] = {
	{"", "l2x.conf: is empty, give at least one outgoing or incoming tunnel\n"},
	{"# only a comment\n",
	 "l2x.conf: is empty, give at least one outgoing or incoming tunnel\n"},
	{"port: 1701\n",
	 "l2x.conf:1: there is neither an outgoing nor an incoming tunnel, give at least one\n"},
	{"hello\n",
	 "l2x.conf:1: is not a mapping, give lines of `key: value`, such as `log-level: ...`\n"},
	{"- a\n",
	 "l2x.conf:1: is not a mapping, give lines of `key: value`, such as `log-level: ...`\n"},
	{OUT "  mut: 1400\n", "l2x.conf:4: outgoing[0].mut: unknown key, did you mean mtu?\n"},
	{OUT "  payload_table: 7\n",
	 "l2x.conf:4: outgoing[0].payload_table: unknown key, did you mean payload-table?\n"},
	{"listen-on: [\"::\"]\n" OUT, "l2x.conf:1: listen-on: unknown key, did you mean listen?\n"},
	{"interfaces:\n- name: eth0\n  colour: red\n" OUT,
	 "l2x.conf:3: interfaces[0].colour: unknown key, known here are name, forward\n"},
	{OUT "  mtu: 1400\n  mtu: 1300\n",
	 "l2x.conf:5: outgoing[0].mtu: is given twice, first in line 4, leave one out\n"},
	{OUT "  secret:\n",
	 "l2x.conf:4: outgoing[0].secret: has no value, give one or leave the key out\n"},
	{OUT "  secret: null\n",
	 "l2x.conf:4: outgoing[0].secret: has no value, give one or leave the key out\n"},
	{OUT "  routes:\n  -\n",
	 "l2x.conf:5: outgoing[0].routes[0]: has no value, give one or leave it out\n"},
	{OUT "  routes: 10.0.0.0/8\n", "l2x.conf:4: outgoing[0].routes: is not a list, write [a, "
				       "b] or a line that starts with `- ` for each\n"},
	{OUT "  mtu: [1400]\n", "l2x.conf:4: outgoing[0].mtu: is a list, give one value\n"},
	{OUT "  mtu: {a: 1}\n", "l2x.conf:4: outgoing[0].mtu: is a mapping, give one value\n"},
	{"outgoing: [isp]\n", "l2x.conf:1: outgoing[0]: is not a mapping, give lines of `key: "
			      "value`, such as `name: ...`\n"},
	{"outgoing:\n  name: isp\n", "l2x.conf:1: outgoing: is not a list, write [a, b] or a line "
				     "that starts with `- ` for each\n"},
	{"? [a]\n: b\n" OUT, "l2x.conf:1: a key must be one word\n"},
	{"port: 1\n\tx: y\n", "l2x.conf:2: is not YAML: found a tab character that violates "
			      "indentation while scanning a plain scalar\n"},
	{"listen: [a\n", "l2x.conf:2: is not YAML: did not find expected ',' or ']' while parsing "
			 "a flow sequence\n"},
	{"port: *here\n", "l2x.conf:1: is not YAML: found undefined alias\n"},
	{OUT "---\nport: 1\n", "l2x.conf:4: a second document starts here, give one only\n"},
	{OUT "  hostname: \"a\\0b\"\n",
	 "l2x.conf:4: outgoing[0].hostname: has a NUL character in it\n"},
};

static const struct mistake_case value_cases[] = {
	{"log-level: loud\n" OUT,
	 "l2x.conf:1: log-level: \"loud\" is not known here, give error, warning, info or debug\n"},
	{"spread: 4\n" OUT, "l2x.conf:1: spread: \"4\" is not known here, give none or cpus\n"},
	{"dataplane: fast\n" OUT,
	 "l2x.conf:1: dataplane: \"fast\" is not known here, give auto, xdp, tc or user\n"},
	{"control-socket: l2x.sock\n" OUT, "l2x.conf:1: control-socket: \"l2x.sock\" is not a full "
					   "path, give one that starts with /\n"},
	{"bpf-path: ''\n" OUT,
	 "l2x.conf:1: bpf-path: is empty, give it a value or leave the key out\n"},
	{"user: no-such-account\n" OUT,
	 "l2x.conf:1: user: there is no account \"no-such-account\", give one that exists\n"},
	{"port: 65536\n" OUT, "l2x.conf:1: port: 65536 is out of range, give 1 to 65535\n"},
	{"max-sessions: 0\n" OUT,
	 "l2x.conf:1: max-sessions: 0 is out of range, give 1 to 1000000\n"},
	{"max-routes: -5\n" OUT,
	 "l2x.conf:1: max-routes: -5 is out of range, give 1 to 16000000\n"},
	{"listen: []\n" OUT,
	 "l2x.conf:1: listen: is empty, give at least one address, or leave it out for any\n"},
	{"listen: [192.0.2.1, 192.0.2]\n" OUT, "l2x.conf:1: listen[1]: \"192.0.2\" is not an "
					       "address, give one like 192.0.2.1 or 2001:db8::1\n"},
	{"interfaces:\n- forward: xdp\n" OUT,
	 "l2x.conf:2: interfaces[0].name: is missing, give the name of a network interface\n"},
	{"interfaces:\n- name: eth0\n  forward: tc\n" OUT,
	 "l2x.conf:3: interfaces[0].forward: \"tc\" is not known here, give kernel or xdp\n"},
	{"outgoing:\n- server: lns.example\n",
	 "l2x.conf:2: outgoing[0].name: is missing, give the tunnel a name of its own\n"},
	{"outgoing:\n- name: isp\n",
	 "l2x.conf:2: outgoing[0].server: is missing, give the address or the name of the LNS\n"},
	{"outgoing:\n- name: isp\n  server: 192.0.2.1:1701\n",
	 "l2x.conf:3: outgoing[0].server: \"192.0.2.1:1701\" is neither an address nor a name (the "
	 "UDP port has "
	 "its own key, port)\n"},
	{"outgoing:\n- name: isp\n  server: [lns, 'lns:1']\n",
	 "l2x.conf:3: outgoing[0].server[1]: \"lns:1\" is neither an address nor a name (the UDP "
	 "port has its own key, port)\n"},
	{"outgoing:\n- name: isp\n  server: []\n",
	 "l2x.conf:3: outgoing[0].server: is empty, give the address or the name of the LNS\n"},
	{"outgoing:\n- name: isp\n  server: {a: b}\n",
	 "l2x.conf:3: outgoing[0].server: is a mapping, give one value or a list\n"},
	{"outgoing:\n- name: isp\n  server: [[a]]\n",
	 "l2x.conf:3: outgoing[0].server[0]: is a list, give one value\n"},
	{"outgoing:\n- name: isp\n  server: [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]\n",
	 "l2x.conf:3: outgoing[0].server: has 17 values, give at most 16\n"},
	{OUT "  fail-lockout: 86401\n",
	 "l2x.conf:4: outgoing[0].fail-lockout: 86401 is out of range, give 0 to 86400\n"},
	{OUT "  on-up: script\n",
	 "l2x.conf:4: outgoing[0].on-up: \"script\" is not a full path, give one that starts with "
	 "/\n"},
	{OUT "  on-down: /nowhere/script\n",
	 "l2x.conf:4: outgoing[0].on-down: /nowhere/script: No such file or directory\n"},
	{OUT "  on-up: /etc\n",
	 "l2x.conf:4: outgoing[0].on-up: /etc is not a file, give one that can be run\n"},
	{OUT "  on-up: /etc/passwd\n", "l2x.conf:4: outgoing[0].on-up: /etc/passwd cannot be run, "
				       "run: chmod +x /etc/passwd\n"},
	{"outgoing:\n- name: my isp\n  server: lns\n",
	 "l2x.conf:2: outgoing[0].name: \"my isp\" has a space or control character in it, give it "
	 "without\n"},
	{OUT "  mtu: 90000\n",
	 "l2x.conf:4: outgoing[0].mtu: 90000 is out of range, give 576 to 9000\n"},
	{OUT "  mtu: 575\n  ipv6: false\n",
	 "l2x.conf:4: outgoing[0].mtu: 575 is out of range, give 576 to 9000\n"},
	{OUT "  speed: 10m\n",
	 "l2x.conf:4: outgoing[0].speed: \"10m\" is not a speed, give 8k to 1T bits "
	 "per second\n"},
	{OUT "  speed: 7999\n",
	 "l2x.conf:4: outgoing[0].speed: \"7999\" is not a speed, give 8k to 1T "
	 "bits per second\n"},
	{OUT "  speed-rx: connect\n",
	 "l2x.conf:4: outgoing[0].speed-rx: \"connect\" is not a speed, "
	 "give 8k to 1T bits per second\n"},
	{OUT "  speed: 0x10M\n",
	 "l2x.conf:4: outgoing[0].speed: \"0x10M\" is not a speed, give 8k to 1T "
	 "bits per second\n"},
	{OUT "  mtu: 0x5dc\n",
	 "l2x.conf:4: outgoing[0].mtu: \"0x5dc\" is not a whole number, give 576 to 9000\n"},
	{OUT "  mtu: 1e3\n",
	 "l2x.conf:4: outgoing[0].mtu: \"1e3\" is not a whole number, give 576 to 9000\n"},
	{OUT "  mtu: 99999999999999999999999\n",
	 "l2x.conf:4: outgoing[0].mtu: 99999999999999999999999 is out of range, give 576 to "
	 "9000\n"},
	{OUT "  mtu: 1279\n", "l2x.conf:4: outgoing[0].mtu: 1279 is too small for IPv6, give 1280 "
			      "to 9000, or ipv6: false\n"},
	{OUT "  ipv4: maybe\n",
	 "l2x.conf:4: outgoing[0].ipv4: \"maybe\" is neither true nor false, give one of these\n"},
	{OUT "  ipv4: false\n  ipv6: false\n",
	 "l2x.conf:5: outgoing[0].ipv6: ipv4 and ipv6 are both off, turn one of them on\n"},
	{OUT "  username: me\n",
	 "l2x.conf:4: outgoing[0].username: has no password, give password or password-file too\n"},
	{OUT "  password: hunter2\n",
	 "l2x.conf:4: outgoing[0].password: has no username, give username too\n"},
	{OUT "  secret: ''\n",
	 "l2x.conf:4: outgoing[0].secret: is empty, give it a value or leave the key out\n"},
	{OUT "  secret: hunter2\n  secret-file: x\n",
	 "l2x.conf:5: outgoing[0].secret-file: secret is given too, leave one of them out\n"},
	{OUT "  table: 65536\n",
	 "l2x.conf:4: outgoing[0].table: 65536 is out of range, give 1 to 65535\n"},
	{OUT "  table: 255\n",
	 "l2x.conf:4: outgoing[0].table: 255 is the kernel's own local table, "
	 "give another one\n"},
	{OUT "  source: here\n", "l2x.conf:4: outgoing[0].source: \"here\" is not an address of a "
				 "host, give one like 192.0.2.1 or 2001:db8::1\n"},
	{OUT "  source: 'fe80::1'\n",
	 "l2x.conf:4: outgoing[0].source: \"fe80::1\" is not an address of a host, give one like "
	 "192.0.2.1 or 2001:db8::1\n"},
	{OUT "  source: 192.0.2.9\nlisten: [192.0.2.8]\n",
	 "l2x.conf:4: outgoing[0].source: 192.0.2.9 is not in listen, where answers come; add "
	 "it\n"},
	{OUT "  payload-table: 0\n",
	 "l2x.conf:4: outgoing[0].payload-table: 0 is out of range, give 1 to 4294967295\n"},
	{OUT "  payload-table: 255\n", "l2x.conf:4: outgoing[0].payload-table: 255 is the kernel's "
				       "own local table, give another one\n"},
	{OUT "  interface: a-name-that-is-too-long\n",
	 "l2x.conf:4: outgoing[0].interface: \"a-name-that-is-too-long\" is not the name of an "
	 "interface, give 1 "
	 "to 15 characters\n"},
	{OUT "  interface: tun%d\n", "l2x.conf:4: outgoing[0].interface: \"tun%d\" is not the name "
				     "of an interface, give one without space, "
				     "'/', ':' and '%'\n"},
	{OUT "  interface: all\n",
	 "l2x.conf:4: outgoing[0].interface: \"all\" is a reserved name, give another one\n"},
	{OUT "  routes:\n  - 0.0.0.0/0\n  - 10.1.2.3/8\n",
	 "l2x.conf:6: outgoing[0].routes[1]: 10.1.2.3/8 has bits set behind its length, give "
	 "10.0.0.0/8\n"},
	{OUT "  routes: [2001:db8::1/32]\n",
	 "l2x.conf:4: outgoing[0].routes[0]: 2001:db8::1/32 has bits set behind its length, give "
	 "2001:db8::/32\n"},
	{OUT "  routes: [default]\n", "l2x.conf:4: outgoing[0].routes[0]: \"default\" is not a "
				      "prefix, give one like 192.0.2.0/24 or "
				      "2001:db8::/32\n"},
	{OUT "  ipv6: no\n  routes: [2001:db8::/32]\n",
	 "l2x.conf:5: outgoing[0].routes[0]: 2001:db8::/32 needs ipv6, which is off here; turn it "
	 "on or leave the "
	 "route out\n"},
	{OUT "  local-ppp-ip: fe80::1\n", "l2x.conf:4: outgoing[0].local-ppp-ip: \"fe80::1\" is "
					  "not an IPv4 address, give one like 192.0.2.1\n"},
	{OUT "  local-ppp-ip: 224.0.0.1\n", "l2x.conf:4: outgoing[0].local-ppp-ip: 224.0.0.1 "
					    "cannot be the address of a host, give one like "
					    "192.0.2.1\n"},
	{OUT "  lcp-echo-failures: 0\n",
	 "l2x.conf:4: outgoing[0].lcp-echo-failures: 0 is out of range, give 1 to 255\n"},
	{OUT "  retry-max: 0\n",
	 "l2x.conf:4: outgoing[0].retry-max: 0 is out of range, give 1 to 86400\n"},
	{"incoming:\n- name: lns\n", "l2x.conf:2: incoming[0].sessions: is missing, so nobody "
				     "could log in; give at least one session\n"},
	{"incoming:\n- name: lns\n  sessions: []\n",
	 "l2x.conf:3: incoming[0].sessions: is empty, so nobody could log in; give at least one "
	 "session\n"},
	{"incoming:\n- name: lns\n  allow: []\n  sessions:\n  - username: a\n",
	 "l2x.conf:3: incoming[0].allow: is empty, so no peer could connect; give prefixes, or "
	 "leave it out for "
	 "any\n"},
	{"incoming:\n- name: lns\n  sessions:\n  - remote-ppp-ip: 10.0.0.2\n",
	 "l2x.conf:4: incoming[0].sessions[0].remote-ppp-ip: needs the address of our end too, "
	 "give the tunnel a "
	 "local-ppp-ip\n"},
	{IN "    remote-ppp-ip: 10.0.0.1\n", "l2x.conf:6: incoming[0].sessions[0].remote-ppp-ip: "
					     "10.0.0.1 is local-ppp-ip too, give each end an "
					     "address of its own\n"},
	{IN "  authentication: [chap, kerberos]\n",
	 "l2x.conf:6: incoming[0].authentication[1]: \"kerberos\" is not known here, give "
	 "mschapv2, chap or pap\n"},
	{IN "  authentication: [chap, chap]\n",
	 "l2x.conf:6: incoming[0].authentication[1]: \"chap\" is in the list already, leave it "
	 "out\n"},
	{IN "  authentication: [mschapv2]\n",
	 "l2x.conf:5: incoming[0].sessions[0]: needs a password, for with MS-CHAPv2 we must prove "
	 "that we know it too; give one, or leave mschapv2 out of authentication\n"},
	{IN "  authentication: [pap]\n  chap-rechallenge: 60\n",
	 "l2x.conf:7: incoming[0].chap-rechallenge: needs chap or mschapv2 in authentication, add "
	 "one or leave this out\n"},
	{IN "  chap-rechallenge: 86401\n",
	 "l2x.conf:6: incoming[0].chap-rechallenge: 86401 is out of range, give 0 to 86400\n"},
	{IN "  authentication: []\n", "l2x.conf:5: incoming[0].sessions[0].username: is never "
				      "asked for with `authentication: []`, leave one of "
				      "them out\n"},
	{IN "  dns: [192.0.2.1, 192.0.2.2, 192.0.2.3]\n",
	 "l2x.conf:6: incoming[0].dns: has 3 IPv4 addresses, IPCP can tell 2 (RFC 1877), give at "
	 "most "
	 "these\n"},
	{IN "  dns: ['2001:db8::1', '2001:db8::2', '2001:db8::3']\n",
	 "l2x.conf:6: incoming[0].dns: has 3 IPv6 addresses, give at most 2\n"},
	{IN "  dns: [lns]\n",
	 "l2x.conf:6: incoming[0].dns[0]: \"lns\" is not an IPv4 address, give "
	 "one like 192.0.2.1\n"},
};

static const struct mistake_case conflict_cases[] = {
	{"listen: [192.0.2.1, '::1', 192.0.2.1]\n" OUT,
	 "l2x.conf:1: listen[2]: 192.0.2.1 is listen[0] already (line 1), leave one out\n"},
	{OUT "- name: isp\n  server: lns\n  routes: []\n",
	 "l2x.conf:4: outgoing[1].name: \"isp\" is outgoing[0].name already (line 2), give another "
	 "name\n"},
	{OUT "incoming:\n- name: isp\n  sessions:\n  - username: a\n",
	 "l2x.conf:5: incoming[0].name: \"isp\" is outgoing[0].name already (line 2), give another "
	 "name\n"},
	{"interfaces:\n- name: eth0\n- name: eth0\n" OUT,
	 "l2x.conf:3: interfaces[1].name: eth0 is listed already (line 2), leave one out\n"},
	{"interfaces:\n- name: eth0\n" OUT "  interface: eth0\n",
	 "l2x.conf:6: outgoing[0].interface: eth0 is one of the interfaces (line 2), give the "
	 "tunnel's own another "
	 "name\n"},
	{OUT "- name: b\n  server: b\n  interface: l2x0\n  payload-table: 7\n  routes: []\n",
	 "l2x.conf:6: outgoing[1].interface: l2x0 has payload-table 254 at outgoing[0].interface "
	 "(line 2), but 7 "
	 "here; give another interface or table\n"},
	{OUT "- name: b\n  server: b\n  ipv6: false\n",
	 "l2x.conf:4: outgoing[1].routes: 0.0.0.0/0 leads to outgoing[0].routes already (line 2) "
	 "in payload table "
	 "254, give another prefix or leave it out\n"},
	{OUT "  routes: [10.0.0.0/8]\n- name: b\n  server: b\n  interface: other\n  routes: "
	     "[10.0.0.0/8]\n",
	 "l2x.conf:8: outgoing[1].routes[0]: 10.0.0.0/8 leads to outgoing[0].routes[0] already "
	 "(line 4) in payload "
	 "table 254, give another prefix, metric or table\n"},
	{IN "    remote-ppp-ip: 10.0.0.2\n  - username: bob\n    remote-ppp-ip: 10.0.0.2\n",
	 "l2x.conf:8: incoming[0].sessions[1].remote-ppp-ip: 10.0.0.2/32 leads to "
	 "incoming[0].sessions[0].remote-ppp-ip already (line 6) in payload table 254, give "
	 "another prefix or leave "
	 "it out\n"},
	{IN "    routes: [10.1.0.0/16]\n  - username: bob\n    routes:\n    - 10.2.0.0/16\n    - "
	    "10.1.0.0/16\n",
	 "l2x.conf:10: incoming[0].sessions[1].routes[1]: 10.1.0.0/16 leads to "
	 "incoming[0].sessions[0].routes[0] "
	 "already (line 6) in payload table 254, give another prefix or leave it out\n"},
	{IN "  - username: alice\n", "l2x.conf:6: incoming[0].sessions[1].username: \"alice\" logs "
				     "in at incoming[0].sessions[0].username "
				     "already (line 5), give another name\n"},
	{"incoming:\n- name: lns\n  sessions:\n  - password: a\n  - password: b\n",
	 "l2x.conf:5: incoming[0].sessions[1]: is never reached, as line 4 takes any login; put "
	 "that one last\n"},
	{IN "- name: two\n  sessions:\n  - username: a\n",
	 "l2x.conf:6: incoming[1]: takes the same peers as incoming[0] (line 2), give "
	 "remote-hostname or allow\n"},
	/* All at once, in the order of lines, and not only the first. */
	{"port: 0\nlisten: [x]\n" OUT "  mtu: 1\n  ipv4: 7\n  sever: a\n",
	 "l2x.conf:1: port: 0 is out of range, give 1 to 65535\n"
	 "l2x.conf:2: listen[0]: \"x\" is not an address, give one like 192.0.2.1 or 2001:db8::1\n"
	 "l2x.conf:6: outgoing[0].mtu: 1 is out of range, give 576 to 9000\n"
	 "l2x.conf:7: outgoing[0].ipv4: \"7\" is neither true nor false, give one of these\n"
	 "l2x.conf:8: outgoing[0].sever: unknown key, did you mean server?\n"},
};

static void assert_cases(const struct mistake_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct heard h = {.count = 0};
		struct config *c;
		int err = config_parse("l2x.conf", cases[i].text, strlen(cases[i].text), hear, &h,
				       &c);

		assert_string_equal(h.text, cases[i].said);
		assert_int_equal(err, -EINVAL);
		assert_null(c);
	}
}

#define CASES(array) assert_cases(array, sizeof(array) / sizeof(array[0]))

static void shape_mistakes(void **state)
{
	(void)state;
	CASES(shape_cases);
}

static void value_mistakes(void **state)
{
	(void)state;
	CASES(value_cases);
}

static void conflicts(void **state)
{
	(void)state;
	CASES(conflict_cases);
}

/* Nothing is said of a sound file. */
static struct config *parse(const char *text)
{
	struct heard h = {.count = 0};
	struct config *c;
	int err = config_parse("l2x.conf", text, strlen(text), hear, &h, &c);

	assert_string_equal(h.text, "");
	assert_int_equal(err, 0);
	return c;
}

static void assert_prefix(const struct ip_prefix *p, const char *text)
{
	char buf[IP_PREFIX_TEXT];

	assert_string_equal(ip_prefix_text(p, buf), text);
}

static void assert_address(const struct ip_addr *a, const char *text)
{
	char buf[IP_ADDR_TEXT];

	assert_string_equal(ip_addr_text(a, buf), text);
}

static void defaults_of_program(void **state)
{
	struct config *c = parse(OUT);

	(void)state;
	assert_int_equal(c->log_level, LOG_LEVEL_INFO);
	assert_int_equal(c->dataplane, DATAPLANE_AUTO);
	assert_false(c->spread);
	assert_string_equal(c->control_socket, "/run/l2x/l2x.sock");
	assert_string_equal(c->bpf_path, "/sys/fs/bpf/l2x");
	if (getpwnam("l2x"))
		assert_string_equal(c->user, "l2x");
	else
		assert_null(c->user);
	assert_int_equal(c->port, 1701);
	assert_int_equal(c->listen_count, 2);
	assert_address(&c->listen[0], "0.0.0.0");
	assert_address(&c->listen[1], "::");
	assert_int_equal(c->max_sessions, 65000);
	assert_int_equal(c->max_routes, 250000);
	assert_int_equal(c->interfaces_count, 0);
	assert_int_equal(c->incoming_count, 0);
	config_free(c);
}

static void defaults_of_outgoing(void **state)
{
	struct config *c = parse(OUT);
	const struct config_outgoing *o = c->outgoing;
	char host[256] = "";

	(void)state;
	gethostname(host, sizeof(host) - 1);
	assert_int_equal(c->outgoing_count, 1);
	assert_string_equal(o->name, "isp");
	assert_int_equal(o->servers_count, 1);
	assert_string_equal(o->servers[0], "192.0.2.1");
	assert_int_equal(o->fail_lockout, 60);
	assert_int_equal(o->port, 1701);
	assert_string_equal(o->hostname, host);
	assert_null(o->secret);
	assert_null(o->username);
	assert_null(o->password);
	assert_null(o->calling);
	assert_null(o->called);
	assert_string_equal(o->interface, "l2x0");
	assert_int_equal(o->payload_table, 254);
	assert_int_equal(o->routes_count, 2);
	assert_prefix(&o->routes[0], "0.0.0.0/0");
	assert_prefix(&o->routes[1], "::/0");
	assert_int_equal(o->metric, 0);
	assert_int_equal(o->mtu, 0);
	assert_int_equal(o->hello_interval, 60);
	assert_int_equal(o->lcp_echo_interval, 10);
	assert_int_equal(o->lcp_echo_failures, 5);
	assert_int_equal(o->retry_max, 60);
	assert_true(o->ipv4 && o->ipv6 && o->accept_dns);
	assert_true(o->tcp_mss_fix && o->check_source && o->check_peer);
	assert_int_equal(o->local_ppp_ip.family, 0);
	config_free(c);
}

static void defaults_of_incoming(void **state)
{
	struct config *c =
		parse("incoming:\n- name: lns\n  payload-table: 77\n  sessions:\n  - {}\n");
	const struct config_incoming *in = c->incoming;

	(void)state;
	assert_int_equal(in->remote_hostnames.count, 0);
	assert_non_null(in->hostname);
	assert_null(in->secret);
	assert_int_equal(in->allow_count, 0);
	assert_string_equal(in->interface, "l2x77");
	assert_int_equal(in->payload_table, 77);
	assert_int_equal(in->mtu, 0);
	assert_int_equal(in->hello_interval, 60);
	assert_int_equal(in->lcp_echo_interval, 10);
	assert_int_equal(in->lcp_echo_failures, 5);
	assert_int_equal(in->local_ppp_ip.family, 0);
	assert_int_equal(in->dns[0].family, 0);
	assert_int_equal(in->auth[0], PPP_AUTH_CHAP_MD5);
	assert_int_equal(in->auth[1], PPP_AUTH_PAP);
	assert_int_equal(in->auth[2], PPP_AUTH_NONE);
	assert_int_equal(in->chap_rechallenge, 0);
	assert_true(in->accept_proxy_login);
	assert_true(in->ipv4 && in->ipv6);
	assert_true(in->tcp_mss_fix && in->check_source && in->check_peer);
	assert_int_equal(in->sessions_count, 1);
	assert_int_equal(in->sessions[0].usernames.count, 0);
	assert_null(in->sessions[0].password);
	assert_int_equal(in->sessions[0].remote_ppp_ip.family, 0);
	assert_int_equal(in->sessions[0].routes_count, 0);
	assert_int_equal(in->sessions[0].line, 5);
	config_free(c);
}

static void all_of_outgoing(void **state)
{
	struct config *c = parse(
		"log-level: debug\ndataplane: tc\nspread: cpus\ncontrol-socket: /run/a\nbpf-path: "
		"/sys/fs/bpf/b\n"
		"user: root\nport: 1702\nlisten: [192.0.2.7]\nmax-sessions: 10\nmax-routes: 20\n"
		"interfaces: [{name: eth0, forward: xdp}, {name: eth1}]\n"
		"outgoing:\n- name: a\n  server: [lns.example, \"2001:db8::1\"]\n  port: 1703\n  "
		"hostname: me\n"
		"  secret: s3\n  username: u\n  password: p p\n  calling-number: '0123'\n"
		"  called-number: '0456'\n  interface: isp\n  payload-table: 9\n  metric: 5\n"
		"  table: 8\n  source: 192.0.2.7\n"
		"  routes: [10.0.0.0/8]\n  mtu: 1280\n  hello-interval: 0\n  lcp-echo-interval: 1\n"
		"  lcp-echo-failures: 2\n  retry-max: 3\n  ipv6: off\n  local-ppp-ip: 10.0.0.9\n"
		"  accept-dns: no\n  on-up: /bin/true\n  on-down: /bin/false\n"
		"  tcp-mss-fix: off\n  check-source: no\n  check-peer: false\n"
		"  speed: 10M\n  speed-rx: 1.5G\n");
	const struct config_outgoing *o = c->outgoing;

	(void)state;
	assert_int_equal(c->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(c->dataplane, DATAPLANE_TC);
	assert_true(c->spread);
	assert_string_equal(c->control_socket, "/run/a");
	assert_string_equal(c->bpf_path, "/sys/fs/bpf/b");
	assert_string_equal(c->user, "root");
	assert_int_equal(c->port, 1702);
	assert_int_equal(c->listen_count, 1);
	assert_address(&c->listen[0], "192.0.2.7");
	assert_int_equal(c->max_sessions, 10);
	assert_int_equal(c->max_routes, 20);
	assert_int_equal(c->interfaces_count, 2);
	assert_string_equal(c->interfaces[0].name, "eth0");
	assert_int_equal(c->interfaces[0].forward, FORWARD_XDP);
	assert_int_equal(c->interfaces[1].forward, FORWARD_KERNEL);
	assert_int_equal(o->servers_count, 2);
	assert_string_equal(o->servers[0], "lns.example");
	assert_string_equal(o->servers[1], "2001:db8::1");
	assert_int_equal(o->port, 1703);
	assert_string_equal(o->scripts.on_up, "/bin/true");
	assert_string_equal(o->scripts.on_down, "/bin/false");
	assert_string_equal(o->hostname, "me");
	assert_string_equal(o->secret, "s3");
	assert_string_equal(o->username, "u");
	assert_string_equal(o->password, "p p");
	assert_string_equal(o->calling, "0123");
	assert_string_equal(o->called, "0456");
	assert_string_equal(o->interface, "isp");
	assert_int_equal(o->table, 8);
	assert_address(&o->source, "192.0.2.7");
	assert_int_equal(o->payload_table, 9);
	assert_int_equal(o->metric, 5);
	assert_int_equal(o->routes_count, 1);
	assert_prefix(&o->routes[0], "10.0.0.0/8");
	assert_int_equal(o->mtu, 1280);
	assert_int_equal(o->hello_interval, 0);
	assert_int_equal(o->lcp_echo_interval, 1);
	assert_int_equal(o->lcp_echo_failures, 2);
	assert_int_equal(o->retry_max, 3);
	assert_true(o->ipv4 && !o->ipv6 && !o->accept_dns);
	assert_true(!o->tcp_mss_fix && !o->check_source && !o->check_peer);
	assert_int_equal(o->speed, 10000000);
	assert_int_equal(o->speed_rx, 1500000000);
	assert_address(&o->local_ppp_ip, "10.0.0.9");
	config_free(c);
}

static void all_of_incoming(void **state)
{
	struct config *c =
		parse("incoming:\n- name: a\n  remote-hostname: lac\n  hostname: me\n  secret: s3\n"
		      "  allow: [192.0.2.0/24, '2001:db8::/32']\n  interface: isp\n  "
		      "payload-table: 9\n  table: 7\n  mtu: 1400\n"
		      "  tcp-mss-fix: off\n  check-source: no\n  check-peer: false\n"
		      "  hello-interval: 7\n  lcp-echo-interval: 8\n  lcp-echo-failures: 9\n  "
		      "local-ppp-ip: 10.0.0.1\n"
		      "  dns: [192.0.2.53, 192.0.2.54]\n  authentication: [pap, mschapv2]\n  "
		      "chap-rechallenge: 600\n  accept-proxy-login: no\n  ipv6: false\n  "
		      "sessions:\n"
		      "  - username: u\n    password: p\n    remote-ppp-ip: 10.0.0.2\n    routes: "
		      "[10.2.0.0/16, 10.2.3.0/24]\n"
		      "  - {password: q, speed: connect, speed-rx: 64000}\n");
	const struct config_incoming *in = c->incoming;

	(void)state;
	assert_string_equal(in->remote_hostnames.list[0], "lac");
	assert_string_equal(in->hostname, "me");
	assert_string_equal(in->secret, "s3");
	assert_int_equal(in->table, 7);
	assert_int_equal(in->allow_count, 2);
	assert_prefix(&in->allow[1], "2001:db8::/32");
	assert_string_equal(in->interface, "isp");
	assert_int_equal(in->payload_table, 9);
	assert_int_equal(in->mtu, 1400);
	assert_int_equal(in->hello_interval, 7);
	assert_int_equal(in->lcp_echo_interval, 8);
	assert_int_equal(in->lcp_echo_failures, 9);
	assert_address(&in->local_ppp_ip, "10.0.0.1");
	assert_address(&in->dns[0], "192.0.2.53");
	assert_address(&in->dns[1], "192.0.2.54");
	assert_int_equal(in->auth[0], PPP_AUTH_PAP);
	assert_int_equal(in->auth[1], PPP_AUTH_MSCHAPV2);
	assert_int_equal(in->auth[2], PPP_AUTH_NONE);
	assert_int_equal(in->chap_rechallenge, 600);
	assert_false(in->accept_proxy_login);
	assert_true(in->ipv4 && !in->ipv6);
	assert_true(!in->tcp_mss_fix && !in->check_source && !in->check_peer);
	assert_int_equal(in->sessions_count, 2);
	assert_string_equal(in->sessions[0].usernames.list[0], "u");
	assert_string_equal(in->sessions[0].password, "p");
	assert_address(&in->sessions[0].remote_ppp_ip, "10.0.0.2");
	assert_int_equal(in->sessions[0].routes_count, 2);
	assert_prefix(&in->sessions[0].routes[1], "10.2.3.0/24");
	assert_int_equal(in->sessions[0].line, 24);
	assert_int_equal(in->sessions[0].speed, 0);
	assert_int_equal(in->sessions[1].speed, CONFIG_SPEED_CONNECT);
	assert_int_equal(in->sessions[1].speed_rx, 64000);
	assert_int_equal(in->sessions[1].usernames.count, 0);
	assert_string_equal(in->sessions[1].password, "q");
	assert_int_equal(in->sessions[1].line, 28);
	config_free(c);
}

static void routes_may_be_none_and_follow_the_families(void **state)
{
	struct config *c = parse(OUT "  routes: []\n- name: b\n  server: b\n  ipv4: false\n"
				     "- name: c\n  server: c\n  payload-table: 3\n  ipv6: false\n");

	(void)state;
	assert_int_equal(c->outgoing[0].routes_count, 0);
	assert_int_equal(c->outgoing[1].routes_count, 1);
	assert_prefix(&c->outgoing[1].routes[0], "::/0");
	assert_int_equal(c->outgoing[2].routes_count, 1);
	assert_prefix(&c->outgoing[2].routes[0], "0.0.0.0/0");
	config_free(c);
}

static void prefixes_may_nest_and_tables_and_metrics_part(void **state)
{
	(void)state;
	config_free(parse(
		IN "    remote-ppp-ip: 10.0.0.2\n    routes: [10.0.0.0/8]\n"
		   "  - username: bob\n    remote-ppp-ip: 10.0.0.3\n    routes: [10.1.0.0/16]\n"));
	config_free(parse(OUT "- name: b\n  server: b\n  payload-table: 7\n"));
	config_free(parse(OUT "- name: b\n  server: b\n  interface: b\n  metric: 10\n"));
}

static void anchors_work(void **state)
{
	struct config *c = parse(
		"incoming:\n- name: a\n  remote-hostname: a\n  sessions: &s\n  - username: u\n"
		"- name: b\n  remote-hostname: b\n  sessions: *s\n");

	(void)state;
	assert_string_equal(c->incoming[1].sessions[0].usernames.list[0], "u");
	config_free(c);
}

/* A line of a small file whose aliases would make billions of values. */
static void exploding_aliases_are_refused(void **state)
{
	char text[16384], *p = text;
	struct heard h = {.count = 0};
	struct config *c;

	(void)state;
	for (int level = 0; level < 3; level++) {
		static const char *const open[] = {"port: &a {routes: &r [",
						   "log-level: &b {sessions: &s [", "incoming: ["};
		static const char *const item[] = {"x,", "*a,", "*b,"}, *const close[] = {"]}\n",
											  "]}\n",
											  "]\n"};

		p += sprintf(p, "%s", open[level]);
		for (int i = 0; i < 900; i++)
			p += sprintf(p, "%s", item[level]);
		p += sprintf(p, "%s", close[level]);
	}
	assert_int_equal(config_parse("l2x.conf", text, strlen(text), hear, &h, &c), -EINVAL);
	assert_non_null(
		strstr(h.text, "aliases repeat more than 100000 values, give fewer of them"));
}

struct file_fixture {
	char dir[32], config[64], secret[64];
};

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fchmod(fileno(f), mode), 0);
	fclose(f);
}

static int set_up_files(void **state)
{
	struct file_fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/l2x-config-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->config, sizeof(f->config), "%s/l2x.conf", f->dir);
	snprintf(f->secret, sizeof(f->secret), "%s/isp.secret", f->dir);
	write_file(f->config, OUT "  secret-file: isp.secret\n", 0600);
	*state = f;
	return 0;
}

static int tear_down_files(void **state)
{
	struct file_fixture *f = *state;

	unlink(f->config);
	unlink(f->secret);
	rmdir(f->dir);
	free(f);
	return 0;
}

static void assert_load_says(const struct file_fixture *f, const char *fmt, ...)
{
	struct heard h = {.count = 0};
	char want[512];
	struct config *c;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	assert_int_not_equal(config_load(f->config, hear, &h, &c), 0);
	assert_string_equal(h.text, want);
	assert_null(c);
}

static void secret_is_first_line_of_file(void **state)
{
	static const char *const contents[] = {"hunter2", "hunter2\n", "hunter2\r\n",
					       "hunter2\nmore\n"};
	struct file_fixture *f = *state;
	struct heard h = {.count = 0};
	struct config *c;

	for (int i = 0; i < 4; i++) {
		write_file(f->secret, contents[i], 0640);
		assert_int_equal(config_load(f->config, hear, &h, &c), 0);
		assert_string_equal(c->outgoing[0].secret, "hunter2");
		config_free(c);
	}
}

static void unfit_secret_files(void **state)
{
	struct file_fixture *f = *state;
	char long_line[300];

	assert_load_says(
		f, "%s:4: outgoing[0].secret-file: cannot read %s: No such file or directory\n",
		f->config, f->secret);
	write_file(f->secret, "\nhunter2\n", 0600);
	assert_load_says(
		f,
		"%s:4: outgoing[0].secret-file: %s is empty, its first line must be the secret\n",
		f->config, f->secret);
	write_file(f->secret, "hunter2\n", 0644);
	assert_load_says(
		f, "%s:4: outgoing[0].secret-file: %s is open to everybody, run: chmod o-rwx %s\n",
		f->config, f->secret, f->secret);
	memset(long_line, 'x', sizeof(long_line));
	long_line[sizeof(long_line) - 1] = 0;
	write_file(f->secret, long_line, 0600);
	assert_load_says(f,
			 "%s:4: outgoing[0].secret-file: the first line of %s is too long, a "
			 "secret has at most 128 "
			 "bytes\n",
			 f->config, f->secret);
	unlink(f->secret);
	assert_int_equal(mkfifo(f->secret, 0600), 0);
	assert_load_says(f,
			 "%s:4: outgoing[0].secret-file: %s is not a regular file, give one whose "
			 "first line is the "
			 "secret\n",
			 f->config, f->secret);
}

static void file_that_cannot_be_read(void **state)
{
	struct file_fixture *f = *state;

	unlink(f->config);
	assert_load_says(f, "%s: cannot be read: No such file or directory\n", f->config);
	strcpy(f->config, f->dir);
	assert_load_says(f, "%s: cannot be read: Is a directory\n", f->config);
}

static void many_mistakes_are_cut(void **state)
{
	char *text = malloc(100000), *p = text;
	struct heard h = {.count = 0};
	struct config *c;

	(void)state;
	p += sprintf(p, "listen:\n");
	for (int i = 0; i < 1000; i++)
		p += sprintf(p, "- x\n");
	sprintf(p, OUT);
	assert_int_equal(config_parse("l2x.conf", text, strlen(text), hear, &h, &c), -EINVAL);
	assert_int_equal(h.count, 101);
	assert_non_null(strstr(h.text, "l2x.conf: and 900 more mistakes\n"));
	free(text);
}

static double load_seconds(unsigned sessions)
{
	size_t room = 200 * (size_t)sessions + 1000;
	char *text = malloc(room), *p = text;
	struct timespec a, b;
	struct config *c;

	p += sprintf(p, "incoming:\n- name: lns\n  local-ppp-ip: 10.255.255.254\n  sessions:\n");
	for (unsigned i = 0; i < sessions; i++)
		p += sprintf(p,
			     "  - username: u%u\n    password: p\n    remote-ppp-ip: 10.%u.%u.%u\n"
			     "    routes: [172.%u.%u.%u/32, '2001:db8:%x::/48']\n",
			     i, i >> 16, i >> 8 & 255, i & 255, 16 + (i >> 16), i >> 8 & 255,
			     i & 255, i);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	c = parse(text);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	assert_int_equal(c->incoming[0].sessions_count, sessions);
	config_free(c);
	free(text);
	return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

/* Eight times as many sessions take about eight times as long, by far not sixty-four. */
static void many_sessions_load_in_linear_time(void **state)
{
	double few = load_seconds(5000), many = load_seconds(40000);

	(void)state;
	assert_true(many < 24 * few + 0.1);
}

static void examples_are_sound(void **state)
{
	static const char *const files[] = {"docs/examples/lac.conf", "docs/examples/lns.conf"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct heard h = {.count = 0};
		struct config *c;
		int err = config_load(files[i], hear, &h, &c);

		assert_string_equal(h.text, "");
		assert_int_equal(err, 0);
		config_free(c);
	}
}

#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up_files, tear_down_files)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shape_mistakes),
		cmocka_unit_test(value_mistakes),
		cmocka_unit_test(conflicts),
		cmocka_unit_test(defaults_of_program),
		cmocka_unit_test(defaults_of_outgoing),
		cmocka_unit_test(defaults_of_incoming),
		cmocka_unit_test(all_of_outgoing),
		cmocka_unit_test(all_of_incoming),
		cmocka_unit_test(routes_may_be_none_and_follow_the_families),
		cmocka_unit_test(prefixes_may_nest_and_tables_and_metrics_part),
		cmocka_unit_test(anchors_work),
		cmocka_unit_test(exploding_aliases_are_refused),
		FILE_TEST(secret_is_first_line_of_file),
		FILE_TEST(unfit_secret_files),
		FILE_TEST(file_that_cannot_be_read),
		cmocka_unit_test(many_mistakes_are_cut),
		cmocka_unit_test(many_sessions_load_in_linear_time),
		cmocka_unit_test(examples_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
