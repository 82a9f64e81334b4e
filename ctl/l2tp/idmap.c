// SPDX-License-Identifier: GPL-2.0-only
/* Hash of numbers, see idmap.h. */
#include "l2tp/idmap.h"

#include <errno.h>
#include <stdlib.h>

static struct idnode **bucket_of(const struct idmap *map, uint32_t key)
{
	return &map->bucket[key & (map->size - 1)];
}

static void link_node(struct idmap *map, struct idnode *node)
{
	struct idnode **b = bucket_of(map, node->key);

	node->next = *b;
	*b = node;
}

static int grow(struct idmap *map)
{
	struct idmap old = *map;
	size_t size = old.size ? 2 * old.size : 8;
	struct idnode **bucket = calloc(size, sizeof(struct idnode *));

	if (!bucket)
		return -ENOMEM;
	map->bucket = bucket;
	map->size = size;
	for (size_t i = 0; i < old.size; i++) {
		struct idnode *n, *next;

		for (n = old.bucket[i]; n; n = next) {
			next = n->next;
			link_node(map, n);
		}
	}
	free(old.bucket);
	return 0;
}

int idmap_add(struct idmap *map, struct idnode *node, uint32_t key)
{
	if (map->count >= map->size && grow(map))
		return -ENOMEM;
	node->key = key;
	link_node(map, node);
	map->count++;
	return 0;
}

void idmap_remove(struct idmap *map, struct idnode *node)
{
	struct idnode **p = bucket_of(map, node->key);

	while (*p != node)
		p = &(*p)->next;
	*p = node->next;
	map->count--;
}

static struct idnode *match(struct idnode *n, uint32_t key)
{
	while (n && n->key != key)
		n = n->next;
	return n;
}

struct idnode *idmap_find(const struct idmap *map, uint32_t key)
{
	return map->size ? match(*bucket_of(map, key), key) : NULL;
}

struct idnode *idmap_next(const struct idnode *node)
{
	return match(node->next, node->key);
}

void idmap_free(struct idmap *map)
{
	free(map->bucket);
	*map = (struct idmap){0};
}
