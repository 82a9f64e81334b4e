// SPDX-License-Identifier: GPL-2.0-only
/* The settings of what is shown: history and the HTTP port, sound ones and each mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "config_text.h"

#define OUT "outgoing:\n- name: isp\n  server: 192.0.2.1\n"

static void defaults(void **state)
{
	struct config *c = sound(OUT);

	(void)state;
	assert_null(c->history.file);
	assert_int_equal(c->history.sessions, 10000);
	assert_int_equal(c->history.save_interval, 900);
	assert_false(c->http.on);
	config_free(c);
	c = sound("http: {}\n" OUT);
	assert_true(c->http.on);
	assert_int_equal(c->http.port, 9171);
	assert_int_equal(c->http.listen_count, 1);
	assert_int_equal(c->http.listen[0].bytes[0], 127);
	assert_null(c->http.token);
	assert_int_equal(c->http.metrics_sessions, 1000);
	assert_int_equal(c->http.metrics_sets, 1000);
	config_free(c);
}

static void the_service_managers_directory(void **state)
{
	struct config *c;

	(void)state;
	setenv("STATE_DIRECTORY", "/var/lib/l2x:/var/lib/other", 1);
	c = sound(OUT);
	assert_string_equal(c->history.file, "/var/lib/l2x/history");
	config_free(c);
	c = sound("history: {file: /tmp/h}\n" OUT);
	assert_string_equal(c->history.file, "/tmp/h");
	config_free(c);
	unsetenv("STATE_DIRECTORY");
}

static void given(void **state)
{
	struct config *c =
		sound("history: {file: /a/b, sessions: 5, save-interval: 6}\n"
		      "http: {listen: [192.0.2.1, '::1'], port: 80, "
		      "token: 0123456789abcdef, metrics-sessions: 0, metrics-sets: 3}\n" OUT);

	(void)state;
	assert_string_equal(c->history.file, "/a/b");
	assert_int_equal(c->history.sessions, 5);
	assert_int_equal(c->history.save_interval, 6);
	assert_int_equal(c->http.listen_count, 2);
	assert_int_equal(c->http.port, 80);
	assert_string_equal(c->http.token, "0123456789abcdef");
	assert_int_equal(c->http.metrics_sessions, 0);
	assert_int_equal(c->http.metrics_sets, 3);
	config_free(c);
	c = sound("http: {listen: ['127.9.9.9', '::1']}\n" OUT);
	assert_int_equal(c->http.listen_count, 2);
	config_free(c);
}

static void mistakes(void **state)
{
	static const struct mistake_case cases[] = {
		{"history: {file: h}\n" OUT, "l2x.conf:1: history.file: \"h\" is not a full path, "
					     "give one that starts with /\n"},
		{"history: {sessions: 0}\n" OUT,
		 "l2x.conf:1: history.sessions: 0 is out of range, give 1 to 1000000\n"},
		{"http:\n  listen: [0.0.0.0]\n" OUT,
		 "l2x.conf:2: http.listen[0]: 0.0.0.0 can be reached by others, give token-file "
		 "too, or only listen at 127.0.0.1\n"},
		{"http:\n  listen: ['::1', '2001:db8::1']\n" OUT,
		 "l2x.conf:2: http.listen[1]: 2001:db8::1 can be reached by others, give "
		 "token-file too, or only listen at 127.0.0.1\n"},
		{"http: {listen: []}\n" OUT, "l2x.conf:1: http.listen: is empty, give at least one "
					     "address, or leave it out for 127.0.0.1\n"},
		{"http: {token: short}\n" OUT, "l2x.conf:1: http.token: has 5 bytes, give at least "
					       "16 that nobody can guess\n"},
		{"http: {port: 0}\n" OUT,
		 "l2x.conf:1: http.port: 0 is out of range, give 1 to 65535\n"},
	};

	(void)state;
	assert_mistakes(cases, sizeof(cases) / sizeof(cases[0]));
}

static void log_levels(void **state)
{
	static const char text[] =
		"log-level: error\noutgoing:\n- name: isp\n  server: 192.0.2.1\n  log-level: "
		"debug\n"
		"relays: [{name: r, server: 192.0.2.7, log-level: info}]\n"
		"incoming: [{name: lns, log-level: warning, sessions: [{username: a, log-level: "
		"debug}, {}]}, {name: b, remote-hostname: b, sessions: [{}]}]\n";
	struct config *c = sound(text);

	(void)state;
	assert_int_equal(c->log_level, LOG_LEVEL_ERROR);
	assert_int_equal(c->outgoing[0].log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(c->relays[0].log_level, LOG_LEVEL_INFO);
	assert_int_equal(c->incoming[0].log_level, LOG_LEVEL_WARNING);
	assert_int_equal(c->incoming[0].sessions[0].log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(c->incoming[0].sessions[1].log_level, CONFIG_LOG_AS_ABOVE);
	assert_int_equal(c->incoming[1].log_level, CONFIG_LOG_AS_ABOVE);
	config_free(c);
	c = sound(OUT);
	assert_int_equal(c->log_level, LOG_LEVEL_INFO);
	assert_int_equal(c->outgoing[0].log_level, CONFIG_LOG_AS_ABOVE);
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),   cmocka_unit_test(the_service_managers_directory),
		cmocka_unit_test(given),      cmocka_unit_test(mistakes),
		cmocka_unit_test(log_levels),
	};

	unsetenv("STATE_DIRECTORY");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
