// SPDX-License-Identifier: GPL-2.0-only
/* A test that plays a PPP peer, see ppp_peer.h. */
#include "ppp_peer.h"

#include <string.h>

struct pair pair; /* too large for a stack */
struct peer_line line;

static void keep(struct pair *p, int from, const uint8_t *frame, size_t len)
{
	(void)p;
	(void)from;
	assert_true(line.count < PEER_FRAMES && len <= sizeof(line.data[0]));
	memcpy(line.data[line.count], frame, len);
	line.len[line.count++] = len;
}

int peer_setup(void **state)
{
	(void)state;
	memset(&line, 0, sizeof(line));
	pair_init(&pair, 3);
	pair.cut = true;
	pair.on_line = keep;
	return 0;
}

int peer_teardown(void **state)
{
	(void)state;
	pair_free(&pair);
	return 0;
}

void peer_in(int which, const void *frame, size_t len)
{
	pair_input(&pair, which, frame, len);
}

uint8_t *peer_next(void)
{
	assert_true(line.read < line.count);
	return line.data[line.read++];
}

void peer_start(int which)
{
	pair_make(&pair, which);
	ppp_open(pair.end[which].ppp);
}

uint8_t peer_ack(int which)
{
	uint8_t frame[256];
	size_t len = line.len[line.read];

	memcpy(frame, peer_next(), len);
	assert_int_equal(frame[2], PPP_CONFIGURE_REQUEST);
	frame[2] = PPP_CONFIGURE_ACK;
	peer_in(which, frame, len);
	return frame[3];
}

void peer_open_lcp(int which)
{
	peer_start(which);
	peer_ack(which);
	IN(which, 0xc0, 0x21, 1, 200, 0, 4);
	OUT(0xc0, 0x21, 2, 200, 0, 4);
}

void peer_open_network(void)
{
	pair_demand(LNS, 0);
	LNS->name = NULL;
	peer_open_lcp(0);
	assert_string_equal(ppp_phase(LNS->ppp), "network");
}

void peer_end(int which)
{
	pair_run(&pair, 10000);
	assert_int_equal(pair.end[which].ends, 1);
}
