// SPDX-License-Identifier: GPL-2.0-only
/* IPv6 packets of the controller, see ipv6_packet.h. */
#include "wire/ipv6_packet.h"

#include <errno.h>
#include <string.h>
#include "wire/checksum.h"

#define HEADER	   40
#define UDP_HEADER 8
/* RFC 4861 6.1 and 7.1: proof that no router has forwarded it. DHCPv6 does not mind. */
#define HOP_LIMIT	    255

#define ROUTER_SOLICITATION 133 /* the first of neighbour discovery's types (RFC 4861 4) */
#define REDIRECT	    137 /* the last one */

const struct in6_addr ipv6_all_nodes = {.s6_addr = {0xff, 2, [15] = 1}};
const struct in6_addr ipv6_all_routers = {.s6_addr = {0xff, 2, [15] = 2}};
const struct in6_addr ipv6_all_dhcp6_servers = {.s6_addr = {0xff, 2, [13] = 1, [15] = 2}};

bool ipv6_is_link_local(const struct in6_addr *a)
{
	return a->s6_addr[0] == 0xfe && (a->s6_addr[1] & 0xc0) == 0x80;
}

int ipv6_packet_parse(struct ipv6_packet *p, const uint8_t *packet, size_t len)
{
	struct rbuf b = rbuf_of(packet, len);
	uint32_t first = rbuf_u32(&b);
	const uint8_t *addresses;

	p->len = rbuf_u16(&b);
	p->next_header = rbuf_u8(&b);
	p->hop_limit = rbuf_u8(&b);
	addresses = rbuf_take(&b, 32);
	p->payload = rbuf_take(&b, p->len);
	if (b.short_read || first >> 28 != 6)
		return -EBADMSG;
	memcpy(&p->source, addresses, 16);
	memcpy(&p->destination, addresses + 16, 16);
	return 0;
}

/* RFC 8200 8.1, with the pseudo header; 0 over a packet whose checksum is right. */
static uint16_t checksum(const struct in6_addr *source, const struct in6_addr *destination,
			 uint8_t next_header, const uint8_t *payload, size_t len)
{
	uint32_t sum = (uint32_t)len + next_header;

	sum = checksum_add(sum, source->s6_addr, sizeof(source->s6_addr));
	sum = checksum_add(sum, destination->s6_addr, sizeof(destination->s6_addr));
	return checksum_of(checksum_add(sum, payload, len));
}

bool ipv6_checksum_ok(const struct ipv6_packet *p)
{
	if (p->next_header == IPPROTO_UDP &&
	    (p->len < UDP_HEADER || !(p->payload[6] || p->payload[7])))
		return false;
	return !checksum(&p->source, &p->destination, p->next_header, p->payload, p->len);
}

static bool is_of_link(const struct in6_addr *a)
{
	return ipv6_is_link_local(a) || a->s6_addr[0] == 0xff || IN6_IS_ADDR_UNSPECIFIED(a);
}

bool ipv6_is_link_matter(const uint8_t *packet, size_t len)
{
	struct ipv6_packet p;
	uint16_t to;

	if (ipv6_packet_parse(&p, packet, len) ||
	    !(is_of_link(&p.source) || is_of_link(&p.destination)))
		return false;
	if (p.next_header == IPPROTO_ICMPV6)
		return p.len && p.payload[0] >= ROUTER_SOLICITATION && p.payload[0] <= REDIRECT;
	if (p.next_header != IPPROTO_UDP || p.len < UDP_HEADER)
		return false;
	to = (uint16_t)(p.payload[2] << 8 | p.payload[3]);
	return to == DHCP6_CLIENT_PORT || to == DHCP6_SERVER_PORT;
}

int ipv6_udp_parse(const struct ipv6_packet *p, uint16_t *from, uint16_t *to, struct rbuf *data)
{
	struct rbuf b = rbuf_of(p->payload, p->len);
	size_t len;

	*from = rbuf_u16(&b);
	*to = rbuf_u16(&b);
	len = rbuf_u16(&b);
	rbuf_u16(&b);
	if (b.short_read || len < UDP_HEADER || len - UDP_HEADER > rbuf_left(&b))
		return -EBADMSG;
	*data = rbuf_of(b.p, len - UDP_HEADER);
	return 0;
}

void ipv6_packet_begin(struct wbuf *b)
{
	static const uint8_t zero[HEADER];

	wbuf_bytes(b, zero, sizeof(zero));
}

void ipv6_udp_begin(struct wbuf *b, uint16_t from, uint16_t to)
{
	ipv6_packet_begin(b);
	wbuf_u16(b, from);
	wbuf_u16(b, to);
	wbuf_u32(b, 0);
}

static void put_u16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

size_t ipv6_packet_end(struct wbuf *b, const struct in6_addr *source,
		       const struct in6_addr *destination, uint8_t next_header)
{
	uint8_t *header = b->start, *payload = header + HEADER, *sum = payload + 2;
	size_t len;
	uint16_t value;

	if (b->full)
		return 0;
	len = wbuf_len(b) - HEADER;
	header[0] = 6 << 4;
	put_u16(header + 4, len);
	header[6] = next_header;
	header[7] = HOP_LIMIT;
	memcpy(header + 8, source, 16);
	memcpy(header + 24, destination, 16);
	if (next_header == IPPROTO_UDP) {
		put_u16(payload + 4, len);
		sum = payload + 6;
	}
	put_u16(sum, 0);
	value = checksum(source, destination, next_header, payload, len);
	/* Zero would say that there is none (RFC 768). */
	if (!value && next_header == IPPROTO_UDP)
		value = 0xffff;
	put_u16(sum, value);
	return wbuf_len(b);
}
