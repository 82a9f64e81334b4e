// SPDX-License-Identifier: GPL-2.0-only
/* What a link tells of itself to who goes on in its place (RFC 2661 4.4.5). The test is the peer. */
#include "ppp_peer.h"

#include <string.h>

#define BYTES(...)                                             \
	(struct ppp_bytes)                                     \
	{                                                      \
		.p = (const uint8_t[]){__VA_ARGS__},           \
		.len = sizeof((const uint8_t[]){__VA_ARGS__}), \
	}

static void assert_bytes(const struct ppp_bytes *is, struct ppp_bytes expected)
{
	assert_int_equal(is->len, expected.len);
	assert_memory_equal(is->p, expected.p, expected.len);
}

/* The LNS asks for PAP; the peer first wants multilink, then only its MRU and a magic number. */
static void negotiated(void **state)
{
	struct ppp_proxy x;
	uint8_t sent[64];
	size_t sent_len;

	(void)state;
	LNS->config.keep_settled = true;
	pair_demand(LNS, PPP_AUTH_BIT(PPP_AUTH_PAP));
	peer_start(0);
	assert_false(ppp_settled(LNS->ppp, &x));
	sent_len = line.len[line.read] - 6;
	memcpy(sent, peer_next() + 6, sent_len);
	IN(0, 0xc0, 0x21, 1, 1, 0, 8, 17, 4, 5, 0xdc);
	OUT(0xc0, 0x21, 4, 1, 0, 8, 17, 4, 5, 0xdc);
	IN(0, 0xc0, 0x21, 1, 2, 0, 14, 1, 4, 5, 0xd4, 5, 6, 9, 8, 7, 6);
	OUT(0xc0, 0x21, 2, 2, 0, 14, 1, 4, 5, 0xd4, 5, 6, 9, 8, 7, 6);
	assert_false(ppp_settled(LNS->ppp, &x));
	line.data[0][2] = 2; /* the LNS's own, acknowledged */
	peer_in(0, line.data[0], line.len[0]);
	assert_true(ppp_settled(LNS->ppp, &x));
	assert_bytes(&x.initial, BYTES(17, 4, 5, 0xdc));
	assert_bytes(&x.last_received, BYTES(1, 4, 5, 0xd4, 5, 6, 9, 8, 7, 6));
	assert_int_equal(x.last_sent.len, sent_len);
	assert_memory_equal(x.last_sent.p, sent, sent_len);
	/* The next one can go on from there. */
	x.auth_type = PPP_PROXY_PAP;
	x.auth_name = (struct ppp_bytes){(const uint8_t *)"alice", 5};
	x.auth_response = (struct ppp_bytes){(const uint8_t *)"wonderland", 10};
	LAC->config = LNS->config;
	LAC->authorise = true;
	LAC->name = LNS->name;
	LAC->secret = LNS->secret;
	pair_make(&pair, 1);
	ppp_open_proxied(LAC->ppp, &x);
	assert_int_equal(LAC->asked, 1);
	assert_true(LAC->last_good);
	assert_int_equal(ppp_peer_mru(LAC->ppp), 1492);
}

static void taken_over(void **state)
{
	const struct ppp_proxy told = {
		.initial = BYTES(8, 2),
		.last_sent = BYTES(1, 4, 5, 0xb4, 3, 4, 0xc0, 0x23, 5, 6, 1, 2, 3, 4),
		.last_received = BYTES(1, 4, 5, 0xd4, 8, 2),
	};
	struct ppp_proxy x;

	(void)state;
	pair_demand(LNS, PPP_AUTH_BIT(PPP_AUTH_PAP));
	LNS->config.keep_settled = true;
	pair_make(&pair, 0);
	ppp_open_proxied(LNS->ppp, &told);
	assert_true(ppp_settled(LNS->ppp, &x));
	assert_bytes(&x.initial, told.initial);
	assert_bytes(&x.last_sent, told.last_sent);
	assert_bytes(&x.last_received, told.last_received);
	/* The peer begins anew: what counts then is what was said then. */
	line.read = line.count;
	IN(0, 0xc0, 0x21, 1, 9, 0, 8, 1, 4, 5, 0);
	assert_false(ppp_settled(LNS->ppp, &x));
	peer_ack(0);
	assert_true(ppp_settled(LNS->ppp, &x));
	assert_bytes(&x.last_received, BYTES(1, 4, 5, 0));
	assert_int_not_equal(memcmp(x.last_sent.p + 10, told.last_sent.p + 10, 4), 0);
}

static void not_kept(void **state)
{
	struct ppp_proxy x;

	(void)state;
	peer_start(0);
	peer_ack(0);
	IN(0, 0xc0, 0x21, 1, 2, 0, 4);
	assert_false(ppp_settled(LNS->ppp, &x));
}

static void too_long(void **state)
{
	uint8_t long_one[6 + 4 + 256] = {0xc0, 0x21, 1, 1, 1, 8, 1, 4, 5, 0xd4};
	struct ppp_proxy x;

	(void)state;
	LNS->config.keep_settled = true;
	peer_start(0);
	peer_ack(0);
	/* Options that are the same over and over. */
	for (size_t i = 10; i + 4 <= sizeof(long_one); i += 4)
		memcpy(long_one + i, "\x01\x04\x05\xd4", 4);
	long_one[4] = (sizeof(long_one) - 2) >> 8;
	long_one[5] = (sizeof(long_one) - 2) & 0xff;
	peer_in(0, long_one, sizeof(long_one));
	assert_false(ppp_settled(LNS->ppp, &x));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PEER_TEST(negotiated),
		PEER_TEST(taken_over),
		PEER_TEST(not_kept),
		PEER_TEST(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
