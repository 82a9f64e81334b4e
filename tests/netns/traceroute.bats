#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What traceroute and tracepath say of the way through the tunnel, at each level: the hops are those that route, the tunnel is
# one of them, and the path MTU is the session's.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	# One packet after the other, as traceroute sends them: the kernel answers as often as asked.
	local ns
	for ns in client lac lns server; do
		lab_in $ns sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
	done
	# So that the LAC itself, which has its routes to the server in another table than its own, can answer it.
	ip -n "$LAB-lac" rule add to 10.2.0.0/24 lookup 100
}

teardown_file() {
	lab_init
	lab_down
}

setup() {
	lab_config lac
	lab_config lns
}

teardown() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
	done
	lab_show_logs 30
}

# hops NAMESPACE ARGUMENTS...: the addresses of the way, in one line.
hops() {
	lab_in "$1" traceroute -n -q 1 -w 2 "${@:2}" | awk 'NR > 1 { print $2 }' | paste -sd ' '
}

path_mtu() {
	lab_in "$1" tracepath -n "${@:2}" | sed -n 's/.*Resume: pmtu \([0-9]*\) hops \([0-9]*\).*/\1 \2/p'
}

# The LAC's address on the client's side, the LNS's on the link inside the tunnel, and the server. IPv6 has no addresses on that
# link but link-local ones, so the LNS answers by another of its own.
way_is_right() {
	lab_set lac dataplane "$1"
	lab_set lns dataplane "$1"
	lab_connect
	lab_reaches client 10.2.0.2
	lab_reaches client 2001:db8:2::2
	assert_equal "$(hops client 10.2.0.2)" "10.1.0.1 10.99.0.1 10.2.0.2"
	assert_equal "$(hops server 10.1.0.2)" "10.2.0.1 10.99.0.2 10.1.0.2"
	assert_equal "$(hops client -I 10.2.0.2)" "10.1.0.1 10.99.0.1 10.2.0.2"
	assert_equal "$(hops client -T -p 9 10.2.0.2)" "10.1.0.1 10.99.0.1 10.2.0.2"
	assert_equal "$(hops client -6 2001:db8:2::2)" "2001:db8:1::1 2001:db8:2::1 2001:db8:2::2"
	assert_equal "$(path_mtu client 10.2.0.2)" "$LAB_MTU 3"
	assert_equal "$(path_mtu server 10.1.0.2)" "$LAB_MTU 3"
	assert_equal "$(path_mtu client -6 2001:db8:2::2)" "$LAB_MTU 3"
}

@test "tc" {
	way_is_right tc
}

@test "userspace" {
	way_is_right user
}

@test "XDP, with tc for what it leaves" {
	way_is_right auto
}
