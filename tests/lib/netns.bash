# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the bats files of tests/netns and tests/interop share, on top of scripts/lab.sh. Each file
# has one lab, made in setup_file and taken down in teardown_file.

bats_require_minimum_version 1.8.0
bats_load_library bats-support
bats_load_library bats-assert
# shellcheck source=scripts/lab.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lab.sh"

INJECT=$LAB_ROOT/build/tests/lib/inject

# When a test fails, bats shows what stands on stdout: what the controllers said last.
lab_show_logs() {
	local ns
	for ns in lac lns; do
		if [ -s "$LAB_DIR/$ns.log" ]; then
			echo "--- log of $ns"
			grep -av "command status" "$LAB_DIR/$ns.log" | tail -n "${1:-40}"
		fi
	done
}

# lab_said NAMESPACE PATTERN: a line of the controller's log, case ignored.
lab_said() {
	grep -aqiE -- "$2" "$LAB_DIR/$1.log"
}

# lab_capture NAMESPACE DEVICE NAME TCPDUMP-ARGUMENTS...: into $LAB_DIR/NAME.pcap until
# lab_capture_end NAME.
lab_capture() {
	local ns=$1 dev=$2 name=$3
	shift 3
	lab_spawn "$ns" "$name" tcpdump -U -i "$dev" -w "$LAB_DIR/$name.pcap" "$@" &&
		lab_await 10 grep -q 'listening on' "$LAB_DIR/$name.log"
}

# lab_capture_end NAME: with all that has come.
lab_capture_end() {
	lab_ended "$1" || { lab_capture_written "$1" && { lab_kill TERM "$1" || lab_ended "$1"; }; }
}

# lab_capture_written NAME: all that has come so far stands in the file. The kernel may keep packets back for a second
# before tcpdump gets them; asked, tcpdump says how many it has had, and how many have come.
lab_capture_written() {
	local counts
	if counts=$(lab_capture_counts "$1"); then
		lab_await 20 lab_capture_had "$1" "${counts#* }"
	else
		lab_ended "$1"
	fi
}

# lab_capture_counts NAME: prints how many packets tcpdump has had, or never will, and how many came.
lab_capture_counts() {
	local said
	said=$(lab_capture_said "$1" | wc -l)
	lab_runs "$1" && kill -USR1 "$(lab_pid "$1")" && lab_await 20 lab_capture_says_more "$1" "$said" || return 1
	lab_capture_said "$1" | tail -n 1 | awk '{ print $2 + $8, $5 }'
}

lab_capture_said() {
	grep 'packets dropped by kernel' "$LAB_DIR/$1.log"
}

lab_capture_says_more() {
	[ "$(lab_capture_said "$1" | wc -l)" -gt "$2" ]
}

# lab_capture_had NAME COUNT: at least so many; or it has ended.
lab_capture_had() {
	local counts
	lab_ended "$1" || { counts=$(lab_capture_counts "$1") && [ "${counts% *}" -ge "$2" ]; }
}

# All control messages of the underlay, and the first data packets, LCP and its company among them.
lab_capture_wire() {
	local ns=${1:-wire} dev=${2:-to-lac}
	local control='(udp port 1701 and udp[8] & 0x80 != 0) or (ip6[6] = 17 and ip6[48] & 0x80 != 0)'
	lab_capture "$ns" "$dev" control "$control" &&
		lab_capture "$ns" "$dev" data -c 4000 "not ($control) and not arp and not icmp6"
}

# lab_tshark NAME ARGUMENTS...: reads a capture, all that has come so far, with every checksum checked. TCP's own analysis is
# off: a capture that starts or ends in the middle of a connection is no fault. What iperf3 sends is noise, and no message
# of a protocol whose port its client happens to have.
lab_tshark() {
	local name=$1
	shift
	lab_capture_written "$name" || return 1
	tshark -n -r "$LAB_DIR/$name.pcap" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
		-o tcp.check_checksum:TRUE -o tcp.analyze_sequence_numbers:FALSE -d tcp.port==5201,data "$@" 2>/dev/null
}

# Nothing malformed, no warning or error of tshark's (4.0: severity 6291456 and up) in what is on
# the wire, and there was something. Three warnings of tshark's are TCP at work and none of ours: a
# reset, by which iperf3 ends connections; a duplicate SACK; and a checksum of 0xffff, which the kernel writes for 0 where no NIC
# does it, in one segment of 65536.
lab_decode_clean() {
	local name out wrong='_ws.malformed || _ws.expert.severity >= 6291456'
	local tcp_at_work='tcp.connection.rst || tcp.options.sack.dsack || tcp.checksum.ffff'
	for name in control data; do
		lab_capture_end "$name" || return 1
		if [ -z "$(lab_tshark "$name" -c 1)" ]; then
			echo "nothing captured in $name.pcap"
			return 1
		fi
		out=$(lab_tshark "$name" -Y "($wrong) && !($tcp_at_work)" \
			-T fields -e frame.number -e _ws.col.Info -e _ws.expert.message | head -n 20)
		if [ -n "$out" ]; then
			echo "$name.pcap:"
			echo "$out"
			return 1
		fi
	done
}

# lab_packets lac|lns rx|tx LEVEL: what its sessions moved.
lab_packets() {
	lab_status "$1" "[.sessions[].$2.$3.packets] | add"
}

# lab_wire_moved LEVEL WAS: have both controllers moved packets both ways at this level since
# lab_level_counts said WAS?
lab_level_counts() {
	local ns way
	for ns in lac lns; do
		for way in rx tx; do
			lab_packets "$ns" "$way" "$1"
		done
	done
}

# lab_moved LEVEL LEAST WAS: each of the four counters grew by at least so many.
lab_moved() {
	local now was i
	mapfile -t now < <(lab_level_counts "$1")
	mapfile -t was <<<"$3"
	[ ${#now[@]} = 4 ] || return 1
	for i in 0 1 2 3; do
		if [ $((now[i] - was[i])) -lt "$2" ]; then
			echo "level $1 moved ${was[*]} -> ${now[*]} (lac rx, lac tx, lns rx, lns tx)"
			return 1
		fi
	done
}

# lab_ping NAMESPACE ADDRESS PAYLOAD-SIZE: five, never fragmented; each one has to be answered. One at a time: for the
# last of several, ping waits no longer than twice what the first took, and a guest can be slow at any moment.
lab_ping() {
	# shellcheck disable=SC2016 # for the inner shell
	lab_in "$1" sh -c 'for i in 1 2 3 4 5; do
		out=$(ping -q -M "do" -c 1 -W 2 -s "$1" "$2") || { echo "$out"; exit 1; }
	done' lab_ping "$3" "$2"
}

# lab_reaches NAMESPACE ADDRESS: soon. The first packets may wait for neighbours to be found.
lab_reaches() {
	lab_await 10 lab_in "$1" ping -q -c 1 -W 1 "$2"
}

lab_mac() {
	ip -n "$LAB-$1" -j link show "$2" | jq -er '.[0].address'
}

# lab_inject client|server: the packets of tests/lib/inject.c towards the other one. Prints how
# many.
lab_inject() {
	case $1 in
	client)
		lab_in client "$INJECT" to-lac "$(lab_mac lac to-client)" \
			10.1.0.2 10.2.0.2 2001:db8:1::2 2001:db8:2::2
		;;
	server)
		lab_in server "$INJECT" to-lns "$(lab_mac lns to-server)" \
			10.2.0.2 10.1.0.2 2001:db8:2::2 2001:db8:1::2
		;;
	esac
}

# lab_forge lac|lns FRAME [NUMBER]: a PPP frame in hexadecimal to the first session of this one, as from its peer, over
# IPv4, with or without a number.
lab_forge() {
	local flags=0002 numbers='' from=lns session
	[ "$1" = lac ] || from=lac
	[ -z "${3-}" ] || flags=0802 numbers=$(printf '%04x0000' "$3")
	# shellcheck disable=SC2016 # for jq
	read -ra session <<<"$(lab_status "$1" '.sessions[0] as $s | .tunnels[] | select(.tunnel_id == $s.tunnel_id) |
		"\(.peer) \(.local) \(.tunnel_id) \($s.session_id)" | gsub(":"; " ")')"
	lab_in "$from" "$LAB_ROOT/build/tests/lib/udp_as" "${session[@]:0:4}" \
		"$(printf '%s%04x%04x%sff03%s' $flags "${session[@]:4:2}" "$numbers" "$2")"
}

# lab_add lac|lns KEY LINE...: into that controller's configuration, behind the line of that key and
# as deep as it.
lab_add() {
	local ns=$1 key=$2 line
	shift 2
	for line; do
		sed -i -E "s|^( *)$key:.*|&\n\1$line|" "$LAB_DIR/$ns.yaml"
	done
	grep -qF -- "$1" "$LAB_DIR/$ns.yaml"
}

# The LAC's controller with files of the lab's in place of /etc/hosts and /etc/resolv.conf.
lab_start_lac_with_names() {
	# shellcheck disable=SC2016
	lab_spawn lac lac unshare -m sh -c 'mount --bind "$0/hosts" /etc/hosts &&
		mount --bind "$0/resolv.conf" /etc/resolv.conf && exec "$1" run -c "$0/lac.yaml"' "$LAB_DIR" "$L2X"
	lab_await 15 lab_answers lac
}

# lab_shape DEF: JSON on stdin fits docs/l2x.schema.json, as this one of its $defs; '': as a status.
lab_shape() {
	local wrong
	wrong=$(jq -r --slurpfile schema "$LAB_ROOT/docs/l2x.schema.json" --arg shape "$1" -f "$LAB_ROOT/tests/lib/schema.jq") || return 1
	[ -z "$wrong" ] || { echo "$wrong"; return 1; }
}
