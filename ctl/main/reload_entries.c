// SPDX-License-Identifier: GPL-2.0-only
/* What a changed configuration does to all that is no incoming session: see reload.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "main/call.h"
#include "main/relay.h"
#include "main/reload.h"
#include "main/set.h"
#include "policy/change.h"
#include "policy/match.h"

/* One that became of another kind, or is gone, stays as it was until its last leg has ended. */
void reload_sets(struct controller *c)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->sets) {
		struct leg_set *set = list_item(i, struct leg_set, in_controller);
		const struct config_set *new = CONFIG_NAMED(c->config, sets, set->config->name);

		if (new &&new->kind == set->config->kind)
			set_take(set, new);
	}
}

static struct relay *relay_named(struct controller *c, const char *name)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->relays)
		if (!strcmp(list_item(i, struct relay, in_controller)->config->name, name))
			return list_item(i, struct relay, in_controller);
	return NULL;
}

static void leave_relay(struct relay *r, const char *reason, struct reload_counts *n)
{
	struct list *i, *keep;

	list_for_each(i, keep, &r->waiting)
		n->ended++;
	if (r->tunnel)
		n->ended += reload_sessions_in(r->tunnel);
	relay_leave(r, reason);
}

void reload_relays(struct controller *c, struct reload_counts *n)
{
	struct list *i, *keep;
	const char *key;

	list_for_each(i, keep, &c->relays) {
		struct relay *r = list_item(i, struct relay, in_controller);
		const struct config_relay *new = CONFIG_NAMED(c->config, relays, r->config->name);

		if (!new) {
			log_info(&r->log, "gone from the configuration");
			leave_relay(r, "gone from the configuration", n);
		} else if (change_relay(r->config, new, relay_server(r), &key) == CHANGE_ANEW ||
			   (key && !r->tunnel && r->dialling)) {
			log_info(&r->log, "begins anew: %s is another", key);
			leave_relay(r, "its configuration has changed", n);
		} else {
			relay_take(r, new);
		}
	}
	for (size_t k = 0; k < c->config->relays_count; k++)
		if (!relay_named(c, c->config->relays[k].name) &&
		    relay_start(c, &c->config->relays[k]))
			log_error(&c->log, "%s: out of memory", c->config->relays[k].name);
}

/* Its session, if that is up. */
static void count(const struct outgoing *o, enum change change, struct reload_counts *n)
{
	if (!o->tunnel || !o->was_up)
		return;
	n->same += change == CHANGE_NONE;
	n->changed += change == CHANGE_IN_PLACE;
	n->ended += change == CHANGE_ANEW;
}

static void change_one(struct outgoing *o, const struct config_outgoing *new,
		       struct reload_counts *n)
{
	const char *key;
	enum change change = change_outgoing(o->config, new, outgoing_server(o), &key);

	if (o->next) {
		o->next = new; /* its tunnel is just ending */
		return;
	}
	count(o, change, n);
	if (change == CHANGE_ANEW || (change == CHANGE_IN_PLACE && !o->tunnel)) {
		log_info(&o->log, "begins anew: %s is another", key);
		outgoing_begin_anew(o, new);
	} else {
		if (key)
			log_info(&o->log, "changed in place: %s is another", key);
		outgoing_take(o, new);
	}
}

static struct outgoing *leaving_named(struct controller *c, const char *name)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->outgoing_leaving)
		if (!strcmp(list_item(i, struct outgoing, in_controller)->config->name, name))
			return list_item(i, struct outgoing, in_controller);
	return NULL;
}

static void begin_one(struct controller *c, const struct config_outgoing *new)
{
	struct outgoing *leaving = leaving_named(c, new->name);

	if (outgoing_find(c, new->name))
		return;
	if (leaving)
		outgoing_return(leaving, new);
	else if (outgoing_start(c, new))
		log_error(&c->log, "%s: out of memory", new->name);
}

void reload_outgoing(struct controller *c, struct reload_counts *counts)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->outgoing) {
		struct outgoing *o = list_item(i, struct outgoing, in_controller);
		const struct config_outgoing *new =
			CONFIG_NAMED(c->config, outgoing, o->config->name);

		if (new) {
			change_one(o, new, counts);
			continue;
		}
		log_info(&o->log, "gone from the configuration");
		count(o, CHANGE_ANEW, counts);
		outgoing_leave(o);
	}
	for (size_t n = 0; n < c->config->outgoing_count; n++)
		begin_one(c, &c->config->outgoing[n]);
}

/* What was attached by command stays. */
void reload_interfaces(struct controller *c, const struct config *old)
{
	for (size_t n = 0; n < old->interfaces_count; n++)
		if (!CONFIG_NAMED(c->config, interfaces, old->interfaces[n].name) &&
		    !dataplane_detach(c->dp, old->interfaces[n].name))
			log_info(&c->log, "%s: detached", old->interfaces[n].name);
	links_expect(c, old);
}

void reload_listen(struct controller *c, struct reload_counts *n)
{
	const struct config *config = c->config;
	struct list *i, *keep;

	list_for_each(i, keep, &c->tunnels) {
		struct tunnel *t = list_item(i, struct tunnel, in_controller);
		const struct ip_addr *local = &l2tp_tunnel_path(t->l2tp)->local.ip;

		if (config_listens_at(config, local))
			continue;
		n->ended += reload_sessions_in(t);
		if (t->outgoing)
			t->outgoing->at_once = true;
		l2tp_tunnel_close(t->l2tp, L2TP_STOP_CLEAR, 0,
				  "its address is no longer listened on");
	}
	controller_flush(c);
	dataplane_listen_only(c->dp, config->listen, config->listen_count);
}
