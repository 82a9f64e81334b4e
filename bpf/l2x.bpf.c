// SPDX-License-Identifier: GPL-2.0-only
/*
 * The data path's programs: which hook runs what. Each either finishes a packet, drops it with a
 * counted reason, or leaves it untouched to the level below (docs/design.md).
 *
 *   l2x_xdp         XDP, NICs between which the configuration lets XDP forward: decapsulate or
 *                   encapsulate, and redirect
 *   l2x_xdp_copies  after l2x_xdp, for a packet to an `ha` set: to the NICs of its legs
 *   l2x_xdp_leg     XDP, on the way out of those: encapsulate a copy for a leg of an `ha` set
 *   l2x_tc_ingress  clsact ingress, underlay NICs: decapsulate into the TUN netdev
 *   l2x_tc_egress   clsact egress, TUN netdevs: encapsulate, out by the NIC
 *
 *   l2x_tc_copies   after l2x_tc_egress, for a packet to an `ha` set: a clone for each leg but one
 *   l2x_tc_leg      after both: the packet or a clone, encapsulated for its leg
 *
 * Maps: maps.h. Options: `options`, read-only data.
 * Each has captures see a packet before and after it (capture.h).
 * The tc programs answer TC_ACT_UNSPEC for what they leave, so that other filters on the hook run
 * too.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include "capture.h"
#include "decap.h"
#include "encap.h"
#include "relay.h"
#include "replicate.h"
#include "replicate_tc.h"

static __always_inline int xdp_inner(struct xdp_md *ctx, const struct pkt *p, bool v6,
				     struct rx *rx)
{
	switch (receive_inner(ctx, p, true, v6, rx)) {
	case RX_ACCEPT:
		return decap_xdp(ctx, p, v6, rx);
	case RX_DROP:
		return XDP_DROP;
	default:
		return XDP_PASS;
	}
}

/* A switch that knows no better, and a NIC that is made to, also hand over what is for others. */
static __always_inline bool to_this_nic(const struct xdp_md *ctx, const struct pkt *p)
{
	const struct ethhdr *eth = pkt_at(p, 0, sizeof(*eth));
	const __u32 ifindex = ctx->ingress_ifindex;
	const struct l2x_nic *nic = bpf_map_lookup_elem(&nics, &ifindex);
	const __u16 *to, *mac;

	if (!eth || !nic)
		return false;
	to = (const __u16 *)eth->h_dest;
	mac = (const __u16 *)nic->mac;
	return to[0] == mac[0] && to[1] == mac[1] && to[2] == mac[2];
}

/* -1: it is not from a tunnel. A function of its own for the stack's sake. */
static __always_inline int xdp_from_tunnel(struct xdp_md *ctx, const struct pkt *p)
{
	struct rx rx;

	switch (receive(ctx, true, &rx)) {
	case RX_IPV4:
		return xdp_inner(ctx, p, false, &rx);
	case RX_IPV6:
		return xdp_inner(ctx, p, true, &rx);
	case RX_RELAY:
		return relay_xdp(ctx, p, &rx);
	case RX_DROP:
		return XDP_DROP;
	case RX_NOT_OURS:
		return -1;
	default:
		return XDP_PASS;
	}
}

static __always_inline int xdp_frame(struct xdp_md *ctx)
{
	struct pkt p;
	int verdict;

	pkt_of_xdp(ctx, &p);
	if (!to_this_nic(ctx, &p))
		return XDP_PASS;
	verdict = xdp_from_tunnel(ctx, &p);
	if (verdict >= 0)
		return verdict;
	/* A VLAN tag makes it a packet of another netdev than the one that we would ask the tables
	 * with. */
	switch (pkt_ethertype(&p)) {
	case ETH_P_IP:
		return encap_xdp(ctx, &p, false);
	case ETH_P_IPV6:
		return encap_xdp(ctx, &p, true);
	}
	return XDP_PASS;
}

SEC("xdp")
int l2x_xdp(struct xdp_md *ctx)
{
	int verdict;

	if (capture_on)
		capture_xdp_before(ctx);
	verdict = xdp_frame(ctx);
	if (capture_on)
		capture_xdp_after(ctx, verdict);
	return verdict;
}

SEC("xdp")
int l2x_xdp_copies(struct xdp_md *ctx)
{
	const struct copy *c = copy_of_cpu();

	if (!c)
		return XDP_PASS;
	return c->v6 ? replicate_xdp(ctx, c->set, true) : replicate_xdp(ctx, c->set, false);
}

SEC("xdp/devmap")
int l2x_xdp_leg(struct xdp_md *ctx)
{
	const int verdict = leg_xdp(ctx);

	if (capture_on && verdict == XDP_PASS)
		capture_xdp_leg(ctx);
	return verdict;
}

/* What is looked at must be in the linear part: all headers, or the whole packet. */
static __always_inline int pkt_pull(struct __sk_buff *skb, struct pkt *p)
{
	__u32 want = skb->len < PKT_HEADERS ? skb->len : PKT_HEADERS;

	if (skb->data_end - skb->data < want && bpf_skb_pull_data(skb, want))
		return -1;
	pkt_of_skb(skb, p);
	return 0;
}

static __always_inline int tc_inner(struct __sk_buff *skb, const struct pkt *p, bool v6,
				    struct rx *rx)
{
	switch (receive_inner(skb, p, false, v6, rx)) {
	case RX_ACCEPT:
		return decap_tc(skb, p, v6, rx);
	case RX_DROP:
		return TC_ACT_SHOT;
	default:
		return TC_ACT_UNSPEC;
	}
}

static __always_inline int tc_received(struct __sk_buff *skb)
{
	struct rx rx;
	struct pkt p;

	/* The host's other traffic is not copied about. */
	pkt_of_skb(skb, &p);
	if (skb->pkt_type != PACKET_HOST || !may_be_udp(&p) || pkt_pull(skb, &p) < 0)
		return TC_ACT_UNSPEC;
	switch (receive(skb, false, &rx)) {
	case RX_IPV4:
		return tc_inner(skb, &p, false, &rx);
	case RX_IPV6:
		return tc_inner(skb, &p, true, &rx);
	case RX_RELAY:
		return relay_tc(skb, &p, &rx);
	case RX_DROP:
		return TC_ACT_SHOT;
	default:
		return TC_ACT_UNSPEC;
	}
}

SEC("tc")
int l2x_tc_ingress(struct __sk_buff *skb)
{
	int verdict;

	if (capture_on)
		capture_tc_before(skb);
	verdict = tc_received(skb);
	if (capture_on)
		capture_tc_after(skb, verdict);
	return verdict;
}

static __always_inline int tc_transmitted(struct __sk_buff *skb)
{
	struct copy *c = copy_of_cpu();
	struct pkt p;

	if (pkt_pull(skb, &p) < 0)
		return TC_ACT_UNSPEC;
	if (c && c->cloned) {
		c->cloned = 0;
		bpf_tail_call(skb, &tc_next, NEXT_LEG);
		return TC_ACT_SHOT;
	}
	switch (bpf_ntohs(skb->protocol)) {
	case ETH_P_IP:
		return encap_tc(skb, &p, false);
	case ETH_P_IPV6:
		return encap_tc(skb, &p, true);
	}
	return TC_ACT_UNSPEC;
}

SEC("tc")
int l2x_tc_egress(struct __sk_buff *skb)
{
	const int verdict = tc_transmitted(skb);

	if (capture_on && verdict == TC_ACT_REDIRECT)
		capture_tc_after(skb, verdict);
	return verdict;
}

SEC("tc")
int l2x_tc_copies(struct __sk_buff *skb)
{
	struct copy *c = copy_of_cpu();

	if (!c)
		return TC_ACT_UNSPEC;
	return c->v6 ? replicate_tc(skb, c, true) : replicate_tc(skb, c, false);
}

SEC("tc")
int l2x_tc_leg(struct __sk_buff *skb)
{
	const struct copy *c = copy_of_cpu();
	int verdict;

	if (!c)
		return TC_ACT_SHOT;
	verdict = c->v6 ? leg_tc(skb, c, true) : leg_tc(skb, c, false);
	if (capture_on && verdict == TC_ACT_REDIRECT)
		capture_tc_after(skb, verdict);
	return verdict;
}

char _license[] SEC("license") = "GPL";
