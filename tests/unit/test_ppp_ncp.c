// SPDX-License-Identifier: GPL-2.0-only
/* IPCP and IPV6CP byte by byte, as RFC 1332, 1877 and 5072 draw them. */
#include "ppp_peer.h"

#include <arpa/inet.h>
#include <string.h>

static void ipcp_options(void **state)
{
	(void)state;
	peer_open_network();
	OUT(0x80, 0x21, 1, 0, 0, 10, 3, 6, 10, 0, 0, 1);
	peer_next();
	/* Old IP-Addresses, header compression and NBNS are rejected. */
	IN(0, 0x80, 0x21, 1, 1, 0, 38, 1, 10, 0, 0, 0, 0, 0, 0, 0, 0, 2, 6, 0, 0x2d, 15, 0, 3, 6, 0,
	   0, 0, 0, 130, 6, 0, 0, 0, 0, 132, 6, 0, 0, 0, 0);
	OUT(0x80, 0x21, 4, 1, 0, 32, 1, 10, 0, 0, 0, 0, 0, 0, 0, 0, 2, 6, 0, 0x2d, 15, 0, 130, 6, 0,
	    0, 0, 0, 132, 6, 0, 0, 0, 0);
	/* Address and name servers are told. */
	IN(0, 0x80, 0x21, 1, 2, 0, 22, 3, 6, 0, 0, 0, 0, 129, 6, 0, 0, 0, 0, 131, 6, 0, 0, 0, 0);
	OUT(0x80, 0x21, 3, 2, 0, 22, 3, 6, 10, 0, 0, 2, 129, 6, 10, 0, 0, 53, 131, 6, 10, 0, 1, 53);
	/* Without an address option: it is added (RFC 1332 3.3). */
	IN(0, 0x80, 0x21, 1, 3, 0, 4);
	OUT(0x80, 0x21, 3, 3, 0, 10, 3, 6, 10, 0, 0, 2);
	/* A wrong one. */
	IN(0, 0x80, 0x21, 1, 4, 0, 10, 3, 6, 10, 0, 0, 99);
	OUT(0x80, 0x21, 3, 4, 0, 10, 3, 6, 10, 0, 0, 2);
	IN(0, 0x80, 0x21, 1, 5, 0, 10, 3, 6, 10, 0, 0, 2);
	OUT(0x80, 0x21, 2, 5, 0, 10, 3, 6, 10, 0, 0, 2);
	/* It would like us to be someone else: no. It rejects the option: we are who we are. */
	IN(0, 0x80, 0x21, 3, 0, 0, 10, 3, 6, 10, 0, 0, 77);
	OUT(0x80, 0x21, 1, 1, 0, 10, 3, 6, 10, 0, 0, 1);
	IN(0, 0x80, 0x21, 4, 1, 0, 10, 3, 6, 10, 0, 0, 1);
	OUT(0x80, 0x21, 1, 2, 0, 4);
	assert_false(LNS->up4);
	IN(0, 0x80, 0x21, 2, 2, 0, 4);
	assert_true(LNS->up4);
	assert_int_equal(LNS->ip4.local.s_addr, inet_addr("10.0.0.1"));
	assert_int_equal(LNS->ip4.remote.s_addr, inet_addr("10.0.0.2"));
}

static void dns_rejected(void **state)
{
	(void)state;
	LNS->given.dns[0].s_addr = LNS->given.dns[1].s_addr = 0;
	peer_open_network();
	line.read = line.count;
	IN(0, 0x80, 0x21, 1, 2, 0, 22, 3, 6, 10, 0, 0, 2, 129, 6, 0, 0, 0, 0, 131, 6, 0, 0, 0, 0);
	OUT(0x80, 0x21, 4, 2, 0, 16, 129, 6, 0, 0, 0, 0, 131, 6, 0, 0, 0, 0);
}

/* A peer that has no name server, and says so by a Nak with zero: it is not asked again (RFC 1877 1.1). */
static void dns_unknown_to_peer(void **state)
{
	(void)state;
	LNS->given.want_dns = true;
	peer_open_network();
	OUT(0x80, 0x21, 1, 0, 0, 22, 3, 6, 10, 0, 0, 1, 129, 6, 0, 0, 0, 0, 131, 6, 0, 0, 0, 0);
	line.read = line.count;
	IN(0, 0x80, 0x21, 3, 0, 0, 16, 129, 6, 10, 0, 0, 53, 131, 6, 0, 0, 0, 0);
	OUT(0x80, 0x21, 1, 1, 0, 16, 3, 6, 10, 0, 0, 1, 129, 6, 10, 0, 0, 53);
	IN(0, 0x80, 0x21, 2, 1, 0, 16, 3, 6, 10, 0, 0, 1, 129, 6, 10, 0, 0, 53);
	IN(0, 0x80, 0x21, 1, 1, 0, 10, 3, 6, 10, 0, 0, 2);
	assert_true(LNS->up4);
	assert_int_equal(LNS->ip4.dns[0].s_addr, inet_addr("10.0.0.53"));
	assert_int_equal(LNS->ip4.dns[1].s_addr, 0);
}

static void ipv6cp_options(void **state)
{
	uint8_t *nak;

	(void)state;
	LNS->given.remote_interface_id[7] = 2;
	peer_open_network();
	peer_next();
	OUT(0x80, 0x57, 1, 0, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 1);
	/* Zero, nothing, compression; our own. */
	IN(0, 0x80, 0x57, 1, 1, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 0);
	OUT(0x80, 0x57, 3, 1, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 2);
	IN(0, 0x80, 0x57, 1, 2, 0, 4);
	OUT(0x80, 0x57, 3, 2, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 2);
	IN(0, 0x80, 0x57, 1, 3, 0, 8, 2, 4, 0, 0x61);
	OUT(0x80, 0x57, 4, 3, 0, 8, 2, 4, 0, 0x61);
	IN(0, 0x80, 0x57, 1, 4, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 1);
	OUT(0x80, 0x57, 3, 4, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 2);
	/* The peer has one for us, which is fine, unless it is zero. */
	IN(0, 0x80, 0x57, 3, 0, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 0);
	nak = peer_next();
	assert_int_equal(nak[2], PPP_CONFIGURE_REQUEST);
	assert_memory_not_equal(nak + 8, "\0\0\0\0\0\0\0\0", 8);
	IN(0, 0x80, 0x57, 3, 1, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 9);
	OUT(0x80, 0x57, 1, 2, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 9);
	IN(0, 0x80, 0x57, 1, 5, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 5);
	OUT(0x80, 0x57, 2, 5, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 5);
	IN(0, 0x80, 0x57, 2, 2, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 9);
	assert_true(LNS->up6);
	assert_memory_equal(&LNS->ip6.local, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x09", 16);
	assert_memory_equal(&LNS->ip6.remote, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x05", 16);
}

/* RFC 5072 4.1: a peer that does not name its identifier is asked to once. IPv6 cannot do without. */
static void never_names_its_identifier(void **state)
{
	(void)state;
	LNS->given.remote_interface_id[7] = 2;
	peer_open_network();
	line.read = line.count;
	IN(0, 0x80, 0x57, 1, 1, 0, 4);
	OUT(0x80, 0x57, 3, 1, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 2);
	IN(0, 0x80, 0x57, 1, 2, 0, 4);
	OUT(0x80, 0x57, 2, 2, 0, 4);
	IN(0, 0x80, 0x57, 2, 0, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 1);
	assert_false(LNS->up6);
	assert_int_equal(LNS->ends, 0);
	assert_int_equal(peer_next()[2], PPP_TERMINATE_REQUEST);
}

/* Header compression, in both forms of the option, also when the peer tries to have us ask for it.
 */
static void vj_compression(void **state)
{
	(void)state;
	peer_open_network();
	line.read = line.count;
	IN(0, 0x80, 0x21, 1, 1, 0, 16, 2, 6, 0, 0x2d, 15, 1, 3, 6, 10, 0, 0, 2);
	OUT(0x80, 0x21, 4, 1, 0, 10, 2, 6, 0, 0x2d, 15, 1);
	IN(0, 0x80, 0x21, 1, 2, 0, 14, 2, 4, 0, 0x37, 3, 6, 10, 0, 0, 2);
	OUT(0x80, 0x21, 4, 2, 0, 8, 2, 4, 0, 0x37);
	IN(0, 0x80, 0x21, 3, 0, 0, 10, 2, 6, 0, 0x2d, 15, 1);
	OUT(0x80, 0x21, 1, 1, 0, 10, 3, 6, 10, 0, 0, 1);
	IN(0, 0x80, 0x21, 1, 3, 0, 10, 3, 6, 10, 0, 0, 2);
	OUT(0x80, 0x21, 2, 3, 0, 10, 3, 6, 10, 0, 0, 2);
	IN(0, 0x80, 0x21, 2, 1, 0, 10, 3, 6, 10, 0, 0, 1);
	assert_true(LNS->up4);
}

/* A router without an address on this line, and a policy that has none for it: routes are enough.
 */
static void unnumbered(void **state)
{
	(void)state;
	LNS->given.remote.s_addr = 0;
	peer_open_network();
	line.read = line.count;
	IN(0, 0x80, 0x21, 1, 1, 0, 4);
	OUT(0x80, 0x21, 3, 1, 0, 10, 3, 6, 0, 0, 0, 0); /* RFC 1332 3.3: have you none? */
	IN(0, 0x80, 0x21, 1, 2, 0, 4);
	OUT(0x80, 0x21, 2, 2, 0, 4);
	IN(0, 0x80, 0x21, 2, 0, 0, 10, 3, 6, 10, 0, 0, 1);
	assert_true(LNS->up4);
	assert_int_equal(LNS->ip4.local.s_addr, inet_addr("10.0.0.1"));
	assert_int_equal(LNS->ip4.remote.s_addr, 0);
	/* Again: it was asked, and need not be asked any more. */
	IN(0, 0x80, 0x21, 1, 3, 0, 4);
	assert_false(LNS->up4);
	OUT(0x80, 0x21, 1, 1, 0, 10, 3, 6, 10, 0, 0, 1);
	OUT(0x80, 0x21, 2, 3, 0, 4);
	peer_teardown(state);
	peer_setup(state);

	/* As a client, with an address of our own or given one: the server need not have any. */
	peer_open_lcp(1);
	line.read = line.count;
	IN(1, 0x80, 0x21, 1, 1, 0, 4);
	OUT(0x80, 0x21, 3, 1, 0, 10, 3, 6, 0, 0, 0, 0);
	IN(1, 0x80, 0x21, 1, 2, 0, 4);
	OUT(0x80, 0x21, 2, 2, 0, 4);
	IN(1, 0x80, 0x21, 4, 0, 0, 16, 129, 6, 0, 0, 0, 0, 131, 6, 0, 0, 0, 0);
	OUT(0x80, 0x21, 1, 1, 0, 10, 3, 6, 0, 0, 0, 0);
	IN(1, 0x80, 0x21, 3, 1, 0, 10, 3, 6, 10, 0, 0, 2);
	OUT(0x80, 0x21, 1, 2, 0, 10, 3, 6, 10, 0, 0, 2);
	IN(1, 0x80, 0x21, 2, 2, 0, 10, 3, 6, 10, 0, 0, 2);
	assert_true(LAC->up4);
	assert_int_equal(LAC->ip4.remote.s_addr, 0);
}

/* A policy that has an address gives it, named or not. */
static void never_names_its_address(void **state)
{
	(void)state;
	peer_open_network();
	for (uint8_t id = 1; id < 6; id++) {
		line.read = line.count;
		IN(0, 0x80, 0x21, 1, id, 0, 4);
		OUT(0x80, 0x21, 3, id, 0, 10, 3, 6, 10, 0, 0, 2);
	}
	IN(0, 0x80, 0x21, 1, 6, 0, 4);
	OUT(0x80, 0x21, 2, 6, 0, 4);
	IN(0, 0x80, 0x21, 2, 0, 0, 10, 3, 6, 10, 0, 0, 1);
	assert_true(LNS->up4);
	assert_int_equal(LNS->ip4.remote.s_addr, inet_addr("10.0.0.2"));
}

/* There is no IPv6 without; IPv4 does not care. */
static void interface_id_rejected(void **state)
{
	(void)state;
	peer_open_network();
	IN(0, 0x80, 0x21, 1, 1, 0, 10, 3, 6, 10, 0, 0, 2);
	IN(0, 0x80, 0x21, 2, 0, 0, 10, 3, 6, 10, 0, 0, 1);
	line.read = line.count;
	IN(0, 0x80, 0x57, 4, 0, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 1);
	assert_memory_equal(peer_next(), "\x80\x57\x05", 3);
	pair_run(&pair, 30000);
	assert_true(LNS->up4);
	assert_int_equal(LNS->ends, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PEER_TEST(ipcp_options),
		PEER_TEST(dns_rejected),
		PEER_TEST(dns_unknown_to_peer),
		PEER_TEST(never_names_its_identifier),
		PEER_TEST(ipv6cp_options),
		PEER_TEST(vj_compression),
		PEER_TEST(unnumbered),
		PEER_TEST(never_names_its_address),
		PEER_TEST(interface_id_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
