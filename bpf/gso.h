/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GSO packets in tc: one skb that becomes several packets later, each with the same headers.
 * Counters and MTU are about those, as at the levels that see them one by one.
 */
#ifndef L2X_BPF_GSO_H
#define L2X_BPF_GSO_H

#include <linux/tcp.h>
#include "inner.h"

struct segments {
	__u64 packets;
	__u64 bytes;   /* of all, with their headers */
	__u64 largest; /* bytes of the first */
};

/* Length of the transport header at off, 0 when there is none that is ever segmented. */
static __always_inline __u64 l4_header_len(const struct pkt *p, __u64 off, __u8 proto)
{
	const struct tcphdr *tcp;

	if (proto == IPPROTO_UDP)
		return sizeof(struct udphdr);
	if (proto != IPPROTO_TCP)
		return 0;
	tcp = pkt_at(p, off, sizeof(*tcp));
	return tcp ? tcp->doff * 4u : 0;
}

/* 0, or -1 for a GSO packet of another kind. */
static __always_inline int segments_of(const struct __sk_buff *skb, const struct pkt *p, bool v6,
				       const struct inner *in, struct segments *seg)
{
	__u64 size = skb->gso_size, l3, l4;

	seg->packets = 1;
	seg->bytes = in->len;
	seg->largest = in->len;
	if (!size)
		return 0;
	l3 = v6 ? sizeof(*in->ip6) : in->ip4->ihl * 4u;
	l4 = l4_header_len(p, in->off + l3, v6 ? in->ip6->nexthdr : in->ip4->protocol);
	if (!l4 || in->len <= l3 + l4)
		return -1;
	seg->packets = (in->len - l3 - l4 + size - 1) / size;
	seg->bytes = in->len + (seg->packets - 1) * (l3 + l4);
	if (seg->packets > 1)
		seg->largest = l3 + l4 + size;
	return 0;
}

#endif
