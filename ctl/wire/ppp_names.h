/* SPDX-License-Identifier: GPL-2.0-only */
/* What the numbers of PPP are called: protocols, codes and options, as IANA's "PPP Numbers" lists
 * them. */
#ifndef L2X_WIRE_PPP_NAMES_H
#define L2X_WIRE_PPP_NAMES_H

#include <stdint.h>

/* How an option's data is shown. */
enum ppp_option_kind {
	PPP_KIND_BYTES,
	PPP_KIND_FLAG, /* no data */
	PPP_KIND_U16,
	PPP_KIND_HEX32,
	PPP_KIND_ADDRESS,
	PPP_KIND_INTERFACE_ID,
	PPP_KIND_AUTH,	   /* protocol, and for CHAP its algorithm */
	PPP_KIND_PROTOCOL, /* protocol, and anything */
};

/* All give NULL for what has no name. */
const char *ppp_protocol_name(uint16_t protocol);
const char *ppp_code_name(uint16_t protocol, uint8_t code);
const char *ppp_option_name(uint16_t protocol, uint8_t type, enum ppp_option_kind *kind);
const char *ppp_chap_algorithm_name(uint8_t algorithm);

#endif
