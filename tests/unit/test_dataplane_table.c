// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions and routes of the data path against a model that is too simple to be wrong: plain
 * arrays, searched from end to end. Random operations on few keys, so that every kind of collision
 * happens; the mirror of the BPF maps is an array too, and refuses now and then. After each refusal
 * all three must be as before.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "dataplane/table.h"

#define MAX_SESSIONS 12
#define MAX_ROUTES   40
#define OPERATIONS   200000
#define NETDEVS	     3

struct model_session {
	bool used;
	struct l2x_session_key key;
	struct l2x_session value;
};

struct model_route {
	bool used;
	unsigned netdev;
	struct ip_prefix prefix;
	struct l2x_session_key key;
};

struct model {
	struct model_session sessions[MAX_SESSIONS];
	struct model_route routes[MAX_ROUTES];
};

/* The mirror is the model with an error to give. */
struct mirror {
	struct model m;
	int refuse; /* errno of the next write; 0: obey */
};

static bool same_key(struct l2x_session_key a, struct l2x_session_key b)
{
	return a.tunnel_id == b.tunnel_id && a.session_id == b.session_id;
}

static struct model_session *model_session(struct model *m, struct l2x_session_key key)
{
	for (int i = 0; i < MAX_SESSIONS; i++)
		if (m->sessions[i].used && same_key(m->sessions[i].key, key))
			return &m->sessions[i];
	return NULL;
}

static struct model_route *model_route(struct model *m, unsigned netdev, const struct ip_prefix *p)
{
	for (int i = 0; i < MAX_ROUTES; i++)
		if (m->routes[i].used && m->routes[i].netdev == netdev &&
		    ip_prefix_eq(&m->routes[i].prefix, p))
			return &m->routes[i];
	return NULL;
}

static int model_session_set(struct model *m, struct l2x_session_key key,
			     const struct l2x_session *value)
{
	struct model_session *s = model_session(m, key);

	for (int i = 0; !s && i < MAX_SESSIONS; i++)
		if (!m->sessions[i].used)
			s = &m->sessions[i];
	if (!s)
		return -ENOSPC;
	*s = (struct model_session){true, key, *value};
	return 0;
}

static int model_session_del(struct model *m, struct l2x_session_key key)
{
	struct model_session *s = model_session(m, key);

	if (!s)
		return -ENOENT;
	s->used = false;
	for (int i = 0; i < MAX_ROUTES; i++)
		if (same_key(m->routes[i].key, key))
			m->routes[i].used = false;
	return 0;
}

static int model_route_add(struct model *m, unsigned netdev, const struct ip_prefix *p,
			   struct l2x_session_key key)
{
	struct model_route *r = model_route(m, netdev, p);

	if (!model_session(m, key))
		return -ENOENT;
	if (r)
		return same_key(r->key, key) ? 0 : -EEXIST;
	for (int i = 0; i < MAX_ROUTES; i++)
		if (!m->routes[i].used) {
			m->routes[i] = (struct model_route){true, netdev, *p, key};
			return 0;
		}
	return -ENOSPC;
}

static int model_route_del(struct model *m, unsigned netdev, const struct ip_prefix *p,
			   struct l2x_session_key key)
{
	struct model_route *r = model_route(m, netdev, p);

	if (!r || !same_key(r->key, key))
		return -ENOENT;
	r->used = false;
	return 0;
}

static const struct model_route *model_lookup(const struct model *m, unsigned netdev,
					      const struct ip_addr *a)
{
	const struct model_route *best = NULL;

	for (int i = 0; i < MAX_ROUTES; i++) {
		const struct model_route *r = &m->routes[i];

		if (r->used && r->netdev == netdev && r->prefix.addr.family == a->family &&
		    ip_prefix_holds(&r->prefix, a) && (!best || r->prefix.len > best->prefix.len))
			best = r;
	}
	return best;
}

static int mirror_session_set(void *arg, struct l2x_session_key key,
			      const struct l2x_session *value)
{
	struct mirror *mi = arg;

	return mi->refuse ? mi->refuse : model_session_set(&mi->m, key, value);
}

static int mirror_session_del(void *arg, struct l2x_session_key key)
{
	struct mirror *mi = arg;
	struct model_session *s = model_session(&mi->m, key);

	if (!mi->refuse && s)
		s->used = false;
	return mi->refuse;
}

static int mirror_route_set(void *arg, unsigned netdev, const struct ip_prefix *p,
			    const struct l2x_route *to)
{
	struct mirror *mi = arg;

	return mi->refuse ? mi->refuse : model_route_add(&mi->m, netdev, p, to->session);
}

static int mirror_route_del(void *arg, unsigned netdev, const struct ip_prefix *p)
{
	struct mirror *mi = arg;
	struct model_route *r = model_route(&mi->m, netdev, p);

	if (!mi->refuse && r)
		r->used = false;
	return mi->refuse;
}

static const struct table_mirror mirror_ops = {
	.session_set = mirror_session_set,
	.session_del = mirror_session_del,
	.route_set = mirror_route_set,
	.route_del = mirror_route_del,
};

/* Few addresses, so that prefixes nest and meet: bits only in the first byte and the last. */
static struct ip_addr random_addr(void)
{
	struct ip_addr a = {.family = random() % 2 ? AF_INET : AF_INET6};

	a.bytes[0] = (uint8_t)(random() % 4 << 6);
	a.bytes[a.family == AF_INET ? 3 : 15] = (uint8_t)(random() % 4);
	return a;
}

static struct ip_prefix random_prefix(void)
{
	static const uint8_t lengths[] = {0, 1, 2, 8, 31, 32, 127, 128};
	struct ip_prefix p = {.addr = random_addr()};
	struct ip_addr full = p.addr;

	do
		p.len = lengths[random() % sizeof(lengths)];
	while (p.len > ip_addr_bits(&full));
	for (unsigned i = p.len; i < ip_addr_bits(&full); i++)
		p.addr.bytes[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
	return p;
}

static struct l2x_session_key random_key(void)
{
	return (struct l2x_session_key){.tunnel_id = (uint16_t)(1 + random() % 4),
					.session_id = (uint16_t)(1 + random() % 4)};
}

static void compare(struct table *t, struct model *m)
{
	struct ip_addr a = random_addr();
	unsigned netdev = (unsigned)(random() % NETDEVS);
	const struct model_route *r = model_lookup(m, netdev, &a);
	const struct route *found = table_lookup(t, netdev, &a);
	const struct session *s = found ? found->session : NULL;
	struct l2x_session_key key = random_key();
	struct model_session *ms = model_session(m, key);

	assert_int_equal(!!s, !!r);
	if (s)
		assert_true(same_key(s->key, r->key));
	s = table_session(t, key);
	assert_int_equal(!!s, !!ms);
	if (s)
		assert_memory_equal(&s->value, &ms->value, sizeof(ms->value));
}

static void same_models(struct model *a, struct model *b)
{
	for (int i = 0; i < MAX_SESSIONS; i++)
		if (a->sessions[i].used)
			assert_non_null(model_session(b, a->sessions[i].key));
	for (int i = 0; i < MAX_ROUTES; i++)
		if (a->routes[i].used) {
			struct model_route *r =
				model_route(b, a->routes[i].netdev, &a->routes[i].prefix);

			assert_non_null(r);
			assert_true(same_key(r->key, a->routes[i].key));
		}
}

/* What the table says must be what the model says; while the mirror refuses, nothing may change. */
static void step(struct table *t, struct model *m, struct mirror *mi)
{
	struct l2x_session_key key = random_key();
	struct ip_prefix p = random_prefix();
	unsigned netdev = (unsigned)(random() % NETDEVS);
	struct l2x_session value = {.stats_index = (uint32_t)random(), .netdev = netdev};
	struct udp_path path = {.peer = {.port = 1}};
	struct model before = *m;
	int err, expect;

	mi->refuse = random() % 16 ? 0 : -EIO;
	switch (random() % 8) {
	case 0:
		err = table_session_set(t, key, &value, &path);
		expect = model_session_set(m, key, &value);
		break;
	case 1:
		/* Its routes are removed before it, so the mirror must not change its mind. */
		err = table_session_del(t, key);
		expect = model_session_del(m, key);
		break;
	case 2:
	case 3:
		err = table_route_del(t, netdev, &p, (struct l2x_route){.session = key});
		expect = model_route_del(m, netdev, &p, key);
		break;
	default:
		err = table_route_add(t, netdev, &p, (struct l2x_route){.session = key});
		expect = model_route_add(m, netdev, &p, key);
		break;
	}
	if (err == -EIO && mi->refuse)
		*m = before;
	else
		assert_int_equal(err, expect);
}

static void test_random(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	struct mirror *mi = calloc(1, sizeof(*mi));
	struct table t;

	(void)state;
	assert_non_null(m);
	assert_non_null(mi);
	srandom(1);
	assert_int_equal(table_init(&t, MAX_SESSIONS, MAX_ROUTES, 0, &mirror_ops, mi), 0);
	for (int i = 0; i < OPERATIONS; i++) {
		step(&t, m, mi);
		compare(&t, m);
		if (i % 64 == 0) {
			same_models(m, &mi->m);
			same_models(&mi->m, m);
		}
	}
	table_free(&t);
	free(m);
	free(mi);
}

static void test_full(void **state)
{
	struct l2x_session value = {0};
	struct udp_path path = {0};
	struct ip_prefix p;
	struct table t;

	(void)state;
	assert_int_equal(table_init(&t, 1, 1, 0, NULL, NULL), 0);
	assert_int_equal(ip_prefix_parse(&p, "10.0.0.0/8"), 0);
	assert_int_equal(table_route_add(&t, 7, &p, (struct l2x_route){.session = {1, 1}}),
			 -ENOENT);
	assert_int_equal(table_session_set(&t, (struct l2x_session_key){1, 1}, &value, &path), 0);
	assert_int_equal(table_session_set(&t, (struct l2x_session_key){1, 2}, &value, &path),
			 -ENOSPC);
	assert_int_equal(table_session_set(&t, (struct l2x_session_key){1, 1}, &value, &path), 0);
	assert_int_equal(table_route_add(&t, 7, &p, (struct l2x_route){.session = {1, 1}}), 0);
	assert_int_equal(table_route_add(&t, 7, &p, (struct l2x_route){.session = {1, 1}}), 0);
	assert_int_equal(table_route_add(&t, 8, &p, (struct l2x_route){.session = {1, 1}}),
			 -ENOSPC);
	p.len = 33;
	assert_int_equal(table_route_add(&t, 7, &p, (struct l2x_route){.session = {1, 1}}),
			 -EINVAL);
	assert_int_equal(table_session_del(&t, (struct l2x_session_key){1, 1}), 0);
	assert_int_equal(t.route_count, 0);
	table_free(&t);
}

/* As many as the configuration's defaults allow: what was put in is found, and takes no visible
 * time. */
static void test_many(void **state)
{
	struct l2x_session value = {0};
	struct udp_path path = {0};
	struct table t;

	(void)state;
	assert_int_equal(table_init(&t, 65000, 250000, 0, NULL, NULL), 0);
	for (uint32_t i = 0; i < 65000; i++) {
		struct l2x_session_key key = {(uint16_t)(i / 250 + 1), (uint16_t)(i % 250 + 1)};

		assert_int_equal(table_session_set(&t, key, &value, &path), 0);
		for (uint32_t n = 0; n < 3; n++) {
			struct ip_addr a = ip_addr_v4((struct in_addr){htonl(i * 4 + n)});
			struct ip_prefix p = ip_prefix_host(&a);

			assert_int_equal(table_route_add(&t, 1, &p,
							 (struct l2x_route){.session = key}),
					 0);
		}
	}
	for (uint32_t i = 0; i < 65000; i++) {
		struct ip_addr a = ip_addr_v4((struct in_addr){htonl(i * 4 + 2)});
		const struct route *found = table_lookup(&t, 1, &a);
		const struct session *s = found ? found->session : NULL;

		assert_non_null(s);
		assert_int_equal(s->key.tunnel_id, i / 250 + 1);
		assert_int_equal(s->key.session_id, i % 250 + 1);
		assert_null(table_lookup(&t, 2, &a));
	}
	table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
