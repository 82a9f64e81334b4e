#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the legs of a set may differ in, and bond sets: each packet on one leg.

# Each test is a subshell with a lab of its own.
# shellcheck disable=SC2030,SC2031

load ../lib/netns
load ../lib/sets

setup() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_LEGS=2
}

teardown() {
	lab_show_logs
	cat "$LAB_DIR/streams" 2>/dev/null || true
	lab_down
}

# both_ways LEVEL: a tenth lost on one leg, nothing of the set. On one cable, no packet comes in order.
both_ways() {
	sets_start "$1"
	lab_impair 1 loss 10
	[ "${LAB_NICS:-2}" = 2 ] || lab_impair 1 loss 0 jitter 2
	stream_both 10000 "$ALL_ONCE"
	sets_config
}

@test "one leg over IPv4 and one over IPv6" {
	export LAB_UNDERLAY2=6
	lab_up
	both_ways auto
	both_ways tc
	both_ways user
}

@test "both legs over IPv6" {
	export LAB_UNDERLAY=6 LAB_UNDERLAY2=6
	lab_up
	both_ways auto
	both_ways user
}

@test "both legs on one NIC" {
	export LAB_NICS=1
	lab_up
	both_ways auto
	both_ways tc
	both_ways user
}

@test "both legs on one NIC, over IPv4 and IPv6" {
	export LAB_NICS=1 LAB_UNDERLAY2=6
	lab_up
	both_ways auto
}

# bond SPREAD WEIGHT WEIGHT2: in place of the ha sets of both.
bond() {
	sed -i "s/ha-set: home/bond-set: home/; s/ha-set: .*u.*/bond-set: \"%u\"/" "$LAB_DIR"/l[an][cs].yaml
	sed -i "1i sets: [{name: home, spread: $1}]" "$LAB_DIR/lac.yaml"
	sed -i "1i sets: [{name: \"%u\", spread: $1}]" "$LAB_DIR/lns.yaml"
	sed -i "/name: isp\$/a\\    weight: $2" "$LAB_DIR/lac.yaml"
	sed -i "/name: isp2\$/a\\    weight: $3" "$LAB_DIR/lac.yaml"
}

# What the LAC sent on this leg.
sent_on() {
	lab_status lac "[.sessions[] | select(.name == \"$1\") | .tx[].packets] | add"
}

@test "bond, per packet: by weight, at each level" {
	local level one two
	lab_up
	for level in auto tc user; do
		sets_config
		bond packet 3 1
		sets_start $level
		stream_start client server 10.2.0.2 20000
		stream_is server '.lost == 0 and .duplicated == 0'
		one=$(sent_on isp) two=$(sent_on isp2)
		echo "$level: $one $two"
		[ "$one" -gt 14000 ] && [ "$one" -lt 16000 ] && [ "$two" -gt 4000 ] && [ "$two" -lt 6000 ]
		# And the other way, where no weight is given.
		stream_start server client 10.1.0.2 20000
		stream_is client '.lost == 0 and .duplicated == 0'
		lab_status lns '[.sessions[].tx | [.[].packets] | add] | all(. > 9000 and . < 11000)'
	done
}

@test "bond, per flow: each flow on one leg and in order, all legs used" {
	local level
	lab_up
	for level in auto tc user; do
		sets_config
		bond flow 1 1
		sets_start $level
		# One path is slower: packets of one flow on both would overtake one another.
		lab_impair 2 delay 5
		stream_start client server 10.2.0.2 20000 64 0 32
		stream_is server '.lost == 0 and .duplicated == 0 and .reordered == 0'
		[ "$(sent_on isp)" -gt 3000 ] && [ "$(sent_on isp2)" -gt 3000 ]
		lab_iperf_server server
		[ "$(lab_iperf client 2 -c 10.2.0.2 -P 4)" -gt 10000000 ]
		lab_kill INT iperf-server
	done
}

@test "bond: a leg that ends leaves all to the other" {
	lab_up
	bond packet 1 1
	sets_start auto
	"$L2X" down isp -s "$LAB_DIR/lac.sock"
	sets_whole 1
	stream_both 5000 '.lost == 0 and .duplicated == 0'
}
