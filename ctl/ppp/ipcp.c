// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPCP (RFC 1332) with the name server options of RFC 1877. Each end asks for its own address, zero
 * meaning "give me one"; an address that was given is insisted on. No header compression, no
 * NetBIOS, and not the obsolete IP-Addresses option.
 */
#include "ppp/link.h"

#include <arpa/inet.h>

static const uint8_t dns_types[2] = {IPCP_OPTION_DNS1, IPCP_OPTION_DNS2};

static struct ppp *link_of(struct fsm *f)
{
	return f->owner;
}

static void put_address(struct wbuf *b, uint8_t type, struct in_addr a)
{
	ppp_option_put(b, type, &a.s_addr, sizeof(a.s_addr));
}

static struct in_addr get_address(const struct ppp_option *o)
{
	return (struct in_addr){.s_addr = htonl(ppp_option_u32(o))};
}

/* An address that one host may have: not this network, loopback, multicast or above. */
static bool is_host(struct in_addr a)
{
	uint8_t top = (uint8_t)(ntohl(a.s_addr) >> 24);

	return top && top != 127 && top < 224;
}

static void reset(struct fsm *f)
{
	struct ppp *p = link_of(f);
	struct ipcp *i = &p->ipcp;

	i->local = p->net.local;
	i->refused.s_addr = 0;
	i->want_address = true;
	for (int n = 0; n < 2; n++) {
		i->want_dns[n] = p->net.want_dns;
		i->dns[n].s_addr = 0;
	}
}

static void request(struct fsm *f, struct wbuf *b)
{
	const struct ipcp *i = &link_of(f)->ipcp;

	if (i->want_address)
		put_address(b, IPCP_OPTION_ADDRESS, i->local);
	for (int n = 0; n < 2; n++)
		if (i->want_dns[n])
			put_address(b, dns_types[n], i->dns[n]);
}

static void take_nak(struct fsm *f, const struct ppp_option *o)
{
	struct ppp *p = link_of(f);
	struct ipcp *i = &p->ipcp;

	if (o->len != 4)
		return;
	/* A local address that is configured stays; a peer that insists ends IPCP (fsm_ops.stuck).
	 */
	if (o->type == IPCP_OPTION_ADDRESS && !p->net.local.s_addr && is_host(get_address(o)))
		i->local = get_address(o);
	for (int n = 0; n < 2; n++) {
		if (o->type != dns_types[n] || !i->want_dns[n])
			continue;
		i->dns[n] = get_address(o);
		/* It has none, and would say so for ever. */
		i->want_dns[n] = i->dns[n].s_addr;
	}
}

static void take_reject(struct fsm *f, const struct ppp_option *o)
{
	struct ipcp *i = &link_of(f)->ipcp;

	if (o->type == IPCP_OPTION_ADDRESS) {
		i->want_address = false;
		/* With an address of our own the peer need not be told (RFC 1332 3.3). */
		if (!link_of(f)->net.local.s_addr)
			ncp_fail(f, PPP_END_US, "peer gives us no IPv4 address");
	}
	for (int n = 0; n < 2; n++)
		if (o->type == dns_types[n])
			i->want_dns[n] = false;
}

static void judge_begin(struct fsm *f)
{
	struct ppp *p = link_of(f);

	p->ipcp.remote = p->net.remote;
	p->ipcp.peer_address_seen = false;
}

static enum fsm_verdict judge_address(struct ppp *p, const struct ppp_option *o, struct wbuf *nak)
{
	struct in_addr asked = get_address(o), given = p->net.remote;

	p->ipcp.peer_address_seen = true;
	if (given.s_addr) {
		p->ipcp.refused = asked;
		if (o->len == 4 && asked.s_addr == given.s_addr) {
			p->ipcp.refused.s_addr = 0;
			return FSM_ACK;
		}
		put_address(nak, IPCP_OPTION_ADDRESS, given);
		return asked.s_addr ? FSM_NAK : FSM_OFFER;
	}
	if (o->len == 4 && !asked.s_addr) {
		ncp_fail(&p->ipcp.ncp.fsm, PPP_END_US,
			 "peer asks for an IPv4 address, and there is none for it");
		return FSM_REJ;
	}
	if (!is_host(asked) || asked.s_addr == p->ipcp.local.s_addr)
		return FSM_REJ;
	p->ipcp.remote = asked;
	return FSM_ACK;
}

static enum fsm_verdict judge(struct fsm *f, const struct ppp_option *o, struct wbuf *nak)
{
	struct ppp *p = link_of(f);

	if (o->type == IPCP_OPTION_ADDRESS)
		return judge_address(p, o, nak);
	for (int n = 0; n < 2; n++) {
		if (o->type != dns_types[n] || !p->net.dns[n].s_addr)
			continue;
		if (o->len == 4 && get_address(o).s_addr == p->net.dns[n].s_addr)
			return FSM_ACK;
		put_address(nak, o->type, p->net.dns[n]);
		return get_address(o).s_addr ? FSM_NAK : FSM_OFFER;
	}
	return FSM_REJ;
}

/*
 * RFC 1332 3.3: the peer is to name its address; zeros when we have none to propose. Then once is
 * enough: a peer without one may have routes behind it all the same (unnumbered).
 */
static void judge_end(struct fsm *f, struct wbuf *nak)
{
	struct ppp *p = link_of(f);

	if (!p->ipcp.peer_address_seen && (p->net.remote.s_addr || !p->ipcp.peer_asked))
		put_address(nak, IPCP_OPTION_ADDRESS, p->net.remote);
	p->ipcp.peer_asked = true;
}

static void up(struct fsm *f)
{
	struct ppp *p = link_of(f);
	struct ppp_ipv4 ip = {.local = p->ipcp.local, .remote = p->ipcp.remote};

	if (!ip.local.s_addr) {
		ncp_fail(f, PPP_END_US, "peer gives us no IPv4 address");
		return;
	}
	/* Max-Failure made it stop to ask for that address, not to use it. */
	if (p->ipcp.refused.s_addr) {
		ncp_fail(f, PPP_END_US, "peer does not take the IPv4 address that it is given");
		return;
	}
	for (int n = 0; n < 2; n++)
		ip.dns[n] = p->ipcp.dns[n];
	ncp_up(f);
	p->ops->ipv4_up(p->owner, &ip);
}

static void down(struct fsm *f)
{
	struct ppp *p = link_of(f);

	if (ncp_down(f))
		p->ops->ipv4_down(p->owner);
}

static const struct fsm_ops ipcp_ops = {
	.name = "IPCP",
	.protocol = PPP_PROTO_IPCP,
	.timeout = link_fsm_timeout,
	.send = link_fsm_send,
	.reset = reset,
	.request = request,
	.take_nak = take_nak,
	.take_reject = take_reject,
	.judge_begin = judge_begin,
	.judge = judge,
	.judge_end = judge_end,
	.up = up,
	.down = down,
	.finished = ncp_finished,
	.terminated = ncp_terminated,
	.code_rejected = ncp_code_rejected,
	.stuck = ncp_stuck,
	.reason = ncp_reason,
};

void ipcp_init(struct ppp *p)
{
	fsm_init(&p->ipcp.ncp.fsm, &ipcp_ops, p, p->timers, p->log, &p->config.counters);
}
