// SPDX-License-Identifier: GPL-2.0-only
/* Tunnels as the daemon sees them, and what the L2TP engine tells of them and of their sessions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "main/admission.h"
#include "main/call.h"
#include "main/capture.h"
#include "main/controller.h"
#include "main/log.h"
#include "main/quality.h"
#include "main/relay.h"

struct tunnel *tunnel_add(struct controller *c, const char *name)
{
	struct tunnel *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->c = c;
	logger_init(&t->log, c->log.sink, c->log.level, "%s", name);
	log_tunnel(t);
	list_init(&t->calls);
	list_append(&c->tunnels, &t->in_controller);
	capture_tunnel_added(t);
	return t;
}

void tunnel_remove(struct tunnel *t)
{
	if (t->incoming)
		admission_remove_tunnel(t);
	underlay_leave(t);
	way_release(t);
	quality_tunnel_stop(t);
	list_remove(&t->in_controller);
	free(t);
}

void tunnel_retransmission(struct l2tp_params *params, const struct config_retransmit *r)
{
	params->retransmit_first = r->timeout;
	params->retransmit_max = r->max;
	params->retransmit_tries = r->tries;
}

const char *l2tp_end_text(const struct l2tp_end *e, char *buf, size_t room)
{
	char causes[L2TP_CAUSES_TEXT];

	l2tp_causes_text(e, causes);
	snprintf(buf, room, "%s%s%s (result %u, error %u%s%s)",
		 e->timed_out ? "peer does not answer"
		 : e->by_peer ? "ended by the peer"
			      : "ended by us",
		 *e->text ? ": " : "", e->text, e->result, e->error, *causes ? "; " : "", causes);
	return buf;
}

static void l2tp_send(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	struct controller *c = owner;
	char text[ENDPOINT_TEXT];
	int err;

	capture_control_sent(c, path, msg, len);
	err = dataplane_send_control(c->dp, path, msg, len);

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
	underlay_follow(t);
	if (t->outgoing)
		outgoing_tunnel_up(t->outgoing);
	else if (t->relay)
		relay_tunnel_up(t->relay);
}

/* An outgoing tunnel is there for its session, whose end has been told. */
static void log_end(const struct tunnel *t, const struct l2tp_end *why)
{
	bool failed =
		!t->since && why->result != L2TP_STOP_CLEAR && why->result != L2TP_STOP_SHUTDOWN;
	enum log_level level = t->outgoing && t->outgoing->was_up ? LOG_LEVEL_DEBUG
			       : failed || why->timed_out	  ? LOG_LEVEL_WARNING
								  : LOG_LEVEL_INFO;
	char text[512], peer[ENDPOINT_TEXT];

	l2tp_end_text(why, text, sizeof(text));
	endpoint_text(&l2tp_tunnel_path(t->l2tp)->peer, peer);
	if (t->since)
		log_at(&t->log, level, "tunnel ended after %llu s with %s: %s",
		       (unsigned long long)(t->c->timers.now - t->since) / 1000, peer, text);
	else
		log_at(&t->log, level, "tunnel ended before it was up with %s: %s", peer, text);
}

static void on_tunnel_down(void *owner, struct l2tp_tunnel *l, const struct l2tp_end *why)
{
	struct controller *c = owner;
	struct tunnel *t = l2tp_tunnel_user(l);
	struct outgoing *o;
	struct relay *r;

	if (!t)
		return; /* refused before it was ours */
	o = t->outgoing;
	r = t->relay;
	log_end(t, why);
	tunnel_remove(t);
	if (o)
		outgoing_tunnel_down(o, why);
	if (r)
		relay_tunnel_down(r, why);
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

static void on_session_notice(void *owner, struct l2tp_session *s, enum l2tp_notice notice)
{
	struct call *call = l2tp_session_user(s);

	(void)owner;
	if (call && call->relayed)
		relayed_notice(call, notice);
}

const struct l2tp_ops tunnel_l2tp_ops = {
	.send = l2tp_send,
	.tunnel_request = on_tunnel_request,
	.tunnel_up = on_tunnel_up,
	.tunnel_down = on_tunnel_down,
	.session_request = on_session_request,
	.session_up = on_session_up,
	.session_down = on_session_down,
	.session_notice = on_session_notice,
};
