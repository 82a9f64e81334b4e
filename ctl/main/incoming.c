// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels and sessions that peers open to us. Stage one: the SCCRQ's host name and source choose an
 * entry of the configuration, whose secret then has to fit. Stage two, the login, is call.c's: it
 * needs PPP.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "main/admission.h"
#include "main/controller.h"
#include "policy/match.h"

void incoming_tunnel_request(struct controller *c, struct l2tp_tunnel *l,
			     const struct l2tp_peer_info *peer)
{
	const struct udp_path *path = l2tp_tunnel_path(l);
	const struct config_incoming *in = policy_match_tunnel(c->config, peer->host_name, path);
	struct l2tp_params params = {0};
	char text[ENDPOINT_TEXT], name[80];
	struct tunnel *t;

	endpoint_text(&path->peer, text);
	if (!in || c->stopping) {
		log_warning(&c->log, "tunnel from %s, host name \"%s\", refused: %s", text,
			    peer->host_name, in ? "shutting down" : "no incoming entry matches");
		l2tp_tunnel_reject(l, in ? L2TP_STOP_SHUTDOWN : L2TP_STOP_NOT_AUTHORISED, 0,
				   in ? "shutting down" : "not authorised");
		return;
	}
	if (!admission_has_room_for_tunnel(c, in)) {
		log_warning(&c->log, "tunnel from %s refused: %s has its max-tunnels (%u) already",
			    text, in->name, in->max_tunnels);
		l2tp_tunnel_reject(l, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES, "too many tunnels");
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
	admission_count_tunnel(t, true);
	log_info(&t->log, "tunnel asked for by %s, host name \"%s\"", text, peer->host_name);
	params.challenge = in->secret;
	params.hello_interval = in->hello_interval * 1000;
	params.hide_avps = in->hide_avps;
	snprintf(params.host_name, sizeof(params.host_name), "%s", in->hostname);
	if (in->secret)
		snprintf(params.secret, sizeof(params.secret), "%s", in->secret);
	l2tp_tunnel_set_table(l, in->table);
	l2tp_tunnel_accept(l, &params, &t->log, t);
	explicit_bzero(&params, sizeof(params));
}

void incoming_session_request(struct tunnel *t, struct l2tp_session *s)
{
	const struct l2tp_call_info *info = l2tp_session_call(s);
	const char *refused;
	struct call *call;
	char name[80];

	if (info->type == L2TP_CALL_OUTGOING) {
		l2tp_session_close(s, L2TP_CDN_NO_FACILITY_PERMANENT, 0,
				   "no outgoing calls are placed here");
		return;
	}
	if (t->outgoing || t->c->stopping) {
		l2tp_session_close(s, L2TP_CDN_ADMIN, 0,
				   t->outgoing ? "no calls this way" : "shutting down");
		return;
	}
	if (!admission_has_room_for_call(t)) {
		l2tp_session_close(s, L2TP_CDN_NO_FACILITY_TEMPORARY, 0, "too many sessions");
		return;
	}
	snprintf(name, sizeof(name), "%s/%u", t->incoming->name, l2tp_session_id(s));
	call = call_new(t, name);
	if (!call) {
		l2tp_session_close(s, L2TP_CDN_ERROR, L2TP_ERROR_RESOURCES, "out of memory");
		return;
	}
	call->l2tp = s;
	refused = admission_refused(call, false);
	if (refused) {
		log_warning(&call->log, "call from \"%s\" to \"%s\" refused: %s", info->calling,
			    info->called, refused);
		call_free(call);
		l2tp_session_close(s, L2TP_CDN_ADMIN, 0, refused);
		return;
	}
	log_info(&call->log, "call from \"%s\" to \"%s\"", info->calling, info->called);
	l2tp_session_accept(s, &call->log, call);
}
