#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Sets and a real kernel: legs towards xl2tpd and pppd, which know nothing of sets; and two lines of different length,
# by Linux's netem, towards an l2x there.

load ../lib/vm
load ../lib/sets

setup_file() {
	# Two addresses on the guest's one card.
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_LEGS=2 LAB_NICS=1
	lab_init
	lab_dir
	lab_up_lac
	vm_up_as_lns
	# shellcheck disable=SC2153
	lab_address lac to-lns "$LAB_LAC2/24"
	vm "ip address add $LAB_LNS2/24 dev eth0; echo 1 >/proc/sys/net/ipv4/ip_forward"
}

teardown_file() {
	lab_init
	vm_down
	lab_down
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || {
		lab_show_logs
		vm_show_log || true
		vm 'tail -n 40 /tmp/l2x.log' || true
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
	lab_capture lac to-lns wire --immediate-mode 'udp port 1701 and udp[8] & 0x80 = 0'
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

# What the peer's kernel has refused, of how many sessions: rx-pkts/bytes/errs.
kernel_refused() {
	vm 'cat /proc/net/pppol2tp' | awk -F '[/ ]+' '/^   [0-9]+\/[0-9]+ [0-9]+\// { n += $NF; of++ } END { print n + 0, of + 0 }'
}

@test "two legs of one login, to a peer that knows nothing of sets: two ordinary sessions" {
	dial_xl2tpd 'sequence: plain'
	# Each packet comes on both; the peer drops neither.
	assert_equal "$(answered 30)" 30
	run -0 grep -E '30 received, \+(29|30) duplicates' "$LAB_DIR/answers"
	wire_is_clean
	assert_equal "$(on_wire 'l2tp.seq_bit == 1')" 0
	run -0 lab_iperf client 2 -c 10.99.0.1
	run -0 kernel_refused
	assert_output --regexp '^0 [1-9]'
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

# guest_l2x: the LNS, in a namespace of the guest, which is a router to it by a line of 10 ms and one of 80 ms.
# shellcheck disable=SC2016,SC2034 # for the guest's shell; for lab_config
guest_l2x() {
	vm_programs build/l2x
	vm 'killall -q xl2tpd; while pidof xl2tpd pppd; do sleep 0.1; done
		set -e
		ip netns add lns
		ip -n lns link set lo up
		for n in 1 2; do
			ip link add line$n type veth peer name end$n netns lns
			ip address add 203.0.113.$((4 * n + 1))/30 dev line$n
			ip -n lns address add 203.0.113.$((4 * n + 2))/30 dev end$n
			ip link set line$n up
			ip -n lns link set end$n up
		done
		ip -n lns route add 192.0.2.0/24 via 203.0.113.5
		ip -n lns route add 198.51.100.0/24 via 203.0.113.9'
	guest_line 1 delay 10ms
	guest_line 2 delay 80ms
	ip -n "$LAB-lac" route add 203.0.113.6 via "192.0.2.2" src "$LAB_LAC"
	ip -n "$LAB-lac" route add 203.0.113.10 via "$LAB_LNS2" src "$LAB_LAC2"
	export LAB_LNS=203.0.113.6 LAB_LNS2=203.0.113.10
	lab_config lac
	lab_config lns
	# The guest is slow, and may be slower for a moment; and it has little memory.
	sed -i '1i sets: [{name: home, skew: 3000}]' "$LAB_DIR/lac.yaml"
	sed -i '1i sets: [{name: "%u", skew: 3000}]\nmax-sessions: 10\nmax-routes: 20\nmax-sets: 1' "$LAB_DIR/lns.yaml"
	sed -e 's|^control-socket:.*|control-socket: /run/l2x.sock|' -e 's|^bpf-path:.*|bpf-path: /sys/fs/bpf/l2x|' \
		-e 's|to-server|end1|; s|to-lac|end2|; s|forward: xdp|forward: kernel|' "$LAB_DIR/lns.yaml" | vm_put /tmp/l2x.yaml
	vm 'setsid /usr/sbin/ip netns exec lns sh -c "mount -t bpf bpf /sys/fs/bpf; exec /tmp/l2x run -c /tmp/l2x.yaml" >/tmp/l2x.log 2>&1 </dev/null &
		setsid /usr/sbin/ip netns exec lns iperf3 -s -D'
	lab_start lac
	lab_await 60 sets_legs lac 2
}

# guest_line 1|2 NETEM...: what the line does, each way.
guest_line() {
	local n=$1
	shift
	vm "tc qdisc replace dev line$n root netem limit 10000 $*; tc -n lns qdisc replace dev end$n root netem limit 10000 $*"
}

# pings N: so many were answered by now.
pings() {
	[ "$(grep -c 'bytes from' "$LAB_DIR/pings.log")" -ge "$1" ]
}

@test "lines of 10 ms and 80 ms: the fast one counts; either is cut, and nothing is lost" {
	guest_l2x
	lab_reaches client 10.99.0.1
	run -0 lab_in client ping -q -c 40 -i 0.05 -W 5 10.99.0.1
	assert_output --partial '40 received, 0% packet loss'
	# Not twice 80 ms.
	awk -F '[=/ ]+' '/^rtt/ { ok = $6 >= 20 && $7 < 120 } END { exit !ok }' <<<"$output"
	lab_status lac '.sets[0].legs[] | select(.session == "isp2") | .first == 0 and .skew.half_below_ms >= 64'

	lab_spawn client pings ping -c 300 -i 0.05 -W 5 10.99.0.1
	lab_await 20 pings 40
	guest_line 1 delay 10ms loss 100%
	lab_await 20 pings 100
	guest_line 1 delay 10ms
	lab_await 20 pings 140
	guest_line 2 delay 80ms loss 100%
	lab_await 20 pings 200
	guest_line 2 delay 80ms
	lab_await 40 lab_ended pings
	run -0 tail -n 2 "$LAB_DIR/pings.log"
	# No duplicates either: they would be named here.
	assert_output --partial '300 packets transmitted, 300 received, 0% packet loss'
	awk -F '[=/ ]+' '/^rtt/ { ok = $6 < 80 && $8 >= 160 } END { exit !ok }' <<<"$output"
	# Each leg missed what the other one brought, at both ends; what the 80 ms are still on their way counts as missing.
	both_missed='.sets[0] | .lost == 0 and .legs_up == 2 and .unique > 340 and all(.legs[]; .missing >= 20)'
	lab_status lac "$both_missed"
	run -0 vm '/tmp/l2x status --json -s /run/l2x.sock'
	jq -e "$both_missed" <<<"$output"

	run -0 lab_iperf client 2 -c 10.99.0.1
	vm 'killall l2x'
}
