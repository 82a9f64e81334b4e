// SPDX-License-Identifier: GPL-2.0-only
/* The way of a tunnel's own packets: the routing table, and the address that they come from. */
#include "policy/config_read.h"

#include <netinet/in.h>
#include <string.h>
#include "l2x/underlay.h"

#define TABLE_MAIN  254
#define TABLE_LOCAL 255

static const struct config_range table_range = {1, L2X_TABLE_MAX, TABLE_MAIN};

uint32_t config_table(const struct place *at, const char *raw)
{
	uint32_t table = value_number(at, "table", raw, table_range);

	if (table == TABLE_LOCAL)
		mistake(at, "table", "255 is the kernel's own local table, give another one");
	return table == TABLE_MAIN ? 0 : table;
}

static bool is_host(const struct ip_addr *a)
{
	struct in6_addr v6;

	if (a->family == AF_INET)
		return ipv4_is_host(a);
	memcpy(&v6, a->bytes, sizeof(v6));
	return !IN6_IS_ADDR_UNSPECIFIED(&v6) && !IN6_IS_ADDR_LOOPBACK(&v6) &&
	       !IN6_IS_ADDR_MULTICAST(&v6) && !IN6_IS_ADDR_LINKLOCAL(&v6);
}

void config_source(const struct place *at, const char *raw, struct ip_addr *out)
{
	struct ip_addr a;

	if (!raw)
		return;
	if (ip_addr_parse(&a, raw) || !is_host(&a))
		mistake(at, "source",
			"\"%.60s\" is not an address of a host, give one like 192.0.2.1 or "
			"2001:db8::1",
			raw);
	else
		*out = a;
}

static bool listens_at(const struct config *c, const struct ip_addr *a)
{
	struct ip_addr any = {.family = a->family};

	for (size_t i = 0; i < c->listen_count; i++)
		if (ip_addr_eq(&c->listen[i], a) || ip_addr_eq(&c->listen[i], &any))
			return true;
	return false;
}

static void check_source(const struct place *entry, const struct config *c,
			 const struct ip_addr *source)
{
	char text[IP_ADDR_TEXT];

	if (source->family && !listens_at(c, source))
		mistake(entry, "source", "%s is not in listen, where answers come; add it",
			ip_addr_text(source, text));
}

void config_check_sources(const struct place *root, const struct config *c)
{
	struct place outgoing = place_key(root, "outgoing"), relays = place_key(root, "relays");

	for (size_t i = 0; i < c->outgoing_count; i++) {
		struct place entry = place_item(&outgoing, i);

		check_source(&entry, c, &c->outgoing[i].source);
	}
	for (size_t i = 0; i < c->relays_count; i++) {
		struct place entry = place_item(&relays, i);

		check_source(&entry, c, &c->relays[i].source);
	}
}
