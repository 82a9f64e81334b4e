/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses, prefixes and UDP endpoints of either family, as plain values that can be compared,
 * copied and written out. Address bytes are in network order, ports in host order.
 */
#ifndef L2X_BASE_ADDR_H
#define L2X_BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct ip_addr {
	uint8_t family;	   /* AF_INET, AF_INET6, or 0: none */
	uint8_t bytes[16]; /* IPv4 in the first four, the rest zero */
};

struct ip_prefix {
	struct ip_addr addr; /* bits behind len are zero */
	uint8_t len;
};

struct endpoint {
	struct ip_addr ip;
	uint16_t port;
	uint32_t scope; /* IPv6 link-local only: ifindex */
};

/* An outer UDP path: what a tunnel is spoken over. */
struct udp_path {
	struct endpoint local, peer;
	uint32_t table; /* routing table of what is sent; 0: as for this host's other packets */
};

#define IP_ADDR_TEXT   INET6_ADDRSTRLEN
#define IP_PREFIX_TEXT (INET6_ADDRSTRLEN + 4)
#define ENDPOINT_TEXT  (INET6_ADDRSTRLEN + 8)

/* 0, or -EINVAL. A prefix without /len is a host's; bits set behind its length are -ERANGE. */
int ip_addr_parse(struct ip_addr *a, const char *text);
int ip_prefix_parse(struct ip_prefix *p, const char *text);
/* These return their buffer, whose size is the constant above. */
const char *ip_addr_text(const struct ip_addr *a, char *buf);
const char *ip_prefix_text(const struct ip_prefix *p, char *buf);
const char *endpoint_text(const struct endpoint *e,
			  char *buf); /* 192.0.2.1:1701, [2001:db8::1]:1701 */

struct ip_addr ip_addr_v4(struct in_addr a);
struct ip_addr ip_addr_v6(const struct in6_addr *a);
struct in_addr ip_addr_to_v4(const struct ip_addr *a);
bool ip_addr_eq(const struct ip_addr *a, const struct ip_addr *b);
bool endpoint_eq(const struct endpoint *a, const struct endpoint *b);
struct ip_prefix ip_prefix_host(const struct ip_addr *a);
bool ip_prefix_holds(const struct ip_prefix *p, const struct ip_addr *a);
void ip_prefix_clear_host_bits(struct ip_prefix *p);
bool ip_prefix_eq(const struct ip_prefix *a, const struct ip_prefix *b);
unsigned ip_addr_bits(const struct ip_addr *a); /* 32, 128, or 0 */

/* Length of the sockaddr, or 0 when e has no family. */
socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ss);
int endpoint_from_sockaddr(struct endpoint *e, const struct sockaddr *sa);

#endif
