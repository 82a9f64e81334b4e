// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why something ended: what the peer's StopCCN or CDN says of it (RFC 2661 4.4.2, RFC 3145), and
 * that in words.
 */
#include "l2tp/internal.h"

#include <stdio.h>

struct l2tp_end l2tp_end_of(uint16_t result, uint16_t error, const char *text)
{
	struct l2tp_end end = {.result = result, .error = error};

	if (text)
		snprintf(end.text, sizeof(end.text), "%s", text);
	return end;
}

/* Some peers send these two in little-endian order; no code is anywhere near 256. */
static uint16_t code(struct rbuf *b)
{
	uint16_t v = rbuf_u16(b);

	return v & 0xff ? v : (uint16_t)(v >> 8);
}

static void take_q931(struct l2tp_q931_cause *c, const struct l2tp_value *v)
{
	struct rbuf b = rbuf_of(v->p, v->len);

	c->said = true;
	c->code = rbuf_u16(&b);
	c->message = rbuf_u8(&b);
	l2tp_printable(c->text, sizeof(c->text), b.p, rbuf_left(&b));
}

static void take_ppp(struct l2tp_ppp_cause *c, const struct l2tp_value *v)
{
	struct rbuf b = rbuf_of(v->p, v->len);

	c->said = true;
	c->code = rbuf_u16(&b);
	c->protocol = rbuf_u16(&b);
	c->direction = rbuf_u8(&b);
	l2tp_printable(c->text, sizeof(c->text), b.p, rbuf_left(&b));
}

struct l2tp_end l2tp_end_received(const struct l2tp_message *m)
{
	const struct l2tp_value *v = &m->avp[AVP_RESULT_CODE];
	struct l2tp_end end = {.by_peer = true};
	struct rbuf b;

	if (l2tp_has(m, AVP_Q931_CAUSE_CODE))
		take_q931(&end.q931, &m->avp[AVP_Q931_CAUSE_CODE]);
	if (l2tp_has(m, AVP_PPP_DISCONNECT_CAUSE))
		take_ppp(&end.ppp, &m->avp[AVP_PPP_DISCONNECT_CAUSE]);
	if (!v->present)
		return end;
	b = rbuf_of(v->p, v->len);
	end.result = code(&b);
	if (rbuf_left(&b) >= 2)
		end.error = code(&b);
	l2tp_printable(end.text, sizeof(end.text), b.p, rbuf_left(&b));
	return end;
}

/* RFC 3145 3 */
static const char *const ppp_causes[] = {
	"no information",
	"administrative disconnect",
	"LNS wants proxy LCP, LAC sent none",
	"normal disconnection",
	"encryption required and refused",
	"LCP timed out",
	"no LCP packets that can be recognised",
	"LCP magic number error, line possibly looped",
	"LCP echo timed out",
	"unexpected endpoint discriminator for the bundle",
	"unexpected MRRU for the bundle",
	"unexpected short sequence numbers for the bundle",
	"call-back required and refused",
	"authentication timed out",
	"unexpected name for the bundle",
	"authentication protocol not acceptable",
	"authentication failed",
	"network protocol timed out",
	"no network protocol available",
	"no agreement on addresses",
	"no address allowed for this user",
};

/* RFC 2661 refers to Q.931; those that calls end with in practice. */
static const char *q931_name(uint16_t c)
{
	switch (c) {
	case 1:
		return "unallocated number";
	case 16:
		return "normal call clearing";
	case 17:
		return "user busy";
	case 18:
		return "no user responding";
	case 19:
		return "no answer";
	case 21:
		return "call rejected";
	case 27:
		return "destination out of order";
	case 28:
		return "invalid number";
	case 31:
		return "normal, unspecified";
	case 34:
		return "no circuit available";
	case 38:
		return "network out of order";
	case 41:
		return "temporary failure";
	default:
		return NULL;
	}
}

static void put_quoted(char *buf, size_t *n, const char *text)
{
	if (*text)
		*n += (size_t)snprintf(buf + *n, L2TP_CAUSES_TEXT - *n, " \"%s\"", text);
}

/* All parts together are shorter than the buffer. */
const char *l2tp_causes_text(const struct l2tp_end *e, char buf[L2TP_CAUSES_TEXT])
{
	static const char *const sides[] = {"", " at the peer", " at the local side"};
	const size_t known = sizeof(ppp_causes) / sizeof(ppp_causes[0]);
	size_t n = 0;

	*buf = 0;
	if (e->q931.said) {
		const char *name = q931_name(e->q931.code);

		n += (size_t)snprintf(buf, L2TP_CAUSES_TEXT, "Q.931 cause %u%s%s", e->q931.code,
				      name ? ", " : "", name ? name : "");
		put_quoted(buf, &n, e->q931.text);
	}
	if (e->ppp.said) {
		n += (size_t)snprintf(buf + n, L2TP_CAUSES_TEXT - n, "%sPPP cause %u, %s%s",
				      n ? "; " : "", e->ppp.code,
				      e->ppp.code < known ? ppp_causes[e->ppp.code] : "unknown",
				      e->ppp.direction < 3 ? sides[e->ppp.direction] : "");
		if (e->ppp.protocol)
			n += (size_t)snprintf(buf + n, L2TP_CAUSES_TEXT - n, ", protocol 0x%04x",
					      e->ppp.protocol);
		put_quoted(buf, &n, e->ppp.text);
	}
	return buf;
}
