// SPDX-License-Identifier: GPL-2.0-only
/*
 * What captures cost, of one session that is decapsulated: that they could be, while there is none; one of another session; one that
 * has all packets. That there is no code of captures at all is had from the verifier: it leaves out what a constant
 * says is never run, and where the word that turns captures on is in a map that nobody can write, it is one.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <unistd.h>
#include "bench.h"

#define SWITCH ".data.capture"

enum how { NO_CODE, OFF, ANOTHER, ALL };

struct plane {
	struct bench *b;
	struct dataplane *dp;
	pthread_t reader;
	volatile bool stop;
};

/* For the next plane that is opened. */
static bool without_code;

int __real_bpf_object__load_skeleton(struct bpf_object_skeleton *s);
int __wrap_bpf_object__load_skeleton(struct bpf_object_skeleton *s);

/* All that the data path is made of goes by here (ld's --wrap). */
int __wrap_bpf_object__load_skeleton(struct bpf_object_skeleton *s)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE | BPF_F_RDONLY_PROG);
	struct bpf_map *map = bpf_object__find_map_by_name(*s->obj, SWITCH);
	int fd, err;

	if (!without_code || !map)
		return __real_bpf_object__load_skeleton(s);
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "never", sizeof(__u32), bpf_map__value_size(map), 1,
			    &opts);
	must(fd >= 0 && !bpf_map_freeze(fd) && !bpf_map__reuse_fd(map, fd), SWITCH);
	err = __real_bpf_object__load_skeleton(s);
	close(fd);
	return err;
}

/* As the controller does, beside the generator. */
static void *read_captured(void *arg)
{
	struct plane *p = arg;

	pin_to(0, CORE_LOAD);
	while (!p->stop) {
		dataplane_tap_read(p->dp);
		usleep(1000);
	}
	return NULL;
}

static void capture(struct plane *p, enum how how)
{
	static const struct l2x_session_key keys[] = {
		[ANOTHER] = {.tunnel_id = 2, .session_id = 40504},
		[ALL] = {.tunnel_id = 1, .session_id = 1},
	};

	if (dataplane_tap_open(p->dp) || dataplane_watch(p->dp, keys[how], true))
		die("cannot capture");
	must(!pthread_create(&p->reader, NULL, read_captured, p), "reader");
}

static void capture_end(struct plane *p)
{
	p->stop = true;
	pthread_join(p->reader, NULL);
	dataplane_tap_close(p->dp);
}

/* Of two sessions, the load is the first one's. */
static void measure(struct bench *b, enum how how, struct sample *s)
{
	struct plane p = {.b = b};
	unsigned netdev;

	without_code = how == NO_CODE;
	p.dp = plane_open(b, DATAPLANE_XDP, "l2xb", &netdev);
	without_code = false;
	plane_sessions(b, p.dp, netdev, 2, true);
	if (dataplane_attach(p.dp, "out0", FORWARD_XDP))
		die("cannot attach");
	if (how > OFF)
		capture(&p, how);
	xdp_measure_session(b, p.dp, s);
	if (how > OFF)
		capture_end(&p);
	dataplane_close(p.dp);
}

/* Instructions of the program that decapsulates, as they are run. */
static uint32_t program_size(struct bench *b, enum how how)
{
	struct bpf_prog_info info = {0};
	uint32_t id, len = sizeof(info);
	struct dataplane *dp;
	unsigned netdev;
	int fd;

	without_code = how == NO_CODE;
	dp = plane_open(b, DATAPLANE_XDP, "l2xb", &netdev);
	without_code = false;
	if (dataplane_attach(dp, "in0", FORWARD_XDP))
		die("cannot attach");
	must(!bpf_xdp_query_id((int)b->in, 0, &id), "program");
	fd = bpf_prog_get_fd_by_id(id);
	must(fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len), "program");
	close(fd);
	dataplane_close(dp);
	return info.xlated_prog_len;
}

void bench_capture(struct bench *b, struct results *r)
{
	static const struct {
		const char *name;
		enum how ours, base;
	} cases[] = {
		{"no capture, to none possible", OFF, NO_CODE},
		{"capture of another session, to none", ANOTHER, OFF},
		{"capture of all of it, to none", ALL, OFF},
	};

	if (program_size(b, NO_CODE) >= program_size(b, OFF))
		die("the code of captures is there where it should not be");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct result *row = results_add(r, cases[i].name, "packets/s", 0);
		struct pairs pairs = {.count = 0};

		b->captured = 0;
		for (int n = 0; n < b->pairs; n++) {
			struct sample ours, base;

			measure(b, cases[i].base, &base);
			measure(b, cases[i].ours, &ours);
			pairs_add(&pairs, &ours, &base);
		}
		pairs_take_medians(&pairs, row);
		if (!b->captured != (cases[i].ours != ALL))
			die("%s: %llu packets captured", cases[i].name,
			    (unsigned long long)b->captured);
	}
}
