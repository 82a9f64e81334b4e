// SPDX-License-Identifier: GPL-2.0-only
/* Header of L2TP data messages, see l2tp_data.h. */
#include "wire/l2tp_data.h"

#include <errno.h>
#include "base/buf.h"

int l2tp_data_parse(const uint8_t *pkt, size_t len, struct l2tp_data *out)
{
	struct rbuf b = rbuf_of(pkt, len);

	*out = (struct l2tp_data){.flags = rbuf_u16(&b)};
	if (b.short_read || (out->flags & L2TP_T) || (out->flags & L2TP_VER_MASK) != L2TP_VER)
		return -EBADMSG;
	if (out->flags & L2TP_L) {
		uint16_t length = rbuf_u16(&b);

		/* Length is the whole message; what a link layer padded behind it is no payload. */
		if (length > len || length < (size_t)(b.p - pkt))
			return -EBADMSG;
		b.end = pkt + length;
	}
	out->tunnel_id = rbuf_u16(&b);
	out->session_id = rbuf_u16(&b);
	if (out->flags & L2TP_S) {
		out->ns = rbuf_u16(&b);
		out->nr = rbuf_u16(&b);
	}
	if (out->flags & L2TP_O)
		rbuf_take(&b, rbuf_u16(&b));
	if (b.short_read)
		return -EBADMSG;
	out->payload = (size_t)(b.p - pkt);
	out->payload_len = rbuf_left(&b);
	return 0;
}

/* Up to the Offset Size. */
static size_t data_header_len(uint16_t flags)
{
	return L2TP_DATA_HDR_MIN + (flags & L2TP_L ? 2 : 0) + (flags & L2TP_S ? 4 : 0);
}

size_t l2tp_data_header(uint8_t *buf, size_t room, uint16_t flags, uint16_t tunnel_id,
			uint16_t session_id, uint16_t ns, size_t payload_len)
{
	struct wbuf b = wbuf_of(buf, room);
	size_t header = data_header_len(flags);

	if ((flags & L2TP_L) && payload_len > UINT16_MAX - header)
		return 0;
	wbuf_u16(&b, (flags & (L2TP_L | L2TP_S | L2TP_P)) | L2TP_VER);
	if (flags & L2TP_L)
		wbuf_u16(&b, (uint16_t)(header + payload_len));
	wbuf_u16(&b, tunnel_id);
	wbuf_u16(&b, session_id);
	if (flags & L2TP_S) {
		wbuf_u16(&b, ns);
		wbuf_u16(&b, 0);
	}
	return b.full ? 0 : header;
}

bool l2tp_data_number(const uint8_t *pkt, const struct l2tp_data *data, struct l2x_number *out)
{
	const size_t before = data_header_len(data->flags);
	struct rbuf b = rbuf_of(pkt + before, data->payload - before);

	*out = (struct l2x_number){0};
	if ((data->flags & L2TP_O) && rbuf_u16(&b) >= L2X_PAD_LEN &&
	    rbuf_u32(&b) == L2X_PAD_MAGIC) {
		out->extended = true;
		out->epoch = rbuf_u16(&b);
		out->number = (uint64_t)rbuf_u16(&b) << 32;
		out->number |= rbuf_u32(&b);
		return true;
	}
	out->number = data->ns;
	return data->flags & L2TP_S;
}

size_t l2tp_data_set_header(uint8_t *buf, size_t room, uint16_t tunnel_id, uint16_t session_id,
			    const struct l2x_number *number)
{
	struct wbuf b = wbuf_of(buf, room);

	wbuf_u16(&b, L2TP_S | L2TP_VER | (number->extended ? L2TP_O : 0));
	wbuf_u16(&b, tunnel_id);
	wbuf_u16(&b, session_id);
	wbuf_u16(&b, (uint16_t)number->number);
	wbuf_u16(&b, 0);
	if (number->extended) {
		wbuf_u16(&b, L2X_PAD_LEN);
		wbuf_u32(&b, L2X_PAD_MAGIC);
		wbuf_u16(&b, number->epoch);
		wbuf_u16(&b, (uint16_t)(number->number >> 32));
		wbuf_u32(&b, (uint32_t)number->number);
	}
	return b.full ? 0 : wbuf_len(&b);
}
