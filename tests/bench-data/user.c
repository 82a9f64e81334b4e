// SPDX-License-Identifier: GPL-2.0-only
/*
 * The userspace level: packets of the generator come in by an ordinary netdev, through the kernel,
 * to the data path's loop, and leave by the kernel again. What counts is the time of the loop's
 * thread, on a core of its own; the kernel's work before it is on the other core.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "bench.h"

struct loop {
	struct bench *b;
	double until;
};

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd, (void)what;
	if (now_ns() >= l->until)
		event_base_loopbreak(l->b->base);
}

static void run_for(struct loop *l, double seconds)
{
	l->until = now_ns() + seconds * 1e9;
	event_base_dispatch(l->b->base);
}

void user_measure(struct bench *b, struct sample *s)
{
	const struct timeval interval = {.tv_usec = 10000};
	const pid_t self = (pid_t)syscall(SYS_gettid);
	struct loop l = {.b = b};
	struct event *tick = event_new(b->base, -1, EV_PERSIST, on_tick, &l);

	event_add(tick, &interval);
	generator_start(b);
	run_for(&l, 0.1);
	s->program_ns = 0;
	s->wall_ns = -now_ns();
	s->cpu_ns = -thread_cpu_ns(self);
	s->packets = -(double)sink_count(b, 1);
	run_for(&l, b->seconds);
	s->wall_ns += now_ns();
	s->cpu_ns += thread_cpu_ns(self);
	s->packets += (double)sink_count(b, 1);
	generator_stop(b);
	event_free(tick);
	if (s->packets < 100)
		die("userspace moved %.0f packets", s->packets);
}

static void one_way(struct bench *b, struct result *r, bool receive)
{
	double rate[PAIRS_MAX], wall[PAIRS_MAX];

	load_sessions(b, 1, receive);
	for (int i = 0; i < b->pairs; i++) {
		struct sample s;

		user_measure(b, &s);
		rate[i] = s.packets / s.cpu_ns * 1e9;
		wall[i] = s.packets / s.wall_ns * 1e9;
	}
	r->rate = bench_median(rate, b->pairs);
	r->wall = bench_median(wall, b->pairs);
	r->cost_ns = 1e9 / r->rate;
}

void bench_user(struct bench *b, struct results *r)
{
	struct dataplane *dp;
	unsigned netdev;

	pin_to(0, CORE_OURS);
	/* What is redirected to a veth is taken by its other end if that has XDP, or this. */
	sh("ethtool -K in0 gro on >/dev/null");
	sink_is(b, SINK_TC);
	for (int receive = 1; receive >= 0; receive--) {
		dp = plane_open(b, DATAPLANE_USER, "l2xb", &netdev);
		plane_sessions(b, dp, netdev, 1, receive);
		one_way(b,
			results_add(r,
				    receive ? "userspace, decapsulate" : "userspace, encapsulate",
				    "packets/s", 200000),
			receive);
		dataplane_close(dp);
	}
	sink_is(b, SINK_XDP);
	sh("ethtool -K in0 gro off >/dev/null");
}
