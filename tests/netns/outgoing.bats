#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The life of an outgoing connection: its servers and their names, its end and
# its return by command.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	lab_start lns
}

teardown_file() {
	lab_init
	lab_down
}

setup() {
	lab_config lac
}

teardown() {
	lab_ended lac || lab_kill TERM lac
	lab_show_logs
}

l2x() {
	"$L2X" "$1" -s "$LAB_DIR/lac.sock" "${@:2}"
}

waits() {
	lab_status lac ".waiting[0].state == \"$1\" and (.tunnels | length) == 0"
}

@test "down keeps it down, up brings it back, restart makes a new session" {
	local id
	lab_start lac
	lab_await 20 lab_session lac
	run -0 l2x down isp
	assert_output 'isp: down'
	lab_await 10 waits "down by command"
	lab_await 10 lab_no_session lns
	run -0 lab_status lac '.waiting[0].last_end'
	assert_output --partial "down by command"
	# retry-max is 2 s in this lab.
	sleep 3
	waits "down by command"
	run -0 l2x down isp
	run -0 "$L2X" status -s "$LAB_DIR/lac.sock"
	assert_output --partial 'down by command'
	run -0 l2x up isp
	assert_output 'isp: up'
	lab_await 10 lab_session lac
	id=$(lab_status lac '.tunnels[0].tunnel_id')
	run -0 l2x up isp
	assert_equal "$(lab_status lac '.tunnels[0].tunnel_id')" "$id"
	run -0 l2x restart isp
	assert_output 'isp: restarted'
	lab_await 10 another_tunnel "$id"
	lab_await 10 lab_session lac
	lab_reaches client 10.2.0.2
}

another_tunnel() {
	lab_status lac ".tunnels | length == 1 and .[0].tunnel_id != $1"
}

@test "down and up in one breath; restart of what is down or waits" {
	lab_start lac
	lab_await 20 lab_session lac
	l2x down isp
	l2x up isp
	lab_await 10 lab_said lac 'tunnel ended'
	lab_await 10 lab_session lac
	l2x down isp
	l2x restart isp
	lab_await 10 lab_session lac
	lab_kill TERM lac
	lab_set lac server 192.0.2.77
	lab_start lac
	lab_await 10 lab_status lac '.tunnels[0].state == "wait-ctl-reply"'
	l2x down isp
	lab_await 10 waits "down by command"
}

@test "a name that is no outgoing tunnel's" {
	lab_start lac
	run -1 l2x down customers
	assert_output 'l2x: there is no outgoing tunnel "customers"'
}

@test "a list of servers: the next one when one cannot be reached" {
	lab_set lac server '[198.51.100.1, 192.0.2.2]'
	lab_start lac
	lab_await 20 lab_session lac
	lab_said lac 'no way to 198.51.100.1'
	assert_equal "$(lab_status lac '.tunnels[0].peer')" 192.0.2.2:1701
	# The first one is locked out, so the way back does not lead over it.
	: >"$LAB_DIR/lac.log"
	lab_kill TERM lns
	lab_await 10 lab_no_session lac
	lab_start lns
	lab_await 60 lab_session lac
	run ! lab_said lac 'no way to'
}

@test "all servers in vain: a wait, and from the first again" {
	lab_set lac server '[198.51.100.1, 198.51.100.2]'
	lab_start lac
	lab_await 20 at_least 2 'no way to 198.51.100.2'
	run -0 grep -oE 'no way to [0-9.]*|next attempt' "$LAB_DIR/lac.log"
	assert_line --index 0 'no way to 198.51.100.1'
	assert_line --index 1 'no way to 198.51.100.2'
	assert_line --index 2 'next attempt'
	assert_line --index 3 'no way to 198.51.100.1'
	assert_line --index 4 'no way to 198.51.100.2'
}

# at_least COUNT PATTERN
at_least() {
	[ "$(grep -c -- "$2" "$LAB_DIR/lac.log")" -ge "$1" ]
}

@test "the waits double up to retry-max, each up to a quarter longer by chance" {
	lab_set lac server '[198.51.100.1]'
	lab_start lac
	lab_await 40 at_least 3 'next attempt in'
	# retry-max is 2.
	run -0 grep -oE 'next attempt in [0-9.]*' "$LAB_DIR/lac.log"
	assert_line --index 0 --regexp ' 1\.[0-3]$'
	assert_line --index 1 --regexp ' 2\.[0-5]$'
	assert_line --index 2 --regexp ' 2\.[0-5]$'
}

# RFC 2661 8.1: else the LAC would not heed it.
@test "an LNS that listens everywhere answers from the address that was called, over IPv4 and IPv6" {
	local called
	lab_kill TERM lns
	sed -i.listen '/^listen:/d' "$LAB_DIR/lns.yaml"
	lab_address lns to-lac 192.0.2.22/24 192.0.2.23/24 2001:db8:9::2/64 2001:db8:9::22/64
	lab_address lac to-lns 2001:db8:9::1/64
	lab_start lns
	lab_set lac listen '["192.0.2.1", "2001:db8:9::1"]'
	for called in 192.0.2.23 2001:db8:9::22; do
		lab_set lac server "\"$called\""
		lab_start lac
		lab_await 20 lab_session lac
		lab_status lac ".tunnels[0].peer | contains(\"$called\")"
		lab_await 10 lab_session lns
		lab_kill TERM lac
		lab_await 10 lab_no_session lns
	done
	lab_kill TERM lns
	mv "$LAB_DIR/lns.yaml.listen" "$LAB_DIR/lns.yaml"
	lab_start lns
}

@test "a name: resolved at each attempt, every address tried" {
	lab_set lac server lns.lab.test
	printf 'nameserver 192.0.2.2\noptions timeout:1 attempts:1\n' >"$LAB_DIR/resolv.conf"
	: >"$LAB_DIR/hosts"
	lab_start_lac_with_names
	lab_await 20 lab_said lac 'cannot resolve "lns.lab.test"'
	lab_status lac '.waiting | length == 1'
	printf '198.51.100.7 lns.lab.test\n2001:db8:9::9 lns.lab.test\n192.0.2.2 lns.lab.test\n' >"$LAB_DIR/hosts"
	lab_await 30 lab_session lac
	lab_said lac 'no way to 198.51.100.7'
	lab_said lac 'no way to .2001:db8:9::9'
	assert_equal "$(lab_status lac '.tunnels[0].peer')" 192.0.2.2:1701
}

# mtu_is MTU: of the LAC's session, its route, and what the LNS sends to it.
mtu_is() {
	lab_await 20 lab_session lac
	lab_await 10 lab_session lns
	assert_equal "$(lab_status lac '.sessions[0].mtu')" "$1"
	assert_equal "$(lab_status lns '.sessions[0].mtu')" "$1"
	run -0 lab_in lac ip route show table 100 default
	assert_output --regexp "mtu (lock )?$1( |$)"
}

@test "MTU: what the underlay lets through, when it is not set" {
	sed -i '/ mtu:/d' "$LAB_DIR/lac.yaml"
	lab_start lac
	mtu_is 1460
	ip -n "$LAB-lac" route add 192.0.2.2/32 dev to-lns mtu 1350
	l2x restart isp
	lab_await 10 lab_said lac 'tunnel ended'
	mtu_is 1310
	lab_reaches client 10.2.0.2
	lab_ping client 10.2.0.2 1282
	ip -n "$LAB-lac" route del 192.0.2.2/32 dev to-lns
	ip -n "$LAB-lac" link set to-lns mtu 1400
	: >"$LAB_DIR/lac.log"
	l2x restart isp
	lab_await 10 lab_said lac 'tunnel ended'
	mtu_is 1360
	ip -n "$LAB-lac" link set to-lns mtu 1500
}

# lac_in_main: the LAC reaches a server behind its gateway, and its payload table is the main one.
lac_in_main() {
	lab_kill TERM lns
	ip -n "$LAB-lns" address replace 203.0.113.1/32 dev lo
	lab_set lns listen '[203.0.113.1]'
	lab_start lns
	sed -i '/ routes:/d; /payload-table:/d; s/interface: l2x100/interface: l2x0/; s/server: .*/server: 203.0.113.1/' "$LAB_DIR/lac.yaml"
}

main_routes() {
	ip -n "$LAB-lac" route show
	ip -n "$LAB-lac" -6 route show
}

@test "default routes in the main table: the tunnel stays outside of itself" {
	local before
	lac_in_main
	ip -n "$LAB-lac" route add default via 192.0.2.2
	before=$(main_routes)
	lab_start lac
	lab_await 20 lab_session lac
	run -0 lab_in lac ip route show 203.0.113.1
	assert_output --regexp '^203.0.113.1 via 192.0.2.2 dev to-lns proto 212 '
	run -0 lab_in lac ip route get 203.0.113.1
	assert_output --partial 'dev to-lns'
	run -0 lab_in lac ip route get 198.51.100.1
	assert_output --partial 'dev l2x0'
	run -0 lab_in lac ip route get 8.8.8.8
	assert_output --partial 'dev l2x0'
	run -0 lab_in lac ip -6 route get 2001:db8:2::2
	assert_output --partial 'dev l2x0'
	lab_reaches lac 10.2.0.2
	lab_reaches client 10.2.0.2
	lab_ping client 10.2.0.2 1432
	l2x restart isp
	lab_await 10 lab_said lac 'tunnel ended'
	lab_await 10 lab_session lac
	lab_reaches client 10.2.0.2
	# What a killed one leaves does not stand in the way.
	lab_kill KILL lac
	lab_start lac
	lab_await 30 lab_session lac
	lab_reaches client 10.2.0.2
	lab_kill TERM lac
	assert_equal "$(main_routes)" "$before"
	ip -n "$LAB-lac" route del default via 192.0.2.2
}

@test "default routes in the main table beside a default route of a higher metric" {
	local before
	lac_in_main
	ip -n "$LAB-lac" route add default via 192.0.2.2 metric 100
	before=$(main_routes)
	lab_start lac
	lab_await 20 lab_session lac
	run -0 lab_in lac ip route show default dev l2x0
	assert_output --partial 'proto 212'
	lab_reaches client 10.2.0.2
	lab_kill TERM lac
	assert_equal "$(main_routes)" "$before"
	ip -n "$LAB-lac" route del default via 192.0.2.2 metric 100
}
