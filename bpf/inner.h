/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Payload packets: a view of an IPv4 or IPv6 header that both directions use, whether the packet is
 * sound, and which addresses are never simply forwarded.
 */
#ifndef L2X_BPF_INNER_H
#define L2X_BPF_INNER_H

#include "parse.h"

struct inner {
	union {
		const void *ip;
		const struct iphdr *ip4;
		const struct ipv6hdr *ip6;
	};
	bool v6;
	__u64 off; /* of the header */
	__u64 len; /* as the header says */
};

/* Version and lengths fit into the bytes from off to end. -1: they do not. */
static __always_inline int parse_inner(const struct pkt *p, bool v6, __u64 off, __u64 end,
				       struct inner *in)
{
	in->off = off;
	in->v6 = v6;
	in->ip = pkt_at(p, off, v6 ? sizeof(*in->ip6) : sizeof(*in->ip4));
	if (!in->ip)
		return -1;
	if (v6) {
		if (in->ip6->version != 6)
			return -1;
		in->len = sizeof(*in->ip6) + bpf_ntohs(in->ip6->payload_len);
	} else {
		in->len = bpf_ntohs(in->ip4->tot_len);
		if (in->ip4->version != 4 || in->ip4->ihl < 5 || in->len < in->ip4->ihl * 4u)
			return -1;
	}
	return off + in->len <= end ? 0 : -1;
}

/*
 * This network, loopback, link-local (RFC 3927 7: a router must not forward), multicast, reserved
 * and broadcast.
 */
static __always_inline bool ip4_special(__be32 addr)
{
	__u32 a = bpf_ntohl(addr);

	return a >> 24 == 0 || a >> 24 == 127 || a >> 16 == 0xa9fe || a >> 24 >= 224;
}

/* Multicast, link-local (RFC 4291 2.5.6), unspecified and loopback. */
static __always_inline bool ip6_special(const struct in6_addr *a)
{
	const __be32 *w = a->in6_u.u6_addr32;

	if (a->in6_u.u6_addr8[0] == 0xff || (w[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000))
		return true;
	return !w[0] && !w[1] && !w[2] && bpf_ntohl(w[3]) <= 1;
}

/* From or to an address that is a matter of the link or the controller, such as solicitations. */
static __always_inline bool inner_special(const struct inner *in)
{
	if (in->v6)
		return ip6_special(&in->ip6->saddr) || ip6_special(&in->ip6->daddr);
	return ip4_special(in->ip4->saddr) || ip4_special(in->ip4->daddr);
}

static __always_inline bool inner_to_many(const struct inner *in)
{
	if (in->v6)
		return in->ip6->daddr.in6_u.u6_addr8[0] == 0xff;
	return bpf_ntohl(in->ip4->daddr) >> 28 >= 0xe;
}

/*
 * May XDP forward it in the kernel's place? Else the kernel does, and answers: TTL that ends here,
 * options that a router reads, a header that it would find broken.
 */
static __always_inline bool inner_forwardable(const struct inner *in)
{
	if (in->v6)
		return in->ip6->hop_limit > 1 && in->ip6->nexthdr != IPPROTO_HOPOPTS;
	return in->ip4->ttl > 1 && in->ip4->ihl == 5 && ip4_csum_ok(in->ip4);
}

#endif
