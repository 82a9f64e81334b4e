/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage one of incoming tunnels: which entry of the configuration a peer gets. A pure function; the
 * controller asks it and gives the answer to the protocol layer, which would wait for it if it took
 * time.
 */
#ifndef L2X_POLICY_MATCH_H
#define L2X_POLICY_MATCH_H

#include "base/addr.h"
#include "policy/config.h"

/*
 * The entry for a peer that calls itself this, on this path, or NULL. The most specific one
 * (docs/incoming.md); else the first in the file.
 */
const struct config_incoming *policy_match_tunnel(const struct config *c,
						  const char *remote_hostname,
						  const struct udp_path *path);

/* Is what arrives at this address heard? */
bool config_listens_at(const struct config *c, const struct ip_addr *local);

#endif
