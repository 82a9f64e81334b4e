/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DHCPv6 messages (RFC 8415 8, 21; RFC 3646) between client and server. A message is checked as a
 * whole when it is parsed, options inside options too, so that what walks through it afterwards finds
 * nothing cut short. Results point into the message. Times are in seconds, as on the wire.
 */
#ifndef L2X_WIRE_DHCP6_H
#define L2X_WIRE_DHCP6_H

#include "base/addr.h"
#include "base/buf.h"

#define DHCP6_INFINITE 0xffffffff /* RFC 8415 7.7 */
#define DHCP6_DUID_MAX 130	  /* RFC 8415 11.1: type and 128 bytes */
#define DHCP6_DNS_MAX  4	  /* that are looked at */

enum dhcp6_type { /* RFC 8415 7.3 */
		  DHCP6_SOLICIT = 1,
		  DHCP6_ADVERTISE = 2,
		  DHCP6_REQUEST = 3,
		  DHCP6_CONFIRM = 4,
		  DHCP6_RENEW = 5,
		  DHCP6_REBIND = 6,
		  DHCP6_REPLY = 7,
		  DHCP6_RELEASE = 8,
		  DHCP6_DECLINE = 9,
		  DHCP6_INFORMATION_REQUEST = 11,
};

enum dhcp6_option { /* RFC 8415 21 */
		    DHCP6_OPTION_CLIENT_ID = 1,
		    DHCP6_OPTION_SERVER_ID = 2,
		    DHCP6_OPTION_IA_NA = 3,
		    DHCP6_OPTION_IA_TA = 4,
		    DHCP6_OPTION_ADDRESS = 5,
		    DHCP6_OPTION_REQUEST = 6,
		    DHCP6_OPTION_PREFERENCE = 7,
		    DHCP6_OPTION_ELAPSED = 8,
		    DHCP6_OPTION_STATUS = 13,
		    DHCP6_OPTION_RAPID_COMMIT = 14,
		    DHCP6_OPTION_DNS = 23, /* RFC 3646 3 */
		    DHCP6_OPTION_IA_PD = 25,
		    DHCP6_OPTION_PREFIX = 26,
		    DHCP6_OPTION_SOL_MAX_RT = 82,
};

enum dhcp6_status { /* RFC 8415 21.13 */
		    DHCP6_SUCCESS = 0,
		    DHCP6_UNSPEC_FAIL = 1,
		    DHCP6_NO_ADDRS_AVAIL = 2,
		    DHCP6_NO_BINDING = 3,
		    DHCP6_NOT_ON_LINK = 4,
		    DHCP6_USE_MULTICAST = 5,
		    DHCP6_NO_PREFIX_AVAIL = 6,
};

struct dhcp6_duid {
	uint8_t len; /* 0: none */
	uint8_t bytes[DHCP6_DUID_MAX];
};

struct dhcp6_message {
	uint8_t type;
	uint32_t xid; /* 24 bits */
	struct dhcp6_duid client, server;
	bool rapid_commit, wants_dns;
	uint8_t preference;
	uint16_t status;
	uint32_t sol_max_rt; /* 0: not said */
	struct in6_addr dns[DHCP6_DNS_MAX];
	size_t dns_count;
	struct rbuf options; /* all of them, for dhcp6_next_ia() */
};

/* An identity association, of prefixes, addresses or temporary addresses. */
struct dhcp6_ia {
	uint16_t type; /* DHCP6_OPTION_IA_* */
	uint32_t id, t1, t2;
	uint16_t status;
	struct rbuf options; /* for dhcp6_next_lease() */
};

/* In an IA: a prefix, or an address as one of 128 bits. */
struct dhcp6_lease {
	struct ip_prefix prefix;
	uint32_t preferred, valid;
	uint16_t status;
};

/* -EBADMSG: it is none, or none between client and server, or options do not fit. */
int dhcp6_parse(struct dhcp6_message *m, const struct rbuf *data);
/* False: there is no other. */
bool dhcp6_next_ia(struct rbuf *options, struct dhcp6_ia *ia);
bool dhcp6_next_lease(struct rbuf *options, struct dhcp6_lease *lease);
bool dhcp6_duid_eq(const struct dhcp6_duid *a, const struct dhcp6_duid *b);
const char *dhcp6_type_name(uint8_t type);

/* Writing: a header, then options. One that holds others is ended with what its begin returned. */
void dhcp6_begin(struct wbuf *b, uint8_t type, uint32_t xid);
void dhcp6_put_duid(struct wbuf *b, uint16_t option, const struct dhcp6_duid *duid);
void dhcp6_put_empty(struct wbuf *b, uint16_t option);
void dhcp6_put_u8(struct wbuf *b, uint16_t option, uint8_t value);
void dhcp6_put_u16(struct wbuf *b, uint16_t option, uint16_t value);
void dhcp6_put_status(struct wbuf *b, uint16_t status, const char *text);
void dhcp6_put_dns(struct wbuf *b, const struct ip_addr *servers, size_t count);
void dhcp6_put_request(struct wbuf *b, const uint16_t *options, size_t count);
/* As a prefix in an IA_PD, else as an address. */
void dhcp6_put_lease(struct wbuf *b, uint16_t ia_type, const struct dhcp6_lease *lease);
uint8_t *dhcp6_ia_begin(struct wbuf *b, const struct dhcp6_ia *ia);
void dhcp6_ia_end(struct wbuf *b, uint8_t *begun);

#endif
