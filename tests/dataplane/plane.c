// SPDX-License-Identifier: GPL-2.0-only
/* The data path in the lab, see plane.h. */
#include "plane.h"

#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct l2x_session_key key = {1, 2};

static void on_control(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	struct fixture *f = owner;

	assert_true(len <= sizeof(f->control));
	memcpy(f->control, msg, len);
	f->control_len = len;
	f->control_path = *path;
}

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

struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	assert_int_equal(ip_addr_parse(&a, text), 0);
	return a;
}

int open_level(struct fixture *f, enum config_dataplane level, uint16_t port, struct dataplane **dp)
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
		.max_sets = 2,
		.listen = listen,
		.listen_count = 2,
	};

	return dataplane_open(dp, &setup);
}

void set_session(struct fixture *f, uint32_t flags, const char *local, const char *peer)
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

void start(struct fixture *f, enum config_dataplane level, enum config_forward forward)
{
	struct ip_addr client = addr("10.1.0.2"), local = addr("10.1.0.1");
	struct net_route r = {.prefix = ip_prefix_host(&client), .table = NET_TABLE_MAIN};
	struct ip_prefix p = ip_prefix_host(&local);

	assert_int_equal(open_level(f, level, 1701, &f->dp), 0);
	assert_int_equal(dataplane_netdev_get(f->dp, "l2xt", &f->netdev), 0);
	assert_int_equal(net_link_setup(f->net, f->netdev, 1500), 0);
	assert_int_equal(net_address_add(f->net, f->netdev, &p), 0);
	set_session(f, 0, "192.0.2.1", "192.0.2.2");
	assert_int_equal(dataplane_route_add(f->dp, f->netdev, &r.prefix,
					     (struct l2x_route){.session = key}),
			 0);
	r.ifindex = f->netdev;
	assert_int_equal(net_route_add(f->net, &r), 0);
	assert_int_equal(dataplane_attach(f->dp, "v0", forward), 0);
	assert_int_equal(dataplane_attach(f->dp, "w0", forward), 0);
}

int setup(void **state)
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

int teardown(void **state)
{
	struct fixture *f = *state;

	dataplane_close(f->dp);
	net_close(f->net);
	event_base_free(f->base);
	lab_close(&f->lab);
	free(f);
	return 0;
}

time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

size_t receive(struct fixture *f, int fd, uint8_t *buf, size_t room)
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

struct l2x_counters counters(struct fixture *f)
{
	struct l2x_counters c;

	assert_int_equal(dataplane_session_counters(f->dp, key, &c), 0);
	return c;
}

void wait_drops(struct fixture *f, bool global, enum l2x_reason reason, uint64_t value)
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

size_t tunnelled(uint8_t *buf, const char *src, const char *data)
{
	static const uint8_t head[] = {0x00, 0x02, 0x00, 0x01, 0x00, 0x02, 0xff, 0x03, 0x00, 0x21};

	memcpy(buf, head, sizeof(head));
	return sizeof(head) +
	       lab_udp4(buf + sizeof(head), src, 5000, "10.2.0.2", 7777, data, strlen(data));
}

void both_ways(struct fixture *f, int peer, const char *ours, const void *header, size_t header_len)
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

void counted(struct fixture *f, enum l2x_level level)
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
	/* Priority: it is an LCP Echo (RFC 2661 3.1). */
	assert_memory_equal(buf, "\x01\x02\x12\x34\x56\x78\xff\x03\xc0\x21", 10);
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

void whole_level(struct fixture *f, enum config_dataplane config, enum config_forward forward,
		 enum l2x_level level)
{
	start(f, config, forward);
	both_ways(f, f->lab.peer, "192.0.2.1", HEADER, 10);
	counted(f, level);
	refused(f);
	handed_up(f);
	nothing_left(f);
}
