// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls, incoming (RFC 2661 7.4) and outgoing (7.5), in both roles: how they begin, come up and end, and what the owner asks of
 * them. What the peer's messages do is in session_input.c.
 */
#include "l2tp/internal.h"

#include <stdlib.h>

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

void session_set_state(struct l2tp_session *s, enum session_state state)
{
	log_debug(s->log, "session %u/%u: %s -> %s", s->tunnel->st.id, s->st.id,
		  session_state_names[s->st.state], session_state_names[state]);
	s->st.state = state;
}

static struct timers *timers_of(const struct l2tp_session *s)
{
	return s->tunnel->l2tp->setup.timers;
}

void session_forget_proxy(struct l2tp_session *s)
{
	call_info_proxy_free(s->proxy);
	s->proxy = NULL;
}

static void unlink_session(struct l2tp_session *s)
{
	session_forget_proxy(s);
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
	session_set_state(s, SESSION_ENDED);
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

void session_end_with(struct l2tp_session *s, uint16_t result, uint16_t error, const char *text)
{
	struct l2tp_end end = l2tp_end_of(result, error, text);

	session_end(s, &end, true);
}

void session_wait_for_peer(struct l2tp_session *s)
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
		session_end_with(s, L2TP_CDN_NO_FACILITY_TEMPORARY, 0,
				 "nobody decided on it in time");
		return;
	}
	if (s->st.state == SESSION_WAIT_TUNNEL) {
		session_end_with(s, L2TP_CDN_NO_FACILITY_PERMANENT, 0,
				 no_call(s->tunnel, &s->st.call));
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

struct l2tp_session *session_new(struct l2tp_tunnel *t, enum session_state state)
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
	session_set_state(s, outgoing ? SESSION_OUT_WAIT_REPLY : SESSION_WAIT_REPLY);
	session_wait_for_peer(s);
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
	session_set_state(s, SESSION_ESTABLISHED);
	timer_cancel(timers_of(s), &s->setup);
}

void session_established(struct l2tp_session *s)
{
	enter_established(s);
	tell_up(s);
}

/*
 * We have said that it is, by what was queued last. That may have to wait for the peer's window, and
 * data that overtakes it belongs to no session there and is lost, so the owner is to wait too.
 */
void session_announced(struct l2tp_session *s)
{
	struct l2tp_tunnel *t = s->tunnel;

	s->announced_by = (uint16_t)(t->st.channel.ns - 1);
	if (channel_has_sent(&t->channel, s->announced_by)) {
		session_established(s);
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
		session_set_state(s, SESSION_WAIT_CS_ANSWER);
		send_ocrp(s);
		return;
	}
	session_set_state(s, SESSION_WAIT_CONNECT);
	session_wait_for_peer(s);
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
	session_announced(s);
}

void l2tp_session_close(struct l2tp_session *s, uint16_t result, uint16_t error, const char *text)
{
	session_end_with(s, result, error, text);
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
