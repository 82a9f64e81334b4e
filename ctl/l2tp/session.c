// SPDX-License-Identifier: GPL-2.0-only
/*
 * Incoming calls (RFC 2661 7.4): as the LAC we send ICRQ and ICCN, as the LNS we answer with ICRP. The two state tables of
 * the RFC are one here, as their states differ. Outgoing calls (RFC 2661 7.5) are refused.
 */
#include "l2tp/internal.h"

#include <stdio.h>
#include <stdlib.h>

const char *const session_state_names[SESSION_STATES] = {
	[SESSION_WAIT_TUNNEL] = "wait-tunnel", [SESSION_WAIT_REPLY] = "wait-reply",
	[SESSION_WAIT_POLICY] = "wait-policy", [SESSION_WAIT_CONNECT] = "wait-connect",
	[SESSION_ESTABLISHED] = "established", [SESSION_ENDED] = "idle",
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

static void unlink_session(struct l2tp_session *s)
{
	idmap_remove(&s->tunnel->sessions_by_id, &s->by_id);
	TAILQ_REMOVE(&s->tunnel->sessions, s, entry);
	timer_cancel(timers_of(s), &s->setup);
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
	/* While the peer's id is not known, our own in the AVP tells it which session (RFC 2661 4.4.4). */
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

/* Nothing is answered, but the tunnel lives: other calls' messages may stand in the queue before ours. */
static void setup_due(void *arg)
{
	struct l2tp_session *s = arg;
	uint64_t since = l2tp_now(s->tunnel->l2tp) - s->tunnel->progress;
	struct l2tp_end end =
		l2tp_end_of(L2TP_CDN_TIMEOUT, 0, "session was not established in time");

	if (since < L2TP_SETUP_LIMIT) {
		timer_set(timers_of(s), &s->setup, L2TP_SETUP_LIMIT - since);
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
	timer_init(&s->setup, setup_due, s);
	if (idmap_add(&t->sessions_by_id, &s->by_id, id)) {
		free(s);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&t->sessions, s, entry);
	return s;
}

static void open_call(struct l2tp_session *s)
{
	set_state(s, SESSION_WAIT_REPLY);
	timer_set(timers_of(s), &s->setup, L2TP_SETUP_LIMIT);
	send_icrq(s);
}

void session_tunnel_open(struct l2tp_tunnel *t)
{
	struct l2tp_session *s;

	TAILQ_FOREACH(s, &t->sessions, entry)
	if (s->st.state == SESSION_WAIT_TUNNEL)
		open_call(s);
}

static void established(struct l2tp_session *s)
{
	const struct l2tp_setup *setup = &s->tunnel->l2tp->setup;

	set_state(s, SESSION_ESTABLISHED);
	timer_cancel(timers_of(s), &s->setup);
	setup->ops->session_up(setup->owner, s);
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
	established(s);
}

static void on_iccn(struct l2tp_session *s, const struct l2tp_message *m)
{
	struct l2tp_call_info *call = &s->st.call;
	const struct l2tp_value *group = &m->avp[AVP_PRIVATE_GROUP_ID];

	call->tx_speed = l2tp_get_u32(m, AVP_TX_CONNECT_SPEED);
	/* Without an Rx Connect Speed, both ways are alike (RFC 2661 4.4.4). */
	call->rx_speed = l2tp_has(m, AVP_RX_CONNECT_SPEED) ? l2tp_get_u32(m, AVP_RX_CONNECT_SPEED)
							   : call->tx_speed;
	call->framing_type = l2tp_get_u32(m, AVP_FRAMING_TYPE);
	call->sequencing_required = l2tp_has(m, AVP_SEQUENCING_REQUIRED);
	if (l2tp_has(m, AVP_PRIVATE_GROUP_ID)) {
		call->private_group_len =
			group->len < L2TP_NUMBER_MAX ? (uint8_t)group->len : L2TP_NUMBER_MAX;
		memcpy(call->private_group, group->p, call->private_group_len);
	}
	established(s);
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

/* WEN and SLI tell of a serial line, which is not here. */
static void on_notice(struct l2tp_session *s, const struct l2tp_message *m)
{
	(void)s;
	(void)m;
}

typedef void action(struct l2tp_session *s, const struct l2tp_message *m);

/* RFC 2661 7.4.1 and 7.4.2. What is not here is on_unexpected(). */
static action *const table[SESSION_STATES][L2TP_MESSAGE_TYPES] = {
	[SESSION_WAIT_REPLY] =
		{
			[L2TP_ICRP] = on_icrp,
			[L2TP_ICCN] = on_stray_iccn,
			[L2TP_CDN] = on_cdn,
		},
	[SESSION_WAIT_POLICY] =
		{
			[L2TP_CDN] = on_cdn,
		},
	[SESSION_WAIT_CONNECT] =
		{
			[L2TP_ICCN] = on_iccn,
			[L2TP_CDN] = on_cdn,
		},
	[SESSION_ESTABLISHED] =
		{
			[L2TP_CDN] = on_cdn,
			[L2TP_WEN] = on_notice,
			[L2TP_SLI] = on_notice,
		},
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
	struct l2tp_session *s = session_new(t, SESSION_WAIT_POLICY);
	struct l2tp_call_info *call;

	if (!s) {
		refuse(t, m, L2TP_CDN_ERROR, L2TP_ERROR_RESOURCES, NULL);
		return;
	}
	s->st.peer_id = l2tp_get_u16(m, AVP_ASSIGNED_SESSION_ID);
	if (m->problem.error) {
		end_with(s, L2TP_CDN_ERROR, m->problem.error, m->problem.text);
		return;
	}
	call = &s->st.call;
	call->serial = l2tp_get_u32(m, AVP_CALL_SERIAL_NUMBER);
	call->bearer_type = l2tp_get_u32(m, AVP_BEARER_TYPE);
	call->physical_channel = l2tp_get_u32(m, AVP_PHYSICAL_CHANNEL_ID);
	l2tp_get_text(m, AVP_CALLING_NUMBER, call->calling, sizeof(call->calling));
	l2tp_get_text(m, AVP_CALLED_NUMBER, call->called, sizeof(call->called));
	l2tp_get_text(m, AVP_SUB_ADDRESS, call->sub_address, sizeof(call->sub_address));
	log_debug(s->log, "session %u/%u: idle -> %s", t->st.id, s->st.id,
		  session_state_names[s->st.state]);
	s->told = true;
	setup->ops->session_request(setup->owner, s);
}

/* RFC 2661 7.4, "idle": messages of a session that is not there. */
static void no_session(struct l2tp_tunnel *t, const struct l2tp_message *m)
{
	if (m->type == L2TP_ICRQ || m->type == L2TP_OCRQ) {
		if (!l2tp_has(m, AVP_ASSIGNED_SESSION_ID)) {
			/* There is no name by which the peer could be told of its call's end. */
			l2tp_tunnel_close(t, L2TP_STOP_ERROR, L2TP_ERROR_VALUE,
					  "call without an Assigned Session ID");
		} else if (m->type == L2TP_ICRQ) {
			requested(t, m);
		} else {
			refuse(t, m, L2TP_CDN_NO_FACILITY_PERMANENT, 0,
			       "outgoing calls are not supported");
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
	s->log = log;
	s->user = user;
	s->told = true;
	s->st.call = *call;
	if (!call->serial)
		s->st.call.serial = t->l2tp->serial++;
	if (!call->framing_type)
		s->st.call.framing_type = L2TP_FRAMING_SYNC;
	if (t->st.state == TUNNEL_ESTABLISHED)
		open_call(s);
	return s;
}

void l2tp_session_accept(struct l2tp_session *s, const struct logger *log, void *user)
{
	if (s->st.state != SESSION_WAIT_POLICY)
		return;
	s->log = log;
	s->user = user;
	set_state(s, SESSION_WAIT_CONNECT);
	timer_set(timers_of(s), &s->setup, L2TP_SETUP_LIMIT);
	send_icrp(s);
}

void l2tp_session_close(struct l2tp_session *s, uint16_t result, uint16_t error, const char *text)
{
	end_with(s, result, error, text);
}
