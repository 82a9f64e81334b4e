/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The HTTP port: GET and HEAD of HTTP/1, one request a connection, no bodies to read. Not libevent's
 * evhttp, because that (in 2.1) bounds neither the number of connections nor the time that a request
 * may take, a byte now and then; this does both, and the request is parsed in one place that can be
 * fuzzed.
 */
#ifndef L2X_API_HTTP_H
#define L2X_API_HTTP_H

#include <event2/buffer.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/addr.h"
#include "base/log.h"

#define HTTP_REQUEST_MAX 8192
#define HTTP_CLIENTS_MAX 64

struct event_base;
struct http_server;
struct http_client;

/* Pointers into the text that was parsed, which is cut up. */
struct http_request {
	bool head;
	const char *path;	   /* before any '?', as sent */
	const char *query;	   /* behind it; NULL: none */
	const char *host;	   /* NULL: none */
	const char *authorization; /* NULL: none */
};

/* text: all up to the empty line, with a NUL behind it. 0, or the status to refuse it with. */
int http_parse(char *text, size_t len, struct http_request *out);

/* A value of the query, decoded, into out, cut to its room; false: it is not there or is no text. */
bool http_query(const struct http_request *r, const char *key, char *out, size_t room);

/* May who sends this see anything? As Bearer, or as the password of Basic. token NULL: whoever calls us by an
 * address or localhost, so that no foreign page can have its name lead here. */
bool http_allowed(const struct http_request *r, const char *token);

/*
 * Adds the body to out and returns the status; type is text/plain unless it is set. HTTP_LATER: the client was answered
 * by http_answer(), or http_wait() was called and will be.
 */
#define HTTP_LATER 0
typedef int http_handler(void *owner, const struct http_request *r, struct evbuffer *out,
			 const char **type, struct http_client *client);

/* The client is kept for an answer, but not for longer than for a request; gone() is called if it goes before. */
void http_wait(struct http_client *client, void (*gone)(void *arg), void *arg);
/* To 200 with this body, which is taken; with any other status there is none. The client is not to be used any more. */
void http_answer(struct http_client *client, int status, const char *type, struct evbuffer *body);

struct http_setup {
	struct event_base *base;
	const struct ip_addr *listen;
	size_t listen_count;
	uint16_t port;
	const char *token;
	http_handler *handler;
	void *owner;
	const struct logger *log;
};

/* 0 or a negative errno, said in the log. The setup's base, owner and log must stay. */
int http_server_new(struct http_server **out, const struct http_setup *setup);
void http_server_free(struct http_server *s); /* NULL is allowed */
/* Another token, or NULL, for requests that come from now on. 0 or -ENOMEM: it is the old one. */
int http_server_token(struct http_server *s, const char *token);

#endif
