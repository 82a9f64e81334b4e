/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PPP on the wire: the frame's header (RFC 1661 2), the packet that all control protocols share
 * (code, identifier, length; RFC 1661 5, 1334, 1994) and their configuration options (RFC 1661 6).
 * Pure functions over bytes: nothing is kept, nothing is copied, and results point into what was
 * passed in.
 */
#ifndef L2X_WIRE_PPP_PACKET_H
#define L2X_WIRE_PPP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "l2x/wire.h"

#define PPP_DEFAULT_MRU 1500 /* RFC 1661 6.1; every implementation takes this much */
#define PPP_PACKET_HDR	4    /* code, identifier, length */

/* Codes of LCP (RFC 1661 5, RFC 1570); the first seven are also those of IPCP and IPV6CP. */
enum ppp_code {
	PPP_CONFIGURE_REQUEST = 1,
	PPP_CONFIGURE_ACK = 2,
	PPP_CONFIGURE_NAK = 3,
	PPP_CONFIGURE_REJECT = 4,
	PPP_TERMINATE_REQUEST = 5,
	PPP_TERMINATE_ACK = 6,
	PPP_CODE_REJECT = 7,
	PPP_PROTOCOL_REJECT = 8,
	PPP_ECHO_REQUEST = 9,
	PPP_ECHO_REPLY = 10,
	PPP_DISCARD_REQUEST = 11,
	PPP_IDENTIFICATION = 12,
	PPP_TIME_REMAINING = 13,
};

enum pap_code { /* RFC 1334 2.2 */
		PAP_REQUEST = 1,
		PAP_ACK = 2,
		PAP_NAK = 3,
};

enum chap_code { /* RFC 1994 4 */
		 CHAP_CHALLENGE = 1,
		 CHAP_RESPONSE = 2,
		 CHAP_SUCCESS = 3,
		 CHAP_FAILURE = 4,
};

#define CHAP_ALGORITHM_MD5	5    /* RFC 1994 3 */
#define CHAP_ALGORITHM_MSCHAPV1 0x80 /* RFC 2433 */
#define CHAP_ALGORITHM_MSCHAPV2 0x81 /* RFC 2759 */

enum lcp_option { /* RFC 1661 6, RFC 1662 7.1 */
		  LCP_OPTION_MRU = 1,
		  LCP_OPTION_ACCM = 2,
		  LCP_OPTION_AUTH = 3,
		  LCP_OPTION_MAGIC = 5,
		  LCP_OPTION_PFC = 7,
		  LCP_OPTION_ACFC = 8,
};

enum ipcp_option { /* RFC 1332 3, RFC 1877 1 */
		   IPCP_OPTION_ADDRESSES = 1,
		   IPCP_OPTION_COMPRESSION = 2,
		   IPCP_OPTION_ADDRESS = 3,
		   IPCP_OPTION_DNS1 = 129,
		   IPCP_OPTION_DNS2 = 131,
};

enum ipv6cp_option { /* RFC 5072 4 */
		     IPV6CP_OPTION_INTERFACE_ID = 1,
};

/*
 * The frame's protocol and where its information field starts, whether or not FF03 and protocol
 * compression are there. Returns the protocol, or -EBADMSG when the frame is too short or no PPP
 * frame.
 */
int ppp_frame_parse(const uint8_t *frame, size_t len, size_t *header_len);

struct ppp_packet {
	uint8_t code, id;
	const uint8_t *data; /* behind the header */
	size_t len;	     /* of data */
};

/* The packet in an information field. Padding behind its length is left out (RFC 1661 5). 0 or
 * -EBADMSG. */
int ppp_packet_parse(const uint8_t *info, size_t len, struct ppp_packet *pk);
/* A whole frame: protocol, packet header, data. */
void ppp_packet_put(struct wbuf *b, uint16_t protocol, uint8_t code, uint8_t id, const void *data,
		    size_t len);

struct ppp_option {
	uint8_t type;
	uint8_t len; /* of data, without type and length field */
	const uint8_t *data;
};

/* The next option of a list: 1, or 0 at its end, or -EBADMSG when a length field does not fit. */
int ppp_option_next(struct rbuf *b, struct ppp_option *o);
bool ppp_options_valid(const uint8_t *list, size_t len);
/* A whole option or, when there is no room for it, none. */
void ppp_option_put(struct wbuf *b, uint8_t type, const void *data, size_t len);
void ppp_option_put_u16(struct wbuf *b, uint8_t type, uint16_t v);
void ppp_option_put_u32(struct wbuf *b, uint8_t type, uint32_t v);
uint32_t ppp_option_u32(const struct ppp_option *o); /* of four bytes of data; others give 0 */

#endif
