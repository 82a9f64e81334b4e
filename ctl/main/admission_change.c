// SPDX-License-Identifier: GPL-2.0-only
/* The shares of those who are on, under a changed configuration, see admission.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "main/admission_private.h"
#include "main/set.h"

void admission_free_pools(struct admission *a)
{
	for (size_t i = 0; i < a->pools_count; i++)
		pool_free(a->pools[i]);
	free(a->pools);
	a->pools = NULL;
	a->pools_count = 0;
}

static struct use *use_named(const struct admission *a, const char *name)
{
	struct list *i, *keep;

	list_for_each(i, keep, (struct list *)&a->uses) {
		struct use *u = list_item(i, struct use, in_admission);

		if (u->in && !strcmp(u->in->name, name))
			return u;
	}
	return NULL;
}

void admission_use_free(const struct controller *c, struct use *u)
{
	list_remove(&u->in_admission);
	dataplane_total_free(c->dp, u->total);
	free(u);
}

static void free_uses(const struct controller *c, struct list *uses)
{
	struct list *i, *keep;

	list_for_each(i, keep, uses)
		admission_use_free(c, list_item(i, struct use, in_admission));
}

/* For entries that are new; one that was there may get a limit that it had not. */
static int make_uses(const struct controller *c, const struct config *config, struct list *out)
{
	for (size_t i = 0; i < config->incoming_count; i++) {
		const struct config_incoming *in = &config->incoming[i];
		struct use *u = use_named(c->admission, in->name);
		int err = 0;

		if (!u) {
			u = calloc(1, sizeof(*u));
			if (!u)
				return -ENOMEM;
			u->in = in;
			list_append(out, &u->in_admission);
		}
		if (config_has_total(in) && !u->total)
			err = dataplane_total_new(c->dp, &u->total);
		if (err)
			return err;
	}
	return 0;
}

static void take_entry(const struct controller *c, struct use *u, const struct config_incoming *in)
{
	u->in = in;
	u->full = false;
	if (u->total)
		dataplane_total_set(c->dp, u->total, in->speed_total_rx, in->speed_total);
}

/* Those of entries that are gone stay as long as somebody is in them. */
static void merge_uses(const struct controller *c, const struct config *config, struct list *more)
{
	struct list *i, *keep;

	list_for_each(i, keep, more) {
		list_remove(i);
		list_append(&c->admission->uses, i);
	}
	list_for_each(i, keep, &c->admission->uses) {
		struct use *u = list_item(i, struct use, in_admission);
		const struct config_incoming *in =
			u->in ? CONFIG_NAMED(config, incoming, u->in->name) : NULL;

		if (in)
			take_entry(c, u, in);
		else if (!u->tunnels && !u->sessions)
			admission_use_free(c, u);
		else
			u->in = NULL;
	}
}

struct admission_next {
	const struct controller *c;
	const struct config *config;
	struct admission pools; /* of it, no more than those */
	struct list uses;
};

int admission_prepare(const struct controller *c, const struct config *config,
		      struct admission_next **out)
{
	struct admission_next *n = calloc(1, sizeof(*n));
	struct admission *p = n ? &n->pools : NULL;
	int err;

	if (!n)
		return -ENOMEM;
	n->c = c;
	n->config = config;
	list_init(&n->uses);
	p->pools_of = config->pools;
	p->pools = calloc(config->pools_count + 1, sizeof(struct pool *));
	while (p->pools && p->pools_count < config->pools_count) {
		struct pool *pool = pool_new(&config->pools[p->pools_count]);

		if (!pool)
			break;
		p->pools[p->pools_count++] = pool;
	}
	err = p->pools && p->pools_count == config->pools_count ? make_uses(c, config, &n->uses)
								: -ENOMEM;
	if (err)
		admission_drop(n);
	else
		*out = n;
	return err;
}

void admission_drop(struct admission_next *n)
{
	if (!n)
		return;
	free_uses(n->c, &n->uses);
	admission_free_pools(&n->pools);
	free(n);
}

void admission_switch(struct controller *c, struct admission_next *n)
{
	struct admission *a = c->admission;

	merge_uses(c, n->config, &n->uses);
	admission_free_pools(a);
	a->pools_of = n->pools.pools_of;
	a->pools = n->pools.pools;
	a->pools_count = n->pools.pools_count;
	free(n);
}

/* The oldest first, as a login's calls stand. */
static void put_by_age(struct login *l, struct call *call)
{
	struct list *i, *keep;

	list_for_each(i, keep, &l->calls) {
		if (list_item(i, struct call, in_login)->granted > call->granted) {
			list_append(i, &call->in_login);
			return;
		}
	}
	list_append(&l->calls, &call->in_login);
}

/* The legs of a set may have one address. */
void admission_rejoin(struct call *call)
{
	struct login *old = call->login, *l;

	if (call->grant->pool && call->remote_ppp_ip.family)
		pool_claim(admission_pool_of(call), &call->remote_ppp_ip);
	if (!old)
		return;
	l = admission_login_of(call->t->c->admission, call->t->incoming, call->grant,
			       call->user ? call->user : "");
	if (!l) {
		call_replace(call, "out of memory");
		return;
	}
	list_remove(&call->in_login);
	put_by_age(l, call);
	call->login = l;
	admission_login_put(old);
}

static void enforce(struct login *l)
{
	struct list *i, *keep;
	uint32_t count = 0;

	list_for_each(i, keep, &l->calls)
		count += !list_item(i, struct call, in_login)->closing;
	list_for_each(i, keep, &l->calls) {
		struct call *call = list_item(i, struct call, in_login);
		uint32_t max = admission_sessions_of(call->grant);

		if (call->closing || call->grant->set || !max || count <= max)
			continue;
		count--;
		call_replace(call,
			     "the changed configuration lets fewer sessions of a login be on");
	}
}

void admission_enforce(struct controller *c)
{
	struct admission *a = c->admission;
	struct list *i, *keep;

	for (size_t b = 0; b < a->buckets_count; b++)
		list_for_each(i, keep, &a->buckets[b])
			enforce(list_item(i, struct login, in_bucket));
}
