// SPDX-License-Identifier: GPL-2.0-only
/*
 * One PPP link, and a test that plays its peer byte by byte: frames as RFC 1661, 1334, 1994, 1332, 1877 and 5072 draw
 * them in, and exactly the expected frame out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>
#include "ppp_pair.h"
#include "wire/ppp_packet.h"

static struct pair pair;

#define LNS (&pair.end[0])
#define LAC (&pair.end[1])

/* What a link sent, in order; in[] works through it. */
static struct {
	uint8_t data[64][256];
	size_t len[64];
	unsigned count, read;
} line;

static void keep(struct pair *p, int from, const uint8_t *frame, size_t len)
{
	(void)p;
	(void)from;
	assert_true(line.count < 64 && len <= 256);
	memcpy(line.data[line.count], frame, len);
	line.len[line.count++] = len;
}

static int setup(void **state)
{
	(void)state;
	memset(&line, 0, sizeof(line));
	pair_init(&pair, 3);
	pair.cut = true;
	pair.on_line = keep;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pair_free(&pair);
	return 0;
}

static void in(int which, const void *frame, size_t len)
{
	pair_input(&pair, which, frame, len);
}

#define IN(which, ...)                               \
	do {                                         \
		const uint8_t in_[] = {__VA_ARGS__}; \
		in(which, in_, sizeof(in_));         \
	} while (0)

/* The next frame that it sent is this one. */
#define OUT(...)                                                               \
	do {                                                                   \
		const uint8_t out_[] = {__VA_ARGS__};                          \
		assert_true(line.read < line.count);                           \
		assert_int_equal(line.len[line.read], sizeof(out_));           \
		assert_memory_equal(line.data[line.read], out_, sizeof(out_)); \
		line.read++;                                                   \
	} while (0)
#define SILENT() assert_int_equal(line.read, line.count)

static uint8_t *next(void)
{
	assert_true(line.read < line.count);
	return line.data[line.read++];
}

static void start(int which)
{
	pair_make(&pair, which);
	ppp_open(pair.end[which].ppp);
}

/* Answer our Configure-Request with an Ack; returns its identifier. */
static uint8_t ack(int which)
{
	uint8_t frame[256];
	size_t len = line.len[line.read];

	memcpy(frame, next(), len);
	assert_int_equal(frame[2], PPP_CONFIGURE_REQUEST);
	frame[2] = PPP_CONFIGURE_ACK;
	in(which, frame, len);
	return frame[3];
}

/* LCP is open, without options of the peer. */
static void open_lcp(int which)
{
	start(which);
	ack(which);
	IN(which, 0xc0, 0x21, 1, 200, 0, 4);
	OUT(0xc0, 0x21, 2, 200, 0, 4);
}

/* The LNS without authentication, in the network phase; its two Configure-Requests are still to be answered. */
static void open_network(void)
{
	pair_demand(LNS, 0);
	LNS->name = NULL;
	open_lcp(0);
	assert_string_equal(ppp_phase(LNS->ppp), "network");
}

static void first_request(void **state)
{
	uint8_t magic[4];

	(void)state;
	start(0);
	memcpy(magic, line.data[0] + 17, 4);
	assert_memory_not_equal(magic, "\0\0\0\0", 4);
	OUT(0xc0, 0x21, 1, 0, 0, 19, 1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 5, 5, 6, magic[0], magic[1],
	    magic[2], magic[3]);
	SILENT();
}

static void lcp_options(void **state)
{
	(void)state;
	start(1);
	next();
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
	next();
	SILENT();
}

static void our_options_refused(void **state)
{
	uint8_t magic[4];

	(void)state;
	start(0);
	memcpy(magic, next() + 17, 4);
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
	next();
	IN(0, 0xc0, 0x21, 6, line.data[line.read - 1][3], 0, 4);
	assert_int_equal(LNS->ends, 1);
	assert_string_equal(LNS->why.text, "peer refuses to authenticate");
}

static void peer_insists_on_login(void **state)
{
	(void)state;
	LAC->config.offer = 0;
	start(1);
	next();
	for (uint8_t id = 0; id < 9; id++) {
		IN(1, 0xc0, 0x21, 1, id, 0, 8, 3, 4, 0xc0, 0x23);
		OUT(0xc0, 0x21, 4, id, 0, 8, 3, 4, 0xc0, 0x23);
	}
	IN(1, 0xc0, 0x21, 1, 99, 0, 8, 3, 4, 0xc0, 0x23);
	assert_int_equal(next()[2], PPP_TERMINATE_REQUEST);
	IN(1, 0xc0, 0x21, 6, 0, 0, 4);
	assert_int_equal(LAC->ends, 1);
	assert_string_equal(LAC->why.text, "peer demands PAP, but no username is configured");
}

static void maintenance(void **state)
{
	uint8_t magic[4];

	(void)state;
	start(0);
	memcpy(magic, line.data[0] + 17, 4);
	ack(0);
	IN(0, 0xc0, 0x21, 9, 1, 0, 8, 1, 2, 3, 4); /* not open yet */
	SILENT();
	IN(0, 0xc0, 0x21, 1, 200, 0, 4);
	OUT(0xc0, 0x21, 2, 200, 0, 4);
	next(); /* Challenge */
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
	assert_int_equal(next()[2], PPP_TERMINATE_REQUEST);
	pair_run(&pair, 10000);
	assert_int_equal(LNS->ends, 1);
	assert_string_equal(LNS->why.text, "peer rejects LCP Configure-Request");
}

static void terminate(void **state)
{
	(void)state;
	open_lcp(0);
	next();
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
	open_lcp(0);
	next();
	IN(0, 0x80, 0xfd, 1, 1, 0, 4);
	IN(0, 0x80, 0x21, 1, 1, 0, 10, 3, 6, 0, 0, 0, 0);
	IN(0, 0x80, 0x57, 1, 1, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 9);
	IN(0, 0x21, 0x45);
	SILENT();
	teardown(state);
	setup(state);
	/* Network phase: CCP, ECP, MPLSCP, and a protocol without name. */
	open_network();
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
	start(0);
	ack(0);
	IN(0, 0xc0, 0x21, 1, 200, 0, 8, 1, 4, 0, 200);
	next();
	line.read = line.count;
	in(0, frame, sizeof(frame));
	assert_int_equal(line.len[line.read], 202);
	assert_memory_equal(next(), "\xc0\x21\x08\x00\x00\xc8\x80\xfd", 8);
}

static void protocol_rejected(void **state)
{
	(void)state;
	open_network();
	line.read = line.count;
	/* IPV6CP: the rest goes on, quietly. */
	IN(0, 0xc0, 0x21, 8, 1, 0, 10, 0x80, 0x57, 1, 0, 0, 4);
	SILENT();
	assert_string_equal(ppp_phase(LNS->ppp), "network");
	IN(0, 0x80, 0x57, 1, 1, 0, 4);
	SILENT();
	IN(0, 0xc0, 0x21, 8, 2, 0, 10, 0x80, 0x21, 1, 0, 0, 4);
	assert_int_equal(next()[2], PPP_TERMINATE_REQUEST);
	pair_run(&pair, 10000);
	assert_int_equal(LNS->ends, 1);
	assert_string_equal(LNS->why.text, "peer rejects IPCP");
	teardown(state);
	setup(state);

	open_network();
	IN(0, 0xc0, 0x21, 8, 1, 0, 10, 0xc0, 0x21, 1, 0, 0, 4);
	pair_run(&pair, 10000);
	assert_int_equal(LNS->ends, 1);
	assert_string_equal(LNS->why.text, "peer rejects LCP");
	teardown(state);
	setup(state);

	open_lcp(0); /* with CHAP */
	IN(0, 0xc0, 0x21, 8, 1, 0, 10, 0xc2, 0x23, 1, 0, 0, 4);
	pair_run(&pair, 10000);
	assert_int_equal(LNS->ends, 1);
	assert_string_equal(LNS->why.text, "peer rejects CHAP");
}

static void pap_server(void **state)
{
	(void)state;
	pair_demand(LNS, PPP_AUTH_BIT(PPP_AUTH_PAP));
	LNS->late = true;
	open_lcp(0);
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
	open_lcp(0);
	IN(0, 0xc0, 0x23, 1, 5, 0, 9, 3, 'a', 0, 'b', 0);
	assert_int_equal(LNS->asked, 0);
	assert_memory_equal(next(), "\xc0\x23\x03\x05", 4);
	pair_run(&pair, 10000);
	assert_int_equal(LNS->ends, 1);
	teardown(state);
	setup(state);

	pair_demand(LNS, PPP_AUTH_BIT(PPP_AUTH_PAP));
	LNS->name = "a";
	LNS->secret = "";
	open_lcp(0);
	IN(0, 0xc0, 0x23, 1, 5, 0, 9, 1, 'a', 2, 0, 'x'); /* as a string this password is empty */
	assert_int_equal(LNS->asked, 0);
	assert_memory_equal(next(), "\xc0\x23\x03\x05", 4);
}

static void pap_client(void **state)
{
	(void)state;
	start(1);
	ack(1);
	IN(1, 0xc0, 0x21, 1, 1, 0, 8, 3, 4, 0xc0, 0x23);
	OUT(0xc0, 0x21, 2, 1, 0, 8, 3, 4, 0xc0, 0x23);
	OUT(0xc0, 0x23, 1, 1, 0, 21, 5, 'a', 'l', 'i', 'c', 'e', 10, 'w', 'o', 'n', 'd', 'e', 'r',
	    'l', 'a', 'n', 'd');
	pair_run(&pair, 3000);
	assert_memory_equal(next(), "\xc0\x23\x01\x02", 4);
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
	start(1);
	ack(1);
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
	assert_memory_equal(next(), "\xc2\x23\x02\x09", 4);
	IN(1, 0xc2, 0x23, 4, 9, 0, 6, 'n', 'o');
	pair_run(&pair, 10000);
	assert_int_equal(LAC->ends, 1);
	assert_string_equal(LAC->why.text, "peer refuses our login: no");
}

static void chap_reflection(void **state)
{
	uint8_t challenge[32];

	(void)state;
	LNS->config.offer = PPP_AUTH_BIT(PPP_AUTH_CHAP_MD5);
	strcpy(LNS->config.username, "lns");
	start(0);
	ack(0);
	IN(0, 0xc0, 0x21, 1, 1, 0, 9, 3, 5, 0xc2, 0x23, 5);
	next();
	assert_int_equal(line.len[line.read], 2 + 4 + 1 + 16 + 3);
	memcpy(challenge, next(), 26);
	in(0, challenge, 26);
	SILENT();
}

static void ipcp_options(void **state)
{
	(void)state;
	open_network();
	OUT(0x80, 0x21, 1, 0, 0, 10, 3, 6, 10, 0, 0, 1);
	next();
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
	open_network();
	line.read = line.count;
	IN(0, 0x80, 0x21, 1, 2, 0, 22, 3, 6, 10, 0, 0, 2, 129, 6, 0, 0, 0, 0, 131, 6, 0, 0, 0, 0);
	OUT(0x80, 0x21, 4, 2, 0, 16, 129, 6, 0, 0, 0, 0, 131, 6, 0, 0, 0, 0);
}

static void ipv6cp_options(void **state)
{
	uint8_t *nak;

	(void)state;
	LNS->given.remote_interface_id[7] = 2;
	open_network();
	next();
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
	nak = next();
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
	open_network();
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		for (size_t len = 0; len < 12; len++) { /* none is whole yet */
			in(0, frames[i], len);
			assert_string_equal(ppp_phase(LNS->ppp), "network");
		}
	assert_int_equal(LNS->ends, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(first_request),	   TEST(lcp_options),
		TEST(our_options_refused), TEST(peer_insists_on_login),
		TEST(maintenance),	   TEST(terminate),
		TEST(other_protocols),	   TEST(long_protocol_reject),
		TEST(protocol_rejected),   TEST(pap_server),
		TEST(bad_names),	   TEST(pap_client),
		TEST(chap_client),	   TEST(chap_reflection),
		TEST(ipcp_options),	   TEST(dns_rejected),
		TEST(ipv6cp_options),	   TEST(every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
