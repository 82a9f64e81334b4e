// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server's side of the control socket, see api.h. A client says one line, hears one line, and
 * is gone; so it costs little to be strict: who says nothing, says too much or does not listen is
 * cut off, and no more than a few are spoken with at a time (the others wait in the socket's
 * backlog).
 */
#include "api/api.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "api/stream.h"

#define CLIENTS_MAX 16
#define REQUEST_MAX 65536 /* bytes, with the newline */
#define BACKLOG	    64

static const struct timeval patience = {.tv_sec = 10};

struct client {
	struct api_server *server;
	struct client *prev, *next;
	struct bufferevent *bev;
	struct event *deadline; /* for the whole request: a byte now and then does not prolong it */
	bool answered;
};

struct api_server {
	struct event_base *base;
	struct evconnlistener *listener;
	api_handler *handler;
	const char *stream_command;
	api_stream_handler *stream_handler;
	struct list streams;
	void *owner;
	const struct logger *log;
	struct client *clients;
	unsigned clients_count;
	struct sockaddr_un address;
	bool bound, made_directory;
};

static void client_free(struct client *c)
{
	struct api_server *s = c->server;

	if (c->prev)
		c->prev->next = c->next;
	else
		s->clients = c->next;
	if (c->next)
		c->next->prev = c->prev;
	s->clients_count--;
	if (s->listener)
		evconnlistener_enable(s->listener);
	if (c->deadline)
		event_free(c->deadline);
	if (c->bev)
		bufferevent_free(c->bev);
	free(c);
}

static json_t *handle(struct api_server *s, const char *line, size_t len, struct api_stream *stream)
{
	const char *command;
	json_error_t error;
	json_t *request, *answer;

	request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!request)
		return api_error("the request is not JSON: %s", error.text);
	command = json_string_value(json_object_get(request, "command"));
	if (command)
		log_debug(s->log, "command %s", command);
	if (command && s->stream_command && !strcmp(command, s->stream_command))
		answer = stream ? s->stream_handler(s->owner, request, stream)
				: api_error("no memory");
	else if (command)
		answer = s->handler(s->owner, command, request);
	else
		answer = api_error("the request is not an object with a \"command\"");
	json_decref(request);
	return answer;
}

/* Takes the reference. */
static void answer_client(struct client *c, json_t *answer)
{
	static const char no_memory[] = "{\"ok\":false,\"error\":\"no memory\"}";
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;

	json_decref(answer);
	c->answered = true;
	event_del(c->deadline);
	bufferevent_disable(c->bev, EV_READ);
	bufferevent_set_timeouts(c->bev, NULL, &patience);
	evbuffer_add_printf(bufferevent_get_output(c->bev), "%s\n", text ? text : no_memory);
	free(text);
}

/* Whether its connection goes on as a stream is known when it has been answered. */
static void request_line(struct client *c, const char *line, size_t len)
{
	struct api_stream *stream = api_stream_new(c->bev, &c->server->streams);

	answer_client(c, handle(c->server, line, len, stream));
	if (stream && api_stream_begun(stream)) {
		api_stream_start(stream);
		c->bev = NULL;
		client_free(c);
	} else if (stream) {
		api_stream_free(stream);
	}
}

static void client_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	struct client *c = arg;
	size_t len;
	char *line;

	if (c->answered)
		return;
	line = evbuffer_readln(input, &len, EVBUFFER_EOL_LF);
	if (line)
		request_line(c, line, len);
	else if (evbuffer_get_length(input) >= REQUEST_MAX)
		answer_client(c, api_error("the request is longer than %d bytes", REQUEST_MAX));
	free(line);
}

/* All of the answer is written. */
static void client_written(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	(void)bev;
	if (c->answered)
		client_free(c);
}

static void client_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	client_free(arg);
}

static void client_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	answer_client(arg, api_error("no request came in %ld s", (long)patience.tv_sec));
}

static void accepted(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int len,
		     void *arg)
{
	struct api_server *s = arg;
	struct client *c = calloc(1, sizeof(*c));

	(void)l;
	(void)sa;
	(void)len;
	if (!c)
		goto err;
	c->server = s;
	c->bev = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c->bev)
		goto err;
	c->next = s->clients;
	if (c->next)
		c->next->prev = c;
	s->clients = c;
	if (++s->clients_count == CLIENTS_MAX)
		evconnlistener_disable(s->listener);
	c->deadline = evtimer_new(s->base, client_late, c);
	if (!c->deadline || event_add(c->deadline, &patience)) {
		client_free(c);
		return;
	}
	bufferevent_setcb(c->bev, client_read, client_written, client_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, REQUEST_MAX);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	return;
err:
	free(c);
	evutil_closesocket(fd);
}

/* Somebody else's socket file in our place: 0 when it is gone now. */
static int clear_place(const struct sockaddr_un *address)
{
	int fd, err = 0;
	struct stat st;

	if (lstat(address->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* EAGAIN is a full backlog: somebody is there, and busy. */
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)) || errno == EAGAIN)
		err = -EADDRINUSE;
	else if (errno != ECONNREFUSED)
		err = -errno;
	else if (unlink(address->sun_path) && errno != ENOENT)
		err = -errno;
	close(fd);
	return err;
}

/* The directory of the socket, as /run/l2x, which nobody has made where no service manager did. */
static bool make_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

	if (!slash || slash == path)
		return false;
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
	return !mkdir(dir, 0755);
}

static void remove_directory(struct sockaddr_un *address)
{
	*strrchr(address->sun_path, '/') = 0;
	rmdir(address->sun_path);
}

static int open_socket(struct api_server *s)
{
	int fd, err;

	s->made_directory = make_directory(s->address.sun_path);
	err = clear_place(&s->address);
	if (err)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&s->address, sizeof(s->address)))
		goto err;
	s->bound = true;
	/* Before listen() nobody can connect, so the wider mode that umask gave was of no use to
	 * anyone. */
	if (chmod(s->address.sun_path, 0660) || listen(fd, BACKLOG))
		goto err;
	return fd;
err:
	err = -errno;
	close(fd);
	return err;
}

int api_server_new(struct api_server **out, struct event_base *base, const char *path,
		   api_handler *handler, void *owner, const struct logger *log)
{
	struct api_server *s = calloc(1, sizeof(*s));
	int fd, err;

	*out = NULL;
	if (!s)
		return -ENOMEM;
	list_init(&s->streams);
	s->base = base;
	s->handler = handler;
	s->owner = owner;
	s->log = log;
	s->address.sun_family = AF_UNIX;
	err = -ENAMETOOLONG;
	if (strlen(path) >= sizeof(s->address.sun_path))
		goto err;
	strcpy(s->address.sun_path, path);
	/* bufferevents write with writev(), which takes no MSG_NOSIGNAL; a client may be gone at
	 * any time. */
	signal(SIGPIPE, SIG_IGN);
	err = fd = open_socket(s);
	if (fd < 0)
		goto err;
	s->listener = evconnlistener_new(base, accepted, s,
					 LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	err = -ENOMEM;
	if (!s->listener) {
		close(fd);
		goto err;
	}
	log_debug(log, "control socket %s is open", path);
	*out = s;
	return 0;
err:
	api_server_free(s);
	return err;
}

void api_server_streams(struct api_server *s, const char *command, api_stream_handler *handler)
{
	s->stream_command = command;
	s->stream_handler = handler;
}

void api_server_free(struct api_server *s)
{
	if (!s)
		return;
	if (s->listener)
		evconnlistener_free(s->listener);
	s->listener = NULL;
	while (s->clients)
		client_free(s->clients);
	api_streams_free(&s->streams);
	if (s->bound)
		unlink(s->address.sun_path);
	if (s->made_directory)
		remove_directory(&s->address);
	free(s);
}
