/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage two of incoming sessions (docs/incoming.md): which rule a call gets, and its share of what
 * there is a limited number of: sessions of a login, addresses of a pool.
 */
#ifndef L2X_MAIN_ADMISSION_H
#define L2X_MAIN_ADMISSION_H

#include "main/call.h"

int admission_open(struct controller *c); /* 0 or -ENOMEM */
void admission_close(struct controller *c);

/* What comes in through an entry of the configuration, and goes. */
void admission_count_tunnel(const struct tunnel *t, bool more);
void admission_count_call(const struct tunnel *t, bool more);
bool admission_has_room_for_tunnel(const struct controller *c, const struct config_incoming *in);
/* That it has none is said in the log, once until there is room again. */
bool admission_has_room_for_call(const struct tunnel *t);

/*
 * Is the call refused by what is known without PPP? connected: its ICCN has come. The reason is for
 * the peer too; NULL: go on, to another LNS if call->grant has a relay.
 */
const char *admission_refused(struct call *call, bool connected);

/*
 * The rule for this login becomes the call's grant, in place of one that it had. NULL, or why the
 * login is refused: for the log; *told, never NULL then, is for the peer.
 */
const char *admission_login(struct call *call, const struct ppp_login *login, const char **told);

/* Nothing is granted any more. */
void admission_leave(struct call *call);

#endif
