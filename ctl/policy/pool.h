/* SPDX-License-Identifier: GPL-2.0-only */
/* The addresses of a pool: which are taken. */
#ifndef L2X_POLICY_POOL_H
#define L2X_POLICY_POOL_H

#include "policy/config.h"

#define POOL_MAX (1u << 24) /* addresses */

struct pool;

struct pool *pool_new(const struct config_pool *config); /* NULL: no memory */
void pool_free(struct pool *p);				 /* NULL is allowed */

/*
 * An address that nobody has. login chooses where the search begins, so that the same one gets the
 * same address as long as it is free. 0, or -ENOSPC: all are taken.
 */
int pool_take(struct pool *p, const char *login, struct ip_addr *out);
/* This one: 0, -EEXIST: it is taken, or -ENOENT: it is not of this pool. */
int pool_claim(struct pool *p, const struct ip_addr *a);
/* One that was taken from it. */
void pool_give_back(struct pool *p, const struct ip_addr *a);

#endif
