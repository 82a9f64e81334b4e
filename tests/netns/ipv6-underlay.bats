#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A tunnel over IPv6, at each level of the data path, with the UDP checksum that IPv6 wants.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1 LAB_UNDERLAY=6
	lab_up
	lab_capture_wire
	lab_iperf_server server
	lab_iperf_server lns
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 20
}

at_level() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_set $ns dataplane "$1"
		lab_set $ns log-level info
	done
	lab_capture wire to-lac "at-$1" -c 1500 'ip6[6] = 17'
	lab_connect
	lab_reaches client 10.2.0.2
	lab_reaches client 2001:db8:2::2
	lab_reaches server 10.1.0.2
	lab_reaches server 2001:db8:1::2
}

ping_all() {
	local size
	for size in 0 1 56 463 1411 1412; do
		lab_ping client 10.2.0.2 $size && lab_ping server 10.1.0.2 $size || return 1
	done
	for size in 0 1 56 464 1391 1392; do
		lab_ping client 2001:db8:2::2 $size && lab_ping server 2001:db8:1::2 $size || return 1
	done
}

tcp_all() {
	local way
	for way in '' -R; do
		# shellcheck disable=SC2086
		lab_iperf "$1" 1 -c "$2" $way || return 1
	done
}

@test "XDP forwards over IPv6" {
	at_level auto
	local before after
	before=$(lab_level_counts xdp)
	ping_all
	tcp_all client 10.2.0.2
	tcp_all client 2001:db8:2::2
	lab_moved xdp 200 "$before"
	before=$(lab_level_counts xdp)
	after=$(lab_level_counts tc; lab_level_counts user)
	lab_in client ping -q -c 50 -i 0.01 -W 2 10.2.0.2
	lab_in client ping -q -c 50 -i 0.01 -W 2 2001:db8:2::2
	lab_moved xdp 100 "$before"
	assert_equal "$(lab_level_counts tc; lab_level_counts user)" "$after"
}

@test "tc carries the hosts' own traffic over IPv6, and super-packets go through userspace" {
	local before tcp
	before=$(lab_level_counts tc)
	lab_in lac ping -q -c 10 -i 0.02 -W 2 10.99.0.1
	lab_in lns ping -q -c 10 -i 0.02 -W 2 10.99.0.2
	tcp=$(lab_level_counts user)
	lab_in lac ping -q -c 10 -i 0.02 -W 2 10.99.0.1
	assert_equal "$(lab_level_counts user)" "$tcp"
	tcp_all lac 10.99.0.1
	lab_moved tc 20 "$before"
}

@test "tc carries everything over IPv6 when told so" {
	at_level tc
	local before
	before=$(lab_level_counts tc)
	ping_all
	lab_moved tc 100 "$before"
	assert_equal "$(lab_level_counts xdp | tr '\n' ' ')" "0 0 0 0 "
}

@test "userspace carries everything over IPv6 when told so" {
	at_level user
	local before
	before=$(lab_level_counts user)
	ping_all
	tcp_all client 10.2.0.2
	lab_moved user 200 "$before"
}

@test "XDP alone: forwarded traffic needs nothing but it" {
	at_level xdp
	local before
	before=$(lab_level_counts xdp)
	lab_in client ping -q -c 20 -i 0.02 -W 2 10.2.0.2
	lab_in client ping -q -c 20 -i 0.02 -W 2 2001:db8:2::2
	lab_moved xdp 40 "$before"
}

@test "tshark finds nothing wrong in what was on the wire, and no UDP packet without a checksum" {
	local level
	lab_decode_clean
	for level in auto tc user xdp; do
		lab_capture_end "at-$level"
		run -0 lab_tshark "at-$level" -Y 'udp.dstport == 1701 && udp.checksum.status != 1' -T fields -e frame.number
		refute_output
		run -0 lab_tshark "at-$level" -Y 'udp.dstport == 1701 && udp.checksum.status == 1' -T fields -e frame.number
		assert [ "${#lines[@]}" -gt 80 ]
	done
}
