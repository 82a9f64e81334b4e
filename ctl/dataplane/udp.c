// SPDX-License-Identifier: GPL-2.0-only
/*
 * The UDP sockets: one a listen address. Each packet tells the address that it was sent to, and an
 * answer leaves from that address, also where the socket is bound to all of them (RFC 2661 8.1
 * wants the reply from where the request went to). DF is clear: the underlay may fragment what is
 * too large for it (RFC 2661 does not forbid it, and an inner packet of 1500 bytes must get
 * through).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dataplane/private.h"

#define SOCKET_BUFFER (4 << 20)

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
static void local_of(struct msghdr *msg, const struct udp_socket *s, struct endpoint *local)
{
	*local = s->bound;
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

union control {
	struct cmsghdr align;
	uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct udp_socket *s = arg;
	struct dataplane *dp = s->dp;
	struct mmsghdr msgs[UDP_BATCH] = {0};
	struct sockaddr_storage peers[UDP_BATCH];
	union control control[UDP_BATCH];
	struct iovec iov[UDP_BATCH];
	int n;

	(void)what;
	for (int i = 0; i < UDP_BATCH; i++) {
		iov[i] = (struct iovec){dp->buffers + (size_t)i * UDP_MAX, UDP_MAX};
		msgs[i].msg_hdr = (struct msghdr){
			.msg_name = &peers[i],
			.msg_namelen = sizeof(peers[i]),
			.msg_iov = &iov[i],
			.msg_iovlen = 1,
			.msg_control = &control[i],
			.msg_controllen = sizeof(control[i]),
		};
	}
	n = recvmmsg(fd, msgs, UDP_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		struct udp_path path;

		if (endpoint_from_sockaddr(&path.peer, (struct sockaddr *)&peers[i]))
			continue;
		local_of(&msgs[i].msg_hdr, s, &path.local);
		carry_received(dp, &path, iov[i].iov_base, msgs[i].msg_len);
	}
}

static int open_one(struct dataplane *dp, struct udp_socket *s)
{
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&s->bound, &ss);
	int err;

	s->fd = socket(s->bound.ip.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -errno;
	err = set_options(s->fd, s->bound.ip.family);
	if (!err && bind(s->fd, (struct sockaddr *)&ss, len))
		err = -errno;
	if (err)
		goto err;
	err = -ENOMEM;
	s->event = event_new(dp->base, s->fd, EV_READ | EV_PERSIST, on_readable, s);
	if (!s->event || event_add(s->event, NULL))
		goto err;
	return 0;
err:
	if (s->event)
		event_free(s->event);
	close(s->fd);
	return err;
}

static bool is_any(const struct ip_addr *a)
{
	static const uint8_t zero[16];

	return !memcmp(a->bytes, zero, sizeof(zero));
}

int udp_open(struct dataplane *dp, const struct ip_addr *listen, size_t count, uint16_t port)
{
	char text[ENDPOINT_TEXT];

	dp->buffers = malloc((size_t)UDP_BATCH * UDP_MAX);
	dp->sockets = calloc(count + 1, sizeof(*dp->sockets));
	if (!dp->buffers || !dp->sockets)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct udp_socket *s = &dp->sockets[dp->socket_count];
		int err;

		*s = (struct udp_socket){.dp = dp, .bound = {.ip = listen[i], .port = port}};
		err = open_one(dp, s);
		/* "All IPv6 addresses" are none on a host without IPv6. */
		if (err == -EAFNOSUPPORT && is_any(&listen[i])) {
			log_info(dp->log, "not listening on %s: no IPv6 on this host",
				 endpoint_text(&s->bound, text));
			continue;
		}
		if (err) {
			log_error(dp->log, "cannot listen on UDP %s: %s",
				  endpoint_text(&s->bound, text), strerror(-err));
			return err;
		}
		dp->socket_count++;
	}
	return 0;
}

void udp_close(struct dataplane *dp)
{
	while (dp->socket_count) {
		struct udp_socket *s = &dp->sockets[--dp->socket_count];

		event_free(s->event);
		close(s->fd);
	}
	free(dp->sockets);
	free(dp->buffers);
}

/* The socket bound to this address, else one bound to all of its family. */
static const struct udp_socket *socket_for(const struct dataplane *dp, const struct ip_addr *local)
{
	const struct udp_socket *any = NULL;

	for (size_t i = 0; i < dp->socket_count; i++) {
		const struct udp_socket *s = &dp->sockets[i];

		if (ip_addr_eq(&s->bound.ip, local))
			return s;
		if (s->bound.ip.family == local->family && is_any(&s->bound.ip))
			any = s;
	}
	return any;
}

static void put_local(struct msghdr *msg, union control *control, const struct endpoint *local)
{
	struct in_pktinfo v4 = {.ipi_spec_dst = ip_addr_to_v4(&local->ip)};
	struct in6_pktinfo v6 = {.ipi6_ifindex = local->scope};
	bool is_v4 = local->ip.family == AF_INET;
	size_t len = is_v4 ? sizeof(v4) : sizeof(v6);
	struct cmsghdr *c;

	memcpy(&v6.ipi6_addr, local->ip.bytes, sizeof(v6.ipi6_addr));
	memset(control, 0, sizeof(*control));
	msg->msg_control = control->bytes;
	msg->msg_controllen = CMSG_SPACE(len);
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = is_v4 ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = is_v4 ? IP_PKTINFO : IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), is_v4 ? (void *)&v4 : (void *)&v6, len);
}

int udp_send(struct dataplane *dp, const struct udp_path *path, const void *header,
	     size_t header_len, const void *data, size_t len)
{
	const struct udp_socket *s = socket_for(dp, &path->local.ip);
	struct iovec iov[] = {{(void *)(uintptr_t)header, header_len},
			      {(void *)(uintptr_t)data, len}};
	struct sockaddr_storage peer;
	union control control;
	struct msghdr msg = {
		.msg_name = &peer,
		.msg_namelen = endpoint_to_sockaddr(&path->peer, &peer),
		.msg_iov = iov,
		.msg_iovlen = 2,
	};

	if (!s || !msg.msg_namelen)
		return -EAFNOSUPPORT;
	if (!is_any(&path->local.ip))
		put_local(&msg, &control, &path->local);
	return sendmsg(s->fd, &msg, MSG_DONTWAIT) < 0 ? -errno : 0;
}
