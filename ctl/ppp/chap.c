// SPDX-License-Identifier: GPL-2.0-only
/*
 * Challenge-Handshake Authentication Protocol (RFC 1994) with MD5 or as MS-CHAPv2 (RFC 2759), both
 * roles. A challenge that gets no response is repeated as it was: a new value each time would make
 * a late response to the first one worthless. For the same reason, the challenge to the peer that
 * is part of an MS-CHAPv2 response is made out of the peer's: so a repeated challenge gets the same
 * response, and either of them the same proof.
 */
#include "ppp/link.h"

#include <nettle/md5.h>
#include <nettle/memops.h>
#include <stdio.h>

static void send_challenge(struct ppp *p)
{
	uint8_t data[1 + CHAP_CHALLENGE_LEN + PPP_NAME_MAX];
	struct wbuf b = wbuf_of(data, sizeof(data));

	wbuf_u8(&b, CHAP_CHALLENGE_LEN);
	wbuf_bytes(&b, p->challenge, sizeof(p->challenge));
	wbuf_bytes(&b, p->config.host_name, strlen(p->config.host_name));
	link_set_timer(p, &p->server.timer, link_interval(p));
	link_send(p, PPP_PROTO_CHAP, CHAP_CHALLENGE, p->server.id, data, wbuf_len(&b));
}

void chap_challenge(struct ppp *p)
{
	p->server.id++;
	p->random(p->owner, p->challenge, sizeof(p->challenge));
	send_challenge(p);
}

void chap_challenge_again(struct ppp *p)
{
	send_challenge(p);
}

/* Value and name of a Challenge or Response (RFC 1994 4.1). */
static bool parse_value(const struct ppp_packet *pk, const uint8_t **value, uint8_t *value_len,
			struct rbuf *name)
{
	*name = rbuf_of(pk->data, pk->len);
	*value_len = rbuf_u8(name);
	*value = rbuf_take(name, *value_len);
	return !name->short_read && *value_len;
}

static void input_response(struct ppp *p, const struct ppp_packet *pk)
{
	struct ppp_login login = {.method = p->server.method};
	struct rbuf name;

	if (!auth_is_chap(p->server.method) ||
	    (pk->id != p->server.id && p->server.state == AUTH_WAIT)) {
		log_debug(p->log, "discarded, it answers no challenge of ours");
		return;
	}
	if (!parse_value(pk, &login.response, &login.response_len, &name) ||
	    login.response_len > PPP_RESPONSE_MAX) {
		log_debug(p->log, "discarded, its value does not fit");
		return;
	}
	switch (p->server.state) {
	case AUTH_WAIT:
		login.chap_id = pk->id;
		login.challenge = p->challenge;
		login.challenge_len = sizeof(p->challenge);
		auth_login(p, &login, name.p, rbuf_left(&name));
		break;
	case AUTH_GOOD:
	case AUTH_REFUSED:
		/*
		 * The same answer whatever this response is, so that nothing can be learnt from
		 * trying others (RFC 1994 4.2). Also to one with another identifier: an older
		 * challenge that the line delivered last led the peer astray, and so it hears of
		 * the one that counts.
		 */
		chap_answer(p, NULL);
		break;
	default:
		break;
	}
}

bool chap_proven(const struct ppp *p)
{
	static const uint8_t none[PPP_PROOF_LEN];

	return memcmp(p->proof, none, sizeof(none));
}

void chap_answer(struct ppp *p, const char *text)
{
	bool good = p->server.state == AUTH_GOOD;
	char buf[100 + PPP_TEXT_MAX];
	size_t len;

	if (!text)
		text = "";
	if (p->server.method != PPP_AUTH_MSCHAPV2)
		len = (size_t)snprintf(buf, sizeof(buf), "%.*s", PPP_TEXT_MAX, text);
	else if (good)
		len = mschap_success_text(buf, sizeof(buf), p->proof, text);
	else
		len = mschap_failure_text(buf, sizeof(buf), MSCHAP_ERROR_AUTHENTICATION_FAILURE,
					  p->challenge, text);
	link_send(p, PPP_PROTO_CHAP, good ? CHAP_SUCCESS : CHAP_FAILURE, p->server.id, buf, len);
}

void chap_response(struct ppp *p)
{
	uint8_t data[1 + MSCHAP_RESPONSE_LEN + PPP_NAME_MAX];
	struct wbuf b = wbuf_of(data, sizeof(data));

	wbuf_u8(&b, p->response_len);
	wbuf_bytes(&b, p->response, p->response_len);
	wbuf_bytes(&b, p->config.username, strlen(p->config.username));
	auth_client_sent(p);
	link_send(p, PPP_PROTO_CHAP, CHAP_RESPONSE, p->client.id, data, wbuf_len(&b));
}

static void respond_md5(struct ppp *p, uint8_t id, const uint8_t *value, size_t len)
{
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, 1, &id);
	md5_update(&md5, strlen(p->config.password), (const uint8_t *)p->config.password);
	md5_update(&md5, len, value);
	md5_digest(&md5, CHAP_MD5_LEN, p->response);
	p->response_len = CHAP_MD5_LEN;
	explicit_bzero(&md5, sizeof(md5));
}

/* RFC 2759 4 */
static void respond_mschapv2(struct ppp *p, uint8_t id, const uint8_t *value)
{
	const struct mschap_login l = {
		.name = (const uint8_t *)p->config.username,
		.name_len = strlen(p->config.username),
		.challenge = value,
		.peer_challenge = p->response,
	};
	struct md5_ctx md5;

	memset(p->response, 0, sizeof(p->response));
	p->response_len = MSCHAP_RESPONSE_LEN;
	md5_init(&md5);
	md5_update(&md5, sizeof(p->chap_seed), p->chap_seed);
	md5_update(&md5, 1, &id);
	md5_update(&md5, MSCHAP_CHALLENGE_LEN, value);
	md5_digest(&md5, MSCHAP_CHALLENGE_LEN, p->response);
	mschap_answer(&l, p->config.password,
		      p->response + MSCHAP_CHALLENGE_LEN + MSCHAP_RESERVED_LEN, p->expected[0]);
}

static void input_challenge(struct ppp *p, const struct ppp_packet *pk)
{
	const uint8_t *value;
	struct rbuf name;
	uint8_t len;

	if (!auth_is_chap(p->client.method) || p->client.state == AUTH_IDLE) {
		log_debug(p->log, "discarded, we did not agree to CHAP");
		return;
	}
	if (!parse_value(pk, &value, &len, &name) ||
	    (p->client.method == PPP_AUTH_MSCHAPV2 && len != MSCHAP_CHALLENGE_LEN)) {
		log_debug(p->log, "discarded, its value does not fit");
		return;
	}
	/* Our own challenge, sent back to have us answer it for the peer (RFC 1994, Security
	 * Considerations). */
	if (auth_is_chap(p->server.method) && len == sizeof(p->challenge) &&
	    !memcmp(value, p->challenge, len)) {
		log_warning(p->log, "the peer sends our own challenge back: not answered");
		return;
	}
	if (pk->id != p->client.id) {
		p->client.first_id = p->client.id;
		memcpy(p->expected[1], p->expected[0], sizeof(p->expected[0]));
	}
	if (p->client.method == PPP_AUTH_MSCHAPV2)
		respond_mschapv2(p, pk->id, value);
	else
		respond_md5(p, pk->id, value, len);
	p->client.id = pk->id;
	p->client.tries = 0;
	chap_response(p);
}

/* RFC 2759 5: a Success without the proof is none. */
static bool proves_itself(const struct ppp *p, const struct ppp_packet *pk)
{
	const uint8_t *expected = p->expected[pk->id != p->client.id];
	uint8_t proof[PPP_PROOF_LEN];

	return p->client.method != PPP_AUTH_MSCHAPV2 ||
	       (mschap_success_parse(pk->data, pk->len, proof) &&
		memeql_sec(proof, expected, sizeof(proof)));
}

static void input_answer(struct ppp *p, const struct ppp_packet *pk)
{
	const struct auth *a = &p->client;

	/* The line may have delivered an older challenge last: the answer is then to the response
	 * before. */
	if (!auth_is_chap(a->method) || (pk->id != a->id && pk->id != a->first_id) ||
	    (a->state != AUTH_SENT && a->state != AUTH_GOOD)) {
		log_debug(p->log, "discarded, it answers no response of ours");
		return;
	}
	if (pk->code != CHAP_SUCCESS)
		auth_client_refused(p, pk->data, pk->len);
	else if (proves_itself(p, pk))
		auth_client_good(p);
	else
		link_fail(p, PPP_END_US, "peer does not prove that it knows our password");
}

void chap_input(struct ppp *p, const struct ppp_packet *pk)
{
	switch (pk->code) {
	case CHAP_CHALLENGE:
		input_challenge(p, pk);
		break;
	case CHAP_RESPONSE:
		input_response(p, pk);
		break;
	case CHAP_SUCCESS:
	case CHAP_FAILURE:
		input_answer(p, pk);
		break;
	default:
		log_debug(p->log, "discarded, CHAP has no code %u", pk->code);
	}
}
