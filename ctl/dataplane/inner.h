/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payload's own IP header: whether it is sound, how long the packet is, who sends it to whom.
 * Reads no further than the fixed header; what follows is the ends' business.
 */
#ifndef L2X_DATAPLANE_INNER_H
#define L2X_DATAPLANE_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"

struct inner {
	struct ip_addr source, destination;
	size_t len; /* as the header says: what may follow in a PPP frame is padding (RFC 1661 2) */
};

/* family as the PPP protocol says. 0 or -EBADMSG. */
int inner_parse(int family, const uint8_t *packet, size_t len, struct inner *out);
bool inner_is_multicast(const struct ip_addr *a); /* broadcast too */
/* A hash of the flow that a sound packet belongs to (l2x/send.h). */
uint32_t inner_flow(const uint8_t *packet, size_t len);

#endif
