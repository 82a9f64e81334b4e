// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control socket, both ends in one process: the server in this thread's event loop, polite
 * clients (api_call) in a thread of their own, hostile ones on raw sockets that the test reads and
 * writes itself.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "api/api.h"

struct fixture {
	char dir[32], path[64];
	struct event_base *base;
	struct api_server *server;
	unsigned calls;
	size_t answer_size; /* of "big" */
};

static json_t *handler(void *owner, const char *command, const json_t *request)
{
	struct fixture *f = owner;

	f->calls++;
	if (!strcmp(command, "echo"))
		return json_pack("{s:b, s:O}", "ok", 1, "request", request);
	if (!strcmp(command, "big")) {
		char *text = malloc(f->answer_size);
		json_t *answer;

		memset(text, 'x', f->answer_size);
		answer = json_pack("{s:b, s:s#}", "ok", 1, "text", text, (int)f->answer_size);
		free(text);
		return answer;
	}
	if (!strcmp(command, "nothing"))
		return NULL;
	return api_error("there is no command \"%s\"", command);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/l2x-api-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/run/l2x.sock", f->dir);
	f->base = event_base_new();
	assert_int_equal(api_server_new(&f->server, f->base, f->path, handler, f, NULL), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	int err;

	api_server_free(f->server);
	event_base_free(f->base);
	err = rmdir(f->dir); /* empty only if the server took its socket and directory away */
	free(f);
	return err;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void turn(struct fixture *f)
{
	const struct timeval tick = {.tv_usec = 2000};

	event_base_loopexit(f->base, &tick);
	event_base_dispatch(f->base);
}

struct call {
	const char *path;
	json_t *request, *answer;
	int err;
	_Atomic bool done;
};

static void *call_thread(void *arg)
{
	struct call *c = arg;

	c->err = api_call(c->path, c->request, &c->answer);
	c->done = true;
	return NULL;
}

/* Takes the request's reference; the answer is the caller's. */
static json_t *call(struct fixture *f, json_t *request)
{
	struct call c = {.path = f->path, .request = request};
	int64_t deadline = now_ms() + 20000;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, call_thread, &c), 0);
	while (!c.done && now_ms() < deadline)
		turn(f);
	assert_true(c.done);
	pthread_join(thread, NULL);
	json_decref(request);
	assert_int_equal(c.err, 0);
	return c.answer;
}

static int raw_connect(struct fixture *f)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(a.sun_path, f->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* What the server says until it closes, parsed. */
static json_t *raw_answer(struct fixture *f, int fd, int seconds)
{
	int64_t deadline = now_ms() + seconds * 1000;
	char text[4096];
	size_t len = 0;

	while (now_ms() < deadline) {
		ssize_t n = recv(fd, text + len, sizeof(text) - len, 0);

		if (n > 0)
			len += (size_t)n;
		else if (!n || errno != EAGAIN)
			break;
		turn(f);
	}
	assert_true(now_ms() < deadline);
	close(fd);
	return len ? json_loadb(text, len, 0, NULL) : NULL;
}

static void send_all(struct fixture *f, int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return; /* cut off: what the test is about */
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
		turn(f);
	}
}

static void assert_error(json_t *answer, const char *text)
{
	assert_non_null(answer);
	assert_true(json_is_false(json_object_get(answer, "ok")));
	assert_string_equal(json_string_value(json_object_get(answer, "error")), text);
	json_decref(answer);
}

static void request_is_heard_and_answered(void **state)
{
	struct fixture *f = *state;
	json_t *answer = call(f, json_pack("{s:s, s:i}", "command", "echo", "n", 7));

	assert_true(json_is_true(json_object_get(answer, "ok")));
	assert_int_equal(json_integer_value(
				 json_object_get(json_object_get(answer, "request"), "n")),
			 7);
	json_decref(answer);
	assert_error(call(f, json_pack("{s:s}", "command", "dance")),
		     "there is no command \"dance\"");
	assert_error(call(f, json_pack("{s:s}", "command", "nothing")), "no memory");
}

static void long_answer_arrives_whole(void **state)
{
	struct fixture *f = *state;
	json_t *answer;

	f->answer_size = 20 << 20;
	answer = call(f, json_pack("{s:s}", "command", "big"));
	assert_int_equal(json_string_length(json_object_get(answer, "text")), f->answer_size);
	json_decref(answer);
}

static void hostile_requests_are_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} requests[] = {
		{"\n", "the request is not JSON: '[' or '{' expected near end of file"},
		{"[1]\n", "the request is not an object with a \"command\""},
		{"{\"command\":7}\n", "the request is not an object with a \"command\""},
		{"{\"command\":\"echo\",\"command\":\"big\"}\n",
		 "the request is not JSON: duplicate object key near '\"command\"'"},
		{"{\"command\":\"echo\"} {}\n",
		 "the request is not JSON: end of file expected near '{'"},
		{"{\"command\":\"\\u0000\"}\n", "the request is not JSON: \\u0000 is not allowed "
						"without JSON_ALLOW_NUL near '\"\\u0000\"'"},
		{"{\"command\":\"\xff\"}\n",
		 "the request is not JSON: unable to decode byte 0xff near '\"'"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int fd = raw_connect(f);

		send_all(f, fd, requests[i].text, strlen(requests[i].text));
		assert_error(raw_answer(f, fd, 5), requests[i].error);
	}
	assert_int_equal(f->calls, 0);
}

static void long_request_is_refused(void **state)
{
	struct fixture *f = *state;
	char *text = malloc(200000);
	int fd = raw_connect(f);

	memset(text, '[', 200000);
	send_all(f, fd, text, 200000);
	assert_error(raw_answer(f, fd, 5), "the request is longer than 65536 bytes");
	/* Within the limit, but deeper than any stack should go. */
	text[60000] = '\n';
	fd = raw_connect(f);
	send_all(f, fd, text, 60001);
	assert_error(raw_answer(f, fd, 5),
		     "the request is not JSON: maximum parsing depth reached near '['");
	free(text);
}

static void client_that_leaves_early_does_no_harm(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->answer_size = 4 << 20;
	for (int i = 0; i < 40; i++) {
		fd = raw_connect(f);
		if (i % 2)
			send_all(f, fd, "{\"command\":\"big\"}\n", 18);
		else
			send_all(f, fd, "{\"comm", 6);
		close(fd);
		turn(f);
	}
	json_decref(call(f, json_pack("{s:s}", "command", "echo")));
	assert_int_equal(f->calls, 21);
}

/*
 * One silent client, one that sends a byte now and then, and more than are served at a time: all
 * but the polite one are cut off after ten seconds in all, and it is served then.
 */
static void patience_ends(void **state)
{
	struct fixture *f = *state;
	int64_t start = now_ms();
	int silent[16], slow;
	json_t *answer;

	slow = raw_connect(f);
	for (int i = 0; i < 15; i++)
		silent[i] = raw_connect(f);
	while (now_ms() < start + 9000) {
		assert_int_equal(send(slow, " ", 1, MSG_NOSIGNAL), 1);
		for (int i = 0; i < 100; i++)
			turn(f);
	}
	answer = call(f, json_pack("{s:s}", "command", "echo"));
	assert_true(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	assert_in_range(now_ms() - start, 9900, 14000);
	assert_error(raw_answer(f, slow, 3), "no request came in 10 s");
	for (int i = 0; i < 15; i++)
		assert_error(raw_answer(f, silent[i], 3), "no request came in 10 s");
}

static void only_owner_and_group_may_connect(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
}

static void second_instance_is_refused(void **state)
{
	struct fixture *f = *state;
	struct api_server *second;

	assert_int_equal(api_server_new(&second, f->base, f->path, handler, f, NULL), -EADDRINUSE);
	assert_null(second);
	json_decref(call(f, json_pack("{s:s}", "command", "echo")));
}

static void stale_socket_is_replaced(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	api_server_free(f->server);
	f->server = NULL;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/stale", f->dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(fd);
	strcpy(f->path, a.sun_path);
	assert_int_equal(api_server_new(&f->server, f->base, f->path, handler, f, NULL), 0);
	json_decref(call(f, json_pack("{s:s}", "command", "echo")));
}

static void other_file_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct api_server *second;
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/file", f->dir);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(api_server_new(&second, f->base, path, handler, f, NULL), -EEXIST);
	assert_int_equal(unlink(path), 0);
}

static void nobody_answers(void **state)
{
	struct fixture *f = *state;
	json_t *answer, *request = json_object();
	char path[200];

	snprintf(path, sizeof(path), "%s/none", f->dir);
	assert_int_equal(api_call(path, request, &answer), -ENOENT);
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	assert_int_equal(api_call(path, request, &answer), -ENAMETOOLONG);
	assert_null(answer);
	json_decref(request);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(request_is_heard_and_answered),
		TEST(long_answer_arrives_whole),
		TEST(hostile_requests_are_refused),
		TEST(long_request_is_refused),
		TEST(client_that_leaves_early_does_no_harm),
		TEST(patience_ends),
		TEST(only_owner_and_group_may_connect),
		TEST(second_instance_is_refused),
		TEST(stale_socket_is_replaced),
		TEST(other_file_is_left_alone),
		TEST(nobody_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
