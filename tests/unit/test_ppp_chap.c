// SPDX-License-Identifier: GPL-2.0-only
/* MS-CHAPv2 between an LNS and a LAC, and CHAP of both kinds asked again while the session goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "ppp_pair.h"
#include "wire/ppp_mschap.h"
#include "wire/ppp_packet.h"

#define PAP    PPP_AUTH_BIT(PPP_AUTH_PAP)
#define CHAP   PPP_AUTH_BIT(PPP_AUTH_CHAP_MD5)
#define MSCHAP PPP_AUTH_BIT(PPP_AUTH_MSCHAPV2)

static struct pair pair;

#define LNS (&pair.end[0])
#define LAC (&pair.end[1])

static int setup(void **state)
{
	(void)state;
	pair_init(&pair, 4);
	pair_demand(LNS, MSCHAP);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pair_free(&pair);
	return 0;
}

static void again(void **state)
{
	teardown(state);
	setup(state);
}

static void comes_up(void **state)
{
	(void)state;
	pair_open(&pair);
	assert_true(pair_until(&pair, pair_up, 1000));
	assert_int_equal(LNS->asked, 1);
	assert_int_equal(LNS->again, 0);
	assert_string_equal(ppp_peer_name(LNS->ppp), "alice");
}

static void both_ways(void **state)
{
	(void)state;
	pair_demand(LAC, MSCHAP);
	LAC->authorise = true;
	LAC->name = "lns";
	LAC->secret = "looking glass";
	LAC->given = LAC->config.net;
	LNS->config.offer = MSCHAP;
	LNS->config.username = "lns";
	LNS->config.password = "looking glass";
	pair_open(&pair);
	assert_true(pair_until(&pair, pair_up, 1000));
}

static void names_and_passwords(void **state)
{
	static const struct {
		const char *name, *password;
	} cases[] = {
		{"WONDERLAND\\alice", "wonderland"},
		{"alice@example.net", "gr\xc3\xbc\xc3\x9f Gott \xe2\x82\xac"},
		{"", ""},
		{"alice", "\xff\xfe"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		again(state);
		LAC->config.username = cases[i].name;
		LAC->config.password = cases[i].password;
		LNS->name = cases[i].name;
		LNS->secret = cases[i].password;
		pair_open(&pair);
		assert_true(pair_until(&pair, pair_up, 1000));
	}
}

static void wrong_password(void **state)
{
	(void)state;
	LAC->config.password = "Wonderland";
	pair_open(&pair);
	assert_true(pair_until(&pair, pair_ended, 30000));
	assert_int_equal(LNS->ups4 + LAC->ups4 + LNS->ups6 + LAC->ups6, 0);
	assert_string_equal(LNS->why.text, "login of alice refused: who are you");
	assert_int_equal(LAC->why.by, PPP_END_PEER);
	assert_string_equal(LAC->why.text,
			    "peer refuses our login: wrong name or password: who are you");
}

static void late_answer(void **state)
{
	(void)state;
	LNS->late = true;
	pair_open(&pair);
	pair_run(&pair, 20000); /* the LAC repeats itself meanwhile */
	assert_int_equal(LNS->asked, 1);
	assert_true(LNS->last_good);
	ppp_accept(LNS->ppp, &LNS->given, NULL);
	assert_true(pair_until(&pair, pair_up, 1000));
}

/* Who lets anyone in cannot prove anything. */
static void without_password(void **state)
{
	(void)state;
	LNS->name = NULL;
	pair_open(&pair);
	assert_true(pair_until(&pair, pair_ended, 30000));
	assert_string_equal(LNS->why.text,
			    "login of alice refused: no password to prove ourselves with");
}

/* What is needed to prove the password, as it went over the line. */
static struct {
	uint8_t challenge[16], response[49];
} seen;

static void see(struct pair *p, int from, const uint8_t *frame, size_t len)
{
	(void)p;
	(void)len;
	if (frame[0] != 0xc2 || frame[1] != 0x23)
		return;
	if (from == 0 && frame[2] == CHAP_CHALLENGE)
		memcpy(seen.challenge, frame + 7, sizeof(seen.challenge));
	if (from == 1 && frame[2] == CHAP_RESPONSE)
		memcpy(seen.response, frame + 7, sizeof(seen.response));
}

/* Someone else has judged the login, and knows the proof. */
static void proof_from_elsewhere(void **state)
{
	for (int good = 0; good < 2; good++) {
		uint8_t nt[MSCHAP_NT_LEN], proof[PPP_PROOF_LEN];
		const struct mschap_login l = {
			.name = (const uint8_t *)"alice",
			.name_len = 5,
			.challenge = seen.challenge,
			.peer_challenge = seen.response,
		};

		again(state);
		pair.on_line = see;
		LNS->name = NULL;
		LNS->late = true;
		pair_open(&pair);
		pair_run(&pair, 1000);
		mschap_answer(&l, "wonderland", nt, proof);
		assert_memory_equal(nt, seen.response + 24, sizeof(nt));
		proof[19] ^= !good;
		ppp_prove(LNS->ppp, proof);
		ppp_accept(LNS->ppp, &LNS->given, NULL);
		if (good) {
			assert_true(pair_until(&pair, pair_up, 1000));
			continue;
		}
		assert_true(pair_until(&pair, pair_ended, 10000));
		assert_string_equal(LAC->why.text,
				    "peer does not prove that it knows our password");
		assert_int_equal(LAC->why.by, PPP_END_US);
		assert_int_equal(LAC->ups4 + LAC->ups6, 0);
	}
}

static void asked_again(void **state)
{
	for (unsigned method = CHAP; method <= MSCHAP; method <<= 1) {
		again(state);
		pair_demand(LNS, method);
		LNS->config.rechallenge = 10000;
		pair_open(&pair);
		assert_true(pair_until(&pair, pair_up, 1000));
		pair_run(&pair, 100000);
		assert_true(pair_up(&pair));
		assert_int_equal(LNS->downs4 + LAC->downs4 + LNS->downs6 + LAC->downs6, 0);
		assert_in_range(LNS->again, 9, 10);
		assert_int_equal(LNS->asked, LNS->again + 1);
		assert_string_equal(ppp_peer_name(LNS->ppp), "alice");
	}
}

static void never_asked_again(void **state)
{
	static const struct {
		unsigned method, every;
	} cases[] = {{CHAP, 0}, {PAP, 10000}, {0, 10000}};

	for (size_t i = 0; i < 3; i++) {
		again(state);
		pair_demand(LNS, cases[i].method);
		LNS->name = cases[i].method ? "alice" : NULL;
		LNS->config.rechallenge = cases[i].every;
		pair_open(&pair);
		pair_run(&pair, 100000);
		assert_true(pair_up(&pair));
		assert_int_equal(LNS->asked, 1);
	}
}

/* The account was locked, say. */
static void refused_again(void **state)
{
	for (unsigned method = CHAP; method <= MSCHAP; method <<= 1) {
		again(state);
		pair_demand(LNS, method);
		LNS->config.rechallenge = 10000;
		pair_open(&pair);
		assert_true(pair_until(&pair, pair_up, 1000));
		LNS->secret = "locked";
		pair_run(&pair, 9000);
		assert_true(pair_up(&pair));
		assert_true(pair_until(&pair, pair_ended, 10000));
		assert_string_equal(LNS->why.text, "login of alice refused: who are you");
		assert_int_equal(LAC->why.by, PPP_END_PEER);
	}
}

static void silent_when_asked_again(void **state)
{
	(void)state;
	LNS->config.rechallenge = 10000;
	pair_open(&pair);
	assert_true(pair_until(&pair, pair_up, 1000));
	pair.cut = true;
	pair_run(&pair, 30000);
	assert_true(LNS->up4);
	pair_run(&pair, 20000);
	assert_int_equal(LNS->ends, 1);
	assert_string_equal(LNS->why.text, "peer does not log in by MS-CHAPv2");
	assert_int_equal(LNS->why.by, PPP_END_DEAD);
}

/* Whoever judges takes his time, and the session goes on. */
static void late_again(void **state)
{
	static const uint8_t request[] = {0xc0, 0x21, 1, 99, 0, 4};

	(void)state;
	LNS->config.rechallenge = 10000;
	pair_open(&pair);
	assert_true(pair_until(&pair, pair_up, 1000));
	LNS->late = true;
	pair_run(&pair, 60000);
	assert_int_equal(LNS->again, 1);
	assert_true(pair_up(&pair));
	ppp_accept(LNS->ppp, &(struct ppp_addresses){0}, NULL); /* not looked at */
	pair_run(&pair, 9000);
	assert_int_equal(LNS->again, 1);
	pair_run(&pair, 2000);
	assert_int_equal(LNS->again, 2);
	assert_true(pair_up(&pair));

	/* Meanwhile the peer begins anew: then that answer lets nobody in. */
	LNS->late = false;
	pair_input(&pair, 0, request, sizeof(request));
	assert_false(LNS->up4);
	pair_run(&pair, 1000);
	assert_int_equal(LNS->asked, 3);
	ppp_accept(LNS->ppp, &LNS->given, NULL);
	assert_true(pair_until(&pair, pair_up, 10000));
	assert_int_equal(LNS->asked, 4);
	assert_int_equal(LNS->again, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(comes_up),
		TEST(both_ways),
		TEST(names_and_passwords),
		TEST(wrong_password),
		TEST(late_answer),
		TEST(without_password),
		TEST(proof_from_elsewhere),
		TEST(asked_again),
		TEST(never_asked_again),
		TEST(refused_again),
		TEST(silent_when_asked_again),
		TEST(late_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
