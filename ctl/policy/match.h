/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Static rules: who is this tunnel, who is this login, what does it get. Pure functions over the
 * configuration; the controller asks them and gives the answer to the protocol layers, which would
 * wait for it if it took time.
 */
#ifndef L2X_POLICY_MATCH_H
#define L2X_POLICY_MATCH_H

#include "base/addr.h"
#include "policy/config.h"
#include "ppp/ppp.h"

/*
 * The incoming entry for a peer that calls itself this and comes from there, or NULL. An entry that
 * names the peer's host name goes before one that takes any; else the first in the file.
 */
const struct config_incoming *policy_match_tunnel(const struct config *c,
						  const char *remote_hostname,
						  const struct ip_addr *from);

/*
 * The session rule for a login, or NULL and *why: for our own log, not for the peer. A rule with
 * this very user name goes before one for any.
 */
const struct config_session *policy_match_session(const struct config_incoming *in,
						  const struct ppp_login *login, const char **why);

#endif
