// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels and sessions with a peer whose messages are written by hand: what it should not send,
 * what it sends all the same and must be understood, and what only a stranger would send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "l2tp_hand.h"
#include "wire/l2tp_crypto.h"

static uint16_t type_of(const uint8_t *msg, size_t len)
{
	return len >= 20 ? (uint16_t)(msg[18] << 8 | msg[19]) : 0;
}

static void accept_from_elsewhere(struct pair *p, const uint8_t *msg, size_t len, const char *ip,
				  uint16_t port)
{
	struct udp_path path = p->side[0].path;

	ip_addr_parse(&path.peer.ip, ip);
	path.peer.port = port;
	l2tp_input(p->side[0].l2tp, &path, msg, len);
}

/*
 * Only the peer's address may speak in a tunnel, and only the answer to a SCCRQ may choose another
 * port.
 */
static void test_source(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	uint8_t stop[64];
	struct wbuf b = wbuf_of(stop, sizeof(stop));
	size_t len;

	pair_connect(p, false);
	l2tp_write_begin(&b, l2tp_tunnel_id(lac->tunnel), 0, L2TP_STOPCCN);
	l2tp_write_u16(&b, AVP_ASSIGNED_TUNNEL_ID, l2tp_tunnel_id(lns->tunnel));
	l2tp_write_result(&b, 1, 0, NULL);
	len = l2tp_write_end(&b);
	l2tp_write_numbers(stop, 1, 2);
	accept_from_elsewhere(p, stop, len, "192.0.2.3", 1701);
	accept_from_elsewhere(p, stop, len, "192.0.2.2", 1702);
	assert_int_equal(lac->tunnels_down, 0);
	accept_from_elsewhere(p, stop, len, "192.0.2.2", 1701);
	assert_int_equal(lac->tunnels_down, 1);
}

/* Messages that the peer should not send, written by hand. */
struct handmade {
	uint8_t bytes[512];
	struct wbuf b;
};

static void begin(struct handmade *h, struct side *to, uint16_t session,
		  enum l2tp_message_type type)
{
	h->b = wbuf_of(h->bytes, sizeof(h->bytes));
	l2tp_write_begin(&h->b, l2tp_tunnel_id(to->tunnel), session, type);
}

/* Slip it into the channel as the peer's next message, when nothing else is under way. */
static void deliver(struct handmade *h, struct side *to, uint16_t ns)
{
	size_t len = l2tp_write_end(&h->b);

	assert_true(len > 0);
	l2tp_write_numbers(h->bytes, ns, 0);
	pair_inject(to, h->bytes, len);
}

static void unknown_avp(struct handmade *h, uint16_t flags)
{
	wbuf_u16(&h->b, flags | 8);
	wbuf_u16(&h->b, 9);
	wbuf_u16(&h->b, 99);
	wbuf_u16(&h->b, 0);
}

#define NEXT_TO_LNS 4 /* after SCCRQ, SCCCN, ICRQ, ICCN */

static void test_unknown_mandatory_in_session(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct handmade h;

	pair_connect(p, true);
	begin(&h, lns, l2tp_session_id(lns->session), L2TP_WEN);
	l2tp_write_bytes(&h.b, AVP_CALL_ERRORS, (uint8_t[26]){0}, 26);
	unknown_avp(&h, 0);
	deliver(&h, lns, NEXT_TO_LNS);
	assert_int_equal(lns->sessions_down, 0);
	begin(&h, lns, l2tp_session_id(lns->session), L2TP_WEN);
	l2tp_write_bytes(&h.b, AVP_CALL_ERRORS, (uint8_t[26]){0}, 26);
	unknown_avp(&h, AVP_M);
	deliver(&h, lns, NEXT_TO_LNS + 1);
	assert_int_equal(lns->sessions_down, 1);
	assert_int_equal(lns->tunnels_down, 0);
	assert_int_equal(lns->session_end.result, L2TP_CDN_ERROR);
	assert_int_equal(lns->session_end.error, L2TP_ERROR_MANDATORY);
	assert_true(pair_until(p, &lac->sessions_down, 1, 1000));
	assert_int_equal(lac->session_end.error, L2TP_ERROR_MANDATORY);
	assert_string_equal(lac->session_end.text, "unknown mandatory AVP 99 of vendor 9");
	assert_int_equal(lac->tunnels_down, 0);
}

static void test_unknown_mandatory_in_tunnel(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct handmade h;

	pair_connect(p, true);
	begin(&h, lns, 0, L2TP_HELLO);
	unknown_avp(&h, AVP_M);
	deliver(&h, lns, NEXT_TO_LNS);
	assert_int_equal(lns->tunnels_down, 1);
	assert_int_equal(lns->sessions_down, 1);
	assert_int_equal(lns->tunnel_end.result, L2TP_STOP_ERROR);
	assert_int_equal(lns->tunnel_end.error, L2TP_ERROR_MANDATORY);
	assert_true(pair_until(p, &lac->tunnels_down, 1, 5000));
	assert_int_equal(lac->tunnel_end.error, L2TP_ERROR_MANDATORY);
	assert_int_equal(lac->sessions_down, 1);
}

static void test_new_call_with_unknown_avp(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	struct handmade h;

	pair_connect(p, true);
	begin(&h, lns, 0, L2TP_ICRQ);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_SESSION_ID, 4242);
	l2tp_write_u32(&h.b, AVP_CALL_SERIAL_NUMBER, 1);
	unknown_avp(&h, AVP_M);
	deliver(&h, lns, NEXT_TO_LNS);
	/* refused before the owner hears of it, and the other session lives */
	assert_int_equal(lns->session_requests, 1);
	assert_int_equal(lns->sessions_down, 0);
	assert_int_equal(lns->tunnels_down, 0);
}

static unsigned *cdns(void)
{
	static unsigned count;

	return &count;
}

static bool count_cdns(struct side *s, const uint8_t *msg, size_t len)
{
	(void)s;
	*cdns() += type_of(msg, len) == L2TP_CDN;
	return true;
}

static void test_outgoing_call(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	struct handmade h;

	pair_connect(p, true);
	*cdns() = 0;
	lns->filter = count_cdns;
	begin(&h, lns, 0, L2TP_OCRQ);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_SESSION_ID, 4242);
	l2tp_write_u32(&h.b, AVP_CALL_SERIAL_NUMBER, 1);
	deliver(&h, lns, NEXT_TO_LNS);
	assert_int_equal(*cdns(), 1);
	assert_int_equal(lns->session_requests, 1);
	assert_int_equal(lns->tunnels_down, 0);
}

/* Messages in the wrong state, by the tables of RFC 2661 7.2.1 and 7.4. */
static void test_wrong_state(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct handmade h;

	pair_connect(p, true);
	begin(&h, lns, l2tp_session_id(lns->session), L2TP_ICRP);
	l2tp_write_u16(&h.b, AVP_ASSIGNED_SESSION_ID, l2tp_session_id(lac->session));
	deliver(&h, lns, NEXT_TO_LNS);
	assert_int_equal(lns->sessions_down, 1);
	assert_string_equal(lns->session_end.text, "ICRP in state established");
	assert_int_equal(lns->tunnels_down, 0);
	begin(&h, lns, 0, L2TP_SCCCN);
	deliver(&h, lns, NEXT_TO_LNS + 1);
	assert_int_equal(lns->tunnels_down, 1);
	assert_int_equal(lns->tunnel_end.result, L2TP_STOP_FSM);
	assert_string_equal(lns->tunnel_end.text, "SCCCN in state established");
}

static void test_unknown_message_type(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	struct handmade h;

	pair_connect(p, true);
	begin(&h, lns, 0, (enum l2tp_message_type)77);
	h.bytes[12] &= 0x7f;
	deliver(&h, lns, NEXT_TO_LNS);
	assert_int_equal(lns->tunnels_down, 0);
	begin(&h, lns, 0, (enum l2tp_message_type)77);
	deliver(&h, lns, NEXT_TO_LNS + 1);
	assert_int_equal(lns->tunnels_down, 1);
	assert_int_equal(lns->tunnel_end.error, L2TP_ERROR_MANDATORY);
}

/* What peers are known to send, and what must still be understood. */
static void test_liberal(void **state)
{
	struct pair *p = *state;
	struct side *lac = &p->side[0], *lns = &p->side[1];
	struct handmade h;

	pair_connect(p, true);
	/*
	 * a CDN without an Assigned Session ID, its Result Code without an error, and an odd byte
	 * behind
	 */
	begin(&h, lns, l2tp_session_id(lns->session), L2TP_CDN);
	l2tp_write_bytes(&h.b, AVP_RESULT_CODE, "\0\3\0", 3);
	deliver(&h, lns, NEXT_TO_LNS);
	assert_int_equal(lns->sessions_down, 1);
	assert_int_equal(lns->session_end.result, 3);
	assert_int_equal(lns->session_end.error, 0);
	assert_true(lns->session_end.by_peer);
	assert_int_equal(lns->tunnels_down, 0);
	/* a StopCCN without anything */
	begin(&h, lns, 0, L2TP_STOPCCN);
	deliver(&h, lns, NEXT_TO_LNS + 1);
	assert_int_equal(lns->tunnels_down, 1);
	assert_true(lns->tunnel_end.by_peer);
	(void)lac;
}

/* RFC 2661 7.1, its example: an optional AVP of a wrong length is ignored, and said in the log; once. */
static void test_malformed_optional(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	uint16_t ns = hand_connect(lns, 7, 0);
	struct hand h;

	for (uint16_t i = 0; i < 2; i++) {
		hand_icrq(&h, lns, 9 + i);
		hand_send(&h, lns, ns++, 1);
		hand_iccn(&h, lns);
		hand_avp(&h, 0, 0, AVP_RX_CONNECT_SPEED, "\1\2", 2);
		hand_send(&h, lns, ns++, 2);
		assert_int_equal(lns->sessions_up, i + 1);
		assert_int_equal(lns->call.rx_speed, 1000);
	}
	p->text[p->text_len] = 0;
	assert_non_null(strstr(
		p->text,
		"ICCN has a malformed AVP, which is ignored: Rx Connect Speed: wrong length"));
	assert_null(strstr(strstr(p->text, "malformed AVP") + 1, "malformed AVP"));
}

/* An SCCRQ by hand. */
static void write_request(struct handmade *h, uint16_t version, uint16_t id)
{
	h->b = wbuf_of(h->bytes, sizeof(h->bytes));
	l2tp_write_begin(&h->b, 0, 0, L2TP_SCCRQ);
	l2tp_write_u16(&h->b, AVP_PROTOCOL_VERSION, version);
	l2tp_write_u32(&h->b, AVP_FRAMING_CAPABILITIES, 3);
	l2tp_write_text(&h->b, AVP_HOST_NAME, "");
	if (id)
		l2tp_write_u16(&h->b, AVP_ASSIGNED_TUNNEL_ID, id);
}

static void inject_request(struct handmade *h, struct side *to)
{
	size_t len = l2tp_write_end(&h->b);

	pair_inject(to, h->bytes, len);
}

/* In an SCCRQ too, once its secret is known. */
static void test_malformed_optional_request(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	struct handmade h;

	lns->tunnel_policy = PAIR_HOLD;
	write_request(&h, 0x0100, 7);
	l2tp_write_bytes(&h.b, AVP_FIRMWARE_REVISION, "\1", 1);
	inject_request(&h, lns);
	assert_true(!p->text || !strstr(p->text, "malformed AVP"));
	l2tp_tunnel_accept(lns->held_tunnel, &lns->params, &p->log, NULL);
	assert_non_null(p->text);
	assert_non_null(strstr(
		p->text,
		"SCCRQ has a malformed AVP, which is ignored: Firmware Revision: wrong length"));
	assert_string_equal(l2tp_tunnel_state(lns->held_tunnel), "wait-ctl-conn");
}

static void test_requests(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	struct handmade h;
	unsigned sent;

	lns->tunnel_policy = PAIR_HOLD;
	write_request(&h, 0x0100, 7);
	inject_request(&h, lns);
	inject_request(&h, lns);
	assert_int_equal(lns->tunnel_requests, 1);
	write_request(&h, 0x0100, 8);
	inject_request(&h, lns);
	assert_int_equal(lns->tunnel_requests, 2);
	/* another version: refused, with the version that we speak */
	sent = lns->sent;
	write_request(&h, 0x0200, 9);
	inject_request(&h, lns);
	assert_int_equal(lns->tunnel_requests, 2);
	assert_int_equal(lns->sent, sent + 1);
	/* no id: there is nobody to answer */
	write_request(&h, 0x0100, 0);
	inject_request(&h, lns);
	assert_int_equal(lns->sent, sent + 1);
	assert_int_equal(lns->tunnels_down, 0);
}

/*
 * A hidden Assigned Tunnel ID can only be read once the owner has said which secret this peer has.
 */
static void hidden_request(struct pair *p, const char *secret)
{
	static const uint8_t vector[16] = "0123456789abcdef";
	struct side *lns = &p->side[1];
	struct handmade h;
	uint8_t hidden[4];

	lns->tunnel_policy = PAIR_HOLD;
	l2tp_hide(AVP_ASSIGNED_TUNNEL_ID, "s", (struct l2tp_vector){vector, 16},
		  (const uint8_t *)"\x12\x34", 2, 0, hidden);
	write_request(&h, 0x0100, 0);
	l2tp_write_bytes(&h.b, AVP_RANDOM_VECTOR, vector, 16);
	l2tp_write_bytes(&h.b, AVP_ASSIGNED_TUNNEL_ID, hidden, sizeof(hidden));
	h.b.p[-10] |= 0x40;
	inject_request(&h, lns);
	inject_request(&h, lns);
	assert_int_equal(lns->tunnel_requests, 1);
	assert_int_equal(l2tp_tunnel_peer_id(lns->held_tunnel), 0);
	strcpy(lns->params.secret, secret);
	l2tp_tunnel_accept(lns->held_tunnel, &lns->params, &p->log, NULL);
}

static void test_hidden_request(void **state)
{
	struct pair *p = *state;

	hidden_request(p, "s");
	assert_int_equal(l2tp_tunnel_peer_id(p->side[1].held_tunnel), 0x1234);
	assert_string_equal(l2tp_tunnel_state(p->side[1].held_tunnel), "wait-ctl-conn");
}

static void test_hidden_request_wrong_secret(void **state)
{
	struct pair *p = *state;

	hidden_request(p, "other");
	/* not from within accept, but soon */
	assert_int_equal(p->side[1].tunnels_down, 0);
	pair_run(p, 1);
	assert_int_equal(p->side[1].tunnels_down, 1);
	assert_int_equal(p->side[1].tunnel_end.error, L2TP_ERROR_VALUE);
}

/* A peer that passes over our challenge. */
static void test_response_missing(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	struct handmade h;

	strcpy(lns->params.secret, "s");
	lns->params.challenge = true;
	write_request(&h, 0x0100, 7);
	inject_request(&h, lns);
	begin(&h, lns, 0, L2TP_SCCCN);
	deliver(&h, lns, 1);
	assert_int_equal(lns->tunnels_up, 0);
	assert_int_equal(lns->tunnels_down, 1);
	assert_int_equal(lns->tunnel_end.result, L2TP_STOP_NOT_AUTHORISED);
	assert_string_equal(lns->tunnel_end.text, "challenge response is missing");
}

/*
 * A peer that died and dials again, even with what it said before, gets a tunnel as soon as ours is
 * down.
 */
static void test_peer_again(void **state)
{
	struct pair *p = *state;
	struct side *lns = &p->side[1];
	struct handmade h;

	write_request(&h, 0x0100, 7);
	inject_request(&h, lns);
	begin(&h, lns, 0, L2TP_SCCCN);
	deliver(&h, lns, 1);
	assert_int_equal(lns->tunnels_up, 1);
	write_request(&h, 0x0100, 7);
	inject_request(&h, lns);
	assert_int_equal(lns->tunnel_requests, 1);
	l2tp_tunnel_close(lns->tunnel, L2TP_STOP_CLEAR, 0, NULL);
	inject_request(&h, lns);
	assert_int_equal(lns->tunnel_requests, 2);
}

#define test(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_source),
		test(test_unknown_mandatory_in_session),
		test(test_unknown_mandatory_in_tunnel),
		test(test_new_call_with_unknown_avp),
		test(test_outgoing_call),
		test(test_wrong_state),
		test(test_unknown_message_type),
		test(test_liberal),
		test(test_malformed_optional),
		test(test_malformed_optional_request),
		test(test_requests),
		test(test_hidden_request),
		test(test_hidden_request_wrong_secret),
		test(test_response_missing),
		test(test_peer_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
