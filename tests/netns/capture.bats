#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# l2x capture, at each level of the data path, held packet by packet against tcpdump on the wire outside and
# on the wire inside.

load ../lib/netns
load ../lib/capture

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
}

teardown_file() {
	lab_init
	lab_down
}

setup() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_config $ns
		lab_set $ns log-level info
	done
}

teardown() {
	capture_kill_all
	lab_show_logs
}

# To load the programs takes its time, and not every test is about them.
userspace() {
	lab_set lac dataplane user && lab_set lns dataplane user
}

@test "xdp: each packet both ways, outside and inside, as tcpdump sees it" {
	capture_compares auto xdp 0
}

@test "tc: each packet both ways, outside and inside, as tcpdump sees it" {
	capture_compares tc tc 0
}

@test "user: each packet both ways, outside and inside, as tcpdump sees it" {
	capture_compares user user 28
}

@test "by user, before the call: from LCP's first Configure-Request on, and nobody else's" {
	userspace
	lab_start lns
	capture_start lns alice --user 'ali*'
	capture_start lns wire --user alice --wrapper
	capture_start lns bob --user bob
	lab_start lac
	lab_await 20 lab_session lns
	capture_stop alice wire bob
	run -0 capture_lines alice
	assert_line -n 0 -p 'Configuration Request'
	assert_line -p 'PPP CHAP'
	assert_line -p 'PPP IPCP'
	[ "$(tcpdump -nr "$LAB_DIR/alice.pcap" -c 1 2>/dev/null | grep -c 'LCP, Conf-Request')" = 1 ]
	# Outside it begins with the call itself.
	run -0 capture_lines wire
	assert_line -n 0 -p ICRQ
	assert_line -p 'Configuration Request'
	[ -z "$(capture_lines bob)" ]
}

@test "by user who is refused: one sees why" {
	userspace
	lab_set lac password wrong
	lab_start lns
	capture_start lns alice --user alice
	lab_start lac
	lab_await 20 lab_said lns 'login "alice" refused'
	lab_await 10 capture_has alice 'Failure'
	capture_stop alice
}

@test "by calling number, and a tunnel with its control messages" {
	userspace
	sed -i "s/^    secret: .*/&\n    calling-number: '+4420'/" "$LAB_DIR/lac.yaml"
	lab_start lns
	capture_start lns calling --calling '+44*'
	capture_start lns other --calling '+49*'
	capture_start lns tunnel tunnel customers --wrapper
	lab_start lac
	lab_await 20 lab_session lns
	capture_stop calling other tunnel
	capture_lines calling | head -n 1 | grep -q 'Configuration Request'
	[ -z "$(capture_lines other)" ]
	run -0 capture_lines tunnel
	for message in SCCRQ SCCRP SCCCN ICRQ ICRP ICCN 'Configuration Request'; do
		assert_line -p "$message"
	done
}

@test "live, through a pipe" {
	capture_at_level user
	lab_spawn lns piped bash -c "'$L2X' capture -s '$LAB_DIR/lns.sock' session customers/alice | tcpdump -lnr - icmp"
	lab_await 10 grep -q 'link-type' "$LAB_DIR/piped.log"
	lab_ping client 10.2.0.2 56
	lab_await 10 grep -q 'ICMP echo reply' "$LAB_DIR/piped.log"
	lab_runs piped
	lab_kill TERM piped
}

@test "--seconds, and a client that is killed, end a capture; a slow reader is told what it missed" {
	capture_at_level auto
	capture_start lns short session customers/alice --seconds 1
	capture_ended short 'packets captured'
	capture_start lns killed session customers/alice
	[ "$(capture_is_on)" = 1 ]
	lab_kill KILL killed
	lab_await 10 capture_is_off
	lab_reaches client 10.2.0.2
	lab_iperf_server server
	mkfifo "$LAB_DIR/slow.pcap"
	exec 5<>"$LAB_DIR/slow.pcap"
	capture_start lns slow session customers/alice
	lab_iperf client 1 -c 10.2.0.2
	lab_ping client 10.2.0.2 56
	cat <&5 >/dev/null &
	lab_await 20 grep -q 'falling behind' "$LAB_DIR/slow.log"
	capture_stop slow
	kill $!
	exec 5>&-
	run -0 cat "$LAB_DIR/slow.log"
	assert_line -e '^[0-9]+ packets captured, [1-9][0-9]* missed$'
}

@test "what is wrong is said" {
	userspace
	lab_start lns
	run -1 "$L2X" capture -s "$LAB_DIR/lns.sock" session nobody -w "$LAB_DIR/none.pcap"
	assert_output 'l2x: there is no session "nobody"'
	[ ! -e "$LAB_DIR/none.pcap" ]
	run -1 "$L2X" capture -s "$LAB_DIR/lns.sock" set nobody -w "$LAB_DIR/none.pcap"
	assert_output 'l2x: there is no set "nobody"'
	run -2 "$L2X" capture -s "$LAB_DIR/lns.sock" --user alice -w "$LAB_DIR/none.pcap" 'port port'
	assert_output -p 'l2x: filter "port port": '
	run -2 "$L2X" capture -s "$LAB_DIR/lns.sock" session
	assert_output -p 'usage: l2x capture'
	run -2 "$L2X" capture -s "$LAB_DIR/lns.sock" session alice --content --wrapper
	assert_output -p 'usage: l2x capture'
	run -2 "$L2X" capture -s "$LAB_DIR/lns.sock" --user alice --count 0 -w "$LAB_DIR/none.pcap"
	assert_output 'l2x: --count: "0" is no number from 1 on'
	run -1 "$L2X" capture -s "$LAB_DIR/lns.sock" --user alice -w "$LAB_DIR/no/such/directory"
	assert_line -p 'No such file or directory'
	run -1 setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all \
		"$L2X" capture -s "$LAB_DIR/lns.sock" --user alice -w -
	assert_output "l2x: $LAB_DIR/lns.sock may not be used by this account; try as root"
	run -2 script -qec "'$L2X' capture -s '$LAB_DIR/lns.sock' --user alice" /dev/null
	assert_output -p 'packets are no text: give -w FILE'
}
