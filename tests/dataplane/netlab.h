/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ctl/net in a network namespace of its own, which goes with the process: a TUN netdev l2xt, and v0 with
 * 192.0.2.1/24 and 2001:db8::1/64 towards v1. What ctl/net did is asked of `ip -j`, so that two programs that
 * know nothing of each other must agree.
 */
#ifndef L2X_TESTS_DATAPLANE_NETLAB_H
#define L2X_TESTS_DATAPLANE_NETLAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <jansson.h>
#include "lab.h"
#include "net/net.h"

struct netlab {
	struct net *net;
	unsigned ifindex, underlay; /* l2xt, v0 */
};

/* Of each test; state is a struct netlab. */
int net_setup(void **state);
int net_teardown(void **state);

/* What `ip -d -j ARGS` says; a list. */
json_t *ip(const char *args);
/* How many objects of a list have key = value (as text). */
size_t with(json_t *list, const char *key, const char *value);
/* Both together. */
size_t count(const char *args, const char *key, const char *value);

struct ip_prefix prefix(const char *text);

#endif
