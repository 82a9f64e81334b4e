/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The session rules of an incoming entry, filed so that the one for a call is found in little time
 * however many there are. docs/incoming.md says which one that is.
 */
#ifndef L2X_POLICY_RULES_H
#define L2X_POLICY_RULES_H

#include <stddef.h>
#include "l2tp/l2tp.h"
#include "policy/config.h"
#include "ppp/ppp.h"

/* What is known of a call so far. */
struct caller {
	const struct l2tp_call_info *call; /* its ICRQ at least */
	bool connected;			   /* its ICCN too */
	bool proxied;			   /* which had a login */
	const char *username;		   /* NULL: not known yet; "": nobody was asked */
	const struct ppp_login *login;	   /* NULL: no password to check yet */
};

enum rules_verdict {
	RULES_MATCH,
	RULES_LATER, /* depends on what is not known yet */
	RULES_NONE,
};

/* NULL: no memory. sessions must stay where they are. */
struct rules *rules_new(const struct config_session *sessions, size_t count);
void rules_free(struct rules *r); /* NULL is allowed */

/* MATCH: *rule is the one. NONE: *why says so, for our own log, not for the peer. */
enum rules_verdict rules_match(const struct rules *r, const struct caller *caller,
			       const struct config_session **rule, const char **why);
/*
 * The same for one whose call is up by the rule `old`, of an earlier configuration: as if he came again
 * with what he showed then. logged_in: that was a login.
 */
enum rules_verdict rules_rematch(const struct rules *r, const struct caller *caller, bool logged_in,
				 const struct config_session *old,
				 const struct config_session **rule, const char **why);

#endif
