// SPDX-License-Identifier: GPL-2.0-only
/* Reading of control messages, see l2tp_message.h. */
#include "wire/l2tp_message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include "l2x/wire.h"
#include "wire/l2tp_crypto.h"

/* General error codes, RFC 2661 4.4.2; the whole list is in ctl/l2tp. */
enum {
	ERROR_LENGTH = 2,
	ERROR_VALUE = 3,
	ERROR_MANDATORY = 8,
};

struct raw_avp {
	uint16_t flags, vendor, attribute, len;
	const uint8_t *p;
};

int l2tp_header_parse(const uint8_t *msg, size_t len, struct l2tp_header *h)
{
	const uint16_t want = L2TP_T | L2TP_L | L2TP_S | L2TP_VER;
	struct rbuf b = rbuf_of(msg, len);
	uint16_t flags = rbuf_u16(&b);

	/* Reserved bits are ignored on receipt, as is P; an Offset has no place here (RFC
	 * 2661 3.1). */
	if ((flags & (L2TP_T | L2TP_L | L2TP_S | L2TP_O | L2TP_VER_MASK)) != want)
		return -EBADMSG;
	h->length = rbuf_u16(&b);
	h->tunnel_id = rbuf_u16(&b);
	h->session_id = rbuf_u16(&b);
	h->ns = rbuf_u16(&b);
	h->nr = rbuf_u16(&b);
	if (b.short_read || h->length < L2TP_CTRL_HDR_LEN || h->length > len ||
	    h->length > L2TP_MESSAGE_MAX)
		return -EBADMSG;
	return 0;
}

static void __attribute__((format(printf, 3, 4)))
problem(struct l2tp_message *m, uint16_t error, const char *fmt, ...)
{
	va_list ap;

	if (m->problem.error)
		return;
	m->problem.error = error;
	va_start(ap, fmt);
	vsnprintf(m->problem.text, sizeof(m->problem.text), fmt, ap);
	va_end(ap);
}

/* One AVP off the buffer; false: the framing is broken, nothing behind can be read. */
static bool next_avp(struct rbuf *b, struct raw_avp *a)
{
	uint16_t first = rbuf_u16(b);

	a->flags = first & (uint16_t)~AVP_LENGTH;
	a->vendor = rbuf_u16(b);
	a->attribute = rbuf_u16(b);
	if (b->short_read || (first & AVP_LENGTH) < AVP_HDR_LEN)
		return false;
	a->len = (first & AVP_LENGTH) - AVP_HDR_LEN;
	a->p = rbuf_take(b, a->len);
	return a->p;
}

/* RFC 2661 4.4.1: the Message Type stands first, and is never hidden. */
static bool parse_type(struct l2tp_message *m, struct rbuf *b)
{
	struct raw_avp a;

	if (!next_avp(b, &a) || a.attribute != AVP_MESSAGE_TYPE || a.len != 2 ||
	    (a.flags & AVP_H)) {
		problem(m, ERROR_VALUE, "message does not start with its type");
		return false;
	}
	m->type_mandatory = a.flags & AVP_M;
	/* A vendor's message, or one with reserved bits, is none that we know (RFC 2661 4.1). */
	if (!a.vendor && !(a.flags & AVP_RESERVED) &&
	    l2tp_message_name((uint16_t)(a.p[0] << 8 | a.p[1])))
		m->type = (uint16_t)(a.p[0] << 8 | a.p[1]);
	return true;
}

/* Replace a hidden value by what it hides. -EBADMSG: it cannot be read. */
static int reveal(struct l2tp_message *m, struct l2tp_value *v, uint16_t attribute,
		  const char *secret)
{
	const struct l2tp_value *rv = &m->avp[AVP_RANDOM_VECTOR];
	uint8_t *out = m->clear + m->clear_len;
	int len;

	if (!rv->present || v->len > sizeof(m->clear) - m->clear_len)
		return -EBADMSG;
	len = l2tp_reveal(attribute, secret, (struct l2tp_vector){rv->p, rv->len}, v->p, v->len,
			  out);
	if (len < 0)
		return len;
	m->clear_len += v->len;
	v->p = out + 2;
	v->len = (uint16_t)len;
	return 0;
}

/* RFC 2661 7.1: with the M bit a malformed AVP is catastrophic, without it is as if it had not
 * come, but for the log. */
static void malformed(struct l2tp_message *m, const struct raw_avp *a,
		      const struct l2tp_avp_rule *rule, uint16_t error, const char *what)
{
	if (a->flags & AVP_M)
		problem(m, error, "%s: %s", rule->name, what);
	else if (!m->ignored[0])
		snprintf(m->ignored, sizeof(m->ignored), "%s: %s", rule->name, what);
}

/* Whatever else somebody may mean by these numbers is ignored. */
static void parse_trail(struct l2tp_message *m, const struct raw_avp *a)
{
	const uint16_t mark = (uint16_t)strlen(L2TP_TRAIL_MARK);

	if (a->vendor != L2TP_TRAIL_VENDOR || a->attribute != L2TP_TRAIL_ATTRIBUTE || a->flags ||
	    a->len < mark || memcmp(a->p, L2TP_TRAIL_MARK, mark) ||
	    (a->len - mark) % L2TP_TRAIL_LEN)
		return;
	m->trail = (struct l2tp_value){a->p + mark, (uint16_t)(a->len - mark), .present = true};
}

static void parse_avp(struct l2tp_message *m, const struct raw_avp *a, const char *secret)
{
	const struct l2tp_avp_rule *rule = a->vendor ? NULL : l2tp_avp_rule(a->attribute);
	struct l2tp_value v = {.p = a->p, .len = a->len, .present = true};

	/* RFC 2661 4.1: a reserved bit makes it an AVP that we do not know. */
	if (!rule || (a->flags & AVP_RESERVED)) {
		if (a->flags & AVP_M)
			problem(m, ERROR_MANDATORY, "unknown mandatory AVP %u of vendor %u",
				a->attribute, a->vendor);
		parse_trail(m, a);
		return;
	}
	/* The nearest Random Vector before a hidden AVP counts (RFC 2661 4.3); of all others the
	 * first. */
	if (m->avp[a->attribute].present && a->attribute != AVP_RANDOM_VECTOR)
		return;
	if (a->flags & AVP_H) {
		if (!rule->hideable) {
			malformed(m, a, rule, ERROR_VALUE, "must not be hidden");
			return;
		}
		if (!secret) {
			v.veiled = true;
			m->avp[a->attribute] = v;
			return;
		}
		if (reveal(m, &v, a->attribute, secret)) {
			malformed(m, a, rule, ERROR_VALUE,
				  "hidden, and cannot be read with our secret");
			return;
		}
	}
	if (v.len < rule->min || v.len > rule->max) {
		malformed(m, a, rule, ERROR_LENGTH, "wrong length");
		return;
	}
	if (rule->kind == AVP_KIND_ID && !v.p[0] && !v.p[1]) {
		malformed(m, a, rule, ERROR_VALUE, "must not be 0");
		return;
	}
	m->avp[a->attribute] = v;
}

static void check_required(struct l2tp_message *m)
{
	for (uint16_t i = 0; i < AVP_COUNT; i++) {
		const struct l2tp_avp_rule *rule = l2tp_avp_rule(i);

		if (rule && (rule->required & AVP_IN(m->type)) && !m->avp[i].present)
			problem(m, ERROR_VALUE, "%s missing", rule->name);
	}
}

int l2tp_message_parse(struct l2tp_message *m, const uint8_t *msg, size_t len, const char *secret)
{
	struct raw_avp a;
	struct rbuf b;
	int err;

	memset(m, 0, offsetof(struct l2tp_message, clear));
	m->clear_len = 0;
	err = l2tp_header_parse(msg, len, &m->header);
	if (err)
		return err;
	b = rbuf_of(msg + L2TP_CTRL_HDR_LEN, m->header.length - L2TP_CTRL_HDR_LEN);
	/* What an unknown message holds means nothing to us. */
	if (!parse_type(m, &b) || !m->type)
		return 0;
	while (rbuf_left(&b)) {
		if (!next_avp(&b, &a)) {
			problem(m, ERROR_LENGTH, "AVP does not fit the message");
			return 0;
		}
		parse_avp(m, &a, secret);
	}
	check_required(m);
	return 0;
}

bool l2tp_has(const struct l2tp_message *m, enum l2tp_attribute a)
{
	return m->avp[a].present && !m->avp[a].veiled;
}

uint16_t l2tp_get_u16(const struct l2tp_message *m, enum l2tp_attribute a)
{
	const struct l2tp_value *v = &m->avp[a];

	return l2tp_has(m, a) && v->len >= 2 ? (uint16_t)(v->p[0] << 8 | v->p[1]) : 0;
}

uint32_t l2tp_get_u32(const struct l2tp_message *m, enum l2tp_attribute a)
{
	struct rbuf b;

	if (!l2tp_has(m, a))
		return 0;
	b = rbuf_of(m->avp[a].p, m->avp[a].len);
	return rbuf_left(&b) < 4 ? rbuf_u16(&b) : rbuf_u32(&b);
}

void l2tp_printable(char *out, size_t room, const uint8_t *p, size_t len)
{
	size_t n = len < room - 1 ? len : room - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '?';
	out[n] = 0;
}

void l2tp_get_text(const struct l2tp_message *m, enum l2tp_attribute a, char *out, size_t room)
{
	l2tp_printable(out, room, m->avp[a].p, l2tp_has(m, a) ? m->avp[a].len : 0);
}
