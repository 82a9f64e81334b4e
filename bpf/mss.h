/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MSS option of TCP SYNs (RFC 9293 3.7.1), lowered to what fits into the session, in both
 * directions. What is to change is found before anything of the packet is touched, and written when
 * nothing can send it to the next level any more. Offsets count from the inner packet's first byte,
 * so that they survive a change of the head. ctl/dataplane/mss.c does the same.
 */
#ifndef L2X_BPF_MSS_H
#define L2X_BPF_MSS_H

#include <linux/tcp.h>
#include "inner.h"
#include "maps.h"

#define MSS_OPTIONS_MAX 40 /* bytes; TCP's data offset has no more */
#define MSS_OPTION_LEN	4
#define MSS_HEADERS4	40 /* IP and TCP, without options */
#define MSS_HEADERS6	60
#define IP4_OFFSET	0x1fff /* of a fragment */
#define TCP_OPTION_END	0
#define TCP_OPTION_NOP	1
#define TCP_OPTION_MSS	2

struct mss {
	__u32 at; /* of the value; 0: nothing to change */
	__u32 check;
	__be16 from, to;
};

struct mss_options {
	__u8 data[MSS_OPTIONS_MAX];
};

/* Offset of the value, or 0; len bytes count. A global function: verified once, by itself. */
__noinline int mss_option(const struct mss_options *options, __u32 len)
{
	__u32 at = 0;

	if (!options)
		return 0;
	for (int i = 0; i < MSS_OPTIONS_MAX; i++) {
		__u8 kind, size;

		if (at > MSS_OPTIONS_MAX - MSS_OPTION_LEN || at + MSS_OPTION_LEN > len)
			return 0;
		kind = options->data[at];
		size = options->data[at + 1];
		if (kind == TCP_OPTION_MSS)
			return size == MSS_OPTION_LEN ? (int)at + 2 : 0;
		if (kind == TCP_OPTION_END || (kind != TCP_OPTION_NOP && size < 2))
			return 0;
		at += kind == TCP_OPTION_NOP ? 1 : size;
	}
	return 0;
}

static __always_inline long mss_load(void *ctx, bool xdp, __u32 off, void *to, __u32 len)
{
	return xdp ? bpf_xdp_load_bytes(ctx, off, to, len) : bpf_skb_load_bytes(ctx, off, to, len);
}

static __always_inline void mss_find(void *ctx, bool xdp, const struct pkt *p, bool v6,
				     const struct inner *in, const struct l2x_session *s,
				     struct mss *m)
{
	const __u32 limit = s->mtu - (v6 ? MSS_HEADERS6 : MSS_HEADERS4);
	const __u64 l4 = v6 ? sizeof(*in->ip6) : in->ip4->ihl * 4u;
	struct mss_options options;
	const struct tcphdr *tcp;
	__be16 value;
	__u32 len;
	__u64 at;

	*m = (struct mss){};
	if (!(s->flags & L2X_SESSION_MSS_FIX) ||
	    (v6 ? in->ip6->nexthdr : in->ip4->protocol) != IPPROTO_TCP ||
	    (!v6 && (in->ip4->frag_off & bpf_htons(IP4_OFFSET))))
		return;
	tcp = pkt_at(p, in->off + l4, sizeof(*tcp));
	if (!tcp || !tcp->syn || tcp->doff * 4u <= sizeof(*tcp) || l4 + tcp->doff * 4u > in->len)
		return;
	len = tcp->doff * 4u - sizeof(*tcp);
	/* Bounds that the verifier of Linux 6.1 sees in the register that is used, one at a time. */
	barrier_var(len);
	if (len < MSS_OPTION_LEN)
		return;
	barrier_var(len);
	if (len > MSS_OPTIONS_MAX)
		return;
	__builtin_memset(&options, 0, sizeof(options));
	if (mss_load(ctx, xdp, in->off + l4 + sizeof(*tcp), options.data, len))
		return;
	at = mss_option(&options, len);
	/* A bound that the verifier sees: the function is one of its own to it. */
	barrier_var(at);
	if (!at || at > MSS_OPTIONS_MAX - 2)
		return;
	value = bpf_htons((__u16)(options.data[at] << 8 | options.data[at + 1]));
	if (bpf_ntohs(value) <= limit)
		return;
	m->from = value;
	m->to = bpf_htons((__u16)limit);
	m->check = l4 + offsetof(struct tcphdr, check);
	m->at = l4 + sizeof(*tcp) + at;
}

/* The words as the checksum sees them: it adds at even offsets. */
static __always_inline __u16 mss_word(const struct mss *m, __be16 value)
{
	return m->at & 1 ? __builtin_bswap16(value) : value;
}

/* inner: where the inner packet is now. -1: the packet is spoilt. */
static __always_inline int mss_write_xdp(struct xdp_md *ctx, const struct mss *m, __u32 inner)
{
	__u16 check;

	if (!m->at)
		return 0;
	if (bpf_xdp_load_bytes(ctx, inner + m->check, &check, sizeof(check)))
		return -1;
	check = csum_replace(check, mss_word(m, m->from), mss_word(m, m->to));
	if (bpf_xdp_store_bytes(ctx, inner + m->check, &check, sizeof(check)) ||
	    bpf_xdp_store_bytes(ctx, inner + m->at, (void *)&m->to, sizeof(m->to)))
		return -1;
	return 0;
}

/* The kernel knows whether the checksum is complete, or still to be made by the NIC. */
static __always_inline int mss_write_tc(struct __sk_buff *skb, const struct mss *m, __u32 inner)
{
	if (!m->at)
		return 0;
	if (bpf_l4_csum_replace(skb, inner + m->check, mss_word(m, m->from), mss_word(m, m->to),
				sizeof(m->to)) ||
	    bpf_skb_store_bytes(skb, inner + m->at, &m->to, sizeof(m->to), 0))
		return -1;
	return 0;
}

#endif
