#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The life of an outgoing connection: taken down and up by command.

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
