// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proxy LCP and authentication (RFC 2661 4.4.5): a LAC has negotiated LCP with the peer before it called us. What it
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

bool proxy_take_lcp(struct ppp *p, const struct ppp_proxy *proxy)
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

static bool pap_by_proxy(const struct ppp_proxy *x, struct ppp_login *login,
			 char password[PPP_SECRET_MAX + 1])
{
	const struct ppp_bytes *word = &x->auth_response;

	if (x->auth_type != PPP_PROXY_PAP || !word->p || word->len > PPP_SECRET_MAX)
		return false;
	if (word->len)
		memcpy(password, word->p, word->len);
	login->password = memchr(password, 0, word->len) ? NULL : password;
	return true;
}

static bool chap_by_proxy(struct ppp *p, struct ppp_login *login)
{
	const struct ppp_bytes *c = &p->proxy->auth_challenge, *r = &p->proxy->auth_response;

	if (p->proxy->auth_type != PPP_PROXY_CHAP || !c->len || c->len > UINT8_MAX || !r->len ||
	    r->len > PPP_RESPONSE_MAX)
		return false;
	if (login->method == PPP_AUTH_MSCHAPV2 &&
	    (c->len != MSCHAP_CHALLENGE_LEN || r->len != MSCHAP_RESPONSE_LEN))
		return false;
	login->challenge = c->p;
	login->challenge_len = (uint8_t)c->len;
	login->response = r->p;
	login->response_len = (uint8_t)r->len;
	memcpy(p->challenge, c->p, c->len < sizeof(p->challenge) ? c->len : sizeof(p->challenge));
	return true;
}

/* The login that the peer has sent to the LAC, and whose answer it awaits from us; false: there is
 * none by the method that LCP has settled. */
bool proxy_login(struct ppp *p)
{
	const struct ppp_proxy *x = p->proxy;
	struct ppp_login login = {.method = p->server.method};
	char password[PPP_SECRET_MAX + 1] = {0};

	if (!x->auth_name.p || !(login.method == PPP_AUTH_PAP ? pap_by_proxy(x, &login, password)
							      : chap_by_proxy(p, &login)))
		return false;
	/* The answer is to this identifier, and our own challenges follow it. */
	login.chap_id = p->server.id = x->auth_id;
	p->server.state = AUTH_WAIT;
	auth_login(p, &login, x->auth_name.p, x->auth_name.len);
	explicit_bzero(password, sizeof(password));
	return true;
}

void proxy_timeout(void *fsm)
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
