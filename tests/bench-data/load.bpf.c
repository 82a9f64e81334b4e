// SPDX-License-Identifier: GPL-2.0-only
/*
 * The benchmark's own programs.
 *
 *   load_generate  run by BPF_PROG_TEST_RUN with live frames: makes each frame anew (the kernel
 *                  hands out used ones, with what their receiver wrote) and redirects it
 *                  Pairs and copies are held back while many are on their way: were one of two
 *                  lost in a queue, it would not be two that are compared
 *   load_baseline  what everything is compared with: a lookup in the kernel's tables and a
 *                  redirect, as in the kernel's own sample xdp_fwd
 *   load_sink      counts what arrives, and drops it; load_sink_tc the same where packets come as the kernel has them,
 *                  which XDP would copy first
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>
#include "load.h"

#define AF_INET 2

/* Of a queue of 256 frames. */
#define PAIRS_ON_THEIR_WAY 192
#define PROGRESS_STEP	   16

struct load load;
struct load_progress progress[LOAD_CORES];

/* Of what is held back. */
struct {
	__u64 sent; /* of pairs and copies: twos */
	__u32 in_vain;
	__u32 second;
	__u32 flow;
	__u16 number;
} turn;

__u16 numbers[LOAD_SETS];

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct load_flow);
	__uint(max_entries, LOAD_FLOWS);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1024);
} ports SEC(".maps");

/* Frames at the sink: [0] all, [1] those of the right length. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 2);
} arrived SEC(".maps");

/* Replaces a 32-bit address that lies where the template has zero, and corrects the checksum. */
static __always_inline void put_addr(void *at, __be16 *check, __be32 addr)
{
	__u32 sum = (__u16) ~*check;

	sum += (addr & 0xffff) + (addr >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	*check = (__u16)~sum;
	*(__be32 *)at = addr;
}

static __always_inline const struct load_flow *pick_flow(void)
{
	__u32 i = load.first + (__u32)((__u64)bpf_get_prandom_u32() * load.flows >> 32);

	return bpf_map_lookup_elem(&flows, &i);
}

static __always_inline void put_tunnelled(void *data, struct iphdr *ip,
					  const struct load_flow *flow)
{
	struct iphdr *outer = data + ETH_HLEN;

	put_addr(&ip->saddr, &ip->check, flow->addr);
	put_addr(&outer->saddr, &outer->check, flow->peer);
	__builtin_memcpy(data + LOAD_IDS, flow, 4);
}

/* Unless too many are on their way; packets: that arrive of each one. */
static __always_inline bool may_send(__u64 most, __u64 packets)
{
	const __u64 arrived = (*(volatile __u64 *)&progress[0].arrived +
			       *(volatile __u64 *)&progress[1].arrived) /
			      packets;

	if (turn.sent - arrived > most && ++turn.in_vain < LOAD_GIVE_UP)
		return false;
	if (turn.in_vain >= LOAD_GIVE_UP)
		turn.sent = arrived;
	turn.in_vain = 0;
	turn.sent++;
	return true;
}

static __always_inline int generate(void *data, void *data_end, const __u32 len, const __u32 inner)
{
	const struct load_flow *flow;
	struct iphdr *ip = data + inner;

	if (data + len > data_end || (load.window && !may_send(load.window, 1)))
		return XDP_DROP;
	__builtin_memcpy(data, load.frame, len);
	if (load.flows > 1) {
		flow = pick_flow();
		if (!flow)
			return XDP_DROP;
		if (len == LOAD_L2TP)
			put_tunnelled(data, ip, flow);
		else
			put_addr(&ip->daddr, &ip->check, flow->addr);
	}
	return (int)bpf_redirect(load.ifindex, 0);
}

/* The next two of a flow and the one behind it; or too many are on their way. */
static __always_inline bool next_two(void)
{
	__u32 set;

	if (!may_send(PAIRS_ON_THEIR_WAY, load.arrive == 2 ? 2 : 1))
		return false;
	set = (__u32)((__u64)bpf_get_prandom_u32() * (load.flows / 2) >> 32);
	turn.flow = load.first + 2 * set;
	if (set < LOAD_SETS)
		turn.number = numbers[set]++;
	return true;
}

static __always_inline int generate_two(void *data, void *data_end, const __u32 len)
{
	const struct load_flow *flow;
	__u32 i, leg;

	if (data + len > data_end || (!turn.second && !next_two()))
		return XDP_DROP;
	/* Now one is ahead, now the other. */
	leg = (turn.second ^ turn.number) & 1;
	turn.second ^= 1;
	i = turn.flow + leg;
	flow = bpf_map_lookup_elem(&flows, &i);
	if (!flow)
		return XDP_DROP;
	__builtin_memcpy(data, load.frame, len);
	put_tunnelled(data, data + ETH_HLEN + LOAD_OUTER + (len - LOAD_L2TP), flow);
	if (len == LOAD_COPY)
		*(__be16 *)(data + LOAD_NS) = bpf_htons(turn.number);
	return (int)bpf_redirect(leg ? load.ifindex2 : load.ifindex, 0);
}

SEC("xdp")
int load_generate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;

	switch (load.kind) {
	case LOAD_IS_TUNNELLED:
		return generate(data, data_end, LOAD_L2TP, ETH_HLEN + LOAD_OUTER);
	case LOAD_IS_PAIR:
		return generate_two(data, data_end, LOAD_L2TP);
	case LOAD_IS_COPIES:
		return generate_two(data, data_end, LOAD_COPY);
	default:
		return generate(data, data_end, LOAD_PLAIN, ETH_HLEN);
	}
}

SEC("xdp")
int load_baseline(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct bpf_fib_lookup fib = {};
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	__u32 sum;

	if ((void *)(ip + 1) > data_end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ttl <= 1)
		return XDP_PASS;
	fib.family = AF_INET;
	fib.tos = ip->tos;
	fib.l4_protocol = ip->protocol;
	fib.tot_len = bpf_ntohs(ip->tot_len);
	fib.ipv4_src = ip->saddr;
	fib.ipv4_dst = ip->daddr;
	fib.ifindex = ctx->ingress_ifindex;
	if (bpf_fib_lookup(ctx, &fib, sizeof(fib), 0) != BPF_FIB_LKUP_RET_SUCCESS)
		return XDP_PASS;
	sum = ip->check + (__u32)bpf_htons(0x0100);
	ip->check = (__u16)(sum + (sum >= 0xffff));
	ip->ttl--;
	__builtin_memcpy(eth->h_dest, fib.dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, fib.smac, ETH_ALEN);
	return (int)bpf_redirect_map(&ports, fib.ifindex, 0);
}

static __always_inline __u64 count(__u32 i)
{
	__u64 *n = bpf_map_lookup_elem(&arrived, &i);

	return n ? ++*n : 0;
}

static __always_inline void arrives(__u32 len)
{
	const __u64 all = count(0);
	const __u32 core = bpf_get_smp_processor_id();

	if (len == load.sink_len)
		count(1);
	if (core < LOAD_CORES && !(all % PROGRESS_STEP))
		progress[core].arrived = all;
}

SEC("xdp")
int load_sink(struct xdp_md *ctx)
{
	arrives((__u32)(ctx->data_end - ctx->data));
	return XDP_DROP;
}

SEC("tc")
int load_sink_tc(struct __sk_buff *skb)
{
	arrives(skb->len);
	return TC_ACT_SHOT;
}

char _license[] SEC("license") = "GPL";
