#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Data of relayed sessions at each level, between IPv4 and IPv6 outside: who moves it, what both halves count,
# and what is on the wire on both sides.

load ../lib/netns
load ../lib/relay

# through LEVEL NEAR FAR: a session by these underlays, and pings of all sizes, at this level alone.
through() {
	local size
	at_level "$1"
	underlays "$2" "$3"
	connect
	carried
	for size in 1 56 463 1372; do
		lab_ping lns 10.99.0.2 $size
	done
	lab_await 5 moved_by "$1" 20
}

capture() {
	lab_capture wire to-lac near udp port 1701
	lab_capture wire to-lns far udp port 1701
}

# What comes by one side leaves by the other, and nothing is wrong in it.
both_sides() {
	local side
	lab_await 30 same_pings
	for side in near far; do
		lab_capture_end $side
		run lab_tshark $side -Y '_ws.malformed || udp.checksum.status == 0 || icmp.checksum.status == 0 ||
			(_ws.expert.severity >= 6291456 && !l2tp.vendor_specific_avp_data)' -T fields -e frame.number -e _ws.col.Info
		assert_output ''
	done
}

# carried sends three, through twenty; each with its answer, and an identification of its own.
same_pings() {
	local near
	near=$(pings near)
	[ "$(wc -l <<<"$near")" = 46 ] && [ "$near" = "$(pings far)" ]
}

pings() {
	lab_tshark "$1" -Y icmp -T fields -e icmp.type -e icmp.ident -e icmp.seq | sort
}

@test "XDP, IPv4 to IPv4" {
	through xdp 4 4
}

@test "XDP, IPv4 to IPv6" {
	capture
	through xdp 4 6
	both_sides
}

@test "XDP, IPv6 to IPv4" {
	capture
	through xdp 6 4
	both_sides
}

@test "XDP, IPv6 to IPv6" {
	through xdp 6 6
}

@test "tc, IPv4 to IPv4" {
	capture
	through tc 4 4
	both_sides
}

@test "tc, IPv6 to IPv6" {
	through tc 6 6
}

@test "userspace, IPv4 to IPv6" {
	through user 4 6
}

@test "tc, IPv6 to IPv4; back, where there is no checksum to go by, userspace" {
	at_level tc
	underlays 6 4
	connect
	carried
	lab_ping lns 10.99.0.2 1000
	lab_await 5 lab_status relay '[.sessions[] | select(.relay.onward) | .tx.tc.packets >= 8 and .rx.user.packets >= 8] == [true]'
	lab_status relay '[.sessions[] | select(.relay.onward) | .tx.user.packets] == [0]'
}

@test "what the second underlay takes only in fragments goes through userspace, all else by XDP" {
	local h
	for h in lac lns; do
		lab_set $h mtu 1460
	done
	underlays 4 6
	connect
	carried
	lab_ping lns 10.99.0.2 1432 # 1460 inside: 1498 over IPv4, 1518 over IPv6
	lab_await 5 lab_status relay '[.sessions[] | select(.relay.onward) | .tx.user.packets >= 5 and .tx.xdp.packets >= 3] == [true]'
	lab_status relay '[.sessions[].drops // {} | add // 0] | add == 0'
}

@test "speed limits hold, at each level" {
	local level
	for level in xdp user; do
		config_relay >"$LAB_DIR/relay.yaml"
		sed -i 's/^        relay: far/&\n        speed: 64k/' "$LAB_DIR/relay.yaml"
		at_level $level
		connect
		carried
		lab_in lns ping -q -c 60 -i 0.002 -W 1 -s 1000 10.99.0.2 || true
		# To the LAC, by its own half.
		lab_await 5 lab_status relay '[.sessions[] | select(.relay.onward | not) | .drops.rate > 0] == [true]'
		# That of the entry instead, in place.
		sed -i '/^        speed: 64k/d; s/^    hostname: lab-switch/&\n    speed-total: 64k/' "$LAB_DIR/relay.yaml"
		run -0 "$L2X" reload -s "$LAB_DIR/relay.sock"
		assert_output --partial '1 are changed, 0 end'
		lab_in lns ping -q -c 60 -i 0.002 -W 1 -s 1000 10.99.0.2 || true
		lab_await 5 lab_status relay '[.sessions[] | select(.relay.onward | not) | .drops["rate-total"] > 0] == [true]'
		for h in lac relay lns; do
			lab_kill TERM $h
		done
	done
}

# set_passes LEVEL [SETTING]: both legs of a set, whose numbers stay; and a leg may go.
set_passes() {
	local h
	at_level "$1"
	sed -i 's/^    mtu: 1400/&\n    ha-set: both/' "$LAB_DIR/lac.yaml"
	sed -n '/- name: isp/,$p' "$LAB_DIR/lac.yaml" >"$LAB_DIR/other"
	sed 's/- name: isp/- name: other/' "$LAB_DIR/other" >>"$LAB_DIR/lac.yaml"
	sed -i 's/remote-ppp-ip: .*/&\n        ha-set: "%u"/' "$LAB_DIR/lns.yaml"
	echo "sets: [{name: both, ${2:-sequence: plain}}]" >>"$LAB_DIR/lac.yaml"
	echo "sets: [{name: '%u', ${2:-sequence: plain}}]" >>"$LAB_DIR/lns.yaml"
	connect
	for h in lac lns; do
		lab_await 30 lab_status $h '.sets[0].legs_up == 2'
	done
	lab_in lac ping -q -c 20 -i 0.02 -W 2 -I 10.99.0.2 10.99.0.1
	# Each packet came twice, each way.
	for h in lac lns; do
		lab_await 5 lab_status $h '.sets[0] | .unique >= 20 and .duplicates >= 20 and .lost == 0'
	done
	lab_await 5 lab_status relay "[.sessions[] | select(.relay.onward) | .tx.$1.packets >= 20 and .rx.$1.packets >= 20] == [true, true]"
	"$L2X" down -s "$LAB_DIR/lac.sock" other
	lab_await 10 lab_status lns '.sets[0].legs_up == 1'
	lab_in lac ping -q -c 3 -i 0.02 -W 2 -I 10.99.0.2 10.99.0.1
}

@test "an ha set passes through, by XDP" {
	set_passes xdp
}

@test "an ha set with extended numbers passes through, by tc" {
	set_passes tc 'sequence: extended'
}

@test "an ha set passes through, in userspace" {
	set_passes user
}
