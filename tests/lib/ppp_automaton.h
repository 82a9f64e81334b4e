/* SPDX-License-Identifier: GPL-2.0-only */
/* RFC 1661's automaton without a protocol: a test gives it packets, and what it does is written
 * down. */
#ifndef L2X_TESTS_PPP_AUTOMATON_H
#define L2X_TESTS_PPP_AUTOMATON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ppp/fsm.h"

/* What it makes of the peer's options, and the one that it asks for. */
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

void automaton_start(struct automaton *a);
void automaton_forget(struct automaton *a); /* what it did */
void automaton_input(struct automaton *a, uint8_t code, uint8_t id, const uint8_t *data,
		     size_t len);
void automaton_request(struct automaton *a, uint8_t option);
void automaton_ack(struct automaton *a);
void automaton_nak(struct automaton *a, uint8_t value);
/* Into a state by a way that the RFC gives. */
void automaton_reach(struct automaton *a, unsigned state);

#endif
