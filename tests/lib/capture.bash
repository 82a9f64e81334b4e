# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of l2x capture share, on top of netns.bash.

# Outer packets over IPv4, and over IPv6, without options of L2TP, that carry ICMP over IPv4.
export CAPTURE_ICMP='udp[14:4] = 0xff030021 and udp[27] = 1'
export CAPTURE_ICMP6='ip6[6] = 17 and ip6[54:4] = 0xff030021 and ip6[67] = 1'

# capture_start lac|lns NAME ARGUMENTS...: into $LAB_DIR/NAME.pcap; returns when the controller has begun.
capture_start() {
	local ns=$1 name=$2
	shift 2
	[ -p "$LAB_DIR/$name.pcap" ] || rm -f "$LAB_DIR/$name.pcap"
	lab_spawn "$ns" "$name" "$L2X" capture -s "$LAB_DIR/$ns.sock" -w "$LAB_DIR/$name.pcap" "$@" || return 1
	CAPTURES+=("$name")
	[ -p "$LAB_DIR/$name.pcap" ] || lab_await 10 capture_begun "$name"
}

# It has its file's header, or is over already.
capture_begun() {
	[ -s "$LAB_DIR/$1.pcap" ]
}

# capture_ended NAME TEXT: by itself, and says this.
capture_ended() {
	lab_await 20 lab_ended "$1" && grep -q "$2" "$LAB_DIR/$1.log" && return 0
	echo "capture $1:" && cat "$LAB_DIR/$1.log"
	return 1
}

# capture_stop NAME...
capture_stop() {
	local name
	for name; do
		lab_kill INT "$name" && grep -q 'packets captured' "$LAB_DIR/$name.log" || return 1
	done
}

capture_kill_all() {
	local name
	for name in "${CAPTURES[@]}"; do
		lab_ended "$name" || lab_kill KILL "$name"
		echo "--- capture $name: $(cat "$LAB_DIR/$name.log")"
	done
}

# capture_hex NAME SKIP [FILTER]: a line of hex digits for each packet, without its link header and as many bytes behind that.
capture_hex() {
	tcpdump -ntxr "$LAB_DIR/$1.pcap" "${3:-}" 2>/dev/null | awk -v skip="$2" '
		/^\t0x/ { $1 = ""; gsub(" ", ""); hex = hex $0; next }
		{ flush_line() }
		END { flush_line() }
		function flush_line() { if (hex) print substr(hex, 2 * skip + 1); hex = "" }'
}

# capture_same NAME SKIP NAME SKIP: the same packets, however many of each, in whatever order.
capture_same() {
	local one two
	one=$(capture_hex "$1" "$2" | sort)
	two=$(capture_hex "$3" "$4" | sort)
	[ -n "$one" ] && [ "$one" = "$two" ] && return 0
	diff <(echo "$one") <(echo "$two") | cut -c 1-150 | head -n 20
	return 1
}

# capture_lines NAME ARGUMENTS...: what tshark says of it.
capture_lines() {
	local name=$1
	shift
	tshark -nr "$LAB_DIR/$name.pcap" "$@" 2>/dev/null
}

capture_has() {
	tshark -nr "$LAB_DIR/$1.pcap" 2>/dev/null | grep -q "$2"
}

# The first packets of both were at about the same time.
capture_times_agree() {
	local a b
	a=$(tshark -nr "$LAB_DIR/$1.pcap" -c 1 -T fields -e frame.time_epoch 2>/dev/null)
	b=$(tshark -nr "$LAB_DIR/$2.pcap" -c 1 -T fields -e frame.time_epoch 2>/dev/null)
	awk -v a="$a" -v b="$b" 'BEGIN { d = a - b; exit !(a > 0 && d > -2 && d < 2) }'
}

# What the programs of lns look at: 1 while a capture runs.
capture_is_on() {
	local id
	for id in $(bpftool -j prog show pinned "/sys/fs/bpf/$LAB-lns/l2x_tc_ingress" | jq '.map_ids[]'); do
		[ "$(bpftool -j map show id "$id" | jq -r .name)" != .data.capture ] ||
			bpftool -j map dump id "$id" | jq -e '[.. | .capture_on? // empty] | max'
	done
}

capture_is_off() {
	[ "$(capture_is_on)" = 0 ]
}

# Five packets and their answers, from either side, of four sizes.
CAPTURE_PINGS=80
capture_ping_both() {
	local size
	for size in 0 56 700 1400; do
		lab_ping client 10.2.0.2 $size && lab_ping server 10.1.0.2 $size || return 1
	done
}

# capture_at_level LEVEL: both controllers, and pings get through.
capture_at_level() {
	lab_set lac dataplane "$1" && lab_set lns dataplane "$1" && lab_connect &&
		lab_reaches client 10.2.0.2 && lab_reaches server 10.1.0.2
}

# capture_compares LEVEL COUNTED-LEVEL SKIP: an outer packet's IP and UDP header are compared only where they are not made up.
capture_compares() {
	local level=$1 counted=$2 outer=$3 icmp=$CAPTURE_ICMP
	[ "${LAB_UNDERLAY:-4}" = 4 ] || icmp=$CAPTURE_ICMP6
	capture_at_level "$level"
	lab_capture wire to-lac outside -c $CAPTURE_PINGS "$icmp"
	lab_capture server to-lns inside -c $CAPTURE_PINGS icmp
	capture_start lns wrapper session customers/alice --wrapper --count $CAPTURE_PINGS "$icmp"
	capture_start lns content session customers/alice --content --count $CAPTURE_PINGS icmp
	capture_start lac far tunnel isp --wrapper --count $CAPTURE_PINGS "$icmp"
	capture_ping_both
	lab_await 20 lab_ended outside
	lab_await 20 lab_ended inside
	capture_ended wrapper "$CAPTURE_PINGS packets captured"
	capture_ended content "$CAPTURE_PINGS packets captured"
	capture_ended far "$CAPTURE_PINGS packets captured"
	capture_same outside "$outer" wrapper "$outer"
	capture_same outside "$outer" far "$outer"
	# On the way between, the TTL has changed, and so the header's checksum.
	capture_same inside 20 content 20
	# Each direction as it was.
	[ "$(capture_lines content -Y 'sll.pkttype == 0 && icmp' | wc -l)" = $((CAPTURE_PINGS / 2)) ]
	[ "$(capture_lines content -Y 'sll.pkttype == 4 && icmp' | wc -l)" = $((CAPTURE_PINGS / 2)) ]
	capture_times_agree outside wrapper
	[ "$(lab_packets lns rx "$counted")" -ge $((CAPTURE_PINGS / 2)) ] && [ "$(lab_packets lns tx "$counted")" -ge $((CAPTURE_PINGS / 2)) ]
}
