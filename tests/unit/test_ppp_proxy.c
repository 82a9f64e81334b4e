// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proxy LCP and authentication (RFC 2661 4.4.5): the test is the LAC that says what it negotiated,
 * and then the peer behind it. Taken over when it fits; else negotiated anew, also with a peer that
 * only acknowledges.
 */
#include "ppp_peer.h"

#include <nettle/md5.h>
#include <string.h>
#include "wire/ppp_mschap.h"

#define CHAP   PPP_AUTH_BIT(PPP_AUTH_CHAP_MD5)
#define MSCHAP PPP_AUTH_BIT(PPP_AUTH_MSCHAPV2)
#define PAP    PPP_AUTH_BIT(PPP_AUTH_PAP)

#define BYTES(...)                                             \
	{                                                      \
		.p = (const uint8_t[]){__VA_ARGS__},           \
		.len = sizeof((const uint8_t[]){__VA_ARGS__}), \
	}

/* MRU 1460, CHAP-MD5, magic number; MRU 1492, ACCM, magic number, PFC, ACFC. */
static const struct ppp_bytes sent_chap =
	BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 5, 5, 6, 1, 2, 3, 4);
static const struct ppp_bytes sent_large = BYTES(3, 5, 0xc2, 0x23, 5); /* MRU 1500, that is */
static const struct ppp_bytes sent_mschap = BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 0x81);
static const struct ppp_bytes sent_pap = BYTES(1, 4, 5, 0xb4, 3, 4, 0xc0, 0x23);
static const struct ppp_bytes sent_nothing = BYTES(1, 4, 5, 0xb4);
static const struct ppp_bytes received =
	BYTES(1, 4, 5, 0xd4, 2, 6, 0, 0, 0, 0, 5, 6, 9, 8, 7, 6, 7, 2, 8, 2);

static const struct ppp_bytes received_multilink = BYTES(17, 4, 5, 0xdc);

static struct ppp_bytes text_bytes(const char *text)
{
	return (struct ppp_bytes){.p = (const uint8_t *)text, .len = strlen(text)};
}

static void open_proxied(const struct ppp_proxy *x)
{
	pair_make(&pair, 0);
	ppp_open_proxied(LNS->ppp, x);
}

static const uint8_t challenge[40] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
static uint8_t response[MSCHAP_RESPONSE_LEN];

/* alice's login by CHAP with identifier 77, as the LAC heard it. */
static struct ppp_proxy chap_proxy(const char *password, size_t challenge_len)
{
	const uint8_t id = 77;
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, 1, &id);
	md5_update(&md5, strlen(password), (const uint8_t *)password);
	md5_update(&md5, challenge_len, challenge);
	md5_digest(&md5, 16, response);
	return (struct ppp_proxy){
		.initial = received,
		.last_sent = sent_chap,
		.last_received = received,
		.auth_type = PPP_PROXY_CHAP,
		.auth_name = text_bytes("alice"),
		.auth_challenge = {challenge, challenge_len},
		.auth_id = id,
		.auth_response = {response, 16},
	};
}

static struct ppp_proxy pap_proxy(const char *password)
{
	return (struct ppp_proxy){
		.last_sent = sent_pap,
		.last_received = received,
		.auth_type = PPP_PROXY_PAP,
		.auth_name = text_bytes("alice"),
		.auth_id = 5,
		.auth_response = text_bytes(password),
	};
}

/* The network phase, with nothing but this answer before it: no LCP, no challenge. */
static void assert_straight_to_network(const char *answer, size_t len)
{
	assert_string_equal(ppp_phase(LNS->ppp), "network");
	assert_string_equal(ppp_peer_name(LNS->ppp), "alice");
	assert_int_equal(line.len[0], len);
	assert_memory_equal(peer_next(), answer, len);
	assert_memory_equal(peer_next(), "\x80\x21\x01", 3);
	assert_memory_equal(peer_next(), "\x80\x57\x01", 3);
	SILENT();
}

static void by_chap(void **state)
{
	static const size_t lens[] = {1, 8, 16, 17, 40};

	for (size_t i = 0; i < 5; i++) {
		struct ppp_proxy x = chap_proxy("wonderland", lens[i]);

		peer_teardown(state);
		peer_setup(state);
		open_proxied(&x);
		/* The answer is to the identifier of the LAC's challenge. */
		assert_straight_to_network("\xc2\x23\x03\x4d\x00\x0bwelcome", 13);
		assert_int_equal(ppp_peer_mru(LNS->ppp), 1492);
		assert_true(ppp_peer_acfc(LNS->ppp));
		IN(0, 0x80, 0x21, 1, 5, 0, 10, 3, 6, 10, 0, 0, 2);
		OUT(0x80, 0x21, 2, 5, 0, 10, 3, 6, 10, 0, 0, 2);
		/* The magic number is the one that the LAC gave. */
		IN(0, 0xc0, 0x21, 9, 1, 0, 8, 9, 8, 7, 6);
		OUT(0xc0, 0x21, 10, 1, 0, 8, 1, 2, 3, 4);
	}
}

static void by_pap(void **state)
{
	struct ppp_proxy x = pap_proxy("wonderland");

	(void)state;
	pair_demand(LNS, CHAP | PAP);
	open_proxied(&x);
	assert_straight_to_network("\xc0\x23\x02\x05\x00\x0c\x07welcome", 14);
}

static void by_mschapv2(void **state)
{
	struct ppp_proxy x = chap_proxy("", 16);
	const struct mschap_login l = {
		.name = (const uint8_t *)"alice",
		.name_len = 5,
		.challenge = challenge,
		.peer_challenge = response,
	};
	uint8_t proof[PPP_PROOF_LEN];
	char answer[100] = "\xc2\x23\x03\x4d";
	size_t n;

	(void)state;
	pair_demand(LNS, MSCHAP);
	mschap_answer(&l, "wonderland", response + 24, proof);
	x.last_sent = sent_mschap;
	x.auth_response.len = sizeof(response);
	open_proxied(&x);
	n = mschap_success_text(answer + 6, sizeof(answer) - 6, proof, "welcome");
	answer[5] = (char)(4 + n);
	assert_straight_to_network(answer, 6 + n);
}

static void wrong_password(void **state)
{
	struct ppp_proxy x = chap_proxy("oyster", 16);

	(void)state;
	open_proxied(&x);
	assert_memory_equal(peer_next(), "\xc2\x23\x04\x4d", 4);
	assert_memory_equal(peer_next(), "\xc0\x21\x05", 3);
	peer_end(0);
	assert_string_equal(LNS->why.text, "login of alice refused: who are you");
	peer_teardown(state);
	peer_setup(state);

	x = pap_proxy("oyster");
	open_proxied(&x);
	assert_memory_equal(peer_next(), "\xc0\x23\x03\x05", 4);
	peer_end(0);
}

/* Whoever judges takes his time; and later asks again, by identifiers that follow the LAC's. */
static void late_and_again(void **state)
{
	struct ppp_proxy x = chap_proxy("wonderland", 16);

	(void)state;
	LNS->late = true;
	LNS->config.rechallenge = 10000;
	open_proxied(&x);
	pair_run(&pair, 50000);
	assert_int_equal(LNS->asked, 1);
	SILENT();
	ppp_accept(LNS->ppp, &LNS->given, NULL);
	assert_straight_to_network("\xc2\x23\x03\x4d\x00\x04", 6);
	pair_run(&pair, 2999);
	SILENT();
	/* Its own network protocols answer, so that the link lives on. */
	IN(0, 0x80, 0x21, 1, 5, 0, 10, 3, 6, 10, 0, 0, 2);
	peer_next();
	IN(0, 0x80, 0x21, 2, 0, 0, 10, 3, 6, 10, 0, 0, 1);
	IN(0, 0x80, 0x57, 5, 1, 0, 4);
	peer_next();
	assert_true(LNS->up4);
	line.read = line.count;
	pair_run(&pair, 7001);
	while (line.data[line.read][0] == 0x80)
		line.read++;
	assert_memory_equal(peer_next(), "\xc2\x23\x01\x4e", 4);
}

/* LCP as the LAC has it, but no login, or none that can be used: we ask for one ourselves. */
static void login_anew(void **state)
{
	struct ppp_proxy cases[10];

	for (size_t i = 0; i < 10; i++)
		cases[i] = chap_proxy("wonderland", 16);
	cases[0].auth_type = 0;
	cases[1].auth_type = PPP_PROXY_NONE;
	cases[2].auth_type = PPP_PROXY_TEXT;
	cases[3].auth_type = PPP_PROXY_MSCHAPV1;
	cases[4].auth_type = PPP_PROXY_PAP;
	cases[5].auth_name.p = NULL;
	cases[6].auth_challenge.len = 0;
	cases[7].auth_challenge.len = 256;
	cases[8].auth_response.len = 65;
	cases[9].auth_response.len = 0;
	for (size_t i = 0; i < 10; i++) {
		peer_teardown(state);
		peer_setup(state);
		open_proxied(&cases[i]);
		assert_string_equal(ppp_phase(LNS->ppp), "authenticate");
		assert_memory_equal(peer_next(), "\xc2\x23\x01", 3);
		SILENT();
		assert_int_equal(LNS->asked, 0);
	}
	peer_teardown(state);
	peer_setup(state);

	/* PAP: it is the peer's turn, which repeats its request. */
	cases[0] = pap_proxy("wonderland");
	cases[0].auth_response.p = NULL;
	open_proxied(&cases[0]);
	SILENT();
	IN(0, 0xc0, 0x23, 1, 6, 0, 21, 5, 'a', 'l', 'i', 'c', 'e', 10, 'w', 'o', 'n', 'd', 'e', 'r',
	   'l', 'a', 'n', 'd');
	assert_straight_to_network("\xc0\x23\x02\x06\x00\x0c\x07welcome", 14);
}

static void nobody_is_asked(void **state)
{
	struct ppp_proxy x = {.last_sent = sent_nothing,
			      .last_received = received,
			      .auth_type = PPP_PROXY_NONE};

	(void)state;
	pair_demand(LNS, 0);
	LNS->name = NULL;
	open_proxied(&x);
	assert_string_equal(ppp_phase(LNS->ppp), "network");
	assert_memory_equal(peer_next(), "\x80\x21\x01", 3);
}

/* What does not fit is negotiated anew: our Configure-Request comes first. */
static void lcp_anew(void **state)
{
	const struct {
		const char *what;
		struct ppp_bytes sent, received;
	} cases[] = {
		{"nothing said", {NULL, 0}, {NULL, 0}},
		{"last sent missing", {NULL, 0}, BYTES(1, 4, 5, 0xd4)},
		{"last received missing", BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 5), {NULL, 0}},
		{"larger MRU", BYTES(1, 4, 5, 0xd4, 3, 5, 0xc2, 0x23, 5), BYTES(1, 4, 5, 0xd4)},
		{"MRU of 1500 by default", BYTES(3, 5, 0xc2, 0x23, 5), BYTES(1, 4, 5, 0xd4)},
		{"no authentication", BYTES(1, 4, 5, 0xb4), BYTES(1, 4, 5, 0xd4)},
		{"another authentication", BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 0x81),
		 BYTES(1, 4, 5, 0xd4)},
		{"MS-CHAPv1", BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 0x80), BYTES(1, 4, 5, 0xd4)},
		{"EAP", BYTES(1, 4, 5, 0xb4, 3, 4, 0xc2, 0x27), BYTES(1, 4, 5, 0xd4)},
		{"multilink of the LAC", BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 5, 17, 4, 5, 0xdc),
		 BYTES(1, 4, 5, 0xd4)},
		{"multilink of the peer", BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 5),
		 BYTES(1, 4, 5, 0xd4, 17, 4, 5, 0xdc)},
		{"callback", BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 5), BYTES(13, 3, 6)},
		{"a peer that demands a login", BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 5),
		 BYTES(3, 4, 0xc0, 0x23)},
		{"a tiny MRU of the peer", BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 5),
		 BYTES(1, 4, 0, 64)},
		{"the same magic number",
		 BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 5, 5, 6, 1, 2, 3, 4),
		 BYTES(5, 6, 1, 2, 3, 4)},
		{"sent, cut short", BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2), BYTES(1, 4, 5, 0xd4)},
		{"received, cut short", BYTES(1, 4, 5, 0xb4, 3, 5, 0xc2, 0x23, 5), BYTES(1, 4, 5)},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ppp_proxy x = chap_proxy("wonderland", 16);

		peer_teardown(state);
		peer_setup(state);
		pair_demand(LNS, CHAP);
		x.last_sent = cases[i].sent;
		x.last_received = cases[i].received;
		open_proxied(&x);
		if (strcmp(ppp_phase(LNS->ppp), "establish") || LNS->asked)
			fail_msg("%s: taken over", cases[i].what);
		/* As if nothing had been said. */
		assert_memory_equal(line.data[0], "\xc0\x21\x01\x00\x00\x13\x01\x04\x05\xb4", 10);
		peer_ack(0);
		IN(0, 0xc0, 0x21, 1, 9, 0, 8, 1, 4, 5, 0xd4);
		OUT(0xc0, 0x21, 2, 9, 0, 8, 1, 4, 5, 0xd4);
		assert_memory_equal(peer_next(), "\xc2\x23\x01", 3);
	}
}

/* What the LAC agreed to with the peer is larger than what we take. */
static struct ppp_proxy too_large(void)
{
	struct ppp_proxy x = chap_proxy("wonderland", 16);

	x.last_sent = sent_large;
	return x;
}

/* To this client LCP is open: it acknowledges our request and sends none of its own. */
static void only_acks(void **state)
{
	struct ppp_proxy x = too_large();

	(void)state;
	open_proxied(&x);
	peer_ack(0);
	pair_run(&pair, 3000); /* was its request lost? */
	assert_string_equal(ppp_phase(LNS->ppp), "establish");
	peer_ack(0);
	pair_run(&pair, 2999);
	SILENT();
	pair_run(&pair, 1);
	assert_string_equal(ppp_phase(LNS->ppp), "authenticate");
	assert_memory_equal(peer_next(), "\xc2\x23\x01", 3);
	assert_int_equal(ppp_peer_mru(LNS->ppp), 1492); /* what it said to the LAC */
	assert_true(ppp_peer_acfc(LNS->ppp));
	/* Should it begin after all, it is heard. */
	IN(0, 0xc0, 0x21, 1, 9, 0, 4);
	assert_string_equal(ppp_phase(LNS->ppp), "establish");
	peer_ack(0);
	OUT(0xc0, 0x21, 2, 9, 0, 4);
	assert_string_equal(ppp_phase(LNS->ppp), "authenticate");
	assert_int_equal(ppp_peer_mru(LNS->ppp), 1500);
}

/* This one acknowledges too; but what it wants is not known, or is nothing that we do. */
static void only_acks_unknown(void **state)
{
	for (int i = 0; i < 3; i++) {
		struct ppp_proxy x = too_large();

		peer_teardown(state);
		peer_setup(state);
		if (i == 0)
			x.last_received.p = NULL;
		else if (i == 1)
			x.last_received = received_multilink;
		open_proxied(&x);
		if (i == 2) { /* it does say what it wants, and may not */
			IN(0, 0xc0, 0x21, 1, 9, 0, 8, 17, 4, 5, 0xdc);
			assert_int_equal(line.data[1][2], PPP_CONFIGURE_REJECT);
		}
		peer_ack(0);
		line.read = line.count;
		for (int n = 0; n < 8; n++) {
			pair_run(&pair, 3000);
			assert_string_equal(ppp_phase(LNS->ppp), "establish");
			peer_ack(0);
		}
		ppp_close(LNS->ppp, "enough");
		peer_end(0);
	}
}

/* A link that was taken over is one like any other. */
static void renegotiation(void **state)
{
	struct ppp_proxy x = chap_proxy("wonderland", 16);

	(void)state;
	open_proxied(&x);
	assert_straight_to_network("\xc2\x23\x03\x4d\x00\x0bwelcome", 13);
	IN(0, 0xc0, 0x21, 1, 9, 0, 8, 1, 4, 5, 0);
	/* Now with our own options, and the login once more. */
	assert_memory_equal(line.data[line.read], "\xc0\x21\x01\x00\x00\x13\x01\x04\x05\xb4", 10);
	peer_ack(0);
	OUT(0xc0, 0x21, 2, 9, 0, 8, 1, 4, 5, 0);
	assert_memory_equal(peer_next(), "\xc2\x23\x01\x4e", 4);
	assert_int_equal(ppp_peer_mru(LNS->ppp), 1280);
	assert_int_equal(LNS->asked, 1);
}

static void terminate(void **state)
{
	struct ppp_proxy x = chap_proxy("wonderland", 16);

	(void)state;
	open_proxied(&x);
	line.read = line.count;
	IN(0, 0xc0, 0x21, 5, 3, 0, 4);
	OUT(0xc0, 0x21, 6, 3, 0, 4);
	peer_end(0);
	/* Opened once: a second time does nothing. */
	ppp_open_proxied(LNS->ppp, &x);
	ppp_open(LNS->ppp);
	SILENT();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PEER_TEST(by_chap),	      PEER_TEST(by_pap),	 PEER_TEST(by_mschapv2),
		PEER_TEST(wrong_password),    PEER_TEST(late_and_again), PEER_TEST(login_anew),
		PEER_TEST(nobody_is_asked),   PEER_TEST(lcp_anew),	 PEER_TEST(only_acks),
		PEER_TEST(only_acks_unknown), PEER_TEST(renegotiation),	 PEER_TEST(terminate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
