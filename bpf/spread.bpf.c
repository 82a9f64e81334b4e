// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spreads packets over CPUs, in front of l2x_xdp (`spread: cpus`). A tunnel is one flow to a NIC, so
 * all of it comes in by one receive queue, on one CPU. This program only looks far enough inside to
 * tell flows apart, and hands the frame to a CPU; there l2x_xdp runs, as the program of a cpumap.
 *
 *   data message			by the inner packet's flow
 *   data message with a number, PPP's	by the session: the order of numbers is looked at per session
 *     own frames
 *   control message, no IP packet	stays, and goes to the socket or the stack
 *   any other IP packet		by its flow
 *
 * So the packets of a flow stay in order, and so do those of a session with sequence numbers.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "flow.h"
#include "l2tp.h"
#include "l2x/spread.h"
#include "ppp.h"

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
	__uint(max_entries, 2);
} spread_cpus SEC(".maps");

const volatile struct l2x_spread spread = {.port = L2TP_PORT, .cpus = 1};

static __always_inline int hash_inner(const struct pkt *p, bool v6, __u64 off, __u64 end,
				      __u32 *hash)
{
	struct inner in;

	if (parse_inner(p, v6, off, end, &in) < 0)
		return -1;
	*hash = flow_hash(p, &in);
	return 0;
}

/* Behind the UDP header. -1: not payload, and not for a CPU. */
static __always_inline int hash_l2tp(const struct pkt *p, __u64 off, __u64 end, __u32 *hash)
{
	struct l2x_session_key key;
	const int bits = parse_l2tp(p, &off, &end, &key);

	if (bits < 0)
		return -1;
	*hash = l2x_flow_mix(l2x_flow_mix(0, key.tunnel_id), key.session_id);
	if (bits & L2TP_S)
		return 0;
	switch (parse_ppp(p, &off, end)) {
	case PPP_PROTO_IPV4:
		hash_inner(p, false, off, end, hash);
		break;
	case PPP_PROTO_IPV6:
		hash_inner(p, true, off, end, hash);
		break;
	}
	return 0;
}

static __always_inline int hash_ip(const struct pkt *p, bool v6, __u64 off, __u32 *hash)
{
	struct udp_view udp = {};
	__u64 behind = off;

	if (!parse_udp(p, v6, &behind, spread.port, &udp))
		return hash_l2tp(p, behind, udp.end, hash);
	return hash_inner(p, v6, off, p->len, hash);
}

SEC("xdp")
int l2x_xdp_spread(struct xdp_md *ctx)
{
	struct pkt p = {.data = (void *)(long)ctx->data, .data_end = (void *)(long)ctx->data_end};
	__u32 hash = 0, at;
	__u64 off = 0;
	int err = -1;

	p.len = p.data_end - p.data;
	switch (parse_eth(&p, &off)) {
	case ETH_P_IP:
		err = hash_ip(&p, false, off, &hash);
		break;
	case ETH_P_IPV6:
		err = hash_ip(&p, true, off, &hash);
		break;
	}
	at = (__u64)hash * spread.cpus >> 32;
	if (err || at >= L2X_SPREAD_CPUS)
		return XDP_PASS;
	return (int)bpf_redirect_map(&spread_cpus, spread.cpu[at], XDP_PASS);
}

char _license[] SEC("license") = "GPL";
