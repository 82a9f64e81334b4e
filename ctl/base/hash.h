/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), for hash tables. Who knows FNV1A_START can
 * choose keys that collide: where a peer chooses them at will, start with a secret number instead.
 */
#ifndef L2X_BASE_HASH_H
#define L2X_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define FNV1A_START 2166136261u

/* Goes on from h. */
static inline uint32_t fnv1a(uint32_t h, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len--)
		h = (h ^ *p++) * 16777619u;
	return h;
}

#endif
