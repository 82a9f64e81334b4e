/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The search for a server that answers, as outgoing connections and relays have it: the servers of a
 * list in turn (policy/servers.h), their names resolved, and the address to send from. What to do
 * with a server that is found, and when to try again, is the owner's affair.
 */
#ifndef L2X_MAIN_DIALER_H
#define L2X_MAIN_DIALER_H

#include "base/addr.h"
#include "base/log.h"
#include "policy/servers.h"

struct controller;
struct evdns_getaddrinfo_request;

struct dialer_ops {
	/* This one is next: dial it. */
	void (*found)(void *owner, const struct ip_addr *server);
	/* That led to nothing: servers_failed() says how to go on. */
	void (*failed)(void *owner, const char *why);
};

struct dialer {
	struct controller *c;
	const struct dialer_ops *ops;
	void *owner;
	const struct logger *log;
	struct servers servers;
	uint32_t table; /* by which the name servers are asked; 0: as this host asks */
	struct evdns_getaddrinfo_request *resolving;
	const char *resolving_name;
};

/* Calls one of the operations, now or later. */
void dialer_next(struct dialer *d);
/* No operation is called any more; the next one is the first server. */
void dialer_stop(struct dialer *d);

/*
 * Another list of servers in place of the one that it has, see servers_replace(); while a name of both is
 * being resolved, that goes on. 0 or -ENOMEM.
 */
int dialer_take(struct dialer *d, char *const *list, size_t count, uint32_t fail_lockout);

/*
 * peer and table are set: the rest of a tunnel's path. source without a family: as the kernel would
 * take it. NULL, with the interface that it leaves by, or why there is no way.
 */
const char *dialer_path(struct controller *c, const struct ip_addr *source, struct udp_path *path,
			unsigned *ifindex);

#endif
