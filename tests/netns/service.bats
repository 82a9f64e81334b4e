#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a controller tells the service manager that has started it, and with which capabilities the unit lets it run.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	lab_spawn lns manager "$LAB_ROOT/build/tests/lib/notified" "$LAB_DIR/notify"
	lab_await 10 grep -q listening "$LAB_DIR/manager.log"
	NOTIFY_SOCKET=$LAB_DIR/notify WATCHDOG_USEC=600000 L2X=$(as_the_unit_lets_it) lab_start lns
	lab_start lac
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 20
	[ ! -e "$LAB_DIR/manager.log" ] || tail -n 5 "$LAB_DIR/manager.log"
}

# A program in l2x' place, without the capabilities that are not in the unit's bounding set.
as_the_unit_lets_it() {
	local keep drop
	keep=$(sed -n 's/^CapabilityBoundingSet=//p' "$LAB_ROOT/scripts/l2x.service" | tr 'A-Z ' 'a-z\n')
	drop=$(capsh --print | sed -n 's/^Bounding set *=//p' | tr , '\n' | grep -vxF "$keep" | paste -sd,)
	cat >"$LAB_DIR/l2x" <<-EOF
		#!/bin/bash
		exec capsh --drop=$drop --no-new-privs -- -c 'exec "\$0" "\$@"' "$L2X" "\$@"
	EOF
	chmod +x "$LAB_DIR/l2x"
	echo "$LAB_DIR/l2x"
}

told() {
	grep -qx "$1" "$LAB_DIR/manager.log"
}

fed() {
	[ "$(grep -cx 'WATCHDOG=1' "$LAB_DIR/manager.log")" -ge "$1" ]
}

@test "READY once it runs, and the watchdog is fed" {
	lab_await 20 told 'READY=1'
	lab_await 20 fed 3
}

@test "these capabilities are enough for a session with traffic" {
	run grep -E '^Cap(Bnd|Eff)' "/proc/$(lab_pid lns)/status"
	refute_output --partial 'ffffffff'
	# CAP_SYS_ADMIN is bit 21.
	run awk '/^CapBnd/ { print $2 }' "/proc/$(lab_pid lns)/status"
	assert [ $((0x$output >> 21 & 1)) = 0 ]
	lab_await 30 lab_session lac
	lab_session lns
	lab_reaches client 10.2.0.2
	lab_await 20 lab_moved_any
}

lab_moved_any() {
	[ "$(lab_packets lns rx tc)" -gt 0 ] || [ "$(lab_packets lns rx xdp)" -gt 0 ]
}

@test "STATUS tells of tunnels and sessions" {
	lab_await 40 told 'STATUS=1 tunnel up, 1 session'
}

@test "RELOADING and READY again, around a reload" {
	"$L2X" reload -s "$LAB_DIR/lns.sock"
	lab_await 10 told 'RELOADING=1'
	lab_await 10 told 'MONOTONIC_USEC=[0-9]*'
	# In this order, and the watchdog goes on.
	run -0 awk '/^RELOADING=1/ { seen = 1 } /^READY=1/ && seen { found = 1 } END { exit !found }' "$LAB_DIR/manager.log"
	run -0 grep -cx 'WATCHDOG=1' "$LAB_DIR/manager.log"
	lab_await 20 fed $((output + 2))
	lab_session lns
}

@test "STOPPING at its end, which is in order" {
	lab_kill TERM lns
	told 'STOPPING=1'
	lab_said lns 'ended$'
}

@test "NOTIFY_SOCKET of an unknown kind is said and does no harm" {
	NOTIFY_SOCKET=vsock:2:1234 lab_start lns
	lab_said lns 'NOTIFY_SOCKET vsock:2:1234'
	lab_await 60 lab_session lac
}
