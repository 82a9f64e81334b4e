/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of admission.c and admission_change.c: who is on by which login, and by which entry. */
#ifndef L2X_MAIN_ADMISSION_PRIVATE_H
#define L2X_MAIN_ADMISSION_PRIVATE_H

#include "main/admission.h"
#include "policy/pool.h"

/*
 * Calls that count together: of a rule that gives what only one can have, or else of one name. The
 * oldest is first.
 */
struct login {
	struct list in_bucket;
	const struct config_incoming *in;
	const struct config_session *rule; /* NULL: any that lets the name in */
	char *name;			   /* with rule: NULL */
	uint32_t hash;
	struct list calls; /* struct call */
};

/* What has come in through one entry. */
struct use {
	struct list in_admission;
	const struct config_incoming *in; /* NULL: gone from the configuration */
	uint32_t tunnels, sessions;
	uint32_t total; /* the data path's, when it has or had a speed-total; else 0 */
	bool full;	/* said since a call found room */
	struct gate_count tunnels_asked, calls_asked, pace_said;
};

struct admission {
	struct list uses; /* of each incoming entry */
	const struct config_pool *pools_of;
	struct pool **pools; /* as there */
	size_t pools_count;
	size_t buckets_count; /* a power of two */
	struct list buckets[];
};

struct use *admission_use_of(const struct controller *c, const struct config_incoming *in);
/* It is in a list. */
void admission_use_free(const struct controller *c, struct use *u);
void admission_free_pools(struct admission *a);
struct pool *admission_pool_of(const struct call *call);
/* How many sessions of a login there may be; 0: no limit. */
uint32_t admission_sessions_of(const struct config_session *rule);
/* NULL: no memory. One without calls is put. */
struct login *admission_login_of(struct admission *a, const struct config_incoming *in,
				 const struct config_session *rule, const char *name);
void admission_login_put(struct login *l);

#endif
