#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# How lines have been: samples of a real session, over reconnects, restarts and crashes of the controller.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	local ns
	for ns in lac lns; do
		lab_set $ns lcp-echo-interval 1
		lab_set $ns log-level info
		echo "history: {file: $LAB_DIR/$ns.history, save-interval: 1}" >>"$LAB_DIR/$ns.yaml"
	done
	lab_connect
	lab_reaches client 10.2.0.2
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 20
}

# line lac|lns NAME FILTER: of its history, with jq; false and null are failures.
line() {
	"$L2X" show history --json -s "$LAB_DIR/$1.sock" "$2" | jq -er "$3"
}

tunnel() {
	"$L2X" show history --json --tunnel -s "$LAB_DIR/$1.sock" "$2" | jq -er "$3"
}

# total lac|lns NAME COLUMN: over all slots.
total() {
	line "$1" "$2" "(.columns | index(\"$3\")) as \$i | [.slots[][\$i]] | add"
}

more_than() {
	[ "$(total "$1" "$2" "$3")" -gt "$4" ]
}

@test "a session's echoes and traffic come to its line, at both ends" {
	lab_in client ping -q -c 20 -i 0.02 -s 972 10.2.0.2
	for way in rx tx; do
		lab_await 30 more_than lac isp ${way}_bytes 19000
		lab_await 30 more_than lns customers/alice ${way}_bytes 19000
		more_than lns customers/alice ${way}_packets 19
	done
	lab_await 30 more_than lac isp echoes 3
	line lac isp '.up and .seconds == 100'
	line lac isp '.slots | all(.[3] == 0)'
	line lac isp '.slots[-1] | .[4] != null and .[4] <= .[5] and .[5] <= .[6]'
}

@test "status has the last values" {
	lab_status lac '.sessions[0].quality | .line == "isp" and .echoes > 0 and .lost == 0 and .rtt_avg_ms >= 0
		and .rx_bits_per_s >= 0'
}

@test "lost echoes are counted" {
	ip -n "$LAB-lac" link set to-lns down
	lab_await 60 more_than lac isp lost 1
	ip -n "$LAB-lac" link set to-lns up
	lab_await 60 lab_session lac
}

@test "as a table and as CSV" {
	run -0 "$L2X" show history -s "$LAB_DIR/lac.sock" isp
	assert_line --index 0 'isp: up'
	assert_line --index 1 --regexp '^FROM +UP S +LOSS % +RTT MIN +AVG +MAX MS +RX BIT/S +TX BIT/S$'
	assert_line --index 2 --regexp '^20[0-9-]+ [0-9:]+ +[0-9]+ +[0-9.]+ '
	run -0 "$L2X" show history --csv -s "$LAB_DIR/lac.sock" isp
	assert_line --index 0 'time,up,echoes,lost,rtt_min,rtt_avg,rtt_max,rx_bytes,tx_bytes,rx_packets,tx_packets,drops,duplicates,missing,skew_half,skew_most'
	assert_line --index 1 --regexp '^[0-9]+,[0-9]+,[0-9]+,[0-9]+,'
}

@test "a line that nobody knows" {
	run -1 "$L2X" show history -s "$LAB_DIR/lac.sock" nobody
	assert_output 'l2x: there is no history of line "nobody"'
	run -2 "$L2X" show history -s "$LAB_DIR/lac.sock"
	run -2 "$L2X" show weather
}

@test "an orderly restart keeps it, and goes on with it" {
	local before
	before=$(total lac isp rx_bytes)
	lab_kill TERM lac
	lab_start lac
	[ "$(total lac isp rx_bytes)" -ge "$before" ]
	lab_await 30 lab_session lac
	lab_in client ping -q -c 20 -i 0.02 -s 972 10.2.0.2
	lab_await 30 more_than lac isp rx_bytes $((before + 15000))
}

@test "so does a crash, as far as it was written" {
	local before
	before=$(total lns customers/alice rx_bytes)
	rm "$LAB_DIR/lns.history"
	lab_await 20 test -e "$LAB_DIR/lns.history"
	lab_kill KILL lns
	lab_start lns
	[ "$(total lns customers/alice rx_bytes)" -ge "$before" ]
}

@test "a broken file is said, and does no harm" {
	lab_kill TERM lac
	printf '\377\377' | dd of="$LAB_DIR/lac.history" bs=1 seek=40 conv=notrunc status=none
	lab_start lac
	lab_said lac 'lac.history is damaged'
	lab_kill TERM lac
	echo "nothing of the kind" >"$LAB_DIR/lac.history"
	lab_start lac
	lab_said lac 'lac.history is not a history file'
	lab_await 30 lab_session lac
}

@test "a file that cannot be written is said, and does no harm" {
	lab_kill TERM lac
	sed -i "s|$LAB_DIR/lac.history|/proc/l2x/history|" "$LAB_DIR/lac.yaml"
	lab_start lac
	lab_await 10 lab_said lac 'cannot write /proc/l2x/history'
	lab_await 30 lab_session lac
}

@test "a tunnel that is there for a moment: its seconds, with its traffic" {
	lab_kill TERM lac
	lab_kill TERM lns
	lab_config lac
	lab_set lac hostname lab-short
	lab_set lns remote-hostname '"lab-*"'
	lab_connect
	lab_reaches client 10.2.0.2
	lab_kill TERM lac
	lab_await 10 lab_status lns '.tunnels == []'
	run -0 tunnel lns customers/lab-short '.kind == "tunnel" and (.up | not)'
	# shellcheck disable=SC2016 # for jq
	run -0 tunnel lns customers/lab-short '(.columns | index("up")) as $i | [.slots[][$i]] | add'
	assert [ "$output" -ge 1 ]
	assert [ "$output" -le 20 ]
}
