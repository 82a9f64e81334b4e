// SPDX-License-Identifier: GPL-2.0-only
/* Neighbour discovery on the wire, see nd.h. */
#include "wire/nd.h"

#include <errno.h>
#include <string.h>

#define HOP_LIMIT 255

enum nd_option { /* RFC 4861 4.6, RFC 8106 5.1 */
		 ND_OPTION_SOURCE = 1,
		 ND_OPTION_PREFIX = 3,
		 ND_OPTION_MTU = 5,
		 ND_OPTION_RDNSS = 25,
};

#define RA_MANAGED	  0x80
#define RA_OTHER	  0x40
#define PREFIX_ON_LINK	  0x80
#define PREFIX_AUTONOMOUS 0x40
#define NA_ROUTER	  0x80
#define NA_SOLICITED	  0x40
#define NA_OVERRIDE	  0x20

#define UNIT		  8 /* of option lengths */

/* Bytes in front of the options. */
static size_t fixed_len(uint8_t type)
{
	switch (type) {
	case ND_RS:
		return 8;
	case ND_RA:
		return 16;
	case ND_NS:
	case ND_NA:
		return 24;
	}
	return 0;
}

/* The next option; false: there is none. data is behind its type and length. */
static bool next_option(struct rbuf *options, uint8_t *type, struct rbuf *data)
{
	size_t len;
	const uint8_t *p;

	if (!rbuf_left(options))
		return false;
	*type = rbuf_u8(options);
	len = rbuf_u8(options) * (size_t)UNIT;
	p = len ? rbuf_take(options, len - 2) : NULL;
	if (!p) {
		options->short_read = true;
		return false;
	}
	*data = rbuf_of(p, len - 2);
	return true;
}

static struct rbuf options_of(const struct ipv6_packet *p)
{
	size_t fixed = fixed_len(p->payload[0]);

	return rbuf_of(p->payload + fixed, p->len - fixed);
}

int nd_check(const struct ipv6_packet *p)
{
	struct rbuf options, data;
	bool source = false;
	uint8_t type;
	size_t fixed;

	if (p->next_header != IPPROTO_ICMPV6 || p->hop_limit != HOP_LIMIT || p->len < 2 ||
	    p->payload[1])
		return -EBADMSG;
	fixed = fixed_len(p->payload[0]);
	if (!fixed || p->len < fixed || !ipv6_checksum_ok(p))
		return -EBADMSG;
	options = options_of(p);
	while (next_option(&options, &type, &data))
		source |= type == ND_OPTION_SOURCE;
	/* RFC 4861 6.1.1, 7.1.1: who has no address yet has none to tell. */
	if (options.short_read || (source && IN6_IS_ADDR_UNSPECIFIED(&p->source)))
		return -EBADMSG;
	return p->payload[0];
}

static void parse_prefix(struct rbuf *b, struct nd_advert *out)
{
	struct nd_prefix prefix = {.prefix.addr.family = AF_INET6};
	const uint8_t *addr;
	uint8_t flags;

	prefix.prefix.len = rbuf_u8(b);
	flags = rbuf_u8(b);
	prefix.on_link = flags & PREFIX_ON_LINK;
	prefix.autonomous = flags & PREFIX_AUTONOMOUS;
	prefix.valid = rbuf_u32(b);
	prefix.preferred = rbuf_u32(b);
	rbuf_u32(b);
	addr = rbuf_take(b, 16);
	if (!addr || prefix.prefix.len > 128 || out->prefix_count == ND_PREFIX_MAX)
		return;
	memcpy(prefix.prefix.addr.bytes, addr, 16);
	ip_prefix_clear_host_bits(&prefix.prefix);
	out->prefixes[out->prefix_count++] = prefix;
}

static void parse_dns(struct rbuf *b, struct nd_advert *out)
{
	const uint8_t *addr;
	uint32_t lifetime;

	rbuf_u16(b);
	lifetime = rbuf_u32(b);
	while (out->dns_count < ND_DNS_MAX && (addr = rbuf_take(b, 16))) {
		struct nd_dns *dns = &out->dns[out->dns_count++];

		memcpy(&dns->server, addr, 16);
		dns->lifetime = lifetime;
	}
}

int nd_advert_parse(const struct ipv6_packet *p, struct nd_advert *out)
{
	struct rbuf b = rbuf_of(p->payload, p->len), options = options_of(p), data;
	uint8_t flags, type;

	*out = (struct nd_advert){0};
	if (!ipv6_is_link_local(&p->source))
		return -EBADMSG;
	rbuf_u32(&b);
	out->hop_limit = rbuf_u8(&b);
	flags = rbuf_u8(&b);
	out->managed = flags & RA_MANAGED;
	out->other = flags & RA_OTHER;
	out->lifetime = rbuf_u16(&b);
	while (next_option(&options, &type, &data)) {
		switch (type) {
		case ND_OPTION_PREFIX:
			parse_prefix(&data, out);
			break;
		case ND_OPTION_MTU:
			rbuf_u16(&data);
			out->mtu = rbuf_u32(&data);
			break;
		case ND_OPTION_RDNSS:
			parse_dns(&data, out);
			break;
		}
	}
	return 0;
}

int nd_solicit_parse(const struct ipv6_packet *p, struct in6_addr *target)
{
	memcpy(target, p->payload + 8, 16);
	return IN6_IS_ADDR_MULTICAST(target) ? -EBADMSG : 0;
}

static void begin(struct wbuf *b, uint8_t type)
{
	ipv6_packet_begin(b);
	wbuf_u8(b, type);
	wbuf_u8(b, 0);
	wbuf_u16(b, 0);
}

size_t nd_router_solicit_write(uint8_t *buf, size_t room, const struct in6_addr *source)
{
	struct wbuf b = wbuf_of(buf, room);

	begin(&b, ND_RS);
	wbuf_u32(&b, 0);
	return ipv6_packet_end(&b, source, &ipv6_all_routers, IPPROTO_ICMPV6);
}

static void write_prefix(struct wbuf *b, const struct nd_prefix *p)
{
	wbuf_u8(b, ND_OPTION_PREFIX);
	wbuf_u8(b, 4);
	wbuf_u8(b, p->prefix.len);
	wbuf_u8(b, (p->on_link ? PREFIX_ON_LINK : 0) | (p->autonomous ? PREFIX_AUTONOMOUS : 0));
	wbuf_u32(b, p->valid);
	wbuf_u32(b, p->preferred);
	wbuf_u32(b, 0);
	wbuf_bytes(b, p->prefix.addr.bytes, 16);
}

/* One option, so one lifetime: that of the first. */
static void write_dns(struct wbuf *b, const struct nd_advert *a)
{
	wbuf_u8(b, ND_OPTION_RDNSS);
	wbuf_u8(b, (uint8_t)(1 + 2 * a->dns_count));
	wbuf_u16(b, 0);
	wbuf_u32(b, a->dns[0].lifetime);
	for (size_t i = 0; i < a->dns_count; i++)
		wbuf_bytes(b, &a->dns[i].server, 16);
}

size_t nd_advert_write(uint8_t *buf, size_t room, const struct in6_addr *source,
		       const struct in6_addr *destination, const struct nd_advert *a)
{
	struct wbuf b = wbuf_of(buf, room);

	begin(&b, ND_RA);
	wbuf_u8(&b, a->hop_limit);
	wbuf_u8(&b, (a->managed ? RA_MANAGED : 0) | (a->other ? RA_OTHER : 0));
	wbuf_u16(&b, a->lifetime);
	wbuf_u32(&b, 0); /* reachable time and retransmission timer: not said */
	wbuf_u32(&b, 0);
	if (a->mtu) {
		wbuf_u8(&b, ND_OPTION_MTU);
		wbuf_u8(&b, 1);
		wbuf_u16(&b, 0);
		wbuf_u32(&b, a->mtu);
	}
	for (size_t i = 0; i < a->prefix_count; i++)
		write_prefix(&b, &a->prefixes[i]);
	if (a->dns_count)
		write_dns(&b, a);
	return ipv6_packet_end(&b, source, destination, IPPROTO_ICMPV6);
}

size_t nd_neighbour_advert_write(uint8_t *buf, size_t room, const struct in6_addr *target,
				 const struct in6_addr *destination, bool router)
{
	struct wbuf b = wbuf_of(buf, room);
	uint32_t flags = NA_OVERRIDE;

	if (router)
		flags |= NA_ROUTER;
	if (!IN6_IS_ADDR_MULTICAST(destination))
		flags |= NA_SOLICITED;
	begin(&b, ND_NA);
	wbuf_u32(&b, flags << 24);
	wbuf_bytes(&b, target, 16);
	return ipv6_packet_end(&b, target, destination, IPPROTO_ICMPV6);
}
