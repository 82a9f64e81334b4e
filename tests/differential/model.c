// SPDX-License-Identifier: GPL-2.0-only
/* The model of the data path: verdicts, see model.h. */
#include "model.h"
#include <netinet/in.h>
#include <string.h>
#include "l2x/wire.h"
#include "lab.h"
#include "outer.h"

#define ETH  14
#define UP   (L2X_SESSION_IPV4 | L2X_SESSION_IPV6)
#define USER L2X_SESSION_USER_ONLY
#define HALF L2X_SESSION_RELAY

const struct known model_sessions[] = {
	{20, 4, UP, 1460, 1701, 1, 0, 0, 0},
	{21, 4, UP | L2X_SESSION_NO_FF03 | L2X_SESSION_MSS_FIX, 1400, 1701, 1, 0, 0, 0},
	{22, 6, UP | L2X_SESSION_MSS_FIX, 1440, 1701, 1, 0, 0, 0},
	{23, 4, UP | L2X_SESSION_ANY_SOURCE | L2X_SESSION_ANY_PEER, 1460, 1701, 1, 0, 0, 0},
	{24, 4, L2X_SESSION_IPV4, 1460, 1701, 1, 0, 0, 0},
	{25, 4, L2X_SESSION_IPV6, 1460, 1701, 1, 0, 0, 0},
	{26, 4, UP | USER | L2X_SESSION_SEQUENCED, 1440, 1701, 1, 0, 0, 0},
	{27, 4, UP | USER | L2X_SESSION_LENGTH | L2X_SESSION_MSS_FIX, 1440, 1701, 1, 0, 0, 0},
	{28, 4, UP, 1460, 1701, 1, MODEL_EXHAUSTED, 0, 0},
	{29, 4, UP | L2X_SESSION_MSS_FIX, 1460, 1701, 1, MODEL_AMPLE, 0, 0},
	{30, 6, UP | L2X_SESSION_NO_FF03, 1440, 1701, 1, 0, 0, 0},
	{31, 4, UP | L2X_SESSION_MSS_FIX, 1500, 1701, 1, 0, 0, 0},
	{32, 6, UP | L2X_SESSION_ANY_PEER, 576, 1701, 1, 0, 0, 0},
	{33, 4, UP, 1460, 4321, 1, 0, 0, 0},
	{34, 4, UP, 1460, 1701, 7, 0, 0, 0},
	{35, 6, UP | USER | L2X_SESSION_SEQUENCED | L2X_SESSION_LENGTH, 1400, 1701, 1, 0, 0, 0},
	{36, 6, UP, 1440, 1701, 1, MODEL_EXHAUSTED, 0, 0},
	{37, 4, HALF, 0, 1701, 1, 0, 38, 0},
	{38, 4, HALF, 0, 4321, 1, 0, 37, 0},
	{39, 4, HALF | L2X_SESSION_CHECK_NS, 0, 1701, 1, MODEL_AMPLE, 40, 0},
	{40, 6, HALF | L2X_SESSION_SEQUENCED, 0, 1701, 1, 0, 39, 0},
	{41, 6, HALF, 0, 1701, 7, 0, 42, 0},
	{42, 6, HALF | L2X_SESSION_ANY_PEER, 0, 1701, 1, 0, 41, 0},
	{43, 4, HALF, 0, 1701, 7, 0, 44, 0},
	{44, 4, HALF, 0, 1701, 1, MODEL_EXHAUSTED, 43, 0},
	{45, 4, HALF, 0, 1701, 1, 0, 99, 0},
	{46, 4, UP, 1460, 1701, 1, MODEL_AMPLE, 0, MODEL_TOTAL_EXHAUSTED},
	{47, 6, UP | L2X_SESSION_MSS_FIX, 1440, 1701, 1, 0, 0, MODEL_TOTAL_AMPLE},
	{48, 4, HALF, 0, 1701, 1, MODEL_EXHAUSTED, 49, MODEL_TOTAL_EXHAUSTED},
	{49, 4, HALF, 0, 1701, 7, 0, 48, MODEL_TOTAL_EXHAUSTED},
};
const size_t model_session_count = sizeof(model_sessions) / sizeof(model_sessions[0]);

static void verdict(struct model *m, enum model_verdict v, const char *why)
{
	m->verdict = v;
	m->why = why;
}

static void dropped(struct model *m, enum l2x_reason reason)
{
	m->verdict = MODEL_DROPPED;
	m->reason = reason;
}

static const struct known *known(unsigned id)
{
	for (size_t i = 0; i < model_session_count; i++) {
		if (model_sessions[i].id == id)
			return &model_sessions[i];
	}
	return NULL;
}

/* True: one of its limits is reached, its own before the one that it shares. */
static bool limited(const struct known *s, struct model *m)
{
	if (s->limit != MODEL_EXHAUSTED && s->total != MODEL_TOTAL_EXHAUSTED)
		return false;
	m->session = s;
	dropped(m, s->limit == MODEL_EXHAUSTED ? L2X_DROP_RATE : L2X_DROP_RATE_TOTAL);
	return true;
}

/* ID of 10.64.ID.0/24 or 2001:db8:64:ID::/64. */
static const struct known *routed_to(const uint8_t *a, bool v6)
{
	if (v6) {
		if (!begins(a, "\x20\x01\x0d\xb8\x00\x64\x00", 7))
			return NULL;
		return (a[7] & 15) < 10 ? known((a[7] >> 4) * 10u + (a[7] & 15u)) : NULL;
	}
	if (!begins(a, "\x0a\x40", 2))
		return NULL;
	return known(a[2] == 20 && a[3] >= 128 ? 21 : a[2]);
}

static bool link_or_group(const uint8_t *a, bool v6)
{
	static const uint8_t zero[15];

	if (v6)
		return a[0] == 0xff || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) ||
		       (!memcmp(a, zero, sizeof(zero)) && a[15] < 2);
	return a[0] == 0 || a[0] == 127 || a[0] >= 224 || (a[0] == 169 && a[1] == 254);
}

/* The L2TP header. False: it does not fit. */
static bool l2tp(const struct packet *p, struct outer *o, struct model *m, size_t *at,
		 unsigned *pad)
{
	unsigned flags;
	size_t start = *at;

	*pad = 0;
	if (*at + 2 > o->end)
		return false;
	flags = at16(p, *at);
	*at += 2;
	if ((flags & 15) != 2)
		return false;
	if (flags & L2TP_L) {
		if (*at + 2 > o->end || start + at16(p, *at) > o->end)
			return false;
		o->end = start + at16(p, *at);
		*at += 2;
	}
	if (*at + 4 > o->end)
		return false;
	m->session = at16(p, *at) == MODEL_TUNNEL ? known(at16(p, *at + 2)) : NULL;
	*at += flags & L2TP_S ? 8 : 4;
	if (flags & L2TP_O) {
		if (*at + 2 > o->end)
			return false;
		*pad = at16(p, *at);
		*at += 2 + *pad;
	}
	return *at <= o->end;
}

/* Protocol, or 0: no PPP frame. */
static unsigned ppp(const struct packet *p, size_t *at, size_t end)
{
	size_t n;

	if (*at + 2 <= end && at16(p, *at) == 0xff03)
		*at += 2;
	n = *at < end && (p->data[*at] & 1) ? 1 : 2;
	*at += n;
	/* All protocols are odd; 00ff is none (RFC 1661 2). */
	if (*at > end || !(p->data[*at - 1] & 1) ||
	    (p->data[*at - 1] == 0xff && (n == 1 || !p->data[*at - 2])))
		return 0;
	return n == 1 ? p->data[*at - 1] : at16(p, *at - 2);
}

/* The IP header at m->inner; it must end before end. */
static bool inner_sound(const struct packet *p, struct model *m, size_t end)
{
	const size_t at = m->inner, header = m->v6 ? 40 : 20;

	if (at + header > end || p->data[at] >> 4 != (m->v6 ? 6 : 4))
		return false;
	m->len = m->v6 ? 40u + at16(p, at + 4) : at16(p, at + 2);
	if (!m->v6 && ((p->data[at] & 15) < 5 || m->len < (p->data[at] & 15u) * 4))
		return false;
	return at + m->len <= end;
}

/* What XDP does not do in the kernel's place; NULL: nothing. */
static const char *for_kernel(const struct packet *p, const struct model *m)
{
	const uint8_t *ip = p->data + m->inner;

	if (ip[m->v6 ? 7 : 8] < 2)
		return "TTL at its end";
	if (m->v6 ? ip[6] == 0 : ip[0] != 0x45)
		return "IP options";
	if (!m->v6 && !packet_ip4_ok(p, m->inner))
		return "header checksum";
	return NULL;
}

/* Behind the netdev: table 100, then the main one. */
static const char *no_way(const uint8_t *dst, const struct model *m)
{
	if (m->v6 ? begins(dst, "\x20\x01\x0d\xb8\x01\x13", 6) : begins(dst, "\xcb\0\x71", 3))
		return m->len > MODEL_LINK_MTU ? "larger than the way's MTU" : NULL;
	if (!m->v6 && begins(dst, "\xcb\0\x73", 3))
		return m->len > 600 ? "larger than the way's MTU" : NULL;
	return "no way for XDP";
}

static void receive_payload(const struct packet *p, enum l2x_level level, size_t end,
			    struct model *m)
{
	const struct known *s = m->session;
	const uint8_t *src, *dst;
	const char *why = NULL;

	if (!(s->flags & (m->v6 ? L2X_SESSION_IPV6 : L2X_SESSION_IPV4)))
		return dropped(m, L2X_DROP_NOT_UP);
	if (!inner_sound(p, m, end))
		return dropped(m, L2X_DROP_BAD_INNER);
	src = p->data + m->inner + (m->v6 ? 8 : 12);
	dst = src + (m->v6 ? 16 : 4);
	if (level == L2X_LEVEL_USER) {
		if (m->v6 ? dst[0] == 0xff
			  : dst[0] >> 4 == 14 || begins(dst, "\xff\xff\xff\xff", 4))
			return dropped(m, L2X_DROP_NO_ROUTE);
	} else if (link_or_group(src, m->v6) || link_or_group(dst, m->v6)) {
		return verdict(m, MODEL_LEFT, "link-local or group address");
	}
	if (!(s->flags & L2X_SESSION_ANY_SOURCE) && routed_to(src, m->v6) != s)
		return dropped(m, L2X_DROP_BAD_SOURCE);
	if (level == L2X_LEVEL_XDP)
		why = for_kernel(p, m) ?: no_way(dst, m);
	if (why)
		return verdict(m, MODEL_LEFT, why);
	if (!limited(s, m))
		m->verdict = MODEL_TAKEN;
}

/* A message of a relayed session, behind its L2TP header. end: of the UDP packet. */
static void relay(const struct packet *p, enum l2x_level level, const struct outer *o, size_t end,
		  size_t at, struct model *m)
{
	const bool user = level == L2X_LEVEL_USER;
	const unsigned proto = ppp(p, &at, o->end), check = at16(p, o->l4 + 6);
	const struct known *onward = known(m->session->relay);

	if (!onward)
		return user ? dropped(m, L2X_DROP_NOT_UP) : verdict(m, MODEL_LEFT, "half a call");
	m->udp = o->l4;
	m->udp_len = end - o->l4;
	m->control = !proto || proto >= 0x4000;
	m->len = o->end - at;
	if (!user && !proto)
		return verdict(m, MODEL_LEFT, "no PPP protocol");
	if (!user && m->udp_len + (onward->family == 6 ? 40 : 20) > MODEL_LINK_MTU)
		return verdict(m, MODEL_LEFT, "larger than the way's MTU");
	if (!user && check && check == model_udp_pseudo(p))
		return verdict(m, MODEL_LEFT, "a checksum to be completed");
	if (level == L2X_LEVEL_TC && onward->family == 6 && !check)
		return verdict(m, MODEL_LEFT, "no checksum to go by");
	if (!m->control && (limited(m->session, m) || limited(onward, m)))
		return;
	m->onward = onward;
	m->verdict = MODEL_TAKEN;
}

static bool from_peer(const struct packet *p, const struct outer *o, const struct known *s)
{
	return (s->family == 6) == o->v6 && at16(p, o->l4) == s->peer_port &&
	       o->src[o->v6 ? 15 : 3] == 2 && outer_addresses_known(o);
}

void model_receive(const struct packet *p, enum l2x_level level, struct model *m)
{
	const bool user = level == L2X_LEVEL_USER;
	struct outer o = {0};
	enum model_verdict v;
	unsigned proto, pad;
	size_t at, end;

	*m = (struct model){.verdict = MODEL_LEFT, .why = "not to this NIC"};
	if (p->len < ETH || !begins(p->data, "\2\0\0\0\0", 5) || p->data[5] != MAC_UNDER)
		return;
	v = outer_udp(p, &o);
	if (v != MODEL_TAKEN || (!user && !o.plain))
		return verdict(m, user ? v : MODEL_LEFT, "no plain UDP packet to our port");
	if (user && !outer_addresses_known(&o))
		return verdict(m, MODEL_UNSURE, NULL);
	at = o.l4 + 8;
	end = o.end;
	if (at < o.end && (p->data[at] & 0x80))
		return verdict(m, user ? MODEL_UP : MODEL_LEFT, "control message");
	if (!l2tp(p, &o, m, &at, &pad)) {
		m->session = NULL;
		return user ? dropped(m, L2X_DROP_MALFORMED) : verdict(m, MODEL_LEFT, "malformed");
	}
	if (!user && (pad > 128 || !m->session || o.v6 != (m->session->family == 6) ||
		      !outer_to(&o, m->session->local)))
		return verdict(m, MODEL_LEFT, "long pad, or no session of this address");
	if (!m->session)
		return dropped(m, L2X_DROP_NO_SESSION);
	if (!(m->session->flags & L2X_SESSION_ANY_PEER) && !from_peer(p, &o, m->session))
		return dropped(m, L2X_DROP_BAD_PEER);
	if (!user && (m->session->flags & USER))
		return verdict(m, MODEL_LEFT, "session of userspace");
	if (m->session->relay)
		return relay(p, level, &o, end, at, m);
	proto = ppp(p, &at, o.end);
	if (proto != PPP_PROTO_IPV4 && proto != PPP_PROTO_IPV6) {
		if (!user)
			return verdict(m, MODEL_LEFT, "no IP in PPP");
		return proto ? verdict(m, MODEL_UP, NULL) : dropped(m, L2X_DROP_MALFORMED);
	}
	m->v6 = proto == PPP_PROTO_IPV6;
	m->inner = at;
	receive_payload(p, level, o.end, m);
}

/* In tc, over IPv6: can the sum over the packet be known? The kernel may owe a checksum. */
static bool sum_known(const struct packet *p, const struct model *m)
{
	const uint8_t *ip = p->data + m->inner;
	const size_t header = m->v6 ? 40 : (ip[0] & 15u) * 4, l4 = m->inner + header;
	const unsigned proto = ip[m->v6 ? 6 : 9];
	size_t check;

	if (!m->v6 && (at16(p, m->inner + 6) & 0x3fff))
		return true;
	if (proto == (m->v6 ? 58 : 1) || (m->v6 && proto == 44))
		return true;
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return false;
	check = l4 + (proto == IPPROTO_TCP ? 16 : 6);
	if (check + 2 > p->len)
		return false;
	if (proto == IPPROTO_UDP && !at16(p, check))
		return true;
	return packet_l4_sum(p, m->inner, l4, m->inner + m->len) == 0;
}

static size_t outside(const struct known *s)
{
	return (s->family == 6 ? 40 : 20) + 8 + 6 + (s->flags & L2X_SESSION_NO_FF03 ? 2 : 4);
}

/* What BPF programs leave to userspace; NULL: nothing. */
static const char *not_for_bpf(const struct packet *p, enum l2x_level level, const struct model *m,
			       const uint8_t *src, const uint8_t *dst)
{
	const struct known *s = routed_to(dst, m->v6);

	if (level == L2X_LEVEL_XDP) {
		if (link_or_group(src, m->v6) || link_or_group(dst, m->v6))
			return "link-local or group address";
		if (for_kernel(p, m))
			return for_kernel(p, m);
	} else if (m->inner + m->len != p->len) {
		return "bytes behind the packet";
	}
	if (!s || (s->flags & USER))
		return "no session of BPF";
	if (!(s->flags & (m->v6 ? L2X_SESSION_IPV6 : L2X_SESSION_IPV4)))
		return "not up";
	if (m->len > s->mtu || m->len + outside(s) > MODEL_LINK_MTU)
		return "too big";
	if (level == L2X_LEVEL_TC && s->family == 6 && !sum_known(p, m))
		return "checksum unknown";
	return NULL;
}

void model_transmit(const struct packet *p, enum l2x_level level, struct model *m)
{
	const struct known *s;
	const uint8_t *src, *dst;
	const char *why;

	*m = (struct model){.inner = ETH};
	if (level == L2X_LEVEL_XDP) {
		if (p->len < ETH + 20 || !begins(p->data, "\2\0\0\0\0", 5) ||
		    p->data[5] != MAC_PAY ||
		    (at16(p, ETH - 2) != 0x0800 && at16(p, ETH - 2) != 0x86dd))
			return verdict(m, MODEL_LEFT, "no IP to this NIC");
		m->v6 = at16(p, ETH - 2) == 0x86dd;
	} else {
		m->v6 = p->len > ETH && p->data[ETH] >> 4 == 6;
	}
	if (!inner_sound(p, m, p->len)) {
		m->why = "unsound";
		return level == L2X_LEVEL_USER ? dropped(m, L2X_DROP_BAD_INNER) : (void)0;
	}
	src = p->data + ETH + (m->v6 ? 8 : 12);
	dst = src + (m->v6 ? 16 : 4);
	s = routed_to(dst, m->v6);
	if (level != L2X_LEVEL_USER) {
		why = not_for_bpf(p, level, m, src, dst);
		if (why)
			return verdict(m, MODEL_LEFT, why);
	}
	if (!s)
		return dropped(m, L2X_DROP_NO_ROUTE);
	m->session = s;
	if (!(s->flags & (m->v6 ? L2X_SESSION_IPV6 : L2X_SESSION_IPV4)))
		return dropped(m, L2X_DROP_NOT_UP);
	if (m->len > s->mtu)
		return dropped(m, L2X_DROP_TOO_BIG);
	if (!limited(s, m))
		m->verdict = MODEL_TAKEN;
}
