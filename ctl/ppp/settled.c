// SPDX-License-Identifier: GPL-2.0-only
/*
 * What LCP has settled, kept byte by byte for who goes on with the link in our place: a relay tells
 * it to the next LNS as proxy LCP (RFC 2661 4.4.5).
 */
#include "ppp/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int settled_init(struct ppp *p)
{
	if (!p->config.keep_settled)
		return 0;
	p->settled = calloc(1, sizeof(*p->settled));
	return p->settled ? 0 : -ENOMEM;
}

void settled_free(struct ppp *p)
{
	free(p->settled);
}

static void keep(struct settled_request *to, const uint8_t *bytes, size_t len)
{
	to->known = len <= sizeof(to->bytes);
	to->len = to->known ? (uint8_t)len : 0;
	if (to->len)
		memcpy(to->bytes, bytes, len);
}

void settled_note(struct ppp *p, const struct ppp_packet *pk)
{
	struct settled *s = p->settled;

	if (!s || pk->code != PPP_CONFIGURE_REQUEST)
		return;
	if (!s->initial.known)
		keep(&s->initial, pk->data, pk->len);
	/* When LCP opens, the last one was acknowledged. And then ours are no LAC's any more. */
	keep(&s->received, pk->data, pk->len);
	s->sent.known = false;
}

void settled_take(struct ppp *p, const struct ppp_proxy *proxy)
{
	struct settled *s = p->settled;

	if (!s)
		return;
	if (proxy->initial.p)
		keep(&s->initial, proxy->initial.p, proxy->initial.len);
	keep(&s->received, proxy->last_received.p, proxy->last_received.len);
	keep(&s->sent, proxy->last_sent.p, proxy->last_sent.len);
}

static struct ppp_bytes bytes_of(const struct settled_request *r)
{
	return (struct ppp_bytes){r->known ? r->bytes : NULL, r->len};
}

bool ppp_settled(struct ppp *p, struct ppp_proxy *out)
{
	struct settled *s = p->settled;

	*out = (struct ppp_proxy){0};
	if (!s || p->lcp.fsm.state != FSM_OPENED || !s->received.known)
		return false;
	/* Ours is as it was acknowledged, unless a LAC has negotiated it in words of its own. */
	if (!s->sent.known) {
		struct wbuf b = wbuf_of(s->sent.bytes, sizeof(s->sent.bytes));

		p->lcp.fsm.ops->request(&p->lcp.fsm, &b);
		s->sent.known = true;
		s->sent.len = (uint8_t)wbuf_len(&b);
	}
	out->initial = bytes_of(&s->initial);
	out->last_received = bytes_of(&s->received);
	out->last_sent = bytes_of(&s->sent);
	return true;
}
