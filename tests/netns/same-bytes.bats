#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The same packets through each level of the data path come out the same, byte for byte.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
	lab_capture_wire
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 20
}

# packets FILE: its IP packets in hexadecimal, a line each, sorted: a level may let one packet
# overtake another.
packets() {
	tcpdump -n -t -x -r "$1" 2>/dev/null |
		awk '/^\t/ { sub(/^[^:]*:/, ""); gsub(/ /, ""); line = line $0; next }
			{ if (line) print line; line = "" }
			END { print line }' | sort
}

# through LEVEL: the packets from the client as the server gets them in $LAB_DIR/LEVEL-server.txt,
# and the other way round.
through() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_set $ns dataplane "$1"
	done
	lab_connect
	lab_reaches client 10.2.0.2
	lab_reaches client 2001:db8:2::2
	one_way "$1" client server to-lns
	one_way "$1" server client to-lac
}

# Neither what the hosts say of themselves nor what the far end answers is part of it.
one_way() {
	local count filter
	filter='(src host 10.1.0.2 or 10.2.0.2 or 2001:db8:1::2 or 2001:db8:2::2) and not src port 5000
		and not (icmp and icmp[0] != 8) and not (ip6[6] = 58 and ip6[40] != 128)'
	lab_capture "$3" "$4" "$1-$3" -Q in -c 22 "$filter"
	count=$(lab_inject "$2")
	assert_equal "$count" 22
	lab_await 10 lab_ended "$1-$3" || {
		lab_kill TERM "$1-$3"
		tcpdump -nr "$LAB_DIR/$1-$3.pcap"
		return 1
	}
	packets "$LAB_DIR/$1-$3.pcap" >"$LAB_DIR/$1-$3.txt"
	assert_equal "$(wc -l <"$LAB_DIR/$1-$3.txt")" "$count"
}

same() {
	cmp "$LAB_DIR/user-server.txt" "$LAB_DIR/$1-server.txt"
	cmp "$LAB_DIR/user-client.txt" "$LAB_DIR/$1-client.txt"
}

@test "userspace passes every packet on, TTL one less per hop and else unchanged" {
	through user
	# The shortest UDP packet, sent with TTL 64 and identification 1000, after two routers.
	run -0 head -n 1 "$LAB_DIR/user-server.txt"
	run -0 grep -c '^4500001c03e8000' "$LAB_DIR/user-server.txt"
	assert_output 1
	run -0 grep '^4500001c03e8000' "$LAB_DIR/user-server.txt"
	assert_equal "${output:16:4}" 3e11
}

@test "tc gives the same bytes" {
	through tc
	same tc
}

@test "XDP gives the same bytes" {
	through auto
	assert [ "$(lab_packets lac tx xdp)" -ge 15 ]
	assert [ "$(lab_packets lns rx xdp)" -ge 15 ]
	same auto
}

@test "tshark finds nothing wrong in what was on the wire" {
	lab_decode_clean
}
