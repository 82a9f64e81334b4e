// SPDX-License-Identifier: GPL-2.0-only
/* Writing of control messages, see l2tp_message.h. */
#include "wire/l2tp_message.h"

#include "l2x/wire.h"
#include "wire/l2tp_crypto.h"

static void write_header(struct wbuf *b, uint16_t length, uint16_t tunnel_id, uint16_t session_id,
			 uint16_t ns, uint16_t nr)
{
	wbuf_u16(b, L2TP_T | L2TP_L | L2TP_S | L2TP_VER);
	wbuf_u16(b, length);
	wbuf_u16(b, tunnel_id);
	wbuf_u16(b, session_id);
	wbuf_u16(b, ns);
	wbuf_u16(b, nr);
}

void l2tp_write_begin(struct wbuf *b, uint16_t tunnel_id, uint16_t session_id,
		      enum l2tp_message_type type)
{
	write_header(b, 0, tunnel_id, session_id, 0, 0);
	l2tp_write_u16(b, AVP_MESSAGE_TYPE, type);
}

static void avp_header(struct wbuf *b, enum l2tp_attribute a, size_t len)
{
	uint16_t m = l2tp_avp_rule(a)->mandatory ? AVP_M : 0;

	if (len > AVP_VALUE_MAX) {
		b->full = true;
		return;
	}
	wbuf_u16(b, m | (uint16_t)(AVP_HDR_LEN + len));
	wbuf_u16(b, 0); /* vendor: IETF */
	wbuf_u16(b, a);
}

void l2tp_write_u16(struct wbuf *b, enum l2tp_attribute a, uint16_t v)
{
	avp_header(b, a, 2);
	wbuf_u16(b, v);
}

void l2tp_write_u32(struct wbuf *b, enum l2tp_attribute a, uint32_t v)
{
	avp_header(b, a, 4);
	wbuf_u32(b, v);
}

void l2tp_write_bytes(struct wbuf *b, enum l2tp_attribute a, const void *p, size_t len)
{
	avp_header(b, a, len);
	wbuf_bytes(b, p, len);
}

void l2tp_write_trail(struct wbuf *b, const void *relays, size_t len)
{
	wbuf_u16(b, (uint16_t)(AVP_HDR_LEN + strlen(L2TP_TRAIL_MARK) + len));
	wbuf_u16(b, L2TP_TRAIL_VENDOR);
	wbuf_u16(b, L2TP_TRAIL_ATTRIBUTE);
	wbuf_bytes(b, L2TP_TRAIL_MARK, strlen(L2TP_TRAIL_MARK));
	wbuf_bytes(b, relays, len);
}

void l2tp_write_text(struct wbuf *b, enum l2tp_attribute a, const char *s)
{
	l2tp_write_bytes(b, a, s, strlen(s));
}

void l2tp_write_result(struct wbuf *b, uint16_t result, uint16_t error, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	avp_header(b, AVP_RESULT_CODE, error || len ? 4 + len : 2);
	wbuf_u16(b, result);
	if (error || len) {
		wbuf_u16(b, error);
		wbuf_bytes(b, text, len);
	}
}

size_t l2tp_write_end(struct wbuf *b)
{
	size_t len = wbuf_len(b);

	if (b->full || len > L2TP_MESSAGE_MAX)
		return 0;
	b->start[2] = (uint8_t)(len >> 8);
	b->start[3] = (uint8_t)len;
	return len;
}

static void hide_avp(struct wbuf *b, uint16_t attribute, const uint8_t *value, size_t len,
		     const char *secret, struct l2tp_vector rv, struct l2tp_vector padding)
{
	uint8_t clear[AVP_VALUE_MAX], *out;
	size_t room = 2 + len + padding.len;

	if (room > AVP_VALUE_MAX) {
		b->full = true;
		return;
	}
	memcpy(clear, value, len);
	if (padding.len)
		memcpy(clear + len, padding.p, padding.len);
	avp_header(b, (enum l2tp_attribute)attribute, room);
	if (!b->full)
		b->p[-AVP_HDR_LEN] |= AVP_H >> 8;
	out = wbuf_take(b, room);
	if (out)
		l2tp_hide(attribute, secret, rv, clear, len, padding.len, out);
	explicit_bzero(clear, sizeof(clear));
}

size_t l2tp_write_hidden(const uint8_t *msg, size_t len, const char *secret, struct l2tp_vector rv,
			 struct l2tp_vector padding, uint8_t *out, size_t room)
{
	struct rbuf in = rbuf_of(msg, len);
	struct wbuf b = wbuf_of(out, room);

	wbuf_bytes(&b, rbuf_take(&in, L2TP_CTRL_HDR_LEN), L2TP_CTRL_HDR_LEN);
	while (rbuf_left(&in) >= AVP_HDR_LEN) {
		uint16_t first = rbuf_u16(&in), vendor = rbuf_u16(&in), attribute = rbuf_u16(&in);
		size_t value_len = (first & AVP_LENGTH) - AVP_HDR_LEN;
		const uint8_t *value = rbuf_take(&in, value_len);
		const struct l2tp_avp_rule *rule = l2tp_avp_rule(attribute);

		if (!vendor && rule->hideable && attribute != AVP_ASSIGNED_TUNNEL_ID &&
		    attribute != AVP_ASSIGNED_SESSION_ID) {
			hide_avp(&b, attribute, value, value_len, secret, rv, padding);
			continue;
		}
		wbuf_u16(&b, first);
		wbuf_u16(&b, vendor);
		wbuf_u16(&b, attribute);
		wbuf_bytes(&b, value, value_len);
		if (attribute == AVP_MESSAGE_TYPE)
			l2tp_write_bytes(&b, AVP_RANDOM_VECTOR, rv.p, rv.len);
	}
	return l2tp_write_end(&b);
}

void l2tp_write_numbers(uint8_t *msg, uint16_t ns, uint16_t nr)
{
	struct wbuf b = wbuf_of(msg + 8, 4);

	wbuf_u16(&b, ns);
	wbuf_u16(&b, nr);
}

void l2tp_write_zlb(struct wbuf *b, uint16_t tunnel_id, uint16_t ns, uint16_t nr)
{
	write_header(b, L2TP_CTRL_HDR_LEN, tunnel_id, 0, ns, nr);
}
