// SPDX-License-Identifier: GPL-2.0-only
/* The messages that we send, AVP by AVP as RFC 2661 6 lists them. */
#include "l2tp/internal.h"

#include <string.h>

#include "wire/l2tp_crypto.h"

#define FIRMWARE     1
#define MESSAGE_ROOM 1400 /* what we send at most: names and numbers are bounded */

#define VECTOR_LEN   16
#define PADDING_MAX  15

/* RFC 2661 4.3. Padding hides how long a value is. */
static size_t hide(struct l2tp_tunnel *t, const uint8_t *msg, size_t len, uint8_t *out)
{
	struct l2tp *l = t->l2tp;
	uint8_t noise[VECTOR_LEN + PADDING_MAX + 1];

	l->setup.random(l->setup.owner, noise, sizeof(noise));
	return l2tp_write_hidden(msg, len, t->params.secret,
				 (struct l2tp_vector){noise, VECTOR_LEN},
				 (struct l2tp_vector){noise + VECTOR_LEN,
						      noise[VECTOR_LEN + PADDING_MAX] %
							      (PADDING_MAX + 1)},
				 out, MESSAGE_ROOM);
}

/*
 * SCCRQ and SCCRP have nothing to hide, and peers that choose the secret by the Host Name in them
 * (xl2tpd) cannot read what is hidden there.
 */
static bool may_hide(const struct l2tp_tunnel *t, uint16_t type)
{
	return t->params.hide_avps && t->params.secret[0] && type != L2TP_SCCRQ &&
	       type != L2TP_SCCRP;
}

/* s: whose message it is; NULL: the tunnel's. */
static void queue(struct l2tp_tunnel *t, const struct l2tp_session *s, struct wbuf *b)
{
	uint8_t hidden[MESSAGE_ROOM];
	const uint8_t *msg = b->start;
	size_t len = l2tp_write_end(b);

	if (s && len)
		session_trace(s, "to send:", msg, len); /* it has its Ns later */
	if (len && may_hide(t, message_type(msg, len))) {
		len = hide(t, msg, len, hidden);
		msg = hidden;
	}
	if (!len || channel_send(&t->channel, msg, len))
		tunnel_end_later(t, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES,
				 "no memory for a message");
}

/* What SCCRQ and SCCRP have in common, RFC 2661 6.1 and 6.2. */
static void write_self(struct wbuf *b, struct l2tp_tunnel *t)
{
	l2tp_write_u16(b, AVP_PROTOCOL_VERSION, L2TP_PROTOCOL_VERSION);
	l2tp_write_u32(b, AVP_FRAMING_CAPABILITIES, L2TP_FRAMING_SYNC | L2TP_FRAMING_ASYNC);
	if (t->params.bearer)
		l2tp_write_u32(b, AVP_BEARER_CAPABILITIES, t->params.bearer);
	l2tp_write_text(b, AVP_HOST_NAME, t->params.host_name);
	l2tp_write_u16(b, AVP_FIRMWARE_REVISION, FIRMWARE);
	l2tp_write_text(b, AVP_VENDOR_NAME, L2TP_VENDOR_NAME);
	l2tp_write_u16(b, AVP_ASSIGNED_TUNNEL_ID, t->st.id);
	l2tp_write_u16(b, AVP_RECEIVE_WINDOW_SIZE, t->params.receive_window);
	if (t->params.challenge && t->params.secret[0]) {
		struct l2tp *l = t->l2tp;

		l->setup.random(l->setup.owner, t->challenge, sizeof(t->challenge));
		t->challenge_sent = true;
		l2tp_write_bytes(b, AVP_CHALLENGE, t->challenge, sizeof(t->challenge));
	}
}

/* RFC 2661 5.1.1. A peer that challenges us while we have no secret gets an answer with an empty
 * one. */
static void write_response(struct wbuf *b, struct l2tp_tunnel *t, uint8_t type,
			   const struct l2tp_value *challenge)
{
	uint8_t response[L2TP_RESPONSE_LEN];

	if (!challenge->present || challenge->veiled)
		return;
	l2tp_response(type, t->params.secret, challenge->p, challenge->len, response);
	l2tp_write_bytes(b, AVP_CHALLENGE_RESPONSE, response, sizeof(response));
}

void send_sccrq(struct l2tp_tunnel *t)
{
	uint8_t room[MESSAGE_ROOM];
	struct wbuf b = wbuf_of(room, sizeof(room));

	l2tp_write_begin(&b, 0, 0, L2TP_SCCRQ);
	write_self(&b, t);
	if (t->params.tie_breaker) {
		t->l2tp->setup.random(t->l2tp->setup.owner, t->tie, sizeof(t->tie));
		t->has_tie = true;
		l2tp_write_bytes(&b, AVP_TIE_BREAKER, t->tie, sizeof(t->tie));
	}
	queue(t, NULL, &b);
}

void send_sccrp(struct l2tp_tunnel *t, const struct l2tp_value *challenge)
{
	uint8_t room[MESSAGE_ROOM];
	struct wbuf b = wbuf_of(room, sizeof(room));

	l2tp_write_begin(&b, t->st.peer_id, 0, L2TP_SCCRP);
	write_self(&b, t);
	write_response(&b, t, L2TP_SCCRP, challenge);
	queue(t, NULL, &b);
}

void send_scccn(struct l2tp_tunnel *t, const struct l2tp_value *challenge)
{
	uint8_t room[MESSAGE_ROOM];
	struct wbuf b = wbuf_of(room, sizeof(room));

	l2tp_write_begin(&b, t->st.peer_id, 0, L2TP_SCCCN);
	write_response(&b, t, L2TP_SCCCN, challenge);
	queue(t, NULL, &b);
}

void send_stopccn(struct l2tp_tunnel *t, const struct l2tp_end *why)
{
	uint8_t room[MESSAGE_ROOM];
	struct wbuf b = wbuf_of(room, sizeof(room));

	l2tp_write_begin(&b, t->st.peer_id, 0, L2TP_STOPCCN);
	l2tp_write_u16(&b, AVP_ASSIGNED_TUNNEL_ID, t->st.id);
	l2tp_write_result(&b, why->result, why->error, why->text);
	queue(t, NULL, &b);
}

void send_hello(struct l2tp_tunnel *t)
{
	uint8_t room[MESSAGE_ROOM];
	struct wbuf b = wbuf_of(room, sizeof(room));

	l2tp_write_begin(&b, t->st.peer_id, 0, L2TP_HELLO);
	queue(t, NULL, &b);
}

static void write_number(struct wbuf *b, enum l2tp_attribute a, const char *number)
{
	if (number[0])
		l2tp_write_text(b, a, number);
}

void send_icrq(struct l2tp_session *s)
{
	const struct l2tp_call_info *call = &s->st.call;
	uint8_t room[MESSAGE_ROOM];
	struct wbuf b = wbuf_of(room, sizeof(room));

	l2tp_write_begin(&b, s->tunnel->st.peer_id, 0, L2TP_ICRQ);
	l2tp_write_u16(&b, AVP_ASSIGNED_SESSION_ID, s->st.id);
	l2tp_write_u32(&b, AVP_CALL_SERIAL_NUMBER, call->serial);
	l2tp_write_u32(&b, AVP_BEARER_TYPE, call->bearer_type);
	if (call->physical_channel)
		l2tp_write_u32(&b, AVP_PHYSICAL_CHANNEL_ID, call->physical_channel);
	write_number(&b, AVP_CALLING_NUMBER, call->calling);
	write_number(&b, AVP_CALLED_NUMBER, call->called);
	write_number(&b, AVP_SUB_ADDRESS, call->sub_address);
	if (call->trail_count)
		l2tp_write_trail(&b, call->trail, (size_t)call->trail_count * L2TP_RELAY_ID_LEN);
	queue(s->tunnel, s, &b);
}

/* What ICCN and OCCN have in common, RFC 2661 6.8 and 6.11. */
static void write_line(struct wbuf *b, const struct l2tp_call_info *call)
{
	l2tp_write_u32(b, AVP_TX_CONNECT_SPEED, call->tx_speed);
	l2tp_write_u32(b, AVP_FRAMING_TYPE, call->framing_type);
	/* Said only where it differs, RFC 2661 4.4.4. */
	if (call->rx_speed && call->rx_speed != call->tx_speed)
		l2tp_write_u32(b, AVP_RX_CONNECT_SPEED, call->rx_speed);
	if (call->sequencing_required)
		l2tp_write_bytes(b, AVP_SEQUENCING_REQUIRED, NULL, 0);
}

void send_icrp(struct l2tp_session *s)
{
	uint8_t room[MESSAGE_ROOM];
	struct wbuf b = wbuf_of(room, sizeof(room));

	l2tp_write_begin(&b, s->tunnel->st.peer_id, s->st.peer_id, L2TP_ICRP);
	l2tp_write_u16(&b, AVP_ASSIGNED_SESSION_ID, s->st.id);
	queue(s->tunnel, s, &b);
}

#define PROXY_ROOM 1000 /* with the rest of an ICCN, and hidden, it still fits a message */

static size_t proxy_len(const struct l2tp_proxy *p)
{
	return (size_t)p->proxy_lcp_initial.len + p->proxy_lcp_last_sent.len +
	       p->proxy_lcp_last_received.len + strlen(p->proxy_auth_name) +
	       p->proxy_auth_challenge_len + p->proxy_auth_response_len;
}

static void write_confreq(struct wbuf *b, enum l2tp_attribute a, const struct l2tp_confreq *c)
{
	if (c->len)
		l2tp_write_bytes(b, a, c->bytes, c->len);
}

/* RFC 2661 4.4.5 */
static void write_proxy(struct wbuf *b, const struct l2tp_session *s)
{
	const struct l2tp_proxy *p = s->proxy;

	if (!p)
		return;
	if (proxy_len(p) > PROXY_ROOM) {
		log_info(s->log, "session %u: proxy LCP and login are too long to be told",
			 s->st.id);
		return;
	}
	write_confreq(b, AVP_INITIAL_RECEIVED_CONFREQ, &p->proxy_lcp_initial);
	write_confreq(b, AVP_LAST_SENT_CONFREQ, &p->proxy_lcp_last_sent);
	write_confreq(b, AVP_LAST_RECEIVED_CONFREQ, &p->proxy_lcp_last_received);
	if (!p->proxy_auth_type)
		return;
	l2tp_write_u16(b, AVP_PROXY_AUTHEN_TYPE, p->proxy_auth_type);
	if (*p->proxy_auth_name)
		l2tp_write_text(b, AVP_PROXY_AUTHEN_NAME, p->proxy_auth_name);
	if (p->proxy_auth_challenge_len)
		l2tp_write_bytes(b, AVP_PROXY_AUTHEN_CHALLENGE, p->proxy_auth_challenge,
				 p->proxy_auth_challenge_len);
	l2tp_write_u16(b, AVP_PROXY_AUTHEN_ID, p->proxy_auth_id);
	if (p->proxy_auth_response_len)
		l2tp_write_bytes(b, AVP_PROXY_AUTHEN_RESPONSE, p->proxy_auth_response,
				 p->proxy_auth_response_len);
}

void send_iccn(struct l2tp_session *s)
{
	const struct l2tp_call_info *call = &s->st.call;
	uint8_t room[MESSAGE_ROOM];
	struct wbuf b = wbuf_of(room, sizeof(room));

	l2tp_write_begin(&b, s->tunnel->st.peer_id, s->st.peer_id, L2TP_ICCN);
	write_line(&b, call);
	if (call->private_group_len)
		l2tp_write_bytes(&b, AVP_PRIVATE_GROUP_ID, call->private_group,
				 call->private_group_len);
	write_proxy(&b, s);
	queue(s->tunnel, s, &b);
	explicit_bzero(room, sizeof(room));
}

void send_ocrq(struct l2tp_session *s)
{
	const struct l2tp_call_info *call = &s->st.call;
	uint8_t room[MESSAGE_ROOM];
	struct wbuf b = wbuf_of(room, sizeof(room));

	l2tp_write_begin(&b, s->tunnel->st.peer_id, 0, L2TP_OCRQ);
	l2tp_write_u16(&b, AVP_ASSIGNED_SESSION_ID, s->st.id);
	l2tp_write_u32(&b, AVP_CALL_SERIAL_NUMBER, call->serial);
	l2tp_write_u32(&b, AVP_MINIMUM_BPS, call->min_bps);
	l2tp_write_u32(&b, AVP_MAXIMUM_BPS, call->max_bps ? call->max_bps : UINT32_MAX);
	l2tp_write_u32(&b, AVP_BEARER_TYPE, call->bearer_type);
	l2tp_write_u32(&b, AVP_FRAMING_TYPE, call->framing_type);
	l2tp_write_text(&b, AVP_CALLED_NUMBER, call->called);
	write_number(&b, AVP_SUB_ADDRESS, call->sub_address);
	queue(s->tunnel, s, &b);
}

void send_ocrp(struct l2tp_session *s)
{
	const struct l2tp_call_info *call = &s->st.call;
	uint8_t room[MESSAGE_ROOM];
	struct wbuf b = wbuf_of(room, sizeof(room));

	l2tp_write_begin(&b, s->tunnel->st.peer_id, s->st.peer_id, L2TP_OCRP);
	l2tp_write_u16(&b, AVP_ASSIGNED_SESSION_ID, s->st.id);
	if (call->physical_channel)
		l2tp_write_u32(&b, AVP_PHYSICAL_CHANNEL_ID, call->physical_channel);
	queue(s->tunnel, s, &b);
}

void send_occn(struct l2tp_session *s)
{
	const struct l2tp_call_info *call = &s->st.call;
	uint8_t room[MESSAGE_ROOM];
	struct wbuf b = wbuf_of(room, sizeof(room));

	l2tp_write_begin(&b, s->tunnel->st.peer_id, s->st.peer_id, L2TP_OCCN);
	write_line(&b, call);
	queue(s->tunnel, s, &b);
}

void send_notice(struct l2tp_session *s, enum l2tp_notice notice, const struct l2tp_call_info *from)
{
	const struct l2tp_call_errors *e = &from->errors;
	uint8_t room[MESSAGE_ROOM], value[26];
	struct wbuf b = wbuf_of(room, sizeof(room)), v = wbuf_of(value, sizeof(value));

	wbuf_u16(&v, 0); /* reserved */
	if (notice == L2TP_NOTICE_ERRORS) {
		wbuf_u32(&v, e->crc);
		wbuf_u32(&v, e->framing);
		wbuf_u32(&v, e->hardware_overruns);
		wbuf_u32(&v, e->buffer_overruns);
		wbuf_u32(&v, e->timeouts);
		wbuf_u32(&v, e->alignment);
		l2tp_write_begin(&b, s->tunnel->st.peer_id, s->st.peer_id, L2TP_WEN);
		l2tp_write_bytes(&b, AVP_CALL_ERRORS, value, wbuf_len(&v));
	} else {
		wbuf_u32(&v, from->accm_send);
		wbuf_u32(&v, from->accm_receive);
		l2tp_write_begin(&b, s->tunnel->st.peer_id, s->st.peer_id, L2TP_SLI);
		l2tp_write_bytes(&b, AVP_ACCM, value, wbuf_len(&v));
	}
	queue(s->tunnel, s, &b);
}

/* Q.931 Cause Code (RFC 2661 4.4.2) and PPP Disconnect Cause Code (RFC 3145 2.1). */
static void write_causes(struct wbuf *b, const struct l2tp_end *e)
{
	uint8_t value[5 + sizeof(e->ppp.text)];
	struct wbuf v = wbuf_of(value, sizeof(value));

	if (e->q931.said) {
		wbuf_u16(&v, e->q931.code);
		wbuf_u8(&v, e->q931.message);
		wbuf_bytes(&v, e->q931.text, strlen(e->q931.text));
		l2tp_write_bytes(b, AVP_Q931_CAUSE_CODE, value, wbuf_len(&v));
	}
	if (e->ppp.said) {
		v = wbuf_of(value, sizeof(value));
		wbuf_u16(&v, e->ppp.code);
		wbuf_u16(&v, e->ppp.protocol);
		wbuf_u8(&v, e->ppp.direction);
		wbuf_bytes(&v, e->ppp.text, strlen(e->ppp.text));
		l2tp_write_bytes(b, AVP_PPP_DISCONNECT_CAUSE, value, wbuf_len(&v));
	}
}

void send_cdn(struct l2tp_tunnel *t, uint16_t id, uint16_t peer_id, const struct l2tp_end *why)
{
	uint8_t room[MESSAGE_ROOM];
	struct wbuf b = wbuf_of(room, sizeof(room));

	l2tp_write_begin(&b, t->st.peer_id, peer_id, L2TP_CDN);
	l2tp_write_result(&b, why->result, why->error, why->text);
	l2tp_write_u16(&b, AVP_ASSIGNED_SESSION_ID, id);
	write_causes(&b, why);
	queue(t, l2tp_session_by_id(t, id), &b);
}
