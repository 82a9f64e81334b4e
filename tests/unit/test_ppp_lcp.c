// SPDX-License-Identifier: GPL-2.0-only
/* LCP byte by byte, as RFC 1661 and 1570 draw it: options of both ends, echoes, rejects, the end of
 * a link. */
#include "ppp_peer.h"

#include <string.h>

static void first_request(void **state)
{
	uint8_t magic[4];

	(void)state;
	peer_start(0);
	memcpy(magic, line.data[0] + 17, 4);
	assert_memory_not_equal(magic, "\0\0\0\0", 4);
	OUT(0xc0, 0x21, 1, 0, 0, 19, 1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 5, 5, 6, magic[0], magic[1],
	    magic[2], magic[3]);
	SILENT();
}

static void lcp_options(void **state)
{
	(void)state;
	peer_start(1);
	peer_next();
	/* PFC, ACFC, ACCM and another MRU are fine. */
	IN(1, 0xff, 3, 0xc0, 0x21, 1, 9, 0, 18, 1, 4, 5, 0xdc, 2, 6, 0, 0, 0, 0, 7, 2, 8, 2);
	OUT(0xc0, 0x21, 2, 9, 0, 18, 1, 4, 5, 0xdc, 2, 6, 0, 0, 0, 0, 7, 2, 8, 2);
	assert_true(ppp_peer_acfc(LAC->ppp));
	assert_int_equal(ppp_peer_mru(LAC->ppp), 1500);
	/* Quality protocol, MRRU and endpoint are not. */
	IN(1, 0xc0, 0x21, 1, 10, 0, 27, 4, 8, 0xc0, 0x25, 0, 0, 0, 0, 1, 4, 5, 0xdc, 17, 4, 5, 0xdc,
	   19, 7, 1, 1, 2, 3, 4);
	OUT(0xc0, 0x21, 4, 10, 0, 23, 4, 8, 0xc0, 0x25, 0, 0, 0, 0, 17, 4, 5, 0xdc, 19, 7, 1, 1, 2,
	    3, 4);
	assert_false(ppp_peer_acfc(LAC->ppp));
	/* Too small an MRU, lengths that are wrong, magic number zero. */
	IN(1, 0xc0, 0x21, 1, 11, 0, 8, 1, 4, 0, 64);
	OUT(0xc0, 0x21, 3, 11, 0, 8, 1, 4, 0, 128);
	IN(1, 0xc0, 0x21, 1, 12, 0, 12, 1, 3, 5, 2, 2, 7, 3, 1);
	OUT(0xc0, 0x21, 3, 12, 0, 16, 1, 4, 5, 0xdc, 2, 6, 0, 0, 0, 0, 7, 2);
	IN(1, 0xc0, 0x21, 1, 13, 0, 10, 5, 6, 0, 0, 0, 0);
	assert_int_equal(line.data[line.read][2], PPP_CONFIGURE_NAK);
	assert_memory_not_equal(line.data[line.read] + 8, "\0\0\0\0", 4);
	peer_next();
	SILENT();
}

static void our_options_refused(void **state)
{
	uint8_t magic[4];

	(void)state;
	peer_start(0);
	memcpy(magic, peer_next() + 17, 4);
	/* A smaller MRU, PAP instead of CHAP: done. A larger MRU: not. */
	IN(0, 0xc0, 0x21, 3, 0, 0, 12, 1, 4, 4, 0, 3, 4, 0xc0, 0x23);
	OUT(0xc0, 0x21, 1, 1, 0, 18, 1, 4, 4, 0, 3, 4, 0xc0, 0x23, 5, 6, magic[0], magic[1],
	    magic[2], magic[3]);
	IN(0, 0xc0, 0x21, 3, 1, 0, 8, 1, 4, 5, 0xdc);
	OUT(0xc0, 0x21, 1, 2, 0, 18, 1, 4, 4, 0, 3, 4, 0xc0, 0x23, 5, 6, magic[0], magic[1],
	    magic[2], magic[3]);
	/* MRU and magic number rejected: gone. */
	IN(0, 0xc0, 0x21, 4, 2, 0, 14, 1, 4, 4, 0, 5, 6, magic[0], magic[1], magic[2], magic[3]);
	OUT(0xc0, 0x21, 1, 3, 0, 8, 3, 4, 0xc0, 0x23);
	SILENT();
	IN(0, 0xc0, 0x21, 4, 3, 0, 8, 3, 4, 0xc0, 0x23);
	peer_next();
	IN(0, 0xc0, 0x21, 6, line.data[line.read - 1][3], 0, 4);
	assert_int_equal(LNS->ends, 1);
	assert_string_equal(LNS->why.text, "peer refuses to authenticate");
}

static void maintenance(void **state)
{
	uint8_t magic[4];

	(void)state;
	peer_start(0);
	memcpy(magic, line.data[0] + 17, 4);
	peer_ack(0);
	IN(0, 0xc0, 0x21, 9, 1, 0, 8, 1, 2, 3, 4); /* not open yet */
	SILENT();
	IN(0, 0xc0, 0x21, 1, 200, 0, 4);
	OUT(0xc0, 0x21, 2, 200, 0, 4);
	peer_next(); /* Challenge */
	/* Echo-Reply: our magic number, and the rest of the data; padding is not data. */
	IN(0, 0xc0, 0x21, 9, 77, 0, 10, 1, 2, 3, 4, 'h', 'i', 0, 0, 0);
	OUT(0xc0, 0x21, 10, 77, 0, 10, magic[0], magic[1], magic[2], magic[3], 'h', 'i');
	IN(0, 0xc0, 0x21, 9, 77, 0, 7, 1, 2, 3); /* without magic number */
	IN(0, 0xc0, 0x21, 11, 77, 0, 8, 1, 2, 3, 4);
	IN(0, 0xc0, 0x21, 12, 77, 0, 10, 1, 2, 3, 4, 'm', 'e');
	IN(0, 0xc0, 0x21, 13, 77, 0, 12, 1, 2, 3, 4, 0, 0, 1, 0);
	IN(0, 0xc0, 0x21, 10, 77, 0, 8, 1, 2, 3, 4);
	SILENT();
	IN(0, 0xc0, 0x21, 99, 78, 0, 6, 1, 2);
	OUT(0xc0, 0x21, 7, 1, 0, 10, 99, 78, 0, 6, 1, 2);
	/* Code-Reject of something that we can do without; then of something that we cannot. */
	IN(0, 0xc0, 0x21, 7, 1, 0, 8, 9, 1, 0, 4);
	SILENT();
	IN(0, 0xc0, 0x21, 7, 2, 0, 8, 1, 1, 0, 4);
	assert_int_equal(peer_next()[2], PPP_TERMINATE_REQUEST);
	peer_end(0);
	assert_string_equal(LNS->why.text, "peer rejects LCP Configure-Request");
}

static void terminate(void **state)
{
	(void)state;
	peer_open_lcp(0);
	peer_next();
	IN(0, 0xc0, 0x21, 5, 50, 0, 8, 't', 'i', 'm', 'e');
	OUT(0xc0, 0x21, 6, 50, 0, 4);
	assert_string_equal(ppp_phase(LNS->ppp), "terminate");
	pair_run(&pair, 2999); /* RFC 1661 3.7: one restart time for the peer to go first */
	assert_int_equal(LNS->ends, 0);
	IN(0, 0xc0, 0x21, 5, 51, 0, 4);
	OUT(0xc0, 0x21, 6, 51, 0, 4);
	pair_run(&pair, 1);
	assert_int_equal(LNS->ends, 1);
	assert_string_equal(LNS->why.text, "peer: time");
	assert_int_equal(LNS->why.by, PPP_END_PEER);
	IN(0, 0xc0, 0x21, 1, 52, 0, 4); /* nobody is left to answer */
	SILENT();
}

static void other_protocols(void **state)
{
	(void)state;
	/* Authentication phase: silence (RFC 1661 3.5). */
	peer_open_lcp(0);
	peer_next();
	IN(0, 0x80, 0xfd, 1, 1, 0, 4);
	IN(0, 0x80, 0x21, 1, 1, 0, 10, 3, 6, 0, 0, 0, 0);
	IN(0, 0x80, 0x57, 1, 1, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 9);
	IN(0, 0x21, 0x45);
	SILENT();
	peer_teardown(state);
	peer_setup(state);
	/* Network phase: CCP, ECP, MPLSCP, and a protocol without name. */
	peer_open_network();
	line.read = line.count;
	IN(0, 0x80, 0xfd, 1, 1, 0, 4);
	OUT(0xc0, 0x21, 8, 0, 0, 10, 0x80, 0xfd, 1, 1, 0, 4);
	IN(0, 0x80, 0x53, 1, 1, 0, 4);
	OUT(0xc0, 0x21, 8, 1, 0, 10, 0x80, 0x53, 1, 1, 0, 4);
	IN(0, 0x82, 0x81, 1, 1, 0, 4);
	OUT(0xc0, 0x21, 8, 2, 0, 10, 0x82, 0x81, 1, 1, 0, 4);
	IN(0, 0x3d, 1, 2);
	OUT(0xc0, 0x21, 8, 3, 0, 8, 0, 0x3d, 1, 2);
	IN(0, 0x00, 0x21, 0x45);
	IN(0, 0xc0, 0x23, 1, 1, 0, 6, 0, 0); /* PAP that we did not ask for is ours, but not now */
	IN(0, 0xc2, 0x23, 1, 1, 0, 6, 1, 0);
	SILENT();
}

/* A rejected protocol is cut to the peer's MRU (RFC 1661 5.7). */
static void long_protocol_reject(void **state)
{
	uint8_t frame[1400] = {0x80, 0xfd, 1, 1, 0, 4};

	(void)state;
	pair_demand(LNS, 0);
	LNS->name = NULL;
	peer_start(0);
	peer_ack(0);
	IN(0, 0xc0, 0x21, 1, 200, 0, 8, 1, 4, 0, 200);
	peer_next();
	line.read = line.count;
	peer_in(0, frame, sizeof(frame));
	assert_int_equal(line.len[line.read], 202);
	assert_memory_equal(peer_next(), "\xc0\x21\x08\x00\x00\xc8\x80\xfd", 8);
}

static void protocol_rejected(void **state)
{
	(void)state;
	peer_open_network();
	line.read = line.count;
	/* IPV6CP: the rest goes on, quietly. */
	IN(0, 0xc0, 0x21, 8, 1, 0, 10, 0x80, 0x57, 1, 0, 0, 4);
	SILENT();
	assert_string_equal(ppp_phase(LNS->ppp), "network");
	IN(0, 0x80, 0x57, 1, 1, 0, 4);
	SILENT();
	IN(0, 0xc0, 0x21, 8, 2, 0, 10, 0x80, 0x21, 1, 0, 0, 4);
	assert_int_equal(peer_next()[2], PPP_TERMINATE_REQUEST);
	peer_end(0);
	assert_string_equal(LNS->why.text, "peer rejects IPCP");
	peer_teardown(state);
	peer_setup(state);

	peer_open_network();
	IN(0, 0xc0, 0x21, 8, 1, 0, 10, 0xc0, 0x21, 1, 0, 0, 4);
	peer_end(0);
	assert_string_equal(LNS->why.text, "peer rejects LCP");
	peer_teardown(state);
	peer_setup(state);

	peer_open_lcp(0); /* with CHAP */
	IN(0, 0xc0, 0x21, 8, 1, 0, 10, 0xc2, 0x23, 1, 0, 0, 4);
	peer_end(0);
	assert_string_equal(LNS->why.text, "peer rejects CHAP");
}

/* Frames cut at every length do nothing. */
static void every_length(void **state)
{
	static const uint8_t frames[][24] = {
		{0xff, 3, 0xc0, 0x21, 1, 9, 0, 18, 1, 4, 5, 0xdc, 2, 6, 0, 0, 0, 0, 7, 2, 8, 2},
		{0xc0, 0x23, 1,	  5,   0,   21,	 5,   'a', 'l', 'i', 'c', 'e',
		 10,   'w',  'o', 'n', 'd', 'e', 'r', 'l', 'a', 'n', 'd'},
		{0xc2, 0x23, 2, 1, 0, 20, 16, 1, 2, 3, 4, 5, 6, 7, 8},
		{0x80, 0x21, 1, 2, 0, 22, 3, 6, 0, 0, 0, 0, 129, 6, 0, 0, 0, 0, 131, 6, 0, 0, 0, 0},
		{0xc0, 0x21, 8, 1, 0, 10, 0x80, 0x57, 1, 0, 0, 4},
	};

	(void)state;
	peer_open_network();
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		for (size_t len = 0; len < 12; len++) { /* none is whole yet */
			peer_in(0, frames[i], len);
			assert_string_equal(ppp_phase(LNS->ppp), "network");
		}
	assert_int_equal(LNS->ends, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PEER_TEST(first_request),
		PEER_TEST(lcp_options),
		PEER_TEST(our_options_refused),
		PEER_TEST(maintenance),
		PEER_TEST(terminate),
		PEER_TEST(other_protocols),
		PEER_TEST(long_protocol_reject),
		PEER_TEST(protocol_rejected),
		PEER_TEST(every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
