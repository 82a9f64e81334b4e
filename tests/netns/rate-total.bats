#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A limit that all sessions of an `incoming` entry share, in both directions, at each level. alice is the lab's own
# session; bob is a second one, with an address of the client's of his own and a table of his own at the LAC.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	lab_address client to-lac 10.3.0.2/24
	lab_address lac to-client 10.3.0.1/24
	ip -n "$LAB-lac" rule add from 10.3.0.0/24 lookup 200
	ip -n "$LAB-lac" route add 10.3.0.0/24 dev to-client table 200
	lab_config_dial bob "$LAB_LNS" | sed 's/alice/bob/; s/l2x100/l2x200/; s/payload-table: 100/payload-table: 200/' \
		>>"$LAB_DIR/lac.yaml"
	echo '      - {username: bob, password: bob-password, remote-ppp-ip: 10.99.0.3, routes: [10.3.0.0/24]}' \
		>>"$LAB_DIR/lns.yaml"
	lab_add lns remote-hostname 'speed-total: 300k' 'speed-total-rx: 200k'
	cp "$LAB_DIR/lns.yaml" "$LAB_DIR/lns.base"
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 20
}

both() {
	lab_status lns '[.sessions[] | select(.ipv4)] | length == 2' && lab_status lac '[.sessions[] | select(.ipv4)] | length == 2'
}

at_level() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_set $ns dataplane "$1"
	done
	lab_connect
	lab_await 30 both
	lab_reaches client 10.2.0.2
	lab_await 10 from bob ping -q -c 1 -W 1 10.2.0.2
}

# from alice|bob PING...: as the client behind that session
from() {
	local address=10.1.0.2
	[ "$1" = alice ] || address=10.3.0.2
	shift
	lab_in client "$@" -I $address
}

# of alice|bob FILTER: at the LNS
of() {
	lab_status lns ".sessions[] | select(.user == \"$1\") | $2"
}

# moved WHO rx|tx: packets and bytes at all levels, and drops by the limit in common
moved() {
	of "$1" "[.$2[] | .packets] | add"
	of "$1" "[.$2[] | .bytes] | add"
	of "$1" '.drops["rate-total"] // 0'
	of "$1" '.drops.rate // 0'
}

settled() {
	local now
	now=$(moved alice rx; moved bob rx)
	sleep 0.2
	[ "$(moved alice rx; moved bob rx)" = "$now" ]
}

flood() {
	from "$1" ping -q -f -c 300 -s 1000 -W 1 10.2.0.2 >/dev/null
}

# Both at a time send 300 packets of 1028 bytes as fast as they go, and get answers.
shared() {
	local who way began elapsed pid sum rate was now
	declare -A was
	at_level "$1"
	lab_await 10 settled
	for who in alice bob; do
		for way in rx tx; do
			was[$who$way]=$(moved $who $way)
		done
	done
	began=${EPOCHREALTIME/./}
	flood alice &
	pid=$!
	flood bob || true
	wait $pid || true
	lab_await 10 settled
	elapsed=$((${EPOCHREALTIME/./} - began))
	for way in rx tx; do
		sum=0 rate=2
		[ $way = rx ] || rate=3
		for who in alice bob; do
			mapfile -t before <<<"${was[$who$way]}"
			mapfile -t now < <(moved $who $way)
			echo "$who $way: $((now[0] - before[0])) packets, $((now[1] - before[1])) bytes, $((now[2] - before[2])) dropped"
			[ $way = tx ] || [ $((now[2] - before[2])) -gt 0 ] || return 1
			[ "${now[3]}" = 0 ] || return 1
			sum=$((sum + now[1] - before[1]))
		done
		echo "in $elapsed us together $sum bytes"
		# Bits are those of the time, of the burst, and of the packet that took the last of it.
		[ $sum -gt 0 ] && [ $((sum * 8)) -le $(((elapsed + 100000) * rate / 10 + 1028 * 8)) ] || return 1
	done
}

@test "userspace: two sessions together keep to the entry's speed" {
	shared user
}

@test "tc" {
	shared tc
}

@test "XDP" {
	shared auto
	assert [ "$(lab_packets lns rx xdp)" -gt 5 ]
}

ids() {
	lab_status lns '[.sessions[] | "\(.user) \(.tunnel_id)/\(.session_id)"] | sort | join(" ")'
}

all_pass() {
	from alice ping -q -c 60 -i 0.002 -s 1000 -W 2 10.2.0.2 | grep -q ' 0% packet loss'
}

@test "a reload changes it in place, takes it away, and brings it back" {
	local before
	before=$(ids)
	sed -i 's/speed-total: 300k/speed-total: 500M/; s/speed-total-rx: 200k/speed-total-rx: 500M/' "$LAB_DIR/lns.yaml"
	run -0 "$L2X" reload -s "$LAB_DIR/lns.sock"
	assert_output --partial '0 sessions stay as they are, 2 are changed, 0 end'
	lab_await 10 all_pass
	sed -i '/speed-total/d' "$LAB_DIR/lns.yaml"
	run -0 "$L2X" reload -s "$LAB_DIR/lns.sock"
	assert_output --partial '2 are changed'
	lab_await 10 all_pass
	sed 's/dataplane:.*/dataplane: auto/; s/speed-total: .*/speed-total: 8k/; /speed-total-rx/d' "$LAB_DIR/lns.base" >"$LAB_DIR/lns.yaml"
	run -0 "$L2X" reload -s "$LAB_DIR/lns.sock"
	assert_output --partial '2 are changed'
	run all_pass
	assert_failure
	assert_equal "$(ids)" "$before"
}

@test "a speed that is none is a mistake, with its line" {
	lab_set lns speed-total connect
	run -1 "$L2X" check -c "$LAB_DIR/lns.yaml"
	assert_line --regexp 'lns.yaml:[0-9]+: incoming\[0\].speed-total: "connect" is not a speed, give 8k to 1T bits per second$'
}
