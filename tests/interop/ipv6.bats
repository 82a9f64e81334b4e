#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Linux's own L2TP data path and pppd over UDP and IPv6, on a real kernel, in both roles. xl2tpd speaks IPv4 only, so
# here tests/lib/kernel_peer.c makes the control connection, and gives the session to kernel and pppd as xl2tpd would.

load ../lib/vm

PEER=build/tests/lib/kernel_peer

# at lac|lns COMMAND...: with the guest in that one's place.
at() {
	# shellcheck disable=SC2034 # for vm
	local VM=$LAB_DIR/guest-$1
	shift
	"$@"
}

# The LNS in a guest opposite our LAC, and the LAC in one opposite our LNS.
setup_file() {
	local lns lac
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_UNDERLAY=6
	lab_init
	lab_dir
	lab_up_lac
	lab_up_lns
	"$VM_TOOLS/run" "$LAB_DIR/guest-lns" "$LAB-lac" to-lns 192.0.2.1/24 192.0.2.2/24 &
	lns=$!
	"$VM_TOOLS/run" "$LAB_DIR/guest-lac" "$LAB-lns" to-lac 192.0.2.2/24 192.0.2.1/24 &
	lac=$!
	wait $lns && wait $lac || return 1
	lab_address lac to-lns "$LAB_LAC/64"
	lab_address lns to-lac "$LAB_LNS/64"
	at lns guest "$LAB_LNS" 10.2.0.2/32 2001:db8:2::2/128
	at lac guest "$LAB_LAC" 10.1.0.2/32 2001:db8:1::2/128
	lab_capture_wire lac to-lns
	lab_iperf_server server
}

# guest UNDERLAY-ADDRESS PAYLOAD-ADDRESS...: what is routed to the session stands on the guest's loopback.
guest() {
	local a
	vm "echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad; ip address add $1/64 dev eth0 nodad"
	for a in "${@:2}"; do
		vm "ip address add $a dev lo"
	done
	vm_files unused alice-password
	vm_programs "$PEER"
	vm 'iperf3 -s -D'
}

teardown_file() {
	lab_init
	"$VM_TOOLS/stop" "$LAB_DIR/guest-lns"
	"$VM_TOOLS/stop" "$LAB_DIR/guest-lac"
	lab_down
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || {
		lab_show_logs
		at lns vm_show_log
		at lac vm_show_log
		at lns vm 'cat /tmp/peer.log'
		at lac vm 'cat /tmp/peer.log'
	}
}

# start_peer lac|lns ADDRESS PPPD-OPTIONS: in the guest; returns when it listens, or dials.
start_peer() {
	vm ": >/var/log/messages; : >/var/log/ppp-hooks
		setsid /tmp/kernel_peer $1 $2 tunnel-secret file /etc/ppp/options.peer $3 >/tmp/peer.log 2>&1 </dev/null &"
	lab_await 10 peer_said ready
}

peer_said() {
	vm "grep -qE '^$1' /tmp/peer.log"
}

# All of it went over IPv6, and was as it should be, checksums too.
wire_is_ipv6() {
	lab_decode_clean
	assert [ "$(lab_tshark data -Y 'ipv6 && l2tp && ppp' | wc -l)" -ge 50 ]
	assert_equal "$(lab_tshark data -Y 'l2tp && (!ipv6 || udp.checksum.status != 1)' | wc -l)" 0
}

ping_from_guest() {
	vm "ping -q -M do -c 3 -i 0.05 -W 2 -s $2 $3 $1"
}

@test "our LAC, the kernel as LNS: CHAP, a tunnel secret both ways, the session is up" {
	lab_config lac
	at lns start_peer lns "$LAB_LNS" 'name peer auth require-chap 10.99.0.1:10.99.0.2'
	lab_start lac
	lab_await 20 lab_session lac
	at lns lab_await 10 vm_ppp_up
	run -0 lab_status lac '.tunnels[0].peer, (.sessions[0] | [.ipv4.local, .ipv4.remote] | join(" "))'
	assert_output "[$LAB_LNS]:1701
10.99.0.2 10.99.0.1"
	run -0 at lns vm 'cat /proc/net/pppol2tp'
	assert_output --partial 'SESSION'
	at lns vm 'ip route add 10.1.0.0/24 dev ppp0; ip route add 2001:db8:1::/64 dev ppp0'
}

@test "ping of all sizes and TCP, by XDP and tc, against the kernel's data path over IPv6" {
	local size
	for size in 0 57 1000 1412; do
		lab_ping lac 10.99.0.1 $size
		lab_ping client 10.2.0.2 $size
		at lns ping_from_guest 10.1.0.2 $size '-I 10.2.0.2'
	done
	lab_ping client 2001:db8:2::2 1392
	at lns ping_from_guest 2001:db8:1::2 1392 '-I 2001:db8:2::2'
	lab_iperf client 1 -c 10.2.0.2
	lab_iperf client 1 -c 10.2.0.2 -R
	lab_iperf client 1 -c 2001:db8:2::2
	lab_iperf lac 1 -c 10.99.0.1
	assert [ "$(lab_packets lac tx xdp)" -ge 100 ]
	assert [ "$(lab_packets lac rx xdp)" -ge 100 ]
	assert [ "$(lab_packets lac rx tc)" -ge 10 ]
}

@test "our LAC ends in order: pppd and the kernel's session are gone" {
	lab_kill TERM lac
	at lns lab_await 10 vm_ppp_gone
	at lns lab_await 20 peer_said ended
	run -0 at lns vm_log 'LCP terminated by peer'
	at lns vm_log_clean
	wire_is_ipv6
}

@test "the kernel as LAC, our LNS: MS-CHAPv2, the session is up and carries" {
	local size
	lab_config lns
	lab_set lns authentication '[mschapv2]'
	lab_start lns
	at lac start_peer lac "$LAB_LNS" 'name alice noauth'
	lab_await 20 lab_session lns
	at lac lab_await 10 vm_ppp_up
	run -0 lab_status lns '.sessions[0] | [.user, .ipv4.remote] | join(" ")'
	assert_output "alice 10.99.0.2"
	at lac vm 'ip route add 10.2.0.0/24 dev ppp0 src 10.1.0.2; ip route add 2001:db8:2::/64 dev ppp0 src 2001:db8:1::2'
	for size in 0 57 1000 1412; do
		lab_ping lns 10.99.0.2 $size
		lab_ping server 10.1.0.2 $size
		at lac ping_from_guest 10.2.0.2 $size
	done
	lab_ping server 2001:db8:1::2 1392
	lab_iperf server 1 -c 10.1.0.2
	lab_iperf server 1 -c 10.1.0.2 -R
	lab_iperf server 1 -c 2001:db8:1::2
	assert [ "$(lab_packets lns tx xdp)" -ge 100 ]
	assert [ "$(lab_packets lns rx xdp)" -ge 100 ]
}

@test "the kernel's LAC hangs up: our session and tunnel end" {
	at lac vm 'killall kernel_peer'
	lab_await 10 lab_no_session lns
	at lac lab_await 20 peer_said ended
	at lac vm_log_clean
	lab_kill TERM lns
}
