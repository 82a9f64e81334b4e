// SPDX-License-Identifier: GPL-2.0-only
/*
 * The HTTP port's connections. A client says one request and hears one answer, and has a time for
 * each, whatever it does in it; beyond a number of clients the others wait in the backlog.
 */
#include "api/http.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/list.h"

#define BACKLOG 64
#define TEXT	"text/plain; charset=utf-8"

static const struct timeval request_time = {.tv_sec = 10}, answer_time = {.tv_sec = 30};

struct http_client {
	struct list in_server;
	struct http_server *server;
	struct bufferevent *bev;
	struct event *deadline;
	bool head;
	bool answered;
	/* While it waits for an answer. */
	void (*gone)(void *arg);
	void *gone_arg;
};

struct http_server {
	struct http_setup setup;
	struct evconnlistener **listeners;
	char *token;
	struct list clients;
	unsigned clients_count;
};

static void listen_on(struct http_server *s, bool on)
{
	for (size_t i = 0; i < s->setup.listen_count; i++) {
		if (s->listeners[i] && on)
			evconnlistener_enable(s->listeners[i]);
		else if (s->listeners[i])
			evconnlistener_disable(s->listeners[i]);
	}
}

static void client_free(struct http_client *c)
{
	if (c->gone)
		c->gone(c->gone_arg);
	list_remove(&c->in_server);
	if (c->server->clients_count-- == HTTP_CLIENTS_MAX)
		listen_on(c->server, true);
	if (c->deadline)
		event_free(c->deadline);
	bufferevent_free(c->bev);
	free(c);
}

static const char *reason_of(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 408:
		return "Request Timeout";
	case 413:
		return "Content Too Large";
	case 431:
		return "Request Header Fields Too Large";
	case 503:
		return "Service Unavailable";
	case 505:
		return "HTTP Version Not Supported";
	default:
		return "Bad Request";
	}
}

/* Everything that a page needs comes from here, and nobody else may show it in a frame. */
static void answer(struct http_client *c, int status, const char *type, struct evbuffer *body)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	c->answered = true;
	c->gone = NULL;
	event_add(c->deadline, &answer_time);
	bufferevent_disable(c->bev, EV_READ);
	if (status != 200)
		evbuffer_add_printf(body, "%d %s\n", status, reason_of(status));
	evbuffer_add_printf(
		out,
		"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		"Connection: close\r\nCache-Control: no-store\r\n"
		"Content-Security-Policy: default-src 'self'; style-src 'self' 'unsafe-inline'; "
		"frame-ancestors 'none'\r\n"
		"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n%s%s\r\n",
		status, reason_of(status), type, evbuffer_get_length(body),
		status == 401 ? "WWW-Authenticate: Basic realm=\"l2x\"\r\n" : "",
		status == 405 ? "Allow: GET, HEAD\r\n" : "");
	if (!c->head)
		evbuffer_add_buffer(out, body);
}

static void refuse(struct http_client *c, int status)
{
	struct evbuffer *body = evbuffer_new();

	if (!body) {
		client_free(c);
		return;
	}
	answer(c, status, TEXT, body);
	evbuffer_free(body);
}

static void serve(struct http_client *c, char *text, size_t len)
{
	const struct http_setup *setup = &c->server->setup;
	const char *type = TEXT;
	struct http_request request;
	struct evbuffer *body;
	int status = http_parse(text, len, &request);

	c->head = request.head;
	if (!status && !http_allowed(&request, c->server->token))
		status = c->server->token ? 401 : 403;
	if (status) {
		refuse(c, status);
		return;
	}
	body = evbuffer_new();
	if (!body) {
		client_free(c);
		return;
	}
	status = setup->handler(setup->owner, &request, body, &type, c);
	if (status != HTTP_LATER)
		answer(c, status, type, body);
	evbuffer_free(body);
}

void http_wait(struct http_client *client, void (*gone)(void *arg), void *arg)
{
	client->gone = gone;
	client->gone_arg = arg;
	event_add(client->deadline, &request_time);
}

void http_answer(struct http_client *client, int status, const char *type, struct evbuffer *body)
{
	client->gone = NULL;
	if (status == 200)
		answer(client, status, type, body);
	else
		refuse(client, status);
}

static void client_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
	struct http_client *c = arg;
	size_t len;
	char *text;

	if (c->answered || c->gone)
		return;
	if (end.pos < 0) {
		if (evbuffer_get_length(input) >= HTTP_REQUEST_MAX)
			refuse(c, 431);
		return;
	}
	len = (size_t)end.pos + 4;
	text = calloc(1, len + 1);
	if (!text) {
		client_free(c);
		return;
	}
	evbuffer_remove(input, text, len);
	serve(c, text, len);
	explicit_bzero(text, len); /* it may hold the token */
	free(text);
}

static void client_written(struct bufferevent *bev, void *arg)
{
	struct http_client *c = arg;

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
	struct http_client *c = arg;

	(void)fd;
	(void)what;
	if (c->answered) {
		client_free(c);
		return;
	}
	if (!c->gone) {
		refuse(c, 408);
		return;
	}
	c->gone(c->gone_arg);
	c->gone = NULL;
	refuse(c, 503);
}

static void accepted(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int len,
		     void *arg)
{
	struct http_server *s = arg;
	struct http_client *c = calloc(1, sizeof(*c));

	(void)l;
	(void)sa;
	(void)len;
	if (c)
		c->bev = bufferevent_socket_new(s->setup.base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c || !c->bev) {
		free(c);
		evutil_closesocket(fd);
		return;
	}
	c->server = s;
	list_append(&s->clients, &c->in_server);
	if (++s->clients_count == HTTP_CLIENTS_MAX)
		listen_on(s, false);
	c->deadline = evtimer_new(s->setup.base, client_late, c);
	if (!c->deadline || event_add(c->deadline, &request_time)) {
		client_free(c);
		return;
	}
	bufferevent_setcb(c->bev, client_read, client_written, client_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, HTTP_REQUEST_MAX);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

static int listen_one(struct http_server *s, size_t i)
{
	const struct endpoint at = {.ip = s->setup.listen[i], .port = s->setup.port};
	char text[ENDPOINT_TEXT];
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&at, &ss);
	unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
	int err;

	if (ss.ss_family == AF_INET6)
		flags |= LEV_OPT_BIND_IPV6ONLY;
	s->listeners[i] = evconnlistener_new_bind(s->setup.base, accepted, s, flags, BACKLOG,
						  (struct sockaddr *)&ss, (int)len);
	err = s->listeners[i] ? 0 : -errno;
	if (err)
		log_error(s->setup.log, "cannot listen at %s: %s", endpoint_text(&at, text),
			  strerror(-err));
	else
		log_info(s->setup.log, "HTTP at %s", endpoint_text(&at, text));
	return err;
}

static void forget_token(struct http_server *s)
{
	if (s->token)
		explicit_bzero(s->token, strlen(s->token));
	free(s->token);
}

int http_server_token(struct http_server *s, const char *token)
{
	char *copy = token ? strdup(token) : NULL;

	if (token && !copy)
		return -ENOMEM;
	forget_token(s);
	s->token = copy;
	return 0;
}

int http_server_new(struct http_server **out, const struct http_setup *setup)
{
	struct http_server *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return -ENOMEM;
	s->setup = *setup;
	list_init(&s->clients);
	err = http_server_token(s, setup->token);
	s->listeners = calloc(setup->listen_count, sizeof(struct evconnlistener *));
	if (!s->listeners)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < setup->listen_count; i++)
		err = listen_one(s, i);
	if (err) {
		http_server_free(s);
		return err;
	}
	*out = s;
	return 0;
}

void http_server_free(struct http_server *s)
{
	struct list *i, *keep;

	if (!s)
		return;
	list_for_each(i, keep, &s->clients)
		client_free(list_item(i, struct http_client, in_server));
	for (size_t l = 0; s->listeners && l < s->setup.listen_count; l++)
		if (s->listeners[l])
			evconnlistener_free(s->listeners[l]);
	free(s->listeners);
	forget_token(s);
	free(s);
}
