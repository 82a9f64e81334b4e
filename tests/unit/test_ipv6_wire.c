// SPDX-License-Identifier: GPL-2.0-only
/* Neighbour discovery and DHCPv6 on the wire, against bytes written down by hand from the RFCs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include "wire/dhcp6.h"
#include "wire/nd.h"

static const struct in6_addr local = {.s6_addr = {0xfe, 0x80, [15] = 1}};
static const struct in6_addr remote = {.s6_addr = {0xfe, 0x80, [15] = 2}};

/* RFC 4861 4.1: from fe80::1 to ff02::2; the checksum was summed up by hand. */
static const uint8_t solicitation[] = {
	0x60, 0,    0,	  0,	0, 8, 58, 255,			       /* */
	0xfe, 0x80, 0,	  0,	0, 0, 0,  0,   0, 0, 0, 0, 0, 0, 0, 1, /* */
	0xff, 0x02, 0,	  0,	0, 0, 0,  0,   0, 0, 0, 0, 0, 0, 0, 2, /* */
	133,  0,    0x7d, 0x36, 0, 0, 0,  0,
};

/* RFC 4861 4.2, 4.6.2, 4.6.4, RFC 8106 5.1, without the IPv6 header. */
static const uint8_t advertisement[] = {
	134,  0,    0,	  0,	64, 0x40, 0x07, 0x08,
	0,    0,    0,	  0,	0,  0,	  0,	0,    /* O, 1800 s */
	5,    1,    0,	  0,	0,  0,	  0x05, 0xb4, /* MTU 1460 */
	3,    4,    64,	  0x40, 0,  0,	  0x1c, 0x20,
	0,    0,    0x0e, 0x10, 0,  0,	  0,	0, /* A, 7200, 3600 */
	0x20, 0x01, 0x0d, 0xb8, 1,  1,	  0,	0,
	0,    0,    0,	  0,	0,  0,	  0,	0,    /* */
	25,   3,    0,	  0,	0,  0,	  0x07, 0x08, /* 1800 s */
	0x20, 0x01, 0x0d, 0xb8, 0,  0,	  0,	0,
	0,    0,    0,	  0,	0,  0,	  0,	0x53,
};

static struct nd_advert an_advert(void)
{
	struct nd_advert a = {.hop_limit = 64, .other = true, .lifetime = 1800, .mtu = 1460};

	a.prefixes[0] = (struct nd_prefix){.autonomous = true, .valid = 7200, .preferred = 3600};
	ip_prefix_parse(&a.prefixes[0].prefix, "2001:db8:101::/64");
	a.prefix_count = 1;
	inet_pton(AF_INET6, "2001:db8::53", &a.dns[0].server);
	a.dns[0].lifetime = 1800;
	a.dns_count = 1;
	return a;
}

static void solicitation_bytes(void **state)
{
	uint8_t buf[IPV6_PACKET_MAX];
	struct ipv6_packet p;

	(void)state;
	assert_int_equal(nd_router_solicit_write(buf, sizeof(buf), &local), sizeof(solicitation));
	assert_memory_equal(buf, solicitation, sizeof(solicitation));
	assert_int_equal(ipv6_packet_parse(&p, solicitation, sizeof(solicitation)), 0);
	assert_int_equal(nd_check(&p), ND_RS);
	assert_int_equal(nd_router_solicit_write(buf, sizeof(solicitation) - 1, &local), 0);
}

static void advertisement_bytes(void **state)
{
	struct nd_advert a = an_advert(), b;
	uint8_t buf[IPV6_PACKET_MAX];
	struct ipv6_packet p;
	size_t len = nd_advert_write(buf, sizeof(buf), &local, &ipv6_all_nodes, &a);

	(void)state;
	assert_int_equal(len, 40 + sizeof(advertisement));
	assert_memory_equal(buf + 40, advertisement, 2);
	assert_memory_equal(buf + 44, advertisement + 4, sizeof(advertisement) - 4);
	assert_int_equal(ipv6_packet_parse(&p, buf, len), 0);
	assert_int_equal(nd_check(&p), ND_RA);
	assert_int_equal(nd_advert_parse(&p, &b), 0);
	assert_memory_equal(&a, &b, sizeof(a));
}

/* RFC 4861 6.1: each of these is discarded. */
static void discarded(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} wrong[] = {
		{0, 0x40},	   /* no IPv6 */
		{6, 59},	   /* nothing behind it */
		{7, 254},	   /* a router has forwarded it */
		{8, 0x20},	   /* not from a link-local address, and the checksum */
		{41, 1},	   /* code */
		{42, 0xff},	   /* checksum */
		{40 + 16 + 1, 0},  /* an option of no length */
		{40 + 16 + 1, 99}, /* one that is longer than the message */
	};
	struct nd_advert a = an_advert(), b;
	uint8_t buf[IPV6_PACKET_MAX], bad[IPV6_PACKET_MAX];
	size_t len = nd_advert_write(buf, sizeof(buf), &local, &ipv6_all_nodes, &a);
	struct ipv6_packet p;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memcpy(bad, buf, len);
		bad[wrong[i].at] = wrong[i].value;
		assert_true(ipv6_packet_parse(&p, bad, len) || nd_check(&p) < 0);
	}
	/* Cut anywhere. */
	for (size_t i = 0; i < len; i++)
		assert_int_equal(ipv6_packet_parse(&p, buf, i), -EBADMSG);
	/* A router's address is link-local. */
	struct in6_addr global = {.s6_addr = {0x20, 1, [15] = 1}};

	len = nd_advert_write(buf, sizeof(buf), &global, &ipv6_all_nodes, &a);
	assert_int_equal(ipv6_packet_parse(&p, buf, len), 0);
	assert_int_equal(nd_check(&p), ND_RA);
	assert_int_equal(nd_advert_parse(&p, &b), -EBADMSG);
}

static void link_matters(void **state)
{
	static const struct {
		const char *from, *to;
		uint8_t next_header, first; /* ICMPv6 type, or UDP port less 500 */
		bool is;
	} cases[] = {
		{"fe80::1", "ff02::2", IPPROTO_ICMPV6, 133, true},
		{"::", "ff02::2", IPPROTO_ICMPV6, 133, true},
		{"fe80::1", "fe80::2", IPPROTO_ICMPV6, 135, true},
		{"fe80::1", "fe80::2", IPPROTO_ICMPV6, 137, true},
		{"fe80::1", "fe80::2", IPPROTO_ICMPV6, 128, false}, /* an echo is for the kernel */
		{"2001:db8::1", "2001:db8::2", IPPROTO_ICMPV6, 135, false}, /* of another link */
		{"fe80::1", "ff02::1:2", IPPROTO_UDP, 47, true},
		{"fe80::1", "fe80::2", IPPROTO_UDP, 46, true},
		{"fe80::1", "fe80::2", IPPROTO_UDP, 48, false},
		{"2001:db8::1", "2001:db8::2", IPPROTO_UDP, 47, false},
		{"fe80::1", "fe80::2", IPPROTO_TCP, 47, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t packet[48] = {0x60, [5] = 8, [6] = cases[i].next_header, [7] = 255};

		inet_pton(AF_INET6, cases[i].from, packet + 8);
		inet_pton(AF_INET6, cases[i].to, packet + 24);
		packet[40] = cases[i].next_header == IPPROTO_ICMPV6 ? cases[i].first : 2;
		packet[42] = (500 + cases[i].first) >> 8;
		packet[43] = (uint8_t)(500 + cases[i].first);
		assert_int_equal(ipv6_is_link_matter(packet, sizeof(packet)), cases[i].is);
		assert_false(ipv6_is_link_matter(packet, sizeof(packet) - 1));
	}
}

/* RFC 8415 8, 21.2, 21.9, 21.14, 21.21, 21.22: as a router asks. */
static const uint8_t solicit[] = {
	1, 0xab, 0xcd, 0xef,						  /* */
	0, 1,	 0,    6,    0, 3,  0, 1,  0xaa, 0xbb,			  /* client */
	0, 8,	 0,    2,    0, 0,					  /* elapsed */
	0, 6,	 0,    4,    0, 82, 0, 23,				  /* option request */
	0, 14,	 0,    0,						  /* rapid commit */
	0, 25,	 0,    41,   0, 0,  0, 7,  0,	 0,    0, 0, 0,	 0, 0, 0, /* IA_PD 7 */
	0, 26,	 0,    25,   0, 0,  0, 0,  0,	 0,    0, 0, 56,	  /* ::/56 */
	0, 0,	 0,    0,    0, 0,  0, 0,  0,	 0,    0, 0, 0,	 0, 0, 0,
};

static void dhcp6_bytes(void **state)
{
	const struct dhcp6_duid client = {.len = 6, .bytes = {0, 3, 0, 1, 0xaa, 0xbb}};
	const struct dhcp6_ia ia = {.type = DHCP6_OPTION_IA_PD, .id = 7};
	const struct dhcp6_lease hint = {.prefix = {.addr.family = AF_INET6, .len = 56}};
	const uint16_t wanted[] = {DHCP6_OPTION_SOL_MAX_RT, DHCP6_OPTION_DNS};
	uint8_t buf[256], *begun;
	struct wbuf b = wbuf_of(buf, sizeof(buf));

	(void)state;
	dhcp6_begin(&b, DHCP6_SOLICIT, 0xabcdef);
	dhcp6_put_duid(&b, DHCP6_OPTION_CLIENT_ID, &client);
	dhcp6_put_u16(&b, DHCP6_OPTION_ELAPSED, 0);
	dhcp6_put_request(&b, wanted, 2);
	dhcp6_put_empty(&b, DHCP6_OPTION_RAPID_COMMIT);
	begun = dhcp6_ia_begin(&b, &ia);
	dhcp6_put_lease(&b, DHCP6_OPTION_IA_PD, &hint);
	dhcp6_ia_end(&b, begun);
	assert_int_equal(wbuf_len(&b), sizeof(solicit));
	assert_memory_equal(buf, solicit, sizeof(solicit));
}

static void dhcp6_read(void **state)
{
	struct rbuf data = rbuf_of(solicit, sizeof(solicit));
	struct dhcp6_message m;
	struct dhcp6_lease lease;
	struct dhcp6_ia ia;

	(void)state;
	assert_int_equal(dhcp6_parse(&m, &data), 0);
	assert_int_equal(m.type, DHCP6_SOLICIT);
	assert_int_equal(m.xid, 0xabcdef);
	assert_int_equal(m.client.len, 6);
	assert_int_equal(m.server.len, 0);
	assert_true(m.rapid_commit);
	assert_true(m.wants_dns);
	assert_true(dhcp6_next_ia(&m.options, &ia));
	assert_int_equal(ia.type, DHCP6_OPTION_IA_PD);
	assert_int_equal(ia.id, 7);
	assert_int_equal(ia.status, DHCP6_SUCCESS);
	assert_true(dhcp6_next_lease(&ia.options, &lease));
	assert_int_equal(lease.prefix.len, 56);
	assert_false(dhcp6_next_lease(&ia.options, &lease));
	assert_false(dhcp6_next_ia(&m.options, &ia));
}

/* Ends that fall between two options are a whole message, all others are none. */
static void dhcp6_cut(void **state)
{
	static const size_t whole[] = {4, 14, 20, 28, 32};
	struct dhcp6_message m;

	(void)state;
	for (size_t len = 0; len < sizeof(solicit); len++) {
		struct rbuf data = rbuf_of(solicit, len);
		bool good = false;

		for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
			good |= len == whole[i];
		assert_int_equal(dhcp6_parse(&m, &data), good ? 0 : -EBADMSG);
	}
}

static void dhcp6_discarded(void **state)
{
	static const struct {
		uint8_t bytes[64];
		size_t len;
	} bad[] = {
		{{0, 1, 2, 3}, 4},			     /* no such type */
		{{12, 1, 2, 3}, 4},			     /* between relay agents */
		{{1, 1, 2, 3, 0, 1, 0, 0}, 8},		     /* a DUID of no bytes */
		{{1, 1, 2, 3, 0, 13, 0, 1, 0}, 9},	     /* half a status */
		{{1, 1, 2, 3, 0, 25, 0, 4, 0, 0, 0, 1}, 12}, /* an IA_PD without its times */
		/* A prefix of 129 bits, and a status that is cut, inside the IA_PD. */
		{{1, 1, 2, 3, 0, 25, 0, 41, [15] = 1, [24] = 0, 26, 0, 25, [36] = 129}, 53},
		{{1, 1, 2, 3, 0, 25, 0, 17, [15] = 1, [20] = 0, 13, 0, 1, 0}, 25},
	};
	struct dhcp6_message m;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rbuf data = rbuf_of(bad[i].bytes, bad[i].len);

		assert_int_equal(dhcp6_parse(&m, &data), -EBADMSG);
	}
}

/* RFC 8415 21.24: what is out of its range is not heeded. */
static void dhcp6_sol_max_rt(void **state)
{
	static const uint32_t values[] = {0, 59, 60, 86400, 86401};
	uint8_t buf[16];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct wbuf b = wbuf_of(buf, sizeof(buf));
		struct dhcp6_message m;
		struct rbuf data;

		dhcp6_begin(&b, DHCP6_REPLY, 1);
		wbuf_u16(&b, DHCP6_OPTION_SOL_MAX_RT);
		wbuf_u16(&b, 4);
		wbuf_u32(&b, values[i]);
		data = rbuf_of(buf, wbuf_len(&b));
		assert_int_equal(dhcp6_parse(&m, &data), 0);
		assert_int_equal(m.sol_max_rt, i == 2 || i == 3 ? values[i] : 0);
	}
}

static void udp_checksum(void **state)
{
	uint8_t buf[IPV6_PACKET_MAX];
	struct wbuf b = wbuf_of(buf, sizeof(buf));
	struct ipv6_packet p;
	uint16_t from, to;
	struct rbuf data;
	size_t len;

	(void)state;
	ipv6_udp_begin(&b, DHCP6_CLIENT_PORT, DHCP6_SERVER_PORT);
	wbuf_bytes(&b, solicit, sizeof(solicit));
	len = ipv6_packet_end(&b, &local, &remote, IPPROTO_UDP);
	assert_int_equal(len, 48 + sizeof(solicit));
	assert_int_equal(ipv6_packet_parse(&p, buf, len), 0);
	assert_true(ipv6_checksum_ok(&p));
	assert_int_equal(ipv6_udp_parse(&p, &from, &to, &data), 0);
	assert_int_equal(from, 546);
	assert_int_equal(to, 547);
	assert_int_equal(rbuf_left(&data), sizeof(solicit));
	/* RFC 8200 8.1: none at all is not allowed. */
	buf[46] = buf[47] = 0;
	assert_false(ipv6_checksum_ok(&p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(solicitation_bytes), cmocka_unit_test(advertisement_bytes),
		cmocka_unit_test(discarded),	      cmocka_unit_test(link_matters),
		cmocka_unit_test(dhcp6_bytes),	      cmocka_unit_test(dhcp6_read),
		cmocka_unit_test(dhcp6_cut),	      cmocka_unit_test(dhcp6_discarded),
		cmocka_unit_test(dhcp6_sol_max_rt),   cmocka_unit_test(udp_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
