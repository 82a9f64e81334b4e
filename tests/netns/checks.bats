#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# check-peer and check-source: real traffic that is not from the peer, or not from behind it, at each
# level, dropped and counted, and let through where the configuration says so.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
	lab_address client to-lac 10.66.0.2/32
	# Answers to it, when it is let through.
	ip -n "$LAB-lns" route add 10.66.0.0/24 via 10.2.0.2
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_in wire nft flush ruleset
	lab_show_logs 20
}

# at_level xdp|tc|user [KEY]: with KEY false at the LNS.
at_level() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_config $ns
		lab_set $ns log-level info
		case $1 in
		tc) lab_set $ns forward kernel ;;
		user) lab_set $ns dataplane user ;;
		esac
	done
	[ -z "${2-}" ] || sed -i "/^    mtu:/a\\    $2: false" "$LAB_DIR/lns.yaml"
	lab_connect
	lab_reaches client 10.2.0.2
	lab_await 20 moves "$1"
}

moves() {
	local before
	before=$(lab_level_counts "$1")
	lab_in client ping -q -c 5 -i 0.02 -W 1 10.2.0.2 && lab_moved "$1" 5 "$before"
}

drops() {
	lab_status lns ".sessions[0].drops[\"$1\"] // 0"
}

received() {
	lab_status lns ".sessions[0].rx.$1.packets"
}

from_elsewhere() {
	lab_in client ping -q -c 7 -i 0.02 -W 0.2 -I 10.66.0.2 10.2.0.2 >/dev/null
}

# source LEVEL
source_check() {
	local before
	at_level "$1"
	before=$(received "$1")
	run ! from_elsewhere
	assert_equal "$(drops bad-source)" 7
	assert_equal "$(received "$1")" "$before"
	# Those from behind it pass as ever.
	moves "$1"
	at_level "$1" check-source
	before=$(received "$1")
	run from_elsewhere
	assert_equal "$(drops bad-source)" 0
	[ "$(received "$1")" -ge $((before + 7)) ]
}

# On the wire, data of the LAC gets another source port: as from somebody else who knows the ids.
other_peer() {
	lab_in wire nft -f - <<-EOF
		table bridge swap {
			chain c {
				type filter hook forward priority 0
				iifname to-lac ether type ip udp dport 1701 @th,64,1 0 udp sport set 1702
			}
		}
	EOF
}

peer_check() {
	local before
	at_level "$1"
	other_peer
	before=$(received "$1")
	run ! lab_in client ping -q -c 7 -i 0.02 -W 0.2 10.2.0.2
	# PPP control frames count too.
	[ "$(drops bad-peer)" -ge 7 ]
	assert_equal "$(received "$1")" "$before"
	lab_in wire nft flush ruleset
	moves "$1"
	at_level "$1" check-peer
	other_peer
	before=$(received "$1")
	lab_in client ping -q -c 7 -i 0.02 -W 1 10.2.0.2
	assert_equal "$(drops bad-peer)" 0
	[ "$(received "$1")" -ge $((before + 7)) ]
}

@test "XDP: sources" {
	source_check xdp
}

@test "tc: sources" {
	source_check tc
}

@test "userspace: sources" {
	source_check user
}

@test "XDP: peers" {
	peer_check xdp
}

@test "tc: peers" {
	peer_check tc
}

@test "userspace: peers" {
	peer_check user
}
