#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# TCP connections through the tunnel announce segments that fit, in both directions, at each level.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	lab_iperf_server server
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
	done
	lab_connect
	lab_reaches client 10.2.0.2
	lab_reaches client 2001:db8:2::2
}

# announced ADDRESS: "MSS in the SYN as the server gets it, MSS in its answer as the client gets it".
announced() {
	local filter='(tcp[13] & 2 != 0 or (ip6[6] = 6 and ip6[53] & 2 != 0)) and port 5201' name
	lab_capture server to-lns syn -Q in -c 1 "$filter" || return 1
	lab_capture client to-lac synack -Q in -c 1 "$filter" || return 1
	# shellcheck disable=SC2016
	lab_in client timeout 10 bash -c 'exec 3<>"/dev/tcp/$0/5201"' "$1" || return 1
	for name in syn synack; do
		lab_await 10 lab_ended $name || return 1
		tcpdump -nvr "$LAB_DIR/$name.pcap" 2>/dev/null | grep -oE 'cksum [^,]*|mss [0-9]+' | tr '\n' ' '
	done
}

# good MSS: both, and the checksums are right.
good() {
	assert_output --regexp "^cksum 0x[0-9a-f]+ \(correct\) mss $1 cksum 0x[0-9a-f]+ \(correct\) mss $1 \$"
}

all() {
	at_level "$1"
	run -0 announced 10.2.0.2
	good 1420
	run -0 announced 2001:db8:2::2
	good 1400
}

@test "userspace lowers the MSS" {
	all user
}

@test "tc lowers the MSS" {
	all tc
}

@test "XDP lowers the MSS" {
	all auto
}

@test "not when told so at both ends" {
	local ns
	for ns in lac lns; do
		sed -i -E 's/^( *)mtu: .*/&\n\1tcp-mss-fix: false/' "$LAB_DIR/$ns.yaml"
	done
	at_level auto
	run -0 announced 10.2.0.2
	good 1460
	run -0 announced 2001:db8:2::2
	good 1440
}
