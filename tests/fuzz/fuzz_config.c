// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration reader against any bytes. Besides doing no harm: a configuration comes out exactly when nothing was
 * said, each message is one printable line with the file's name, and what comes out keeps the promises of config.h.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "policy/config.h"

static void hear(void *arg, const char *message)
{
	size_t *heard = arg;

	assert(!strncmp(message, "fuzz.conf:", 10));
	for (; *message; message++)
		assert((unsigned char)*message >= 0x20 && *message != 0x7f);
	++*heard;
}

/* 0: worked out from the underlay. */
static bool mtu_fits(unsigned mtu)
{
	return !mtu || (mtu >= 576 && mtu <= 9000);
}

static void check_outgoing(const struct config_outgoing *o)
{
	assert(o->name && *o->name && o->servers_count && o->hostname && o->port);
	for (size_t i = 0; i < o->servers_count; i++)
		assert(o->servers[i] && *o->servers[i]);
	assert(!o->username == !o->password);
	assert(*o->interface && o->payload_table && mtu_fits(o->mtu));
	assert(o->retry_max && o->lcp_echo_failures && (o->ipv4 || o->ipv6));
	for (size_t i = 0; i < o->routes_count; i++)
		assert(o->routes[i].addr.family == AF_INET ? o->ipv4 : o->ipv6);
}

static void check_incoming(const struct config_incoming *in)
{
	assert(in->name && *in->name && in->hostname && *in->interface && in->payload_table);
	assert(mtu_fits(in->mtu) && (in->ipv4 || in->ipv6) && in->sessions_count);
	assert(in->rules);
	for (size_t i = 0; i < in->sessions_count; i++) {
		const struct config_session *s = &in->sessions[i];

		assert(*s->interface && s->payload_table && (!s->pool || !s->remote_ppp_ip.family));
		assert(s->line &&
		       (!s->remote_ppp_ip.family || (in->local_ppp_ip.family && in->ipv4)));
		for (size_t j = 0; j < s->routes_count; j++)
			assert(s->routes[j].addr.family == AF_INET ? in->ipv4 : in->ipv6);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct config *c;
	size_t heard = 0;
	int err = config_parse("fuzz.conf", (const char *)data, len, hear, &heard, &c);

	assert(!err == !heard && !err == !!c);
	if (!c)
		return 0;
	assert(c->control_socket && c->bpf_path && c->port && c->listen_count && c->max_sessions &&
	       c->max_routes);
	assert(c->outgoing_count || c->incoming_count);
	assert(c->history.sessions && c->history.save_interval);
	assert(!c->http.on || (c->http.port && c->http.listen_count));
	assert(!c->http.token || strlen(c->http.token) >= 16);
	for (size_t i = 0; i < c->outgoing_count; i++)
		check_outgoing(&c->outgoing[i]);
	for (size_t i = 0; i < c->incoming_count; i++)
		check_incoming(&c->incoming[i]);
	config_free(c);
	return 0;
}
