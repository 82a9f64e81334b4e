/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading of packets, the same for XDP and tc: Ethernet with up to two VLAN tags, IPv4 without
 * options or fragments, IPv6 without extension headers, UDP. A parser reads at an offset, moves it
 * behind what it has read and returns what comes next, or -1: "not one for us", never a verdict.
 *
 * Offsets, not pointers, are carried along: they survive a change of the packet's head, and the
 * verifier needs to believe in one place only, pkt_at().
 */
#ifndef L2X_BPF_PARSE_H
#define L2X_BPF_PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "csum.h"

#define AF_INET	 2
#define AF_INET6 10

/* No header starts behind this. Only L2TP's offset pad (l2tp.h) has no small bound of its own. */
#define PKT_OFF_MAX 511
/* All headers, with all that is optional, up to a TCP header inside: 22 + 40 + 8 + 142 + 4 + 80. */
#define PKT_HEADERS  296

#define IP4_FRAGMENT 0x3fff /* more fragments, or an offset (RFC 791 3.1) */
#define IP4_DF	     0x4000

struct pkt {
	void *data, *data_end; /* what can be read; in tc this may be less than the packet */
	__u64 len;	       /* the whole packet */
};

static __always_inline void pkt_of_xdp(const struct xdp_md *ctx, struct pkt *p)
{
	p->data = (void *)(long)ctx->data;
	p->data_end = (void *)(long)ctx->data_end;
	p->len = p->data_end - p->data;
}

static __always_inline void pkt_of_skb(const struct __sk_buff *skb, struct pkt *p)
{
	p->data = (void *)(long)skb->data;
	p->data_end = (void *)(long)skb->data_end;
	p->len = skb->len;
}

struct vlan_hdr {
	__be16 tci;
	__be16 proto;
};

/* size bytes at off, or NULL. */
static __always_inline void *pkt_at(const struct pkt *p, __u64 off, __u64 size)
{
	void *at;

	/* Else the compiler may test one copy of off and add another, whose bounds the verifier
	 * does not know. */
	barrier_var(off);
	if (off > PKT_OFF_MAX)
		return NULL;
	barrier_var(off);
	at = p->data + off;
	return at + size <= p->data_end ? at : NULL;
}

/* Host order, or -1. */
static __always_inline int pkt_u8(const struct pkt *p, __u64 off)
{
	const __u8 *at = pkt_at(p, off, sizeof(*at));

	return at ? *at : -1;
}

static __always_inline int pkt_u16(const struct pkt *p, __u64 off)
{
	const __be16 *at = pkt_at(p, off, sizeof(*at));

	return at ? bpf_ntohs(*at) : -1;
}

/* The EtherType behind the addresses, host order: of the tag, when there is one. */
static __always_inline int pkt_ethertype(const struct pkt *p)
{
	return pkt_u16(p, offsetof(struct ethhdr, h_proto));
}

/* Returns the EtherType behind the tags, host order. */
static __always_inline int parse_eth(const struct pkt *p, __u64 *off)
{
	const struct ethhdr *eth = pkt_at(p, *off, sizeof(*eth));
	const struct vlan_hdr *tag;
	__be16 proto;

	if (!eth)
		return -1;
	*off += sizeof(*eth);
	proto = eth->h_proto;
	for (int i = 0; i < 2; i++) {
		if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD))
			break;
		tag = pkt_at(p, *off, sizeof(*tag));
		if (!tag)
			return -1;
		*off += sizeof(*tag);
		proto = tag->proto;
	}
	return bpf_ntohs(proto);
}

/* False only where it can be seen that it is not. */
static __always_inline bool may_be_udp(const struct pkt *p)
{
	__u64 off = 0;
	int proto;

	switch (parse_eth(p, &off)) {
	case ETH_P_IP:
		proto = pkt_u8(p, off + offsetof(struct iphdr, protocol));
		break;
	case ETH_P_IPV6:
		proto = pkt_u8(p, off + offsetof(struct ipv6hdr, nexthdr));
		break;
	case -1:
		return true;
	default:
		return false;
	}
	return proto < 0 || proto == IPPROTO_UDP;
}

/* A UDP packet, as far as the outside of a tunnel goes. */
struct udp_view {
	union {
		const struct iphdr *ip4;
		const struct ipv6hdr *ip6;
	};
	const struct udphdr *udp;
	__u64 end; /* offset behind the UDP payload: padding of the link is not part of it */
};

/* IPv4 and IPv6: *off moves behind the IP header, v->end is the offset behind the packet. 0: UDP
 * follows. */
static __always_inline int parse_ip4_udp(const struct pkt *p, __u64 *off, struct udp_view *v)
{
	const struct iphdr *ip = pkt_at(p, *off, sizeof(*ip));
	__u64 len;

	if (!ip || ip->version != 4 || ip->ihl != 5 || ip->protocol != IPPROTO_UDP ||
	    (ip->frag_off & bpf_htons(IP4_FRAGMENT)) || !ip4_csum_ok(ip))
		return -1;
	len = bpf_ntohs(ip->tot_len);
	if (len < sizeof(*ip) || *off + len > p->len)
		return -1;
	v->ip4 = ip;
	v->end = *off + len;
	*off += sizeof(*ip);
	return 0;
}

static __always_inline int parse_ip6_udp(const struct pkt *p, __u64 *off, struct udp_view *v)
{
	const struct ipv6hdr *ip = pkt_at(p, *off, sizeof(*ip));
	__u64 len;

	if (!ip || ip->version != 6 || ip->nexthdr != IPPROTO_UDP)
		return -1;
	len = bpf_ntohs(ip->payload_len);
	if (*off + sizeof(*ip) + len > p->len)
		return -1;
	v->ip6 = ip;
	*off += sizeof(*ip);
	v->end = *off + len;
	return 0;
}

/*
 * UDP to the given port (host order). The UDP checksum is not looked at: it spans the whole packet,
 * and what is inside has its own; the level below checks it for what it gets. RFC 8200 8.1 wants
 * packets without one dropped on IPv6: those are left to the kernel, which does.
 */
static __always_inline int parse_udp(const struct pkt *p, bool v6, __u64 *off, __u16 port,
				     struct udp_view *v)
{
	const struct udphdr *udp;
	__u64 len;

	if (v6 ? parse_ip6_udp(p, off, v) < 0 : parse_ip4_udp(p, off, v) < 0)
		return -1;
	udp = pkt_at(p, *off, sizeof(*udp));
	if (!udp || udp->dest != bpf_htons(port) || (v6 && !udp->check))
		return -1;
	len = bpf_ntohs(udp->len);
	if (len < sizeof(*udp) || *off + len > v->end)
		return -1;
	v->udp = udp;
	v->end = *off + len;
	*off += sizeof(*udp);
	return 0;
}

#endif
