#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Legs of a set that go and come back while traffic runs: cut, dead, replaced, too many.

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
	local ns
	sets_config
	for ns in lac lns; do
		lab_set $ns lcp-echo-interval 1
		lab_set $ns lcp-echo-failures 3
	done
}

teardown() {
	lab_show_logs
	cat "$LAB_DIR/streams" 2>/dev/null || true
}

# Packets flow both ways as long as this goes on: 4000 a second, so many seconds.
traffic() {
	stream_start client server 10.2.0.2 $((4000 * $1)) 64 4000
	stream_start server client 10.1.0.2 $((4000 * $1)) 64 4000
}

traffic_was_whole() {
	stream_is server "$ALL_ONCE"
	stream_is client "$ALL_ONCE"
}

# came TO: so many numbers have come by now.
came() {
	od -An -t u8 -j 8 -N 8 "$LAB_DIR/board-$1" | tr -d ' '
}

came_more() {
	[ "$(came "$1")" -gt "$2" ]
}

# While this many more packets come.
while_packets_come() {
	lab_await 60 came_more server $(($(came server) + $1))
}

cut_ten_times() {
	local i path
	sets_start "$1"
	traffic 20
	for i in 1 2 3 4 5 6 7 8 9 10; do
		path=$((i % 2 + 1))
		lab_impair $path cut 1
		while_packets_come 2000
		lab_impair $path cut 0
		# What was on its way is there.
		while_packets_come 500
	done
	traffic_was_whole
}

@test "user: a leg is cut and comes back, ten times: nothing lost, nothing twice" {
	cut_ten_times user
}

@test "tc: a leg is cut and comes back, ten times: nothing lost, nothing twice" {
	cut_ten_times tc
}

@test "xdp: a leg is cut and comes back, ten times: nothing lost, nothing twice" {
	cut_ten_times auto
}

@test "a leg dies, is dialled anew and joins: nothing lost, nothing twice; routes stay" {
	sets_start auto
	traffic 30
	lab_impair 1 cut 1
	lab_await 20 sets_legs lac 1
	lab_await 20 sets_legs lns 1
	run ip -n "$LAB-lac" route show table 100
	assert_output --partial 'default dev l2x100'
	run ip -n "$LAB-lns" route show
	assert_output --partial '10.1.0.0/24 dev l2x0'
	lab_impair 1 cut 0
	sets_whole 2
	lab_said lac 'set home: runs on its last leg, isp2, of 2'
	lab_said lac 'set home: whole again'
	lab_impair 2 cut 1
	while_packets_come 2000
	lab_impair 2 cut 0
	traffic_was_whole
}

@test "an orderly end of one leg, and of the set" {
	sets_start auto
	traffic 10
	"$L2X" down isp -s "$LAB_DIR/lac.sock"
	lab_await 20 sets_legs lns 1
	"$L2X" up isp -s "$LAB_DIR/lac.sock"
	sets_whole 2
	traffic_was_whole
	"$L2X" down isp -s "$LAB_DIR/lac.sock"
	"$L2X" down isp2 -s "$LAB_DIR/lac.sock"
	lab_await 20 lab_status lns '.sets == []'
	run ip -n "$LAB-lns" route show
	refute_output --partial l2x0
}

killed_and_started() {
	sets_start auto
	stream_both 5000 "$ALL_ONCE"
	lab_kill KILL "$1"
	lab_start "$1"
	# As soon as the sessions are there again; the dead ones may be, too.
	lab_await 40 sets_legs "$1" 2
	stream_both 5000 "$ALL_ONCE"
	sets_whole 2
	stream_both 5000 "$ALL_ONCE"
}

@test "the LNS is killed and started: its sequence begins anew and is heard at once" {
	killed_and_started lns
}

@test "the same with extended numbers: another epoch" {
	sed -i '1i sets: [{name: home, sequence: extended}]' "$LAB_DIR/lac.yaml"
	sed -i '1i sets: [{name: "%u", sequence: extended}]' "$LAB_DIR/lns.yaml"
	killed_and_started lns
}

@test "the LAC is killed and started: its legs are taken for what they are" {
	# Without this, only the calls from the same place tell that the old ones are dead.
	lab_set lns lcp-echo-interval 0
	killed_and_started lac
	lab_said lns 'replaced by a new session of the same leg'
}

# dial NAME SET TABLE: another outgoing entry like the first.
dial() {
	sed -n '/- name: isp$/,/ha-set/p' "$LAB_DIR/lac.yaml" |
		sed "s/name: isp/name: $1/; s/ha-set: .*/ha-set: $2/; s/l2x100/l2x$3/; s/payload-table: .*/payload-table: $3/" \
			>"$LAB_DIR/entry" && cat "$LAB_DIR/entry" >>"$LAB_DIR/lac.yaml"
}

@test "eight legs from one place live; the ninth is refused with a reason" {
	local i
	for i in 3 4 5 6 7 8; do
		dial "isp$i" home 100
	done
	sets_start auto 8
	lab_kill TERM lac
	dial ninth other 101
	lab_start lac
	lab_await 40 lab_said lac 'Too many sessions'
	lab_said lns 'cannot be a leg of set alice: it has 8 already'
	# Which of them came last is chance.
	lab_await 20 lab_status lns '.sets[0].legs_up == 8'
	# Each of them was asked whether it lives, and did.
	run ! lab_said lns 'replaced by a new session'
}

@test "each login has a set of its own" {
	dial bob1 bobs 101
	dial bob2 bobs 101
	sed -i '/- name: bob/,$ { s/username: alice/username: bob/; s/alice-password/bob-password/ }' "$LAB_DIR/lac.yaml"
	cat >>"$LAB_DIR/lns.yaml" <<-EOT
		      - username: bob
		        password: bob-password
		        remote-ppp-ip: 10.99.0.3
		        routes: [10.3.0.0/24]
		        ha-set: "%u"
	EOT
	sets_start auto
	lab_await 20 lab_status lns '[.sets[] | "\(.name) \(.legs_up)"] | sort == ["alice 2", "bob 2"]'
	run ip -n "$LAB-lns" route show
	assert_output --partial '10.3.0.0/24 dev l2x0'
	stream_both 5000 "$ALL_ONCE"
}

@test "in the main table, legs that are dialled anew go past the routes of the set" {
	lab_set lac payload-table 254
	lab_set lac interface l2x0
	# Longer than the connected ones, so that they would win.
	lab_set lac routes '[10.2.0.0/24, 192.0.2.0/25, 198.51.100.0/25]'
	lab_start lns
	lab_start lac
	lab_await 30 lab_status lac '.sets[0].legs_up == 2'
	ip -n "$LAB-lac" route get 192.0.2.2 | grep 'dev to-lns '
	ip -n "$LAB-lac" route get 198.51.100.2 | grep 'dev to-lns2 '
	lab_impair 2 cut 1
	lab_await 20 lab_status lac '.sets[0].legs_up == 1'
	lab_impair 2 cut 0
	lab_await 40 lab_status lac '.sets[0].legs_up == 2'
	ip -n "$LAB-lac" route get 198.51.100.2 | grep 'dev to-lns2 '
	ip -n "$LAB-lac" route get 198.51.100.9 | grep 'dev l2x0 '
	lab_kill TERM lac
	run ip -n "$LAB-lac" route show proto 212
	assert_output ''
}

@test "routes carry the smallest MTU of the legs that are up" {
	sed -i '0,/ mtu: 1420/s// mtu: 1400/' "$LAB_DIR/lac.yaml"
	sets_start auto
	lab_status lac '.sets[0].mtu == 1400'
	run ip -n "$LAB-lac" route show table 100
	assert_output --regexp 'default dev l2x100 .* mtu lock 1400'
	stream_start client server 10.2.0.2 20000 64 4000
	"$L2X" down isp -s "$LAB_DIR/lac.sock"
	lab_await 20 lab_status lac '.sets[0].mtu == 1420'
	run ip -n "$LAB-lac" route show table 100
	assert_output --regexp 'default dev l2x100 .* mtu lock 1420'
	"$L2X" up isp -s "$LAB_DIR/lac.sock"
	lab_await 20 lab_status lac '.sets[0].mtu == 1400'
	run ip -n "$LAB-lac" -6 route show table 100
	assert_output --regexp 'default dev l2x100 .* mtu lock 1400'
	stream_is server "$ALL_ONCE"
}

@test "programs of a set: the first leg up, the last one down" {
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho "$L2X_SET $L2X_EVENT $L2X_FAMILY $L2X_SET_LEGS" >>%s/ran\n' "$LAB_DIR" >"$LAB_DIR/script"
	chmod 755 "$LAB_DIR/script"
	rm -f "$LAB_DIR/ran"
	sed -i "1i sets: [{name: home, on-up: $LAB_DIR/script, on-down: $LAB_DIR/script}]" "$LAB_DIR/lac.yaml"
	sets_start auto
	"$L2X" restart isp -s "$LAB_DIR/lac.sock"
	sets_whole 2
	lab_kill TERM lac
	run sort "$LAB_DIR/ran"
	assert_output "home down ipv4 0
home down ipv6 0
home up ipv4 1
home up ipv6 1"
}
