/* SPDX-License-Identifier: GPL-2.0-only */
/* The IPv4 header checksum (RFC 1071), and the step of a router: TTL or hop limit minus one (RFC
 * 1812 5.3.1). */
#ifndef L2X_BPF_CSUM_H
#define L2X_BPF_CSUM_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* A sum of 32-bit sums, to the 16 bits of a checksum before its complement. */
static __always_inline __u16 csum_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)((sum & 0xffff) + (sum >> 16));
}

/* A multiple of four bytes, at most 512. */
static __always_inline __u64 csum_words(const void *data, __u32 len)
{
	return (__u32)bpf_csum_diff(NULL, 0, (__be32 *)data, len, 0);
}

/* Over a header without options. Zero when the checksum in it is right. */
static __always_inline __u16 ip4_csum(const struct iphdr *ip)
{
	const __u16 *word = (const __u16 *)ip;
	__u32 sum = 0;

#pragma unroll
	for (int i = 0; i < (int)(sizeof(*ip) / sizeof(*word)); i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

static __always_inline _Bool ip4_csum_ok(const struct iphdr *ip)
{
	return ip4_csum(ip) == 0;
}

/* The checksum that a change of one word leads to (RFC 1624 3, eqn. 3). */
static __always_inline __u16 csum_replace(__u16 check, __u16 from, __u16 to)
{
	__u32 sum = (__u16)~check + (__u16)~from + (__u32)to;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

/* The checksum follows from the change alone (RFC 1624). */
static __always_inline void ip4_ttl_dec(struct iphdr *ip)
{
	__u32 sum = ip->check + (__u32)bpf_htons(0x0100);

	ip->check = (__u16)(sum + (sum >= 0xffff));
	ip->ttl--;
}

static __always_inline void ip6_hop_limit_dec(struct ipv6hdr *ip)
{
	ip->hop_limit--;
}

#endif
