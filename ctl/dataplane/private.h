/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside ctl/dataplane: the one context, and what its files do for each other. */
#ifndef L2X_DATAPLANE_PRIVATE_H
#define L2X_DATAPLANE_PRIVATE_H

#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include "base/list.h"
#include "dataplane/bpf.h"
#include "dataplane/counters.h"
#include "dataplane/dataplane.h"
#include "dataplane/rate.h"
#include "dataplane/sets.h"
#include "dataplane/table.h"
#include "dataplane/underlays.h"
#include "net/net.h"

#define UDP_BATCH 32
#define UDP_MAX \
	65536 /* outer fragments are put together by the kernel, so a message may be this long */

struct udp_socket {
	struct dataplane *dp;
	struct endpoint bound;
	int fd;
	bool df; /* IPv4: what it sends in one piece must stay in one piece */
	struct event *event;
};

/* See ear.c. */
struct ear {
	struct list in_dataplane;
	struct udp_path path;
	unsigned users;
	struct udp_socket socket;
};

union udp_control {
	struct cmsghdr align;
	uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint32_t))];
};

/* Where a message goes to and leaves from, as sendmsg() is told. */
struct udp_address {
	struct sockaddr_storage peer;
	union udp_control control;
};

/* A TUN netdev. */
struct netdev {
	struct dataplane *dp;
	struct list in_dataplane;
	char name[IFNAMSIZ];
	unsigned ifindex, users;
	int fd;
	struct event *event;
};

/* An underlay (or XDP forwarding) interface. */
struct interface {
	struct list in_dataplane;
	struct dataplane_interface shown;
	unsigned ifindex; /* 0: it is not there */
	int xdp_link;	  /* -1: none */
	uint8_t mac[6];	  /* with XDP */
	bool made_qdisc;
};

struct dataplane {
	const struct dataplane_ops *ops;
	void *owner;
	struct event_base *base;
	const struct logger *log;
	enum config_dataplane level;
	struct net *net;
	struct bpf *bpf; /* NULL: userspace only */
	struct table table;
	struct counters counters;
	struct rates rates;
	struct underlays underlays; /* empty without BPF */
	struct set_memory sets;
	struct udp_socket **sockets;
	size_t socket_count;
	uint16_t port;
	uint8_t *buffers; /* UDP_BATCH times UDP_MAX bytes */
	struct udp_batch *batch;
	struct send_queue *queue;
	struct list netdevs, interfaces, ears;
	struct event *refresh; /* NULL: XDP is not in use yet */
	unsigned refresh_turn;
	bool loopback_set; /* its forwarding, by us */
	struct tap *tap;   /* NULL: there is no capture */
};

/* udp.c */
int udp_open(struct dataplane *dp, const struct ip_addr *listen, size_t count);
void udp_close(struct dataplane *dp);
/* The socket for path, NULL: there is none. msg gets its addresses, which are kept in room. */
struct udp_socket *udp_address(struct dataplane *dp, const struct udp_path *path,
			       struct msghdr *msg, struct udp_address *room);
/* See struct udp_socket. */
void udp_set_df(struct udp_socket *s, bool df);
/* header (may be empty) and data in one message, now, behind all that is queued. -EAFNOSUPPORT: no
 * socket for path->local. */
int udp_send(struct dataplane *dp, const struct udp_path *path, bool df, const void *header,
	     size_t header_len, const void *data, size_t len);
/* The socket for what leaves from this address, or NULL. */
struct udp_socket *udp_socket_for(struct dataplane *dp, const struct ip_addr *local);
/* Bound to bound, connected to peer, and read from; s->dp and s->bound are set. */
int udp_socket_connect(struct udp_socket *s, const struct endpoint *peer, uint32_t mark);
void udp_socket_close(struct udp_socket *s);

/* ear.c */
void ears_close(struct dataplane *dp);

/* send_queue.c: messages that leave at dataplane_flush() */
int send_queue_open(struct dataplane *dp); /* 0 or -ENOMEM */
void send_queue_close(struct dataplane *dp);
/* As udp_send(). */
int send_queue_add(struct dataplane *dp, const struct udp_path *path, const void *header,
		   size_t header_len, const void *data, size_t len);

/* tun.c */
void tun_forget(struct dataplane *dp); /* netdevs that a crashed instance left */
void tun_close(struct dataplane *dp);
int tun_write(struct dataplane *dp, unsigned ifindex, const uint8_t *packet, size_t len);

/* loopback.c: it forwards between these two, if BPF is used */
void loopback_open(struct dataplane *dp);
void loopback_close(struct dataplane *dp);

/* attach.c */
void attach_close(struct dataplane *dp);

/* refresh.c: what XDP needs the kernel to know, kept fresh from now on */
void refresh_start(struct dataplane *dp);
void refresh_stop(struct dataplane *dp);

/* carry.c: what comes out of a UDP socket or of a netdev, through the userspace level */
void carry_received(struct dataplane *dp, const struct udp_path *path, uint8_t *packet, size_t len);
void carry_transmitted(struct dataplane *dp, unsigned netdev, uint8_t *packet, size_t len);
void carry_drop(struct dataplane *dp, const struct session *s, enum l2x_reason reason);
struct l2x_counters *carry_counters(struct dataplane *dp, const struct session *s);
struct user_result;
/* To the peer, with this header in front. */
void carry_send(struct dataplane *dp, const struct session *s, const uint8_t *header,
		size_t header_len, const struct user_result *r);

/* tap.c: userspace's part of captures */
/* A watched session is about to get another value; has got it. */
void tap_session_changes(struct dataplane *dp, struct session *s, bool after);
/* dp->tap is there: this message has come. It may be changed then, until tap_received() says whether it passes; that
 * does nothing when nothing was kept. */
void tap_keep(struct dataplane *dp, const uint8_t *message, size_t len);
void tap_received(struct dataplane *dp, const struct udp_path *path, bool taken);
void tap_sent(struct dataplane *dp, const struct session *s, const void *header, size_t header_len,
	      const void *data, size_t len);

/* carry_set.c: the same for sets */
/* Has another copy of it come before? Then it is counted. taken: now or never, the packet passes if
 * not; else nothing is changed. */
bool carry_is_duplicate(struct dataplane *dp, const struct user_result *r, bool taken);
void carry_to_set(struct dataplane *dp, const struct user_result *r);

#endif
