#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A session for whose routes there is no room, or whose route somebody has already: what cannot be had is said
# and given up, who is up stays up, and it works as soon as it can.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
}

teardown_file() {
	lab_init
	lab_down
}

# Two sessions, alice's by "isp" and bob's by "second"; bob's is dialled when the test says so.
setup() {
	local entry
	lab_config lns
	lab_config lac
	cat >>"$LAB_DIR/lns.yaml" <<-EOF
		      - username: bob
		        password: alice-password
		        remote-ppp-ip: 10.99.0.3
	EOF
	entry=$(sed -n '/- name: isp/,$p' "$LAB_DIR/lac.yaml")
	sed 's/name: isp/name: second/; s/username: alice/username: bob/; s/l2x100/l2x101/; s/payload-table: 100/payload-table: 101/' \
		<<<"$entry" >>"$LAB_DIR/lac.yaml"
}

teardown() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
	done
	lab_show_logs
}

connect_alice() {
	lab_start lac
	"$L2X" down second -s "$LAB_DIR/lac.sock"
	lab_start lns
	lab_await 20 session alice '.ipv4 and .ipv6'
	lab_await 20 lab_status lns '.sessions | length == 1'
}

# session USER FILTER: of the LNS's session of that user, in the network phase.
session() {
	lab_status lns ".sessions | any(.user == \"$1\" and .phase == \"network\" and ($2))"
}

@test "max-routes: the session that has no room for its own ends, the other one stays" {
	# Alice's two configured ones, and the two addresses of her end.
	sed -i '1i max-routes: 4' "$LAB_DIR/lns.yaml"
	connect_alice
	"$L2X" up second -s "$LAB_DIR/lac.sock"
	lab_await 20 lab_said lns 'cannot add route 10.99.0.3/32: there are max-routes .4. already'
	lab_await 20 lab_said lns 'bob: session ended: .*cannot set up its addresses and routes'
	run ip -n "$LAB-lns" route show 10.99.0.3
	assert_output ''
	session alice '.ipv4 and .ipv6'
	lab_in client ping -q -c 3 -i 0.1 -W 2 10.2.0.2
	# It is dialled again and again, and its time comes.
	"$L2X" down isp -s "$LAB_DIR/lac.sock"
	lab_await 20 session bob '.ipv4 and .ipv6'
	run ip -n "$LAB-lns" route show 10.99.0.3
	assert_output --partial 'dev l2x0'
}

@test "a route that somebody else has: that protocol is given up, the other one stays" {
	ip -n "$LAB-lns" route add blackhole 10.99.0.3
	connect_alice
	"$L2X" up second -s "$LAB_DIR/lac.sock"
	lab_await 20 lab_said lns 'table 254 has another route 10.99.0.3/32'
	lab_await 20 session bob '(.ipv4 | not) and .ipv6'
	run ip -n "$LAB-lns" route show 10.99.0.3
	assert_output --partial blackhole
	session alice '.ipv4 and .ipv6'
	ip -n "$LAB-lns" route del blackhole 10.99.0.3
	"$L2X" restart second -s "$LAB_DIR/lac.sock"
	lab_await 20 session bob '.ipv4 and .ipv6'
	run ip -n "$LAB-lns" route show 10.99.0.3
	assert_output --partial 'dev l2x0'
}
