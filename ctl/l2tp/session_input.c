// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the peer's messages do to calls. Incoming calls (RFC 2661 7.4): as the LAC we send ICRQ and ICCN, as the LNS we answer with ICRP.
 * Outgoing calls (RFC 2661 7.5): as the LNS we send OCRQ, as the LAC we answer with OCRP and OCCN.
 * The four state tables of the RFC are one here, as their states differ.
 */
#include "l2tp/internal.h"

#include <stdio.h>

#define ANSWERS_MAX 8192 /* messages that wait for the peer, when one more is not put behind them */

/* With the caller's secrets, which are kept no longer than the owner needs to look at them. */
static void established_with(struct l2tp_session *s, const struct l2tp_message *m)
{
	struct l2tp_proxy *proxy = call_info_proxy(m);

	struct l2tp_tunnel *t = s->tunnel;
	uint16_t id = s->st.id;

	s->st.call.proxy = proxy;
	session_established(s);
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
	session_end_with(s, L2TP_CDN_ERROR, L2TP_ERROR_VALUE, text);
}

static void on_icrp(struct l2tp_session *s, const struct l2tp_message *m)
{
	(void)m;
	send_iccn(s);
	session_forget_proxy(s);
	session_announced(s);
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
	session_set_state(s, SESSION_OUT_WAIT_CONNECT);
	session_wait_for_peer(s);
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
		session_end_with(s, L2TP_CDN_ERROR, m->problem.error, m->problem.text);
		return;
	}
	call_info_of_request(&s->st.call, m);
	log_debug(s->log, "session %u/%u: idle -> %s", t->st.id, s->st.id,
		  session_state_names[s->st.state]);
	s->told = true;
	timer_set(setup->timers, &s->setup, L2TP_SETUP_LIMIT);
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
		session_end_with(s, L2TP_CDN_ERROR, m->problem.error, m->problem.text);
		return;
	}
	act = table[s->st.state][m->type];
	(act ? act : on_unexpected)(s, m);
}
