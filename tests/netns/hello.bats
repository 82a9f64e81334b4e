#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Peers that fall silent, die, and come back.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
	lab_add lac hello-interval "retransmit-tries: 4"
	lab_capture_wire
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs
}

# connect HELLO ECHO: anew, with these intervals at the LAC; the LNS has none of its own.
connect() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_set $ns lcp-echo-failures 3
		lab_set $ns hello-interval 0
		lab_set $ns lcp-echo-interval 0
	done
	lab_set lac hello-interval "$1"
	lab_set lac lcp-echo-interval "$2"
	lab_connect
}

@test "HELLO: sent when it is quiet, answered, and the tunnel stays" {
	connect 1 0
	lab_await 10 hellos 3
	lab_session lac
}

# hellos N: so many HELLO messages (RFC 2661 6.5: message type 6) have gone over the wire.
hellos() {
	[ "$(lab_tshark control -Y 'l2tp.avp.message_type == 6' | wc -l)" -ge "$1" ]
}

@test "HELLO: a frozen peer is noticed, and dialled again once it thaws" {
	connect 1 0
	kill -STOP "$(lab_pid lns)"
	# Retransmission backs off 1, 2, 4, 8, 8 s (RFC 2661 5.8): after 23 s the peer counts as dead.
	lab_await 60 lab_no_session lac
	kill -CONT "$(lab_pid lns)"
	lab_await 30 lab_session lac
	lab_reaches client 10.2.0.2
}

@test "LCP echo: a frozen peer is noticed within the configured number of echoes" {
	connect 0 1
	kill -STOP "$(lab_pid lns)"
	lab_await 10 lab_no_session lac
	lab_said lac 'echo'
	kill -CONT "$(lab_pid lns)"
	lab_await 60 lab_session lac
}

@test "a peer that is killed and comes back: the session does too" {
	connect 2 1
	lab_kill KILL lns
	lab_await 60 lab_no_session lac
	lab_start lns
	lab_await 60 lab_session lac
	lab_session lns
	lab_reaches client 10.2.0.2
	lab_reaches client 2001:db8:2::2
}

@test "a dialler that is killed and comes back gets its session though the old one still stands" {
	connect 60 0
	lab_kill KILL lac
	lab_start lac
	lab_await 30 lab_session lac
	lab_reaches client 10.2.0.2
}

@test "a cable that is pulled and put back" {
	connect 1 1
	ip -n "$LAB-wire" link set to-lns down
	lab_await 30 lab_no_session lac
	ip -n "$LAB-wire" link set to-lns up
	lab_await 60 lab_session lac
	lab_reaches client 10.2.0.2
}

@test "tshark finds nothing wrong in what was on the wire" {
	lab_decode_clean
}
