#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# l2x capture of a tunnel over IPv6, at each level of the data path, held packet by packet against tcpdump on the wire outside and
# on the wire inside.

load ../lib/netns
load ../lib/capture

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1 LAB_UNDERLAY=6
	lab_up
}

teardown_file() {
	lab_init
	lab_down
}

setup() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_config $ns
		lab_set $ns log-level info
	done
}

teardown() {
	capture_kill_all
	lab_show_logs
}

@test "xdp: each packet both ways, outside and inside, as tcpdump sees it" {
	capture_compares auto xdp 0
}

@test "tc: each packet both ways, outside and inside, as tcpdump sees it" {
	local ns
	# What a router has, and l2x does not set for the administrator.
	for ns in lac lns; do
		lab_in $ns sysctl -qw net.ipv6.conf.lo.forwarding=1
	done
	capture_compares tc tc 0
}

@test "user: each packet both ways, outside and inside, as tcpdump sees it" {
	capture_compares user user 48
}

@test "the addresses of control messages are IPv6 too" {
	lab_set lac dataplane user
	lab_set lns dataplane user
	lab_start lns
	capture_start lns tunnel tunnel customers --wrapper --count 4
	lab_start lac
	capture_ended tunnel '4 packets captured'
	run -0 capture_lines tunnel -T fields -e ipv6.src -e ipv6.dst -e udp.dstport
	assert_line -n 0 "$LAB_LAC"$'\t'"$LAB_LNS"$'\t1701'
}
