/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data path in the lab: one session of the tunnel's peer, whose client is 10.1.0.2, behind the netdev
 * l2xt, and the packets that go through it.
 */
#ifndef L2X_TESTS_DATAPLANE_PLANE_H
#define L2X_TESTS_DATAPLANE_PLANE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <cmocka.h>
#include "dataplane/dataplane.h"
#include "lab.h"
#include "net/net.h"

#define BPF_PATH "/sys/fs/bpf/l2x-test"
#define SECONDS	 10 /* that anything may take at most */
/* The header of what is sent in the session. */
#define HEADER "\x00\x02\x12\x34\x56\x78\xff\x03\x00\x21"

extern const struct l2x_session_key key;

struct fixture {
	struct lab lab;
	struct event_base *base;
	struct logger log;
	struct net *net;
	struct dataplane *dp;
	unsigned netdev;
	uint32_t set;		      /* of tests of sets */
	uint8_t control[64], ppp[64]; /* what the data path handed up last */
	size_t control_len, ppp_len;
	struct udp_path control_path;
};

/* Of each test; state is a struct fixture. */
int setup(void **state);
int teardown(void **state);
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

struct ip_addr addr(const char *text);
time_t now(void); /* s */

int open_level(struct fixture *f, enum config_dataplane level, uint16_t port,
	       struct dataplane **dp);
void set_session(struct fixture *f, uint32_t flags, const char *local, const char *peer);
/* Opens it, with the netdev, the session and its route, and attaches it to v0 and w0. */
void start(struct fixture *f, enum config_dataplane level, enum config_forward forward);

/* A datagram of this socket, while the loop of the data path runs. Other ones (multicast of the
 * kernel) are skipped. */
size_t receive(struct fixture *f, int fd, uint8_t *buf, size_t room);
struct l2x_counters counters(struct fixture *f);
/* Until this drop counter of the session (or of none) has this value. */
void wait_drops(struct fixture *f, bool global, enum l2x_reason reason, uint64_t value);

/* A packet of the session from src to the server; returns its length. */
size_t tunnelled(uint8_t *buf, const char *src, const char *data);
/* One packet to the server and one to the client; header is what the peer must see in front of that. */
void both_ways(struct fixture *f, int peer, const char *ours, const void *header,
	       size_t header_len);
/* Those two, and nothing else, are counted, at this level. */
void counted(struct fixture *f, enum l2x_level level);
/* One life of the data path at this level: both ways, what is refused, what is handed up, and nothing
 * of it left. */
void whole_level(struct fixture *f, enum config_dataplane config, enum config_forward forward,
		 enum l2x_level level);

#endif
