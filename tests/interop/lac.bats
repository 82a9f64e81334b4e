#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# xl2tpd and pppd as LAC, on a real Linux kernel with its own L2TP data path, against our LNS.

load ../lib/vm

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_init
	lab_dir
	lab_up_lns
	vm_up_as_lac
	lab_capture_wire lns to-lac
	# What is routed to the session stands on the guest's loopback.
	vm 'ip address add 10.1.0.2/32 dev lo; ip address add 2001:db8:1::2/128 dev lo'
	lab_iperf_server server
	lab_iperf_server lns
}

teardown_file() {
	lab_init
	vm_down
	lab_down
}

setup() {
	lab_config lns
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || {
		lab_show_logs
		vm_show_log
	}
}

# dial AUTHENTICATION SECRET PASSWORD: xl2tpd calls us, and logs in by this.
dial() {
	vm_files "$2" "$3"
	vm_xl2tpd_lac "$1"
	vm_restart
	vm 'echo "c lab" >/run/xl2tpd/control'
}

# answer AUTHENTICATION: our LNS, and xl2tpd dials it.
answer() {
	lab_ended lns || lab_kill TERM lns
	lab_set lns authentication "[$1]"
	lab_start lns
	dial "$1" tunnel-secret alice-password
	lab_await 20 lab_session lns
	lab_await 10 vm_ppp_up
	vm 'ip route add 10.2.0.0/24 dev ppp0 src 10.1.0.2
		ip route add 2001:db8:2::/64 dev ppp0 src 2001:db8:1::2'
}

@test "CHAP-MD5, and a tunnel secret with challenges both ways: the session is up" {
	answer chap
	run -0 lab_status lns '.sessions[0] | [.user, .ipv4.local, .ipv4.remote] | join(" ")'
	assert_output "alice 10.99.0.1 10.99.0.2"
	run -0 vm 'cat /proc/net/pppol2tp; ip address show ppp0'
	assert_output --partial 'inet 10.99.0.2 peer 10.99.0.1/32'
	run -0 lab_tshark control -Y 'l2tp.avp.type == 13' -T fields -e ip.src
	assert_output --partial 192.0.2.1
	assert_output --partial 192.0.2.2
}

@test "ping of all sizes, to the LNS and through it, both ways" {
	local size
	for size in 0 56 1000 1432; do
		vm "ping -q -M do -c 3 -i 0.05 -W 2 -s $size 10.99.0.1"
		vm "ping -q -M do -c 3 -i 0.05 -W 2 -s $size 10.2.0.2"
		lab_ping lns 10.99.0.2 $size
		lab_ping server 10.1.0.2 $size
	done
	vm 'ping -q -M do -c 3 -i 0.05 -W 2 -s 1412 2001:db8:2::2'
	lab_ping server 2001:db8:1::2 1412
}

@test "IPv6 link-local addresses of the link answer" {
	local ours theirs
	ours=$(lab_status lns '.sessions[0].ipv6.local')
	theirs=$(lab_status lns '.sessions[0].ipv6.remote')
	vm "ip -6 address show dev ppp0 | grep -q 'inet6 $theirs'"
	vm "ping -q -c 3 -i 0.05 -W 2 $ours%ppp0"
}

# vm_succeeded COUNT: pppd was told so many times that its login is good.
vm_succeeded() {
	[ "$(vm_log 'rcvd \[CHAP Success' | wc -l)" -ge "$1" ]
}

# vm_iperf ARGUMENTS...: a client in the guest; more than nothing arrived.
vm_iperf() {
	local out try
	for try in 1 2 3 4 5; do
		out=$(vm "iperf3 -J -t 2 $*")
		jq -er '.end.sum_received.bits_per_second | floor | select(. > 0)' <<<"$out" && return 0
		sleep 0.$((try * 2 - 1))
	done
	echo "$out"
	return 1
}

@test "iperf3 both ways: to the LNS, and through it over IPv4 and IPv6" {
	vm_iperf -c 10.99.0.1
	vm_iperf -c 10.99.0.1 -R
	vm_iperf -c 10.2.0.2
	vm_iperf -c 10.2.0.2 -R
	vm_iperf -c 2001:db8:2::2
	vm_iperf -c 2001:db8:2::2 -R
	assert [ "$(lab_packets lns tx xdp)" -ge 100 ]
	assert [ "$(lab_packets lns rx xdp)" -ge 100 ]
	assert [ "$(lab_packets lns tx tc)" -ge 100 ]
	assert [ "$(lab_packets lns rx tc)" -ge 100 ]
}

@test "the peer hangs up: our session and tunnel end, and its log complains of nothing" {
	vm 'echo "d lab" >/run/xl2tpd/control'
	lab_await 10 lab_no_session lns
	lab_await 10 vm_ppp_gone
	vm_log_clean
}

@test "we end in order: the peer's log says so" {
	answer chap
	lab_kill TERM lns
	lab_await 10 vm_ppp_gone
	run -0 vm_log 'LCP terminated by peer'
	vm_log_clean
}

@test "PAP" {
	answer pap
	lab_ping lns 10.99.0.2 56
}

@test "MS-CHAPv2: pppd proves itself, and so do we" {
	answer mschapv2
	run -0 vm_log 'CHAP authentication succeeded'
	run -0 lab_status lns '.sessions[0].user'
	assert_output alice
	lab_ping lns 10.99.0.2 56
}

@test "CHAP is asked again while the session is up" {
	sed -i -E 's|^( *)authentication:|\1chap-rechallenge: 1\n&|' "$LAB_DIR/lns.yaml"
	answer mschapv2
	lab_await 10 vm_succeeded 3
	lab_session lns
	lab_ping lns 10.99.0.2 56
}

@test "a wrong tunnel secret is refused, and the log says so" {
	dial chap other-secret alice-password
	lab_await 20 lab_said lns 'secret|challenge|authenti'
	lab_await 10 lab_no_session lns
}

@test "a wrong password is refused, on the wire and in the log" {
	lab_kill TERM lns
	lab_start lns
	dial chap tunnel-secret other-password
	lab_await 20 lab_said lns 'wrong password|password'
	lab_await 10 lab_no_session lns
	run -0 vm_log 'CHAP authentication failed'
}

@test "tshark finds nothing wrong in what was on the wire" {
	lab_decode_clean
}
