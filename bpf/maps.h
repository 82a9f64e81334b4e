/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps, and the read-only options. Keys and values are the contract in l2x/maps.h. Sizes here
 * are the least that loads: the controller sets max_entries from its configuration before it loads
 * the object.
 */
#ifndef L2X_BPF_MAPS_H
#define L2X_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "l2x/dedup.h"
#include "l2x/maps.h"
#include "l2x/rate.h"
#include "l2x/wire.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct l2x_session_key);
	__type(value, __u32);
	__uint(max_entries, 64);
} sessions SEC(".maps");

/* Of sessions, see session.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct l2x_session);
	__uint(max_entries, 64);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct l2x_underlay);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_MMAPABLE);
} underlays SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__type(key, struct l2x_route4_key);
	__type(value, struct l2x_route);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} routes4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__type(key, struct l2x_route6_key);
	__type(value, struct l2x_route);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} routes6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct l2x_counters);
	__uint(max_entries, 64);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct l2x_known_session);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_MMAPABLE);
} known_sessions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct l2x_limit);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_MMAPABLE);
} limits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct l2x_total);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_MMAPABLE);
} totals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct l2x_set);
	__uint(max_entries, 1);
} sets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct l2x_set_state);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
} set_states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
} set_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct l2x_set_counters);
	__uint(max_entries, 1);
} set_counters SEC(".maps");

/* Sizes, not types: what only stands in a map of maps, the compiler does not describe. */
struct l2x_nic_list {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct bpf_devmap_val));
	__uint(max_entries, L2X_SET_LEGS);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, L2X_NIC_LISTS);
	__array(values, struct l2x_nic_list);
} set_nics SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__type(key, __u32);
	__type(value, struct l2x_leg_turn);
	__uint(max_entries, 64);
} leg_turns SEC(".maps");

/* The NICs between which XDP may forward, by ifindex: the configuration names them. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
	__uint(max_entries, 64);
} forward SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, struct l2x_nic);
	__uint(max_entries, 64);
} nics SEC(".maps");

const volatile struct l2x_options options = {
	.port = L2TP_PORT,
	.window_log2 = L2X_DEDUP_WINDOW,
	.places = 64,
};

#endif
