// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DHCPv6 server of one link (RFC 8415 18.3). There is one client on it, and what it gets stands
 * in the configuration and is routed to it already. So a binding is not an event but a fact: the
 * link's prefixes belong to the first IA_PD that a message names, whichever it is, and nothing is
 * remembered. Addresses are not assigned: for those there are router advertisements.
 */
#include <string.h>
#include "ipv6/internal.h"

#define PREFERRED      3600 /* s */
#define VALID	       7200
#define T1	       (PREFERRED / 2) /* RFC 8415 21.21 */
#define T2	       (PREFERRED / 5 * 4)

#define PREFERENCE_MAX 255 /* the client need not wait for others (RFC 8415 18.2.1) */

struct reply {
	const struct router *r;
	const struct dhcp6_message *m;
	struct wbuf b;
	bool given; /* the link's prefixes have found their IA */
};

static bool from_here(const struct router *r, const struct dhcp6_message *m)
{
	return dhcp6_duid_eq(&m->server, r->link.setup.duid);
}

static bool has_ia(const struct dhcp6_message *m, uint16_t type)
{
	struct rbuf options = m->options;
	struct dhcp6_ia ia;

	while (dhcp6_next_ia(&options, &ia))
		if (!type || ia.type == type)
			return true;
	return false;
}

/* RFC 8415 16.2 to 16.12: what is discarded without a word. */
static bool is_valid(const struct router *r, const struct dhcp6_message *m, bool multicast)
{
	switch (m->type) {
	case DHCP6_SOLICIT:
	case DHCP6_CONFIRM:
	case DHCP6_REBIND:
		return multicast && m->client.len && !m->server.len;
	case DHCP6_REQUEST:
	case DHCP6_RENEW:
	case DHCP6_RELEASE:
	case DHCP6_DECLINE:
		return m->client.len && from_here(r, m);
	case DHCP6_INFORMATION_REQUEST:
		return multicast && (!m->server.len || from_here(r, m)) && !has_ia(m, 0);
	}
	return false;
}

static bool is_delegated(const struct router *r, const struct ip_prefix *prefix)
{
	for (size_t i = 0; i < r->offer.delegated_count; i++)
		if (ip_prefix_eq(&r->offer.delegated[i], prefix))
			return true;
	return false;
}

static bool on_link(const struct router *r, const struct dhcp6_lease *lease)
{
	return r->offer.advertised && ip_prefix_holds(r->offer.advertised, &lease->prefix.addr);
}

static void put_no(struct reply *out, struct dhcp6_ia *ia, uint16_t status, const char *text)
{
	uint8_t *begun;

	ia->t1 = ia->t2 = 0;
	begun = dhcp6_ia_begin(&out->b, ia);
	dhcp6_put_status(&out->b, status, text);
	dhcp6_ia_end(&out->b, begun);
}

/* All that is not the client's is taken back: lifetimes of zero. */
static void put_not_theirs(struct reply *out, const struct dhcp6_ia *ia)
{
	struct rbuf options = ia->options;
	struct dhcp6_lease lease;

	while (dhcp6_next_lease(&options, &lease)) {
		if (ia->type == DHCP6_OPTION_IA_PD && is_delegated(out->r, &lease.prefix))
			continue;
		lease.preferred = lease.valid = 0;
		dhcp6_put_lease(&out->b, ia->type, &lease);
	}
}

static void put_prefixes(struct reply *out, struct dhcp6_ia *ia)
{
	const struct router *r = out->r;
	uint8_t *begun;

	ia->t1 = T1;
	ia->t2 = T2;
	begun = dhcp6_ia_begin(&out->b, ia);
	for (size_t i = 0; i < r->offer.delegated_count; i++) {
		const struct dhcp6_lease lease = {.prefix = r->offer.delegated[i],
						  .preferred = PREFERRED,
						  .valid = VALID};

		dhcp6_put_lease(&out->b, ia->type, &lease);
	}
	if (out->m->type == DHCP6_RENEW || out->m->type == DHCP6_REBIND)
		put_not_theirs(out, ia);
	dhcp6_ia_end(&out->b, begun);
	out->given = true;
}

/* In a Request, an address of another link is called that (RFC 8415 18.3.2). */
static bool asks_for_other_link(const struct reply *out, const struct dhcp6_ia *ia)
{
	struct rbuf options = ia->options;
	struct dhcp6_lease lease;

	if (out->m->type != DHCP6_REQUEST || ia->type == DHCP6_OPTION_IA_PD)
		return false;
	while (dhcp6_next_lease(&options, &lease))
		if (!on_link(out->r, &lease))
			return true;
	return false;
}

static bool names_lease(const struct dhcp6_ia *ia)
{
	struct rbuf options = ia->options;
	struct dhcp6_lease lease;

	return dhcp6_next_lease(&options, &lease);
}

/* An IA that gets nothing. */
static void put_nothing(struct reply *out, struct dhcp6_ia *ia)
{
	uint8_t *begun;

	if (out->m->type == DHCP6_REBIND && names_lease(ia)) {
		ia->t1 = ia->t2 = 0;
		begun = dhcp6_ia_begin(&out->b, ia);
		put_not_theirs(out, ia);
		dhcp6_ia_end(&out->b, begun);
	} else if (out->m->type == DHCP6_RENEW || out->m->type == DHCP6_REBIND) {
		put_no(out, ia, DHCP6_NO_BINDING, "no binding");
	} else if (asks_for_other_link(out, ia)) {
		put_no(out, ia, DHCP6_NOT_ON_LINK, "not on this link");
	} else if (ia->type == DHCP6_OPTION_IA_PD) {
		put_no(out, ia, DHCP6_NO_PREFIX_AVAIL, "no prefix for this session");
	} else {
		put_no(out, ia, DHCP6_NO_ADDRS_AVAIL, "addresses by router advertisement only");
	}
}

static void put_ias(struct reply *out)
{
	struct rbuf options = out->m->options;
	struct dhcp6_ia ia;

	while (dhcp6_next_ia(&options, &ia)) {
		if (ia.type == DHCP6_OPTION_IA_PD && out->r->offer.delegated_count && !out->given)
			put_prefixes(out, &ia);
		else
			put_nothing(out, &ia);
	}
}

/* RFC 8415 18.3.7, 18.3.8: IAs are named only where there is nothing to give back. */
static void put_given_back(struct reply *out)
{
	struct rbuf options = out->m->options, leases;
	struct dhcp6_lease lease;
	struct dhcp6_ia ia;

	dhcp6_put_status(&out->b, DHCP6_SUCCESS, "");
	while (dhcp6_next_ia(&options, &ia)) {
		bool ours = false;

		leases = ia.options;
		while (ia.type == DHCP6_OPTION_IA_PD && dhcp6_next_lease(&leases, &lease))
			ours |= is_delegated(out->r, &lease.prefix);
		if (!ours)
			put_no(out, &ia, DHCP6_NO_BINDING, "no binding");
	}
}

/* RFC 8415 18.3.3. False: no address is named, so there is nothing to say. */
static bool put_confirmation(struct reply *out)
{
	struct rbuf options = out->m->options;
	bool any = false, all = true;
	struct dhcp6_lease lease;
	struct dhcp6_ia ia;

	while (dhcp6_next_ia(&options, &ia)) {
		while (ia.type != DHCP6_OPTION_IA_PD && dhcp6_next_lease(&ia.options, &lease)) {
			any = true;
			all &= on_link(out->r, &lease);
		}
	}
	if (all)
		dhcp6_put_status(&out->b, DHCP6_SUCCESS, "");
	else
		dhcp6_put_status(&out->b, DHCP6_NOT_ON_LINK, "not on this link");
	return any;
}

/* False: no answer. */
static bool put_answer(struct reply *out, bool rapid)
{
	const struct ipv6_offer *offer = &out->r->offer;

	switch (out->m->type) {
	case DHCP6_CONFIRM:
		return put_confirmation(out);
	case DHCP6_RELEASE:
	case DHCP6_DECLINE:
		put_given_back(out);
		return true;
	}
	if (rapid)
		dhcp6_put_empty(&out->b, DHCP6_OPTION_RAPID_COMMIT);
	put_ias(out);
	if (out->m->type == DHCP6_SOLICIT && !rapid && out->given)
		dhcp6_put_u8(&out->b, DHCP6_OPTION_PREFERENCE, PREFERENCE_MAX);
	if (out->m->wants_dns && offer->dns_count)
		dhcp6_put_dns(&out->b, offer->dns, offer->dns_count);
	return true;
}

void server_input(struct router *r, const struct ipv6_packet *p, const struct rbuf *data)
{
	bool multicast = IN6_IS_ADDR_MULTICAST(&p->destination), rapid, answer;
	uint8_t packet[IPV6_PACKET_MAX];
	struct reply out = {.r = r, .b = wbuf_of(packet, sizeof(packet))};
	struct dhcp6_message m;

	if (!ipv6_is_link_local(&p->source) || dhcp6_parse(&m, data) || !is_valid(r, &m, multicast))
		return;
	out.m = &m;
	rapid = m.type == DHCP6_SOLICIT && m.rapid_commit && r->offer.delegated_count &&
		has_ia(&m, DHCP6_OPTION_IA_PD);
	ipv6_udp_begin(&out.b, DHCP6_SERVER_PORT, DHCP6_CLIENT_PORT);
	dhcp6_begin(&out.b, m.type == DHCP6_SOLICIT && !rapid ? DHCP6_ADVERTISE : DHCP6_REPLY,
		    m.xid);
	dhcp6_put_duid(&out.b, DHCP6_OPTION_SERVER_ID, r->link.setup.duid);
	if (m.client.len)
		dhcp6_put_duid(&out.b, DHCP6_OPTION_CLIENT_ID, &m.client);
	answer = true;
	if (multicast)
		answer = put_answer(&out, rapid);
	else /* RFC 8415 18.4 */
		dhcp6_put_status(&out.b, DHCP6_USE_MULTICAST, "use multicast");
	log_debug(r->link.setup.log, "DHCPv6 %s %s", dhcp6_type_name(m.type),
		  answer ? "answered" : "not answered");
	if (answer)
		ipv6_send(&r->link, packet,
			  ipv6_packet_end(&out.b, &r->link.setup.local, &p->source, IPPROTO_UDP));
}
