// SPDX-License-Identifier: GPL-2.0-only
/* One call to the running controller; when it fails, the line says whose fault it is. */
#include "cmd/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "api/api.h"

/* Releases both. */
static json_t *checked(const char *socket, json_t *request, json_t *answer, int err)
{
	const char *error;

	json_decref(request);
	if (err == -ENOENT || err == -ECONNREFUSED)
		fprintf(stderr, "l2x: no controller answers at %s; is `l2x run` running?\n",
			socket);
	else if (err == -EACCES || err == -EPERM)
		fprintf(stderr, "l2x: %s may not be used by this account; try as root\n", socket);
	else if (err)
		fprintf(stderr, "l2x: %s: %s\n", socket, strerror(-err));
	if (err)
		return NULL;
	if (json_is_true(json_object_get(answer, "ok")))
		return answer;
	error = json_string_value(json_object_get(answer, "error"));
	fprintf(stderr, "l2x: %s\n",
		error ? error : "the controller refuses, and does not say why");
	json_decref(answer);
	return NULL;
}

json_t *client_call(const char *socket, json_t *request)
{
	json_t *answer = NULL;
	int err = request ? api_call(socket, request, &answer) : -ENOMEM;

	return checked(socket, request, answer, err);
}

int client_call_stream(const char *socket, json_t *request)
{
	json_t *answer = NULL;
	int fd = -1, err = request ? api_call_stream(socket, request, &answer, &fd) : -ENOMEM;

	answer = checked(socket, request, answer, err);
	if (answer) {
		json_decref(answer);
		return fd;
	}
	if (!err)
		close(fd);
	return -1;
}
