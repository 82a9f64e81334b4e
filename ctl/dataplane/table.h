/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sessions, sets and payload routes as userspace knows them: what the userspace level looks packets up
 * in, and the original of which the BPF maps are a copy. A change is written to the copy first
 * through `mirror`; if that fails, nothing has changed.
 *
 * Both are hash tables of a fixed number of buckets, made for the sizes that the configuration
 * allows. The longest prefix is found by asking for each length that is in use, longest first:
 * payload tables have few lengths.
 */
#ifndef L2X_DATAPLANE_TABLE_H
#define L2X_DATAPLANE_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"
#include "base/list.h"
#include "dataplane/sequence.h"
#include "dataplane/set.h"
#include "l2x/maps.h"

struct session {
	struct l2x_session_key key;
	struct l2x_session value;
	struct udp_path path;
	uint16_t ns; /* of the next packet that is sent with a sequence number */
	struct sequence received;
	bool watched;		   /* its packets are captured, see tap.c */
	struct list routes;	   /* that lead here */
	struct session *in_bucket; /* next one */
};

struct route {
	unsigned netdev;
	struct ip_prefix prefix;
	struct l2x_route to;
	struct session *session; /* NULL where it leads to a set */
	struct list in_owner;	 /* session or set */
	struct route *in_bucket; /* next one */
};

/* Writes to the BPF maps; 0 or a negative errno. Deleting what is not there is success. */
struct table_mirror {
	int (*session_set)(void *arg, struct l2x_session_key key, const struct l2x_session *value);
	int (*session_del)(void *arg, struct l2x_session_key key);
	int (*route_set)(void *arg, unsigned netdev, const struct ip_prefix *prefix,
			 const struct l2x_route *to);
	int (*route_del)(void *arg, unsigned netdev, const struct ip_prefix *prefix);
	int (*set_write)(void *arg, uint32_t set, const struct l2x_set *value);
};

struct table {
	const struct table_mirror *mirror; /* NULL: no copy */
	void *arg;
	struct session **sessions;
	struct route **routes;
	struct sets sets;
	size_t session_buckets, route_buckets; /* powers of two */
	uint32_t session_count, session_max, route_count, route_max;
	uint32_t lengths4[33], lengths6[129]; /* routes of each prefix length */
};

int table_init(struct table *t, uint32_t max_sessions, uint32_t max_routes, uint32_t max_sets,
	       const struct table_mirror *mirror, void *arg);
void table_free(struct table *t); /* the mirror is not told */

struct session *table_session(const struct table *t, struct l2x_session_key key);
/* Adds or replaces; routes and both ways' numbers stay. -ENOSPC: full. */
int table_session_set(struct table *t, struct l2x_session_key key, const struct l2x_session *value,
		      const struct udp_path *path);
/* Its routes go with it. -ENOENT: no such session. */
int table_session_del(struct table *t, struct l2x_session_key key);

/* The set's value, made anew by the caller, goes to the maps. */
int table_set_write(struct table *t, uint32_t set);
/* Its routes go with it. */
int table_set_del(struct table *t, uint32_t set);

/* -EEXIST: it leads elsewhere; -ENOENT: no such session or set; -ENOSPC: full. 0 when it is there
 * already. */
int table_route_add(struct table *t, unsigned netdev, const struct ip_prefix *prefix,
		    struct l2x_route to);
/* -ENOENT: no such route that leads there. */
int table_route_del(struct table *t, unsigned netdev, const struct ip_prefix *prefix,
		    struct l2x_route to);
/* The longest prefix that holds addr, or NULL. */
const struct route *table_lookup(const struct table *t, unsigned netdev,
				 const struct ip_addr *addr);

#endif
