// SPDX-License-Identifier: GPL-2.0-only
/*
 * LCP's options (RFC 1661 6) and its further packets. We ask for an MRU, a magic number and, as an
 * authenticator, for authentication; we ask for no compression, but let the peer have it. The magic
 * number is there to find a link that is looped back to us (RFC 1661 6.4).
 */
#include "ppp/link.h"

#include "wire/ppp_names.h"
#include "wire/ppp_text.h"

#define MRU_MIN	  128 /* a link that carries less than this is a mistake */
#define LOOPS_MAX 4

static struct ppp *link_of(struct fsm *f)
{
	return f->owner;
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
	l->demand = (uint8_t)lcp_auth_next(p);
	l->only_acks = 0;
	new_magic(p);
}

static void request(struct fsm *f, struct wbuf *b)
{
	const struct lcp *l = &link_of(f)->lcp;

	if (l->want_mru)
		ppp_option_put_u16(b, LCP_OPTION_MRU, l->mru);
	lcp_auth_put(b, l->demand);
	if (l->want_magic)
		ppp_option_put_u32(b, LCP_OPTION_MAGIC, l->magic);
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
		lcp_auth_take_nak(p, o);
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

void lcp_judge_begin(struct fsm *f)
{
	struct lcp *l = &link_of(f)->lcp;

	l->peer_mru = PPP_DEFAULT_MRU;
	l->peer_demand = PPP_AUTH_NONE;
	l->peer_acfc = false;
	l->proxied = false;
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
	return FSM_OFFER; /* who has a magic number rejects none (RFC 1661 6.4) */
}

enum fsm_verdict lcp_judge(struct fsm *f, const struct ppp_option *o, struct wbuf *nak)
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
		return lcp_auth_judge(p, o, nak);
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
	p->lcp.identified = false;
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

/* RFC 1570 2.1. Told once in each negotiation: a peer can send it as often as it likes. */
static void input_identification(struct ppp *p, const struct ppp_packet *pk)
{
	char words[PPP_TEXT_MAX];

	if (p->lcp.identified || pk->len <= 4) /* magic number, then text */
		return;
	p->lcp.identified = true;
	log_info(p->log, "the peer says that it is \"%s\"",
		 ppp_printable(words, sizeof(words), pk->data + 4, pk->len - 4));
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
	case PPP_TIME_REMAINING: /* RFC 1570 2.2: of no use to us */
		return true;
	case PPP_IDENTIFICATION:
		input_identification(p, pk);
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
			     p->lcp.refused_why);
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
	.timeout = proxy_timeout,
	.send = link_fsm_send,
	.reset = reset,
	.request = request,
	.take_nak = take_nak,
	.take_reject = take_reject,
	.judge_begin = lcp_judge_begin,
	.judge = lcp_judge,
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
	fsm_init(&p->lcp.fsm, &lcp_ops, p, p->timers, p->log, &p->config.counters);
	lcp_judge_begin(&p->lcp.fsm);
	reset(&p->lcp.fsm);
}
