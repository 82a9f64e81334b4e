/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data messages of a relayed session (docs/relay.md), behind receive(): they go on to the other
 * half's peer as they are, PPP control frames too. The UDP header and what follows it stay where they
 * stand in the packet; the two ids in it, the IP header in front and the Ethernet header are written
 * anew:
 *
 *   | Ethernet 14, tags | IPv4 20 or IPv6 40 | UDP | flags, length | ids | ... PPP ...
 *        | Ethernet 14  | IPv6 40 or IPv4 20 |     |               |     |
 *
 * Whatever cannot go on from here is left to the next level, untouched: no other half, no way or no
 * neighbour, larger than the way takes, no checksum to go by.
 *
 * The UDP checksum. None over IPv4, as in encap.h. Over IPv6 it follows from the one that came, which
 * says what the sum over the message was, so a message that was damaged on its way here arrives as
 * damaged. Where there was none, XDP sums up, and tc, where an inner checksum may still be to be
 * completed, leaves the packet to userspace. A checksum field that holds the sum over the pseudo
 * header alone is itself one to be completed: such a packet comes from this very machine, through
 * a virtual NIC, and is left to userspace, which the kernel gives complete packets.
 */
#ifndef L2X_BPF_RELAY_H
#define L2X_BPF_RELAY_H

#include <linux/pkt_cls.h>
#include "ahead.h"
#include "count.h"
#include "forward.h"
#include "outer.h"
#include "payload_csum.h"
#include "rate.h"
#include "receive.h"

/* What a message is, and what it goes on with. */
struct relay {
	const struct l2x_session *to;
	const struct l2x_underlay *underlay; /* of that */
	__u64 udp;			     /* offset of the UDP header */
	__u64 len;			     /* of it and what is behind */
	__u64 ids;			     /* offset of the ids, behind the UDP header's start */
	__u64 payload;			     /* bytes of the network protocol in PPP */
	bool is_payload; /* else control frames of PPP: not counted, not limited */
	struct l2tp_ids write;
};

/* For tc; both IP headers end at the same place. */
struct relay_head {
	union {
		struct ipv6hdr ip6;
		struct {
			__u8 unused[ENCAP_START4];
			struct iphdr ip4;
		};
	};
	struct udphdr udp;
};

#define RELAY_HEAD6 (sizeof(struct ipv6hdr) + sizeof(struct udphdr))
#define RELAY_HEAD4 (sizeof(struct iphdr) + sizeof(struct udphdr))

/* Of the outer IP header. It is behind two tags at most; changes nothing, but Linux 6.1's verifier sees
 * that only so. */
static __always_inline __u64 relay_l3(const struct rx *rx)
{
	return rx->l3 & 31;
}

/* A sound message whose PPP header says what it carries. */
static __always_inline bool relay_parse(const struct pkt *p, const struct rx *rx, struct relay *r)
{
	const __u64 ip = rx->outer_v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	struct l2x_session_key other = rx->session->relay;
	__u64 at = rx->off;
	int len, flags, proto;

	r->udp = relay_l3(rx) + ip;
	len = pkt_u16(p, r->udp + offsetof(struct udphdr, len));
	flags = pkt_u16(p, r->udp + sizeof(struct udphdr));
	proto = parse_ppp(p, &at, rx->end);
	/* The last byte of a protocol is odd; 00ff is never given out (RFC 1661 2 and 6.5). */
	if (len < 0 || flags < 0 || proto < 0 || !(proto & 1) || proto == 0xff)
		return false;
	r->len = (__u64)len;
	r->ids = sizeof(struct udphdr) + (flags & L2TP_L ? 4 : 2);
	r->is_payload = proto < PPP_PROTO_CONTROL;
	r->payload = rx->end - at;
	r->to = session_beside(rx->session, &other);
	r->underlay = r->to ? underlay_of(r->to) : NULL;
	if (!r->underlay)
		return false;
	r->write.tunnel = bpf_htons(r->to->peer_tunnel_id);
	r->write.session = bpf_htons(r->to->peer_session_id);
	return true;
}

/* The sum over addresses, length and protocol of the packet as it came (RFC 768, RFC 8200 8.1). */
static __always_inline __u64 relay_pseudo(const struct pkt *p, const struct rx *rx,
					  const struct udphdr *udp)
{
	const __u64 sum = (__u64)udp->len + bpf_htons(IPPROTO_UDP);
	const struct ipv6hdr *ip6;
	const struct iphdr *ip4;

	if (rx->outer_v6) {
		ip6 = pkt_at(p, relay_l3(rx), sizeof(*ip6));
		return ip6 ? sum + csum_words(&ip6->saddr, 2 * sizeof(ip6->saddr)) : 0;
	}
	ip4 = pkt_at(p, relay_l3(rx), sizeof(*ip4));
	return ip4 ? sum + csum_words(&ip4->saddr, 2 * sizeof(ip4->saddr)) : 0;
}

/*
 * The sum over what is behind the UDP header, as it will be; not needed over IPv4. -1: unknown.
 * Together with that header and the pseudo header, it was the complement of zero.
 */
static __always_inline int relay_sum(void *ctx, bool xdp, const struct pkt *p, const struct rx *rx,
				     const struct relay *r)
{
	const struct udphdr *udp = pkt_at(p, r->udp, sizeof(*udp));
	const struct l2tp_ids *ids;
	__u64 sum;
	int rc;

	if (!udp)
		return -1;
	if (udp->check) {
		sum = relay_pseudo(p, rx, udp);
		if (csum_fold(sum) == udp->check)
			return -1;
		sum = (__u16)~csum_fold(sum + csum_words(udp, sizeof(*udp)));
	} else if (!encap_over_v6(r->to)) {
		return 0;
	} else if (!xdp) {
		return -1;
	} else {
		rc = csum_xdp(ctx, r->udp + sizeof(*udp), r->len - sizeof(*udp));
		if (rc < 0)
			return -1;
		sum = (__u64)rc;
	}
	ids = pkt_at(p, r->udp + r->ids, sizeof(*ids));
	if (!ids)
		return -1;
	sum += (__u16)~ids->tunnel + (__u64)(__u16)~ids->session;
	return csum_fold(sum + r->write.tunnel + r->write.session);
}

/* The UDP header, without a checksum. */
static __always_inline void relay_udp(const struct relay *r, struct udphdr *udp)
{
	udp->source = r->underlay->local_port;
	udp->dest = r->underlay->peer_port;
	udp->len = bpf_htons((__u16)r->len);
	udp->check = 0;
}

static __always_inline void relay_ip6(const struct relay *r, struct ipv6hdr *ip, struct udphdr *udp,
				      __u32 sum)
{
	__builtin_memset(ip, 0, sizeof(*ip));
	relay_udp(r, udp);
	encap_ip6(ip, udp, sizeof(*udp), r->underlay, sum);
}

static __always_inline void relay_ip4(const struct relay *r, struct iphdr *ip, struct udphdr *udp)
{
	__builtin_memset(ip, 0, sizeof(*ip));
	relay_udp(r, udp);
	encap_ip4(ip, r->to, r->underlay, (__u16)(sizeof(*ip) + r->len));
}

/* All is ready but the limits: those of the half that it came by, then of the one it goes by. */
static __always_inline bool relay_admits(const struct rx *rx, const struct relay *r)
{
	return !r->is_payload || (rate_admits(rx->session, true, r->payload) &&
				  rate_admits(r->to, false, r->payload));
}

static __always_inline void relay_count(const struct rx *rx, const struct relay *r,
					enum l2x_level level)
{
	if (!r->is_payload)
		return;
	count_rx(rx->session, level, 1, r->payload);
	count_tx(r->to, level, 1, r->payload);
}

static __always_inline __u16 relay_total(const struct relay *r)
{
	return (__u16)(r->len +
		       (encap_over_v6(r->to) ? sizeof(struct ipv6hdr) : sizeof(struct iphdr)));
}

/* In the packet itself: a head of its own would be too much for the stack of Linux 6.1, which adds
 * the stacks of all that may call each other. */
static __always_inline bool relay_ids(const struct relay *r, void *udp, void *data_end)
{
	/* Without Length, or with it. */
	struct l2tp_ids *ids = r->ids == sizeof(struct udphdr) + 2
				       ? udp + sizeof(struct udphdr) + 2
				       : udp + sizeof(struct udphdr) + 4;

	if ((void *)(ids + 1) > data_end)
		return false;
	*ids = r->write;
	return true;
}

static __always_inline bool relay_xdp_write6(struct xdp_md *ctx, const struct relay *r,
					     const struct next_hop *hop, __u32 sum)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct ipv6hdr *ip = data + ETH_HLEN;
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > data_end || !relay_ids(r, udp, data_end))
		return false;
	forward_eth(data, hop, bpf_htons(ETH_P_IPV6));
	relay_ip6(r, ip, udp, sum);
	return true;
}

static __always_inline bool relay_xdp_write4(struct xdp_md *ctx, const struct relay *r,
					     const struct next_hop *hop)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > data_end || !relay_ids(r, udp, data_end))
		return false;
	forward_eth(data, hop, bpf_htons(ETH_P_IP));
	relay_ip4(r, ip, udp);
	return true;
}

static __always_inline int relay_xdp(struct xdp_md *ctx, const struct pkt *p, struct rx *rx)
{
	struct relay r;
	__u64 behind;
	int sum, ip;

	if (!relay_parse(p, rx, &r))
		return XDP_PASS;
	ahead_note(AHEAD_ONWARD, rx->session->key.session_id, r.to);
	way_outer(ctx, (struct l2x_underlay *)r.underlay, relay_total(&r), &rx->way);
	if (rx->way.result != BPF_FIB_LKUP_RET_SUCCESS || !forward_reserve(&rx->way.hop))
		return XDP_PASS;
	sum = relay_sum(ctx, true, p, rx, &r);
	if (sum < 0)
		return XDP_PASS;
	if (!relay_admits(rx, &r))
		return XDP_DROP;
	behind = p->len - r.udp - r.len;
	ip = encap_over_v6(r.to) ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);

	if (bpf_xdp_adjust_head(ctx, (int)r.udp - ip - ETH_HLEN))
		return XDP_PASS;
	if (!(encap_over_v6(r.to) ? relay_xdp_write6(ctx, &r, &rx->way.hop, (__u32)sum)
				  : relay_xdp_write4(ctx, &r, &rx->way.hop)) ||
	    (behind && bpf_xdp_adjust_tail(ctx, -(int)behind))) {
		count_drop(rx->session, L2X_DROP_ERROR);
		return XDP_DROP;
	}
	relay_count(rx, &r, L2X_LEVEL_XDP);
	return XDP_REDIRECT;
}

/* Nothing but Ethernet in front of the IP header, which becomes one of the other family. */
static __always_inline int relay_tc_room(struct __sk_buff *skb, const struct rx *rx,
					 const struct relay *r)
{
	/* With a tag left, the packet would leave with one. */
	for (int i = 0; i < 2; i++) {
		if (skb->vlan_present && bpf_skb_vlan_pop(skb))
			return -1;
	}
	if (encap_over_v6(r->to) && !rx->outer_v6)
		return (int)bpf_skb_change_proto(skb, bpf_htons(ETH_P_IPV6), 0);
	if (!encap_over_v6(r->to) && rx->outer_v6)
		return (int)bpf_skb_change_proto(skb, bpf_htons(ETH_P_IP), 0);
	return 0;
}

static __always_inline long relay_tc_store(struct __sk_buff *skb, const struct relay *r, __u32 sum)
{
	const __u32 ip = encap_over_v6(r->to) ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	struct relay_head head;
	long err;

	if (encap_over_v6(r->to)) {
		relay_ip6(r, &head.ip6, &head.udp, sum);
		err = bpf_skb_store_bytes(skb, ETH_HLEN, &head.ip6, RELAY_HEAD6,
					  BPF_F_RECOMPUTE_CSUM);
	} else {
		relay_ip4(r, &head.ip4, &head.udp);
		err = bpf_skb_store_bytes(skb, ETH_HLEN, &head.ip4, RELAY_HEAD4,
					  BPF_F_RECOMPUTE_CSUM);
	}
	return err
		       ?: bpf_skb_store_bytes(skb, ETH_HLEN + ip + (__u32)r->ids, &r->write,
					      sizeof(r->write), BPF_F_RECOMPUTE_CSUM);
}

/* Of super-packets, the socket makes the messages that they are made of. */
static __always_inline int relay_tc(struct __sk_buff *skb, const struct pkt *p, const struct rx *rx)
{
	struct next_hop hop;
	struct relay r;
	__u32 total, fits;
	int sum;
	long rc;

	if (skb->gso_size || (rx->l3 != ETH_HLEN && !skb->vlan_present) || !relay_parse(p, rx, &r))
		return TC_ACT_UNSPEC;
	total = relay_total(&r);
	rc = forward_outer(skb, r.underlay, (__u16)total, &hop, &fits);
	if (rc != BPF_FIB_LKUP_RET_SUCCESS && rc != BPF_FIB_LKUP_RET_NO_NEIGH)
		return TC_ACT_UNSPEC;
	sum = relay_sum(skb, false, p, rx, &r);
	if (sum < 0)
		return TC_ACT_UNSPEC;
	if (!relay_admits(rx, &r))
		return TC_ACT_SHOT;

	if (relay_tc_room(skb, rx, &r) || relay_tc_store(skb, &r, (__u32)sum) ||
	    (skb->len != ETH_HLEN + total && bpf_skb_change_tail(skb, ETH_HLEN + total, 0))) {
		count_drop(rx->session, L2X_DROP_ERROR);
		return TC_ACT_SHOT;
	}
	skb->mark = outer_mark(r.underlay);
	relay_count(rx, &r, L2X_LEVEL_TC);
	return forward_neigh(&hop);
}

#endif
