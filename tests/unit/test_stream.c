// SPDX-License-Identifier: GPL-2.0-only
/* An answer on the control socket that goes on: both ends in one process, in one thread; api/stream.h. */
#include <event2/event.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "api/api.h"
#include "api/stream.h"

struct fixture {
	char dir[32], path[64];
	struct event_base *base;
	struct api_server *server;
	struct api_stream *stream; /* NULL: there is none */
	bool enough;
};

static void enough(void *arg)
{
	struct fixture *f = arg;

	f->enough = true;
	api_stream_put(f->stream, "bye", 3, NULL, 0);
	api_stream_end(f->stream);
	f->stream = NULL;
}

static json_t *plain(void *owner, const char *command, const json_t *request)
{
	(void)owner;
	(void)request;
	return api_error("plain %s", command);
}

static json_t *begin(void *owner, const json_t *request, struct api_stream *stream)
{
	struct fixture *f = owner;

	if (json_is_true(json_object_get(request, "refuse")))
		return api_error("no");
	f->stream = stream;
	api_stream_begin(stream, &(struct api_stream_owner){.enough = enough, .arg = f});
	api_stream_put(stream, "first", 5, " second", 7);
	return json_pack("{s:b}", "ok", 1);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/l2x-stream-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/l2x.sock", f->dir);
	f->base = event_base_new();
	assert_int_equal(api_server_new(&f->server, f->base, f->path, plain, f, NULL), 0);
	api_server_streams(f->server, "stream", begin);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	int err;

	api_server_free(f->server);
	event_base_free(f->base);
	err = rmdir(f->dir);
	free(f);
	return err;
}

struct client {
	struct fixture *f;
	json_t *request, *answer;
	int fd, err;
	volatile bool done;
};

static void *call(void *arg)
{
	struct client *c = arg;

	c->err = api_call_stream(c->f->path, c->request, &c->answer, &c->fd);
	__sync_synchronize();
	c->done = true;
	return NULL;
}

static void turn(struct fixture *f)
{
	const struct timeval tick = {.tv_usec = 2000};

	event_base_loopexit(f->base, &tick);
	event_base_dispatch(f->base);
}

static struct client ask(struct fixture *f, bool refuse)
{
	struct client c = {.f = f,
			   .request =
				   json_pack("{s:s, s:b}", "command", "stream", "refuse", refuse)};
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, call, &c), 0);
	while (!c.done)
		turn(f);
	pthread_join(thread, NULL);
	json_decref(c.request);
	assert_int_equal(c.err, 0);
	assert_int_equal(json_is_true(json_object_get(c.answer, "ok")), !refuse);
	json_decref(c.answer);
	return c;
}

/* Until the server has closed. */
static size_t read_all(struct fixture *f, int fd, char *buf, size_t room)
{
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, buf + len, room - len, MSG_DONTWAIT))) {
		if (n > 0)
			len += (size_t)n;
		else
			turn(f);
	}
	return len;
}

static void test_goes_on(void **state)
{
	struct fixture *f = *state;
	struct client c = ask(f, false);
	char text[64];

	assert_true(api_stream_put(f->stream, ",", 1, "third", 5));
	/* What the client says is nothing; that it says no more is its end, which still hears what is left. */
	assert_int_equal(send(c.fd, "noise", 5, MSG_NOSIGNAL), 5);
	turn(f);
	assert_false(f->enough);
	shutdown(c.fd, SHUT_WR);
	assert_int_equal(read_all(f, c.fd, text, sizeof(text)), 21);
	assert_memory_equal(text, "first second,thirdbye", 21);
	assert_true(f->enough);
	close(c.fd);
}

static void test_refused(void **state)
{
	struct fixture *f = *state;
	struct client c = ask(f, true);
	char text[64];

	assert_int_equal(read_all(f, c.fd, text, sizeof(text)), 0);
	assert_null(f->stream);
	close(c.fd);
}

/* Nobody reads: there is an end to what is kept, and it comes whole later. */
static void test_slow(void **state)
{
	struct fixture *f = *state;
	struct client c = ask(f, false);
	static char block[1000], got[2 * API_STREAM_ROOM];
	size_t taken = 0, len;

	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 20; i++) {
		while (api_stream_put(f->stream, block, 500, block, 500))
			taken++;
		turn(f);
	}
	assert_true(taken * 1000 > API_STREAM_ROOM / 2 && taken * 1000 < 2 * API_STREAM_ROOM);
	shutdown(c.fd, SHUT_WR);
	while (!f->enough)
		turn(f);
	len = read_all(f, c.fd, got, sizeof(got));
	/* The last word found room or not. */
	assert_true(len == 12 + taken * 1000 || len == 12 + taken * 1000 + 3);
	close(c.fd);
}

static void test_gone(void **state)
{
	struct fixture *f = *state;
	struct client c = ask(f, false);

	close(c.fd);
	while (!f->enough) {
		if (f->stream)
			api_stream_put(f->stream, "x", 1, NULL, 0);
		turn(f);
	}
	assert_null(f->stream);
}

/* Ended by the server's end. */
static void test_left_open(void **state)
{
	struct client c = ask(*state, false);

	close(c.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_slow, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_left_open, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
