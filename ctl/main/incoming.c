// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels and sessions that peers open to us. Stage one: the SCCRQ's host name and source choose an
 * entry of the configuration, whose secret then has to fit. Stage two, the login, is call.c's: it
 * needs PPP.
 *
 * Besides callers of a LAC (ICRQ), that may be calls that a LNS wants placed (OCRQ). We are then the
 * LAC and have no line, so whom it calls is ourselves, by the numbers of accept-calls.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "main/admission.h"
#include "main/capture.h"
#include "main/controller.h"
#include "main/log.h"
#include "policy/match.h"
#include "policy/pattern.h"
#include "wire/l2tp_avp.h"

#define REFUSALS_LOGGED 60 /* a minute, of all peers together */

void incoming_init(struct controller *c)
{
	controller_random(c, &c->refusals.by_source.seed, sizeof(c->refusals.by_source.seed));
	c->refusals.by_source.period = c->refusals.all.period = 60000;
}

void incoming_free(struct controller *c)
{
	gate_free(&c->refusals.by_source);
	gate_free(&c->refusals.all);
}

/* Who has no tunnel has a logger only for this. */
struct stranger {
	struct logger log;
	const struct udp_path *path;
};

static void stranger_subject(const struct logger *lg, struct log_subject *who)
{
	endpoint_text(&list_item(lg, const struct stranger, log)->path->peer, who->peer);
}

/*
 * Anybody can have his SCCRQ refused, from any address that he likes to write: a line a
 * minute for each, and not many in all. What was left out is said with the next one.
 */
static void log_refusal(struct controller *c, const struct udp_path *path,
			const struct l2tp_peer_info *peer, const char *why)
{
	static const struct ip_addr everybody;
	struct stranger who = {.log = c->log, .path = path};
	struct refusals *r = &c->refusals;
	char from[ENDPOINT_TEXT];

	if (!gate_passes(&r->by_source, &path->peer.ip, c->timers.now, 1) ||
	    !gate_passes(&r->all, &everybody, c->timers.now, REFUSALS_LOGGED)) {
		r->unsaid++;
		return;
	}
	who.log.subject = stranger_subject;
	log_warning(&who.log, "tunnel from %s, host name \"%s\", refused: %s",
		    endpoint_text(&path->peer, from), peer->host_name, why);
	if (r->unsaid)
		log_warning(&c->log, "%llu more were refused meanwhile",
			    (unsigned long long)r->unsaid);
	r->unsaid = 0;
}

static struct l2tp_params params_of(const struct config_incoming *in)
{
	struct l2tp_params p = {.challenge = in->secret,
				.hello_interval = in->hello_interval * 1000,
				.hide_avps = in->hide_avps};

	tunnel_retransmission(&p, &in->retransmit);
	if (in->accept_calls.count)
		p.bearer = L2TP_BEARER_DIGITAL | L2TP_BEARER_ANALOG;
	snprintf(p.host_name, sizeof(p.host_name), "%s", in->hostname);
	if (in->secret)
		snprintf(p.secret, sizeof(p.secret), "%s", in->secret);
	return p;
}

void incoming_take(struct tunnel *t, const struct config_incoming *in)
{
	struct l2tp_params params = params_of(in);

	t->incoming = in;
	l2tp_tunnel_change(t->l2tp, &params);
	explicit_bzero(&params, sizeof(params));
}

void incoming_tunnel_request(struct controller *c, struct l2tp_tunnel *l,
			     const struct l2tp_peer_info *peer)
{
	const struct udp_path *path = l2tp_tunnel_path(l);
	const struct config_incoming *in = policy_match_tunnel(c->config, peer->host_name, path);
	struct l2tp_params params;
	char text[ENDPOINT_TEXT], name[96];
	struct tunnel *t;

	if (!in || c->stopping) {
		log_refusal(c, path, peer, in ? "shutting down" : "no incoming entry matches");
		l2tp_tunnel_reject(l, in ? L2TP_STOP_SHUTDOWN : L2TP_STOP_NOT_AUTHORISED, 0,
				   in ? "shutting down" : "not authorised");
		return;
	}
	if (!admission_has_room_for_tunnel(c, in)) {
		snprintf(name, sizeof(name), "%s has its max-tunnels (%u) already", in->name,
			 in->max_tunnels);
		log_refusal(c, path, peer, name);
		l2tp_tunnel_reject(l, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES, "too many tunnels");
		return;
	}
	if (!admission_tunnel_in_pace(c, in)) {
		snprintf(name, sizeof(name), "more than the attempts-per-second (%u) of %s",
			 in->attempts_per_second, in->name);
		log_refusal(c, path, peer, name);
		l2tp_tunnel_reject(l, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES,
				   "too many tunnels at a time");
		return;
	}
	snprintf(name, sizeof(name), "%s#%u", in->name, l2tp_tunnel_id(l));
	t = tunnel_add(c, name);
	if (!t) {
		l2tp_tunnel_reject(l, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES, "out of memory");
		return;
	}
	t->l2tp = l;
	t->incoming = in;
	log_tunnel(t);
	admission_add_tunnel(t);
	log_debug(&t->log, "tunnel asked for by %s, host name \"%s\"",
		  endpoint_text(&path->peer, text), peer->host_name);
	params = params_of(in);
	l2tp_tunnel_set_table(l, in->table);
	l2tp_tunnel_accept(l, &params, &t->log, t);
	explicit_bzero(&params, sizeof(params));
}

static bool number_answers(const struct config_incoming *in, const char *called)
{
	for (size_t i = 0; i < in->accept_calls.count; i++)
		if (pattern_match(in->accept_calls.list[i], called, false))
			return true;
	return false;
}

/* False: refused. */
static bool welcome(struct tunnel *t, struct l2tp_session *s)
{
	const struct l2tp_call_info *info = l2tp_session_call(s);
	bool out = info->type == L2TP_CALL_OUTGOING;
	uint16_t result = 0;
	const char *why = NULL;

	if (out && (!t->incoming || !t->incoming->accept_calls.count)) {
		result = L2TP_CDN_NO_FACILITY_PERMANENT;
		why = "no outgoing calls are placed here";
	} else if (out && !number_answers(t->incoming, info->called)) {
		log_warning(&t->log, "call to \"%s\" refused: no such number in accept-calls",
			    info->called);
		result = L2TP_CDN_INVALID_DESTINATION;
		why = "no such number";
	} else if (t->leaving) {
		result = L2TP_CDN_ADMIN;
		why = "the configuration has changed";
	} else if (!t->incoming || t->c->stopping) {
		result = L2TP_CDN_ADMIN;
		why = !t->incoming ? "no calls this way" : "shutting down";
	} else if (!admission_has_room_for_call(t)) {
		result = L2TP_CDN_NO_FACILITY_TEMPORARY;
		why = "too many sessions";
	}
	if (why)
		l2tp_session_close(s, result, 0, why);
	return !why;
}

/* Nothing rings: what is called is here. The line is as fast as is asked for. */
static void answer(struct call *call)
{
	struct l2tp_call_info line = *l2tp_session_call(call->l2tp);

	line.tx_speed =
		line.max_bps && line.max_bps < CALL_LINE_SPEED ? line.max_bps : CALL_LINE_SPEED;
	line.framing_type = line.framing_type & L2TP_FRAMING_SYNC || !line.framing_type
				    ? L2TP_FRAMING_SYNC
				    : L2TP_FRAMING_ASYNC;
	l2tp_session_answered(call->l2tp, &line);
}

void incoming_session_request(struct tunnel *t, struct l2tp_session *s)
{
	const struct l2tp_call_info *info = l2tp_session_call(s);
	bool out = info->type == L2TP_CALL_OUTGOING;
	const char *refused;
	struct call *call;
	char name[80];

	if (!welcome(t, s))
		return;
	snprintf(name, sizeof(name), "%s/%u", t->incoming->name, l2tp_session_id(s));
	call = call_new(t, name);
	if (!call) {
		l2tp_session_close(s, L2TP_CDN_ERROR, L2TP_ERROR_RESOURCES, "out of memory");
		return;
	}
	call->l2tp = s;
	log_call(call, NULL);
	refused = admission_refused(call, false);
	if (refused) {
		log_warning(&call->log, "call from \"%s\" to \"%s\" refused: %s", info->calling,
			    info->called, refused);
		call_free(call);
		l2tp_session_close(s, L2TP_CDN_ADMIN, 0, refused);
		return;
	}
	if (out)
		log_debug(&call->log, "the LNS calls \"%s\"", info->called);
	else
		log_debug(&call->log, "call from \"%s\" to \"%s\"", info->calling, info->called);
	capture_call_changed(call);
	l2tp_session_accept(s, &call->log, call);
	if (out)
		answer(call);
}
