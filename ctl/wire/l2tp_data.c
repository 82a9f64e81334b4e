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

size_t l2tp_data_header(uint8_t *buf, size_t room, uint16_t flags, uint16_t tunnel_id,
			uint16_t session_id, uint16_t ns, size_t payload_len)
{
	struct wbuf b = wbuf_of(buf, room);
	size_t header = L2TP_DATA_HDR_MIN + (flags & L2TP_L ? 2 : 0) + (flags & L2TP_S ? 4 : 0);

	if ((flags & L2TP_L) && payload_len > UINT16_MAX - header)
		return 0;
	wbuf_u16(&b, (flags & (L2TP_L | L2TP_S)) | L2TP_VER);
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
