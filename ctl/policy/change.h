/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a changed configuration means for what runs under the old one: whether it can stay as it is,
 * be changed in place, or has to begin anew. Only compares; main/reload.c carries it out.
 *
 * Which rule a session has now is not found by comparing rules, but by asking the new ones as if
 * the same caller logged in again, see rules_rematch().
 */
#ifndef L2X_POLICY_CHANGE_H
#define L2X_POLICY_CHANGE_H

#include "policy/config.h"

enum change {
	CHANGE_NONE,
	CHANGE_IN_PLACE,
	CHANGE_ANEW, /* what runs has to end */
};

/*
 * Each gives the heaviest change that there is, and in *key the first key that asks for it (NULL for
 * CHANGE_NONE).
 */

/* server: the one that is connected, as the old entry names it; NULL: none is. */
enum change change_outgoing(const struct config_outgoing *old, const struct config_outgoing *new,
			    const char *server, const char **key);
enum change change_relay(const struct config_relay *old, const struct config_relay *new,
			 const char *server, const char **key);
/* Of a tunnel that came in by the entry, apart from its sessions. */
enum change change_tunnel(const struct config_incoming *old, const struct config_incoming *new,
			  const char **key);
/* Of a session in it that has not logged in yet. */
enum change change_setup(const struct config_incoming *old, const struct config_incoming *new,
			 const char **key);

/* What a session is granted: its entry and its rule. */
struct change_grant {
	const struct config_incoming *in;
	const struct config_session *rule;
};

/* Of a session that has logged in. address: the one that it was given, of no family: none. */
enum change change_session(const struct change_grant *old, const struct change_grant *new,
			   const struct ip_addr *address, const char **key);

/*
 * Keys that only a start can change: each is told to report(), with its line in the file of that
 * name. How many there are.
 */
size_t change_refused(const struct config *old, const struct config *new, const char *file,
		      void (*report)(void *arg, const char *message), void *arg);

/* Is the port of `http` another one? What it wants to be told does not count. */
bool change_http(const struct config_http *old, const struct config_http *new);

#endif
