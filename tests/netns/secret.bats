#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Wrong secrets, passwords and names: no session, and both logs say why without saying the secret.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
	lab_capture_wire
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

# refused LAC-SAYS LNS-SAYS: the LAC gets no session, both say why.
refused() {
	: >"$LAB_DIR/lns.log"
	lab_start lac
	lab_await 15 lab_said lac "$1"
	lab_await 15 lab_said lns "$2"
	lab_no_session lac
	lab_no_session lns
	run ! grep -E 'wrong-secret|tunnel-secret|alice-password|wrong-password' "$LAB_DIR/lac.log" "$LAB_DIR/lns.log"
}

@test "the right ones, to begin with" {
	lab_start lac
	lab_await 15 lab_session lac
	lab_await 15 lab_session lns
	run ! grep -E 'tunnel-secret|alice-password' "$LAB_DIR/lac.log" "$LAB_DIR/lns.log"
}

@test "a wrong tunnel secret" {
	lab_set lac secret wrong-secret
	refused 'secret|challenge|authenti|not authori' 'secret|challenge|authenti'
}

@test "a wrong password" {
	lab_set lac password wrong-password
	refused 'password|authenti|refused|login' 'password|authenti|login'
}

@test "a user that is not known" {
	lab_set lac username mallory
	refused 'password|authenti|refused|login' 'mallory'
}

@test "a hostname that no incoming tunnel has" {
	lab_set lac hostname stranger
	refused 'ended by the peer: not authorised \(result 4' 'stranger'
}

@test "after all of them the right ones still work" {
	lab_start lac
	lab_await 15 lab_session lac
}

@test "tshark finds nothing wrong in what was on the wire" {
	lab_decode_clean
}
