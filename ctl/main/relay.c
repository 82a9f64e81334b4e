// SPDX-License-Identifier: GPL-2.0-only
/* Tunnels to the LNSs that calls are relayed to, see relay.h. */
#include "main/relay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "main/call.h"
#include "main/log.h"

static void refuse_all(struct relay *r, const char *why)
{
	while (!list_empty(&r->waiting))
		relayed_refuse(relayed_of(r->waiting.next), why);
}

static void begin(struct relay *r)
{
	if (r->dialling || list_empty(&r->waiting))
		return;
	r->dialling = true;
	timer_set(&r->c->timers, &r->next, 0);
}

/* The calls that wait get the next server, or, after the last, nothing. */
static void failed(void *relay, const char *why)
{
	struct relay *r = relay;

	log_warning(&r->log, "%s", why);
	if (servers_failed(&r->dialer.servers, r->c->timers.now) && !list_empty(&r->waiting)) {
		timer_set(&r->c->timers, &r->next, 0);
		return;
	}
	r->dialling = false;
	refuse_all(r, "no LNS to go on to answers");
}

static struct l2tp_params params_of(const struct config_relay *config)
{
	struct l2tp_params p = {.challenge = config->secret,
				.hello_interval = config->hello_interval * 1000,
				.hide_avps = config->hide_avps};

	tunnel_retransmission(&p, &config->retransmit);
	snprintf(p.host_name, sizeof(p.host_name), "%s", config->hostname);
	if (config->secret)
		snprintf(p.secret, sizeof(p.secret), "%s", config->secret);
	return p;
}

static void dial(void *relay, const struct ip_addr *server)
{
	struct relay *r = relay;
	struct udp_path path = {.peer = {.ip = *server, .port = r->config->port},
				.table = r->config->table};
	unsigned ifindex;
	const char *no_way = dialer_path(r->c, &r->config->source, &path, &ifindex);
	struct l2tp_params params = params_of(r->config);
	char text[ENDPOINT_TEXT], why[160];

	endpoint_text(&path.peer, text);
	if (no_way) {
		snprintf(why, sizeof(why), "no way to %s: %s", text, no_way);
		failed(r, why);
		goto out;
	}
	log_debug(&r->log, "connecting to %s", text);
	r->tunnel = tunnel_add(r->c, r->config->name);
	if (r->tunnel) {
		r->tunnel->relay = r;
		log_tunnel(r->tunnel);
		r->tunnel->l2tp =
			l2tp_tunnel_dial(r->c->l2tp, &path, &params, &r->tunnel->log, r->tunnel);
	}
	if (r->tunnel && r->tunnel->l2tp)
		goto out;
	if (r->tunnel)
		tunnel_remove(r->tunnel);
	r->tunnel = NULL;
	failed(r, "out of memory");
out:
	explicit_bzero(&params, sizeof(params));
}

static void attempt(void *relay)
{
	struct relay *r = relay;

	if (list_empty(&r->waiting))
		r->dialling = false;
	else
		dialer_next(&r->dialer);
}

void relay_want(struct relay *r, struct relayed *d)
{
	if (r->leaving)
		relayed_refuse(d, "the configuration has changed");
	else if (r->tunnel && r->tunnel->since)
		relayed_dial(d, r->tunnel);
	else if (!r->tunnel)
		begin(r);
}

void relay_tunnel_up(struct relay *r)
{
	r->dialling = false;
	while (!list_empty(&r->waiting))
		relayed_dial(relayed_of(r->waiting.next), r->tunnel);
	relay_call_gone(r);
}

void relay_tunnel_down(struct relay *r, const struct l2tp_end *why)
{
	char text[160];
	bool was_up = !r->dialling;

	r->tunnel = NULL;
	timer_cancel(&r->c->timers, &r->idle);
	if (!was_up) {
		failed(r, l2tp_end_text(why, text, sizeof(text)));
		return;
	}
	/* What comes now goes to the next one, when this one fell silent. */
	servers_lost(&r->dialer.servers, r->c->timers.now, why->timed_out);
	if (r->c->stopping)
		refuse_all(r, "shutting down");
	begin(r);
}

void relay_call_gone(struct relay *r)
{
	if (r->tunnel && list_empty(&r->tunnel->calls) && !r->c->stopping && !r->leaving)
		timer_set(&r->c->timers, &r->idle, r->config->idle_timeout * UINT64_C(1000));
}

static void idle(void *relay)
{
	struct relay *r = relay;

	if (r->tunnel && list_empty(&r->tunnel->calls))
		l2tp_tunnel_close(r->tunnel->l2tp, L2TP_STOP_CLEAR, 0, "no call is left");
}

static const struct dialer_ops dialer_ops = {.found = dial, .failed = failed};

int relay_start(struct controller *c, const struct config_relay *config)
{
	struct relay *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	if (servers_init(&r->dialer.servers, config->servers, config->servers_count,
			 config->fail_lockout)) {
		free(r);
		return -ENOMEM;
	}
	r->c = c;
	r->config = config;
	r->dialer.c = c;
	r->dialer.ops = &dialer_ops;
	r->dialer.owner = r;
	r->dialer.log = &r->log;
	r->dialer.table = config->table;
	logger_init(&r->log, c->log.sink, c->log.level, "%s", config->name);
	log_relay(r);
	list_init(&r->waiting);
	timer_init(&r->next, attempt, r);
	timer_init(&r->idle, idle, r);
	list_append(&c->relays, &r->in_controller);
	return 0;
}

int relays_start(struct controller *c)
{
	int err = 0;

	controller_random(c, c->relay_id, sizeof(c->relay_id));
	for (size_t i = 0; i < c->config->relays_count && !err; i++)
		err = relay_start(c, &c->config->relays[i]);
	return err;
}

void relay_take(struct relay *r, const struct config_relay *config)
{
	struct l2tp_params params;

	if (dialer_take(&r->dialer, config->servers, config->servers_count, config->fail_lockout)) {
		log_error(&r->log, "goes on by the old configuration: out of memory");
		return;
	}
	r->config = config;
	if (!r->tunnel)
		return;
	params = params_of(config);
	l2tp_tunnel_change(r->tunnel->l2tp, &params);
	explicit_bzero(&params, sizeof(params));
	if (r->tunnel->since)
		relay_call_gone(r);
}

const char *relay_server(const struct relay *r)
{
	return r->tunnel ? servers_current(&r->dialer.servers) : NULL;
}

static void stop_attempts(struct relay *r, const char *reason)
{
	timer_cancel(&r->c->timers, &r->next);
	timer_cancel(&r->c->timers, &r->idle);
	dialer_stop(&r->dialer);
	r->dialling = r->tunnel && !r->tunnel->since;
	refuse_all(r, reason);
}

/* Each call ends with both its halves, and then its tunnel. */
void relay_leave(struct relay *r, const char *reason)
{
	struct list *i, *keep;

	r->leaving = true;
	list_remove(&r->in_controller);
	list_append(&r->c->relays_leaving, &r->in_controller);
	stop_attempts(r, reason);
	if (!r->tunnel)
		return;
	list_for_each(i, keep, &r->tunnel->calls)
		call_close(list_item(i, struct call, in_tunnel), reason);
	l2tp_tunnel_close(r->tunnel->l2tp, L2TP_STOP_CLEAR, 0, reason);
}

void relay_free(struct relay *r)
{
	servers_free(&r->dialer.servers);
	list_remove(&r->in_controller);
	free(r);
}

void relays_stop(struct controller *c)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->relays)
		stop_attempts(list_item(i, struct relay, in_controller), "shutting down");
}

void relays_free(struct controller *c)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->relays)
		relay_free(list_item(i, struct relay, in_controller));
	list_for_each(i, keep, &c->relays_leaving)
		relay_free(list_item(i, struct relay, in_controller));
}
