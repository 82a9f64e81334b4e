/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vocabulary of L2TPv2 control messages: message types (RFC 2661 3.2), attributes (RFC
 * 2661 4.4), and one table of each. The parser checks, the writer sets the M bit, and the debug
 * text reads by these tables, so that what we know of an AVP stands in one line.
 */
#ifndef L2X_WIRE_L2TP_AVP_H
#define L2X_WIRE_L2TP_AVP_H

#include <stdbool.h>
#include <stdint.h>

enum l2tp_message_type {
	L2TP_SCCRQ = 1,
	L2TP_SCCRP = 2,
	L2TP_SCCCN = 3,
	L2TP_STOPCCN = 4,
	L2TP_HELLO = 6,
	L2TP_OCRQ = 7,
	L2TP_OCRP = 8,
	L2TP_OCCN = 9,
	L2TP_ICRQ = 10,
	L2TP_ICRP = 11,
	L2TP_ICCN = 12,
	L2TP_CDN = 14,
	L2TP_WEN = 15,
	L2TP_SLI = 16,
	L2TP_MESSAGE_TYPES,
};

enum l2tp_attribute {
	AVP_MESSAGE_TYPE = 0,
	AVP_RESULT_CODE = 1,
	AVP_PROTOCOL_VERSION = 2,
	AVP_FRAMING_CAPABILITIES = 3,
	AVP_BEARER_CAPABILITIES = 4,
	AVP_TIE_BREAKER = 5,
	AVP_FIRMWARE_REVISION = 6,
	AVP_HOST_NAME = 7,
	AVP_VENDOR_NAME = 8,
	AVP_ASSIGNED_TUNNEL_ID = 9,
	AVP_RECEIVE_WINDOW_SIZE = 10,
	AVP_CHALLENGE = 11,
	AVP_Q931_CAUSE_CODE = 12,
	AVP_CHALLENGE_RESPONSE = 13,
	AVP_ASSIGNED_SESSION_ID = 14,
	AVP_CALL_SERIAL_NUMBER = 15,
	AVP_MINIMUM_BPS = 16,
	AVP_MAXIMUM_BPS = 17,
	AVP_BEARER_TYPE = 18,
	AVP_FRAMING_TYPE = 19,
	AVP_CALLED_NUMBER = 21,
	AVP_CALLING_NUMBER = 22,
	AVP_SUB_ADDRESS = 23,
	AVP_TX_CONNECT_SPEED = 24,
	AVP_PHYSICAL_CHANNEL_ID = 25,
	AVP_INITIAL_RECEIVED_CONFREQ = 26,
	AVP_LAST_SENT_CONFREQ = 27,
	AVP_LAST_RECEIVED_CONFREQ = 28,
	AVP_PROXY_AUTHEN_TYPE = 29,
	AVP_PROXY_AUTHEN_NAME = 30,
	AVP_PROXY_AUTHEN_CHALLENGE = 31,
	AVP_PROXY_AUTHEN_ID = 32,
	AVP_PROXY_AUTHEN_RESPONSE = 33,
	AVP_CALL_ERRORS = 34,
	AVP_ACCM = 35,
	AVP_RANDOM_VECTOR = 36,
	AVP_PRIVATE_GROUP_ID = 37,
	AVP_RX_CONNECT_SPEED = 38,
	AVP_SEQUENCING_REQUIRED = 39,
	AVP_PPP_DISCONNECT_CAUSE = 46, /* RFC 3145 */
	AVP_COUNT,
};

/* First 16 bits of an AVP, RFC 2661 4.1. */
#define AVP_M		      0x8000
#define AVP_H		      0x4000
#define AVP_RESERVED	      0x3c00
#define AVP_LENGTH	      0x03ff
#define AVP_HDR_LEN	      6
#define AVP_VALUE_MAX	      (AVP_LENGTH - AVP_HDR_LEN)

#define L2TP_PROTOCOL_VERSION 0x0100 /* version 1, revision 0: RFC 2661 4.4.3 */
#define L2TP_RESPONSE_LEN     16
#define L2TP_WINDOW_DEFAULT   4 /* what a peer has that does not say, RFC 2661 4.4.3 */

/* Framing and bearer bits, RFC 2661 4.4.3 and 4.4.4. */
#define L2TP_BEARER_DIGITAL 1
#define L2TP_BEARER_ANALOG  2
#define L2TP_FRAMING_SYNC   1
#define L2TP_FRAMING_ASYNC  2

/* How a value is laid out, and so how it is shown. */
enum l2tp_avp_kind {
	AVP_KIND_UNKNOWN,
	AVP_KIND_MESSAGE_TYPE,
	AVP_KIND_U16,
	AVP_KIND_ID, /* 16 bits, never 0 */
	AVP_KIND_U32,
	AVP_KIND_FRAMING, /* bits S and A */
	AVP_KIND_BEARER,  /* bits D and A */
	AVP_KIND_VERSION,
	AVP_KIND_RESULT,
	AVP_KIND_CAUSE,
	AVP_KIND_PPP_CAUSE,
	AVP_KIND_TEXT,
	AVP_KIND_BYTES,
	AVP_KIND_SECRET, /* never shown */
	AVP_KIND_FLAG,	 /* no value */
};

#define AVP_IN(type) (1u << (type))

struct l2tp_avp_rule {
	const char *name;
	enum l2tp_avp_kind kind;
	uint16_t min, max; /* length of the value in the clear */
	bool mandatory;	   /* M bit as RFC 2661 wants it sent */
	bool hideable;
	uint32_t required; /* AVP_IN() bits of the messages that must hold it */
};

/* NULL: not an attribute that RFC 2661 or RFC 3145 defines. */
const struct l2tp_avp_rule *l2tp_avp_rule(uint16_t attribute);

/* "SCCRQ", ...; NULL: not a message type that RFC 2661 defines. */
const char *l2tp_message_name(uint16_t type);
/* Does it belong to a session (RFC 2661 3.2: call management, error reporting, PPP control)? */
bool l2tp_message_is_session(uint16_t type);

#endif
