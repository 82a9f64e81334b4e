/* SPDX-License-Identifier: GPL-2.0-only */
/* The Internet checksum (RFC 1071) of whole packets and of their pseudo headers. */
#ifndef L2X_WIRE_CHECKSUM_H
#define L2X_WIRE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds 16-bit words in network order; of an odd number of bytes, the last one is filled up with zero. Not more than 64 KiB in all. */
uint32_t checksum_add(uint32_t sum, const uint8_t *p, size_t len);
/* The checksum, as a number. */
uint16_t checksum_of(uint32_t sum);

#endif
