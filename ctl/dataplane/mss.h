/* SPDX-License-Identifier: GPL-2.0-only */
/* The MSS option of TCP SYNs (RFC 9293 3.7.1); bpf/mss.h does the same. */
#ifndef L2X_DATAPLANE_MSS_H
#define L2X_DATAPLANE_MSS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Lowers it to what a packet of mtu bytes has room for, and sets the checksum right. packet is a
 * sound IP packet of len bytes (inner_parse()); all that is no SYN with such an option, or has its
 * TCP header behind extension headers, stays as it is.
 */
void mss_fix(uint8_t *packet, size_t len, uint16_t mtu);

#endif
