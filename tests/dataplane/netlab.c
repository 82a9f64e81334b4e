// SPDX-License-Identifier: GPL-2.0-only
/* A network namespace for the tests of ctl/net, see netlab.h. */
#include "netlab.h"

#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *ip(const char *args)
{
	char command[256];
	json_error_t error;
	json_t *j;
	FILE *p;

	snprintf(command, sizeof(command), "ip -d -j %s", args);
	p = popen(command, "r");
	assert_non_null(p);
	j = json_loadf(p, JSON_DISABLE_EOF_CHECK, &error);
	pclose(p);
	return j ? j : json_array();
}

size_t with(json_t *list, const char *key, const char *value)
{
	size_t i, n = 0;
	json_t *o;

	json_array_foreach(list, i, o)
	{
		json_t *v = json_object_get(o, key);

		if (json_is_string(v) && !strcmp(json_string_value(v), value))
			n++;
	}
	return n;
}

size_t count(const char *args, const char *key, const char *value)
{
	json_t *j = ip(args);
	size_t n = with(j, key, value);

	json_decref(j);
	return n;
}

struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_prefix_parse(&p, text), 0);
	return p;
}

int net_setup(void **state)
{
	struct netlab *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	sh("ip link set lo up && ip tuntap add l2xt mode tun && ip link add v0 type veth peer name "
	   "v1");
	sh("ip link set v0 up && ip link set v1 up && ip addr add 192.0.2.1/24 dev v0 && "
	   "ip addr add 2001:db8::1/64 dev v0 nodad");
	/* The kernel tells of the carrier some time later; a test that watches links must not see that. */
	sh("for i in $(seq 200); do ip link show v0 | grep -q 'state UP' && break; sleep 0.05; "
	   "done");
	f->ifindex = if_nametoindex("l2xt");
	f->underlay = if_nametoindex("v0");
	assert_int_equal(net_open(&f->net), 0);
	*state = f;
	return 0;
}

int net_teardown(void **state)
{
	struct netlab *f = *state;

	net_close(f->net);
	free(f);
	return 0;
}
