/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the next LNS is told of a call that is relayed: as the caller's LAC has said it, nothing, or something of our
 * own, by the entry of `relays` (RFC 2661 4.4.3 to 4.4.5). Only decides; main/relayed.c dials.
 */
#ifndef L2X_POLICY_TOLD_H
#define L2X_POLICY_TOLD_H

#include <stddef.h>
#include "base/log.h"
#include "l2tp/l2tp.h"
#include "policy/config.h"

/* What a text of ours may hold, and what goes for speeds of ours. */
struct told_caller {
	const struct l2tp_call_info *call; /* as the LAC has said it */
	const char *login;		   /* "": none, or not known */
	uint64_t speed, speed_rx;	   /* bit/s that the rule lets through; 0: no limit */
};

/*
 * A copy of caller->call, of which this becomes of the policy: numbers, group, speeds, framing. It has no proxy. What
 * turns out too long is left out, and said in the log.
 */
void told_call(const struct config_relay *policy, const struct told_caller *caller,
	       const struct logger *log, struct l2tp_call_info *out);
/* proxy: as the LAC has said it, or we have heard it. False: nothing of it is told. */
bool told_proxy(const struct config_relay *policy, const struct told_caller *caller,
		const struct logger *log, struct l2tp_proxy *proxy);

/*
 * text, with %u: the login's name, %n: what is in front of its last @, %c: the calling number, %d: the called one, %%: a %. False:
 * it does not fit, and out is empty.
 */
bool told_text(const char *text, const struct told_caller *caller, char *out, size_t room);
/* NULL: these are all that is in it behind a %, else the first that is not. */
const char *told_unknown(const char *text);

#endif
