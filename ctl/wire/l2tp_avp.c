// SPDX-License-Identifier: GPL-2.0-only
/* The tables of message types and AVPs, see l2tp_avp.h. Columns and rows as in RFC 2661 4.4. */
#include "wire/l2tp_avp.h"

#include <stddef.h>

#define SCCRQ AVP_IN(L2TP_SCCRQ)
#define SCCRP AVP_IN(L2TP_SCCRP)
#define STOP  AVP_IN(L2TP_STOPCCN)
#define OCRQ  AVP_IN(L2TP_OCRQ)
#define OCRP  AVP_IN(L2TP_OCRP)
#define OCCN  AVP_IN(L2TP_OCCN)
#define ICRQ  AVP_IN(L2TP_ICRQ)
#define ICRP  AVP_IN(L2TP_ICRP)
#define ICCN  AVP_IN(L2TP_ICCN)
#define CDN   AVP_IN(L2TP_CDN)
#define WEN   AVP_IN(L2TP_WEN)
#define SLI   AVP_IN(L2TP_SLI)
#define NONE  0

#define MAX   AVP_VALUE_MAX

/*
 * A Host Name of no bytes is taken although RFC 2661 4.4.3 wants one, and the text of a Q.931 cause
 * may be missing with its message code: peers do that, and nothing hangs on it. Some send the Call
 * Serial Number in two bytes.
 */
/* clang-format off */
static const struct l2tp_avp_rule rules[AVP_COUNT] = {
	/*					 name				kind		     min  max  M      H      required in */
	[AVP_MESSAGE_TYPE]		= {"Message Type",		AVP_KIND_MESSAGE_TYPE, 2, 2,   true,  false, NONE},
	[AVP_RESULT_CODE]		= {"Result Code",		AVP_KIND_RESULT,     2,   MAX, true,  false, STOP | CDN},
	[AVP_PROTOCOL_VERSION]		= {"Protocol Version",		AVP_KIND_VERSION,    2,   2,   true,  false, SCCRQ | SCCRP},
	[AVP_FRAMING_CAPABILITIES]	= {"Framing Capabilities",	AVP_KIND_FRAMING,    4,   4,   true,  true,  SCCRQ | SCCRP},
	[AVP_BEARER_CAPABILITIES]	= {"Bearer Capabilities",	AVP_KIND_BEARER,     4,   4,   true,  true,  NONE},
	[AVP_TIE_BREAKER]		= {"Tie Breaker",		AVP_KIND_BYTES,	     8,   8,   false, false, NONE},
	[AVP_FIRMWARE_REVISION]		= {"Firmware Revision",		AVP_KIND_U16,	     2,   2,   false, true,  NONE},
	[AVP_HOST_NAME]			= {"Host Name",			AVP_KIND_TEXT,	     0,   MAX, true,  false, SCCRQ | SCCRP},
	[AVP_VENDOR_NAME]		= {"Vendor Name",		AVP_KIND_TEXT,	     0,   MAX, false, true,  NONE},
	[AVP_ASSIGNED_TUNNEL_ID]	= {"Assigned Tunnel ID",	AVP_KIND_ID,	     2,   2,   true,  true,  SCCRQ | SCCRP | STOP},
	[AVP_RECEIVE_WINDOW_SIZE]	= {"Receive Window Size",	AVP_KIND_ID,	     2,   2,   true,  false, NONE},
	[AVP_CHALLENGE]			= {"Challenge",			AVP_KIND_SECRET,     1,   MAX, true,  true,  NONE},
	[AVP_Q931_CAUSE_CODE]		= {"Q.931 Cause Code",		AVP_KIND_CAUSE,	     2,   MAX, true,  false, NONE},
	[AVP_CHALLENGE_RESPONSE]	= {"Challenge Response",	AVP_KIND_SECRET,     16,  16,  true,  true,  NONE},
	[AVP_ASSIGNED_SESSION_ID]	= {"Assigned Session ID",	AVP_KIND_ID,	     2,   2,   true,  true,  ICRQ | ICRP | OCRQ | OCRP | CDN},
	[AVP_CALL_SERIAL_NUMBER]	= {"Call Serial Number",	AVP_KIND_U32,	     2,   4,   true,  true,  ICRQ | OCRQ},
	[AVP_MINIMUM_BPS]		= {"Minimum BPS",		AVP_KIND_U32,	     4,   4,   true,  true,  OCRQ},
	[AVP_MAXIMUM_BPS]		= {"Maximum BPS",		AVP_KIND_U32,	     4,   4,   true,  true,  OCRQ},
	[AVP_BEARER_TYPE]		= {"Bearer Type",		AVP_KIND_BEARER,     4,   4,   true,  true,  OCRQ},
	[AVP_FRAMING_TYPE]		= {"Framing Type",		AVP_KIND_FRAMING,    4,   4,   true,  true,  ICCN | OCRQ | OCCN},
	[AVP_CALLED_NUMBER]		= {"Called Number",		AVP_KIND_TEXT,	     0,   MAX, true,  true,  OCRQ},
	[AVP_CALLING_NUMBER]		= {"Calling Number",		AVP_KIND_TEXT,	     0,   MAX, true,  true,  NONE},
	[AVP_SUB_ADDRESS]		= {"Sub-Address",		AVP_KIND_TEXT,	     0,   MAX, true,  true,  NONE},
	[AVP_TX_CONNECT_SPEED]		= {"Connect Speed",		AVP_KIND_U32,	     4,   4,   true,  true,  ICCN | OCCN},
	[AVP_PHYSICAL_CHANNEL_ID]	= {"Physical Channel ID",	AVP_KIND_U32,	     4,   4,   false, true,  NONE},
	[AVP_INITIAL_RECEIVED_CONFREQ]	= {"Initial Received CONFREQ",	AVP_KIND_BYTES,	     0,   MAX, false, true,  NONE},
	[AVP_LAST_SENT_CONFREQ]		= {"Last Sent CONFREQ",		AVP_KIND_BYTES,	     0,   MAX, false, true,  NONE},
	[AVP_LAST_RECEIVED_CONFREQ]	= {"Last Received CONFREQ",	AVP_KIND_BYTES,	     0,   MAX, false, true,  NONE},
	[AVP_PROXY_AUTHEN_TYPE]		= {"Proxy Authen Type",		AVP_KIND_U16,	     2,   2,   false, true,  NONE},
	[AVP_PROXY_AUTHEN_NAME]		= {"Proxy Authen Name",		AVP_KIND_TEXT,	     0,   MAX, false, true,  NONE},
	[AVP_PROXY_AUTHEN_CHALLENGE]	= {"Proxy Authen Challenge",	AVP_KIND_SECRET,     1,   MAX, false, true,  NONE},
	[AVP_PROXY_AUTHEN_ID]		= {"Proxy Authen ID",		AVP_KIND_U16,	     2,   2,   false, true,  NONE},
	[AVP_PROXY_AUTHEN_RESPONSE]	= {"Proxy Authen Response",	AVP_KIND_SECRET,     0,   MAX, false, true,  NONE},
	[AVP_CALL_ERRORS]		= {"Call Errors",		AVP_KIND_BYTES,	     26,  26,  true,  true,  WEN},
	[AVP_ACCM]			= {"ACCM",			AVP_KIND_BYTES,	     10,  10,  true,  true,  SLI},
	[AVP_RANDOM_VECTOR]		= {"Random Vector",		AVP_KIND_SECRET,     0,   MAX, true,  false, NONE},
	[AVP_PRIVATE_GROUP_ID]		= {"Private Group ID",		AVP_KIND_TEXT,	     0,   MAX, false, true,  NONE},
	[AVP_RX_CONNECT_SPEED]		= {"Rx Connect Speed",		AVP_KIND_U32,	     4,   4,   false, true,  NONE},
	[AVP_SEQUENCING_REQUIRED]	= {"Sequencing Required",	AVP_KIND_FLAG,	     0,   0,   true,  false, NONE},
	[AVP_PPP_DISCONNECT_CAUSE]	= {"PPP Disconnect Cause",	AVP_KIND_PPP_CAUSE,  5,   MAX, false, true,  NONE},
};
/* clang-format on */

static const struct {
	const char *name;
	bool session;
} messages[L2TP_MESSAGE_TYPES] = {
	[L2TP_SCCRQ] = {"SCCRQ", false}, [L2TP_SCCRP] = {"SCCRP", false},
	[L2TP_SCCCN] = {"SCCCN", false}, [L2TP_STOPCCN] = {"StopCCN", false},
	[L2TP_HELLO] = {"HELLO", false}, [L2TP_OCRQ] = {"OCRQ", true},
	[L2TP_OCRP] = {"OCRP", true},	 [L2TP_OCCN] = {"OCCN", true},
	[L2TP_ICRQ] = {"ICRQ", true},	 [L2TP_ICRP] = {"ICRP", true},
	[L2TP_ICCN] = {"ICCN", true},	 [L2TP_CDN] = {"CDN", true},
	[L2TP_WEN] = {"WEN", true},	 [L2TP_SLI] = {"SLI", true},
};

const struct l2tp_avp_rule *l2tp_avp_rule(uint16_t attribute)
{
	return attribute < AVP_COUNT && rules[attribute].name ? &rules[attribute] : NULL;
}

const char *l2tp_message_name(uint16_t type)
{
	return type < L2TP_MESSAGE_TYPES ? messages[type].name : NULL;
}

bool l2tp_message_is_session(uint16_t type)
{
	return type < L2TP_MESSAGE_TYPES && messages[type].session;
}
