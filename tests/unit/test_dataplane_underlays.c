// SPDX-License-Identifier: GPL-2.0-only
/* Underlay addresses that sessions share (ctl/dataplane/underlays.c), in memory of zeros. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "dataplane/underlays.h"

static struct udp_path path(const char *peer, uint16_t port, uint16_t table)
{
	struct udp_path p = {.local.port = 1701, .peer.port = port, .table = table};

	assert_int_equal(ip_addr_parse(&p.local.ip, "192.0.2.1"), 0);
	assert_int_equal(ip_addr_parse(&p.peer.ip, peer), 0);
	return p;
}

static uint32_t take(struct underlays *u, struct udp_path p)
{
	uint32_t place;

	assert_int_equal(underlays_take(u, &p, &place), 0);
	return place;
}

static void test_shared(void **state)
{
	const struct udp_path p = path("192.0.2.2", 1701, 0);
	const uint8_t peer[16] = {192, 0, 2, 2};
	struct underlays u;
	uint32_t a, other;

	(void)state;
	assert_int_equal(underlays_init(&u, 4, -1), 0);
	a = take(&u, p);
	assert_int_equal(take(&u, p), a);
	assert_memory_equal(u.at[a].peer, peer, sizeof(peer));
	assert_int_equal(u.at[a].peer_port, htons(1701));
	assert_int_equal(u.at[a].family, AF_INET);
	/* Whatever differs, differs. */
	other = take(&u, path("192.0.2.3", 1701, 0));
	assert_int_not_equal(other, a);
	assert_int_not_equal(take(&u, path("192.0.2.2", 1702, 0)), a);
	assert_int_not_equal(take(&u, path("192.0.2.2", 1701, 7)), a);
	/* It stands as long as one has it, and a while longer. */
	underlays_give_back(&u, a);
	assert_int_equal(take(&u, p), a);
	underlays_give_back(&u, a);
	underlays_give_back(&u, a);
	assert_int_not_equal(take(&u, p), a);
	assert_memory_equal(u.at[a].peer, peer, sizeof(peer));
	assert_int_equal(take(&u, path("192.0.2.3", 1701, 0)), other);
	underlays_free(&u);
}

/* Each session with addresses of its own, all changed at once: no place is one that was just left. */
static void test_all(void **state)
{
	enum { SESSIONS = 2000 };
	uint32_t places[SESSIONS];
	struct underlays u;

	(void)state;
	assert_int_equal(underlays_init(&u, SESSIONS, -1), 0);
	for (uint16_t i = 0; i < SESSIONS; i++)
		places[i] = take(&u, path("2001:db8::2", (uint16_t)(1000 + i), 0));
	for (uint16_t i = 0; i < SESSIONS; i++) {
		const uint32_t new = take(&u, path("2001:db8::2", (uint16_t)(10000 + i), 0));

		assert_int_not_equal(new, places[i]);
		underlays_give_back(&u, places[i]);
		places[i] = new;
	}
	for (uint16_t i = 0; i < SESSIONS; i++) {
		assert_int_equal(u.at[places[i]].peer_port, htons((uint16_t)(10000 + i)));
		assert_int_equal(take(&u, path("2001:db8::2", (uint16_t)(10000 + i), 0)),
				 places[i]);
	}
	underlays_free(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
