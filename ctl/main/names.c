// SPDX-License-Identifier: GPL-2.0-only
/*
 * The resolver, made when the first name needs it. Name servers change while we run, as when an
 * uplink comes up: so its files are read again when they are others than before.
 */
#include <errno.h>
#include <event2/dns.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "main/controller.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define HOSTS	    "/etc/hosts"

struct file_state {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

struct names {
	struct evdns_base *dns;
	struct file_state resolv_conf, hosts;
};

static struct file_state state_of(const char *path)
{
	struct file_state s;
	struct stat st;

	memset(&s, 0, sizeof(s)); /* it is compared with its padding */
	if (!stat(path, &st)) {
		s.dev = st.st_dev;
		s.ino = st.st_ino;
		s.size = st.st_size;
		s.changed = st.st_ctim;
	}
	return s;
}

static void read_files(struct names *n)
{
	struct file_state resolv_conf = state_of(RESOLV_CONF), hosts = state_of(HOSTS);

	if (!memcmp(&resolv_conf, &n->resolv_conf, sizeof(resolv_conf)) &&
	    !memcmp(&hosts, &n->hosts, sizeof(hosts)))
		return;
	n->resolv_conf = resolv_conf;
	n->hosts = hosts;
	evdns_base_clear_nameservers_and_suspend(n->dns);
	evdns_base_clear_host_addresses(n->dns);
	/* Reads the hosts too. Without the file it takes the resolver of this host. */
	evdns_base_resolv_conf_parse(n->dns, DNS_OPTIONS_ALL, RESOLV_CONF);
	evdns_base_resume(n->dns);
}

struct evdns_base *names_dns(struct controller *c)
{
	if (!c->names) {
		c->names = calloc(1, sizeof(*c->names));
		if (!c->names)
			return NULL;
		c->names->dns = evdns_base_new(c->base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
		if (!c->names->dns) {
			names_close(c);
			return NULL;
		}
	}
	read_files(c->names);
	return c->names->dns;
}

void names_close(struct controller *c)
{
	if (!c->names)
		return;
	if (c->names->dns)
		evdns_base_free(c->names->dns, 1);
	free(c->names);
	c->names = NULL;
}
