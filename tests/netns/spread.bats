#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# `spread: cpus`: the flows of one tunnel on all CPUs, each in order, also of a set.

load ../lib/netns
load ../lib/sets

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_LEGS=2
	lab_up
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs
}

# Both ends spread, with these sets, or none.
spread_start() {
	local ns
	sets_config
	for ns in lac lns; do
		lab_add $ns dataplane "spread: cpus" "max-sessions: 100"
		lab_set $ns lcp-echo-interval 1
		[ "$1" = sets ] || sed -i '/ha-set:/d' "$LAB_DIR/$ns.yaml"
	done
	[ "$1" = sets ] || sed -i '/name: isp2/,$d' "$LAB_DIR/lac.yaml"
}

# cpus_of lac|lns: how many CPUs received payload, by XDP; of one session.
cpus_of() {
	bpftool -j map dump pinned "/sys/fs/bpf/$LAB-$1/known_sessions" |
		jq '[.[].formatted.value.moved.rx.packets | select(. > 1000)] | length'
}

# A queue to a CPU may be full, on a machine that is busy with something else; but little is lost, and nothing overtakes.
IN_ORDER='.reordered == 0 and .duplicated == 0 and .lost * 100 < .sent'

@test "flows of one session are on all CPUs, each in order" {
	[ "$(nproc)" -ge 2 ] || skip "there is one CPU"
	spread_start none
	lab_connect
	lab_said lns "XDP spreads packets over $(nproc) CPUs"
	lab_status lns '.interfaces[] | select(.name == "to-lac") | .xdp and (.note | test("^spread over [0-9]+ CPUs$"))'
	lab_reaches client 10.2.0.2
	lab_reaches client 2001:db8:2::2
	stream_start client server 10.2.0.2 30000 64 0 32
	stream_is server "$IN_ORDER"
	stream_start server client 2001:db8:1::2 30000 64 0 32
	stream_is client "$IN_ORDER"
	assert_equal "$(cpus_of lns)" "$(nproc)"
	assert_equal "$(cpus_of lac)" "$(nproc)"
	# All of that by XDP.
	[ "$(lab_packets lns rx xdp)" -ge 29000 ]
	[ "$(lab_packets lns tx xdp)" -ge 29000 ]
	[ "$(lab_packets lns rx tc)" -lt 1000 ]
	# And TCP of the hosts themselves, which XDP leaves to the kernel.
	lab_iperf_server lns
	lab_iperf lac 1 -c 10.99.0.1
}

@test "it goes on without the controller, and the next one finds its way" {
	[ "$(nproc)" -ge 2 ] || skip "there is one CPU"
	lab_kill KILL lns
	lab_ping client 10.2.0.2 1000
	lab_start lns
	lab_await 60 lab_session lns
	lab_reaches client 10.2.0.2
}

@test "a set's copies, over one bad path: nothing lost, nothing twice" {
	[ "$(nproc)" -ge 2 ] || skip "there is one CPU"
	spread_start sets
	sets_start auto
	lab_impair 1 loss 30
	stream_both 10000 "$ALL_ONCE"
	[ "$(lab_packets lns rx xdp)" -ge 10000 ]
}

@test "without XDP there is nothing to spread, and nothing is said" {
	spread_start none
	lab_set lns dataplane tc
	lab_connect
	run ! lab_said lns "spread"
	lab_reaches client 10.2.0.2
}
