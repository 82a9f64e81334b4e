// SPDX-License-Identifier: GPL-2.0-only
/* An automaton whose protocol is a mock, see ppp_automaton.h. */
#include "ppp_automaton.h"

#include <stdio.h>
#include <string.h>

static void did(struct fsm *f, const char *what)
{
	struct automaton *a = f->owner;

	size_t len = strlen(a->did);

	snprintf(a->did + len, sizeof(a->did) - len, "%s%s", len ? "," : "", what);
}

static void mock_send(struct fsm *f, uint8_t code, uint8_t id, const void *data, size_t len)
{
	static const char *const actions[] = {"", "scr", "sca", "scn", "scn", "str", "sta", "scj"};
	struct automaton *a = f->owner;

	a->last_code = code;
	a->last_id = id;
	a->last_len = len < sizeof(a->last) ? len : sizeof(a->last);
	if (len)
		memcpy(a->last, data, a->last_len);
	a->requests += code == PPP_CONFIGURE_REQUEST;
	a->terminates += code == PPP_TERMINATE_REQUEST;
	did(f, actions[code]);
}

static void mock_timeout(void *fsm)
{
	fsm_timeout(fsm);
}

static void mock_reset(struct fsm *f)
{
	((struct automaton *)f->owner)->resets++;
}

static void mock_request(struct fsm *f, struct wbuf *b)
{
	ppp_option_put(b, OUR_OPTION, &((struct automaton *)f->owner)->our_value, 1);
}

static void mock_take(struct fsm *f, const struct ppp_option *o)
{
	if (o->type == OUR_OPTION && o->len == 1)
		((struct automaton *)f->owner)->our_value = o->data[0];
}

static void mock_judge_begin(struct fsm *f)
{
	(void)f;
}

static enum fsm_verdict mock_judge(struct fsm *f, const struct ppp_option *o, struct wbuf *nak)
{
	(void)f;
	switch (o->type) {
	case OPTION_GOOD:
		return FSM_ACK;
	case OPTION_NAK:
	case OPTION_ASK:
		ppp_option_put_u16(nak, o->type, 0xabcd);
		return o->type == OPTION_NAK ? FSM_NAK : FSM_OFFER;
	default:
		return FSM_REJ;
	}
}

static void mock_up(struct fsm *f)
{
	did(f, "tlu");
}

static void mock_down(struct fsm *f)
{
	did(f, "tld");
}

static void mock_finished(struct fsm *f)
{
	did(f, "tlf");
}

static bool mock_extra(struct fsm *f, const struct ppp_packet *pk, enum fsm_event *event)
{
	(void)f;
	*event = FSM_RXR;
	return pk->code == PPP_ECHO_REQUEST;
}

static void mock_ser(struct fsm *f, const struct ppp_packet *pk)
{
	(void)pk;
	did(f, "ser");
}

static void mock_terminated(struct fsm *f, const uint8_t *text, size_t len)
{
	(void)f;
	(void)text;
	(void)len;
}

static void mock_code_rejected(struct fsm *f, uint8_t code)
{
	(void)f;
	(void)code;
}

static void mock_stuck(struct fsm *f, bool by_peer)
{
	struct automaton *a = f->owner;

	a->stuck_ours += by_peer;
	a->stuck_theirs += !by_peer;
}

static const char *mock_reason(struct fsm *f)
{
	(void)f;
	return "because";
}

static const struct fsm_ops mock = {
	.name = "TEST",
	.protocol = PPP_PROTO_LCP,
	.timeout = mock_timeout,
	.send = mock_send,
	.reset = mock_reset,
	.request = mock_request,
	.take_nak = mock_take,
	.take_reject = mock_take,
	.judge_begin = mock_judge_begin,
	.judge = mock_judge,
	.up = mock_up,
	.down = mock_down,
	.finished = mock_finished,
	.extra = mock_extra,
	.echo_reply = mock_ser,
	.terminated = mock_terminated,
	.code_rejected = mock_code_rejected,
	.stuck = mock_stuck,
	.reason = mock_reason,
};

void automaton_start(struct automaton *a)
{
	memset(a, 0, sizeof(*a));
	timers_init(&a->timers, 0);
	fsm_init(&a->fsm, &mock, a, &a->timers, NULL, &fsm_counters);
}

void automaton_forget(struct automaton *a)
{
	a->did[0] = '\0';
	a->requests = a->terminates = 0;
}

void automaton_input(struct automaton *a, uint8_t code, uint8_t id, const uint8_t *data, size_t len)
{
	uint8_t packet[256] = {code, id, 0, (uint8_t)(len + 4)};
	struct ppp_packet pk;

	if (len)
		memcpy(packet + 4, data, len);
	assert_int_equal(ppp_packet_parse(packet, len + 4, &pk), 0);
	fsm_input(&a->fsm, &pk);
}

void automaton_request(struct automaton *a, uint8_t option)
{
	const uint8_t o[] = {option, 4, 0, 0};

	automaton_input(a, PPP_CONFIGURE_REQUEST, 77, o, sizeof(o));
}

void automaton_ack(struct automaton *a)
{
	const uint8_t o[] = {OUR_OPTION, 3, a->our_value};

	automaton_input(a, PPP_CONFIGURE_ACK, a->fsm.request_id, o, sizeof(o));
}

void automaton_nak(struct automaton *a, uint8_t value)
{
	const uint8_t o[] = {OUR_OPTION, 3, value};

	automaton_input(a, PPP_CONFIGURE_NAK, a->fsm.request_id, o, sizeof(o));
}

void automaton_reach(struct automaton *a, unsigned state)
{
	struct fsm *f = &a->fsm;

	automaton_start(a);
	if (state == FSM_STARTING || state > FSM_CLOSED)
		fsm_open(f);
	if (state >= FSM_CLOSED)
		fsm_up(f);
	switch (state) {
	case FSM_STOPPED: /* no answer */
		while (f->state == FSM_REQ_SENT)
			timers_run(&a->timers, timers_next(&a->timers));
		break;
	case FSM_CLOSING:
		fsm_close(f);
		break;
	case FSM_STOPPING:
		fsm_close(f);
		fsm_open(f);
		break;
	case FSM_ACK_RCVD:
		automaton_ack(a);
		break;
	case FSM_ACK_SENT:
		automaton_request(a, OPTION_GOOD);
		break;
	case FSM_OPENED:
		automaton_request(a, OPTION_GOOD);
		automaton_ack(a);
		break;
	}
	/* So that no cell is tried with leftovers: an answer is always awaited, and counters are
	 * neither full nor 0. */
	f->waiting = true;
	f->counter = 1;
	automaton_forget(a);
	assert_int_equal(f->state, state);
}
