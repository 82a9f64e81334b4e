#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# l2x show and l2x top of a controller with a session; and that what status says in JSON is documented.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	lab_connect
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 10
}

# show ARGUMENTS...: of the LNS.
show() {
	"$L2X" show -s "$LAB_DIR/lns.sock" "$@"
}

@test "each kind has rows of the session" {
	run -0 show sessions --json
	jq -e '.schema_version == 1 and (.sessions | length) == 1' <<<"$output"
	name=$(jq -r '.sessions[0].name' <<<"$output")
	run -0 show tunnels --json
	jq -e '.tunnels[0].sessions == 1 and .tunnels[0].state == "established"' <<<"$output"
	run -0 show peers --json
	jq -e --arg a "$LAB_LAC" '.peers[0].name == $a and .peers[0].tunnels == 1' <<<"$output"
	run -0 show routes --json --prefix 10.1.0.0/24
	jq -e --arg n "$name" '.routes[0] == {prefix: "10.1.0.0/24", name: $n, tunnel: .routes[0].tunnel,
		user: .routes[0].user, netdev: .routes[0].netdev, payload_table: .routes[0].payload_table}' <<<"$output"
	run -0 show interfaces to-lac
	assert_line --index 1 --regexp '^to-lac '
	run -0 show sessions -v
	assert_line "  name: \"$name\""
	run -0 show sessions --user nobody
	assert_output ''
}

@test "each command: JSON of the documented shape, and nothing that is not documented" {
	local kind
	run -0 "$L2X" status -s "$LAB_DIR/lns.sock" --json
	lab_shape '' <<<"$output"
	for kind in tunnels sessions sets routes interfaces peers drops rates; do
		run -0 show "$kind" --json
		jq -e --arg k "$kind" 'keys == (["schema_version", $k] | sort)' <<<"$output"
		jq -c ".${kind}[]" <<<"$output" | lab_shape "$kind"
		run -0 show "$kind" --json --watch --interval 0.1 --count 2
		[ "$(jq -c ".$kind | type" <<<"$output" | grep -c array)" = 2 ]
	done
	run -0 "$L2X" show history --json -s "$LAB_DIR/lns.sock" customers/alice
	lab_shape history <<<"$output"
	"$L2X" log -s "$LAB_DIR/lns.sock" --user bob debug
	run -0 "$L2X" log -s "$LAB_DIR/lns.sock" --json
	lab_shape log <<<"$output"
	# What does not fit is seen.
	run ! lab_shape tunnels <<<'{"name": 7, "role": "outgoing"}'
	assert_line 'tunnels.name: 7 is no string'
	assert_line 'tunnels.sessions is missing'
	assert_line 'tunnels.uptime is missing'
}

@test "bash completes the names of what there is" {
	export L2X_PROGRAM=$L2X L2X_SOCKET=$LAB_DIR/lns.sock
	# shellcheck disable=SC2016 # for the inner shell
	run -0 bash -c '. "$1"
		l2x() { "$L2X_PROGRAM" "$1" -s "$L2X_SOCKET" "${@:2}"; }
		COMP_WORDS=(l2x show sessions cust) COMP_CWORD=3
		_l2x
		printf "%s\n" "${COMPREPLY[@]}"' - "$LAB_ROOT/scripts/completion/l2x.bash"
	assert_output customers/alice
}

@test "drops are told with what they mean" {
	# A packet into the tunnel that belongs to no session.
	lab_in lac bash -c "printf '\\0\\002\\011\\011\\011\\011\\377\\003\\0\\041%020d' 0 >/dev/udp/$LAB_LNS/1701"
	lab_await 20 dropped no-session
	run -0 show drops
	assert_line --partial 'no such tunnel and session'
}

dropped() {
	show drops --json | jq -e --arg r "$1" '.drops[] | select(.reason == $r) | .packets > 0'
}

@test "top: who carries the most" {
	lab_spawn client flood ping -q -i 0.01 10.2.0.2
	lab_await 20 busy
	lab_kill INT flood
	run -0 "$L2X" top -s "$LAB_DIR/lns.sock" --count 1 --interval 0.2
	assert_line --index 0 --regexp '^SESSION +USER +RX +TX '
}

busy() {
	"$L2X" top -s "$LAB_DIR/lns.sock" --json --count 1 --interval 0.5 |
		jq -e '.rates[0].rx_packets_per_s > 10 and .rates[0].tx_bits_per_s > 1000'
}

@test "colours and the empty screen are for a terminal" {
	run -0 show tunnels
	refute_output --partial $'\e['
	TERM=xterm run -0 script -qec "$L2X show -s $LAB_DIR/lns.sock tunnels" /dev/null
	assert_output --partial $'\e[32mestablished\e[0m'
	NO_COLOR=1 TERM=xterm run -0 script -qec "$L2X show -s $LAB_DIR/lns.sock tunnels" /dev/null
	refute_output --partial $'\e['
	TERM=xterm run -0 script -qec "$L2X top -s $LAB_DIR/lns.sock -n 1 -i 0.1" /dev/null
	assert_output --partial $'\e[H\e[J'
}

@test "every member that status has is explained in l2x(8)" {
	run -0 "$L2X" status -s "$LAB_DIR/lns.sock" --json
	mapfile -t members < <(jq -r 'paths | map(select(type == "string")) | last // empty' <<<"$output" | sort -u)
	assert [ "${#members[@]}" -gt 30 ]
	text=$(sed -n '/^.Sh STATUS IN JSON/,/^.Sh THE CONTROL/p' "$LAB_ROOT/docs/l2x.8")
	for member in "${members[@]}"; do
		grep -qw -- "$member" <<<"$text" || { echo "not in docs/l2x.8: $member"; missing=1; }
	done
	assert [ -z "${missing:-}" ]
}
