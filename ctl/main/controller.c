// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start, loop and orderly end of the controller. The end goes in steps, each begun when the one
 * before is done or its time is over: calls (PPP Terminate, then CDN), tunnels (StopCCN), then the
 * data path and all that it made.
 */
#include "main/controller.h"

#include <errno.h>
#include <event2/dns.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "base/version.h"
#include "main/call.h"

#define STOP_SECONDS 8 /* the longest that a silent peer can delay our end */

static uint64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

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
	uint64_t next = timers_next(&c->timers), now = clock_ms(),
		 wait = next > now ? next - now : 0;
	struct timeval tv = {.tv_sec = (time_t)(wait / 1000),
			     .tv_usec = (suseconds_t)(wait % 1000 * 1000)};

	if (next == UINT64_MAX)
		evtimer_del(c->timer_event);
	else
		evtimer_add(c->timer_event, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	controller_enter(arg);
	controller_leave(arg);
}

const char *l2tp_end_text(const struct l2tp_end *e, char *buf, size_t room)
{
	snprintf(buf, room, "%s%s%s (result %u, error %u)",
		 e->timed_out ? "peer does not answer"
		 : e->by_peer ? "ended by the peer"
			      : "ended by us",
		 *e->text ? ": " : "", e->text, e->result, e->error);
	return buf;
}

/* l2tp_ops */

static void l2tp_send(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	struct controller *c = owner;
	char text[ENDPOINT_TEXT];
	int err = dataplane_send_control(c->dp, path, msg, len);

	if (err)
		log_debug(&c->log, "cannot send to %s: %s", endpoint_text(&path->peer, text),
			  strerror(-err));
}

static void on_tunnel_request(void *owner, struct l2tp_tunnel *l, const struct l2tp_peer_info *peer)
{
	incoming_tunnel_request(owner, l, peer);
}

static void on_tunnel_up(void *owner, struct l2tp_tunnel *l)
{
	struct tunnel *t = l2tp_tunnel_user(l);
	char text[ENDPOINT_TEXT];

	(void)owner;
	t->since = t->c->timers.now;
	log_info(&t->log, "tunnel up with %s, host name \"%s\"",
		 endpoint_text(&l2tp_tunnel_path(l)->peer, text), l2tp_tunnel_peer(l)->host_name);
	if (t->outgoing)
		outgoing_tunnel_up(t->outgoing);
}

static void on_tunnel_down(void *owner, struct l2tp_tunnel *l, const struct l2tp_end *why)
{
	struct controller *c = owner;
	struct tunnel *t = l2tp_tunnel_user(l);
	struct outgoing *o;
	char text[192];

	if (!t)
		return; /* refused before it was ours */
	o = t->outgoing;
	log_info(&t->log, "tunnel ended: %s", l2tp_end_text(why, text, sizeof(text)));
	tunnel_free(t);
	if (o)
		outgoing_tunnel_down(o, why);
	controller_progress(c);
}

static void on_session_request(void *owner, struct l2tp_session *s)
{
	(void)owner;
	incoming_session_request(l2tp_tunnel_user(l2tp_session_tunnel(s)), s);
}

static void on_session_up(void *owner, struct l2tp_session *s)
{
	(void)owner;
	call_up(l2tp_session_user(s));
}

static void on_session_down(void *owner, struct l2tp_session *s, const struct l2tp_end *why)
{
	(void)owner;
	if (l2tp_session_user(s))
		call_down(l2tp_session_user(s), why);
}

static const struct l2tp_ops l2tp_ops = {
	.send = l2tp_send,
	.tunnel_request = on_tunnel_request,
	.tunnel_up = on_tunnel_up,
	.tunnel_down = on_tunnel_down,
	.session_request = on_session_request,
	.session_up = on_session_up,
	.session_down = on_session_down,
};

/* dataplane_ops */

static void on_control(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	struct controller *c = owner;

	controller_enter(c);
	l2tp_input(c->l2tp, path, msg, len);
	controller_leave(c);
}

static void on_ppp(void *owner, struct l2x_session_key key, const uint8_t *frame, size_t len)
{
	struct controller *c = owner;
	struct l2tp_tunnel *t;
	struct l2tp_session *s;

	controller_enter(c);
	t = l2tp_tunnel_by_id(c->l2tp, key.tunnel_id);
	s = t ? l2tp_session_by_id(t, key.session_id) : NULL;
	if (s && l2tp_session_user(s))
		call_input(l2tp_session_user(s), frame, len);
	controller_leave(c);
}

static const struct dataplane_ops dataplane_ops = {.control = on_control, .ppp = on_ppp};

/* struct tunnel */

struct tunnel *tunnel_new(struct controller *c, const char *name)
{
	struct tunnel *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->c = c;
	logger_init(&t->log, c->log.sink, c->log.level, "%s", name);
	list_init(&t->calls);
	list_append(&c->tunnels, &t->in_controller);
	return t;
}

void tunnel_free(struct tunnel *t)
{
	list_remove(&t->in_controller);
	free(t);
}

/* The orderly end */

static bool calls_left(const struct controller *c)
{
	struct list *i, *keep;

	list_for_each (i, keep, (struct list *)&c->tunnels)
		if (!list_empty(&list_item(i, struct tunnel, in_controller)->calls))
			return true;
	return false;
}

static void close_calls(struct controller *c)
{
	struct list *i, *j, *keep_i, *keep_j;

	list_for_each (i, keep_i, &c->tunnels)
		list_for_each (j, keep_j, &list_item(i, struct tunnel, in_controller)->calls)
			call_close(list_item(j, struct call, in_tunnel), "shutting down");
}

static void close_tunnels(struct controller *c)
{
	struct list *i, *keep;

	list_for_each (i, keep, &c->tunnels)
		l2tp_tunnel_close(list_item(i, struct tunnel, in_controller)->l2tp,
				  L2TP_STOP_SHUTDOWN, 0, "shutting down");
}

/* From a timer, so that no protocol layer is on the stack. */
static void check_stop(void *arg)
{
	struct controller *c = arg;

	if (calls_left(c))
		return;
	close_tunnels(c);
	if (l2tp_idle(c->l2tp))
		event_base_loopbreak(c->base);
	else
		timer_set(&c->timers, &c->stop_check, 20);
}

void controller_progress(struct controller *c)
{
	if (c->stopping)
		timer_set(&c->timers, &c->stop_check, 0);
}

static void stop_now(void *arg)
{
	struct controller *c = arg;

	log_warning(&c->log, "a peer does not answer: not waiting any longer");
	close_tunnels(c);
	event_base_loopbreak(c->base);
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct controller *c = arg;

	(void)what;
	controller_enter(c);
	if (c->stopping) {
		event_base_loopbreak(c->base);
		return;
	}
	log_info(&c->log, "%s: ending sessions and tunnels", sig == SIGINT ? "SIGINT" : "SIGTERM");
	c->stopping = true;
	timer_set(&c->timers, &c->stop_deadline, STOP_SECONDS * 1000);
	outgoing_stop_all(c);
	close_calls(c);
	controller_progress(c);
	controller_leave(c);
}

/* The control socket's commands */

static json_t *attach_command(struct controller *c, const char *command, const json_t *request)
{
	const char *ifname = json_string_value(json_object_get(request, "interface"));
	const char *forward = json_string_value(json_object_get(request, "forward"));
	int err;

	if (!ifname || !*ifname || strlen(ifname) >= IFNAMSIZ)
		return api_error("%s needs the name of an interface", command);
	if (!strcmp(command, "detach"))
		err = dataplane_detach(c->dp, ifname);
	else
		err = dataplane_attach(c->dp, ifname,
				       forward && !strcmp(forward, "xdp") ? FORWARD_XDP
									  : FORWARD_KERNEL);
	if (err == -ENOENT)
		return api_error("%s is not attached", ifname);
	if (err)
		return api_error("cannot %s %s: %s", command, ifname, strerror(-err));
	return json_pack("{s:b}", "ok", 1);
}

static json_t *on_command(void *owner, const char *command, const json_t *request)
{
	struct controller *c = owner;
	json_t *answer;

	controller_enter(c);
	if (!strcmp(command, "status"))
		answer = status_answer(c);
	else if (!strcmp(command, "attach") || !strcmp(command, "detach"))
		answer = attach_command(c, command, request);
	else
		answer = api_error("unknown command \"%s\"", command);
	controller_leave(c);
	return answer;
}

/* Start */

static bool needs_dns(const struct config *config)
{
	struct ip_addr a;

	for (size_t i = 0; i < config->outgoing_count; i++)
		if (ip_addr_parse(&a, config->outgoing[i].server))
			return true;
	return false;
}

static int start_dataplane(struct controller *c)
{
	const struct config *config = c->config;
	struct dataplane_setup setup = {
		.ops = &dataplane_ops,
		.owner = c,
		.base = c->base,
		.log = &c->log,
		.level = config->dataplane,
		.bpf_path = config->bpf_path,
		.port = config->port,
		.max_sessions = config->max_sessions,
		.max_routes = config->max_routes,
		.listen = config->listen,
		.listen_count = config->listen_count,
	};
	int err = dataplane_open(&c->dp, &setup);

	for (size_t i = 0; !err && i < config->interfaces_count; i++) {
		err = dataplane_attach(c->dp, config->interfaces[i].name,
				       config->interfaces[i].forward);
		if (!err && config->interfaces[i].forward == FORWARD_XDP)
			log_info(&c->log,
				 "%s: packets forwarded by XDP pass by this host's firewall",
				 config->interfaces[i].name);
	}
	return err;
}

static int start_loop(struct controller *c)
{
	c->base = event_base_new();
	if (!c->base)
		return -ENOMEM;
	c->timer_event = evtimer_new(c->base, on_timer, c);
	c->sigterm = evsignal_new(c->base, SIGTERM, on_signal, c);
	c->sigint = evsignal_new(c->base, SIGINT, on_signal, c);
	if (!c->timer_event || !c->sigterm || !c->sigint || evsignal_add(c->sigterm, NULL) ||
	    evsignal_add(c->sigint, NULL))
		return -ENOMEM;
	if (needs_dns(c->config)) {
		c->dns = evdns_base_new(c->base, EVDNS_BASE_INITIALIZE_NAMESERVERS |
							 EVDNS_BASE_DISABLE_WHEN_INACTIVE);
		if (!c->dns)
			log_warning(&c->log,
				    "no name server found: servers given by name will not resolve");
	}
	return 0;
}

static int start(struct controller *c)
{
	struct l2tp_setup setup = {.ops = &l2tp_ops,
				   .owner = c,
				   .timers = &c->timers,
				   .log = &c->log,
				   .random = controller_random};
	int err = start_loop(c);

	if (err)
		return err;
	err = net_open(&c->net);
	if (err) {
		log_error(&c->log, "cannot open netlink: %s", strerror(-err));
		return err;
	}
	c->l2tp = l2tp_new(&setup);
	if (!c->l2tp)
		return -ENOMEM;
	err = start_dataplane(c);
	if (!err)
		err = api_server_new(&c->api, c->base, c->config->control_socket, on_command, c,
				     &c->log);
	if (!err)
		err = privileges_drop(c->config, &c->log);
	if (!err)
		err = outgoing_start_all(c);
	return err;
}

/* What is left of calls after a time-out or a failed start: taken out of the kernel without telling
 * the peer. */
static void drop_calls(struct controller *c)
{
	struct list *i, *j, *keep_i, *keep_j;
	struct l2tp_end why = {.timed_out = true};

	list_for_each (i, keep_i, &c->tunnels) {
		struct tunnel *t = list_item(i, struct tunnel, in_controller);

		list_for_each (j, keep_j, &t->calls)
			call_down(list_item(j, struct call, in_tunnel), &why);
		tunnel_free(t);
	}
}

static void stop(struct controller *c)
{
	api_server_free(c->api);
	outgoing_stop_all(c);
	drop_calls(c);
	l2tp_free(c->l2tp);
	dataplane_close(c->dp);
	net_close(c->net);
	if (c->dns)
		evdns_base_free(c->dns, 1);
	if (c->base) /* delivers what was cancelled */
		event_base_loop(c->base, EVLOOP_NONBLOCK);
	outgoing_free_all(c);
	if (c->timer_event)
		event_free(c->timer_event);
	if (c->sigterm)
		event_free(c->sigterm);
	if (c->sigint)
		event_free(c->sigint);
	if (c->base)
		event_base_free(c->base);
	timers_free(&c->timers);
}

int controller_run(const struct config *config)
{
	struct controller c = {.config = config};
	int err;

	logger_init(&c.log, &log_stderr, config->log_level, "%s", "");
	list_init(&c.outgoing);
	list_init(&c.tunnels);
	list_init(&c.netdevs);
	timers_init(&c.timers, clock_ms());
	timer_init(&c.stop_deadline, stop_now, &c);
	timer_init(&c.stop_check, check_stop, &c);
	c.started = c.timers.now;
	signal(SIGPIPE, SIG_IGN);
	err = start(&c);
	if (err) {
		log_error(&c.log, "cannot start: %s", strerror(-err));
	} else {
		log_info(&c.log, "l2x %s: running", L2X_VERSION);
		controller_leave(&c);
		event_base_dispatch(c.base);
	}
	stop(&c);
	if (!err)
		log_info(&c.log, "ended");
	return err;
}
