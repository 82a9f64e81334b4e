// SPDX-License-Identifier: GPL-2.0-only
/* Sets and their legs, see set.h. */
#include "main/set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "main/install.h"
#include "main/payload_route.h"
#include "main/quality.h"

#define DOUBT \
	5000 /* ms for a leg that seems to have come back to show that the old one lives too */

struct set_route {
	struct list in_set;
	struct payload_route route;
	unsigned users;
};

/* The name of the configuration, with the login put in; NULL: no memory. */
static char *full_name(const char *pattern, const char *user)
{
	size_t room = strlen(pattern) + 1;
	char *name, *to;

	for (const char *p = strstr(pattern, "%u"); p; p = strstr(p + 2, "%u"))
		room += strlen(user);
	name = to = malloc(room);
	while (name && *pattern) {
		if (strncmp(pattern, "%u", 2)) {
			*to++ = *pattern++;
			continue;
		}
		to = stpcpy(to, user);
		pattern += 2;
	}
	if (name)
		*to = 0;
	return name;
}

static struct leg_set *find(struct controller *c, const struct config_set *config, const char *name)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->sets) {
		struct leg_set *set = list_item(i, struct leg_set, in_controller);

		if (set->config == config && !strcmp(set->name, name))
			return set;
	}
	return NULL;
}

static void subject(const struct logger *lg, struct log_subject *who)
{
	who->set = list_item(lg, const struct leg_set, log)->name;
}

static struct dataplane_set_setup setup_of(const struct config_set *config)
{
	return (struct dataplane_set_setup){
		.bond = config->kind == CONFIG_SET_BOND,
		.per_flow = !config->per_packet,
		.extended = config->extended,
		.skew = config->skew,
	};
}

void set_take(struct leg_set *set, const struct config_set *config)
{
	const struct dataplane_set_setup setup = setup_of(config);
	int err = dataplane_set_change(set->c->dp, set->id, &setup);

	set->config = config;
	set->ambiguous = false;
	if (err)
		log_error(&set->log, "data path does not take the change: %s", strerror(-err));
}

/* Takes name over. */
static int make(struct controller *c, const struct config_set *config, char *name,
		struct leg_set **out)
{
	const struct dataplane_set_setup setup = setup_of(config);
	struct leg_set *set = calloc(1, sizeof(*set));
	int err = set ? dataplane_set_new(c->dp, &setup, &set->id) : -ENOMEM;

	if (err) {
		free(set);
		free(name);
		return err;
	}
	set->c = c;
	set->config = config;
	set->name = name;
	logger_init(&set->log, c->log.sink, c->log.level, "set %s", name);
	set->log.subject = subject;
	list_init(&set->legs);
	list_init(&set->routes);
	list_append(&c->sets, &set->in_controller);
	set->made = c->timers.now;
	quality_set_start(set);
	if (!timer_is_set(&c->set_watch))
		timer_set(&c->timers, &c->set_watch, SET_WATCH_INTERVAL);
	*out = set;
	return 0;
}

static void put(struct leg_set *set)
{
	if (!list_empty(&set->legs))
		return;
	quality_set_stop(set);
	dataplane_set_free(set->c->dp, set->id);
	list_remove(&set->in_controller);
	free(set->name);
	free(set);
}

/* The old leg has not answered since it was asked. */
static void doubt_over(void *arg)
{
	struct call *call = arg;

	if (l2tp_tunnel_heard(call->t->l2tp) < call->doubted)
		call_replace(call, "replaced by a new session of the same leg");
}

void set_init_leg(struct call *call)
{
	timer_init(&call->doubt, doubt_over, call);
}

/*
 * A leg from where another one of the set is: most likely the same after a failure, whose old
 * session is dead and does not know it yet. But several legs may come from one place, so it is asked
 * whether it is alive, and has some seconds.
 */
static void doubt_twins(const struct call *call)
{
	const struct l2tp_call_info *info = l2tp_session_call(call->l2tp);
	const struct ip_addr *peer = &l2tp_tunnel_path(call->t->l2tp)->peer.ip;
	struct timers *timers = &call->t->c->timers;
	struct list *i, *keep;

	list_for_each(i, keep, &call->set->legs) {
		struct call *old = list_item(i, struct call, in_set);

		if (old->t == call->t || old->closing || timer_is_set(&old->doubt) ||
		    !ip_addr_eq(&l2tp_tunnel_path(old->t->l2tp)->peer.ip, peer) ||
		    strcmp(l2tp_session_call(old->l2tp)->calling, info->calling))
			continue;
		log_debug(&old->log, "is it still there? %s comes from the same place",
			  call->log.name);
		old->doubted = timers->now;
		l2tp_tunnel_probe(old->t->l2tp);
		timer_set(timers, &old->doubt, DOUBT);
	}
}

static unsigned free_place(const struct leg_set *set)
{
	unsigned taken = 0, place = 0;

	for (const struct list *i = set->legs.next; i != &set->legs; i = i->next)
		taken |= 1u << list_item(i, const struct call, in_set)->leg_place;
	while (taken & 1u << place)
		place++;
	return place;
}

bool set_has_leg_of(const struct leg_set *set, const struct outgoing *o)
{
	for (const struct list *i = set->legs.next; i != &set->legs; i = i->next)
		if (list_item(i, const struct call, in_set)->t->outgoing == o)
			return true;
	return false;
}

int set_join(struct call *call, const struct config_set *config, const char *user)
{
	struct controller *c = call->t->c;
	char *name = full_name(config->name, user ? user : "");
	struct leg_set *set = name ? find(c, config, name) : NULL;
	int err = name ? 0 : -ENOMEM;

	if (set)
		free(name);
	else if (!err)
		err = make(c, config, name, &set);
	if (err) {
		log_error(&call->log, "cannot be a leg of set %s: %s", config->name,
			  err == -ENOSPC ? "there are max-sets already" : strerror(-err));
		return err;
	}
	if (set->legs_count == L2X_SET_LEGS) {
		log_error(&call->log, "cannot be a leg of set %s: it has %u already", set->name,
			  set->legs_count);
		/* One of them may be the same leg, and gone when it comes again. */
		call->set = set;
		doubt_twins(call);
		call->set = NULL;
		return -E2BIG;
	}
	call->set = set;
	call->leg_place = free_place(set);
	call->missing_told = 0;
	if (!call->t->outgoing)
		doubt_twins(call);
	list_append(&set->legs, &call->in_set);
	set->legs_count++;
	quality_join_set(call);
	return 0;
}

void set_leave(struct call *call)
{
	struct leg_set *set = call->set;

	if (!set)
		return;
	quality_leave_set(call);
	timer_cancel(&set->c->timers, &call->doubt);
	list_remove(&call->in_set);
	set->legs_count--;
	call->set = NULL;
	put(set);
}

bool set_address(const struct call *call, struct ip_addr *address)
{
	struct list *i, *keep;

	list_for_each(i, keep, &call->set->legs) {
		const struct call *leg = list_item(i, struct call, in_set);

		if (leg == call || !leg->remote_ppp_ip.family ||
		    leg->grant->pool != call->grant->pool)
			continue;
		*address = leg->remote_ppp_ip;
		return true;
	}
	return false;
}

bool set_shares_address(const struct call *call)
{
	struct ip_addr other;

	return call->set && set_address(call, &other) && ip_addr_eq(&other, &call->remote_ppp_ip);
}

static bool is_up(const struct call *call, int family)
{
	return (family != AF_INET6 && call->ipv4.up) || (family != AF_INET && call->ipv6.up);
}

unsigned set_legs_up(const struct leg_set *set, int family)
{
	unsigned n = 0;

	for (const struct list *i = set->legs.next; i != &set->legs; i = i->next)
		n += is_up(list_item(i, const struct call, in_set), family);
	return n;
}

/* joining: counts too; NULL: none. */
static void fit_mtu(struct leg_set *set, const struct call *joining)
{
	uint16_t mtu = joining ? joining->mtu : 0;
	struct list *i, *keep;

	list_for_each(i, keep, &set->legs) {
		const struct call *leg = list_item(i, struct call, in_set);

		if (is_up(leg, AF_UNSPEC) && (!mtu || leg->mtu < mtu))
			mtu = leg->mtu;
	}
	if (mtu == set->mtu)
		return;
	set->mtu = mtu;
	list_for_each(i, keep, &set->routes) {
		struct set_route *r = list_item(i, struct set_route, in_set);
		int err = mtu ? payload_route_set_mtu(set->c, &r->route, mtu) : 0;

		if (err)
			log_error(&set->log, "cannot change the MTU of a route: %s",
				  strerror(-err));
	}
}

void set_make_room(struct call *call)
{
	fit_mtu(call->set, call);
}

void set_changed(struct leg_set *set)
{
	fit_mtu(set, NULL);
	set_watch_legs(set);
}

static struct set_route *find_route(struct leg_set *set, const struct ip_prefix *prefix)
{
	struct list *i, *keep;

	list_for_each(i, keep, &set->routes) {
		struct set_route *r = list_item(i, struct set_route, in_set);

		if (ip_prefix_eq(&r->route.kernel.prefix, prefix))
			return r;
	}
	return NULL;
}

int set_route_add(struct call *call, const struct ip_prefix *prefix)
{
	struct leg_set *set = call->set;
	struct set_route *r = find_route(set, prefix);
	int err;

	if (r) {
		r->users++;
		return 0;
	}
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->users = 1;
	r->route.to.set = set->id;
	r->route.kernel = install_kernel_route(call, prefix);
	r->route.kernel.mtu = set->mtu;
	err = payload_route_add(set->c, &call->log, &r->route);
	if (err)
		free(r);
	else
		list_append(&set->routes, &r->in_set);
	return err;
}

void set_route_del(struct call *call, const struct ip_prefix *prefix)
{
	struct set_route *r = find_route(call->set, prefix);

	if (!r || --r->users)
		return;
	payload_route_del(call->set->c, &r->route);
	list_remove(&r->in_set);
	free(r);
}

static int hold(struct tunnel *t, const struct ip_prefix *route, uint32_t table)
{
	const struct udp_path *path = l2tp_tunnel_path(t->l2tp);
	bool leads_there = table == (path->table ? path->table : NET_TABLE_MAIN) &&
			   ip_prefix_holds(route, &path->peer.ip);

	return leads_there ? way_hold(t) : 0;
}

/* Also those that are being dialled; who is dialled later finds his way past the set. */
int set_hold_ways(struct leg_set *set, const struct ip_prefix *route, uint32_t table)
{
	struct list *i, *keep;
	int err = 0;

	list_for_each(i, keep, &set->c->outgoing) {
		struct outgoing *o = list_item(i, struct outgoing, in_controller);

		if (!err && o->config->set == set->config && o->tunnel && o->tunnel->l2tp)
			err = hold(o->tunnel, route, table);
	}
	list_for_each(i, keep, &set->legs)
		if (!err)
			err = hold(list_item(i, struct call, in_set)->t, route, table);
	return err;
}
