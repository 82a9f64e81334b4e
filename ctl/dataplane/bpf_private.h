/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by bpf.c, bpf_load.c, bpf_nics.c and bpf_mirror.c, see bpf.h. */
#ifndef L2X_DATAPLANE_BPF_PRIVATE_H
#define L2X_DATAPLANE_BPF_PRIVATE_H

#include <bpf/libbpf.h>
#include "dataplane/bpf.h"
#include "dataplane/pins.h"
#include "dataplane/slots.h"
#include "dataplane/spread.h"
#include "l2x/cache.h"
#include "l2x.skel.h"

struct bpf {
	struct l2x_bpf *skel;
	struct pins pins;
	struct slots slots;
	struct spread *spread; /* NULL: l2x_xdp runs where the packet comes in */
	const struct logger *log;
};

/* The programs that the setup wants, with maps of the sizes that it says. Not yet pinned. */
int bpf_load(struct bpf *b, struct bpf_setup setup);

/* 0 or a negative errno; -ENOSPC: it is full. */
int bpf_map_write(struct bpf_map *map, const void *key, const void *value);
/* What is not there is removed too. */
int bpf_map_remove(struct bpf_map *map, const void *key);

#endif
