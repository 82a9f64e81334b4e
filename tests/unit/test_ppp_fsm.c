// SPDX-License-Identifier: GPL-2.0-only
/*
 * The automaton against RFC 1661 4.1: the RFC's table stands below as it is printed there, and each
 * of its 160 cells is tried with real packets, timeouts and commands; the actions are what the
 * automaton then did.
 */
#include "ppp_automaton.h"

#include <stdio.h>
#include <string.h>

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
		automaton_request(a, OPTION_GOOD);
		break;
	case FSM_RCR_MINUS:
		automaton_request(a, OPTION_NAK);
		break;
	case FSM_RCA:
		automaton_ack(a);
		break;
	case FSM_RCN:
		automaton_nak(a, 5);
		break;
	case FSM_RTR:
		automaton_input(a, PPP_TERMINATE_REQUEST, 78, NULL, 0);
		break;
	case FSM_RTA:
		automaton_input(a, PPP_TERMINATE_ACK, 79, NULL, 0);
		break;
	case FSM_RUC:
		automaton_input(a, 200, 80, NULL, 0);
		break;
	case FSM_RXJ_PLUS:
		automaton_input(a, PPP_CODE_REJECT, 81, &harmless, 1);
		break;
	case FSM_RXJ_MINUS:
		automaton_input(a, PPP_CODE_REJECT, 82, &fatal, 1);
		break;
	default:
		automaton_input(a, PPP_ECHO_REQUEST, 83, NULL, 0);
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
	automaton_reach(&a, state);
	cause(&a, rfc[row].event);
	if (a.fsm.state != next)
		fail_msg("%s: led to %s", where, fsm_state_name(a.fsm.state));
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++)
		if (listed(slash ? cell : "", sent[i]) != listed(a.did, sent[i]))
			fail_msg("%s: did %s", where, a.did);
	if (listed(cell, "irc")) {
		unsigned full = listed(cell, "str") ? fsm_counters.max_terminate
						    : fsm_counters.max_configure;

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
