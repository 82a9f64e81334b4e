// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which event a received packet is (RFC 1661 5.1 to 5.6). Requests of the peer are judged here
 * option by option and the Configure-Nak or -Reject is put together; packets that the RFC wants
 * discarded silently end here.
 */
#include "ppp/fsm.h"

#define OPTIONS_MAX (PPP_DEFAULT_MRU - PPP_PACKET_HDR)

static void discard(struct fsm *f, const char *why)
{
	log_debug(f->log, "%s: discarded, %s", f->ops->name, why);
}

/*
 * Fills in nak and rej. A Nak that was said too often becomes a Reject (RFC 1661 4.6, Max-Failure),
 * but not when the peer asked what to use: then it does not disagree with us, it only has not heard
 * us yet.
 */
static void judge(struct fsm *f, const struct ppp_packet *pk, struct wbuf *nak, struct wbuf *rej)
{
	bool patient = f->naks < f->counters->max_failure;
	struct rbuf b = rbuf_of(pk->data, pk->len);
	struct ppp_option o;

	f->ops->judge_begin(f);
	while (ppp_option_next(&b, &o) > 0) {
		struct wbuf before = *nak;
		enum fsm_verdict v = f->ops->judge(f, &o, nak);

		if (v == FSM_NAK && !patient) {
			*nak = before;
			v = FSM_REJ;
		}
		if (v == FSM_REJ)
			ppp_option_put(rej, o.type, o.data, o.len);
	}
	if (patient && f->ops->judge_end)
		f->ops->judge_end(f, nak);
}

static void input_request(struct fsm *f, const struct ppp_packet *pk)
{
	uint8_t nak_room[OPTIONS_MAX], rej_room[OPTIONS_MAX];
	struct wbuf nak = wbuf_of(nak_room, sizeof(nak_room)),
		    rej = wbuf_of(rej_room, sizeof(rej_room));
	struct fsm_cause c = {.pk = pk};

	if (!ppp_options_valid(pk->data, pk->len)) {
		discard(f, "its options do not fit its length");
		return;
	}
	/* In these states the options do not matter, and must not change what we know of the peer.
	 */
	if (f->state == FSM_CLOSED || f->state == FSM_CLOSING || f->state == FSM_STOPPING) {
		fsm_event(f, FSM_RCR_PLUS, &c);
		return;
	}
	judge(f, pk, &nak, &rej);
	if (wbuf_len(
		    &rej)) { /* RFC 1661 5.4: rejected options first, the rest when they are gone */
		c.code = PPP_CONFIGURE_REJECT;
		c.options = rej_room;
		c.options_len = wbuf_len(&rej);
	} else if (wbuf_len(&nak)) {
		c.code = PPP_CONFIGURE_NAK;
		c.options = nak_room;
		c.options_len = wbuf_len(&nak);
		f->naks++;
	} else {
		fsm_event(f, FSM_RCR_PLUS, &c);
		return;
	}
	fsm_event(f, FSM_RCR_MINUS, &c);
	if (++f->refused_theirs >= f->counters->max_failure + FSM_MAX_ROUNDS)
		f->ops->stuck(f, false);
}

/* RFC 1661 5.2: identifier and options must be those of our last request, to the byte. */
static bool ack_valid(struct fsm *f, const struct ppp_packet *pk)
{
	uint8_t options[OPTIONS_MAX];
	struct wbuf b = wbuf_of(options, sizeof(options));

	f->ops->request(f, &b);
	return wbuf_len(&b) == pk->len && !memcmp(options, pk->data, pk->len);
}

/* RFC 1661 5.4: a Configure-Reject names options of our last request and no others. */
static bool reject_valid(struct fsm *f, const struct ppp_packet *pk)
{
	uint8_t options[OPTIONS_MAX];
	struct wbuf w = wbuf_of(options, sizeof(options));
	struct rbuf theirs = rbuf_of(pk->data, pk->len);
	struct ppp_option o, ours;

	f->ops->request(f, &w);
	while (ppp_option_next(&theirs, &o) > 0) {
		struct rbuf b = rbuf_of(options, wbuf_len(&w));
		bool found = false;

		while (!found && ppp_option_next(&b, &ours) > 0)
			found = ours.type == o.type;
		if (!found)
			return false;
	}
	return pk->len > 0;
}

static void input_refusal(struct fsm *f, const struct ppp_packet *pk)
{
	bool reject = pk->code == PPP_CONFIGURE_REJECT;
	struct rbuf b = rbuf_of(pk->data, pk->len);
	struct ppp_option o;

	if (!ppp_options_valid(pk->data, pk->len) || (reject && !reject_valid(f, pk))) {
		discard(f, "its options are no answer to ours");
		return;
	}
	f->waiting = false;
	while (ppp_option_next(&b, &o) > 0) {
		if (reject)
			f->ops->take_reject(f, &o);
		else
			f->ops->take_nak(f, &o);
	}
	/* Count first: the event sends the next request, whose answer may come at once. */
	if (++f->refused_ours >= FSM_MAX_ROUNDS)
		f->ops->stuck(f, true);
	fsm_event(f, FSM_RCN, &(struct fsm_cause){.pk = pk});
}

static void input_answer(struct fsm *f, const struct ppp_packet *pk)
{
	/* No request is out in these: the table says Terminate-Ack, or nothing. */
	if (f->state < FSM_REQ_SENT) {
		fsm_event(f, pk->code == PPP_CONFIGURE_ACK ? FSM_RCA : FSM_RCN,
			  &(struct fsm_cause){.pk = pk});
		return;
	}
	/* A second answer to one request is out of sequence too (RFC 1661 4.3, RCA). */
	if (!f->waiting || pk->id != f->request_id) {
		discard(f, "it answers no request that is open");
		return;
	}
	if (pk->code != PPP_CONFIGURE_ACK) {
		input_refusal(f, pk);
		return;
	}
	if (!ack_valid(f, pk)) {
		discard(f, "it acknowledges other options than ours");
		return;
	}
	f->waiting = false;
	f->refused_ours = 0;
	fsm_event(f, FSM_RCA, &(struct fsm_cause){.pk = pk});
}

static void input_code_reject(struct fsm *f, const struct ppp_packet *pk)
{
	uint8_t code;

	if (!pk->len) {
		discard(f, "it names no code");
		return;
	}
	code = pk->data[0];
	f->ops->code_rejected(f, code);
	/* Without codes 1 to 7 there is no automaton (RFC 1661 5.6); all others can be done
	 * without. */
	fsm_event(f,
		  code >= PPP_CONFIGURE_REQUEST && code <= PPP_CODE_REJECT ? FSM_RXJ_MINUS
									   : FSM_RXJ_PLUS,
		  &(struct fsm_cause){.pk = pk});
}

void fsm_input(struct fsm *f, const struct ppp_packet *pk)
{
	const struct fsm_cause cause = {.pk = pk};
	enum fsm_event event;

	if (f->state == FSM_INITIAL || f->state == FSM_STARTING) {
		discard(f, "the layer below is down");
		return;
	}
	switch (pk->code) {
	case PPP_CONFIGURE_REQUEST:
		input_request(f, pk);
		break;
	case PPP_CONFIGURE_ACK:
	case PPP_CONFIGURE_NAK:
	case PPP_CONFIGURE_REJECT:
		input_answer(f, pk);
		break;
	case PPP_TERMINATE_REQUEST:
		f->ops->terminated(f, pk->data, pk->len);
		fsm_event(f, FSM_RTR, &cause);
		break;
	case PPP_TERMINATE_ACK:
		fsm_event(f, FSM_RTA, &cause);
		break;
	case PPP_CODE_REJECT:
		input_code_reject(f, pk);
		break;
	default:
		if (!f->ops->extra || !f->ops->extra(f, pk, &event))
			event = FSM_RUC;
		fsm_event(f, event, &cause);
	}
}
