/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data path as the controller sees it: sessions and payload routes go in, counters come out,
 * and packets that are not payload (control messages, PPP control frames) are handed up. Behind it
 * stand three levels, XDP, tc and userspace; a packet that one level leaves goes to the next, with
 * the same result (docs/datapath.md).
 *
 * Runs in the caller's libevent loop. All calls return 0 or a negative errno unless said otherwise.
 */
#ifndef L2X_DATAPLANE_DATAPLANE_H
#define L2X_DATAPLANE_DATAPLANE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"
#include "base/log.h"
#include "l2x/maps.h"
#include "policy/config.h"
#include "wire/capture.h"

struct event_base;
struct dataplane;

/* A data message of a watched session, as it is on the wire. */
struct dataplane_captured {
	uint64_t ns; /* CLOCK_REALTIME */
	struct l2x_session_key session;
	bool sent;
	bool dropped; /* received, and not passed on: a duplicate, or another of l2x/counters.h */
	struct endpoint from, to;
	struct capture_bytes packet; /* IP; p is NULL where only the message is known */
	struct capture_bytes message;
};

struct dataplane_ops {
	/* A control message (T bit) came from path.peer to path.local. */
	void (*control)(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len);
	/*
	 * A PPP frame of a session that is no IPv4 or IPv6 packet, with or without FF03. The
	 * session exists and the outer source is its tunnel's peer; that was checked.
	 */
	void (*ppp)(void *owner, struct l2x_session_key key, const uint8_t *frame, size_t len);
	/*
	 * An IPv6 packet of a session in which IPv6 is up, whole, and about the link between its
	 * ends (ipv6_is_link_matter()): solicitations, advertisements, DHCPv6.
	 * NULL is allowed.
	 */
	void (*link)(void *owner, struct l2x_session_key key, const uint8_t *packet, size_t len);
	/*
	 * The peer of a session with L2X_SESSION_CHECK_NS has begun, or ceased, to number its
	 * packets. May set the session anew, but not delete it.
	 */
	void (*numbering)(void *owner, struct l2x_session_key key, bool numbered);
	/* May do nothing to sessions. NULL is allowed where nothing is watched. */
	void (*captured)(void *owner, const struct dataplane_captured *got);
};

struct dataplane_setup {
	const struct dataplane_ops *ops;
	void *owner;
	struct event_base *base;
	const struct logger *log;
	enum config_dataplane level; /* DATAPLANE_AUTO: use what there is */
	bool spread;		     /* XDP's packets over CPUs, where that can be had */
	const char *bpf_path;	     /* pins; what a crashed instance left there is removed first */
	uint16_t port;
	uint32_t max_sessions, max_routes;
	uint32_t max_sets; /* 0: no sets */
	unsigned
		set_window; /* log2 of the numbers that a receiver remembers, for each set; 0: default */
	const struct ip_addr *listen; /* sockets are bound to these */
	size_t listen_count;
};

/*
 * With DATAPLANE_AUTO, a kernel or privileges that do not allow BPF leave the userspace level, said
 * once in the log. With DATAPLANE_XDP or _TC that is an error.
 */
int dataplane_open(struct dataplane **out, const struct dataplane_setup *setup);
/* Removes every program, pin, netdev and socket that it made. NULL is allowed. */
void dataplane_close(struct dataplane *dp);

/*
 * Other addresses to listen on, in two steps: these too, 0 or a negative errno, said in the log; then
 * these only, and what came by the others is no longer heard.
 */
int dataplane_listen(struct dataplane *dp, const struct ip_addr *listen, size_t count);
void dataplane_listen_only(struct dataplane *dp, const struct ip_addr *listen, size_t count);

/* forward: also attach XDP, in native mode. A level that the interface does not support is left
 * out, said in the log. */
int dataplane_attach(struct dataplane *dp, const char *ifname, enum config_forward forward);
/* The same, but one that is not there is attached when it comes. */
int dataplane_expect(struct dataplane *dp, const char *ifname, enum config_forward forward);
int dataplane_detach(struct dataplane *dp, const char *ifname); /* -ENOENT: not attached */

/* What was attached is attached again when it comes back. */
void dataplane_link_gone(struct dataplane *dp, unsigned ifindex);
/* Links came, went or were renamed. */
void dataplane_links_changed(struct dataplane *dp);
/* The kernel's routes for this prefix, NULL: for any address, may be others now. */
void dataplane_tables_changed(struct dataplane *dp, const struct ip_prefix *prefix);

/* A TUN netdev by this name; made on first use, counted, gone with its last user. Its ifindex goes
 * to *ifindex. */
int dataplane_netdev_get(struct dataplane *dp, const char *name, unsigned *ifindex);
void dataplane_netdev_put(struct dataplane *dp, const char *name);

/* stats_index is chosen by the data path. Set replaces: also used to change flags or MTU in place.
 * -ENOSPC: full. */
struct dataplane_session {
	struct l2x_session_key key;
	uint16_t peer_tunnel_id, peer_session_id;
	uint32_t flags; /* enum l2x_session_flags; USER_ONLY is added where it has to be */
	unsigned netdev;
	uint16_t mtu;
	uint64_t rate_rx, rate_tx;    /* bit/s of inner packets; 0: no limit */
	uint32_t total;		      /* a limit that it shares, see below; 0: none */
	struct l2x_session_key relay; /* with L2X_SESSION_RELAY: where what it receives goes on */
	uint32_t set;	 /* that it is a leg of; 0: none. It carries IPv4 or IPv6 of the set
				      while its flag for that is set */
	uint64_t weight; /* bond: its part of the traffic, against the other legs'; 0 is 1 */
	struct udp_path path;
};
/* -ENOENT: no such set; -E2BIG: the set has L2X_SET_LEGS legs already. */
int dataplane_session_set(struct dataplane *dp, const struct dataplane_session *s);
int dataplane_session_del(struct dataplane *dp, struct l2x_session_key key);

/*
 * A limit for all that sessions carry together: they name it by its number, which is above 0. There is none
 * in it until it is set, in bit/s as above, from when it holds at once. -ENOSPC: there are too many
 * (L2X_TOTALS_MAX). To be freed when no session names it any more.
 */
int dataplane_total_new(struct dataplane *dp, uint32_t *total);
void dataplane_total_set(struct dataplane *dp, uint32_t total, uint64_t rate_rx, uint64_t rate_tx);
void dataplane_total_free(struct dataplane *dp, uint32_t total); /* 0 is allowed */

/*
 * Sets (docs/sets.md). A session becomes a leg by naming the set, and is one until it names none or
 * is deleted. The MTU, and with it the MSS, is the smallest of the legs that are up.
 */
struct dataplane_set_setup {
	bool bond;     /* each packet on one leg, without numbers; else on each leg */
	bool per_flow; /* bond: the packets of a flow stay on one leg */
	bool extended; /* send the extended form of the numbers; both are understood */
	uint32_t skew; /* ms: how long after the first copy another is known as one */
};
/* A number above 0 goes to *set. -ENOSPC: there are max_sets already. */
int dataplane_set_new(struct dataplane *dp, const struct dataplane_set_setup *setup, uint32_t *set);
/* Other settings, but not another kind; from now on. */
int dataplane_set_change(struct dataplane *dp, uint32_t set,
			 const struct dataplane_set_setup *setup);
/* Routes to it go; sessions that were its legs are legs of none. */
void dataplane_set_free(struct dataplane *dp, uint32_t set);

/*
 * To a session, or, where to.set is not 0, to a set. Not counted: what is added twice is gone when
 * it is deleted once. -EEXIST: the prefix leads elsewhere on this netdev already.
 */
int dataplane_route_add(struct dataplane *dp, unsigned netdev, const struct ip_prefix *prefix,
			struct l2x_route to);
/* Only where it still leads there. */
int dataplane_route_del(struct dataplane *dp, unsigned netdev, const struct ip_prefix *prefix,
			struct l2x_route to);

/*
 * path.table is not 0: what routers say of the way by that table is to be heard, until hush with the
 * same path. 0 or a negative errno; without it, that is not known, and nothing else is amiss.
 */
int dataplane_hear(struct dataplane *dp, const struct udp_path *path);
void dataplane_hush(struct dataplane *dp, const struct udp_path *path);

/*
 * What is sent leaves at dataplane_flush(), in its order, and before if it is much: call it at the end
 * of each turn of the loop in which something was sent. A copy is taken.
 */
int dataplane_send_control(struct dataplane *dp, const struct udp_path *path, const uint8_t *msg,
			   size_t len);
/* A PPP frame, an IPv6 packet of the link too, that starts with its protocol field; FF03 and the L2TP header are put in front as the
 * session has it. */
int dataplane_send_ppp(struct dataplane *dp, struct l2x_session_key key, const uint8_t *frame,
		       size_t len);

void dataplane_flush(struct dataplane *dp);

/*
 * Captures: between open and close, what is received and sent in watched sessions is told to the
 * owner. A session that is set anew stays watched; one that is new is not.
 */
int dataplane_tap_open(struct dataplane *dp);
void dataplane_tap_close(struct dataplane *dp); /* may be closed already */
/* What there is, now. */
void dataplane_tap_read(struct dataplane *dp);
/* Packets for which there was no room: only the difference between two times says something. */
uint64_t dataplane_tap_missed(const struct dataplane *dp);
int dataplane_watch(struct dataplane *dp, struct l2x_session_key key, bool on);

/* Sum over CPUs and levels. */
int dataplane_session_counters(struct dataplane *dp, struct l2x_session_key key,
			       struct l2x_counters *out);
int dataplane_global_counters(struct dataplane *dp,
			      struct l2x_counters *out); /* packets of no session */

/* Of a leg since it became one. The numbers that are on their way on a slow leg are missing. */
struct dataplane_leg_counters {
	struct l2x_session_key session;
	bool up4, up6;
	uint64_t copies;  /* with number; first and duplicates */
	uint64_t first;	  /* came before the other legs' copies; passed */
	uint64_t late;	  /* of first: so late that it cannot have been the first, but passed */
	uint64_t missing; /* numbers of the set that did not come on this leg */
	uint64_t last;	  /* ms of CLOCK_MONOTONIC: when the last copy came; 0: none has */
	uint64_t skew[L2X_SKEW_CLASSES]; /* of copies behind the first, see l2x/counters.h */
};

/* Of a set since it was made. Bond sets count none of this; their legs' sessions do. */
struct dataplane_set_counters {
	uint64_t sent;	     /* numbers used by us */
	uint64_t expected;   /* numbers used by the peer */
	uint64_t unique;     /* packets of them that passed */
	uint64_t duplicates; /* copies that were dropped */
	uint64_t lost;	     /* numbers that came on no leg */
	unsigned legs;
	struct dataplane_leg_counters leg[L2X_SET_LEGS];
};
int dataplane_set_counters(struct dataplane *dp, uint32_t set, struct dataplane_set_counters *out);

/* For status: what each attached interface uses. */
struct dataplane_interface {
	char name[IFNAMSIZ];
	bool xdp, tc;
	enum config_forward forward;
	char note
		[96]; /* why a level that was asked for is not used, or that it is not there; or empty */
};
size_t dataplane_interfaces(const struct dataplane *dp, struct dataplane_interface *out,
			    size_t room); /* how many there are */

#endif
