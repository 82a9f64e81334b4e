// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes by the thousand. Each request alone costs two system calls and an answer; here many go to
 * the kernel in one message. It works them off in their order before the message counts as sent, and
 * speaks only of those that fail and of the last, so there is little to read. The socket is one of
 * its own: libnl expects an answer to each request.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "net/netlink.h"

#define REQUESTS 128   /* were all refused, the answers fit the socket */
#define BYTES	 32768 /* a route takes some 90 */
#define ANSWERS	 16384

struct request {
	struct net_route route;
	net_settled *settled; /* NULL: a removal */
	void *arg;
	int err;
};

struct net_queue {
	int fd;
	unsigned count;
	size_t used, last; /* bytes; the last message begins there */
	uint32_t seq;	   /* of the first that is queued */
	bool busy;
	struct request requests[REQUESTS];
	uint8_t bytes[BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
};

static int open_queue(struct net_queue **out)
{
	struct net_queue *q = calloc(1, sizeof(*q));
	int on = 1;

	if (!q)
		return -ENOMEM;
	q->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	/* A refusal need not repeat what it refuses. */
	if (q->fd < 0 || setsockopt(q->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on))) {
		int err = -errno;

		if (q->fd >= 0)
			close(q->fd);
		free(q);
		return err;
	}
	*out = q;
	return 0;
}

void queue_close(struct net *n)
{
	if (!n->queue)
		return;
	net_flush(n);
	close(n->queue->fd);
	free(n->queue);
	n->queue = NULL;
}

/* false: there is no more to read. */
static bool read_answers(struct net_queue *q, bool *last)
{
	uint8_t buf[ANSWERS] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t got = recv(q->fd, buf, sizeof(buf), 0);
	unsigned left = got > 0 ? (unsigned)got : 0;

	for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
		const struct nlmsgerr *e = NLMSG_DATA(h);
		uint32_t i = h->nlmsg_seq - q->seq;

		if (h->nlmsg_type != NLMSG_ERROR || i >= q->count)
			continue;
		q->requests[i].err = e->error;
		*last |= i == q->count - 1;
	}
	return got > 0 || errno == EINTR;
}

static void send_all(struct net_queue *q)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	bool last = false;
	ssize_t n;

	do
		n = sendto(q->fd, q->bytes, q->used, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	while (n > 0 && !last && read_answers(q, &last))
		;
	/* What became of them is not known, so none counts. */
	for (unsigned i = 0; i < q->count && !last; i++)
		q->requests[i].err = -EIO;
}

void net_flush(struct net *n)
{
	struct net_queue *q = n->queue;

	if (!q || !q->count || q->busy)
		return;
	q->busy = true;
	send_all(q);
	for (unsigned i = 0; i < q->count; i++) {
		struct request *r = &q->requests[i];

		if (!r->settled)
			continue;
		/* One of ours is made anew. */
		if (r->err == -EEXIST)
			r->err = net_route_add(n, &r->route);
		r->settled(r->arg, &r->route, r->err);
	}
	q->seq += q->count;
	q->count = 0;
	q->used = 0;
	q->busy = false;
}

static int put(struct net *n, int type, int flags, struct request request)
{
	struct nl_msg *msg;
	struct nlmsghdr *h;
	struct net_queue *q;
	int err = n->queue ? 0 : open_queue(&n->queue);

	if (err)
		return err;
	q = n->queue;
	msg = net_route_message(type, flags, &request.route);
	if (!msg)
		return -ENOMEM;
	h = nlmsg_hdr(msg);
	if (q->count == REQUESTS || q->used + NLMSG_ALIGN(h->nlmsg_len) > BYTES)
		net_flush(n);
	h->nlmsg_seq = q->seq + q->count;
	h->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	/* Only the last is answered when all goes well. */
	if (q->count)
		((struct nlmsghdr *)(void *)(q->bytes + q->last))->nlmsg_flags &=
			(uint16_t)~NLM_F_ACK;
	memcpy(q->bytes + q->used, h, h->nlmsg_len);
	q->last = q->used;
	q->used += NLMSG_ALIGN(h->nlmsg_len);
	q->requests[q->count++] = request;
	nlmsg_free(msg);
	return 0;
}

int net_route_queue_add(struct net *n, const struct net_route *r, net_settled *settled, void *arg)
{
	return put(n, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
		   (struct request){.route = *r, .settled = settled, .arg = arg});
}

int net_route_queue_del(struct net *n, const struct net_route *r)
{
	return put(n, RTM_DELROUTE, 0, (struct request){.route = *r});
}
