/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a call puts into the kernel (local address, routes in the payload table) and into the data
 * path (session, payload routes), and its removal. Installing is all or nothing; removing what is
 * not there is harmless.
 *
 * Of an incoming call, the kernel may speak of its routes later, see controller_flush(); when it
 * refuses one, the call gives that protocol up.
 */
#ifndef L2X_MAIN_INSTALL_H
#define L2X_MAIN_INSTALL_H

#include <stdint.h>
#include "main/controller.h"

struct call;
struct installed;
struct ip_prefix;
struct payload_route;

/* The limits of a session into and out of the tunnel, bit/s; 0: none. */
struct speeds {
	uint64_t tx, rx;
};
struct speeds install_speeds(const struct call *call);

/* 0 or a negative errno, said in the log. */
int install_session(struct call *call);
int install_ipv4(struct call *call);
int install_ipv6(struct call *call);
/* call->mtu_wanted is another. */
void install_mtu(struct call *call);
/* For a prefix that the peer has delegated to us: what nothing else routes ends here. */
int install_unreachable(struct call *call, const struct ip_prefix *prefix);
void uninstall_unreachable(struct call *call, const struct ip_prefix *prefix);
void uninstall_ipv4(struct call *call);
void uninstall_ipv6(struct call *call);
/* In the call's payload table. */
struct net_route install_kernel_route(const struct call *call, const struct ip_prefix *prefix);
/* The i-th that the configuration gives the call, NULL: there are no more; as it goes into kernel and data path. */
const struct ip_prefix *install_configured_route(const struct call *call, size_t i);
struct payload_route install_own_route(const struct call *call, const struct ip_prefix *prefix);
/* in->routes has room for it. 0 or a negative errno, said in the log. */
int install_given_route(struct call *call, struct installed *in, const struct ip_prefix *route);
void install_del_route(struct call *call, const struct ip_prefix *prefix);
void uninstall_all(struct call *call); /* the session too */

#endif
