/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How `l2x status`, `attach`, ... talk to `l2x run`: one JSON object in a line over a Unix stream
 * socket, one JSON object in a line back, then the connection closes. The socket file's mode (0660,
 * the service's user and group) is the access control.
 *
 * But the answer of `capture` goes on (stream.h).
 *
 * Request: {"command": "status", ...arguments}. Answer: {"ok": true, ...} or {"ok": false, "error":
 * "text"}.
 */
#ifndef L2X_API_API_H
#define L2X_API_API_H

#include <jansson.h>
#include "base/log.h"

struct event_base;
struct api_server;
struct api_stream;

/* Returns a new reference to the answer object, with "ok" set. */
typedef json_t *api_handler(void *owner, const char *command, const json_t *request);

/* A stale socket file of a dead instance is replaced; -EADDRINUSE when somebody answers there. */
int api_server_new(struct api_server **out, struct event_base *base, const char *path,
		   api_handler *handler, void *owner, const struct logger *log);
/*
 * One command more, whose answer may go on (api/stream.h): where the handler begins the stream, which it
 * gets for that, what is put comes behind the answer. Else the answer is all.
 */
typedef json_t *api_stream_handler(void *owner, const json_t *request, struct api_stream *stream);
void api_server_streams(struct api_server *s, const char *command, api_stream_handler *handler);
void api_server_free(struct api_server *s); /* unlinks the socket; NULL is allowed */

json_t *api_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Client: -errno when nobody answers there; else 0, and the answer (new reference) in *answer. */
int api_call(const char *path, const json_t *request, json_t **answer);
/* The same, where the answer may go on: what follows is read from *fd. */
int api_call_stream(const char *path, const json_t *request, json_t **answer, int *fd);

#endif
