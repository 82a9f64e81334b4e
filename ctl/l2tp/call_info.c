// SPDX-License-Identifier: GPL-2.0-only
/* What messages say of a call (RFC 2661 4.4.4 to 4.4.6), into struct l2tp_call_info. */
#include "l2tp/internal.h"

#include <stdlib.h>

/* RFC 2661 4.4.6: the ACCM before any SLI */
const struct l2tp_call_info call_info_none = {.accm_send = UINT32_MAX, .accm_receive = UINT32_MAX};

static void read_trail(struct l2tp_call_info *call, const struct l2tp_message *m)
{
	size_t len = m->trail.len;

	if (!m->trail.present)
		return;
	if (len > sizeof(call->trail))
		len = sizeof(call->trail);
	memcpy(call->trail, m->trail.p, len);
	call->trail_count = (uint8_t)(len / L2TP_RELAY_ID_LEN);
}

void call_info_of_request(struct l2tp_call_info *call, const struct l2tp_message *m)
{
	call->type = m->type == L2TP_OCRQ ? L2TP_CALL_OUTGOING : L2TP_CALL_INCOMING;
	call->serial = l2tp_get_u32(m, AVP_CALL_SERIAL_NUMBER);
	call->bearer_type = l2tp_get_u32(m, AVP_BEARER_TYPE);
	call->framing_type = l2tp_get_u32(m, AVP_FRAMING_TYPE);
	call->min_bps = l2tp_get_u32(m, AVP_MINIMUM_BPS);
	call->max_bps = l2tp_get_u32(m, AVP_MAXIMUM_BPS);
	call->physical_channel = l2tp_get_u32(m, AVP_PHYSICAL_CHANNEL_ID);
	l2tp_get_text(m, AVP_CALLING_NUMBER, call->calling, sizeof(call->calling));
	l2tp_get_text(m, AVP_CALLED_NUMBER, call->called, sizeof(call->called));
	l2tp_get_text(m, AVP_SUB_ADDRESS, call->sub_address, sizeof(call->sub_address));
	read_trail(call, m);
}

void call_info_of_connected(struct l2tp_call_info *call, const struct l2tp_message *m)
{
	const struct l2tp_value *group = &m->avp[AVP_PRIVATE_GROUP_ID];

	call->tx_speed = l2tp_get_u32(m, AVP_TX_CONNECT_SPEED);
	/* Without an Rx Connect Speed, both ways are alike (RFC 2661 4.4.4). */
	call->rx_speed = l2tp_has(m, AVP_RX_CONNECT_SPEED) ? l2tp_get_u32(m, AVP_RX_CONNECT_SPEED)
							   : call->tx_speed;
	call->framing_type = l2tp_get_u32(m, AVP_FRAMING_TYPE);
	call->sequencing_required = l2tp_has(m, AVP_SEQUENCING_REQUIRED);
	if (l2tp_has(m, AVP_PRIVATE_GROUP_ID)) {
		call->private_group_len =
			group->len < L2TP_NUMBER_MAX ? (uint8_t)group->len : L2TP_NUMBER_MAX;
		memcpy(call->private_group, group->p, call->private_group_len);
	}
}

/* Its length, or 0 when it is not there or does not fit. */
static uint8_t take(const struct l2tp_message *m, enum l2tp_attribute a,
		    uint8_t out[L2TP_PROXY_MAX])
{
	const struct l2tp_value *v = &m->avp[a];

	if (!l2tp_has(m, a) || v->len > L2TP_PROXY_MAX)
		return 0;
	memcpy(out, v->p, v->len);
	return (uint8_t)v->len;
}

static void take_confreq(const struct l2tp_message *m, enum l2tp_attribute a,
			 struct l2tp_confreq *out)
{
	out->len = take(m, a, out->bytes);
}

struct l2tp_proxy *call_info_proxy(const struct l2tp_message *m)
{
	uint8_t name[L2TP_PROXY_MAX] = {0};
	struct l2tp_proxy *p;
	uint8_t name_len;
	bool any = false;

	for (int a = AVP_INITIAL_RECEIVED_CONFREQ; a <= AVP_PROXY_AUTHEN_RESPONSE; a++)
		any = any || l2tp_has(m, (enum l2tp_attribute)a);
	p = any ? calloc(1, sizeof(*p)) : NULL;
	if (!p)
		return NULL;
	take_confreq(m, AVP_INITIAL_RECEIVED_CONFREQ, &p->proxy_lcp_initial);
	take_confreq(m, AVP_LAST_SENT_CONFREQ, &p->proxy_lcp_last_sent);
	take_confreq(m, AVP_LAST_RECEIVED_CONFREQ, &p->proxy_lcp_last_received);
	p->proxy_auth_type = l2tp_get_u16(m, AVP_PROXY_AUTHEN_TYPE);
	name_len = take(m, AVP_PROXY_AUTHEN_NAME, name);
	if (!memchr(name, 0, name_len))
		memcpy(p->proxy_auth_name, name, name_len);
	p->proxy_auth_challenge_len = take(m, AVP_PROXY_AUTHEN_CHALLENGE, p->proxy_auth_challenge);
	p->proxy_auth_id = l2tp_get_u16(m, AVP_PROXY_AUTHEN_ID) & 0xff;
	p->proxy_auth_response_len = take(m, AVP_PROXY_AUTHEN_RESPONSE, p->proxy_auth_response);
	return p;
}

void call_info_proxy_free(struct l2tp_proxy *proxy)
{
	if (proxy)
		explicit_bzero(proxy, sizeof(*proxy));
	free(proxy);
}

struct l2tp_proxy *call_info_proxy_copy(const struct l2tp_proxy *proxy)
{
	struct l2tp_proxy *copy = proxy ? malloc(sizeof(*copy)) : NULL;

	if (copy)
		*copy = *proxy;
	return copy;
}

void call_info_notice(struct l2tp_call_info *call, const struct l2tp_message *m,
		      const struct logger *log, uint16_t id)
{
	struct l2tp_call_errors *e = &call->errors;
	struct rbuf b;

	if (l2tp_has(m, AVP_CALL_ERRORS)) {
		b = rbuf_of(m->avp[AVP_CALL_ERRORS].p, m->avp[AVP_CALL_ERRORS].len);
		rbuf_u16(&b); /* reserved */
		e->crc = rbuf_u32(&b);
		e->framing = rbuf_u32(&b);
		e->hardware_overruns = rbuf_u32(&b);
		e->buffer_overruns = rbuf_u32(&b);
		e->timeouts = rbuf_u32(&b);
		e->alignment = rbuf_u32(&b);
		log_info(
			log,
			"session %u: errors on the line: CRC %u, framing %u, hardware overruns %u, "
			"buffer overruns %u, time-outs %u, alignment %u",
			id, e->crc, e->framing, e->hardware_overruns, e->buffer_overruns,
			e->timeouts, e->alignment);
	}
	if (l2tp_has(m, AVP_ACCM)) {
		b = rbuf_of(m->avp[AVP_ACCM].p, m->avp[AVP_ACCM].len);
		rbuf_u16(&b); /* reserved */
		call->accm_send = rbuf_u32(&b);
		call->accm_receive = rbuf_u32(&b);
		log_info(log, "session %u: ACCM to send 0x%08x, to receive 0x%08x", id,
			 call->accm_send, call->accm_receive);
	}
}
