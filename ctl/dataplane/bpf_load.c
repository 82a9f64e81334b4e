// SPDX-License-Identifier: GPL-2.0-only
/* Loading: which programs, and how large their maps are, see bpf.h. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include "dataplane/bpf_log.h"
#include "dataplane/bpf_private.h"
#include "dataplane/sets.h"
#include "l2x/rate.h"

/* Programs that are called by others; those that are not loaded are called by none. */
static int bpf_chain(struct l2x_bpf *skel)
{
	const struct {
		struct bpf_map *map;
		uint32_t at; /* enum next_program, bpf/copies.h */
		struct bpf_program *program;
	} next[] = {
		{skel->maps.xdp_next, 0, skel->progs.l2x_xdp_copies},
		{skel->maps.tc_next, 0, skel->progs.l2x_tc_copies},
		{skel->maps.tc_next, 1, skel->progs.l2x_tc_leg},
	};

	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++) {
		int fd = bpf_program__fd(next[i].program);

		if (fd >= 0 &&
		    bpf_map_update_elem(bpf_map__fd(next[i].map), &next[i].at, &fd, BPF_ANY))
			return -errno;
	}
	return 0;
}

#define PLACES_MAX 65536 /* one for each session id */

/* What is remembered on each CPU: as many as there are sessions, a power of two. */
static uint32_t places_for(uint32_t max_sessions)
{
	uint32_t places = 64;

	while (places < max_sessions && places < PLACES_MAX)
		places *= 2;
	return places;
}

static int size_maps(struct l2x_bpf *skel, const struct bpf_setup *setup)
{
	const uint32_t places = places_for(setup->max_sessions);
	const int cpus = libbpf_num_possible_cpus();
	const struct {
		struct bpf_map *map;
		uint32_t entries;
	} sizes[] = {
		{skel->maps.sessions, setup->max_sessions},
		{skel->maps.slots, slots_for(setup->max_sessions)},
		{skel->maps.underlays, slots_for(setup->max_sessions)},
		{skel->maps.routes4, setup->max_routes},
		{skel->maps.routes6, setup->max_routes},
		{skel->maps.counters, setup->max_sessions + 1},
		{skel->maps.limits, setup->max_sessions + 1},
		{skel->maps.totals, L2X_TOTALS_MAX},
		{skel->maps.sets, setup->max_sets + 1},
		{skel->maps.set_states, setup->max_sets + 1},
		{skel->maps.set_slots, set_slot_count(setup->max_sets, setup->set_window)},
		{skel->maps.set_counters, setup->max_sets + 1},
		{skel->maps.known_sessions, places * (uint32_t)cpus},
		{skel->maps.known_ways, setup->xdp ? places * (uint32_t)cpus : 1},
		/* bpf/ahead.h: two kinds, four in each */
		{skel->maps.guesses, setup->xdp ? places * (uint32_t)cpus / 2 : 1},
		{skel->maps.watched_rx, setup->max_sessions},
		{skel->maps.watched_tx, setup->max_sessions},
	};

	if (cpus < 0)
		return cpus;
	skel->rodata->options.places = places;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int err = bpf_map__set_max_entries(sizes[i].map, sizes[i].entries);

		if (err)
			return err;
	}
	return 0;
}

static int load(struct bpf *b, const struct bpf_setup *setup)
{
	int err;

	b->skel = l2x_bpf__open();
	if (!b->skel)
		return -errno;
	b->skel->rodata->options.port = setup->port;
	b->skel->rodata->options.window_log2 = (uint16_t)setup->set_window;
	bpf_program__set_autoload(b->skel->progs.l2x_xdp, setup->xdp);
	bpf_program__set_autoload(b->skel->progs.l2x_xdp_copies, setup->xdp);
	bpf_program__set_autoload(b->skel->progs.l2x_xdp_leg, setup->xdp);
	if (setup->spread) {
		/* One that calls another must be of the same kind. */
		bpf_program__set_expected_attach_type(b->skel->progs.l2x_xdp, BPF_XDP_CPUMAP);
		bpf_program__set_expected_attach_type(b->skel->progs.l2x_xdp_copies,
						      BPF_XDP_CPUMAP);
	}
	bpf_program__set_autoload(b->skel->progs.l2x_tc_ingress, setup->tc);
	bpf_program__set_autoload(b->skel->progs.l2x_tc_egress, setup->tc);
	bpf_program__set_autoload(b->skel->progs.l2x_tc_copies, setup->tc);
	bpf_program__set_autoload(b->skel->progs.l2x_tc_leg, setup->tc);
	err = size_maps(b->skel, setup);
	if (err)
		return err;
	bpf_log_loading(true);
	err = l2x_bpf__load(b->skel);
	bpf_log_loading(false);
	return err ? err : bpf_chain(b->skel);
}

/* With the program that spreads, if it is wanted and can be had: else it is as if it was not wanted. */
int bpf_load(struct bpf *b, struct bpf_setup setup)
{
	int err;

	setup.spread = setup.spread && setup.xdp;
	err = load(b, &setup);
	if (!setup.spread)
		return err;
	if (!err)
		err = spread_open(&b->spread, bpf_xdp_fd(b), setup.port);
	if (!err) {
		log_info(b->log, "XDP spreads packets over %u CPUs", spread_cpus(b->spread));
		return 0;
	}
	log_warning(b->log, "XDP does not spread packets over CPUs: %s",
		    err == -ERANGE ? "there is one" : strerror(-err));
	l2x_bpf__destroy(b->skel);
	setup.spread = false;
	return load(b, &setup);
}
