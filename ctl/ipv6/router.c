// SPDX-License-Identifier: GPL-2.0-only
/*
 * Router advertisements of the provider's end (RFC 4861 6.2). A few soon after the link came up,
 * then one every 200 to 600 s, and one to whoever solicits it. One timer serves all.
 */
#include <string.h>
#include "ipv6/internal.h"

#define SECOND 1000 /* ms */

/* RFC 4861 6.2.1, defaults; 10, router constants. */
#define INTERVAL_MIN	 (200 * SECOND)
#define INTERVAL_MAX	 (600 * SECOND)
#define ROUTER_LIFETIME	 1800 /* s, of the router and, RFC 8106 5.1, of DNS servers */
#define INITIAL_INTERVAL (16 * SECOND)
#define INITIAL_COUNT	 3
#define ANSWER_DELAY	 500
#define DELAY_MIN	 (3 * SECOND) /* between two that go to all */

#define HOP_LIMIT	 64

/*
 * Of the advertised prefix. It is said anew at least every ten minutes, and gone with the session,
 * so there is no use in the days that RFC 4861 has as its default.
 */
#define PREFIX_VALID	 7200 /* s */
#define PREFIX_PREFERRED 3600

/* gone: what was advertised before, NULL: nothing else. */
static void send_advert(struct router *r, const struct in6_addr *to, uint16_t lifetime,
			const struct ip_prefix *gone)
{
	struct nd_advert a = {
		.hop_limit = HOP_LIMIT,
		/* DNS servers are to be had by DHCPv6 too. */
		.other = r->offer.dns_count,
		.lifetime = lifetime,
		.mtu = r->offer.mtu,
	};
	uint8_t packet[IPV6_PACKET_MAX];

	/* Not on-link: the peer must not take the other addresses of it for neighbours. */
	if (r->offer.advertised)
		a.prefixes[a.prefix_count++] = (struct nd_prefix){.prefix = *r->offer.advertised,
								  .autonomous = true,
								  .valid = PREFIX_VALID,
								  .preferred = PREFIX_PREFERRED};
	if (gone)
		a.prefixes[a.prefix_count++] =
			(struct nd_prefix){.prefix = *gone, .autonomous = true};
	for (size_t i = 0; i < r->offer.dns_count && i < ND_DNS_MAX; i++) {
		struct nd_dns *dns = &a.dns[a.dns_count++];

		memcpy(&dns->server, r->offer.dns[i].bytes, sizeof(dns->server));
		dns->lifetime = lifetime;
	}
	ipv6_send(&r->link, packet,
		  nd_advert_write(packet, sizeof(packet), &r->link.setup.local, to, &a));
}

static void arm(struct router *r)
{
	uint64_t now = r->link.setup.timers->now, at = r->answer < r->next ? r->answer : r->next;

	timer_set(r->link.setup.timers, &r->timer, at > now ? at - now : 0);
}

static void on_timer(void *arg)
{
	struct router *r = arg;
	uint64_t now = r->link.setup.timers->now;

	if (r->answer <= now) {
		r->answer = IPV6_FOR_EVER;
		send_advert(r, &r->asker, ROUTER_LIFETIME, NULL);
	}
	if (r->next <= now) {
		uint32_t wait =
			INTERVAL_MIN + ipv6_random(&r->link, INTERVAL_MAX - INTERVAL_MIN + 1);

		send_advert(r, &ipv6_all_nodes, ROUTER_LIFETIME, NULL);
		r->last = now;
		if (++r->sent < INITIAL_COUNT && wait > INITIAL_INTERVAL)
			wait = INITIAL_INTERVAL;
		r->next = now + wait;
	}
	arm(r);
}

static bool same_dns(const struct ipv6_offer *a, const struct ipv6_offer *b)
{
	if (a->dns_count != b->dns_count)
		return false;
	for (size_t i = 0; i < a->dns_count; i++)
		if (!ip_addr_eq(&a->dns[i], &b->dns[i]))
			return false;
	return true;
}

/* RFC 4861 6.2.4: changes are told as a start is. The old prefix ends as RFC 4862 5.5.3 lets it. */
void router_offer(struct router *r, const struct ipv6_offer *offer)
{
	const struct ip_prefix *old = r->offer.advertised;
	const bool gone = old && (!offer->advertised || !ip_prefix_eq(old, offer->advertised)),
		   same = !gone && !old == !offer->advertised && same_dns(&r->offer, offer) &&
			  r->offer.mtu == offer->mtu;

	r->offer = *offer;
	if (same)
		return;
	send_advert(r, &ipv6_all_nodes, ROUTER_LIFETIME, gone ? old : NULL);
	r->last = r->link.setup.timers->now;
	r->sent = 1;
	r->next = r->last + INITIAL_INTERVAL;
	arm(r);
}

/* RFC 4861 6.2.6. To the asker alone when it has an address, for then nothing bounds how soon. */
void router_solicited(struct router *r, const struct ipv6_packet *p)
{
	uint64_t at = r->link.setup.timers->now + ipv6_random(&r->link, ANSWER_DELAY + 1);

	if (!IN6_IS_ADDR_UNSPECIFIED(&p->source)) {
		if (r->answer == IPV6_FOR_EVER)
			r->answer = at;
		r->asker = p->source;
	} else {
		if (r->sent && at < r->last + DELAY_MIN)
			at = r->last + DELAY_MIN;
		if (at < r->next)
			r->next = at;
	}
	arm(r);
}

int router_init(struct router *r)
{
	timer_init(&r->timer, on_timer, r);
	r->answer = IPV6_FOR_EVER;
	r->next = r->link.setup.timers->now + ipv6_random(&r->link, ANSWER_DELAY + 1);
	if (timer_reserve(r->link.setup.timers, &r->timer))
		return -1;
	arm(r);
	return 0;
}

void router_release(struct router *r)
{
	timer_release(r->link.setup.timers, &r->timer);
}

/* RFC 4861 6.2.5 */
void router_stop(struct router *r)
{
	timer_cancel(r->link.setup.timers, &r->timer);
	send_advert(r, &ipv6_all_nodes, 0, NULL);
}
