#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Numbered data packets (RFC 2661 5.4): without Sequencing Required the LNS decides, and the LAC follows. Our LNS numbers
# nothing of its own accord, so some of its packets are forged here.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
	lab_capture_wire
	lab_connect
	lab_reaches client 10.2.0.2
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || lab_show_logs
}

# number lac|lns NUMBER|'': an LCP Discard-Request to this one as from the other, with or without a number.
number() {
	lab_forge "$1" c0210b01000800000000 "$2"
}

# sequenced lac|lns true|false
sequenced() {
	[ "$("$L2X" status --json -s "$LAB_DIR/$1.sock" | jq '.sessions[0].sequenced')" = "$2" ]
}

# follows: the LAC numbers what it sends, after a packet of the LNS's with the next number. What the LNS sends of its
# own accord, without one, may come right behind it and end that: then the caller tries again.
follows() {
	NEXT=$((NEXT + 1))
	number lac "$NEXT"
	lab_await 1 sequenced lac true
}

follows_with_a_ping() {
	follows && lab_in client ping -q -c 1 -W 2 10.2.0.2 && numbered_ping
}

# late lac|lns COUNT
late() {
	[ "$("$L2X" status --json -s "$LAB_DIR/$1.sock" | jq '.sessions[0].drops.late // 0')" = "$2" ]
}

# numbered_ping: on the wire, a ping of the client's in a numbered packet.
numbered_ping() {
	lab_tshark data -Y "l2tp.Ns && icmp.type == 8 && ip.src == $LAB_LAC" | grep -q .
}

@test "nobody numbers: neither do we" {
	sequenced lac false
	sequenced lns false
}

@test "the LNS numbers a packet: so does the LAC, until the LNS sends one without" {
	run ! numbered_ping
	NEXT=0
	lab_await 20 follows_with_a_ping
	# The answer came without.
	lab_await 10 sequenced lac false
	assert [ "$(lab_status lac '.sessions[0].tx.user.packets')" -ge 1 ]
	lab_ping client 10.2.0.2 1432
}

@test "the same number again is dropped and counted; the next is not" {
	NEXT=1000
	number lac 1000
	number lac ''
	lab_await 10 sequenced lac false
	number lac 1000
	lab_await 10 late lac 1
	number lac 999
	lab_await 10 late lac 2
	sequenced lac false
	lab_await 10 follows
	late lac 2
	number lac ''
	lab_await 10 sequenced lac false
}

@test "an LNS does not follow its LAC, but drops what is late" {
	number lns 7
	number lns 7
	lab_await 10 late lns 1
	sequenced lns false
}

@test "tshark finds nothing wrong in what was on the wire" {
	lab_decode_clean
}
