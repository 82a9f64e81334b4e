#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A changed configuration while a relayed session carries traffic.

load ../lib/netns
load ../lib/relay

NUMBERED=$LAB_ROOT/build/tests/lib/numbered

reload() {
	"$L2X" reload -s "$LAB_DIR/relay.sock"
}

ids() {
	lab_status relay '[.sessions[] | "\(.tunnel_id)/\(.session_id)"] | sort | join(" ")'
}

# counts_begin COUNT RATE: numbered packets from the customer to the far LNS.
counts_begin() {
	ip -n "$LAB-lac" rule add to 10.99.0.1 lookup 100
	lab_spawn lns numbered-receive "$NUMBERED" receive 7777 "$1" "$LAB_DIR/board"
	lab_await 10 test -s "$LAB_DIR/board"
	lab_spawn lac numbered-send "$NUMBERED" send 10.99.0.1 7777 "$1" "$LAB_DIR/board" 64 "$2"
}

relay_config() {
	config_relay >"$LAB_DIR/relay.yaml"
}

# in_rule LINE: more in the only rule of the relay.
in_rule() {
	sed -i "s/^        relay: far/&\n        $1/" "$LAB_DIR/relay.yaml"
}

in_relay() {
	sed -i "s/^    idle-timeout: 60/    $1/" "$LAB_DIR/relay.yaml"
}

@test "what leaves its target as it is costs a relayed session not a packet" {
	local before i
	connect
	carried
	before=$(ids)
	counts_begin 16000 4000
	for i in 1 2 3; do
		relay_config
		run -0 reload
		assert_output --partial '1 sessions stay as they are, 0 are changed, 0 end'
		# Of the rule, and of the entry.
		in_rule 'speed: 900M'
		lab_set relay local-ppp-ip "10.98.0.1\\n    speed-total-rx: 900M"
		run -0 reload
		assert_output --partial '0 sessions stay as they are, 1 are changed, 0 end'
		# Another place in the file, another relay, and what is only told of new calls.
		relay_config
		in_relay "idle-timeout: $((60 + i))\n    calling-number: regenerate 1%c\n    proxy: drop"
		sed -i "s/^relays:/&\n  - {name: more, server: 192.0.2.9}/; s/^      - called-number.*/      - {called-number: 999, reject: no}\n&/" "$LAB_DIR/relay.yaml"
		run -0 reload
		assert_output --partial '0 sessions stay as they are, 1 are changed, 0 end' # its speeds
		# A mistake.
		lab_set relay server '[]'
		run -1 reload
	done
	lab_await 60 lab_ended numbered-send
	lab_await 20 lab_ended numbered-receive
	run -0 jq -er '"\(.lost) \(.duplicated) \(.reordered) \(.received)"' "$LAB_DIR/numbered-receive.log"
	assert_output '0 0 0 16000'
	assert_equal "$(ids)" "$before"
	lab_status relay '[.sessions[] | select(.relay.onward) | .tx.xdp.packets >= 16000] == [true]'
	# Its time is over, since the rule has one now.
	relay_config
	in_rule 'session-timeout: 1'
	run -0 reload
	assert_output --partial '1 are changed, 0 end'
	lab_await 20 lab_said lac 'session ended.*: .*session timeout'
}

@test "another target: the call ends, with the reason, is counted, and goes on to the new one" {
	connect lns second
	carried
	lab_set relay server '[192.0.2.4]'
	run -0 reload
	assert_output --partial '0 sessions stay as they are, 0 are changed, 1 end'
	lab_said relay 'far: begins anew: server is another'
	lab_await 20 lab_said lac 'session ended.*: .*its configuration has changed'
	lab_await 20 lab_said lns 'session ended.*: .*its configuration has changed'
	carried second
	# Another of `relays`, to where it was before.
	sed -i 's/^relays:/&\n  - {name: near, server: 192.0.2.3, hostname: lab-relay, secret: relay-secret}/; s/relay: far/relay: near/' "$LAB_DIR/relay.yaml"
	run -0 reload
	assert_output --partial '1 end'
	lab_await 20 lab_said lac 'session ended.*: .*configuration has changed: relay'
	carried
	# It ends here now.
	sed -i '/^        relay: near/d; s/- called-number: "300400"/- {username: alice@far, password: alice-password, remote-ppp-ip: 10.99.0.2}/; s/local-ppp-ip: .*/local-ppp-ip: 10.99.0.1/' "$LAB_DIR/relay.yaml"
	run -0 reload
	assert_output --partial '1 end'
	lab_await 30 up lac
	lab_await 10 up relay
	# And with its relay gone, which is idle now.
	sed -i '/name: near/d' "$LAB_DIR/relay.yaml"
	run -0 reload
	assert_output --partial '1 sessions stay as they are, 0 are changed, 0 end'
	lab_await 20 no_call lns
}

@test "a relay is gone while a call waits for its LNS" {
	lab_start relay
	lab_start lac
	lab_await 20 lab_status relay '.sessions | length == 1'
	sed -i '/^relays:/,/^incoming:/{/^incoming:/!d}; s/^        relay: far/        reject: no more/' "$LAB_DIR/relay.yaml"
	run -0 reload
	assert_output --partial '0 sessions stay as they are, 0 are changed, 1 end'
	lab_await 20 no_call relay
}
