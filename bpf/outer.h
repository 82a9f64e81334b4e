/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The outer headers of what is sent, those that do not depend on the form of the L2TP header, and
 * how tc makes room for them. A head is built on the stack: room for an IPv6 header, at whose end an
 * IPv4 header stands where the underlay is IPv4, then UDP, L2TP and PPP.
 */
#ifndef L2X_BPF_OUTER_H
#define L2X_BPF_OUTER_H

#include "inner.h"
#include "l2x/underlay.h"
#include "maps.h"

#define OUTER_TTL    64
#define IP_LEN_MAX   0xffff

#define ENCAP_START4 (sizeof(struct ipv6hdr) - sizeof(struct iphdr))

static __always_inline bool encap_over_v6(const struct l2x_session *s)
{
	return s->flags & L2X_SESSION_OVER_V6;
}

static __always_inline void encap_ip4(struct iphdr *ip, const struct l2x_session *s,
				      const struct l2x_underlay *u, __u16 total)
{
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = bpf_htons(total);
	ip->id = (__be16)bpf_get_prandom_u32();
	if (s->flags & L2X_SESSION_DF)
		ip->frag_off = bpf_htons(IP4_DF);
	ip->ttl = OUTER_TTL;
	ip->protocol = IPPROTO_UDP;
	__builtin_memcpy(&ip->saddr, u->local, sizeof(ip->saddr));
	__builtin_memcpy(&ip->daddr, u->peer, sizeof(ip->daddr));
	ip->check = ip4_csum(ip);
}

/* The UDP header follows; with what is behind it, in front of the inner packet, it has l4 bytes, a
 * multiple of four. payload: sum over the inner packet as it will be on the wire. */
static __always_inline void encap_ip6(struct ipv6hdr *ip, struct udphdr *udp, __u32 l4,
				      const struct l2x_underlay *u, __u64 payload)
{
	ip->version = 6;
	ip->payload_len = udp->len;
	ip->nexthdr = IPPROTO_UDP;
	ip->hop_limit = OUTER_TTL;
	__builtin_memcpy(&ip->saddr, u->local, sizeof(ip->saddr));
	__builtin_memcpy(&ip->daddr, u->peer, sizeof(ip->daddr));
	payload += csum_words(&ip->saddr, 2 * sizeof(ip->saddr));
	payload += udp->len + bpf_htons(IPPROTO_UDP);
	payload += csum_words(udp, l4);
	udp->check = ~csum_fold(payload);
	if (!udp->check)
		udp->check = 0xffff;
}

static __always_inline int encap_tc_room(struct __sk_buff *skb, const struct l2x_session *s,
					 __u32 n)
{
	const __u64 flags = BPF_F_ADJ_ROOM_ENCAP_L4_UDP | BPF_F_ADJ_ROOM_FIXED_GSO;

	if (encap_over_v6(s))
		return (int)bpf_skb_adjust_room(skb, (int)n, BPF_ADJ_ROOM_MAC,
						flags | BPF_F_ADJ_ROOM_ENCAP_L3_IPV6);
	return (int)bpf_skb_adjust_room(skb, (int)n, BPF_ADJ_ROOM_MAC,
					flags | BPF_F_ADJ_ROOM_ENCAP_L3_IPV4);
}

/* head: all of it, of at most max bytes, n of which go on the wire. */
static __always_inline long encap_tc_store(struct __sk_buff *skb, const struct l2x_session *s,
					   const void *head, __u32 n, __u32 max)
{
	const __be16 ethertype = bpf_htons(encap_over_v6(s) ? ETH_P_IPV6 : ETH_P_IP);
	long err;

	/* The verifier does not know that n is less over IPv4. */
	barrier_var(n);
	if (encap_over_v6(s))
		err = bpf_skb_store_bytes(skb, 0, head, n, 0);
	else if (n > max - ENCAP_START4)
		err = -1;
	else
		err = bpf_skb_store_bytes(skb, 0, head + ENCAP_START4, n, 0);
	return err ?: bpf_skb_change_head(skb, ETH_HLEN, 0)
		      ?: bpf_skb_store_bytes(skb, offsetof(struct ethhdr, h_proto), &ethertype,
					     sizeof(ethertype), 0);
}

/* The payload's mark must not choose the underlay's way. */
static __always_inline __u32 outer_mark(const struct l2x_underlay *u)
{
	return u->table ? L2X_TABLE_MARK + u->table : 0;
}

#endif
