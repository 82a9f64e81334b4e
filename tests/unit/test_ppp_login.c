// SPDX-License-Identifier: GPL-2.0-only
/* PAP and CHAP byte by byte, as RFC 1334, 1994 and 2759 draw them, and what a peer may demand of
 * us. */
#include "ppp_peer.h"

#include <string.h>
#include "wire/ppp_mschap.h"

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
	LNS->config.username = "lns";
	peer_start(0);
	peer_ack(0);
	IN(0, 0xc0, 0x21, 1, 1, 0, 9, 3, 5, 0xc2, 0x23, 5);
	peer_next();
	assert_int_equal(line.len[line.read], 2 + 4 + 1 + 16 + 3);
	memcpy(challenge, peer_next(), 26);
	peer_in(0, challenge, 26);
	SILENT();
}

/* In the order that the owner wrote, and what the peer proposes instead if that is in the list. */
static void order_of_demands(void **state)
{
	(void)state;
	LNS->config.demand[0] = PPP_AUTH_PAP;
	LNS->config.demand[1] = PPP_AUTH_MSCHAPV2;
	LNS->config.demand[2] = PPP_AUTH_CHAP_MD5;
	LNS->config.mru = 0;
	peer_start(0);
	assert_memory_equal(peer_next() + 6, "\x03\x04\xc0\x23", 4);
	IN(0, 0xc0, 0x21, 3, 0, 0, 8, 3, 4, 0xc2, 0x27); /* EAP, which is not */
	assert_memory_equal(peer_next() + 6, "\x03\x05\xc2\x23\x81", 5);
	IN(0, 0xc0, 0x21, 3, 1, 0, 8, 3, 4, 0xc0, 0x23); /* PAP, which it refused before */
	assert_memory_equal(peer_next() + 6, "\x03\x05\xc2\x23\x05", 5);
	IN(0, 0xc0, 0x21, 3, 2, 0, 9, 3, 5, 0xc2, 0x23, 0x80);
	peer_end(0);
	assert_string_equal(LNS->why.text, "peer does not agree to authenticate by CHAP-MD5");
	peer_teardown(state);
	peer_setup(state);

	pair_demand(LNS, PPP_AUTH_ALL);
	LNS->config.mru = 0;
	peer_start(0);
	assert_memory_equal(peer_next() + 6, "\x03\x05\xc2\x23\x81", 5);
	IN(0, 0xc0, 0x21, 3, 0, 0, 8, 3, 4, 0xc0, 0x23);
	assert_memory_equal(peer_next() + 6, "\x03\x04\xc0\x23", 4);
}

/* What we do not do is answered with what we do, one after the other; a peer that never agrees ends
 * with the reason. */
static void mschapv1_refused(void **state)
{
	static const uint8_t instead[][5] = {{3, 5, 0xc2, 0x23, 0x81},
					     {3, 5, 0xc2, 0x23, 5},
					     {3, 4, 0xc0, 0x23}};

	(void)state;
	peer_start(1);
	peer_ack(1);
	for (uint8_t id = 0; id < 9; id++) {
		const uint8_t *nak;

		IN(1, 0xc0, 0x21, 1, id, 0, 9, 3, 5, 0xc2, 0x23, 0x80);
		nak = peer_next();
		assert_int_equal(nak[2], PPP_CONFIGURE_NAK);
		assert_int_equal(nak[3], id);
		assert_memory_equal(nak + 6, instead[id % 3], instead[id % 3][1]);
	}
	IN(1, 0xc0, 0x21, 1, 9, 0, 9, 3, 5, 0xc2, 0x23, 0x80);
	peer_end(1);
	assert_string_equal(LAC->why.text, "peer demands MS-CHAPv1, which is too weak: have it ask "
					   "for MS-CHAPv2, CHAP or PAP");
	assert_int_equal(LAC->why.by, PPP_END_US);
	peer_teardown(state);
	peer_setup(state);

	/* One that takes the first is served. */
	peer_start(1);
	peer_ack(1);
	IN(1, 0xc0, 0x21, 1, 1, 0, 9, 3, 5, 0xc2, 0x23, 0x80);
	OUT(0xc0, 0x21, 3, 1, 0, 9, 3, 5, 0xc2, 0x23, 0x81);
	IN(1, 0xc0, 0x21, 1, 2, 0, 9, 3, 5, 0xc2, 0x23, 0x81);
	OUT(0xc0, 0x21, 2, 2, 0, 9, 3, 5, 0xc2, 0x23, 0x81);
	assert_string_equal(ppp_phase(LAC->ppp), "authenticate");
}

/* As a client challenged with RFC 2759 9.2's challenge; proof gets what the answer must prove. */
static void respond(uint8_t proof[PPP_PROOF_LEN])
{
	static const uint8_t challenge[] = {0xc2, 0x23, 1,    7,    0,	  25,	16,   0x5b, 0x5d,
					    0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e, 0x3c, 0x2c, 0x60,
					    0x21, 0x32, 0x26, 0x26, 0x28, 'p',	'e',  'e',  'r'};
	uint8_t nt[MSCHAP_NT_LEN], *first;
	struct mschap_login l = {.name = (const uint8_t *)"User",
				 .name_len = 4,
				 .challenge = challenge + 7};

	LAC->config.username = "DOMAIN\\User";
	LAC->config.password = "clientPass";
	peer_start(1);
	peer_ack(1);
	IN(1, 0xc0, 0x21, 1, 1, 0, 9, 3, 5, 0xc2, 0x23, 0x81);
	OUT(0xc0, 0x21, 2, 1, 0, 9, 3, 5, 0xc2, 0x23, 0x81);
	IN(1, 0xc2, 0x23, 1, 7, 0, 20, 15, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	SILENT(); /* a challenge has 16 bytes */
	peer_in(1, challenge, sizeof(challenge));
	assert_int_equal(line.len[line.read], 2 + 4 + 1 + 49 + 11);
	first = peer_next();
	assert_memory_equal(first, "\xc2\x23\x02\x07\x00\x41\x31", 7);
	l.peer_challenge = first + 7;
	mschap_answer(&l, "clientPass", nt, proof);
	assert_memory_equal(first + 7 + 16, "\0\0\0\0\0\0\0\0", 8);
	assert_memory_equal(first + 7 + 24, nt, 24);
	assert_int_equal(first[7 + 48], 0);
	assert_memory_equal(first + 7 + 49, "DOMAIN\\User", 11);
	/* Our answer was lost, or the line doubled the challenge: the same again, so that either
	 * proof fits. */
	peer_in(1, challenge, sizeof(challenge));
	assert_memory_equal(peer_next(), first, 2 + 4 + 1 + 49 + 11);
}

/* A CHAP packet of the peer with text in it. */
static void say(uint8_t code, uint8_t id, const char *text)
{
	uint8_t frame[256] = {0xc2, 0x23, code, id, 0, (uint8_t)(strlen(text) + 4)};

	memcpy(frame + 6, text, strlen(text));
	peer_in(1, frame, strlen(text) + 6);
}

static void mschapv2_client(void **state)
{
	uint8_t proof[PPP_PROOF_LEN];
	char text[100];

	(void)state;
	respond(proof);
	mschap_success_text(text, sizeof(text), proof, "hello");
	say(CHAP_SUCCESS, 8, text); /* of something else */
	assert_string_equal(ppp_phase(LAC->ppp), "authenticate");
	say(CHAP_SUCCESS, 7, text);
	assert_string_equal(ppp_phase(LAC->ppp), "network");
}

static void mschapv2_client_of_a_fraud(void **state)
{
	static const char *const frauds[] = {"", "hello", "S=", "M=hello",
					     "S=407A5589115FD0D6209F510FE9C04566932CDA56"};
	uint8_t proof[PPP_PROOF_LEN];

	for (size_t i = 0; i < sizeof(frauds) / sizeof(frauds[0]); i++) {
		peer_teardown(state);
		peer_setup(state);
		respond(proof);
		say(CHAP_SUCCESS, 7, frauds[i]);
		assert_int_equal(peer_next()[2], PPP_TERMINATE_REQUEST);
		peer_end(1);
		assert_string_equal(LAC->why.text,
				    "peer does not prove that it knows our password");
	}
}

static void mschapv2_client_refused(void **state)
{
	static const char *const cases[][2] = {
		{"E=691 R=1 C=00112233445566778899AABBCCDDEEFF V=3 M=no",
		 "peer refuses our login: wrong name or password: no"},
		{"E=648 R=0 C=00112233445566778899AABBCCDDEEFF V=3 M=",
		 "peer refuses our login: password expired"},
		{"E=647 R=0 V=3", "peer refuses our login: account disabled"},
		{"", "peer refuses our login"},
	};
	uint8_t proof[PPP_PROOF_LEN];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		peer_teardown(state);
		peer_setup(state);
		respond(proof);
		say(CHAP_FAILURE, 7, cases[i][0]);
		peer_end(1);
		assert_string_equal(LAC->why.text, cases[i][1]);
		assert_int_equal(LAC->why.by, PPP_END_PEER);
	}
}

/* The LNS has sent its challenge: the peer's response to it by this name and password. */
static size_t response_to(const uint8_t *challenge, const char *name, const char *password,
			  uint8_t frame[256], uint8_t proof[PPP_PROOF_LEN])
{
	size_t len = 1 + 49 + strlen(name);
	const struct mschap_login l = {
		.name = (const uint8_t *)name,
		.name_len = strlen(name),
		.challenge = challenge + 7,
		.peer_challenge = frame + 7,
	};

	memset(frame, 0xaa, 256); /* also what is reserved, and the flags: they count for nothing */
	memcpy(frame, "\xc2\x23\x02", 3);
	frame[3] = challenge[3];
	frame[4] = 0;
	frame[5] = (uint8_t)(4 + len);
	frame[6] = 49;
	mschap_answer(&l, password, frame + 7 + 24, proof);
	memcpy(frame + 7 + 49, name, strlen(name));
	return 6 + len;
}

static void mschapv2_server(void **state)
{
	uint8_t frame[256], proof[PPP_PROOF_LEN], *challenge;
	char text[100];
	size_t len, n;

	(void)state;
	pair_demand(LNS, PPP_AUTH_BIT(PPP_AUTH_MSCHAPV2));
	peer_open_lcp(0);
	challenge = peer_next();
	assert_memory_equal(challenge, "\xc2\x23\x01\x01\x00\x18\x10", 7);
	len = response_to(challenge, "alice", "wonderland", frame, proof);
	frame[6] = 48; /* no response of this kind */
	peer_in(0, frame, len);
	assert_int_equal(LNS->asked, 1);
	assert_int_equal(peer_next()[2], CHAP_FAILURE);
	peer_teardown(state);
	peer_setup(state);

	pair_demand(LNS, PPP_AUTH_BIT(PPP_AUTH_MSCHAPV2));
	peer_open_lcp(0);
	challenge = peer_next();
	len = response_to(challenge, "alice", "wonderland", frame, proof);
	peer_in(0, frame, len);
	n = mschap_success_text(text, sizeof(text), proof, "welcome");
	assert_int_equal(line.len[line.read], 6 + n);
	assert_memory_equal(line.data[line.read], "\xc2\x23\x03\x01", 4);
	assert_memory_equal(peer_next() + 6, text, n);
	/* It did not hear us: the same proof, whatever it now says. */
	line.read = line.count;
	frame[7 + 30] ^= 1;
	peer_in(0, frame, len);
	assert_memory_equal(peer_next() + 6, text, 42);
	assert_int_equal(LNS->asked, 1);
}

static void mschapv2_server_refuses(void **state)
{
	uint8_t frame[256], proof[PPP_PROOF_LEN], *challenge;
	char text[200];
	size_t len, n;

	(void)state;
	pair_demand(LNS, PPP_AUTH_BIT(PPP_AUTH_MSCHAPV2));
	peer_open_lcp(0);
	challenge = peer_next();
	len = response_to(challenge, "alice", "Wonderland", frame, proof);
	peer_in(0, frame, len);
	n = mschap_failure_text(text, sizeof(text), 691, challenge + 7, "who are you");
	assert_memory_equal(text, "E=691 R=0 C=", 12);
	assert_int_equal(line.len[line.read], 6 + n);
	assert_memory_equal(line.data[line.read], "\xc2\x23\x04\x01", 4);
	assert_memory_equal(peer_next() + 6, text, n);
	assert_int_equal(peer_next()[2], PPP_TERMINATE_REQUEST);
}

/* Asked again, the peer says that it is someone else. */
static void another_name(void **state)
{
	uint8_t frame[256], proof[PPP_PROOF_LEN], *challenge;
	size_t len;

	(void)state;
	pair_demand(LNS, PPP_AUTH_BIT(PPP_AUTH_MSCHAPV2));
	LNS->config.rechallenge = 5000;
	peer_open_lcp(0);
	challenge = peer_next();
	len = response_to(challenge, "alice", "wonderland", frame, proof);
	peer_in(0, frame, len);
	assert_string_equal(ppp_phase(LNS->ppp), "network");
	pair_run(&pair, 4999);
	line.read = line.count;
	pair_run(&pair, 1);
	challenge = peer_next();
	assert_memory_equal(challenge, "\xc2\x23\x01\x02", 4);
	/* The answer to the challenge before is none any more. */
	peer_in(0, frame, len);
	SILENT();
	len = response_to(challenge, "alicia", "wonderland", frame, proof);
	peer_in(0, frame, len);
	assert_int_equal(LNS->asked, 1);
	assert_int_equal(peer_next()[2], CHAP_FAILURE);
	peer_end(0);
	assert_string_equal(LNS->why.text, "login of alice refused: another name than before");
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
		PEER_TEST(order_of_demands),
		PEER_TEST(mschapv1_refused),
		PEER_TEST(mschapv2_client),
		PEER_TEST(mschapv2_client_of_a_fraud),
		PEER_TEST(mschapv2_client_refused),
		PEER_TEST(mschapv2_server),
		PEER_TEST(mschapv2_server_refuses),
		PEER_TEST(another_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
