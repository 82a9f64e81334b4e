// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start, loop and orderly end of the controller. The end goes in steps, each begun when the one
 * before is done or its time is over: calls (PPP Terminate, then CDN), tunnels (StopCCN), then the
 * data path and all that it made.
 */
#include "main/admission.h"
#include "main/controller.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "base/clock.h"
#include "base/version.h"
#include "main/call.h"
#include "main/capture.h"
#include "main/log.h"
#include "main/prefixes.h"
#include "main/picture.h"
#include "main/quality.h"
#include "main/relay.h"
#include "main/reload.h"
#include "main/script.h"
#include "main/service.h"
#include "main/set.h"
#include "main/web.h"

void controller_random(void *owner, void *buf, size_t len)
{
	uint8_t *p = buf;

	(void)owner;
	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno != EINTR)
			abort(); /* no challenge without randomness */
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

void controller_enter(struct controller *c)
{
	timers_run(&c->timers, clock_ms());
}

void controller_leave(struct controller *c)
{
	/* It queues up behind all that this turn of the loop has found to do. */
	if (c->turn_end)
		event_active(c->turn_end, EV_TIMEOUT, 0);
}

void controller_flush(struct controller *c)
{
	/* In this order: who hears that a session is up can be reached then. */
	net_flush(c->net);
	dataplane_flush(c->dp);
}

static void arm_timer(struct controller *c)
{
	uint64_t next = timers_next(&c->timers), now = clock_ms(),
		 wait = next > now ? next - now : 0;
	struct timeval tv = {.tv_sec = (time_t)(wait / 1000),
			     .tv_usec = (suseconds_t)(wait % 1000 * 1000)};

	if (next == c->armed_for)
		return;
	c->armed_for = next;
	if (next == UINT64_MAX)
		evtimer_del(c->timer_event);
	else
		evtimer_add(c->timer_event, &tv);
}

static void on_turn_end(evutil_socket_t fd, short what, void *arg)
{
	struct controller *c = arg;

	(void)fd;
	(void)what;
	controller_flush(c);
	arm_timer(c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct controller *c = arg;

	(void)fd;
	(void)what;
	c->armed_for = 0;
	controller_enter(c);
	controller_leave(c);
}

static void on_control(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	struct controller *c = owner;

	controller_enter(c);
	capture_control_received(c, path, msg, len);
	l2tp_input(c->l2tp, path, msg, len);
	capture_control_done(c);
	controller_leave(c);
}

static void on_ppp(void *owner, struct l2x_session_key key, const uint8_t *frame, size_t len)
{
	struct controller *c = owner;
	struct call *call;

	controller_enter(c);
	call = call_by_key(c, key);
	if (call)
		call_input(call, frame, len);
	controller_leave(c);
}

static void on_link(void *owner, struct l2x_session_key key, const uint8_t *packet, size_t len)
{
	struct controller *c = owner;
	struct call *call;

	controller_enter(c);
	call = call_by_key(c, key);
	if (call)
		prefixes_input(call, packet, len);
	controller_leave(c);
}

/* The packet that tells is still in the data path's hands, so no timer may fire that ends the session. */
static void on_numbering(void *owner, struct l2x_session_key key, bool numbered)
{
	struct call *call = call_by_key(owner, key);

	if (call)
		call_numbering(call, numbered);
}

static const struct dataplane_ops dataplane_ops = {.control = on_control,
						   .ppp = on_ppp,
						   .link = on_link,
						   .numbering = on_numbering,
						   .captured = capture_data};

static int start_dataplane(struct controller *c)
{
	const struct config *config = c->config;
	struct dataplane_setup setup = {
		.ops = &dataplane_ops,
		.owner = c,
		.base = c->base,
		.log = &c->log,
		.level = config->dataplane,
		.spread = config->spread,
		.bpf_path = config->bpf_path,
		.port = config->port,
		.max_sessions = config->max_sessions,
		.max_routes = config->max_routes,
		.max_sets = config->max_sets,
		.set_window = config->ha_window,
		.listen = config->listen,
		.listen_count = config->listen_count,
	};
	int err = dataplane_open(&c->dp, &setup);

	return err ? err : links_open(c);
}

static int start_loop(struct controller *c)
{
	c->base = event_base_new();
	if (!c->base)
		return -ENOMEM;
	c->timer_event = evtimer_new(c->base, on_timer, c);
	c->turn_end = event_new(c->base, -1, 0, on_turn_end, c);
	c->sigterm = evsignal_new(c->base, SIGTERM, shutdown_on_signal, c);
	c->sigint = evsignal_new(c->base, SIGINT, shutdown_on_signal, c);
	c->sighup = evsignal_new(c->base, SIGHUP, reload_on_signal, c);
	if (!c->timer_event || !c->turn_end || !c->sigterm || !c->sigint || !c->sighup ||
	    evsignal_add(c->sigterm, NULL) || evsignal_add(c->sigint, NULL))
		return -ENOMEM;
	return 0;
}

static struct l2tp_limits l2tp_limits_of(const struct config_limits *l)
{
	return (struct l2tp_limits){.sessions_per_tunnel = l->sessions_per_tunnel,
				    .tunnels_per_peer = l->tunnels_per_peer,
				    .half_open = l->half_open,
				    .attempts_per_second = l->attempts_per_second};
}

void controller_take_limits(struct controller *c)
{
	const struct l2tp_limits limits = l2tp_limits_of(&c->config->limits);

	l2tp_set_limits(c->l2tp, &limits);
}

static int start(struct controller *c)
{
	struct l2tp_setup setup = {.ops = &tunnel_l2tp_ops,
				   .owner = c,
				   .timers = &c->timers,
				   .log = &c->log,
				   .random = controller_random,
				   .limits = l2tp_limits_of(&c->config->limits)};
	int err = start_loop(c);

	if (err)
		return err;
	incoming_init(c);
	prefixes_duid(c);
	err = scripts_open(c);
	if (!err)
		err = quality_open(c);
	if (!err)
		err = pictures_open(c);
	if (!err)
		err = net_open(&c->net);
	if (err) {
		log_error(&c->log, "cannot open netlink: %s", strerror(-err));
		return err;
	}
	c->l2tp = l2tp_new(&setup);
	if (!c->l2tp)
		return -ENOMEM;
	privileges_take_back(c->config);
	err = start_dataplane(c);
	if (!err)
		err = admission_open(c);
	if (!err)
		err = underlay_open(c);
	if (!err)
		err = api_server_new(&c->api, c->base, c->config->control_socket, commands_answer,
				     c, &c->log);
	if (!err)
		api_server_streams(c->api, "capture", capture_command);
	if (!err)
		err = web_open(c, &c->config->http);
	if (!err)
		err = privileges_drop(c->config, &c->log);
	if (!err)
		err = service_open(c, &c->service);
	if (!err)
		err = relays_start(c);
	if (!err)
		err = outgoing_start_all(c);
	/* Before that there is nothing to change. */
	if (!err && evsignal_add(c->sighup, NULL))
		err = -ENOMEM;
	return err;
}

static void free_event(struct event *e)
{
	if (e)
		event_free(e);
}

/*
 * What is freed first is what others point to last. The loop still runs in here, for programs on down and to
 * deliver what was cancelled: by then no timer or signal leads to anything that is gone.
 */
static void stop(struct controller *c)
{
	free_event(c->sigterm);
	free_event(c->sigint);
	free_event(c->sighup);
	web_close(c);
	captures_close(c);
	api_server_free(c->api);
	outgoing_stop_all(c);
	relays_stop(c);
	if (c->dp)
		controller_flush(c); /* last words, while there is a way to the peer */
	shutdown_drop_calls(c);
	free_event(c->turn_end);
	c->turn_end = NULL;
	reload_stop(c);
	l2tp_free(c->l2tp);
	timer_cancel(&c->timers, &c->ways_check);
	underlay_close(c);
	links_close(c);
	dataplane_close(c->dp);
	net_close(c->net);
	scripts_close(c);
	pictures_close(c);
	service_close(c->service);
	names_close(c);
	if (c->base)
		event_base_loop(c->base, EVLOOP_NONBLOCK);
	outgoing_free_all(c);
	quality_close(c);
	relays_free(c);
	reload_free(c);
	admission_close(c);
	incoming_free(c);
	free_event(c->timer_event);
	if (c->base)
		event_base_free(c->base);
	timers_free(&c->timers);
}

int controller_run(struct config *config, const char *path)
{
	struct controller c = {.config = config, .config_path = path};
	int err;

	logger_init(&c.log, log_journal_open(&c.journal) ? &c.journal.sink : &log_stderr,
		    config->log_level, "%s", "");
	log_open(&c);
	list_init(&c.resolvers);
	list_init(&c.outgoing);
	list_init(&c.relays);
	list_init(&c.tunnels);
	list_init(&c.netdevs);
	list_init(&c.sets);
	timer_init(&c.set_watch, set_watch, &c);
	timers_init(&c.timers, clock_ms());
	shutdown_init(&c);
	reload_init(&c);
	way_init(&c);
	c.started = c.timers.now;
	signal(SIGPIPE, SIG_IGN);
	err = start(&c);
	if (err) {
		log_error(&c.log, "cannot start: %s", strerror(-err));
	} else {
		log_info(&c.log, "l2x %s: running", L2X_VERSION);
		service_ready(c.service);
		controller_leave(&c);
		event_base_dispatch(c.base);
	}
	stop(&c);
	if (!err)
		log_info(&c.log, "ended");
	log_close(&c);
	log_journal_close(&c.journal);
	return err;
}
