// SPDX-License-Identifier: GPL-2.0-only
/*
 * Incoming calls (RFC 2661 7.4): as the LAC we send ICRQ and ICCN, as the LNS we answer with ICRP.
 * Outgoing calls (RFC 2661 7.5): as the LNS we send OCRQ, as the LAC we answer with OCRP and OCCN.
 * The four state tables of the RFC are one here, as their states differ.
 */
#include "l2tp/internal.h"

#include <stdio.h>
#include <stdlib.h>

#define ANSWERS_MAX 8192 /* messages that wait for the peer, when one more is not put behind them */

const char *const session_state_names[SESSION_STATES] = {
	[SESSION_WAIT_TUNNEL] = "wait-tunnel",
	[SESSION_WAIT_REPLY] = "wait-reply",
	[SESSION_WAIT_POLICY] = "wait-policy",
	[SESSION_WAIT_CONNECT] = "wait-connect",
	[SESSION_OUT_WAIT_REPLY] = "wait-reply",
	[SESSION_OUT_WAIT_CONNECT] = "wait-connect",
	[SESSION_WAIT_CS_ANSWER] = "wait-cs-answer",
	[SESSION_ESTABLISHED] = "established",
	[SESSION_ENDED] = "idle",
};

static void set_state(struct l2tp_session *s, enum session_state state)
{
	log_debug(s->log, "session %u/%u: %s -> %s", s->tunnel->st.id, s->st.id,
		  session_state_names[s->st.state], session_state_names[state]);
	s->st.state = state;
}

static struct timers *timers_of(const struct l2tp_session *s)
{
	return s->tunnel->l2tp->setup.timers;
}

static void forget_proxy(struct l2tp_session *s)
{
	call_info_proxy_free(s->proxy);
	s->proxy = NULL;
}

static void unlink_session(struct l2tp_session *s)
{
	forget_proxy(s);
	idmap_remove(&s->tunnel->sessions_by_id, &s->by_id);
	TAILQ_REMOVE(&s->tunnel->sessions, s, entry);
	if (s->held)
		TAILQ_REMOVE(&s->tunnel->held, s, held_entry);
	timer_release(timers_of(s), &s->setup);
}

void session_free(struct l2tp_session *s)
{
	unlink_session(s);
	free(s);
}

void session_end(struct l2tp_session *s, const struct l2tp_end *why, bool notify)
{
	const struct l2tp_setup *setup = &s->tunnel->l2tp->setup;
	struct l2tp_end end = *why;
	bool known =
		s->st.state != SESSION_WAIT_TUNNEL && s->tunnel->st.state == TUNNEL_ESTABLISHED;

	if (s->st.state == SESSION_ENDED)
		return;
	set_state(s, SESSION_ENDED);
	/*
	 * While the peer's id is not known, our own in the AVP tells it which session (RFC 2661
	 * 4.4.4).
	 */
	if (notify && known)
		send_cdn(s->tunnel, s->st.id, s->st.peer_id, &end);
	/* Out of the tables first: the owner may close the whole tunnel when it hears of this. */
	unlink_session(s);
	if (s->told)
		setup->ops->session_down(setup->owner, s, &end);
	free(s);
}

static void end_with(struct l2tp_session *s, uint16_t result, uint16_t error, const char *text)
{
	struct l2tp_end end = l2tp_end_of(result, error, text);

	session_end(s, &end, true);
}

static void wait_for_peer(struct l2tp_session *s)
{
	s->asked = l2tp_now(s->tunnel->l2tp);
	timer_set(timers_of(s), &s->setup, L2TP_SETUP_LIMIT);
}

/*
 * Why there is no OCRQ for this call, or NULL: RFC 2661 6.9, without Bearer Capabilities of the LAC; 4.4.4, without a
 * bit of it in common, or of its Framing Capabilities. A LAC of which it says that it has no bearer at all may judge
 * itself.
 */
static const char *no_call(const struct l2tp_tunnel *t, const struct l2tp_call_info *call)
{
	const struct l2tp_peer_info *peer = &t->st.peer;

	if (call->type == L2TP_CALL_INCOMING)
		return NULL;
	if (!peer->calls_out)
		return "the peer places no outgoing calls";
	if (peer->bearer && call->bearer_type && !(call->bearer_type & peer->bearer))
		return "the peer has no bearer of the kind that is wanted";
	if (!(call->framing_type & peer->framing))
		return "the peer has no framing of the kind that is wanted";
	return NULL;
}

/*
 * RFC 2661 4.4.3: no framing that the peer has not said it takes. Of a caller's line, whatever it is like, nothing but
 * PPP frames is left here, so any that the peer takes is as true; one that says it takes none gets ours.
 */
static void suit_peer(struct l2tp_session *s)
{
	const struct l2tp_peer_info *peer = &s->tunnel->st.peer;
	struct l2tp_call_info *call = &s->st.call;
	uint32_t framing = peer->framing & (L2TP_FRAMING_SYNC | L2TP_FRAMING_ASYNC);

	if (call->type == L2TP_CALL_OUTGOING)
		call->bearer_type &= peer->bearer;
	if (call->framing_type & framing)
		call->framing_type &= framing;
	else if (framing)
		call->framing_type = framing;
}

/*
 * Nothing is answered. If the tunnel lives, other calls' messages may stand in the queue before
 * ours; but a peer that goes on and on beginning calls does not keep one for ever.
 */
static void setup_due(void *arg)
{
	struct l2tp_session *s = arg;
	uint64_t now = l2tp_now(s->tunnel->l2tp), since = now - s->tunnel->progress,
		 left = s->asked + L2TP_SETUP_LONGEST - now;
	struct l2tp_end end =
		l2tp_end_of(L2TP_CDN_TIMEOUT, 0, "session was not established in time");

	if (s->st.state == SESSION_WAIT_POLICY) {
		end_with(s, L2TP_CDN_NO_FACILITY_TEMPORARY, 0, "nobody decided on it in time");
		return;
	}
	if (s->st.state == SESSION_WAIT_TUNNEL) {
		end_with(s, L2TP_CDN_NO_FACILITY_PERMANENT, 0, no_call(s->tunnel, &s->st.call));
		return;
	}
	if (since < L2TP_SETUP_LIMIT && now - s->asked < L2TP_SETUP_LONGEST) {
		timer_set(timers_of(s), &s->setup,
			  L2TP_SETUP_LIMIT - since < left ? L2TP_SETUP_LIMIT - since : left);
		return;
	}
	end.timed_out = true;
	session_end(s, &end, true);
}

static struct l2tp_session *session_new(struct l2tp_tunnel *t, enum session_state state)
{
	uint16_t id = l2tp_free_id(t->l2tp, &t->sessions_by_id);
	struct l2tp_session *s = id ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NULL;
	s->tunnel = t;
	s->log = t->log;
	s->st.id = id;
	s->st.state = state;
	s->st.call = call_info_none;
	timer_init(&s->setup, setup_due, s);
	if (timer_reserve(timers_of(s), &s->setup) ||
	    idmap_add(&t->sessions_by_id, &s->by_id, id)) {
		timer_release(timers_of(s), &s->setup);
		free(s);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&t->sessions, s, entry);
	return s;
}

static void open_call(struct l2tp_session *s)
{
	bool outgoing = s->st.call.type == L2TP_CALL_OUTGOING;

	if (no_call(s->tunnel, &s->st.call)) {
		timer_set(timers_of(s), &s->setup, 0);
		return;
	}
	suit_peer(s);
	set_state(s, outgoing ? SESSION_OUT_WAIT_REPLY : SESSION_WAIT_REPLY);
	wait_for_peer(s);
	if (outgoing)
		send_ocrq(s);
	else
		send_icrq(s);
}

void session_tunnel_open(struct l2tp_tunnel *t)
{
	struct l2tp_session *s;

	TAILQ_FOREACH(s, &t->sessions, entry)
	if (s->st.state == SESSION_WAIT_TUNNEL)
		open_call(s);
}

static void tell_up(struct l2tp_session *s)
{
	const struct l2tp_setup *setup = &s->tunnel->l2tp->setup;

	setup->ops->session_up(setup->owner, s);
}

static void enter_established(struct l2tp_session *s)
{
	set_state(s, SESSION_ESTABLISHED);
	timer_cancel(timers_of(s), &s->setup);
}

static void established(struct l2tp_session *s)
{
	enter_established(s);
	tell_up(s);
}

/*
 * We have said that it is, by what was queued last. That may have to wait for the peer's window, and
 * data that overtakes it belongs to no session there and is lost, so the owner is to wait too.
 */
static void announced(struct l2tp_session *s)
{
	struct l2tp_tunnel *t = s->tunnel;

	s->announced_by = (uint16_t)(t->st.channel.ns - 1);
	if (channel_has_sent(&t->channel, s->announced_by)) {
		established(s);
		return;
	}
	enter_established(s);
	s->held = true;
	TAILQ_INSERT_TAIL(&t->held, s, held_entry);
}

void session_tell_announced(struct l2tp_tunnel *t)
{
	struct l2tp_session *s;

	/* In the order of their messages. The owner may end any of them within. */
	while ((s = TAILQ_FIRST(&t->held)) && channel_has_sent(&t->channel, s->announced_by)) {
		TAILQ_REMOVE(&t->held, s, held_entry);
		s->held = false;
		tell_up(s);
	}
}

/* With the caller's secrets, which are kept no longer than the owner needs to look at them. */
static void established_with(struct l2tp_session *s, const struct l2tp_message *m)
{
	struct l2tp_proxy *proxy = call_info_proxy(m);

	struct l2tp_tunnel *t = s->tunnel;
	uint16_t id = s->st.id;

	s->st.call.proxy = proxy;
	established(s);
	/* The owner may have ended it within. */
	s = l2tp_session_by_id(t, id);
	if (s)
		s->st.call.proxy = NULL;
	call_info_proxy_free(proxy);
}

static void on_unexpected(struct l2tp_session *s, const struct l2tp_message *m)
{
	char text[64];

	snprintf(text, sizeof(text), "%s in state %s", l2tp_message_name(m->type),
		 session_state_names[s->st.state]);
	end_with(s, L2TP_CDN_ERROR, L2TP_ERROR_VALUE, text);
}

static void on_icrp(struct l2tp_session *s, const struct l2tp_message *m)
{
	(void)m;
	send_iccn(s);
	forget_proxy(s);
	announced(s);
}

static void on_connected(struct l2tp_session *s, const struct l2tp_message *m)
{
	call_info_of_connected(&s->st.call, m);
	established_with(s, m);
}

static void on_ocrp(struct l2tp_session *s, const struct l2tp_message *m)
{
	if (l2tp_has(m, AVP_PHYSICAL_CHANNEL_ID))
		s->st.call.physical_channel = l2tp_get_u32(m, AVP_PHYSICAL_CHANNEL_ID);
	set_state(s, SESSION_OUT_WAIT_CONNECT);
	wait_for_peer(s);
}

static void on_cdn(struct l2tp_session *s, const struct l2tp_message *m)
{
	struct l2tp_end end = l2tp_end_received(m);

	session_end(s, &end, false);
}

/* "Clean up" without a CDN. */
static void on_stray_iccn(struct l2tp_session *s, const struct l2tp_message *m)
{
	struct l2tp_end end = l2tp_end_of(L2TP_CDN_ERROR, L2TP_ERROR_VALUE, "ICCN from an LNS");

	(void)m;
	session_end(s, &end, false);
}

/* WEN and SLI tell of a serial line. Neither changes a state, whenever it comes. */
static void on_notice(struct l2tp_session *s, const struct l2tp_message *m)
{
	const struct l2tp_setup *setup = &s->tunnel->l2tp->setup;

	call_info_notice(&s->st.call, m, s->log, s->st.id);
	if (setup->ops->session_notice)
		setup->ops->session_notice(setup->owner, s,
					   m->type == L2TP_WEN ? L2TP_NOTICE_ERRORS
							       : L2TP_NOTICE_ACCM);
}

typedef void action(struct l2tp_session *s, const struct l2tp_message *m);

#define AT_ANY_TIME [L2TP_CDN] = on_cdn, [L2TP_WEN] = on_notice, [L2TP_SLI] = on_notice

/* RFC 2661 7.4.1, 7.4.2, 7.5.1 and 7.5.2. What is not here is on_unexpected(). */
static action *const table[SESSION_STATES][L2TP_MESSAGE_TYPES] = {
	[SESSION_WAIT_REPLY] = {[L2TP_ICRP] = on_icrp, [L2TP_ICCN] = on_stray_iccn, AT_ANY_TIME},
	[SESSION_WAIT_POLICY] = {AT_ANY_TIME},
	[SESSION_WAIT_CONNECT] = {[L2TP_ICCN] = on_connected, AT_ANY_TIME},
	[SESSION_OUT_WAIT_REPLY] = {[L2TP_OCRP] = on_ocrp, AT_ANY_TIME},
	[SESSION_OUT_WAIT_CONNECT] = {[L2TP_OCCN] = on_connected, AT_ANY_TIME},
	[SESSION_WAIT_CS_ANSWER] = {AT_ANY_TIME},
	[SESSION_ESTABLISHED] = {AT_ANY_TIME},
};

static void refuse(struct l2tp_tunnel *t, const struct l2tp_message *m, uint16_t result,
		   uint16_t error, const char *text)
{
	struct l2tp_end end = l2tp_end_of(result, error, text);
	uint16_t id = m->header.session_id;

	send_cdn(t, id ? id : l2tp_free_id(t->l2tp, &t->sessions_by_id),
		 l2tp_get_u16(m, AVP_ASSIGNED_SESSION_ID), &end);
}

static void requested(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	const struct l2tp_setup *setup = &t->l2tp->setup;
	uint32_t limit = setup->limits.sessions_per_tunnel;
	struct l2tp_session *s;

	if (limit && t->sessions_by_id.count >= limit) {
		t->l2tp->rejected.sessions_per_tunnel++;
		refuse(t, m, L2TP_CDN_NO_FACILITY_TEMPORARY, 0, "too many sessions in this tunnel");
		return;
	}
	s = session_new(t, SESSION_WAIT_POLICY);
	if (!s) {
		refuse(t, m, L2TP_CDN_ERROR, L2TP_ERROR_RESOURCES, NULL);
		return;
	}
	s->st.peer_id = l2tp_get_u16(m, AVP_ASSIGNED_SESSION_ID);
	if (m->problem.error) {
		end_with(s, L2TP_CDN_ERROR, m->problem.error, m->problem.text);
		return;
	}
	call_info_of_request(&s->st.call, m);
	log_debug(s->log, "session %u/%u: idle -> %s", t->st.id, s->st.id,
		  session_state_names[s->st.state]);
	s->told = true;
	timer_set(timers_of(s), &s->setup, L2TP_SETUP_LIMIT);
	setup->ops->session_request(setup->owner, s);
}

/*
 * RFC 2661 7.4, "idle": messages of a session that is not there. A peer that asks on and on and
 * takes no answer gets no more of them: they would all have to be kept.
 */
static void no_session(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	if (channel_queued(&t->channel) >= ANSWERS_MAX) {
		log_debug(t->log, "tunnel %u: %s ignored: %u messages wait for the peer", t->st.id,
			  l2tp_message_name(m->type), channel_queued(&t->channel));
	} else if (m->type == L2TP_ICRQ || m->type == L2TP_OCRQ) {
		if (!l2tp_has(m, AVP_ASSIGNED_SESSION_ID)) {
			/* There is no name by which the peer could be told of its call's end. */
			l2tp_tunnel_close(t, L2TP_STOP_ERROR, L2TP_ERROR_VALUE,
					  "call without an Assigned Session ID");
		} else {
			requested(t, m);
		}
	} else if ((m->type == L2TP_ICRP || m->type == L2TP_OCRP) &&
		   l2tp_has(m, AVP_ASSIGNED_SESSION_ID)) {
		refuse(t, m, L2TP_CDN_ERROR, L2TP_ERROR_SESSION_ID, NULL);
	} else {
		log_debug(t->log, "tunnel %u: %s for session %u ignored: no such session", t->st.id,
			  l2tp_message_name(m->type), m->header.session_id);
	}
}

static struct l2tp_session *find(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	uint16_t peer_id = l2tp_get_u16(m, AVP_ASSIGNED_SESSION_ID);
	struct l2tp_session *s;

	if (m->header.session_id)
		return l2tp_session_by_id(t, m->header.session_id);
	/* CDN of a peer that does not know our id, RFC 2661 4.4.4. */
	if (m->type != L2TP_CDN || !peer_id)
		return NULL;
	TAILQ_FOREACH(s, &t->sessions, entry)
	if (s->st.peer_id == peer_id)
		return s;
	return NULL;
}

void session_input(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	struct l2tp_session *s = find(t, m);
	action *act;

	if (!s) {
		no_session(t, m);
		return;
	}
	if (!s->st.peer_id)
		s->st.peer_id = l2tp_get_u16(m, AVP_ASSIGNED_SESSION_ID);
	if (m->problem.error && m->type != L2TP_CDN) {
		end_with(s, L2TP_CDN_ERROR, m->problem.error, m->problem.text);
		return;
	}
	act = table[s->st.state][m->type];
	(act ? act : on_unexpected)(s, m);
}

struct l2tp_session *l2tp_session_dial(struct l2tp_tunnel *t, const struct l2tp_call_info *call,
				       const struct logger *log, void *user)
{
	struct l2tp_session *s;

	if (t->st.state == TUNNEL_STOPPED)
		return NULL;
	s = session_new(t, SESSION_WAIT_TUNNEL);
	if (!s)
		return NULL;
	s->proxy = call_info_proxy_copy(call->proxy);
	if (call->proxy && !s->proxy) {
		session_free(s);
		return NULL;
	}
	s->log = log;
	s->user = user;
	s->told = true;
	s->st.call = *call;
	s->st.call.accm_send = s->st.call.accm_receive = UINT32_MAX;
	s->st.call.proxy = NULL;
	if (!call->serial)
		s->st.call.serial = t->l2tp->serial++;
	if (!call->framing_type)
		s->st.call.framing_type = L2TP_FRAMING_SYNC;
	if (t->st.state != TUNNEL_ESTABLISHED)
		return s;
	if (no_call(t, &s->st.call)) {
		session_free(s);
		return NULL;
	}
	open_call(s);
	return s;
}

void l2tp_session_accept(struct l2tp_session *s, const struct logger *log, void *user)
{
	if (s->st.state != SESSION_WAIT_POLICY)
		return;
	s->log = log;
	s->user = user;
	if (s->st.call.type == L2TP_CALL_OUTGOING) {
		/* How long it may ring is the owner's affair. */
		timer_cancel(timers_of(s), &s->setup);
		set_state(s, SESSION_WAIT_CS_ANSWER);
		send_ocrp(s);
		return;
	}
	set_state(s, SESSION_WAIT_CONNECT);
	wait_for_peer(s);
	send_icrp(s);
}

void l2tp_session_answered(struct l2tp_session *s, const struct l2tp_call_info *line)
{
	struct l2tp_call_info *call = &s->st.call;

	if (s->st.state != SESSION_WAIT_CS_ANSWER)
		return;
	call->tx_speed = line->tx_speed;
	call->rx_speed = line->rx_speed ? line->rx_speed : line->tx_speed;
	if (line->framing_type)
		call->framing_type = line->framing_type;
	call->sequencing_required = line->sequencing_required;
	send_occn(s);
	announced(s);
}

void l2tp_session_close(struct l2tp_session *s, uint16_t result, uint16_t error, const char *text)
{
	end_with(s, result, error, text);
}

void l2tp_session_close_as(struct l2tp_session *s, const struct l2tp_end *why)
{
	struct l2tp_end end = l2tp_end_of(why->result, why->error, why->text);

	end.q931 = why->q931;
	end.ppp = why->ppp;
	session_end(s, &end, true);
}

void l2tp_session_notify(struct l2tp_session *s, enum l2tp_notice notice,
			 const struct l2tp_call_info *from)
{
	if (s->st.state == SESSION_ESTABLISHED)
		send_notice(s, notice, from);
}
