#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# l2x capture of a relayed session, at each level of the data path: outside, both halves, held packet by packet against tcpdump
# on the cable to the relay; inside, each packet once.

load ../lib/netns
load ../lib/relay
load ../lib/capture

PINGS=10
EITHER="($CAPTURE_ICMP) or ($CAPTURE_ICMP6)"

# relay.bash's, and the captures.
eval "relay_teardown() $(declare -f teardown | sed 1d)"
teardown() {
	capture_kill_all
	relay_teardown
}

# compares LEVEL NEAR FAR SKIP: by these underlays; what is made up of a packet is not compared.
compares() {
	local caller
	at_level "$1"
	underlays "$2" "$3"
	connect
	carried
	caller=$("$L2X" status --json -s "$LAB_DIR/relay.sock" | jq -er 'first(.sessions[] | select(.relay.onward | not)).name')
	# A ping and its answer, each to the relay and from it.
	lab_capture wire to-relay outside -c $((4 * PINGS)) "$EITHER"
	capture_start relay wrapper session "$caller" --wrapper --count $((4 * PINGS)) "$EITHER"
	capture_start relay content session "$caller" --content --count $((2 * PINGS)) icmp
	capture_start lns inside session wholesale/alice@far --content --count $((2 * PINGS)) icmp
	lab_in lns ping -q -c $PINGS -i 0.02 -W 2 -s 700 10.99.0.2
	lab_await 20 lab_ended outside
	capture_ended wrapper "$((4 * PINGS)) packets captured"
	capture_ended content "$((2 * PINGS)) packets captured"
	capture_ended inside "$((2 * PINGS)) packets captured"
	capture_same outside "$4" wrapper "$4"
	# What the relay passes on, it does not change.
	capture_same inside 0 content 0
	lab_await 5 moved_by "$1" $PINGS
}

@test "XDP, IPv4 to IPv4" {
	compares xdp 4 4 0
}

@test "XDP, IPv4 to IPv6" {
	compares xdp 4 6 0
}

@test "tc, IPv4 to IPv4" {
	compares tc 4 4 0
}

@test "tc, IPv6 to IPv6" {
	compares tc 6 6 0
}

@test "userspace, IPv4 to IPv4" {
	compares user 4 4 28
}
