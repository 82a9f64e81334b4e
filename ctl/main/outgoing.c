// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of an outgoing connection: resolve the server, dial a tunnel, dial a session in it, keep
 * both, and start over after any end, for ever. The waits double up to retry-max, with some jitter
 * so that many lines behind one server do not come back in step, and begin anew once traffic has
 * flowed. Which server and address comes next is policy/servers.c's business.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "main/call.h"
#include "main/controller.h"
#include "main/log.h"
#include "wire/l2tp_avp.h"

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
	log_debug(&o->log, "next attempt in %.1f s", wait / 1000.0);
	timer_set(&o->c->timers, &o->retry, wait);
}

/* An attempt led to nothing: on to the next address or server, or, after the last, wait. */
static void failed(struct outgoing *o, const char *why)
{
	snprintf(o->last_end, sizeof(o->last_end), "%s", why);
	log_warning(&o->log, "%s", why);
	if (servers_failed(&o->dialer.servers, o->c->timers.now))
		timer_set(&o->c->timers, &o->retry, 0);
	else
		retry_later(o);
}

static struct l2tp_params params_of(const struct config_outgoing *config)
{
	struct l2tp_params p = {.challenge = config->secret,
				.hello_interval = config->hello_interval * 1000,
				.hide_avps = config->hide_avps,
				.tie_breaker = config->tie_breaker,
				.refuse_port_change = !config->accept_port_change,
				.accept_address_change = config->accept_address_change};

	tunnel_retransmission(&p, &config->retransmit);
	snprintf(p.host_name, sizeof(p.host_name), "%s", config->hostname);
	if (config->secret)
		snprintf(p.secret, sizeof(p.secret), "%s", config->secret);
	return p;
}

/* NULL, or why there is no way. */
static const char *find_way(struct outgoing *o, struct udp_path *path)
{
	const struct config_outgoing *config = o->config;
	unsigned ifindex;
	const char *no_way = dialer_path(o->c, &config->source, path, &ifindex);
	int err;

	if (no_way || ifindex != if_nametoindex(config->interface))
		return no_way;
	err = way_hold_server(o->tunnel, &path->peer.ip, config->table);
	return err ? strerror(-err) : dialer_path(o->c, &config->source, path, &ifindex);
}

/* Where to and where from. False: not, and why. */
static bool find_path(struct outgoing *o, const struct ip_addr *server, struct udp_path *path,
		      char *why, size_t room)
{
	char text[ENDPOINT_TEXT];
	const char *no_way;

	*path = (struct udp_path){.peer = {.ip = *server, .port = o->config->port},
				  .local = {.port = o->c->config->port},
				  .table = o->config->table};
	endpoint_text(&path->peer, text);
	if (o->config->payload_table == (path->table ? path->table : NET_TABLE_MAIN))
		way_forget(o->c, server, path->table);
	no_way = find_way(o, path);
	if (no_way) {
		snprintf(why, room, "no way to %s: %s", text, no_way);
		return false;
	}
	log_debug(&o->log, "connecting to %s", text);
	return true;
}

static void dial(struct outgoing *o, const struct ip_addr *server)
{
	struct l2tp_params params = params_of(o->config);
	char why[128] = "out of memory";
	struct udp_path path;

	o->was_up = o->dead = false;
	o->tunnel = tunnel_add(o->c, o->config->name);
	if (o->tunnel) {
		o->tunnel->outgoing = o;
		log_tunnel(o->tunnel);
		if (find_path(o, server, &path, why, sizeof(why)))
			o->tunnel->l2tp = l2tp_tunnel_dial(o->c->l2tp, &path, &params,
							   &o->tunnel->log, o->tunnel);
	}
	explicit_bzero(&params, sizeof(params));
	if (o->tunnel && o->tunnel->l2tp)
		return;
	if (o->tunnel)
		tunnel_remove(o->tunnel);
	o->tunnel = NULL;
	failed(o, why);
}

static void attempt(void *arg)
{
	struct outgoing *o = arg;

	dialer_next(&o->dialer);
}

static void found(void *owner, const struct ip_addr *server)
{
	dial(owner, server);
}

static void not_found(void *owner, const char *why)
{
	failed(owner, why);
}

static const struct dialer_ops dialer_ops = {.found = found, .failed = not_found};

/* RFC 2661 6.9: an outgoing call is of a kind that the LAC can place. */
static struct l2tp_call_info call_info(const struct outgoing *o)
{
	struct l2tp_call_info info = {.framing_type = L2TP_FRAMING_SYNC,
				      .tx_speed = CALL_LINE_SPEED};

	if (o->config->calls_out) {
		info.type = L2TP_CALL_OUTGOING;
		info.min_bps = 1;
		info.max_bps = CALL_LINE_SPEED;
		info.bearer_type = L2TP_BEARER_DIGITAL | L2TP_BEARER_ANALOG;
		info.framing_type |= L2TP_FRAMING_ASYNC;
	}
	if (o->config->calling)
		snprintf(info.calling, sizeof(info.calling), "%s", o->config->calling);
	if (o->config->called)
		snprintf(info.called, sizeof(info.called), "%s", o->config->called);
	return info;
}

void outgoing_tunnel_up(struct outgoing *o)
{
	struct l2tp_call_info info = call_info(o);
	struct call *call;

	if (o->c->stopping) {
		l2tp_tunnel_close(o->tunnel->l2tp, L2TP_STOP_SHUTDOWN, 0, "shutting down");
		return;
	}
	if (o->config->calls_out && !l2tp_tunnel_peer(o->tunnel->l2tp)->calls_out) {
		l2tp_tunnel_close(o->tunnel->l2tp, L2TP_STOP_CLEAR, 0,
				  "this peer places no outgoing calls");
		return;
	}
	call = call_new(o->tunnel, o->config->name);
	if (call)
		call->l2tp = l2tp_session_dial(o->tunnel->l2tp, &info, &call->log, call);
	if (call && call->l2tp)
		return;
	if (call)
		call_free(call);
	l2tp_tunnel_close(o->tunnel->l2tp, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES, "out of memory");
}

void outgoing_call_up(struct outgoing *o)
{
	o->backoff = BACKOFF_FIRST;
	o->was_up = true;
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

void outgoing_call_down(struct outgoing *o, const char *why, bool dead)
{
	o->dead |= dead;
	snprintf(o->last_end, sizeof(o->last_end), "%s", why);
	timer_set(&o->c->timers, &o->hangup, 0);
}

/* What has ended begins anew by the changed configuration. */
static void adopt(struct outgoing *o)
{
	if (dialer_take(&o->dialer, o->next->servers, o->next->servers_count,
			o->next->fail_lockout)) {
		log_error(&o->log, "goes on by the old configuration: out of memory");
	} else {
		o->config = o->next;
		o->dialer.table = o->config->table;
		servers_restart(&o->dialer.servers);
	}
	o->next = NULL;
}

void outgoing_tunnel_down(struct outgoing *o, const struct l2tp_end *why)
{
	char text[160];

	o->tunnel = NULL;
	if (o->next)
		adopt(o);
	timer_cancel(&o->c->timers, &o->hangup);
	if (!*o->last_end) {
		l2tp_end_text(why, text, sizeof(text));
		snprintf(o->last_end, sizeof(o->last_end), "%s", text);
	}
	if (o->held || o->at_once)
		servers_restart(&o->dialer.servers);
	else if (o->was_up)
		servers_lost(&o->dialer.servers, o->c->timers.now, o->dead || why->timed_out);
	else if (!o->c->stopping && servers_failed(&o->dialer.servers, o->c->timers.now)) {
		timer_set(&o->c->timers, &o->retry, 0);
		return;
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
	dialer_stop(&o->dialer);
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
	bool busy = o->tunnel || o->dialer.resolving;

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

int outgoing_start(struct controller *c, const struct config_outgoing *config)
{
	struct outgoing *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	if (servers_init(&o->dialer.servers, config->servers, config->servers_count,
			 config->fail_lockout)) {
		free(o);
		return -ENOMEM;
	}
	o->c = c;
	o->config = config;
	o->dialer.c = c;
	o->dialer.ops = &dialer_ops;
	o->dialer.owner = o;
	o->dialer.log = &o->log;
	o->dialer.table = config->table;
	o->backoff = BACKOFF_FIRST;
	logger_init(&o->log, c->log.sink, c->log.level, "%s", o->config->name);
	log_outgoing(o);
	timer_init(&o->retry, attempt, o);
	timer_init(&o->hangup, hang_up, o);
	list_append(&c->outgoing, &o->in_controller);
	timer_set(&c->timers, &o->retry, 0);
	return 0;
}

int outgoing_start_all(struct controller *c)
{
	int err = 0;

	for (size_t i = 0; i < c->config->outgoing_count && !err; i++)
		err = outgoing_start(c, &c->config->outgoing[i]);
	return err;
}

/* Its traffic stops at once, so that its routes are free for others. */
static void end_tunnel(struct outgoing *o, const char *reason)
{
	struct list *i, *keep;

	list_for_each(i, keep, &o->tunnel->calls)
		call_release(list_item(i, struct call, in_tunnel));
	close_tunnel(o, reason);
}

void outgoing_begin_anew(struct outgoing *o, const struct config_outgoing *config)
{
	o->next = config;
	o->backoff = BACKOFF_FIRST;
	stop_attempts(o);
	o->at_once = o->tunnel && !o->held;
	if (o->tunnel) {
		end_tunnel(o, "its configuration has changed");
		return;
	}
	adopt(o);
	if (!o->held)
		timer_set(&o->c->timers, &o->retry, 0);
}

void outgoing_take(struct outgoing *o, const struct config_outgoing *config)
{
	struct l2tp_params params;

	if (dialer_take(&o->dialer, config->servers, config->servers_count, config->fail_lockout)) {
		log_error(&o->log, "goes on by the old configuration: out of memory");
		return;
	}
	o->config = config;
	if (!o->tunnel)
		return;
	params = params_of(config);
	l2tp_tunnel_change(o->tunnel->l2tp, &params);
	explicit_bzero(&params, sizeof(params));
}

const char *outgoing_server(const struct outgoing *o)
{
	return o->tunnel ? servers_current(&o->dialer.servers) : NULL;
}

void outgoing_leave(struct outgoing *o)
{
	o->held = true;
	o->at_once = false;
	o->next = NULL;
	stop_attempts(o);
	list_remove(&o->in_controller);
	list_append(&o->c->outgoing_leaving, &o->in_controller);
	if (o->tunnel)
		end_tunnel(o, "gone from the configuration");
}

void outgoing_return(struct outgoing *o, const struct config_outgoing *config)
{
	list_remove(&o->in_controller);
	list_append(&o->c->outgoing, &o->in_controller);
	o->held = false;
	outgoing_begin_anew(o, config);
}

void outgoing_free(struct outgoing *o)
{
	stop_attempts(o);
	timer_cancel(&o->c->timers, &o->hangup);
	servers_free(&o->dialer.servers);
	list_remove(&o->in_controller);
	free(o);
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

	list_for_each(i, keep, &c->outgoing)
		outgoing_free(list_item(i, struct outgoing, in_controller));
	list_for_each(i, keep, &c->outgoing_leaving)
		outgoing_free(list_item(i, struct outgoing, in_controller));
}
