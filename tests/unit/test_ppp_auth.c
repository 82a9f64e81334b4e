// SPDX-License-Identifier: GPL-2.0-only
/* PPP authentication between an LNS and a LAC: methods, wrong logins, late answers, and who asks
 * whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "ppp_pair.h"
#include "wire/ppp_packet.h"

#define PAP  PPP_AUTH_BIT(PPP_AUTH_PAP)
#define CHAP PPP_AUTH_BIT(PPP_AUTH_CHAP_MD5)

static struct pair pair;

static int setup(void **state)
{
	pair_init(&pair, 2);
	*state = &pair;
	return 0;
}

static int teardown(void **state)
{
	pair_free(*state);
	return 0;
}

struct seen {
	unsigned pap, chap;
};

static void count(struct pair *p, int from, const uint8_t *frame, size_t len)
{
	struct seen *s = p->arg;

	(void)from;
	(void)len;
	s->pap += frame[0] == 0xc0 && frame[1] == 0x23;
	s->chap += frame[0] == 0xc2 && frame[1] == 0x23;
}

static void methods(void **state)
{
	static const struct {
		unsigned demand, offer;
		bool pap, chap, up;
	} cases[] = {
		{CHAP, CHAP, false, true, true},
		{PAP, PAP, true, false, true},
		{CHAP | PAP, CHAP | PAP, false, true, true},
		{CHAP | PAP, PAP, true, false, true},
		{CHAP | PAP, CHAP, false, true, true},
		{CHAP, CHAP | PAP, false, true, true},
		{PAP, CHAP | PAP, true, false, true},
		{PAP, CHAP, false, false, false},
		{CHAP, PAP, false, false, false},
		{0, CHAP | PAP, false, false, true},
		{0, 0, false, false, true},
		{CHAP | PAP, 0, false, false, false},
	};
	struct pair *p = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen seen = {0};

		pair_free(p);
		pair_init(p, 2);
		p->on_line = count;
		p->arg = &seen;
		pair_demand(&p->end[0], cases[i].demand);
		p->end[1].config.offer = cases[i].offer;
		if (!cases[i].demand)
			p->end[0].name = NULL;
		pair_open(p);
		assert_int_equal(pair_until(p, pair_up, 30000), cases[i].up);
		assert_int_equal(seen.pap != 0, cases[i].pap);
		assert_int_equal(seen.chap != 0, cases[i].chap);
		if (cases[i].up)
			assert_int_equal(p->end[0].asked, 1);
		else
			assert_int_equal(p->end[0].ends, 1);
	}
}

static void both_ways(void **state)
{
	struct pair *p = *state;
	struct end *lac = &p->end[1];

	pair_demand(lac, PAP);
	lac->authorise = true;
	lac->name = "lns";
	lac->secret = "looking glass";
	lac->given = lac->config.net;
	p->end[0].config.offer = PAP;
	p->end[0].config.username = "lns";
	p->end[0].config.password = "looking glass";
	pair_open(p);
	assert_true(pair_until(p, pair_up, 1000));
	assert_string_equal(ppp_peer_name(lac->ppp), "lns");
	assert_string_equal(ppp_peer_name(p->end[0].ppp), "alice");

	/* One direction fails: no network at all. */
	pair_free(p);
	memset(p->end, 0, sizeof(p->end));
	setup(state);
	pair_demand(lac, PAP);
	lac->authorise = true;
	lac->name = "lns";
	lac->secret = "looking glass";
	p->end[0].config.offer = PAP;
	p->end[0].config.username = "lns";
	p->end[0].config.password = "mirror";
	pair_open(p);
	assert_true(pair_until(p, pair_ended, 30000));
	assert_int_equal(p->end[0].ups4 + p->end[1].ups4, 0);
	assert_string_equal(lac->why.text, "login of lns refused: who are you");
}

static void refused(struct pair *p, unsigned method)
{
	pair_demand(&p->end[0], method);
	pair_open(p);
	assert_true(pair_until(p, pair_ended, 30000));
	assert_int_equal(p->end[0].asked, 1);
	assert_int_equal(p->end[0].ups4 + p->end[0].ups6 + p->end[1].ups4 + p->end[1].ups6, 0);
	assert_int_equal(p->end[0].why.by, PPP_END_US);
	assert_int_equal(p->end[1].why.by, PPP_END_PEER);
	assert_string_equal(p->end[1].why.text, "peer refuses our login: who are you");
}

static void wrong_password_chap(void **state)
{
	struct pair *p = *state;

	p->end[1].config.password = "wonderlanD";
	refused(p, CHAP);
	assert_string_equal(p->end[0].why.text, "login of alice refused: who are you");
}

static void wrong_password_pap(void **state)
{
	struct pair *p = *state;

	p->end[1].config.password = "wonderland "; /* longer, but starts well */
	refused(p, PAP);
}

static void unknown_user(void **state)
{
	struct pair *p = *state;

	p->end[1].config.username = "bob";
	refused(p, CHAP);
	assert_string_equal(p->end[0].why.text, "login of bob refused: who are you");
	assert_string_equal(ppp_peer_name(p->end[0].ppp), "");
}

static void late_answer(void **state)
{
	struct pair *p = *state;
	struct end *lns = &p->end[0];

	for (unsigned method = PAP; method <= CHAP; method <<= 1) {
		pair_free(p);
		setup(state);
		lns->late = true;
		pair_demand(lns, method);
		pair_open(p);
		pair_run(p, 20000); /* the LAC repeats itself meanwhile */
		assert_int_equal(lns->asked, 1);
		assert_string_equal(ppp_phase(lns->ppp), "authenticate");
		assert_true(lns->last_good);
		ppp_accept(lns->ppp, &lns->given, NULL);
		assert_true(pair_until(p, pair_up, 1000));
		/* A second answer, to no question. */
		ppp_refuse(lns->ppp, "too late");
		pair_run(p, 10000);
		assert_true(pair_up(p));
	}
}

static void late_refusal(void **state)
{
	struct pair *p = *state;

	p->end[0].late = true;
	pair_open(p);
	pair_run(p, 5000);
	ppp_refuse(p->end[0].ppp, "quota");
	assert_true(pair_until(p, pair_ended, 30000));
	assert_string_equal(p->end[0].why.text, "login of alice refused: quota");
	assert_string_equal(p->end[1].why.text, "peer refuses our login: quota");
}

/* Nor within a minute: a client that goes on trying, and one that need not log in. */
static void never_decided(void **state)
{
	struct pair *p = *state;
	struct end *lns = &p->end[0];

	lns->late = true;
	p->end[1].config.counters.max_configure = 1000;
	pair_open(p);
	pair_run(p, 59000);
	assert_int_equal(lns->ends, 0);
	assert_true(pair_until(p, pair_ended, 10000));
	assert_string_equal(lns->why.text, "nobody decided on the login in time");
	assert_string_equal(p->end[1].why.text, "peer: nobody decided on the login in time");
	/* too late */
	ppp_accept(lns->ppp, &lns->given, NULL);
	assert_false(lns->up4);
}

static void never_decided_on_nobody(void **state)
{
	pair_demand(&((struct pair *)*state)->end[0], 0);
	never_decided(state);
}

/* An answer in time is the end of the wait: what comes of it lasts. */
static void decided_late(void **state)
{
	struct pair *p = *state;

	p->end[0].late = true;
	pair_open(p);
	pair_run(p, 20000);
	ppp_accept(p->end[0].ppp, &p->end[0].given, NULL);
	assert_true(pair_until(p, pair_up, 5000));
	pair_run(p, 120000);
	assert_true(pair_up(p));
}

/* The answer to the first login must not let in who comes after a new LCP negotiation. */
static void stale_answer(void **state)
{
	static const uint8_t request[] = {0xc0, 0x21, 1, 99, 0, 4};
	struct pair *p = *state;
	struct end *lns = &p->end[0];

	lns->late = true;
	pair_open(p);
	pair_run(p, 1000);
	assert_int_equal(lns->asked, 1);
	pair_input(p, 0, request, sizeof(request));
	pair_run(p, 4000);
	assert_int_equal(lns->asked, 1); /* one question at a time */
	ppp_accept(lns->ppp, &lns->given, NULL);
	assert_false(lns->up4);
	assert_string_equal(ppp_phase(lns->ppp), "authenticate");
	pair_run(p, 4000);
	assert_int_equal(lns->asked, 2);
	assert_false(lns->up4);
	ppp_accept(lns->ppp, &lns->given, NULL);
	assert_true(pair_until(p, pair_up, 5000));
}

static void nobody_asked_late(void **state)
{
	struct pair *p = *state;
	struct end *lns = &p->end[0];

	pair_demand(lns, 0);
	lns->late = true;
	pair_open(p);
	pair_run(p, 1000);
	assert_int_equal(lns->asked, 1);
	assert_string_equal(lns->last_name, "");
	assert_string_equal(ppp_phase(lns->ppp), "authenticate");
	ppp_refuse(lns->ppp, "pool is empty");
	assert_true(pair_until(p, pair_ended, 30000));
	assert_string_equal(lns->why.text, "pool is empty");
	assert_string_equal(p->end[1].why.text, "peer: pool is empty");
}

static void stale_answer_for_nobody(void **state)
{
	static const uint8_t request[] = {0xc0, 0x21, 1, 99, 0, 4};
	struct pair *p = *state;
	struct end *lns = &p->end[0];

	pair_demand(lns, 0);
	lns->late = true;
	pair_open(p);
	pair_run(p, 1000);
	pair_input(p, 0, request, sizeof(request));
	pair_run(p, 4000);
	assert_int_equal(lns->asked, 1);
	ppp_refuse(lns->ppp, "too late"); /* which also has the question asked again */
	assert_int_equal(lns->asked, 2);
	assert_int_equal(lns->ends, 0);
	assert_string_equal(ppp_phase(lns->ppp), "authenticate");
	ppp_accept(lns->ppp, &lns->given, NULL);
	assert_true(pair_until(p, pair_up, 5000));
}

static void no_username(void **state)
{
	struct pair *p = *state;

	p->end[1].config.offer = 0;
	pair_demand(&p->end[0], PAP);
	pair_open(p);
	assert_true(pair_until(p, pair_ended, 60000));
	assert_string_equal(p->end[0].why.text, "peer refuses to authenticate");
	assert_string_equal(p->end[1].why.text, "peer demands PAP, but no username is configured");
}

/* The line swallows every answer of one kind: who waits for it gives up. */
static bool no_pap_to_lac(struct pair *p, int from, const uint8_t *frame, size_t len)
{
	(void)p;
	(void)len;
	return !(from == 0 && frame[0] == 0xc0 && frame[1] == 0x23);
}

static bool no_chap(struct pair *p, int from, const uint8_t *frame, size_t len)
{
	(void)p;
	(void)len;
	(void)from;
	return !(frame[0] == 0xc2 && frame[1] == 0x23);
}

static void no_answer_to_login(void **state)
{
	struct pair *p = *state;

	p->filter = no_pap_to_lac;
	pair_demand(&p->end[0], PAP);
	pair_open(p);
	assert_true(pair_until(p, pair_ended, 60000));
	assert_string_equal(p->end[1].why.text, "no answer to our login by PAP");
	assert_int_equal(p->end[1].why.by, PPP_END_DEAD);
	assert_int_equal(p->end[0].asked, 1);
}

static void no_login(void **state)
{
	struct pair *p = *state;

	p->filter = no_chap;
	p->end[1].config.counters.max_configure =
		30; /* so that the LNS is the first to lose patience */
	pair_open(p);
	assert_true(pair_until(p, pair_ended, 60000));
	assert_string_equal(p->end[0].why.text, "peer does not log in by CHAP-MD5");
	assert_int_equal(p->end[0].why.by, PPP_END_DEAD);
}

/* RFC 1994 4.1, Response: MD5(07 "secret" 00..0f), computed with `openssl dgst -md5`. */
static void verify(void **state)
{
	static const uint8_t challenge[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	static const uint8_t response[16] = {0x82, 0x16, 0x43, 0x66, 0x5b, 0x43, 0x03, 0x59,
					     0xe5, 0x2a, 0xc5, 0x24, 0xd2, 0x9c, 0x8f, 0x95};
	struct ppp_login l = {
		.method = PPP_AUTH_CHAP_MD5,
		.name = "alice",
		.chap_id = 7,
		.challenge = challenge,
		.challenge_len = 16,
		.response = response,
		.response_len = 16,
	};
	char long_secret[300];

	(void)state;
	assert_true(ppp_login_verify(&l, "secret"));
	assert_false(ppp_login_verify(&l, "secre"));
	assert_false(ppp_login_verify(&l, "secrets"));
	assert_false(ppp_login_verify(&l, ""));
	l.chap_id = 8;
	assert_false(ppp_login_verify(&l, "secret"));
	l.chap_id = 7;
	l.response_len = 15;
	assert_false(ppp_login_verify(&l, "secret"));
	l = (struct ppp_login){.method = PPP_AUTH_PAP, .name = "alice", .password = "secret"};
	assert_true(ppp_login_verify(&l, "secret"));
	assert_false(ppp_login_verify(&l, "secret1"));
	assert_false(ppp_login_verify(&l, "secre"));
	assert_false(ppp_login_verify(&l, ""));
	memset(long_secret, 'x', sizeof(long_secret));
	long_secret[299] = '\0';
	l.password = long_secret;
	assert_false(ppp_login_verify(&l, long_secret));
	long_secret[255] = '\0';
	assert_true(ppp_login_verify(&l, long_secret));
	l = (struct ppp_login){.method = PPP_AUTH_NONE, .name = ""};
	assert_false(ppp_login_verify(&l, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(methods),
		TEST(both_ways),
		TEST(wrong_password_chap),
		TEST(wrong_password_pap),
		TEST(unknown_user),
		TEST(late_answer),
		TEST(late_refusal),
		TEST(never_decided),
		TEST(never_decided_on_nobody),
		TEST(decided_late),
		TEST(stale_answer),
		TEST(nobody_asked_late),
		TEST(stale_answer_for_nobody),
		TEST(no_username),
		TEST(no_answer_to_login),
		TEST(no_login),
		cmocka_unit_test(verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
