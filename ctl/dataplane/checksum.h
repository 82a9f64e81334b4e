/* SPDX-License-Identifier: GPL-2.0-only */
/* Internet checksums (RFC 1071) that the kernel has left half done. */
#ifndef L2X_DATAPLANE_CHECKSUM_H
#define L2X_DATAPLANE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/*
 * The sum over packet from start on goes to start + offset, where the pseudo header's is. -EBADMSG:
 * that is not inside the packet.
 */
int checksum_complete(uint8_t *packet, size_t len, size_t start, size_t offset);

#endif
