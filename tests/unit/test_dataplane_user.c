// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verdicts of the userspace level: a table of packets, each with its description and what must
 * become of it, and the same packets cut off at every length; headers that are sent, byte for byte;
 * checksums that the kernel left open.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "dataplane/checksum.h"
#include "dataplane/mss.h"
#include "dataplane/user.h"

#define NETDEV 5

struct bytes {
	size_t len;
	const char *p;
};

#define B(s)                     \
	{                        \
		sizeof(s) - 1, s \
	}

/* 10.0.0.2 > 10.9.9.9, and the like: a header and four bytes. */
#define IP4(src, dst) "\x45\x00\x00\x18\x00\x01\x00\x00\x40\x11\x00\x00" src dst "\xde\xad\xbe\xef"
#define IP6(src, dst) "\x60\x00\x00\x00\x00\x04\x11\x40" src dst "\xde\xad\xbe\xef"
#define A_2	      "\x0a\x00\x00\x02"
#define A_9	      "\x0a\x09\x09\x09"
#define A_MCAST	      "\xe0\x00\x00\x05"
#define V6_2	      "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"
#define V6_9	      "\x20\x01\x0d\xb8\0\x09\0\0\0\0\0\0\0\0\0\x09"
#define V6_LL	      "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"
#define V6_MCAST      "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"
#define V6_NONE	      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define SOLICIT(src)  "\x60\0\0\0\0\x08\x3a\xff" src V6_MCAST "\x85\0\0\0\0\0\0\0"
#define L2TP	      "\x00\x02\x00\x01\x00\x02" /* tunnel 1, session 2 */

static const struct rx_case {
	const char *what;
	struct bytes packet;
	enum user_verdict verdict;
	enum l2x_reason reason;
	size_t skip, len; /* of what is handed on */
} rx_cases[] = {
	{"control", B("\xc8\x02\x00\x0c\0\0\0\0\0\0\0\0"), USER_CONTROL, 0, 0, 12},
	{"empty", B(""), USER_DROP, L2X_DROP_MALFORMED, 0, 0},
	{"L2F version", B("\x00\x01\x00\x01\x00\x02\xff\x03\x00\x21"), USER_DROP,
	 L2X_DROP_MALFORMED, 0, 0},
	{"unknown session", B("\x00\x02\x00\x01\x00\x03\xff\x03\x00\x21"), USER_DROP,
	 L2X_DROP_NO_SESSION, 0, 0},
	{"no PPP header", B(L2TP), USER_DROP, L2X_DROP_MALFORMED, 0, 0},
	{"LCP", B(L2TP "\xff\x03\xc0\x21\x09\x01\x00\x08\0\0\0\0"), USER_PPP, 0, 6, 12},
	{"IPv4", B(L2TP "\xff\x03\x00\x21" IP4(A_2, A_9)), USER_PAYLOAD, 0, 10, 24},
	{"IPv4, no FF03", B(L2TP "\x00\x21" IP4(A_2, A_9)), USER_PAYLOAD, 0, 8, 24},
	{"IPv4, short protocol", B(L2TP "\x21" IP4(A_2, A_9)), USER_PAYLOAD, 0, 7, 24},
	{"IPv4, both", B(L2TP "\xff\x03\x21" IP4(A_2, A_9)), USER_PAYLOAD, 0, 9, 24},
	{"L, S and O",
	 B("\x4a\x02\x00\x2e\x00\x01\x00\x02\x00\x07\x00\x00\x00\x04pad!"
	   "\xff\x03\x00\x21" IP4(A_2, A_9)),
	 USER_PAYLOAD, 0, 22, 24},
	{"padding behind Length",
	 B("\x40\x02\x00\x24\x00\x01\x00\x02\xff\x03\x00\x21" IP4(A_2, A_9) "pad"), USER_PAYLOAD, 0,
	 12, 24},
	{"padding behind IP", B(L2TP "\xff\x03\x00\x21" IP4(A_2, A_9) "padding"), USER_PAYLOAD, 0,
	 10, 24},
	{"IPv6", B(L2TP "\xff\x03\x00\x57" IP6(V6_2, V6_9)), USER_PAYLOAD, 0, 10, 44},
	{"IPv6 link-local", B(L2TP "\xff\x03\x00\x57" IP6(V6_LL, V6_LL)), USER_PAYLOAD, 0, 10, 44},
	/* Of the link: for its ends, whoever it says it is from. */
	{"router solicitation", B(L2TP "\xff\x03\x00\x57" SOLICIT(V6_LL)), USER_LINK, 0, 10, 48},
	{"one from nowhere", B(L2TP "\xff\x03\x00\x57" SOLICIT(V6_NONE)), USER_LINK, 0, 10, 48},
	{"one without IPV6CP", B("\x00\x02\x00\x01\x00\x0a\xff\x03\x00\x57" SOLICIT(V6_LL)),
	 USER_DROP, L2X_DROP_NOT_UP, 0, 0},
	{"IPv6 multicast", B(L2TP "\xff\x03\x00\x57" IP6(V6_LL, V6_MCAST)), USER_DROP,
	 L2X_DROP_NO_ROUTE, 0, 0},
	{"IPv4 multicast", B(L2TP "\xff\x03\x00\x21" IP4(A_2, A_MCAST)), USER_DROP,
	 L2X_DROP_NO_ROUTE, 0, 0},
	{"source of nobody", B(L2TP "\xff\x03\x00\x21" IP4(A_9, A_2)), USER_DROP,
	 L2X_DROP_BAD_SOURCE, 0, 0},
	{"source of another", B(L2TP "\xff\x03\x00\x21" IP4("\x0a\x00\x01\x01", A_9)), USER_DROP,
	 L2X_DROP_BAD_SOURCE, 0, 0},
	{"IPv6 as IPv4", B(L2TP "\xff\x03\x00\x21" IP6(V6_2, V6_9)), USER_DROP, L2X_DROP_BAD_INNER,
	 0, 0},
	{"IPv4 as IPv6", B(L2TP "\xff\x03\x00\x57" IP4(A_2, A_9)), USER_DROP, L2X_DROP_BAD_INNER, 0,
	 0},
	{"IPv4 of too few bytes", B(L2TP "\xff\x03\x00\x21\x45"), USER_DROP, L2X_DROP_BAD_INNER, 0,
	 0},
	{"IPCP not open", B("\x00\x02\x00\x01\x00\x09\xff\x03\x00\x21\x45"), USER_DROP,
	 L2X_DROP_NOT_UP, 0, 0},
	{"any source", B("\x00\x02\x00\x01\x00\x0a\xff\x03\x00\x21" IP4(A_9, A_2)), USER_PAYLOAD, 0,
	 10, 24},
};

#define CASES (sizeof(rx_cases) / sizeof(rx_cases[0]))

static struct endpoint peer(void)
{
	struct endpoint e = {.port = 1701};

	assert_int_equal(ip_addr_parse(&e.ip, "192.0.2.2"), 0);
	return e;
}

static void add_session(struct table *t, uint16_t id, uint32_t flags, const char *routes[])
{
	struct l2x_session_key key = {1, id};
	struct l2x_session value = {.peer_tunnel_id = 0x1234,
				    .peer_session_id = 0x5678,
				    .flags = flags,
				    .netdev = NETDEV,
				    .mtu = 100};
	struct udp_path path = {.peer = peer()};

	assert_int_equal(table_session_set(t, key, &value, &path), 0);
	for (size_t i = 0; routes && routes[i]; i++) {
		struct ip_prefix p;

		assert_int_equal(ip_prefix_parse(&p, routes[i]), 0);
		assert_int_equal(table_route_add(t, NETDEV, &p, (struct l2x_route){.session = key}),
				 0);
	}
}

static int setup(void **state)
{
	static const char *mine[] = {"10.0.0.0/24", "2001:db8::/64", "fe80::2", NULL};
	static const char *others[] = {"10.0.1.0/24", "0.0.0.0/0", NULL};
	struct table *t = malloc(sizeof(*t));

	assert_non_null(t);
	assert_int_equal(table_init(t, 10, 10, 2, NULL, NULL), 0);
	add_session(t, 2, L2X_SESSION_IPV4 | L2X_SESSION_IPV6, mine);
	add_session(t, 9, L2X_SESSION_IPV6, others);
	add_session(t, 10, L2X_SESSION_IPV4 | L2X_SESSION_ANY_SOURCE, NULL);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	table_free(*state);
	free(*state);
	return 0;
}

/* In memory of exactly that size, so that a sanitizer sees a read behind its end. */
static uint8_t *exact(const struct bytes *b, size_t len)
{
	uint8_t *p = malloc(len ? len : 1);

	assert_non_null(p);
	memcpy(p, b->p, len);
	return p;
}

static void test_receive(void **state)
{
	const struct endpoint from = peer();

	for (size_t i = 0; i < CASES; i++) {
		const struct rx_case *c = &rx_cases[i];
		uint8_t *p = exact(&c->packet, c->packet.len);
		struct user_result r;

		print_message("# %s\n", c->what);
		assert_int_equal(user_receive(*state, &from, p, c->packet.len, &r), c->verdict);
		if (c->verdict == USER_DROP) {
			assert_int_equal(r.reason, c->reason);
		} else {
			assert_ptr_equal(r.data, p + c->skip);
			assert_int_equal(r.len, c->len);
		}
		free(p);
	}
}

static void test_receive_truncated(void **state)
{
	const struct endpoint from = peer();

	for (size_t i = 0; i < CASES; i++) {
		const struct rx_case *c = &rx_cases[i];
		size_t whole = c->skip + c->len;

		for (size_t len = 0; len < whole; len++) {
			uint8_t *p = exact(&c->packet, len);
			struct user_result r;
			enum user_verdict v = user_receive(*state, &from, p, len, &r);

			/* Control messages and PPP frames have their own parsers. */
			assert_int_not_equal(v, USER_PAYLOAD);
			assert_int_not_equal(v, USER_LINK);
			if (v != USER_DROP)
				assert_true(r.data + r.len <= p + len);
			free(p);
		}
	}
}

static void test_bad_peer(void **state)
{
	struct bytes packet = B(L2TP "\xff\x03\xc0\x21\x09\x01\x00\x08\0\0\0\0");
	struct endpoint from = peer();
	uint8_t *p = exact(&packet, packet.len);
	struct user_result r;

	from.port++;
	assert_int_equal(user_receive(*state, &from, p, packet.len, &r), USER_DROP);
	assert_int_equal(r.reason, L2X_DROP_BAD_PEER);
	assert_non_null(r.session);
	from = peer();
	from.ip.bytes[3]++;
	assert_int_equal(user_receive(*state, &from, p, packet.len, &r), USER_DROP);
	assert_int_equal(r.reason, L2X_DROP_BAD_PEER);
	free(p);
}

/* A PPP frame (LCP) with this number, or with none (-1). */
static struct user_result number(struct table *t, int ns, enum user_verdict verdict)
{
	uint8_t packet[] = "\x08\x02\0\x01\0\x02nsnr\xff\x03\xc0\x21";
	const struct endpoint from = peer();
	size_t len = sizeof(packet) - 1;
	struct user_result r;

	packet[6] = (uint8_t)((unsigned)ns >> 8);
	packet[7] = (uint8_t)ns;
	if (ns < 0) {
		packet[0] = 0;
		memmove(packet + 6, packet + 10, 4);
		len -= 4;
	}
	assert_int_equal(user_receive(t, &from, packet, len, &r), verdict);
	if (verdict == USER_DROP)
		assert_int_equal(r.reason, L2X_DROP_LATE);
	return r;
}

static struct session *checked(struct table *t)
{
	struct session *s = table_session(t, (struct l2x_session_key){1, 2});

	s->value.flags |= L2X_SESSION_CHECK_NS;
	return s;
}

/* RFC 2661 5.4. The first number may be any; behind is what came before, and what went missing. */
static void test_numbers(void **state)
{
	struct table *t = *state;

	checked(t);
	number(t, 65533, USER_PPP);
	number(t, 65533, USER_DROP);
	number(t, 65532, USER_DROP);
	number(t, 65535, USER_PPP);
	number(t, 65534, USER_DROP);
	number(t, 0, USER_PPP);
	number(t, 65535, USER_DROP);
	number(t, 32767, USER_PPP);
	number(t, 0, USER_DROP);
	number(t, 65535, USER_PPP);
	number(t, 32768, USER_DROP);
}

/* A peer that begins anew is heard before its automaton gives up; stray late packets are not. */
static void test_numbers_anew(void **state)
{
	struct table *t = *state;

	checked(t);
	number(t, 1000, USER_PPP);
	for (int i = 0; i < 7; i++)
		number(t, i, USER_DROP);
	number(t, 1001, USER_PPP);
	for (int i = 0; i < 20; i++)
		number(t, 500 - i, USER_DROP);
	for (int i = 0; i < 7; i++)
		number(t, i, USER_DROP);
	number(t, 7, USER_PPP);
	number(t, 8, USER_PPP);
	number(t, 7, USER_DROP);
}

/* Told once, when it begins and when it ceases; what is late says nothing. */
static void test_numbering(void **state)
{
	struct table *t = *state;
	struct session *s = checked(t);

	assert_false(number(t, -1, USER_PPP).numbering);
	assert_true(number(t, 7, USER_PPP).numbering);
	assert_true(s->received.numbered);
	assert_false(number(t, 8, USER_PPP).numbering);
	assert_true(number(t, -1, USER_PPP).numbering);
	assert_false(s->received.numbered);
	assert_false(number(t, 8, USER_DROP).numbering);
	assert_false(s->received.numbered);
	assert_true(number(t, 9, USER_PPP).numbering);
}

/* The numbers are somebody else's (a set's): they are looked at no more than before. */
static void test_numbers_not_checked(void **state)
{
	struct table *t = *state;

	assert_false(number(t, 7, USER_PPP).numbering);
	assert_false(number(t, 7, USER_PPP).numbering);
}

static enum user_verdict transmit(struct table *t, const char *packet, size_t len,
				  struct user_result *r)
{
	return user_transmit(t, NETDEV, (uint8_t *)(uintptr_t)packet, len, r);
}

static void test_transmit(void **state)
{
	static const char v4[] = IP4(A_9, A_2), v6[] = IP6(V6_9, V6_2), to_9[] = IP4(A_2, A_9),
			  mcast[] = IP6(V6_LL, V6_MCAST), unrouted[] = IP6(V6_2, V6_9);
	struct table *t = *state;
	struct session *s = table_session(t, (struct l2x_session_key){1, 2});
	uint8_t big[101] = {0x45, 0, 0, 101, [16] = 10, 0, 0, 2};
	struct user_result r;

	assert_int_equal(transmit(t, v4, sizeof(v4) - 1, &r), USER_PAYLOAD);
	assert_int_equal(r.header_len, 10);
	assert_memory_equal(r.header, "\x00\x02\x12\x34\x56\x78\xff\x03\x00\x21", 10);
	assert_ptr_equal(r.session, s);
	s->value.flags |= L2X_SESSION_NO_FF03 | L2X_SESSION_SEQUENCED | L2X_SESSION_LENGTH;
	s->ns = 0xffff;
	assert_int_equal(transmit(t, v6, sizeof(v6) - 1, &r), USER_PAYLOAD);
	assert_int_equal(r.header_len, 14);
	assert_memory_equal(r.header, "\x48\x02\x00\x3a\x12\x34\x56\x78\xff\xff\x00\x00\x00\x57",
			    14);
	assert_int_equal(s->ns, 0);
	assert_int_equal(transmit(t, (char *)big, sizeof(big), &r), USER_DROP);
	assert_int_equal(r.reason, L2X_DROP_TOO_BIG);
	assert_int_equal(s->ns, 0);
	assert_int_equal(transmit(t, to_9, sizeof(to_9) - 1, &r), USER_DROP);
	assert_int_equal(r.reason, L2X_DROP_NOT_UP);
	assert_int_equal(transmit(t, mcast, sizeof(mcast) - 1, &r), USER_DROP);
	assert_int_equal(r.reason, L2X_DROP_NO_ROUTE);
	assert_int_equal(transmit(t, unrouted, sizeof(unrouted) - 1, &r), USER_DROP);
	assert_int_equal(r.reason, L2X_DROP_NO_ROUTE);
	assert_null(r.session);
	assert_int_equal(transmit(t, "", 0, &r), USER_DROP);
	assert_int_equal(r.reason, L2X_DROP_BAD_INNER);
}

/* LCP has FF03 whatever was negotiated (RFC 1661 6.6). */
static void test_frame_header(void **state)
{
	struct session *s = table_session(*state, (struct l2x_session_key){1, 2});
	uint8_t header[USER_HEADER_MAX];

	s->value.flags |= L2X_SESSION_NO_FF03;
	assert_int_equal(user_frame_header(s, header, (const uint8_t *)"\xc0\x21\x01", 3), 8);
	assert_memory_equal(header, "\x00\x02\x12\x34\x56\x78\xff\x03", 8);
	/* Echo-Request and -Reply have the P bit (RFC 2661 3.1). */
	assert_int_equal(user_frame_header(s, header, (const uint8_t *)"\xc0\x21\x09", 3), 8);
	assert_memory_equal(header, "\x01\x02\x12\x34\x56\x78\xff\x03", 8);
	assert_int_equal(user_frame_header(s, header, (const uint8_t *)"\xc0\x21\x0a", 3), 8);
	assert_memory_equal(header, "\x01\x02\x12\x34\x56\x78\xff\x03", 8);
	assert_int_equal(user_frame_header(s, header, (const uint8_t *)"\x80\x21\x09", 3), 6);
	assert_int_equal(user_frame_header(s, header, NULL, 0), 6);
	s->value.flags |= L2X_SESSION_LENGTH;
	assert_int_equal(user_frame_header(s, header, NULL, 65536), 0);
}

static void test_checksum(void **state)
{
	/* RFC 1071 3: the sum of 00 01 f2 03 f4 f5 f6 f7 is ddf2. */
	uint8_t packet[] = {0xaa, 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x00, 0x00};
	uint8_t odd[] = {0x00, 0x00, 0x12}, none[] = {0xff, 0xff};

	(void)state;
	assert_int_equal(checksum_complete(packet, sizeof(packet), 1, 8), 0);
	assert_int_equal(packet[9], 0x22);
	assert_int_equal(packet[10], 0x0d);
	assert_int_equal(checksum_complete(odd, sizeof(odd), 0, 0), 0);
	assert_int_equal(odd[0], 0xed);
	assert_int_equal(odd[1], 0xff);
	assert_int_equal(checksum_complete(none, 2, 0, 0), 0);
	assert_memory_equal(none, "\xff\xff", 2);
	assert_true(checksum_complete(packet, sizeof(packet), 1, 9) < 0);
	assert_true(checksum_complete(packet, sizeof(packet), 10, 0) < 0);
	assert_true(checksum_complete(packet, sizeof(packet), 65535, 65535) < 0);
	assert_true(checksum_complete(packet, 1, 0, 0) < 0);
}

#define TCP4(options, sum)                                         \
	"\x45\x00\x00\x30\x00\x00\x40\x00\x40\x06\x00\x00" A_9 A_2 \
	"\x10\x00\x00\x50\0\0\0\1\0\0\0\0\x70\x02\x72\x10" sum "\0\0" options
#define TCP6(options, sum)                           \
	"\x60\x00\x00\x00\x00\x1c\x06\x40" V6_9 V6_2 \
	"\x10\x00\x00\x50\0\0\0\1\0\0\0\0\x70\x02\x72\x10" sum "\0\0" options

/* MTU 1400. Sums change as RFC 1624 says. */
static const struct mss_case {
	const char *what;
	struct bytes packet, fixed;
} mss_cases[] = {
	{"1460", B(TCP4("\x02\x04\x05\xb4\1\1\1\0", "\x12\x34")),
	 B(TCP4("\x02\x04\x05\x50\1\1\1\0", "\x12\x98"))},
	{"1460, IPv6", B(TCP6("\x02\x04\x05\xb4\1\1\1\0", "\x12\x34")),
	 B(TCP6("\x02\x04\x05\x3c\1\1\1\0", "\x12\xac"))},
	{"odd offset", B(TCP4("\1\x02\x04\x05\xb4\1\1\0", "\x12\x34")),
	 B(TCP4("\1\x02\x04\x05\x50\1\1\0", "\x76\x34"))},
	{"at the end", B(TCP4("\x04\x02\1\1\x02\x04\xff\xff", "\xff\xff")),
	 B(TCP4("\x04\x02\1\1\x02\x04\x05\x50", "\xfa\xaf"))},
	{"fits", B(TCP4("\x02\x04\x05\x50\1\1\1\0", "\x12\x34")),
	 B(TCP4("\x02\x04\x05\x50\1\1\1\0", "\x12\x34"))},
	{"behind the end of options", B(TCP4("\0\1\1\1\x02\x04\x05\xb4", "\x12\x34")),
	 B(TCP4("\0\1\1\1\x02\x04\x05\xb4", "\x12\x34"))},
	{"option without length", B(TCP4("\x08\0\1\1\x02\x04\x05\xb4", "\x12\x34")),
	 B(TCP4("\x08\0\1\1\x02\x04\x05\xb4", "\x12\x34"))},
	{"wrong length", B(TCP4("\x02\x03\x05\xb4\1\1\1\0", "\x12\x34")),
	 B(TCP4("\x02\x03\x05\xb4\1\1\1\0", "\x12\x34"))},
	{"past the header", B(TCP4("\x08\x05\1\1\1\x02\x04\x05", "\x12\x34")),
	 B(TCP4("\x08\x05\1\1\1\x02\x04\x05", "\x12\x34"))},
};

static void test_mss(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mss_cases) / sizeof(mss_cases[0]); i++) {
		const struct mss_case *c = &mss_cases[i];

		print_message("# %s\n", c->what);
		for (size_t len = 20; len <= c->packet.len; len++) {
			uint8_t *p = exact(&c->packet, len);

			if (len < 40 && p[0] >> 4 == 6) {
				free(p);
				continue;
			}
			mss_fix(p, len, 1400);
			assert_memory_equal(p, len < c->packet.len ? c->packet.p : c->fixed.p, len);
			free(p);
		}
	}
}

/* A set of two legs that are sessions of their own: who may send from its routes, what is sent to
 * it, and with which MTU. */
static void test_set(void **state)
{
	static const char packet[] = IP4(A_2, "\x0a\x07\x00\x01");
	const struct l2x_session_key keys[] = {{1, 21}, {1, 22}};
	struct table *t = *state;
	struct set *set = &t->sets.set[1];
	struct user_result r;
	struct endpoint from = peer();
	struct ip_prefix p;
	uint8_t buf[64];

	assert_int_equal(ip_prefix_parse(&p, "10.7.0.0/16"), 0);
	assert_int_equal(table_route_add(t, NETDEV, &p, (struct l2x_route){.set = 1}), -ENOENT);
	set->value = (struct l2x_set){.flags = L2X_SET_USED, .generation = 255};
	list_init(&set->routes);
	for (uint16_t i = 0; i < 2; i++) {
		add_session(t, keys[i].session_id, L2X_SESSION_IPV4, NULL);
		set->legs[i] = (struct set_leg){.session = table_session(t, keys[i]),
						.weight = 1u + 2u * i,
						.mtu = (uint16_t)(100 - i)};
		set->legs[i].session->value.set = 1;
	}
	set_refresh(set);
	assert_int_equal(set->value.mtu, 99);
	assert_int_equal(set->value.up4, 3);
	assert_int_equal(set->value.up6, 0);
	assert_in_range(set->value.legs[0].cost, 3 * set->value.legs[1].cost,
			3 * set->value.legs[1].cost + 3);
	assert_int_equal(table_route_add(t, NETDEV, &p, (struct l2x_route){.set = 1}), 0);
	assert_int_equal(table_route_add(t, NETDEV, &p, (struct l2x_route){.session = keys[0]}),
			 -EEXIST);

	memcpy(buf, packet, 24);
	assert_int_equal(user_transmit(t, NETDEV, buf, 24, &r), USER_SET);
	assert_ptr_equal(r.set, set);
	/* From the set's routes, on a leg; with a number, and without. */
	memcpy(buf, "\x08\x02\x00\x01\x00\x16\x12\x34\x00\x00\xff\x03\x00\x21", 14);
	memcpy(buf + 14, IP4("\x0a\x07\x00\x01", A_9), 24);
	assert_int_equal(user_receive(t, &(struct endpoint){0}, buf, 38, &r), USER_DROP);
	assert_int_equal(r.reason, L2X_DROP_BAD_PEER);
	assert_int_equal(user_receive(t, &from, buf, 38, &r), USER_PAYLOAD);
	assert_ptr_equal(r.set, set);
	assert_int_equal(r.number.number, 0x1234);
	assert_int_equal(r.number.epoch, 255);
	/* Not where the peer numbers each session by itself. */
	set->legs[1].session->value.flags |= L2X_SESSION_CHECK_NS;
	assert_int_equal(user_receive(t, &from, buf, 38, &r), USER_PAYLOAD);
	assert_null(r.set);
	set->legs[1].session->value.flags &= ~(uint32_t)L2X_SESSION_CHECK_NS;
	/* A bond has no numbers of its own. */
	set->value.flags |= L2X_SET_BOND;
	assert_int_equal(user_receive(t, &from, buf, 38, &r), USER_PAYLOAD);
	assert_null(r.set);

	/* The last leg that is up goes. */
	for (int i = 0; i < 2; i++)
		set->legs[i].session->value.flags = 0;
	set_refresh(set);
	assert_int_equal(set->value.generation, 1);
	memcpy(buf, packet, 24);
	assert_int_equal(user_transmit(t, NETDEV, buf, 24, &r), USER_DROP);
	assert_int_equal(r.reason, L2X_DROP_NOT_UP);
	/* Its routes go with it. */
	assert_int_equal(table_set_del(t, 1), 0);
	assert_int_equal(table_route_del(t, NETDEV, &p, (struct l2x_route){.set = 1}), -ENOENT);
}

/* Only the ids change, wherever they stand; control frames are not held to limits. */
static void test_relay(void **state)
{
	uint8_t packet[] = "\x48\x02\0\x13\0\x01\0\x02nsnr\xff\x03\0\x21XYZ",
		want[] = "\x48\x02\0\x13\x12\x34\x56\x78nsnr\xff\x03\0\x21XYZ";
	const struct endpoint from = peer();
	struct table *t = *state;
	struct session *s = table_session(t, (struct l2x_session_key){1, 2});
	struct user_result r;

	s->value.flags |= L2X_SESSION_RELAY;
	s->value.relay = (struct l2x_session_key){1, 9};
	assert_int_equal(user_receive(t, &from, packet, sizeof(packet) - 1, &r), USER_RELAY);
	assert_ptr_equal(r.onward, table_session(t, s->value.relay));
	assert_int_equal(r.len, sizeof(want) - 1);
	assert_memory_equal(r.data, want, sizeof(want));
	assert_true(r.limited);
	assert_int_equal(r.inner_len, 3);
	/* LCP, and the other half gone */
	memcpy(packet + 4, "\0\x01\0\x02", 4);
	memcpy(packet + 14, "\xc0\x21", 2);
	assert_int_equal(user_receive(t, &from, packet, sizeof(packet) - 1, &r), USER_RELAY);
	assert_false(r.limited);
	memcpy(packet + 4, "\0\x01\0\x02", 4);
	s->value.relay.session_id = 77;
	assert_int_equal(user_receive(t, &from, packet, sizeof(packet) - 1, &r), USER_DROP);
	assert_int_equal(r.reason, L2X_DROP_NOT_UP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_receive, setup, teardown),
		cmocka_unit_test_setup_teardown(test_receive_truncated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_peer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbering, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers_not_checked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_relay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_transmit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_set, setup, teardown),
		cmocka_unit_test_setup_teardown(test_frame_header, setup, teardown),
		cmocka_unit_test(test_checksum),
		cmocka_unit_test(test_mss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
