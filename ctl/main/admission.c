// SPDX-License-Identifier: GPL-2.0-only
/* Rules, logins and pools of incoming sessions, see admission.h. */
#include "main/admission.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "main/admission_private.h"
#include "main/prefixes.h"
#include "main/set.h"
#include "policy/pool.h"
#include "policy/rules.h"

#define LOGINS_MIN 64

static const char same_login[] = "replaced by a new session of the same login";

int admission_open(struct controller *c)
{
	size_t buckets = LOGINS_MIN;
	struct admission_next *next;
	struct admission *a;
	int err;

	while (buckets < c->config->max_sessions)
		buckets *= 2;
	a = calloc(1, sizeof(*a) + buckets * sizeof(a->buckets[0]));
	c->admission = a;
	if (!a)
		return -ENOMEM;
	a->buckets_count = buckets;
	for (size_t i = 0; i < buckets; i++)
		list_init(&a->buckets[i]);
	list_init(&a->uses);
	err = admission_prepare(c, c->config, &next);
	if (!err)
		admission_switch(c, next);
	return err;
}

void admission_close(struct controller *c)
{
	struct admission *a = c->admission;
	struct list *i, *keep;

	if (!a)
		return;
	list_for_each(i, keep, &a->uses)
		free(list_item(i, struct use, in_admission));
	admission_free_pools(a);
	free(a);
}

struct use *admission_use_of(const struct controller *c, const struct config_incoming *in)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->admission->uses)
		if (list_item(i, struct use, in_admission)->in == in)
			return list_item(i, struct use, in_admission);
	return NULL;
}

/* Its entry is gone, and nothing is left of what came in by it. */
static void use_put(const struct controller *c, struct use *u)
{
	if (!u->in && !u->tunnels && !u->sessions)
		admission_use_free(c, u);
}

void admission_add_tunnel(struct tunnel *t)
{
	t->use = admission_use_of(t->c, t->incoming);
	t->use->tunnels++;
}

void admission_remove_tunnel(struct tunnel *t)
{
	t->use->tunnels--;
	use_put(t->c, t->use);
}

void admission_count_call(const struct tunnel *t, bool more)
{
	t->use->sessions += more ? 1 : -1u;
}

uint32_t admission_total(const struct tunnel *t)
{
	return config_has_total(t->incoming) ? t->use->total : 0;
}

bool admission_has_room_for_tunnel(const struct controller *c, const struct config_incoming *in)
{
	return !in->max_tunnels || admission_use_of(c, in)->tunnels < in->max_tunnels;
}

bool admission_tunnel_in_pace(const struct controller *c, const struct config_incoming *in)
{
	return gate_count_passes(&admission_use_of(c, in)->tunnels_asked, 1000, c->timers.now,
				 in->attempts_per_second);
}

/* So many may be refused that a line a minute has to do. */
static bool call_in_pace(const struct tunnel *t)
{
	const uint32_t limit = t->incoming->attempts_per_second;
	const uint64_t now = t->c->timers.now;

	if (gate_count_passes(&t->use->calls_asked, 1000, now, limit))
		return true;
	if (gate_count_passes(&t->use->pace_said, 60000, now, 1))
		log_warning(&t->log,
			    "calls refused: more than the attempts-per-second (%u) of %s come",
			    limit, t->incoming->name);
	return false;
}

bool admission_has_room_for_call(const struct tunnel *t)
{
	uint32_t all = t->c->config->max_sessions, ours = t->incoming->max_sessions;
	struct use *u = t->use;
	bool was_full = u->full;

	u->full = true;
	/* The data path would refuse it, but not before the peer has done its part. */
	if (t->c->calls >= all) {
		if (!was_full)
			log_warning(&t->log, "call refused: there are max-sessions (%u) already",
				    all);
		return false;
	}
	if (ours && u->sessions >= ours) {
		if (!was_full)
			log_warning(&t->log, "call refused: %s has its max-sessions (%u) already",
				    t->incoming->name, ours);
		return false;
	}
	u->full = false;
	return call_in_pace(t);
}

struct pool *admission_pool_of(const struct call *call)
{
	const struct admission *a = call->t->c->admission;

	return a->pools[call->grant->pool - a->pools_of];
}

static bool for_one(const struct config_session *rule)
{
	return rule->remote_ppp_ip.family || rule->routes_count;
}

uint32_t admission_sessions_of(const struct config_session *rule)
{
	return for_one(rule) ? 1 : rule->max_sessions;
}

struct login *admission_login_of(struct admission *a, const struct config_incoming *in,
				 const struct config_session *rule, const char *name)
{
	uint32_t h = fnv1a(FNV1A_START, &in, sizeof(in));
	struct list *bucket, *i, *keep;
	struct login *l;

	rule = for_one(rule) ? rule : NULL;
	h = rule ? fnv1a(h, &rule, sizeof(rule)) : fnv1a(h, name, strlen(name));
	bucket = &a->buckets[h & (a->buckets_count - 1)];
	list_for_each(i, keep, bucket) {
		l = list_item(i, struct login, in_bucket);
		if (l->hash == h && l->in == in && l->rule == rule &&
		    (rule || !strcmp(l->name, name)))
			return l;
	}
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	*l = (struct login){.in = in, .rule = rule, .hash = h};
	if (!rule) {
		l->name = strdup(name);
		if (!l->name) {
			free(l);
			return NULL;
		}
	}
	list_init(&l->calls);
	list_append(bucket, &l->in_bucket);
	return l;
}

void admission_login_put(struct login *l)
{
	if (!list_empty(&l->calls))
		return;
	list_remove(&l->in_bucket);
	free(l->name);
	free(l);
}

void admission_leave(struct call *call)
{
	if (!call->grant)
		return;
	if (call->grant->pool && call->remote_ppp_ip.family && !set_shares_address(call))
		pool_give_back(admission_pool_of(call), &call->remote_ppp_ip);
	call->remote_ppp_ip.family = 0;
	set_leave(call);
	call->grant = NULL;
	list_remove(&call->in_login);
	if (call->login)
		admission_login_put(call->login);
	call->login = NULL;
}

/*
 * A leg counts with the others of its set, which are as many as a set may have. What only one can
 * have goes to one set at a time.
 */
static const char *join_set(struct login *l, struct call *call, const char *name, const char **told)
{
	struct list *i, *keep;

	if (set_join(call, call->grant->set, name)) {
		*told = "Too many sessions";
		return "no room for another leg";
	}
	list_for_each(i, keep, &l->calls) {
		struct call *old = list_item(i, struct call, in_login);

		if (for_one(call->grant) && old->set != call->set && !old->closing)
			call_replace(old, same_login);
	}
	return NULL;
}

/* Puts the call behind those that are on already, one of which may have to go. */
static const char *join(struct login *l, struct call *call)
{
	uint32_t max = admission_sessions_of(call->grant), count = 0;
	struct list *i, *keep;

	call->login = l;
	list_for_each(i, keep, &l->calls)
		count += !list_item(i, struct call, in_login)->closing;
	list_append(&l->calls, &call->in_login);
	if (call->grant->set || !max || count < max)
		return NULL;
	if (!call->grant->replace)
		return "as many sessions as there may be are on already";
	list_for_each(i, keep, &l->calls) {
		struct call *old = list_item(i, struct call, in_login);

		if (!old->closing) {
			/* Most likely dead, and does not know it yet. The new one wins. */
			call_replace(old, same_login);
			break;
		}
	}
	return NULL;
}

static struct caller caller_of(const struct call *call, bool connected)
{
	const struct l2tp_call_info *info = l2tp_session_call(call->l2tp);

	return (struct caller){.call = info, .connected = connected, .proxied = call->proxied};
}

const char *admission_refused(struct call *call, bool connected)
{
	const struct config_incoming *in = call->t->incoming;
	const struct l2tp_call_info *info = l2tp_session_call(call->l2tp);
	const struct l2tp_proxy *proxy = connected ? info->proxy : NULL;
	struct caller caller;
	const struct config_session *rule;
	const char *why;

	call->proxied = proxy && *proxy->proxy_auth_name && in->accept_proxy_login;
	caller = caller_of(call, connected);
	if (!in->auth[0])
		caller.username = "";
	else if (call->proxied)
		caller.username = proxy->proxy_auth_name;
	switch (rules_match(in->rules, &caller, &rule, &why)) {
	case RULES_NONE:
		return why;
	case RULES_MATCH:
		/* Where LCP is to be done here, it comes to this after the login. */
		if (rule->relay && connected && rule->relay->proxy_lcp != TOLD_REGENERATE) {
			call->grant = rule;
			call->user = caller.username ? strdup(caller.username) : NULL;
		}
		return rule->reject;
	default:
		return NULL;
	}
}

static const char *take_address(struct call *call, const char *name)
{
	if (!call->grant->pool) {
		call->remote_ppp_ip = call->grant->remote_ppp_ip;
		return NULL;
	}
	/* The legs of a set are one caller. */
	if (call->set && set_address(call, &call->remote_ppp_ip))
		return NULL;
	return pool_take(admission_pool_of(call), name, &call->remote_ppp_ip)
		       ? "the address pool is empty"
		       : NULL;
}

const char *admission_login(struct call *call, const struct ppp_login *login, const char **told)
{
	const struct config_incoming *in = call->t->incoming;
	struct caller caller = caller_of(call, true);
	const struct config_session *rule;
	const char *why;
	struct login *l;

	*told = "Login incorrect";
	caller.username = login->name;
	caller.login = login;
	if (rules_match(in->rules, &caller, &rule, &why) != RULES_MATCH)
		return why;
	if (rule->reject)
		return *told = rule->reject;
	if (login->again)
		return NULL;
	/* After LCP was negotiated anew, this may be another login than before. */
	admission_leave(call);
	*told = "No room for another session";
	if (rule->relay) {
		call->grant = rule;
		return NULL;
	}
	l = admission_login_of(call->t->c->admission, in, rule, login->name);
	if (!l)
		return "out of memory";
	call->grant = rule;
	why = join(l, call);
	if (!why && rule->set)
		why = join_set(l, call, login->name, told);
	if (!why)
		why = take_address(call, login->name);
	if (why)
		admission_leave(call);
	return why;
}
