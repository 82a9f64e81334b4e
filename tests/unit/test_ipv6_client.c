// SPDX-License-Identifier: GPL-2.0-only
/* The DHCPv6 client (RFC 8415 18.2), against a test that plays the server, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "ipv6_pair.h"

#define SECOND 1000ull
#define HOUR   (3600 * SECOND)

static struct v6_pair pair;
static uint8_t buf[IPV6_PACKET_MAX];

static int set_up(void **state)
{
	(void)state;
	v6_init(&pair, 3);
	pair.wish.address = false;
	v6_start(&pair, V6_HOST);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	v6_free(&pair);
	return 0;
}

/* The last DHCPv6 message that the client sent, the n-th from the end, with the moment. */
static uint64_t sent(size_t n, struct dhcp6_message *m)
{
	const struct v6_packet *packet;
	size_t i = 0;

	for (;;) {
		packet = v6_last(&pair, V6_HOST, i++);
		if (v6_dhcp(packet, m) && !n--)
			return packet->at;
	}
}

static struct dhcp6_message last_sent(void)
{
	struct dhcp6_message m;

	sent(0, &m);
	return m;
}

/* Runs until the client has sent another message of this type. */
static void await(uint8_t type, uint64_t ms)
{
	size_t before = v6_count(&pair, V6_HOST, type);

	for (uint64_t i = 0; i < ms / 100; i++) {
		if (v6_count(&pair, V6_HOST, type) > before)
			return;
		v6_run(&pair, 100);
	}
	fail_msg("no message of type %u within %llu ms", type, (unsigned long long)ms);
}

struct told {
	const char *prefix;
	uint32_t preferred, valid, t1, t2;
	int preference;
	uint16_t status, ia_status;
	bool rapid;
	uint32_t iaid, sol_max_rt;
};

static const struct told usual = {.prefix = "2001:db8:100::/48",
				  .preferred = 3600,
				  .valid = 7200,
				  .t1 = 1800,
				  .t2 = 2880,
				  .iaid = 7};

static struct wbuf to_client(uint8_t type)
{
	struct wbuf b = v6_begin(&pair, buf, V6_HOST, type, last_sent().xid);

	dhcp6_put_duid(&b, DHCP6_OPTION_SERVER_ID, &pair.end[V6_ROUTER].duid);
	dhcp6_put_duid(&b, DHCP6_OPTION_CLIENT_ID, &pair.end[V6_HOST].duid);
	return b;
}

static void tell(uint8_t type, const struct told *t)
{
	struct wbuf b = to_client(type);
	struct dhcp6_ia ia = {.type = DHCP6_OPTION_IA_PD, .id = t->iaid, .t1 = t->t1, .t2 = t->t2};
	struct dhcp6_lease lease = {.preferred = t->preferred, .valid = t->valid};
	uint8_t *begun;

	if (t->preference)
		dhcp6_put_u8(&b, DHCP6_OPTION_PREFERENCE, (uint8_t)t->preference);
	if (t->status)
		dhcp6_put_status(&b, t->status, "no");
	if (t->rapid)
		dhcp6_put_empty(&b, DHCP6_OPTION_RAPID_COMMIT);
	if (t->sol_max_rt) {
		wbuf_u16(&b, DHCP6_OPTION_SOL_MAX_RT);
		wbuf_u16(&b, 4);
		wbuf_u32(&b, t->sol_max_rt);
	}
	begun = dhcp6_ia_begin(&b, &ia);
	if (t->prefix) {
		assert_int_equal(ip_prefix_parse(&lease.prefix, t->prefix), 0);
		dhcp6_put_lease(&b, DHCP6_OPTION_IA_PD, &lease);
	}
	if (t->ia_status)
		dhcp6_put_status(&b, t->ia_status, "no");
	dhcp6_ia_end(&b, begun);
	v6_deliver(&pair, &b, V6_HOST);
}

static void assert_has(const char *prefix)
{
	struct ipv6_facts facts = v6_facts(&pair);
	char text[IP_PREFIX_TEXT];

	assert_int_equal(facts.delegated_count, !!prefix);
	if (prefix)
		assert_string_equal(ip_prefix_text(&facts.delegated[0].prefix, text), prefix);
}

static void assert_is(const char *state)
{
	assert_string_equal(v6_facts(&pair).dhcp, state);
}

static void become_bound(const struct told *t)
{
	struct told advertise = *t;

	advertise.preference = 255;
	await(DHCP6_SOLICIT, 2 * SECOND);
	tell(DHCP6_ADVERTISE, &advertise);
	await(DHCP6_REQUEST, SECOND);
	tell(DHCP6_REPLY, t);
	assert_is("bound");
	assert_has(t->prefix);
}

/* RFC 8415 15, 18.2.1: 1 s, never less at first; doubled; about an hour at last. */
static void solicit_timing(void **state)
{
	uint64_t at[40], start = pair.timers.now;
	struct dhcp6_message m;
	struct rbuf options;
	struct dhcp6_ia ia;

	(void)state;
	v6_run(&pair, 24 * HOUR);
	for (size_t i = 0; i < 20; i++) {
		size_t all = v6_count(&pair, V6_HOST, DHCP6_SOLICIT);

		assert_true(all > 20);
		at[i] = sent(all - 1 - i, &m);
		assert_int_equal(m.type, DHCP6_SOLICIT);
		assert_true(m.rapid_commit);
		assert_true(m.wants_dns);
		options = m.options;
		assert_true(dhcp6_next_ia(&options, &ia));
		assert_int_equal(ia.id, 7);
	}
	assert_true(at[0] - start <= SECOND);
	assert_true(at[1] - at[0] > 1000 && at[1] - at[0] <= 1100);
	for (size_t i = 2; i < 20; i++) {
		uint64_t rt = at[i] - at[i - 1], before = at[i - 1] - at[i - 2];

		if (rt < 3200 * SECOND)
			assert_true(rt * 10 >= before * 19 && rt * 10 <= before * 21);
		else
			assert_true(rt >= 3240 * SECOND && rt <= 3960 * SECOND);
	}
	assert_true(at[19] - at[18] >= 3240 * SECOND);
	/* One exchange has one transaction id (RFC 8415 16.1). */
	assert_int_equal(m.xid, last_sent().xid);
}

/* RFC 8415 18.2.1, 21.24 */
static void server_bounds_solicits(void **state)
{
	struct told t = {.iaid = 7, .ia_status = DHCP6_NO_PREFIX_AVAIL, .sol_max_rt = 60};
	struct dhcp6_message m;
	uint64_t last, before;

	(void)state;
	await(DHCP6_SOLICIT, 2 * SECOND);
	tell(DHCP6_ADVERTISE, &t);
	v6_run(&pair, HOUR);
	assert_is("soliciting");
	last = sent(0, &m);
	before = sent(1, &m);
	assert_true(last - before >= 54 * SECOND && last - before <= 66 * SECOND);
}

/* Others have until the first timeout; then the best one is asked, by its own identifier. */
static void best_advertise(void **state)
{
	struct told t = usual;

	(void)state;
	await(DHCP6_SOLICIT, 2 * SECOND);
	t.preference = 20;
	tell(DHCP6_ADVERTISE, &t);
	t.preference = 10;
	t.prefix = "2001:db8:300::/48";
	tell(DHCP6_ADVERTISE, &t);
	assert_int_equal(v6_count(&pair, V6_HOST, DHCP6_REQUEST), 0);
	await(DHCP6_REQUEST, 2 * SECOND);
	struct dhcp6_message m = last_sent();
	struct dhcp6_lease lease;
	struct dhcp6_ia ia;
	char text[IP_PREFIX_TEXT];

	assert_true(dhcp6_duid_eq(&m.server, &pair.end[V6_ROUTER].duid));
	assert_true(dhcp6_next_ia(&m.options, &ia));
	assert_true(dhcp6_next_lease(&ia.options, &lease));
	assert_string_equal(ip_prefix_text(&lease.prefix, text), "2001:db8:100::/48");
}

/* RFC 8415 18.2.2: ten Requests, then from the start. */
static void request_unanswered(void **state)
{
	struct told t = usual;

	(void)state;
	t.preference = 255;
	await(DHCP6_SOLICIT, 2 * SECOND);
	tell(DHCP6_ADVERTISE, &t);
	v6_run(&pair, 200 * SECOND);
	assert_int_equal(v6_count(&pair, V6_HOST, DHCP6_REQUEST), 10);
	assert_is("soliciting");
}

static void rapid_commit(void **state)
{
	struct told t = usual;

	(void)state;
	await(DHCP6_SOLICIT, 2 * SECOND);
	tell(DHCP6_REPLY, &t); /* without the option: not an answer to a Solicit */
	assert_has(NULL);
	t.rapid = true;
	tell(DHCP6_REPLY, &t);
	assert_is("bound");
	assert_has("2001:db8:100::/48");
	assert_int_equal(pair.end[V6_HOST].changes, 1);
}

/* RFC 8415 18.2.4, 18.2.5: renew at T1, rebind at T2, nothing left at the end of the valid life. */
static void renew_rebind_expire(void **state)
{
	struct dhcp6_message m;
	uint64_t bound;

	(void)state;
	become_bound(&usual);
	bound = pair.timers.now;
	v6_run(&pair, 1799 * SECOND);
	assert_int_equal(v6_count(&pair, V6_HOST, DHCP6_RENEW), 0);
	await(DHCP6_RENEW, 2 * SECOND);
	assert_true(last_sent().server.len);
	assert_has("2001:db8:100::/48");
	await(DHCP6_REBIND, 1100 * SECOND);
	assert_true(sent(0, &m) - bound >= 2880 * SECOND && sent(0, &m) - bound < 2882 * SECOND);
	assert_int_equal(m.server.len, 0);
	assert_is("rebinding");
	v6_run(&pair, bound + 7199 * SECOND - pair.timers.now);
	assert_has("2001:db8:100::/48");
	v6_run(&pair, 3 * SECOND);
	assert_has(NULL);
	assert_is("soliciting");
	assert_int_equal(pair.end[V6_HOST].changes, 2);
}

static void renewed(void **state)
{
	(void)state;
	become_bound(&usual);
	for (int i = 0; i < 10; i++) {
		await(DHCP6_RENEW, 1802 * SECOND);
		tell(DHCP6_REPLY, &usual);
		assert_is("bound");
	}
	assert_has("2001:db8:100::/48");
	assert_int_equal(pair.end[V6_HOST].changes, 1);
}

/* RFC 8415 14.2: half and four fifths of the preferred life where the server says nothing. */
static void times_of_our_own(void **state)
{
	struct told t = usual;

	(void)state;
	t.t1 = t.t2 = 0;
	become_bound(&t);
	v6_run(&pair, 1799 * SECOND);
	assert_int_equal(v6_count(&pair, V6_HOST, DHCP6_RENEW), 0);
	v6_run(&pair, 2 * SECOND);
	assert_int_equal(v6_count(&pair, V6_HOST, DHCP6_RENEW), 1);
	v6_run(&pair, 1080 * SECOND);
	assert_int_equal(v6_count(&pair, V6_HOST, DHCP6_REBIND), 1);
}

static void for_ever(void **state)
{
	struct told t = usual;

	(void)state;
	t.preferred = t.valid = t.t1 = t.t2 = DHCP6_INFINITE;
	become_bound(&t);
	v6_run(&pair, V6_FOREVER);
	assert_is("bound");
	assert_has("2001:db8:100::/48");
	assert_int_equal(v6_count(&pair, V6_HOST, DHCP6_RENEW), 0);
}

/* RFC 8415 18.2.10.1: a server that has forgotten is asked, and what we have stays meanwhile. */
static void no_binding(void **state)
{
	struct told t = {.iaid = 7, .ia_status = DHCP6_NO_BINDING};

	(void)state;
	become_bound(&usual);
	await(DHCP6_RENEW, 1802 * SECOND);
	tell(DHCP6_REPLY, &t);
	await(DHCP6_REQUEST, SECOND);
	assert_has("2001:db8:100::/48");
	tell(DHCP6_REPLY, &usual);
	assert_is("bound");
	assert_int_equal(pair.end[V6_HOST].changes, 1);
}

/* A lifetime of zero takes it away at once. */
static void taken_back(void **state)
{
	struct told t = usual;

	(void)state;
	become_bound(&usual);
	await(DHCP6_RENEW, 1802 * SECOND);
	t.preferred = t.valid = 0;
	tell(DHCP6_REPLY, &t);
	assert_has(NULL);
	assert_is("soliciting");
	await(DHCP6_SOLICIT, 2 * SECOND);
}

/* Another prefix in the answer: both, and the first one until its own end. */
static void renumbered(void **state)
{
	struct told t = usual;
	struct ipv6_facts facts;

	(void)state;
	become_bound(&usual);
	await(DHCP6_RENEW, 1802 * SECOND);
	t.prefix = "2001:db8:400::/48";
	tell(DHCP6_REPLY, &t);
	facts = v6_facts(&pair);
	assert_int_equal(facts.delegated_count, 2);
	for (int i = 0; i < 4; i++) {
		await(DHCP6_RENEW, 1802 * SECOND);
		tell(DHCP6_REPLY, &t);
	}
	assert_has("2001:db8:400::/48");
	assert_int_equal(pair.end[V6_HOST].changes, 3);
}

/* None of these is an answer; the exchange goes on as if they had not come. */
static void not_heeded(void **state)
{
	const struct dhcp6_duid other = {.len = 3, .bytes = {0, 9, 9}};
	struct told bad[] = {usual, usual, usual, usual, usual, usual, usual, usual, usual, usual};
	struct wbuf b;

	(void)state;
	bad[0].iaid = 8;
	bad[1].t1 = 100, bad[1].t2 = 99;
	bad[2].preferred = 7201;
	bad[3].prefix = "fe80::/48";
	bad[4].prefix = "ff00::/48";
	bad[5].prefix = "2000::/15";
	bad[6].status = DHCP6_UNSPEC_FAIL;
	bad[7].ia_status = DHCP6_NO_PREFIX_AVAIL;
	bad[8].prefix = NULL;
	bad[9].prefix = "::/48";
	await(DHCP6_SOLICIT, 2 * SECOND);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bad[i].preference = 255;
		bad[i].rapid = true;
		tell(DHCP6_ADVERTISE, &bad[i]);
		tell(DHCP6_REPLY, &bad[i]);
		v6_run(&pair, 1);
		assert_is("soliciting");
	}
	/* Of another exchange, to another client, from nobody (RFC 8415 16.3). */
	b = v6_begin(&pair, buf, V6_HOST, DHCP6_ADVERTISE, last_sent().xid ^ 1);
	dhcp6_put_duid(&b, DHCP6_OPTION_SERVER_ID, &other);
	dhcp6_put_duid(&b, DHCP6_OPTION_CLIENT_ID, &pair.end[V6_HOST].duid);
	v6_deliver(&pair, &b, V6_HOST);
	b = v6_begin(&pair, buf, V6_HOST, DHCP6_ADVERTISE, last_sent().xid);
	dhcp6_put_duid(&b, DHCP6_OPTION_SERVER_ID, &other);
	dhcp6_put_duid(&b, DHCP6_OPTION_CLIENT_ID, &other);
	v6_deliver(&pair, &b, V6_HOST);
	b = v6_begin(&pair, buf, V6_HOST, DHCP6_REPLY, last_sent().xid);
	dhcp6_put_duid(&b, DHCP6_OPTION_CLIENT_ID, &pair.end[V6_HOST].duid);
	v6_deliver(&pair, &b, V6_HOST);
	v6_run(&pair, 10);
	assert_is("soliciting");
	assert_int_equal(pair.end[V6_HOST].changes, 0);
}

/* The same, for a message that is good but for one thing. */
static void wrong_addressee(void **state)
{
	(void)state;
	for (int what = 0; what < 3; what++) {
		struct dhcp6_duid client = pair.end[V6_HOST].duid;
		const struct dhcp6_ia ia = {.type = DHCP6_OPTION_IA_PD, .id = 7};
		struct dhcp6_lease lease = {.preferred = 100, .valid = 200};
		struct wbuf b;
		uint8_t *begun;

		await(DHCP6_SOLICIT, 5000 * SECOND);
		client.bytes[3] ^= what == 1;
		b = v6_begin(&pair, buf, V6_HOST, DHCP6_REPLY, last_sent().xid ^ (what == 0));
		if (what != 2)
			dhcp6_put_duid(&b, DHCP6_OPTION_SERVER_ID, &pair.end[V6_ROUTER].duid);
		dhcp6_put_duid(&b, DHCP6_OPTION_CLIENT_ID, &client);
		dhcp6_put_empty(&b, DHCP6_OPTION_RAPID_COMMIT);
		ip_prefix_parse(&lease.prefix, "2001:db8:100::/48");
		begun = dhcp6_ia_begin(&b, &ia);
		dhcp6_put_lease(&b, DHCP6_OPTION_IA_PD, &lease);
		dhcp6_ia_end(&b, begun);
		v6_deliver(&pair, &b, V6_HOST);
		assert_has(NULL);
	}
}

static void hint(void **state)
{
	struct dhcp6_lease lease;
	struct dhcp6_message m;
	struct dhcp6_ia ia;

	(void)state;
	v6_free(&pair);
	v6_init(&pair, 3);
	pair.wish.prefix_length = 56;
	v6_start(&pair, V6_HOST);
	await(DHCP6_SOLICIT, 2 * SECOND);
	m = last_sent();
	assert_true(dhcp6_next_ia(&m.options, &ia));
	assert_true(dhcp6_next_lease(&ia.options, &lease));
	assert_int_equal(lease.prefix.len, 56);
}

static void release(void **state)
{
	struct dhcp6_message m;
	struct dhcp6_lease lease;
	struct dhcp6_ia ia;
	size_t count;

	(void)state;
	become_bound(&usual);
	ipv6_link_stop(pair.end[V6_HOST].link);
	m = last_sent();
	assert_int_equal(m.type, DHCP6_RELEASE);
	assert_true(dhcp6_duid_eq(&m.server, &pair.end[V6_ROUTER].duid));
	assert_true(dhcp6_next_ia(&m.options, &ia));
	assert_true(dhcp6_next_lease(&ia.options, &lease));
	assert_int_equal(lease.prefix.len, 48);
	count = pair.end[V6_HOST].sent_count;
	v6_run(&pair, V6_FOREVER);
	assert_int_equal(pair.end[V6_HOST].sent_count, count);
}

static void not_wanted(void **state)
{
	(void)state;
	v6_free(&pair);
	v6_init(&pair, 3);
	pair.wish.prefix = false;
	v6_start(&pair, V6_HOST);
	v6_run(&pair, HOUR);
	assert_int_equal(v6_count(&pair, V6_HOST, DHCP6_SOLICIT), 0);
	assert_is("off");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(solicit_timing), TEST(server_bounds_solicits),
		TEST(best_advertise), TEST(request_unanswered),
		TEST(rapid_commit),   TEST(renew_rebind_expire),
		TEST(renewed),	      TEST(times_of_our_own),
		TEST(for_ever),	      TEST(no_binding),
		TEST(taken_back),     TEST(renumbered),
		TEST(not_heeded),     TEST(wrong_addressee),
		TEST(hint),	      TEST(release),
		TEST(not_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
