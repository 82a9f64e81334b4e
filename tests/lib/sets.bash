# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of sets share, on top of netns.bash and a lab with LAB_LEGS=2.

NUMBERED=$LAB_ROOT/build/tests/lib/numbered
# How many packets a test sends that wants not one of them lost.
export SETS_PACKETS=30000

# sets_start LEVEL [LEGS]: both controllers, at this level of the data path, and both legs.
sets_start() {
	local ns
	for ns in lac lns; do
		lab_set $ns dataplane "$1" && lab_set $ns log-level info || return 1
	done
	lab_start lns && lab_start lac && sets_whole "${2:-2}" &&
		lab_reaches client 10.2.0.2 && lab_reaches server 10.1.0.2
}

# sets_config: anew, both controllers down, no cable bad.
sets_config() {
	local ns path
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns || return 1
		lab_config $ns
	done
	for path in 1 2; do
		[ ! -S "$LAB_DIR/impair${path/1/}.sock" ] || lab_impair "$path" clear 0 || return 1
	done
}

# sets_legs lac|lns N: its first set has so many legs up, for IPv4 and IPv6.
sets_legs() {
	lab_status "$1" ".sets[0] as \$s | \$s.legs_up == $2 and
		([.sessions[] | select(.set == \$s.name and .ipv4 and .ipv6)] | length) == $2"
}

# sets_whole N: so many legs, at both ends.
sets_whole() {
	lab_await 40 sets_legs lac "$1" && lab_await 20 sets_legs lns "$1"
}

# stream_start FROM TO ADDRESS COUNT [WINDOW [RATE [FLOWS]]]: numbered packets, in the background.
stream_start() {
	local from=$1 to=$2 address=$3 count=$4
	shift 4
	rm -f "$LAB_DIR/board-$to"
	lab_spawn "$to" "receive-$to" "$NUMBERED" receive 9000 "$count" "$LAB_DIR/board-$to" &&
		lab_spawn "$from" "send-$to" "$NUMBERED" send "$address" 9000 "$count" "$LAB_DIR/board-$to" "$@"
}

# stream_end TO: prints what became of them, as JSON.
stream_end() {
	lab_await 300 lab_ended "send-$1" && lab_await 60 lab_ended "receive-$1" || return 1
	cat "$LAB_DIR/send-$1.log" "$LAB_DIR/receive-$1.log"
}

# stream_both COUNT FILTER: client to server, and then the other way; jq's filter must be true of each. Not so fast
# that plain numbers come round within the skew.
stream_both() {
	stream_start client server 10.2.0.2 "$1" 64 20000 && stream_is server "$2" &&
		stream_start server client 10.1.0.2 "$1" 64 20000 && stream_is client "$2"
}

# stream_is TO FILTER
stream_is() {
	local said
	said=$(stream_end "$1") || return 1
	echo "$1: $said" | tee -a "$LAB_DIR/streams"
	jq -e "$2" <<<"$said" >/dev/null
}

# shellcheck disable=SC2034
ALL_ONCE='.lost == 0 and .duplicated == 0 and .received == .sent'
