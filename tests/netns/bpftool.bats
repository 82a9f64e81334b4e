#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The pinned maps read like tables with bpftool, and `l2x attach` and `detach` change what an
# interface runs.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	lab_connect
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 20
}

# map NAMESPACE NAME FILTER: of its entries, by their BTF names.
map() {
	bpftool -j map dump pinned "/sys/fs/bpf/$LAB-$1/$2" | jq -er "[.[] | .formatted // .] | $3"
}

# session NAMESPACE FILTER: of its session, in the slot that `sessions` names.
session() {
	local slot
	slot=$(map "$1" sessions '.[0].value')
	map "$1" slots "(.[] | select(.key == $slot)).value | $2"
}

@test "sessions: ids, MTU and underlay by name" {
	run -0 session lac '[.key.tunnel_id, .key.session_id, .peer_tunnel_id, .peer_session_id, .mtu] | map(tostring) | join(" ")'
	assert_output "$(lab_status lac '[.tunnels[0].tunnel_id, .sessions[0].session_id, .tunnels[0].peer_tunnel_id,
		.sessions[0].peer_session_id, .sessions[0].mtu] | map(tostring) | join(" ")')"
	run -0 session lac '.underlay'
	run -0 map lac underlays ".[$output].value.peer[0:4] | map(tostring) | join(\" \")"
	assert_output --regexp '^(192 0 2 2|0xc0 0x0+ 0x0?2 0x0?2)$'
}

@test "routes4 and routes6: the prefixes of the session" {
	# The key's length counts the 32 bits of the netdev too: 0.0.0.0/0 is 32, a /24 is 56, a /64
	# is 96.
	run -0 map lac routes4 'map(.key.prefixlen) | sort | map(tostring) | join(" ")'
	assert_output --partial 32
	run -0 map lns routes4 'map(.key.prefixlen) | sort | map(tostring) | join(" ")'
	assert_output '56 64'
	run -0 map lns routes6 'map(.key.prefixlen) | map(tostring) | join(" ")'
	assert_output --partial 96
	assert_equal "$(map lns routes4 '.[0].value.session.session_id')" "$(lab_status lns '.sessions[0].session_id')"
}

# lookup NAMESPACE MAP INDEX
lookup() {
	bpftool -j map lookup pinned "/sys/fs/bpf/$LAB-$1/$2" key \
		$(($3 & 255)) $(($3 >> 8 & 255)) $(($3 >> 16 & 255)) $(($3 >> 24))
}

@test "counters and known_sessions: what status shows" {
	lab_in client ping -q -c 5 -i 0.05 -W 2 10.2.0.2
	run -0 session lns '.stats_index'
	local index=$output elsewhere
	run -0 jq -er '[(.formatted // .).values[].value.rx[].packets] | add' <<<"$(lookup lns counters "$index")"
	elsewhere=$output
	run -0 map lns known_sessions "[.[].value | select(.generation != 0 and .session.stats_index == $index).moved.rx.packets] | add"
	assert_equal $((elsewhere + output)) "$(lab_status lns '[.sessions[0].rx[].packets] | add')"
	assert [ "$(lab_status lns '[.sessions[0].rx[].packets] | add')" -ge 5 ]
}

@test "detach and attach an interface" {
	"$L2X" detach -s "$LAB_DIR/lac.sock" to-client
	run ip -n "$LAB-lac" link show to-client
	refute_output --partial prog/xdp
	run lab_status lac '[.interfaces[].name] | join(" ")'
	assert_output to-lns
	# Forwarding goes on, in the kernel and at the tc level.
	lab_reaches client 10.2.0.2
	"$L2X" attach -s "$LAB_DIR/lac.sock" --forward xdp to-client
	run ip -n "$LAB-lac" link show to-client
	assert_output --partial prog/xdp
	lab_reaches client 10.2.0.2
	run ! "$L2X" detach -s "$LAB_DIR/lac.sock" no-such-card
	run ! "$L2X" attach -s "$LAB_DIR/lac.sock" no-such-card
}
