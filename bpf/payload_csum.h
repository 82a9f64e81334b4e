/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sum over an inner packet as it will be on the wire, which the UDP checksum over IPv6 needs.
 *
 * XDP sums up the bytes: what a NIC has received is complete. In tc, the checksum of TCP and UDP may
 * be one that the NIC is to complete (CHECKSUM_PARTIAL), of which programs are told nothing. But
 * then its field holds the sum over the pseudo header; and the completed segment sums up to the
 * complement of that, whatever is in it, as one does whose checksum is right already (the kernel
 * calls it local checksum offload). Where the checksum is neither, or a protocol is one that may be
 * completed in another way, the packet is left to userspace, which the kernel gives complete
 * packets.
 */
#ifndef L2X_BPF_PAYLOAD_CSUM_H
#define L2X_BPF_PAYLOAD_CSUM_H

#include <linux/tcp.h>
#include "inner.h"
#include "maps.h"

#define CSUM_CHUNK  512 /* what bpf_csum_diff() takes on all kernels */
#define CSUM_CHUNKS 18	/* 9000 bytes, the largest MTU of a session */

/* The bytes are copied here: of a packet, the verifier lets only sizes be summed up that are
 * constant. */
struct csum_scratch {
	__u8 data[CSUM_CHUNK + 4];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct csum_scratch);
	__uint(max_entries, 1);
} scratch SEC(".maps");

static __always_inline int csum_range(void *ctx, bool xdp, __u32 off, __u32 len)
{
	struct csum_scratch *c;
	__u32 zero = 0, n;
	__u64 sum = 0;
	long rc;

	c = bpf_map_lookup_elem(&scratch, &zero);
	if (!c)
		return -1;
	for (int i = 0; i < CSUM_CHUNKS && len; i++) {
		n = len < CSUM_CHUNK ? len : CSUM_CHUNK;
		/* Changes nothing, but Linux 6.1's verifier sees 1 to CSUM_CHUNK only so. */
		barrier_var(n);
		n = ((n - 1) & (CSUM_CHUNK - 1)) + 1;
		rc = xdp ? bpf_xdp_load_bytes(ctx, off, c->data, n)
			 : bpf_skb_load_bytes(ctx, off, c->data, n);
		if (rc)
			return -1;
		if (n < CSUM_CHUNK)
			__builtin_memset(c->data + n, 0, 4);
		sum += (__u32)bpf_csum_diff(NULL, 0, (__be32 *)c->data, (n + 3) & ~3u, 0);
		off += n;
		len -= n;
	}
	return len ? -1 : csum_fold(sum);
}

/* The sum over these bytes, or -1. Global functions: verified once, by themselves. */
__noinline int csum_xdp(struct xdp_md *ctx, __u32 off, __u32 len)
{
	return csum_range(ctx, true, off, len);
}

__noinline int csum_tc(struct __sk_buff *skb, __u32 off, __u32 len)
{
	return csum_range(skb, false, off, len);
}

/*
 * Before XDP changes the packet: a TTL and an MSS change their checksums with them, so that the sum
 * stays; the hop limit has none.
 */
static __always_inline int payload_csum_xdp(struct xdp_md *ctx, bool v6, const struct inner *in,
					    __u64 *sum)
{
	long rc = csum_xdp(ctx, in->off, in->len);

	if (rc < 0)
		return -1;
	*sum = rc + (v6 ? (__u16)~bpf_htons(1) : 0);
	return 0;
}

/* Of the checksum in the transport header; 0 when the protocol's may not be one to be completed; -1
 * when it may be in a way unknown. */
static __always_inline int l4_check_offset(bool v6, __u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return offsetof(struct tcphdr, check);
	case IPPROTO_UDP:
		return offsetof(struct udphdr, check);
	case IPPROTO_ICMPV6:
		return v6 ? 0 : -1;
	case IPPROTO_ICMP:
		return v6 ? -1 : 0;
	case IPPROTO_FRAGMENT:
		return v6 ? 0 : -1;
	}
	return -1;
}

static __always_inline int payload_csum_tc(struct __sk_buff *skb, const struct pkt *p, bool v6,
					   const struct inner *in, __u64 *sum)
{
	const __u32 l3 = v6 ? sizeof(*in->ip6) : in->ip4->ihl * 4u;
	const __u8 proto = v6 ? in->ip6->nexthdr : in->ip4->protocol;
	const bool fragment = !v6 && (in->ip4->frag_off & bpf_htons(IP4_FRAGMENT));
	int at = fragment ? 0 : l4_check_offset(v6, proto);
	long header, body;
	__u64 pseudo;
	int check;

	if (at < 0)
		return -1;
	header = csum_tc(skb, 0, l3);
	body = csum_tc(skb, l3, in->len - l3);
	if (header < 0 || body < 0)
		return -1;
	*sum = (__u64)header + body;
	check = at ? pkt_u16(p, l3 + at) : 0;
	if (!at || (proto == IPPROTO_UDP && !check))
		return 0;
	if (check < 0)
		return -1;
	pseudo = bpf_htons((__u16)(in->len - l3)) + (__u64)bpf_htons(proto);
	pseudo += v6 ? csum_words(&in->ip6->saddr, 2 * sizeof(in->ip6->saddr))
		     : csum_words(&in->ip4->saddr, 2 * sizeof(in->ip4->saddr));
	if (csum_fold(pseudo + body) != 0xffff && csum_fold(pseudo) != bpf_htons((__u16)check))
		return -1;
	*sum = (__u64)header + (__u16)~csum_fold(pseudo);
	return 0;
}

#endif
