// SPDX-License-Identifier: GPL-2.0-only
/* Password Authentication Protocol (RFC 1334 2), both roles. */
#include "ppp/link.h"

/* Authenticate-Request: Peer-ID and Password, each behind its length (RFC 1334 2.2.1). */
static void input_request(struct ppp *p, const struct ppp_packet *pk)
{
	struct ppp_login login = {.method = PPP_AUTH_PAP};
	struct rbuf b = rbuf_of(pk->data, pk->len);
	char password[PPP_SECRET_MAX + 1];
	const uint8_t *name, *word;
	uint8_t name_len, word_len;

	if (p->server.method != PPP_AUTH_PAP) {
		log_debug(p->log, "discarded, we did not ask for PAP");
		return;
	}
	name_len = rbuf_u8(&b);
	name = rbuf_take(&b, name_len);
	word_len = rbuf_u8(&b);
	word = rbuf_take(&b, word_len);
	if (b.short_read || !name || !word) {
		log_debug(p->log, "discarded, its lengths do not fit");
		return;
	}
	p->server.id = pk->id; /* the answer is to the latest */
	switch (p->server.state) {
	case AUTH_WAIT:
		memcpy(password, word, word_len);
		password[word_len] = '\0';
		/* As a string it would be another password than the one that was sent. */
		login.password = memchr(word, 0, word_len) ? NULL : password;
		auth_login(p, &login, name, name_len);
		explicit_bzero(password, sizeof(password));
		break;
	case AUTH_GOOD:
	case AUTH_REFUSED: /* it did not hear our answer: the same again (RFC 1334 2.2.1) */
		pap_answer(p, NULL);
		break;
	default:
		break;
	}
}

void pap_answer(struct ppp *p, const char *text)
{
	uint8_t data[1 + PPP_TEXT_MAX];
	struct wbuf b = wbuf_of(data, sizeof(data));
	size_t len = text ? strnlen(text, PPP_TEXT_MAX) : 0;

	wbuf_u8(&b, (uint8_t)len); /* Msg-Length is there also without a message (RFC 1334 2.2.2) */
	wbuf_bytes(&b, text, len);
	link_send(p, PPP_PROTO_PAP, p->server.state == AUTH_GOOD ? PAP_ACK : PAP_NAK, p->server.id,
		  data, wbuf_len(&b));
}

void pap_request(struct ppp *p)
{
	uint8_t data[2 + PPP_NAME_MAX + PPP_SECRET_MAX];
	struct wbuf b = wbuf_of(data, sizeof(data));
	size_t name_len = strlen(p->config.username);
	size_t word_len = strlen(p->config.password);

	wbuf_u8(&b, (uint8_t)name_len);
	wbuf_bytes(&b, p->config.username, name_len);
	wbuf_u8(&b, (uint8_t)word_len);
	wbuf_bytes(&b, p->config.password, word_len);
	auth_client_sent(p);
	link_send(p, PPP_PROTO_PAP, PAP_REQUEST, ++p->client.id, data, wbuf_len(&b));
	explicit_bzero(data, sizeof(data));
}

static void input_answer(struct ppp *p, const struct ppp_packet *pk)
{
	struct rbuf b = rbuf_of(pk->data, pk->len);
	const struct auth *a = &p->client;
	uint8_t len = rbuf_u8(&b); /* some peers leave Msg-Length out */
	const uint8_t *text;

	/* Each request has its own identifier, and the answer to any of this login is an answer. */
	if (a->method != PPP_AUTH_PAP || a->state != AUTH_SENT ||
	    (uint8_t)(pk->id - a->first_id - 1) >= (uint8_t)(a->id - a->first_id)) {
		log_debug(p->log, "discarded, it answers no request that is open");
		return;
	}
	if (pk->code == PAP_ACK) {
		auth_client_good(p);
		return;
	}
	if (len > rbuf_left(&b))
		len = (uint8_t)rbuf_left(&b);
	text = rbuf_take(&b, len);
	auth_client_refused(p, text, len);
}

void pap_input(struct ppp *p, const struct ppp_packet *pk)
{
	if (pk->code == PAP_REQUEST)
		input_request(p, pk);
	else if (pk->code == PAP_ACK || pk->code == PAP_NAK)
		input_answer(p, pk);
	else
		log_debug(p->log, "discarded, PAP has no code %u", pk->code);
}
