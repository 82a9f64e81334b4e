// SPDX-License-Identifier: GPL-2.0-only
/* PPP frames in words, see ppp_text.h. Which option is shown how is in the table of ppp_names.c. */
#include "wire/ppp_text.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include "wire/ppp_mschap.h"
#include "wire/ppp_names.h"

struct text {
	char *p;
	size_t left; /* with room for the final NUL */
};

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p, t->left, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= t->left)
		n = (int)t->left - 1;
	t->p += n;
	t->left -= (size_t)n;
}

static void add_hex(struct text *t, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len && t->left > 1; i++)
		add(t, "%02x", data[i]);
}

static void add_string(struct text *t, const uint8_t *data, size_t len)
{
	char s[256];

	add(t, "\"%s\"", ppp_printable(s, sizeof(s), data, len));
}

static void add_protocol(struct text *t, uint16_t protocol)
{
	const char *name = ppp_protocol_name(protocol);

	if (name)
		add(t, "%s", name);
	else
		add(t, "protocol 0x%04x", protocol);
}

char *ppp_printable(char *buf, size_t size, const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len && i + 1 < size; i++)
		buf[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '?';
	buf[i] = '\0';
	return buf;
}

static void add_code(struct text *t, uint16_t protocol, uint8_t code)
{
	const char *name = ppp_code_name(protocol, code);

	if (name)
		add(t, "%s", name);
	else
		add(t, "code %u", code);
}

/* Authentication-Protocol (RFC 1661 6.2) and its likes: a protocol, then what that protocol
 * defines. */
static void add_protocol_option(struct text *t, const struct ppp_option *o,
				enum ppp_option_kind kind)
{
	struct rbuf b = rbuf_of(o->data, o->len);
	uint16_t protocol = rbuf_u16(&b);
	const char *algorithm;

	add_protocol(t, protocol);
	if (kind == PPP_KIND_AUTH && protocol == PPP_PROTO_CHAP && rbuf_left(&b) == 1) {
		algorithm = ppp_chap_algorithm_name(b.p[0]);
		if (algorithm)
			add(t, " %s", algorithm);
		else
			add(t, " algorithm %u", b.p[0]);
	} else if (rbuf_left(&b)) {
		add(t, " ");
		add_hex(t, b.p, rbuf_left(&b));
	}
}

static void add_option_data(struct text *t, const struct ppp_option *o, enum ppp_option_kind kind)
{
	static const uint8_t min_len[] = {
		[PPP_KIND_BYTES] = 0, [PPP_KIND_FLAG] = 0,     [PPP_KIND_U16] = 2,
		[PPP_KIND_HEX32] = 4, [PPP_KIND_ADDRESS] = 4,  [PPP_KIND_INTERFACE_ID] = 8,
		[PPP_KIND_AUTH] = 2,  [PPP_KIND_PROTOCOL] = 2,
	};
	const uint8_t *d = o->data;

	if (o->len < min_len[kind]) {
		add(t, " too short");
		return;
	}
	if (kind == PPP_KIND_FLAG || !o->len)
		return;
	add(t, " ");
	switch (kind) {
	case PPP_KIND_U16:
		add(t, "%u", d[0] << 8 | d[1]);
		break;
	case PPP_KIND_HEX32:
		add(t, "0x%02x%02x%02x%02x", d[0], d[1], d[2], d[3]);
		break;
	case PPP_KIND_ADDRESS:
		add(t, "%u.%u.%u.%u", d[0], d[1], d[2], d[3]);
		break;
	case PPP_KIND_INTERFACE_ID:
		add(t, "%02x%02x:%02x%02x:%02x%02x:%02x%02x", d[0], d[1], d[2], d[3], d[4], d[5],
		    d[6], d[7]);
		break;
	case PPP_KIND_AUTH:
	case PPP_KIND_PROTOCOL:
		add_protocol_option(t, o, kind);
		break;
	default:
		add_hex(t, d, o->len);
	}
}

static void add_option(struct text *t, uint16_t protocol, const struct ppp_option *o)
{
	enum ppp_option_kind kind;
	const char *name = ppp_option_name(protocol, o->type, &kind);

	if (name)
		add(t, "%s", name);
	else
		add(t, "option %u", o->type);
	add_option_data(t, o, kind);
}

static void add_options(struct text *t, uint16_t protocol, const struct ppp_packet *pk)
{
	struct rbuf b = rbuf_of(pk->data, pk->len);
	const char *separator = ": ";
	struct ppp_option o;
	int err;

	while ((err = ppp_option_next(&b, &o)) > 0) {
		add(t, "%s", separator);
		add_option(t, protocol, &o);
		separator = ", ";
	}
	if (err < 0)
		add(t, "%soption cut short", separator);
}

static void add_control(struct text *t, uint16_t protocol, const struct ppp_packet *pk)
{
	struct rbuf b = rbuf_of(pk->data, pk->len);

	switch (pk->code) {
	case PPP_CONFIGURE_REQUEST:
	case PPP_CONFIGURE_ACK:
	case PPP_CONFIGURE_NAK:
	case PPP_CONFIGURE_REJECT:
		add_options(t, protocol, pk);
		break;
	case PPP_TERMINATE_REQUEST:
	case PPP_TERMINATE_ACK:
		if (pk->len) {
			add(t, ": ");
			add_string(t, pk->data, pk->len);
		}
		break;
	case PPP_CODE_REJECT:
		if (pk->len) {
			add(t, ": ");
			add_code(t, protocol, pk->data[0]);
		}
		break;
	case PPP_PROTOCOL_REJECT:
		if (protocol == PPP_PROTO_LCP && pk->len >= 2) {
			add(t, ": ");
			add_protocol(t, rbuf_u16(&b));
		}
		break;
	case PPP_ECHO_REQUEST:
	case PPP_ECHO_REPLY:
	case PPP_DISCARD_REQUEST:
	case PPP_IDENTIFICATION:
		if (protocol != PPP_PROTO_LCP || pk->len < 4)
			break;
		add(t, ": magic 0x%08x", rbuf_u32(&b));
		if (pk->code == PPP_IDENTIFICATION) {
			add(t, ", ");
			add_string(t, b.p, rbuf_left(&b));
		} else if (rbuf_left(&b)) {
			add(t, ", %zu bytes", rbuf_left(&b));
		}
		break;
	}
}

/* RFC 1334 2.2 */
static void add_pap(struct text *t, const struct ppp_packet *pk)
{
	struct rbuf b = rbuf_of(pk->data, pk->len);
	uint8_t len = rbuf_u8(&b);
	const uint8_t *s = rbuf_take(&b, len);

	if (b.short_read || !s)
		return;
	add(t, pk->code == PAP_REQUEST ? ": peer-id " : ": ");
	add_string(t, s, len);
	if (pk->code == PAP_REQUEST)
		add(t, ", password not shown");
}

/* The text of a Success or Failure; in MS-CHAPv2's Success without the proof in front (RFC 2759 5).
 */
static void add_chap_message(struct text *t, const struct ppp_packet *pk)
{
	const size_t proof = sizeof("S=") - 1 + 2 * MSCHAP_PROOF_LEN;
	uint8_t value[MSCHAP_PROOF_LEN];
	size_t skip = 0;

	if (!pk->len)
		return;
	add(t, ": ");
	if (pk->code == CHAP_SUCCESS && mschap_success_parse(pk->data, pk->len, value)) {
		add(t, "proof not shown, ");
		skip = proof;
	}
	add_string(t, pk->data + skip, pk->len - skip);
}

/* RFC 1994 4 */
static void add_chap(struct text *t, const struct ppp_packet *pk)
{
	struct rbuf b = rbuf_of(pk->data, pk->len);
	uint8_t len;

	if (pk->code == CHAP_SUCCESS || pk->code == CHAP_FAILURE) {
		add_chap_message(t, pk);
		return;
	}
	if (pk->code != CHAP_CHALLENGE && pk->code != CHAP_RESPONSE)
		return;
	len = rbuf_u8(&b);
	if (!rbuf_take(&b, len) || b.short_read) {
		add(t, ": cut short");
		return;
	}
	add(t, pk->code == CHAP_CHALLENGE ? ": %u bytes, name " : ": %u bytes not shown, name ",
	    len);
	add_string(t, b.p, rbuf_left(&b));
}

char *ppp_frame_text(char *buf, size_t size, const uint8_t *frame, size_t len)
{
	struct text t = {.p = buf, .left = size};
	struct ppp_packet pk;
	size_t header;
	int protocol = ppp_frame_parse(frame, len, &header);

	*buf = '\0';
	if (protocol < 0) {
		add(&t, "%zu bytes that are no PPP frame", len);
		return buf;
	}
	add_protocol(&t, (uint16_t)protocol);
	if (!(protocol & 0x8000)) { /* network-layer data */
		add(&t, ", %zu bytes", len - header);
		return buf;
	}
	if (ppp_packet_parse(frame + header, len - header, &pk)) {
		add(&t, " malformed, %zu bytes", len - header);
		return buf;
	}
	add(&t, " ");
	add_code(&t, (uint16_t)protocol, pk.code);
	add(&t, " id %u", pk.id);
	if (protocol == PPP_PROTO_PAP)
		add_pap(&t, &pk);
	else if (protocol == PPP_PROTO_CHAP)
		add_chap(&t, &pk);
	else if (protocol == PPP_PROTO_LCP || protocol >> 14 == 2)
		add_control(&t, (uint16_t)protocol, &pk);
	return buf;
}

char *ppp_option_text(char *buf, size_t size, uint16_t protocol, const struct ppp_option *o)
{
	struct text t = {.p = buf, .left = size};

	*buf = '\0';
	add_option(&t, protocol, o);
	return buf;
}
