#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the log says, and where: a real journald keeps the fields; levels by tunnel, rule and command; and what is
# left to read the next morning is a line for each thing that happened.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	load ../lib/journal
	local ns
	for ns in lac lns; do
		lab_set $ns log-level info
	done
	lab_add lac lcp-echo-interval "calling-number: \"100200\""
	journal_start
	L2X=$JOURNAL_L2X lab_start lns
	lab_start lac
	lab_await 40 lab_session lac
}

teardown_file() {
	lab_init
	lab_down
}

setup() {
	load ../lib/journal
}

teardown() {
	lab_show_logs 20
	journal 'map("\(.PRIORITY) \(.MESSAGE)") | .[-20:]' || true
}

# log lac|lns ARGUMENTS...
log() {
	"$L2X" log -s "$LAB_DIR/$1.sock" "${@:2}"
}

# again: the session ends, and comes anew.
again() {
	local id
	id=$(lab_status lac '.sessions[0].tunnel_id')
	"$L2X" restart -s "$LAB_DIR/lac.sock" isp
	lab_await 40 eval "lab_status lac '.sessions[0] | .tunnel_id != $id and .ipv4 != null and .ipv6 != null'"
	lab_await 20 eval "lab_status lns '.sessions | length == 1 and .[0].ipv6 != null'"
}

@test "in the journal, with the fields of whom a line is about" {
	lab_await 20 journal 'any(.[]; (.MESSAGE | test("^customers/alice: IPv4 up: local 10.99.0.1, remote 10.99.0.2"))
		and .L2X_SESSION == "customers/alice" and (.L2X_TUNNEL | test("^customers#[0-9]+$")) and .L2X_USER == "alice"
		and (.L2X_PEER | test("^192.0.2.1:1701$")) and .L2X_SET == null and .PRIORITY == "6" and ._TRANSPORT == "journal")'
	journal '[.[] | select(.MESSAGE | test("IPv[46] up: .*, call from .100200.$"))] | length == 1'
	journal 'any(.[]; (.MESSAGE | test("tunnel up with 192.0.2.1:1701")) and .L2X_TUNNEL != null and .L2X_SESSION == null)'
	journal 'any(.[]; (.MESSAGE | test(": running$")) and .L2X_TUNNEL == null)'
	# And journald finds them by these.
	journal_in journalctl -D /run/log/journal --no-pager L2X_USER=alice | grep -q 'IPv6 up'
	run -0 journal_in journalctl -D /run/log/journal --no-pager -q L2X_USER=bob
	assert_output ''
	[ ! -s "$LAB_DIR/lns.log" ]
}

@test "a night: a line for each thing, and who has ended it" {
	local from
	from=$(journal length)
	again
	lab_await 20 journal "[.[$from:][] | .MESSAGE] | map(select(test(\"IPv6 up\"))) | length == 1"
	# The peer's tunnel goes when its session is gone.
	run journal "[.[$from:][] | .MESSAGE | sub(\"[0-9]+ s\"; \"N s\") | sub(\"#[0-9]+\"; \"#N\")] | sort"
	assert_output --partial '"customers/alice: session ended after N s: PPP ended by the peer'
	assert_output --partial '"customers#N: tunnel ended after N s with 192.0.2.1:1701: ended by the peer: session ended'
	assert_output --partial '"customers#N: tunnel up with 192.0.2.1:1701, host name \"lab-lac\"'
	journal "[.[$from:][] | .PRIORITY] | all(. == \"6\")"
	[ "$(journal "[.[$from:][]] | length")" = 5 ]
	# At the other end too.
	lab_said lac 'isp: session ended after [0-9]+ s: PPP ended by us: restarted by command'
}

@test "who is rejected: once, as a warning, with his address" {
	sed 's/lab-lac/stranger/; s/lac.sock/stranger.sock/; s/-lac$/-stranger/; s/^listen:.*/&\nport: 1702/; /interfaces:/,/^outgoing/{/^outgoing/!d}' \
		"$LAB_DIR/lac.yaml" >"$LAB_DIR/stranger.yaml"
	sed -i 's/    server:.*/&\n    port: 1701/; s/l2x100/l2x101/; s/payload-table: 100/payload-table: 101/; s/^dataplane:.*/dataplane: user/' \
		"$LAB_DIR/stranger.yaml"
	lab_spawn lac stranger "$L2X" run -c "$LAB_DIR/stranger.yaml"
	lab_await 20 journal 'any(.[]; .PRIORITY == "4" and .L2X_PEER == "192.0.2.1:1702"
		and (.MESSAGE | test("host name .stranger., refused: no incoming entry matches")))'
	lab_kill TERM stranger
	[ "$(journal_lines stranger)" = 1 ]
}

@test "debug for one user, one session, one calling number: also before the call comes" {
	[ "$(journal '[.[] | select(.PRIORITY == "7")] | length')" = 0 ]
	run -0 log lns --calling 1002* debug
	assert_line --regexp '^calling +1002\* +debug$'
	again
	lab_await 20 journal 'any(.[]; .PRIORITY == "7" and (.MESSAGE | test("LCP Configure-Request")) and .L2X_SESSION != null)'
	# Its control messages too, and no other line of the tunnel's.
	lab_await 20 journal 'any(.[]; .PRIORITY == "7" and (.MESSAGE | test("receive ICCN")) and .L2X_SESSION != null)'
	journal '[.[] | select(.PRIORITY == "7" and .L2X_SESSION == null)] | length == 0'
	log lns --calling '1002*' default
	local from
	from=$(journal length)
	again
	log lns --user alice debug
	again
	lab_await 20 journal "any(.[$from:][]; .PRIORITY == \"7\" and (.MESSAGE | test(\"customers/alice: .*IPCP\")))"
	journal "[.[$from:][] | select(.PRIORITY == \"7\" and (.MESSAGE | test(\"LCP Configure-Request\")))] | length == 0"
	log lns --user alice default
	# What is up already.
	run ! lab_said lac 'LCP Echo'
	lab_set lac lcp-echo-interval 1
	lab_kill TERM lac
	lab_start lac
	lab_await 40 lab_session lac
	log lac --session isp debug
	lab_await 20 lab_said lac 'LCP Echo'
	run ! lab_said lac 'HELLO'
	log lac --session isp default
}

@test "the last one that is set counts, and default takes it back" {
	log lns --tunnel 'cust*' error
	run -0 log lns --user alice warning --json
	jq -e '.program == "info" and [.levels[] | [.kind, .pattern, .level]] ==
		[["tunnel", "cust*", "error"], ["user", "alice", "warning"]]' <<<"$output"
	run -0 log lns --tunnel 'cust*' debug --json
	jq -e '[.levels[] | .kind] == ["user", "tunnel"]' <<<"$output"
	log lns --tunnel 'cust*' default
	run -0 log lns --user alice default
	assert_output 'program: info'
	run -1 log lns --user alice default
	assert_output --partial 'no level was given for user alice'
	run -1 log lns --user alice loud
	assert_output --partial 'give error, warning, info, debug or default'
	run -2 log lns --user alice
	run -2 log lns debug
	run -2 log lns --user alice --peer x debug
}

@test "a journal that does not keep up is not waited for, and what it misses is counted" {
	log lns --tunnel 'cust*' debug
	kill -STOP "$(lab_pid journald)"
	for _ in 1 2 3; do again; done
	kill -CONT "$(lab_pid journald)"
	log lns --tunnel 'cust*' default
	again
	lab_await 20 journal 'any(.[]; .MESSAGE | test("^the journal had no room for [0-9]+ lines$"))'
	lab_await 20 journal '.[-1].PRIORITY == "6"'
}

@test "levels by entry and by rule; stderr when that is no journal" {
	lab_add lns remote-ppp-ip "log-level: debug"
	lab_set lac log-level debug
	lab_add lac hello-interval "log-level: warning"
	lab_kill TERM lac
	lab_kill TERM lns
	JOURNAL_STREAM=1:2 lab_start lns
	lab_start lac
	lab_await 40 lab_session lac
	lab_reaches client 10.2.0.2
	lab_said lns ' info +customers/alice: IPv4 up'
	# From the login on, which is when the rule is known.
	lab_said lns ' debug +customers/alice: .*IPCP'
	run ! lab_said lns 'debug.*SCCRQ'
	run ! lab_said lac ' (info|debug) +isp'
	lab_said lac 'running$'
}
