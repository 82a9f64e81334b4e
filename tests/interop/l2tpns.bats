#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# L2TP tunnel switching with Debian's l2tpns as the next LNS, and its RADIUS server in tests/lib. l2tpns is one process in
# userspace, so a namespace will do. It has its files in /etc/l2tpns, which is a directory of ours for it.

load ../lib/netns
load ../lib/relay

setup_file() {
	relay_lab
	ip -n "$LAB-lns" address add 10.99.0.1/32 dev lo
	mkdir "$LAB_DIR/etc"
	echo 10.99.0.0/29 >"$LAB_DIR/etc/ip_pool"
	: >"$LAB_DIR/etc/users"
	# The times are tenths of a second: it waits for another member of its cluster before it serves.
	cat >"$LAB_DIR/etc/startup-config" <<-EOF
		set debug 3
		set pid_file "$LAB_DIR/l2tpns-itself.pid"
		set hostname "lab-l2tpns"
		set l2tp_secret "relay-secret"
		set bind_address 192.0.2.3
		set peer_address 10.99.0.1
		set primary_radius 127.0.0.1
		set radius_secret "radius-secret"
		set radius_authtypes "chap pap"
		set cli_bind_address 127.0.0.1
		set cluster_interface "eth0"
		set cluster_hb_interval 1
		set cluster_hb_timeout 15
	EOF
	lab_spawn lns radius python3 "$LAB_ROOT/tests/lib/radius.py" radius-secret alice@far alice-password 10.99.0.2
	lab_await 20 grep -q ready "$LAB_DIR/radius.log"
	# shellcheck disable=SC2016
	lab_spawn lns l2tpns unshare -m sh -c 'mount --bind "$0" /etc/l2tpns && exec l2tpns' "$LAB_DIR/etc"
	lab_await 60 grep -q 'declaring myself the master' "$LAB_DIR/l2tpns.log"
}

teardown() {
	local h
	for h in lac relay radius l2tpns; do
		echo "--- log of $h"
		grep -av 'command status' "$LAB_DIR/$h.log" 2>/dev/null | tail -n 40
	done
	for h in lac relay; do
		if lab_runs "$h"; then
			lab_kill TERM "$h"
		fi
		rm -f "$LAB_DIR/$h.log" "$LAB_DIR/$h.pid"
	done
}

# through METHOD [LEVEL]: alice by CHAP or PAP, with packets of all sizes, at this level of the relay.
through() {
	local size
	lab_set relay server 192.0.2.3
	lab_set relay authentication "[$1]"
	lab_set lac authentication "[$1]"
	[ "${2:-xdp}" = xdp ] || at_level "$2"
	lab_start relay && lab_start lac
	lab_await 30 up lac
	lab_await 10 relayed
	lab_await 10 lab_in lac ping -q -c 1 -W 1 -I 10.99.0.2 10.99.0.1
	for size in 1 56 463 1372; do
		run -0 lab_in lac ping -q -c 5 -i 0.02 -W 2 -s $size -I 10.99.0.2 10.99.0.1
		assert_output --partial ' 0% packet loss'
	done
	lab_await 5 moved_by "${2:-xdp}" 20
}

asked() {
	grep -qx "$1" "$LAB_DIR/radius.log"
}

@test "CHAP, a rule that needs no login; data by XDP" {
	through chap
	asked 'CHAP alice@far accepted'
	lab_status relay '.tunnels[] | select(.role == "relay") | .peer_hostname == "lab-l2tpns"'
}

@test "CHAP, a rule that needs the login; data by tc" {
	by_login
	through chap tc
}

@test "PAP, a rule that needs the login; the LAC ends the call, and the next one is carried too" {
	by_login
	through pap
	asked 'PAP alice@far accepted'
	"$L2X" down -s "$LAB_DIR/lac.sock" isp
	lab_await 10 no_call relay
	"$L2X" up -s "$LAB_DIR/lac.sock" isp
	lab_await 30 up lac
	lab_await 10 lab_in lac ping -q -c 1 -W 1 -I 10.99.0.2 10.99.0.1
}

@test "a login that RADIUS refuses: its end reaches the LAC" {
	by_login
	lab_set relay server 192.0.2.3
	lab_set lac password guessed
	lab_start relay && lab_start lac
	lab_await 30 lab_said relay '>far: session ended.*ended by the peer.*\(result 3'
	lab_await 10 lab_said lac 'session ended.*ended by the peer \(result 3'
	asked 'CHAP alice@far rejected'
}
