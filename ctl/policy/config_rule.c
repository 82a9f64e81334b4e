// SPDX-License-Identifier: GPL-2.0-only
/*
 * Second pass, pools and the part of session rules that says whom a rule is for and how many of
 * them there may be. What a session gets is in config_check.c.
 */
#include "policy/config_read.h"

#include <string.h>
#include "l2tp/l2tp.h"
#include "l2x/rate.h"
#include "policy/pool.h"

#define POOL_NAME_MAX 40
#define TIMEOUT_MAX   (366 * 86400)
#define SESSIONS_MAX  1000000

void config_check_pool(const struct place *at, const struct raw_pool *raw, struct config_pool *p)
{
	struct place list = place_key(at, "addresses");
	uint64_t size = 0;

	if (!raw->name)
		mistake(at, "name", "is missing, give the pool a name of its own");
	p->name = value_text(at, "name", raw->name, POOL_NAME_MAX, NULL);
	p->addresses_count = value_prefixes(at, "addresses", raw->addresses, raw->addresses_count,
					    &p->addresses);
	if (!p->addresses_count)
		mistake(at, "addresses", "%s, give at least one IPv4 prefix",
			place_given(at, "addresses") ? "is empty" : "is missing");
	for (size_t i = 0; i < p->addresses_count; i++) {
		struct place item = place_item(&list, i);
		const struct ip_prefix *prefix = &p->addresses[i];

		if (prefix->addr.family == AF_INET6)
			mistake(&item, NULL, "is IPv6, a pool has IPv4 addresses");
		else if (prefix->addr.family && !ipv4_is_host(&prefix->addr))
			mistake(&item, NULL,
				"has no addresses of hosts, give one like 192.0.2.0/24");
		else if (prefix->addr.family)
			size += 1ull << (32 - prefix->len);
	}
	if (size > POOL_MAX)
		mistake(at, "addresses", "has %llu addresses, give at most %u",
			(unsigned long long)size, POOL_MAX);
}

static void check_pool(const struct place *at, const struct raw_session *raw,
		       const struct config *c, struct config_session *s)
{
	if (!raw->pool)
		return;
	for (size_t i = 0; i < c->pools_count && !s->pool; i++)
		if (c->pools[i].name && !strcmp(c->pools[i].name, raw->pool))
			s->pool = &c->pools[i];
	if (!s->pool)
		mistake(at, "pool", "there is no pool \"%.40s\", give one of `pools`", raw->pool);
	if (raw->remote_ppp_ip)
		mistake(at, "pool", "and remote-ppp-ip both give an address, leave one out");
}

static void check_connect_speed(const struct place *at, const struct raw_session *raw,
				struct config_session *s)
{
	s->connect_speed_min = value_speed(at, "connect-speed-min", raw->connect_speed_min, NULL);
	s->connect_speed_max = value_speed(at, "connect-speed-max", raw->connect_speed_max, NULL);
	if (s->connect_speed_max && s->connect_speed_min > s->connect_speed_max)
		mistake(at, "connect-speed-max",
			"is below connect-speed-min, so nothing fits both");
}

/* What a rule that rejects gives to nobody. */
static void check_reject(const struct place *at, const struct raw_session *raw,
			 struct config_session *s)
{
	static const char *const gifts[] = {
		"remote-ppp-ip", "pool",     "routes",	  "interface", "payload-table",
		"mtu",		 "speed",    "speed-rx",  "replace",   "session-timeout",
		"max-sessions",	 "delegate", "ra-prefix", NULL};

	if (!raw->reject)
		return;
	s->reject = *raw->reject ? reader_copy(at->r, raw->reject) : NULL;
	if (!*raw->reject)
		mistake(at, "reject", "is empty, give the reason that the caller is told");
	else if (strlen(raw->reject) > L2TP_TEXT_MAX - 1)
		mistake(at, "reject", "has %zu bytes, give at most %d", strlen(raw->reject),
			L2TP_TEXT_MAX - 1);
	for (size_t i = 0; gifts[i]; i++)
		if (place_given(at, gifts[i]))
			mistake(at, gifts[i], "is for nobody, as the rule rejects; leave one out");
}

void config_check_rule(const struct place *at, const struct raw_session *raw,
		       const struct config *c, const struct config_incoming *in,
		       struct config_session *s)
{
	static const char *const proxied[] = {
		[PROXIED_ANY] = "any", [PROXIED_NO] = "no", [PROXIED_YES] = "yes", NULL};
	const struct config_range mtu_range = {in->ipv6 ? 1280 : 576, 9000, 0};

	value_patterns(at, "username", &s->usernames);
	value_patterns(at, "calling-number", &s->calling);
	value_patterns(at, "called-number", &s->called);
	value_patterns(at, "private-group", &s->private_groups);
	check_connect_speed(at, raw, s);
	s->proxied =
		(enum config_proxied)value_word(at, "proxied", raw->proxied, proxied, PROXIED_ANY);
	check_reject(at, raw, s);
	check_pool(at, raw, c, s);
	s->payload_table = in->payload_table;
	memcpy(s->interface, in->interface, sizeof(s->interface));
	if (raw->payload_table || raw->interface)
		config_check_netdev(at, raw->interface, raw->payload_table, s->interface,
				    &s->payload_table);
	s->mtu = (uint16_t)value_number(at, "mtu", raw->mtu, mtu_range);
	s->timeout = value_number(at, "session-timeout", raw->session_timeout,
				  (struct config_range){0, TIMEOUT_MAX, 0});
	s->max_sessions = value_number(at, "max-sessions", raw->max_sessions,
				       (struct config_range){0, SESSIONS_MAX, 1});
	s->replace = value_bool(at, "replace", raw->replace, true);
}

bool config_rule_is_picky(const struct config_session *s)
{
	return s->calling.count || s->called.count || s->private_groups.count ||
	       s->connect_speed_min || s->connect_speed_max || s->proxied != PROXIED_ANY;
}

static void pool_conflict(const struct place *at, const char *key, const struct ip_addr *a,
			  const struct config *c)
{
	char text[IP_ADDR_TEXT];

	for (size_t i = 0; a->family && i < c->pools_count; i++) {
		const struct config_pool *p = &c->pools[i];

		for (size_t j = 0; j < p->addresses_count; j++)
			if (ip_prefix_holds(&p->addresses[j], a))
				mistake(at, key, "%s is in the pool \"%s\" too, give another one",
					ip_addr_text(a, text), p->name ? p->name : "");
	}
}

/* Pools are few, and their prefixes too. */
static void pools_overlap(const struct place *pools, const struct config *c, size_t i, size_t j)
{
	struct place pool = place_item(pools, i), list = place_key(&pool, "addresses"),
		     item = place_item(&list, j);
	const struct ip_prefix *p = &c->pools[i].addresses[j];
	char mine[IP_PREFIX_TEXT], other[IP_PREFIX_TEXT];

	for (size_t k = 0; p->addr.family && k <= i; k++) {
		for (size_t l = 0; l < (k < i ? c->pools[k].addresses_count : j); l++) {
			const struct ip_prefix *o = &c->pools[k].addresses[l];

			if (!o->addr.family ||
			    !(ip_prefix_holds(o, &p->addr) || ip_prefix_holds(p, &o->addr)))
				continue;
			mistake(&item, NULL, "%s overlaps with %s of pools[%zu], give another one",
				ip_prefix_text(p, mine), ip_prefix_text(o, other), k);
			return;
		}
	}
}

bool config_has_total(const struct config_incoming *in)
{
	return in->speed_total || in->speed_total_rx;
}

/* As many as the data path has room for while those of an earlier file may still be in use. */
static void count_totals(const struct place *incoming, const struct config *c)
{
	size_t count = 0;

	for (size_t i = 0; i < c->incoming_count; i++) {
		struct place entry = place_item(incoming, i);

		if (!config_has_total(&c->incoming[i]) || ++count != L2X_TOTALS_MAX / 2)
			continue;
		mistake(&entry, c->incoming[i].speed_total ? "speed-total" : "speed-total-rx",
			"is one too many, at most %d entries may have one", L2X_TOTALS_MAX / 2 - 1);
	}
}

void config_rule_conflict(const struct place *root, const struct config *c)
{
	struct place pools = place_key(root, "pools"), incoming = place_key(root, "incoming");

	for (size_t i = 0; i < c->pools_count; i++)
		for (size_t j = 0; j < c->pools[i].addresses_count; j++)
			pools_overlap(&pools, c, i, j);
	count_totals(&incoming, c);
	for (size_t i = 0; i < c->incoming_count; i++) {
		const struct config_incoming *in = &c->incoming[i];
		struct place entry = place_item(&incoming, i), list = place_key(&entry, "sessions");
		const struct config_session *any = NULL;

		pool_conflict(&entry, "local-ppp-ip", &in->local_ppp_ip, c);
		for (size_t j = 0; j < in->sessions_count; j++) {
			const struct config_session *s = &in->sessions[j];
			struct place session = place_item(&list, j);

			pool_conflict(&session, "remote-ppp-ip", &s->remote_ppp_ip, c);
			if (any) {
				mistake(&session, NULL,
					"is never reached, as line %u takes any login; put that "
					"one "
					"last",
					any->line);
				break;
			}
			if (!config_rule_is_picky(s) && !place_given(&session, "username"))
				any = s;
		}
	}
}
