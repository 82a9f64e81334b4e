// SPDX-License-Identifier: GPL-2.0-only
/* Making packets from their description, byte by byte. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "l2x/wire.h"
#include "packet.h"

static void put(struct packet *p, const void *data, size_t len)
{
	if (p->len + len > sizeof(p->data))
		abort();
	memcpy(p->data + p->len, data, len);
	p->len += len;
}

static void put8(struct packet *p, uint8_t v)
{
	put(p, &v, 1);
}

static void put16(struct packet *p, uint16_t v)
{
	put8(p, v >> 8);
	put8(p, v & 0xff);
}

static void set16(struct packet *p, size_t off, uint16_t v)
{
	p->data[off] = v >> 8;
	p->data[off + 1] = v & 0xff;
}

static void fill(struct packet *p, size_t len, uint8_t v)
{
	for (size_t i = 0; i < len; i++)
		put8(p, v);
}

static void put_addr(struct packet *p, int family, const char *text)
{
	uint8_t addr[16];

	if (inet_pton(family == 6 ? AF_INET6 : AF_INET, text, addr) != 1)
		abort();
	put(p, addr, family == 6 ? 16 : 4);
}

static uint16_t ip4_sum(const struct packet *p, size_t off)
{
	uint32_t sum = 0;
	size_t len = (p->data[off] & 0xfu) * 4;

	for (size_t i = 0; i < len; i += 2)
		sum += p->data[off + i] << 8 | p->data[off + i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

bool packet_ip4_ok(const struct packet *p, size_t off)
{
	return ip4_sum(p, off) == 0;
}

void packet_ip4_fix(struct packet *p, size_t off)
{
	set16(p, off + 10, 0);
	set16(p, off + 10, ip4_sum(p, off));
}

void packet_normalise(struct packet *p, size_t off)
{
	if (p->len < off + 20 || p->data[off] != 0x45 || !packet_ip4_ok(p, off))
		return;
	set16(p, off + 4, 0);
	packet_ip4_fix(p, off);
}

/* Returns where it starts; ip_end() fills in what depends on what follows. */
static size_t ip_start(struct packet *p, int family, const char *src, const char *dst, uint8_t ttl,
		       uint8_t options)
{
	const size_t off = p->len;

	if (family == 6) {
		put16(p, 0x6000);
		fill(p, 4, 0);
		put8(p, IPPROTO_UDP);
		put8(p, ttl);
	} else {
		put8(p, 0x40 | (5 + options / 4));
		fill(p, 7, 0);
		put8(p, ttl);
		put8(p, IPPROTO_UDP);
		put16(p, 0);
	}
	put_addr(p, family, src);
	put_addr(p, family, dst);
	if (family == 6)
		p->data[off + 4] = 0;
	else
		fill(p, options, 1); /* no operation */
	return off;
}

static uint32_t add_words(const struct packet *p, size_t off, size_t end)
{
	uint32_t sum = 0;

	for (; off < end; off += 2)
		sum += p->data[off] << 8 | (off + 1 < end ? p->data[off + 1] : 0);
	return sum;
}

uint16_t packet_l4_sum(const struct packet *p, size_t ip, size_t l4, size_t end)
{
	const bool v6 = p->data[ip] >> 4 == 6;
	uint32_t sum = (uint32_t)(end - l4) + p->data[ip + (v6 ? 6 : 9)];

	sum += add_words(p, v6 ? ip + 8 : ip + 12, v6 ? ip + 40 : ip + 20);
	sum += add_words(p, l4, end);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static void ip_end(struct packet *p, size_t off)
{
	if (p->data[off] >> 4 == 6) {
		set16(p, off + 4, (uint16_t)(p->len - off - 40));
	} else {
		set16(p, off + 2, (uint16_t)(p->len - off));
		packet_ip4_fix(p, off);
	}
}

#define SYN_LEN 32 /* with its options */

static void put_syn(struct packet *p, const struct spec *s, size_t ip)
{
	const size_t l4 = p->len;

	p->data[ip + (s->inner == 6 ? 6 : 9)] = IPPROTO_TCP;
	put16(p, 4000);
	put16(p, 80);
	put16(p, 0x1234);
	put16(p, 0x5678);
	fill(p, 4, 0);
	put16(p, SYN_LEN / 4 << 12 | 0x02);
	put16(p, 0x7210);
	fill(p, 4, 0);
	put8(p, s->odd ? 1 : 4); /* no operation, or SACK permitted */
	if (!s->odd)
		put8(p, 2);
	put16(p, 0x0204);
	put16(p, s->mss);
	while (p->len < l4 + SYN_LEN)
		put8(p, 1);
	for (size_t i = 0; i < s->payload; i++)
		put8(p, (uint8_t)(i * 7 + 1));
	set16(p, l4 + 16, (uint16_t)(packet_l4_sum(p, ip, l4, p->len) + s->bad));
}

static void put_inner(struct packet *p, const struct spec *s)
{
	const bool v6 = s->inner == 6;
	const size_t off = ip_start(p, s->inner,
				    s->src
					    ?: v6 ? "2001:db8:64:1::2"
						  : "10.64.1.2",
				    s->dst
					    ?: v6 ? "2001:db8:113::5"
						  : "203.0.113.5",
				    s->ttl ?: 64, s->options);

	if (s->mss) {
		put_syn(p, s, off);
	} else {
		put16(p, 4000);
		put16(p, 5000);
		put16(p, (uint16_t)(8 + s->payload));
		put16(p, 0);
		for (size_t i = 0; i < s->payload; i++)
			put8(p, (uint8_t)(i * 7 + 1));
	}
	ip_end(p, off);
}

static void put_ppp(struct packet *p, const struct spec *s)
{
	const uint16_t proto = s->proto ?: s->inner == 6 ? PPP_PROTO_IPV6 : PPP_PROTO_IPV4;

	if (s->ppp == PPP_FF03_LONG || s->ppp == PPP_FF03_SHORT)
		put16(p, PPP_ALLSTATIONS_UI);
	if (s->ppp == PPP_SHORT || s->ppp == PPP_FF03_SHORT)
		put8(p, (uint8_t)proto);
	else
		put16(p, proto);
}

static void put_l2tp(struct packet *p, const struct spec *s)
{
	const uint16_t flags = s->l2tp ?: L2TP_VER;
	const size_t off = p->len;

	put16(p, flags);
	if (flags & L2TP_L)
		put16(p, 0);
	put16(p, s->tunnel ?: 10);
	put16(p, s->session ?: 20);
	if (flags & L2TP_S)
		fill(p, 4, 0x55);
	if (flags & L2TP_O) {
		put16(p, s->pad);
		fill(p, s->pad, 0xaa);
	}
	put_ppp(p, s);
	if (s->inner)
		put_inner(p, s);
	if (flags & L2TP_L)
		set16(p, off + 2, (uint16_t)(p->len - off));
	fill(p, s->slack, 0xee);
}

static void put_outer(struct packet *p, const struct spec *s)
{
	const bool v6 = s->outer == 6;
	const size_t off = ip_start(p, s->outer,
				    s->osrc
					    ?: v6 ? "2001:db8:1::2"
						  : "192.0.2.2",
				    s->odst
					    ?: v6 ? "2001:db8:1::1"
						  : "192.0.2.1",
				    64, 0);
	const size_t udp = p->len;

	put16(p, s->osport ?: L2TP_PORT);
	put16(p, s->odport ?: L2TP_PORT);
	put16(p, 0);
	put16(p, 0);
	put_l2tp(p, s);
	set16(p, udp + 4, (uint16_t)(p->len - udp));
	ip_end(p, off);
	if (v6)
		set16(p, udp + 6, packet_l4_sum(p, off, udp, p->len) ?: 0xffff);
}

void packet_build(struct packet *p, const struct spec *s)
{
	p->len = 0;
	fill(p, 5, 0);
	p->data[0] = 2;
	put8(p, s->to);
	put8(p, 2);
	fill(p, 4, 0);
	put8(p, s->from);
	for (int i = 0; i < 2 && s->tags[i]; i++) {
		put16(p, i == 0 && s->tags[1] ? 0x88a8 : 0x8100);
		put16(p, s->tags[i]);
	}
	put16(p, (s->outer ?: s->inner) == 6 ? 0x86dd : 0x0800);
	if (s->outer)
		put_outer(p, s);
	else
		put_inner(p, s);
	fill(p, s->trailer, 0xdd);
}

size_t packet_inner_len(const struct spec *s)
{
	return (s->inner == 6 ? 40u : 20u + s->options) + (s->mss ? SYN_LEN : 8) + s->payload;
}

void packet_dump(const char *what, const struct packet *p)
{
	fprintf(stderr, "%s, %zu bytes:", what, p->len);
	for (size_t i = 0; i < p->len; i++)
		fprintf(stderr, "%s%02x", i % 32 ? " " : "\n  ", p->data[i]);
	fprintf(stderr, "\n");
}
