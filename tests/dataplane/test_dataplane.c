// SPDX-License-Identifier: GPL-2.0-only
/*
 * The data path with real sockets, netdevs and programs, at each level in turn: the same packets go
 * in, the same must come out, and be counted at that level. Then what it refuses, what it leaves
 * behind (nothing), and what it makes of the remains of an instance that crashed.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "dataplane/dataplane.h"
#include "lab.h"
#include "net/net.h"

#define BPF_PATH "/sys/fs/bpf/l2x-test"
#define SECONDS	 10 /* that anything may take at most */

static const struct l2x_session_key key = {1, 2};

struct fixture {
	struct lab lab;
	struct event_base *base;
	struct logger log;
	struct net *net;
	struct dataplane *dp;
	unsigned netdev;
	uint8_t control[64], ppp[64]; /* what the data path handed up last */
	size_t control_len, ppp_len;
	struct udp_path control_path;
};

static void on_control(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	struct fixture *f = owner;

	assert_true(len <= sizeof(f->control));
	memcpy(f->control, msg, len);
	f->control_len = len;
	f->control_path = *path;
}

static void set_session(struct fixture *f, uint32_t flags, const char *local, const char *peer);

static void on_ppp(void *owner, struct l2x_session_key k, const uint8_t *frame, size_t len)
{
	struct fixture *f = owner;

	assert_memory_equal(&k, &key, sizeof(k));
	assert_true(len <= sizeof(f->ppp));
	memcpy(f->ppp, frame, len);
	f->ppp_len = len;
}

/* As a LAC does: it numbers its packets while the other end does. */
static void on_numbering(void *owner, struct l2x_session_key k, bool numbered)
{
	struct fixture *f = owner;

	assert_memory_equal(&k, &key, sizeof(k));
	set_session(f, L2X_SESSION_CHECK_NS | (numbered ? L2X_SESSION_SEQUENCED : 0), "192.0.2.1",
		    "192.0.2.2");
}

static const struct dataplane_ops ops = {.control = on_control,
					 .ppp = on_ppp,
					 .numbering = on_numbering};

static struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	assert_int_equal(ip_addr_parse(&a, text), 0);
	return a;
}

static int open_level(struct fixture *f, enum config_dataplane level, uint16_t port,
		      struct dataplane **dp)
{
	struct ip_addr listen[] = {addr("0.0.0.0"), addr("::")};
	struct dataplane_setup setup = {
		.ops = &ops,
		.owner = f,
		.base = f->base,
		.log = &f->log,
		.level = level,
		.bpf_path = BPF_PATH,
		.port = port,
		.max_sessions = 4,
		.max_routes = 4,
		.listen = listen,
		.listen_count = 2,
	};

	return dataplane_open(dp, &setup);
}

static void set_session(struct fixture *f, uint32_t flags, const char *local, const char *peer)
{
	struct dataplane_session s = {
		.key = key,
		.peer_tunnel_id = 0x1234,
		.peer_session_id = 0x5678,
		.flags = L2X_SESSION_IPV4 | L2X_SESSION_IPV6 | flags,
		.netdev = f->netdev,
		.mtu = 1500,
		.path = {.local = {addr(local), 1701, 0}, .peer = {addr(peer), 1701, 0}},
	};

	assert_int_equal(dataplane_session_set(f->dp, &s), 0);
}

static void start(struct fixture *f, enum config_dataplane level, enum config_forward forward)
{
	struct ip_addr client = addr("10.1.0.2"), local = addr("10.1.0.1");
	struct net_route r = {.prefix = ip_prefix_host(&client), .table = NET_TABLE_MAIN};
	struct ip_prefix p = ip_prefix_host(&local);

	assert_int_equal(open_level(f, level, 1701, &f->dp), 0);
	assert_int_equal(dataplane_netdev_get(f->dp, "l2xt", &f->netdev), 0);
	assert_int_equal(net_link_setup(f->net, f->netdev, 1500), 0);
	assert_int_equal(net_address_add(f->net, f->netdev, &p), 0);
	set_session(f, 0, "192.0.2.1", "192.0.2.2");
	assert_int_equal(dataplane_route_add(f->dp, f->netdev, &r.prefix, key), 0);
	r.ifindex = f->netdev;
	assert_int_equal(net_route_add(f->net, &r), 0);
	assert_int_equal(dataplane_attach(f->dp, "v0", forward), 0);
	assert_int_equal(dataplane_attach(f->dp, "w0", forward), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	lab_open(&f->lab);
	logger_init(&f->log, &log_stderr,
		    getenv("L2X_TEST_DEBUG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR, "test");
	f->base = event_base_new();
	assert_non_null(f->base);
	assert_int_equal(net_open(&f->net), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	dataplane_close(f->dp);
	net_close(f->net);
	event_base_free(f->base);
	lab_close(&f->lab);
	free(f);
	return 0;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* A datagram of this socket, while the loop of the data path runs. Other ones (multicast of the
 * kernel) are skipped. */
static size_t receive(struct fixture *f, int fd, uint8_t *buf, size_t room)
{
	time_t until = now() + SECONDS;

	while (now() < until) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		event_base_loop(f->base, EVLOOP_NONBLOCK);
		if (poll(&p, 1, 5) == 1) {
			n = recv(fd, buf, room, 0);
			assert_true(n >= 0);
			return (size_t)n;
		}
	}
	fail_msg("nothing received in %d seconds", SECONDS);
	return 0;
}

static struct l2x_counters counters(struct fixture *f)
{
	struct l2x_counters c;

	assert_int_equal(dataplane_session_counters(f->dp, key, &c), 0);
	return c;
}

/* Until this drop counter of the session (or of none) has this value. */
static void wait_drops(struct fixture *f, bool global, enum l2x_reason reason, uint64_t value)
{
	time_t until = now() + SECONDS;
	struct l2x_counters c;

	do {
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		assert_int_equal(global ? dataplane_global_counters(f->dp, &c)
					: dataplane_session_counters(f->dp, key, &c),
				 0);
	} while (c.drops[reason] < value && now() < until);
	assert_int_equal(c.drops[reason], value);
}

static size_t tunnelled(uint8_t *buf, const char *src, const char *data)
{
	static const uint8_t head[] = {0x00, 0x02, 0x00, 0x01, 0x00, 0x02, 0xff, 0x03, 0x00, 0x21};

	memcpy(buf, head, sizeof(head));
	return sizeof(head) +
	       lab_udp4(buf + sizeof(head), src, 5000, "10.2.0.2", 7777, data, strlen(data));
}

static void both_ways(struct fixture *f, int peer, const char *ours, const void *header,
		      size_t header_len)
{
	static const uint8_t addresses[] = {10, 2, 0, 2, 10, 1, 0, 2};
	uint8_t buf[256];
	size_t len = tunnelled(buf, "10.1.0.2", "hello");

	lab_send(peer, ours, 1701, buf, len);
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "hello", 5);
	lab_send(f->lab.server, "10.1.0.2", 5000, "goodbye", 7);
	len = receive(f, peer, buf, sizeof(buf));
	assert_int_equal(len, header_len + 28 + 7);
	assert_memory_equal(buf, header, header_len);
	memmove(buf, buf + header_len, len - header_len);
	len -= header_len;
	assert_int_equal(buf[8], 63); /* one router on the way */
	assert_int_equal(lab_sum(buf, 20, 0), 0xffff);
	assert_memory_equal(buf + 12, addresses, 8);
	assert_int_equal(lab_sum(buf + 12, len - 12, 17 + 8 + 7), 0xffff);
	assert_memory_equal(buf + 28, "goodbye", 7);
}

static void counted(struct fixture *f, enum l2x_level level)
{
	struct l2x_counters c = counters(f);

	for (int l = 0; l < L2X_LEVELS; l++) {
		assert_int_equal(c.rx[l].packets, l == (int)level);
		assert_int_equal(c.rx[l].bytes, l == (int)level ? 33 : 0);
		assert_int_equal(c.tx[l].packets, l == (int)level);
		assert_int_equal(c.tx[l].bytes, l == (int)level ? 35 : 0);
	}
	for (int reason = 0; reason < L2X_REASON_COUNT; reason++)
		assert_int_equal(c.drops[reason], 0);
}

static void refused(struct fixture *f)
{
	int other = lab_udp(&f->lab, f->lab.at_peer, "192.0.2.2", 1702);
	uint8_t buf[256];
	size_t len = tunnelled(buf, "10.1.0.2", "x");

	lab_send(other, "192.0.2.1", 1701, buf, len);
	wait_drops(f, false, L2X_DROP_BAD_PEER, 1);
	close(other);
	len = tunnelled(buf, "10.1.0.3", "x");
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len);
	wait_drops(f, false, L2X_DROP_BAD_SOURCE, 1);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len - 1);
	wait_drops(f, false, L2X_DROP_BAD_INNER, 1);
	buf[5] = 77;
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len);
	wait_drops(f, true, L2X_DROP_NO_SESSION, 1);
	lab_send(f->lab.peer, "192.0.2.1", 1701, "\x00\x03", 2);
	wait_drops(f, true, L2X_DROP_MALFORMED, 1);
}

/* Control messages and PPP frames go up, and their answers leave from where they were sent to. */
static void handed_up(struct fixture *f)
{
	static const uint8_t control[12] = {0xc8, 0x02, 0x00, 0x0c},
			     lcp[] = {0, 2, 0, 1, 0, 2, 0xff, 3, 0xc0, 0x21, 9, 1, 0, 4};
	struct endpoint peer = {addr("192.0.2.2"), 1701, 0}, ours = {addr("192.0.2.1"), 1701, 0};
	uint8_t buf[64];

	f->control_len = f->ppp_len = 0;
	lab_send(f->lab.peer, "192.0.2.1", 1701, control, sizeof(control));
	lab_send(f->lab.peer, "192.0.2.1", 1701, lcp, sizeof(lcp));
	for (time_t until = now() + SECONDS; !f->ppp_len && now() < until;)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(f->control_len, sizeof(control));
	assert_memory_equal(f->control, control, sizeof(control));
	assert_true(endpoint_eq(&f->control_path.peer, &peer));
	assert_true(endpoint_eq(&f->control_path.local, &ours));
	assert_int_equal(f->ppp_len, sizeof(lcp) - 6);
	assert_memory_equal(f->ppp, lcp + 6, sizeof(lcp) - 6);
	assert_int_equal(dataplane_send_control(f->dp, &f->control_path, control, 12), 0);
	dataplane_flush(f->dp);
	assert_int_equal(receive(f, f->lab.peer, buf, sizeof(buf)), 12);
	assert_memory_equal(buf, control, 12);
	assert_int_equal(dataplane_send_ppp(f->dp, key, lcp + 8, sizeof(lcp) - 8), 0);
	dataplane_flush(f->dp);
	assert_int_equal(receive(f, f->lab.peer, buf, sizeof(buf)), sizeof(lcp));
	assert_memory_equal(buf, "\x00\x02\x12\x34\x56\x78\xff\x03\xc0\x21", 10);
}

static void nothing_left(struct fixture *f)
{
	int fd;

	dataplane_close(f->dp);
	f->dp = NULL;
	assert_int_equal(if_nametoindex("l2xt"), 0);
	assert_int_not_equal(access(BPF_PATH, F_OK), 0);
	assert_int_not_equal(sh_status("tc qdisc show | grep -q clsact"), 0);
	assert_int_not_equal(sh_status("ip link show | grep -q xdp"), 0);
	fd = lab_udp(&f->lab, f->lab.ours, "0.0.0.0", 1701);
	close(fd);
}

#define HEADER "\x00\x02\x12\x34\x56\x78\xff\x03\x00\x21"

static void whole_level(struct fixture *f, enum config_dataplane config,
			enum config_forward forward, enum l2x_level level)
{
	start(f, config, forward);
	both_ways(f, f->lab.peer, "192.0.2.1", HEADER, 10);
	counted(f, level);
	refused(f);
	handed_up(f);
	nothing_left(f);
}

static void test_user(void **state)
{
	whole_level(*state, DATAPLANE_USER, FORWARD_XDP, L2X_LEVEL_USER);
}

static void test_tc(void **state)
{
	whole_level(*state, DATAPLANE_TC, FORWARD_XDP, L2X_LEVEL_TC);
}

static void test_xdp(void **state)
{
	whole_level(*state, DATAPLANE_XDP, FORWARD_XDP, L2X_LEVEL_XDP);
}

static void test_auto_kernel(void **state)
{
	whole_level(*state, DATAPLANE_AUTO, FORWARD_KERNEL, L2X_LEVEL_TC);
}

static void test_auto_xdp(void **state)
{
	whole_level(*state, DATAPLANE_AUTO, FORWARD_XDP, L2X_LEVEL_XDP);
}

/* Sequenced, with Length, without FF03: all of userspace, with programs attached or not. */
static void test_sequenced(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[128];

	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	set_session(f, L2X_SESSION_SEQUENCED | L2X_SESSION_LENGTH | L2X_SESSION_NO_FF03,
		    "192.0.2.1", "192.0.2.2");
	both_ways(f, f->lab.peer, "192.0.2.1", "\x48\x02\x00\x31\x12\x34\x56\x78\0\0\0\0\x00\x21",
		  14);
	counted(f, L2X_LEVEL_USER);
	lab_send(f->lab.server, "10.1.0.2", 5000, "x", 1);
	assert_int_equal(receive(f, f->lab.peer, buf, sizeof(buf)), 14 + 29);
	assert_memory_equal(buf + 8, "\x00\x01\x00\x00", 4);
}

/* The same with a number, up to 255. */
static size_t numbered(uint8_t *buf, uint8_t ns, const char *data)
{
	size_t len = 4 + tunnelled(buf + 4, "10.1.0.2", data);

	memcpy(buf, (uint8_t[]){0x08, 0x02, 0x00, 0x01, 0x00, 0x02, 0x00, ns, 0x00, 0x00}, 10);
	return len;
}

/* What we send now has this number, or none (-1). */
static void we_send(struct fixture *f, int ns)
{
	uint8_t buf[256];
	size_t header = ns < 0 ? 10 : 14;

	lab_send(f->lab.server, "10.1.0.2", 5000, "x", 1);
	assert_int_equal(receive(f, f->lab.peer, buf, sizeof(buf)), header + 29);
	assert_int_equal(buf[0], ns < 0 ? 0 : 0x08);
	if (ns >= 0)
		assert_memory_equal(buf + 6, ((uint8_t[]){0, (uint8_t)ns, 0, 0}), 4);
}

/* RFC 2661 5.4: we number while the peer does, and what is late is dropped. */
static void test_follow(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[256];

	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	set_session(f, L2X_SESSION_CHECK_NS, "192.0.2.1", "192.0.2.2");
	we_send(f, -1);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, numbered(buf, 5, "x"));
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 1);
	assert_int_equal(counters(f).rx[L2X_LEVEL_USER].packets, 1);
	we_send(f, 0);
	we_send(f, 1);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, numbered(buf, 5, "x"));
	wait_drops(f, false, L2X_DROP_LATE, 1);
	/* It ceases, and BPF has the session again. It goes on, and so do the numbers of both. */
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, tunnelled(buf, "10.1.0.2", "x"));
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 1);
	we_send(f, -1);
	assert_int_equal(counters(f).tx[L2X_LEVEL_XDP].packets, 2);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, numbered(buf, 4, "x"));
	wait_drops(f, false, L2X_DROP_LATE, 2);
	we_send(f, -1);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, numbered(buf, 6, "x"));
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 1);
	we_send(f, 2);
}

/* The peer's kernel wants the UDP checksum to be there, and right. */
static void ipv6_underlay(struct fixture *f, enum config_dataplane level, enum l2x_level counts)
{
	start(f, level, FORWARD_XDP);
	set_session(f, 0, "2001:db8::1", "2001:db8::2");
	both_ways(f, f->lab.peer6, "2001:db8::1", HEADER, 10);
	counted(f, counts);
}

static void test_ipv6_xdp(void **state)
{
	ipv6_underlay(*state, DATAPLANE_AUTO, L2X_LEVEL_XDP);
}

static void test_ipv6_tc(void **state)
{
	ipv6_underlay(*state, DATAPLANE_TC, L2X_LEVEL_TC);
}

static void test_ipv6_user(void **state)
{
	ipv6_underlay(*state, DATAPLANE_USER, L2X_LEVEL_USER);
}

/* A packet that fills the inner MTU is larger than the underlay's: sent in fragments, by userspace.
 */
static void test_fragments(void **state)
{
	struct fixture *f = *state;
	uint8_t data[1472], buf[2048];

	memset(data, 'x', sizeof(data));
	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	lab_send(f->lab.server, "10.1.0.2", 5000, data, sizeof(data));
	assert_int_equal(receive(f, f->lab.peer, buf, sizeof(buf)), 10 + 1500);
	assert_memory_equal(buf, HEADER, 10);
	assert_memory_equal(buf + 38, data, sizeof(data));
	lab_udp4(buf + 10, "10.1.0.2", 5000, "10.2.0.2", 7777, data, sizeof(data));
	memcpy(buf, "\x00\x02\x00\x01\x00\x02", 6);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, 1510);
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 1472);
	assert_int_equal(counters(f).tx[L2X_LEVEL_USER].packets, 1);
	assert_int_equal(counters(f).rx[L2X_LEVEL_USER].packets, 1);
	assert_int_equal(counters(f).rx[L2X_LEVEL_USER].bytes, 1500);
}

/* The kernel leaves the checksums of its own packets open: they are completed before they go out.
 */
static void test_checksum(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[256];
	int local;

	start(f, DATAPLANE_USER, FORWARD_KERNEL);
	local = lab_udp(&f->lab, f->lab.ours, "10.1.0.1", 6000);
	lab_send(local, "10.1.0.2", 5000, "own", 3);
	assert_int_equal(receive(f, f->lab.peer, buf, sizeof(buf)), 10 + 28 + 3);
	assert_int_equal(lab_sum(buf + 10, 20, 0), 0xffff);
	assert_int_equal(lab_sum(buf + 22, 16 + 3, 17 + 8 + 3), 0xffff);
	close(local);
}

/* What a forced level cannot do is dropped, not done by another one. */
static void test_forced(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[256];
	size_t len = tunnelled(buf, "10.1.0.2", "x");

	start(f, DATAPLANE_TC, FORWARD_KERNEL);
	set_session(f, L2X_SESSION_SEQUENCED, "192.0.2.1", "192.0.2.2");
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len);
	wait_drops(f, false, L2X_DROP_LEVEL, 1);
	lab_send(f->lab.server, "10.1.0.2", 5000, "x", 1);
	wait_drops(f, false, L2X_DROP_LEVEL, 2);
}

/* The first packets towards a neighbour that is not known are lost, but then it is. */
static void test_xdp_finds_neighbour(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[256];
	size_t len = tunnelled(buf, "10.1.0.2", "x");

	sh("ip neigh flush dev w0");
	start(f, DATAPLANE_XDP, FORWARD_XDP);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len);
	wait_drops(f, false, L2X_DROP_LEVEL, 1);
	for (time_t until = now() + SECONDS; now() < until;)
		if (!sh_status("ip neigh show 10.2.0.2 dev w0 | grep -q REACHABLE"))
			break;
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len);
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 1);
	assert_int_equal(counters(f).rx[L2X_LEVEL_XDP].packets, 1);
}

/* lo has no native XDP, and tc is used there all the same. Names that are wrong are told so. */
static void test_attach(void **state)
{
	struct dataplane_interface list[4];
	struct fixture *f = *state;
	unsigned ifindex;

	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	f->log.level = LOG_LEVEL_ERROR;
	assert_int_equal(dataplane_attach(f->dp, "lo", FORWARD_XDP), 0);
	assert_int_equal(dataplane_interfaces(f->dp, list, 4), 3);
	assert_true(list[0].xdp && list[0].tc && !list[0].note[0]);
	assert_string_equal(list[2].name, "lo");
	assert_true(!list[2].xdp && list[2].tc && list[2].note[0]);
	assert_int_equal(dataplane_attach(f->dp, "v0", FORWARD_XDP), 0);
	assert_int_equal(dataplane_attach(f->dp, "v0", FORWARD_KERNEL), 0);
	assert_int_equal(dataplane_interfaces(f->dp, list, 4), 3);
	assert_true(!list[2].xdp && list[2].tc && list[2].forward == FORWARD_KERNEL);
	assert_int_equal(dataplane_detach(f->dp, "v0"), 0);
	assert_int_equal(dataplane_detach(f->dp, "v0"), -ENOENT);
	assert_int_not_equal(sh_status("tc qdisc show dev v0 | grep -q clsact"), 0);
	assert_int_equal(dataplane_attach(f->dp, "nowhere", FORWARD_XDP), -ENODEV);
	f->log.sink = NULL;
	assert_int_equal(dataplane_netdev_get(f->dp, "v0", &ifindex), -EEXIST);
	assert_int_equal(dataplane_netdev_get(f->dp, "", &ifindex), -EINVAL);
	assert_int_equal(dataplane_netdev_get(f->dp, "l2x%d", &ifindex), -EINVAL);
	f->log.sink = &log_stderr;
	assert_int_equal(dataplane_netdev_get(f->dp, "l2xt", &ifindex), 0);
	assert_int_equal(ifindex, f->netdev);
	dataplane_netdev_put(f->dp, "l2xt");
	assert_int_equal(if_nametoindex("l2xt"), f->netdev);
	dataplane_netdev_put(f->dp, "l2xt");
	assert_int_equal(if_nametoindex("l2xt"), 0);
}

/* The administrator's own qdisc stays. */
static void test_foreign_qdisc(void **state)
{
	struct fixture *f = *state;

	sh("tc qdisc add dev v0 clsact");
	start(f, DATAPLANE_AUTO, FORWARD_KERNEL);
	assert_int_equal(net_clsact_filters(f->net, if_nametoindex("v0")) > 0, 1);
	dataplane_close(f->dp);
	f->dp = NULL;
	assert_int_equal(net_clsact_filters(f->net, if_nametoindex("v0")), 0);
	assert_int_equal(sh_status("tc qdisc show dev v0 | grep -q clsact"), 0);
}

/* A child opens everything and dies of it. Then the data path still forwards, and the next instance
 * starts. */
static void test_crash(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[256];
	size_t len = tunnelled(buf, "10.1.0.2", "alive");
	unsigned old;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		start(f, DATAPLANE_AUTO, FORWARD_XDP);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	old = if_nametoindex("l2xt");
	assert_int_not_equal(old, 0);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len);
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 5);
	whole_level(f, DATAPLANE_AUTO, FORWARD_XDP, L2X_LEVEL_XDP);
}

static void test_crash_then_user(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		start(f, DATAPLANE_AUTO, FORWARD_XDP);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	whole_level(f, DATAPLANE_USER, FORWARD_XDP, L2X_LEVEL_USER);
}

/* Two instances cannot have one path, nor one port; the first one does not notice. */
static void test_two_instances(void **state)
{
	struct fixture *f = *state;
	struct dataplane *second;

	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	f->log.sink = NULL;
	assert_int_equal(open_level(f, DATAPLANE_AUTO, 1702, &second), -EBUSY);
	assert_int_equal(open_level(f, DATAPLANE_USER, 1701, &second), -EADDRINUSE);
	assert_int_equal(open_level(f, DATAPLANE_USER, 1702, &second), 0);
	dataplane_close(second);
	f->log.sink = &log_stderr;
	both_ways(f, f->lab.peer, "192.0.2.1", HEADER, 10);
	counted(f, L2X_LEVEL_XDP);
}

static void test_full(void **state)
{
	struct fixture *f = *state;
	struct dataplane_session s = {.mtu = 1400};

	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	s.path.peer.ip = addr("192.0.2.9");
	for (uint16_t id = 10; id < 13; id++) {
		s.key = (struct l2x_session_key){1, id};
		assert_int_equal(dataplane_session_set(f->dp, &s), 0);
	}
	s.key.session_id = 13;
	assert_int_equal(dataplane_session_set(f->dp, &s), -ENOSPC);
	assert_int_equal(dataplane_session_del(f->dp, (struct l2x_session_key){1, 10}), 0);
	assert_int_equal(dataplane_session_set(f->dp, &s), 0);
	assert_int_equal(dataplane_session_del(f->dp, (struct l2x_session_key){1, 10}), -ENOENT);
	both_ways(f, f->lab.peer, "192.0.2.1", HEADER, 10);
	/* A session that gets the counters of another starts at zero. */
	assert_int_equal(counters(f).rx[L2X_LEVEL_XDP].packets, 1);
	assert_int_equal(dataplane_session_del(f->dp, key), 0);
	set_session(f, 0, "192.0.2.1", "192.0.2.2");
	assert_int_equal(counters(f).rx[L2X_LEVEL_XDP].packets, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_user),
		TEST(test_tc),
		TEST(test_xdp),
		TEST(test_auto_kernel),
		TEST(test_auto_xdp),
		TEST(test_sequenced),
		TEST(test_follow),
		TEST(test_ipv6_xdp),
		TEST(test_ipv6_tc),
		TEST(test_ipv6_user),
		TEST(test_checksum),
		TEST(test_fragments),
		TEST(test_forced),
		TEST(test_xdp_finds_neighbour),
		TEST(test_attach),
		TEST(test_foreign_qdisc),
		TEST(test_crash),
		TEST(test_two_instances),
		TEST(test_crash_then_user),
		TEST(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
