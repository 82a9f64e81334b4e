// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets in userspace: duplicates among what is received, and copies of what is sent. The numbers and
 * the receiver's slots are those of the BPF programs (sets.h), so one packet may come by one level
 * and its copy by another.
 */
#include "base/clock.h"
#include "dataplane/inner.h"
#include "dataplane/private.h"
#include "dataplane/user.h"
#include "l2x/send.h"

static uint32_t id_of(const struct dataplane *dp, const struct set *set)
{
	return (uint32_t)(set - dp->table.sets.set);
}

bool carry_is_duplicate(struct dataplane *dp, const struct user_result *r, bool taken)
{
	const unsigned window = dp->sets.window;
	__u64 now, age, *slot;
	uint32_t id, skew;
	struct l2x_set_counters *c;
	enum l2x_dedup verdict;

	if (!r->set)
		return false;
	id = id_of(dp, r->set);
	skew = r->set->value.skew;
	now = clock_ns(CLOCK_MONOTONIC) >> L2X_DEDUP_UNIT_SHIFT;
	c = &dp->sets.user[id];
	slot = &dp->sets.slots[((size_t)(id - 1) << window) + l2x_dedup_place(&r->number, window)];
	verdict = taken ? l2x_dedup_take(slot, &r->number, window, skew, now, &age)
			: l2x_dedup_judge(*(volatile __u64 *)slot, &r->number, window, skew, now,
					  &age);
	if (verdict != L2X_DEDUP_DUPLICATE && !taken)
		return false;
	l2x_leg_count(&c->legs[r->session->value.leg], verdict, age, now << L2X_DEDUP_UNIT_SHIFT);
	if (verdict != L2X_DEDUP_DUPLICATE) {
		l2x_newest_note(&dp->sets.states[id].newest, c, &r->number);
		return false;
	}
	counters_add(&carry_counters(dp, r->session)->rx[L2X_LEVEL_USER], r->len);
	carry_drop(dp, r->session, L2X_DROP_DUPLICATE);
	return true;
}

static void to_one_leg(struct dataplane *dp, const struct user_result *r, uint8_t up,
		       uint16_t protocol)
{
	const struct l2x_set *set = &r->set->value;
	struct l2x_set_state *state = &dp->sets.states[id_of(dp, r->set)];
	const uint32_t leg = l2x_bond_pick(set, state, up, inner_flow(r->data, r->len));
	struct session *s = r->set->legs[leg].session;
	uint8_t header[USER_HEADER_MAX];
	size_t header_len = user_header(s, header, protocol, r->len);

	if (!header_len) {
		carry_drop(dp, s, L2X_DROP_TOO_BIG);
		return;
	}
	l2x_bond_charge(set, state, leg, r->len);
	carry_send(dp, s, header, header_len, r);
}

/* To a peer that knows nothing of sets it is a packet of that session alone. */
static void copy_to_leg(struct dataplane *dp, struct session *s, uint16_t protocol,
			const struct l2x_number *number, const struct user_result *r)
{
	uint8_t header[USER_HEADER_MAX];
	size_t len;

	if (s->value.flags & L2X_SESSION_CHECK_NS)
		len = user_header(s, header, protocol, r->len);
	else
		len = user_leg_header(s, header, protocol, number);
	if (len)
		carry_send(dp, s, header, len, r);
	else
		carry_drop(dp, s, L2X_DROP_TOO_BIG);
}

void carry_to_set(struct dataplane *dp, const struct user_result *r)
{
	const bool v6 = r->data[0] >> 4 == 6;
	const uint16_t protocol = v6 ? PPP_PROTO_IPV6 : PPP_PROTO_IPV4;
	const struct l2x_set *set = &r->set->value;
	const uint8_t up = v6 ? set->up6 : set->up4;
	struct l2x_set_state *state = &dp->sets.states[id_of(dp, r->set)];
	struct l2x_number number;

	if (set->flags & L2X_SET_BOND) {
		to_one_leg(dp, r, up, protocol);
		return;
	}
	l2x_number_next(set, state, &number);
	for (int i = 0; i < L2X_SET_LEGS; i++)
		if (up & 1 << i)
			copy_to_leg(dp, r->set->legs[i].session, protocol, &number, r);
}
