#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Our LAC against xl2tpd and pppd as LNS, on a real Linux kernel with its own L2TP data path.

load ../lib/vm

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_init
	lab_dir
	lab_up_lac
	vm_up_as_lns
	lab_capture_wire lac to-lns
	# What the client calls the server stands on the guest's loopback.
	vm 'ip address add 10.2.0.2/32 dev lo; ip address add 2001:db8:2::2/128 dev lo
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

teardown_file() {
	lab_init
	vm_down
	lab_down
}

setup() {
	lab_config lac
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || {
		lab_show_logs
		vm_show_log
	}
}

# peer AUTHENTICATION SECRET PASSWORD: xl2tpd as LNS that wants this of its callers.
peer() {
	vm_files "$2" "$3"
	vm_xl2tpd_lns "$1"
	vm_restart
}

# lab_offer AUTHENTICATION: log in with no other.
lab_offer() {
	sed -i -E "s|^( *)username:|\1authentication: [$1]\n&|" "$LAB_DIR/lac.yaml"
}

# connect AUTHENTICATION: and the guest routes what is behind the LAC to it.
connect() {
	lab_ended lac || lab_kill TERM lac
	peer "$1" tunnel-secret alice-password
	lab_offer "$1"
	lab_start lac
	lab_await 20 lab_session lac
	lab_await 10 vm_ppp_up
	vm 'ip route add 10.1.0.0/24 dev ppp0; ip route add 2001:db8:1::/64 dev ppp0'
}

@test "CHAP-MD5, and a tunnel secret with challenges both ways: the session is up" {
	connect chap
	run -0 lab_status lac '.sessions[0] | [.ipv4.local, .ipv4.remote] | join(" ")'
	assert_output "10.99.0.2 10.99.0.1"
	run -0 vm 'cat /proc/net/pppol2tp; ip address show ppp0'
	assert_output --partial 'peer 10.99.0.2/32'
	run -0 vm_log 'CHAP'
	# Each side has challenged the other and was answered (RFC 2661 4.4.3: AVPs 11 and 13).
	run -0 lab_tshark control -Y 'l2tp.avp.type == 13' -T fields -e ip.src
	assert_output --partial 192.0.2.1
	assert_output --partial 192.0.2.2
}

@test "ping of all sizes, the LAC's own and its client's, both ways" {
	local size
	for size in 0 56 1000 1432; do
		lab_ping lac 10.99.0.1 $size
		lab_ping client 10.2.0.2 $size
		vm "ping -q -M do -c 3 -i 0.05 -W 2 -s $size 10.99.0.2"
		vm "ping -q -M do -c 3 -i 0.05 -W 2 -s $size -I 10.2.0.2 10.1.0.2"
	done
	lab_ping client 2001:db8:2::2 1412
	vm 'ping -q -M do -c 3 -i 0.05 -W 2 -s 1412 -I 2001:db8:2::2 2001:db8:1::2'
}

@test "IPv6 link-local addresses of the link answer" {
	local ours theirs
	ours=$(lab_status lac '.sessions[0].ipv6.local')
	theirs=$(lab_status lac '.sessions[0].ipv6.remote')
	vm "ip -6 address show dev ppp0 | grep -q 'inet6 $theirs'"
	vm "ping -q -c 3 -i 0.05 -W 2 $ours%ppp0"
}

@test "iperf3 both ways: the LAC's own TCP, and its client's over IPv4 and IPv6" {
	lab_iperf lac 2 -c 10.99.0.1
	lab_iperf lac 2 -c 10.99.0.1 -R
	lab_iperf client 2 -c 10.2.0.2
	lab_iperf client 2 -c 10.2.0.2 -R
	lab_iperf client 2 -c 2001:db8:2::2
	lab_iperf client 2 -c 2001:db8:2::2 -R
	assert [ "$(lab_packets lac tx xdp)" -ge 100 ]
	assert [ "$(lab_packets lac rx xdp)" -ge 100 ]
	assert [ "$(lab_packets lac tx tc)" -ge 100 ]
	assert [ "$(lab_packets lac rx tc)" -ge 100 ]
}

@test "an orderly end: the peer's log says so, and complains of nothing" {
	lab_kill TERM lac
	lab_await 10 vm_ppp_gone
	run -0 vm_log 'LCP terminated by peer'
	run -0 vm_log 'Connection closed'
	vm_log_clean
}

@test "PAP is refused unless allowed, and the log says why" {
	peer pap tunnel-secret alice-password
	lab_start lac
	lab_await 20 lab_said lac 'peer demands PAP, which we do not offer'
	lab_no_session lac
	run ! vm_log 'rcvd \[PAP'
	lab_kill TERM lac
}

@test "PAP" {
	connect pap
	run -0 vm_log 'PAP'
	lab_ping lac 10.99.0.1 56
	lab_kill TERM lac
	lab_await 10 vm_ppp_gone
	vm_log_clean
}

@test "MS-CHAPv2: pppd proves itself, and so do we" {
	connect mschapv2
	run -0 vm_log 'auth chap MS-v2'
	run -0 vm_log 'sent \[CHAP Success .*"S='
	lab_ping lac 10.99.0.1 56
	lab_kill TERM lac
	lab_await 10 vm_ppp_gone
	vm_log_clean
}

@test "MPPE: refused, and pppd that insists hangs up" {
	peer mschapv2 tunnel-secret alice-password
	vm 'sed -i /noccp/d /etc/ppp/options.peer; echo require-mppe >>/etc/ppp/options.peer'
	lab_start lac
	lab_await 20 vm_log 'MPPE required'
	lab_kill TERM lac
	lab_await 10 vm_ppp_gone
}

@test "hidden AVPs of ours: the peer reads them" {
	sed -i -E 's|^( *)username:|\1hide-avps: true\n&|' "$LAB_DIR/lac.yaml"
	connect chap
	# The H bit (RFC 2661 4.1). xl2tpd hides nothing itself, also with its "hidden bit".
	run -0 lab_tshark control -Y 'l2tp.avp.hidden == 1' -T fields -e ip.src
	assert_output --partial 192.0.2.1
	lab_ping lac 10.99.0.1 56
	lab_kill TERM lac
	lab_await 10 vm_ppp_gone
	vm_log_clean
}

@test "a peer that hangs up: noticed, and dialled again" {
	connect chap
	# pppd ends in order, xl2tpd disconnects the call.
	vm 'killall pppd'
	lab_await 10 lab_no_session lac
	lab_await 30 lab_session lac
	lab_kill TERM lac
}

@test "a wrong tunnel secret is refused" {
	peer chap other-secret alice-password
	lab_start lac
	lab_await 20 lab_said lac 'secret|challenge|authenti'
	lab_no_session lac
	lab_kill TERM lac
}

@test "a wrong password is refused" {
	peer chap tunnel-secret other-password
	lab_start lac
	lab_await 20 lab_said lac 'password|authenti|login'
	lab_no_session lac
	run -0 vm_log 'CHAP'
	lab_kill TERM lac
}

@test "tshark finds nothing wrong in what was on the wire" {
	lab_decode_clean
}
