/* SPDX-License-Identifier: GPL-2.0-only */
/* A number for the flow of an inner packet: its addresses, and ports where each of its packets has
 * them. The same at each level (l2x_flow_mix). */
#ifndef L2X_BPF_FLOW_H
#define L2X_BPF_FLOW_H

#include "inner.h"
#include "l2x/send.h"

static __always_inline __u32 flow_hash(const struct pkt *p, const struct inner *in)
{
	const __u64 l3 = in->v6 ? sizeof(*in->ip6) : in->ip4->ihl * 4u;
	const __u8 proto = in->v6 ? in->ip6->nexthdr : in->ip4->protocol;
	const __u32 *words, *ports;
	__u32 hash = 0;

	words = in->v6 ? (const __u32 *)&in->ip6->saddr : (const __u32 *)&in->ip4->saddr;
	hash = l2x_flow_mix(l2x_flow_mix(hash, words[0]), words[1]);
	if (in->v6) {
#pragma unroll
		for (int i = 2; i < 8; i++)
			hash = l2x_flow_mix(hash, words[i]);
	}
	if ((!in->v6 && (in->ip4->frag_off & bpf_htons(IP4_FRAGMENT))) || in->len < l3 + 4 ||
	    (proto != IPPROTO_TCP && proto != IPPROTO_UDP))
		return hash;
	ports = pkt_at(p, in->off + l3, sizeof(*ports));
	return ports ? l2x_flow_mix(hash, *ports) : hash;
}

#endif
