// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes what the userspace level makes of packets: the first byte chooses the direction, the rest
 * is what came from the peer, or out of the netdev (with a checksum to complete somewhere).
 * Whatever is handed on must lie inside the packet, and a payload must be as long as its own header
 * says.
 */
#include <stdlib.h>
#include <string.h>
#include "dataplane/checksum.h"
#include "dataplane/user.h"

#define NETDEV 3

static void need(int condition)
{
	if (!condition)
		abort();
}

static struct table *make_table(void)
{
	static const char *const routes[] = {"0.0.0.0/0", "::/0"};
	struct l2x_session value = {.peer_tunnel_id = 7,
				    .peer_session_id = 8,
				    .netdev = NETDEV,
				    .mtu = 1500,
				    .flags = L2X_SESSION_IPV4 | L2X_SESSION_IPV6 |
					     L2X_SESSION_SEQUENCED | L2X_SESSION_LENGTH |
					     L2X_SESSION_MSS_FIX | L2X_SESSION_CHECK_NS};
	struct table *t = malloc(sizeof(*t));
	struct udp_path path = {0};

	need(t && !table_init(t, 4, 4, 1, NULL, NULL));
	t->sets.set[1].value = (struct l2x_set){.flags = L2X_SET_USED, .generation = 1};
	value.set = 1;
	for (uint16_t id = 1; id <= 2; id++) {
		struct ip_prefix p;

		need(!table_session_set(t, (struct l2x_session_key){1, id}, &value, &path));
		need(!ip_prefix_parse(&p, routes[id - 1]));
		need(!table_route_add(t, NETDEV, &p, (struct l2x_route){.session = {1, id}}));
	}
	return t;
}

static void check(enum user_verdict v, const struct user_result *r, const uint8_t *packet,
		  size_t len)
{
	if (v == USER_DROP) {
		need(r->reason < L2X_REASON_COUNT);
		return;
	}
	need(r->data >= packet && r->data + r->len <= packet + len);
	need(r->header_len <= USER_HEADER_MAX);
	if (r->set)
		need(r->number.number < 1ull << (r->number.extended ? 48 : 16));
	if (v == USER_PAYLOAD) {
		need(r->session != NULL);
		if (r->data[0] >> 4 == 4)
			need(r->len == (size_t)(r->data[2] << 8 | r->data[3]));
		else
			need(r->len == 40 + (size_t)(r->data[4] << 8 | r->data[5]));
	}
}

/* libFuzzer's entry point has no header. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct table *t; /* made once: it does not change but for numbers */
	const struct endpoint peer = {0};
	struct user_result r;
	uint8_t *packet;

	if (!t)
		t = make_table();
	if (!size)
		return 0;
	packet = malloc(size);
	need(packet != NULL);
	memcpy(packet, data + 1, size - 1);
	packet[size - 1] = 0;
	if (data[0] & 1) {
		check(user_receive(t, &peer, packet, size - 1, &r), &r, packet, size - 1);
	} else {
		if (data[0] & 2)
			checksum_complete(packet, size - 1, data[0] >> 2, data[size - 1]);
		check(user_transmit(t, NETDEV, packet, size - 1, &r), &r, packet, size - 1);
	}
	free(packet);
	return 0;
}
