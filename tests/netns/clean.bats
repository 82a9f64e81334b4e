#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# How a controller ends: in order it tells its peer and leaves nothing; shot, the next start finds
# its way.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
	lab_capture_wire
	state lac >"$LAB_DIR/lac.before"
	state lns >"$LAB_DIR/lns.before"
}

teardown_file() {
	lab_init
	lab_down
}

# Each test begins with none running.
setup() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
	done
}

teardown() {
	lab_show_logs
}

# What a controller could leave: netdevs, addresses, routes, rules, tc and XDP programs, pins,
# socket.
state() {
	ip -n "$LAB-$1" -o link show | sed -E 's/ (prog\/xdp|xdp[a-z]*|qdisc|master) ?.*//; s/state [A-Z]+.*//'
	ip -n "$LAB-$1" -o address show | grep -v 'scope link' || true
	ip -n "$LAB-$1" route show table all | grep -v 'fe80::\|ff00::'
	ip -n "$LAB-$1" -6 route show table all | grep -v 'fe80::\|ff00::'
	ip -n "$LAB-$1" rule show
	ip -n "$LAB-$1" -6 rule show
	programs "$1"
	ls "/sys/fs/bpf/$LAB-$1" "$LAB_DIR/$1.sock" 2>/dev/null || true
}

# XDP and tc programs on the namespace's cards.
programs() {
	local dev
	ip -n "$LAB-$1" -d link show | grep -o 'prog/xdp' || true
	for dev in $(ip -n "$LAB-$1" -j link show | jq -r '.[].ifname'); do
		tc -n "$LAB-$1" qdisc show dev "$dev" | grep clsact || true
		tc -n "$LAB-$1" filter show dev "$dev" ingress 2>/dev/null || true
		tc -n "$LAB-$1" filter show dev "$dev" egress 2>/dev/null || true
	done
}

nothing_left() {
	local ns
	for ns in lac lns; do
		diff -u "$LAB_DIR/$ns.before" <(state $ns)
	done
}

# sent_stopccn HOST SINCE: has it sent a StopCCN (message type 4) after the first so many control
# messages? tcpdump takes a moment to write.
sent_stopccn() {
	lab_await 5 stopccn_in_capture "$1" "$2"
}

stopccn_in_capture() {
	lab_tshark control -Y "frame.number > $2 && l2tp.avp.message_type == 4 && ip.src == $1" | grep -q .
}

control_messages() {
	lab_tshark control | wc -l
}

@test "a running session has what is looked for below" {
	lab_connect
	run state lac
	assert_output --partial l2x100
	assert_output --partial prog/xdp
	assert_output --partial clsact
	assert_output --partial sessions
	assert_output --partial lac.sock
	# Routes and rules are marked as ours, so that routing daemons can tell.
	run -0 ip -n "$LAB-lac" route show table 100 proto 212
	assert_output --partial default
}

@test "SIGTERM to the LAC: the peer is told, both sides' sessions end, nothing of the LAC is left" {
	local seen
	lab_connect
	seen=$(control_messages)
	lab_kill TERM lac
	diff -u "$LAB_DIR/lac.before" <(state lac)
	lab_await 5 lab_no_session lns
	lab_await 5 lab_status lns '.tunnels | length == 0'
	sent_stopccn 192.0.2.1 "$seen"
}

@test "SIGTERM to the LNS: the LAC is told and dials again" {
	local seen
	lab_connect
	seen=$(control_messages)
	lab_kill TERM lns
	sent_stopccn 192.0.2.2 "$seen"
	lab_await 10 lab_no_session lac
	lab_start lns
	lab_await 15 lab_session lac
	lab_kill TERM lac
	lab_kill TERM lns
	nothing_left
}

@test "SIGINT ends it as well" {
	lab_connect
	lab_kill INT lac
	lab_kill INT lns
	nothing_left
}

@test "after SIGKILL the next start works, and its ending leaves nothing" {
	lab_connect
	lab_kill KILL lac
	lab_kill KILL lns
	lab_connect
	lab_reaches client 10.2.0.2
	lab_kill TERM lac
	lab_kill TERM lns
	nothing_left
}

@test "a session's end takes its routes along" {
	lab_connect
	lab_kill TERM lns
	lab_await 10 lab_no_session lac
	run ip -n "$LAB-lac" route show table 100 proto 212
	assert_output ''
	run ip -n "$LAB-lac" -6 route show table 100 proto 212
	assert_output ''
	lab_kill TERM lac
	nothing_left
}

@test "tshark finds nothing wrong in what was on the wire" {
	lab_decode_clean
}
