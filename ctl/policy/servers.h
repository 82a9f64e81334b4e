/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which server of a list is tried next, and which of its addresses. Attempts go in
 * rounds: every server of the list in its order, every address of each. One that failed is locked
 * out for fail-lockout, so that a round leaves it out as long as another is not. Knows no clock and
 * no resolver.
 */
#ifndef L2X_POLICY_SERVERS_H
#define L2X_POLICY_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"

struct servers {
	char *const *list;
	size_t count;
	uint32_t fail_lockout;
	uint64_t *locked_until; /* ms; of each server */
	bool *tried;		/* in this round */
	bool in_round;
	bool locked_too; /* all were locked out when the round began, so none is left out */
	size_t current;
	struct ip_addr *addresses; /* of the current one */
	size_t addresses_count, next_address;
};

/* 0 or -ENOMEM. list must stay where it is; fail_lockout: seconds */
int servers_init(struct servers *s, char *const *list, size_t count, uint32_t fail_lockout);
void servers_free(struct servers *s);
/*
 * Another list in its place: of what stands in both, it stays known what was tried and what is
 * locked out. 0 or -ENOMEM, and all is as it was.
 */
int servers_replace(struct servers *s, char *const *list, size_t count, uint32_t fail_lockout);

/* The one that was given last, as the list names it. */
const char *servers_current(const struct servers *s);

/*
 * What to do next: NULL, and *address is to be dialled; or the name that is to be resolved first,
 * for servers_resolved(). Begins a new round when there is none.
 */
const char *servers_next(struct servers *s, uint64_t now, struct ip_addr *address);
/* What the name stands for, in the order to try. 0 or -ENOMEM. */
int servers_resolved(struct servers *s, const struct ip_addr *addresses, size_t count);

/* What servers_next() gave led to nothing. false: the round is over, wait before the next. */
bool servers_failed(struct servers *s, uint64_t now);
/* Traffic has flowed, and that is over; dead: because the server fell silent. The round is over. */
void servers_lost(struct servers *s, uint64_t now, bool dead);
/* Begin with the first server again. */
void servers_restart(struct servers *s);

#endif
