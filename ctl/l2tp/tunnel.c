// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control connections (RFC 2661 7.2): how they are dialled, accepted and ended, HELLO, and their timers. What the peer's messages
 * do is in tunnel_input.c.
 */
#include "l2tp/internal.h"

#include <stdio.h>
#include <stdlib.h>

#define TIE_LOST "the peer dials at the same time and wins"

const char *const tunnel_state_names[TUNNEL_STATES] = {
	[TUNNEL_WAIT_POLICY] = "wait-policy",
	[TUNNEL_WAIT_CTL_REPLY] = "wait-ctl-reply",
	[TUNNEL_WAIT_CTL_CONN] = "wait-ctl-conn",
	[TUNNEL_ESTABLISHED] = "established",
	[TUNNEL_STOPPED] = "stopped",
};

void tunnel_set_state(struct l2tp_tunnel *t, enum tunnel_state state)
{
	log_debug(t->log, "tunnel %u: %s -> %s", t->st.id, tunnel_state_names[t->st.state],
		  tunnel_state_names[state]);
	tunnel_enter(t, state);
}

void tunnel_end_with(struct l2tp_tunnel *t, uint16_t result, uint16_t error, const char *text)
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
	tunnel_set_state(t, TUNNEL_STOPPED);
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

void tunnel_hello_due(struct l2tp_tunnel *t, uint64_t silence)
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
	tunnel_hello_due(t, 0);
}

static void alive_due(void *arg)
{
	struct l2tp_tunnel *t = arg;
	struct l2tp_end end = l2tp_end_of(L2TP_STOP_CLEAR, 0, "tunnel was not established in time");

	if (t->st.state == TUNNEL_ESTABLISHED) {
		tunnel_hello_due(t, l2tp_now(t->l2tp) - t->heard);
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
	tunnel_set_state(t, TUNNEL_WAIT_CTL_CONN);
	timer_set(t->l2tp->setup.timers, &t->alive, L2TP_SETUP_LIMIT);
	if (l2tp_message_parse(&m, t->request, t->request_len, t->params.secret))
		return;
	if (tie_with(t->l2tp, &t->st.path, &m, 0, &rival) == TIE_THEIRS) {
		rival->lost = true;
		timer_set(t->l2tp->setup.timers, &rival->linger, 0);
	}
	tunnel_note_ignored(t, &m);
	tunnel_learn_peer(t, &m);
	if (m.problem.error)
		tunnel_end_later(t, L2TP_STOP_ERROR, m.problem.error, m.problem.text);
	else
		send_sccrp(t, &m.avp[AVP_CHALLENGE]);
	free(t->request);
	t->request = NULL;
}

void l2tp_tunnel_reject(struct l2tp_tunnel *t, uint16_t result, uint16_t error, const char *text)
{
	tunnel_end_with(t, result, error, text);
}

void l2tp_tunnel_close(struct l2tp_tunnel *t, uint16_t result, uint16_t error, const char *text)
{
	tunnel_end_with(t, result, error, text);
}
