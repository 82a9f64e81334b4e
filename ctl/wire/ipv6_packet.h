/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IPv6 packets that a controller itself sends and reads inside a session: neighbour discovery (RFC
 * 4861) and DHCPv6 (RFC 8415), which are ICMPv6 and UDP right behind the IPv6 header. Pure functions
 * over bytes; what is parsed points into what was passed in.
 */
#ifndef L2X_WIRE_IPV6_PACKET_H
#define L2X_WIRE_IPV6_PACKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

#define IPV6_PACKET_MAX	  1280 /* of those that we make: fits every link (RFC 8200 5) */

#define DHCP6_CLIENT_PORT 546
#define DHCP6_SERVER_PORT 547

extern const struct in6_addr ipv6_all_nodes;	     /* ff02::1 */
extern const struct in6_addr ipv6_all_routers;	     /* ff02::2 */
extern const struct in6_addr ipv6_all_dhcp6_servers; /* ff02::1:2, relay agents too */

struct ipv6_packet {
	struct in6_addr source, destination;
	uint8_t next_header, hop_limit;
	const uint8_t *payload; /* behind the IPv6 header, as long as the header says */
	size_t len;
};

/* -EBADMSG: no whole IPv6 packet. */
int ipv6_packet_parse(struct ipv6_packet *p, const uint8_t *packet, size_t len);
/* Of an ICMPv6 or UDP payload; a UDP checksum must be there (RFC 8200 8.1). */
bool ipv6_checksum_ok(const struct ipv6_packet *p);

/*
 * Is this a matter of the link, between its two ends: router or neighbour discovery, a redirect, or
 * DHCPv6, from or to an address of the link? Only looks at addresses, type and ports.
 */
bool ipv6_is_link_matter(const uint8_t *packet, size_t len);

/* The UDP payload; -EBADMSG: it does not fit. */
int ipv6_udp_parse(const struct ipv6_packet *p, uint16_t *from, uint16_t *to, struct rbuf *data);

/* A packet is begun, its payload written into the same buffer, and ended, which fills in lengths
 * and checksum. */
void ipv6_packet_begin(struct wbuf *b);
void ipv6_udp_begin(struct wbuf *b, uint16_t from, uint16_t to);
/* Its length; 0: it did not fit. */
size_t ipv6_packet_end(struct wbuf *b, const struct in6_addr *source,
		       const struct in6_addr *destination, uint8_t next_header);

bool ipv6_is_link_local(const struct in6_addr *a);

#endif
