// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own L2TP and PPP, with sessions as xl2tpd and pppd leave them behind: a UDP socket a tunnel, a PPP unit and so a
 * netdev a session. And l2x beside it: the same packets between the same netdevs. What counts is the clock, as the
 * kernel does its work in more places than one thread; the core has nothing else to do.
 */
/* clang-format off: the kernel's headers go behind those of libc that say the same */
#include <arpa/inet.h>
#include <linux/ppp-ioctl.h>
/* clang-format on */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"
#include "load.skel.h"
#include "pppol2tp.h"

#define FDS_A_SESSION 3
#define FDS_A_TUNNEL  2
#define PATIENCE      100 /* times 0.1 s */
#define GROUP	      9	  /* of all their netdevs: gone one by one, each would be waited for */

struct linux_l2tp {
	FILE *ip; /* what is to be configured */
	int *fds; /* all that is to be closed, the youngest last */
	unsigned count;
	int udp[TUNNELS];
};

static int keep(struct linux_l2tp *k, int fd, const char *what)
{
	must(fd >= 0, what);
	k->fds[k->count++] = fd;
	return fd;
}

/* UDP without checksum, as xl2tpd has it and l2x too. */
static int udp_socket(const char *local, const struct endpoint *peer)
{
	const int on = 1;
	struct endpoint from = {.ip = bench_addr(local), .port = 1701};
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&from, &ss);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	must(fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
		     !setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on)) &&
		     !bind(fd, (struct sockaddr *)&ss, len),
	     local);
	len = endpoint_to_sockaddr(peer, &ss);
	must(!connect(fd, (struct sockaddr *)&ss, len), "connect");
	return fd;
}

/* The kernel takes its time to forget those of the same number that were closed before. */
static int pppol2tp(int udp, const struct endpoint *peer, const struct pppol2tp_ids *ids)
{
	int fd, tries = PATIENCE;

	while ((fd = pppol2tp_socket(udp, peer, ids)) == -EEXIST && --tries)
		usleep(100000);
	if (fd < 0)
		errno = -fd;
	return fd;
}

/* What pppd does once IPCP is up. As long as l2x has a route to the same subscriber, that counts. */
static void add_unit(struct linux_l2tp *k, int session, const struct load_flow *flow)
{
	int channel, unit = -1, to_channel, to_unit;

	to_channel = keep(k, open("/dev/ppp", O_RDWR), "/dev/ppp");
	to_unit = keep(k, open("/dev/ppp", O_RDWR), "/dev/ppp");
	must(!ioctl(session, PPPIOCGCHAN, &channel) &&
		     !ioctl(to_channel, PPPIOCATTCHAN, &channel) &&
		     !ioctl(to_unit, PPPIOCNEWUNIT, &unit) &&
		     !ioctl(to_channel, PPPIOCCONNECT, &unit),
	     "PPP unit");
	fprintf(k->ip,
		"link set ppp%d group %d mtu 1460 up\n"
		"route add %s dev ppp%d metric 1\n",
		unit, GROUP, inet_ntoa((struct in_addr){flow->addr}), unit);
}

static void add_session(struct bench *b, struct linux_l2tp *k, unsigned i, const char *local)
{
	const struct load_flow flow = plane_flow(b, i, i, local);
	const struct endpoint peer = {.ip = ip_addr_v4((struct in_addr){flow.peer}), .port = 1701};
	struct pppol2tp_ids ids = {.tunnel = ntohs(flow.tunnel_id),
				   .peer_tunnel = (uint16_t)(i % TUNNELS + 1)};
	int *udp = &k->udp[i % TUNNELS];

	if (i < TUNNELS) {
		*udp = keep(k, udp_socket(local, &peer), "UDP");
		keep(k, pppol2tp(*udp, &peer, &ids), "tunnel in the kernel");
	}
	ids.session = ntohs(flow.session_id);
	ids.peer_session = (uint16_t)(i + 1);
	add_unit(k, keep(k, pppol2tp(*udp, &peer, &ids), "session in the kernel"), &flow);
}

static struct linux_l2tp *linux_sessions(struct bench *b, unsigned n, bool peer_in)
{
	struct linux_l2tp *k = calloc(1, sizeof(*k));

	must(k != NULL, "memory");
	k->fds = calloc((size_t)n * FDS_A_SESSION + TUNNELS * FDS_A_TUNNEL, sizeof(*k->fds));
	k->ip = popen("ip -batch -", "w");
	must(k->fds && k->ip, "ip");
	for (unsigned i = 0; i < n; i++)
		add_session(b, k, i, peer_in ? "192.0.2.1" : "198.51.100.1");
	if (pclose(k->ip))
		die("cannot configure the netdevs of PPP");
	return k;
}

static void linux_end(struct linux_l2tp *k)
{
	sh("ip link del group %d", GROUP);
	while (k->count)
		close(k->fds[--k->count]);
	free(k->fds);
	free(k);
}

static void measure(struct bench *b, unsigned n, bool receive, struct sample *s)
{
	load_sessions(b, n, receive);
	b->load->bss->load.window = LOAD_WINDOW;
	measure_ways(b, 1, s);
	s->cpu_ns = s->wall_ns;
}

static void measure_l2x(struct bench *b, enum config_dataplane level, unsigned n, bool receive,
			struct sample *s)
{
	const enum config_forward forward = level == DATAPLANE_XDP ? FORWARD_XDP : FORWARD_KERNEL;
	struct dataplane *dp;
	unsigned netdev;

	sink_is(b, level == DATAPLANE_XDP ? SINK_XDP : SINK_TC);
	dp = plane_open(b, level, "l2xb", &netdev);
	plane_sessions(b, dp, netdev, n, receive);
	if (dataplane_attach(dp, "out0", forward) || dataplane_attach(dp, "in0", forward))
		die("cannot attach");
	measure(b, n, receive, s);
	dataplane_close(dp);
}

static void one_case(struct bench *b, struct result *rows[2], unsigned n, bool receive)
{
	static const enum config_dataplane levels[] = {DATAPLANE_XDP, DATAPLANE_TC};
	struct linux_l2tp *k = linux_sessions(b, n, receive);
	struct pairs pairs[2] = {0};

	for (int i = 0; i < b->pairs; i++) {
		struct sample ours, theirs;

		sink_is(b, SINK_TC);
		measure(b, n, receive, &theirs);
		for (int level = 0; level < 2; level++) {
			measure_l2x(b, levels[level], n, receive, &ours);
			pairs_add(&pairs[level], &ours, &theirs);
		}
	}
	for (int level = 0; level < 2; level++)
		pairs_take_medians(&pairs[level], rows[level]);
	linux_end(k);
}

void bench_linux(struct bench *b, struct results *r, unsigned sessions)
{
	static const char *const names[2][2][2] = {
		{{"encapsulate, XDP to Linux", "encapsulate, tc to Linux"},
		 {"decapsulate, XDP to Linux", "decapsulate, tc to Linux"}},
		{{"encapsulate 1000, XDP to Linux", "encapsulate 1000, tc to Linux"},
		 {"decapsulate 1000, XDP to Linux", "decapsulate 1000, tc to Linux"}},
	};

	sh("ethtool -K in0 gro on >/dev/null");
	for (int receive = 1; receive >= 0; receive--) {
		const char *const *name = names[sessions > 1][receive];
		struct result *rows[] = {results_add(r, name[0], "packets/s", 0),
					 results_add(r, name[1], "packets/s", 0)};

		one_case(b, rows, sessions, receive);
	}
	sink_is(b, SINK_XDP);
	sh("ethtool -K in0 gro off >/dev/null");
}
