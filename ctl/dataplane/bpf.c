// SPDX-License-Identifier: GPL-2.0-only
/* Programs and maps, see bpf.h. */
#include "dataplane/bpf.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/bpf_log.h"
#include "dataplane/bpf_private.h"
#include "dataplane/sets.h"
#include "dataplane/slots.h"
#include "dataplane/spread.h"
#include "l2x/rate.h"

/* Making the smallest map tells whether we may use BPF, without the noise of a failed load. */
static int may_use_bpf(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

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
		{skel->maps.routes4, setup->max_routes},
		{skel->maps.routes6, setup->max_routes},
		{skel->maps.counters, setup->max_sessions + 1},
		{skel->maps.moved, (setup->max_sessions + 1) * (uint32_t)cpus},
		{skel->maps.buckets, setup->max_sessions + 1},
		{skel->maps.totals, L2X_TOTALS_MAX},
		{skel->maps.sets, setup->max_sets + 1},
		{skel->maps.set_states, setup->max_sets + 1},
		{skel->maps.set_slots, set_slot_count(setup->max_sets, setup->set_window)},
		{skel->maps.set_counters, setup->max_sets + 1},
		{skel->maps.known_sessions, places * (uint32_t)cpus},
		{skel->maps.known_ways, setup->xdp ? places * (uint32_t)cpus : 1},
		{skel->maps.watched_rx, setup->max_sessions},
		{skel->maps.watched_tx, setup->max_sessions},
	};

	if (cpus < 0)
		return cpus;
	skel->rodata->options.counters = setup->max_sessions + 1;
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

/* And the program that spreads, if it is wanted and can be had: else it is as if it was not wanted. */
static int load_all(struct bpf *b, struct bpf_setup setup)
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

static int pin(struct bpf *b, const char *name, int fd)
{
	char path[PATH_MAX];
	int err;

	if (fd < 0)
		return 0;
	err = pins_path(&b->pins, path, "%s", name);
	if (!err && bpf_obj_pin(fd, path))
		err = -errno;
	if (err)
		log_error(b->log, "cannot pin %s under %s: %s", name, b->pins.path, strerror(-err));
	return err;
}

static int pin_all(struct bpf *b)
{
	const struct l2x_bpf *s = b->skel;
	const struct {
		const char *name;
		int fd;
	} all[] = {
		{"sessions", bpf_map__fd(s->maps.sessions)},
		{"slots", bpf_map__fd(s->maps.slots)},
		{"routes4", bpf_map__fd(s->maps.routes4)},
		{"routes6", bpf_map__fd(s->maps.routes6)},
		{"counters", bpf_map__fd(s->maps.counters)},
		{"moved", bpf_map__fd(s->maps.moved)},
		{"buckets", bpf_map__fd(s->maps.buckets)},
		{"totals", bpf_map__fd(s->maps.totals)},
		{"sets", bpf_map__fd(s->maps.sets)},
		{"set_states", bpf_map__fd(s->maps.set_states)},
		{"set_slots", bpf_map__fd(s->maps.set_slots)},
		{"set_counters", bpf_map__fd(s->maps.set_counters)},
		{"set_nics", bpf_map__fd(s->maps.set_nics)},
		{"leg_turns", bpf_map__fd(s->maps.leg_turns)},
		/* Kept by nothing else, when we are not there. */
		{"xdp_next", bpf_map__fd(s->maps.xdp_next)},
		{"tc_next", bpf_map__fd(s->maps.tc_next)},
		{"forward", bpf_map__fd(s->maps.forward)},
		{"nics", bpf_map__fd(s->maps.nics)},
		{"spread_cpus", b->spread ? spread_map_fd(b->spread) : -1},
		{PINS_TC_INGRESS, bpf_tc_ingress_fd(b)},
		{PINS_TC_EGRESS, bpf_tc_egress_fd(b)},
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !err; i++)
		err = pin(b, all[i].name, all[i].fd);
	return err;
}

int bpf_open(struct bpf **out, const struct bpf_setup *setup)
{
	struct bpf *b;
	int err;

	bpf_log_to(setup->log);
	b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	b->log = setup->log;
	err = may_use_bpf();
	if (err)
		goto err;
	err = slots_init(&b->slots, slots_for(setup->max_sessions));
	if (err)
		goto err;
	err = pins_open(&b->pins, setup->path, setup->net, setup->log);
	if (err)
		goto err;
	err = load_all(b, *setup);
	if (err) {
		log_error(b->log, "cannot load the BPF programs: %s", strerror(-err));
		goto err;
	}
	err = pin_all(b);
	if (err)
		goto err;
	*out = b;
	return 0;
err:
	bpf_close(b);
	return err;
}

void bpf_close(struct bpf *b)
{
	if (!b)
		return;
	pins_close(&b->pins);
	spread_close(b->spread);
	l2x_bpf__destroy(b->skel);
	bpf_log_to(NULL);
	slots_free(&b->slots);
	free(b);
}

/* A hash table that is full says E2BIG, a trie ENOSPC. */
int bpf_map_write(struct bpf_map *map, const void *key, const void *value)
{
	if (!bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY))
		return 0;
	return errno == E2BIG ? -ENOSPC : -errno;
}

int bpf_map_remove(struct bpf_map *map, const void *key)
{
	return bpf_map_delete_elem(bpf_map__fd(map), key) && errno != ENOENT ? -errno : 0;
}

int bpf_counters_fd(const struct bpf *b)
{
	return bpf_map__fd(b->skel->maps.counters);
}

int bpf_moved_fd(const struct bpf *b)
{
	return bpf_map__fd(b->skel->maps.moved);
}

int bpf_buckets_fd(const struct bpf *b)
{
	return bpf_map__fd(b->skel->maps.buckets);
}

int bpf_totals_fd(const struct bpf *b)
{
	return bpf_map__fd(b->skel->maps.totals);
}

int bpf_set_states_fd(const struct bpf *b)
{
	return bpf_map__fd(b->skel->maps.set_states);
}

int bpf_set_slots_fd(const struct bpf *b)
{
	return bpf_map__fd(b->skel->maps.set_slots);
}

int bpf_set_counters_fd(const struct bpf *b)
{
	return bpf_map__fd(b->skel->maps.set_counters);
}

unsigned bpf_spread_cpus(const struct bpf *b)
{
	return b->spread ? spread_cpus(b->spread) : 0;
}

struct bpf_capture_maps bpf_capture_maps(const struct bpf *b)
{
	return (struct bpf_capture_maps){
		.watched_rx = bpf_map__fd(b->skel->maps.watched_rx),
		.watched_tx = bpf_map__fd(b->skel->maps.watched_tx),
		.events = bpf_map__fd(b->skel->maps.capture_events),
		.states = bpf_map__fd(b->skel->maps.capture_states),
		.on = &b->skel->data_capture->capture_on,
	};
}

static int program_fd(const struct bpf_program *p)
{
	int fd = bpf_program__fd(p);

	return fd < 0 ? -1 : fd;
}

int bpf_xdp_fd(const struct bpf *b)
{
	return program_fd(b->skel->progs.l2x_xdp);
}

int bpf_tc_ingress_fd(const struct bpf *b)
{
	return program_fd(b->skel->progs.l2x_tc_ingress);
}

int bpf_tc_egress_fd(const struct bpf *b)
{
	return program_fd(b->skel->progs.l2x_tc_egress);
}

/* On each CPU. */
static int make_turn(struct bpf *b, unsigned ifindex)
{
	int cpus = libbpf_num_possible_cpus(), err;
	struct l2x_leg_turn *zero;

	if (cpus < 0)
		return cpus;
	zero = calloc((size_t)cpus, sizeof(*zero));
	if (!zero)
		return -ENOMEM;
	err = bpf_map_write(b->skel->maps.leg_turns, &ifindex, zero);
	free(zero);
	return err;
}

int bpf_nic_list_set(struct bpf *b, uint32_t index, const uint32_t *nics, size_t count)
{
	struct bpf_devmap_val value = {
		.bpf_prog.fd = bpf_program__fd(b->skel->progs.l2x_xdp_leg),
	};
	int fd, err = 0;

	fd = bpf_map_create(BPF_MAP_TYPE_DEVMAP, "l2x_nic_list", sizeof(uint32_t), sizeof(value),
			    (uint32_t)count, NULL);
	if (fd < 0)
		return -errno;
	for (uint32_t i = 0; i < count && nics[i] && !err; i++) {
		value.ifindex = nics[i];
		if (bpf_map_update_elem(fd, &i, &value, BPF_ANY))
			err = -errno;
	}
	if (!err)
		err = bpf_map_write(b->skel->maps.set_nics, &index, &fd);
	close(fd);
	return err;
}

int bpf_forward_set(struct bpf *b, unsigned ifindex, const uint8_t mac[6])
{
	struct bpf_devmap_val value = {.ifindex = ifindex};
	struct l2x_nic nic = {0};
	int err;

	memcpy(nic.mac, mac, sizeof(nic.mac));
	err = make_turn(b, ifindex);
	if (!err)
		err = bpf_map_write(b->skel->maps.nics, &ifindex, &nic);
	return err ? err : bpf_map_write(b->skel->maps.forward, &ifindex, &value);
}

void bpf_forward_del(struct bpf *b, unsigned ifindex)
{
	bpf_map_remove(b->skel->maps.leg_turns, &ifindex);
	bpf_map_remove(b->skel->maps.forward, &ifindex);
	bpf_map_remove(b->skel->maps.nics, &ifindex);
}

int bpf_xdp_link(struct bpf *b, unsigned ifindex, int *link)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	char path[PATH_MAX];
	int fd, err;

	err = pins_path(&b->pins, path, PINS_LINKS "/%u", ifindex);
	if (err)
		return err;
	fd = bpf_link_create(b->spread ? spread_program_fd(b->spread) : bpf_xdp_fd(b), (int)ifindex,
			     BPF_XDP, &opts);
	if (fd < 0)
		return -errno;
	unlink(path); /* of an interface that had this index before */
	if (bpf_obj_pin(fd, path)) {
		err = -errno;
		close(fd);
		return err;
	}
	*link = fd;
	return 0;
}

void bpf_xdp_unlink(struct bpf *b, unsigned ifindex, int link)
{
	char path[PATH_MAX];

	/* The kernel frees links later than their last use: detach at once. */
	bpf_link_detach(link);
	close(link);
	if (!pins_path(&b->pins, path, PINS_LINKS "/%u", ifindex))
		unlink(path);
}
