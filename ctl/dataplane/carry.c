// SPDX-License-Identifier: GPL-2.0-only
/*
 * The userspace level at work: verdicts of user.c are carried out and counted. When the
 * configuration forces another level, this one hands up control messages, PPP frames and what IPv6
 * has to say of the link, but carries no payload.
 */
#include <errno.h>
#include "dataplane/inner.h"
#include "dataplane/private.h"
#include "dataplane/user.h"

struct l2x_counters *carry_counters(struct dataplane *dp, const struct session *s)
{
	return &dp->counters.user[s ? s->value.stats_index : 0];
}

void carry_drop(struct dataplane *dp, const struct session *s, enum l2x_reason reason)
{
	carry_counters(dp, s)->drops[reason]++;
}

/* False: one of its limits is reached; counted. */
static bool admits(struct dataplane *dp, const struct session *s, bool rx, size_t bytes)
{
	enum l2x_reason why;

	if (rate_admits(&dp->rates, &s->value, rx, bytes, &why))
		return true;
	carry_drop(dp, s, why);
	return false;
}

static bool carries_payload(const struct dataplane *dp)
{
	return dp->level == DATAPLANE_AUTO || dp->level == DATAPLANE_USER;
}

/*
 * XDP cannot ask for a neighbour that is not known; it leaves the packet to the kernel, which
 * forwards it and asks. Where XDP is all there is, nobody would ever ask.
 */
static void find_neighbour(struct dataplane *dp, const struct user_result *r)
{
	struct inner inner;

	if (dp->level == DATAPLANE_XDP &&
	    !inner_parse(r->data[0] >> 4 == 4 ? AF_INET : AF_INET6, r->data, r->len, &inner))
		net_neighbour_find(dp->net, r->session->value.netdev, &inner.source,
				   &inner.destination);
}

/* False: dropped. */
static bool to_netdev(struct dataplane *dp, const struct user_result *r)
{
	if (!carries_payload(dp)) {
		carry_drop(dp, r->session, L2X_DROP_LEVEL);
		find_neighbour(dp, r);
	} else if (carry_is_duplicate(dp, r, false)) {
		return false;
	} else if (!admits(dp, r->session, true, r->len)) {
		return false;
	} else if (carry_is_duplicate(dp, r, true)) {
		return false;
	} else if (tun_write(dp, r->session->value.netdev, r->data, r->len)) {
		carry_drop(dp, r->session, L2X_DROP_ERROR);
	} else {
		counters_add(&carry_counters(dp, r->session)->rx[L2X_LEVEL_USER], r->len);
		return true;
	}
	return false;
}

static enum l2x_reason reason_of_send(int err)
{
	switch (err) {
	case -EMSGSIZE:
		return L2X_DROP_TOO_BIG;
	case -ENETUNREACH:
	case -EHOSTUNREACH:
	case -ENETDOWN:
	case -EADDRNOTAVAIL:
	case -EAFNOSUPPORT:
		return L2X_DROP_NO_NEXT_HOP;
	default:
		return L2X_DROP_ERROR;
	}
}

/* Both halves count it; the limits of either hold. */
static void to_onward(struct dataplane *dp, const struct udp_path *path,
		      const struct user_result *r)
{
	const struct session *to = r->onward;
	int err;

	if (r->limited && !carries_payload(dp)) {
		carry_drop(dp, r->session, L2X_DROP_LEVEL);
		tap_received(dp, path, false);
		return;
	}
	if (r->limited &&
	    (!admits(dp, r->session, true, r->inner_len) || !admits(dp, to, false, r->inner_len))) {
		tap_received(dp, path, false);
		return;
	}
	tap_received(dp, path, true);
	err = udp_send(dp, &to->path, to->value.flags & L2X_SESSION_DF, NULL, 0, r->data, r->len);
	if (err) {
		carry_drop(dp, to, reason_of_send(err));
		return;
	}
	tap_sent(dp, to, NULL, 0, r->data, r->len);
	if (r->limited) {
		counters_add(&carry_counters(dp, r->session)->rx[L2X_LEVEL_USER], r->inner_len);
		counters_add(&carry_counters(dp, to)->tx[L2X_LEVEL_USER], r->inner_len);
	}
}

void carry_received(struct dataplane *dp, const struct udp_path *path, uint8_t *packet, size_t len)
{
	struct user_result r;
	enum user_verdict verdict;

	if (dp->tap)
		tap_keep(dp, packet, len);
	verdict = user_receive(&dp->table, &path->peer, packet, len, &r);
	/* First, so that what this packet is answered with is numbered as it is. */
	if (r.numbering)
		dp->ops->numbering(dp->owner, r.session->key, r.session->received.numbered);
	switch (verdict) {
	case USER_CONTROL:
		dp->ops->control(dp->owner, path, r.data, r.len);
		break;
	case USER_PPP:
		tap_received(dp, path, true);
		dp->ops->ppp(dp->owner, r.session->key, r.data, r.len);
		break;
	case USER_LINK:
		tap_received(dp, path, true);
		if (dp->ops->link)
			dp->ops->link(dp->owner, r.session->key, r.data, r.len);
		break;
	case USER_RELAY:
		to_onward(dp, path, &r);
		break;
	case USER_SET: /* of transmit only */
	case USER_PAYLOAD:
		tap_received(dp, path, to_netdev(dp, &r));
		break;
	case USER_DROP:
		tap_received(dp, path, false);
		carry_drop(dp, r.session, r.reason);
		break;
	}
}

void carry_send(struct dataplane *dp, const struct session *s, const uint8_t *header,
		size_t header_len, const struct user_result *r)
{
	int err;

	if (!admits(dp, s, false, r->len))
		return;
	err = udp_send(dp, &s->path, s->value.flags & L2X_SESSION_DF, header, header_len, r->data,
		       r->len);
	if (err) {
		carry_drop(dp, s, reason_of_send(err));
		return;
	}
	tap_sent(dp, s, header, header_len, r->data, r->len);
	counters_add(&carry_counters(dp, s)->tx[L2X_LEVEL_USER], r->len);
}

void carry_transmitted(struct dataplane *dp, unsigned netdev, uint8_t *packet, size_t len)
{
	struct user_result r;
	enum user_verdict v = user_transmit(&dp->table, netdev, packet, len, &r);

	if (v == USER_DROP)
		carry_drop(dp, r.session, r.reason);
	else if (!carries_payload(dp))
		carry_drop(dp, r.session, L2X_DROP_LEVEL);
	else if (v == USER_SET)
		carry_to_set(dp, &r);
	else
		carry_send(dp, r.session, r.header, r.header_len, &r);
}
