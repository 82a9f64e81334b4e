// SPDX-License-Identifier: GPL-2.0-only
/* Control messages in words, for people who read a debug log. See l2tp_message.h. */
#include <stdarg.h>
#include <stdio.h>
#include "l2x/wire.h"
#include "wire/l2tp_message.h"

struct text {
	char *buf;
	size_t room, len;
};

static void __attribute__((format(printf, 2, 3))) put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->room - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len = t->len + (size_t)n < t->room ? t->len + (size_t)n : t->room - 1;
}

static void put_bytes(struct text *t, const uint8_t *p, size_t len)
{
	char s[128];

	l2tp_printable(s, sizeof(s), p, len);
	put(t, " \"%s\"%s", s, len >= sizeof(s) ? "..." : "");
}

/* RFC 2661 4.4.3: two bits, of which each may be set. */
static void put_bits(struct text *t, uint32_t v, const char *low, const char *high)
{
	const char *const words[] = {"none", low, high};

	if ((v & 3) == 3)
		put(t, " %s+%s", low, high);
	else
		put(t, " %s", words[v & 3]);
	if (v & ~3u)
		put(t, " and reserved bits %#x", v & ~3u);
}

/* The value's length has been checked against the rule. */
static void put_value(struct text *t, enum l2tp_avp_kind kind, const uint8_t *p, size_t len)
{
	struct rbuf b = rbuf_of(p, len);
	uint16_t first;

	switch (kind) {
	case AVP_KIND_U16:
	case AVP_KIND_ID:
		put(t, " %u", rbuf_u16(&b));
		break;
	case AVP_KIND_U32:
		put(t, " %u", len < 4 ? rbuf_u16(&b) : rbuf_u32(&b));
		break;
	case AVP_KIND_FRAMING:
		put_bits(t, rbuf_u32(&b), "sync", "async");
		break;
	case AVP_KIND_BEARER:
		put_bits(t, rbuf_u32(&b), "digital", "analog");
		break;
	case AVP_KIND_VERSION:
		put(t, " %u.%u", p[0], p[1]);
		break;
	case AVP_KIND_RESULT:
		put(t, " %u", rbuf_u16(&b));
		if (rbuf_left(&b) >= 2)
			put(t, " error %u", rbuf_u16(&b));
		if (rbuf_left(&b))
			put_bytes(t, b.p, rbuf_left(&b));
		break;
	case AVP_KIND_CAUSE:
		first = rbuf_u16(&b);
		put(t, " %u message %u", first, rbuf_u8(&b));
		if (rbuf_left(&b))
			put_bytes(t, b.p, rbuf_left(&b));
		break;
	case AVP_KIND_PPP_CAUSE:
		first = rbuf_u16(&b);
		put(t, " %u protocol 0x%04x", first, rbuf_u16(&b));
		put(t, " direction %u", rbuf_u8(&b));
		if (rbuf_left(&b))
			put_bytes(t, b.p, rbuf_left(&b));
		break;
	case AVP_KIND_TEXT:
		put_bytes(t, p, len);
		break;
	case AVP_KIND_BYTES:
	case AVP_KIND_SECRET:
		put(t, " (%zu bytes)", len);
		break;
	case AVP_KIND_MESSAGE_TYPE:
	case AVP_KIND_FLAG:
	case AVP_KIND_UNKNOWN:
		break;
	}
}

static void put_avp(struct text *t, uint16_t flags, uint16_t vendor, uint16_t attribute,
		    const uint8_t *p, size_t len)
{
	const struct l2tp_avp_rule *rule =
		vendor || (flags & AVP_RESERVED) ? NULL : l2tp_avp_rule(attribute);

	if (!rule) {
		put(t, "unknown AVP %u", attribute);
		if (vendor)
			put(t, " of vendor %u", vendor);
		put(t, " (%zu bytes%s)", len, flags & AVP_M ? ", mandatory" : "");
		return;
	}
	put(t, "%s", rule->name);
	if (flags & AVP_H)
		put(t, " (hidden)");
	else if (len < rule->min || len > rule->max)
		put(t, " (malformed, %zu bytes)", len);
	else
		put_value(t, rule->kind, p, len);
}

const char *l2tp_message_text(const uint8_t *msg, size_t len, char *buf, size_t room)
{
	struct text t = {.buf = buf, .room = room};
	const char *between = ": ";
	struct l2tp_header h;
	struct rbuf b;
	uint16_t type;

	buf[0] = 0;
	if (l2tp_header_parse(msg, len, &h)) {
		put(&t, "malformed message (%zu bytes)", len);
		return buf;
	}
	b = rbuf_of(msg + L2TP_CTRL_HDR_LEN, h.length - L2TP_CTRL_HDR_LEN);
	/* The Message Type AVP has to stand first. What stands there otherwise is shown with the
	 * rest. */
	type = rbuf_left(&b) >= 8 && !memcmp(b.p + 2, "\0\0\0", 4)
		       ? (uint16_t)(b.p[6] << 8 | b.p[7])
		       : 0;
	if (l2tp_is_zlb(&h))
		put(&t, "ZLB");
	else if (l2tp_message_name(type))
		put(&t, "%s", l2tp_message_name(type));
	else
		put(&t, "message of unknown type %u", type);
	put(&t, " tunnel %u session %u Ns %u Nr %u", h.tunnel_id, h.session_id, h.ns, h.nr);
	while (rbuf_left(&b)) {
		uint16_t flags = rbuf_u16(&b), vendor = rbuf_u16(&b), attribute = rbuf_u16(&b);
		size_t value_len = flags & AVP_LENGTH;
		const uint8_t *p = NULL;

		if (!b.short_read && value_len >= AVP_HDR_LEN)
			p = rbuf_take(&b, value_len - AVP_HDR_LEN);
		if (!p) {
			put(&t, "%sAVP that does not fit", between);
			break;
		}
		if (!vendor && attribute == AVP_MESSAGE_TYPE && l2tp_message_name(type))
			continue;
		put(&t, "%s", between);
		put_avp(&t, flags, vendor, attribute, p, value_len - AVP_HDR_LEN);
		between = ", ";
	}
	return buf;
}
