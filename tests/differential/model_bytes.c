// SPDX-License-Identifier: GPL-2.0-only
/* The model of the data path: bytes, see model.h. All checksums are made anew, from all bytes. */
#include <netinet/in.h>
#include <string.h>
#include "lab.h"
#include "l2x/wire.h"
#include "model.h"

#define ETH 14

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint8_t *put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

size_t model_tcp_check(const uint8_t *ip, size_t len)
{
	const bool v6 = ip[0] >> 4 == 6;
	const size_t l4 = v6 ? 40 : (ip[0] & 15u) * 4;

	if (len < l4 + 20 || ip[v6 ? 6 : 9] != IPPROTO_TCP || (!v6 && get16(ip + 6) & 0x1fff))
		return 0;
	return l4 + 16;
}

/* The first MSS option of a SYN, 0: none. Lists that make no sense are left alone. */
static size_t mss_at(const uint8_t *ip, size_t len)
{
	const size_t check = model_tcp_check(ip, len), l4 = check - 16;
	size_t at, end;

	if (!check || !(ip[l4 + 13] & 2))
		return 0;
	end = l4 + (ip[l4 + 12] >> 4) * 4u;
	if (end > len)
		return 0;
	for (at = l4 + 20; at + 4 <= end; at += ip[at] == 1 ? 1 : ip[at + 1]) {
		if (ip[at] == 2)
			return ip[at + 1] == 4 ? at + 2 : 0;
		if (ip[at] == 0 || (ip[at] != 1 && ip[at + 1] < 2))
			return 0;
	}
	return 0;
}

/* Ones' complement arithmetic is arithmetic modulo 65535. */
static unsigned modulo(long v)
{
	return (unsigned)((v % 65535 + 65535) % 65535);
}

static void lower_mss(uint8_t *ip, size_t len, const struct known *s)
{
	const size_t at = mss_at(ip, len), check = model_tcp_check(ip, len);
	const unsigned most = s->mtu - (ip[0] >> 4 == 6 ? 60 : 40);
	long diff;

	if (!(s->flags & L2X_SESSION_MSS_FIX) || !at || get16(ip + at) <= most)
		return;
	diff = (long)get16(ip + at) - most;
	/* At an odd offset, its bytes stand in the low half of one word and the high half of the next. */
	if ((at - (check - 16)) & 1)
		diff *= 256;
	put16(ip + at, most);
	put16(ip + check, modulo((long)get16(ip + check) + diff));
}

void model_inner(struct packet *p, size_t off, const struct known *s, bool hop)
{
	uint8_t *ip = p->data + off;

	if (hop && ip[0] >> 4 == 6) {
		ip[7]--;
	} else if (hop) {
		ip[8]--;
		packet_ip4_fix(p, off);
	}
	if (s)
		lower_mss(ip, p->len - off, s);
}

static uint8_t *put_ip(uint8_t *at, const struct known *s, size_t payload)
{
	static const uint8_t v6[15] = {0x20, 1, 0x0d, 0xb8, 0, 1};

	if (s->family == 6) {
		memcpy(at, "\x60\0\0\0\0\0\x11\x40", 8);
		put16(at + 4, (unsigned)payload);
		memcpy(at + 8, v6, 15);
		at[23] = s->local;
		memcpy(at + 24, v6, 15);
		at[39] = 2;
		return at + 40;
	}
	memcpy(at, "\x45\0\0\0\0\0\0\0\x40\x11\0\0\xc0\0\x02\0\xc0\0\x02\x02", 20);
	put16(at + 2, (unsigned)payload + 20);
	at[15] = s->local;
	return at + 20;
}

static uint8_t *put_l2tp(uint8_t *at, const struct known *s, size_t len, bool v6, uint16_t ns)
{
	const bool l = s->flags & L2X_SESSION_LENGTH, seq = s->flags & L2X_SESSION_SEQUENCED;
	const bool short_ppp = s->flags & L2X_SESSION_NO_FF03;

	at = put16(at, (l ? L2TP_L : 0) | (seq ? L2TP_S : 0) | 2);
	if (l)
		at = put16(at, (unsigned)(8 + (seq ? 4 : 0) + (short_ppp ? 2 : 4) + len));
	at = put16(at, MODEL_PEER_ID);
	at = put16(at, s->id + MODEL_ID_OFFSET);
	if (seq)
		at = put16(put16(at, ns), 0);
	if (!short_ppp)
		at = put16(at, 0xff03);
	return put16(at, v6 ? 0x57 : 0x21);
}

void model_encap(const struct known *s, const uint8_t *inner, size_t len, bool v6, uint16_t ns,
		 struct packet *frame)
{
	uint8_t l2tp[32], *udp;
	const size_t header = (size_t)(put_l2tp(l2tp, s, len, v6, ns) - l2tp);
	const size_t total = 8 + header + len;

	memset(frame->data, 0, ETH);
	frame->data[0] = frame->data[6] = 2;
	frame->data[5] = MAC_PEER;
	frame->data[11] = MAC_UNDER;
	put16(frame->data + 12, s->family == 6 ? 0x86dd : 0x0800);
	udp = put_ip(frame->data + ETH, s, total);
	put16(put16(put16(put16(udp, 1701), s->peer_port), (unsigned)total), 0);
	memcpy(udp + 8, l2tp, header);
	memcpy(udp + 8 + header, inner, len);
	frame->len = (size_t)(udp - frame->data) + total;
	if (s->family == 6)
		put16(udp + 6,
		      packet_l4_sum(frame, ETH, (size_t)(udp - frame->data), frame->len) ?: 0xffff);
	else
		packet_ip4_fix(frame, ETH);
}

/* The checksum of the UDP packet at l4, as it should be. */
static unsigned right_checksum(const struct packet *p, size_t ip, size_t l4, size_t end)
{
	struct packet zero = *p;

	put16(zero.data + l4 + 6, 0);
	return packet_l4_sum(&zero, ip, l4, end);
}

/* What is over IPv6 is as wrong as it was, but where there was none, or where userspace is given none
 * that is wrong. */
static unsigned onward_checksum(const struct packet *frame, const struct model *m, bool user,
				const struct packet *out, size_t udp)
{
	const bool v6 = m->session->family == 6;
	const unsigned right = right_checksum(out, ETH, udp, out->len),
		       was = get16(frame->data + m->udp + 6);
	const unsigned should =
		right_checksum(frame, m->udp - (v6 ? 40 : 20), m->udp, m->udp + m->udp_len);

	return user || !was ? right : modulo((long)right + was - should);
}

void model_relay(const struct packet *frame, const struct model *m, bool user, struct packet *out)
{
	const struct known *s = m->onward;
	uint8_t *udp, *ids;

	memset(out->data, 0, ETH);
	out->data[0] = out->data[6] = 2;
	out->data[5] = MAC_PEER;
	out->data[11] = MAC_UNDER;
	put16(out->data + 12, s->family == 6 ? 0x86dd : 0x0800);
	udp = put_ip(out->data + ETH, s, m->udp_len);
	memcpy(udp, frame->data + m->udp, m->udp_len);
	ids = udp + 8 + (udp[8] & L2TP_L >> 8 ? 4 : 2);
	put16(put16(ids, MODEL_PEER_ID), s->id + MODEL_ID_OFFSET);
	put16(put16(put16(put16(udp, 1701), s->peer_port), (unsigned)m->udp_len), 0);
	out->len = (size_t)(udp - out->data) + m->udp_len;
	if (s->family == 6)
		put16(udp + 6,
		      onward_checksum(frame, m, user, out, (size_t)(udp - out->data)) ?: 0xffff);
	else
		packet_ip4_fix(out, ETH);
}

bool model_same(const uint8_t *a, const uint8_t *b, size_t len, size_t tcp_check)
{
	if (!tcp_check)
		return !memcmp(a, b, len);
	return !memcmp(a, b, tcp_check) &&
	       get16(a + tcp_check) % 65535 == get16(b + tcp_check) % 65535 &&
	       !memcmp(a + tcp_check + 2, b + tcp_check + 2, len - tcp_check - 2);
}
