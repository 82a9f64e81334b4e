// SPDX-License-Identifier: GPL-2.0-only
/* What RFC 1661's state table does not say: restart counters, identifiers, Max-Failure, packets to
 * be discarded. */
#include "ppp_automaton.h"

#include <string.h>

static void retransmission(void **state)
{
	struct automaton a;

	(void)state;
	automaton_start(&a);
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

	automaton_reach(&a, FSM_OPENED);
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
	automaton_reach(&a, FSM_REQ_SENT);
	id = a.fsm.request_id;
	automaton_input(&a, PPP_CONFIGURE_ACK, id + 1, right, 3);
	automaton_input(&a, PPP_CONFIGURE_ACK, id, other, sizeof(other));
	automaton_input(&a, PPP_CONFIGURE_ACK, id, more, sizeof(more));
	automaton_input(&a, PPP_CONFIGURE_ACK, id, NULL, 0);
	automaton_input(&a, PPP_CONFIGURE_NAK, id + 1, right, 3);
	automaton_input(&a, PPP_CONFIGURE_NAK, id, broken, sizeof(broken));
	automaton_input(&a, PPP_CONFIGURE_REJECT, id, foreign, sizeof(foreign));
	automaton_input(&a, PPP_CONFIGURE_REJECT, id, NULL, 0);
	automaton_input(&a, PPP_CONFIGURE_REQUEST, 1, broken, sizeof(broken));
	assert_int_equal(a.fsm.state, FSM_REQ_SENT);
	assert_string_equal(a.did, "");
	automaton_input(&a, PPP_CONFIGURE_ACK, id, right, 3);
	assert_int_equal(a.fsm.state, FSM_ACK_RCVD);
	automaton_input(&a, PPP_CONFIGURE_ACK, id, right, 3); /* doubled by the line */
	automaton_input(&a, PPP_CONFIGURE_NAK, id, right, 3);
	assert_int_equal(a.fsm.state, FSM_ACK_RCVD);
	timers_free(&a.timers);
}

static void nak_changes_request(void **state)
{
	struct automaton a;
	uint8_t id;

	(void)state;
	automaton_reach(&a, FSM_REQ_SENT);
	id = a.fsm.request_id;
	automaton_nak(&a, 42);
	assert_int_equal(a.last_code, PPP_CONFIGURE_REQUEST);
	assert_int_not_equal(a.last_id, id); /* RFC 1661 5.1 */
	assert_int_equal(a.last[2], 42);
	assert_int_equal(a.resets, 1); /* at the first request, not at this one */
	for (int i = 2; i < FSM_MAX_ROUNDS; i++)
		automaton_nak(&a, (uint8_t)i);
	assert_int_equal(a.stuck_ours, 0);
	automaton_nak(&a, 0);
	assert_int_equal(a.stuck_ours, 1);
	timers_free(&a.timers);
}

/* RFC 1661 4.6 Max-Failure: five Naks, then Rejects; and a peer that only asks is never rejected.
 */
static void max_failure(void **state)
{
	struct automaton a;

	(void)state;
	automaton_reach(&a, FSM_REQ_SENT);
	for (int i = 0; i < fsm_counters.max_failure; i++) {
		automaton_request(&a, OPTION_NAK);
		assert_int_equal(a.last_code, PPP_CONFIGURE_NAK);
		assert_int_equal(a.last_id, 77);
		assert_memory_equal(a.last, "\x02\x04\xab\xcd", 4);
	}
	automaton_request(&a, OPTION_NAK);
	assert_int_equal(a.last_code, PPP_CONFIGURE_REJECT);
	assert_memory_equal(a.last, "\x02\x04\x00\x00", 4);
	automaton_forget(&a);
	automaton_request(&a, OPTION_ASK);
	assert_int_equal(a.last_code, PPP_CONFIGURE_NAK);
	automaton_request(&a, OPTION_GOOD);
	assert_int_equal(a.last_code, PPP_CONFIGURE_ACK);
	automaton_request(&a, OPTION_NAK); /* patience is new after an Ack */
	assert_int_equal(a.last_code, PPP_CONFIGURE_NAK);
	assert_int_equal(a.stuck_theirs, 0);
	automaton_forget(&a);
	for (int i = 0; i < fsm_counters.max_failure + FSM_MAX_ROUNDS - 2; i++) {
		automaton_forget(&a);
		automaton_request(&a, OPTION_REJ);
	}
	assert_int_equal(a.stuck_theirs, 0);
	automaton_request(&a, OPTION_REJ);
	assert_int_equal(a.stuck_theirs, 1);
	timers_free(&a.timers);
}

/* It is what it says, as often as may be configured, and the negotiation does not end before. */
static void max_failure_of_ours(void **state)
{
	static const uint8_t times[] = {1, 30, 255};
	struct ppp_counters counters = fsm_counters;
	struct automaton a;

	(void)state;
	for (size_t i = 0; i < sizeof(times); i++) {
		counters.max_failure = times[i];
		automaton_reach(&a, FSM_REQ_SENT);
		a.fsm.counters = &counters;
		for (int n = 0; n < times[i]; n++) {
			automaton_forget(&a);
			automaton_request(&a, OPTION_NAK);
			assert_int_equal(a.last_code, PPP_CONFIGURE_NAK);
		}
		for (int n = 1; n < FSM_MAX_ROUNDS; n++) {
			automaton_forget(&a);
			automaton_request(&a, OPTION_NAK);
			assert_int_equal(a.last_code, PPP_CONFIGURE_REJECT);
		}
		assert_int_equal(a.stuck_theirs, 0);
		automaton_request(&a, OPTION_NAK);
		assert_int_equal(a.stuck_theirs, 1);
		timers_free(&a.timers);
	}
}

static void reject_before_nak(void **state)
{
	static const uint8_t mixed[] = {OPTION_NAK, 2, OPTION_REJ, 3, 7, OPTION_GOOD, 2, 99, 2};
	struct automaton a;

	(void)state;
	automaton_reach(&a, FSM_REQ_SENT);
	automaton_input(&a, PPP_CONFIGURE_REQUEST, 5, mixed, sizeof(mixed));
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
	automaton_reach(&a, FSM_OPENED);
	automaton_input(&a, 200, 33, (const uint8_t *)"xyz", 3);
	assert_int_equal(a.last_code, PPP_CODE_REJECT);
	assert_int_equal(a.last_len, 7);
	assert_memory_equal(a.last, "\xc8\x21\x00\x07xyz", 7);
	timers_free(&a.timers);
}

/* Someone else has negotiated: it is as open as any other, and a peer that begins anew is heard. */
static void assumed_opened(void **state)
{
	struct automaton a;

	(void)state;
	for (int from = 0; from < 2; from++) {
		if (from)
			automaton_reach(&a, FSM_ACK_RCVD);
		else
			automaton_start(&a);
		fsm_assume_opened(&a.fsm);
		assert_string_equal(a.did, "tlu");
		assert_int_equal(a.fsm.state, FSM_OPENED);
		assert_false(timer_is_set(&a.fsm.timer));
		automaton_forget(&a);
		automaton_request(&a, OPTION_GOOD);
		assert_string_equal(a.did, "tld,scr,sca");
		automaton_ack(&a);
		assert_int_equal(a.fsm.state, FSM_OPENED);
		fsm_close(&a.fsm);
		automaton_input(&a, PPP_TERMINATE_ACK, 1, NULL, 0);
		assert_int_equal(a.fsm.state, FSM_CLOSED);
		timers_free(&a.timers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(retransmission),      cmocka_unit_test(wrong_answers),
		cmocka_unit_test(nak_changes_request), cmocka_unit_test(max_failure),
		cmocka_unit_test(max_failure_of_ours), cmocka_unit_test(reject_before_nak),
		cmocka_unit_test(code_reject_quotes),  cmocka_unit_test(assumed_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
