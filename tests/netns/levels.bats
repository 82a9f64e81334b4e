#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A level that cannot be had: the next one takes over, which is said once, and the status shows it.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
}

teardown_file() {
	lab_init
	rm -f "/sys/fs/bpf/$LAB-other"
	lab_down
}

# Each test begins with none running and the lab's own configuration.
setup() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_config $ns
		lab_set $ns log-level info
	done
}

teardown() {
	lab_show_logs
}

# interface NAME FILTER: of the LAC's status.
interface() {
	lab_status lac ".interfaces[] | select(.name == \"$1\") | $2"
}

# said_once PATTERN: in the LAC's log.
said_once() {
	assert_equal "$(grep -acE -- "$1" "$LAB_DIR/lac.log")" 1
}

# carries RX TX: the levels at which the LAC moves packets from and into the tunnel, and no other one.
carries() {
	local rx tx other
	lab_reaches client 10.2.0.2
	lab_reaches client 2001:db8:2::2
	rx=$(lab_packets lac rx "$1") tx=$(lab_packets lac tx "$2")
	other=$(others "$1" "$2")
	lab_ping client 10.2.0.2 1000
	lab_ping client 2001:db8:2::2 1000
	[ "$(lab_packets lac rx "$1")" -ge $((rx + 10)) ]
	[ "$(lab_packets lac tx "$2")" -ge $((tx + 10)) ]
	assert_equal "$(others "$1" "$2")" "$other"
}

others() {
	lab_status lac "[.sessions[] | (.rx | del(.$1)), (.tx | del(.$2)) | .[].packets] | add | tostring"
}

# other_program FLAVOUR DEVICE: an XDP program that is not this controller's, on a NIC of the LAC:
# the one of the LNS, which takes nothing that is for others.
other_program() {
	local id
	id=$(bpftool -j prog show name l2x_xdp | jq -r '[.] | flatten | .[0].id')
	bpftool prog pin id "$id" "/sys/fs/bpf/$LAB-other" &&
		nsenter --net="/run/netns/$LAB-lac" -- bpftool net attach "$1" pinned "/sys/fs/bpf/$LAB-other" dev "$2"
}

without_other_program() {
	nsenter --net="/run/netns/$LAB-lac" -- bpftool net detach "$1" dev "$2" || true
	rm -f "/sys/fs/bpf/$LAB-other"
}

@test "another XDP program on a NIC: tc takes over there, and the program stays" {
	lab_start lns
	other_program xdpdrv to-client
	lab_start lac
	lab_await 20 lab_session lac
	interface to-client '(.xdp | not) and .tc and (.note | test("native XDP: .*busy"))'
	interface to-lns '.xdp and .tc and .note == ""'
	said_once 'to-client: cannot use native XDP: .*busy'
	run "$L2X" status -s "$LAB_DIR/lac.sock"
	assert_line --regexp '^to-client +xdp +tc, user +no native XDP: .*busy'
	# XDP takes nothing from that NIC, and sends nothing by it.
	carries tc tc
	lab_kill TERM lac
	run ip -n "$LAB-lac" -d link show to-client
	assert_output --partial 'prog/xdp'
	without_other_program xdpdrv to-client
	# It is free now: XDP, from the next start on.
	lab_start lac
	lab_await 20 lab_session lac
	interface to-client '.xdp and .tc and .note == ""'
	carries xdp xdp
}

@test "another XDP program that is generic: tc takes over there, too" {
	lab_start lns
	other_program xdpgeneric to-client
	lab_start lac
	lab_await 20 lab_session lac
	interface to-client '(.xdp | not) and .tc and (.note | test("native XDP"))'
	said_once 'to-client: cannot use native XDP'
	carries tc tc
	lab_kill TERM lac
	run ip -n "$LAB-lac" -d link show to-client
	assert_output --partial 'prog/xdp'
	without_other_program xdpgeneric to-client
}

# Also what a kernel does that lacks what the programs need: it refuses to load them.
@test "no BPF at all: userspace takes over, said once" {
	cat >"$LAB_DIR/l2x" <<-EOF
		#!/bin/sh
		exec setpriv --bounding-set=-bpf,-sys_admin,-perfmon "$L2X" "\$@"
	EOF
	chmod 755 "$LAB_DIR/l2x"
	lab_start lns
	L2X=$LAB_DIR/l2x lab_start lac
	lab_await 20 lab_session lac
	said_once 'no BPF \(.*\): packets go through userspace, slowly'
	interface to-client '(.xdp or .tc | not) and .note == "userspace only"'
	run "$L2X" status -s "$LAB_DIR/lac.sock"
	assert_line --regexp '^to-lns +xdp +user +userspace only'
	carries user user
}

@test "no BPF where it is demanded: an error, and an end" {
	cat >"$LAB_DIR/l2x" <<-EOF
		#!/bin/sh
		exec setpriv --bounding-set=-bpf,-sys_admin,-perfmon "$L2X" "\$@"
	EOF
	chmod 755 "$LAB_DIR/l2x"
	lab_set lac dataplane tc
	L2X=$LAB_DIR/l2x run lab_start lac
	assert_failure
	said_once 'cannot use BPF'
}
