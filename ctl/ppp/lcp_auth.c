// SPDX-License-Identifier: GPL-2.0-only
/*
 * LCP's Authentication-Protocol option (RFC 1661 6.2) in both directions: which methods we ask the
 * peer for, in the order that the owner prefers, and which demand of the peer we agree to.
 */
#include "ppp/link.h"

#include "wire/ppp_names.h"

#define REFUSED_MAX 10 /* demands for authentication in a row that we could not meet */

/* Strongest first: MS-CHAPv2 has the peer prove itself too, PAP sends the password. */
static const uint8_t by_strength[PPP_AUTH_METHODS] = {PPP_AUTH_MSCHAPV2, PPP_AUTH_CHAP_MD5,
						      PPP_AUTH_PAP};

const char *auth_method_name(unsigned method)
{
	static const char *const names[] = {
		[PPP_AUTH_NONE] = "no authentication",
		[PPP_AUTH_PAP] = "PAP",
		[PPP_AUTH_CHAP_MD5] = "CHAP-MD5",
		[PPP_AUTH_MSCHAPV2] = "MS-CHAPv2",
	};

	return names[method];
}

bool auth_is_chap(unsigned method)
{
	return method == PPP_AUTH_CHAP_MD5 || method == PPP_AUTH_MSCHAPV2;
}

void lcp_auth_put(struct wbuf *b, unsigned method)
{
	const uint8_t chap[] = {PPP_PROTO_CHAP >> 8, PPP_PROTO_CHAP & 0xff,
				method == PPP_AUTH_MSCHAPV2 ? CHAP_ALGORITHM_MSCHAPV2
							    : CHAP_ALGORITHM_MD5};

	if (auth_is_chap(method))
		ppp_option_put(b, LCP_OPTION_AUTH, chap, sizeof(chap));
	else if (method == PPP_AUTH_PAP)
		ppp_option_put_u16(b, LCP_OPTION_AUTH, PPP_PROTO_PAP);
}

/* The algorithm of a CHAP option, or -1. */
static int chap_algorithm(const struct ppp_option *o)
{
	struct rbuf b = rbuf_of(o->data, o->len);

	return rbuf_u16(&b) == PPP_PROTO_CHAP && o->len == 3 ? rbuf_u8(&b) : -1;
}

/* PPP_AUTH_NONE for what we do not do. */
unsigned lcp_auth_get(const struct ppp_option *o)
{
	struct rbuf b = rbuf_of(o->data, o->len);

	switch (chap_algorithm(o)) {
	case CHAP_ALGORITHM_MD5:
		return PPP_AUTH_CHAP_MD5;
	case CHAP_ALGORITHM_MSCHAPV2:
		return PPP_AUTH_MSCHAPV2;
	default:
		return rbuf_u16(&b) == PPP_PROTO_PAP && o->len == 2 ? PPP_AUTH_PAP : PPP_AUTH_NONE;
	}
}

bool lcp_auth_demanded(const struct ppp *p, unsigned method)
{
	for (int i = 0; i < PPP_AUTH_METHODS && p->config.demand[i]; i++)
		if (p->config.demand[i] == method)
			return true;
	return false;
}

/* The first that the peer has not refused; PPP_AUTH_NONE: none is left. */
unsigned lcp_auth_next(const struct ppp *p)
{
	for (int i = 0; i < PPP_AUTH_METHODS; i++)
		if (!(p->lcp.demand_refused & PPP_AUTH_BIT(p->config.demand[i])))
			return p->config.demand[i];
	return PPP_AUTH_NONE;
}

void lcp_auth_take_nak(struct ppp *p, const struct ppp_option *o)
{
	struct lcp *l = &p->lcp;
	unsigned proposed = lcp_auth_get(o), refused = l->demand;

	if (!refused) /* we did not ask */
		return;
	l->demand_refused |= PPP_AUTH_BIT(refused);
	if (lcp_auth_demanded(p, proposed) && !(l->demand_refused & PPP_AUTH_BIT(proposed)))
		l->demand = (uint8_t)proposed;
	else
		l->demand = (uint8_t)lcp_auth_next(p);
	if (l->demand)
		return;
	l->demand = (uint8_t)refused;
	link_fail(p, PPP_END_US, "peer does not agree to authenticate by %s",
		  auth_method_name(refused));
}

/* What to propose instead, in turn when the peer demands what we do not do again and again. */
static unsigned counter_offer(const struct ppp *p)
{
	unsigned methods[PPP_AUTH_METHODS] = {0}, count = 0;

	for (int i = 0; i < PPP_AUTH_METHODS; i++)
		if (p->config.offer & PPP_AUTH_BIT(by_strength[i]))
			methods[count++] = by_strength[i];
	return count ? methods[(p->lcp.auth_refused - 1U) % count] : PPP_AUTH_NONE;
}

/* What the peer demands, and why not: what the user must mend when neither end gives in. */
static void note_refusal(struct ppp *p, const struct ppp_option *o, unsigned method)
{
	struct rbuf b = rbuf_of(o->data, o->len);
	struct lcp *l = &p->lcp;
	int algorithm = chap_algorithm(o);

	if (method)
		l->refused_demand = auth_method_name(method);
	else if (algorithm >= 0)
		l->refused_demand = ppp_chap_algorithm_name((uint8_t)algorithm);
	else
		l->refused_demand = ppp_protocol_name(rbuf_u16(&b));
	if (!l->refused_demand)
		l->refused_demand = "unknown authentication";
	if (!p->config.offer)
		l->refused_why = "but no username is configured";
	else if (algorithm == CHAP_ALGORITHM_MSCHAPV1)
		l->refused_why = "which is too weak: have it ask for MS-CHAPv2, CHAP or PAP";
	else
		l->refused_why = "which we do not offer";
}

enum fsm_verdict lcp_auth_judge(struct ppp *p, const struct ppp_option *o, struct wbuf *nak)
{
	unsigned method = lcp_auth_get(o);
	struct lcp *l = &p->lcp;

	if (method && p->config.offer & PPP_AUTH_BIT(method)) {
		l->peer_demand = (uint8_t)method;
		l->auth_refused = 0;
		return FSM_ACK;
	}
	note_refusal(p, o, method);
	if (++l->auth_refused >= REFUSED_MAX)
		link_fail(p, PPP_END_US, "peer demands %s, %s", l->refused_demand, l->refused_why);
	method = counter_offer(p);
	if (!method)
		return FSM_REJ;
	lcp_auth_put(nak, method);
	return FSM_OFFER;
}
