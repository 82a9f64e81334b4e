/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How `l2x status`, `attach`, ... talk to `l2x run`: one JSON object in a line over a Unix stream
 * socket, one JSON object in a line back, then the connection closes. The socket file's mode (0660,
 * the service's user and group) is the access control.
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

/* Returns a new reference to the answer object, with "ok" set. */
typedef json_t *api_handler(void *owner, const char *command, const json_t *request);

/* A stale socket file of a dead instance is replaced; -EADDRINUSE when somebody answers there. */
int api_server_new(struct api_server **out, struct event_base *base, const char *path,
		   api_handler *handler, void *owner, const struct logger *log);
void api_server_free(struct api_server *s); /* unlinks the socket; NULL is allowed */

json_t *api_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Client: -errno when nobody answers there; else 0, and the answer (new reference) in *answer. */
int api_call(const char *path, const json_t *request, json_t **answer);

#endif
