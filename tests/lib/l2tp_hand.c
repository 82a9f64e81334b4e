// SPDX-License-Identifier: GPL-2.0-only
/* Messages by hand, see l2tp_hand.h. */
#include "l2tp_hand.h"

#include <stdlib.h>

int pair_setup(void **state)
{
	struct pair *p = malloc(sizeof(*p));

	if (!p)
		return -1;
	pair_init(p, 1);
	*state = p;
	return 0;
}

int pair_teardown(void **state)
{
	pair_free(*state);
	free(*state);
	return 0;
}

void hand_begin_id(struct hand *h, uint16_t tunnel_id, uint16_t session,
		   enum l2tp_message_type type)
{
	h->b = wbuf_of(h->bytes, sizeof(h->bytes));
	l2tp_write_begin(&h->b, tunnel_id, session, type);
}

void hand_begin(struct hand *h, const struct side *to, uint16_t session,
		enum l2tp_message_type type)
{
	hand_begin_id(h, l2tp_tunnel_id(to->tunnel), session, type);
}

void hand_avp(struct hand *h, uint16_t flags, uint16_t vendor, uint16_t attribute, const void *p,
	      size_t len)
{
	wbuf_u16(&h->b, (uint16_t)(flags | (AVP_HDR_LEN + len)));
	wbuf_u16(&h->b, vendor);
	wbuf_u16(&h->b, attribute);
	wbuf_bytes(&h->b, p, len);
}

static void finish(struct hand *h, uint16_t ns, uint16_t nr)
{
	h->len = l2tp_write_end(&h->b);
	if (!h->len)
		abort();
	l2tp_write_numbers(h->bytes, ns, nr);
}

void hand_send(struct hand *h, struct side *to, uint16_t ns, uint16_t nr)
{
	finish(h, ns, nr);
	pair_inject(to, h->bytes, h->len);
}

void hand_send_from(struct hand *h, struct side *to, uint16_t ns, uint16_t nr, const char *ip,
		    uint16_t port)
{
	struct udp_path path = to->path;

	finish(h, ns, nr);
	ip_addr_parse(&path.peer.ip, ip);
	path.peer.port = port;
	l2tp_input(to->l2tp, &path, h->bytes, h->len);
}

void hand_ack(struct side *to, uint16_t tunnel_id, uint16_t ns, uint16_t nr)
{
	uint8_t msg[L2TP_CTRL_HDR_LEN];
	struct wbuf b = wbuf_of(msg, sizeof(msg));

	l2tp_write_zlb(&b, tunnel_id, ns, nr);
	pair_inject(to, msg, sizeof(msg));
}

static void write_self(struct hand *h, uint16_t id)
{
	l2tp_write_u16(&h->b, AVP_PROTOCOL_VERSION, L2TP_PROTOCOL_VERSION);
	l2tp_write_u32(&h->b, AVP_FRAMING_CAPABILITIES, 3);
	l2tp_write_text(&h->b, AVP_HOST_NAME, "hand");
	if (id)
		l2tp_write_u16(&h->b, AVP_ASSIGNED_TUNNEL_ID, id);
}

void hand_sccrq(struct hand *h, uint16_t id)
{
	hand_begin_id(h, 0, 0, L2TP_SCCRQ);
	write_self(h, id);
}

void hand_sccrp(struct hand *h, const struct side *to, uint16_t id)
{
	hand_begin(h, to, 0, L2TP_SCCRP);
	write_self(h, id);
}

void hand_icrq(struct hand *h, const struct side *to, uint16_t session_id)
{
	hand_begin(h, to, 0, L2TP_ICRQ);
	l2tp_write_u16(&h->b, AVP_ASSIGNED_SESSION_ID, session_id);
	l2tp_write_u32(&h->b, AVP_CALL_SERIAL_NUMBER, 1);
}

void hand_iccn(struct hand *h, const struct side *to)
{
	hand_begin(h, to, l2tp_session_id(to->session), L2TP_ICCN);
	l2tp_write_u32(&h->b, AVP_TX_CONNECT_SPEED, 1000);
	l2tp_write_u32(&h->b, AVP_FRAMING_TYPE, 1);
}

uint16_t hand_connect(struct side *to, uint16_t tunnel_id, uint16_t session_id)
{
	struct hand h;

	hand_sccrq(&h, tunnel_id);
	hand_send(&h, to, 0, 0);
	hand_begin(&h, to, 0, L2TP_SCCCN);
	hand_send(&h, to, 1, 1);
	if (!session_id)
		return 2;
	hand_icrq(&h, to, session_id);
	hand_send(&h, to, 2, 1);
	hand_iccn(&h, to);
	hand_send(&h, to, 3, 2);
	return 4;
}

const uint8_t *tape_find(const struct tape *t, uint16_t type, unsigned n, size_t *len)
{
	for (unsigned i = t->count; i-- && i + TAPE_MAX >= t->count;) {
		if (t->msg[i % TAPE_MAX].type != type || n--)
			continue;
		*len = t->msg[i % TAPE_MAX].len;
		return t->msg[i % TAPE_MAX].bytes;
	}
	return NULL;
}

unsigned tape_count(const struct tape *t, uint16_t type)
{
	unsigned n = 0;

	for (unsigned i = t->count; i-- && i + TAPE_MAX >= t->count;)
		n += t->msg[i % TAPE_MAX].type == type;
	return n;
}
