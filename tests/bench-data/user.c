// SPDX-License-Identifier: GPL-2.0-only
/*
 * The userspace level: packets of the generator come in by an ordinary netdev, through the kernel,
 * to the data path's loop, and leave by the kernel again. What counts is the time of the loop's
 * thread, on a core of its own; the kernel's work before it is on the other core.
 */
#include <bpf/bpf.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "bench.h"
#include "load.skel.h"

struct loop {
	struct bench *b;
	struct dataplane *dp;
	struct event *tick;
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

static struct l2x_count moved(struct loop *l, bool receive)
{
	const struct l2x_session_key first = {1, 1};
	struct l2x_counters c;

	if (dataplane_session_counters(l->dp, first, &c))
		die("no counters");
	return receive ? c.rx[L2X_LEVEL_USER] : c.tx[L2X_LEVEL_USER];
}

static void measure(struct loop *l, bool receive, struct sample *s)
{
	const pid_t self = (pid_t)syscall(SYS_gettid);

	generator_start(l->b);
	run_for(l, 0.1);
	s->wall_ns = -now_ns();
	s->cpu_ns = -thread_cpu_ns(self);
	s->packets = -(double)moved(l, receive).packets;
	run_for(l, l->b->seconds);
	s->wall_ns += now_ns();
	s->cpu_ns += thread_cpu_ns(self);
	s->packets += (double)moved(l, receive).packets;
	generator_stop(l->b);
	if (s->packets < 100)
		die("userspace moved %.0f packets", s->packets);
}

static void one_way(struct loop *l, struct result *r, bool receive)
{
	static const char *const outer[] = {"192.0.2.2", "192.0.2.1"};
	double rate[PAIRS_MAX], wall[PAIRS_MAX];
	struct load *load = &l->b->load->bss->load;

	load->ifindex = l->b->l0;
	load->flows = 1;
	load->sink_len = receive ? LOAD_PLAIN : LOAD_L2TP;
	if (receive)
		frame_build(load, LOAD_IS_TUNNELLED, outer, "10.64.0.1", "198.51.100.2");
	else
		frame_build(load, LOAD_IS_PLAIN, NULL, "192.0.2.2", "10.64.0.1");
	for (int i = 0; i < l->b->pairs; i++) {
		struct sample s;

		measure(l, receive, &s);
		rate[i] = s.packets / s.cpu_ns * 1e9;
		wall[i] = s.packets / s.wall_ns * 1e9;
	}
	r->rate = bench_median(rate, l->b->pairs);
	r->wall = bench_median(wall, l->b->pairs);
	r->cost_ns = 1e9 / r->rate;
}

void bench_user(struct bench *b, struct results *r)
{
	const struct timeval tick = {.tv_usec = 10000};
	struct loop l = {.b = b};
	unsigned netdev;

	pin_to(0, CORE_OURS);
	/* What is redirected to a veth is taken by its other end if that has XDP, or this. */
	sh("ethtool -K in0 gro on >/dev/null");
	/* The sink would have each packet copied first. Nobody's address is as good an end. */
	bpf_link_detach(b->sink);
	sh("ip neigh replace 198.51.100.2 lladdr 02:00:00:00:00:99 dev out0");
	l.tick = event_new(b->base, -1, EV_PERSIST, on_tick, &l);
	event_add(l.tick, &tick);
	for (int receive = 1; receive >= 0; receive--) {
		l.dp = plane_open(b, DATAPLANE_USER, "l2xb", &netdev);
		plane_sessions(b, l.dp, netdev, 1, receive);
		one_way(&l,
			results_add(r,
				    receive ? "userspace, decapsulate" : "userspace, encapsulate",
				    "packets/s", 200000),
			receive);
		dataplane_close(l.dp);
	}
	sh("ethtool -K in0 gro off >/dev/null");
	event_free(l.tick);
}
