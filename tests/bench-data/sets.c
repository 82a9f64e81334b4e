// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets in XDP. Copies a second of two legs, against packets a second of two sessions that are in no
 * set, on the same netdevs and with the same maps: what comes, on one core and on two at once, and
 * what goes. Then as many sets as LOAD_SETS against one, and, for what memory alone costs, as many
 * sessions that are in no set against two.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <stdio.h>
#include "bench.h"
#include "load.skel.h"

struct setting {
	struct bench *b;
	struct dataplane *dp;
	unsigned sets, ways; /* how many NICs what is received comes by */
	bool receive;
	bool no_sets; /* as many sessions, without */
};

enum load_of { OF_SETS, OF_PLAIN };

/* What the generator sends: to so many sets, or twos of sessions; or to the two behind all sets. */
static void load_is(const struct setting *g, enum load_of of, unsigned count)
{
	static const char *const outer[] = {"0.0.0.0", "192.0.2.1"};
	const bool copies = of == OF_SETS && !g->no_sets;
	struct bench *b = g->b;
	struct load *load = &b->load->bss->load;

	load->ifindex = b->l0;
	load->ifindex2 = g->ways == 2 ? b->l1 : b->l0;
	load->first = of == OF_SETS ? 0 : 2 * g->sets;
	load->flows = of == OF_SETS ? 2 * count : 2;
	load->arrive = copies ? 1 : 2;
	if (!g->receive)
		load->sink_len = copies ? LOAD_COPY : LOAD_L2TP;
	else
		load->sink_len = LOAD_PLAIN;
	if (!g->receive)
		frame_build(load, LOAD_IS_PLAIN, NULL, "192.0.2.2", "0.0.0.0");
	else
		frame_build(load, copies ? LOAD_IS_COPIES : LOAD_IS_PAIR, outer, "0.0.0.0",
			    "198.51.100.2");
}

/* The first set's own account. */
static struct dataplane_set_counters set_counts(const struct setting *g)
{
	struct dataplane_set_counters c;

	if (dataplane_set_counters(g->dp, 1, &c))
		die("no counters");
	return c;
}

/* Packets arrived; copies came. */
static void add_copies(const struct setting *g, const struct dataplane_set_counters *before,
		       struct sample *s)
{
	const struct dataplane_set_counters c = set_counts(g);
	const double unique = (double)(c.unique - before->unique);
	const double duplicates = (double)(c.duplicates - before->duplicates);

	s->packets *= 1 + duplicates / unique;
	if (duplicates < 0.9 * unique || duplicates > unique)
		die("of a set, %.0f packets and %.0f copies of them", unique, duplicates);
}

static void measure_load(const struct setting *g, enum load_of of, unsigned count, struct sample *s)
{
	const bool copies = of == OF_SETS && !g->no_sets;
	struct dataplane_set_counters before = {.legs = 0};

	if (copies)
		before = set_counts(g);
	load_is(g, of, count);
	if (dataplane_attach(g->dp, "in0", FORWARD_XDP) ||
	    (g->ways == 2 && dataplane_attach(g->dp, "in1", FORWARD_XDP)))
		die("cannot attach");
	measure_ways(g->b, g->ways, s);
	dataplane_detach(g->dp, "in0");
	if (g->ways == 2)
		dataplane_detach(g->dp, "in1");
	if (g->receive && copies)
		add_copies(g, &before, s);
}

static void one_case(struct bench *b, struct result *r, struct setting g, unsigned count,
		     bool against_one)
{
	struct pairs pairs = {.count = 0};
	unsigned netdev;

	g.b = b;
	g.sets = count;
	g.dp = plane_open(b, DATAPLANE_XDP, "l2xb", &netdev);
	/* Before the legs: they look for their NICs. */
	if (dataplane_attach(g.dp, "out0", FORWARD_XDP) ||
	    dataplane_attach(g.dp, "out1", FORWARD_XDP))
		die("cannot attach");
	plane_sets(b, g.dp, netdev, count, g.receive, g.no_sets);
	for (int i = 0; i < b->pairs; i++) {
		struct sample ours, theirs;

		measure_load(&g, against_one ? OF_SETS : OF_PLAIN, 1, &theirs);
		measure_load(&g, OF_SETS, count, &ours);
		pairs_add(&pairs, &ours, &theirs);
	}
	pairs_take_medians(&pairs, r);
	dataplane_close(g.dp);
}

void bench_sets(struct bench *b, struct results *r)
{
	static const struct {
		const char *name;
		double target;
		struct setting setting;
		unsigned sets;
		bool against_one;
	} cases[] = {
		{"eliminate, 2 legs", 0.90, {.ways = 1, .receive = true}, 1, false},
		{"eliminate, 2 legs, 2 cores", 0.90, {.ways = 2, .receive = true}, 1, false},
		{"replicate to 2 legs", 0.75, {.ways = 1}, 1, false},
		{"eliminate, 1000 sets to 1", 1.00, {.ways = 1, .receive = true}, LOAD_SETS, true},
		{"replicate, 1000 sets to 1", 1.00, {.ways = 1}, LOAD_SETS, true},
		{"(decapsulate, 2000 sessions to 2)",
		 0,
		 {.ways = 1, .receive = true, .no_sets = true},
		 LOAD_SETS,
		 true},
		{"(encapsulate, 2000 sessions to 2)",
		 0,
		 {.ways = 1, .no_sets = true},
		 LOAD_SETS,
		 true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		one_case(b, results_add(r, cases[i].name, "copies/s", cases[i].target),
			 cases[i].setting, cases[i].sets, cases[i].against_one);
}
