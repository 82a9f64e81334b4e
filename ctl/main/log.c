// SPDX-License-Identifier: GPL-2.0-only
/* Whom lines of the log are about, and the levels of `l2x log`, see log.h. */
#include "main/log.h"

#include <stdlib.h>
#include <string.h>
#include "main/set.h"
#include "policy/pattern.h"

#define WISHES_MAX 100

enum wish_kind {
	WISH_TUNNEL,
	WISH_SESSION,
	WISH_USER,
	WISH_CALLING,
	WISH_PEER,
	WISH_KINDS,
};

static const char *const kinds[WISH_KINDS] = {"tunnel", "session", "user", "calling", "peer"};

struct wish {
	struct list in_controller;
	enum wish_kind kind;
	enum log_level level;
	char pattern[];
};

void log_open(struct controller *c)
{
	list_init(&c->log_wishes);
}

static void forget(struct controller *c, struct wish *w)
{
	list_remove(&w->in_controller);
	free(w);
	c->log_wishes_count--;
}

void log_close(struct controller *c)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->log_wishes)
		forget(c, list_item(i, struct wish, in_controller));
}

/* An incoming tunnel is also called as its entry. */
static const char *entry_of(const struct tunnel *t)
{
	return t->outgoing   ? t->outgoing->config->name
	       : t->relay    ? t->relay->config->name
	       : t->incoming ? t->incoming->name
			     : "";
}

static const char *calling_of(const struct call *call)
{
	if (call->t->outgoing)
		return call->t->outgoing->config->calling;
	return call->l2tp ? l2tp_session_call(call->l2tp)->calling : NULL;
}

static bool fits(const struct wish *w, const char *text)
{
	return text && pattern_match(w->pattern, text, true);
}

static bool tunnel_fits(const struct wish *w, const struct tunnel *t)
{
	char address[IP_ADDR_TEXT];

	if (w->kind == WISH_TUNNEL)
		return fits(w, t->log.name) || fits(w, entry_of(t));
	return w->kind == WISH_PEER && t->l2tp &&
	       (fits(w, l2tp_tunnel_peer(t->l2tp)->host_name) ||
		fits(w, ip_addr_text(&l2tp_tunnel_path(t->l2tp)->peer.ip, address)));
}

static bool call_fits(const struct wish *w, const struct call *call, const char *login)
{
	switch (w->kind) {
	case WISH_SESSION:
		return fits(w, call->log.name);
	case WISH_USER:
		return fits(w, login ? login : call_user(call));
	case WISH_CALLING:
		return fits(w, calling_of(call));
	default:
		return tunnel_fits(w, call->t);
	}
}

static enum log_level or_above(int level, enum log_level above)
{
	return level == CONFIG_LOG_AS_ABOVE ? above : (enum log_level)level;
}

static enum log_level entry_level(const struct tunnel *t)
{
	return or_above(t->outgoing   ? t->outgoing->config->log_level
			: t->relay    ? t->relay->config->log_level
			: t->incoming ? t->incoming->log_level
				      : CONFIG_LOG_AS_ABOVE,
			t->c->log.level);
}

static void tunnel_subject(const struct logger *lg, struct log_subject *who)
{
	const struct tunnel *t = list_item(lg, const struct tunnel, log);

	who->tunnel = t->log.name;
	if (t->l2tp)
		endpoint_text(&l2tp_tunnel_path(t->l2tp)->peer, who->peer);
}

static void call_subject(const struct logger *lg, struct log_subject *who)
{
	const struct call *call = list_item(lg, const struct call, log);

	tunnel_subject(&call->t->log, who);
	who->session = call->log.name;
	who->user = call_user(call);
	who->set = call->set ? call->set->name : NULL;
}

static void outgoing_subject(const struct logger *lg, struct log_subject *who)
{
	who->tunnel = list_item(lg, const struct outgoing, log)->config->name;
}

static void relay_subject(const struct logger *lg, struct log_subject *who)
{
	who->tunnel = list_item(lg, const struct relay, log)->config->name;
}

void log_tunnel(struct tunnel *t)
{
	struct list *i, *keep;

	t->log.subject = tunnel_subject;
	t->log.level = entry_level(t);
	list_for_each(i, keep, &t->c->log_wishes) {
		const struct wish *w = list_item(i, struct wish, in_controller);

		if (tunnel_fits(w, t))
			t->log.level = w->level;
	}
}

void log_call(struct call *call, const char *login)
{
	struct list *i, *keep;

	call->log.subject = call_subject;
	call->log.level = or_above(call->grant ? call->grant->log_level : CONFIG_LOG_AS_ABOVE,
				   entry_level(call->t));
	list_for_each(i, keep, &call->t->c->log_wishes) {
		const struct wish *w = list_item(i, struct wish, in_controller);

		if (call_fits(w, call, login))
			call->log.level = w->level;
	}
}

/* What has no tunnel yet is known by its entry's name. */
static enum log_level named_level(struct controller *c, const char *name, int level)
{
	enum log_level found = or_above(level, c->log.level);
	struct list *i, *keep;

	list_for_each(i, keep, &c->log_wishes) {
		const struct wish *w = list_item(i, struct wish, in_controller);

		if (w->kind == WISH_TUNNEL && fits(w, name))
			found = w->level;
	}
	return found;
}

void log_outgoing(struct outgoing *o)
{
	o->log.subject = outgoing_subject;
	o->log.level = named_level(o->c, o->config->name, o->config->log_level);
}

void log_relay(struct relay *r)
{
	r->log.subject = relay_subject;
	r->log.level = named_level(r->c, r->config->name, r->config->log_level);
}

void log_apply(struct controller *c)
{
	struct list *i, *j, *keep_i, *keep_j;

	list_for_each(i, keep_i, &c->sets)
		list_item(i, struct leg_set, in_controller)->log.level = c->log.level;
	list_for_each(i, keep_i, &c->outgoing)
		log_outgoing(list_item(i, struct outgoing, in_controller));
	list_for_each(i, keep_i, &c->relays)
		log_relay(list_item(i, struct relay, in_controller));
	list_for_each(i, keep_i, &c->tunnels) {
		struct tunnel *t = list_item(i, struct tunnel, in_controller);

		log_tunnel(t);
		list_for_each(j, keep_j, &t->calls)
			log_call(list_item(j, struct call, in_tunnel), NULL);
	}
}

static struct wish *find(struct controller *c, enum wish_kind kind, const char *pattern)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->log_wishes) {
		struct wish *w = list_item(i, struct wish, in_controller);

		if (w->kind == kind && !strcmp(w->pattern, pattern))
			return w;
	}
	return NULL;
}

/* The last one that fits counts, so one that is said again goes to the end. NULL, or why not. */
static const char *wish(struct controller *c, enum wish_kind kind, const char *pattern, int level)
{
	struct wish *old = find(c, kind, pattern), *w;
	size_t len = strlen(pattern) + 1;

	if (old)
		forget(c, old);
	if (c->log_wishes_count == WISHES_MAX)
		return "there are 100 levels already, set some to default";
	w = malloc(sizeof(*w) + len);
	if (!w)
		return "out of memory";
	w->kind = kind;
	w->level = (enum log_level)level;
	memcpy(w->pattern, pattern, len);
	list_append(&c->log_wishes, &w->in_controller);
	c->log_wishes_count++;
	return NULL;
}

static json_t *list_wishes(struct controller *c)
{
	json_t *levels = json_array();
	struct list *i, *keep;

	list_for_each(i, keep, &c->log_wishes) {
		const struct wish *w = list_item(i, struct wish, in_controller);

		json_array_append_new(levels, json_pack("{s:s, s:o, s:s}", "kind", kinds[w->kind],
							"pattern", status_text(w->pattern), "level",
							log_level_name(w->level)));
	}
	return json_pack("{s:b, s:s, s:o}", "ok", 1, "program", log_level_name(c->log.level),
			 "levels", levels);
}

json_t *log_command(struct controller *c, const json_t *request)
{
	const char *kind = json_string_value(json_object_get(request, "kind"));
	const char *pattern = json_string_value(json_object_get(request, "pattern"));
	const char *level = json_string_value(json_object_get(request, "level"));
	const char *wrong = NULL;
	enum wish_kind k = WISH_TUNNEL;

	if (!kind && !pattern && !level)
		return list_wishes(c);
	while (k < WISH_KINDS && kind && strcmp(kinds[k], kind))
		k++;
	if (!kind || k == WISH_KINDS || !pattern || !*pattern || !level)
		return api_error("log needs a kind, a pattern and a level");
	if (strcmp(level, "default") && log_level_parse(level) < 0)
		return api_error("\"%s\" is no level, give error, warning, info, debug or default",
				 level);
	if (strcmp(level, "default"))
		wrong = wish(c, k, pattern, log_level_parse(level));
	else if (find(c, k, pattern))
		forget(c, find(c, k, pattern));
	else
		return api_error("no level was given for %s %s", kind, pattern);
	log_apply(c);
	return wrong ? api_error("%s", wrong) : list_wishes(c);
}
