// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of an outgoing connection: resolve the server, dial a tunnel, dial a session in it, keep
 * both, and start over after any end, for ever. The waits double up to retry-max, with some jitter
 * so that many lines behind one server do not come back in step, and begin anew once traffic has
 * flowed.
 */
#include <errno.h>
#include <event2/dns.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "main/call.h"
#include "main/controller.h"

#define BACKOFF_FIRST 1000 /* ms */

static void retry_later(struct outgoing *o)
{
	uint16_t noise;
	uint32_t wait;

	if (o->c->stopping || o->held || timer_is_set(&o->retry))
		return;
	if (o->at_once) {
		o->at_once = false;
		timer_set(&o->c->timers, &o->retry, 0);
		return;
	}
	controller_random(o->c, &noise, sizeof(noise));
	wait = o->backoff + o->backoff / 4 * (noise % 1000) / 1000;
	o->backoff *= 2;
	if (o->backoff > o->config->retry_max * 1000)
		o->backoff = o->config->retry_max * 1000;
	if (o->backoff < BACKOFF_FIRST)
		o->backoff = BACKOFF_FIRST;
	log_info(&o->log, "next attempt in %.1f s", wait / 1000.0);
	timer_set(&o->c->timers, &o->retry, wait);
}

static void failed(struct outgoing *o, const char *why)
{
	snprintf(o->last_end, sizeof(o->last_end), "%s", why);
	log_warning(&o->log, "%s", why);
	retry_later(o);
}

static struct l2tp_params params_of(const struct config_outgoing *config)
{
	struct l2tp_params p = {.challenge = config->secret,
				.hello_interval = config->hello_interval * 1000};

	snprintf(p.host_name, sizeof(p.host_name), "%s", config->hostname);
	if (config->secret)
		snprintf(p.secret, sizeof(p.secret), "%s", config->secret);
	return p;
}

static void dial(struct outgoing *o, const struct ip_addr *server)
{
	struct udp_path path = {.peer = {.ip = *server, .port = o->config->port},
				.local = {.port = o->c->config->port}};
	struct l2tp_params params = params_of(o->config);
	char text[ENDPOINT_TEXT], why[128];
	int err = net_source_for(o->c->net, server, &path.local.ip);

	endpoint_text(&path.peer, text);
	if (err) {
		snprintf(why, sizeof(why), "no way to %s: %s", text, strerror(-err));
		failed(o, why);
		return;
	}
	log_info(&o->log, "connecting to %s", text);
	o->tunnel = tunnel_add(o->c, o->config->name);
	if (o->tunnel) {
		o->tunnel->outgoing = o;
		o->tunnel->l2tp =
			l2tp_tunnel_dial(o->c->l2tp, &path, &params, &o->tunnel->log, o->tunnel);
	}
	explicit_bzero(&params, sizeof(params));
	if (o->tunnel && o->tunnel->l2tp)
		return;
	if (o->tunnel)
		tunnel_remove(o->tunnel);
	o->tunnel = NULL;
	failed(o, "out of memory");
}

static void resolved(int result, struct evutil_addrinfo *found, void *arg)
{
	struct outgoing *o = arg;
	struct endpoint server;
	char why[160];

	if (result == EVUTIL_EAI_CANCEL)
		return; /* o may be gone */
	controller_enter(o->c);
	o->resolving = NULL;
	if (!result && found && !endpoint_from_sockaddr(&server, found->ai_addr)) {
		dial(o, &server.ip);
	} else {
		snprintf(why, sizeof(why), "cannot resolve \"%s\": %s", o->config->server,
			 evutil_gai_strerror(result));
		failed(o, why);
	}
	if (found)
		evutil_freeaddrinfo(found);
	controller_leave(o->c);
}

static void attempt(void *arg)
{
	struct outgoing *o = arg;
	struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_DGRAM,
					.ai_flags = EVUTIL_AI_ADDRCONFIG};
	struct ip_addr server;

	if (!ip_addr_parse(&server, o->config->server)) {
		dial(o, &server);
		return;
	}
	if (!o->c->dns) {
		failed(o, "no name server to resolve the server's name with");
		return;
	}
	log_debug(&o->log, "resolving \"%s\"", o->config->server);
	/* NULL: it called back at once. */
	o->resolving = evdns_getaddrinfo(o->c->dns, o->config->server, NULL, &hints, resolved, o);
}

void outgoing_tunnel_up(struct outgoing *o)
{
	struct l2tp_call_info info = {.framing_type = 1, .tx_speed = 1000000000};
	struct call *call = call_new(o->tunnel, o->config->name);

	if (o->config->calling)
		snprintf(info.calling, sizeof(info.calling), "%s", o->config->calling);
	if (o->config->called)
		snprintf(info.called, sizeof(info.called), "%s", o->config->called);
	if (call)
		call->l2tp = l2tp_session_dial(o->tunnel->l2tp, &info, &call->log, call);
	if (call && call->l2tp)
		return;
	if (call) {
		list_remove(&call->in_tunnel);
		free(call);
	}
	l2tp_tunnel_close(o->tunnel->l2tp, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES, "out of memory");
}

void outgoing_call_up(struct outgoing *o)
{
	o->backoff = BACKOFF_FIRST;
	*o->last_end = 0;
}

/* A tunnel without its session is of no use. Not from within call_down: l2tp/ is on the stack
 * there. */
static void hang_up(void *arg)
{
	struct outgoing *o = arg;

	if (o->tunnel && list_empty(&o->tunnel->calls))
		l2tp_tunnel_close(o->tunnel->l2tp, L2TP_STOP_CLEAR, 0, "session ended");
}

void outgoing_call_down(struct outgoing *o, const char *why)
{
	snprintf(o->last_end, sizeof(o->last_end), "%s", why);
	timer_set(&o->c->timers, &o->hangup, 0);
}

void outgoing_tunnel_down(struct outgoing *o, const struct l2tp_end *why)
{
	char text[160];

	o->tunnel = NULL;
	timer_cancel(&o->c->timers, &o->hangup);
	if (!*o->last_end) {
		l2tp_end_text(why, text, sizeof(text));
		snprintf(o->last_end, sizeof(o->last_end), "%s", text);
	}
	retry_later(o);
}

struct outgoing *outgoing_find(struct controller *c, const char *name)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->outgoing) {
		struct outgoing *o = list_item(i, struct outgoing, in_controller);

		if (!strcmp(o->config->name, name))
			return o;
	}
	return NULL;
}

static void stop_attempts(struct outgoing *o)
{
	timer_cancel(&o->c->timers, &o->retry);
	if (o->resolving)
		evdns_getaddrinfo_cancel(o->resolving);
	o->resolving = NULL;
}

/* PPP first, then the session, then the tunnel: each brings down the next. */
static void close_tunnel(struct outgoing *o, const char *reason)
{
	struct list *i, *keep;

	if (list_empty(&o->tunnel->calls)) {
		l2tp_tunnel_close(o->tunnel->l2tp, L2TP_STOP_CLEAR, 0, reason);
		return;
	}
	list_for_each(i, keep, &o->tunnel->calls)
		call_close(list_item(i, struct call, in_tunnel), reason);
}

void outgoing_up(struct outgoing *o)
{
	bool busy = o->tunnel || o->resolving;

	if (o->held)
		log_info(&o->log, "up by command");
	o->at_once = o->held && busy; /* the end that outgoing_down() began is still under way */
	o->held = false;
	o->backoff = BACKOFF_FIRST;
	if (!busy)
		timer_set(&o->c->timers, &o->retry, 0);
}

void outgoing_down(struct outgoing *o)
{
	if (o->held)
		return;
	log_info(&o->log, "down by command");
	o->held = true;
	o->at_once = false;
	stop_attempts(o);
	if (o->tunnel)
		close_tunnel(o, "down by command");
}

void outgoing_restart(struct outgoing *o)
{
	log_info(&o->log, "restarted by command");
	o->held = false;
	o->backoff = BACKOFF_FIRST;
	stop_attempts(o);
	o->at_once = o->tunnel;
	if (o->tunnel)
		close_tunnel(o, "restarted by command");
	else
		timer_set(&o->c->timers, &o->retry, 0);
}

int outgoing_start_all(struct controller *c)
{
	for (size_t i = 0; i < c->config->outgoing_count; i++) {
		struct outgoing *o = calloc(1, sizeof(*o));

		if (!o)
			return -ENOMEM;
		o->c = c;
		o->config = &c->config->outgoing[i];
		o->backoff = BACKOFF_FIRST;
		logger_init(&o->log, c->log.sink, c->log.level, "%s", o->config->name);
		timer_init(&o->retry, attempt, o);
		timer_init(&o->hangup, hang_up, o);
		list_append(&c->outgoing, &o->in_controller);
		timer_set(&c->timers, &o->retry, 0);
	}
	return 0;
}

void outgoing_stop_all(struct controller *c)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->outgoing)
		stop_attempts(list_item(i, struct outgoing, in_controller));
}

void outgoing_free_all(struct controller *c)
{
	struct list *i, *keep;

	outgoing_stop_all(c);
	list_for_each(i, keep, &c->outgoing) {
		struct outgoing *o = list_item(i, struct outgoing, in_controller);

		timer_cancel(&c->timers, &o->hangup);
		list_remove(i);
		free(o);
	}
}
