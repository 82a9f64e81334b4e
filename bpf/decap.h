/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decapsulation, behind receive(): XDP forwards, in the kernel's place, what leaves by a NIC that
 * the configuration names; tc hands all else to the kernel as if it came in by the session's
 * netdev.
 */
#ifndef L2X_BPF_DECAP_H
#define L2X_BPF_DECAP_H

#include <linux/pkt_cls.h>
#include "forward.h"
#include "gso.h"
#include "mss.h"
#include "rate.h"
#include "receive.h"
#include "sets.h"

/* The head is gone: the packet starts with room for an Ethernet header, then the inner packet. */
static __always_inline int decap_xdp_finish(struct xdp_md *ctx, const struct next_hop *hop, bool v6)
{
	struct pkt p = {.data = (void *)(long)ctx->data, .data_end = (void *)(long)ctx->data_end};
	struct ethhdr *eth = p.data;

	if (v6) {
		struct ipv6hdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > p.data_end)
			return -1;
		ip6_hop_limit_dec(ip);
		forward_eth(eth, hop, bpf_htons(ETH_P_IPV6));
	} else {
		struct iphdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > p.data_end)
			return -1;
		ip4_ttl_dec(ip);
		forward_eth(eth, hop, bpf_htons(ETH_P_IP));
	}
	return 0;
}

static __always_inline int decap_xdp(struct xdp_md *ctx, const struct pkt *p, bool v6,
				     const struct rx *rx)
{
	const __u64 len = rx->inner.len, behind = p->len - rx->inner.off - len;
	struct numbered number;
	struct mss mss;

	if (set_numbered(p, rx, &number) && set_drops(rx, L2X_LEVEL_XDP, &number, false))
		return XDP_DROP;
	if (!inner_forwardable(&rx->inner) || rx->way.result != BPF_FIB_LKUP_RET_SUCCESS ||
	    !forward_reserve(&rx->way.hop))
		return XDP_PASS;
	if (!rate_admits(rx->session, true, len) || set_drops(rx, L2X_LEVEL_XDP, &number, true))
		return XDP_DROP;
	mss_find(ctx, true, p, v6, &rx->inner, rx->session, &mss);

	if (bpf_xdp_adjust_head(ctx, (int)(rx->inner.off - ETH_HLEN)))
		return XDP_PASS;
	if (decap_xdp_finish(ctx, &rx->way.hop, v6) < 0 || mss_write_xdp(ctx, &mss, ETH_HLEN) < 0 ||
	    (behind && bpf_xdp_adjust_tail(ctx, -(int)behind))) {
		count_drop(rx->session, L2X_DROP_ERROR);
		return XDP_DROP;
	}
	count_rx(rx->session, L2X_LEVEL_XDP, 1, len);
	return XDP_REDIRECT;
}

/*
 * A netdev without link layer takes the packet from its network header on, of the protocol that the
 * skb says, which must be the inner one. bpf_skb_change_proto() sets that on every kernel (the
 * flags of bpf_skb_adjust_room() for it came in Linux 6.3), and moves the header by the difference
 * in size.
 */
static __always_inline int decap_tc_strip(struct __sk_buff *skb, bool v6, const struct rx *rx)
{
	int n = (int)(rx->off - rx->l3);

	if (v6 && !rx->outer_v6) {
		if (bpf_skb_change_proto(skb, bpf_htons(ETH_P_IPV6), 0))
			return -1;
		n += sizeof(struct ipv6hdr) - sizeof(struct iphdr);
	} else if (!v6 && rx->outer_v6) {
		if (bpf_skb_change_proto(skb, bpf_htons(ETH_P_IP), 0))
			return -1;
		n -= sizeof(struct ipv6hdr) - sizeof(struct iphdr);
	}
	return bpf_skb_adjust_room(skb, -n, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO) ? -1 : 0;
}

static __always_inline int decap_tc(struct __sk_buff *skb, const struct pkt *p, bool v6,
				    const struct rx *rx)
{
	struct numbered number;
	struct segments seg;
	struct mss mss;

	if (set_numbered(p, rx, &number)) {
		if (skb->gso_size)
			return TC_ACT_UNSPEC;
		if (set_drops(rx, L2X_LEVEL_TC, &number, false))
			return TC_ACT_SHOT;
	}
	/*
	 * A GSO packet is one tunnel packet whose payload is to be segmented; several tunnel
	 * packets that GRO has joined look alike, but do not end with the inner packet: the socket
	 * takes those apart.
	 */
	if (skb->gso_size && rx->off + rx->inner.len != rx->end)
		return TC_ACT_UNSPEC;
	if (segments_of(skb, p, v6, &rx->inner, &seg) < 0)
		return TC_ACT_UNSPEC;
	/* The kernel has put the first tag aside; else bpf_skb_adjust_room() refuses the packet. */
	if (rx->l3 != ETH_HLEN && !skb->vlan_present)
		return TC_ACT_UNSPEC;
	if (!rate_admits(rx->session, true, seg.bytes) ||
	    set_drops(rx, L2X_LEVEL_TC, &number, true))
		return TC_ACT_SHOT;
	mss_find(skb, false, p, v6, &rx->inner, rx->session, &mss);

	/* With a tag left, the packet would be taken for one of somebody else's VLAN. */
	for (int i = 0; i < 2; i++) {
		if (skb->vlan_present && bpf_skb_vlan_pop(skb))
			goto err;
	}
	/* The kernel changes checksums at even offsets only, and the inner packet may have been at an
	 * odd one. */
	if (decap_tc_strip(skb, v6, rx) < 0 || mss_write_tc(skb, &mss, ETH_HLEN) < 0)
		goto err;
	count_rx(rx->session, L2X_LEVEL_TC, seg.packets, seg.bytes);
	return (int)bpf_redirect(rx->session->netdev, BPF_F_INGRESS);
err:
	count_drop(rx->session, L2X_DROP_ERROR);
	return TC_ACT_SHOT;
}

#endif
