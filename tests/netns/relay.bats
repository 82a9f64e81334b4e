#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# L2TP tunnel switching: a LAC, a relay, a LNS (docs/relay.md). Each is a controller in a namespace of its
# own, all on one switch, `wire`:
#
#   lac 192.0.2.1, relay 192.0.2.2, lns 192.0.2.3, second 192.0.2.4; proxy_lac runs in lac

load ../lib/netns

HOSTS="lac relay lns second"
PROXY_LAC=$LAB_ROOT/build/tests/lib/proxy_lac

address_of() {
	case $1 in
	lac) echo 192.0.2.1 ;;
	relay) echo 192.0.2.2 ;;
	lns) echo 192.0.2.3 ;;
	second) echo 192.0.2.4 ;;
	esac
}

# All on the switch.
setup_file() {
	local h
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_init && lab_dir && lab_ns wire || return 1
	ip -n "$LAB-wire" link add name switch type bridge
	ip -n "$LAB-wire" link set switch up
	for h in $HOSTS; do
		lab_ns "$h" && ip -n "$LAB-$h" link add name eth0 type veth peer name "to-$h" netns "$LAB-wire" &&
			lab_cable "$h" eth0 wire "to-$h" && ip -n "$LAB-wire" link set "to-$h" master switch &&
			lab_address "$h" eth0 "$(address_of "$h")/24" || return 1
	done
}

teardown_file() {
	local h pid
	lab_init
	for h in $HOSTS wire; do
		[ -e "/run/netns/$LAB-$h" ] || continue
		for pid in $(ip netns pids "$LAB-$h"); do
			kill -KILL "$pid" 2>/dev/null
		done
		ip netns del "$LAB-$h"
		rm -rf "/sys/fs/bpf/$LAB-$h"
	done
	rm -rf "$LAB_DIR"
	rmdir --ignore-fail-on-non-empty /run/l2x-lab 2>/dev/null || true
}

setup() {
	local h
	for h in lns second; do
		config_lns "$h" >"$LAB_DIR/$h.yaml"
	done
	config_lac >"$LAB_DIR/lac.yaml"
	config_relay >"$LAB_DIR/relay.yaml"
}

teardown() {
	local h
	for h in $HOSTS; do
		if [ -s "$LAB_DIR/$h.log" ]; then
			echo "--- log of $h"
			grep -av 'command status' "$LAB_DIR/$h.log" | tail -n 40
		fi
	done
	[ ! -s "$LAB_DIR/proxy.log" ] || { echo "--- proxy_lac"; cat "$LAB_DIR/proxy.log"; }
	for h in proxy lac relay lns second; do
		if lab_runs "$h"; then
			kill -CONT "$(lab_pid "$h")"
			lab_kill TERM "$h"
		fi
		rm -f "$LAB_DIR/$h.log" "$LAB_DIR/$h.pid"
	done
}

config_lac() {
	lab_config_common lac
	cat <<-EOF
		interfaces: [{name: eth0}]
		outgoing:
		  - name: isp
		    server: 192.0.2.2
		    hostname: lab-lac
		    secret: tunnel-secret
		    calling-number: "100200"
		    called-number: "300400"
		    username: alice@far
		    password: alice-password
		    authentication: [chap, pap]
		    payload-table: 100
		    mtu: 1400
		    retry-max: 1
	EOF
}

# A relay by the called number; tests put other rules in its place.
config_relay() {
	lab_config_common relay
	cat <<-EOF
		interfaces: [{name: eth0}]
		relays:
		  - name: far
		    server: [192.0.2.3, 192.0.2.4]
		    hostname: lab-relay
		    secret: relay-secret
		    idle-timeout: 60
		    retransmit-tries: 2
		    retransmit-timeout: 200
		incoming:
		  - name: customers
		    remote-hostname: lab-lac
		    hostname: lab-switch
		    secret: tunnel-secret
		    mtu: 1400
		    authentication: [chap, pap]
		    local-ppp-ip: 10.98.0.1
		    sessions:
		      - called-number: "300400"
		        relay: far
	EOF
}

config_lns() {
	lab_config_common "$1"
	cat <<-EOF
		interfaces: [{name: eth0}]
		incoming:
		  - name: wholesale
		    remote-hostname: lab-relay
		    hostname: lab-$1
		    secret: relay-secret
		    mtu: 1400
		    authentication: [chap, pap]
		    local-ppp-ip: 10.99.0.1
		    sessions:
		      - username: alice@far
		        password: alice-password
		        remote-ppp-ip: 10.99.0.2
	EOF
}

# The relay asks for the login before it knows.
by_login() {
	sed -i '/called-number: "300400"/s/called-number.*/username: "*@far"/' "$LAB_DIR/relay.yaml"
}

connect() {
	local h
	for h in "${@:-lns}"; do
		lab_start "$h" || return 1
	done
	lab_start relay && lab_start lac
}

up() {
	lab_status "$1" '[.sessions[] | select(.phase == "network" and .ipv4.remote == "10.99.0.2" or .ipv4.local == "10.99.0.2")] | length == 1'
}

relayed() {
	lab_status relay '[.sessions[] | select(.phase == "relay" and .relay.session != null)] | length == 2'
}

# As alice, by the relay, at lns or second.
carried() {
	lab_await 30 up lac && lab_await 10 up "${1:-lns}" && lab_await 10 relayed &&
		lab_in lac ping -q -c 3 -i 0.1 -W 2 -I 10.99.0.2 10.99.0.1
}

no_call() {
	lab_status "$1" '.sessions == []'
}

heard() {
	grep -qx -- "$1" "$LAB_DIR/proxy.log"
}

@test "a rule that needs no login: the far LNS negotiates with the caller, and traffic flows" {
	connect
	carried
	# What was said of the call.
	lab_said lns 'call from "100200" to "300400"'
	# One call, with both halves, in words too.
	run "$L2X" status -s "$LAB_DIR/relay.sock"
	assert_line --regexp '^RELAYED '
	assert_line --regexp '^customers/.* relayed +far +192\.0\.2\.3'
	lab_status relay '[.sessions[] | select(.relay.onward)] | length == 1'
}

@test "a rule that needs the login, CHAP: proxy LCP and login go along" {
	by_login
	connect
	carried
	lab_said lns 'login accepted'
	run lab_said lns 'not taken over'
	assert_failure
	lab_status relay '.sessions[0].user == "alice@far"'
	# The far LNS did no LCP of its own.
	run lab_said lns 'Configure-Request.*Auth'
	assert_failure
}

@test "a rule that needs the login, PAP" {
	by_login
	lab_set relay authentication '[pap]'
	connect
	carried
	run lab_said lns 'not taken over'
	assert_failure
}

@test "a wrong password: the far LNS refuses, and its words and code reach the LAC" {
	by_login
	lab_set lac password guessed
	connect
	lab_await 20 lab_said lac 'login|refused'
	lab_await 20 lab_said relay 'session ended: ended by the peer.*result 3'
	lab_said lns 'login "alice@far" refused'
}

@test "proxy: drop: the far LNS asks again, and the caller does not mind" {
	by_login
	sed -i 's/^    idle-timeout: 60/&\n    proxy: drop\n    calling-number: drop/' "$LAB_DIR/relay.yaml"
	connect
	carried
	lab_said lns 'call from "" to "300400"'
}

@test "LCP and login that the LAC has proxied go along as they are" {
	sed -i '/^ *secret: tunnel-secret/d; s/called-number: "300400"/username: alice/' "$LAB_DIR/relay.yaml"
	sed -i 's/username: alice@far/username: alice/' "$LAB_DIR/lns.yaml"
	lab_start lns && lab_start relay
	lab_spawn lac proxy "$PROXY_LAC" 192.0.2.2 1400 pap alice \
		"$(printf alice-password | od -An -v -tx1 | tr -d ' \n')" unused
	lab_await 15 heard 'ipcp-open 10.99.0.2'
	heard 'pap-accepted 7'
	run heard lcp-request
	assert_failure
}

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
	lab_await 10 lab_status relay '[.tunnels[] | select(.role == "relay")] == []'
	lab_said lns 'no call is left \(result 1'
	"$L2X" up -s "$LAB_DIR/lac.sock" isp
	carried
}

@test "a LNS that is lost: the LAC is told of a lost carrier, and the next call goes to the second" {
	sed -i 's/^    idle-timeout: 60/&\n    hello-interval: 1/' "$LAB_DIR/relay.yaml"
	connect lns second
	carried
	kill -STOP "$(lab_pid lns)"
	lab_await 60 lab_said lac 'result 1, error 0'
	carried second
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

@test "speed limits of the rule hold" {
	sed -i 's/^        relay: far/&\n        speed: 64k/' "$LAB_DIR/relay.yaml"
	connect
	carried
	lab_in lns ping -q -c 60 -i 0.002 -W 1 -s 1000 10.99.0.2 || true
	lab_await 5 lab_status relay '[.sessions[] | .drops.rate // 0] | add > 0'
}

@test "traffic, counters of both halves, and what is on the wire" {
	local bps
	lab_capture wire to-relay relayed udp port 1701
	connect
	carried
	lab_iperf_server lns
	bps=$(lab_iperf lac 2 -c 10.99.0.1 -B 10.99.0.2)
	[ "$bps" -gt 0 ]
	lab_await 5 lab_status relay '([.sessions[] | select(.relay.onward) | .tx.user.packets] | add) > 100'
	# What one half receives, the other one sends.
	lab_status relay '[.sessions[] | select(.relay.onward | not) | .rx.user.packets] == [.sessions[] | select(.relay.onward) | .tx.user.packets]'
	"$L2X" down -s "$LAB_DIR/lac.sock" isp
	lab_await 10 no_call relay
	lab_capture_end relayed
	# tshark warns of each vendor's AVP, as our trail is one; and it sees each packet of TCP twice.
	run lab_tshark relayed -Y '!tcp && (_ws.malformed || (_ws.expert.severity >= 6291456 && !l2tp.vendor_specific_avp_data))' \
		-T fields -e frame.number -e _ws.col.Info
	assert_output ''
}
