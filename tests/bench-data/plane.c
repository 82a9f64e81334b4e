// SPDX-License-Identifier: GPL-2.0-only
/* The data path under test, opened and filled through its API, see bench.h. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include "bench.h"
#include "load.skel.h"

#define RATE 1000000000000 /* bits a second */

static void on_control(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	(void)owner, (void)path, (void)msg, (void)len;
}

static void on_ppp(void *owner, struct l2x_session_key key, const uint8_t *frame, size_t len)
{
	(void)owner, (void)key, (void)frame, (void)len;
}

static void on_captured(void *owner, const struct dataplane_captured *got)
{
	struct bench *b = owner;

	(void)got;
	b->captured++;
}

static const struct dataplane_ops ops = {
	.control = on_control,
	.ppp = on_ppp,
	.captured = on_captured,
};

/* In the namespace that the caller is in. Sizes are the configuration's defaults. */
struct dataplane *plane_open(struct bench *b, enum config_dataplane level, const char *name,
			     unsigned *netdev)
{
	struct ip_addr listen = bench_addr("0.0.0.0");
	char path[64];
	struct dataplane_setup setup = {
		.ops = &ops,
		.owner = b,
		.base = b->base,
		.log = &b->log,
		.level = level,
		.bpf_path = path,
		.port = 1701,
		.max_sessions = 65000,
		.max_routes = 250000,
		.max_sets = LOAD_SETS,
		.listen = &listen,
		.listen_count = 1,
	};
	struct dataplane *dp;
	struct net *net;

	snprintf(path, sizeof(path), "/sys/fs/bpf/%s", name);
	if (dataplane_open(&dp, &setup) || dataplane_netdev_get(dp, name, netdev))
		die("cannot open the data path");
	must(!net_open(&net), "net_open");
	must(!net_link_setup(net, *netdev, 1460), name);
	net_close(net);
	return dp;
}

static void add_session(const struct bench *b, struct dataplane *dp, struct net *net,
			unsigned netdev, unsigned i, const struct load_flow *flow,
			const char *local, uint32_t set)
{
	struct dataplane_session s = {
		.key = {.tunnel_id = ntohs(flow->tunnel_id), .session_id = ntohs(flow->session_id)},
		.peer_tunnel_id = (uint16_t)(i % TUNNELS + 1),
		.peer_session_id = (uint16_t)(i + 1),
		.flags = L2X_SESSION_IPV4 | L2X_SESSION_IPV6,
		.netdev = netdev,
		.mtu = 1456,
		.set = set,
		.path = {.local = {bench_addr(local), 1701, 0},
			 .peer = {ip_addr_v4((struct in_addr){flow->peer}), 1701, 0}},
	};
	struct ip_addr a = ip_addr_v4((struct in_addr){flow->addr});
	struct net_route r = {.prefix = ip_prefix_host(&a),
			      .ifindex = netdev,
			      .table = NET_TABLE_MAIN};
	struct l2x_route to = {.session = s.key};

	if (b->checks) {
		s.flags |= L2X_SESSION_MSS_FIX;
		s.rate_rx = s.rate_tx = RATE;
	}
	if (set)
		to = (struct l2x_route){.set = set};
	if (dataplane_session_set(dp, &s))
		die("cannot add session %u", i);
	/* Another leg's already. */
	if (set && i % 2)
		return;
	if (dataplane_route_add(dp, netdev, &r.prefix, to) || net_route_add(net, &r))
		die("cannot add the route of session %u", i);
}

/* Ids are scattered, as those of a controller that has run for a while. */
struct load_flow plane_flow(struct bench *b, unsigned i, unsigned addr, const char *local)
{
	uint16_t id = (uint16_t)(i * 40503 + 1);
	struct load_flow flow = {
		.tunnel_id = htons((uint16_t)(i % TUNNELS + 1)),
		.session_id = htons(id ? id : (uint16_t)(65500 * 40503u + 1)),
		.addr = htonl(ntohl(inet_addr("10.64.0.1")) + addr),
		.peer = htonl(ntohl(inet_addr(local)) + 1 + i % TUNNELS),
	};

	must(!bpf_map_update_elem(bpf_map__fd(b->load->maps.flows), &i, &flow, 0), "flows");
	return flow;
}

void plane_sessions(struct bench *b, struct dataplane *dp, unsigned netdev, unsigned n,
		    bool peer_in)
{
	const char *local = peer_in ? "192.0.2.1" : "198.51.100.1";
	struct net *net;

	must(!net_open(&net), "net_open");
	for (unsigned i = 0; i < n; i++) {
		struct load_flow flow = plane_flow(b, i, i, local);

		add_session(b, dp, net, netdev, i, &flow, local, 0);
	}
	net_close(net);
}

void plane_sets(struct bench *b, struct dataplane *dp, unsigned netdev, unsigned n, bool peer_in,
		bool no_sets)
{
	const struct dataplane_set_setup setup = {.skew = LOAD_SKEW};
	uint32_t set = 0;
	struct net *net;

	must(!net_open(&net), "net_open");
	for (unsigned i = 0; i < 2 * n + 2; i++) {
		const char *local = peer_in ? "192.0.2.1" : i % 2 ? "203.0.113.1" : "198.51.100.1";
		const bool leg = i < 2 * n && !no_sets;
		struct load_flow flow = plane_flow(b, i, leg ? i / 2 : i, local);

		if (leg && !(i % 2) && dataplane_set_new(dp, &setup, &set))
			die("cannot make set %u", i / 2);
		add_session(b, dp, net, netdev, i, &flow, local, leg ? set : 0);
	}
	net_close(net);
}

/* Half of a relayed call: what comes by it leaves by the other one. */
static void add_half(struct dataplane *dp, unsigned netdev, const struct load_flow *flow,
		     const struct load_flow *other, const char *local)
{
	const struct dataplane_session s = {
		.key = {ntohs(flow->tunnel_id), ntohs(flow->session_id)},
		.peer_tunnel_id = ntohs(flow->tunnel_id),
		.peer_session_id = ntohs(flow->session_id),
		.flags = L2X_SESSION_RELAY,
		.netdev = netdev,
		.mtu = 1456,
		.relay = {ntohs(other->tunnel_id), ntohs(other->session_id)},
		.path = {.local = {bench_addr(local), 1701, 0},
			 .peer = {ip_addr_v4((struct in_addr){flow->peer}), 1701, 0}},
	};

	if (dataplane_session_set(dp, &s))
		die("cannot add half of a relayed call, session %u", s.key.session_id);
}

void plane_relay(struct bench *b, struct dataplane *dp, unsigned netdev, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct load_flow far = plane_flow(b, n + i, n + i, "198.51.100.1"),
				 near = plane_flow(b, i, i, "192.0.2.1");

		far.tunnel_id = htons((uint16_t)(ntohs(far.tunnel_id) + TUNNELS));
		add_half(dp, netdev, &near, &far, "192.0.2.1");
		add_half(dp, netdev, &far, &near, "198.51.100.1");
	}
}
