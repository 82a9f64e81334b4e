/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Neighbour discovery on the wire, as far as a PPP link needs it: router solicitations and
 * advertisements (RFC 4861 4.1, 4.2) with the options for prefixes, MTU (4.6) and DNS servers (RFC
 * 8106), and neighbour solicitations and their answer (4.3, 4.4). PPP has no link-layer addresses, so
 * none are sent (RFC 5072 3). Pure functions over bytes.
 */
#ifndef L2X_WIRE_ND_H
#define L2X_WIRE_ND_H

#include "base/addr.h"
#include "wire/ipv6_packet.h"

#define ND_INFINITE   0xffffffff /* a lifetime */
#define ND_PREFIX_MAX 4		 /* that are looked at in one advertisement */
#define ND_DNS_MAX    4

enum nd_type {
	ND_RS = 133,
	ND_RA = 134,
	ND_NS = 135,
	ND_NA = 136,
};

struct nd_prefix {
	struct ip_prefix prefix;
	bool on_link, autonomous;
	uint32_t valid, preferred; /* seconds */
};

struct nd_dns {
	struct in6_addr server;
	uint32_t lifetime; /* seconds */
};

struct nd_advert {
	uint8_t hop_limit;   /* 0: not said */
	bool managed, other; /* addresses, or other things, are to be had by DHCPv6 */
	uint16_t lifetime;   /* seconds, as a default router; 0: it is none */
	uint32_t mtu;	     /* 0: not said */
	struct nd_prefix prefixes[ND_PREFIX_MAX];
	size_t prefix_count;
	struct nd_dns dns[ND_DNS_MAX];
	size_t dns_count;
};

/*
 * Checks that all messages must pass (RFC 4861 6.1, 7.1): hop limit, checksum, code, length, no
 * option of length zero. Its type, or -EBADMSG.
 */
int nd_check(const struct ipv6_packet *p);

/* The message has passed nd_check(). -EBADMSG: an advertisement must come from a link-local address. */
int nd_advert_parse(const struct ipv6_packet *p, struct nd_advert *out);
/* The address that a neighbour solicitation asks for. -EBADMSG: RFC 4861 7.1.1. */
int nd_solicit_parse(const struct ipv6_packet *p, struct in6_addr *target);

/* Whole packets; their length, or 0: no room. */
size_t nd_router_solicit_write(uint8_t *buf, size_t room, const struct in6_addr *source);
size_t nd_advert_write(uint8_t *buf, size_t room, const struct in6_addr *source,
		       const struct in6_addr *destination, const struct nd_advert *a);
/* From who has the target. To all nodes, it is no answer to one of them (RFC 4861 7.2.4). */
size_t nd_neighbour_advert_write(uint8_t *buf, size_t room, const struct in6_addr *target,
				 const struct in6_addr *destination, bool router);

#endif
