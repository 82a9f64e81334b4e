// SPDX-License-Identifier: GPL-2.0-only
/* The MSS option of TCP SYNs, see mss.h. */
#include "dataplane/mss.h"

#include <netinet/in.h>
#include <stdbool.h>

#define IPV4_HEADER_MIN 20
#define IPV6_HEADER	40
#define TCP_HEADER_MIN	20
#define TCP_SYN		0x02
#define OPTION_END	0
#define OPTION_NOP	1
#define OPTION_MSS	2
#define OPTION_MSS_LEN	4

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint16_t swap16(uint16_t v)
{
	return (uint16_t)(v << 8 | v >> 8);
}

/* Of the TCP header, or 0. */
static size_t tcp_offset(const uint8_t *packet)
{
	if (packet[0] >> 4 == 6)
		return packet[6] == IPPROTO_TCP ? IPV6_HEADER : 0;
	if (packet[9] != IPPROTO_TCP || get16(packet + 6) & 0x1fff)
		return 0;
	return (packet[0] & 15u) * 4;
}

/* Of the option's value in the TCP header, or 0. */
static size_t value_offset(const uint8_t *tcp, size_t header)
{
	size_t at = TCP_HEADER_MIN;

	while (at + OPTION_MSS_LEN <= header) {
		uint8_t kind = tcp[at], size = tcp[at + 1];

		if (kind == OPTION_MSS)
			return size == OPTION_MSS_LEN ? at + 2 : 0;
		if (kind == OPTION_END || (kind != OPTION_NOP && size < 2))
			return 0;
		at += kind == OPTION_NOP ? 1 : size;
	}
	return 0;
}

/* RFC 1624 3, eqn. 3. */
static uint16_t checksum_replace(uint16_t check, uint16_t from, uint16_t to)
{
	uint32_t sum = (uint32_t)(uint16_t)~check + (uint16_t)~from + to;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void mss_fix(uint8_t *packet, size_t len, uint16_t mtu)
{
	size_t l4 = tcp_offset(packet), header, at;
	uint16_t from, to;
	bool odd;

	if (!l4 || l4 + TCP_HEADER_MIN > len)
		return;
	header = (size_t)(packet[l4 + 12] >> 4) * 4;
	if (!(packet[l4 + 13] & TCP_SYN) || l4 + header > len)
		return;
	at = value_offset(packet + l4, header);
	if (!at)
		return;
	from = get16(packet + l4 + at);
	to = (uint16_t)(mtu - (packet[0] >> 4 == 6 ? IPV6_HEADER : IPV4_HEADER_MIN) -
			TCP_HEADER_MIN);
	if (from <= to)
		return;
	/* The checksum adds words at even offsets. */
	odd = at & 1;
	put16(packet + l4 + 16, checksum_replace(get16(packet + l4 + 16), odd ? swap16(from) : from,
						 odd ? swap16(to) : to));
	put16(packet + l4 + at, to);
}
