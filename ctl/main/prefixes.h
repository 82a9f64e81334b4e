/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IPv6 inside a call beyond link-local addresses: the router or host of ipv6/ on it, with what the
 * configuration says, and what a host has been given (prefixes, addresses) in the kernel.
 */
#ifndef L2X_MAIN_PREFIXES_H
#define L2X_MAIN_PREFIXES_H

#include <jansson.h>
#include "ipv6/ipv6.h"

struct call;
struct controller;

/* What a host asked for, and what it was given and stands in the kernel. */
struct prefixes {
	struct ipv6_wish wish;
	struct ip_prefix delegated[IPV6_PREFIXES], addresses[IPV6_PREFIXES];
	size_t delegated_count, address_count;
};

/* The identity of this instance in DHCPv6 (RFC 8415 11), the same after each start. */
void prefixes_duid(struct controller *c);

/* IPv6 of the call has been installed. */
void prefixes_start(struct call *call);
/* The configuration is another one, with the same link. */
void prefixes_change(struct call *call);
/* Before an orderly end: last words to the peer. */
void prefixes_stop(struct call *call);
/* IPv6 is gone: all of this goes too. */
void prefixes_end(struct call *call);
/* An IPv6 packet of the link. */
void prefixes_input(struct call *call, const uint8_t *packet, size_t len);
/* For the status: added to the object that `ipv6` of a session is. */
void prefixes_json(const struct call *call, json_t *ipv6);

#endif
