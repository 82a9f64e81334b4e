/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Captures at the levels of XDP and tc (docs/capture.md). While none runs, the programs look at capture_on and
 * go on; else they call what stands here, before anything else and when they have decided.
 *
 * A frame that is received is reported before it is changed, and what became of it behind that. A
 * frame is reported as sent when it is ready to go out. A frame that is left to the next level is that level's.
 *
 * watched_rx and watched_tx say which sessions' frames; capture_events takes them; capture_states counts what
 * found no room. Global functions: verified once, by themselves.
 */
#ifndef L2X_BPF_CAPTURE_H
#define L2X_BPF_CAPTURE_H

#include <linux/pkt_cls.h>
#include "l2x/capture.h"
#include "maps.h"
#include "parse.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct l2x_session_key);
	__type(value, __u8);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} watched_rx SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct l2x_capture_peer);
	__type(value, struct l2x_session_key);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} watched_tx SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} capture_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct l2x_capture_state);
	__uint(max_entries, 1);
} capture_states SEC(".maps");

/* The controller's to write. */
volatile __u32 capture_on SEC(".data.capture");

#define CAPTURE_HEAD sizeof(((struct l2x_capture_state *)0)->head)

static __always_inline struct l2x_capture_state *capture_state(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&capture_states, &zero);
}

static __always_inline __u8 head8(const struct l2x_capture_state *s, __u32 off)
{
	barrier_var(off);
	return off < CAPTURE_HEAD ? s->head[off] : 0;
}

static __always_inline __u16 head16(const struct l2x_capture_state *s, __u32 off)
{
	return (__u16)(head8(s, off) << 8 | head8(s, off + 1));
}

struct capture_outer {
	__u32 ip, udp, ids; /* offsets: of the IP and the UDP header, and of the tunnel id */
	bool v6;
};

/* An L2TP data message, in UDP and what our programs know of IP? */
static __always_inline bool capture_find_outer(const struct l2x_capture_state *s,
					       struct capture_outer *o)
{
	__u16 proto = head16(s, ETH_HLEN - 2), flags;
	__u32 off = ETH_HLEN;

	for (int i = 0; i < 2; i++) {
		if (proto != ETH_P_8021Q && proto != ETH_P_8021AD)
			break;
		off += sizeof(struct vlan_hdr);
		proto = head16(s, off - 2);
	}
	o->ip = off;
	o->v6 = proto == ETH_P_IPV6;
	if (o->v6) {
		if (head8(s, off + offsetof(struct ipv6hdr, nexthdr)) != IPPROTO_UDP)
			return false;
		off += sizeof(struct ipv6hdr);
	} else {
		if (proto != ETH_P_IP || head8(s, off) != 0x45 ||
		    head8(s, off + offsetof(struct iphdr, protocol)) != IPPROTO_UDP ||
		    (head16(s, off + offsetof(struct iphdr, frag_off)) & IP4_FRAGMENT))
			return false;
		off += sizeof(struct iphdr);
	}
	o->udp = off;
	off += sizeof(struct udphdr);
	flags = head16(s, off);
	o->ids = off + (flags & L2TP_L ? 4 : 2);
	return !(flags & L2TP_T) && (flags & L2TP_VER_MASK) == L2TP_VER;
}

static __always_inline bool capture_is_received(const struct l2x_capture_state *s)
{
	struct l2x_session_key key;
	struct capture_outer o;

	if (!capture_find_outer(s, &o) || head16(s, o.udp + 2) != options.port)
		return false;
	key.tunnel_id = head16(s, o.ids);
	key.session_id = head16(s, o.ids + 2);
	return bpf_map_lookup_elem(&watched_rx, &key) != NULL;
}

static __always_inline const struct l2x_session_key *
capture_find_sent(const struct l2x_capture_state *s)
{
	struct l2x_capture_peer peer = {};
	struct capture_outer o;
	__u32 to;

	if (!capture_find_outer(s, &o))
		return NULL;
	to = o.ip + (o.v6 ? offsetof(struct ipv6hdr, daddr) : offsetof(struct iphdr, daddr));
	L2X_UNROLL
	for (int i = 0; i < 16; i++)
		if (i < 4 || o.v6)
			peer.addr[i] = head8(s, to + i);
	peer.port = bpf_htons(head16(s, o.udp + 2));
	peer.tunnel_id = bpf_htons(head16(s, o.ids));
	peer.session_id = bpf_htons(head16(s, o.ids + 2));
	return bpf_map_lookup_elem(&watched_tx, &peer);
}

/* ctx: an xdp_md or an __sk_buff. */
static __always_inline bool capture_report(void *ctx, struct l2x_capture_state *s,
					   struct l2x_capture_event *e)
{
	e->ns = bpf_ktime_get_ns();
	if (!bpf_perf_event_output(ctx, &capture_events, BPF_F_CURRENT_CPU | (__u64)e->cap << 32, e,
				   sizeof(*e)))
		return true;
	s->missed++;
	return false;
}

static __always_inline void capture_received(void *ctx, struct l2x_capture_state *s, __u32 len,
					     __u8 hook)
{
	struct l2x_capture_event e = {
		.len = len,
		.cap = len < L2X_CAPTURE_SNAP ? len : L2X_CAPTURE_SNAP,
		.kind = L2X_CAPTURE_RECEIVED,
		.hook = hook,
	};

	s->waits[hook] = capture_is_received(s) && capture_report(ctx, s, &e);
}

static __always_inline void capture_fate(void *ctx, struct l2x_capture_state *s, __u8 hook,
					 __u8 fate)
{
	struct l2x_capture_event e = {.kind = L2X_CAPTURE_FATE, .hook = hook, .fate = fate};

	if (s->waits[hook])
		capture_report(ctx, s, &e);
	s->waits[hook] = 0;
}

static __always_inline void capture_sent(void *ctx, struct l2x_capture_state *s, __u32 len,
					 __u8 hook)
{
	struct l2x_capture_event e = {
		.len = len,
		.cap = len < L2X_CAPTURE_SNAP ? len : L2X_CAPTURE_SNAP,
		.kind = L2X_CAPTURE_SENT,
		.hook = hook,
	};
	const struct l2x_session_key *key = capture_find_sent(s);

	if (!key)
		return;
	e.session = *key;
	capture_report(ctx, s, &e);
}

/* The beginning of the frame; what is behind its end is zero. */
static __always_inline struct l2x_capture_state *capture_head_xdp(struct xdp_md *ctx, __u32 *len)
{
	struct l2x_capture_state *s = capture_state();
	__u32 n = ctx->data_end - ctx->data;

	*len = n;
	if (!s)
		return NULL;
	__builtin_memset(s->head, 0, CAPTURE_HEAD);
	/* Linux 6.1 sees from this that it is not 0. */
	n = (n < CAPTURE_HEAD ? n : CAPTURE_HEAD) - 1;
	barrier_var(n);
	if (n >= CAPTURE_HEAD || bpf_xdp_load_bytes(ctx, 0, s->head, n + 1))
		return NULL;
	return s;
}

static __always_inline struct l2x_capture_state *capture_head_tc(struct __sk_buff *skb, __u32 *len)
{
	struct l2x_capture_state *s = capture_state();
	__u32 n = skb->len;

	*len = n;
	if (!s)
		return NULL;
	__builtin_memset(s->head, 0, CAPTURE_HEAD);
	/* Linux 6.1 sees from this that it is not 0. */
	n = (n < CAPTURE_HEAD ? n : CAPTURE_HEAD) - 1;
	barrier_var(n);
	if (n >= CAPTURE_HEAD || bpf_skb_load_bytes(skb, 0, s->head, n + 1))
		return NULL;
	return s;
}

__noinline int capture_xdp_before(struct xdp_md *ctx)
{
	__u32 len;
	struct l2x_capture_state *s = capture_head_xdp(ctx, &len);

	if (s)
		capture_received(ctx, s, len, L2X_CAPTURE_XDP);
	return 0;
}

__noinline int capture_xdp_after(struct xdp_md *ctx, int verdict)
{
	__u32 len;
	struct l2x_capture_state *s = capture_head_xdp(ctx, &len);

	if (!s)
		return 0;
	if (verdict != XDP_REDIRECT && verdict != XDP_TX) {
		capture_fate(ctx, s, L2X_CAPTURE_XDP,
			     verdict == XDP_PASS ? L2X_CAPTURE_LEFT : L2X_CAPTURE_DROPPED);
		return 0;
	}
	capture_fate(ctx, s, L2X_CAPTURE_XDP, L2X_CAPTURE_TAKEN);
	capture_sent(ctx, s, len, L2X_CAPTURE_XDP);
	return 0;
}

/* On its way out of a NIC. */
__noinline int capture_xdp_leg(struct xdp_md *ctx)
{
	__u32 len;
	struct l2x_capture_state *s = capture_head_xdp(ctx, &len);

	if (s)
		capture_sent(ctx, s, len, L2X_CAPTURE_XDP);
	return 0;
}

__noinline int capture_tc_before(struct __sk_buff *skb)
{
	__u32 len;
	struct l2x_capture_state *s = capture_head_tc(skb, &len);

	if (s)
		capture_received(skb, s, len, L2X_CAPTURE_TC);
	return 0;
}

__noinline int capture_tc_after(struct __sk_buff *skb, int verdict)
{
	__u32 len;
	struct l2x_capture_state *s = capture_head_tc(skb, &len);

	if (!s)
		return 0;
	if (verdict != TC_ACT_REDIRECT) {
		capture_fate(skb, s, L2X_CAPTURE_TC,
			     verdict == TC_ACT_SHOT ? L2X_CAPTURE_DROPPED : L2X_CAPTURE_LEFT);
		return 0;
	}
	capture_fate(skb, s, L2X_CAPTURE_TC, L2X_CAPTURE_TAKEN);
	capture_sent(skb, s, len, L2X_CAPTURE_TC);
	return 0;
}

#endif
