/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PPP frames in words, for debug logs: "LCP Configure-Request id 1: MRU 1460, magic 0x01020304,
 * auth CHAP MD5". Passwords and CHAP responses are never shown. Takes any bytes.
 */
#ifndef L2X_WIRE_PPP_TEXT_H
#define L2X_WIRE_PPP_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include "wire/ppp_packet.h"

/* All write a string of at most size bytes, cut where it does not fit, and return buf. size is not
 * 0. */
char *ppp_frame_text(char *buf, size_t size, const uint8_t *frame, size_t len);
char *ppp_option_text(char *buf, size_t size, uint16_t protocol, const struct ppp_option *o);
/* A peer's bytes as printable ASCII; all others become '?'. */
char *ppp_printable(char *buf, size_t size, const uint8_t *bytes, size_t len);

#endif
