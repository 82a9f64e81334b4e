// SPDX-License-Identifier: GPL-2.0-only
/* Relays: where calls are carried on to, and the session rules that say so. */
#include "policy/config_read.h"

#include <string.h>
#include "l2tp/l2tp.h"
#include "l2x/wire.h"
#include "policy/told.h"

#define DAY 86400

/* can: of TOLD_*, a bit each. */
static enum config_told_policy check_policy(const struct place *at, const char *key,
					    const char *raw, unsigned can,
					    enum config_told_policy by_default)
{
	static const struct {
		const char *word;
		enum config_told_policy policy;
	} all[] = {{"relay", TOLD_RELAY}, {"drop", TOLD_DROP}, {"regenerate", TOLD_REGENERATE}};
	enum config_told_policy known[3];
	const char *words[4] = {NULL};
	size_t count = 0;
	int word;

	for (size_t i = 0; i < 3; i++) {
		if (!(can & 1u << all[i].policy))
			continue;
		known[count] = all[i].policy;
		words[count++] = all[i].word;
	}
	word = value_word(at, key, raw, words, -1);
	return word < 0 ? by_default : known[word];
}

#define CAN(policy) (1u << TOLD_##policy)

/* relay, drop, or regenerate and a text. */
static void check_told(const struct place *at, const char *key, const char *raw, size_t max,
		       enum config_told_policy by_default, struct config_told *t)
{
	static const char word[] = "regenerate";
	const size_t len = sizeof(word) - 1;
	const char *unknown;

	if (!raw || strncmp(raw, word, len) != 0 || (raw[len] && raw[len] != ' ')) {
		t->policy = check_policy(at, key, raw, CAN(RELAY) | CAN(DROP) | CAN(REGENERATE),
					 by_default);
		return;
	}
	t->policy = TOLD_REGENERATE;
	raw += len;
	raw += strspn(raw, " ");
	unknown = told_unknown(raw);
	if (!*raw)
		mistake(at, key, "says to regenerate it, but not what; give regenerate TEXT");
	else if (unknown)
		mistake(at, key, "\"%.2s\" is not known, give %%u, %%n, %%c, %%d, or %%%% for a %%",
			unknown);
	else
		t->text = value_text(at, key, raw, max, NULL);
}

static void check_policies(const struct place *at, const struct raw_relay *raw,
			   struct config_relay *r)
{
	const enum config_told_policy proxy =
		check_policy(at, "proxy", raw->proxy, CAN(RELAY) | CAN(DROP), TOLD_RELAY);

	check_told(at, "calling-number", raw->calling_number, L2TP_NUMBER_MAX, TOLD_RELAY,
		   &r->calling);
	check_told(at, "called-number", raw->called_number, L2TP_NUMBER_MAX, TOLD_RELAY,
		   &r->called);
	check_told(at, "private-group", raw->private_group, L2TP_NUMBER_MAX, TOLD_RELAY,
		   &r->private_group);
	/* RFC 2661 6.8: an ICCN must have both. */
	r->connect_speed = check_policy(at, "connect-speed", raw->connect_speed,
					CAN(RELAY) | CAN(REGENERATE), TOLD_RELAY);
	r->framing =
		check_policy(at, "framing", raw->framing, CAN(RELAY) | CAN(REGENERATE), TOLD_RELAY);
	r->proxy_lcp = check_policy(at, "proxy-lcp", raw->proxy_lcp,
				    CAN(RELAY) | CAN(DROP) | CAN(REGENERATE), proxy);
	check_told(at, "proxy-auth", raw->proxy_auth, PPP_NAME_MAX, proxy, &r->proxy_auth);
}

void config_check_relay(const struct place *at, const struct raw_relay *raw, struct config_relay *r)
{
	const struct config_range port = {1, 65535, L2TP_PORT}, seconds = {0, DAY, 60},
				  idle = {1, DAY, 60};

	r->name = value_name(at, raw->name);
	r->servers_count = value_servers(at, &r->servers);
	r->port = (uint16_t)value_number(at, "port", raw->port, port);
	r->hostname = value_hostname(at, raw->hostname);
	r->secret = value_secret(at, "secret", raw->secret, raw->secret_file, L2TP_SECRET_MAX);
	r->hide_avps = check_hide_avps(at, raw->hide_avps, r->secret);
	r->log_level = value_log_level(at, raw->log_level, CONFIG_LOG_AS_ABOVE);
	r->table = config_table(at, raw->table);
	config_source(at, raw->source, &r->source);
	r->hello_interval = value_number(at, "hello-interval", raw->hello_interval, seconds);
	r->fail_lockout = value_number(at, "fail-lockout", raw->fail_lockout, seconds);
	r->idle_timeout = value_number(at, "idle-timeout", raw->idle_timeout, idle);
	check_retransmit(at, &raw->retransmit, &r->retransmit);
	check_policies(at, raw, r);
}

/* What is the far LNS's to give, and what needs a login that may never be asked for. */
void config_check_rule_relay(const struct place *at, const struct raw_session *raw,
			     const struct config *c, struct config_incoming *in,
			     struct config_session *s)
{
	static const char *const others[] = {"remote-ppp-ip", "pool",	   "routes",
					     "delegate",      "ra-prefix", "interface",
					     "payload-table", "mtu",	   "max-sessions",
					     "replace",	      "reject",	   "ha-set",
					     "bond-set",      NULL};

	if (!raw->relay)
		return;
	for (size_t i = 0; i < c->relays_count && !s->relay; i++)
		if (c->relays[i].name && !strcmp(c->relays[i].name, raw->relay))
			s->relay = &c->relays[i];
	if (!s->relay)
		mistake(at, "relay", "there is no relay \"%.40s\", give one of `relays`",
			raw->relay);
	for (size_t i = 0; others[i]; i++)
		if (place_given(at, others[i]))
			mistake(at, others[i],
				"is not for a session that goes on to another LNS; leave it or "
				"relay out");
	in->relays = true;
	in->own_lcp |= s->relay && s->relay->proxy_lcp == TOLD_REGENERATE;
}
