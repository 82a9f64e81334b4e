// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which calls a capture sees, and what is kept of calls of which that is not known yet. Which captures see it stands in
 * each call as bits.
 */
#include <stdlib.h>
#include <string.h>
#include "main/capture.h"
#include "main/relay.h"
#include "main/set.h"
#include "policy/pattern.h"

#define KEPT_PACKETS 128	/* of a call: a login takes some ten */
#define KEPT_BYTES   (8u << 20) /* of all calls */

struct kept {
	struct list in_backlog;
	struct dataplane_captured got;
	size_t size;
	uint8_t bytes[];
};

struct capture_backlog {
	struct list kept;
	unsigned count;
	uint64_t missed;
};

/* By its own name, or by that of its entry: several peers' tunnels may be of one, and have numbers behind it. */
bool capture_takes_tunnel(const struct capture *cp, const struct tunnel *t)
{
	const size_t len = strlen(cp->name);

	if (cp->kind != CAPTURE_TUNNEL || strncmp(t->log.name, cp->name, len))
		return false;
	return !t->log.name[len] || t->log.name[len] == '#';
}

static bool chooses(const struct capture *cp, const struct call *call)
{
	const char *user = call_user(call);

	switch (cp->kind) {
	case CAPTURE_SESSION:
		return !strcmp(call->log.name, cp->name);
	case CAPTURE_SET:
		return call->set && !strcmp(call->set->name, cp->name);
	case CAPTURE_TUNNEL:
		return capture_takes_tunnel(cp, call->t);
	case CAPTURE_USER:
		return user && pattern_match(cp->name, user, false);
	case CAPTURE_CALLING:
		return call->l2tp &&
		       pattern_match(cp->name, l2tp_session_call(call->l2tp)->calling, false);
	case CAPTURE_KINDS:
		break;
	}
	return false;
}

/* A relayed call's wrapper is that of both its halves; its content is the same on both. */
static bool wants(const struct capture *cp, const struct call *call)
{
	const struct call *other = call->relayed ? relayed_other(call) : NULL;

	if (chooses(cp, call))
		return true;
	return other && cp->wrapper && cp->kind != CAPTURE_TUNNEL && chooses(cp, other);
}

/* May its login be somebody's that is waited for? */
static bool waits_for_login(const struct captures *all, const struct call *call)
{
	if (!call->t->incoming || call->user || call->login_seen || call->relayed)
		return false;
	for (unsigned i = 0; i < CAPTURES_MAX; i++)
		if (all->slot[i] && all->slot[i]->kind == CAPTURE_USER)
			return true;
	return false;
}

void capture_keep(struct captures *all, struct call *call, const struct dataplane_captured *got)
{
	const struct capture_bytes *body = got->packet.p ? &got->packet : &got->message;
	struct capture_backlog *b = call->backlog;
	struct kept *k;

	if (!b)
		return;
	if (b->count == KEPT_PACKETS || all->kept + body->cap > KEPT_BYTES) {
		b->missed++;
		return;
	}
	k = malloc(sizeof(*k) + body->cap);
	if (!k) {
		b->missed++;
		return;
	}
	k->got = *got;
	k->size = body->cap;
	memcpy(k->bytes, body->p, body->cap);
	if (got->packet.p)
		k->got.packet.p = k->bytes;
	k->got.message.p = k->bytes + (got->message.p - body->p);
	list_append(&b->kept, &k->in_backlog);
	b->count++;
	all->kept += k->size;
}

static void backlog_begin(struct call *call)
{
	struct capture_backlog *b = calloc(1, sizeof(*b));

	if (!b)
		return;
	list_init(&b->kept);
	call->backlog = b;
}

static void backlog_end(struct captures *all, struct call *call)
{
	struct list *i, *keep;

	if (!call->backlog)
		return;
	list_for_each(i, keep, &call->backlog->kept) {
		struct kept *k = list_item(i, struct kept, in_backlog);

		list_remove(i);
		all->kept -= k->size;
		free(k);
	}
	free(call->backlog);
	call->backlog = NULL;
}

static void give_kept(struct capture *cp, const struct call *call)
{
	struct list *i, *keep;

	if (!call->backlog)
		return;
	list_for_each(i, keep, &call->backlog->kept)
		capture_give(cp, call, &list_item(i, struct kept, in_backlog)->got);
	cp->missed += call->backlog->missed;
}

/* The control message that made a call, or told of it, is its first; and that of a tunnel. call: NULL with the latter. */
static void give_current(struct captures *all, const struct call *call, struct capture *cp)
{
	const uint32_t bit = 1u << cp->index;

	if (!all->current.message.p || (all->current_to & bit) || !cp->wrapper)
		return;
	all->current_to |= bit;
	capture_give(cp, call, &all->current);
}

static void add(struct capture *cp, struct call *call)
{
	struct captures *all = cp->all;

	if (call->captures & 1u << cp->index)
		return;
	call->captures |= 1u << cp->index;
	if (call->backlog)
		give_kept(cp, call);
	else
		give_current(all, call, cp);
}

static void watch(struct call *call)
{
	const bool want = call->captures || call->backlog;

	if (want || call->watched)
		call->watched = !dataplane_watch(call->t->c->dp, call->key, want) && want;
}

void capture_call_changed(struct call *call)
{
	struct captures *all = call->t->c->captures;

	if (!all)
		return;
	if (!call->backlog && waits_for_login(all, call)) {
		backlog_begin(call);
		if (!call->watched && all->current.message.p)
			capture_keep(all, call, &all->current);
	}
	for (unsigned i = 0; i < CAPTURES_MAX; i++) {
		struct capture *cp = all->slot[i];

		if (!cp)
			continue;
		if (wants(cp, call))
			add(cp, call);
		else if (cp->kind == CAPTURE_SET)
			call->captures &= ~(1u << i);
	}
	/* One that is relayed without a login. */
	if (!waits_for_login(all, call))
		backlog_end(all, call);
	watch(call);
}

void capture_call_login(struct call *call, const char *user)
{
	struct captures *all = call->t->c->captures;

	call->login_seen = true;
	if (!all)
		return;
	for (unsigned i = 0; i < CAPTURES_MAX; i++) {
		struct capture *cp = all->slot[i];

		if (cp && cp->kind == CAPTURE_USER && pattern_match(cp->name, user, false))
			add(cp, call);
	}
	backlog_end(all, call);
	watch(call);
}

void capture_call_gone(struct call *call)
{
	if (call->t->c->captures)
		backlog_end(call->t->c->captures, call);
}

void capture_tunnel_added(const struct tunnel *t)
{
	struct captures *all = t->c->captures;

	for (unsigned i = 0; all && i < CAPTURES_MAX; i++)
		if (all->slot[i] && capture_takes_tunnel(all->slot[i], t))
			give_current(all, NULL, all->slot[i]);
}

static void each_call(struct controller *c, void (*what)(struct capture *cp, struct call *call),
		      struct capture *cp)
{
	struct list *i, *j, *keep_i, *keep_j;

	list_for_each(i, keep_i, &c->tunnels) {
		struct tunnel *t = list_item(i, struct tunnel, in_controller);

		list_for_each(j, keep_j, &t->calls)
			what(cp, list_item(j, struct call, in_tunnel));
	}
}

static void look_at(struct capture *cp, struct call *call)
{
	(void)cp;
	capture_call_changed(call);
}

static void leave(struct capture *cp, struct call *call)
{
	call->captures &= ~(1u << cp->index);
	if (!waits_for_login(cp->all, call))
		backlog_end(cp->all, call);
	watch(call);
}

void capture_calls_begin(struct capture *cp)
{
	each_call(cp->all->c, look_at, cp);
}

void capture_calls_end(struct capture *cp)
{
	cp->all->slot[cp->index] = NULL;
	each_call(cp->all->c, leave, cp);
}

static bool is_configured(const struct config *config, enum capture_kind kind, const char *name)
{
	for (size_t i = 0; kind == CAPTURE_SET && i < config->sets_count; i++)
		if (!config->sets[i].per_login && !strcmp(config->sets[i].name, name))
			return true;
	for (size_t i = 0; kind != CAPTURE_SET && i < config->outgoing_count; i++)
		if (!strcmp(config->outgoing[i].name, name))
			return true;
	for (size_t i = 0; kind == CAPTURE_TUNNEL && i < config->incoming_count; i++)
		if (!strcmp(config->incoming[i].name, name))
			return true;
	for (size_t i = 0; kind == CAPTURE_TUNNEL && i < config->relays_count; i++)
		if (!strcmp(config->relays[i].name, name))
			return true;
	return false;
}

bool capture_exists(const struct controller *c, enum capture_kind kind, const char *name)
{
	struct capture like = {.kind = kind, .name = (char *)name};
	struct list *i, *j, *keep_i, *keep_j;

	if (kind == CAPTURE_USER || kind == CAPTURE_CALLING || is_configured(c->config, kind, name))
		return true;
	list_for_each(i, keep_i, &c->tunnels) {
		struct tunnel *t = list_item(i, struct tunnel, in_controller);

		if (capture_takes_tunnel(&like, t))
			return true;
		list_for_each(j, keep_j, &t->calls)
			if (chooses(&like, list_item(j, struct call, in_tunnel)))
				return true;
	}
	return false;
}
