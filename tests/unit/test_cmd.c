// SPDX-License-Identifier: GPL-2.0-only
/*
 * The subcommands that talk to a controller, against one that answers what the test wants. Each runs in a
 * child, as a user would run it; what it writes and its exit status are compared. The sources are included, because
 * the layer cmd has a main() of its own.
 */
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "api/api.h"
#include "cmd/attach.c"
#include "cmd/client.c"
#include "cmd/options.c"
#include "cmd/show.h"
#include "cmd/status.c"
#include "cmd/status_sets.c"
#include "cmd/text_table.c"

struct fixture {
	char dir[32], path[64], out[64], err[64];
	struct event_base *base;
	struct api_server *server;
	const char *answer; /* JSON */
	json_t *heard;	    /* the last request */
	char said[8192], complained[1024];
};

static json_t *handler(void *owner, const char *command, const json_t *request)
{
	struct fixture *f = owner;

	(void)command;
	json_decref(f->heard);
	f->heard = json_deep_copy(request);
	return json_loads(f->answer, 0, NULL);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/l2x-cmd-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/l2x.sock", f->dir);
	snprintf(f->out, sizeof(f->out), "%s/out", f->dir);
	snprintf(f->err, sizeof(f->err), "%s/err", f->dir);
	f->answer = "{\"ok\": true}";
	f->base = event_base_new();
	assert_int_equal(api_server_new(&f->server, f->base, f->path, handler, f, NULL), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	api_server_free(f->server);
	event_base_free(f->base);
	json_decref(f->heard);
	unlink(f->out);
	unlink(f->err);
	rmdir(f->dir);
	free(f);
	return 0;
}

static void slurp(const char *path, char *buf, size_t room)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	buf[fread(buf, 1, room - 1, file)] = 0;
	fclose(file);
}

/* Exit status of the command; f->said and f->complained are what it wrote. argv is ended by NULL. */
static int run(struct fixture *f, int (*command)(int argc, char **argv), char **argv)
{
	const struct timeval tick = {.tv_usec = 2000};
	time_t deadline = time(NULL) + 20;
	int argc = 0, status = 0;
	pid_t child = fork(), ended = 0;

	while (argv[argc])
		argc++;
	if (!child) {
		if (!freopen(f->out, "w", stdout) || !freopen(f->err, "w", stderr))
			_exit(99);
		status = command(argc, argv);
		fflush(stdout);
		fflush(stderr);
		_exit(status);
	}
	while (!ended && time(NULL) < deadline) {
		event_base_loopexit(f->base, &tick);
		event_base_dispatch(f->base);
		ended = waitpid(child, &status, WNOHANG);
	}
	if (!ended) {
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	assert_int_equal(ended, child);
	assert_true(WIFEXITED(status));
	slurp(f->out, f->said, sizeof(f->said));
	slurp(f->err, f->complained, sizeof(f->complained));
	return WEXITSTATUS(status);
}

#define RUN(f, command, ...) run(f, command, (char *[]){__VA_ARGS__, NULL})

static const char full_answer[] =
	"{'ok': true, 'version': '0.1', 'pid': 4711, 'uptime': 4335, 'dataplane': 'auto',"
	" 'interfaces': [{'name': 'eth0', 'forward': 'xdp', 'xdp': true, 'tc': true, 'note': ''},"
	"  {'name': 'eth1', 'forward': 'kernel', 'xdp': false, 'tc': false, 'note': 'no tc: "
	"permission'}],"
	" 'tunnels': [{'name': 'isp', 'role': 'outgoing', 'state': 'established', 'local': "
	"'192.0.2.1:1701',"
	"  'peer': '192.0.2.2:1701', 'peer_hostname': 'l\\u001bns', 'tunnel_id': 11, "
	"'peer_tunnel_id': 22,"
	"  'path_mtu': 1500, 'uptime': 63}],"
	" 'sessions': [{'name': 'isp/7', 'tunnel': 'isp', 'user': 'alice', 'state': 'established',"
	"  'phase': 'network', 'session_id': 7, 'peer_session_id': 8, 'tunnel_id': 11, 'netdev': "
	"'l2x0',"
	"  'payload_table': 254, 'mtu': 1460, 'uptime': 62, 'ipv4': {'local': '10.0.0.2', "
	"'remote': '10.0.0.1',"
	"  'dns': []}, 'ipv6': {'local': 'fe80::2', 'remote': 'fe80::1'}, 'routes': ['0.0.0.0/0'], "
	"'rtt_ms': 3, 'speed': 10000000, 'speed_rx': null,"
	"  'rx': {'xdp': {'packets': 1234567, 'bytes': 1700000000}, 'tc': {'packets': 1, 'bytes': "
	"84},"
	"   'user': {'packets': 0, 'bytes': 0}},"
	"  'tx': {'xdp': {'packets': 9999, 'bytes': 9999}, 'tc': {'packets': 10000, 'bytes': "
	"99950},"
	"   'user': {'packets': 0, 'bytes': 0}}, 'drops': {'bad-source': 3}},"
	"  {'name': 'b/1', 'state': 'wait-reply', 'phase': 'dead', 'netdev': '', 'ipv4': null, "
	"'ipv6': null,"
	"   'mtu': 1460, 'rtt_ms': null, 'uptime': 0, 'rx': {}, 'tx': {}, 'drops': {}}],"
	" 'waiting': [{'name': 'c', 'state': 'retry in 8 s', 'last_end': 'no answer'}],"
	" 'drops': {'no-session': 17}, 'rejected': {'half-open': 0, 'attempts-per-second': "
	"12345}}";

static const char full_text[] =
	"l2x 0.1, pid 4711, up 1 h 12 min, data path auto\n"
	"\n"
	"INTERFACE  FORWARD  LEVELS         NOTE\n"
	"eth0       xdp      xdp, tc, user  -\n"
	"eth1       kernel   user           no tc: permission\n"
	"\n"
	"TUNNEL  ROLE      STATE        LOCAL           PEER            PEER NAME  IDS    PATH MTU "
	" "
	"UP\n"
	"isp     outgoing  established  192.0.2.1:1701  192.0.2.2:1701  l?ns       11/22  1500     "
	" "
	"1 min 3 s\n"
	"\n"
	"SESSION  USER   STATE       NETDEV  LOCAL     REMOTE    MTU   SPEED    RTT   UP\n"
	"isp/7    alice  network     l2x0    10.0.0.2  10.0.0.1  1460  10.0M/-  3 ms  1 min 2 s\n"
	"                                    fe80::2   fe80::1\n"
	"b/1      -      wait-reply  -       -         -         1460  -        -     0 s\n"
	"\n"
	"TRAFFIC  WAY  XDP                   TC                     USER\n"
	"isp/7    rx   1.2M packets, 1.7 GB  1 packet, 84 B         -\n"
	"         tx   9999 packets, 9999 B  10.0k packets, 100 kB  -\n"
	"b/1      rx   -                     -                      -\n"
	"         tx   -                     -                      -\n"
	"\n"
	"WAITING  STATE         LAST END\n"
	"c        retry in 8 s  no answer\n"
	"\n"
	"DROPPED       REASON      PACKETS\n"
	"isp/7         bad-source  3\n"
	"(no session)  no-session  17\n"
	"\n"
	"LIMIT                REJECTED\n"
	"attempts-per-second  12.3k\n";

/* JSON with its quotes as apostrophes, to be readable above. */
static void answer_with(struct fixture *f, const char *json, char *room)
{
	strcpy(room, json);
	for (char *p = room; *p; p++)
		if (*p == '\'')
			*p = '"';
	f->answer = room;
}

static void status_is_made_for_a_person(void **state)
{
	struct fixture *f = *state;
	char json[4096];

	answer_with(f, full_answer, json);
	assert_int_equal(RUN(f, cmd_status, "status", "-s", f->path), 0);
	assert_string_equal(f->complained, "");
	assert_string_equal(f->said, full_text);
	assert_string_equal(json_string_value(json_object_get(f->heard, "command")), "status");
}

static void empty_status_is_one_line(void **state)
{
	struct fixture *f = *state;
	char json[4096];

	answer_with(
		f,
		"{'ok': true, 'version': '0.1', 'pid': 1, 'uptime': 100000, 'dataplane': 'user'}",
		json);
	assert_int_equal(RUN(f, cmd_status, "status", "--socket", f->path), 0);
	assert_string_equal(f->said, "l2x 0.1, pid 1, up 1 d 3 h, data path user\n");
}

static const char sets_answer[] =
	"{'ok': true, 'version': '0.1', 'pid': 1, 'uptime': 1, 'dataplane': 'auto', 'sets': ["
	" {'name': 'home', 'kind': 'ha', 'legs_up': 2, 'expected': 12000, 'unique': 11900,"
	"  'duplicates': 7000, 'lost': 12, 'recent': {'loss_percent': 0.04}, 'legs': ["
	"   {'session': 'dsl', 'state': 'up', 'first': 11000, 'duplicate': 800, 'late': 0,"
	"    'loss_percent': 0.26, 'recent': {'loss_percent': 0}, 'skew': {'half_below_ms': 0,"
	"    'most_below_ms': 2}}, {'session': 'lte', 'state': 'lossy', 'first': 900, 'duplicate': "
	"6200,"
	"    'late': 3, 'loss_percent': 40.02, 'recent': null, 'skew': {'half_below_ms': 32,"
	"    'most_below_ms': 128}}, {'session': 'sat', 'state': 'down'}]},"
	" {'name': 'pair', 'kind': 'bond', 'legs_up': 1, 'legs': [{'session': 'a', 'state': "
	"'up'}]}]}";

static const char sets_text[] =
	"l2x 0.1, pid 1, up 1 s, data path auto\n"
	"\n"
	"SET   LEG   STATE      LOSS NOW  LOSS    FIRST  DUPLICATE  LATE  BEHIND\n"
	"home  ha    2 of 3 up  0.0 %     0.1 %   11.9k  7000\n"
	"      dsl   up         0.0 %     0.3 %   11.0k  800        0     0-2 ms\n"
	"      lte   lossy      -         40.0 %  900    6200       3     16-128 ms\n"
	"      sat   down\n"
	"pair  bond  1 of 1 up\n"
	"      a     up\n";

static void sets_show_what_users_do_not_notice(void **state)
{
	struct fixture *f = *state;
	char json[4096];

	answer_with(f, sets_answer, json);
	assert_int_equal(RUN(f, cmd_status, "status", "-s", f->path), 0);
	assert_string_equal(f->said, sets_text);
	answer_with(f, sets_answer, json);
	assert_int_equal(RUN(f, cmd_show, "show", "-s", f->path, "sets"), 0);
	assert_string_equal(f->said, strstr(sets_text, "SET "));
	answer_with(f, sets_answer, json);
	assert_int_equal(RUN(f, cmd_show, "show", "-s", f->path, "sets", "p*"), 0);
	assert_string_equal(
		f->said, "SET   LEG   STATE      LOSS NOW  LOSS  FIRST  DUPLICATE  LATE  BEHIND\n"
			 "pair  bond  1 of 1 up\n"
			 "      a     up\n");
}

static void json_is_passed_on(void **state)
{
	struct fixture *f = *state;
	json_t *want, *got;
	char json[4096];

	answer_with(f, full_answer, json);
	assert_int_equal(RUN(f, cmd_status, "status", "-s", f->path, "--json"), 0);
	want = json_loads(json, 0, NULL);
	got = json_loads(f->said, 0, NULL);
	assert_non_null(want);
	assert_true(json_equal(want, got));
	json_decref(want);
	json_decref(got);
}

static void answers_of_the_wrong_shape_do_no_harm(void **state)
{
	struct fixture *f = *state;
	char json[4096];

	answer_with(f,
		    "{'ok': true, 'version': 7, 'uptime': -1, 'interfaces': {'a': 1}, 'tunnels': "
		    "[1, 'x', null, {}],"
		    " 'sessions': [[], {'ipv4': 'x', 'ipv6': [], 'rx': 7, 'drops': [1], 'name': "
		    "{}}], 'drops': 'x'}",
		    json);
	assert_int_equal(RUN(f, cmd_status, "status", "-s", f->path), 0);
	assert_non_null(strstr(f->said, "TRAFFIC  WAY  XDP  TC  USER\n"));
}

static const char show_answer[] =
	"{'ok': true, 'interfaces': [{'name': 'eth0', 'forward': 'xdp', 'xdp': true, 'tc': true,"
	"  'note': ''}, {'name': 'eth1', 'forward': 'xdp', 'xdp': false, 'tc': true, 'note': "
	"'old'}],"
	" 'tunnels': [{'name': 'a', 'state': 'established', 'peer': '192.0.2.2:1701',"
	"  'peer_hostname': 'north', 'uptime': 63}, {'name': 'b', 'state': 'wait-reply',"
	"  'peer': '[2001:db8::9]:1701', 'peer_hostname': '', 'uptime': 0}],"
	" 'sessions': [{'name': 'a/1', 'tunnel': 'a', 'user': 'alice@x', 'state': 'established',"
	"  'phase': 'network', 'netdev': 'l2x0', 'payload_table': 100, 'uptime': 62, 'tunnel_id': "
	"1,"
	"  'session_id': 1, 'ipv4': {'local': '10.0.0.1', 'remote': '10.0.0.2'}, 'ipv6': null,"
	"  'routes': ['203.0.113.0/24', '2001:db8:7::/48'], 'rx': {'xdp': {'packets': 3, 'bytes': "
	"300},"
	"  'user': {'packets': 1, 'bytes': 50}}, 'tx': {}, 'drops': {'rate': 7}},"
	"  {'name': 'a/2', 'tunnel': 'a', 'user': 'bob\\u001b@x', 'state': 'established',"
	"  'phase': 'authenticate', 'netdev': 'l2x0', 'payload_table': 100, 'uptime': 2,"
	"  'tunnel_id': 1, 'session_id': 2, 'ipv4': null, 'ipv6': null, 'routes': [], 'rx': {},"
	"  'tx': {'tc': {'packets': 10, 'bytes': 1000}}, 'drops': {}}],"
	" 'drops': {'no-session': 17}}";

static void show_has_a_table_of_each_kind(void **state)
{
	static const struct {
		char *kind, *text;
	} kinds[] = {
		{"tunnels",
		 "TUNNEL  STATE        PEER                PEER NAME  SESSIONS  UP\n"
		 "a       established  192.0.2.2:1701      north      2         1 min 3 s\n"
		 "b       wait-reply   [2001:db8::9]:1701  -          0         0 s\n"},
		{"sessions", "SESSION  USER     STATE         REMOTE    RX     TX      UP\n"
			     "a/1      alice@x  network       10.0.0.2  350 B  0 B     1 min 2 s\n"
			     "a/2      bob?@x   authenticate  -         0 B    1000 B  2 s\n"},
		{"routes", "ROUTE            SESSION  USER     NETDEV  TABLE\n"
			   "203.0.113.0/24   a/1      alice@x  l2x0    100\n"
			   "2001:db8:7::/48  a/1      alice@x  l2x0    100\n"},
		{"interfaces", "INTERFACE  FORWARD  LEVEL  NOTE\n"
			       "eth0       xdp      xdp    -\n"
			       "eth1       xdp      tc     old\n"},
		{"peers", "PEER         NAME   TUNNELS  SESSIONS  RX     TX\n"
			  "192.0.2.2    north  1        2         350 B  1000 B\n"
			  "2001:db8::9  -      1        0         0 B    0 B\n"},
		{"drops", "SESSION       REASON      PACKETS  MEANING\n"
			  "a/1           rate        7        the session's rate limit is reached\n"
			  "(no session)  no-session  17       no such tunnel and session\n"},
	};
	struct fixture *f = *state;
	static char json[4096]; /* the server holds on to it */

	answer_with(f, show_answer, json);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		assert_int_equal(RUN(f, cmd_show, "show", "-s", f->path, kinds[i].kind), 0);
		assert_string_equal(f->said, kinds[i].text);
	}
}

static void show_filters(void **state)
{
	static const struct {
		char *kind, *option, *value;
		const char *names; /* of the rows, each with a space behind */
	} cases[] = {
		{"sessions", "--user", "ALICE@*", "a/1 "},
		{"sessions", "--user", "*@x", "a/1 a/2 "},
		{"sessions", "--peer", "nor*", "a/1 a/2 "},
		{"sessions", "--peer", "2001:db8::9", ""},
		{"sessions", "--prefix", "203.0.113.7", "a/1 "},
		{"sessions", "--prefix", "203.0.0.0/16", "a/1 "},
		{"sessions", "--prefix", "10.0.0.0/30", "a/1 "},
		{"sessions", "--prefix", "203.0.114.0/24", ""},
		{"tunnels", "--peer", "2001:*", "b "},
		{"tunnels", "--user", "bob*", "a "},
		{"tunnels", "--user", "carol", ""},
		{"peers", "--prefix", "2001:db8:7:1::/64", "192.0.2.2 "},
		{"routes", "--prefix", "2001:db8::/32", "a/1 "},
		{"drops", "--user", "bob*", ""},
		{"drops", "--user", "alice@x", "a/1 "},
	};
	struct fixture *f = *state;
	static char json[4096]; /* the server holds on to it */

	answer_with(f, show_answer, json);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char names[64] = "";
		json_t *o, *row;
		size_t n;

		assert_int_equal(RUN(f, cmd_show, "show", "--json", "-s", f->path, cases[i].option,
				     cases[i].value, cases[i].kind),
				 0);
		o = json_loads(f->said, 0, NULL);
		assert_int_equal(json_integer_value(json_object_get(o, "schema_version")), 1);
		assert_true(json_is_array(json_object_get(o, cases[i].kind)));
		json_array_foreach(json_object_get(o, cases[i].kind), n, row)
		{
			strcat(names, json_string_value(json_object_get(row, "name")));
			strcat(names, " ");
		}
		json_decref(o);
		assert_string_equal(names, cases[i].names);
	}
	assert_int_equal(RUN(f, cmd_show, "show", "-s", f->path, "sessions", "*/2"), 0);
	assert_null(strstr(f->said, "a/1"));
	assert_non_null(strstr(f->said, "a/2"));
}

static void show_verbose_leaves_nothing_out(void **state)
{
	struct fixture *f = *state;
	static char json[4096]; /* the server holds on to it */

	answer_with(f, show_answer, json);
	assert_int_equal(RUN(f, cmd_show, "show", "-v", "-s", f->path, "sessions", "a/2"), 0);
	assert_ptr_equal(strstr(f->said, "\"a/2\"\n  name: \"a/2\"\n"), f->said);
	assert_non_null(strstr(f->said, "\n  user: \"bob\\u001B@x\"\n"));
	assert_non_null(strstr(f->said, "\n  tx.tc.bytes: 1000\n"));
	assert_non_null(strstr(f->said, "\n  ipv4: null\n"));
}

static void top_shows_rates(void **state)
{
	struct show_sample s;
	struct show_filter all = {0};
	json_t *before, *now, *rows, *row;
	static char json[4096]; /* the server holds on to it */
	struct fixture f;

	(void)state;
	answer_with(&f, show_answer, json);
	before = json_loads(json, 0, NULL);
	now = json_deep_copy(before);
	row = json_object_get(json_array_get(json_object_get(now, "sessions"), 1), "tx");
	json_object_set_new(row, "tc", json_pack("{s:i, s:i}", "packets", 30, "bytes", 11000));
	row = json_array_get(json_object_get(now, "sessions"), 0);
	json_object_set_new(row, "session_id", json_integer(77)); /* another call */
	s = (struct show_sample){now, before, 2.0};
	rows = show_rates(&s, &all);
	assert_int_equal(json_array_size(rows), 2);
	row = json_array_get(rows, 0); /* the busiest */
	assert_string_equal(status_string(row, "name"), "a/2");
	assert_int_equal(status_number(row, "tx_bits_per_s"), 40000);
	assert_int_equal(status_number(row, "tx_packets_per_s"), 10);
	row = json_array_get(rows, 1);
	assert_int_equal(status_number(row, "rx_bits_per_s"), 1400);
	json_decref(rows);
	json_decref(now);
	json_decref(before);
}

static void watch_goes_on_until_its_count(void **state)
{
	struct fixture *f = *state;
	const char *line;
	static char json[4096]; /* the server holds on to it */
	int lines = 0;

	answer_with(f, show_answer, json);
	assert_int_equal(RUN(f, cmd_show, "show", "--json", "--watch", "--count", "2", "-i", "0.1",
			     "-s", f->path, "interfaces"),
			 0);
	for (line = f->said; (line = strchr(line, '\n')); line++)
		lines++;
	assert_int_equal(lines, 2);
	assert_int_equal(RUN(f, cmd_top, "top", "--count", "1", "--interval", "0.1", "-s", f->path),
			 0);
	assert_ptr_equal(strstr(f->said, "SESSION  USER     RX"), f->said);
}

static void show_says_what_is_wrong(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(RUN(f, cmd_show, "show"), 2);
	assert_int_equal(RUN(f, cmd_show, "show", "cows"), 2);
	assert_string_equal(
		f->complained,
		"l2x: there is no \"cows\" to show, give tunnels, sessions, sets, routes, "
		"interfaces, peers, drops or rates\n");
	assert_int_equal(RUN(f, cmd_show, "show", "--prefix", "x", "routes"), 2);
	assert_int_equal(RUN(f, cmd_show, "show", "--user", "x", "interfaces"), 2);
	assert_int_equal(RUN(f, cmd_show, "show", "--interval", "0", "routes"), 2);
	assert_int_equal(RUN(f, cmd_show, "show", "--count", "-1", "routes"), 2);
	assert_int_equal(RUN(f, cmd_show, "show", "routes", "a", "b"), 2);
	assert_int_equal(RUN(f, cmd_top, "top", "a", "b"), 2);
	assert_null(f->heard);
}

static void refusal_is_said(void **state)
{
	struct fixture *f = *state;

	f->answer = "{\"ok\": false, \"error\": \"eth9 is not attached\"}";
	assert_int_equal(RUN(f, cmd_detach, "detach", "-s", f->path, "eth9"), 1);
	assert_string_equal(f->complained, "l2x: eth9 is not attached\n");
	assert_string_equal(f->said, "");
}

static void nobody_there_is_said(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(RUN(f, cmd_status, "status", "-s", "/nonexistent/l2x.sock"), 1);
	assert_string_equal(
		f->complained,
		"l2x: no controller answers at /nonexistent/l2x.sock; is `l2x run` running?\n");
}

static void attach_and_detach_say_what_they_want(void **state)
{
	struct fixture *f = *state;
	json_t *want;

	assert_int_equal(RUN(f, cmd_attach, "attach", "-s", f->path, "eth0"), 0);
	assert_string_equal(f->said, "eth0: attached\n");
	want = json_pack("{s:s, s:s, s:s}", "command", "attach", "interface", "eth0", "forward",
			 "kernel");
	assert_true(json_equal(f->heard, want));
	json_decref(want);
	assert_int_equal(RUN(f, cmd_attach, "attach", "eth0", "--forward", "xdp", "-s", f->path),
			 0);
	assert_string_equal(json_string_value(json_object_get(f->heard, "forward")), "xdp");
	assert_int_equal(RUN(f, cmd_detach, "detach", "-s", f->path, "eth0"), 0);
	assert_string_equal(f->said, "eth0: detached\n");
	want = json_pack("{s:s, s:s}", "command", "detach", "interface", "eth0");
	assert_true(json_equal(f->heard, want));
	json_decref(want);
}

static void wrong_usage_is_status_2(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(RUN(f, cmd_attach, "attach"), 2);
	assert_string_equal(f->complained,
			    "usage: l2x attach [-s SOCKET] [--forward xdp|kernel] IFACE\n");
	assert_int_equal(RUN(f, cmd_attach, "attach", "eth0", "eth1"), 2);
	assert_int_equal(RUN(f, cmd_attach, "attach", "--forward", "fast", "eth0"), 2);
	assert_string_equal(f->complained, "l2x: --forward fast: give xdp or kernel\n");
	assert_int_equal(RUN(f, cmd_status, "status", "--nonsense"), 2);
	assert_int_equal(RUN(f, cmd_status, "status", "-s"), 2);
	assert_int_equal(RUN(f, cmd_status, "status", "--help"), 0);
	assert_non_null(strstr(f->said, "-s, --socket SOCKET"));
	assert_null(f->heard);
}

static void numbers_for_people(void **state)
{
	static const struct {
		uint64_t n;
		const char *count, *bytes, *time;
	} cases[] = {
		{0, "0", "0 B", "0 s"},
		{59, "59", "59 B", "59 s"},
		{9999, "9999", "9999 B", "2 h 46 min"},
		{10000, "10.0k", "10.0 kB", "2 h 46 min"},
		{99949, "99.9k", "99.9 kB", "1 d 3 h"},
		{99950, "100k", "100 kB", "1 d 3 h"},
		{999499, "999k", "999 kB", "11 d 13 h"},
		{999500, "1.0M", "1.0 MB", "11 d 13 h"},
		{UINT64_MAX, "18.4E", "18.4 EB", "213503982334601 d 7 h"},
	};
	char buf[HUMAN_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(human_count(cases[i].n, buf), cases[i].count);
		assert_string_equal(human_bytes(cases[i].n, buf), cases[i].bytes);
		assert_string_equal(human_time(cases[i].n, buf), cases[i].time);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(status_is_made_for_a_person),
		TEST(sets_show_what_users_do_not_notice),
		TEST(empty_status_is_one_line),
		TEST(json_is_passed_on),
		TEST(answers_of_the_wrong_shape_do_no_harm),
		TEST(show_has_a_table_of_each_kind),
		TEST(show_filters),
		TEST(show_verbose_leaves_nothing_out),
		cmocka_unit_test(top_shows_rates),
		TEST(watch_goes_on_until_its_count),
		TEST(show_says_what_is_wrong),
		TEST(refusal_is_said),
		TEST(nobody_there_is_said),
		TEST(attach_and_detach_say_what_they_want),
		TEST(wrong_usage_is_status_2),
		cmocka_unit_test(numbers_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
