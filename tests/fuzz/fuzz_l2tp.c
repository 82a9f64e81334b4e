// SPDX-License-Identifier: GPL-2.0-only
/*
 * L2TP fed by a hostile peer. The first byte chooses: the codecs alone, or a state of a tunnel and a session into
 * which a series of steps goes: bytes as they are, bytes behind a header that fits, sound messages with one byte
 * changed, time, and what an owner does meanwhile. So no seed corpus is needed to get behind the header. At the end
 * everything must have come down in order: as many *_down as there were objects told of.
 */
#include <stdlib.h>
#include <string.h>
#include "l2tp_pair.h"
#include "wire/l2tp_data.h"
#include "wire/l2tp_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROOM 2048

#define must(condition)           \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static void codecs(const uint8_t *data, size_t size)
{
	static const char *const secrets[] = {NULL, "", "secret"};
	struct l2tp_message m;
	struct l2tp_data d;
	char text[256];

	if (!l2tp_data_parse(data, size, &d))
		must(d.payload + d.payload_len <= size && !l2tp_is_control(data, size));
	for (unsigned i = 0; i < 3; i++) {
		if (l2tp_message_parse(&m, data, size, secrets[i]))
			continue;
		for (unsigned a = 0; a < AVP_COUNT; a++) {
			char out[16];

			l2tp_get_text(&m, (enum l2tp_attribute)a, out, sizeof(out));
			must(strlen(out) < sizeof(out));
			l2tp_get_u16(&m, (enum l2tp_attribute)a);
		}
	}
	must(strlen(l2tp_message_text(data, size, text, sizeof(text))) < sizeof(text));
}

struct play {
	struct pair pair;
	struct side *us, *peer;
	struct rbuf in;
	uint16_t ns; /* of the peer's next message */
	uint16_t tunnel_id;
	uint8_t msg[ROOM];
};

/* What goes from us to the peer is lost: the peer is played here. */
static bool swallow(struct side *s, const uint8_t *msg, size_t len)
{
	(void)s;
	(void)msg;
	(void)len;
	return false;
}

static uint16_t session_id(const struct play *p)
{
	return p->us->session ? l2tp_session_id(p->us->session) : 0;
}

static void inject(struct play *p, size_t len)
{
	/* A copy of its own, so that a byte read behind it is seen. */
	uint8_t *copy = malloc(len);

	memcpy(copy, p->msg, len);
	pair_inject(p->us, copy, len);
	free(copy);
}

/* Bytes as AVPs behind a header that fits; or, raw, as they are. */
static void step_bytes(struct play *p, bool raw)
{
	struct wbuf b = wbuf_of(p->msg, sizeof(p->msg));
	uint8_t how = rbuf_u8(&p->in);
	size_t len = rbuf_u8(&p->in);
	const uint8_t *bytes;

	if (len > rbuf_left(&p->in))
		len = rbuf_left(&p->in);
	bytes = rbuf_take(&p->in, len);
	if (!raw)
		l2tp_write_begin(&b, p->tunnel_id, how & 0x80 ? session_id(p) : 0,
				 (enum l2tp_message_type)(how & 0x1f));
	wbuf_bytes(&b, bytes, len);
	if (!raw) {
		len = l2tp_write_end(&b);
		/* mostly in order, now and then early */
		l2tp_write_numbers(p->msg, how & 0x40 ? p->ns + 2 : p->ns++, how & 0x20 ? 1 : 0);
	}
	if (len)
		inject(p, len);
}

static void write_call(struct wbuf *b, uint8_t type)
{
	if (type == L2TP_ICRQ || type == L2TP_ICRP || type == L2TP_OCRQ || type == L2TP_OCRP)
		l2tp_write_u16(b, AVP_ASSIGNED_SESSION_ID, 5);
	if (type == L2TP_ICRQ || type == L2TP_OCRQ)
		l2tp_write_u32(b, AVP_CALL_SERIAL_NUMBER, 1);
	if (type == L2TP_OCRQ) {
		l2tp_write_u32(b, AVP_MINIMUM_BPS, 1);
		l2tp_write_u32(b, AVP_MAXIMUM_BPS, 1);
		l2tp_write_u32(b, AVP_BEARER_TYPE, 1);
		l2tp_write_u32(b, AVP_FRAMING_TYPE, 1);
		l2tp_write_text(b, AVP_CALLED_NUMBER, "1");
	}
	if (type == L2TP_WEN)
		l2tp_write_bytes(b, AVP_CALL_ERRORS, (uint8_t[26]){0}, 26);
	if (type == L2TP_SLI)
		l2tp_write_bytes(b, AVP_ACCM, (uint8_t[10]){0}, 10);
	if (type == L2TP_ICCN || type == L2TP_OCCN) {
		l2tp_write_u16(b, AVP_PROXY_AUTHEN_TYPE, 2);
		l2tp_write_text(b, AVP_PROXY_AUTHEN_NAME, "name");
		l2tp_write_u32(b, AVP_TX_CONNECT_SPEED, 1);
		l2tp_write_u32(b, AVP_FRAMING_TYPE, 1);
		l2tp_write_bytes(b, AVP_PRIVATE_GROUP_ID, "group", 5);
	}
	if (type == L2TP_STOPCCN || type == L2TP_CDN)
		l2tp_write_result(b, 2, 6, "reason");
}

/* An AVP whose value is bytes of the input, hidden. */
static void write_hidden(struct play *p, struct wbuf *b)
{
	size_t len = rbuf_u8(&p->in) % 64;
	uint8_t attribute = rbuf_u8(&p->in) % AVP_COUNT;

	if (len > rbuf_left(&p->in))
		len = rbuf_left(&p->in);
	l2tp_write_bytes(b, AVP_RANDOM_VECTOR, "vector", 6);
	wbuf_u16(b, (uint16_t)(AVP_H | (AVP_HDR_LEN + len)));
	wbuf_u16(b, 0);
	wbuf_u16(b, attribute);
	wbuf_bytes(b, rbuf_take(&p->in, len), len);
}

/* A sound message of some type, one byte of it changed. */
static void step_message(struct play *p)
{
	struct wbuf b = wbuf_of(p->msg, sizeof(p->msg));
	uint8_t type = rbuf_u8(&p->in), at = rbuf_u8(&p->in), change = rbuf_u8(&p->in);
	bool first = (type & 0x1f) == L2TP_SCCRQ;
	size_t len;

	l2tp_write_begin(&b, first ? 0 : p->tunnel_id, type & 0x80 ? session_id(p) : 0,
			 (enum l2tp_message_type)(type & 0x1f));
	if (first || (type & 0x1f) == L2TP_SCCRP) {
		l2tp_write_u16(&b, AVP_PROTOCOL_VERSION, L2TP_PROTOCOL_VERSION);
		l2tp_write_u32(&b, AVP_FRAMING_CAPABILITIES, 3);
		l2tp_write_text(&b, AVP_HOST_NAME, "fuzz");
		l2tp_write_u16(&b, AVP_ASSIGNED_TUNNEL_ID, 1 + (change & 3));
		l2tp_write_bytes(&b, AVP_CHALLENGE, "challenge", 9);
		l2tp_write_u32(&b, AVP_BEARER_CAPABILITIES, 3);
		if (type & 0x20)
			l2tp_write_bytes(&b, AVP_TIE_BREAKER, "\x80\0\0\0\0\0\0\0", 8);
	}
	write_call(&b, type & 0x1f);
	if (type & 0x40)
		write_hidden(p, &b);
	len = l2tp_write_end(&b);
	l2tp_write_numbers(p->msg, first ? 0 : p->ns++, 1);
	if (at < len)
		p->msg[at] ^= change;
	inject(p, len);
}

static void step_owner(struct play *p)
{
	static const struct l2tp_call_info out = {.type = L2TP_CALL_OUTGOING, .called = "1"};
	struct side *us = p->us;

	switch (rbuf_u8(&p->in) % 9) {
	case 0:
		p->us->session_policy =
			p->us->session_policy == PAIR_ACCEPT ? PAIR_REFUSE : PAIR_ACCEPT;
		break;
	case 1:
		p->us->tunnel_policy =
			p->us->tunnel_policy == PAIR_ACCEPT ? PAIR_REFUSE : PAIR_ACCEPT;
		break;
	case 2:
		if (p->us->session)
			l2tp_session_close(p->us->session, L2TP_CDN_ADMIN, 0, "fuzz");
		break;
	case 3:
		if (p->us->tunnel)
			pair_call(p->us, p->us->tunnel);
		break;
	case 4:
		if (p->us->tunnel)
			l2tp_tunnel_close(p->us->tunnel, L2TP_STOP_CLEAR, 0, "fuzz");
		break;
	case 5:
		if (p->us->tunnel && p->us->tunnel_policy == PAIR_HOLD)
			l2tp_tunnel_accept(p->us->tunnel, &p->us->params, &p->pair.log, NULL);
		break;
	case 6:
		if (us->session)
			l2tp_session_answered(us->session, &out);
		break;
	case 7:
		if (us->tunnel && l2tp_session_dial(us->tunnel, &out, &p->pair.log, us))
			us->sessions_dialled++;
		break;
	case 8:
		pair_dial(us, &us->params);
		break;
	}
}

static void start(struct play *p, uint8_t how)
{
	bool dials = how & 1;

	pair_init(&p->pair, 1);
	p->pair.log.level = LOG_LEVEL_DEBUG;
	p->us = &p->pair.side[dials ? 0 : 1];
	p->peer = &p->pair.side[dials ? 1 : 0];
	pair_limit(p->us, (struct l2tp_limits){4, 8, 8, 20});
	p->us->params.hello_interval = 10000;
	p->us->params.tie_breaker = how & 32;
	p->us->params.accept_address_change = how & 64;
	if (how & 2) {
		strcpy(p->us->params.secret, "secret");
		strcpy(p->peer->params.secret, "secret");
		p->us->params.challenge = true;
		p->us->params.hide_avps = how & 16;
	}
	switch (how >> 2 & 3) {
	case 0:
		p->us->filter = swallow;
		if (dials)
			pair_dial(p->us, &p->us->params);
		break;
	case 1:
		pair_connect(&p->pair, false);
		p->ns = dials ? 1 : 2;
		break;
	case 2:
		pair_connect(&p->pair, true);
		p->ns = dials ? 2 : 4;
		break;
	case 3:
		p->us->filter = swallow;
		p->us->tunnel_policy = p->us->session_policy = PAIR_HOLD;
		break;
	}
	p->us->filter = swallow;
	p->tunnel_id = p->us->tunnel ? l2tp_tunnel_id(p->us->tunnel) : 1;
}

/* With a silent peer everything comes to its end: each object told of is down once, nothing is left but what is held. */
static void finish(struct play *p, bool held)
{
	struct side *us = p->us;

	pair_run(&p->pair, 300000);
	must(us->tunnels_down <= us->tunnel_requests + us->tunnels_dialled);
	must(us->sessions_down <= us->session_requests + us->sessions_dialled);
	if (held)
		return;
	must(us->tunnels_down == us->tunnel_requests + us->tunnels_dialled);
	must(us->sessions_down == us->session_requests + us->sessions_dialled);
	must(l2tp_idle(us->l2tp));
}

static void play(struct play *p, uint8_t how, const uint8_t *data, size_t size)
{
	start(p, how);
	p->in = rbuf_of(data, size);
	while (rbuf_left(&p->in)) {
		uint8_t op = rbuf_u8(&p->in);

		switch (op % 5) {
		case 0:
		case 1:
			step_bytes(p, op % 5);
			break;
		case 2:
			step_message(p);
			break;
		case 3:
			pair_run(&p->pair, (uint64_t)(op >> 3) * 400);
			break;
		case 4:
			step_owner(p);
			break;
		}
		if (p->us->tunnel)
			p->tunnel_id = l2tp_tunnel_id(p->us->tunnel);
	}
	finish(p, (how >> 2 & 3) == 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct play p = {0};

	if (!size)
		return 0;
	if (data[0] & 0x80) {
		codecs(data + 1, size - 1);
		return 0;
	}
	play(&p, data[0], data + 1, size - 1);
	pair_free(&p.pair);
	return 0;
}
