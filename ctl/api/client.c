// SPDX-License-Identifier: GPL-2.0-only
/* The client's side of the control socket, see api.h: blocking, with limits on patience and size.
 */
#include "api/api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MAX	(256u << 20)
#define LINE_MAX_ANSWER 4096 /* of an answer that goes on */

json_t *api_error(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return json_pack("{s:b, s:s}", "ok", 0, "error", text);
}

static int open_connection(const char *path)
{
	/* Longer than the server's own patience with the clients that may stand before us. */
	const struct timeval patience = {.tv_sec = 15};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		err = errno == EAGAIN ? -ETIMEDOUT : -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int send_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int send_request(int fd, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	int err;

	if (!text)
		return -ENOMEM;
	err = send_all(fd, text, strlen(text));
	if (!err)
		err = send_all(fd, "\n", 1);
	free(text);
	return err;
}

/* The server's line, or all that it says until it closes. */
static int receive_all(int fd, char **text, size_t *len)
{
	size_t room = 0;

	for (;;) {
		ssize_t n;

		if (*len == room) {
			char *more;

			if (room >= ANSWER_MAX)
				return -EMSGSIZE;
			room = room ? 2 * room : 65536;
			more = realloc(*text, room);
			if (!more)
				return -ENOMEM;
			*text = more;
		}
		n = recv(fd, *text + *len, room - *len, 0);
		if (!n || (n > 0 && memchr(*text + *len, '\n', (size_t)n))) {
			*len += (size_t)n;
			return 0;
		}
		if (n > 0)
			*len += (size_t)n;
		else if (errno != EINTR)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
	}
}

/* No byte more than the line: what follows is the caller's. */
static int receive_line(int fd, char **text, size_t *len)
{
	*text = malloc(LINE_MAX_ANSWER);
	if (!*text)
		return -ENOMEM;
	while (*len < LINE_MAX_ANSWER) {
		ssize_t n = recv(fd, *text + *len, 1, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? (errno == EAGAIN ? -ETIMEDOUT : -errno) : -EPROTO;
		if ((*text)[(*len)++] == '\n')
			return 0;
	}
	return -EMSGSIZE;
}

static int parse_answer(const char *text, size_t len, json_t **answer)
{
	*answer = json_loadb(text, len, 0, NULL);
	if (json_is_boolean(json_object_get(*answer, "ok")))
		return 0;
	json_decref(*answer);
	*answer = NULL;
	return -EPROTO;
}

int api_call_stream(const char *path, const json_t *request, json_t **answer, int *fd)
{
	char *text = NULL;
	size_t len = 0;
	int err;

	*answer = NULL;
	*fd = open_connection(path);
	if (*fd < 0)
		return *fd;
	err = send_request(*fd, request);
	if (!err)
		err = receive_line(*fd, &text, &len);
	if (!err)
		err = parse_answer(text, len, answer);
	free(text);
	if (err)
		close(*fd);
	return err;
}

int api_call(const char *path, const json_t *request, json_t **answer)
{
	char *text = NULL;
	size_t len = 0;
	int fd, err;

	*answer = NULL;
	fd = open_connection(path);
	if (fd < 0)
		return fd;
	err = send_request(fd, request);
	if (!err)
		err = receive_all(fd, &text, &len);
	if (!err)
		err = parse_answer(text, len, answer);
	free(text);
	close(fd);
	return err;
}
