#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The underlay's link goes and comes back, loses its address, or the neighbour on it gets another MAC
# address, while traffic runs: it flows again by itself, at the level where it was, in the same
# session.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
	# Not half a minute, until a neighbour is no more trusted.
	lab_in lac sysctl -qw net.ipv4.neigh.to-lns.base_reachable_time_ms=2000
	lab_in lns sysctl -qw net.ipv4.neigh.to-lac.base_reachable_time_ms=2000
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 20
}

# at_level xdp|tc|user
at_level() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_config $ns
		lab_set $ns log-level info
		case $1 in
		tc) lab_set $ns forward kernel ;;
		user) lab_set $ns dataplane user ;;
		esac
	done
	lab_connect
	lab_reaches client 10.2.0.2
	session=$(lab_status lac '.sessions[0].session_id')
	lab_await 20 moves "$1"
	lab_spawn client traffic ping -q -i 0.05 10.2.0.2
}

# Both ways, at this level.
moves() {
	local before
	before=$(lab_level_counts "$1")
	lab_in client ping -q -c 5 -i 0.02 -W 1 10.2.0.2 && lab_moved "$1" 5 "$before"
}

flows() {
	lab_in client ping -q -c 1 -W 1 10.2.0.2
}

recovers() {
	lab_await 60 moves "$1"
	assert_equal "$(lab_status lac '.sessions[0].session_id')" "$session"
}

recovery() {
	local session mac
	at_level "$1"
	ip -n "$LAB-lac" link set to-lns down
	run ! flows
	ip -n "$LAB-lac" link set to-lns up
	recovers "$1"

	ip -n "$LAB-lac" address del 192.0.2.1/24 dev to-lns
	run ! flows
	ip -n "$LAB-lac" address add 192.0.2.1/24 dev to-lns
	recovers "$1"

	# The LNS's, as the LAC knows it, and it does not say so by itself.
	mac=$(lab_mac lns to-lac)
	ip -n "$LAB-lns" link set to-lac address "02:00:00:00:77:${mac##*:}"
	recovers "$1"
	run -0 ip -n "$LAB-lac" neighbor show 192.0.2.2
	assert_output --partial "02:00:00:00:77:${mac##*:}"
	ip -n "$LAB-lns" link set to-lac address "$mac"
	recovers "$1"

	# What is behind it goes and comes, too.
	ip -n "$LAB-lns" address del 10.2.0.1/24 dev to-server
	run ! flows
	ip -n "$LAB-lns" address add 10.2.0.1/24 dev to-server
	recovers "$1"
	lab_kill INT traffic
}

@test "XDP" {
	recovery xdp
}

@test "tc" {
	recovery tc
}

@test "userspace" {
	recovery user
}
