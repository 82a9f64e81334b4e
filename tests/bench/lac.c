// SPDX-License-Identifier: GPL-2.0-only
/*
 * A load generator for the control plane: a LAC made of ctl/l2tp and ctl/ppp over one UDP socket. Opens so many tunnels with
 * so many sessions each, logs in by CHAP as u0, u1, ... with the password "p", and says how long it took until IPv4 and IPv6 were
 * up in all of them. Then it answers LCP echoes until its standard input ends, and ends in order.
 *
 *   lac SERVER TUNNELS SESSIONS-A-TUNNEL
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/log.h"
#include "base/timer.h"
#include "l2tp/l2tp.h"
#include "ppp/ppp.h"
#include "wire/l2tp_data.h"

#define IN_FLIGHT     1000 /* sessions asked for and not yet up: what sockets can hold */
#define BATCH	      64
#define PACKET_MAX    2048
#define SOCKET_BUFFER (16 << 20)
#define GIVE_UP	      120000 /* ms */
#define PATIENCE      5000   /* ms, for the orderly end */

struct call {
	struct lac *lac;
	struct l2tp_session *session;
	struct ppp *ppp;
	unsigned number;
	bool ipv4, ipv6;
};

struct lac {
	int fd;
	struct timers timers;
	struct l2tp *l2tp;
	struct udp_path path;
	struct logger log;
	struct l2tp_tunnel **tunnels;
	struct call *calls;
	unsigned tunnel_count, per_tunnel, dialled, up, ended;
};

/* What ends then is no failure any more. */
static bool all_up(const struct lac *lac)
{
	return lac->up == lac->tunnel_count * lac->per_tunnel;
}

static uint64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void fill_random(void *owner, void *buf, size_t len)
{
	(void)owner;
	if (getrandom(buf, len, 0) != (ssize_t)len)
		die("getrandom");
}

/* What does not fit the socket is lost, as on any link. */
static void send_packet(struct lac *lac, const void *header, size_t header_len, const void *data,
			size_t len)
{
	struct iovec iov[] = {{(void *)(uintptr_t)header, header_len},
			      {(void *)(uintptr_t)data, len}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};

	if (sendmsg(lac->fd, &msg, 0) < 0 && errno != ENOBUFS && errno != EAGAIN &&
	    errno != ECONNREFUSED)
		die("sendmsg");
}

static void l2tp_send(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	(void)path;
	send_packet(owner, NULL, 0, msg, len);
}

static void ppp_send(void *owner, const uint8_t *frame, size_t len)
{
	static const uint8_t ff03[] = {0xff, 0x03};
	struct call *c = owner;
	uint8_t header[16];
	size_t n = l2tp_data_header(header, sizeof(header) - sizeof(ff03), 0,
				    l2tp_tunnel_peer_id(l2tp_session_tunnel(c->session)),
				    l2tp_session_peer_id(c->session), 0, len + sizeof(ff03));

	memcpy(header + n, ff03, sizeof(ff03));
	send_packet(c->lac, header, n + sizeof(ff03), frame, len);
}

static void dial_more(struct lac *lac);

static void check_up(struct call *c)
{
	if (!c->ipv4 || !c->ipv6)
		return;
	c->lac->up++;
	dial_more(c->lac);
}

static void ppp_ipv4_up(void *owner, const struct ppp_ipv4 *ip)
{
	struct call *c = owner;

	(void)ip;
	c->ipv4 = true;
	check_up(c);
}

static void ppp_ipv6_up(void *owner, const struct ppp_ipv6 *ip)
{
	struct call *c = owner;

	(void)ip;
	c->ipv6 = true;
	check_up(c);
}

static void ppp_down(void *owner)
{
	(void)owner;
}

static void ppp_ended(void *owner, const struct ppp_end *why)
{
	struct call *c = owner;

	if (all_up(c->lac))
		return;
	fprintf(stderr, "u%u: %s\n", c->number, why->text);
	c->lac->ended++;
}

static const struct ppp_ops ppp_ops = {
	.send = ppp_send,
	.ipv4_up = ppp_ipv4_up,
	.ipv4_down = ppp_down,
	.ipv6_up = ppp_ipv6_up,
	.ipv6_down = ppp_down,
	.ended = ppp_ended,
};

static void session_up(void *owner, struct l2tp_session *s)
{
	struct ppp_config pc = {.mru = 1460,
				.offer = PPP_AUTH_BIT(PPP_AUTH_CHAP_MD5),
				.password = "p",
				.net = {.ipv4 = true, .ipv6 = true}};
	struct call *c = l2tp_session_user(s);
	struct lac *lac = owner;
	char username[16];

	snprintf(username, sizeof(username), "u%u", c->number);
	pc.username = username;
	c->ppp = ppp_new(&pc, &ppp_ops, c, &lac->timers, fill_random, &lac->log);
	if (!c->ppp)
		die("ppp_new");
	ppp_open(c->ppp);
}

static void session_down(void *owner, struct l2tp_session *s, const struct l2tp_end *why)
{
	struct call *c = l2tp_session_user(s);

	(void)owner;
	(void)why;
	if (c) {
		ppp_free(c->ppp);
		c->ppp = NULL;
		c->session = NULL;
	}
}

static void tunnel_up(void *owner, struct l2tp_tunnel *t)
{
	struct lac *lac = owner;

	lac->tunnels[lac->tunnel_count++] = t;
	dial_more(lac);
}

static void tunnel_down(void *owner, struct l2tp_tunnel *t, const struct l2tp_end *why)
{
	struct lac *lac = owner;

	for (unsigned i = 0; i < lac->tunnel_count; i++)
		if (lac->tunnels[i] == t)
			lac->tunnels[i] = NULL;
	if ((!why->by_peer && !why->timed_out) || all_up(lac))
		return;
	fprintf(stderr, "a tunnel ended: %s\n", why->timed_out ? "no answer" : why->text);
	exit(1);
}

static void tunnel_request(void *owner, struct l2tp_tunnel *t, const struct l2tp_peer_info *peer)
{
	(void)owner;
	(void)peer;
	l2tp_tunnel_reject(t, L2TP_STOP_NOT_AUTHORISED, 0, "not here");
}

static void session_request(void *owner, struct l2tp_session *s)
{
	(void)owner;
	l2tp_session_close(s, L2TP_CDN_ADMIN, 0, "not here");
}

static const struct l2tp_ops l2tp_ops = {
	.send = l2tp_send,
	.tunnel_request = tunnel_request,
	.tunnel_up = tunnel_up,
	.tunnel_down = tunnel_down,
	.session_request = session_request,
	.session_up = session_up,
	.session_down = session_down,
};

/* Spread over the tunnels that are up. */
static void dial_more(struct lac *lac)
{
	struct l2tp_call_info info = {.framing_type = 1, .tx_speed = 1000000};

	while (lac->dialled < lac->tunnel_count * lac->per_tunnel &&
	       lac->dialled - lac->up < IN_FLIGHT) {
		struct l2tp_tunnel *t = lac->tunnels[lac->dialled % lac->tunnel_count];
		struct call *c = &lac->calls[lac->dialled];

		*c = (struct call){.lac = lac, .number = lac->dialled++};
		c->session = l2tp_session_dial(t, &info, &lac->log, c);
		if (!c->session)
			die("l2tp_session_dial");
	}
}

static void input(struct lac *lac, const uint8_t *packet, size_t len)
{
	struct l2tp_tunnel *t;
	struct l2tp_session *s;
	struct l2tp_data d;
	struct call *c;

	if (l2tp_is_control(packet, len)) {
		l2tp_input(lac->l2tp, &lac->path, packet, len);
		return;
	}
	if (l2tp_data_parse(packet, len, &d))
		return;
	t = l2tp_tunnel_by_id(lac->l2tp, d.tunnel_id);
	s = t ? l2tp_session_by_id(t, d.session_id) : NULL;
	c = s ? l2tp_session_user(s) : NULL;
	if (c && c->ppp)
		ppp_input(c->ppp, packet + d.payload, d.payload_len);
}

static void receive(struct lac *lac)
{
	static uint8_t packets[BATCH][PACKET_MAX];
	struct mmsghdr msgs[BATCH] = {0};
	struct iovec iov[BATCH];
	int n;

	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){packets[i], PACKET_MAX};
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(lac->fd, msgs, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		input(lac, packets[i], msgs[i].msg_len);
}

/* false: standard input has ended. */
static bool step(struct lac *lac)
{
	struct pollfd fds[] = {{.fd = lac->fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
	uint64_t next = timers_next(&lac->timers), now = clock_ms();
	char byte;

	if (poll(fds, 2,
		 next <= now	     ? 0
		 : next - now > 1000 ? 1000
				     : (int)(next - now)) < 0 &&
	    errno != EINTR)
		die("poll");
	timers_run(&lac->timers, clock_ms());
	if (fds[0].revents)
		receive(lac);
	return !fds[1].revents || read(0, &byte, 1) > 0;
}

static void open_socket(struct lac *lac, const char *server)
{
	struct sockaddr_storage ss;
	int size = SOCKET_BUFFER;
	socklen_t len;

	if (ip_addr_parse(&lac->path.peer.ip, server)) {
		fprintf(stderr, "%s is not an address\n", server);
		exit(2);
	}
	lac->path.peer.port = L2TP_PORT;
	len = endpoint_to_sockaddr(&lac->path.peer, &ss);
	lac->fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (lac->fd < 0 || connect(lac->fd, (struct sockaddr *)&ss, len))
		die("connect");
	setsockopt(lac->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(lac->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
}

static void dial_tunnels(struct lac *lac, unsigned count)
{
	struct l2tp_params params = {.host_name = "bench", .secret = "s", .challenge = true};

	for (unsigned i = 0; i < count; i++)
		if (!l2tp_tunnel_dial(lac->l2tp, &lac->path, &params, &lac->log, lac))
			die("l2tp_tunnel_dial");
}

static double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Ready to run, but without a core: /proc/self/schedstat. */
static double waited_seconds(void)
{
	unsigned long long ns = 0;
	FILE *f = fopen("/proc/self/schedstat", "r");

	if (f && fscanf(f, "%*u %llu", &ns) != 1)
		ns = 0;
	if (f)
		fclose(f);
	return (double)ns / 1e9;
}

int main(int argc, char **argv)
{
	struct lac lac = {0};
	struct l2tp_setup setup = {.ops = &l2tp_ops,
				   .owner = &lac,
				   .timers = &lac.timers,
				   .log = &lac.log,
				   .random = fill_random};
	unsigned tunnels, total;
	uint64_t start;

	if (argc != 4) {
		fprintf(stderr, "usage: %s SERVER TUNNELS SESSIONS-A-TUNNEL\n", argv[0]);
		return 2;
	}
	tunnels = (unsigned)strtoul(argv[2], NULL, 10);
	lac.per_tunnel = (unsigned)strtoul(argv[3], NULL, 10);
	total = tunnels * lac.per_tunnel;
	lac.tunnels = calloc(tunnels + 1, sizeof(struct l2tp_tunnel *));
	lac.calls = calloc(total + 1, sizeof(*lac.calls));
	logger_init(&lac.log, &log_stderr, LOG_LEVEL_ERROR, "lac");
	timers_init(&lac.timers, clock_ms());
	open_socket(&lac, argv[1]);
	lac.l2tp = l2tp_new(&setup);
	if (!lac.l2tp || !lac.tunnels || !lac.calls)
		die("no memory");
	start = clock_ms();
	dial_tunnels(&lac, tunnels);
	while (lac.up < total) {
		if (!step(&lac) || lac.ended || clock_ms() - start > GIVE_UP) {
			fprintf(stderr, "%u of %u sessions came up, %u ended\n", lac.up, total,
				lac.ended);
			return 1;
		}
	}
	printf("{\"sessions\": %u, \"seconds\": %.3f, \"lac_cpu_seconds\": %.3f, \"waited\": "
	       "%.3f}\n",
	       total, (double)(clock_ms() - start) / 1000, cpu_seconds(), waited_seconds());
	fflush(stdout);
	while (step(&lac))
		;
	start = clock_ms();
	for (unsigned i = 0; i < lac.tunnel_count; i++)
		if (lac.tunnels[i])
			l2tp_tunnel_close(lac.tunnels[i], L2TP_STOP_SHUTDOWN, 0, "done");
	while (!l2tp_idle(lac.l2tp) && clock_ms() - start < PATIENCE)
		step(&lac);
	l2tp_free(lac.l2tp);
	timers_free(&lac.timers);
	free(lac.tunnels);
	free(lac.calls);
	return lac.ended != 0;
}
