#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Rate limits of a session, in both directions, at each level: what is more is dropped and counted.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	sed -i -E 's/^( *)username: .*/&\n\1speed: 400k/' "$LAB_DIR/lac.yaml"
	sed -i -E 's/^( *)password: .*/&\n\1speed-rx: 200k/' "$LAB_DIR/lns.yaml"
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 20
}

at_level() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_set $ns dataplane "$1"
		lab_set $ns log-level info
	done
	lab_connect
	lab_reaches client 10.2.0.2
}

# moved NAMESPACE rx|tx packets|bytes: at all levels
moved() {
	lab_status "$1" "[.sessions[0].$2[] | .$3] | add"
}

dropped() {
	lab_status "$1" '.sessions[0].drops.rate // 0'
}

# limited LEVEL: 300 packets of 1028 bytes as fast as they go, all accounted for.
limited() {
	local from elapsed sent tx rx tx_drops rx_drops tx_bytes rx_bytes
	at_level "$1"
	sleep 0.3 # what the first packets took is paid back
	sent=$(moved lac tx packets) tx=$sent tx_drops=$(dropped lac) tx_bytes=$(moved lac tx bytes)
	rx=$(moved lns rx packets) rx_drops=$(dropped lns) rx_bytes=$(moved lns rx bytes)
	from=${EPOCHREALTIME/./}
	lab_in client ping -q -f -c 300 -s 1000 -W 1 10.2.0.2 >/dev/null || true
	lab_await 10 all_seen
	elapsed=$((${EPOCHREALTIME/./} - from))
	tx=$(($(moved lac tx packets) - tx)) rx=$(($(moved lns rx packets) - rx))
	tx_bytes=$(($(moved lac tx bytes) - tx_bytes)) rx_bytes=$(($(moved lns rx bytes) - rx_bytes))
	tx_drops=$(($(dropped lac) - tx_drops)) rx_drops=$(($(dropped lns) - rx_drops))
	echo "in $elapsed us: tx $tx of $tx_bytes bytes, $tx_drops dropped; rx $rx of $rx_bytes, $rx_drops dropped"
	[ $((tx + tx_drops)) = 300 ] && [ $((rx + rx_drops)) = "$tx" ] || return 1
	[ "$tx_drops" -gt 0 ] && [ "$rx_drops" -gt 0 ] && [ "$rx" -gt 5 ] || return 1
	# Bits are those of the time, of the burst, and of the packet that took the last of it.
	[ $((tx_bytes * 8)) -le $(((elapsed + 100000) * 4 / 10 + 1028 * 8)) ] &&
		[ $((rx_bytes * 8)) -le $(((elapsed + 100000) * 2 / 10 + 1028 * 8)) ]
}

# Packets are on their way no more.
all_seen() {
	local now
	now=$(moved lns rx packets)
	sleep 0.2
	[ "$(moved lns rx packets)" = "$now" ]
}

@test "userspace keeps to the speed" {
	limited user
}

@test "tc keeps to the speed" {
	limited tc
}

@test "XDP keeps to the speed" {
	limited auto
	assert [ "$(lab_packets lac tx xdp)" -gt 5 ]
	assert [ "$(lab_packets lns rx xdp)" -gt 5 ]
}
