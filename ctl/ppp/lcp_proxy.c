// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proxy LCP (RFC 2661 4.4.5): a LAC has negotiated LCP with the peer before it called us. What it
 * settled is taken over when it fits: what we would have asked for, or less, and nothing of the
 * peer's that we would have refused. When it does not, LCP is negotiated anew.
 *
 * Some peers then only acknowledge our new request and never send their own, because to them LCP is
 * open. Where the LAC told us their last request, that one counts.
 */
#include "ppp/link.h"

/* Options that only say how the peer may send, and that we can always take. */
static bool harmless(const struct ppp_option *o)
{
	return (o->type == LCP_OPTION_ACCM && o->len == 4) ||
	       ((o->type == LCP_OPTION_PFC || o->type == LCP_OPTION_ACFC) && !o->len);
}

/* What the LAC asked of the peer, and the peer agreed to: as if we had. NULL, or why we cannot live
 * with it. */
static const char *take_ours(struct ppp *p, const struct ppp_bytes *request)
{
	uint16_t mru = PPP_DEFAULT_MRU, limit = p->config.mru ? p->config.mru : PPP_DEFAULT_MRU;
	struct rbuf b = rbuf_of(request->p, request->len);
	unsigned method = PPP_AUTH_NONE;
	struct lcp *l = &p->lcp;
	struct ppp_option o;
	int more;

	l->want_mru = l->want_magic = false;
	while ((more = ppp_option_next(&b, &o)) > 0) {
		if (o.type == LCP_OPTION_MRU && o.len == 2) {
			mru = (uint16_t)(o.data[0] << 8 | o.data[1]);
			l->want_mru = true;
		} else if (o.type == LCP_OPTION_AUTH) {
			method = lcp_auth_get(&o);
			if (!method)
				return "its authentication is none that we do";
		} else if (o.type == LCP_OPTION_MAGIC && ppp_option_u32(&o)) {
			l->magic = ppp_option_u32(&o);
			l->want_magic = true;
		} else if (!harmless(&o)) {
			return "it asked for an option that we do not do";
		}
	}
	if (more < 0)
		return "its last request is cut short";
	if (mru > limit)
		return "its MRU is larger than ours";
	if (method ? !lcp_auth_demanded(p, method) : p->config.demand[0] != PPP_AUTH_NONE)
		return "its authentication is not the one that we demand";
	l->mru = mru;
	l->demand = (uint8_t)method;
	return NULL;
}

/* What the peer asked for, and the LAC agreed to. */
static const char *take_theirs(struct ppp *p, const struct ppp_bytes *request)
{
	struct rbuf b = rbuf_of(request->p, request->len);
	uint8_t room[PPP_DEFAULT_MRU];
	struct ppp_option o;
	int more;

	lcp_judge_begin(&p->lcp.fsm);
	while ((more = ppp_option_next(&b, &o)) > 0) {
		struct wbuf nak = wbuf_of(room, sizeof(room));

		if (o.type == LCP_OPTION_AUTH &&
		    !(p->config.offer & PPP_AUTH_BIT(lcp_auth_get(&o)) & PPP_AUTH_ALL))
			return "the peer demands a login of us";
		if (lcp_judge(&p->lcp.fsm, &o, &nak) != FSM_ACK)
			return "the peer has an option that we do not do";
	}
	if (more < 0)
		return "the peer's last request is cut short";
	p->lcp.proxied = true;
	return NULL;
}

bool lcp_take_proxy(struct ppp *p, const struct ppp_proxy *proxy)
{
	const char *ours, *theirs;

	if (!proxy->last_sent.p || !proxy->last_received.p) {
		log_debug(p->log, "the LAC did not say what it negotiated");
		return false;
	}
	ours = take_ours(p, &proxy->last_sent);
	theirs = take_theirs(p, &proxy->last_received);
	if (!ours && !theirs)
		return true;
	if (theirs)
		lcp_judge_begin(&p->lcp.fsm);
	log_info(p->log, "what the LAC negotiated is not taken over: %s", ours ? ours : theirs);
	return false;
}

void lcp_timeout(void *fsm)
{
	struct fsm *f = fsm;
	struct ppp *p = f->owner;

	/* The second time: by then a request of its own would have come, unless it was lost twice.
	 */
	if (f->state != FSM_ACK_RCVD || !p->lcp.proxied || !p->lcp.only_acks++) {
		link_fsm_timeout(fsm);
		return;
	}
	log_info(p->log, "the peer only acknowledges: its options are the ones that the LAC took");
	link_enter(p);
	fsm_assume_opened(f);
	link_leave(p);
}
