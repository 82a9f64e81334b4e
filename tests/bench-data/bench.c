// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast is the data path? Each case in turn with its baseline, several times; what is shown is
 * the median. docs/bench.md says what the numbers mean.
 *
 *   bench [-s SECONDS] [-p PAIRS] [-j FILE] [CASE...]	cases: one, many, relay, capture, sets, tcp, user, l2tpns;
 *	and linux, linux-many, if they are named
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <jansson.h>
#include <linux/if_link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "bench.h"
#include "l2x/dedup.h"
#include "l2x/maps.h"
#include "load.skel.h"

struct result *results_add(struct results *r, const char *name, const char *unit, double target)
{
	struct result *row = &r->row[r->count++];

	*row = (struct result){.name = name, .unit = unit, .target = target};
	fprintf(stderr, "%s ...\n", name);
	return row;
}

static bool met(const struct result *r)
{
	return (r->baseline > 0 ? r->ratio : r->rate) >= r->target;
}

static void print_row(const struct result *r)
{
	printf("%-34s %8.3f %8.0f %8.0f", r->name, r->rate / 1e6, r->cost_ns, r->program_ns);
	if (r->baseline > 0)
		printf(" %8.3f %8.0f %8.0f %6.2f %7.2f", r->baseline / 1e6, 1e9 / r->baseline,
		       r->baseline_program_ns, r->ratio, r->target);
	else
		printf(" %8s %8s %8s %6s %7.3f", "-", "-", "-", "-", r->target / 1e6);
	printf("  %s\n", !r->target ? "" : met(r) ? "met" : "missed");
}

/* What a set may take, used or not, whatever its traffic: slots, state and counters. */
static size_t set_bytes(void)
{
	return (sizeof(__u64) << L2X_DEDUP_WINDOW) + sizeof(struct l2x_set) +
	       sizeof(struct l2x_set_state) +
	       sizeof(struct l2x_set_counters) * (size_t)libbpf_num_possible_cpus();
}

static void print_table(const struct results *r)
{
	printf("%-34s %26s %26s\n", "", "l2x", "baseline");
	printf("%-34s %8s %8s %8s %8s %8s %8s %6s %7s\n", "case", "M/s", "ns", "program", "M/s",
	       "ns", "program", "ratio", "target");
	for (int i = 0; i < r->count; i++)
		print_row(&r->row[i]);
	printf("a set takes %zu bytes of memory on this machine, whatever it carries\n",
	       set_bytes());
}

static void write_json(const struct results *r, const struct bench *b, const char *path)
{
	json_t *rows = json_array(), *all;
	struct utsname u;

	uname(&u);
	for (int i = 0; i < r->count; i++) {
		const struct result *e = &r->row[i];

		json_array_append_new(
			rows, json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:b}",
					"case", e->name, "unit", e->unit, "per_core_second",
					e->rate, "per_second", e->wall, "ns", e->cost_ns,
					"program_ns", e->program_ns, "baseline", e->baseline,
					"baseline_program_ns", e->baseline_program_ns, "ratio",
					e->ratio, "target", e->target, "met", met(e)));
	}
	all = json_pack("{s:s, s:s, s:f, s:i, s:I, s:o}", "kernel", u.release, "machine", u.machine,
			"seconds", b->seconds, "pairs", b->pairs, "bytes_of_a_set",
			(json_int_t)set_bytes(), "cases", rows);
	if (json_dump_file(all, path, JSON_INDENT(2)))
		die("cannot write %s", path);
	json_decref(all);
}

/* Where the kernel shares out time among terminals first (CONFIG_SCHED_AUTOGROUP): ours first. */
static void favour_us(void)
{
	FILE *f = fopen("/proc/self/autogroup", "w");

	if (!f)
		return;
	fputs("-20", f);
	fclose(f);
}

static bool wanted(int argc, char **argv, const char *name)
{
	for (int i = optind; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return optind == argc;
}

static void run_cases(struct bench *b, struct results *r, int argc, char **argv)
{
	if (wanted(argc, argv, "one"))
		bench_xdp(b, r, 1);
	if (wanted(argc, argv, "many"))
		bench_xdp(b, r, LOAD_FLOWS);
	if (wanted(argc, argv, "relay"))
		bench_relay(b, r);
	if (wanted(argc, argv, "capture"))
		bench_capture(b, r);
	if (wanted(argc, argv, "sets"))
		bench_sets(b, r);
	if (wanted(argc, argv, "tcp"))
		bench_tcp(b, r);
	if (wanted(argc, argv, "user"))
		bench_user(b, r);
	if (wanted(argc, argv, "l2tpns"))
		bench_l2tpns(b, r);
	if (optind == argc) /* what follows needs modules of the kernel that many have not */
		return;
	if (wanted(argc, argv, "linux"))
		bench_linux(b, r, 1);
	if (wanted(argc, argv, "linux-many"))
		bench_linux(b, r, LOAD_SETS);
}

int main(int argc, char **argv)
{
	struct rlimit files = {8192, 8192};
	struct results r = {.count = 0};
	struct bench b = {.seconds = 0.5, .pairs = 7};
	const char *json = NULL;
	int c;

	while ((c = getopt(argc, argv, "s:p:j:")) != -1) {
		if (c == 's')
			b.seconds = strtod(optarg, NULL);
		else if (c == 'p')
			b.pairs = atoi(optarg);
		else if (c == 'j')
			json = optarg;
		else
			die("usage: bench [-s SECONDS] [-p PAIRS] [-j FILE] "
			    "[one|many|relay|capture|sets|tcp|user|l2tpns|linux|linux-many]...");
	}
	if (b.pairs < 1 || b.pairs > PAIRS_MAX || b.seconds <= 0)
		die("-p must be 1 to %d, -s positive", PAIRS_MAX);
	if (geteuid())
		die("needs root");
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		die("needs two cores");
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGCHLD, SIG_DFL); /* who ignores it has no children to wait for: inherited */
	logger_init(&b.log, &log_stderr, LOG_LEVEL_WARNING, "bench");
	b.base = event_base_new();
	favour_us();
	lab_open(&b);
	sink_open(&b);
	run_cases(&b, &r, argc, argv);
	print_table(&r);
	if (json)
		write_json(&r, &b, json);
	sink_close(&b);
	event_base_free(b.base);
	lab_close(&b);
	return 0;
}
