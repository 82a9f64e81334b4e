/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys and values of the pinned maps: the contract between the controller, which writes all of them
 * but the counters, and the BPF programs, which read them. BTF carries these types, so that
 * `bpftool map dump pinned /sys/fs/bpf/l2x/sessions` shows the names below.
 *
 * Byte order: fields of type __be16/__be32 and addresses are in network order; all else is in host
 * order.
 *
 *   map          type            key                   value
 *   sessions     hash            struct l2x_session_key  struct l2x_session
 *   routes4      LPM trie        struct l2x_route4_key   struct l2x_route
 *   routes6      LPM trie        struct l2x_route6_key   struct l2x_route
 *   counters     per-CPU array   __u32 stats_index       struct l2x_counters
 *   buckets      array, mmap     __u32 stats_index       struct l2x_bucket
 *   forward      devmap hash     __u32 ifindex           struct bpf_devmap_val
 *   nics         hash            __u32 ifindex           struct l2x_nic
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
	/* Numbers in what comes are RFC 2661's (5.4): XDP and tc leave such packets to userspace */
	L2X_SESSION_CHECK_NS = 1 << 10,
};

/*
 * The underlay addresses of a tunnel. IPv4 in the first four bytes, the rest zero.
 * family is AF_INET or AF_INET6.
 */
struct l2x_underlay {
	__u8 local[16];
	__u8 peer[16];
	__be16 local_port;
	__be16 peer_port;
	__u16 family;
	__u16 table; /* of the kernel's, for these packets, see l2x/underlay.h; 0: as rules say */
};

struct l2x_session {
	__u16 peer_tunnel_id; /* the ids in what we send */
	__u16 peer_session_id;
	__u32 flags;
	__u32 netdev; /* ifindex of the TUN netdev: the payload side in the kernel, and the routes'
			 key */
	__u32 stats_index; /* into counters; never 0 */
	__u16 mtu;	   /* largest inner packet that we send, bytes */
	__u16 pad;
	__u32 cost_rx, cost_tx; /* of a byte of inner packets, see l2x/rate.h; 0: no limit */
	struct l2x_underlay underlay;
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
	struct l2x_session_key session;
};

/* A NIC of `forward`. */
struct l2x_nic {
	__u8 mac[6]; /* XDP takes frames to it, and no others */
	__u8 pad[2];
};

/* Both sides compile these, so a compiler that lays them out otherwise is found at build time. */
_Static_assert(sizeof(struct l2x_session_key) == 4, "session key");
_Static_assert(sizeof(struct l2x_underlay) == 40, "underlay");
_Static_assert(sizeof(struct l2x_session) == 68, "session");
_Static_assert(sizeof(struct l2x_route4_key) == 12, "route4 key");
_Static_assert(sizeof(struct l2x_route6_key) == 24, "route6 key");
_Static_assert(sizeof(struct l2x_route) == 4, "route");
_Static_assert(sizeof(struct l2x_nic) == 8, "nic");
_Static_assert(sizeof(struct l2x_counters) == 16 * 2 * L2X_LEVELS + 8 * L2X_REASON_COUNT,
	       "counters");

/* Read-only data of the programs, set before they are loaded. */
struct l2x_options {
	__u16 port; /* UDP port of L2TP, host order */
};

#endif
