/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encapsulation:
 *
 *   | IPv4 20 | UDP 8 | L2TP 6: flags, tunnel id, session id | PPP: FF03 unless ACFC, protocol 2 |
 *   inner packet
 *
 * The L2TP header has neither Length nor Ns: a GSO packet is cut into segments behind us, and those
 * fields would be repeated in each. Sessions that want them are of userspace. DF is clear as the
 * underlay may fragment; so the identification must differ from packet to packet (RFC 6864 4.2).
 * TOS is zero, as on the socket's packets. No UDP checksum (RFC 2661 8.1 allows it for data).
 *
 * Whatever cannot be encapsulated here is left to the next level, never dropped: that one counts
 * it, or the kernel answers its sender.
 */
#ifndef L2X_BPF_ENCAP_H
#define L2X_BPF_ENCAP_H

#include <linux/pkt_cls.h>
#include <stddef.h>
#include "count.h"
#include "forward.h"
#include "gso.h"
#include "route.h"

#define OUTER_TTL  64
#define IP_LEN_MAX 0xffff

struct encap {
	struct iphdr ip;
	struct udphdr udp;
	__be16 flags, tunnel_id, session_id;
	__be16 ppp[2]; /* FF03 and the protocol, or the protocol alone */
};

/* On the wire. The struct itself ends with padding. */
#define ENCAP_MAX (offsetof(struct encap, ppp) + 4)
#define ENCAP_MIN (offsetof(struct encap, ppp) + 2) /* without FF03 */

static __always_inline __u32 encap_len(const struct l2x_session *s)
{
	return s->flags & L2X_SESSION_NO_FF03 ? ENCAP_MIN : ENCAP_MAX;
}

/* len: of the inner packet. */
static __always_inline void encap_build(struct encap *e, const struct l2x_session *s, bool v6,
					__u64 len)
{
	const __be16 proto = bpf_htons(v6 ? PPP_PROTO_IPV6 : PPP_PROTO_IPV4);
	const __u64 total = len + encap_len(s);

	__builtin_memset(e, 0, sizeof(*e));
	e->ip.version = 4;
	e->ip.ihl = 5;
	e->ip.tot_len = bpf_htons((__u16)total);
	e->ip.id = (__be16)bpf_get_prandom_u32();
	e->ip.ttl = OUTER_TTL;
	e->ip.protocol = IPPROTO_UDP;
	__builtin_memcpy(&e->ip.saddr, s->underlay.local, sizeof(e->ip.saddr));
	__builtin_memcpy(&e->ip.daddr, s->underlay.peer, sizeof(e->ip.daddr));
	e->ip.check = ip4_csum(&e->ip);
	e->udp.source = s->underlay.local_port;
	e->udp.dest = s->underlay.peer_port;
	e->udp.len = bpf_htons((__u16)(total - sizeof(e->ip)));
	e->flags = bpf_htons(L2TP_VER);
	e->tunnel_id = bpf_htons(s->peer_tunnel_id);
	e->session_id = bpf_htons(s->peer_session_id);
	if (s->flags & L2X_SESSION_NO_FF03) {
		e->ppp[0] = proto;
	} else {
		e->ppp[0] = bpf_htons(PPP_ALLSTATIONS_UI);
		e->ppp[1] = proto;
	}
}

/* The session that an inner packet leaves by, when it is one that BPF may encapsulate for. */
static __always_inline const struct l2x_session *encap_session(__u32 netdev, const struct inner *in)
{
	const struct l2x_route *r = route_to(netdev, in);
	const struct l2x_session *s;
	struct l2x_session_key key;

	if (!r)
		return NULL;
	key = r->session;
	s = bpf_map_lookup_elem(&sessions, &key);
	if (!s || (s->flags & L2X_SESSION_USER_ONLY) || s->underlay.family != AF_INET ||
	    !(s->flags & (in->v6 ? L2X_SESSION_IPV6 : L2X_SESSION_IPV4)))
		return NULL;
	return s;
}

/* The head has grown by n: old Ethernet header and room, then the inner packet at 14 + n. */
static __always_inline int encap_xdp_finish(struct xdp_md *ctx, const struct bpf_fib_lookup *fib,
					    const struct encap *e, __u32 n, bool v6)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	const __u64 header = v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	struct ethhdr *eth = data;
	void *outer = eth + 1, *inner;

	/* Two constants, which is what the verifier and the copy want. */
	if (n == ENCAP_MIN) {
		inner = outer + ENCAP_MIN;
		if (inner + header > data_end)
			return -1;
		__builtin_memcpy(outer, e, ENCAP_MIN);
	} else {
		inner = outer + ENCAP_MAX;
		if (inner + header > data_end)
			return -1;
		__builtin_memcpy(outer, e, ENCAP_MAX);
	}
	if (v6)
		ip6_hop_limit_dec(inner);
	else
		ip4_ttl_dec(inner);
	forward_eth(eth, fib, bpf_htons(ETH_P_IP));
	return 0;
}

static __always_inline int encap_xdp(struct xdp_md *ctx, const struct pkt *p, bool v6)
{
	const struct l2x_session *s;
	struct bpf_fib_lookup fib;
	const struct ethhdr *eth;
	struct inner in;
	struct encap e;
	__u64 behind;
	long rc;
	__u32 n;

	eth = pkt_at(p, 0, sizeof(*eth));
	if (!eth || (eth->h_dest[0] & 1))
		return XDP_PASS;
	if (parse_inner(p, v6, sizeof(*eth), p->len, &in) < 0 || inner_special(&in) ||
	    !inner_forwardable(&in))
		return XDP_PASS;
	/* Our netdevs have no neighbours, so the kernel may know none. */
	rc = forward_inner(ctx, p, v6, &in, ctx->ingress_ifindex, &fib);
	if (rc != BPF_FIB_LKUP_RET_SUCCESS && rc != BPF_FIB_LKUP_RET_NO_NEIGH)
		return XDP_PASS;
	s = encap_session(fib.ifindex, &in);
	if (!s || in.len > s->mtu)
		return XDP_PASS;
	n = encap_len(s);
	if (forward_outer(ctx, &s->underlay, (__u16)(in.len + n), &fib) !=
		    BPF_FIB_LKUP_RET_SUCCESS ||
	    !forward_reserve(&fib))
		return XDP_PASS;
	encap_build(&e, s, v6, in.len);
	behind = p->len - in.off - in.len;

	if (bpf_xdp_adjust_head(ctx, -(int)n))
		return XDP_PASS;
	if (encap_xdp_finish(ctx, &fib, &e, n, v6) < 0 ||
	    (behind && bpf_xdp_adjust_tail(ctx, -(int)behind))) {
		count_drop(s, L2X_DROP_ERROR);
		return XDP_DROP;
	}
	count_tx(s, L2X_LEVEL_XDP, 1, in.len);
	return XDP_REDIRECT;
}

static __always_inline int encap_tc(struct __sk_buff *skb, const struct pkt *p, bool v6)
{
	const __be16 ethertype = bpf_htons(ETH_P_IP);
	const struct l2x_session *s;
	struct bpf_fib_lookup fib;
	struct inner in;
	struct segments seg;
	struct encap e;
	long rc;
	__u32 n;

	if (parse_inner(p, v6, 0, p->len, &in) < 0 || in.len != p->len || inner_to_many(&in) ||
	    segments_of(skb, p, v6, &in, &seg) < 0)
		return TC_ACT_UNSPEC;
	s = encap_session(skb->ifindex, &in);
	if (!s || seg.largest > s->mtu)
		return TC_ACT_UNSPEC;
	n = encap_len(s);
	if (in.len + n > IP_LEN_MAX)
		return TC_ACT_UNSPEC;
	rc = forward_outer(skb, &s->underlay, (__u16)(seg.largest + n), &fib);
	if (rc != BPF_FIB_LKUP_RET_SUCCESS && rc != BPF_FIB_LKUP_RET_NO_NEIGH)
		return TC_ACT_UNSPEC;
	/* The way to the peer leads into the tunnel itself: userspace would find the same. */
	if (fib.ifindex == skb->ifindex) {
		count_drop(s, L2X_DROP_NO_NEXT_HOP);
		return TC_ACT_SHOT;
	}
	encap_build(&e, s, v6, in.len);

	if (bpf_skb_adjust_room(skb, (int)n, BPF_ADJ_ROOM_MAC,
				BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP |
					BPF_F_ADJ_ROOM_FIXED_GSO))
		return TC_ACT_UNSPEC;
	if (bpf_skb_store_bytes(skb, 0, &e, n, 0) || bpf_skb_change_head(skb, ETH_HLEN, 0) ||
	    bpf_skb_store_bytes(skb, offsetof(struct ethhdr, h_proto), &ethertype,
				sizeof(ethertype), 0)) {
		count_drop(s, L2X_DROP_ERROR);
		return TC_ACT_SHOT;
	}
	skb->mark = 0; /* the payload's mark must not choose the underlay's way */
	count_tx(s, L2X_LEVEL_TC, seg.packets, seg.bytes);
	return forward_neigh(&fib);
}

#endif
