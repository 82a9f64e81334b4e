/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The option negotiation automaton of RFC 1661 4, one for LCP, IPCP and IPV6CP alike. It knows
 * states, the restart timer and the packets with codes 1 to 7; what an option means, and what else
 * there is, the protocol says through struct fsm_ops. The state table in fsm.c is the RFC's.
 */
#ifndef L2X_PPP_FSM_H
#define L2X_PPP_FSM_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/log.h"
#include "base/timer.h"
#include "ppp/ppp.h"
#include "wire/ppp_packet.h"

/* Refused requests in a row before we give up (RFC 1661 4.5); of the peer's, those that follow Max-Failure. */
#define FSM_MAX_ROUNDS 20

extern const struct ppp_counters fsm_counters; /* as RFC 1661 4.6 recommends them */

enum fsm_state {
	FSM_INITIAL,
	FSM_STARTING,
	FSM_CLOSED,
	FSM_STOPPED,
	FSM_CLOSING,
	FSM_STOPPING,
	FSM_REQ_SENT,
	FSM_ACK_RCVD,
	FSM_ACK_SENT,
	FSM_OPENED,
	FSM_STATES,
};

enum fsm_event {
	FSM_UP,
	FSM_DOWN,
	FSM_OPEN,
	FSM_CLOSE,
	FSM_TO_PLUS,
	FSM_TO_MINUS,
	FSM_RCR_PLUS,
	FSM_RCR_MINUS,
	FSM_RCA,
	FSM_RCN,
	FSM_RTR,
	FSM_RTA,
	FSM_RUC,
	FSM_RXJ_PLUS,
	FSM_RXJ_MINUS,
	FSM_RXR,
	FSM_EVENTS,
};

enum fsm_verdict {
	FSM_ACK,
	FSM_NAK,   /* a better option was written */
	FSM_OFFER, /* the same, for a peer that asks for a value: never turned into a Reject by
		      Max-Failure */
	FSM_REJ,
};

struct fsm;

struct fsm_ops {
	const char *name;
	uint16_t protocol;

	void (*timeout)(void *fsm); /* calls fsm_timeout() */
	void (*send)(struct fsm *f, uint8_t code, uint8_t id, const void *data, size_t len);

	/* Our options: forget what the last negotiation made of them; write them; the peer's
	 * answers, option by option. */
	void (*reset)(struct fsm *f);
	void (*request)(struct fsm *f, struct wbuf *options);
	void (*take_nak)(struct fsm *f, const struct ppp_option *o);
	void (*take_reject)(struct fsm *f, const struct ppp_option *o);

	/*
	 * The peer's options: forget the last request's; judge each of this one, and for FSM_NAK
	 * write what would do; at the end append what the peer must ask for and did not (NULL:
	 * nothing).
	 */
	void (*judge_begin)(struct fsm *f);
	enum fsm_verdict (*judge)(struct fsm *f, const struct ppp_option *o, struct wbuf *nak);
	void (*judge_end)(struct fsm *f, struct wbuf *nak);

	void (*up)(struct fsm *f);	 /* tlu */
	void (*down)(struct fsm *f);	 /* tld */
	void (*finished)(struct fsm *f); /* tlf */

	/* A packet of a further code: true, and which event it is; false: unknown. NULL: there are
	 * none. */
	bool (*extra)(struct fsm *f, const struct ppp_packet *pk, enum fsm_event *event);
	void (*echo_reply)(struct fsm *f, const struct ppp_packet *pk); /* ser */

	/* The peer sent Terminate-Request, or Code-Reject; the event follows. */
	void (*terminated)(struct fsm *f, const uint8_t *text, size_t len);
	void (*code_rejected)(struct fsm *f, uint8_t code);
	/* FSM_MAX_ROUNDS without agreement: close. by_peer: it refuses ours, else we refuse its. */
	void (*stuck)(struct fsm *f, bool by_peer);
	const char *(*reason)(struct fsm *f); /* text of our Terminate-Request */
};

struct fsm {
	const struct fsm_ops *ops;
	void *owner;
	const struct logger *log;
	struct timers *timers;
	struct timer timer; /* restart timer */
	const struct ppp_counters *counters;
	uint16_t counter; /* restart counter */
	uint8_t state;
	uint8_t next_id;
	uint8_t request_id; /* of our last Configure-Request */
	bool waiting;	    /* and no valid answer to it has come */
	/* Configure-Nak sent since the last Configure-Ack: RFC 1661 4.6 Max-Failure */
	uint16_t naks;
	uint16_t refused_theirs, refused_ours; /* rounds without agreement */
};

/* The counters outlive it, and none is 0. */
void fsm_init(struct fsm *f, const struct fsm_ops *ops, void *owner, struct timers *timers,
	      const struct logger *log, const struct ppp_counters *counters);
void fsm_up(struct fsm *f);
void fsm_down(struct fsm *f);
void fsm_open(struct fsm *f);
void fsm_close(struct fsm *f);
/* Opened without a packet: someone else has negotiated for us. */
void fsm_assume_opened(struct fsm *f);
void fsm_timeout(struct fsm *f);
void fsm_input(struct fsm *f, const struct ppp_packet *pk);
void fsm_stop(struct fsm *f); /* cancel the timer, nothing else */

const char *fsm_state_name(unsigned state);

/* What an event was caused by, for the actions that answer it. */
struct fsm_cause {
	const struct ppp_packet *pk;
	uint8_t code; /* scn: Configure-Nak or Configure-Reject, and its options */
	const uint8_t *options;
	size_t options_len;
};

void fsm_event(struct fsm *f, enum fsm_event event, const struct fsm_cause *cause);

#endif
