// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets (docs/sets.md): who is a leg of which. A set is there by being named in an entry, and may
 * have settings in the list `sets`. All legs of the file are sorted by the name that they give, so
 * that the legs of a set stand side by side and are compared with the first of them.
 */
#include "policy/config_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "l2x/dedup.h"

#define SET_NAME_MAX   40
#define SETS_PER_LOGIN 1000 /* by default, for a name with %u */

struct leg {
	char *name;
	enum config_set_kind kind;
	bool dials;
	const char *interface;
	uint32_t metric;
	const struct ip_addr *local;
	const struct config_set **set;
	size_t order;
	unsigned line;
	char path[CONFIG_PATH_TEXT];
};

struct legs {
	struct reader *r;
	struct leg *list;
	size_t count, room;
};

static const char *const kind_keys[] = {[CONFIG_SET_HA] = "ha-set", [CONFIG_SET_BOND] = "bond-set"};

static struct leg *leg_new(struct legs *legs)
{
	if (legs->count == legs->room) {
		size_t room = legs->room ? 2 * legs->room : 64;
		struct leg *more = realloc(legs->list, room * sizeof(*more));

		if (!more) {
			legs->r->error = -ENOMEM;
			return NULL;
		}
		legs->list = more;
		legs->room = room;
	}
	legs->list[legs->count] = (struct leg){.order = legs->count};
	return &legs->list[legs->count++];
}

/* How the entry `at` names its set; false: it is in none, or there is a mistake. */
static bool leg_name(const struct place *at, const char *ha, const char *bond, const char *weight,
		     struct leg *leg)
{
	char *name;

	if (weight && !bond)
		mistake(at, "weight", "is for legs of a bond-set, give one or leave this out");
	if (ha && bond)
		mistake(at, "bond-set", "cannot be together with ha-set, leave one of them out");
	if (!ha == !bond)
		return false;
	leg->kind = ha ? CONFIG_SET_HA : CONFIG_SET_BOND;
	name = value_text(at, kind_keys[leg->kind], ha ? ha : bond, SET_NAME_MAX, NULL);
	leg->name = name;
	return name;
}

/* In a name, %u is who logged in, and nothing else may follow a percent sign. */
static void check_percent(const struct place *at, const struct leg *leg, bool logins)
{
	const char *key = kind_keys[leg->kind];

	for (const char *p = strchr(leg->name, '%'); p; p = strchr(p + 1, '%')) {
		if (p[1] != 'u')
			mistake(at, key, "\"%s\": of the names with %%, only %%u is known",
				leg->name);
		else if (leg->dials)
			mistake(at, key, "%%u is who logs in to us, and nobody does here");
		else if (!logins)
			mistake(at, key,
				"%%u is the login, and `authentication: []` asks for none");
		else
			continue;
		return;
	}
}

/* The leg that this entry is; from NULL on nothing is to be done. */
static struct leg *add_leg(struct legs *legs, const struct place *at, const char *ha,
			   const char *bond, const char *weight)
{
	struct leg found = {0}, *leg;
	struct place named;

	if (!leg_name(at, ha, bond, weight, &found))
		return NULL;
	leg = leg_new(legs);
	if (!leg) {
		free(found.name);
		return NULL;
	}
	named = place_key(at, kind_keys[found.kind]);
	leg->name = found.name;
	leg->kind = found.kind;
	leg->line = named.line;
	place_text(&named, leg->path);
	return leg;
}

static void collect(struct legs *legs, const struct place *root, const struct raw_config *raw,
		    struct config *c)
{
	struct place outgoing = place_key(root, "outgoing"), incoming = place_key(root, "incoming");
	struct leg *leg;

	for (size_t i = 0; i < c->outgoing_count; i++) {
		const struct raw_outgoing *from = &raw->outgoing[i];
		struct config_outgoing *o = &c->outgoing[i];
		struct place at = place_item(&outgoing, i);

		leg = add_leg(legs, &at, from->ha_set, from->bond_set, from->weight);
		if (!leg)
			continue;
		leg->dials = true;
		leg->interface = o->interface;
		leg->metric = o->metric;
		leg->local = &o->local_ppp_ip;
		leg->set = &o->set;
		check_percent(&at, leg, false);
	}
	for (size_t i = 0; i < c->incoming_count; i++) {
		struct config_incoming *in = &c->incoming[i];
		struct place at = place_item(&incoming, i), list = place_key(&at, "sessions");

		for (size_t j = 0; j < in->sessions_count; j++) {
			const struct raw_session *from = &raw->incoming[i].sessions[j];
			struct place session = place_item(&list, j);

			leg = add_leg(legs, &session, from->ha_set, from->bond_set, from->weight);
			if (!leg)
				continue;
			leg->interface = in->sessions[j].interface;
			leg->local = &in->local_ppp_ip;
			leg->set = &in->sessions[j].set;
			check_percent(&session, leg, in->auth[0]);
		}
	}
}

static int by_name(const void *a, const void *b)
{
	const struct leg *x = a, *y = b;
	int diff = strcmp(x->name, y->name);

	return diff ? diff : x->order < y->order ? -1 : x->order > y->order;
}

/* What all legs of a set have in common. */
static void compare(struct reader *r, const struct leg *first, const struct leg *leg)
{
	char a[IP_ADDR_TEXT], b[IP_ADDR_TEXT];

	if (leg->kind != first->kind)
		mistake_at(r, leg->line, leg->path,
			   "\"%s\" is a %s at %s (line %u), give another name or the same key",
			   leg->name, kind_keys[first->kind], first->path, first->line);
	else if (strcmp(leg->interface, first->interface) || leg->metric != first->metric)
		mistake_at(r, leg->line, leg->path,
			   "\"%s\" is behind interface %s with metric %u at %s (line %u), but "
			   "%s with %u here; give all its legs the same payload-table, interface "
			   "and metric",
			   leg->name, first->interface, first->metric, first->path, first->line,
			   leg->interface, leg->metric);
	else if (leg->local->family && first->local->family &&
		 !ip_addr_eq(leg->local, first->local))
		mistake_at(r, leg->line, leg->path,
			   "\"%s\" has local-ppp-ip %s at %s (line %u), but %s here; give all its "
			   "legs the same, or none",
			   leg->name, ip_addr_text(first->local, a), first->path, first->line,
			   ip_addr_text(leg->local, b));
}

static void check_group(struct reader *r, const struct leg *group, size_t count,
			struct config_set *set)
{
	set->kind = group->kind;
	set->per_login = strchr(set->name, '%');
	for (size_t i = 0; i < count; i++) {
		const struct leg *leg = &group[i];

		if (i)
			compare(r, group, leg);
		if (leg->dials && ++set->dialled == CONFIG_SET_LEGS + 1)
			mistake_at(r, leg->line, leg->path,
				   "\"%s\" has more than %d legs with this one, give at most that "
				   "many",
				   leg->name, CONFIG_SET_LEGS);
		*leg->set = set;
	}
}

static void check_settings(const struct place *at, const struct raw_set *raw,
			   struct config_set *set)
{
	static const char *const sequences[] = {"plain", "extended", NULL};
	static const char *const spreads[] = {"flow", "packet", NULL};
	const char *const ha_only = raw->sequence     ? "sequence"
				    : raw->skew	      ? "skew"
				    : raw->any_vendor ? "any-vendor"
						      : NULL;

	set->extended = value_word(at, "sequence", raw->sequence, sequences, 0);
	set->per_packet = value_word(at, "spread", raw->spread, spreads, 0);
	set->any_vendor = value_bool(at, "any-vendor", raw->any_vendor, false);
	set->skew = value_number(at, "skew", raw->skew, (struct config_range){1, 10000, 500});
	set->scripts.on_up = value_program(at, "on-up", raw->on_up);
	set->scripts.on_down = value_program(at, "on-down", raw->on_down);
	if (!set->name)
		return; /* a mistake already */
	if (set->kind == CONFIG_SET_NONE)
		mistake(at, "name", "\"%s\" has no leg, give an entry this ha-set or bond-set",
			set->name);
	else if (set->kind == CONFIG_SET_HA && raw->spread)
		mistake(at, "spread", "is for bond sets, and \"%s\" is an ha-set; leave it out",
			set->name);
	else if (set->kind == CONFIG_SET_BOND && ha_only)
		mistake(at, ha_only, "is for ha sets, and \"%s\" is a bond-set; leave it out",
			set->name);
}

/* The entries of `sets`, with their names only; the rest needs to know who uses them. */
static void name_settings(const struct place *list, const struct raw_config *raw, struct config *c)
{
	for (size_t i = 0; i < raw->sets_count; i++) {
		struct place at = place_item(list, i);
		struct config_set *set = &c->sets[c->sets_count++];

		if (!raw->sets[i].name)
			mistake(&at, "name", "is missing, give the name that its legs give");
		set->name = value_text(&at, "name", raw->sets[i].name, SET_NAME_MAX, NULL);
		for (size_t j = 0; j < i && set->name; j++) {
			if (!c->sets[j].name || strcmp(c->sets[j].name, set->name))
				continue;
			mistake(&at, "name", "\"%s\" is sets[%zu] already, leave one out",
				set->name, j);
			free(set->name);
			set->name = NULL;
		}
	}
}

/* The one of this name; legs without settings make their own. */
static struct config_set *find(struct reader *r, struct config *c, size_t settings,
			       const char *name)
{
	struct config_set *set;

	for (size_t i = 0; i < settings; i++)
		if (c->sets[i].name && !strcmp(c->sets[i].name, name))
			return &c->sets[i];
	set = &c->sets[c->sets_count++];
	set->name = reader_copy(r, name);
	return set;
}

static void check_groups(struct legs *legs, struct config *c)
{
	const size_t settings = c->sets_count;
	size_t n;

	if (legs->count)
		qsort(legs->list, legs->count, sizeof(*legs->list), by_name);
	for (size_t i = 0; i < legs->count; i += n) {
		struct config_set *set = find(legs->r, c, settings, legs->list[i].name);

		if (!set->name)
			return; /* no memory */
		for (n = 1; i + n < legs->count; n++)
			if (strcmp(legs->list[i].name, legs->list[i + n].name))
				break;
		check_group(legs->r, &legs->list[i], n, set);
	}
}

/* What follows from the sets for the rest of the configuration. */
static void summarize(const struct place *root, const struct raw_config *raw, struct config *c)
{
	const struct config_range window = {1 << L2X_DEDUP_WINDOW_MIN, 1 << L2X_DEDUP_WINDOW_MAX,
					    1 << L2X_DEDUP_WINDOW};
	uint32_t numbers = value_number(root, "ha-window", raw->ha_window, window), sets = 0;

	c->ha_window = (unsigned)__builtin_ctz(numbers);
	if (numbers & (numbers - 1))
		mistake(root, "ha-window", "%u is not a power of two, give %u or %u", numbers,
			1u << (31 - __builtin_clz(numbers)), 2u << (31 - __builtin_clz(numbers)));
	for (size_t i = 0; i < c->sets_count; i++)
		sets += c->sets[i].per_login ? SETS_PER_LOGIN : 1;
	c->max_sets = value_number(root, "max-sets", raw->max_sets,
				   (struct config_range){1, 65535, sets});
	for (size_t i = 0; i < c->incoming_count; i++) {
		struct config_incoming *in = &c->incoming[i];

		for (size_t j = 0; j < in->sessions_count; j++) {
			const struct config_set *set = in->sessions[j].set;

			in->numbered |= set && set->kind == CONFIG_SET_HA;
			in->extended |= set && set->extended;
		}
	}
}

void config_sets(const struct place *root, const struct raw_config *raw, struct config *c)
{
	static const struct raw_set nothing;
	struct place list = place_key(root, "sets");
	struct legs legs = {.r = root->r};

	collect(&legs, root, raw, c);
	/* Legs point to them, so there are enough from the start. */
	c->sets = reader_alloc(root->r, raw->sets_count + legs.count, sizeof(*c->sets));
	if (c->sets && !root->r->error) {
		name_settings(&list, raw, c);
		check_groups(&legs, c);
		for (size_t i = 0; i < c->sets_count; i++) {
			struct place at = i < raw->sets_count ? place_item(&list, i) : list;

			check_settings(&at, i < raw->sets_count ? &raw->sets[i] : &nothing,
				       &c->sets[i]);
		}
	}
	summarize(root, raw, c);
	for (size_t i = 0; i < legs.count; i++)
		free(legs.list[i].name);
	free(legs.list);
}
