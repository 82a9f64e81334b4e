// SPDX-License-Identifier: GPL-2.0-only
/*
 * LCP's options (RFC 1661 6) and its further packets. We ask for an MRU, a magic number and, as an authenticator, for
 * authentication; we ask for no compression, but let the peer have it. The magic number is there to
 * find a link that is looped back to us (RFC 1661 6.4).
 */
#include "ppp/link.h"

#include "wire/ppp_names.h"
#include "wire/ppp_text.h"

#define MRU_MIN 128 /* a link that carries less than this is a mistake */
#define LOOPS_MAX \
	4 /* before Max-Failure turns our Naks into Rejects, and the magic number is gone */
#define REFUSED_MAX 10 /* demands for authentication in a row that we could not meet */

static struct ppp *link_of(struct fsm *f)
{
	return f->owner;
}

const char *auth_method_name(unsigned method)
{
	static const char *const names[] = {
		[PPP_AUTH_NONE] = "no authentication",
		[PPP_AUTH_PAP] = "PAP",
		[PPP_AUTH_CHAP_MD5] = "CHAP-MD5",
	};

	return names[method];
}

static unsigned strongest(unsigned methods)
{
	if (methods & PPP_AUTH_BIT(PPP_AUTH_CHAP_MD5))
		return PPP_AUTH_CHAP_MD5;
	return methods & PPP_AUTH_BIT(PPP_AUTH_PAP) ? PPP_AUTH_PAP : PPP_AUTH_NONE;
}

static void put_auth(struct wbuf *b, unsigned method)
{
	static const uint8_t chap[] = {PPP_PROTO_CHAP >> 8, PPP_PROTO_CHAP & 0xff,
				       CHAP_ALGORITHM_MD5};

	if (method == PPP_AUTH_CHAP_MD5)
		ppp_option_put(b, LCP_OPTION_AUTH, chap, sizeof(chap));
	else if (method == PPP_AUTH_PAP)
		ppp_option_put_u16(b, LCP_OPTION_AUTH, PPP_PROTO_PAP);
}

/* PPP_AUTH_NONE for what we do not know. */
static unsigned get_auth(const struct ppp_option *o)
{
	struct rbuf b = rbuf_of(o->data, o->len);
	uint16_t protocol = rbuf_u16(&b);

	if (protocol == PPP_PROTO_PAP && o->len == 2)
		return PPP_AUTH_PAP;
	if (protocol == PPP_PROTO_CHAP && o->len == 3 && rbuf_u8(&b) == CHAP_ALGORITHM_MD5)
		return PPP_AUTH_CHAP_MD5;
	return PPP_AUTH_NONE;
}

static void new_magic(struct ppp *p)
{
	do
		p->random(p->owner, &p->lcp.magic, sizeof(p->lcp.magic));
	while (!p->lcp.magic); /* zero says that there is none (RFC 1661 6.4) */
}

static void reset(struct fsm *f)
{
	struct ppp *p = link_of(f);
	struct lcp *l = &p->lcp;

	l->mru = p->config.mru;
	l->want_mru = l->mru != 0;
	l->want_magic = true;
	l->demand_refused = 0;
	l->demand = strongest(p->config.demand);
	new_magic(p);
}

static void request(struct fsm *f, struct wbuf *b)
{
	const struct lcp *l = &link_of(f)->lcp;

	if (l->want_mru)
		ppp_option_put_u16(b, LCP_OPTION_MRU, l->mru);
	put_auth(b, l->demand);
	if (l->want_magic)
		ppp_option_put_u32(b, LCP_OPTION_MAGIC, l->magic);
}

static void take_auth_nak(struct ppp *p, const struct ppp_option *o)
{
	struct lcp *l = &p->lcp;
	unsigned proposed = get_auth(o), left;

	if (!l->demand) /* we did not ask */
		return;
	l->demand_refused |= PPP_AUTH_BIT(l->demand);
	left = p->config.demand & ~(unsigned)l->demand_refused;
	if (proposed && left & PPP_AUTH_BIT(proposed))
		l->demand = proposed;
	else if (strongest(left))
		l->demand = strongest(left);
	else
		link_fail(p, PPP_END_US, "peer does not agree to authenticate by %s",
			  auth_method_name(l->demand));
}

static void take_nak(struct fsm *f, const struct ppp_option *o)
{
	struct ppp *p = link_of(f);
	unsigned mru;

	switch (o->type) {
	case LCP_OPTION_MRU:
		/* Less is easily done. More is not: our lower layer may not take it. */
		mru = o->len == 2 ? (unsigned)(o->data[0] << 8 | o->data[1]) : 0;
		if (mru >= MRU_MIN && mru < p->lcp.mru)
			p->lcp.mru = (uint16_t)mru;
		break;
	case LCP_OPTION_AUTH:
		take_auth_nak(p, o);
		break;
	case LCP_OPTION_MAGIC: /* a new one of our own choice, not the peer's (RFC 1661 6.4) */
		new_magic(p);
		break;
	}
}

static void take_reject(struct fsm *f, const struct ppp_option *o)
{
	struct ppp *p = link_of(f);

	switch (o->type) {
	case LCP_OPTION_MRU:
		p->lcp.want_mru = false;
		break;
	case LCP_OPTION_AUTH:
		/* Looped back, it was we who refused. */
		link_fail(p, PPP_END_US,
			  p->lcp.loops ? "the link is looped back to us"
				       : "peer refuses to authenticate");
		break;
	case LCP_OPTION_MAGIC:
		p->lcp.want_magic = false;
		break;
	}
}

static void judge_begin(struct fsm *f)
{
	struct lcp *l = &link_of(f)->lcp;

	l->peer_mru = PPP_DEFAULT_MRU;
	l->peer_demand = PPP_AUTH_NONE;
	l->peer_acfc = false;
}

static enum fsm_verdict judge_mru(struct lcp *l, const struct ppp_option *o, struct wbuf *nak)
{
	uint16_t mru = o->len == 2 ? (uint16_t)(o->data[0] << 8 | o->data[1]) : 0;

	if (mru < MRU_MIN) {
		ppp_option_put_u16(nak, LCP_OPTION_MRU, o->len == 2 ? MRU_MIN : PPP_DEFAULT_MRU);
		return FSM_NAK;
	}
	l->peer_mru = mru;
	return FSM_ACK;
}

/* What the user must mend when the peer's demand for authentication and ours to be left alone meet. */
static const char *refusal(const struct ppp *p)
{
	return p->config.offer ? "which we do not offer" : "but no username is configured";
}

static enum fsm_verdict judge_auth(struct ppp *p, const struct ppp_option *o, struct wbuf *nak)
{
	unsigned method = get_auth(o), offer = p->config.offer;
	struct rbuf b = rbuf_of(o->data, o->len);
	const char *name;

	if (method && offer & PPP_AUTH_BIT(method)) {
		p->lcp.peer_demand = (uint8_t)method;
		p->lcp.auth_refused = 0;
		return FSM_ACK;
	}
	name = method ? auth_method_name(method) : ppp_protocol_name(rbuf_u16(&b));
	p->lcp.refused_demand = name ? name : "unknown authentication";
	if (++p->lcp.auth_refused >= REFUSED_MAX)
		link_fail(p, PPP_END_US, "peer demands %s, %s", p->lcp.refused_demand, refusal(p));
	if (!strongest(offer))
		return FSM_REJ;
	put_auth(nak, strongest(offer));
	return FSM_OFFER;
}

static enum fsm_verdict judge_magic(struct ppp *p, const struct ppp_option *o, struct wbuf *nak)
{
	struct lcp *l = &p->lcp;
	uint32_t theirs = ppp_option_u32(o), other;

	if (theirs && !(l->want_magic && theirs == l->magic)) {
		l->loops = 0;
		return FSM_ACK;
	}
	if (theirs && ++l->loops > LOOPS_MAX)
		link_fail(p, PPP_END_US, "the link is looped back to us");
	p->random(p->owner, &other, sizeof(other));
	ppp_option_put_u32(nak, LCP_OPTION_MAGIC, other | 1);
	return FSM_NAK;
}

static enum fsm_verdict judge(struct fsm *f, const struct ppp_option *o, struct wbuf *nak)
{
	struct ppp *p = link_of(f);

	switch (o->type) {
	case LCP_OPTION_MRU:
		return judge_mru(&p->lcp, o, nak);
	case LCP_OPTION_ACCM: /* for asynchronous lines (RFC 1662 7.1); means nothing on ours */
		if (o->len == 4)
			return FSM_ACK;
		ppp_option_put_u32(nak, LCP_OPTION_ACCM, 0);
		return FSM_NAK;
	case LCP_OPTION_AUTH:
		return judge_auth(p, o, nak);
	case LCP_OPTION_MAGIC:
		return judge_magic(p, o, nak);
	case LCP_OPTION_PFC:
	case LCP_OPTION_ACFC:
		if (o->len) {
			ppp_option_put(nak, o->type, NULL, 0);
			return FSM_NAK;
		}
		p->lcp.peer_acfc |= o->type == LCP_OPTION_ACFC;
		return FSM_ACK;
	default:
		return FSM_REJ;
	}
}

static void up(struct fsm *f)
{
	struct ppp *p = link_of(f);

	p->lcp.auth_refused = 0;
	link_lcp_up(p);
}

static void down(struct fsm *f)
{
	link_lcp_down(link_of(f));
}

static void finished(struct fsm *f)
{
	link_over(link_of(f));
}

/* RFC 1661 5.7. What was rejected starts with its protocol. */
static enum fsm_event input_protocol_reject(struct ppp *p, const struct ppp_packet *pk)
{
	struct rbuf b = rbuf_of(pk->data, pk->len);
	uint16_t protocol = rbuf_u16(&b);

	if (p->lcp.fsm.state != FSM_OPENED || b.short_read)
		return FSM_RXR; /* which does nothing with it */
	if (protocol == PPP_PROTO_LCP) {
		link_set_end(p, PPP_END_PEER, "peer rejects LCP");
		p->phase = LINK_TERMINATE;
		return FSM_RXJ_MINUS;
	}
	link_protocol_rejected(p, protocol);
	return FSM_RXJ_PLUS;
}

static bool extra(struct fsm *f, const struct ppp_packet *pk, enum fsm_event *event)
{
	struct ppp *p = link_of(f);

	*event = FSM_RXR;
	switch (pk->code) {
	case PPP_PROTOCOL_REJECT:
		*event = input_protocol_reject(p, pk);
		return true;
	case PPP_ECHO_REPLY:
		if (f->state == FSM_OPENED)
			echo_reply(p, pk);
		return true;
	case PPP_ECHO_REQUEST:
	case PPP_DISCARD_REQUEST:
	case PPP_IDENTIFICATION: /* RFC 1570 2.1 */
	case PPP_TIME_REMAINING:
		return true;
	default:
		return false;
	}
}

static void answer_echo(struct fsm *f, const struct ppp_packet *pk)
{
	if (pk->code == PPP_ECHO_REQUEST)
		echo_request(link_of(f), pk);
}

static void terminated(struct fsm *f, const uint8_t *text, size_t len)
{
	struct ppp *p = link_of(f);
	char words[PPP_TEXT_MAX - 16];

	ppp_printable(words, sizeof(words), text, len);
	/* A peer whose demand we rejected opens LCP without it, only to end the link then. */
	if (p->lcp.refused_demand)
		link_set_end(p, PPP_END_PEER, "peer demands %s, %s", p->lcp.refused_demand,
			     refusal(p));
	link_set_end(p, PPP_END_PEER, *words ? "peer: %s" : "peer ended the link%s", words);
	if (f->state == FSM_OPENED)
		p->phase = LINK_TERMINATE;
}

static void code_rejected(struct fsm *f, uint8_t code)
{
	struct ppp *p = link_of(f);

	if (code >= PPP_CONFIGURE_REQUEST && code <= PPP_CODE_REJECT) {
		link_set_end(p, PPP_END_PEER, "peer rejects LCP %s",
			     ppp_code_name(PPP_PROTO_LCP, code));
		p->phase = LINK_TERMINATE;
	} else if (code == PPP_ECHO_REQUEST) {
		p->echo.rejected = true;
		echo_stop(p);
	}
}

static void stuck(struct fsm *f, bool by_peer)
{
	link_fail(link_of(f), PPP_END_US,
		  by_peer ? "peer refuses our LCP options"
			  : "peer insists on LCP options that we refuse");
}

static const char *reason(struct fsm *f)
{
	return link_of(f)->end.text;
}

static const struct fsm_ops lcp_ops = {
	.name = "LCP",
	.protocol = PPP_PROTO_LCP,
	.timeout = link_fsm_timeout,
	.send = link_fsm_send,
	.reset = reset,
	.request = request,
	.take_nak = take_nak,
	.take_reject = take_reject,
	.judge_begin = judge_begin,
	.judge = judge,
	.up = up,
	.down = down,
	.finished = finished,
	.extra = extra,
	.echo_reply = answer_echo,
	.terminated = terminated,
	.code_rejected = code_rejected,
	.stuck = stuck,
	.reason = reason,
};

void lcp_init(struct ppp *p)
{
	fsm_init(&p->lcp.fsm, &lcp_ops, p, p->timers, p->log, p->config.restart_interval,
		 p->config.max_configure);
	judge_begin(&p->lcp.fsm);
	reset(&p->lcp.fsm);
}
