// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP through both tc programs, in packets as large as the kernel makes them (GSO): between the
 * ends of the tunnel, and to a host behind one of them, where the kernel forwards decapsulated
 * super-packets by a NIC that does not take such. Three namespaces in one process:
 *
 *	near: l2x0, under0 ======== under1, l2x1 :far: pay0 -------- host0 :host
 *	10.64.1.2    192.0.2.1    192.0.2.2  10.64.0.1  198.51.100.1   198.51.100.2
 *	2001:db8:64:1::2            2001:db8:64::1  2001:db8:2::1  2001:db8:2::2
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "lab.h"

#define BYTES	    (16u << 20)
#define DEADLINE_MS 30000
#define HEADER4	    (20 + 32)
#define HEADER6	    (40 + 32)

struct side {
	int ns, tun;
	struct l2x_bpf *bpf;
	unsigned under, netdev;
};

struct tcp_lab {
	struct side near, far;
	int host;
};

static void enter(int ns)
{
	assert_int_equal(setns(ns, CLONE_NEWNET), 0);
}

static int new_ns(void)
{
	int fd;

	lab_namespace();
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void side_open(struct side *s, const char *netdev, const char *under, bool near)
{
	struct l2x_session session = {
		.key = {.tunnel_id = 10, .session_id = SESSION_1},
		.peer_tunnel_id = 10,
		.peer_session_id = SESSION_1,
		.flags = L2X_SESSION_IPV4 | L2X_SESSION_IPV6,
		.stats_index = 1,
		.mtu = 1460,
	};
	struct l2x_underlay underlay = {.local_port = htons(1701),
					.peer_port = htons(1701),
					.family = AF_INET};

	enter(s->ns);
	s->tun = lab_tun(netdev);
	s->netdev = session.netdev = if_nametoindex(netdev);
	s->under = if_nametoindex(under);
	s->bpf = lab_load();
	inet_pton(AF_INET, near ? "192.0.2.1" : "192.0.2.2", underlay.local);
	inet_pton(AF_INET, near ? "192.0.2.2" : "192.0.2.1", underlay.peer);
	lab_session(s->bpf, session, &underlay);
	lab_tc(s->bpf->progs.l2x_tc_ingress, s->under, true);
	lab_tc(s->bpf->progs.l2x_tc_egress, s->netdev, false);
	lab_run("ip link set %s mtu 1460 up", netdev);
	lab_run("ip addr add 192.0.2.%d/24 dev %s && ip link set %s up", near ? 1 : 2, under,
		under);
}

static int setup(void **state)
{
	static struct tcp_lab lab;

	lab.host = new_ns();
	lab.far.ns = new_ns();
	lab.near.ns = new_ns();
	lab_run("ip link add under0 type veth peer name under1 netns /proc/%d/fd/%d", getpid(),
		lab.far.ns);
	side_open(&lab.near, "l2x0", "under0", true);
	lab_run("ip addr add 10.64.1.2/32 dev l2x0 && ip addr add 2001:db8:64:1::2/128 dev l2x0 "
		"nodad");
	lab_run("ip route add default dev l2x0 && ip -6 route add default dev l2x0");
	lab_route(lab.near.bpf, lab.near.netdev, "0.0.0.0", 0, SESSION_1);
	/* Not ::/0: what the kernel multicasts on its own would count too. */
	lab_route(lab.near.bpf, lab.near.netdev, "2001:db8::", 32, SESSION_1);

	side_open(&lab.far, "l2x1", "under1", false);
	lab_run("ip addr add 10.64.0.1/32 dev l2x1 && ip addr add 2001:db8:64::1/128 dev l2x1 "
		"nodad");
	lab_run("ip route add 10.64.1.2 dev l2x1 && ip -6 route add 2001:db8:64:1::2 dev l2x1");
	lab_route(lab.far.bpf, lab.far.netdev, "10.64.1.2", 32, SESSION_1);
	lab_route(lab.far.bpf, lab.far.netdev, "2001:db8:64:1::2", 128, SESSION_1);
	lab_run("ip link add pay0 type veth peer name host0 netns /proc/%d/fd/%d", getpid(),
		lab.host);
	/* One segment at a time. */
	lab_run("ip link set pay0 gso_max_segs 1 up && ip addr add 198.51.100.1/24 dev pay0");
	lab_run("ip addr add 2001:db8:2::1/64 dev pay0 nodad");

	enter(lab.host);
	lab_run("ip addr add 198.51.100.2/24 dev host0 && ip addr add 2001:db8:2::2/64 dev host0 "
		"nodad");
	lab_run("ip link set host0 up && ip route add default via 198.51.100.1");
	lab_run("ip -6 route add default via 2001:db8:2::1");
	*state = &lab;
	return 0;
}

static int teardown(void **state)
{
	struct tcp_lab *lab = *state;
	struct side *sides[] = {&lab->near, &lab->far};

	for (int i = 0; i < 2; i++) {
		l2x_bpf__destroy(sides[i]->bpf);
		close(sides[i]->tun);
		close(sides[i]->ns);
	}
	close(lab->host);
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd pfd = {.fd = fd, .events = events};

	if (poll(&pfd, 1, (int)(deadline - now_ms())) != 1)
		fail_msg("nothing moves");
}

static struct addrinfo *resolve(const char *addr, const char *port)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				       .ai_socktype = SOCK_STREAM};
	struct addrinfo *ai;

	assert_int_equal(getaddrinfo(addr, port, &hints, &ai), 0);
	return ai;
}

/* A connection from one namespace to an address in another. */
static void connect_pair(int from_ns, int to_ns, const char *to, int fds[2])
{
	struct addrinfo *ai = resolve(to, "7000");
	const int64_t deadline = now_ms() + DEADLINE_MS;
	const int one = 1;
	int listener;

	enter(to_ns);
	listener = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(listener >= 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(listener, ai->ai_addr, ai->ai_addrlen), 0);
	assert_int_equal(listen(listener, 1), 0);
	enter(from_ns);
	fds[0] = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(fds[0] >= 0);
	if (connect(fds[0], ai->ai_addr, ai->ai_addrlen) < 0)
		assert_int_equal(errno, EINPROGRESS);
	wait_for(listener, POLLIN, deadline);
	fds[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(fds[1] >= 0);
	wait_for(fds[0], POLLOUT, deadline);
	close(listener);
	freeaddrinfo(ai);
}

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 2654435761u >> 13);
}

static void transfer(int from, int to)
{
	const int64_t deadline = now_ms() + DEADLINE_MS;
	static uint8_t out[1 << 18], in[1 << 18];
	size_t sent = 0, got = 0;
	ssize_t n;

	while (got < BYTES) {
		size_t want = BYTES - sent < sizeof(out) ? BYTES - sent : sizeof(out);

		for (size_t i = 0; i < want; i++)
			out[i] = byte_at(sent + i);
		n = want ? send(from, out, want, MSG_NOSIGNAL) : 0;
		if (n > 0)
			sent += (size_t)n;
		wait_for(to, POLLIN, deadline);
		n = recv(to, in, sizeof(in), 0);
		assert_true(n > 0);
		for (size_t i = 0; i < (size_t)n; i++) {
			if (in[i] != byte_at(got + i))
				fail_msg("byte %zu is wrong", got + i);
		}
		got += (size_t)n;
	}
}

/* Frames that the underlay's NIC has sent: a super-packet is one. */
static uint64_t frames_sent(const struct side *s, const char *under)
{
	struct ifaddrs *all, *i;
	uint64_t frames = 0;

	enter(s->ns);
	assert_int_equal(getifaddrs(&all), 0);
	for (i = all; i; i = i->ifa_next) {
		if (i->ifa_addr && i->ifa_addr->sa_family == AF_PACKET &&
		    !strcmp(i->ifa_name, under))
			frames = ((const struct rtnl_link_stats *)i->ifa_data)->tx_packets;
	}
	freeifaddrs(all);
	return frames;
}

/* What one side has sent, the other has received: in packets as on a wire. */
static void check_counters(const struct tcp_lab *lab)
{
	struct l2x_counters near, far;

	lab_counters(lab->near.bpf, 1, &near);
	lab_counters(lab->far.bpf, 1, &far);
	assert_memory_equal(&near.tx, &far.rx, sizeof(near.tx));
	assert_memory_equal(&near.rx, &far.tx, sizeof(near.rx));
	for (int i = 0; i < L2X_REASON_COUNT; i++)
		assert_int_equal(near.drops[i] + far.drops[i], 0);
}

/* header: of a segment, IP and TCP with its timestamps; each counts with its own. */
static void both_ways(struct tcp_lab *lab, int to_ns, const char *to, unsigned header)
{
	struct l2x_counters before, after;
	uint64_t frames, segments, bytes;
	int fds[2];

	lab_counters(lab->near.bpf, 1, &before);
	frames = frames_sent(&lab->near, "under0");
	connect_pair(lab->near.ns, to_ns, to, fds);
	transfer(fds[0], fds[1]);
	transfer(fds[1], fds[0]);
	close(fds[0]);
	close(fds[1]);
	lab_counters(lab->near.bpf, 1, &after);
	frames = frames_sent(&lab->near, "under0") - frames;
	segments = after.tx[L2X_LEVEL_TC].packets - before.tx[L2X_LEVEL_TC].packets;
	bytes = after.tx[L2X_LEVEL_TC].bytes - before.tx[L2X_LEVEL_TC].bytes;
	assert_true(segments >= BYTES / 1460);
	assert_in_range(bytes - segments * header, BYTES, BYTES + BYTES / 64);
	assert_true(frames < segments / 2);
}

static void test_ends4(void **state)
{
	both_ways(*state, ((struct tcp_lab *)*state)->far.ns, "10.64.0.1", HEADER4);
}

static void test_ends6(void **state)
{
	both_ways(*state, ((struct tcp_lab *)*state)->far.ns, "2001:db8:64::1", HEADER6);
}

static void test_behind4(void **state)
{
	both_ways(*state, ((struct tcp_lab *)*state)->host, "198.51.100.2", HEADER4);
}

static void test_behind6(void **state)
{
	both_ways(*state, ((struct tcp_lab *)*state)->host, "2001:db8:2::2", HEADER6);
}

static int udp_socket(int ns, const char *local, const char *peer)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(1701)};
	int fd;

	enter(ns);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	inet_pton(AF_INET, local, &a.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	inet_pton(AF_INET, peer, &a.sin_addr);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* Several tunnel packets in one super-packet, as GRO and UDP_SEGMENT make them. */
static void test_joined(void **state)
{
	const struct spec spec = {.outer = 4, .inner = 4, .payload = 100};
	const struct tcp_lab *lab = *state;
	const size_t headers = 14 + 20 + 8;
	int from, to, size;
	struct packet p;
	uint8_t buf[4096];

	packet_build(&p, &spec);
	size = (int)(p.len - headers);
	for (int i = 0; i < 3; i++)
		memcpy(buf + i * size, p.data + headers, (size_t)size);
	from = udp_socket(lab->near.ns, "192.0.2.1", "192.0.2.2");
	to = udp_socket(lab->far.ns, "192.0.2.2", "192.0.2.1");
	assert_int_equal(setsockopt(from, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)), 0);
	assert_int_equal(send(from, buf, 3 * (size_t)size, 0), 3 * size);
	for (int i = 0; i < 3; i++) {
		wait_for(to, POLLIN, now_ms() + 5000);
		assert_int_equal(recv(to, buf, sizeof(buf), 0), size);
		assert_memory_equal(buf, p.data + headers, size);
	}
	close(from);
	close(to);
}

static void test_counters(void **state)
{
	check_counters(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends4),	cmocka_unit_test(test_ends6),
		cmocka_unit_test(test_behind4), cmocka_unit_test(test_behind6),
		cmocka_unit_test(test_joined),	cmocka_unit_test(test_counters),
	};

	return cmocka_run_group_tests_name("bpf tcp", tests, setup, teardown);
}
