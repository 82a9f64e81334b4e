/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One PPP link, and a test that plays its peer byte by byte: frames in as an RFC draws them, or as
 * some peer in the field writes them, and exactly the expected frame out. Either end of the pair
 * can be the link; the line carries nothing by itself.
 */
#ifndef L2X_TESTS_PPP_PEER_H
#define L2X_TESTS_PPP_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ppp_pair.h"
#include "wire/ppp_packet.h"

#define PEER_FRAMES 128

extern struct pair pair;

#define LNS (&pair.end[0])
#define LAC (&pair.end[1])

/* What a link sent, in order; OUT() and peer_next() work through it. */
extern struct peer_line {
	uint8_t data[PEER_FRAMES][512];
	size_t len[PEER_FRAMES];
	unsigned count, read;
} line;

int peer_setup(void **state);
int peer_teardown(void **state);

void peer_in(int which, const void *frame, size_t len);
uint8_t *peer_next(void);

#define IN(which, ...)                               \
	do {                                         \
		const uint8_t in_[] = {__VA_ARGS__}; \
		peer_in(which, in_, sizeof(in_));    \
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
#define SILENT()     assert_int_equal(line.read, line.count)

#define PEER_TEST(f) cmocka_unit_test_setup_teardown(f, peer_setup, peer_teardown)

void peer_start(int which);
/* Answer its Configure-Request, which is next, with an Ack; returns its identifier. */
uint8_t peer_ack(int which);
/* LCP is open, without options of the peer. */
void peer_open_lcp(int which);
/* The LNS without authentication, in the network phase; its two Configure-Requests are still to be
 * answered. */
void peer_open_network(void);
/* The peer acknowledges, or time passes, until the link is over. */
void peer_end(int which);

#endif
