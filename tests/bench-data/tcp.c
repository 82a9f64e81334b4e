// SPDX-License-Identifier: GPL-2.0-only
/*
 * One TCP flow between two hosts on one veth: straight, and through a tunnel that tc makes at both
 * ends. The sender is on one core, the receiver on the other, and so is the kernel's work for each;
 * what counts is the clock, as the two wait for each other.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

#define BUFFER (128 * 1024)

struct flow {
	struct bench *b;
	int socket;
};

static void *send_all(void *arg)
{
	struct flow *f = arg;
	char *buffer = calloc(1, BUFFER);

	pin_to(0, CORE_LOAD);
	while (!f->b->stop && send(f->socket, buffer, BUFFER, MSG_NOSIGNAL) > 0)
		;
	free(buffer);
	return NULL;
}

static double receive_for(int fd, double seconds)
{
	char *buffer = malloc(BUFFER);
	double until = now_ns() + seconds * 1e9, bytes = 0;
	ssize_t n;

	while (now_ns() < until && (n = recv(fd, buffer, BUFFER, 0)) > 0)
		bytes += (double)n;
	free(buffer);
	return bytes;
}

static int tcp_socket(int ns)
{
	int fd;

	lab_enter(ns);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	must(fd >= 0, "socket");
	return fd;
}

/* Bits a second from the host behind in0 to this address of ours. */
static double flow_rate(struct bench *b, const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address)};
	int listener = tcp_socket(b->ours), fd;
	struct flow f = {.b = b, .socket = tcp_socket(b->at_load)};
	socklen_t len = sizeof(to);
	double bytes, start;
	pthread_t sender;

	must(!bind(listener, (void *)&to, sizeof(to)) && !listen(listener, 1) &&
		     !getsockname(listener, (void *)&to, &len),
	     address);
	must(!connect(f.socket, (void *)&to, sizeof(to)), "connect");
	lab_enter(b->ours);
	fd = accept(listener, NULL, NULL);
	must(fd >= 0, "accept");
	b->stop = false;
	must(!pthread_create(&sender, NULL, send_all, &f), "pthread_create");
	receive_for(fd, b->seconds / 4); /* slow start */
	start = now_ns();
	bytes = receive_for(fd, b->seconds);
	start = now_ns() - start;
	b->stop = true;
	close(fd);
	pthread_join(sender, NULL);
	close(f.socket);
	close(listener);
	return bytes * 8 / start * 1e9;
}

/* One end: its session, its address on the netdev, and its route to the other's. */
static struct dataplane *open_end(struct bench *b, int ns, const char *name, const char *ifname,
				  const char *local, const char *peer, const char *inside,
				  const char *other)
{
	const struct ip_addr address = bench_addr(other), own = bench_addr(inside);
	struct ip_prefix own_prefix = ip_prefix_host(&own);
	struct net_route r = {.prefix = ip_prefix_host(&address), .table = NET_TABLE_MAIN};
	struct dataplane_session s = {
		.key = {1, 1},
		.peer_tunnel_id = 1,
		.peer_session_id = 1,
		.flags = L2X_SESSION_IPV4 | L2X_SESSION_IPV6,
		.mtu = 1460,
		.path = {.local = {bench_addr(local), 1701, 0},
			 .peer = {bench_addr(peer), 1701, 0}},
	};
	struct dataplane *dp;
	struct net *net;

	lab_enter(ns);
	dp = plane_open(b, DATAPLANE_TC, name, &s.netdev);
	must(!net_open(&net), "net_open");
	r.ifindex = s.netdev;
	if (dataplane_session_set(dp, &s) ||
	    dataplane_route_add(dp, s.netdev, &r.prefix, (struct l2x_route){.session = s.key}) ||
	    net_address_add(net, s.netdev, &own_prefix) || net_route_add(net, &r) ||
	    dataplane_attach(dp, ifname, FORWARD_KERNEL))
		die("cannot open the end %s", name);
	net_close(net);
	lab_enter(b->ours);
	return dp;
}

void bench_tcp(struct bench *b, struct results *r)
{
	double ratio[PAIRS_MAX], rate[PAIRS_MAX], base[PAIRS_MAX];
	struct result *row = results_add(r, "TCP of the host, tc, 1 flow", "bit/s", 0.60);
	struct dataplane *ours, *theirs;

	pin_to(0, CORE_OURS);
	ours = open_end(b, b->ours, "l2xb", "in0", "192.0.2.1", "192.0.2.2", "10.65.0.1",
			"10.65.0.2");
	theirs = open_end(b, b->at_load, "l2xc", "l0", "192.0.2.2", "192.0.2.1", "10.65.0.2",
			  "10.65.0.1");
	for (int i = 0; i < b->pairs; i++) {
		base[i] = flow_rate(b, "192.0.2.1");
		rate[i] = flow_rate(b, "10.65.0.1");
		ratio[i] = rate[i] / base[i];
	}
	row->baseline = bench_median(base, b->pairs);
	row->rate = row->wall = bench_median(rate, b->pairs);
	row->ratio = bench_median(ratio, b->pairs);
	lab_enter(b->at_load);
	dataplane_close(theirs);
	lab_enter(b->ours);
	dataplane_close(ours);
}
