// SPDX-License-Identifier: GPL-2.0-only
/* Sessions, sets and payload routes, see table.h. */
#include "dataplane/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"

static size_t buckets_for(uint32_t count)
{
	size_t n = 16;

	while (n < count)
		n *= 2;
	return n;
}

int table_init(struct table *t, uint32_t max_sessions, uint32_t max_routes, uint32_t max_sets,
	       const struct table_mirror *mirror, void *arg)
{
	*t = (struct table){
		.mirror = mirror,
		.arg = arg,
		.session_max = max_sessions,
		.route_max = max_routes,
		.session_buckets = buckets_for(max_sessions),
		.route_buckets = buckets_for(max_routes),
	};
	t->sessions = calloc(t->session_buckets, sizeof(struct session *));
	t->routes = calloc(t->route_buckets, sizeof(struct route *));
	if (t->sessions && t->routes && !sets_init(&t->sets, max_sets))
		return 0;
	free(t->sessions);
	free(t->routes);
	*t = (struct table){0};
	return -ENOMEM;
}

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->session_buckets; i++)
		while (t->sessions[i]) {
			struct session *s = t->sessions[i];

			t->sessions[i] = s->in_bucket;
			free(s);
		}
	for (size_t i = 0; i < t->route_buckets; i++)
		while (t->routes[i]) {
			struct route *r = t->routes[i];

			t->routes[i] = r->in_bucket;
			free(r);
		}
	free(t->sessions);
	free(t->routes);
	sets_free(&t->sets);
	*t = (struct table){0};
}

/* FNV-1a, and the upper half folded in, because buckets are chosen by the lowest bits. */
static size_t bucket(uint32_t h, size_t buckets)
{
	return (h ^ h >> 16) & (buckets - 1);
}

static struct session **session_place(const struct table *t, struct l2x_session_key key)
{
	uint32_t h = fnv1a(fnv1a(FNV1A_START, &key.tunnel_id, 2), &key.session_id, 2);
	struct session **p = &t->sessions[bucket(h, t->session_buckets)];

	while (*p &&
	       ((*p)->key.tunnel_id != key.tunnel_id || (*p)->key.session_id != key.session_id))
		p = &(*p)->in_bucket;
	return p;
}

static struct route **route_place(const struct table *t, unsigned netdev,
				  const struct ip_prefix *prefix)
{
	uint32_t h = fnv1a(FNV1A_START, &netdev, sizeof(netdev));
	struct route **p;

	h = fnv1a(h, &prefix->len, 1);
	h = fnv1a(h, prefix->addr.bytes, ip_addr_bits(&prefix->addr) / 8);
	p = &t->routes[bucket(h, t->route_buckets)];
	while (*p && ((*p)->netdev != netdev || !ip_prefix_eq(&(*p)->prefix, prefix)))
		p = &(*p)->in_bucket;
	return p;
}

struct session *table_session(const struct table *t, struct l2x_session_key key)
{
	return *session_place(t, key);
}

int table_session_set(struct table *t, struct l2x_session_key key, const struct l2x_session *value,
		      const struct udp_path *path)
{
	struct session **place = session_place(t, key), *s = *place, *made = NULL;
	int err;

	if (!s) {
		if (t->session_count >= t->session_max)
			return -ENOSPC;
		s = made = calloc(1, sizeof(*made));
		if (!made)
			return -ENOMEM;
		made->key = key;
		list_init(&made->routes);
	}
	err = t->mirror ? t->mirror->session_set(t->arg, key, value) : 0;
	if (err) {
		free(made);
		return err;
	}
	s->value = *value;
	s->path = *path;
	if (made) {
		*place = made;
		t->session_count++;
	}
	return 0;
}

static uint32_t *length_count(struct table *t, const struct ip_prefix *prefix)
{
	return prefix->addr.family == AF_INET ? &t->lengths4[prefix->len]
					      : &t->lengths6[prefix->len];
}

static int remove_route(struct table *t, struct route **place)
{
	struct route *r = *place;
	int err = t->mirror ? t->mirror->route_del(t->arg, r->netdev, &r->prefix) : 0;

	if (err)
		return err;
	*place = r->in_bucket;
	list_remove(&r->in_owner);
	--*length_count(t, &r->prefix);
	t->route_count--;
	free(r);
	return 0;
}

static int remove_routes(struct table *t, struct list *routes)
{
	struct list *i, *next;

	list_for_each(i, next, routes) {
		struct route *r = list_item(i, struct route, in_owner);
		int err = remove_route(t, route_place(t, r->netdev, &r->prefix));

		if (err)
			return err;
	}
	return 0;
}

int table_session_del(struct table *t, struct l2x_session_key key)
{
	struct session **place = session_place(t, key), *s = *place;
	int err;

	if (!s)
		return -ENOENT;
	err = remove_routes(t, &s->routes);
	if (err)
		return err;
	err = t->mirror ? t->mirror->session_del(t->arg, key) : 0;
	if (err)
		return err;
	*place = s->in_bucket;
	t->session_count--;
	free(s);
	return 0;
}

int table_set_write(struct table *t, uint32_t set)
{
	return t->mirror ? t->mirror->set_write(t->arg, set, &t->sets.set[set].value) : 0;
}

int table_set_del(struct table *t, uint32_t set)
{
	struct set *s = set_of(&t->sets, set);
	int err;

	if (!s)
		return -ENOENT;
	err = remove_routes(t, &s->routes);
	if (err)
		return err;
	s->value.flags = 0;
	return table_set_write(t, set);
}

static bool leads_to(const struct route *r, const struct l2x_route *to)
{
	if (r->to.set || to->set)
		return r->to.set == to->set;
	return r->to.session.tunnel_id == to->session.tunnel_id &&
	       r->to.session.session_id == to->session.session_id;
}

int table_route_add(struct table *t, unsigned netdev, const struct ip_prefix *prefix,
		    struct l2x_route to)
{
	struct session *s = to.set ? NULL : table_session(t, to.session);
	struct set *set = set_of(&t->sets, to.set);
	struct route **place, *r;
	int err;

	if (!ip_addr_bits(&prefix->addr) || prefix->len > ip_addr_bits(&prefix->addr))
		return -EINVAL;
	if (!s && !set)
		return -ENOENT;
	place = route_place(t, netdev, prefix);
	if (*place)
		return leads_to(*place, &to) ? 0 : -EEXIST;
	if (t->route_count >= t->route_max)
		return -ENOSPC;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	err = t->mirror ? t->mirror->route_set(t->arg, netdev, prefix, &to) : 0;
	if (err) {
		free(r);
		return err;
	}
	r->netdev = netdev;
	r->prefix = *prefix;
	r->to = to;
	r->session = s;
	list_append(s ? &s->routes : &set->routes, &r->in_owner);
	*place = r;
	++*length_count(t, prefix);
	t->route_count++;
	return 0;
}

int table_route_del(struct table *t, unsigned netdev, const struct ip_prefix *prefix,
		    struct l2x_route to)
{
	struct route **place = route_place(t, netdev, prefix);

	if (!*place || !leads_to(*place, &to))
		return -ENOENT;
	return remove_route(t, place);
}

const struct route *table_lookup(const struct table *t, unsigned netdev, const struct ip_addr *addr)
{
	unsigned bits = ip_addr_bits(addr);
	const uint32_t *lengths = bits == 32 ? t->lengths4 : t->lengths6;
	struct ip_prefix p = {.addr = *addr};

	if (!bits)
		return NULL;
	for (unsigned len = bits;; len--) {
		/* p.addr has the bits from len on cleared, one more in each turn. */
		if (len < bits)
			p.addr.bytes[len / 8] &= (uint8_t) ~(0x80 >> len % 8);
		p.len = (uint8_t)len;
		if (lengths[len]) {
			struct route *r = *route_place(t, netdev, &p);

			if (r)
				return r;
		}
		if (!len)
			return NULL;
	}
}
