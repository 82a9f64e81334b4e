// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resolvers, one for the host's routing and one for each table that a tunnel with a name goes by, each made
 * when the first name needs it. Name servers change while we run, as when an uplink comes up: so the
 * files are read again when they are others than before.
 */
#include <errno.h>
#include <event2/dns.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "main/controller.h"
#include "main/names_relay.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define HOSTS	    "/etc/hosts"

struct file_state {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

struct resolver {
	struct list in_controller;
	uint32_t table; /* 0: the host's routing */
	struct evdns_base *dns;
	struct list relays; /* struct names_relay, where there is a table */
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

static void free_relays(struct resolver *r)
{
	struct list *i, *keep;

	list_for_each(i, keep, &r->relays)
		names_relay_free(list_item(i, struct names_relay, in_resolver));
}

/* In place of each name server that was read, the way to it by the table. */
static void go_by_table(struct controller *c, struct resolver *r)
{
	int n = evdns_base_count_nameservers(r->dns);

	for (int i = 0; i < n; i++) {
		struct sockaddr_storage ss;
		int len = evdns_base_get_nameserver_addr(r->dns, i, (struct sockaddr *)&ss,
							 sizeof(ss));
		struct names_relay *relay;

		if (len <= 0 || (size_t)len > sizeof(ss))
			continue;
		relay = names_relay_new(c->base, &c->log, (struct sockaddr *)&ss, (socklen_t)len,
					r->table);
		if (relay)
			list_append(&r->relays, &relay->in_resolver);
	}
	evdns_base_clear_nameservers_and_suspend(r->dns);
}

static void add_relays(struct resolver *r)
{
	struct list *i, *keep;

	list_for_each(i, keep, &r->relays) {
		struct names_relay *relay = list_item(i, struct names_relay, in_resolver);

		evdns_base_nameserver_sockaddr_add(r->dns, (struct sockaddr *)&relay->own,
						   relay->own_len, 0);
	}
}

static void read_files(struct controller *c, struct resolver *r)
{
	struct file_state resolv_conf = state_of(RESOLV_CONF), hosts = state_of(HOSTS);

	if (!memcmp(&resolv_conf, &r->resolv_conf, sizeof(resolv_conf)) &&
	    !memcmp(&hosts, &r->hosts, sizeof(hosts)))
		return;
	r->resolv_conf = resolv_conf;
	r->hosts = hosts;
	evdns_base_clear_nameservers_and_suspend(r->dns);
	evdns_base_clear_host_addresses(r->dns);
	free_relays(r);
	/* Reads the hosts too. Without the file it takes the resolver of this host. */
	evdns_base_resolv_conf_parse(r->dns, DNS_OPTIONS_ALL, RESOLV_CONF);
	if (r->table) {
		go_by_table(c, r);
		add_relays(r);
	}
	evdns_base_resume(r->dns);
}

static struct resolver *find(struct controller *c, uint32_t table)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->resolvers) {
		struct resolver *r = list_item(i, struct resolver, in_controller);

		if (r->table == table)
			return r;
	}
	return NULL;
}

/* libevent's own words on name servers would go past our log, and name our relays. */
static void say_nothing(int is_warning, const char *text)
{
	(void)is_warning;
	(void)text;
}

static struct resolver *add(struct controller *c, uint32_t table)
{
	struct resolver *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	evdns_set_log_fn(say_nothing);
	r->table = table;
	list_init(&r->relays);
	r->dns = evdns_base_new(c->base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!r->dns) {
		free(r);
		return NULL;
	}
	list_append(&c->resolvers, &r->in_controller);
	return r;
}

struct evdns_base *names_dns(struct controller *c, uint32_t table)
{
	struct resolver *r = find(c, table);

	if (!r)
		r = add(c, table);
	if (!r)
		return NULL;
	read_files(c, r);
	return r->dns;
}

void names_close(struct controller *c)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->resolvers) {
		struct resolver *r = list_item(i, struct resolver, in_controller);

		evdns_base_free(r->dns, 1);
		free_relays(r);
		list_remove(&r->in_controller);
		free(r);
	}
}
