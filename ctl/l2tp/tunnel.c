// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control connections (RFC 2661 7.2): from SCCRQ to established, HELLO, StopCCN. The state table is
 * the RFC's; what it does not list is answered with StopCCN, finite state machine error, as it does
 * for all that it lists as wrong.
 */
#include "l2tp/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include "wire/l2tp_crypto.h"

#define TIE_LOST "the peer dials at the same time and wins"

const char *const tunnel_state_names[TUNNEL_STATES] = {
	[TUNNEL_WAIT_POLICY] = "wait-policy",
	[TUNNEL_WAIT_CTL_REPLY] = "wait-ctl-reply",
	[TUNNEL_WAIT_CTL_CONN] = "wait-ctl-conn",
	[TUNNEL_ESTABLISHED] = "established",
	[TUNNEL_STOPPED] = "stopped",
};

static void set_state(struct l2tp_tunnel *t, enum tunnel_state state)
{
	log_debug(t->log, "tunnel %u: %s -> %s", t->st.id, tunnel_state_names[t->st.state],
		  tunnel_state_names[state]);
	tunnel_enter(t, state);
}

static void end_with(struct l2tp_tunnel *t, uint16_t result, uint16_t error, const char *text)
{
	struct l2tp_end end = l2tp_end_of(result, error, text);

	tunnel_end(t, &end, true);
}

void tunnel_end(struct l2tp_tunnel *t, const struct l2tp_end *why, bool notify)
{
	struct l2tp_end end = *why, lost = {.by_peer = why->by_peer, .timed_out = why->timed_out};
	struct l2tp *l = t->l2tp;
	struct l2tp_session *s;
	bool at_once = why->timed_out && !notify;

	if (t->st.state == TUNNEL_STOPPED)
		return;
	/* So many wait for their StopCCN to be heard that this one goes without. */
	if (t->asked && !t->was_up && notify && l->setup.limits.half_open &&
	    l->refused >= l->setup.limits.half_open) {
		l->rejected.half_open++;
		notify = false;
		at_once = true;
	}
	/*
	 * A peer that was connected and asks again begins anew. One that never got so far may only
	 * not have heard the answer.
	 */
	if (t->st.state == TUNNEL_ESTABLISHED)
		tunnel_forget_request(t);
	set_state(t, TUNNEL_STOPPED);
	timer_cancel(l->setup.timers, &t->alive);
	if (notify) {
		channel_drop_unsent(&t->channel);
		send_stopccn(t, &end);
	} else {
		channel_drop_all(&t->channel);
	}
	/* RFC 2661 5.8: stay to answer retransmissions for a full cycle, unless nobody is there. */
	timer_set(l->setup.timers, &t->linger, at_once ? 0 : channel_cycle(&t->channel));

	snprintf(lost.text, sizeof(lost.text), "tunnel ended%s%.100s", end.text[0] ? ": " : "",
		 end.text);
	while ((s = TAILQ_FIRST(&t->sessions)))
		session_end(s, &lost, false);
	if (t->told)
		l->setup.ops->tunnel_down(l->setup.owner, t, &end);
	/*
	 * What was the owner's is gone; the remains may still have to be retransmitted, and logged.
	 */
	t->log = l->setup.log;
	t->user = NULL;
}

void tunnel_vanish(struct l2tp_tunnel *t, const char *text)
{
	struct l2tp_end end = l2tp_end_of(0, 0, text);

	tunnel_forget_request(t);
	tunnel_end(t, &end, false);
	timer_set(t->l2tp->setup.timers, &t->linger, 0);
}

void tunnel_end_later(struct l2tp_tunnel *t, uint16_t result, uint16_t error, const char *text)
{
	if (t->st.state == TUNNEL_STOPPED)
		return;
	t->failure = l2tp_end_of(result, error, text);
	timer_set(t->l2tp->setup.timers, &t->linger, 0);
}

static void linger_over(void *arg)
{
	struct l2tp_tunnel *t = arg;

	if (t->st.state == TUNNEL_STOPPED)
		tunnel_free(t);
	else if (t->lost)
		tunnel_vanish(t, TIE_LOST);
	else
		tunnel_end(t, &t->failure, true);
}

/*
 * Some peers pass over HELLO, or over its acknowledgement, while their sessions work. As long as
 * anything comes from it, the peer is alive.
 */
static bool only_hello_unanswered(const struct l2tp_tunnel *t)
{
	const struct channel_message *m = channel_head(&t->channel);

	return t->st.state == TUNNEL_ESTABLISHED && message_type(m->bytes, m->len) == L2TP_HELLO &&
	       t->heard > t->hello_sent &&
	       l2tp_now(t->l2tp) - t->heard < channel_cycle(&t->channel);
}

bool tunnel_no_answer(void *arg)
{
	struct l2tp_tunnel *t = arg;
	struct l2tp_end end = l2tp_end_of(0, 0, "no answer from the peer");

	if (only_hello_unanswered(t))
		return false;
	end.timed_out = true;
	if (t->st.state == TUNNEL_STOPPED)
		timer_set(t->l2tp->setup.timers, &t->linger, 0);
	else
		tunnel_end(t, &end, false);
	return true;
}

/* A message that waits for its acknowledgement asks the same question. */
void l2tp_tunnel_probe(struct l2tp_tunnel *t)
{
	if (t->st.state != TUNNEL_ESTABLISHED || channel_busy(&t->channel))
		return;
	t->hello_sent = l2tp_now(t->l2tp);
	send_hello(t);
}

static void hello_due(struct l2tp_tunnel *t, uint64_t silence)
{
	uint32_t every = t->params.hello_interval;

	if (!every)
		return;
	if (silence < every) {
		timer_set(t->l2tp->setup.timers, &t->alive, every - silence);
		return;
	}
	timer_set(t->l2tp->setup.timers, &t->alive, every);
	l2tp_tunnel_probe(t);
}

void l2tp_tunnel_change(struct l2tp_tunnel *t, const struct l2tp_params *params)
{
	const bool other_hello = t->params.hello_interval != params->hello_interval;

	t->params.hello_interval = params->hello_interval;
	t->params.hide_avps = params->hide_avps;
	tunnel_change_retransmission(t, params);
	if (t->st.state != TUNNEL_ESTABLISHED || !other_hello)
		return;
	timer_cancel(t->l2tp->setup.timers, &t->alive);
	hello_due(t, 0);
}

static void alive_due(void *arg)
{
	struct l2tp_tunnel *t = arg;
	struct l2tp_end end = l2tp_end_of(L2TP_STOP_CLEAR, 0, "tunnel was not established in time");

	if (t->st.state == TUNNEL_ESTABLISHED) {
		hello_due(t, l2tp_now(t->l2tp) - t->heard);
		return;
	}
	end.timed_out = true;
	tunnel_end(t, &end, true);
}

void tunnel_init_timers(struct l2tp_tunnel *t)
{
	timer_init(&t->alive, alive_due, t);
	timer_init(&t->linger, linger_over, t);
}

/* What SCCRQ and SCCRP say of the peer. */
static void learn_peer(struct l2tp_tunnel *t, const struct l2tp_message *m)
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
		end_with(t, L2TP_STOP_VERSION, L2TP_PROTOCOL_VERSION,
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
		end_with(t, L2TP_STOP_NOT_AUTHORISED, 0, "challenge response is missing");
		return false;
	}
	l2tp_response((uint8_t)m->type, t->params.secret, t->challenge, sizeof(t->challenge),
		      expected);
	if (!l2tp_response_eq(response->p, expected)) {
		end_with(t, L2TP_STOP_NOT_AUTHORISED, 0, "challenge response is wrong");
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
	set_state(t, TUNNEL_ESTABLISHED);
	t->up_since = l2tp_now(l);
	timer_cancel(l->setup.timers, &t->alive);
	hello_due(t, 0);
	session_tunnel_open(t);
	l->setup.ops->tunnel_up(l->setup.owner, t);
}

static void on_unexpected(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	char text[64];

	snprintf(text, sizeof(text), "%s in state %s", l2tp_message_name(m->type),
		 tunnel_state_names[t->st.state]);
	end_with(t, L2TP_STOP_FSM, 0, text);
}

/* Asked without a secret, as the owner chooses it by what the SCCRQ says. */
static void on_sccrq(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	struct l2tp *l = t->l2tp;

	if (t->told) {
		on_unexpected(t, m);
		return;
	}
	learn_peer(t, m);
	if (m->problem.error) {
		end_with(t, L2TP_STOP_ERROR, m->problem.error, m->problem.text);
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
	learn_peer(t, m);
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
static void note_ignored(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	if (!m->ignored[0] || t->noted_ignored || t->st.state == TUNNEL_WAIT_POLICY)
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
		end_with(t, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES, NULL);
		return;
	}
	if (l2tp_message_parse(&m, msg, len,
			       t->st.state == TUNNEL_WAIT_POLICY ? NULL : t->params.secret))
		return;
	note_ignored(t, &m);
	/* What sets nothing up is none: a peer could send it for ever. */
	if (m.type != L2TP_HELLO && m.type != L2TP_SLI && m.type != L2TP_WEN)
		t->progress = l2tp_now(t->l2tp);
	if (!t->st.peer_id && l2tp_has(&m, AVP_ASSIGNED_TUNNEL_ID))
		t->st.peer_id = l2tp_get_u16(&m, AVP_ASSIGNED_TUNNEL_ID);
	if (ends_tunnel(t, &m)) {
		end_with(t, L2TP_STOP_ERROR, m.problem.error, m.problem.text);
		return;
	}
	if (!m.type) {
		/* RFC 2661 4.4.1: the M bit of an unknown message type decides. */
		if (m.type_mandatory)
			end_with(t, L2TP_STOP_ERROR, L2TP_ERROR_MANDATORY,
				 "unknown mandatory message type");
		return;
	}
	act = table[t->st.state][m.type];
	(act ? act : on_unexpected)(t, &m);
}

struct l2tp_tunnel *l2tp_tunnel_dial(struct l2tp *l, const struct udp_path *path,
				     const struct l2tp_params *params, const struct logger *log,
				     void *user)
{
	struct l2tp_tunnel *t = tunnel_new(l, path, params);

	if (!t)
		return NULL;
	t->log = log;
	t->user = user;
	t->told = true;
	t->st.dialled = true;
	t->st.state = TUNNEL_WAIT_CTL_REPLY;
	log_debug(log, "tunnel %u: idle -> %s", t->st.id, tunnel_state_names[t->st.state]);
	timer_set(l->setup.timers, &t->alive, L2TP_SETUP_LIMIT);
	send_sccrq(t);
	return t;
}

void l2tp_tunnel_accept(struct l2tp_tunnel *t, const struct l2tp_params *params,
			const struct logger *log, void *user)
{
	struct l2tp_tunnel *rival;
	struct l2tp_message m;

	if (t->st.state != TUNNEL_WAIT_POLICY)
		return;
	t->log = log;
	t->user = user;
	if (tunnel_set_params(t, params)) {
		tunnel_end_later(t, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES, NULL);
		return;
	}
	set_state(t, TUNNEL_WAIT_CTL_CONN);
	timer_set(t->l2tp->setup.timers, &t->alive, L2TP_SETUP_LIMIT);
	if (l2tp_message_parse(&m, t->request, t->request_len, t->params.secret))
		return;
	if (tie_with(t->l2tp, &t->st.path, &m, 0, &rival) == TIE_THEIRS) {
		rival->lost = true;
		timer_set(t->l2tp->setup.timers, &rival->linger, 0);
	}
	learn_peer(t, &m);
	if (m.problem.error)
		tunnel_end_later(t, L2TP_STOP_ERROR, m.problem.error, m.problem.text);
	else
		send_sccrp(t, &m.avp[AVP_CHALLENGE]);
	free(t->request);
	t->request = NULL;
}

void l2tp_tunnel_reject(struct l2tp_tunnel *t, uint16_t result, uint16_t error, const char *text)
{
	end_with(t, result, error, text);
}

void l2tp_tunnel_close(struct l2tp_tunnel *t, uint16_t result, uint16_t error, const char *text)
{
	end_with(t, result, error, text);
}
