// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DHCPv6 client for prefixes (RFC 8415 18.2): solicits for as long as it takes, asks for what
 * was offered, renews in good time, and gives back at the end. One IA_PD; no addresses, so there is
 * neither Confirm nor Decline. A new link begins from nothing: its server may be another one.
 */
#include <string.h>
#include "base/list.h"
#include "ipv6/internal.h"

#define SECOND 1000 /* ms */

/* RFC 8415 7.6 */
#define SOL_MAX_DELAY  (1 * SECOND)
#define SOL_TIMEOUT    (1 * SECOND)
#define SOL_MAX_RT     (3600 * SECOND)
#define REQ_TIMEOUT    (1 * SECOND)
#define REQ_MAX_RT     (30 * SECOND)
#define REQ_MAX_RC     10
#define REN_TIMEOUT    (10 * SECOND)
#define REN_MAX_RT     (600 * SECOND)
#define REB_TIMEOUT    (10 * SECOND)
#define REB_MAX_RT     (600 * SECOND)

#define PREFERENCE_MAX 255
/* A server that wants to be asked more often than that is mistaken (RFC 8415 14.1). */
#define T1_MIN (5 * SECOND)

static struct host *host_of_client(struct client *c)
{
	return list_item(c, struct host, client);
}

static const uint8_t message_types[] = {
	[CLIENT_SOLICIT] = DHCP6_SOLICIT,
	[CLIENT_REQUEST] = DHCP6_REQUEST,
	[CLIENT_RENEW] = DHCP6_RENEW,
	[CLIENT_REBIND] = DHCP6_REBIND,
};

const char *client_state_name(const struct client *c)
{
	static const char *const names[] = {
		[CLIENT_OFF] = "off",
		[CLIENT_SOLICIT] = "soliciting",
		[CLIENT_REQUEST] = "requesting",
		[CLIENT_BOUND] = "bound",
		[CLIENT_RENEW] = "renewing",
		[CLIENT_REBIND] = "rebinding",
	};

	return names[c->state];
}

/* What the IA_PD names: a length that would be welcome, what was offered, or what we have. */
static void put_leases(struct host *h, struct wbuf *b, uint8_t type)
{
	const struct client *c = &h->client;
	struct dhcp6_lease lease = {
		.prefix = {.addr.family = AF_INET6, .len = h->wish.prefix_length}};

	if (type == DHCP6_SOLICIT) {
		if (h->wish.prefix_length)
			dhcp6_put_lease(b, DHCP6_OPTION_IA_PD, &lease);
	} else if (type == DHCP6_REQUEST) {
		for (size_t i = 0; i < c->offer_count; i++) {
			lease.prefix = c->offer[i].prefix;
			dhcp6_put_lease(b, DHCP6_OPTION_IA_PD, &lease);
		}
	} else {
		for (size_t i = 0; i < c->lease_count; i++) {
			lease.prefix = c->lease[i].prefix;
			dhcp6_put_lease(b, DHCP6_OPTION_IA_PD, &lease);
		}
	}
}

static void put_elapsed(struct client *c, struct wbuf *b, uint64_t now)
{
	uint64_t hundredths;

	if (!c->sent)
		c->began = now;
	hundredths = (now - c->began) / 10;
	dhcp6_put_u16(b, DHCP6_OPTION_ELAPSED, hundredths < 0xffff ? (uint16_t)hundredths : 0xffff);
}

static void send_message(struct host *h, uint8_t type)
{
	const struct dhcp6_ia ia = {.type = DHCP6_OPTION_IA_PD, .id = h->wish.iaid};
	const uint16_t options[] = {DHCP6_OPTION_SOL_MAX_RT, DHCP6_OPTION_DNS};
	struct client *c = &h->client;
	uint8_t packet[IPV6_PACKET_MAX], *begun;
	struct wbuf b = wbuf_of(packet, sizeof(packet));

	ipv6_udp_begin(&b, DHCP6_CLIENT_PORT, DHCP6_SERVER_PORT);
	dhcp6_begin(&b, type, c->xid);
	dhcp6_put_duid(&b, DHCP6_OPTION_CLIENT_ID, h->link.setup.duid);
	if (type != DHCP6_SOLICIT && type != DHCP6_REBIND)
		dhcp6_put_duid(&b, DHCP6_OPTION_SERVER_ID, &c->server);
	put_elapsed(c, &b, h->link.setup.timers->now);
	if (type != DHCP6_RELEASE)
		dhcp6_put_request(&b, options, h->wish.dns ? 2 : 1);
	if (type == DHCP6_SOLICIT)
		dhcp6_put_empty(&b, DHCP6_OPTION_RAPID_COMMIT);
	begun = dhcp6_ia_begin(&b, &ia);
	put_leases(h, &b, type);
	dhcp6_ia_end(&b, begun);
	log_debug(h->link.setup.log, "DHCPv6 %s sent", dhcp6_type_name(type));
	ipv6_send(&h->link, packet,
		  ipv6_packet_end(&b, &h->link.setup.local, &ipv6_all_dhcp6_servers, IPPROTO_UDP));
}

/* A new exchange, RFC 8415 15. */
static void begin(struct host *h, enum client_state state, uint32_t delay)
{
	struct client *c = &h->client;

	c->state = state;
	c->xid = ipv6_random(&h->link, 1 << 24);
	c->sent = 0;
	c->timeout = 0;
	if (state == CLIENT_SOLICIT) {
		c->preference = -1;
		c->offer_count = 0;
	}
	timer_set(h->link.setup.timers, &c->timer, delay);
}

/* Without a lease, and without what came with it. */
static void start_over(struct host *h)
{
	h->client.dns_count = 0;
	begin(h, CLIENT_SOLICIT, ipv6_random(&h->link, SOL_MAX_DELAY + 1));
}

static uint32_t next_timeout(struct host *h)
{
	struct client *c = &h->client;

	switch (c->state) {
	case CLIENT_SOLICIT:
		return ipv6_timeout(&h->link, c->timeout, SOL_TIMEOUT, c->solicit_max, !c->timeout);
	case CLIENT_REQUEST:
		return ipv6_timeout(&h->link, c->timeout, REQ_TIMEOUT, REQ_MAX_RT, false);
	case CLIENT_RENEW:
		return ipv6_timeout(&h->link, c->timeout, REN_TIMEOUT, REN_MAX_RT, false);
	default:
		return ipv6_timeout(&h->link, c->timeout, REB_TIMEOUT, REB_MAX_RT, false);
	}
}

/* The exchange has come to its end without an answer, or with another one to follow. True: what
 * follows has begun. */
static bool move_on(struct host *h)
{
	struct client *c = &h->client;

	if (c->state == CLIENT_BOUND)
		begin(h, CLIENT_RENEW, 0);
	else if (c->state == CLIENT_SOLICIT && c->preference >= 0)
		begin(h, CLIENT_REQUEST, 0);
	else if (c->state == CLIENT_REQUEST && c->sent == REQ_MAX_RC)
		begin(h, c->lease_count ? CLIENT_REBIND : CLIENT_SOLICIT, 0);
	else if (c->state == CLIENT_RENEW && c->t2 <= h->link.setup.timers->now)
		begin(h, CLIENT_REBIND, 0);
	else
		return false;
	return true;
}

static void on_timer(void *arg)
{
	struct client *c = arg;
	struct host *h = host_of_client(c);
	uint64_t now = h->link.setup.timers->now, wait;

	if (move_on(h))
		return;
	send_message(h, message_types[c->state]);
	c->sent++;
	c->timeout = next_timeout(h);
	wait = c->timeout;
	/* Renewing ends when rebinding begins, whatever is still awaited (RFC 8415 18.2.4). */
	if (c->state == CLIENT_RENEW && c->t2 < now + wait)
		wait = c->t2 - now;
	timer_set(h->link.setup.timers, &c->timer, wait);
}

/* Our IA_PD in this message, if it is one that makes sense (RFC 8415 21.21). */
static bool find_ia(const struct host *h, const struct dhcp6_message *m, struct dhcp6_ia *ia)
{
	struct rbuf options = m->options;

	while (dhcp6_next_ia(&options, ia))
		if (ia->type == DHCP6_OPTION_IA_PD && ia->id == h->wish.iaid)
			return !(ia->t2 && ia->t1 > ia->t2);
	return false;
}

static void take_advertise(struct host *h, const struct dhcp6_message *m)
{
	struct client *c = &h->client;
	struct dhcp6_lease lease;
	struct dhcp6_ia ia;

	/* RFC 8415 18.2.9: heeded whatever else it says. */
	if (m->sol_max_rt)
		c->solicit_max = m->sol_max_rt * SECOND;
	if (c->preference >= m->preference || m->status || !find_ia(h, m, &ia) || ia.status)
		return;
	c->offer_count = 0;
	while (dhcp6_next_lease(&ia.options, &lease))
		if (lease_is_usable(&lease) && lease.valid && c->offer_count < IPV6_PREFIXES)
			c->offer[c->offer_count++] = lease;
	if (!c->offer_count)
		return;
	c->preference = m->preference;
	c->server = m->server;
	/* Others have until the end of the first timeout. */
	if (c->preference == PREFERENCE_MAX || c->sent > 1)
		begin(h, CLIENT_REQUEST, 0);
}

/* Part of a life, unless the server has said a time (RFC 8415 14.2). */
static uint64_t moment_of(const struct host *h, uint32_t said, uint64_t life, unsigned tenths)
{
	uint64_t now = h->link.setup.timers->now, after;

	if (said)
		return ipv6_moment(&h->link, said);
	if (life == IPV6_FOR_EVER)
		return IPV6_FOR_EVER;
	after = life / 10 * tenths;
	return now + after;
}

static void take_hold(struct host *h, const struct dhcp6_ia *ia)
{
	struct client *c = &h->client;
	uint64_t now = h->link.setup.timers->now, life = lease_life(c, now),
		 t1 = moment_of(h, ia->t1, life, 5);

	c->t2 = moment_of(h, ia->t2, life, 8);
	if (t1 < now + T1_MIN)
		t1 = now + T1_MIN;
	if (c->t2 < t1)
		c->t2 = t1;
	c->state = CLIENT_BOUND;
	if (t1 == IPV6_FOR_EVER)
		timer_cancel(h->link.setup.timers, &c->timer);
	else
		timer_set(h->link.setup.timers, &c->timer, t1 - now);
}

static bool take_servers(struct host *h, const struct dhcp6_message *m)
{
	struct client *c = &h->client;

	if (!h->wish.dns || !m->dns_count ||
	    (c->dns_count == m->dns_count &&
	     !memcmp(c->dns, m->dns, m->dns_count * sizeof(c->dns[0]))))
		return false;
	memcpy(c->dns, m->dns, m->dns_count * sizeof(c->dns[0]));
	c->dns_count = m->dns_count;
	return true;
}

/* The server does not know our prefixes: ask it for them (RFC 8415 18.2.10.1). */
static void ask_again(struct host *h, const struct dhcp6_message *m)
{
	struct client *c = &h->client;

	c->offer_count = c->lease_count;
	for (size_t i = 0; i < c->lease_count; i++)
		c->offer[i] = (struct dhcp6_lease){.prefix = c->lease[i].prefix};
	c->server = m->server;
	begin(h, CLIENT_REQUEST, 0);
}

/* What is not as it should be leaves the exchange as it is: it is tried again in its own time. */
static void take_reply(struct host *h, const struct dhcp6_message *m)
{
	bool changed = false, extended = false, had;
	struct client *c = &h->client;
	struct dhcp6_lease lease;
	struct dhcp6_ia ia;

	if (m->sol_max_rt)
		c->solicit_max = m->sol_max_rt * SECOND;
	if (m->status || !find_ia(h, m, &ia) || (c->state == CLIENT_SOLICIT && !m->rapid_commit))
		return;
	if (ia.status == DHCP6_NO_BINDING && c->state != CLIENT_SOLICIT &&
	    c->state != CLIENT_REQUEST) {
		ask_again(h, m);
		return;
	}
	if (ia.status)
		return;
	had = c->lease_count;
	while (dhcp6_next_lease(&ia.options, &lease))
		if (lease_is_usable(&lease))
			changed |= lease_take(h, &lease, &extended);
	if (extended) {
		c->server = m->server;
		changed |= take_servers(h, m);
		take_hold(h, &ia);
	} else if (had && !c->lease_count) {
		start_over(h);
	}
	if (changed)
		host_changed(h);
	else
		host_lifetimes(h);
}

void client_input(struct host *h, const struct rbuf *data)
{
	struct client *c = &h->client;
	struct dhcp6_message m;

	/* RFC 8415 16.3, 16.10. An exchange that has sent nothing can have no answer. */
	if (dhcp6_parse(&m, data) || m.xid != c->xid || !c->sent || !m.server.len ||
	    !dhcp6_duid_eq(&m.client, h->link.setup.duid))
		return;
	log_debug(h->link.setup.log, "DHCPv6 %s received", dhcp6_type_name(m.type));
	if (m.type == DHCP6_ADVERTISE && c->state == CLIENT_SOLICIT)
		take_advertise(h, &m);
	else if (m.type == DHCP6_REPLY && c->state != CLIENT_OFF && c->state != CLIENT_BOUND)
		take_reply(h, &m);
}

bool client_expire(struct host *h)
{
	bool some = lease_expire(h);

	if (some && !h->client.lease_count)
		start_over(h);
	return some;
}

int client_init(struct host *h)
{
	struct client *c = &h->client;

	timer_init(&c->timer, on_timer, c);
	c->solicit_max = SOL_MAX_RT;
	if (!h->wish.prefix)
		return 0;
	if (timer_reserve(h->link.setup.timers, &c->timer))
		return -1;
	start_over(h);
	return 0;
}

void client_release(struct host *h)
{
	timer_release(h->link.setup.timers, &h->client.timer);
}

/*
 * Release is sent once and its answer not awaited (RFC 8415 18.2.7 lets a client do so): the end of
 * the link, which comes next, says the same.
 */
void client_stop(struct host *h)
{
	struct client *c = &h->client;

	timer_cancel(h->link.setup.timers, &c->timer);
	if (!c->lease_count)
		return;
	c->sent = 0;
	c->xid = ipv6_random(&h->link, 1 << 24);
	send_message(h, DHCP6_RELEASE);
}
