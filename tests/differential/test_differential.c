// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same generated packets through XDP, tc and userspace (levels.h): each level does to a packet
 * what the model says (model.h), or leaves it, untouched and not counted, for a reason that is
 * documented; and what several levels take comes out of them with the same bytes, and is counted
 * the same.
 *
 * L2X_TEST_SEED: what to start from; a failure says it, and the number of the packet.
 * L2X_TEST_PACKETS: how many, a direction.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <cmocka.h>
#include "generate.h"
#include "levels.h"

#define ETH	14
#define PACKETS 6000

static const char *const level_names[] = {"XDP", "tc", "userspace"};
static const char *const verdict_names[] = {"left", "dropped", "taken", "handed up", "unsure"};

struct differ {
	struct levels levels;
	struct l2x_counters bpf[LEVELS_COUNTERS], user[LEVELS_COUNTERS]; /* what they must be */
	unsigned up;
	uint64_t seed;
	unsigned packets, number;
	const struct packet *in;
	unsigned relayed[L2X_LEVELS];
	unsigned seen[L2X_LEVELS][MODEL_UNSURE + 1], dropped[L2X_LEVELS][L2X_REASON_COUNT];
	uint16_t ns[64]; /* by levels_index() */
};

#define FAIL(d, level, m, what)                                                                \
	do {                                                                                   \
		packet_dump("packet", (d)->in);                                                \
		fail_msg("seed %llu, packet %u: %s: %s; the model says: %s%s%s",               \
			 (unsigned long long)(d)->seed, (d)->number, level_names[level], what, \
			 verdict_names[(m)->verdict], (m)->why ? ", " : "", (m)->why ?: "");   \
	} while (0)

static void fail_bytes(struct differ *d, enum l2x_level level, const struct model *m,
		       const struct packet *want, const struct packet *is)
{
	packet_dump("expected", want);
	packet_dump("is", is);
	FAIL(d, level, m, "other bytes");
}

static void moved(struct l2x_count *c, const struct model *m)
{
	c->packets++;
	c->bytes += m->len;
}

/* Counts what the model says into what the counters must be, and compares all of them. */
static void check_counters(struct differ *d, enum l2x_level level, const struct model *m, bool rx)
{
	struct l2x_counters is[LEVELS_COUNTERS], *want = level == L2X_LEVEL_USER ? d->user : d->bpf;
	struct l2x_counters *c = &want[levels_index(m->session)];

	d->seen[level][m->verdict]++;
	if (m->verdict == MODEL_TAKEN) {
		if (rx && !m->control)
			moved(&c->rx[level], m);
		if (!rx)
			moved(&c->tx[level], m);
		if (m->onward && !m->control)
			moved(&want[levels_index(m->onward)].tx[level], m);
		d->relayed[level] += m->onward != NULL;
	} else if (m->verdict == MODEL_DROPPED) {
		c->drops[m->reason]++;
		d->dropped[level][m->reason]++;
	}
	if (level == L2X_LEVEL_USER)
		levels_counters_user(&d->levels, is);
	else
		levels_counters_bpf(&d->levels, is);
	if (!memcmp(is, want, sizeof(is)))
		return;
	for (unsigned i = 0; i < LEVELS_COUNTERS; i++) {
		for (unsigned k = 0; k < sizeof(is[i]) / sizeof(__u64); k++) {
			const __u64 a = ((const __u64 *)&want[i])[k], b = ((__u64 *)&is[i])[k];

			if (a != b)
				fprintf(stderr, "counter %u of %u: %llu, not %llu\n", k, i, b, a);
		}
	}
	FAIL(d, level, m, "other counters");
}

static void check_untouched(struct differ *d, enum l2x_level level, const struct model *m,
			    const struct packet *want, const struct packet *is, size_t skip)
{
	if (is->len != want->len - skip || memcmp(is->data, want->data + skip, is->len))
		fail_bytes(d, level, m, want, is);
}

static void check_verdict(struct differ *d, enum l2x_level level, const struct model *m,
			  uint32_t is)
{
	static const uint32_t xdp[] = {XDP_PASS, XDP_DROP, XDP_REDIRECT};
	static const uint32_t tc[] = {(uint32_t)TC_ACT_UNSPEC, TC_ACT_SHOT, TC_ACT_REDIRECT};

	if (is != (level == L2X_LEVEL_XDP ? xdp : tc)[m->verdict])
		FAIL(d, level, m, "another verdict");
}

/* The inner packet at is + off, of which more may follow unless exact. */
static void check_inner(struct differ *d, enum l2x_level level, const struct model *m,
			const struct packet *is, size_t off, bool exact)
{
	struct packet want = {.len = m->len};

	memcpy(want.data, d->in->data + m->inner, m->len);
	model_inner(&want, 0, m->session, level == L2X_LEVEL_XDP);
	if (is->len < off + m->len || (exact && is->len != off + m->len) ||
	    !model_same(want.data, is->data + off, m->len, model_tcp_check(want.data, m->len)))
		fail_bytes(d, level, m, &want, is);
}

/* Userspace's UDP socket makes checksums over IPv4 too, which the model does not. */
static void drop_checksum(struct differ *d, const struct model *m, const struct known *s,
			  struct packet *is)
{
	const size_t udp = ETH + 20;
	struct packet right = *is;

	if (s->family != 4 || is->len <= udp + 8)
		return;
	model_udp_fix(&right);
	/* Where it is not to our port, there is none to compare with. */
	if (s->peer_port == 1701 && memcmp(right.data, is->data, is->len))
		fail_bytes(d, L2X_LEVEL_USER, m, &right, is);
	memset(is->data + udp + 6, 0, 2);
}

/* A message that goes on. from: of the frame, what is the level's own. */
static void check_onward(struct differ *d, enum l2x_level level, const struct model *m,
			 struct packet *is, size_t from)
{
	const size_t check = ETH + (m->onward->family == 6 ? 46 : 26);
	struct packet want;

	model_relay(d->in, m, level == L2X_LEVEL_USER, &want);
	if (level == L2X_LEVEL_USER)
		drop_checksum(d, m, m->onward, is);
	packet_normalise(is, ETH);
	packet_normalise(&want, ETH);
	/* Zero has two forms, of which one is not allowed here. */
	if (m->onward->family == 6 && is->len > check + 2 && !memcmp(is->data + check, "\0\0", 2))
		fail_bytes(d, level, m, &want, is);
	if (is->len != want.len || memcmp(is->data + from, want.data + from, want.len - from))
		fail_bytes(d, level, m, &want, is);
}

static void received_by_xdp(struct differ *d)
{
	static const uint8_t eth[] = {2, 0, 0, 0, 0, MAC_NEXT, 2, 0, 0, 0, 0, MAC_PAY};
	struct packet out = {.len = 0};
	struct model m;
	uint32_t rc;

	model_receive(d->in, L2X_LEVEL_XDP, &m);
	rc = levels_xdp(&d->levels, true, d->in, &out);
	check_verdict(d, L2X_LEVEL_XDP, &m, rc);
	check_counters(d, L2X_LEVEL_XDP, &m, true);
	if (m.verdict != MODEL_TAKEN)
		return check_untouched(d, L2X_LEVEL_XDP, &m, d->in, &out, 0);
	if (m.onward)
		return check_onward(d, L2X_LEVEL_XDP, &m, &out, 0);
	check_inner(d, L2X_LEVEL_XDP, &m, &out, ETH, true);
	if (memcmp(out.data, eth, sizeof(eth)) || out.data[12] != (m.v6 ? 0x86 : 0x08) ||
	    out.data[13] != (m.v6 ? 0xdd : 0))
		FAIL(d, L2X_LEVEL_XDP, &m, "another Ethernet header");
}

static void received_by_tc(struct differ *d)
{
	const bool tagged = d->in->len >= 14 && (d->in->data[12] & 0x80) && d->in->data[13] != 0xdd;
	struct packet out = {.len = 0};
	struct model m;
	uint32_t rc;

	model_receive(d->in, L2X_LEVEL_TC, &m);
	if (tagged) {
		if (d->in->len > ETH + MODEL_LINK_MTU)
			return; /* under0 takes no such frame */
		levels_tc_tagged(&d->levels, d->in);
		if (m.onward) {
			if (!levels_next_outer(&d->levels, &out))
				FAIL(d, L2X_LEVEL_TC, &m, "nothing came");
			check_onward(d, L2X_LEVEL_TC, &m, &out, 0);
		} else if (m.verdict == MODEL_TAKEN) {
			if (levels_next_payload(d->levels.netdev_tc, &out) !=
			    (m.v6 ? ETH_P_IPV6 : ETH_P_IP))
				FAIL(d, L2X_LEVEL_TC, &m, "nothing came, or as something else");
			check_inner(d, L2X_LEVEL_TC, &m, &out, 0, false);
		}
		return check_counters(d, L2X_LEVEL_TC, &m, true);
	}
	/* The kernel's test run takes no frame without a whole IP header. */
	if (d->in->len < ETH + (d->in->data[12] == 0x86 ? 40 : 20))
		return;
	rc = levels_tc_ingress(&d->levels, d->in, &out);
	check_verdict(d, L2X_LEVEL_TC, &m, rc);
	check_counters(d, L2X_LEVEL_TC, &m, true);
	if (m.onward) /* the kernel writes the Ethernet header */
		check_onward(d, L2X_LEVEL_TC, &m, &out, ETH);
	else if (m.verdict == MODEL_TAKEN)
		check_inner(d, L2X_LEVEL_TC, &m, &out, ETH, false);
	else
		check_untouched(d, L2X_LEVEL_TC, &m, d->in, &out, 0);
}

/* Userspace knows no tags: those are a VLAN netdev's. It gets no packet whose UDP checksum is wrong;
 * the other levels do not look at that. */
static void received_by_user(struct differ *d)
{
	struct packet in = *d->in, out = {.len = 0};
	const struct packet *given = d->in;
	struct model m;

	while (in.len > 18 && (in.data[12] & 0x80) && in.data[13] != 0xdd) {
		memmove(in.data + 12, in.data + 16, in.len - 16);
		in.len -= 4;
	}
	if (model_udp(&in) && memcmp(in.data + model_udp(&in) + 6, "\0\0", 2))
		model_udp_fix(&in);
	model_receive(&in, L2X_LEVEL_USER, &m);
	if (m.verdict == MODEL_UNSURE) {
		d->seen[L2X_LEVEL_USER][MODEL_UNSURE]++;
		return;
	}
	d->in = &in;
	levels_user_receive(&d->levels, &in);
	check_counters(d, L2X_LEVEL_USER, &m, true);
	d->up += m.verdict == MODEL_UP;
	if (d->levels.up != d->up)
		FAIL(d, L2X_LEVEL_USER, &m, "handed up, or not");
	if (m.onward) {
		if (!levels_next_outer(&d->levels, &out))
			FAIL(d, L2X_LEVEL_USER, &m, "nothing came");
		check_onward(d, L2X_LEVEL_USER, &m, &out, 0);
	} else if (m.verdict == MODEL_TAKEN) {
		if (levels_next_payload(d->levels.netdev_user, &out) !=
		    (m.v6 ? ETH_P_IPV6 : ETH_P_IP))
			FAIL(d, L2X_LEVEL_USER, &m, "nothing came, or as something else");
		check_inner(d, L2X_LEVEL_USER, &m, &out, 0, true);
	}
	d->in = given;
}

/* What is on the underlay. */
static void check_outer(struct differ *d, enum l2x_level level, const struct model *m,
			const struct packet *inner, struct packet *is)
{
	const struct known *s = m->session;
	uint16_t *ns = &d->ns[levels_index(s)];
	struct packet want;
	size_t in;

	model_encap(s, inner->data, m->len, m->v6, *ns, &want);
	if (s->flags & L2X_SESSION_SEQUENCED)
		++*ns;
	if (level == L2X_LEVEL_USER)
		drop_checksum(d, m, s, is);
	packet_normalise(is, ETH);
	packet_normalise(&want, ETH);
	in = want.len - m->len;
	if (is->len != want.len || memcmp(is->data, want.data, in) ||
	    !model_same(is->data + in, want.data + in, m->len,
			model_tcp_check(inner->data, m->len)))
		fail_bytes(d, level, m, &want, is);
}

/* in: as it comes from the payload's router. out: as the kernel's forwarding hands it on. */
static void sent_by_xdp(struct differ *d, struct packet *inner)
{
	struct packet out = {.len = 0};
	struct model m;
	uint32_t rc;

	model_transmit(d->in, L2X_LEVEL_XDP, &m);
	rc = levels_xdp(&d->levels, false, d->in, &out);
	check_verdict(d, L2X_LEVEL_XDP, &m, rc);
	check_counters(d, L2X_LEVEL_XDP, &m, false);
	if (m.verdict == MODEL_LEFT)
		return check_untouched(d, L2X_LEVEL_XDP, &m, d->in, &out, 0);
	/* The kernel would forward this one. */
	model_inner(inner, ETH, NULL, true);
	inner->len = ETH + m.len;
	if (m.verdict == MODEL_TAKEN) {
		struct packet want = {.len = m.len};

		memcpy(want.data, inner->data + ETH, m.len);
		model_inner(&want, 0, m.session, false);
		check_outer(d, L2X_LEVEL_XDP, &m, &want, &out);
	}
}

static void sent_by_tc(struct differ *d)
{
	struct packet out, want;
	struct model m;

	model_transmit(d->in, L2X_LEVEL_TC, &m);
	levels_tc_egress(&d->levels, d->in);
	check_counters(d, L2X_LEVEL_TC, &m, false);
	if (m.verdict == MODEL_LEFT) {
		if (!levels_next(d->levels.lab.tun, &out))
			FAIL(d, L2X_LEVEL_TC, &m, "not left");
		check_untouched(d, L2X_LEVEL_TC, &m, d->in, &out, ETH);
	} else if (m.verdict == MODEL_TAKEN) {
		if (!levels_next_outer(&d->levels, &out))
			FAIL(d, L2X_LEVEL_TC, &m, "nothing came");
		want.len = m.len;
		memcpy(want.data, d->in->data + ETH, m.len);
		model_inner(&want, 0, m.session, false);
		check_outer(d, L2X_LEVEL_TC, &m, &want, &out);
	}
}

static void sent_by_user(struct differ *d)
{
	struct packet out, want;
	struct model m;

	model_transmit(d->in, L2X_LEVEL_USER, &m);
	levels_user_transmit(&d->levels, d->in);
	check_counters(d, L2X_LEVEL_USER, &m, false);
	if (m.verdict != MODEL_TAKEN)
		return;
	if (!levels_next_outer(&d->levels, &out))
		FAIL(d, L2X_LEVEL_USER, &m, "nothing came");
	want.len = m.len;
	memcpy(want.data, d->in->data + ETH, m.len);
	model_inner(&want, 0, m.session, false);
	check_outer(d, L2X_LEVEL_USER, &m, &want, &out);
}

static void show(const struct differ *d)
{
	for (int level = 0; level < L2X_LEVELS; level++) {
		fprintf(stderr, "# %s:", level_names[level]);
		for (int v = 0; v <= MODEL_UNSURE; v++)
			fprintf(stderr, " %u %s,", d->seen[level][v], verdict_names[v]);
		fprintf(stderr, " drops");
		for (int r = 0; r < L2X_REASON_COUNT; r++)
			fprintf(stderr, " %u", d->dropped[level][r]);
		fprintf(stderr, "\n");
	}
}

static void begin(struct differ *d, struct random *r, uint64_t stream)
{
	memset(d->seen, 0, sizeof(d->seen));
	memset(d->relayed, 0, sizeof(d->relayed));
	memset(d->dropped, 0, sizeof(d->dropped));
	random_seed(r, d->seed * 2 + stream);
}

/* A generator that makes too little of something would prove nothing. */
static void check_enough(struct differ *d, const enum l2x_reason *bpf, size_t bpf_count,
			 const enum l2x_reason *user, size_t user_count)
{
	show(d);
	for (int level = 0; level < L2X_LEVELS; level++) {
		const enum l2x_reason *reasons = level == L2X_LEVEL_USER ? user : bpf;
		const size_t n = level == L2X_LEVEL_USER ? user_count : bpf_count;

		assert_true(d->seen[level][MODEL_TAKEN] > d->packets / 20);
		for (size_t i = 0; i < n; i++)
			assert_true(d->packets < PACKETS || d->dropped[level][reasons[i]] > 0);
	}
}

static void test_receive(void **state)
{
	static const enum l2x_reason bpf[] = {L2X_DROP_BAD_PEER,  L2X_DROP_BAD_SOURCE,
					      L2X_DROP_BAD_INNER, L2X_DROP_NOT_UP,
					      L2X_DROP_RATE,	  L2X_DROP_RATE_TOTAL};
	static const enum l2x_reason user[] = {L2X_DROP_BAD_PEER,   L2X_DROP_BAD_SOURCE,
					       L2X_DROP_BAD_INNER,  L2X_DROP_NOT_UP,
					       L2X_DROP_RATE,	    L2X_DROP_MALFORMED,
					       L2X_DROP_NO_SESSION, L2X_DROP_NO_ROUTE,
					       L2X_DROP_RATE_TOTAL};
	struct differ *d = *state;
	struct random r;
	struct packet p;

	begin(d, &r, 0);
	for (d->number = 0; d->number < d->packets; d->number++) {
		generate_received(&r, &p);
		d->in = &p;
		/* What the first remembers is there for the second. */
		received_by_xdp(d);
		received_by_xdp(d);
		received_by_tc(d);
		received_by_user(d);
	}
	check_enough(d, bpf, sizeof(bpf) / sizeof(bpf[0]), user, sizeof(user) / sizeof(user[0]));
	for (int level = 0; level < L2X_LEVELS; level++)
		assert_true(d->relayed[level] > d->packets / 20);
}

static void test_transmit(void **state)
{
	static const enum l2x_reason bpf[] = {L2X_DROP_RATE, L2X_DROP_RATE_TOTAL};
	static const enum l2x_reason user[] = {L2X_DROP_RATE,	  L2X_DROP_RATE_TOTAL,
					       L2X_DROP_NO_ROUTE, L2X_DROP_NOT_UP,
					       L2X_DROP_TOO_BIG,  L2X_DROP_BAD_INNER};
	struct differ *d = *state;
	struct packet p, inner;
	struct random r;

	begin(d, &r, 1);
	for (d->number = 0; d->number < d->packets; d->number++) {
		generate_sent(&r, &p);
		d->in = &p;
		for (int i = 0; i < 2; i++) {
			inner = p;
			sent_by_xdp(d, &inner);
		}
		d->in = &inner;
		sent_by_tc(d);
		sent_by_user(d);
	}
	check_enough(d, bpf, 2, user, sizeof(user) / sizeof(user[0]));
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static int setup(void **state)
{
	struct differ *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->seed = number_of("L2X_TEST_SEED", 1);
	d->packets = (unsigned)number_of("L2X_TEST_PACKETS", PACKETS);
	fprintf(stderr, "# L2X_TEST_SEED=%llu L2X_TEST_PACKETS=%u\n", (unsigned long long)d->seed,
		d->packets);
	levels_open(&d->levels);
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct differ *d = *state;

	levels_close(&d->levels);
	free(d);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receive),
		cmocka_unit_test(test_transmit),
	};

	return cmocka_run_group_tests_name("bpf differential", tests, setup, teardown);
}
