// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels and sessions under a changed configuration: each is matched against the new one as if it came
 * again. One that would get the same, or what can be changed in place, stays.
 */
#include <stdio.h>
#include <string.h>
#include "main/admission.h"
#include "main/call.h"
#include "main/relay.h"
#include "main/reload.h"
#include "policy/change.h"
#include "policy/match.h"
#include "policy/rules.h"

#define REASON_MAX 128

/* The new rule, or NULL and why there is none. */
static const struct config_session *rule_for(const struct call *call,
					     const struct config_incoming *in, char why[REASON_MAX])
{
	const struct l2tp_call_info *info = l2tp_session_call(call->l2tp);
	const struct caller caller = {.call = info,
				      .connected = true,
				      .proxied = call->proxied,
				      .username = in->auth[0] ? call->user : ""};
	const struct config_session *rule;
	const char *reason;

	switch (rules_rematch(in->rules, &caller, call->logged_in, call->grant, &rule, &reason)) {
	case RULES_MATCH:
		if (!rule->reject)
			return rule;
		snprintf(why, REASON_MAX, "%s", rule->reject);
		return NULL;
	case RULES_LATER:
		reason = "its rule asks for a login now";
		break;
	default:
		break;
	}
	snprintf(why, REASON_MAX, "the configuration has changed: %s", reason);
	return NULL;
}

/* Has a rule: *change is what becomes of it, and why when it has to end. */
static enum change judge(struct call *call, const struct config_incoming *in,
			 const struct config_session **rule, char why[REASON_MAX])
{
	const struct change_grant old = {call->t->incoming, call->grant};
	struct change_grant new = {in, NULL};
	enum change change;
	const char *key;

	new.rule = *rule = rule_for(call, in, why);
	if (!*rule)
		return CHANGE_ANEW;
	change = change_session(&old, &new, &call->remote_ppp_ip, &key);
	if (change == CHANGE_ANEW)
		snprintf(why, REASON_MAX, "the configuration has changed: %s", key);
	return change;
}

static void count(struct reload_counts *n, enum change change)
{
	if (change == CHANGE_NONE)
		n->same++;
	else if (change == CHANGE_IN_PLACE)
		n->changed++;
	else
		n->ended++;
}

static void drop_call(struct call *call, const struct config_incoming *in, struct reload_counts *n)
{
	const struct config_session *rule;
	char why[REASON_MAX];
	enum change change;
	const char *key;

	if (call->closing) {
		call_release(call);
		return;
	}
	if (!call->grant) {
		if (change_setup(call->t->incoming, in, &key) == CHANGE_ANEW)
			call_close(call, "the configuration has changed meanwhile");
		return;
	}
	change = judge(call, in, &rule, why);
	count(n, change);
	if (change == CHANGE_ANEW)
		call_replace(call, why);
	else
		call->grant = rule;
}

/* Who has been let in, and stays so far. */
static bool is_in(const struct call *call)
{
	return call->grant && !call->closing;
}

unsigned reload_sessions_in(const struct tunnel *t)
{
	struct list *i, *keep;
	unsigned count = 0;

	if (t->outgoing)
		return t->outgoing->was_up;
	list_for_each(i, keep, (struct list *)&t->calls) {
		const struct call *call = list_item(i, struct call, in_tunnel), *caller = call;

		if (t->relay)
			caller = call->relayed ? relayed_other(call) : NULL;
		count += caller && is_in(caller);
	}
	return count;
}

static void leave(struct tunnel *t, const char *why, struct reload_counts *n)
{
	struct list *i, *keep;

	log_info(&t->log, "%s", why);
	t->leaving = true;
	list_for_each(i, keep, &t->calls) {
		struct call *call = list_item(i, struct call, in_tunnel);

		n->ended += is_in(call);
		call_release(call);
		call_close(call, "the configuration has changed");
	}
}

static void drop_incoming(struct tunnel *t, struct reload_counts *n)
{
	const struct config_incoming *in =
		policy_match_tunnel(t->c->config, l2tp_tunnel_peer(t->l2tp)->host_name,
				    l2tp_tunnel_path(t->l2tp));
	struct list *i, *keep;
	char why[REASON_MAX];
	const char *key;

	if (t->leaving)
		return;
	if (!in || strcmp(in->name, t->incoming->name) != 0) {
		snprintf(why, sizeof(why), "the configuration has changed: %s",
			 in ? "another entry is for this peer" : "no entry is for this peer");
		leave(t, why, n);
		return;
	}
	if (change_tunnel(t->incoming, in, &key) == CHANGE_ANEW) {
		snprintf(why, sizeof(why), "the configuration has changed: %s", key);
		leave(t, why, n);
		return;
	}
	list_for_each(i, keep, &t->calls)
		drop_call(list_item(i, struct call, in_tunnel), in, n);
	incoming_take(t, in);
}

/* Does it go by the new configuration? */
static bool stays(const struct tunnel *t)
{
	if (t->outgoing)
		return !t->outgoing->next && !t->outgoing->held;
	return t->incoming && !t->leaving;
}

void reload_sessions_drop(struct controller *c, struct reload_counts *n)
{
	struct list *i, *j, *keep_i, *keep_j;

	list_for_each(i, keep_i, &c->tunnels) {
		struct tunnel *t = list_item(i, struct tunnel, in_controller);

		if (t->incoming)
			drop_incoming(t, n);
	}
	/* Nobody gets what somebody else has still. */
	list_for_each(i, keep_i, &c->tunnels) {
		struct tunnel *t = list_item(i, struct tunnel, in_controller);

		if (!stays(t))
			continue;
		list_for_each(j, keep_j, &t->calls)
			call_change_drop(list_item(j, struct call, in_tunnel));
	}
}

void reload_sessions_change(struct controller *c)
{
	struct list *i, *j, *keep_i, *keep_j;

	list_for_each(i, keep_i, &c->tunnels) {
		struct tunnel *t = list_item(i, struct tunnel, in_controller);

		if (!stays(t))
			continue;
		list_for_each(j, keep_j, &t->calls) {
			struct call *call = list_item(j, struct call, in_tunnel);

			if (call->closing)
				continue;
			call_change(call);
			if (call->grant)
				admission_rejoin(call);
		}
	}
	admission_enforce(c);
}

bool reload_tunnels_leaving(struct controller *c)
{
	struct list *i, *keep;
	bool any = false;

	list_for_each(i, keep, &c->tunnels) {
		struct tunnel *t = list_item(i, struct tunnel, in_controller);

		if (!t->leaving)
			continue;
		any = true;
		if (list_empty(&t->calls))
			l2tp_tunnel_close(t->l2tp, L2TP_STOP_CLEAR, 0,
					  "the configuration has changed");
	}
	return any;
}
