#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What changes around the data path while traffic runs: MAC addresses, links, other hosts' frames.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
	lab_set lac log-level info
	lab_set lns log-level info
	# Not half a minute, until a neighbour is no more trusted.
	lab_in lac sysctl -qw net.ipv4.neigh.to-client.base_reachable_time_ms=2000
	lab_connect
	lab_reaches client 10.2.0.2
	lab_reaches server 10.1.0.2
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 20
}

# echos: how many echo requests the client got.
echos() {
	lab_in client nstat -az IcmpInEchos | awk '/InEchos/ { print $2 }'
}

gets_more_than() {
	[ "$(echos)" -gt "$1" ]
}

xdp_moves() {
	local before
	before=$(lab_level_counts xdp)
	lab_in client ping -q -c 5 -i 0.02 -W 2 10.2.0.2 && lab_moved xdp 5 "$before"
}

@test "a neighbour's MAC address changes: found again, though only XDP sends to it" {
	local before gateway
	gateway=$(lab_mac lac to-client)
	xdp_moves
	# The client says nothing of itself from now on, and answers nothing but ARP.
	lab_in client sysctl -qw net.ipv4.icmp_echo_ignore_all=1
	ip -n "$LAB-client" neighbor replace 10.1.0.1 lladdr "$gateway" dev to-lac nud permanent
	lab_spawn server pinging ping -q -i 0.1 10.1.0.2
	before=$(echos)
	lab_await 10 gets_more_than $((before + 5))
	ip -n "$LAB-client" link set to-lac address 02:00:00:00:77:77
	ip -n "$LAB-client" neighbor replace 10.1.0.1 lladdr "$gateway" dev to-lac nud permanent
	before=$(echos)
	# Trusted 3 s at most, the next turn within 5, asked three times; and air.
	lab_await 60 gets_more_than $((before + 20))
	lab_kill INT pinging
	lab_in client sysctl -qw net.ipv4.icmp_echo_ignore_all=0
	ip -n "$LAB-client" neighbor del 10.1.0.1 dev to-lac
	lab_await 20 xdp_moves
}

@test "the MAC address of an own NIC changes: XDP goes on with it" {
	ip -n "$LAB-lac" link set to-client address 02:00:00:00:66:66
	lab_reaches client 10.2.0.2
	lab_await 30 xdp_moves
}

@test "a link goes down and up again: traffic goes on" {
	ip -n "$LAB-lac" link set to-lns down
	run ! lab_in client ping -q -c 1 -W 1 10.2.0.2
	ip -n "$LAB-lac" link set to-lns up
	lab_await 30 lab_in client ping -q -c 1 -W 1 10.2.0.2
	lab_await 20 xdp_moves
}

@test "frames for other hosts on the wire are not forwarded" {
	local before real
	real=$(lab_mac lac to-client)
	before=$(lab_level_counts xdp)
	# As if a switch had flooded them.
	ip -n "$LAB-client" neighbor replace 10.1.0.1 lladdr 02:00:00:00:55:55 dev to-lac nud permanent
	run ! lab_in client ping -q -c 5 -i 0.02 -W 1 10.2.0.2
	assert_equal "$(lab_level_counts xdp)" "$before"
	ip -n "$LAB-client" neighbor replace 10.1.0.1 lladdr "$real" dev to-lac nud reachable
	lab_await 10 xdp_moves
}
