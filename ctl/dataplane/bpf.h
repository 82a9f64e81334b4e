/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF programs and their maps: loaded, sized and pinned; and what a crashed instance left of
 * its own removed. Only one instance can use a path: it holds a lock on the directory.
 */
#ifndef L2X_DATAPLANE_BPF_H
#define L2X_DATAPLANE_BPF_H

#include <stdbool.h>
#include "base/log.h"
#include "dataplane/table.h"
#include "net/net.h"
#include "policy/config.h"

struct bpf;

struct bpf_setup {
	const char *path;
	bool xdp, tc; /* which programs to load */
	bool spread;  /* XDP's packets over CPUs, where that can be had */
	uint16_t port;
	uint32_t max_sessions, max_routes, max_sets;
	unsigned set_window; /* log2 of a set's slots */
	struct net *net;
	const struct logger *log;
};

/* -EPERM, -ENOSYS: BPF may not be used here. What went wrong is said in the log. */
int bpf_open(struct bpf **out, const struct bpf_setup *setup);
void bpf_close(struct bpf *b); /* NULL is allowed */

extern const struct table_mirror bpf_mirror; /* arg: struct bpf */
/* The kernel's routes for addresses of this prefix may be others now; NULL: any of its tables. */
void bpf_forget(struct bpf *b, const struct ip_prefix *prefix);
int bpf_counters_fd(const struct bpf *b);
/* The map known_sessions, and how many each CPU has in it. */
int bpf_known_fd(const struct bpf *b, uint32_t *places);
int bpf_underlays_fd(const struct bpf *b);
int bpf_limits_fd(const struct bpf *b);
int bpf_totals_fd(const struct bpf *b);
int bpf_set_states_fd(const struct bpf *b);
int bpf_set_slots_fd(const struct bpf *b);
int bpf_set_counters_fd(const struct bpf *b);

/* CPUs that XDP's packets are spread over; 0: they are not. */
unsigned bpf_spread_cpus(const struct bpf *b);

/* For bpf_capture.c: maps, and what the programs look at first. */
struct bpf_capture_maps {
	int watched_rx, watched_tx, events, states;
	volatile uint32_t *on;
};
struct bpf_capture_maps bpf_capture_maps(const struct bpf *b);

/* -1: that program is not loaded. */
int bpf_xdp_fd(const struct bpf *b);
int bpf_tc_ingress_fd(const struct bpf *b);
int bpf_tc_egress_fd(const struct bpf *b);

/* Packets to this MAC address may be forwarded by XDP from this interface, and packets to it; or no
 * more. Set replaces. */
int bpf_forward_set(struct bpf *b, unsigned ifindex, const uint8_t mac[6]);
void bpf_forward_del(struct bpf *b, unsigned ifindex);

/* An entry of set_nics: the copies of a packet leave by these; 0 ends them. */
int bpf_nic_list_set(struct bpf *b, uint32_t index, const uint32_t *nics, size_t count);

/* Attach XDP in native mode; the link is pinned, so that it outlives us. Its file descriptor goes
 * to *link. */
int bpf_xdp_link(struct bpf *b, unsigned ifindex, int *link);
void bpf_xdp_unlink(struct bpf *b, unsigned ifindex, int link);

#endif
