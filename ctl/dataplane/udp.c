// SPDX-License-Identifier: GPL-2.0-only
/*
 * The UDP sockets: one a listen address. Each packet tells the address that it was sent to, and an
 * answer leaves from that address, also where the socket is bound to all of them (RFC 2661 8.1
 * wants the reply from where the request went to).
 *
 * What is too large for the way leaves in fragments (RFC 2661 does not forbid it, and an inner packet
 * of 1500 bytes must get through). Over IPv4, routers may fragment too, unless the sender wants to hear
 * from them: then DF is set on what needs no fragments, and the kernel remembers what the routers say
 * (RFC 1191).
 *
 * A tunnel's table goes along as a mark (l2x/underlay.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dataplane/private.h"
#include "l2x/underlay.h"

#define SOCKET_BUFFER \
	(16 << 20) /* half a second of a flood of sessions, while others have the core */

#ifndef IPV6_AUTOFLOWLABEL
#define IPV6_AUTOFLOWLABEL 70 /* linux/in6.h, which does not go with netinet/in.h */
#endif

static int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

static int set_options(int fd, int family)
{
	int err;

	/* Needs CAP_NET_ADMIN; with what the system allows otherwise it works too. */
	if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER))
		set(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	if (set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER))
		set(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
	if (family == AF_INET) {
		err = set(fd, IPPROTO_IP, IP_PKTINFO, 1);
		return err ? err : set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
	}
	err = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!err)
		err = set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	/* One way for all of a tunnel's packets, whichever level sends them. */
	if (!err)
		err = set(fd, IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, 0);
	return err ? err : set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
}

/* The address that the packet was sent to. */
static void local_of(struct msghdr *msg, const struct endpoint *bound, struct endpoint *local)
{
	*local = *bound;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			local->ip = ip_addr_v4(info.ipi_spec_dst);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			local->ip = ip_addr_v6(&info.ipi6_addr);
			if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
				local->scope = info.ipi6_ifindex;
		}
	}
}

/* What recvmmsg() fills; set up once. */
struct udp_batch {
	struct mmsghdr msgs[UDP_BATCH];
	struct sockaddr_storage peers[UDP_BATCH];
	union udp_control control[UDP_BATCH];
	struct iovec iov[UDP_BATCH];
};

static int make_batch(struct dataplane *dp)
{
	struct udp_batch *b = calloc(1, sizeof(*b));

	dp->buffers = malloc((size_t)UDP_BATCH * UDP_MAX);
	dp->batch = b;
	if (!b || !dp->buffers)
		return -ENOMEM;
	for (int i = 0; i < UDP_BATCH; i++) {
		b->iov[i] = (struct iovec){dp->buffers + (size_t)i * UDP_MAX, UDP_MAX};
		b->msgs[i].msg_hdr = (struct msghdr){
			.msg_name = &b->peers[i],
			.msg_namelen = sizeof(b->peers[i]),
			.msg_iov = &b->iov[i],
			.msg_iovlen = 1,
			.msg_control = &b->control[i],
			.msg_controllen = sizeof(b->control[i]),
		};
	}
	return 0;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct udp_socket *s = arg;
	struct dataplane *dp = s->dp;
	const struct endpoint bound = s->bound; /* a message may be the end of its socket */
	struct udp_batch *b = dp->batch;
	int n = recvmmsg(fd, b->msgs, UDP_BATCH, MSG_DONTWAIT, NULL);

	(void)what;
	for (int i = 0; i < n; i++) {
		struct msghdr *msg = &b->msgs[i].msg_hdr;
		struct udp_path path = {0};

		if (!endpoint_from_sockaddr(&path.peer, msg->msg_name)) {
			local_of(msg, &bound, &path.local);
			carry_received(dp, &path, b->iov[i].iov_base, b->msgs[i].msg_len);
		}
		msg->msg_namelen = sizeof(b->peers[i]);
		msg->msg_controllen = sizeof(b->control[i]);
	}
}

static int make_socket(struct udp_socket *s)
{
	int err;

	s->fd = socket(s->bound.ip.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -errno;
	err = set_options(s->fd, s->bound.ip.family);
	if (err)
		close(s->fd);
	return err;
}

static int bind_socket(struct udp_socket *s)
{
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&s->bound, &ss);

	return bind(s->fd, (struct sockaddr *)&ss, len) ? -errno : 0;
}

static int read_from(struct udp_socket *s)
{
	s->event = event_new(s->dp->base, s->fd, EV_READ | EV_PERSIST, on_readable, s);
	return !s->event || event_add(s->event, NULL) ? -ENOMEM : 0;
}

void udp_socket_close(struct udp_socket *s)
{
	if (s->event)
		event_free(s->event);
	close(s->fd);
}

static int open_one(struct udp_socket *s)
{
	int err = make_socket(s);

	if (err)
		return err;
	/* Among ourselves only, see let_others_bind(). */
	if (s->dp->socket_count)
		err = set(s->fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (!err)
		err = bind_socket(s);
	if (!err)
		err = read_from(s);
	if (err)
		udp_socket_close(s);
	return err;
}

/*
 * Two sockets may have one address and port where both say so. The one that is bound already says
 * so only while we bind the other: else anybody could come and do the same.
 */
int udp_socket_connect(struct udp_socket *s, const struct endpoint *peer, uint32_t mark)
{
	const struct udp_socket *first = udp_socket_for(s->dp, &s->bound.ip);
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(peer, &ss);
	int err = first ? make_socket(s) : -EAFNOSUPPORT;

	if (err)
		return err;
	err = set(s->fd, SOL_SOCKET, SO_MARK, (int)mark);
	if (!err)
		err = set(s->fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (!err)
		err = set(first->fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (!err)
		err = bind_socket(s);
	set(first->fd, SOL_SOCKET, SO_REUSEADDR, 0);
	if (!err && connect(s->fd, (struct sockaddr *)&ss, len))
		err = -errno;
	if (!err)
		err = read_from(s);
	if (err)
		udp_socket_close(s);
	return err;
}

static bool is_any(const struct ip_addr *a)
{
	static const uint8_t zero[16];

	return !memcmp(a->bytes, zero, sizeof(zero));
}

static struct udp_socket *find_bound(struct dataplane *dp, const struct ip_addr *a)
{
	for (size_t i = 0; i < dp->socket_count; i++)
		if (ip_addr_eq(&dp->sockets[i]->bound.ip, a))
			return dp->sockets[i];
	return NULL;
}

static int listen_on(struct dataplane *dp, const struct ip_addr *a)
{
	struct udp_socket *s = calloc(1, sizeof(*s));
	char text[ENDPOINT_TEXT];
	int err;

	if (!s)
		return -ENOMEM;
	*s = (struct udp_socket){.dp = dp, .bound = {.ip = *a, .port = dp->port}};
	err = open_one(s);
	if (!err) {
		dp->sockets[dp->socket_count++] = s;
		return 0;
	}
	/* "All IPv6 addresses" are none on a host without IPv6. */
	if (err == -EAFNOSUPPORT && is_any(a)) {
		log_info(dp->log, "not listening on %s: no IPv6 on this host",
			 endpoint_text(&s->bound, text));
		err = 0;
	} else {
		log_error(dp->log, "cannot listen on UDP %s: %s", endpoint_text(&s->bound, text),
			  strerror(-err));
	}
	free(s);
	return err;
}

/* See udp_socket_connect(): one that is bound to all addresses gives way to one of them. */
static void let_others_bind(struct dataplane *dp, bool on)
{
	for (size_t i = 0; i < dp->socket_count; i++)
		set(dp->sockets[i]->fd, SOL_SOCKET, SO_REUSEADDR, on);
}

int dataplane_listen(struct dataplane *dp, const struct ip_addr *listen, size_t count)
{
	struct udp_socket **more = reallocarray(dp->sockets, dp->socket_count + count + 1,
						sizeof(struct udp_socket *));
	int err = 0;

	if (!more)
		return -ENOMEM;
	dp->sockets = more;
	let_others_bind(dp, true);
	for (size_t i = 0; i < count && !err; i++)
		err = find_bound(dp, &listen[i]) ? 0 : listen_on(dp, &listen[i]);
	let_others_bind(dp, false);
	return err;
}

static bool is_listed(const struct ip_addr *listen, size_t count, const struct ip_addr *a)
{
	for (size_t i = 0; i < count; i++)
		if (ip_addr_eq(&listen[i], a))
			return true;
	return false;
}

void dataplane_listen_only(struct dataplane *dp, const struct ip_addr *listen, size_t count)
{
	size_t kept = 0;

	dataplane_flush(dp);
	for (size_t i = 0; i < dp->socket_count; i++) {
		struct udp_socket *s = dp->sockets[i];

		if (is_listed(listen, count, &s->bound.ip)) {
			dp->sockets[kept++] = s;
			continue;
		}
		udp_socket_close(s);
		free(s);
	}
	dp->socket_count = kept;
}

int udp_open(struct dataplane *dp, const struct ip_addr *listen, size_t count)
{
	if (make_batch(dp) || send_queue_open(dp))
		return -ENOMEM;
	return dataplane_listen(dp, listen, count);
}

void udp_close(struct dataplane *dp)
{
	send_queue_close(dp);
	while (dp->socket_count) {
		udp_socket_close(dp->sockets[--dp->socket_count]);
		free(dp->sockets[dp->socket_count]);
	}
	free(dp->sockets);
	free(dp->batch);
	free(dp->buffers);
}

/* The socket bound to this address, else one bound to all of its family. */
struct udp_socket *udp_socket_for(struct dataplane *dp, const struct ip_addr *local)
{
	struct udp_socket *any = NULL;

	for (size_t i = 0; i < dp->socket_count; i++) {
		struct udp_socket *s = dp->sockets[i];

		if (ip_addr_eq(&s->bound.ip, local))
			return s;
		if (s->bound.ip.family == local->family && is_any(&s->bound.ip))
			any = s;
	}
	return any;
}

/* msg_controllen counts what has been put; there is room for all. */
static void put_control(struct msghdr *msg, int level, int type, const void *data, size_t len)
{
	struct cmsghdr *c = (struct cmsghdr *)((uint8_t *)msg->msg_control + msg->msg_controllen);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	msg->msg_controllen += CMSG_SPACE(len);
}

static void put_local(struct msghdr *msg, const struct endpoint *local)
{
	struct in_pktinfo v4 = {.ipi_spec_dst = ip_addr_to_v4(&local->ip)};
	struct in6_pktinfo v6 = {.ipi6_ifindex = local->scope};

	memcpy(&v6.ipi6_addr, local->ip.bytes, sizeof(v6.ipi6_addr));
	if (local->ip.family == AF_INET)
		put_control(msg, IPPROTO_IP, IP_PKTINFO, &v4, sizeof(v4));
	else
		put_control(msg, IPPROTO_IPV6, IPV6_PKTINFO, &v6, sizeof(v6));
}

/* WANT: with DF if it fits, in fragments and without DF if it does not. */
void udp_set_df(struct udp_socket *s, bool df)
{
	if (s->bound.ip.family != AF_INET || s->df == df)
		return;
	if (!set(s->fd, IPPROTO_IP, IP_MTU_DISCOVER, df ? IP_PMTUDISC_WANT : IP_PMTUDISC_DONT))
		s->df = df;
}

struct udp_socket *udp_address(struct dataplane *dp, const struct udp_path *path,
			       struct msghdr *msg, struct udp_address *room)
{
	struct udp_socket *s = udp_socket_for(dp, &path->local.ip);
	uint32_t mark = L2X_TABLE_MARK + path->table;

	*msg = (struct msghdr){
		.msg_name = &room->peer,
		.msg_namelen = endpoint_to_sockaddr(&path->peer, &room->peer),
		.msg_control = &room->control,
	};
	if (!s || !msg->msg_namelen)
		return NULL;
	memset(&room->control, 0, sizeof(room->control));
	if (!is_any(&path->local.ip))
		put_local(msg, &path->local);
	if (path->table)
		put_control(msg, SOL_SOCKET, SO_MARK, &mark, sizeof(mark));
	return s;
}

int udp_send(struct dataplane *dp, const struct udp_path *path, bool df, const void *header,
	     size_t header_len, const void *data, size_t len)
{
	struct iovec iov[] = {{(void *)(uintptr_t)header, header_len},
			      {(void *)(uintptr_t)data, len}};
	struct udp_address room;
	struct msghdr msg;
	struct udp_socket *s = udp_address(dp, path, &msg, &room);

	if (!s)
		return -EAFNOSUPPORT;
	msg.msg_iov = iov;
	msg.msg_iovlen = 2;
	/* Payload does not overtake what opened the way for it. */
	dataplane_flush(dp);
	udp_set_df(s, df);
	return sendmsg(s->fd, &msg, MSG_DONTWAIT) < 0 ? -errno : 0;
}
