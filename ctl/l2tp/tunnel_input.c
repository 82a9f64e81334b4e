// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the peer's messages do to a control connection (RFC 2661 7.2): from SCCRQ to established, and StopCCN. The state table is
 * the RFC's; what it does not list is answered with StopCCN, finite state machine error, as it does
 * for all that it lists as wrong.
 */
#include "l2tp/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include "wire/l2tp_crypto.h"

/* What SCCRQ and SCCRP say of the peer. */
void tunnel_learn_peer(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	struct l2tp_peer_info *peer = &t->st.peer;
	uint16_t window = l2tp_get_u16(m, AVP_RECEIVE_WINDOW_SIZE);

	l2tp_get_text(m, AVP_HOST_NAME, peer->host_name, sizeof(peer->host_name));
	l2tp_get_text(m, AVP_VENDOR_NAME, peer->vendor_name, sizeof(peer->vendor_name));
	peer->firmware = l2tp_get_u16(m, AVP_FIRMWARE_REVISION);
	peer->framing = l2tp_get_u32(m, AVP_FRAMING_CAPABILITIES);
	peer->bearer = l2tp_get_u32(m, AVP_BEARER_CAPABILITIES);
	peer->calls_out = l2tp_has(m, AVP_BEARER_CAPABILITIES);
	peer->challenged = m->avp[AVP_CHALLENGE].present;
	peer->receive_window = window ? window : L2TP_WINDOW_DEFAULT;
	t->st.peer_id = l2tp_get_u16(m, AVP_ASSIGNED_TUNNEL_ID);
	channel_set_peer_window(&t->channel, peer->receive_window);
}

/* What would keep this peer from being talked to; false: the tunnel has been ended. */
static bool check_peer(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	if (l2tp_get_u16(m, AVP_PROTOCOL_VERSION) >> 8 != L2TP_PROTOCOL_VERSION >> 8) {
		tunnel_end_with(t, L2TP_STOP_VERSION, L2TP_PROTOCOL_VERSION,
				"protocol version is not supported");
		return false;
	}
	return true;
}

/*
 * RFC 2661 5.1.1: did the peer answer our challenge? type is that of the message with its response.
 */
static bool check_response(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	const struct l2tp_value *response = &m->avp[AVP_CHALLENGE_RESPONSE];
	uint8_t expected[L2TP_RESPONSE_LEN];

	if (!t->challenge_sent)
		return true;
	if (!l2tp_has(m, AVP_CHALLENGE_RESPONSE)) {
		tunnel_end_with(t, L2TP_STOP_NOT_AUTHORISED, 0, "challenge response is missing");
		return false;
	}
	l2tp_response((uint8_t)m->type, t->params.secret, t->challenge, sizeof(t->challenge),
		      expected);
	if (!l2tp_response_eq(response->p, expected)) {
		tunnel_end_with(t, L2TP_STOP_NOT_AUTHORISED, 0, "challenge response is wrong");
		return false;
	}
	return true;
}

/*
 * A peer that was started anew may choose the same tunnel id again: with that the old tunnel is
 * gone. Only now, as the new one has shown that it is the peer, and not somebody who writes its
 * address.
 */
static void end_predecessor(struct l2tp_tunnel *t)
{
	struct l2tp_tunnel *old = source_first(t->l2tp, &t->st.path.peer.ip);

	while (old && (old == t || old->st.state != TUNNEL_ESTABLISHED ||
		       old->st.peer_id != t->st.peer_id ||
		       !endpoint_eq(&old->st.path.peer, &t->st.path.peer)))
		old = source_next(old);
	if (old)
		tunnel_vanish(old, "the peer has started anew");
}

static void established(struct l2tp_tunnel *t)
{
	struct l2tp *l = t->l2tp;

	end_predecessor(t);
	if (t->st.state == TUNNEL_STOPPED)
		return; /* the owner ended this one too */
	tunnel_set_state(t, TUNNEL_ESTABLISHED);
	t->up_since = l2tp_now(l);
	timer_cancel(l->setup.timers, &t->alive);
	tunnel_hello_due(t, 0);
	session_tunnel_open(t);
	l->setup.ops->tunnel_up(l->setup.owner, t);
}

static void on_unexpected(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	char text[64];

	snprintf(text, sizeof(text), "%s in state %s", l2tp_message_name(m->type),
		 tunnel_state_names[t->st.state]);
	tunnel_end_with(t, L2TP_STOP_FSM, 0, text);
}

/* Asked without a secret, as the owner chooses it by what the SCCRQ says. */
static void on_sccrq(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	struct l2tp *l = t->l2tp;

	if (t->told) {
		on_unexpected(t, m);
		return;
	}
	tunnel_learn_peer(t, m);
	if (m->problem.error) {
		tunnel_end_with(t, L2TP_STOP_ERROR, m->problem.error, m->problem.text);
		return;
	}
	if (!check_peer(t, m))
		return;
	t->told = true;
	timer_set(l->setup.timers, &t->alive, L2TP_SETUP_LIMIT);
	l->setup.ops->tunnel_request(l->setup.owner, t, &t->st.peer);
}

static void on_sccrp(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	tunnel_learn_peer(t, m);
	if (!check_peer(t, m) || !check_response(t, m))
		return;
	send_scccn(t, &m->avp[AVP_CHALLENGE]);
	established(t);
}

/* A peer that answers each copy of our SCCRQ anew says nothing new. */
static void on_sccrp_again(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	if (!t->st.dialled || l2tp_get_u16(m, AVP_ASSIGNED_TUNNEL_ID) != t->st.peer_id ||
	    l2tp_now(t->l2tp) - t->up_since > channel_cycle(&t->channel))
		on_unexpected(t, m);
}

static void on_scccn(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	if (check_response(t, m))
		established(t);
}

static void on_stopccn(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	struct l2tp_end end = l2tp_end_received(m);

	tunnel_end(t, &end, false);
}

/* RFC 2661 6.5: the acknowledgement is the answer. */
static void on_hello(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	(void)t;
	(void)m;
}

typedef void action(struct l2tp_tunnel *t, const struct l2tp_message *m);

/* RFC 2661 7.2.1. What is not here is on_unexpected(). */
static action *const table[TUNNEL_STATES][L2TP_MESSAGE_TYPES] = {
	[TUNNEL_WAIT_POLICY] =
		{
			[L2TP_SCCRQ] = on_sccrq,
			[L2TP_STOPCCN] = on_stopccn,
		},
	[TUNNEL_WAIT_CTL_REPLY] =
		{
			[L2TP_SCCRP] = on_sccrp,
			[L2TP_STOPCCN] = on_stopccn,
		},
	[TUNNEL_WAIT_CTL_CONN] =
		{
			[L2TP_SCCCN] = on_scccn,
			[L2TP_STOPCCN] = on_stopccn,
		},
	[TUNNEL_ESTABLISHED] =
		{
			[L2TP_SCCRP] = on_sccrp_again,
			[L2TP_HELLO] = on_hello,
			[L2TP_STOPCCN] = on_stopccn,
			[L2TP_OCRQ] = session_input,
			[L2TP_OCRP] = session_input,
			[L2TP_OCCN] = session_input,
			[L2TP_ICRQ] = session_input,
			[L2TP_ICRP] = session_input,
			[L2TP_ICCN] = session_input,
			[L2TP_CDN] = session_input,
			[L2TP_WEN] = session_input,
			[L2TP_SLI] = session_input,
		},
};

/* Keep the SCCRQ for the time when its hidden AVPs can be read. */
static bool keep_request(struct l2tp_tunnel *t, const uint8_t *msg, size_t len)
{
	t->request = malloc(len);
	if (!t->request)
		return false;
	memcpy(t->request, msg, len);
	t->request_len = len;
	return true;
}

/*
 * RFC 2661 4.1, 4.2, 7.1: what is wrong with a message ends the session that it belongs to, else
 * the tunnel.
 */
static bool ends_tunnel(const struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	if (!m->problem.error || m->type == L2TP_STOPCCN)
		return false;
	if (t->st.state == TUNNEL_WAIT_POLICY && m->type == L2TP_SCCRQ)
		return false; /* on_sccrq() learns first whom to tell */
	return !l2tp_message_is_session(m->type);
}

/* RFC 2661 7.1: in the log, but once a tunnel: there is no end to what a peer can send. */
void tunnel_note_ignored(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	if (!m->ignored[0] || t->noted_ignored)
		return;
	t->noted_ignored = true;
	log_warning(t->log, "tunnel %u: the peer's %s has a malformed AVP, which is ignored: %s",
		    t->st.id, l2tp_message_name(m->type), m->ignored);
}

void tunnel_deliver(void *arg, const uint8_t *msg, size_t len)
{
	struct l2tp_tunnel *t = arg;
	struct l2tp_message m;
	action *act;

	if (t->st.state == TUNNEL_STOPPED)
		return;
	if (t->st.state == TUNNEL_WAIT_POLICY && !t->request && !keep_request(t, msg, len)) {
		tunnel_end_with(t, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES, NULL);
		return;
	}
	if (l2tp_message_parse(&m, msg, len,
			       t->st.state == TUNNEL_WAIT_POLICY ? NULL : t->params.secret))
		return;
	if (t->st.state != TUNNEL_WAIT_POLICY) /* else it is, once its secret is known */
		tunnel_note_ignored(t, &m);
	/* What sets nothing up is none: a peer could send it for ever. */
	if (m.type != L2TP_HELLO && m.type != L2TP_SLI && m.type != L2TP_WEN)
		t->progress = l2tp_now(t->l2tp);
	if (!t->st.peer_id && l2tp_has(&m, AVP_ASSIGNED_TUNNEL_ID))
		t->st.peer_id = l2tp_get_u16(&m, AVP_ASSIGNED_TUNNEL_ID);
	if (ends_tunnel(t, &m)) {
		tunnel_end_with(t, L2TP_STOP_ERROR, m.problem.error, m.problem.text);
		return;
	}
	if (!m.type) {
		/* RFC 2661 4.4.1: the M bit of an unknown message type decides. */
		if (m.type_mandatory)
			tunnel_end_with(t, L2TP_STOP_ERROR, L2TP_ERROR_MANDATORY,
					"unknown mandatory message type");
		return;
	}
	act = table[t->st.state][m.type];
	(act ? act : on_unexpected)(t, &m);
}
