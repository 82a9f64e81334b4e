// SPDX-License-Identifier: GPL-2.0-only
/*
 * Challenge-Handshake Authentication Protocol with MD5 (RFC 1994), both roles. A challenge that gets no response is
 * repeated as it was: a new value each time would make a late response to the first one worthless.
 */
#include "ppp/link.h"

#include <nettle/md5.h>

static void send_challenge(struct ppp *p)
{
	uint8_t data[1 + CHAP_CHALLENGE_LEN + PPP_NAME_MAX];
	struct wbuf b = wbuf_of(data, sizeof(data));

	wbuf_u8(&b, CHAP_CHALLENGE_LEN);
	wbuf_bytes(&b, p->challenge, sizeof(p->challenge));
	wbuf_bytes(&b, p->config.host_name, strnlen(p->config.host_name, PPP_NAME_MAX));
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
	struct ppp_login login = {.method = PPP_AUTH_CHAP_MD5};
	struct rbuf name;

	if (p->server.method != PPP_AUTH_CHAP_MD5 ||
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
		 * The same answer whatever this response is, so that nothing can be learnt from trying
		 * others (RFC 1994 4.2). Also to one with another identifier: an older challenge that the
		 * line delivered last led the peer astray, and so it hears of the one that counts.
		 */
		chap_answer(p, NULL);
		break;
	default:
		break;
	}
}

void chap_answer(struct ppp *p, const char *text)
{
	link_send(p, PPP_PROTO_CHAP, p->server.state == AUTH_GOOD ? CHAP_SUCCESS : CHAP_FAILURE,
		  p->server.id, text, text ? strnlen(text, PPP_TEXT_MAX) : 0);
}

void chap_response(struct ppp *p)
{
	uint8_t data[1 + CHAP_MD5_LEN + PPP_NAME_MAX];
	struct wbuf b = wbuf_of(data, sizeof(data));

	wbuf_u8(&b, sizeof(p->response));
	wbuf_bytes(&b, p->response, sizeof(p->response));
	wbuf_bytes(&b, p->config.username, strnlen(p->config.username, PPP_NAME_MAX));
	auth_client_sent(p);
	link_send(p, PPP_PROTO_CHAP, CHAP_RESPONSE, p->client.id, data, wbuf_len(&b));
}

static void input_challenge(struct ppp *p, const struct ppp_packet *pk)
{
	const uint8_t *value;
	struct md5_ctx md5;
	struct rbuf name;
	uint8_t len;

	if (p->client.method != PPP_AUTH_CHAP_MD5 || p->client.state == AUTH_IDLE) {
		log_debug(p->log, "discarded, we did not agree to CHAP");
		return;
	}
	if (!parse_value(pk, &value, &len, &name)) {
		log_debug(p->log, "discarded, its value does not fit");
		return;
	}
	/* Our own challenge, sent back to have us answer it for the peer (RFC 1994, Security Considerations). */
	if (p->server.method == PPP_AUTH_CHAP_MD5 && len == sizeof(p->challenge) &&
	    !memcmp(value, p->challenge, len)) {
		log_warning(p->log, "the peer sends our own challenge back: not answered");
		return;
	}
	md5_init(&md5);
	md5_update(&md5, 1, &pk->id);
	md5_update(&md5, strnlen(p->config.password, PPP_SECRET_MAX),
		   (const uint8_t *)p->config.password);
	md5_update(&md5, len, value);
	md5_digest(&md5, sizeof(p->response), p->response);
	explicit_bzero(&md5, sizeof(md5));
	if (pk->id != p->client.id)
		p->client.first_id = p->client.id;
	p->client.id = pk->id;
	p->client.tries = 0;
	chap_response(p);
}

static void input_answer(struct ppp *p, const struct ppp_packet *pk)
{
	const struct auth *a = &p->client;

	/* The line may have delivered an older challenge last: the answer is then to the response before. */
	if (a->method != PPP_AUTH_CHAP_MD5 || (pk->id != a->id && pk->id != a->first_id) ||
	    (a->state != AUTH_SENT && a->state != AUTH_GOOD)) {
		log_debug(p->log, "discarded, it answers no response of ours");
		return;
	}
	if (pk->code == CHAP_SUCCESS)
		auth_client_good(p);
	else
		auth_client_refused(p, pk->data, pk->len);
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
