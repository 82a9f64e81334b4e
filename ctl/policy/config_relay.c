// SPDX-License-Identifier: GPL-2.0-only
/* Relays: where calls are carried on to, and the session rules that say so. */
#include "policy/config_read.h"

#include <string.h>
#include "l2tp/l2tp.h"
#include "l2x/wire.h"

#define DAY 86400

static bool relayed(const struct place *at, const char *key, const char *raw)
{
	static const char *const words[] = {"drop", "relay", NULL};

	return value_word(at, key, raw, words, 1) == 1;
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
	r->calling = relayed(at, "calling-number", raw->calling_number);
	r->called = relayed(at, "called-number", raw->called_number);
	r->private_group = relayed(at, "private-group", raw->private_group);
	r->proxy = relayed(at, "proxy", raw->proxy);
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
}
