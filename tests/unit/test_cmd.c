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
		TEST(refusal_is_said),
		TEST(nobody_there_is_said),
		TEST(attach_and_detach_say_what_they_want),
		TEST(wrong_usage_is_status_2),
		cmocka_unit_test(numbers_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
