#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Sets and a real kernel: legs towards xl2tpd and pppd, which know nothing of sets.

load ../lib/vm
load ../lib/sets

setup_file() {
	# Two addresses on the guest's one card.
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_LEGS=2 LAB_NICS=1
	lab_init
	lab_dir
	lab_up_lac
	vm_up_as_lns
	lab_address lac to-lns "$LAB_LAC2/24"
	vm "ip address add $LAB_LNS2/24 dev eth0"
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
	[ ! -e "$LAB_DIR/wire.pid" ] || lab_capture_end wire
	lab_ended lac || lab_kill TERM lac
}

# dial_xl2tpd SETTING: both legs of a set that has it, to xl2tpd, which gives each of them an address of its own.
dial_xl2tpd() {
	lab_config lac
	sed -i "1i sets: [{name: home, $1}]" "$LAB_DIR/lac.yaml"
	# A capture sees nothing of what XDP moves.
	lab_set lac dataplane tc
	vm_files tunnel-secret alice-password
	vm_xl2tpd_lns chap
	vm 'sed -i "s/^ip range.*/ip range = 10.99.0.2-10.99.0.3/" /etc/xl2tpd/xl2tpd.conf'
	vm_restart
	lab_start lac
	lab_await 40 sets_legs lac 2
	# What is behind us, by one of them.
	vm 'ip route replace 10.1.0.0/24 dev ppp0'
	lab_capture lac to-lns wire 'udp port 1701 and udp[8] & 0x80 = 0'
}

# answered COUNT: of so many pings through the set.
answered() {
	lab_in client ping -c "$1" -i 0.05 -W 3 10.99.0.1 | tee "$LAB_DIR/answers" |
		sed -n 's/.* transmitted, \([0-9]*\) received.*/\1/p'
}

# on_wire FILTER: so many packets of the capture.
on_wire() {
	lab_tshark wire -Y "$1" | wc -l
}

# tshark reads all of it, and the packets in it.
wire_is_clean() {
	lab_capture_end wire
	assert_equal "$(on_wire '_ws.malformed || _ws.expert.severity >= 6291456')" 0
	assert [ "$(on_wire 'icmp.type == 8 && ip.dst == 10.99.0.1')" -ge 40 ]
}

# What the peer's kernel has refused: rx-pkts/bytes/errs.
kernel_refused() {
	vm 'cat /proc/net/pppol2tp' | awk -F '[/ ]+' '/^   [0-9]+\/[0-9]+ [0-9]+\// { n += $NF } END { print n + 0 }'
}

@test "two legs of one login, to a peer that knows nothing of sets: two ordinary sessions" {
	dial_xl2tpd 'sequence: plain'
	# Each packet comes on both; the peer drops neither.
	assert_equal "$(answered 30)" 30
	run -0 grep -E '30 received, \+(29|30) duplicates' "$LAB_DIR/answers"
	wire_is_clean
	assert_equal "$(on_wire 'l2tp.seq_bit == 1')" 0
	run -0 lab_iperf client 2 -c 10.99.0.1
	assert_equal "$(kernel_refused)" 0
}

# Linux's receiver takes a few packets to find out where the numbers are.
numbers_are_read() {
	dial_xl2tpd "sequence: $1, any-vendor: true"
	assert [ "$(answered 40)" -ge 30 ]
	assert [ "$(grep -c DUP "$LAB_DIR/answers")" -ge 25 ]
	wire_is_clean
	assert_equal "$(on_wire "icmp.type == 8 && !(l2tp.seq_bit == 1 && l2tp.offset_bit == $2)")" 0
}

@test "numbers of a set, plain: Linux reads them, and tshark" {
	numbers_are_read plain 0
}

@test "numbers of a set, extended: Linux and tshark pass over them" {
	numbers_are_read extended 1
}
