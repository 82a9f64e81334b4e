// SPDX-License-Identifier: GPL-2.0-only
/* PAP and CHAP byte by byte, as RFC 1334, 1994 and 2759 draw them, and what a peer may demand of us. */
#include "ppp_peer.h"

#include <string.h>

static void peer_insists_on_login(void **state)
{
	(void)state;
	LAC->config.offer = 0;
	peer_start(1);
	peer_next();
	for (uint8_t id = 0; id < 9; id++) {
		IN(1, 0xc0, 0x21, 1, id, 0, 8, 3, 4, 0xc0, 0x23);
		OUT(0xc0, 0x21, 4, id, 0, 8, 3, 4, 0xc0, 0x23);
	}
	IN(1, 0xc0, 0x21, 1, 99, 0, 8, 3, 4, 0xc0, 0x23);
	assert_int_equal(peer_next()[2], PPP_TERMINATE_REQUEST);
	IN(1, 0xc0, 0x21, 6, 0, 0, 4);
	assert_int_equal(LAC->ends, 1);
	assert_string_equal(LAC->why.text, "peer demands PAP, but no username is configured");
}

static void pap_server(void **state)
{
	(void)state;
	pair_demand(LNS, PPP_AUTH_BIT(PPP_AUTH_PAP));
	LNS->late = true;
	peer_open_lcp(0);
	SILENT(); /* the peer's turn */
	IN(0, 0xc0, 0x23, 1, 5, 0, 21, 5, 'a', 'l', 'i', 'c', 'e', 11, 'w', 'o', 'n', 'd', 'e', 'r',
	   'l', 'a', 'n', 'd');
	SILENT(); /* its lengths do not fit */
	assert_int_equal(LNS->asked, 0);
	IN(0, 0xc0, 0x23, 1, 5, 0, 21, 5, 'a', 'l', 'i', 'c', 'e', 10, 'w', 'o', 'n', 'd', 'e', 'r',
	   'l', 'a', 'n', 'd');
	IN(0, 0xc0, 0x23, 1, 6, 0, 21, 5, 'a', 'l', 'i', 'c', 'e', 10, 'w', 'o', 'n', 'd', 'e', 'r',
	   'l', 'a', 'n', 'd');
	assert_int_equal(LNS->asked, 1);
	assert_true(LNS->last_good);
	SILENT();
	ppp_accept(LNS->ppp, &LNS->given, "hi");
	OUT(0xc0, 0x23, 2, 6, 0, 7, 2, 'h', 'i');
	assert_string_equal(ppp_phase(LNS->ppp), "network");
	line.read = line.count;
	IN(0, 0xc0, 0x23, 1, 7, 0, 6, 0, 0); /* whatever it now says (RFC 1334 2.2.1) */
	OUT(0xc0, 0x23, 2, 7, 0, 5, 0);
	assert_int_equal(LNS->asked, 1);
}

static void bad_names(void **state)
{
	(void)state;
	pair_demand(LNS, PPP_AUTH_BIT(PPP_AUTH_PAP));
	LNS->name = NULL; /* anyone: but not these */
	peer_open_lcp(0);
	IN(0, 0xc0, 0x23, 1, 5, 0, 9, 3, 'a', 0, 'b', 0);
	assert_int_equal(LNS->asked, 0);
	assert_memory_equal(peer_next(), "\xc0\x23\x03\x05", 4);
	peer_end(0);
	peer_teardown(state);
	peer_setup(state);

	pair_demand(LNS, PPP_AUTH_BIT(PPP_AUTH_PAP));
	LNS->name = "a";
	LNS->secret = "";
	peer_open_lcp(0);
	IN(0, 0xc0, 0x23, 1, 5, 0, 9, 1, 'a', 2, 0, 'x'); /* as a string this password is empty */
	assert_int_equal(LNS->asked, 0);
	assert_memory_equal(peer_next(), "\xc0\x23\x03\x05", 4);
}

static void pap_client(void **state)
{
	(void)state;
	peer_start(1);
	peer_ack(1);
	IN(1, 0xc0, 0x21, 1, 1, 0, 8, 3, 4, 0xc0, 0x23);
	OUT(0xc0, 0x21, 2, 1, 0, 8, 3, 4, 0xc0, 0x23);
	OUT(0xc0, 0x23, 1, 1, 0, 21, 5, 'a', 'l', 'i', 'c', 'e', 10, 'w', 'o', 'n', 'd', 'e', 'r',
	    'l', 'a', 'n', 'd');
	pair_run(&pair, 3000);
	assert_memory_equal(peer_next(), "\xc0\x23\x01\x02", 4);
	IN(1, 0xc0, 0x23, 2, 3, 0, 5, 0); /* an answer to nothing */
	IN(1, 0xc0, 0x23, 2, 0, 0, 5, 0);
	assert_string_equal(ppp_phase(LAC->ppp), "authenticate");
	IN(1, 0xc0, 0x23, 2, 1, 0, 4); /* Msg-Length left out, and to the first request */
	assert_string_equal(ppp_phase(LAC->ppp), "network");
}

/* RFC 1994 4.1; the value is MD5(07 "wonderland" 0102...10), computed with `openssl dgst -md5`. */
static void chap_client(void **state)
{
	(void)state;
	peer_start(1);
	peer_ack(1);
	IN(1, 0xc0, 0x21, 1, 1, 0, 9, 3, 5, 0xc2, 0x23, 5);
	OUT(0xc0, 0x21, 2, 1, 0, 9, 3, 5, 0xc2, 0x23, 5);
	SILENT();
	for (int i = 0; i < 2; i++) { /* challenged twice, answered twice */
		IN(1, 0xc2, 0x23, 1, 7, 0, 24, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
		   15, 16, 'l', 'n', 's');
		OUT(0xc2, 0x23, 2, 7, 0, 26, 16, 0xb6, 0x0e, 0x48, 0xf8, 0x8f, 0x4a, 0x9d, 0x1e,
		    0xb7, 0x85, 0xe5, 0xbd, 0xf5, 0x2b, 0x95, 0x98, 'a', 'l', 'i', 'c', 'e');
	}
	IN(1, 0xc2, 0x23, 3, 8, 0, 4);
	assert_string_equal(ppp_phase(LAC->ppp), "authenticate");
	IN(1, 0xc2, 0x23, 3, 7, 0, 4);
	assert_string_equal(ppp_phase(LAC->ppp), "network");
	/* Once more in the network phase, and this time it does not like it. */
	line.read = line.count;
	IN(1, 0xc2, 0x23, 1, 9, 0, 6, 1, 1);
	assert_memory_equal(peer_next(), "\xc2\x23\x02\x09", 4);
	IN(1, 0xc2, 0x23, 4, 9, 0, 6, 'n', 'o');
	peer_end(1);
	assert_string_equal(LAC->why.text, "peer refuses our login: no");
}

static void chap_reflection(void **state)
{
	uint8_t challenge[32];

	(void)state;
	LNS->config.offer = PPP_AUTH_BIT(PPP_AUTH_CHAP_MD5);
	strcpy(LNS->config.username, "lns");
	peer_start(0);
	peer_ack(0);
	IN(0, 0xc0, 0x21, 1, 1, 0, 9, 3, 5, 0xc2, 0x23, 5);
	peer_next();
	assert_int_equal(line.len[line.read], 2 + 4 + 1 + 16 + 3);
	memcpy(challenge, peer_next(), 26);
	peer_in(0, challenge, 26);
	SILENT();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PEER_TEST(peer_insists_on_login),
		PEER_TEST(pap_server),
		PEER_TEST(bad_names),
		PEER_TEST(pap_client),
		PEER_TEST(chap_client),
		PEER_TEST(chap_reflection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
