// SPDX-License-Identifier: GPL-2.0-only
/*
 * A LAC or LNS whose data path is the kernel's and whose PPP is pppd, over UDP of either family: what xl2tpd is over IPv4. Only
 * the control channel is ctl/l2tp's, for the kernel has none. One tunnel with one session: it is given to the kernel as PPPoL2TP sockets,
 * and pppd, with its own plugin, gets the session's.
 *
 *   kernel_peer lac SERVER SECRET PPPD-OPTION...
 *   kernel_peer lns ADDRESS SECRET PPPD-OPTION...
 *
 * Says on stdout what happens, a line each. Ends when the session has ended, or in order at SIGTERM.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "l2tp/l2tp.h"
#include "pppol2tp.h"

#define PACKET_MAX 2048
#define PATIENCE   10000 /* ms, for the orderly end */

struct peer {
	int fd;		  /* UDP; connected once the other end is known, as the kernel wants it */
	int tunnel, ppp;  /* PPPoL2TP; -1: not yet */
	pid_t pppd;	  /* 0: none */
	char **pppd_args; /* the options that we were given */
	bool ended;
	struct timers timers;
	struct logger log;
	struct udp_path path;
	struct l2tp *l2tp;
	struct l2tp_params params;
	struct l2tp_tunnel *t;
	struct l2tp_session *s;
};

static volatile sig_atomic_t told_to_end;

static void on_signal(int signal)
{
	if (signal == SIGTERM)
		told_to_end = 1;
}

__attribute__((noreturn)) static void die(const char *what)
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

/* A refused port is the other end's affair: the message is sent again. */
static void l2tp_send(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	struct peer *p = owner;

	(void)path;
	if (send(p->fd, msg, len, 0) < 0 && errno != ECONNREFUSED)
		die("send");
}

/* session 0: of the tunnel itself. */
static int kernel_socket(const struct peer *p, uint16_t session, uint16_t peer_session)
{
	const struct pppol2tp_ids ids = {
		.tunnel = l2tp_tunnel_id(p->t),
		.peer_tunnel = l2tp_tunnel_peer_id(p->t),
		.session = session,
		.peer_session = peer_session,
	};
	int fd = pppol2tp_socket(p->fd, &p->path.peer, &ids);

	if (fd >= 0)
		return fd;
	errno = -fd;
	die(session ? "session in the kernel" : "tunnel in the kernel");
}

static void start_pppd(struct peer *p)
{
	char fd[16], *args[64] = {"pppd", "plugin", "pppol2tp.so", "pppol2tp", fd, "nodetach"};
	int n = 6;

	snprintf(fd, sizeof(fd), "%d", p->ppp);
	for (char **o = p->pppd_args; *o && n < 62; o++)
		args[n++] = *o;
	p->pppd = fork();
	if (p->pppd < 0)
		die("fork");
	if (p->pppd)
		return;
	execvp("pppd", args);
	die("pppd");
}

static void session_up(void *owner, struct l2tp_session *s)
{
	struct peer *p = owner;

	p->s = s;
	p->tunnel = kernel_socket(p, 0, 0);
	p->ppp = kernel_socket(p, l2tp_session_id(s), l2tp_session_peer_id(s));
	start_pppd(p);
	puts("session-up");
}

static void session_down(void *owner, struct l2tp_session *s, const struct l2tp_end *why)
{
	struct peer *p = owner;

	(void)s;
	p->s = NULL;
	printf("session-down result %u error %u%s %s\n", why->result, why->error,
	       why->by_peer ? " by-peer" : "", why->text);
	if (p->pppd)
		kill(p->pppd, SIGHUP);
	p->ended = true;
}

static void tunnel_up(void *owner, struct l2tp_tunnel *t)
{
	struct peer *p = owner;

	p->t = t;
	puts("tunnel-up");
}

static void tunnel_down(void *owner, struct l2tp_tunnel *t, const struct l2tp_end *why)
{
	struct peer *p = owner;

	(void)t;
	p->t = NULL;
	printf("tunnel-down result %u error %u%s %s\n", why->result, why->error,
	       why->by_peer ? " by-peer" : "", why->text);
	p->ended = true;
}

static void tunnel_request(void *owner, struct l2tp_tunnel *t, const struct l2tp_peer_info *info)
{
	struct peer *p = owner;

	(void)info;
	if (p->t) {
		l2tp_tunnel_reject(t, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES, "one is enough");
		return;
	}
	p->t = t;
	l2tp_tunnel_accept(t, &p->params, &p->log, p);
}

static void session_request(void *owner, struct l2tp_session *s)
{
	struct peer *p = owner;

	l2tp_session_accept(s, &p->log, p);
}

static const struct l2tp_ops ops = {
	.send = l2tp_send,
	.tunnel_request = tunnel_request,
	.tunnel_up = tunnel_up,
	.tunnel_down = tunnel_down,
	.session_request = session_request,
	.session_up = session_up,
	.session_down = session_down,
};

static void connect_to(struct peer *p, const struct sockaddr_storage *ss, socklen_t len)
{
	if (connect(p->fd, (const struct sockaddr *)ss, len))
		die("connect");
}

/* Who speaks first is the one whom a LNS listens to from then on. */
static void receive(struct peer *p)
{
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	uint8_t packet[PACKET_MAX];
	ssize_t n = recvfrom(p->fd, packet, sizeof(packet), MSG_DONTWAIT, (struct sockaddr *)&from,
			     &from_len);

	if (n < 2 || !(packet[0] & 0x80)) /* data, before the kernel knows of the session */
		return;
	if (!p->path.peer.port) {
		if (endpoint_from_sockaddr(&p->path.peer, (struct sockaddr *)&from))
			return;
		connect_to(p, &from, from_len);
	}
	l2tp_input(p->l2tp, &p->path, packet, (size_t)n);
}

/* pppd has ended: so has the call. */
static void reap(struct peer *p)
{
	int status;

	if (!p->pppd || waitpid(p->pppd, &status, WNOHANG) != p->pppd)
		return;
	p->pppd = 0;
	printf("pppd-ended status %d\n", WEXITSTATUS(status));
	if (p->s)
		l2tp_session_close(p->s, L2TP_CDN_ADMIN, 0, "pppd has ended");
}

static void step(struct peer *p)
{
	struct pollfd fds = {.fd = p->fd, .events = POLLIN};
	uint64_t next = timers_next(&p->timers), now = clock_ms();

	if (poll(&fds, 1,
		 next <= now	    ? 0
		 : next - now > 100 ? 100
				    : (int)(next - now)) < 0 &&
	    errno != EINTR)
		die("poll");
	timers_run(&p->timers, clock_ms());
	if (fds.revents)
		receive(p);
	reap(p);
}

static void open_socket(struct peer *p, bool lac, const char *address)
{
	struct endpoint at = {.port = 1701};
	struct sockaddr_storage ss;
	socklen_t len;

	if (ip_addr_parse(&at.ip, address)) {
		fprintf(stderr, "%s is not an address\n", address);
		exit(2);
	}
	len = endpoint_to_sockaddr(&at, &ss);
	p->fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		die("socket");
	if (lac) {
		p->path.peer = at;
		connect_to(p, &ss, len);
	} else if (bind(p->fd, (struct sockaddr *)&ss, len)) {
		die("bind");
	}
}

static void dial(struct peer *p)
{
	static const struct l2tp_call_info call = {.tx_speed = 100000000};

	p->t = l2tp_tunnel_dial(p->l2tp, &p->path, &p->params, &p->log, p);
	if (!p->t || !l2tp_session_dial(p->t, &call, &p->log, p))
		die("dial");
}

/* pppd takes its leave first, then the session, then the tunnel. */
static void end(struct peer *p)
{
	uint64_t limit = clock_ms() + PATIENCE;

	if (p->pppd)
		kill(p->pppd, SIGTERM);
	while (p->pppd && clock_ms() < limit)
		step(p);
	if (p->t)
		l2tp_tunnel_close(p->t, L2TP_STOP_CLEAR, 0, "the peer ends");
	while (!l2tp_idle(p->l2tp) && clock_ms() < limit)
		step(p);
}

int main(int argc, char **argv)
{
	struct peer p = {.tunnel = -1, .ppp = -1};
	struct l2tp_setup setup = {.ops = &ops,
				   .owner = &p,
				   .timers = &p.timers,
				   .log = &p.log,
				   .random = fill_random};
	bool lac;

	if (argc < 4 || (strcmp(argv[1], "lac") && strcmp(argv[1], "lns"))) {
		fprintf(stderr, "usage: kernel_peer lac|lns ADDRESS SECRET PPPD-OPTION...\n");
		return 2;
	}
	lac = !strcmp(argv[1], "lac");
	p.pppd_args = argv + 4;
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGTERM, on_signal);
	signal(SIGCHLD,
	       SIG_DFL); /* who ignores it has no children to wait for, and that is inherited */
	snprintf(p.params.host_name, sizeof(p.params.host_name), "lab-%s", argv[1]);
	snprintf(p.params.secret, sizeof(p.params.secret), "%s", argv[3]);
	p.params.challenge = true;
	logger_init(&p.log, &log_stderr, LOG_LEVEL_INFO, "kernel_peer");
	timers_init(&p.timers, clock_ms());
	open_socket(&p, lac, argv[2]);
	p.l2tp = l2tp_new(&setup);
	if (!p.l2tp)
		die("no memory");
	puts("ready");
	if (lac)
		dial(&p);
	while (!told_to_end && !p.ended)
		step(&p);
	end(&p);
	puts("ended");
	l2tp_free(p.l2tp);
	timers_free(&p.timers);
	return 0;
}
