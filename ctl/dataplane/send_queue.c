// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control messages and PPP frames on their way out. What one turn of the owner's loop says leaves in
 * one system call, or a few: when thousands of sessions come up or go at once, the calls would cost as
 * much as the messages. The order is kept, so nothing of a session overtakes the control message that
 * made it. The queue is bounded: a message for which there is no room sends what stands before it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "dataplane/private.h"

#define MESSAGES 256
#define BYTES	 65536

struct send_queue {
	unsigned count;
	size_t used;
	struct udp_socket *sockets[MESSAGES];
	struct mmsghdr msgs[MESSAGES];
	struct iovec iov[MESSAGES];
	struct udp_address addresses[MESSAGES];
	uint8_t bytes[BYTES];
};

int send_queue_open(struct dataplane *dp)
{
	dp->queue = calloc(1, sizeof(*dp->queue));
	return dp->queue ? 0 : -ENOMEM;
}

void send_queue_close(struct dataplane *dp)
{
	if (dp->queue)
		dataplane_flush(dp);
	free(dp->queue);
	dp->queue = NULL;
}

/* As on any link, what cannot be sent is lost; what matters is sent again by its protocol. */
static void lost(const struct dataplane *dp, const struct send_queue *q, unsigned i, int err)
{
	const struct msghdr *msg = &q->msgs[i].msg_hdr;
	char text[ENDPOINT_TEXT] = "?";
	struct endpoint peer;

	if (!endpoint_from_sockaddr(&peer, msg->msg_name))
		endpoint_text(&peer, text);
	log_debug(dp->log, "cannot send to %s: %s", text, strerror(err));
}

/* From here on, those that go out by the same socket. */
static unsigned run_length(const struct send_queue *q, unsigned from)
{
	unsigned n = 1;

	while (from + n < q->count && q->sockets[from + n] == q->sockets[from])
		n++;
	return n;
}

void dataplane_flush(struct dataplane *dp)
{
	struct send_queue *q = dp->queue;
	unsigned i = 0;

	while (i < q->count) {
		int n;

		udp_set_df(q->sockets[i], false);
		n = sendmmsg(q->sockets[i]->fd, &q->msgs[i], run_length(q, i), MSG_DONTWAIT);

		if (n > 0)
			i += (unsigned)n;
		else if (errno != EINTR)
			lost(dp, q, i++, errno);
	}
	q->count = 0;
	q->used = 0;
}

int send_queue_add(struct dataplane *dp, const struct udp_path *path, const void *header,
		   size_t header_len, const void *data, size_t len)
{
	struct send_queue *q = dp->queue;
	uint8_t *at;
	struct msghdr *msg;

	if (q->count == MESSAGES || q->used + header_len + len > BYTES)
		dataplane_flush(dp);
	if (header_len + len > BYTES)
		return -EMSGSIZE;
	msg = &q->msgs[q->count].msg_hdr;
	q->sockets[q->count] = udp_address(dp, path, msg, &q->addresses[q->count]);
	if (!q->sockets[q->count])
		return -EAFNOSUPPORT;
	at = q->bytes + q->used;
	if (header_len)
		memcpy(at, header, header_len);
	memcpy(at + header_len, data, len);
	q->iov[q->count] = (struct iovec){at, header_len + len};
	msg->msg_iov = &q->iov[q->count];
	msg->msg_iovlen = 1;
	q->used += header_len + len;
	q->count++;
	return 0;
}
