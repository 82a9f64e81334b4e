// SPDX-License-Identifier: GPL-2.0-only
/* Programs and maps: opened, pinned, closed, and where they are, see bpf.h. */
#include "dataplane/bpf.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dataplane/bpf_log.h"
#include "dataplane/bpf_private.h"
#include "dataplane/slots.h"
#include "dataplane/spread.h"

/* Making the smallest map tells whether we may use BPF, without the noise of a failed load. */
static int may_use_bpf(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
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
		{"known_sessions", bpf_map__fd(s->maps.known_sessions)},
		{"underlays", bpf_map__fd(s->maps.underlays)},
		{"limits", bpf_map__fd(s->maps.limits)},
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
	err = bpf_load(b, *setup);
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

int bpf_known_fd(const struct bpf *b, uint32_t *places)
{
	*places = b->skel->rodata->options.places;
	return bpf_map__fd(b->skel->maps.known_sessions);
}

int bpf_underlays_fd(const struct bpf *b)
{
	return bpf_map__fd(b->skel->maps.underlays);
}

int bpf_limits_fd(const struct bpf *b)
{
	return bpf_map__fd(b->skel->maps.limits);
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
