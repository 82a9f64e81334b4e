#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the underlay lets through in one piece: learnt from its routers, and fragments where more is
# asked for, over IPv4 and IPv6, at each level.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_ROUTED=1
	local ns
	lab_up
	for ns in lac lns; do
		lab_set $ns log-level info
	done
	lab_iperf_server server
}

teardown_file() {
	lab_init
	lab_down
}

setup() {
	wide
}

teardown() {
	lab_show_logs 20
}

# over 4|6, LEVEL, MTU: both controllers anew; MTU 0: not set. Levels that carry no fragments leave them
# to userspace, so tc is what is left when XDP is off.
over() {
	local ns
	export LAB_UNDERLAY=$1
	lab_init
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_config $ns
		lab_set $ns log-level info
		if [ "$2" = tc ]; then
			lab_set $ns forward kernel
		else
			lab_set $ns dataplane "$2"
		fi
		sed -i '/^    mtu:/a\    tcp-mss-fix: false' "$LAB_DIR/$ns.yaml"
		if [ "$3" = 0 ]; then
			sed -i '/ mtu:/d' "$LAB_DIR/$ns.yaml"
		else
			lab_set $ns mtu "$3"
		fi
	done
	forget_all lac lns client server
	lab_connect
	lab_reaches client 10.2.0.2
	lab_reaches client 2001:db8:2::2
	lab_reaches server 10.1.0.2
}

# forget_all NAMESPACE...: what it has heard from routers.
forget_all() {
	local ns
	for ns; do
		ip -n "$LAB-$ns" route flush cache
		ip -n "$LAB-$ns" -6 route flush cache
	done
}

# The router's way on, in both directions, takes no more than this.
narrow() {
	ip -n "$LAB-router" route replace 203.0.113.1 via 10.91.1.2 mtu lock "$1"
	ip -n "$LAB-router" route replace 10.90.1.1 dev to-lac mtu lock "$1"
	ip -n "$LAB-router" route replace 2001:db8:203::1 via 2001:db8:911::2 mtu lock "$1"
	ip -n "$LAB-router" route replace 2001:db8:901::1 dev to-lac mtu lock "$1"
}

wide() {
	narrow 1500
}

session_mtu() {
	lab_status "$1" ".sessions[0].mtu == $2"
}

path_mtu() {
	lab_status "$1" ".tunnels[0].path_mtu == $2"
}

# forgets_after SECONDS: what a router said; ten minutes are the kernel's own choice.
forgets_after() {
	local ns
	for ns in lac lns; do
		lab_in $ns sysctl -qw "net.ipv4.route.mtu_expires=$1" "net.ipv6.route.mtu_expires=$1"
	done
}

# learns LEVEL OUTER-FAMILY INNER-MTU INNER-MTU-BEFORE: both ends find a path of 1400 bytes, use it, and
# go back.
learns() {
	local ns
	forgets_after 8
	over "$2" "$1" 0
	for ns in lac lns; do
		path_mtu $ns 1500
		session_mtu $ns "$4"
	done
	lab_ping client 10.2.0.2 $(($4 - 28))
	narrow 1400
	# The first one that is too large is lost; from then on they are sent in fragments, until
	# the session goes by the new MTU.
	lab_await 20 lab_in client ping -q -M dont -c 1 -W 1 -s $(($4 - 28)) 10.2.0.2
	lab_await 20 lab_in server ping -q -M dont -c 1 -W 1 -s $(($4 - 28)) 10.1.0.2
	for ns in lac lns; do
		lab_await 30 path_mtu $ns 1400
		lab_await 30 session_mtu $ns "$3"
	done
	lab_said lac 'lets through 1400 bytes, 1500 before'
	run lab_in client ping -c 1 -W 2 -M "do" -s $(($3 - 27)) 10.2.0.2
	assert_output --regexp "mtu ?= ?$3"
	lab_ping client 10.2.0.2 $(($3 - 28))
	lab_ping server 10.1.0.2 $(($3 - 28))
	run -0 lab_in lac ip route show table 100 default
	assert_output --regexp "mtu (lock )?$3( |$)"
	wide
	for ns in lac lns; do
		lab_await 60 session_mtu $ns "$4"
	done
	forget_all client server
	lab_ping client 10.2.0.2 $(($4 - 28))
}

@test "XDP over IPv4: a smaller link on the way is learnt, used, shown, and forgotten" {
	learns auto 4 1360 1460
}

@test "XDP over IPv6: the same" {
	learns auto 6 1340 1440
}

@test "tc over IPv4: the same" {
	learns tc 4 1360 1460
}

@test "userspace over IPv4: the same" {
	learns user 4 1360 1460
}

@test "userspace over IPv6: the same" {
	learns user 6 1340 1440
}

# whole FAMILY LEVEL: inner packets of 1500 bytes over 1500 bytes outside.
whole() {
	forgets_after 600
	over "$1" "$2" 1500
	lab_ping client 10.2.0.2 1472
	lab_ping server 10.1.0.2 1472
	lab_ping client 2001:db8:2::2 1452
	lab_ping server 2001:db8:1::2 1452
	# Those that need no fragments do not go that way.
	lab_ping client 10.2.0.2 1000
	lab_iperf client 1 -c 10.2.0.2
	lab_iperf client 1 -c 10.2.0.2 -R
	lab_iperf client 1 -c 2001:db8:2::2
	# One more byte is too much, and the kernel says what is not.
	ip -n "$LAB-client" link set to-lac mtu 2000
	ip -n "$LAB-lac" link set to-client mtu 2000
	run lab_in client ping -c 1 -W 2 -M "do" -s 1473 10.2.0.2
	assert_output --regexp 'mtu ?= ?1500'
	run lab_in client ping -c 1 -W 2 -M "do" -s 1453 2001:db8:2::2
	assert_output --regexp 'mtu ?[=:] ?1500'
	# That of the LAC itself has its own.
	run lab_in lac ping -c 1 -W 2 -M "do" -s 1473 10.99.0.1
	assert_output --regexp 'mtu ?= ?1500'
	ip -n "$LAB-client" link set to-lac mtu 1500
	ip -n "$LAB-lac" link set to-client mtu 1500
	# A narrower link on the way: the network or, over IPv6, the sender makes smaller fragments.
	narrow 1400
	lab_await 20 lab_in client ping -q -M "do" -c 1 -W 1 -s 1472 10.2.0.2
	lab_await 20 lab_in server ping -q -M "do" -c 1 -W 1 -s 1472 10.1.0.2
	lab_ping client 10.2.0.2 1472
	lab_ping server 10.1.0.2 1472
	lab_ping client 10.2.0.2 1350
	session_mtu lac 1500
	session_mtu lns 1500
}

@test "mtu 1500 over IPv4, XDP: whole packets both ways, in fragments where need be" {
	whole 4 auto
}

@test "mtu 1500 over IPv6, XDP: the same" {
	whole 6 auto
}

@test "mtu 1500 over IPv4, userspace: the same" {
	whole 4 user
}

@test "mtu 1500 over IPv6, userspace: the same" {
	whole 6 user
}
