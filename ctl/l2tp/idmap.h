/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash from a number to the objects that have it: tunnels by id, sessions by id, tunnels by the
 * peer's request. The node is embedded in the object. Keys are random or hashes already, so their
 * low bits choose the bucket; a map grows by doubling and so costs what it holds.
 */
#ifndef L2X_L2TP_IDMAP_H
#define L2X_L2TP_IDMAP_H

#include <stddef.h>
#include <stdint.h>

struct idnode {
	struct idnode *next;
	uint32_t key;
};

struct idmap {
	struct idnode **bucket;
	size_t size; /* power of 2, or 0 */
	size_t count;
};

/* 0 or -ENOMEM. Keys need not be unique. */
int idmap_add(struct idmap *map, struct idnode *node, uint32_t key);
void idmap_remove(struct idmap *map, struct idnode *node);
/* The first with this key; then those behind it. NULL: no more. */
struct idnode *idmap_find(const struct idmap *map, uint32_t key);
struct idnode *idmap_next(const struct idnode *node);
void idmap_free(struct idmap *map); /* the buckets only */

#endif
