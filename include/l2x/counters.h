/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of the data path. One struct l2x_counters exists per session (and one, at index 0 of the
 * map, for packets that belong to no session), and on each CPU; whoever shows them adds the CPUs
 * up.
 *
 * Bytes are payload bytes: the inner IP packet from its first header byte on, without PPP, L2TP and
 * the underlay's headers, at every level and in both directions.
 */
#ifndef L2X_COUNTERS_H
#define L2X_COUNTERS_H

#include <linux/types.h>

/* Which level of the data path moved a packet. */
enum l2x_level {
	L2X_LEVEL_XDP,
	L2X_LEVEL_TC,
	L2X_LEVEL_USER,
	L2X_LEVELS,
};

/*
 * Why a packet was dropped. L2X_REASONS(X) is the one list: name, text for people.
 * A packet that a level merely leaves to the next one is not dropped and not counted.
 */
#define L2X_REASONS(X)                                                           \
	X(MALFORMED, "malformed", "L2TP or PPP header does not fit the packet")  \
	X(NO_SESSION, "no-session", "no such tunnel and session")                \
	X(BAD_PEER, "bad-peer", "outer source is not the tunnel's peer")         \
	X(LATE, "late", "late or a duplicate by its sequence number")            \
	X(BAD_SOURCE, "bad-source", "inner source is not routed to the session") \
	X(BAD_INNER, "bad-inner", "inner packet is not sound IPv4 or IPv6")      \
	X(NO_ROUTE, "no-route", "no payload route for the inner destination")    \
	X(NOT_UP, "not-up", "session is not open for this protocol")             \
	X(NO_NEXT_HOP, "no-next-hop", "no way to the tunnel's peer")             \
	X(TOO_BIG, "too-big", "larger than the session or its underlay takes")   \
	X(RATE, "rate", "the session's rate limit is reached")                   \
	X(RATE_TOTAL, "rate-total", "the limit of all sessions of its entry is") \
	X(DUPLICATE, "duplicate", "another copy of it came before")              \
	X(LEVEL, "level", "the packet needs a level that is not in use")         \
	X(ERROR, "error", "the kernel refused an operation on the packet")

enum l2x_reason {
#define X(id, name, text) L2X_DROP_##id,
	L2X_REASONS(X)
#undef X
		L2X_REASON_COUNT,
};

struct l2x_count {
	__u64 packets;
	__u64 bytes; /* payload bytes, see above */
};

struct l2x_counters {
	struct l2x_count rx[L2X_LEVELS]; /* from the tunnel, decapsulated */
	struct l2x_count tx[L2X_LEVELS]; /* into the tunnel, encapsulated */
	__u64 drops[L2X_REASON_COUNT];
};

/*
 * What XDP moved of a session, beside what it remembers of it (l2x_known_session in l2x/maps.h). When another
 * session takes the place, it is added to the numbers of XDP in l2x_counters.
 */
struct l2x_moved {
	struct l2x_count rx, tx;
};

/*
 * What a receiver of an `ha` set counts, on each CPU, for the set and for each of its legs. Packets
 * without number are not counted here. `copies` of a leg are its first and its duplicates.
 *
 * Skew: how long after the first copy a duplicate came, in classes: class 0 is less than one unit
 * of L2X_DEDUP_UNIT (about a millisecond), class n from 2^(n-1) to less than 2^n units; the last
 * has no end.
 */
#define L2X_SKEW_CLASSES 16

struct l2x_leg_counters {
	__u64 first;	 /* passed */
	__u64 duplicate; /* dropped */
	__u64 late;	 /* of `first`: surely came before, but too long ago or too many numbers */
	__u64 last;	 /* ns of CLOCK_MONOTONIC: when the last copy came */
	__u64 skew[L2X_SKEW_CLASSES];
};

struct l2x_set_counters {
	__u64 expected; /* numbers that the sender has used, as far as this CPU moved `highest` */
	__u64 newest;	/* that this CPU has seen */
	struct l2x_leg_counters legs[8];
};

#endif
