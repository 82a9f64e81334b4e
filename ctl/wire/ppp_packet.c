// SPDX-License-Identifier: GPL-2.0-only
/* PPP frames, packets and options as bytes, see ppp_packet.h. */
#include "wire/ppp_packet.h"

#include <errno.h>

int ppp_frame_parse(const uint8_t *frame, size_t len, size_t *header_len)
{
	struct rbuf b = rbuf_of(frame, len);
	unsigned protocol;

	/*
	 * 0xff03 cannot be a protocol, and 0x00ff is never given out (RFC 1661 2 and 6.5), so these
	 * two bytes are address and control whatever was negotiated.
	 */
	if (len >= 2 && frame[0] == 0xff && frame[1] == 0x03)
		rbuf_take(&b, 2);
	/* The last byte of a protocol is odd, all others are even. */
	protocol = rbuf_u8(&b);
	if (!(protocol & 1))
		protocol = protocol << 8 | rbuf_u8(&b);
	if (b.short_read || !(protocol & 1) || protocol == 0xff)
		return -EBADMSG;
	*header_len = len - rbuf_left(&b);
	return (int)protocol;
}

int ppp_packet_parse(const uint8_t *info, size_t len, struct ppp_packet *pk)
{
	struct rbuf b = rbuf_of(info, len);
	size_t total;

	pk->code = rbuf_u8(&b);
	pk->id = rbuf_u8(&b);
	total = rbuf_u16(&b);
	if (b.short_read || total < PPP_PACKET_HDR || total > len)
		return -EBADMSG;
	pk->data = b.p;
	pk->len = total - PPP_PACKET_HDR;
	return 0;
}

void ppp_packet_put(struct wbuf *b, uint16_t protocol, uint8_t code, uint8_t id, const void *data,
		    size_t len)
{
	wbuf_u16(b, protocol);
	wbuf_u8(b, code);
	wbuf_u8(b, id);
	wbuf_u16(b, (uint16_t)(len + PPP_PACKET_HDR));
	wbuf_bytes(b, data, len);
}

int ppp_option_next(struct rbuf *b, struct ppp_option *o)
{
	uint8_t total;

	if (!rbuf_left(b))
		return 0;
	o->type = rbuf_u8(b);
	total = rbuf_u8(b);
	if (b->short_read || total < 2)
		return -EBADMSG;
	o->len = total - 2;
	o->data = rbuf_take(b, o->len);
	return o->data ? 1 : -EBADMSG;
}

bool ppp_options_valid(const uint8_t *list, size_t len)
{
	struct rbuf b = rbuf_of(list, len);
	struct ppp_option o;
	int err;

	do
		err = ppp_option_next(&b, &o);
	while (err > 0);
	return !err;
}

void ppp_option_put(struct wbuf *b, uint8_t type, const void *data, size_t len)
{
	uint8_t *p = len <= 253 ? wbuf_take(b, len + 2) : NULL;

	if (!p)
		return;
	p[0] = type;
	p[1] = (uint8_t)(len + 2);
	if (len)
		memcpy(p + 2, data, len);
}

void ppp_option_put_u16(struct wbuf *b, uint8_t type, uint16_t v)
{
	const uint8_t data[] = {v >> 8, v & 0xff};

	ppp_option_put(b, type, data, sizeof(data));
}

void ppp_option_put_u32(struct wbuf *b, uint8_t type, uint32_t v)
{
	const uint8_t data[] = {v >> 24, v >> 16 & 0xff, v >> 8 & 0xff, v & 0xff};

	ppp_option_put(b, type, data, sizeof(data));
}

uint32_t ppp_option_u32(const struct ppp_option *o)
{
	struct rbuf b = rbuf_of(o->data, o->len);

	return o->len == 4 ? rbuf_u32(&b) : 0;
}
