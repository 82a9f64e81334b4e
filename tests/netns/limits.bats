#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What peers may use up, as the status counts it, and what is said of strangers; and how long a peer that says nothing is
# asked. The strangers are forged.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
	lab_address lac to-lns 192.0.2.3/24
	lab_capture_wire
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || lab_show_logs
}

# lns LIMIT: the LNS anew, with this one. An orderly end would wait for what strangers say to it.
lns() {
	lab_ended lac || lab_kill TERM lac
	lab_ended lns || lab_kill KILL lns
	lab_config lns
	[ -z "$1" ] || echo "limits: {$1}" >>"$LAB_DIR/lns.yaml"
	lab_start lns
}

# sccrq ADDRESS ID HOST-NAME: from port 4000.
sccrq() {
	local name avps
	name=$(printf %s "$3" | od -An -tx1 | tr -d ' \n')
	avps=80080000000000018008000000020100800a0000000300000003$(printf '80%02x00000007' $((6 + ${#3})))$name
	avps=$avps$(printf '800800000009%04x' "$2")
	lab_in lac "$LAB_ROOT/build/tests/lib/udp_as" "$1" 4000 192.0.2.2 1701 \
		"$(printf 'c802%04x0000000000000000' $((12 + ${#avps} / 2)))$avps"
}

# rejected LIMIT LEAST
rejected() {
	[ "$("$L2X" status --json -s "$LAB_DIR/lns.sock" | jq ".rejected[\"$1\"]")" -ge "$2" ]
}

lines() {
	grep -acE -- "$1" "$LAB_DIR/lns.log" || true
}

@test "attempts-per-second: counted, in both forms of the status" {
	local i
	lns 'attempts-per-second: 1'
	rejected attempts-per-second 0
	for i in {1..30}; do
		sccrq 192.0.2.1 "$i" stranger
	done
	lab_await 10 rejected attempts-per-second 1
	run -0 "$L2X" status -s "$LAB_DIR/lns.sock"
	assert_line --regexp '^LIMIT +REJECTED$'
	assert_line --regexp '^attempts-per-second +[1-9]'
}

@test "half-open: counted, and nothing is known of what is beyond" {
	local i
	lns 'half-open: 2'
	for i in 1 2 3 4 5; do
		sccrq 192.0.2.1 "$i" lab-lac
	done
	lab_await 10 rejected half-open 3
	assert_equal "$(lab_status lns '.tunnels | length')" 2
}

@test "tunnels-per-peer: counted, and the tunnel that there is stays" {
	lns 'tunnels-per-peer: 1'
	lab_start lac
	lab_await 20 lab_session lns
	sccrq 192.0.2.1 1 lab-lac
	lab_await 10 rejected tunnels-per-peer 1
	sccrq 192.0.2.3 1 lab-lac
	lab_await 10 lab_said lns 'asked for by 192.0.2.3'
	lab_session lns
}

@test "strangers: each gets his StopCCN, but the log one line a minute for a source" {
	local i
	lns ''
	for i in {1..20}; do
		sccrq 192.0.2.1 "$i" stranger
	done
	sccrq 192.0.2.3 1 other
	lab_await 10 lab_said lns 'from 192.0.2.3:4000, host name "other", refused: no incoming entry'
	lab_await 10 lab_said lns '19 more were refused meanwhile'
	assert_equal "$(lines 'from 192.0.2.1:4000, .*refused')" 1
	assert [ "$(lines 'send StopCCN')" -ge 21 ]
}

# asked TIMES: the same SCCRQ was sent so often, and the tunnel given up.
asked() {
	lab_said lac 'does not answer' &&
		[ "$(lab_tshark control -Y 'l2tp.avp.message_type == 1 && udp.srcport == 1701 && ip.src == 192.0.2.1' \
			-T fields -e l2tp.avp.assigned_tunnel_id | tail -n +"$2" |
			awk 'NR == 1 { id = $1 } $1 == id { n++ } END { print n + 0 }')" = "$1" ]
}

@test "retransmit-timeout and retransmit-tries: a server that is not there is given up as they say" {
	local before
	lab_ended lac || lab_kill TERM lac
	lab_kill KILL lns
	lab_config lac
	sed -i 's|^\( *\)username:|\1retransmit-timeout: 100\n\1retransmit-tries: 3\n&|' "$LAB_DIR/lac.yaml"
	lab_set lac retry-max 60
	before=$(lab_tshark control -Y 'l2tp.avp.message_type == 1 && ip.src == 192.0.2.1 && udp.srcport == 1701' | wc -l)
	lab_start lac
	lab_await 20 asked 4 $((before + 1))
}
