// SPDX-License-Identifier: GPL-2.0-only
/*
 * PPP end to end: an LNS and a LAC in one process, in virtual time, on a line that loses nothing.
 * How links come up, what they carry then, and how they end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "ppp_pair.h"
#include "wire/ppp_packet.h"

static struct pair pair; /* too large for a stack */

static int setup(void **state)
{
	pair_init(&pair, 1);
	*state = &pair;
	return 0;
}

static int teardown(void **state)
{
	pair_free(*state);
	return 0;
}

static void assert_ip(struct in_addr a, const char *text)
{
	assert_string_equal(inet_ntoa(a), text);
}

static void comes_up(void **state)
{
	struct pair *p = *state;
	struct end *lns = &p->end[0], *lac = &p->end[1];

	pair_open(p);
	assert_true(pair_until(p, pair_up, 1000));
	assert_ip(lns->ip4.local, "10.0.0.1");
	assert_ip(lns->ip4.remote, "10.0.0.2");
	assert_ip(lac->ip4.local, "10.0.0.2");
	assert_ip(lac->ip4.remote, "10.0.0.1");
	assert_ip(lac->ip4.dns[0], "10.0.0.53");
	assert_ip(lac->ip4.dns[1], "10.0.1.53");
	assert_memory_equal(&lns->ip6.local, &lac->ip6.remote, 16);
	assert_memory_equal(&lns->ip6.remote, &lac->ip6.local, 16);
	assert_int_equal(lns->ip6.local.s6_addr[0], 0xfe);
	assert_int_equal(lns->ip6.local.s6_addr[1], 0x80);
	assert_int_equal(lns->ip6.local.s6_addr[15], 1);
	assert_int_equal(lns->asked, 1);
	assert_string_equal(ppp_peer_name(lns->ppp), "alice");
	assert_string_equal(ppp_peer_name(lac->ppp), "");
	assert_int_equal(ppp_peer_mru(lns->ppp), 1460);
	assert_string_equal(ppp_phase(lns->ppp), "network");
	/* Nothing moves any more. */
	lns->sent = lac->sent = 0;
	pair_run(p, 100000);
	assert_int_equal(lns->sent + lac->sent, 0);
	assert_int_equal(lns->ups4 + lac->ups4 + lns->ups6 + lac->ups6, 4);
}

static void headers(void **state)
{
	struct pair *p = *state;

	for (int i = 0; i < 4; i++) {
		pair_init(p, 1);
		p->ff03 = i & 1;
		p->compressed = i & 2;
		pair_open(p);
		assert_true(pair_until(p, pair_up, 1000));
		if (i < 3)
			pair_free(p);
	}
}

static void one_opens_later(void **state)
{
	struct pair *p = *state;

	for (int first = 0; first < 2; first++) {
		pair_init(p, 1);
		pair_make(p, 0);
		pair_make(p, 1);
		ppp_open(p->end[first].ppp);
		pair_run(p, 4000);
		ppp_open(p->end[!first].ppp);
		assert_true(pair_until(p, pair_up, 4000));
		if (!first)
			pair_free(p);
	}
}

static void ipv4_only(void **state)
{
	struct pair *p = *state;

	p->end[0].given.ipv6 = false;
	pair_open(p);
	pair_run(p, 60000);
	assert_true(pair_up4(p));
	assert_false(p->end[0].up6 || p->end[1].up6);
	assert_int_equal(p->end[0].downs4 + p->end[1].downs4, 0);
}

static void ipv6_only(void **state)
{
	struct pair *p = *state;

	p->end[1].config.net.ipv4 = false;
	pair_open(p);
	pair_run(p, 60000);
	assert_true(p->end[0].up6 && p->end[1].up6);
	assert_false(p->end[0].up4 || p->end[1].up4);
	assert_int_equal(p->end[0].downs6 + p->end[1].downs6, 0);
}

static void nothing_in_common(void **state)
{
	struct pair *p = *state;

	p->end[0].given.ipv6 = false;
	p->end[1].config.net.ipv4 = false;
	pair_open(p);
	assert_true(pair_until(p, pair_ended, 60000));
	assert_string_equal(p->end[0].why.text, "peer rejects IPCP");
	assert_int_equal(p->end[0].why.by, PPP_END_PEER);
}

static void close_says_why(void **state)
{
	struct pair *p = *state;

	pair_open(p);
	assert_true(pair_until(p, pair_up, 1000));
	ppp_close(p->end[0].ppp, "session timeout");
	assert_string_equal(ppp_phase(p->end[0].ppp), "terminate");
	assert_false(p->end[0].up4 || p->end[0].up6); /* at once */
	assert_true(pair_until(p, pair_ended, 10000));
	assert_int_equal(p->end[0].why.by, PPP_END_US);
	assert_string_equal(p->end[0].why.text, "session timeout");
	assert_int_equal(p->end[1].why.by, PPP_END_PEER);
	assert_string_equal(p->end[1].why.text, "peer: session timeout");
	pair_run(p, 60000);
	assert_int_equal(p->end[0].ends, 1);
	assert_int_equal(p->end[1].ends, 1);
	assert_string_equal(ppp_phase(p->end[0].ppp), "dead");
}

static void close_before_open(void **state)
{
	struct pair *p = *state;

	pair_make(p, 0);
	ppp_close(p->end[0].ppp, "changed my mind");
	assert_int_equal(p->end[0].ends, 1);
	assert_int_equal(p->end[0].sent, 0);
}

static void close_without_peer(void **state)
{
	struct pair *p = *state;

	pair_open(p);
	assert_true(pair_until(p, pair_up, 1000));
	p->cut = true;
	p->end[0].sent = 0;
	ppp_close(p->end[0].ppp, "bye");
	pair_run(p, 5999);
	assert_int_equal(p->end[0].ends, 0);
	pair_run(p, 1);
	assert_int_equal(p->end[0].ends, 1); /* Max-Terminate is 2 */
	assert_int_equal(p->end[0].sent, 2);
	assert_int_equal(p->end[0].why.by, PPP_END_US);
}

static void free_when_ended(void **state)
{
	struct pair *p = *state;
	uint8_t yes;

	p->end[0].on_end_free = p->end[1].on_end_free = &yes;
	pair_open(p);
	assert_true(pair_until(p, pair_up, 1000));
	ppp_close(p->end[1].ppp, "bye");
	assert_true(pair_until(p, pair_ended, 10000));
	assert_null(p->end[0].ppp);
	assert_null(p->end[1].ppp);
}

static void nobody_there(void **state)
{
	struct pair *p = *state;
	struct end *e = &p->end[0];

	p->cut = true;
	e->config.counters.restart_interval = 2000;
	e->config.counters.max_configure = 7;
	pair_make(p, 0);
	ppp_open(e->ppp);
	pair_run(p, 7 * 2000 - 1);
	assert_int_equal(e->ends, 0);
	assert_int_equal(e->sent, 7);
	pair_run(p, 1);
	assert_int_equal(e->ends, 1);
	assert_int_equal(e->sent, 7);
	assert_int_equal(e->why.by, PPP_END_DEAD);
	assert_string_equal(e->why.text, "no answer to LCP Configure-Request");
}

/* RFC 1661 4.6: Max-Terminate is configurable too. */
static void nobody_answers_the_end(void **state)
{
	struct pair *p = *state;
	struct end *e = &p->end[0];

	e->config.counters.restart_interval = 1000;
	e->config.counters.max_terminate = 4;
	pair_open(p);
	assert_true(pair_until(p, pair_up, 1000));
	p->cut = true;
	e->sent = 0;
	ppp_close(e->ppp, "enough");
	pair_run(p, 3999);
	assert_int_equal(e->ends, 0);
	pair_run(p, 1);
	assert_int_equal(e->ends, 1);
	assert_int_equal(e->sent, 4);
}

/* However short the patience with the peer: it takes no magic number of ours for its own. */
static void looped_link(void **state)
{
	struct pair *p = *state;
	struct end *e = &p->end[0];

	p->looped = true;
	e->config.counters.max_failure = 1;
	pair_make(p, 0);
	ppp_open(e->ppp);
	pair_run(p, 5000);
	assert_int_equal(e->ends, 1);
	assert_string_equal(e->why.text, "the link is looped back to us");
}

static void looped_link_without_login(void **state)
{
	struct pair *p = *state;

	memset(p->end[0].config.demand, 0, sizeof(p->end[0].config.demand));
	looped_link(state);
}

static void echo_keeps_alive(void **state)
{
	struct pair *p = *state;
	struct ppp_quality q;

	p->end[0].config.echo_interval = 10000;
	p->delay = 35;
	pair_open(p);
	assert_true(pair_until(p, pair_up, 2000));
	pair_run(p, 100000);
	q = ppp_quality(p->end[0].ppp);
	assert_int_equal(q.echoes_sent, 10);
	assert_int_equal(q.echoes_answered, 10);
	assert_int_equal(ppp_take_echoes(p->end[0].ppp).answered, 10);
	assert_int_equal(ppp_take_echoes(p->end[0].ppp).answered, 0);
	assert_int_equal(q.rtt_ms, 70);
	assert_int_equal(ppp_quality(p->end[1].ppp).echoes_sent, 0);
	assert_true(pair_up(p));
}

static void echo_failure(void **state)
{
	struct pair *p = *state;
	struct end *e = &p->end[0];

	e->config.echo_interval = 1000;
	e->config.echo_failures = 3;
	pair_open(p);
	assert_true(pair_until(p, pair_up, 900));
	p->cut = true;
	pair_run(p, 3000);
	assert_true(e->up4); /* three are out, the third has time left */
	pair_run(p, 1000);
	assert_false(e->up4);
	pair_run(p, 6000);
	assert_int_equal(e->ends, 1);
	assert_int_equal(e->why.by, PPP_END_DEAD);
	assert_string_equal(e->why.text, "3 LCP echoes unanswered");
	assert_int_equal(e->downs4, 1);
	assert_int_equal(e->downs6, 1);
}

/* A single lost echo does not count for ever. */
static bool drop_third_echo(struct pair *p, int from, const uint8_t *frame, size_t len)
{
	(void)len;
	if (from != 0 || frame[0] != 0xc0 || frame[1] != 0x21 || frame[2] != PPP_ECHO_REQUEST)
		return true;
	return ++*(unsigned *)p->arg % 3;
}

static void echo_some_lost(void **state)
{
	struct ppp_echoes recent;
	unsigned echoes = 0;
	struct pair *p = *state;

	p->end[0].config.echo_interval = 1000;
	p->end[0].config.echo_failures = 2;
	p->filter = drop_third_echo;
	p->arg = &echoes;
	p->delay = 20;
	pair_open(p);
	pair_run(p, 30000);
	assert_true(pair_up(p));
	recent = ppp_take_echoes(p->end[0].ppp);
	assert_int_equal(recent.answered, ppp_quality(p->end[0].ppp).echoes_answered);
	assert_int_equal(recent.lost, 9);
	assert_int_equal(recent.rtt_min, 40);
	assert_int_equal(recent.rtt_max, 40);
	assert_int_equal(recent.rtt_sum, 40 * recent.answered);
	assert_int_equal(ppp_quality(p->end[0].ppp).echoes_sent -
				 ppp_quality(p->end[0].ppp).echoes_answered,
			 9);
}

static void renegotiation(void **state)
{
	static const uint8_t request[] = {0xc0, 0x21, 1, 99, 0, 4};
	struct pair *p = *state;

	pair_open(p);
	assert_true(pair_until(p, pair_up, 1000));
	/* As if the LAC had started anew: the LNS goes through everything again, and so does the
	 * LAC. */
	pair_input(p, 0, request, sizeof(request));
	assert_false(p->end[0].up4 || p->end[0].up6);
	assert_string_equal(ppp_phase(p->end[0].ppp), "establish");
	assert_true(pair_until(p, pair_up, 10000));
	assert_int_equal(p->end[0].asked, 2);
	assert_int_equal(p->end[0].ups4, 2);
	assert_int_equal(p->end[1].ups4, 2);
	assert_int_equal(p->end[0].ends + p->end[1].ends, 0);
}

static void peer_restarts(void **state)
{
	struct pair *p = *state;

	pair_open(p);
	assert_true(pair_until(p, pair_up, 1000));
	ppp_free(p->end[1].ppp);
	p->end[1].up4 = p->end[1].up6 = false;
	pair_make(p, 1);
	ppp_open(p->end[1].ppp);
	assert_false(pair_until(p, pair_ended, 100));
	assert_true(pair_until(p, pair_up, 10000));
	assert_int_equal(p->end[0].ups4, 2);
}

static void one_protocol_ends(void **state)
{
	static const uint8_t end_ipv6[] = {0x80, 0x57, 5, 1, 0, 4};
	static const uint8_t end_ipv4[] = {0x80, 0x21, 5, 2, 0, 7, 'b', 'y', 'e'};
	struct pair *p = *state;

	pair_open(p);
	assert_true(pair_until(p, pair_up, 1000));
	p->cut = true; /* the LAC is not asked: the test speaks for it */
	pair_input(p, 0, end_ipv6, sizeof(end_ipv6));
	assert_false(p->end[0].up6);
	pair_run(p, 30000);
	assert_true(p->end[0].up4);
	assert_string_equal(ppp_phase(p->end[0].ppp), "network");
	pair_input(p, 0, end_ipv4, sizeof(end_ipv4));
	assert_false(p->end[0].up4);
	pair_run(p, 30000);
	assert_int_equal(p->end[0].ends, 1);
	assert_string_equal(p->end[0].why.text, "peer closed IPCP: bye");
	assert_int_equal(p->end[0].why.by, PPP_END_PEER);
}

static void address_refused(void **state)
{
	struct pair *p = *state;

	/* Both insist on another address for the LAC. IPv6 does not care. */
	p->end[1].config.net.local.s_addr = inet_addr("192.168.7.7");
	pair_open(p);
	pair_run(p, 60000);
	assert_false(p->end[0].up4 || p->end[1].up4);
	assert_true(p->end[0].up6 && p->end[1].up6);
	assert_int_equal(p->end[0].ends + p->end[1].ends, 0);
}

static void address_taken_as_said(void **state)
{
	struct pair *p = *state;

	p->end[0].given.remote.s_addr = 0;
	p->end[0].given.dns[0].s_addr = p->end[0].given.dns[1].s_addr = 0;
	p->end[1].config.net.local.s_addr = inet_addr("192.168.7.7");
	pair_open(p);
	assert_true(pair_until(p, pair_up, 1000));
	assert_ip(p->end[0].ip4.remote, "192.168.7.7");
	assert_ip(p->end[1].ip4.dns[0], "0.0.0.0");
}

static void no_address_to_give(void **state)
{
	struct pair *p = *state;

	p->end[0].given.remote.s_addr = 0;
	p->end[0].given.ipv6 = false;
	pair_open(p);
	assert_true(pair_until(p, pair_ended, 60000));
	assert_string_equal(p->end[0].why.text,
			    "peer asks for an IPv4 address, and there is none for it");
	assert_int_equal(p->end[0].why.by, PPP_END_US);
}

static void same_interface_id(void **state)
{
	struct pair *p = *state;

	p->end[1].config.net.interface_id[7] = 1; /* the LNS has it as well */
	pair_open(p);
	assert_true(pair_until(p, pair_up, 1000));
	assert_memory_not_equal(&p->end[0].ip6.local, &p->end[0].ip6.remote, 16);
	assert_memory_equal(&p->end[0].ip6.local, &p->end[1].ip6.remote, 16);
	assert_memory_equal(&p->end[1].ip6.local, &p->end[0].ip6.remote, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(comes_up),
		TEST(headers),
		TEST(one_opens_later),
		TEST(ipv4_only),
		TEST(ipv6_only),
		TEST(nothing_in_common),
		TEST(close_says_why),
		TEST(close_before_open),
		TEST(close_without_peer),
		TEST(free_when_ended),
		TEST(nobody_there),
		TEST(looped_link),
		TEST(looped_link_without_login),
		TEST(nobody_answers_the_end),
		TEST(echo_keeps_alive),
		TEST(echo_failure),
		TEST(echo_some_lost),
		TEST(renegotiation),
		TEST(peer_restarts),
		TEST(one_protocol_ends),
		TEST(address_refused),
		TEST(address_taken_as_said),
		TEST(no_address_to_give),
		TEST(same_interface_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
