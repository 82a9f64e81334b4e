// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile peer of a router and of a host. The first byte says how far both get by themselves,
 * against each other, before the input speaks; then come packets, each behind a byte that says its
 * length or, above 240, lets time pass. A packet is taken as it is, and as the payload of a sound
 * ICMPv6 and a sound UDP packet, so that checksums and headers do not stand in the way; a DHCPv6
 * message with the transaction and identifiers of the moment too.
 */
#include <stdint.h>
#include <string.h>

#include "ipv6_pair.h"

static struct v6_pair pair;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_icmp(int to, const uint8_t *data, size_t len)
{
	uint8_t packet[IPV6_PACKET_MAX];
	struct wbuf b = wbuf_of(packet, sizeof(packet));

	ipv6_packet_begin(&b);
	wbuf_bytes(&b, data, len);
	if (len >= 4)
		ipv6_link_input(pair.end[to].link, packet,
				ipv6_packet_end(&b, &pair.end[!to].setup.local, &ipv6_all_nodes,
						IPPROTO_ICMPV6));
}

/* The last transaction of the host. */
static uint32_t transaction(void)
{
	struct dhcp6_message m;

	for (size_t i = 0; i < pair.end[V6_HOST].sent_count && i < V6_SENT; i++)
		if (v6_dhcp(v6_last(&pair, V6_HOST, i), &m))
			return m.xid;
	return 0;
}

static void as_dhcp(int to, const uint8_t *data, size_t len, bool helped)
{
	uint8_t packet[IPV6_PACKET_MAX];
	struct wbuf b;

	if (!len || len > 512)
		return;
	b = v6_begin(&pair, packet, to, data[0], transaction());
	if (helped) {
		dhcp6_put_duid(&b, DHCP6_OPTION_SERVER_ID, &pair.end[V6_ROUTER].duid);
		dhcp6_put_duid(&b, DHCP6_OPTION_CLIENT_ID, &pair.end[V6_HOST].duid);
	}
	wbuf_bytes(&b, data + 1, len - 1);
	v6_deliver(&pair, &b, to);
}

static void packet(const uint8_t *data, size_t len)
{
	ipv6_is_link_matter(data, len);
	for (int to = 0; to < 2; to++) {
		ipv6_link_input(pair.end[to].link, data, len);
		as_icmp(to, data, len);
		as_dhcp(to, data, len, false);
		as_dhcp(to, data, len, true);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipv6_facts facts;

	if (size < 2)
		return 0;
	v6_init(&pair, data[0]);
	v6_start(&pair, V6_ROUTER);
	v6_start(&pair, V6_HOST);
	v6_run(&pair, (uint64_t)(data[0] & 7) * 400);
	if (data[0] & 8)
		v6_run(&pair, 1801000);
	data++;
	size--;
	while (size) {
		size_t len = *data++;

		size--;
		if (len > 240) {
			v6_run(&pair, 1ull << (len - 240));
			continue;
		}
		if (len > size)
			len = size;
		packet(data, len);
		data += len;
		size -= len;
	}
	v6_run(&pair, 10000000);
	facts = v6_facts(&pair);
	if (facts.delegated_count > IPV6_PREFIXES || facts.dns_count > IPV6_DNS_MAX)
		__builtin_trap();
	ipv6_link_stop(pair.end[V6_HOST].link);
	ipv6_link_stop(pair.end[V6_ROUTER].link);
	v6_free(&pair);
	return 0;
}
