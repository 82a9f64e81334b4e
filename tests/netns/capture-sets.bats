#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# l2x capture of an `ha` set with two legs: inside each packet once, outside every copy, at each level.

load ../lib/netns
load ../lib/sets
load ../lib/capture

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_LEGS=2
	lab_up
}

teardown_file() {
	lab_init
	lab_down
}

setup() {
	sets_config
}

teardown() {
	capture_kill_all
	lab_show_logs
}

# Pings from one side: so many packets each way, each twice outside, with plain numbers.
PINGS=40
NUMBERED_ICMP='udp[18:4] = 0xff030021 and udp[31] = 1'

compares() {
	sets_start "$1"
	lab_capture server to-lns inside -c $((2 * PINGS)) icmp
	lab_capture lns to-lac outside1 -Q in -c $PINGS "$NUMBERED_ICMP"
	lab_capture lns to-lac2 outside2 -Q in -c $PINGS "$NUMBERED_ICMP"
	capture_start lns content set alice icmp
	capture_start lns wrapper set alice --wrapper "$NUMBERED_ICMP"
	capture_start lac sent set home icmp
	lab_in client ping -q -c $PINGS -i 0.02 -W 5 10.2.0.2
	lab_await 20 lab_ended inside
	lab_await 10 capture_counts content $((2 * PINGS))
	lab_await 10 capture_counts wrapper $((4 * PINGS))
	lab_await 10 capture_counts sent $((2 * PINGS))
	capture_stop content wrapper sent
	[ "$(capture_hex content 20 | wc -l)" = $((2 * PINGS)) ]
	[ "$(capture_hex sent 20 | wc -l)" = $((2 * PINGS)) ]
	[ "$(capture_hex wrapper 0 | wc -l)" = $((4 * PINGS)) ]
	capture_same inside 20 content 20
	capture_same inside 20 sent 20
	# Outside, what has come on both legs, each copy as it was.
	if [ -n "$2" ]; then
		lab_await 10 lab_ended outside1
		lab_await 10 lab_ended outside2
		capture_came_by
	fi
}

# What tcpdump saw come in by both NICs is all that the wrapper capture has from the peers.
capture_came_by() {
	local seen had
	seen=$({ capture_hex outside1 28 && capture_hex outside2 28; } | sort)
	had=$(capture_hex wrapper 28 "src host $LAB_LAC or src host $LAB_LAC2" | sort)
	[ -n "$seen" ] && [ "$seen" = "$had" ] && return 0
	diff <(echo "$seen") <(echo "$had") | cut -c 1-100 | head -n 60
	return 1
}

capture_counts() {
	[ "$(capture_hex "$1" 0 | wc -l)" -ge "$2" ]
}

# XDP's packets are not seen by tcpdump on this NIC. In tc, capture.bats compares outside.
@test "xdp: each packet once inside, twice outside" {
	compares auto ''
}

@test "tc: each packet once inside, twice outside" {
	compares tc ''
}

@test "user: each packet once inside, twice outside" {
	compares user as-tcpdump
}
