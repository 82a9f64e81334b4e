// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network-layer protocol phase (RFC 1661 3.6): IPCP and IPV6CP open side by side, and the end of
 * one leaves the other alone. The RFC lets a link live without any of them; here a link without a
 * network protocol is of no use, so with the last one it ends.
 */
#include "ppp/link.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wire/ppp_text.h"

static struct ncp *ncp_of(struct fsm *f)
{
	struct ppp *p = f->owner;

	return f == &p->ipcp.ncp.fsm ? &p->ipcp.ncp : &p->ipv6cp.ncp;
}

static struct ncp *ncp_for(struct ppp *p, uint16_t protocol)
{
	return protocol == PPP_PROTO_IPCP ? &p->ipcp.ncp : &p->ipv6cp.ncp;
}

void ncp_forget_end(struct ncp *n)
{
	n->end_by = PPP_END_DEAD;
	free(n->end_text);
	n->end_text = NULL;
}

static const char *end_text(const struct ncp *n)
{
	return n->end_text ? n->end_text : "";
}

bool link_ncp_enabled(const struct ppp *p, uint16_t protocol)
{
	/* Before the network phase no one knows yet: then its frames are discarded, not rejected.
	 */
	if (p->phase != LINK_NETWORK)
		return true;
	return protocol == PPP_PROTO_IPCP ? p->net.ipv4 : p->net.ipv6;
}

static void close_unwanted(struct ncp *n, bool wanted)
{
	ncp_forget_end(n);
	n->done = !wanted;
	/* The last network phase of this link may have left it wanting to come up again. */
	if (!wanted)
		fsm_close(&n->fsm);
}

static void open_wanted(struct ppp *p, struct ncp *n, bool wanted)
{
	if (!wanted || p->phase != LINK_NETWORK)
		return;
	fsm_open(&n->fsm);
	fsm_up(&n->fsm);
}

void network_start(struct ppp *p)
{
	if (!p->net.ipv4 && !p->net.ipv6) {
		link_fail(p, PPP_END_US, "neither IPv4 nor IPv6 is allowed");
		return;
	}
	close_unwanted(&p->ipcp.ncp, p->net.ipv4);
	close_unwanted(&p->ipv6cp.ncp, p->net.ipv6);
	p->phase = LINK_NETWORK;
	open_wanted(p, &p->ipcp.ncp, p->net.ipv4);
	open_wanted(p, &p->ipv6cp.ncp, p->net.ipv6);
}

void network_stop(struct ppp *p)
{
	p->ipcp.ncp.done = p->ipv6cp.ncp.done = true; /* nobody's fault: not an end of theirs */
	fsm_down(&p->ipcp.ncp.fsm);
	fsm_down(&p->ipv6cp.ncp.fsm);
}

void network_input(struct ppp *p, uint16_t protocol, const struct ppp_packet *pk)
{
	struct ncp *n = ncp_for(p, protocol);

	if (p->phase != LINK_NETWORK) { /* RFC 1661 3.5 */
		log_debug(p->log, "discarded, not in this phase");
		return;
	}
	fsm_input(&n->fsm, pk);
	/* A peer that asks again after its end is welcome (RFC 1661 4.2, Stopped). */
	if (n->fsm.state >= FSM_REQ_SENT)
		n->done = false;
}

/* Out of memory, it ends without a word. */
static void set_end(struct ncp *n, enum ppp_end_by by, const char *fmt, va_list ap)
{
	char text[PPP_TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, ap);
	free(n->end_text);
	n->end_text = strdup(text);
	n->end_by = by;
}

void ncp_set_end(struct fsm *f, enum ppp_end_by by, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_end(ncp_of(f), by, fmt, ap);
	va_end(ap);
}

void ncp_fail(struct fsm *f, enum ppp_end_by by, const char *fmt, ...)
{
	struct ncp *n = ncp_of(f);
	va_list ap;

	va_start(ap, fmt);
	set_end(n, by, fmt, ap);
	va_end(ap);
	log_info(f->log, "%s ends: %s", f->ops->name, end_text(n));
	fsm_close(f);
}

void network_rejected(struct ppp *p, uint16_t protocol)
{
	struct fsm *f = &ncp_for(p, protocol)->fsm;

	if (p->phase != LINK_NETWORK || f->state == FSM_INITIAL)
		return;
	ncp_set_end(f, PPP_END_PEER, "peer rejects %s", f->ops->name);
	/* Stop sending it at once (RFC 1661 5.7): no Terminate-Request either. */
	fsm_down(f);
	fsm_close(f);
}

void ncp_up(struct fsm *f)
{
	struct ppp *p = f->owner;

	ncp_of(f)->told = true;
	p->lcp.refused_demand = NULL; /* the peer can do without after all */
}

bool ncp_down(struct fsm *f)
{
	struct ncp *n = ncp_of(f);
	bool was = n->told;

	n->told = false;
	return was;
}

void ncp_finished(struct fsm *f)
{
	struct ppp *p = f->owner;
	struct ncp *n = ncp_of(f);

	if (p->phase != LINK_NETWORK)
		return;
	n->done = true;
	if (!n->end_text)
		ncp_set_end(f, PPP_END_DEAD, "no answer to %s", f->ops->name);
	log_debug(p->log, "%s is over: %s", f->ops->name, end_text(n));
	if (p->ipcp.ncp.done && p->ipv6cp.ncp.done)
		link_fail(p, n->end_by, "%s", end_text(n));
	ncp_forget_end(n);
}

void ncp_terminated(struct fsm *f, const uint8_t *text, size_t len)
{
	char words[PPP_TEXT_MAX - 32];

	ppp_printable(words, sizeof(words), text, len);
	if (f->state == FSM_OPENED)
		ncp_set_end(f, PPP_END_PEER, "peer closed %s%s%s", f->ops->name, *words ? ": " : "",
			    words);
}

void ncp_code_rejected(struct fsm *f, uint8_t code)
{
	if (code <= PPP_CODE_REJECT)
		ncp_set_end(f, PPP_END_PEER, "peer rejects code %u of %s", code, f->ops->name);
}

void ncp_stuck(struct fsm *f, bool by_peer)
{
	if (by_peer)
		ncp_fail(f, PPP_END_US, "peer refuses our %s options", f->ops->name);
	else
		ncp_fail(f, PPP_END_US, "peer insists on %s options that we refuse", f->ops->name);
}

const char *ncp_reason(struct fsm *f)
{
	return end_text(ncp_of(f));
}

static void close_one(struct ppp *p, struct fsm *f, const char *reason)
{
	if (p->phase == LINK_NETWORK)
		ncp_fail(f, PPP_END_US, "%s", reason);
}

void ppp_close_ipv4(struct ppp *p, const char *reason)
{
	close_one(p, &p->ipcp.ncp.fsm, reason);
}

void ppp_close_ipv6(struct ppp *p, const char *reason)
{
	close_one(p, &p->ipv6cp.ncp.fsm, reason);
}
