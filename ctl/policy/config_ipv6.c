// SPDX-License-Identifier: GPL-2.0-only
/* Second pass, the part that is of IPv6 inside sessions: what they ask for, and what they are told. */
#include "policy/config_read.h"

#define DNS_MAX		  2 /* of each family */
#define DELEGATE_MAX	  4 /* prefixes of a session */
#define DELEGATE_SHORTEST 16
#define DELEGATE_LONGEST  64
#define SLAAC_BITS	  64 /* RFC 4862 5.5.3 d, with the identifiers of RFC 5072 */

void config_check_wishes(const struct place *at, const struct raw_outgoing *raw,
			 struct config_outgoing *o)
{
	static const char *const keys[] = {"request-prefix", "prefix-length", "slaac"};

	o->request_prefix = value_bool(at, "request-prefix", raw->request_prefix, true);
	o->prefix_length = (uint8_t)value_number(at, "prefix-length", raw->prefix_length,
						 (struct config_range){DELEGATE_SHORTEST,
								       DELEGATE_LONGEST, 0});
	o->slaac = value_bool(at, "slaac", raw->slaac, false);
	for (size_t i = 0; !o->ipv6 && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (place_given(at, keys[i]))
			mistake(at, keys[i],
				"needs ipv6, which is off here; turn it on or leave this out");
	if (raw->prefix_length && !o->request_prefix)
		mistake(at, "prefix-length", "is of no use with `request-prefix: false`");
}

static void check_delegate(const struct place *at, const struct raw_session *raw,
			   struct config_session *s)
{
	struct place list = place_key(at, "delegate");

	s->delegate_count =
		value_prefixes(at, "delegate", raw->delegate, raw->delegate_count, &s->delegate);
	if (s->delegate_count > DELEGATE_MAX)
		mistake(at, "delegate", "has %zu prefixes, give at most %d", s->delegate_count,
			DELEGATE_MAX);
	for (size_t i = 0; i < s->delegate_count; i++) {
		struct place item = place_item(&list, i);
		const struct ip_prefix *p = &s->delegate[i];

		if (p->addr.family && (p->addr.family != AF_INET6 || p->len < DELEGATE_SHORTEST ||
				       p->len > DELEGATE_LONGEST))
			mistake(&item, NULL,
				"%s cannot be delegated, give an IPv6 prefix of 16 to 64 bits",
				raw->delegate[i]);
	}
}

void config_check_prefixes(const struct place *at, const struct raw_session *raw,
			   const struct config_incoming *in, struct config_session *s)
{
	check_delegate(at, raw, s);
	if (raw->ra_prefix && value_prefix(at, "ra-prefix", raw->ra_prefix, &s->ra_prefix) &&
	    (s->ra_prefix.addr.family != AF_INET6 || s->ra_prefix.len != SLAAC_BITS))
		mistake(at, "ra-prefix",
			"%s does not let a host make its address, give an IPv6 prefix of 64 bits",
			raw->ra_prefix);
	if (!in->ipv6 && (raw->ra_prefix || raw->delegate_count))
		mistake(at, raw->ra_prefix ? "ra-prefix" : "delegate",
			"needs ipv6, which is off for this tunnel; turn it on or leave it out");
}

void config_check_dns(const struct place *at, const struct raw_incoming *raw,
		      struct config_incoming *in)
{
	struct place list = place_key(at, "dns");

	unsigned count4 = 0, count6 = 0;

	for (unsigned i = 0; i < raw->dns_count; i++) {
		struct place item = place_item(&list, i);
		struct ip_addr a;

		if (!ip_addr_parse(&a, raw->dns[i]) && a.family == AF_INET6) {
			if (count6 < DNS_MAX)
				in->dns6[count6] = a;
			count6++;
		} else {
			if (count4 < DNS_MAX)
				value_ipv4(&item, NULL, raw->dns[i], &in->dns[count4]);
			count4++;
		}
	}
	in->dns6_count = count6 < DNS_MAX ? count6 : DNS_MAX;
	if (count4 > DNS_MAX)
		mistake(at, "dns",
			"has %u IPv4 addresses, IPCP can tell 2 (RFC 1877), give at most these",
			count4);
	if (count6 > DNS_MAX)
		mistake(at, "dns", "has %u IPv6 addresses, give at most %d", count6, DNS_MAX);
}
