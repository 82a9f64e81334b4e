// SPDX-License-Identifier: GPL-2.0-only
/* The DHCPv6 server of a link (RFC 8415 18.3), asked by a test that plays the client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>
#include "ipv6_pair.h"

#define XID 0x123456

static struct v6_pair pair;
static uint8_t buf[IPV6_PACKET_MAX];
static struct dhcp6_message answer;

static int set_up(void **state)
{
	(void)state;
	v6_init(&pair, 1);
	v6_start(&pair, V6_ROUTER);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	v6_free(&pair);
	return 0;
}

static struct wbuf message(uint8_t type, bool to_this_server)
{
	struct wbuf b = v6_begin(&pair, buf, V6_ROUTER, type, XID);

	dhcp6_put_duid(&b, DHCP6_OPTION_CLIENT_ID, &pair.end[V6_HOST].duid);
	if (to_this_server)
		dhcp6_put_duid(&b, DHCP6_OPTION_SERVER_ID, &pair.end[V6_ROUTER].duid);
	return b;
}

/* With one prefix or address in it, or none. */
static void put_ia(struct wbuf *b, uint16_t type, uint32_t id, const char *lease_text)
{
	const struct dhcp6_ia ia = {.type = type, .id = id};
	struct dhcp6_lease lease = {0};
	uint8_t *begun = dhcp6_ia_begin(b, &ia);

	if (lease_text) {
		assert_int_equal(ip_prefix_parse(&lease.prefix, lease_text), 0);
		dhcp6_put_lease(b, type, &lease);
	}
	dhcp6_ia_end(b, begun);
}

/* False: no answer. One is checked for what each must have. */
static bool ask(struct wbuf *b)
{
	size_t before = pair.end[V6_ROUTER].sent_count;

	v6_deliver(&pair, b, V6_ROUTER);
	if (pair.end[V6_ROUTER].sent_count == before)
		return false;
	assert_int_equal(pair.end[V6_ROUTER].sent_count, before + 1);
	assert_true(v6_dhcp(v6_last(&pair, V6_ROUTER, 0), &answer));
	assert_int_equal(answer.xid, XID);
	assert_true(dhcp6_duid_eq(&answer.server, &pair.end[V6_ROUTER].duid));
	return true;
}

/* The n-th IA of the answer. */
static struct dhcp6_ia answer_ia(int n)
{
	struct rbuf options = answer.options;
	struct dhcp6_ia ia = {0};

	do
		assert_true(dhcp6_next_ia(&options, &ia));
	while (n--);
	return ia;
}

static void assert_lease(struct dhcp6_ia *ia, const char *text, uint32_t preferred, uint32_t valid)
{
	struct dhcp6_lease lease;
	char got[IP_PREFIX_TEXT];

	assert_true(dhcp6_next_lease(&ia->options, &lease));
	assert_string_equal(ip_prefix_text(&lease.prefix, got), text);
	assert_int_equal(lease.preferred, preferred);
	assert_int_equal(lease.valid, valid);
}

static void assert_no_lease(struct dhcp6_ia *ia)
{
	struct dhcp6_lease lease;

	assert_false(dhcp6_next_lease(&ia->options, &lease));
}

static void assert_nothing(int n, uint16_t status)
{
	struct dhcp6_ia ia = answer_ia(n);

	assert_int_equal(ia.status, status);
	assert_int_equal(ia.t1, 0);
	assert_no_lease(&ia);
}

static void assert_given(int n)
{
	struct dhcp6_ia ia = answer_ia(n);

	assert_int_equal(ia.status, DHCP6_SUCCESS);
	assert_int_equal(ia.t1, 1800);
	assert_int_equal(ia.t2, 2880);
	assert_lease(&ia, "2001:db8:100::/48", 3600, 7200);
}

static void solicit(void **state)
{
	struct wbuf b = message(DHCP6_SOLICIT, false);

	(void)state;
	put_ia(&b, DHCP6_OPTION_IA_PD, 7, NULL);
	assert_true(ask(&b));
	assert_int_equal(answer.type, DHCP6_ADVERTISE);
	assert_int_equal(answer.preference, 255);
	assert_true(dhcp6_duid_eq(&answer.client, &pair.end[V6_HOST].duid));
	assert_given(0);
	assert_int_equal(answer_ia(0).id, 7);
	assert_int_equal(answer.dns_count, 0); /* it was not asked for */
}

static void rapid_commit(void **state)
{
	struct wbuf b = message(DHCP6_SOLICIT, false);

	(void)state;
	dhcp6_put_empty(&b, DHCP6_OPTION_RAPID_COMMIT);
	put_ia(&b, DHCP6_OPTION_IA_PD, 7, NULL);
	assert_true(ask(&b));
	assert_int_equal(answer.type, DHCP6_REPLY);
	assert_true(answer.rapid_commit);
	assert_given(0);
	/* What is not given is not committed either. */
	b = message(DHCP6_SOLICIT, false);
	dhcp6_put_empty(&b, DHCP6_OPTION_RAPID_COMMIT);
	put_ia(&b, DHCP6_OPTION_IA_NA, 7, NULL);
	assert_true(ask(&b));
	assert_int_equal(answer.type, DHCP6_ADVERTISE);
	assert_false(answer.rapid_commit);
	assert_nothing(0, DHCP6_NO_ADDRS_AVAIL);
}

static void request(void **state)
{
	const uint16_t wanted = DHCP6_OPTION_DNS;
	struct in6_addr dns;
	struct wbuf b = message(DHCP6_REQUEST, true);

	(void)state;
	pair.offer.delegated_count = 2;
	ipv6_link_free(pair.end[V6_ROUTER].link);
	v6_start(&pair, V6_ROUTER);
	dhcp6_put_request(&b, &wanted, 1);
	put_ia(&b, DHCP6_OPTION_IA_PD, 7, NULL);
	put_ia(&b, DHCP6_OPTION_IA_PD, 8, NULL);
	put_ia(&b, DHCP6_OPTION_IA_NA, 9, NULL);
	put_ia(&b, DHCP6_OPTION_IA_TA, 10, NULL);
	put_ia(&b, DHCP6_OPTION_IA_NA, 11, "2001:db8:9::1/128");
	assert_true(ask(&b));
	assert_int_equal(answer.type, DHCP6_REPLY);
	assert_given(0);
	struct dhcp6_ia ia = answer_ia(0);

	assert_lease(&ia, "2001:db8:100::/48", 3600, 7200);
	assert_lease(&ia, "2001:db8:200::/56", 3600, 7200);
	assert_no_lease(&ia);
	/* All belong to the first, and addresses are not given. */
	assert_nothing(1, DHCP6_NO_PREFIX_AVAIL);
	assert_nothing(2, DHCP6_NO_ADDRS_AVAIL);
	assert_nothing(3, DHCP6_NO_ADDRS_AVAIL);
	assert_nothing(4, DHCP6_NOT_ON_LINK);
	inet_pton(AF_INET6, "2001:db8::53", &dns);
	assert_int_equal(answer.dns_count, 1);
	assert_memory_equal(&answer.dns[0], &dns, sizeof(dns));
}

static void nothing_to_delegate(void **state)
{
	static const uint8_t types[] = {DHCP6_SOLICIT, DHCP6_REQUEST, DHCP6_RENEW, DHCP6_REBIND};

	(void)state;
	pair.offer.delegated_count = 0;
	ipv6_link_free(pair.end[V6_ROUTER].link);
	v6_start(&pair, V6_ROUTER);
	for (size_t i = 0; i < sizeof(types); i++) {
		struct wbuf b = message(types[i], i == 1 || i == 2);

		put_ia(&b, DHCP6_OPTION_IA_PD, 7, NULL);
		assert_true(ask(&b));
		assert_int_equal(answer.type, i ? DHCP6_REPLY : DHCP6_ADVERTISE);
		assert_int_equal(answer.preference, 0);
		assert_nothing(0, i < 2 ? DHCP6_NO_PREFIX_AVAIL : DHCP6_NO_BINDING);
	}
}

/* RFC 8415 18.3.4, 18.3.5: what is ours lives on, what is not is taken back. */
static void renew_and_rebind(void **state)
{
	(void)state;
	for (int rebind = 0; rebind < 2; rebind++) {
		struct wbuf b = message(rebind ? DHCP6_REBIND : DHCP6_RENEW, !rebind);
		struct dhcp6_ia ia;

		put_ia(&b, DHCP6_OPTION_IA_PD, 7, "2001:db8:100::/48");
		assert_true(ask(&b));
		assert_given(0);
		b = message(rebind ? DHCP6_REBIND : DHCP6_RENEW, !rebind);
		put_ia(&b, DHCP6_OPTION_IA_PD, 7, "2001:db8:300::/48");
		assert_true(ask(&b));
		ia = answer_ia(0);
		assert_lease(&ia, "2001:db8:100::/48", 3600, 7200);
		assert_lease(&ia, "2001:db8:300::/48", 0, 0);
		assert_no_lease(&ia);
	}
}

static void rebind_of_an_address(void **state)
{
	struct wbuf b = message(DHCP6_REBIND, false);
	struct dhcp6_ia ia;

	(void)state;
	put_ia(&b, DHCP6_OPTION_IA_NA, 7, "2001:db8:9::1/128");
	assert_true(ask(&b));
	ia = answer_ia(0);
	assert_lease(&ia, "2001:db8:9::1/128", 0, 0);
}

static void release_and_decline(void **state)
{
	struct rbuf options;
	struct dhcp6_ia ia;
	struct wbuf b = message(DHCP6_RELEASE, true);

	(void)state;
	put_ia(&b, DHCP6_OPTION_IA_PD, 7, "2001:db8:100::/48");
	put_ia(&b, DHCP6_OPTION_IA_PD, 8, "2001:db8:300::/48");
	assert_true(ask(&b));
	assert_int_equal(answer.type, DHCP6_REPLY);
	assert_int_equal(answer.status, DHCP6_SUCCESS);
	assert_nothing(0, DHCP6_NO_BINDING);
	assert_int_equal(answer_ia(0).id, 8);
	options = answer.options;
	assert_true(dhcp6_next_ia(&options, &ia));
	assert_false(dhcp6_next_ia(&options, &ia));
	b = message(DHCP6_DECLINE, true);
	put_ia(&b, DHCP6_OPTION_IA_NA, 9, "2001:db8:101::5/128");
	assert_true(ask(&b));
	assert_int_equal(answer.status, DHCP6_SUCCESS);
	assert_nothing(0, DHCP6_NO_BINDING);
}

static void confirm(void **state)
{
	static const struct {
		const char *address;
		int status; /* -1: no answer */
	} cases[] = {{"2001:db8:101::5/128", DHCP6_SUCCESS},
		     {"2001:db8:9::5/128", DHCP6_NOT_ON_LINK},
		     {NULL, -1}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct wbuf b = message(DHCP6_CONFIRM, false);

		put_ia(&b, DHCP6_OPTION_IA_NA, 9, cases[i].address);
		assert_int_equal(ask(&b), cases[i].status >= 0);
		if (cases[i].status >= 0)
			assert_int_equal(answer.status, cases[i].status);
	}
}

static void information_request(void **state)
{
	struct wbuf b = v6_begin(&pair, buf, V6_ROUTER, DHCP6_INFORMATION_REQUEST, XID);
	const uint16_t wanted = DHCP6_OPTION_DNS;

	(void)state;
	/* It need not say who it is. */
	dhcp6_put_request(&b, &wanted, 1);
	assert_true(ask(&b));
	assert_int_equal(answer.type, DHCP6_REPLY);
	assert_int_equal(answer.client.len, 0);
	assert_int_equal(answer.dns_count, 1);
}

/* RFC 8415 16: no answer to any of these. */
static void discarded(void **state)
{
	static const uint8_t for_us[] = {DHCP6_REQUEST, DHCP6_RENEW, DHCP6_RELEASE, DHCP6_DECLINE};
	static const uint8_t for_all[] = {DHCP6_SOLICIT, DHCP6_CONFIRM, DHCP6_REBIND};
	static const uint8_t never[] = {DHCP6_ADVERTISE, DHCP6_REPLY, 10};
	const struct dhcp6_duid other = {.len = 3, .bytes = {0, 9, 9}};
	struct wbuf b;

	(void)state;
	for (size_t i = 0; i < sizeof(for_us); i++) {
		b = message(for_us[i], false); /* no server named */
		put_ia(&b, DHCP6_OPTION_IA_PD, 7, "2001:db8:100::/48");
		assert_false(ask(&b));
		b = message(for_us[i], false); /* another one */
		dhcp6_put_duid(&b, DHCP6_OPTION_SERVER_ID, &other);
		assert_false(ask(&b));
		b = v6_begin(&pair, buf, V6_ROUTER, for_us[i], XID); /* no client */
		dhcp6_put_duid(&b, DHCP6_OPTION_SERVER_ID, &pair.end[V6_ROUTER].duid);
		assert_false(ask(&b));
	}
	for (size_t i = 0; i < sizeof(for_all); i++) {
		b = message(for_all[i], true);
		put_ia(&b, DHCP6_OPTION_IA_NA, 7, "2001:db8:101::1/128");
		assert_false(ask(&b));
		b = v6_begin(&pair, buf, V6_ROUTER, for_all[i], XID);
		assert_false(ask(&b));
	}
	for (size_t i = 0; i < sizeof(never); i++) {
		b = message(never[i], true);
		assert_false(ask(&b));
	}
	b = message(DHCP6_INFORMATION_REQUEST, false);
	dhcp6_put_duid(&b, DHCP6_OPTION_SERVER_ID, &other);
	assert_false(ask(&b));
	b = message(DHCP6_INFORMATION_REQUEST, false);
	put_ia(&b, DHCP6_OPTION_IA_PD, 7, NULL);
	assert_false(ask(&b));
}

/* RFC 8415 18.4: to our own address, without having been allowed to. */
static void unicast(void **state)
{
	struct wbuf b = message(DHCP6_REQUEST, true);
	size_t len;

	(void)state;
	put_ia(&b, DHCP6_OPTION_IA_PD, 7, NULL);
	len = ipv6_packet_end(&b, &pair.end[V6_HOST].setup.local, &pair.end[V6_ROUTER].setup.local,
			      IPPROTO_UDP);
	ipv6_link_input(pair.end[V6_ROUTER].link, buf, len);
	assert_true(v6_dhcp(v6_last(&pair, V6_ROUTER, 0), &answer));
	assert_int_equal(answer.type, DHCP6_REPLY);
	assert_int_equal(answer.status, DHCP6_USE_MULTICAST);
	/* These are not even answered. */
	b = message(DHCP6_SOLICIT, false);
	len = ipv6_packet_end(&b, &pair.end[V6_HOST].setup.local, &pair.end[V6_ROUTER].setup.local,
			      IPPROTO_UDP);
	ipv6_link_input(pair.end[V6_ROUTER].link, buf, len);
	assert_int_equal(pair.end[V6_ROUTER].sent_count, 1);
}

/* So many IAs that no answer holds them all: none, and no harm. */
static void too_much(void **state)
{
	struct wbuf b = message(DHCP6_RENEW, true);

	(void)state;
	for (int i = 0; i < 40; i++)
		put_ia(&b, DHCP6_OPTION_IA_NA, (uint32_t)i, NULL);
	assert_false(ask(&b));
}

static void silent_when_stopped(void **state)
{
	struct wbuf b = message(DHCP6_SOLICIT, false);
	size_t sent;

	(void)state;
	ipv6_link_stop(pair.end[V6_ROUTER].link);
	sent = pair.end[V6_ROUTER].sent_count;
	put_ia(&b, DHCP6_OPTION_IA_PD, 7, NULL);
	v6_deliver(&pair, &b, V6_ROUTER);
	assert_int_equal(pair.end[V6_ROUTER].sent_count, sent);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(solicit),
		TEST(rapid_commit),
		TEST(request),
		TEST(nothing_to_delegate),
		TEST(renew_and_rebind),
		TEST(rebind_of_an_address),
		TEST(release_and_decline),
		TEST(confirm),
		TEST(information_request),
		TEST(discarded),
		TEST(unicast),
		TEST(too_much),
		TEST(silent_when_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
