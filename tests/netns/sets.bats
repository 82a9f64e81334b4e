#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# An ha set over two bad paths: what is lost on one leg comes on the other, and comes once.

load ../lib/netns
load ../lib/sets

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
	lab_show_logs
	cat "$LAB_DIR/streams" 2>/dev/null || true
}

# Both legs lose a fifth, each by its own dice: a 25th of the packets is lost on both. 20,000 of them
# differ by less than 0.7 % in all but one of a million runs.
one_in_25_is_lost() {
	sets_start "$1"
	lab_impair 1 loss 20
	lab_impair 2 loss 20
	stream_both 20000 '.lost > .sent * 0.033 and .lost < .sent * 0.047 and .duplicated == 0'
}

# nothing_is_lost LEVEL: of a few, both ways, and then of SETS_PACKETS, so fast that plain numbers do not come round
# within the skew.
nothing_is_lost() {
	sets_start "$1"
	lab_impair 1 loss 30
	stream_both 20000 "$ALL_ONCE"
	lab_impair 1 loss 0
	lab_impair 2 loss 30
	stream_start client server 10.2.0.2 "$SETS_PACKETS" 64 80000
	stream_is server "$ALL_ONCE"
	lab_status lns '.sets[0] | .lost == 0 and .unique == .expected and .expected >= (env.SETS_PACKETS | tonumber)'
}

# level_moved LEVEL NOT...: only this one carried payload.
level_moved() {
	local level
	[ "$(lab_packets lns rx "$1")" -ge 20000 ] && [ "$(lab_packets lac rx "$1")" -ge 20000 ] || return 1
	shift
	for level; do
		[ "$(lab_packets lns rx "$level")" -lt 200 ] && [ "$(lab_packets lac rx "$level")" -lt 200 ] || return 1
	done
}

# Either form leaves room for them in the underlay's 1500 bytes.
@test "XDP: copies of packets as large as the set's MTU" {
	local form ns way
	for form in plain extended; do
		sets_config
		sed -i "1i sets: [{name: home, sequence: $form}]" "$LAB_DIR/lac.yaml"
		sed -i "1i sets: [{name: \"%u\", sequence: $form}]" "$LAB_DIR/lns.yaml"
		sets_start xdp
		lab_ping client 10.2.0.2 $((LAB_MTU - 28))
		lab_ping server 10.1.0.2 $((LAB_MTU - 28))
		for ns in lac lns; do
			for way in rx tx; do
				[ "$(lab_packets $ns $way xdp)" -ge 20 ]
			done
		done
	done
}

@test "user: a fifth lost on each leg is a 25th inside, both ways" {
	one_in_25_is_lost user
}

@test "user: a third lost on one leg: nothing lost, nothing twice" {
	nothing_is_lost user
	level_moved user xdp tc
}

@test "tc: a fifth lost on each leg is a 25th inside, both ways" {
	one_in_25_is_lost tc
}

@test "tc: a third lost on one leg: nothing lost, nothing twice" {
	nothing_is_lost tc
	level_moved tc xdp user
}

@test "xdp: a fifth lost on each leg is a 25th inside, both ways" {
	one_in_25_is_lost auto
}

@test "xdp: a third of a million lost on one leg: nothing lost, nothing twice" {
	SETS_PACKETS=1000000 nothing_is_lost auto
	level_moved xdp user
}

@test "duplicates, reordering and jitter on both paths: each packet once" {
	sets_start auto
	lab_impair 1 duplicate 20 reorder 10 jitter 3 loss 10
	lab_impair 2 duplicate 20 delay 15 jitter 5
	stream_both 20000 "$ALL_ONCE"
	# The status knows which leg is behind, and by how much.
	lab_status lac '[.sets[0].legs[] | select(.session == "isp2") | .skew.half_below_ms] == [16] or . == [32]'
}

@test "extended numbers: the same, and another MTU for them" {
	sed -i '1i sets: [{name: home, sequence: extended}]' "$LAB_DIR/lac.yaml"
	sed -i '1i sets: [{name: "%u", sequence: extended}]' "$LAB_DIR/lns.yaml"
	sed -i '/ mtu:/d' "$LAB_DIR/lac.yaml" "$LAB_DIR/lns.yaml"
	sets_start auto
	lab_status lac '.sets[0] | .mtu == 1442 and .sequence == "extended"'
	lab_impair 1 loss 30
	stream_both 20000 "$ALL_ONCE"
	lab_ping client 10.2.0.2 1414
}

@test "plain numbers leave room for themselves in the MTU" {
	sed -i '/ mtu:/d' "$LAB_DIR/lac.yaml" "$LAB_DIR/lns.yaml"
	sets_start auto
	lab_status lac '.sets[0].mtu == 1456'
	lab_ping client 10.2.0.2 1428
	lab_ping client 2001:db8:2::2 1408
}

@test "TCP super-packets of the host itself are cut up before they get numbers" {
	sets_start auto
	lab_iperf_server lns
	# With one number for all of its segments, but the first would be dropped as copies.
	[ "$(lab_iperf lac 2 -c 10.99.0.1)" -gt 1000000 ]
	[ "$(lab_packets lac tx user)" -gt 200 ]
	lab_status lns '.sets[0].lost == 0'
	lab_kill INT iperf-lns
}

@test "status: which leg is dying while nobody notices" {
	sets_start auto
	lab_impair 2 loss 40
	stream_start client server 10.2.0.2 40000 64 4000
	lab_await 20 lab_status lns '.sets[0] | [.legs[].state] | sort == ["lossy", "up"]'
	lab_await 20 lab_status lns '.sets[0] | .lost == 0 and (.legs | max_by(.loss_percent)
		| .loss_percent > 33 and .loss_percent < 47 and .duplicate + .first > 0)'
	lab_impair 2 cut 1
	lab_await 20 lab_said lns 'set alice: runs on its last leg'
	lab_await 20 lab_status lns '.sets[0].last_leg'
	run -0 "$L2X" status -s "$LAB_DIR/lns.sock"
	assert_output --partial 'BEHIND'
	lab_impair 2 clear 0
	lab_await 20 lab_said lns 'set alice: whole again: 2 legs of 2'
	stream_is server "$ALL_ONCE"
	# Once, not every two seconds.
	assert_equal "$(grep -c 'last leg' "$LAB_DIR/lns.log")" 1
}

@test "the numbers come round too soon: said, with a remedy" {
	sed -i '1i sets: [{name: home, skew: 10000}]' "$LAB_DIR/lac.yaml"
	sets_start auto
	stream_start client server 10.2.0.2 60000 64 8000
	lab_await 20 lab_said lac 'plain sequence numbers come round too soon'
	stream_is server '.lost == 0'
}
