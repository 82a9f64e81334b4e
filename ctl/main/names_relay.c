// SPDX-License-Identifier: GPL-2.0-only
/* Questions to a name server by a table, see names_relay.h. */
#include "main/names_relay.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/addr.h"
#include "l2x/underlay.h"

#define DNS_HEADER 12	/* RFC 1035 4.1.1 */
#define DNS_MAX	   4096 /* more is not asked for: libevent's resolver takes 512, or what EDNS says */

static void forget(struct names_question *q)
{
	if (q->answer)
		event_free(q->answer);
	if (q->fd >= 0)
		close(q->fd);
	q->answer = NULL;
	q->fd = -1;
}

/*
 * There is no way to the server, or nobody there: so the resolver need not wait until it goes on to the
 * next. Of an answer that refuses it reads the header alone (RFC 1035 4.1.1: QR, RCODE 5).
 */
static void refuse(struct names_question *q, int err)
{
	const struct names_relay *r = q->relay;
	const uint8_t answer[DNS_HEADER] = {q->id[0], q->id[1], 0x80, 5};
	char text[ENDPOINT_TEXT];
	struct endpoint e;

	if (!endpoint_from_sockaddr(&e, (const struct sockaddr *)&r->server))
		log_debug(r->log, "name server %s by table %u: %s", endpoint_text(&e, text),
			  r->table, strerror(err));
	sendto(r->fd, answer, sizeof(answer), 0, (struct sockaddr *)&q->asker, q->asker_len);
}

static void on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct names_question *q = arg;
	uint8_t buf[DNS_MAX];
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	(void)what;
	if (n < 0 && errno == EAGAIN)
		return;
	/* Not what was asked: the answer may still come. */
	if (n >= 0 && (n < DNS_HEADER || memcmp(buf, q->id, sizeof(q->id))))
		return;
	if (n < 0)
		refuse(q, errno);
	else
		sendto(q->relay->fd, buf, (size_t)n, 0, (struct sockaddr *)&q->asker, q->asker_len);
	forget(q);
}

static int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/* It also hears what routers say that have no way: a connected socket does by itself only of ports. */
static int open_marked(const struct names_relay *r)
{
	bool ipv6 = r->server.ss_family == AF_INET6;
	int fd = socket(r->server.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (!set(fd, SOL_SOCKET, SO_MARK, (int)(L2X_TABLE_MARK + r->table)) &&
	    !set(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_RECVERR : IP_RECVERR, 1) &&
	    !connect(fd, (const struct sockaddr *)&r->server, r->server_len))
		return fd;
	close(fd);
	return -1;
}

static void ask(struct names_question *q, const uint8_t *question, size_t len)
{
	memcpy(q->id, question, sizeof(q->id));
	q->fd = open_marked(q->relay);
	if (q->fd < 0) {
		refuse(q, errno);
		return;
	}
	q->answer = event_new(q->relay->base, q->fd, EV_READ | EV_PERSIST, on_answer, q);
	if (!q->answer || event_add(q->answer, NULL) || send(q->fd, question, len, 0) < 0) {
		refuse(q, errno);
		forget(q);
	}
}

static void on_question(evutil_socket_t fd, short what, void *arg)
{
	struct names_relay *r = arg;
	struct names_question *q = &r->questions[r->next % NAMES_QUESTIONS];
	uint8_t buf[DNS_MAX];
	ssize_t n;

	(void)what;
	forget(q);
	q->asker_len = sizeof(q->asker);
	n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT, (struct sockaddr *)&q->asker,
		     &q->asker_len);
	if (n < DNS_HEADER)
		return;
	r->next++;
	ask(q, buf, (size_t)n);
}

static int open_own(struct names_relay *r)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

	r->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->fd < 0 || bind(r->fd, (struct sockaddr *)&own, sizeof(own)))
		return -errno;
	r->own_len = sizeof(r->own);
	if (getsockname(r->fd, (struct sockaddr *)&r->own, &r->own_len))
		return -errno;
	r->asked = event_new(r->base, r->fd, EV_READ | EV_PERSIST, on_question, r);
	return !r->asked || event_add(r->asked, NULL) ? -ENOMEM : 0;
}

struct names_relay *names_relay_new(struct event_base *base, const struct logger *log,
				    const struct sockaddr *server, socklen_t len, uint32_t table)
{
	struct names_relay *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->base = base;
	r->log = log;
	r->table = table;
	r->fd = -1;
	memcpy(&r->server, server, len);
	r->server_len = len;
	list_init(&r->in_resolver);
	for (int i = 0; i < NAMES_QUESTIONS; i++)
		r->questions[i] = (struct names_question){.relay = r, .fd = -1};
	if (!open_own(r))
		return r;
	names_relay_free(r);
	return NULL;
}

void names_relay_free(struct names_relay *r)
{
	for (int i = 0; i < NAMES_QUESTIONS; i++)
		forget(&r->questions[i]);
	if (r->asked)
		event_free(r->asked);
	if (r->fd >= 0)
		close(r->fd);
	list_remove(&r->in_resolver);
	free(r);
}
