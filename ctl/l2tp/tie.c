// SPDX-License-Identifier: GPL-2.0-only
/* Who wins when two ends dial one another at the same time (RFC 2661 4.4.3, Tie Breaker). */
#include "l2tp/internal.h"

/*
 * Our own SCCRQ to this address that is not answered yet. With more than one of them the peer does
 * not mean any of them in particular.
 */
static struct l2tp_tunnel *outstanding(const struct l2tp *l, const struct ip_addr *peer)
{
	struct l2tp_tunnel *found = NULL, *t;

	for (t = source_first(l, peer); t; t = source_next(t)) {
		if (!t->st.dialled || t->st.state != TUNNEL_WAIT_CTL_REPLY || t->lost)
			continue;
		if (found)
			return NULL;
		found = t;
	}
	return found;
}

#define LATE 8000 /* ms that a SCCRQ may have been under way, or waited for its repetition */

/* A SCCRQ that lost, and comes when the tunnel that won is up: a late copy, or a late first one. */
static bool beaten_before(const struct l2tp *l, const struct ip_addr *peer, uint32_t key,
			  const uint8_t *theirs)
{
	struct l2tp_tunnel *t;

	for (t = source_first(l, peer); t; t = source_next(t)) {
		if (!t->st.dialled || t->st.state != TUNNEL_ESTABLISHED)
			continue;
		if (t->has_beaten && t->beaten == key)
			return true;
		if (t->has_tie && theirs && l2tp_now(l) - t->up_since < LATE &&
		    memcmp(t->tie, theirs, L2TP_TIE_LEN) < 0)
			return true;
	}
	return false;
}

enum tie tie_with(const struct l2tp *l, const struct udp_path *path, const struct l2tp_message *m,
		  uint32_t key, struct l2tp_tunnel **ours)
{
	const uint8_t *theirs = l2tp_has(m, AVP_TIE_BREAKER) ? m->avp[AVP_TIE_BREAKER].p : NULL;
	struct l2tp_tunnel *t = outstanding(l, &path->peer.ip);
	int order;

	*ours = t;
	if (!t)
		return beaten_before(l, &path->peer.ip, key, theirs) ? TIE_OURS : TIE_NONE;
	if (!theirs && !t->has_tie)
		return TIE_NONE;
	if (!theirs || !t->has_tie)
		return theirs ? TIE_THEIRS : TIE_OURS;
	order = memcmp(t->tie, theirs, L2TP_TIE_LEN);
	return !order ? TIE_BOTH_LOSE : order < 0 ? TIE_OURS : TIE_THEIRS;
}
