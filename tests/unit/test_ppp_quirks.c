// SPDX-License-Identifier: GPL-2.0-only
/*
 * What peers in the field do that a textbook does not: the test plays each of them by hand. None of
 * it may cost the link, unless the link is of no use then; and that is said in words.
 */
#include "ppp_peer.h"

#include <string.h>

/* The LNS's IPCP is open, with whatever else there is left as it is. */
static void open_ipv4(void)
{
	IN(0, 0x80, 0x21, 1, 1, 0, 10, 3, 6, 10, 0, 0, 2);
	IN(0, 0x80, 0x21, 2, 0, 0, 10, 3, 6, 10, 0, 0, 1);
	assert_true(LNS->up4);
	line.read = line.count;
}

static void open_ipv6(void)
{
	IN(0, 0x80, 0x57, 1, 1, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 9);
	IN(0, 0x80, 0x57, 2, 0, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 1);
	assert_true(LNS->up6);
	line.read = line.count;
}

/* Authenticate-Ack that ends behind its header: no Msg-Length (RFC 1334 2.2.2 wants one). */
static void pap_ack_of_four_bytes(void **state)
{
	(void)state;
	peer_start(1);
	peer_ack(1);
	IN(1, 0xc0, 0x21, 1, 1, 0, 8, 3, 4, 0xc0, 0x23);
	IN(1, 0xc0, 0x23, 2, 1, 0, 4);
	assert_string_equal(ppp_phase(LAC->ppp), "network");
	peer_teardown(state);
	peer_setup(state);

	/* And a Nak, and lengths that are longer than what follows. */
	peer_start(1);
	peer_ack(1);
	IN(1, 0xc0, 0x21, 1, 1, 0, 8, 3, 4, 0xc0, 0x23);
	IN(1, 0xc0, 0x23, 3, 1, 0, 4);
	peer_end(1);
	assert_string_equal(LAC->why.text, "peer refuses our login");
	peer_teardown(state);
	peer_setup(state);

	peer_start(1);
	peer_ack(1);
	IN(1, 0xc0, 0x21, 1, 1, 0, 8, 3, 4, 0xc0, 0x23);
	IN(1, 0xc0, 0x23, 3, 1, 0, 7, 200, 'n', 'o');
	peer_end(1);
	assert_string_equal(LAC->why.text, "peer refuses our login: no");
}

/* With and without FF03, with and without a compressed protocol, whatever was negotiated. */
static void headers(void **state)
{
	for (int negotiated = 0; negotiated < 2; negotiated++) {
		peer_teardown(state);
		peer_setup(state);
		pair_demand(LNS, 0);
		LNS->name = NULL;
		peer_start(0);
		peer_ack(0);
		if (negotiated)
			IN(0, 0xff, 3, 0xc0, 0x21, 1, 200, 0, 8, 7, 2, 8, 2);
		else
			IN(0, 0xc0, 0x21, 1, 200, 0, 4);
		assert_int_equal(ppp_peer_acfc(LNS->ppp), negotiated);
		line.read = line.count;
		IN(0, 0xc0, 0x21, 9, 1, 0, 8, 9, 9, 9, 9);
		assert_memory_equal(peer_next(), "\xc0\x21\x0a\x01", 4);
		IN(0, 0xff, 3, 0xc0, 0x21, 9, 2, 0, 8, 9, 9, 9, 9);
		assert_memory_equal(peer_next(), "\xc0\x21\x0a\x02", 4);
		IN(0, 0x3d, 1, 2);
		OUT(0xc0, 0x21, 8, 0, 0, 8, 0, 0x3d, 1, 2);
		IN(0, 0xff, 3, 0x3d, 1, 2);
		OUT(0xc0, 0x21, 8, 1, 0, 8, 0, 0x3d, 1, 2);
		IN(0, 0, 0x3d, 1, 2);
		OUT(0xc0, 0x21, 8, 2, 0, 8, 0, 0x3d, 1, 2);
		IN(0, 0xff, 3);
		IN(0, 0xff, 3, 0xff, 3, 0xc0, 0x21, 9, 2, 0, 8, 9, 9, 9, 9);
		SILENT();
	}
}

static void ipv6cp_ends_alone(void **state)
{
	(void)state;
	peer_open_network();
	line.read = line.count;
	open_ipv4();
	open_ipv6();
	IN(0, 0x80, 0x57, 5, 7, 0, 4);
	OUT(0x80, 0x57, 6, 7, 0, 4);
	assert_false(LNS->up6);
	pair_run(&pair, 60000);
	SILENT();
	assert_true(LNS->up4);
	assert_int_equal(LNS->downs4, 0);
	/* It changes its mind. */
	IN(0, 0x80, 0x57, 1, 8, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 9);
	OUT(0x80, 0x57, 1, 1, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 1);
	OUT(0x80, 0x57, 2, 8, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 9);
	IN(0, 0x80, 0x57, 2, 1, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 1);
	assert_true(LNS->up6);
	assert_true(LNS->up4);
	/* Each protocol has a reason of its own: what ended IPV6CP is not why IPCP does. */
	IN(0, 0x80, 0x57, 5, 9, 0, 8, 'v', 's', 'i', 'x');
	pair_run(&pair, 10000);
	IN(0, 0x80, 0x21, 5, 9, 0, 9, 'v', 'f', 'o', 'u', 'r');
	peer_end(0);
	assert_string_equal(LNS->why.text, "peer closed IPCP: vfour");
}

/* Both end at the same time, for different reasons: the last one to be over is why the link ends.
 */
static void reasons_apart(void **state)
{
	(void)state;
	peer_open_network();
	open_ipv4();
	open_ipv6();
	IN(0, 0x80, 0x57, 5, 9, 0, 8, 'v', 's', 'i', 'x');
	IN(0, 0xc0, 0x21, 8, 1, 0, 10, 0x80, 0x21, 1, 0, 0, 4);
	assert_int_equal(LNS->ends, 0);
	peer_end(0);
	assert_string_equal(LNS->why.text, "peer closed IPV6CP: vsix");
}

/* RFC 1661 4.6: what we Nak too often becomes a Reject; a peer that goes on all the same is given
 * up. */
static void naks_without_end(void **state)
{
	uint8_t id;

	(void)state;
	peer_start(0);
	peer_next();
	for (id = 0; id < 5; id++) {
		IN(0, 0xc0, 0x21, 1, id, 0, 8, 1, 4, 0, 64);
		OUT(0xc0, 0x21, 3, id, 0, 8, 1, 4, 0, 128);
	}
	for (; id < 24; id++) {
		IN(0, 0xc0, 0x21, 1, id, 0, 8, 1, 4, 0, 64);
		OUT(0xc0, 0x21, 4, id, 0, 8, 1, 4, 0, 64);
	}
	IN(0, 0xc0, 0x21, 1, id, 0, 8, 1, 4, 0, 64);
	peer_end(0);
	assert_string_equal(LNS->why.text, "peer insists on LCP options that we refuse");
	peer_teardown(state);
	peer_setup(state);

	/* It Naks our magic number for ever, also with the one that it proposed. */
	peer_start(0);
	for (id = 0; id < 20; id++) {
		assert_memory_equal(peer_next(), "\xc0\x21\x01", 3);
		IN(0, 0xc0, 0x21, 3, id, 0, 10, 5, 6, 1, 2, 3, 4);
	}
	peer_end(0);
	assert_string_equal(LNS->why.text, "peer refuses our LCP options");
	assert_int_equal(LNS->why.by, PPP_END_US);
	peer_teardown(state);
	peer_setup(state);

	/* In IPCP it costs IPv4 alone. */
	peer_open_network();
	open_ipv6();
	for (id = 0; id < 20; id++)
		IN(0, 0x80, 0x21, 3, id, 0, 10, 3, 6, 10, 9, 9, 9);
	pair_run(&pair, 10000);
	assert_int_equal(LNS->ends, 0);
	assert_true(LNS->up6);
	assert_false(LNS->up4);
}

/* It starts over, out of the blue, in each state that can hear it. */
static void request_in_opened(void **state)
{
	(void)state;
	peer_open_network();
	open_ipv4();
	open_ipv6();
	IN(0, 0xc0, 0x21, 1, 9, 0, 8, 1, 4, 5, 0);
	assert_false(LNS->up4 || LNS->up6);
	assert_string_equal(ppp_phase(LNS->ppp), "establish");
	assert_memory_equal(line.data[line.read], "\xc0\x21\x01\x01", 4);
	peer_ack(0);
	OUT(0xc0, 0x21, 2, 9, 0, 8, 1, 4, 5, 0);
	assert_string_equal(ppp_phase(LNS->ppp), "network");
	assert_int_equal(ppp_peer_mru(LNS->ppp), 1280);
	IN(0, 0x80, 0x21, 1, 1, 0, 10, 3, 6, 10, 0, 0, 2);
	IN(0, 0x80, 0x21, 2, 1, 0, 10, 3, 6, 10, 0, 0, 1);
	assert_true(LNS->up4);
	assert_int_equal(LNS->ups4, 2);
	/* IPCP alone: IPv6 does not notice. */
	IN(0, 0x80, 0x57, 1, 2, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 9);
	IN(0, 0x80, 0x57, 2, 1, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 1);
	assert_true(LNS->up6);
	line.read = line.count;
	IN(0, 0x80, 0x21, 1, 3, 0, 10, 3, 6, 10, 0, 0, 2);
	assert_false(LNS->up4);
	OUT(0x80, 0x21, 1, 2, 0, 10, 3, 6, 10, 0, 0, 1);
	OUT(0x80, 0x21, 2, 3, 0, 10, 3, 6, 10, 0, 0, 2);
	IN(0, 0x80, 0x21, 2, 2, 0, 10, 3, 6, 10, 0, 0, 1);
	assert_true(LNS->up4 && LNS->up6);
	assert_int_equal(LNS->downs6, 1);
}

/* It takes itself for accepted before it is: nothing but silence, and all is well when it asks
 * again (RFC 1661 3.5). */
static void network_too_early(void **state)
{
	(void)state;
	pair_demand(LNS, PPP_AUTH_BIT(PPP_AUTH_PAP));
	peer_start(0);
	IN(0, 0x80, 0x21, 1, 1, 0, 10, 3, 6, 10, 0, 0, 2); /* before LCP */
	IN(0, 0xc0, 0x23, 1, 1, 0, 6, 0, 0);
	IN(0, 0x21, 0x45, 0, 0, 20);
	peer_ack(0);
	IN(0, 0xc0, 0x21, 1, 200, 0, 4);
	OUT(0xc0, 0x21, 2, 200, 0, 4);
	IN(0, 0x80, 0x21, 1, 2, 0, 10, 3, 6, 10, 0, 0, 2); /* before its login */
	IN(0, 0x80, 0x57, 1, 2, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 9);
	IN(0, 0x80, 0x21, 5, 3, 0, 4);
	IN(0, 0x80, 0xfd, 1, 2, 0, 4);
	SILENT();
	assert_int_equal(LNS->asked, 0);
	IN(0, 0xc0, 0x23, 1, 5, 0, 21, 5, 'a', 'l', 'i', 'c', 'e', 10, 'w', 'o', 'n', 'd', 'e', 'r',
	   'l', 'a', 'n', 'd');
	assert_string_equal(ppp_phase(LNS->ppp), "network");
	open_ipv4();
}

/* IP packets that come before their time, to where the data path leaves them: no answer, no harm.
 */
static void data_too_early(void **state)
{
	static const uint8_t ip[] = {0xff, 3, 0, 0x21, 0x45, 0, 0, 20, 0,  0, 0, 0,
				     64,   1, 0, 0,    10,   0, 0, 2,  10, 0, 0, 1};
	static const uint8_t ip6[] = {0, 0x57, 0x60, 0, 0, 0, 0, 0, 59, 64};

	(void)state;
	pair_make(&pair, 0);
	for (int phase = 0; phase < 4; phase++) {
		if (phase == 1)
			ppp_open(LNS->ppp);
		else if (phase == 2)
			peer_ack(0);
		else if (phase == 3)
			IN(0, 0xc0, 0x21, 1, 200, 0, 4);
		line.read = phase == 1 ? 0 : line.count;
		peer_in(0, ip, sizeof(ip));
		peer_in(0, ip6, sizeof(ip6));
		peer_in(0, ip + 3, sizeof(ip) - 3);
		assert_int_equal(line.count, phase == 0 ? 0 : phase < 3 ? 1 : 3);
		if (phase == 1)
			line.read = 0;
	}
	assert_string_equal(ppp_phase(LNS->ppp), "authenticate");
}

/* Compression, encryption, MPLS and the rest, once the network phase is there: rejected, and the
 * link lives. */
static void other_protocols(void **state)
{
	static const uint8_t protocols[][2] = {
		{0x80, 0xfd}, /* CCP, also for MPPE */
		{0x80, 0xfb}, /* individual link CCP */
		{0x80, 0x53}, /* ECP */
		{0x82, 0x81}, /* MPLSCP */
		{0x80, 0x31}, /* BCP */
		{0x80, 0x2b}, /* IPXCP */
		{0x80, 0x29}, /* ATCP */
		{0xc0, 0x25}, /* LQR */
		{0xc0, 0x29}, /* CBCP */
		{0xc0, 0x2b}, /* BACP */
		{0xc2, 0x27}, /* EAP */
		{0x00, 0xfd}, /* compressed data */
		{0x02, 0x81}, /* MPLS */
		{0x00, 0x2d}, /* VJ */
		{0x00, 0x3d}, /* MP */
	};

	(void)state;
	peer_open_network();
	open_ipv4();
	open_ipv6();
	for (uint8_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		const uint8_t *pr = protocols[i];

		IN(0, pr[0], pr[1], 1, 1, 0, 10, 18, 6, 1, 0, 0, 0x60);
		OUT(0xc0, 0x21, 8, i, 0, 16, pr[0], pr[1], 1, 1, 0, 10, 18, 6, 1, 0, 0, 0x60);
	}
	pair_run(&pair, 60000);
	SILENT();
	assert_true(LNS->up4 && LNS->up6);
	/* It rejects in turn what we never sent. */
	for (uint8_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		IN(0, 0xc0, 0x21, 8, i, 0, 10, protocols[i][0], protocols[i][1], 1, 1, 0, 4);
	SILENT();
	assert_true(LNS->up4 && LNS->up6);
}

/* Multilink, callback and whatever else LCP has: rejected together, and the rest is taken. */
static void other_options(void **state)
{
	static const uint8_t options[][8] = {
		{4, 8, 0xc0, 0x25, 0, 0, 0, 1}, /* quality */
		{9, 4, 0, 1},			/* FCS alternatives */
		{10, 3, 1},			/* self-describing padding */
		{11, 4, 1, 1},			/* numbered mode */
		{13, 3, 6},			/* callback */
		{15, 2},			/* compound frames */
		{17, 4, 5, 0xdc},		/* MRRU */
		{18, 2},			/* short sequence numbers */
		{19, 7, 1, 1, 2, 3, 4},		/* endpoint discriminator */
		{23, 4, 0, 1},			/* BAP link discriminator */
		{200, 2},			/* nobody's */
	};

	(void)state;
	peer_start(0);
	peer_ack(0);
	for (uint8_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const uint8_t *o = options[i];
		uint8_t request[32] = {0xc0, 0x21, 1, i, 0, (uint8_t)(8 + o[1]), 1, 4, 5, 0xdc};

		memcpy(request + 10, o, o[1]);
		peer_in(0, request, 10U + o[1]);
		assert_int_equal(line.len[line.read], 6U + o[1]);
		assert_memory_equal(peer_next() + 6, o, o[1]);
		assert_int_equal(line.data[line.read - 1][2], PPP_CONFIGURE_REJECT);
	}
	IN(0, 0xc0, 0x21, 1, 99, 0, 8, 1, 4, 5, 0xdc);
	OUT(0xc0, 0x21, 2, 99, 0, 8, 1, 4, 5, 0xdc);
	assert_string_equal(ppp_phase(LNS->ppp), "authenticate");
}

static void told(const struct log_sink *sink, enum log_level level, const struct logger *from,
		 const char *text)
{
	(void)level;
	(void)from;
	if (strstr(text, "says that it is"))
		strcat(sink->arg, text);
}

/* RFC 1570: who it is, is told once; how long it has left, is not. */
static void identification(void **state)
{
	char said[512] = "";

	(void)state;
	pair.sink = (struct log_sink){.write = told, .arg = said};
	logger_init(&pair.log, &pair.sink, LOG_LEVEL_INFO, "ppp");
	peer_open_network();
	line.read = line.count;
	IN(0, 0xc0, 0x21, 12, 1, 0, 8, 1, 2, 3, 4); /* nobody */
	IN(0, 0xc0, 0x21, 12, 1, 0, 6, 1, 2);
	IN(0, 0xc0, 0x21, 13, 2, 0, 12, 1, 2, 3, 4, 0, 0, 0, 60);
	assert_string_equal(said, "");
	for (int i = 0; i < 3; i++)
		IN(0, 0xc0, 0x21, 12, 1, 0, 14, 1, 2, 3, 4, 'M', 'S', 'R', 'A', 'S', 7);
	assert_string_equal(said, "the peer says that it is \"MSRAS?\"");
	SILENT();
	pair_run(&pair, 1000);
	SILENT();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PEER_TEST(pap_ack_of_four_bytes), PEER_TEST(headers),
		PEER_TEST(ipv6cp_ends_alone),	  PEER_TEST(reasons_apart),
		PEER_TEST(naks_without_end),	  PEER_TEST(request_in_opened),
		PEER_TEST(network_too_early),	  PEER_TEST(data_too_early),
		PEER_TEST(other_protocols),	  PEER_TEST(other_options),
		PEER_TEST(identification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
