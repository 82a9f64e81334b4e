// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPV6CP (RFC 5072): two interface identifiers that are not zero and not the same. Addresses beyond
 * fe80:: are not its business. A peer that has no identifier is told one; ours gives way to one
 * that the peer suggests.
 */
#include "ppp/link.h"

#define ID_LEN 8

static const uint8_t no_id[ID_LEN];

static struct ppp *link_of(struct fsm *f)
{
	return f->owner;
}

static bool id_is(const uint8_t *a, const uint8_t *b)
{
	return !memcmp(a, b, ID_LEN);
}

/* RFC 5072 4.1: random, with the universal bit clear; never zero and never the other end's. */
static void random_id(struct ppp *p, uint8_t *id, const uint8_t *other)
{
	do {
		p->random(p->owner, id, ID_LEN);
		id[0] &= (uint8_t)~2;
	} while (id_is(id, no_id) || id_is(id, other));
}

static void reset(struct fsm *f)
{
	struct ppp *p = link_of(f);

	memcpy(p->ipv6cp.local, p->net.interface_id, ID_LEN);
	if (!id_is(p->ipv6cp.local, no_id))
		return;
	/* The same in each negotiation: a request that the line delivered late and twice then says
	 * nothing new. */
	if (id_is(p->ipv6cp.own, no_id))
		random_id(p, p->ipv6cp.own, no_id);
	memcpy(p->ipv6cp.local, p->ipv6cp.own, ID_LEN);
}

static void request(struct fsm *f, struct wbuf *b)
{
	ppp_option_put(b, IPV6CP_OPTION_INTERFACE_ID, link_of(f)->ipv6cp.local, ID_LEN);
}

static void take_nak(struct fsm *f, const struct ppp_option *o)
{
	struct ppp *p = link_of(f);
	struct ipv6cp *i = &p->ipv6cp;

	if (o->type != IPV6CP_OPTION_INTERFACE_ID || o->len != ID_LEN)
		return;
	if (id_is(o->data, no_id) || id_is(o->data, i->remote))
		random_id(p, i->local, i->remote);
	else
		memcpy(i->local, o->data, ID_LEN);
}

static void take_reject(struct fsm *f, const struct ppp_option *o)
{
	(void)o; /* it is the one option that we send, and there is no IPv6 without */
	ncp_fail(f, PPP_END_US, "peer refuses our interface identifier");
}

static void judge_begin(struct fsm *f)
{
	struct ppp *p = link_of(f);

	memset(p->ipv6cp.remote, 0, ID_LEN);
	p->ipv6cp.peer_id_seen = false;
}

static void suggest(struct ppp *p, struct wbuf *nak)
{
	uint8_t id[ID_LEN];

	memcpy(id, p->net.remote_interface_id, ID_LEN);
	if (id_is(id, no_id) || id_is(id, p->ipv6cp.local))
		random_id(p, id, p->ipv6cp.local);
	ppp_option_put(nak, IPV6CP_OPTION_INTERFACE_ID, id, ID_LEN);
}

static enum fsm_verdict judge(struct fsm *f, const struct ppp_option *o, struct wbuf *nak)
{
	struct ppp *p = link_of(f);

	if (o->type != IPV6CP_OPTION_INTERFACE_ID)
		return FSM_REJ;
	p->ipv6cp.peer_id_seen = true;
	/* RFC 5072 4.1: zero, or a collision */
	if (o->len != ID_LEN || id_is(o->data, no_id) || id_is(o->data, p->ipv6cp.local)) {
		suggest(p, nak);
		return FSM_OFFER;
	}
	memcpy(p->ipv6cp.remote, o->data, ID_LEN);
	return FSM_ACK;
}

/* RFC 5072 4.1 */
static void judge_end(struct fsm *f, struct wbuf *nak)
{
	struct ppp *p = link_of(f);

	/* Not again, if the peer's next request has none either. */
	if (!p->ipv6cp.peer_id_seen && !p->ipv6cp.peer_asked)
		suggest(p, nak);
	p->ipv6cp.peer_asked = !p->ipv6cp.peer_id_seen;
}

static void link_local(struct in6_addr *a, const uint8_t *id)
{
	*a = (struct in6_addr){.s6_addr = {0xfe, 0x80}};
	memcpy(a->s6_addr + 8, id, ID_LEN);
}

static void up(struct fsm *f)
{
	struct ppp *p = link_of(f);
	struct ppp_ipv6 ip;

	if (id_is(p->ipv6cp.remote, no_id) || id_is(p->ipv6cp.remote, p->ipv6cp.local)) {
		ncp_fail(f, PPP_END_US, "peer has no interface identifier of its own");
		return;
	}
	link_local(&ip.local, p->ipv6cp.local);
	link_local(&ip.remote, p->ipv6cp.remote);
	ncp_up(f);
	p->ops->ipv6_up(p->owner, &ip);
}

static void down(struct fsm *f)
{
	struct ppp *p = link_of(f);

	if (ncp_down(f))
		p->ops->ipv6_down(p->owner);
}

static const struct fsm_ops ipv6cp_ops = {
	.name = "IPV6CP",
	.protocol = PPP_PROTO_IPV6CP,
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

void ipv6cp_init(struct ppp *p)
{
	fsm_init(&p->ipv6cp.ncp.fsm, &ipv6cp_ops, p, p->timers, p->log, &p->config.counters);
}
