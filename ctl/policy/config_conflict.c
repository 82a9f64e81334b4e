// SPDX-License-Identifier: GPL-2.0-only
/*
 * Third pass: the entries against each other. What an entry claims for itself (a name, a netdev, a
 * prefix in a payload table) is put into an array, sorted, and compared with its neighbours, so
 * that thousands of sessions take no time.
 *
 * Prefixes may lie within one another: the longest wins, as in every routing table. Only the very
 * same prefix twice is a conflict.
 */
#include "policy/config_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct claim {
	const char *text; /* name, netdev or username */
	uint32_t table;	  /* 0: the netdev is a real interface */
	uint32_t metric;
	struct ip_prefix prefix;
	const struct config_set *set; /* that the route leads to; NULL: a session by itself */
	const char *user;	      /* whose set it is, if each login has one */
	size_t order;
	unsigned line;
	char path[CONFIG_PATH_TEXT];
};

struct claims {
	struct reader *r;
	struct claim *list;
	size_t count, room;
};

typedef int compare(const struct claim *a, const struct claim *b);
typedef void complain(struct reader *r, const struct claim *first, const struct claim *later);

/* The new claim, for the caller to fill in; NULL: no memory, and the reader knows. */
static struct claim *claim(struct claims *cs, const struct place *at)
{
	struct claim *c;

	if (cs->count == cs->room) {
		size_t room = cs->room ? 2 * cs->room : 64;
		struct claim *more = realloc(cs->list, room * sizeof(*more));

		if (!more) {
			cs->r->error = -ENOMEM;
			return NULL;
		}
		cs->list = more;
		cs->room = room;
	}
	c = &cs->list[cs->count];
	*c = (struct claim){.text = "", .order = cs->count++, .line = at->line};
	place_text(at, c->path);
	return c;
}

static void claim_text(struct claims *cs, const struct place *entry, const char *key,
		       const char *text)
{
	struct place at = place_key(entry, key);
	struct claim *c = text && *text ? claim(cs, &at) : NULL;

	if (c)
		c->text = text;
}

static int by_claim(const void *a, const void *b, void *arg)
{
	const struct claim *x = a, *y = b;
	int diff = ((compare *)arg)(x, y);

	return diff ? diff : x->order < y->order ? -1 : x->order > y->order;
}

/* Sorts by cmp, and complains of each claim that is equal to an earlier one. */
static void scan(struct claims *cs, compare *cmp, complain *say)
{
	size_t first = 0;

	if (cs->count)
		qsort_r(cs->list, cs->count, sizeof(*cs->list), by_claim, (void *)cmp);
	for (size_t i = 1; i < cs->count; i++) {
		if (cmp(&cs->list[first], &cs->list[i]))
			first = i;
		else
			say(cs->r, &cs->list[first], &cs->list[i]);
	}
}

static void claims_free(struct claims *cs)
{
	free(cs->list);
	*cs = (struct claims){.r = cs->r};
}

static int cmp_text(const struct claim *a, const struct claim *b)
{
	return strcmp(a->text, b->text);
}

/* Host names of peers, as policy_match_tunnel() compares them. */
static int cmp_peers(const struct claim *a, const struct claim *b)
{
	return strcasecmp(a->text, b->text);
}

static int cmp_number(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int cmp_prefix(const struct claim *a, const struct claim *b)
{
	int diff = cmp_number(a->prefix.addr.family, b->prefix.addr.family);

	if (!diff)
		diff = memcmp(a->prefix.addr.bytes, b->prefix.addr.bytes,
			      sizeof(a->prefix.addr.bytes));
	return diff ? diff : cmp_number(a->prefix.len, b->prefix.len);
}

/* Two sessions behind one netdev: the data path could not tell them apart. */
static int cmp_netdev_route(const struct claim *a, const struct claim *b)
{
	int diff = cmp_text(a, b);

	return diff ? diff : cmp_prefix(a, b);
}

/* Two netdevs in one table: the kernel takes the same prefix twice only with different metrics. */
static int cmp_table_route(const struct claim *a, const struct claim *b)
{
	int diff = cmp_number(a->table, b->table);

	if (!diff)
		diff = cmp_number(a->metric, b->metric);
	return diff ? diff : cmp_prefix(a, b);
}

static void same_name(struct reader *r, const struct claim *first, const struct claim *later)
{
	mistake_at(r, later->line, later->path, "\"%s\" is %s already (line %u), give another name",
		   later->text, first->path, first->line);
}

static void same_user(struct reader *r, const struct claim *first, const struct claim *later)
{
	mistake_at(r, later->line, later->path,
		   "\"%.60s\" logs in at %s already (line %u), give another name", later->text,
		   first->path, first->line);
}

static void same_peers(struct reader *r, const struct claim *first, const struct claim *later)
{
	mistake_at(r, later->line, later->path,
		   "takes the same peers as %s (line %u), give remote-hostname or allow",
		   first->path, first->line);
}

static void same_netdev(struct reader *r, const struct claim *first, const struct claim *later)
{
	if (!later->table)
		mistake_at(r, later->line, later->path,
			   "%s is listed already (line %u), leave one out", later->text,
			   first->line);
	else if (!first->table)
		mistake_at(
			r, later->line, later->path,
			"%s is one of the interfaces (line %u), give the tunnel's own another name",
			later->text, first->line);
	else if (first->table != later->table)
		mistake_at(r, later->line, later->path,
			   "%s has payload-table %u at %s (line %u), but %u here; give another "
			   "interface or table",
			   later->text, first->table, first->path, first->line, later->table);
}

static void same_listen(struct reader *r, const struct claim *first, const struct claim *later)
{
	char text[IP_ADDR_TEXT];

	mistake_at(r, later->line, later->path, "%s is %s already (line %u), leave one out",
		   ip_addr_text(&later->prefix.addr, text), first->path, first->line);
}

static bool same_set(const struct claim *a, const struct claim *b)
{
	if (!a->set || a->set != b->set)
		return false;
	return !a->set->per_login || (a->user && b->user && !strcmp(a->user, b->user));
}

static void same_netdev_route(struct reader *r, const struct claim *first,
			      const struct claim *later)
{
	char text[IP_PREFIX_TEXT];

	if (same_set(first, later))
		return;
	mistake_at(r, later->line, later->path,
		   "%s leads to %s already (line %u) in payload table %u, give another prefix or "
		   "leave it out",
		   ip_prefix_text(&later->prefix, text), first->path, first->line, later->table);
}

static void same_table_route(struct reader *r, const struct claim *first, const struct claim *later)
{
	char text[IP_PREFIX_TEXT];

	if (!strcmp(first->text, later->text))
		return; /* same_netdev_route() has said it */
	mistake_at(r, later->line, later->path,
		   "%s leads to %s already (line %u) in payload table %u, give another prefix, "
		   "metric or table",
		   ip_prefix_text(&later->prefix, text), first->path, first->line, later->table);
}

/* like: the claim but for the prefix. */
static void claim_route(struct claims *cs, const struct place *at, const struct ip_prefix *prefix,
			const struct claim *like)
{
	struct claim *c = prefix->addr.family ? claim(cs, at) : NULL;

	if (!c)
		return;
	c->text = like->text;
	c->table = like->table;
	c->metric = like->metric;
	c->set = like->set;
	c->user = like->user;
	c->prefix = *prefix;
}

static void claim_routes(struct claims *cs, const struct place *entry, const char *key,
			 const struct ip_prefix *routes, size_t count, const struct claim *like)
{
	struct place list = place_key(entry, key);

	for (size_t i = 0; i < count; i++) {
		struct place item = place_item(&list, i);

		claim_route(cs, list.node ? &item : &list, &routes[i], like);
	}
}

/* NULL: the rule is for several. */
static const char *only_user(const struct config_session *s)
{
	const char *name = s->usernames.count == 1 ? s->usernames.list[0] : NULL;

	return name && !strchr(name, '*') ? name : NULL;
}

static void check_routes(struct claims *cs, const struct place *outgoing,
			 const struct place *incoming, const struct config *c)
{
	for (size_t i = 0; i < c->outgoing_count; i++) {
		const struct config_outgoing *o = &c->outgoing[i];
		const struct claim like = {.text = o->interface,
					   .table = o->payload_table,
					   .metric = o->metric,
					   .set = o->set};
		struct place entry = place_item(outgoing, i);

		claim_routes(cs, &entry, "routes", o->routes, o->routes_count, &like);
	}
	for (size_t i = 0; i < c->incoming_count; i++) {
		const struct config_incoming *in = &c->incoming[i];
		struct place entry = place_item(incoming, i),
			     sessions = place_key(&entry, "sessions");

		for (size_t j = 0; j < in->sessions_count; j++) {
			const struct config_session *s = &in->sessions[j];
			const struct claim like = {.text = s->interface,
						   .table = s->payload_table,
						   .set = s->set,
						   .user = only_user(s)};
			struct place session = place_item(&sessions, j),
				     at = place_key(&session, "remote-ppp-ip"),
				     advertised = place_key(&session, "ra-prefix");
			struct ip_prefix remote = ip_prefix_host(&s->remote_ppp_ip);

			claim_route(cs, &at, &remote, &like);
			claim_routes(cs, &session, "routes", s->routes, s->routes_count, &like);
			claim_routes(cs, &session, "delegate", s->delegate, s->delegate_count,
				     &like);
			claim_route(cs, &advertised, &s->ra_prefix, &like);
		}
	}
	scan(cs, cmp_netdev_route, same_netdev_route);
	scan(cs, cmp_table_route, same_table_route);
	claims_free(cs);
}

static void check_listen(struct claims *cs, const struct place *root, const struct config *c)
{
	static const struct claim like = {.text = ""};
	struct place list = place_key(root, "listen");

	for (size_t i = 0; i < c->listen_count; i++) {
		struct place item = place_item(&list, i);
		struct ip_prefix host = ip_prefix_host(&c->listen[i]);

		claim_route(cs, &item, &host, &like);
	}
	scan(cs, cmp_prefix, same_listen);
	claims_free(cs);
}

static void check_pool_names(struct claims *cs, const struct place *root, const struct config *c)
{
	struct place pools = place_key(root, "pools");

	for (size_t i = 0; i < c->pools_count; i++) {
		struct place entry = place_item(&pools, i);

		claim_text(cs, &entry, "name", c->pools[i].name);
	}
	scan(cs, cmp_text, same_name);
	claims_free(cs);
}

static void check_names(struct claims *cs, const struct place *outgoing,
			const struct place *incoming, const struct place *relays,
			const struct config *c)
{
	for (size_t i = 0; i < c->outgoing_count; i++) {
		struct place entry = place_item(outgoing, i);

		claim_text(cs, &entry, "name", c->outgoing[i].name);
	}
	for (size_t i = 0; i < c->incoming_count; i++) {
		struct place entry = place_item(incoming, i);

		claim_text(cs, &entry, "name", c->incoming[i].name);
	}
	for (size_t i = 0; i < c->relays_count; i++) {
		struct place entry = place_item(relays, i);

		claim_text(cs, &entry, "name", c->relays[i].name);
	}
	scan(cs, cmp_text, same_name);
	claims_free(cs);
}

static void claim_netdev(struct claims *cs, const struct place *entry, const char *netdev,
			 uint32_t table)
{
	size_t before = cs->count;

	claim_text(cs, entry, "interface", netdev);
	if (cs->count > before)
		cs->list[before].table = table;
}

/* Those that are not the entry's. */
static void claim_session_netdevs(struct claims *cs, const struct place *entry,
				  const struct config_incoming *in)
{
	struct place list = place_key(entry, "sessions");

	for (size_t i = 0; i < in->sessions_count; i++) {
		const struct config_session *s = &in->sessions[i];
		struct place session = place_item(&list, i);

		if (place_given(&session, "interface") || place_given(&session, "payload-table"))
			claim_netdev(cs, &session, s->interface, s->payload_table);
	}
}

static void check_netdevs(struct claims *cs, const struct place *root, const struct place *outgoing,
			  const struct place *incoming, const struct config *c)
{
	struct place interfaces = place_key(root, "interfaces");

	for (size_t i = 0; i < c->interfaces_count; i++) {
		struct place entry = place_item(&interfaces, i);

		claim_text(cs, &entry, "name", c->interfaces[i].name);
	}
	for (size_t i = 0; i < c->outgoing_count; i++) {
		struct place entry = place_item(outgoing, i);

		claim_netdev(cs, &entry, c->outgoing[i].interface, c->outgoing[i].payload_table);
	}
	for (size_t i = 0; i < c->incoming_count; i++) {
		struct place entry = place_item(incoming, i);

		claim_netdev(cs, &entry, c->incoming[i].interface, c->incoming[i].payload_table);
		claim_session_netdevs(cs, &entry, &c->incoming[i]);
	}
	scan(cs, cmp_text, same_netdev);
	claims_free(cs);
}

/* The same name in two rules, where nothing but the name could tell them apart. */
static void check_users(struct claims *cs, const struct place *incoming, const struct config *c)
{
	for (size_t i = 0; i < c->incoming_count; i++) {
		const struct config_incoming *in = &c->incoming[i];
		struct place entry = place_item(incoming, i),
			     sessions = place_key(&entry, "sessions");

		for (size_t j = 0; j < in->sessions_count; j++) {
			const struct config_patterns *names = &in->sessions[j].usernames;
			struct place session = place_item(&sessions, j),
				     user = place_key(&session, "username");

			if (config_rule_is_picky(&in->sessions[j]))
				continue;
			for (size_t k = 0; k < names->count; k++) {
				struct claim *user_claim = claim(cs, &user);

				if (user_claim)
					user_claim->text = names->list[k];
			}
		}
		scan(cs, cmp_text, same_user);
		claims_free(cs);
	}
}

static void check_peers(struct claims *cs, const struct place *incoming, const struct config *c)
{
	for (size_t i = 0; i < c->incoming_count; i++) {
		const struct config_incoming *in = &c->incoming[i];
		struct place entry = place_item(incoming, i);

		if (in->allow_count || in->local_addresses_count)
			continue;
		if (!in->remote_hostnames.count)
			claim(cs, &entry);
		for (size_t j = 0; j < in->remote_hostnames.count; j++) {
			struct claim *peers = claim(cs, &entry);

			if (peers)
				peers->text = in->remote_hostnames.list[j];
		}
	}
	scan(cs, cmp_peers, same_peers);
	claims_free(cs);
}

void config_conflict(const struct place *root, const struct config *c)
{
	struct place outgoing = place_key(root, "outgoing"), incoming = place_key(root, "incoming"),
		     relays = place_key(root, "relays");
	struct claims cs = {.r = root->r};

	check_listen(&cs, root, c);
	check_pool_names(&cs, root, c);
	config_check_sources(root, c);
	check_names(&cs, &outgoing, &incoming, &relays, c);
	check_netdevs(&cs, root, &outgoing, &incoming, c);
	check_users(&cs, &incoming, c);
	config_rule_conflict(root, c);
	config_check_reach(root, c);
	check_peers(&cs, &incoming, c);
	check_routes(&cs, &outgoing, &incoming, c);
}
