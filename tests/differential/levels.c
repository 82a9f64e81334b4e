// SPDX-License-Identifier: GPL-2.0-only
/* The levels side by side: what they consist of, see levels.h. */
#include "levels.h"
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "dataplane/private.h"
#include "l2x/wire.h"

#define BPF_PATH "/sys/fs/bpf/l2x-test-differential"

static int packet_socket(const char *name, int type)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET,
				 .sll_ifindex = (int)if_nametoindex(name),
				 .sll_protocol = htons(ETH_P_ALL)};
	int fd = socket(AF_PACKET, type | SOCK_CLOEXEC, 0), one = 1;

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ll, sizeof(ll)), 0);
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)), 0);
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)), 0);
	return fd;
}

static void on_control(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	struct levels *l = owner;

	(void)msg;
	(void)len;
	if (path->peer.port == LEVELS_FENCE_PORT)
		l->fence++;
	else
		l->up++;
}

static void on_ppp(void *owner, struct l2x_session_key key, const uint8_t *frame, size_t len)
{
	struct levels *l = owner;

	(void)key;
	(void)frame;
	(void)len;
	l->up++;
}

static const struct dataplane_ops ops = {.control = on_control, .ppp = on_ppp};

unsigned levels_index(const struct known *s)
{
	return s ? s->id - 19u : 0;
}

/* A program that always says the same. */
static int constant_program(enum bpf_prog_type type, int verdict)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = verdict},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(type, NULL, "GPL", insns, 2, NULL);

	assert_true(fd >= 0);
	return fd;
}

/* Behind our own program, where there is one. */
static void swallow(const char *name, int fd, bool alone)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)if_nametoindex(name),
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = fd, .priority = 60000);

	if (alone)
		assert_int_equal(bpf_tc_hook_create(&hook), 0);
	assert_int_equal(bpf_tc_attach(&hook, &opts), 0);
}

static void addresses(const struct known *s, struct udp_path *path)
{
	char local[32], peer[32];

	snprintf(local, sizeof(local), s->family == 6 ? "2001:db8:1::%u" : "192.0.2.%u", s->local);
	snprintf(peer, sizeof(peer), s->family == 6 ? "2001:db8:1::2" : "192.0.2.2");
	*path = (struct udp_path){.local.port = L2TP_PORT, .peer.port = s->peer_port};
	assert_int_equal(ip_addr_parse(&path->local.ip, local), 0);
	assert_int_equal(ip_addr_parse(&path->peer.ip, peer), 0);
}

static void set_user(struct levels *l, const struct known *s)
{
	struct dataplane_session session = {
		.key = {MODEL_TUNNEL, s->id},
		.peer_tunnel_id = MODEL_PEER_ID,
		.peer_session_id = s->id + MODEL_ID_OFFSET,
		.flags = s->flags,
		.netdev = l->netdev,
		.mtu = s->mtu,
		.relay = {MODEL_TUNNEL, s->relay},
		.rate_rx = s->limit,
		.rate_tx = s->limit,
		.total = s->total,
	};

	addresses(s, &session.path);
	assert_int_equal(dataplane_session_set(l->dp, &session), 0);
}

static void set_bpf(struct levels *l, const struct known *s)
{
	const __u32 cost = rate_cost(s->limit), index = levels_index(s);
	const struct l2x_limit limit = {.cost_rx = cost, .cost_tx = cost, .total = s->total};
	struct l2x_session value = {
		.key = {MODEL_TUNNEL, s->id},
		.peer_tunnel_id = MODEL_PEER_ID,
		.peer_session_id = s->id + MODEL_ID_OFFSET,
		.flags = (__u16)s->flags,
		.stats_index = index,
		.mtu = s->mtu,
	};
	struct l2x_underlay u = {.local_port = htons(L2TP_PORT),
				 .peer_port = htons(s->peer_port),
				 .family = s->family == 6 ? AF_INET6 : AF_INET};
	struct udp_path path;

	addresses(s, &path);
	memcpy(u.local, path.local.ip.bytes, sizeof(u.local));
	memcpy(u.peer, path.peer.ip.bytes, sizeof(u.peer));
	if (cost || s->total)
		value.flags |= L2X_SESSION_LIMITED;
	if (s->flags & L2X_SESSION_RELAY)
		value.relay = (struct l2x_session_key){MODEL_TUNNEL, s->relay};
	else
		value.netdev = l->lab.netdev;
	assert_int_equal(bpf_map__update_elem(l->lab.bpf->maps.limits, &index, sizeof(index),
					      &limit, sizeof(limit), 0),
			 0);
	lab_session(l->lab.bpf, value, &u);
}

/* Nothing passes for years, at any level. */
static void exhaust(struct levels *l, const struct known *s)
{
	const struct l2x_bucket paid = {~0ull >> 1, ~0ull >> 1};
	const struct l2x_session_key key = {MODEL_TUNNEL, s->id};
	const __u32 index = levels_index(s);
	const int fd = bpf_map__fd(l->lab.bpf->maps.limits);
	struct l2x_limit limit;

	assert_int_equal(bpf_map_lookup_elem(fd, &index, &limit), 0);
	limit.bucket = paid;
	assert_int_equal(bpf_map_update_elem(fd, &index, &limit, 0), 0);
	l->dp->rates.limits[table_session(&l->dp->table, key)->value.stats_index].bucket = paid;
}

/* At each level: one that is never reached, and one through which nothing passes for years. */
static void set_totals(struct levels *l)
{
	const uint32_t cost = rate_cost(MODEL_AMPLE);
	struct l2x_total t = {.cost_rx = cost, .cost_tx = cost};

	for (__u32 i = MODEL_TOTAL_AMPLE; i <= MODEL_TOTAL_EXHAUSTED; i++) {
		uint32_t total;

		if (i == MODEL_TOTAL_EXHAUSTED)
			t.bucket = (struct l2x_bucket){~0ull >> 1, ~0ull >> 1};
		assert_int_equal(bpf_map__update_elem(l->lab.bpf->maps.totals, &i, sizeof(i), &t,
						      sizeof(t), 0),
				 0);
		assert_int_equal(dataplane_total_new(l->dp, &total), 0);
		assert_int_equal(total, i);
		dataplane_total_set(l->dp, total, MODEL_AMPLE, MODEL_AMPLE);
		l->dp->rates.totals[total].bucket = t.bucket;
	}
}

static void set_route(struct levels *l, const char *addr, unsigned len, uint16_t id)
{
	struct ip_prefix p = {.len = (uint8_t)len};

	assert_int_equal(ip_addr_parse(&p.addr, addr), 0);
	assert_int_equal(dataplane_route_add(l->dp, l->netdev, &p,
					     (struct l2x_route){.session = {MODEL_TUNNEL, id}}),
			 0);
	lab_route(l->lab.bpf, l->lab.netdev, addr, len, id);
}

static void set_sessions(struct levels *l)
{
	for (size_t i = 0; i < model_session_count; i++) {
		const struct known *s = &model_sessions[i];
		char net[32];

		assert_true(levels_index(s) < LEVELS_COUNTERS);
		set_user(l, s);
		set_bpf(l, s);
		if (s->limit == MODEL_EXHAUSTED)
			exhaust(l, s);
		snprintf(net, sizeof(net), "10.64.%u.0", s->id);
		set_route(l, net, 24, s->id);
		snprintf(net, sizeof(net), "2001:db8:64:%u::", s->id);
		set_route(l, net, 64, s->id);
	}
	set_route(l, "10.64.20.128", 25, 21);
}

static void open_user(struct levels *l)
{
	struct ip_addr listen[2];
	struct dataplane_setup setup = {
		.ops = &ops,
		.owner = l,
		.base = l->base,
		.log = &l->log,
		.level = DATAPLANE_USER,
		.bpf_path = BPF_PATH,
		.port = L2TP_PORT,
		.max_sessions = 64,
		.max_routes = 64,
		.listen = listen,
		.listen_count = 2,
	};

	assert_int_equal(ip_addr_parse(&listen[0], "0.0.0.0"), 0);
	assert_int_equal(ip_addr_parse(&listen[1], "::"), 0);
	assert_int_equal(dataplane_open(&l->dp, &setup), 0);
	assert_int_equal(dataplane_netdev_get(l->dp, "l2xu", &l->netdev), 0);
	/* The kernel has nothing to say on it. */
	lab_run("echo 1 > /proc/sys/net/ipv6/conf/l2xu/disable_ipv6");
	lab_run("ip link set l2xu mtu 3000 up");
}

/* XDP may run, and redirect, on this NIC. */
static void open_nic(struct levels *l, unsigned ifindex, uint8_t mac, int pass)
{
	struct bpf_devmap_val val = {.ifindex = ifindex};
	struct l2x_nic nic = {.mac = {2, 0, 0, 0, 0, mac}};

	assert_int_equal(bpf_map__update_elem(l->lab.bpf->maps.forward, &ifindex, sizeof(ifindex),
					      &val, sizeof(val), 0),
			 0);
	assert_int_equal(bpf_map__update_elem(l->lab.bpf->maps.nics, &ifindex, sizeof(ifindex),
					      &nic, sizeof(nic), 0),
			 0);
	assert_int_equal(bpf_xdp_attach((int)ifindex, pass, XDP_FLAGS_DRV_MODE, NULL), 0);
}

static void open_netdevs(struct levels *l)
{
	const int drop = constant_program(BPF_PROG_TYPE_SCHED_CLS, TC_ACT_SHOT);
	const int pass = constant_program(BPF_PROG_TYPE_XDP, XDP_PASS);

	lab_run("ip link add oracle0 address 02:00:00:00:00:%02x type veth peer name oraclep",
		MAC_UNDER);
	lab_run("ip link set oracle0 mtu 3000 up && ip link set oraclep mtu 3000 up");
	lab_run("ip link set l2x0 mtu 3000");
	/* Checksums are complete where we look at them. */
	lab_run("ethtool -K under0 tx off >/dev/null");
	lab_run("ip addr add 192.0.2.7/32 dev under0");
	lab_run("ip addr add 2001:db8:1::7/128 dev under0 nodad");
	lab_run("for i in all default oracle0; do echo 0 >/proc/sys/net/ipv4/conf/$i/rp_filter; "
		"done");
	open_user(l);
	open_nic(l, l->lab.under, MAC_UNDER, pass);
	open_nic(l, l->lab.pay, MAC_PAY, pass);
	lab_tc(l->lab.bpf->progs.l2x_tc_ingress, l->lab.under, true);
	lab_tc(l->lab.bpf->progs.l2x_tc_egress, l->lab.netdev, false);
	swallow("under0", drop, false);
	swallow("l2x0", drop, false);
	swallow("l2xu", drop, true);
	close(drop);
	close(pass);
	l->underp = packet_socket("underp", SOCK_RAW);
	l->oraclep = packet_socket("oraclep", SOCK_RAW);
	l->netdev_tc = packet_socket("l2x0", SOCK_DGRAM);
	l->netdev_user = packet_socket("l2xu", SOCK_DGRAM);
}

void levels_open(struct levels *l)
{
	memset(l, 0, sizeof(*l));
	logger_init(&l->log, &log_stderr, LOG_LEVEL_ERROR, "test");
	l->base = event_base_new();
	assert_non_null(l->base);
	lab_open(&l->lab);
	open_netdevs(l);
	set_totals(l);
	set_sessions(l);
}

void levels_close(struct levels *l)
{
	close(l->underp);
	close(l->oraclep);
	close(l->netdev_tc);
	close(l->netdev_user);
	dataplane_close(l->dp);
	event_base_free(l->base);
	lab_close(&l->lab);
}
