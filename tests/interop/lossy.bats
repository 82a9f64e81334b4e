#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A control channel that loses 30 % each way, doubles and reorders, to xl2tpd as LNS: it always gets there in the end.

load ../lib/vm

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_init
	lab_dir
	lab_up_lac
	vm_up_as_lns
	lab_capture_wire lac to-lns
	lab_config lac
	vm_files tunnel-secret alice-password
	vm_xl2tpd_lns chap
	vm_restart
	vm_bad_line
}

teardown_file() {
	lab_init
	vm_down
	lab_down
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || {
		lab_show_logs
		vm_show_log
	}
}

tunnel_id() {
	lab_status lac '.tunnels[0].tunnel_id'
}

# another_than ID: a session, in another tunnel than that.
another_than() {
	lab_session lac && [ "$(tunnel_id)" != "$1" ]
}

@test "the session comes up, and again and again" {
	local was
	# A set-up that fails begins again at once.
	lab_set lac retry-max 1
	lab_start lac
	lab_await 90 lab_session lac
	for _ in 1 2 3 4; do
		was=$(tunnel_id)
		"$L2X" restart -s "$LAB_DIR/lac.sock" isp
		lab_await 90 another_than "$was"
	done
	assert [ "$(vm_line_dropped)" -ge 10 ]
	lab_ping lac 10.99.0.1 56
}

# hellos N: so many were sent, by us.
hellos() {
	[ "$(lab_tshark control -Y 'l2tp.avp.message_type == 6 && ip.src == 192.0.2.1' -T fields -e l2tp.Ns | sort -u | wc -l)" -ge "$1" ]
}

@test "HELLOs come through, late, and a session is there after them" {
	lab_kill TERM lac
	lab_set lac hello-interval 1
	lab_start lac
	lab_await 90 lab_session lac
	lab_await 120 hellos 10
	lab_await 90 lab_session lac
	lab_ping lac 10.99.0.1 56
}
