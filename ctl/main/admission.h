/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage two of incoming sessions (docs/incoming.md): which rule a call gets, and its share of what
 * there is a limited number of: sessions of a login, addresses of a pool.
 */
#ifndef L2X_MAIN_ADMISSION_H
#define L2X_MAIN_ADMISSION_H

#include "main/call.h"

int admission_open(struct controller *c); /* behind the data path: 0 or -errno */
void admission_close(struct controller *c);

/* What comes in through an entry of the configuration, and goes. */
void admission_add_tunnel(struct tunnel *t);
void admission_remove_tunnel(struct tunnel *t);
void admission_count_call(const struct tunnel *t, bool more);
/* The limit that the sessions of its entry share, for the data path; 0: none. */
uint32_t admission_total(const struct tunnel *t);
bool admission_has_room_for_tunnel(const struct controller *c, const struct config_incoming *in);
/* Its attempts-per-second; counts this one. */
bool admission_tunnel_in_pace(const struct controller *c, const struct config_incoming *in);
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

/*
 * admission_change.c: another configuration. First pools and counts for it are made: 0, -ENOMEM, or -ENOSPC: there
 * is no room for another speed-total. Then,
 * when no call has anything by the old rules that it does not keep, they take the places of the old
 * ones; and each call that stays, with its new grant, takes its own in them.
 */
struct admission_next;
int admission_prepare(const struct controller *c, const struct config *config,
		      struct admission_next **out);
void admission_drop(struct admission_next *n); /* NULL is allowed */
void admission_switch(struct controller *c, struct admission_next *n);
void admission_rejoin(struct call *call);
/* What is more than the new rules let be on by one login ends. */
void admission_enforce(struct controller *c);

#endif
