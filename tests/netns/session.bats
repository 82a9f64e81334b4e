#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A session between two controllers, and traffic through it at each level of the data path in turn.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
	lab_capture_wire
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs
}

# at_level LEVEL: both controllers with this one, iperf3 at the far ends, the session up.
at_level() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_set $ns dataplane "$1"
		# Each packet said aloud makes the userspace level crawl.
		lab_set $ns log-level info
	done
	lab_connect
	lab_runs iperf-server || lab_iperf_server server
	lab_runs iperf-lns || lab_iperf_server lns
	# The way is known and neighbours are found.
	lab_reaches client 10.2.0.2
	lab_reaches client 2001:db8:2::2
	lab_reaches server 10.1.0.2
	lab_reaches server 2001:db8:1::2
}

ping_all() {
	local size
	for size in 0 56 1400 1432; do
		lab_ping client 10.2.0.2 $size
		lab_ping server 10.1.0.2 $size
	done
	for size in 0 56 1400 1412; do
		lab_ping client 2001:db8:2::2 $size
		lab_ping server 2001:db8:1::2 $size
	done
}

tcp_all() {
	local way
	for way in '' -R; do
		# shellcheck disable=SC2086
		lab_iperf client 1 -c 10.2.0.2 $way && lab_iperf client 1 -c 2001:db8:2::2 $way || return 1
	done
}

@test "xdp: forwarded IPv4 and IPv6, both ways, at the XDP level" {
	at_level auto
	local before after
	before=$(lab_level_counts xdp)
	ping_all
	tcp_all
	lab_moved xdp 200 "$before"
	# Once neighbours are known, nothing but the first packets takes another way.
	before=$(lab_level_counts xdp)
	after=$(lab_level_counts tc; lab_level_counts user)
	lab_in client ping -q -c 50 -i 0.01 -W 2 10.2.0.2
	lab_moved xdp 50 "$before"
	assert_equal "$(lab_level_counts tc; lab_level_counts user)" "$after"
}

@test "auto: traffic of the hosts themselves is at the tc level" {
	local before
	before=$(lab_level_counts tc)
	lab_in lac ping -q -c 10 -i 0.02 -W 2 10.99.0.1
	lab_in lns ping -q -c 10 -i 0.02 -W 2 10.99.0.2
	lab_iperf lac 1 -c 10.99.0.1
	lab_iperf lac 1 -c 10.99.0.1 -R
	lab_moved tc 20 "$before"
}

@test "status: what is said of the session is so" {
	run -0 lab_status lac '.sessions[0] | [.user, .netdev, .payload_table, .mtu, .ipv4.local, .ipv4.remote] | join(" ")'
	assert_output "alice l2x100 100 1460 10.99.0.2 10.99.0.1"
	run -0 lab_status lns '.sessions[0] | [.user, .netdev, .payload_table, .mtu, .ipv4.local, .ipv4.remote] | join(" ")'
	assert_output "alice l2x0 254 1460 10.99.0.1 10.99.0.2"
	assert_equal "$(lab_status lac '.sessions[0].session_id')" "$(lab_status lns '.sessions[0].peer_session_id')"
	assert_equal "$(lab_status lac '.sessions[0].peer_session_id')" "$(lab_status lns '.sessions[0].session_id')"
	assert_equal "$(lab_status lac '.tunnels[0].tunnel_id')" "$(lab_status lns '.tunnels[0].peer_tunnel_id')"
	assert_equal "$(lab_status lac '.tunnels[0].peer_hostname')" lab-lns
	assert_equal "$(lab_status lns '.tunnels[0].peer_hostname')" lab-lac
	assert_equal "$(lab_status lac '.sessions[0].ipv6.local')" "$(lab_status lns '.sessions[0].ipv6.remote')"
	# The text form is for people; it names the same things.
	run -0 "$L2X" status -s "$LAB_DIR/lac.sock"
	assert_output --partial alice
	assert_output --partial 10.99.0.2
}

@test "a packet that is too big is answered with the session's MTU" {
	run lab_in client ping -c 1 -W 2 -M "do" -s 1433 10.2.0.2
	assert_output --regexp 'mtu ?= ?1460'
	run lab_in client ping -c 1 -W 2 -M "do" -s 1413 2001:db8:2::2
	assert_output --regexp 'mtu ?[=:] ?1460'
	# Without DF the kernel fragments it, and it arrives.
	lab_in client ping -q -c 2 -W 2 -M dont -s 3000 10.2.0.2
}

@test "a source that is not routed to the session is dropped and counted" {
	lab_address client to-lac 10.66.0.2/32
	run ! lab_in client ping -q -c 3 -i 0.1 -W 1 -I 10.66.0.2 10.2.0.2
	assert [ "$(lab_status lns '.sessions[0].drops["bad-source"]')" -ge 3 ]
	ip -n "$LAB-client" address del 10.66.0.2/32 dev to-lac
}

@test "tc: all traffic at the tc level when told so" {
	at_level tc
	local before
	before=$(lab_level_counts tc)
	ping_all
	tcp_all
	lab_in lac ping -q -c 10 -i 0.02 -W 2 10.99.0.1
	lab_iperf lac 1 -c 10.99.0.1
	lab_moved tc 200 "$before"
	assert_equal "$(lab_level_counts xdp | tr '\n' ' ')" "0 0 0 0 "
}

@test "user: all traffic in userspace when told so" {
	at_level user
	local before
	before=$(lab_level_counts user)
	ping_all
	tcp_all
	lab_in lac ping -q -c 10 -i 0.02 -W 2 10.99.0.1
	lab_iperf lac 1 -c 10.99.0.1
	lab_moved user 200 "$before"
	assert_equal "$({ lab_level_counts xdp; lab_level_counts tc; } | tr '\n' ' ')" "0 0 0 0 0 0 0 0 "
}

@test "XDP alone: forwarded traffic needs nothing but it" {
	at_level xdp
	local before
	before=$(lab_level_counts xdp)
	lab_in client ping -q -c 20 -i 0.02 -W 2 10.2.0.2
	lab_in client ping -q -c 20 -i 0.02 -W 2 2001:db8:2::2
	lab_moved xdp 40 "$before"
}

@test "tshark finds nothing wrong in what was on the wire" {
	lab_decode_clean
}
