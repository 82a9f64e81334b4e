#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# L2TP tunnel switching: servers that do not answer, ends of either side, loops and chains.

load ../lib/netns
load ../lib/relay

@test "the first server does not answer: the second does" {
	connect second
	carried second
}

@test "no server answers: the LAC is told that there is no facility now" {
	lab_start relay && lab_start lac
	lab_await 30 lab_said lac 'result 4, error 0'
	lab_said relay 'no LNS to go on to answers'
}

@test "the LNS refuses the call: its code reaches the LAC" {
	sed -i 's/^    sessions:/    max-sessions: 1\n&/' "$LAB_DIR/lns.yaml"
	sed -i 's/      - username: alice@far/      - called-number: "300400"\n        reject: not this number\n&/' "$LAB_DIR/lns.yaml"
	connect
	lab_await 20 lab_said lac 'not this number \(result 3'
}

@test "the LAC ends the call: the LNS is told, the tunnel is closed when idle, and dialled anew" {
	lab_set relay idle-timeout 1
	connect
	carried
	"$L2X" down -s "$LAB_DIR/lac.sock" isp
	lab_await 10 no_call relay
	lab_await 10 no_call lns
	# The LAC's code and words.
	lab_said relay '>far: session ended.*: down by command \(result 3, error 0\)'
	lab_await 10 lab_status relay '[.tunnels[] | select(.role == "relay")] == []'
	lab_said lns 'no call is left \(result 1'
	"$L2X" up -s "$LAB_DIR/lac.sock" isp
	carried
}

@test "calls for one LNS share a tunnel, which is closed when the last has gone" {
	lab_set relay idle-timeout 1
	sed -n '/- name: isp/,$p' "$LAB_DIR/lac.yaml" | sed 's/- name: isp/- name: other/; s/alice@far/bob@far/; s/payload-table: 100/payload-table: 101/' >"$LAB_DIR/other"
	cat "$LAB_DIR/other" >>"$LAB_DIR/lac.yaml"
	echo '      - {username: bob@far, password: alice-password, remote-ppp-ip: 10.99.0.3}' >>"$LAB_DIR/lns.yaml"
	connect
	lab_await 30 lab_status lns '[.sessions[] | select(.ipv4)] | length == 2'
	lab_status relay '[.tunnels[] | select(.role == "relay")] | length == 1'
	lab_status relay '[.tunnels[] | select(.role == "incoming")] | length == 2'
	"$L2X" down -s "$LAB_DIR/lac.sock" other
	lab_await 10 lab_status lns '[.sessions[] | select(.ipv4)] | length == 1'
	lab_in lac ping -q -c 3 -i 0.7 -W 2 -I 10.99.0.2 10.99.0.1
	lab_status relay '[.tunnels[] | select(.role == "relay")] | length == 1'
	"$L2X" down -s "$LAB_DIR/lac.sock" isp
	lab_await 10 lab_status relay '[.tunnels[] | select(.role == "relay")] == []'
}

@test "a LNS that is lost: the LAC is told of a lost carrier, and the next call goes to the second" {
	sed -i 's/^    idle-timeout: 60/&\n    hello-interval: 1/' "$LAB_DIR/relay.yaml"
	connect lns second
	carried
	kill -STOP "$(lab_pid lns)"
	lab_await 60 lab_said lac 'result 1, error 0'
	carried second
	# What one wants to know of it the next morning.
	lab_said relay 'warning +far: tunnel ended after [0-9]+ s with 192\.0\.2\.3:1701: peer does not answer'
	lab_said relay 'info +far: tunnel up with 192\.0\.2\.4:1701, host name "lab-second"'
	lab_said relay 'info +customers/[0-9]+: relayed by far to "lab-second"'
	kill -KILL "$(lab_pid lns)"
}

@test "a LNS that relays back: the loop is found and ended, both ends are told" {
	# The far side sends all calls back to the relay.
	cat >>"$LAB_DIR/lns.yaml" <<-EOF
		relays:
		  - name: back
		    server: 192.0.2.2
		    hostname: lab-lac
		    secret: tunnel-secret
	EOF
	sed -i 's/      - username: alice@far/      - called-number: "300400"\n        relay: back\n&/' "$LAB_DIR/lns.yaml"
	connect
	lab_await 20 lab_said relay 'relay loop'
	lab_await 20 lab_said lac 'relay loop'
	"$L2X" down -s "$LAB_DIR/lac.sock" isp
	lab_await 10 no_call relay
	lab_await 10 no_call lns
}

@test "a chain of two relays" {
	cat >>"$LAB_DIR/lns.yaml" <<-EOF
		relays:
		  - name: on
		    server: 192.0.2.4
		    hostname: lab-relay
		    secret: relay-secret
	EOF
	sed -i 's/      - username: alice@far/      - called-number: "300400"\n        relay: on\n&/' "$LAB_DIR/lns.yaml"
	by_login
	connect lns second
	lab_await 30 up lac
	lab_await 10 up second
	lab_in lac ping -q -c 3 -i 0.1 -W 2 -I 10.99.0.2 10.99.0.1
	lab_status lns '[.sessions[] | select(.phase == "relay")] | length == 2'
}
