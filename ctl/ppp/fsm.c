// SPDX-License-Identifier: GPL-2.0-only
/*
 * State table, actions and restart timer of the automaton (RFC 1661 4). A cell holds a set of
 * actions and the next state. The RFC lets actions come in any convenient order; the one here is:
 * This-Layer-Down, counters, what is sent, then This-Layer-Up or -Finished, whose callbacks may
 * well feed the next event to the same automaton. So the state is the next one before any action
 * runs.
 */
#include "ppp/fsm.h"

enum {
	tlu = 1 << 0,
	tld = 1 << 1,
	tls = 1 << 2, /* nothing to do here: who opens an automaton brings up what is below it */
	tlf = 1 << 3,
	irc = 1 << 4,
	zrc = 1 << 5,
	scr = 1 << 6,
	sca = 1 << 7,
	scn = 1 << 8,
	str = 1 << 9,
	sta = 1 << 10,
	scj = 1 << 11,
	ser = 1 << 12,
};

struct cell {
	uint16_t actions;
	uint8_t next;
};

#define ILLEGAL FSM_STATES
#define ______             \
	{                  \
		0, ILLEGAL \
	}

/*
 * RFC 1661 4.1, in its own order and words; cells are {actions, new state}. We do not take the
 * options of footnotes p (wait passively) and r (restart on Open).
 */
/* clang-format off */
static const struct cell table[FSM_EVENTS][FSM_STATES] = {
		  /* 0        1            2            3                4          5
		     Initial  Starting     Closed       Stopped          Closing    Stopping
		     6            7            8            9
		     Req-Sent     Ack-Rcvd     Ack-Sent     Opened */
[FSM_UP]	= { {0, 2},   {irc|scr,6}, ______,      ______,          ______,    ______,
		    ______,       ______,      ______,      ______ },
[FSM_DOWN]	= { ______,   ______,      {0, 0},      {tls, 1},        {0, 0},    {0, 1},
		    {0, 1},       {0, 1},      {0, 1},      {tld, 1} },
[FSM_OPEN]	= { {tls, 1}, {0, 1},      {irc|scr,6}, {0, 3},          {0, 5},    {0, 5},
		    {0, 6},       {0, 7},      {0, 8},      {0, 9} },
[FSM_CLOSE]	= { {0, 0},   {tlf, 0},    {0, 2},      {0, 2},          {0, 4},    {0, 4},
		    {irc|str,4},  {irc|str,4}, {irc|str,4}, {tld|irc|str,4} },

[FSM_TO_PLUS]	= { ______,   ______,      ______,      ______,          {str, 4},  {str, 5},
		    {scr, 6},     {scr, 6},    {scr, 8},    ______ },
[FSM_TO_MINUS]	= { ______,   ______,      ______,      ______,          {tlf, 2},  {tlf, 3},
		    {tlf, 3},     {tlf, 3},    {tlf, 3},    ______ },

[FSM_RCR_PLUS]	= { ______,   ______,      {sta, 2},    {irc|scr|sca,8}, {0, 4},    {0, 5},
		    {sca, 8},     {sca|tlu,9}, {sca, 8},    {tld|scr|sca,8} },
[FSM_RCR_MINUS]	= { ______,   ______,      {sta, 2},    {irc|scr|scn,6}, {0, 4},    {0, 5},
		    {scn, 6},     {scn, 7},    {scn, 6},    {tld|scr|scn,6} },
[FSM_RCA]	= { ______,   ______,      {sta, 2},    {sta, 3},        {0, 4},    {0, 5},
		    {irc, 7},     {scr, 6},    {irc|tlu,9}, {tld|scr,6} },
[FSM_RCN]	= { ______,   ______,      {sta, 2},    {sta, 3},        {0, 4},    {0, 5},
		    {irc|scr,6},  {scr, 6},    {irc|scr,8}, {tld|scr,6} },

[FSM_RTR]	= { ______,   ______,      {sta, 2},    {sta, 3},        {sta, 4},  {sta, 5},
		    {sta, 6},     {sta, 6},    {sta, 6},    {tld|zrc|sta,5} },
[FSM_RTA]	= { ______,   ______,      {0, 2},      {0, 3},          {tlf, 2},  {tlf, 3},
		    {0, 6},       {0, 6},      {0, 8},      {tld|scr,6} },

[FSM_RUC]	= { ______,   ______,      {scj, 2},    {scj, 3},        {scj, 4},  {scj, 5},
		    {scj, 6},     {scj, 7},    {scj, 8},    {scj, 9} },
[FSM_RXJ_PLUS]	= { ______,   ______,      {0, 2},      {0, 3},          {0, 4},    {0, 5},
		    {0, 6},       {0, 6},      {0, 8},      {0, 9} },
[FSM_RXJ_MINUS]	= { ______,   ______,      {tlf, 2},    {tlf, 3},        {tlf, 2},  {tlf, 3},
		    {tlf, 3},     {tlf, 3},    {tlf, 3},    {tld|irc|str,5} },

[FSM_RXR]	= { ______,   ______,      {0, 2},      {0, 3},          {0, 4},    {0, 5},
		    {0, 6},       {0, 7},      {0, 8},      {ser, 9} },
};
/* clang-format on */

static const char *const event_names[FSM_EVENTS] = {
	[FSM_UP] = "Up",
	[FSM_DOWN] = "Down",
	[FSM_OPEN] = "Open",
	[FSM_CLOSE] = "Close",
	[FSM_TO_PLUS] = "timeout",
	[FSM_TO_MINUS] = "last timeout",
	[FSM_RCR_PLUS] = "good Configure-Request",
	[FSM_RCR_MINUS] = "bad Configure-Request",
	[FSM_RCA] = "Configure-Ack",
	[FSM_RCN] = "Configure-Nak or -Reject",
	[FSM_RTR] = "Terminate-Request",
	[FSM_RTA] = "Terminate-Ack",
	[FSM_RUC] = "unknown code",
	[FSM_RXJ_PLUS] = "harmless reject",
	[FSM_RXJ_MINUS] = "fatal reject",
	[FSM_RXR] = "echo or discard",
};

const char *fsm_state_name(unsigned state)
{
	static const char *const names[FSM_STATES] = {
		"Initial",  "Starting", "Closed",   "Stopped",	"Closing",
		"Stopping", "Req-Sent", "Ack-Rcvd", "Ack-Sent", "Opened",
	};

	return state < FSM_STATES ? names[state] : "none";
}

const struct ppp_counters fsm_counters = {
	.restart_interval = 3000,
	.max_configure = 10,
	.max_terminate = 2,
	.max_failure = 5,
};

void fsm_init(struct fsm *f, const struct fsm_ops *ops, void *owner, struct timers *timers,
	      const struct logger *log, const struct ppp_counters *counters)
{
	*f = (struct fsm){
		.ops = ops,
		.owner = owner,
		.log = log,
		.timers = timers,
		.counters = counters,
		.state = FSM_INITIAL,
	};
	timer_init(&f->timer, ops->timeout, f);
}

static void start_timer(struct fsm *f)
{
	/* Without memory for a timer the peer's own retransmissions must drive us. */
	if (timer_set(f->timers, &f->timer, f->counters->restart_interval))
		log_error(f->log, "%s: no memory for the restart timer", f->ops->name);
}

static bool timer_runs(unsigned state)
{
	return table[FSM_TO_PLUS][state].next != ILLEGAL;
}

static void send_configure_request(struct fsm *f)
{
	uint8_t options[PPP_DEFAULT_MRU - PPP_PACKET_HDR];
	struct wbuf b = wbuf_of(options, sizeof(options));

	if (f->counter)
		f->counter--;
	/* A new identifier for each, also a retransmission: then no answer can be taken for
	 * another's (RFC 1661 5.1). */
	f->request_id = f->next_id++;
	f->waiting = true;
	f->ops->request(f, &b);
	f->ops->send(f, PPP_CONFIGURE_REQUEST, f->request_id, options, wbuf_len(&b));
	start_timer(f);
}

static void send_terminate_request(struct fsm *f)
{
	const char *text = f->ops->reason(f);

	if (f->counter)
		f->counter--;
	f->ops->send(f, PPP_TERMINATE_REQUEST, f->next_id++, text, strlen(text));
	start_timer(f);
}

static void send_replies(struct fsm *f, unsigned actions, const struct fsm_cause *c)
{
	if (actions & sca) {
		f->naks = 0;
		f->refused_theirs = 0;
		f->ops->send(f, PPP_CONFIGURE_ACK, c->pk->id, c->pk->data, c->pk->len);
	}
	if (actions & scn)
		f->ops->send(f, c->code, c->pk->id, c->options, c->options_len);
	if (actions & sta)
		f->ops->send(f, PPP_TERMINATE_ACK, c->pk->id, NULL, 0);
	if (actions & scj) /* the whole packet: its header stands in front of its data */
		f->ops->send(f, PPP_CODE_REJECT, f->next_id++, c->pk->data - PPP_PACKET_HDR,
			     c->pk->len + PPP_PACKET_HDR);
	if (actions & ser)
		f->ops->echo_reply(f, c->pk);
}

void fsm_event(struct fsm *f, enum fsm_event event, const struct fsm_cause *cause)
{
	struct cell c = table[event][f->state];
	unsigned old = f->state;

	if (c.next == ILLEGAL) {
		log_debug(f->log, "%s: %s means nothing in %s", f->ops->name, event_names[event],
			  fsm_state_name(old));
		return;
	}
	if (c.next != old)
		log_debug(f->log, "%s: %s, %s -> %s", f->ops->name, event_names[event],
			  fsm_state_name(old), fsm_state_name(c.next));
	f->state = c.next;
	if (!timer_runs(f->state))
		timer_cancel(f->timers, &f->timer);

	if (c.actions & tld) {
		f->ops->down(f);
		if (f->state != c.next) /* the callback closed us */
			return;
	}
	if (c.actions & irc)
		f->counter =
			c.actions & str ? f->counters->max_terminate : f->counters->max_configure;
	if (c.actions & zrc) {
		f->counter = 0;
		start_timer(f);
	}
	if (c.actions & scr) {
		if (old < FSM_REQ_SENT || old == FSM_OPENED) { /* a new negotiation begins */
			f->refused_theirs = f->refused_ours = f->naks = 0;
			f->ops->reset(f);
		}
		send_configure_request(f);
	}
	if (c.actions & str)
		send_terminate_request(f);
	send_replies(f, c.actions, cause);
	if (c.actions & tlu)
		f->ops->up(f);
	if (c.actions & tlf)
		f->ops->finished(f);
}

void fsm_up(struct fsm *f)
{
	fsm_event(f, FSM_UP, NULL);
}

void fsm_down(struct fsm *f)
{
	if (f->state != FSM_INITIAL && f->state != FSM_STARTING)
		fsm_event(f, FSM_DOWN, NULL);
}

void fsm_open(struct fsm *f)
{
	fsm_event(f, FSM_OPEN, NULL);
}

void fsm_close(struct fsm *f)
{
	fsm_event(f, FSM_CLOSE, NULL);
}

void fsm_assume_opened(struct fsm *f)
{
	log_debug(f->log, "%s: %s -> Opened, taken as negotiated", f->ops->name,
		  fsm_state_name(f->state));
	f->state = FSM_OPENED;
	timer_cancel(f->timers, &f->timer);
	f->waiting = false;
	f->naks = f->refused_theirs = f->refused_ours = 0;
	f->ops->up(f);
}

void fsm_timeout(struct fsm *f)
{
	fsm_event(f, f->counter ? FSM_TO_PLUS : FSM_TO_MINUS, NULL);
}

void fsm_stop(struct fsm *f)
{
	timer_cancel(f->timers, &f->timer);
}
