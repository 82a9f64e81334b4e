/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The benchmark: namespaces, load, and measuring. Whatever goes wrong ends the program with a
 * message; namespaces, mounts and netdevs are its own, and go with it.
 *
 *   load  l0 ---- in0  ours  out0 ---- s0  sink
 *	   192.0.2.2   192.0.2.1   198.51.100.1   198.51.100.2
 *	   l1 ---- in1        out1 ---- s1
 *				203.0.113.1    203.0.113.2
 *
 * The generator is in `load`, on core 0; what is measured is in `ours`, on core 1. The second pair of
 * cables is for sets: what comes by in1 is for the addresses of in0, and is worked on by core 0.
 */
#ifndef L2X_TESTS_BENCH_BENCH_H
#define L2X_TESTS_BENCH_BENCH_H

#include <event2/event.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include "dataplane/dataplane.h"
#include "load.h"
#include "net/net.h"

#define CORE_LOAD 0
#define CORE_OURS 1
#define PAIRS_MAX 99
#define TUNNELS	  64 /* that many sessions are of */

struct load_bpf;

enum sink { SINK_XDP, SINK_TC };

struct bench {
	int ours, at_load, at_sink; /* namespaces */
	/* ifindexes, each in its namespace */
	unsigned in, out, l0, s0;
	unsigned l1, s1;
	struct load_bpf *load;
	int sink, sink1; /* XDP links */
	enum sink sink_is;
	struct event_base *base;
	struct logger log;
	double seconds; /* of one measurement */
	bool checks;	/* sessions have MSS and rate limit on, which none ever reaches */
	int pairs;
	pthread_t generator;
	volatile bool stop;
	uint64_t captured; /* packets, by all captures */
};

/* What one measurement saw. cpu: of the thread that does the work, alone. */
struct sample {
	double packets, wall_ns, cpu_ns;
	double program_ns; /* of cpu_ns, a packet: in the BPF program */
};

struct result {
	const char *name, *unit; /* of rate */
	double target;		 /* of the ratio; or of the rate, without a baseline */
	double rate, cost_ns;	 /* a second of the core; a packet */
	double wall;		 /* a second of the clock */
	double baseline;	 /* rate of it; 0: none */
	double ratio;
	double program_ns, baseline_program_ns; /* a packet in the BPF program; 0: none */
};

void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void must(bool ok, const char *what); /* else dies of errno */
void sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
struct ip_addr bench_addr(const char *text);
double bench_median(double *v, int n);
double now_ns(void);
void pin_to(pid_t tid, int core);
double thread_cpu_ns(pid_t tid);
pid_t napi_thread(const char *ifname, int core); /* of a netdev in `ours`, pinned */

/* lab.c */
void lab_open(struct bench *b);
void lab_close(struct bench *b);
void lab_enter(int ns);
void lab_in(struct bench *b, int ns, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int lab_new_ns(void);

/* generate.c */
void frame_build(struct load *l, enum load_kind kind, const char *const outer[2],
		 const char *source, const char *destination);
/* The packets of the first n of plane_sessions(), tunnelled to be received, or plain. */
void load_sessions(struct bench *b, unsigned n, bool receive);
/* The inner packet of a tunnelled frame: a TCP segment that opens nothing. */
void frame_make_tcp(struct load *l);
void generator_start(struct bench *b);
void generator_stop(struct bench *b);

/* sink.c */
void sink_open(struct bench *b);
void sink_close(struct bench *b);
void sink_is(struct bench *b, enum sink sink); /* of out0; SINK_XDP at first */
uint64_t sink_count(struct bench *b, int which);

/* measure.c */
struct pairs {
	double ratio[PAIRS_MAX], rate[PAIRS_MAX], wall[PAIRS_MAX], base[PAIRS_MAX],
		program[PAIRS_MAX], base_program[PAIRS_MAX];
	int count;
};

/* What comes in by in0, on CORE_OURS; and, with two ways, by in1, on CORE_LOAD. Packets are those
 * that arrived. */
void measure_ways(struct bench *b, unsigned ways, struct sample *s);
void pairs_add(struct pairs *p, const struct sample *ours, const struct sample *base);
void pairs_take_medians(struct pairs *p, struct result *r);

/* xdp.c, capture.c, sets.c, user.c, tcp.c, l2tpns.c, linux.c: cases; each appends what it measured */
struct results {
	struct result row[32];
	int count;
};
struct result *results_add(struct results *r, const char *name, const char *unit, double target);
struct dataplane *plane_open(struct bench *b, enum config_dataplane level, const char *name,
			     unsigned *netdev);
/* n sessions, and the generator's flows, as the controller would make them, whose peers are 198.51.100.2 and up or, behind the
 * in side, 192.0.2.2 and up; a host route each, in the kernel too. */
void plane_sessions(struct bench *b, struct dataplane *dp, unsigned netdev, unsigned n,
		    bool peer_in);
/* n sets of two sessions, whose second ones are towards 203.0.113.2 and up, or, with peer_in, also 192.0.2.2
 * and up, with a host route to each set; and behind them two sessions that are in no set. no_sets: none is,
 * and each has its own route. */
void plane_sets(struct bench *b, struct dataplane *dp, unsigned netdev, unsigned n, bool peer_in,
		bool no_sets);
/* n relayed calls, each of two sessions: one to 192.0.2.2 and up, the other to 198.51.100.2 and up; flows
 * are of the first ones. */
void plane_relay(struct bench *b, struct dataplane *dp, unsigned netdev, unsigned n);
/* Which session is the i-th, whose subscriber is the addr-th; for the generator too. */
struct load_flow plane_flow(struct bench *b, unsigned i, unsigned addr, const char *local);
void bench_xdp(struct bench *b, struct results *r, unsigned sessions);
void bench_relay(struct bench *b, struct results *r);
/* Packets of the first of plane_sessions(), decapsulated; the sink's side is attached already. */
void xdp_measure_session(struct bench *b, struct dataplane *dp, struct sample *s);
void bench_capture(struct bench *b, struct results *r);
void bench_sets(struct bench *b, struct results *r);
void bench_user(struct bench *b, struct results *r);
/* What arrives of the load that is set, while this thread runs the userspace level. */
void user_measure(struct bench *b, struct sample *s);
void bench_l2tpns(struct bench *b, struct results *r);
void bench_linux(struct bench *b, struct results *r, unsigned sessions);
void bench_tcp(struct bench *b, struct results *r);

#endif
