/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encapsulation:
 *
 *   | IPv4 20 or IPv6 40 | UDP 8 | L2TP 6: flags, tunnel id, session id |
 *   | PPP: FF03 unless ACFC, protocol 2 | inner packet
 *
 * The L2TP header has neither Length nor Ns: a GSO packet is cut into segments behind us, and those
 * fields would be repeated in each. Sessions that want them are of userspace. Where DF is clear the
 * underlay may fragment; so the identification must differ from packet to packet (RFC 6864 4.2).
 * TOS, traffic class and flow label are zero, as on the socket's packets. No UDP checksum over IPv4
 * (RFC 2661 8.1 allows it for data); over IPv6 there must be one (RFC 8200 8.1), which each segment
 * of a GSO packet would need for itself: those are left to the next level.
 *
 * Whatever cannot be encapsulated here is left to the next level, never dropped: that one counts
 * it, or the kernel answers its sender.
 */
#ifndef L2X_BPF_ENCAP_H
#define L2X_BPF_ENCAP_H

#include <linux/pkt_cls.h>
#include <stddef.h>
#include "ahead.h"
#include "copies.h"
#include "count.h"
#include "forward.h"
#include "gso.h"
#include "mss.h"
#include "outer.h"
#include "payload_csum.h"
#include "rate.h"
#include "route.h"
#include "way.h"

/* All behind the IP header stands at the same place for both families. */
struct encap {
	union {
		struct ipv6hdr ip6;
		struct {
			__u8 unused[sizeof(struct ipv6hdr) - sizeof(struct iphdr)];
			struct iphdr ip4;
		};
	};
	struct udphdr udp;
	__be16 flags, tunnel_id, session_id;
	__be16 ppp[2]; /* FF03 and the protocol, or the protocol alone */
	__be16 zero;   /* not on the wire: checksums are made of four bytes a time */
};

/* On the wire, with IPv6; IPv4 has ENCAP_START4 bytes less. */
#define ENCAP_MAX (offsetof(struct encap, ppp) + 4)
#define ENCAP_MIN (offsetof(struct encap, ppp) + 2) /* without FF03 */

static __always_inline __u32 encap_len(const struct l2x_session *s)
{
	return (s->flags & L2X_SESSION_NO_FF03 ? ENCAP_MIN : ENCAP_MAX) -
	       (encap_over_v6(s) ? 0 : ENCAP_START4);
}

/* len: of the inner packet. */
static __always_inline void encap_build(struct encap *e, const struct l2x_session *s,
					const struct l2x_underlay *u, bool v6, __u64 len,
					__u64 payload)
{
	const __be16 proto = bpf_htons(v6 ? PPP_PROTO_IPV6 : PPP_PROTO_IPV4);
	const __u16 total = len + encap_len(s);

	__builtin_memset(e, 0, sizeof(*e));
	e->udp.source = u->local_port;
	e->udp.dest = u->peer_port;
	e->flags = bpf_htons(L2TP_VER);
	e->tunnel_id = bpf_htons(s->peer_tunnel_id);
	e->session_id = bpf_htons(s->peer_session_id);
	if (s->flags & L2X_SESSION_NO_FF03) {
		e->ppp[0] = proto;
	} else {
		e->ppp[0] = bpf_htons(PPP_ALLSTATIONS_UI);
		e->ppp[1] = proto;
	}
	if (encap_over_v6(s)) {
		e->udp.len = bpf_htons(total - sizeof(e->ip6));
		encap_ip6(&e->ip6, &e->udp, sizeof(*e) - offsetof(struct encap, udp), u, payload);
	} else {
		e->udp.len = bpf_htons(total - sizeof(e->ip4));
		encap_ip4(&e->ip4, s, u, total);
	}
}

/* The session that an inner packet leaves by, when it is one that BPF may encapsulate for; of a
 * bond, the leg. */
static __always_inline const struct l2x_session *encap_session(const struct pkt *p,
							       const struct inner *in,
							       const struct l2x_route *r,
							       struct bond *bond)
{
	const struct l2x_session *s;
	struct l2x_session_key key;

	bond->set = 0;
	if (!r)
		return NULL;
	key = r->session;
	if (r->set && !bond_pick(p, in, r->set, bond, &key))
		return NULL;
	s = session_known(&key);
	if (!s || (s->flags & L2X_SESSION_USER_ONLY) ||
	    !(s->flags & (in->v6 ? L2X_SESSION_IPV6 : L2X_SESSION_IPV4)))
		return NULL;
	return s;
}

/* n is a constant, which is what the verifier and the copy want. Returns the inner packet. */
static __always_inline void *encap_copy(void *outer, void *data_end, const struct encap *e,
					__u32 start, __u32 n, __u64 header)
{
	void *inner = outer + n;

	if (inner + header > data_end)
		return NULL;
	__builtin_memcpy(outer, (const void *)e + start, n);
	return inner;
}

/* The head has grown by n: old Ethernet header and room, then the inner packet at 14 + n. */
static __always_inline int encap_xdp_finish(struct xdp_md *ctx, const struct next_hop *hop,
					    const struct encap *e, __u32 n, bool v6)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	const __u64 header = v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	struct ethhdr *eth = data;
	void *outer = eth + 1, *inner;
	__be16 proto = bpf_htons(ETH_P_IPV6);

	if (n == ENCAP_MIN)
		inner = encap_copy(outer, data_end, e, 0, ENCAP_MIN, header);
	else if (n == ENCAP_MAX)
		inner = encap_copy(outer, data_end, e, 0, ENCAP_MAX, header);
	else if (n == ENCAP_MIN - ENCAP_START4)
		inner = encap_copy(outer, data_end, e, ENCAP_START4, ENCAP_MIN - ENCAP_START4,
				   header);
	else
		inner = encap_copy(outer, data_end, e, ENCAP_START4, ENCAP_MAX - ENCAP_START4,
				   header);
	if (!inner)
		return -1;
	if (n < ENCAP_MIN)
		proto = bpf_htons(ETH_P_IP);
	if (v6)
		ip6_hop_limit_dec(inner);
	else
		ip4_ttl_dec(inner);
	forward_eth(eth, hop, proto);
	return 0;
}

static __always_inline int encap_xdp(struct xdp_md *ctx, const struct pkt *p, bool v6)
{
	const struct l2x_underlay *u;
	const struct l2x_session *s;
	struct bond bond;
	struct inner in;
	struct encap e;
	struct mss mss;
	struct way way;
	__u64 behind, payload = 0;
	__u32 n;

	if (parse_inner(p, v6, ETH_HLEN, p->len, &in) < 0 || inner_special(&in) ||
	    !inner_forwardable(&in))
		return XDP_PASS;
	if (!v6)
		ahead_await(AHEAD_INTO, ahead_hash(in.ip4->daddr));
	way_inner(ctx, &in, ctx->ingress_ifindex, false, &way);
	if (way.route.set && set_copies(way.route.set)) {
		if (copies_prepare(way.route.set, v6))
			bpf_tail_call(ctx, &xdp_next, NEXT_COPIES);
		return XDP_PASS;
	}
	s = encap_session(p, &in, &way.route, &bond);
	u = s ? underlay_of(s) : NULL;
	if (!u || in.len > s->mtu)
		return XDP_PASS;
	if (!v6)
		ahead_note(AHEAD_INTO, ahead_hash(in.ip4->daddr), s);
	n = encap_len(s);
	way_outer(ctx, (struct l2x_underlay *)u, (__u32)in.len + n, &way);
	if (way.result != BPF_FIB_LKUP_RET_SUCCESS || !forward_reserve(&way.hop))
		return XDP_PASS;
	if (encap_over_v6(s) && payload_csum_xdp(ctx, v6, &in, &payload) < 0)
		return XDP_PASS;
	if (!rate_admits(s, false, in.len))
		return XDP_DROP;
	bond_charge(&bond, in.len);
	encap_build(&e, s, u, v6, in.len, payload);
	mss_find(ctx, true, p, v6, &in, s, &mss);
	behind = p->len - in.off - in.len;

	if (bpf_xdp_adjust_head(ctx, -(int)n))
		return XDP_PASS;
	if (encap_xdp_finish(ctx, &way.hop, &e, n, v6) < 0 ||
	    mss_write_xdp(ctx, &mss, ETH_HLEN + n) < 0 ||
	    (behind && bpf_xdp_adjust_tail(ctx, -(int)behind))) {
		count_drop(s, L2X_DROP_ERROR);
		return XDP_DROP;
	}
	count_tx(s, L2X_LEVEL_XDP, 1, in.len);
	return XDP_REDIRECT;
}

static __always_inline int encap_tc(struct __sk_buff *skb, const struct pkt *p, bool v6)
{
	const struct l2x_underlay *u;
	const struct l2x_session *s;
	const struct l2x_route *r;
	struct next_hop hop;
	struct bond bond;
	__u64 payload = 0;
	struct inner in;
	struct segments seg;
	struct encap e;
	struct mss mss;
	__u32 n, fits;
	long rc;

	if (parse_inner(p, v6, 0, p->len, &in) < 0 || in.len != p->len || inner_to_many(&in) ||
	    segments_of(skb, p, v6, &in, &seg) < 0)
		return TC_ACT_UNSPEC;
	r = route_to(skb->ifindex, &in);
	if (r && r->set && set_copies(r->set)) {
		if (copies_prepare(r->set, v6))
			bpf_tail_call(skb, &tc_next, NEXT_COPIES);
		return TC_ACT_UNSPEC;
	}
	s = encap_session(p, &in, r, &bond);
	u = s ? underlay_of(s) : NULL;
	if (!u || seg.largest > s->mtu)
		return TC_ACT_UNSPEC;
	n = encap_len(s);
	if (in.len + n > IP_LEN_MAX)
		return TC_ACT_UNSPEC;
	rc = forward_outer(skb, u, (__u16)(seg.largest + n), &hop, &fits);
	if (rc != BPF_FIB_LKUP_RET_SUCCESS && rc != BPF_FIB_LKUP_RET_NO_NEIGH)
		return TC_ACT_UNSPEC;
	/* The way to the peer leads into the tunnel itself: userspace would find the same. */
	if (hop.ifindex == skb->ifindex) {
		count_drop(s, L2X_DROP_NO_NEXT_HOP);
		return TC_ACT_SHOT;
	}
	if (encap_over_v6(s) && (skb->gso_size || payload_csum_tc(skb, p, v6, &in, &payload) < 0))
		return TC_ACT_UNSPEC;
	if (!rate_admits(s, false, seg.bytes))
		return TC_ACT_SHOT;
	bond_charge(&bond, seg.bytes);
	encap_build(&e, s, u, v6, in.len, payload);
	mss_find(skb, false, p, v6, &in, s, &mss);

	if (encap_tc_room(skb, s, n))
		return TC_ACT_UNSPEC;
	if (mss_write_tc(skb, &mss, n) < 0 || encap_tc_store(skb, s, &e, n, sizeof(e))) {
		count_drop(s, L2X_DROP_ERROR);
		return TC_ACT_SHOT;
	}
	skb->mark = outer_mark(u);
	count_tx(s, L2X_LEVEL_TC, seg.packets, seg.bytes);
	return forward_neigh(&hop);
}

#endif
