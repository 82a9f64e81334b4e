// SPDX-License-Identifier: GPL-2.0-only
/* Tables of names, see ppp_names.h. */
#include "wire/ppp_names.h"

#include <stddef.h>
#include "wire/ppp_packet.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	uint16_t protocol;
	const char *name;
} protocols[] = {
	{PPP_PROTO_IPV4, "IPv4"},
	{PPP_PROTO_IPV6, "IPv6"},
	{0x002d, "VJ compressed TCP"},
	{0x002f, "VJ uncompressed TCP"},
	{0x003d, "MP"},
	{0x00fd, "compressed data"},
	{0x0281, "MPLS unicast"},
	{PPP_PROTO_IPCP, "IPCP"},
	{0x8029, "ATCP"},
	{0x802b, "IPXCP"},
	{0x8031, "BCP"},
	{0x8053, "ECP"},
	{PPP_PROTO_IPV6CP, "IPV6CP"},
	{0x80fb, "individual link CCP"},
	{0x80fd, "CCP"},
	{0x8281, "MPLSCP"},
	{PPP_PROTO_LCP, "LCP"},
	{PPP_PROTO_PAP, "PAP"},
	{0xc025, "LQR"},
	{0xc029, "CBCP"},
	{0xc02b, "BACP"},
	{0xc02d, "BAP"},
	{PPP_PROTO_CHAP, "CHAP"},
	{0xc227, "EAP"},
};

static const char *const control_codes[] = {
	[PPP_CONFIGURE_REQUEST] = "Configure-Request",
	[PPP_CONFIGURE_ACK] = "Configure-Ack",
	[PPP_CONFIGURE_NAK] = "Configure-Nak",
	[PPP_CONFIGURE_REJECT] = "Configure-Reject",
	[PPP_TERMINATE_REQUEST] = "Terminate-Request",
	[PPP_TERMINATE_ACK] = "Terminate-Ack",
	[PPP_CODE_REJECT] = "Code-Reject",
	[PPP_PROTOCOL_REJECT] = "Protocol-Reject", /* this and the following: LCP alone */
	[PPP_ECHO_REQUEST] = "Echo-Request",
	[PPP_ECHO_REPLY] = "Echo-Reply",
	[PPP_DISCARD_REQUEST] = "Discard-Request",
	[PPP_IDENTIFICATION] = "Identification",
	[PPP_TIME_REMAINING] = "Time-Remaining",
};

static const char *const pap_codes[] = {
	[PAP_REQUEST] = "Authenticate-Request",
	[PAP_ACK] = "Authenticate-Ack",
	[PAP_NAK] = "Authenticate-Nak",
};

static const char *const chap_codes[] = {
	[CHAP_CHALLENGE] = "Challenge",
	[CHAP_RESPONSE] = "Response",
	[CHAP_SUCCESS] = "Success",
	[CHAP_FAILURE] = "Failure",
};

static const struct {
	uint16_t protocol;
	uint8_t type;
	enum ppp_option_kind kind;
	const char *name;
} options[] = {
	{PPP_PROTO_LCP, LCP_OPTION_MRU, PPP_KIND_U16, "MRU"},
	{PPP_PROTO_LCP, LCP_OPTION_ACCM, PPP_KIND_HEX32, "ACCM"},
	{PPP_PROTO_LCP, LCP_OPTION_AUTH, PPP_KIND_AUTH, "auth"},
	{PPP_PROTO_LCP, 4, PPP_KIND_PROTOCOL, "quality"},
	{PPP_PROTO_LCP, LCP_OPTION_MAGIC, PPP_KIND_HEX32, "magic"},
	{PPP_PROTO_LCP, LCP_OPTION_PFC, PPP_KIND_FLAG, "PFC"},
	{PPP_PROTO_LCP, LCP_OPTION_ACFC, PPP_KIND_FLAG, "ACFC"},
	{PPP_PROTO_LCP, 13, PPP_KIND_BYTES, "callback"},
	{PPP_PROTO_LCP, 17, PPP_KIND_U16, "MRRU"},
	{PPP_PROTO_LCP, 18, PPP_KIND_FLAG, "short sequence numbers"},
	{PPP_PROTO_LCP, 19, PPP_KIND_BYTES, "endpoint"},
	{PPP_PROTO_IPCP, IPCP_OPTION_ADDRESSES, PPP_KIND_BYTES, "addresses"},
	{PPP_PROTO_IPCP, IPCP_OPTION_COMPRESSION, PPP_KIND_PROTOCOL, "compression"},
	{PPP_PROTO_IPCP, IPCP_OPTION_ADDRESS, PPP_KIND_ADDRESS, "addr"},
	{PPP_PROTO_IPCP, IPCP_OPTION_DNS1, PPP_KIND_ADDRESS, "dns1"},
	{PPP_PROTO_IPCP, 130, PPP_KIND_ADDRESS, "nbns1"},
	{PPP_PROTO_IPCP, IPCP_OPTION_DNS2, PPP_KIND_ADDRESS, "dns2"},
	{PPP_PROTO_IPCP, 132, PPP_KIND_ADDRESS, "nbns2"},
	{PPP_PROTO_IPV6CP, IPV6CP_OPTION_INTERFACE_ID, PPP_KIND_INTERFACE_ID, "interface id"},
	{PPP_PROTO_IPV6CP, 2, PPP_KIND_PROTOCOL, "compression"},
};

const char *ppp_protocol_name(uint16_t protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].protocol == protocol)
			return protocols[i].name;
	return NULL;
}

const char *ppp_code_name(uint16_t protocol, uint8_t code)
{
	switch (protocol) {
	case PPP_PROTO_LCP:
		return code < ARRAY_SIZE(control_codes) ? control_codes[code] : NULL;
	case PPP_PROTO_PAP:
		return code < ARRAY_SIZE(pap_codes) ? pap_codes[code] : NULL;
	case PPP_PROTO_CHAP:
		return code < ARRAY_SIZE(chap_codes) ? chap_codes[code] : NULL;
	default: /* network control protocols share the first codes of LCP (RFC 1661 2: 8000 to
		    bfff) */
		return protocol >> 14 == 2 && code <= PPP_CODE_REJECT ? control_codes[code] : NULL;
	}
}

const char *ppp_option_name(uint16_t protocol, uint8_t type, enum ppp_option_kind *kind)
{
	*kind = PPP_KIND_BYTES;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (options[i].protocol != protocol || options[i].type != type)
			continue;
		*kind = options[i].kind;
		return options[i].name;
	}
	return NULL;
}

const char *ppp_chap_algorithm_name(uint8_t algorithm)
{
	switch (algorithm) {
	case CHAP_ALGORITHM_MD5:
		return "MD5";
	case CHAP_ALGORITHM_MSCHAPV1:
		return "MS-CHAPv1";
	case CHAP_ALGORITHM_MSCHAPV2:
		return "MS-CHAPv2";
	default:
		return NULL;
	}
}
