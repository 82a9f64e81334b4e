// SPDX-License-Identifier: GPL-2.0-only
/* The model of the data path: Ethernet, IP and UDP outside, see outer.h. */
#include "outer.h"
#include <netinet/in.h>
#include "l2x/wire.h"

#define ETH 14

/* The IP header: MODEL_TAKEN, MODEL_LEFT (nobody takes it) or MODEL_UNSURE. plain: as BPF reads it. */
static enum model_verdict outer_ip(const struct packet *p, struct outer *o)
{
	size_t l3 = ETH, tags = 0, total;

	while (p->len >= l3 + 4 && tags++ < 2 &&
	       (at16(p, l3 - 2) == 0x8100 || at16(p, l3 - 2) == 0x88a8))
		l3 += 4;
	if (p->len < l3 + 20)
		return MODEL_LEFT;
	o->v6 = at16(p, l3 - 2) == 0x86dd;
	o->plain = true;
	if (o->v6) {
		if (p->len < l3 + 40 || p->data[l3] >> 4 != 6)
			return MODEL_LEFT;
		o->src = p->data + l3 + 8;
		o->dst = p->data + l3 + 24;
		o->l4 = l3 + 40;
		o->end = o->l4 + at16(p, l3 + 4);
		if (p->data[l3 + 6] != IPPROTO_UDP)
			return MODEL_UNSURE;
		return o->end <= p->len ? MODEL_TAKEN : MODEL_LEFT;
	}
	if (at16(p, l3 - 2) != 0x0800 || p->data[l3] >> 4 != 4)
		return MODEL_LEFT;
	o->src = p->data + l3 + 12;
	o->dst = p->data + l3 + 16;
	o->l4 = l3 + (p->data[l3] & 15u) * 4;
	total = at16(p, l3 + 2);
	o->end = l3 + total;
	if (o->l4 < l3 + 20 || o->end < o->l4 || o->end > p->len || !packet_ip4_ok(p, l3) ||
	    p->data[l3 + 9] != IPPROTO_UDP || (at16(p, l3 + 6) & 0x3fff))
		return MODEL_LEFT;
	/* Options of our own making are without effect; the kernel knows more of them. */
	for (size_t i = l3 + 20; i < o->l4; i++) {
		o->plain = false;
		if (p->data[i] != 1)
			return MODEL_UNSURE;
	}
	return MODEL_TAKEN;
}

enum model_verdict outer_udp(const struct packet *p, struct outer *o)
{
	enum model_verdict v = outer_ip(p, o);
	size_t len;

	if (v != MODEL_TAKEN)
		return v;
	if (o->end < o->l4 + 8 || at16(p, o->l4 + 2) != L2TP_PORT || (o->v6 && !at16(p, o->l4 + 6)))
		return MODEL_LEFT;
	len = at16(p, o->l4 + 4);
	if (len < 8 || o->l4 + len > o->end)
		return MODEL_LEFT;
	o->end = o->l4 + len;
	return MODEL_TAKEN;
}

size_t model_udp(const struct packet *frame)
{
	struct outer o;

	return outer_udp(frame, &o) == MODEL_TAKEN ? o.l4 : 0;
}

unsigned model_udp_pseudo(const struct packet *frame)
{
	struct outer o;
	unsigned long sum;

	if (outer_udp(frame, &o) != MODEL_TAKEN)
		return 0;
	sum = at16(frame, o.l4 + 4) + IPPROTO_UDP;
	for (const uint8_t *at = o.src; at < o.dst + (o.v6 ? 16 : 4); at += 2)
		sum += (unsigned)at[0] << 8 | at[1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (unsigned)sum;
}

void model_udp_fix(struct packet *frame)
{
	struct outer o;
	uint16_t sum;

	if (outer_udp(frame, &o) != MODEL_TAKEN)
		return;
	memset(frame->data + o.l4 + 6, 0, 2);
	sum = packet_l4_sum(frame, (size_t)((o.v6 ? o.src - 8 : o.src - 12) - frame->data), o.l4,
			    o.end)
		      ?: 0xffff;
	frame->data[o.l4 + 6] = (uint8_t)(sum >> 8);
	frame->data[o.l4 + 7] = (uint8_t)sum;
}

bool outer_to(const struct outer *o, unsigned last)
{
	if (o->v6)
		return begins(o->dst, "\x20\x01\x0d\xb8\0\x01\0\0\0\0\0\0\0\0\0", 15) &&
		       o->dst[15] == last;
	return begins(o->dst, "\xc0\0\x02", 3) && o->dst[3] == last;
}

bool outer_addresses_known(const struct outer *o)
{
	if (!outer_to(o, 1) && !outer_to(o, 7))
		return false;
	return o->v6 ? begins(o->src, "\x20\x01\x0d\xb8\0\x01\0\0\0\0\0\0\0\0\0", 15) &&
			       (o->src[15] == 2 || o->src[15] == 3)
		     : begins(o->src, "\xc0\0\x02", 3) && (o->src[3] == 2 || o->src[3] == 3);
}
