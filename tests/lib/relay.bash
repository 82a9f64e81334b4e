# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The lab of L2TP tunnel switching: a LAC, a relay, a LNS (docs/relay.md). Each is a controller in a
# namespace of its own, all on one switch, `wire`:
#
#   lac 192.0.2.1, relay 192.0.2.2, lns 192.0.2.3, second 192.0.2.4; proxy_lac runs in lac
#   and 2001:db8::1 to 2001:db8::4
#
# Loaded behind netns.bash by the bats files that use it.

HOSTS="lac relay lns second"

# address_of HOST [6]
address_of() {
	local at=192.0.2.
	[ "${2:-4}" = 4 ] || at=2001:db8::
	case $1 in
	lac) echo "${at}1" ;;
	relay) echo "${at}2" ;;
	lns) echo "${at}3" ;;
	second) echo "${at}4" ;;
	esac
}

# underlays NEAR FAR: 4 or 6, of the tunnels to the relay and from it.
underlays() {
	lab_set lac server "$(address_of relay "$1")"
	lab_set relay server "$(address_of lns "$2")"
}

# at_level xdp|tc|user: what the relay moves packets by.
at_level() {
	[ "$1" = xdp ] || sed -i 's/, forward: xdp//' "$LAB_DIR/relay.yaml"
	[ "$1" != user ] || lab_set relay dataplane user
}

# moved_by LEVEL LEAST: what each half receives the other one sends, at this level and at no other one.
moved_by() {
	# shellcheck disable=SC2016 # for jq
	"$L2X" status --json -s "$LAB_DIR/relay.sock" | jq -e --arg least "$2" --arg level "$1" '
		def half(onward): first(.sessions[] | select((.relay.onward // false) == onward));
		def same(from; to): from.rx == to.tx and from.rx[$level].packets >= ($least | tonumber) and
			([from.rx | del(.[$level])[].packets] | add) == 0;
		half(false) as $near | half(true) as $far | same($near; $far) and same($far; $near)'
}

# All on the switch.
setup_file() {
	relay_lab
}

relay_lab() {
	local h
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_init && lab_dir && lab_ns wire || return 1
	ip -n "$LAB-wire" link add name switch type bridge
	ip -n "$LAB-wire" link set switch up
	for h in $HOSTS; do
		lab_ns "$h" && ip -n "$LAB-$h" link add name eth0 type veth peer name "to-$h" netns "$LAB-wire" &&
			lab_cable "$h" eth0 wire "to-$h" && ip -n "$LAB-wire" link set "to-$h" master switch &&
			lab_address "$h" eth0 "$(address_of "$h")/24" "$(address_of "$h" 6)/64" || return 1
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
		interfaces: [{name: eth0, forward: xdp}]
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
