// SPDX-License-Identifier: GPL-2.0-only
/* Verdicts of the userspace level, see user.h. The order of the checks is the same at every level.
 */
#include "dataplane/user.h"

#include <string.h>
#include "base/buf.h"
#include "dataplane/inner.h"
#include "dataplane/mss.h"
#include "wire/ipv6_packet.h"
#include "wire/l2tp_data.h"
#include "wire/ppp_packet.h"

static enum user_verdict drop(struct user_result *out, enum l2x_reason reason)
{
	out->reason = reason;
	return USER_DROP;
}

static void fix(const struct session *s, uint8_t *packet, size_t len)
{
	if (s->value.flags & L2X_SESSION_MSS_FIX)
		mss_fix(packet, len, s->value.mtu);
}

/* Routed to this session, or to the set that it is a leg of. */
static bool source_allowed(const struct table *t, const struct session *s,
			   const struct inner *inner)
{
	const struct route *r = table_lookup(t, s->value.netdev, &inner->source);

	if (!r)
		return false;
	return r->session ? r->session == s : r->to.set == s->value.set;
}

/* packet: out->data, to be written. */
static enum user_verdict receive_payload(const struct table *t, int family, uint32_t up,
					 uint8_t *packet, struct user_result *out)
{
	const struct l2x_session *s = &out->session->value;
	struct inner inner;

	if (!(s->flags & up))
		return drop(out, L2X_DROP_NOT_UP);
	if (inner_parse(family, out->data, out->len, &inner))
		return drop(out, L2X_DROP_BAD_INNER);
	out->len = inner.len;
	/* Only these two ends can have sent it, so its source needs no route. */
	if (family == AF_INET6 && ipv6_is_link_matter(out->data, out->len))
		return USER_LINK;
	/* Nobody behind a point-to-point netdev has joined a group. */
	if (inner_is_multicast(&inner.destination))
		return drop(out, L2X_DROP_NO_ROUTE);
	if (!(s->flags & L2X_SESSION_ANY_SOURCE) && !source_allowed(t, out->session, &inner))
		return drop(out, L2X_DROP_BAD_SOURCE);
	fix(out->session, packet, out->len);
	return USER_PAYLOAD;
}

static void write16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* False: late. */
static bool check_number(struct user_result *out, const struct l2tp_data *l2tp)
{
	struct sequence *q = &out->session->received;
	bool numbered = l2tp->flags & L2TP_S;

	if (!(out->session->value.flags & L2X_SESSION_CHECK_NS))
		return true;
	if (numbered && !sequence_takes(q, l2tp->ns))
		return false;
	out->numbering = numbered != q->numbered;
	q->numbered = numbered;
	return true;
}

static void note_number(const struct table *t, const uint8_t *packet, const struct l2tp_data *l2tp,
			struct user_result *out)
{
	struct set *set = set_of(&t->sets, out->session->value.set);

	if (!set || (set->value.flags & L2X_SET_BOND) ||
	    (out->session->value.flags & L2X_SESSION_CHECK_NS) ||
	    !l2tp_data_number(packet, l2tp, &out->number))
		return;
	if (!out->number.extended)
		out->number.epoch = set->value.generation;
	out->set = set;
}

/*
 * Everything but the two ids stays as it is, so that numbers, offsets and whatever PPP carries mean
 * to the far end what the near end meant.
 */
static enum user_verdict relay(const struct table *t, uint8_t *packet, size_t len,
			       const struct l2tp_data *l2tp, struct user_result *out)
{
	struct session *onward = table_session(t, out->session->value.relay);
	uint8_t *ids = packet + (l2tp->flags & L2TP_L ? 4 : 2);
	size_t header;
	int protocol = ppp_frame_parse(packet + l2tp->payload, l2tp->payload_len, &header);

	if (!onward)
		return drop(out, L2X_DROP_NOT_UP);
	write16(ids, onward->value.peer_tunnel_id);
	write16(ids + 2, onward->value.peer_session_id);
	out->onward = onward;
	out->data = packet;
	out->len = len;
	out->limited = protocol >= 0 && protocol < PPP_PROTO_CONTROL;
	out->inner_len = out->limited ? l2tp->payload_len - header : 0;
	return USER_RELAY;
}

enum user_verdict user_receive(const struct table *t, const struct endpoint *peer, uint8_t *packet,
			       size_t len, struct user_result *out)
{
	struct l2tp_data l2tp;
	size_t ppp_header;
	int protocol;

	*out = (struct user_result){.data = packet, .len = len};
	if (l2tp_is_control(packet, len))
		return USER_CONTROL;
	if (l2tp_data_parse(packet, len, &l2tp))
		return drop(out, L2X_DROP_MALFORMED);
	out->session = table_session(t, (struct l2x_session_key){.tunnel_id = l2tp.tunnel_id,
								 .session_id = l2tp.session_id});
	if (!out->session)
		return drop(out, L2X_DROP_NO_SESSION);
	if (!(out->session->value.flags & L2X_SESSION_ANY_PEER) &&
	    !endpoint_eq(peer, &out->session->path.peer))
		return drop(out, L2X_DROP_BAD_PEER);
	if (out->session->value.flags & L2X_SESSION_RELAY)
		return relay(t, packet, len, &l2tp, out);
	out->data = packet + l2tp.payload;
	out->len = l2tp.payload_len;
	protocol = ppp_frame_parse(out->data, out->len, &ppp_header);
	if (protocol < 0)
		return drop(out, L2X_DROP_MALFORMED);
	if (!check_number(out, &l2tp))
		return drop(out, L2X_DROP_LATE);
	if (protocol != PPP_PROTO_IPV4 && protocol != PPP_PROTO_IPV6)
		return USER_PPP;
	note_number(t, packet, &l2tp, out);
	packet += l2tp.payload + ppp_header;
	out->data = packet;
	out->len -= ppp_header;
	return protocol == PPP_PROTO_IPV4
		       ? receive_payload(t, AF_INET, L2X_SESSION_IPV4, packet, out)
		       : receive_payload(t, AF_INET6, L2X_SESSION_IPV6, packet, out);
}

/* The L2TP header, with these flags and the session's, and behind it what ppp holds. */
static size_t build_header(struct session *s, uint8_t *buf, uint16_t flags, const struct wbuf *ppp,
			   size_t payload_len)
{
	size_t len;

	if (s->value.flags & L2X_SESSION_LENGTH)
		flags |= L2TP_L;
	if (s->value.flags & L2X_SESSION_SEQUENCED)
		flags |= L2TP_S;
	len = l2tp_data_header(buf, L2TP_DATA_HDR_MAX, flags, s->value.peer_tunnel_id,
			       s->value.peer_session_id, s->ns, wbuf_len(ppp) + payload_len);
	if (!len)
		return 0;
	if (flags & L2TP_S)
		s->ns++;
	memcpy(buf + len, ppp->start, wbuf_len(ppp));
	return len + wbuf_len(ppp);
}

size_t user_header(struct session *s, uint8_t *buf, uint16_t ppp_protocol, size_t payload_len)
{
	uint8_t bytes[4];
	struct wbuf ppp = wbuf_of(bytes, sizeof(bytes));

	if (!(s->value.flags & L2X_SESSION_NO_FF03))
		wbuf_u16(&ppp, PPP_ALLSTATIONS_UI);
	wbuf_u16(&ppp, ppp_protocol);
	return build_header(s, buf, 0, &ppp, payload_len);
}

size_t user_leg_header(const struct session *s, uint8_t *buf, uint16_t ppp_protocol,
		       const struct l2x_number *number)
{
	size_t len = l2tp_data_set_header(buf, L2TP_DATA_SET_HDR_MAX, s->value.peer_tunnel_id,
					  s->value.peer_session_id, number);
	struct wbuf ppp = wbuf_of(buf + len, USER_HEADER_MAX - len);

	if (!(s->value.flags & L2X_SESSION_NO_FF03))
		wbuf_u16(&ppp, PPP_ALLSTATIONS_UI);
	wbuf_u16(&ppp, ppp_protocol);
	return len + wbuf_len(&ppp);
}

size_t user_frame_header(struct session *s, uint8_t *buf, const uint8_t *frame, size_t len)
{
	struct rbuf b = rbuf_of(frame, len);
	const uint16_t protocol = rbuf_u16(&b);
	const uint8_t code = rbuf_u8(&b);
	const bool echo =
		protocol == PPP_PROTO_LCP && (code == PPP_ECHO_REQUEST || code == PPP_ECHO_REPLY);
	uint8_t bytes[4];
	struct wbuf ppp = wbuf_of(bytes, sizeof(bytes));

	/* LCP always has them (RFC 1661 6.6). */
	if (!(s->value.flags & L2X_SESSION_NO_FF03) || protocol == PPP_PROTO_LCP)
		wbuf_u16(&ppp, PPP_ALLSTATIONS_UI);
	/* RFC 2661 3.1: what keeps the link alive comes before what fills it. */
	return build_header(s, buf, echo ? L2TP_P : 0, &ppp, len);
}

static enum user_verdict transmit_set(struct set *set, int family, size_t len,
				      struct user_result *out)
{
	const uint8_t up = family == AF_INET ? set->value.up4 : set->value.up6;

	if (!up)
		return drop(out, L2X_DROP_NOT_UP);
	out->session = set->legs[__builtin_ctz(up)].session;
	if (len > set->value.mtu)
		return drop(out, L2X_DROP_TOO_BIG);
	out->set = set;
	return USER_SET;
}

enum user_verdict user_transmit(const struct table *t, unsigned netdev, uint8_t *packet, size_t len,
				struct user_result *out)
{
	int family = len && packet[0] >> 4 == 6 ? AF_INET6 : AF_INET;
	const struct route *r;
	struct session *s;
	struct inner inner;

	*out = (struct user_result){.data = packet, .len = len};
	if (inner_parse(family, packet, len, &inner))
		return drop(out, L2X_DROP_BAD_INNER);
	out->len = inner.len;
	r = inner_is_multicast(&inner.destination) ? NULL
						   : table_lookup(t, netdev, &inner.destination);
	if (!r)
		return drop(out, L2X_DROP_NO_ROUTE);
	if (!r->session) {
		enum user_verdict v =
			transmit_set(set_of(&t->sets, r->to.set), family, inner.len, out);

		if (v == USER_SET)
			fix(out->session, packet, inner.len);
		return v;
	}
	out->session = s = r->session;
	if (!(s->value.flags & (family == AF_INET ? L2X_SESSION_IPV4 : L2X_SESSION_IPV6)))
		return drop(out, L2X_DROP_NOT_UP);
	if (inner.len > s->value.mtu)
		return drop(out, L2X_DROP_TOO_BIG);
	out->header_len =
		user_header(s, out->header, family == AF_INET ? PPP_PROTO_IPV4 : PPP_PROTO_IPV6,
			    inner.len);
	if (!out->header_len)
		return drop(out, L2X_DROP_TOO_BIG);
	fix(s, packet, inner.len);
	return USER_PAYLOAD;
}
