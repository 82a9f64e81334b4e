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

struct event_base;
struct dataplane;

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
};

struct dataplane_setup {
	const struct dataplane_ops *ops;
	void *owner;
	struct event_base *base;
	const struct logger *log;
	enum config_dataplane level; /* DATAPLANE_AUTO: use what there is */
	const char *bpf_path;	     /* pins; what a crashed instance left there is removed first */
	uint16_t port;
	uint32_t max_sessions, max_routes;
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
	uint64_t rate_rx, rate_tx; /* bit/s of inner packets; 0: no limit */
	struct udp_path path;
};
int dataplane_session_set(struct dataplane *dp, const struct dataplane_session *s);
int dataplane_session_del(struct dataplane *dp, struct l2x_session_key key);

/* -EEXIST: the prefix leads to another session on this netdev already. */
int dataplane_route_add(struct dataplane *dp, unsigned netdev, const struct ip_prefix *prefix,
			struct l2x_session_key key);
/* Only where it still leads to this session. */
int dataplane_route_del(struct dataplane *dp, unsigned netdev, const struct ip_prefix *prefix,
			struct l2x_session_key key);

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

/* Sum over CPUs and levels. */
int dataplane_session_counters(struct dataplane *dp, struct l2x_session_key key,
			       struct l2x_counters *out);
int dataplane_global_counters(struct dataplane *dp,
			      struct l2x_counters *out); /* packets of no session */

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
