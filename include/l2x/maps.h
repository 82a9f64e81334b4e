/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys and values of the pinned maps: the contract between the controller, which writes all of them
 * but the counters, and the BPF programs, which read them. BTF carries these types, so that
 * `bpftool map dump pinned /sys/fs/bpf/l2x/slots` shows the names below.
 *
 * Byte order: fields of type __be16/__be32 and addresses are in network order; all else is in host
 * order.
 *
 *   map          type            key                   value
 *   sessions     hash            struct l2x_session_key  __u32 slot
 *   slots        array           __u32 slot              struct l2x_session, with its key
 *   routes4      LPM trie        struct l2x_route4_key   struct l2x_route
 *   routes6      LPM trie        struct l2x_route6_key   struct l2x_route
 *   counters     per-CPU array   __u32 stats_index       struct l2x_counters
 *   underlays    array, mmap     __u32 l2x_session.underlay struct l2x_underlay
 *   known_sessions array, mmap   __u32, see below        struct l2x_known_session
 *   limits       array, mmap     __u32 stats_index       struct l2x_limit
 *   totals       array, mmap     __u32 l2x_session.total struct l2x_total
 *   sets         array           __u32 set               struct l2x_set
 *   set_states   array, mmap     __u32 set               struct l2x_set_state
 *   set_slots    array, mmap     see l2x/dedup.h         __u64
 *   set_counters per-CPU array   __u32 set               struct l2x_set_counters
 *   set_nics     array of maps   __u32 l2x_set.nics      devmap of the NICs that copies leave by
 *   leg_turns    per-CPU hash    __u32 ifindex           struct l2x_leg_turn
 *   forward      devmap hash     __u32 ifindex           struct bpf_devmap_val
 *   nics         hash            __u32 ifindex           struct l2x_nic
 *
 * known_sessions is what the programs remember for themselves (bpf/session.h), and pinned for the counters in it;
 * the ways that they remember (bpf/way.h) are not.
 */
#ifndef L2X_MAPS_H
#define L2X_MAPS_H

#include <linux/types.h>
#include "counters.h"

/* Our own ids: those in the header of a packet that we receive. Both are unique by choice of the
 * controller. */
struct l2x_session_key {
	__u16 tunnel_id;
	__u16 session_id;
};

/* enum l2x_session.flags */
enum l2x_session_flags {
	L2X_SESSION_IPV4 = 1 << 0,	 /* IPCP is open */
	L2X_SESSION_IPV6 = 1 << 1,	 /* IPV6CP is open */
	L2X_SESSION_USER_ONLY = 1 << 2,	 /* XDP and tc leave its packets to userspace (sequenced) */
	L2X_SESSION_SEQUENCED = 1 << 3,	 /* we send Ns and Nr (RFC 2661 5.4); implies USER_ONLY */
	L2X_SESSION_LENGTH = 1 << 4,	 /* we send the Length field; implies USER_ONLY */
	L2X_SESSION_ANY_SOURCE = 1 << 5, /* inner source is not checked */
	L2X_SESSION_NO_FF03 =
		1 << 6, /* send without address and control field (ACFC, RFC 1661 6.6) */
	L2X_SESSION_MSS_FIX = 1 << 7,  /* TCP SYNs, both ways: MSS at most what mtu has room for */
	L2X_SESSION_ANY_PEER = 1 << 8, /* outer source is not checked */
	L2X_SESSION_DF = 1 << 9,       /* outer IPv4 with DF: the path MTU is to be found out */
	/* Numbers in what comes are RFC 2661's (5.4): XDP and tc leave such packets to userspace. On a
	 * leg of an ha set: the peer knows nothing of sets. What it sends are no copies, and what
	 * it is sent has no number. */
	L2X_SESSION_CHECK_NS = 1 << 10,
	L2X_SESSION_LIMITED = 1 << 11, /* there is something in its l2x_limit */
	L2X_SESSION_RELAY = 1 << 12,   /* its messages go on by another session, as they are */
	L2X_SESSION_OVER_V6 = 1 << 13, /* its underlay is IPv6 */
};

/*
 * The underlay addresses of a tunnel, for all its sessions. IPv4 in the first four bytes, the rest zero.
 * family is AF_INET or AF_INET6. A place is not taken again as long as a program may read it, as with slots.
 */
struct l2x_underlay {
	__u8 local[16];
	__u8 peer[16];
	__be16 local_port;
	__be16 peer_port;
	__u16 family;
	__u16 table; /* of the kernel's, for these packets, see l2x/underlay.h; 0: as rules say */
};

/*
 * What each packet needs of a session, as little as there can be: of many sessions, it is the memory that
 * counts. What few need stands elsewhere, by its number. Old ones stand in slots that are not yet taken
 * again; `sessions` says which one counts.
 */
struct l2x_session {
	struct l2x_session_key key;
	__u16 peer_tunnel_id; /* the ids in what we send */
	__u16 peer_session_id;
	union {
		__u32 netdev; /* ifindex of the TUN netdev: the payload side in the kernel, and the
				 routes' key */
		struct l2x_session_key
			relay; /* with L2X_SESSION_RELAY: the one that its messages go on by */
	};
	__u32 stats_index; /* into counters and limits; never 0 */
	__u32 underlay;	   /* into underlays */
	__u16 flags;
	__u16 mtu; /* largest inner packet that we send, bytes */
	__u16 set; /* that it is a leg of; 0: of none */
	__u8 leg;  /* its place in the set */
	__u8 pad;
};

/*
 * A session as one CPU remembers it, and what it has moved there: on CPU c, that of id s stands at
 * c * places + s % places (l2x_options), if no other one does.
 */
struct l2x_known_session {
	__u32 generation; /* bpf/cache.h; 0: none */
	struct l2x_session session;
	struct l2x_moved moved; /* in this place; what is of an earlier one is in `counters` */
};

/*
 * Payload routes. A route belongs to a TUN netdev: the kernel's own tables choose the netdev (that
 * is what a payload table is), these tries choose the session behind it. The same entries say which
 * inner sources a session may use. prefixlen counts the bits of netdev too: 32 + the prefix's.
 */
struct l2x_route4_key {
	__u32 prefixlen;
	__u32 netdev;
	__be32 addr;
};

struct l2x_route6_key {
	__u32 prefixlen;
	__u32 netdev;
	__u8 addr[16];
};

struct l2x_route {
	struct l2x_session_key session; /* 0 where it leads to a set */
	__u32 set;			/* 0: to the session */
};

/*
 * Sets (docs/sets.md). Ids count from 1; a set that nobody has made is all zero. `legs` has holes: a
 * leg keeps its place as long as it is one, since its counters stand there.
 */
#define L2X_SET_LEGS 8

enum l2x_set_flags {
	L2X_SET_USED = 1 << 0,
	L2X_SET_BOND = 1 << 1,	   /* each packet on one leg; else on all */
	L2X_SET_EXTENDED = 1 << 2, /* send the extended form of sequence numbers */
	L2X_SET_PER_FLOW = 1 << 3, /* bond: the packets of a flow stay on one leg */
	L2X_SET_OVER_V6 = 1 << 4,  /* the underlay of a leg is IPv6 */
};

struct l2x_leg {
	struct l2x_session_key session;
	__u32 nic;   /* ifindex of the NIC towards its peer; 0: not known, or not one of XDP's */
	__u32 cost;  /* bond: of a byte, the less the more the leg is to carry */
	__u32 share; /* bond: of flows, against the other legs */
};

struct l2x_set {
	__u32 flags;
	__u8 up4, up6;	 /* bit n: legs[n] carries IPv4, IPv6 */
	__u16 mtu;	 /* smallest of its legs that are up */
	__u32 skew;	 /* tolerated between copies, in units of L2X_DEDUP_UNIT */
	__u16 epoch;	 /* of the numbers that we send */
	__u8 generation; /* of the numbers without epoch that we receive, see l2x/dedup.h; never 0 */
	__u8 pad;
	__u16 nics;    /* in set_nics: those of all legs that are up; 0: XDP leaves the set */
	__u16 xdp_mtu; /* what XDP can send on each leg, without a fragment */
	struct l2x_leg legs[L2X_SET_LEGS];
};

#define L2X_NIC_LISTS 64 /* in set_nics */

/*
 * The copies of a packet that leave by one NIC come one behind the other: the first is for the
 * first leg of that NIC, and so on.
 */
struct l2x_leg_turn {
	__u64 number; /* the packet of which the last copy was */
	__u32 set;
	__u32 turn; /* of the next copy */
};

/* What packets change, shared by all levels and CPUs; a cache line each. */
struct l2x_set_state {
	__u64 number;  /* of the next packet that is sent */
	__u64 trouble; /* ns of CLOCK_MONOTONIC: when XDP last could not send a copy; the low eight
			  bits: on which legs, since the last second without */
	__u64 pad1[6];
	__u64 newest; /* number received, give or take some, see l2x/dedup.h */
	__u64 pad2[7];
	__u64 ahead[L2X_SET_LEGS]; /* bond: what each leg was given, in costs */
};

/* A NIC of `forward`. */
struct l2x_nic {
	__u8 mac[6]; /* XDP takes frames to it, and no others */
	__u8 pad[2];
};

/* Both sides compile these, so a compiler that lays them out otherwise is found at build time. */
_Static_assert(sizeof(struct l2x_session_key) == 4, "session key");
_Static_assert(sizeof(struct l2x_underlay) == 40, "underlay");
_Static_assert(sizeof(struct l2x_session) == 28, "session");
_Static_assert(sizeof(struct l2x_known_session) == 64, "known session");
_Static_assert(sizeof(struct l2x_route4_key) == 12, "route4 key");
_Static_assert(sizeof(struct l2x_route6_key) == 24, "route6 key");
_Static_assert(sizeof(struct l2x_route) == 8, "route");
_Static_assert(sizeof(struct l2x_set) == 20 + 16 * L2X_SET_LEGS, "set");
_Static_assert(sizeof(struct l2x_set_state) == 192, "set state");
_Static_assert(sizeof(struct l2x_set_counters) == 16 + 160 * L2X_SET_LEGS, "set counters");
_Static_assert(sizeof(struct l2x_nic) == 8, "nic");
_Static_assert(sizeof(struct l2x_counters) == 16 * 2 * L2X_LEVELS + 8 * L2X_REASON_COUNT,
	       "counters");

/* Read-only data of the programs, set before they are loaded. */
struct l2x_options {
	__u16 port;	   /* UDP port of L2TP, host order */
	__u16 window_log2; /* slots of a set, see l2x/dedup.h */
	__u32 places;	   /* of what XDP remembers on each CPU, a power of two */
};

#endif
