// SPDX-License-Identifier: GPL-2.0-only
/*
 * The automaton against RFC 1661 4.1: the RFC's table stands below as it is printed there, and each of its
 * 160 cells is tried with real packets, timeouts and commands; the actions are what the automaton then did.
 * After it what the table does not say: restart counters, identifiers, Max-Failure, packets to be discarded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "ppp/fsm.h"

/* Columns: Initial Starting Closed Stopped Closing Stopping Req-Sent Ack-Rcvd Ack-Sent Opened */
static const struct {
	enum fsm_event event;
	const char *cells[FSM_STATES];
} rfc[] = {
	/* clang-format off */
	{FSM_UP,	{"2", "irc,scr/6", "-", "-", "-", "-", "-", "-", "-", "-"}},
	{FSM_DOWN,	{"-", "-", "0", "tls/1", "0", "1", "1", "1", "1", "tld/1"}},
	{FSM_OPEN,	{"tls/1", "1", "irc,scr/6", "3", "5", "5", "6", "7", "8", "9"}},
	{FSM_CLOSE,	{"0", "tlf/0", "2", "2", "4", "4", "irc,str/4", "irc,str/4", "irc,str/4", "tld,irc,str/4"}},
	{FSM_TO_PLUS,	{"-", "-", "-", "-", "str/4", "str/5", "scr/6", "scr/6", "scr/8", "-"}},
	{FSM_TO_MINUS,	{"-", "-", "-", "-", "tlf/2", "tlf/3", "tlf/3", "tlf/3", "tlf/3", "-"}},
	{FSM_RCR_PLUS,	{"-", "-", "sta/2", "irc,scr,sca/8", "4", "5", "sca/8", "sca,tlu/9", "sca/8", "tld,scr,sca/8"}},
	{FSM_RCR_MINUS,	{"-", "-", "sta/2", "irc,scr,scn/6", "4", "5", "scn/6", "scn/7", "scn/6", "tld,scr,scn/6"}},
	{FSM_RCA,	{"-", "-", "sta/2", "sta/3", "4", "5", "irc/7", "scr/6", "irc,tlu/9", "tld,scr/6"}},
	{FSM_RCN,	{"-", "-", "sta/2", "sta/3", "4", "5", "irc,scr/6", "scr/6", "irc,scr/8", "tld,scr/6"}},
	{FSM_RTR,	{"-", "-", "sta/2", "sta/3", "sta/4", "sta/5", "sta/6", "sta/6", "sta/6", "tld,zrc,sta/5"}},
	{FSM_RTA,	{"-", "-", "2", "3", "tlf/2", "tlf/3", "6", "6", "8", "tld,scr/6"}},
	{FSM_RUC,	{"-", "-", "scj/2", "scj/3", "scj/4", "scj/5", "scj/6", "scj/7", "scj/8", "scj/9"}},
	{FSM_RXJ_PLUS,	{"-", "-", "2", "3", "4", "5", "6", "6", "8", "9"}},
	{FSM_RXJ_MINUS,	{"-", "-", "tlf/2", "tlf/3", "tlf/2", "tlf/3", "tlf/3", "tlf/3", "tlf/3", "tld,irc,str/5"}},
	{FSM_RXR,	{"-", "-", "2", "3", "4", "5", "6", "7", "8", "ser/9"}},
	/* clang-format on */
};

#define OPTION_GOOD 1
#define OPTION_NAK  2
#define OPTION_REJ  3
#define OPTION_ASK  4 /* FSM_OFFER */
#define OUR_OPTION  9

struct automaton {
	struct timers timers;
	struct fsm fsm;
	char did[64]; /* actions in the RFC's words, but for irc and zrc */
	unsigned requests, terminates, stuck_ours, stuck_theirs, resets;
	uint8_t last_code, last_id, last[64];
	size_t last_len;
	uint8_t our_value;
};

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

static void start(struct automaton *a)
{
	memset(a, 0, sizeof(*a));
	timers_init(&a->timers, 0);
	fsm_init(&a->fsm, &mock, a, &a->timers, NULL, 0, 0);
}

static void forget(struct automaton *a)
{
	a->did[0] = '\0';
	a->requests = a->terminates = 0;
}

static void input(struct automaton *a, uint8_t code, uint8_t id, const uint8_t *data, size_t len)
{
	uint8_t packet[256] = {code, id, 0, (uint8_t)(len + 4)};
	struct ppp_packet pk;

	if (len)
		memcpy(packet + 4, data, len);
	assert_int_equal(ppp_packet_parse(packet, len + 4, &pk), 0);
	fsm_input(&a->fsm, &pk);
}

static void request(struct automaton *a, uint8_t option)
{
	const uint8_t o[] = {option, 4, 0, 0};

	input(a, PPP_CONFIGURE_REQUEST, 77, o, sizeof(o));
}

static void ack(struct automaton *a)
{
	const uint8_t o[] = {OUR_OPTION, 3, a->our_value};

	input(a, PPP_CONFIGURE_ACK, a->fsm.request_id, o, sizeof(o));
}

static void nak(struct automaton *a, uint8_t value)
{
	const uint8_t o[] = {OUR_OPTION, 3, value};

	input(a, PPP_CONFIGURE_NAK, a->fsm.request_id, o, sizeof(o));
}

/* Into a state by a way that the RFC gives. */
static void reach(struct automaton *a, unsigned state)
{
	struct fsm *f = &a->fsm;

	start(a);
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
		ack(a);
		break;
	case FSM_ACK_SENT:
		request(a, OPTION_GOOD);
		break;
	case FSM_OPENED:
		request(a, OPTION_GOOD);
		ack(a);
		break;
	}
	/* So that no cell is tried with leftovers: an answer is always awaited, and counters are neither full nor 0. */
	f->waiting = true;
	f->counter = 1;
	forget(a);
	assert_int_equal(f->state, state);
}

static void cause(struct automaton *a, enum fsm_event event)
{
	static const uint8_t fatal = PPP_CONFIGURE_REQUEST, harmless = 12;
	struct fsm *f = &a->fsm;

	switch (event) {
	case FSM_UP:
		fsm_up(f);
		break;
	case FSM_DOWN:
		fsm_down(f);
		break;
	case FSM_OPEN:
		fsm_open(f);
		break;
	case FSM_CLOSE:
		fsm_close(f);
		break;
	case FSM_TO_PLUS:
	case FSM_TO_MINUS:
		f->counter = event == FSM_TO_PLUS;
		timers_run(&a->timers, timers_next(&a->timers) == UINT64_MAX
					       ? a->timers.now + 100000
					       : timers_next(&a->timers));
		break;
	case FSM_RCR_PLUS:
		request(a, OPTION_GOOD);
		break;
	case FSM_RCR_MINUS:
		request(a, OPTION_NAK);
		break;
	case FSM_RCA:
		ack(a);
		break;
	case FSM_RCN:
		nak(a, 5);
		break;
	case FSM_RTR:
		input(a, PPP_TERMINATE_REQUEST, 78, NULL, 0);
		break;
	case FSM_RTA:
		input(a, PPP_TERMINATE_ACK, 79, NULL, 0);
		break;
	case FSM_RUC:
		input(a, 200, 80, NULL, 0);
		break;
	case FSM_RXJ_PLUS:
		input(a, PPP_CODE_REJECT, 81, &harmless, 1);
		break;
	case FSM_RXJ_MINUS:
		input(a, PPP_CODE_REJECT, 82, &fatal, 1);
		break;
	default:
		input(a, PPP_ECHO_REQUEST, 83, NULL, 0);
	}
}

static bool listed(const char *actions, const char *one)
{
	return strstr(actions, one) != NULL;
}

static void check_cell(unsigned row, unsigned state)
{
	static const char *const sent[] = {"tlu", "tld", "tlf", "scr", "sca",
					   "scn", "str", "sta", "scj", "ser"};
	const char *cell = rfc[row].cells[state], *slash = strrchr(cell, '/');
	unsigned next = state;
	struct automaton a;
	char where[64];

	snprintf(where, sizeof(where), "event %u in %s: %s", row, fsm_state_name(state), cell);
	if (*cell != '-')
		next = (unsigned)((slash ? slash[1] : cell[0]) - '0');
	reach(&a, state);
	cause(&a, rfc[row].event);
	if (a.fsm.state != next)
		fail_msg("%s: led to %s", where, fsm_state_name(a.fsm.state));
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++)
		if (listed(slash ? cell : "", sent[i]) != listed(a.did, sent[i]))
			fail_msg("%s: did %s", where, a.did);
	if (listed(cell, "irc")) {
		unsigned full = listed(cell, "str") ? FSM_MAX_TERMINATE : FSM_MAX_CONFIGURE;

		if (a.fsm.counter != full - a.requests - a.terminates)
			fail_msg("%s: counter %u", where, a.fsm.counter);
	} else if (listed(cell, "zrc")) {
		assert_int_equal(a.fsm.counter, 0);
	} else if (rfc[row].event > FSM_TO_MINUS && a.fsm.counter > 1) {
		fail_msg("%s: counter %u without irc", where, a.fsm.counter);
	}
	/* RFC 1661 4.1: the timer runs in the states that have timeouts, and in no others. */
	if (timer_is_set(&a.fsm.timer) != (next >= FSM_CLOSING && next <= FSM_ACK_SENT))
		fail_msg("%s: timer", where);
	timers_free(&a.timers);
}

static void table(void **state)
{
	(void)state;
	for (unsigned row = 0; row < FSM_EVENTS; row++) {
		assert_int_equal(rfc[row].event, row);
		for (unsigned s = 0; s < FSM_STATES; s++)
			check_cell(row, s);
	}
}

static void retransmission(void **state)
{
	struct automaton a;

	(void)state;
	start(&a);
	fsm_open(&a.fsm);
	fsm_up(&a.fsm);
	assert_int_equal(timers_next(&a.timers), 3000);
	for (uint64_t t = 3000; t < 30000; t += 3000)
		timers_run(&a.timers, t);
	timers_run(&a.timers, 29999);
	assert_int_equal(a.fsm.state, FSM_REQ_SENT);
	assert_int_equal(a.requests, 10); /* Max-Configure */
	timers_run(&a.timers, 30000);
	assert_int_equal(a.requests, 10);
	assert_int_equal(a.fsm.state, FSM_STOPPED);
	timers_free(&a.timers);

	reach(&a, FSM_OPENED);
	fsm_close(&a.fsm);
	while (a.fsm.state == FSM_CLOSING)
		timers_run(&a.timers, timers_next(&a.timers));
	assert_int_equal(a.terminates, 2); /* Max-Terminate */
	assert_memory_equal(a.last, "because", 7);
	timers_free(&a.timers);
}

/* RFC 1661 5.2 to 5.4: what is no answer to our last request changes nothing. */
static void wrong_answers(void **state)
{
	static const uint8_t other[] = {OUR_OPTION, 3, 1},
			     more[] = {OUR_OPTION, 3, 0, OUR_OPTION, 3, 0}, foreign[] = {8, 2},
			     broken[] = {OUR_OPTION, 9, 0};
	const uint8_t right[] = {OUR_OPTION, 3, 0};
	struct automaton a;
	uint8_t id;

	(void)state;
	reach(&a, FSM_REQ_SENT);
	id = a.fsm.request_id;
	input(&a, PPP_CONFIGURE_ACK, id + 1, right, 3);
	input(&a, PPP_CONFIGURE_ACK, id, other, sizeof(other));
	input(&a, PPP_CONFIGURE_ACK, id, more, sizeof(more));
	input(&a, PPP_CONFIGURE_ACK, id, NULL, 0);
	input(&a, PPP_CONFIGURE_NAK, id + 1, right, 3);
	input(&a, PPP_CONFIGURE_NAK, id, broken, sizeof(broken));
	input(&a, PPP_CONFIGURE_REJECT, id, foreign, sizeof(foreign));
	input(&a, PPP_CONFIGURE_REJECT, id, NULL, 0);
	input(&a, PPP_CONFIGURE_REQUEST, 1, broken, sizeof(broken));
	assert_int_equal(a.fsm.state, FSM_REQ_SENT);
	assert_string_equal(a.did, "");
	input(&a, PPP_CONFIGURE_ACK, id, right, 3);
	assert_int_equal(a.fsm.state, FSM_ACK_RCVD);
	input(&a, PPP_CONFIGURE_ACK, id, right, 3); /* doubled by the line */
	input(&a, PPP_CONFIGURE_NAK, id, right, 3);
	assert_int_equal(a.fsm.state, FSM_ACK_RCVD);
	timers_free(&a.timers);
}

static void nak_changes_request(void **state)
{
	struct automaton a;
	uint8_t id;

	(void)state;
	reach(&a, FSM_REQ_SENT);
	id = a.fsm.request_id;
	nak(&a, 42);
	assert_int_equal(a.last_code, PPP_CONFIGURE_REQUEST);
	assert_int_not_equal(a.last_id, id); /* RFC 1661 5.1 */
	assert_int_equal(a.last[2], 42);
	assert_int_equal(a.resets, 1); /* at the first request, not at this one */
	for (int i = 2; i < FSM_MAX_ROUNDS; i++)
		nak(&a, (uint8_t)i);
	assert_int_equal(a.stuck_ours, 0);
	nak(&a, 0);
	assert_int_equal(a.stuck_ours, 1);
	timers_free(&a.timers);
}

/* RFC 1661 4.6 Max-Failure: five Naks, then Rejects; and a peer that only asks is never rejected. */
static void max_failure(void **state)
{
	struct automaton a;

	(void)state;
	reach(&a, FSM_REQ_SENT);
	for (int i = 0; i < FSM_MAX_FAILURE; i++) {
		request(&a, OPTION_NAK);
		assert_int_equal(a.last_code, PPP_CONFIGURE_NAK);
		assert_int_equal(a.last_id, 77);
		assert_memory_equal(a.last, "\x02\x04\xab\xcd", 4);
	}
	request(&a, OPTION_NAK);
	assert_int_equal(a.last_code, PPP_CONFIGURE_REJECT);
	assert_memory_equal(a.last, "\x02\x04\x00\x00", 4);
	forget(&a);
	request(&a, OPTION_ASK);
	assert_int_equal(a.last_code, PPP_CONFIGURE_NAK);
	request(&a, OPTION_GOOD);
	assert_int_equal(a.last_code, PPP_CONFIGURE_ACK);
	request(&a, OPTION_NAK); /* patience is new after an Ack */
	assert_int_equal(a.last_code, PPP_CONFIGURE_NAK);
	assert_int_equal(a.stuck_theirs, 0);
	forget(&a);
	for (int i = 0; i < FSM_MAX_ROUNDS; i++) {
		forget(&a);
		request(&a, OPTION_REJ);
	}
	assert_int_equal(a.stuck_theirs, 2); /* at the 20th and 21st */
	timers_free(&a.timers);
}

static void reject_before_nak(void **state)
{
	static const uint8_t mixed[] = {OPTION_NAK, 2, OPTION_REJ, 3, 7, OPTION_GOOD, 2, 99, 2};
	struct automaton a;

	(void)state;
	reach(&a, FSM_REQ_SENT);
	input(&a, PPP_CONFIGURE_REQUEST, 5, mixed, sizeof(mixed));
	assert_int_equal(a.last_code, PPP_CONFIGURE_REJECT);
	assert_int_equal(a.last_id, 5);
	assert_int_equal(a.last_len, 5);
	assert_memory_equal(a.last, "\x03\x03\x07\x63\x02", 5);
	timers_free(&a.timers);
}

static void code_reject_quotes(void **state)
{
	struct automaton a;

	(void)state;
	reach(&a, FSM_OPENED);
	input(&a, 200, 33, (const uint8_t *)"xyz", 3);
	assert_int_equal(a.last_code, PPP_CODE_REJECT);
	assert_int_equal(a.last_len, 7);
	assert_memory_equal(a.last, "\xc8\x21\x00\x07xyz", 7);
	timers_free(&a.timers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(retransmission),
		cmocka_unit_test(wrong_answers),
		cmocka_unit_test(nak_changes_request),
		cmocka_unit_test(max_failure),
		cmocka_unit_test(reject_before_nak),
		cmocka_unit_test(code_reject_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
