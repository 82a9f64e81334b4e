// SPDX-License-Identifier: GPL-2.0-only
/* The payload's own IP header, see inner.h. */
#include "dataplane/inner.h"

#include <errno.h>
#include <string.h>
#include "base/buf.h"
#include "l2x/send.h"

#define IPV4_HEADER_MIN 20
#define IPV6_HEADER	40
#define IPV4_FRAGMENT	0x3fff /* more fragments, or an offset */
#define IP_TCP		6
#define IP_UDP		17

static int parse_ipv4(const uint8_t *packet, size_t len, struct inner *out)
{
	struct rbuf b = rbuf_of(packet, len);
	uint8_t first = rbuf_u8(&b);
	size_t header = (size_t)(first & 15) * 4;

	if (len < IPV4_HEADER_MIN || first >> 4 != 4 || header < IPV4_HEADER_MIN)
		return -EBADMSG;
	rbuf_u8(&b);
	out->len = rbuf_u16(&b);
	if (out->len < header || out->len > len)
		return -EBADMSG;
	out->source.family = out->destination.family = AF_INET;
	memcpy(out->source.bytes, packet + 12, 4);
	memcpy(out->destination.bytes, packet + 16, 4);
	return 0;
}

static int parse_ipv6(const uint8_t *packet, size_t len, struct inner *out)
{
	if (len < IPV6_HEADER || packet[0] >> 4 != 6)
		return -EBADMSG;
	out->len = IPV6_HEADER + (size_t)(packet[4] << 8 | packet[5]);
	if (out->len > len)
		return -EBADMSG;
	out->source.family = out->destination.family = AF_INET6;
	memcpy(out->source.bytes, packet + 8, 16);
	memcpy(out->destination.bytes, packet + 24, 16);
	return 0;
}

int inner_parse(int family, const uint8_t *packet, size_t len, struct inner *out)
{
	*out = (struct inner){0};
	return family == AF_INET ? parse_ipv4(packet, len, out) : parse_ipv6(packet, len, out);
}

bool inner_is_multicast(const struct ip_addr *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] >> 4 == 14 || !memcmp(a->bytes, "\xff\xff\xff\xff", 4);
	return a->bytes[0] == 0xff;
}

static uint32_t mix(uint32_t hash, const uint8_t *p, size_t words)
{
	for (uint32_t word; words; words--, p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = l2x_flow_mix(hash, word);
	}
	return hash;
}

uint32_t inner_flow(const uint8_t *packet, size_t len)
{
	const bool v4 = packet[0] >> 4 == 4;
	const size_t header = v4 ? (size_t)(packet[0] & 15) * 4 : IPV6_HEADER;
	const uint8_t protocol = packet[v4 ? 9 : 6];
	const bool fragment = v4 && ((packet[6] << 8 | packet[7]) & IPV4_FRAGMENT);
	uint32_t hash = mix(0, packet + (v4 ? 12 : 8), v4 ? 2 : 8);

	if (fragment || len < header + 4 || (protocol != IP_TCP && protocol != IP_UDP))
		return hash;
	return mix(hash, packet + header, 1);
}
