/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The head of a copy for one leg of an `ha` set (docs/sets.md): like encap.h's, with the S bit and
 * the set's number, plain or extended; or without, where the peer knows nothing of sets.
 */
#ifndef L2X_BPF_LEG_H
#define L2X_BPF_LEG_H

#include "l2x/dedup.h"
#include "l2x/wire.h"
#include "outer.h"

#define LEG_BARE_WORDS	   3  /* flags, ids */
#define LEG_PLAIN_WORDS	   5  /* Ns, Nr too */
#define LEG_EXTENDED_WORDS 12 /* Offset Size and pad too */

struct leg_head {
	union {
		struct ipv6hdr ip6;
		struct {
			__u8 unused[ENCAP_START4];
			struct iphdr ip4;
		};
	};
	struct udphdr udp;
	__be16 words[LEG_EXTENDED_WORDS + 2]; /* L2TP, then PPP, then zero */
};

#define LEG_MAX sizeof(struct leg_head)

/* Such a peer would take the set's numbers for the session's own, and drop what is not in order. */
static __always_inline bool leg_numbered(const struct l2x_session *s)
{
	return !(s->flags & L2X_SESSION_CHECK_NS);
}

static __always_inline __u32 leg_len(const struct l2x_session *s, bool extended)
{
	const __u32 words = (!leg_numbered(s) ? LEG_BARE_WORDS
			     : extended	      ? LEG_EXTENDED_WORDS
					      : LEG_PLAIN_WORDS) +
			    (s->flags & L2X_SESSION_NO_FF03 ? 1 : 2);

	return (encap_over_v6(s) ? sizeof(struct ipv6hdr) : sizeof(struct iphdr)) +
	       sizeof(struct udphdr) + 2 * words;
}

static __always_inline void leg_extend(struct leg_head *h, const struct l2x_number *n)
{
	h->words[0] |= bpf_htons(L2TP_O);
	h->words[5] = bpf_htons(L2X_PAD_LEN);
	h->words[6] = bpf_htons(L2X_PAD_MAGIC >> 16);
	h->words[7] = bpf_htons(L2X_PAD_MAGIC & 0xffff);
	h->words[8] = bpf_htons(n->epoch);
	h->words[9] = bpf_htons((__u16)(n->number >> 32));
	h->words[10] = bpf_htons((__u16)(n->number >> 16));
	h->words[11] = bpf_htons((__u16)n->number);
}

static __always_inline void leg_ppp(const struct l2x_session *s, __be16 *ppp, bool v6)
{
	const __be16 proto = bpf_htons(v6 ? PPP_PROTO_IPV6 : PPP_PROTO_IPV4);

	if (s->flags & L2X_SESSION_NO_FF03) {
		ppp[0] = proto;
	} else {
		ppp[0] = bpf_htons(PPP_ALLSTATIONS_UI);
		ppp[1] = proto;
	}
}

static __always_inline void leg_l2tp(struct leg_head *h, const struct l2x_session *s, bool v6,
				     const struct l2x_number *n)
{
	h->words[0] = bpf_htons(L2TP_VER);
	h->words[1] = bpf_htons(s->peer_tunnel_id);
	h->words[2] = bpf_htons(s->peer_session_id);
	if (!leg_numbered(s)) {
		leg_ppp(s, &h->words[LEG_BARE_WORDS], v6);
		return;
	}
	h->words[0] |= bpf_htons(L2TP_S);
	h->words[3] = bpf_htons((__u16)n->number);
	if (n->extended) {
		leg_extend(h, n);
		leg_ppp(s, &h->words[LEG_EXTENDED_WORDS], v6);
	} else {
		leg_ppp(s, &h->words[LEG_PLAIN_WORDS], v6);
	}
}

/* len: of the inner packet; payload: the sum over it, for IPv6. Returns how many bytes go on the
 * wire. */
static __always_inline __u32 leg_build(struct leg_head *h, const struct l2x_session *s,
				       const struct l2x_underlay *u, bool v6,
				       const struct l2x_number *n, __u32 len, __u64 payload)
{
	const __u32 head = leg_len(s, n->extended);

	__builtin_memset(h, 0, sizeof(*h));
	h->udp.source = u->local_port;
	h->udp.dest = u->peer_port;
	leg_l2tp(h, s, v6, n);
	if (encap_over_v6(s)) {
		h->udp.len = bpf_htons((__u16)(head - sizeof(h->ip6) + len));
		encap_ip6(&h->ip6, &h->udp, sizeof(*h) - offsetof(struct leg_head, udp), u,
			  payload);
	} else {
		h->udp.len = bpf_htons((__u16)(head - sizeof(h->ip4) + len));
		encap_ip4(&h->ip4, s, u, (__u16)(head + len));
	}
	return head;
}

#endif
