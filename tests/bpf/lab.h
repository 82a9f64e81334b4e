/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the programs run in tests: a network namespace of this process alone, so that nothing is
 * left behind whatever happens, with
 *
 *   under0	192.0.2.1/24 2001:db8:1::1/64		underlay, the peer is .2; other end underp
 *   pay0	198.51.100.1/24 2001:db8:2::1/64	payload, a router is .2; other end payp
 *   other0	192.168.7.1/24			XDP does not forward to it
 *   l2x0	TUN; 10.64.0.0/16 and 2001:db8:64::/48 are routed to it
 *
 * What comes in by l2x0 is of table 100: 203.0.113.0/24 and 2001:db8:113::/48 by way of pay0,
 * 203.0.114.0/24 by other0, and some that fail. In the main table these lead nowhere.
 */
#ifndef L2X_TESTS_BPF_LAB_H
#define L2X_TESTS_BPF_LAB_H

#include <linux/types.h>
#include "l2x/cache.h"
#include "l2x/maps.h"
#include "l2x.skel.h"
#include "packet.h"

/* Last byte of the MAC addresses 02:00:00:00:00:xx. */
#define MAC_UNDER 0x10
#define MAC_PEER  0x11
#define MAC_PAY	  0x20
#define MAC_NEXT  0x21

#define STATS_MAX 8

struct lab {
	struct l2x_bpf *bpf;
	int tun;
	unsigned under, pay, other, netdev, underp, payp;
};

/* The sessions: key (10, 20) and so on. stats_index is the last digit of session_id, plus 1. */
#define SESSION_1 20 /* 10.64.1.0/24, 2001:db8:64:1::/64 */
#define SESSION_2 21 /* 10.64.2.0/24 */
#define SESSION_6 22 /* underlay of IPv6; 10.64.6.0/24, 2001:db8:64:6::/64 */

void lab_namespace(void);
int lab_tun(const char *name);
void lab_run(const char *fmt, ...)
	__attribute__((format(printf, 1, 2))); /* a command; fails the test */
struct l2x_bpf *lab_load(void);
void lab_open(struct lab *lab);
void lab_close(struct lab *lab);
/* flags and mtu of session 1; 0: IPv4 and IPv6, 1460. */
void lab_sessions(struct lab *lab, __u32 flags, __u16 mtu);
/* Its slot is its stats_index. */
/* Its underlay stands at its stats_index, as its slot does; flags: without OVER_V6. */
void lab_session(struct l2x_bpf *bpf, struct l2x_session s, const struct l2x_underlay *underlay);
void lab_route(struct l2x_bpf *bpf, unsigned netdev, const char *addr, unsigned len, __u16 session);
void lab_counters_clear(struct lab *lab);
void lab_counters(struct l2x_bpf *bpf, __u32 index, struct l2x_counters *sum);

/* Attach to tc: ingress or egress. */
void lab_tc(const struct bpf_program *prog, unsigned ifindex, bool ingress);

#endif
