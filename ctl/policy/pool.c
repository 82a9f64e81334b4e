// SPDX-License-Identifier: GPL-2.0-only
/* Address pools, see pool.h: a bit an address, in the order of the pool's prefixes. */
#include "policy/pool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"

#define WORD_BITS 64

struct pool {
	const struct config_pool *config;
	uint32_t size, taken_count;
	uint64_t taken[];
};

static uint32_t size_of(const struct ip_prefix *p)
{
	return p->len ? 1u << (32 - p->len) : 0;
}

static uint32_t first_of(const struct ip_prefix *p)
{
	return ntohl(ip_addr_to_v4(&p->addr).s_addr);
}

struct pool *pool_new(const struct config_pool *config)
{
	uint32_t size = 0, words;
	struct pool *p;

	for (size_t i = 0; i < config->addresses_count; i++)
		size += size_of(&config->addresses[i]);
	words = (size + WORD_BITS - 1) / WORD_BITS;
	p = calloc(1, sizeof(*p) + words * sizeof(p->taken[0]));
	if (!p)
		return NULL;
	p->config = config;
	p->size = size;
	return p;
}

void pool_free(struct pool *p)
{
	free(p);
}

static struct ip_addr address(const struct pool *p, uint32_t index)
{
	const struct ip_prefix *prefix = p->config->addresses;

	for (; index >= size_of(prefix); prefix++)
		index -= size_of(prefix);
	return ip_addr_v4((struct in_addr){htonl(first_of(prefix) + index)});
}

int pool_take(struct pool *p, const char *login, struct ip_addr *out)
{
	uint32_t i;

	if (p->taken_count == p->size)
		return -ENOSPC;
	i = fnv1a(FNV1A_START, login, strlen(login)) % p->size;
	while (p->taken[i / WORD_BITS] >> i % WORD_BITS & 1) {
		/* Full words are passed at once. */
		i += p->taken[i / WORD_BITS] == UINT64_MAX ? WORD_BITS - i % WORD_BITS : 1;
		if (i >= p->size)
			i = 0;
	}
	p->taken[i / WORD_BITS] |= 1ull << i % WORD_BITS;
	p->taken_count++;
	*out = address(p, i);
	return 0;
}

/* p->size: it is not of this pool. */
static uint32_t index_of(const struct pool *p, const struct ip_addr *a)
{
	uint32_t v = ntohl(ip_addr_to_v4(a).s_addr), i = 0;

	for (const struct ip_prefix *prefix = p->config->addresses;
	     prefix < p->config->addresses + p->config->addresses_count; prefix++) {
		uint32_t offset = v - first_of(prefix);

		if (offset < size_of(prefix))
			return i + offset;
		i += size_of(prefix);
	}
	return p->size;
}

int pool_claim(struct pool *p, const struct ip_addr *a)
{
	uint32_t i = index_of(p, a);

	if (i == p->size)
		return -ENOENT;
	if (p->taken[i / WORD_BITS] >> i % WORD_BITS & 1)
		return -EEXIST;
	p->taken[i / WORD_BITS] |= 1ull << i % WORD_BITS;
	p->taken_count++;
	return 0;
}

void pool_give_back(struct pool *p, const struct ip_addr *a)
{
	uint32_t i = index_of(p, a);

	if (i == p->size)
		return;
	p->taken[i / WORD_BITS] &= ~(1ull << i % WORD_BITS);
	p->taken_count--;
}
