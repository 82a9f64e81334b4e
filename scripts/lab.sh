# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The lab: network namespaces in which two controllers meet. Sourced by scripts/demo and by the
# tests, so what the demo shows is what the tests test.
#
#   client ──── lac ═══ L2TP ═══ lns ──── server
#   10.1.0.2    192.0.2.1   192.0.2.2     10.2.0.2
#   2001:db8:1::2                         2001:db8:2::2
#
# With LAB_UNDERLAY=6 the underlay is 2001:db8:9::1 and ::2 instead, and has no IPv4.
#
# With LAB_ROUTED=1 there are two routers between them, `router` and `router2`, beside each other. The
# LNS is 203.0.113.1 (2001:db8:203::1) by both; the LAC is 10.90.1.1 (2001:db8:901::1) towards the first
# and 10.90.2.1 (2001:db8:902::1) towards the second, and has a route by the first.
#
# With LAB_LEGS=2 there are two paths between both, each through a cable in the namespace `wire` that
# can be made bad while it runs (lab_impair), and each with a session of its own. The second one is
# 198.51.100.1 and .2, or, with LAB_UNDERLAY2=6, 2001:db8:a::1 and ::2; with LAB_NICS=1 on the
# first one's NICs and cable, else on its own, `to-lns2` and `to-lac2`.
#
# A link's end is named after the far end: in `lac` stand `to-client` and `to-lns`. With LAB_WIRE=1
# the underlay passes through a namespace `wire`, a switch, where captures see what XDP moves past
# the sockets of the hosts, and where a test can cut the cable.
#
# Everything of one lab carries its name, l2x-$LAB_ID, and lab_down removes all of it, however far
# lab_up came. `nsenter --net` enters a namespace, because `ip netns exec` hides /sys/fs/bpf.
#
# Every function returns non-zero when it did not do what its name says. None of them exits.

PATH=$PATH:/usr/sbin:/sbin
LAB_ROOT=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
L2X=${L2X:-$LAB_ROOT/build/l2x}
LAB_IMPAIR=$LAB_ROOT/build/tests/lib/impair

# Names a lab, without touching anything. LAB_ID is exported, so a child that sources this file
# joins the lab.
lab_init() {
	export LAB_ID=${LAB_ID:-$$}
	LAB=l2x-$LAB_ID
	LAB_DIR=/run/l2x-lab/$LAB_ID
	LAB_LAC=192.0.2.1 LAB_LNS=192.0.2.2 LAB_MTU=1460
	if [ "${LAB_UNDERLAY:-4}" = 6 ]; then
		LAB_LAC=2001:db8:9::1 LAB_LNS=2001:db8:9::2 LAB_MTU=1440
	fi
	LAB_LAC_NIC=to-lns LAB_LNS_NIC=to-lac
	if [ "${LAB_ROUTED:-0}" = 1 ]; then
		LAB_LAC=10.90.1.1 LAB_LNS=203.0.113.1
		[ "${LAB_UNDERLAY:-4}" = 4 ] || LAB_LAC=2001:db8:901::1 LAB_LNS=2001:db8:203::1
		LAB_LAC_NIC=to-router LAB_LNS_NIC=to-router
	fi
	LAB_LAC2=198.51.100.1 LAB_LNS2=198.51.100.2
	if [ "${LAB_UNDERLAY2:-4}" = 6 ]; then
		LAB_LAC2=2001:db8:a::1 LAB_LNS2=2001:db8:a::2
	fi
	# Room for the sequence numbers of a set; and, in either leg, for IPv6.
	[ "${LAB_LEGS:-1}" = 1 ] || LAB_MTU=1420
	export LAB LAB_DIR LAB_LAC LAB_LNS LAB_LAC2 LAB_LNS2 LAB_MTU LAB_LAC_NIC LAB_LNS_NIC
}

# lab_in NAMESPACE COMMAND...
lab_in() {
	local ns=$1
	shift
	nsenter --net="/run/netns/$LAB-$ns" -- "$@"
}

# lab_await SECONDS COMMAND...: until the command succeeds.
lab_await() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $deadline ]; then
			echo "lab: still not so at the deadline: $*" >&2
			return 1
		fi
		sleep 0.1
	done
}

# lab_spawn NAMESPACE NAME COMMAND...: in the background; output in $LAB_DIR/NAME.log, process id in
# NAME.pid. Descriptors 3 and 4 are bats' own: who holds them keeps bats waiting.
lab_spawn() {
	local ns=$1 name=$2
	shift 2
	nsenter --net="/run/netns/$LAB-$ns" -- "$@" >"$LAB_DIR/$name.log" 2>&1 </dev/null 3>&- 4>&- &
	echo $! >"$LAB_DIR/$name.pid"
	disown $!
}

lab_pid() {
	cat "$LAB_DIR/$1.pid"
}

lab_runs() {
	local pid stat
	pid=$(lab_pid "$1" 2>/dev/null) || return 1
	stat=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
	stat=${stat##*) }
	[ "${stat%% *}" != Z ]
}

lab_ended() {
	! lab_runs "$1"
}

# lab_kill SIGNAL NAME: and wait until it has ended.
lab_kill() {
	kill "-$1" "$(lab_pid "$2")" && lab_await 20 lab_ended "$2"
}

# lab_ns NAME...
lab_ns() {
	local ns
	for ns; do
		ip netns add "$LAB-$ns" &&
			ip -n "$LAB-$ns" link set lo up &&
			lab_in "$ns" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
				net.ipv6.conf.default.accept_dad=0 || return 1
	done
}

# lab_link A B: a cable between two namespaces. GRO lets XDP redirect frames into a veth pair's far
# end. Checksum offload is off because a frame that XDP takes is sent on as it is: here, as on a
# real wire, it has its checksums.
lab_link() {
	ip -n "$LAB-$1" link add name "to-$2" type veth peer name "to-$1" netns "$LAB-$2" &&
		lab_cable "$1" "to-$2" "$2" "to-$1"
}

# Both ends first have GRO, then are brought up: as what XDP may redirect to, an end counts the
# other's GRO at that moment.
lab_cable() {
	lab_in "$1" ethtool -K "$2" gro on tx off >/dev/null &&
		lab_in "$3" ethtool -K "$4" gro on tx off >/dev/null &&
		ip -n "$LAB-$1" link set "$2" up && ip -n "$LAB-$3" link set "$4" up
}

# lab_address NAMESPACE DEVICE ADDRESS/LEN...
lab_address() {
	local ns=$1 dev=$2 a
	shift 2
	for a; do
		case $a in
		*:*) ip -n "$LAB-$ns" address add "$a" dev "$dev" nodad ;;
		*) ip -n "$LAB-$ns" address add "$a" dev "$dev" ;;
		esac || return 1
	done
}

# What is behind the LAC. Its payload table holds the way back to the client and, once the session
# is up, the default routes into the tunnel. The LAC's own traffic to PPP addresses uses it too.
lab_up_lac() {
	lab_ns client lac && lab_link_client &&
		ip -n "$LAB-lac" rule add iif to-client lookup 100 &&
		ip -n "$LAB-lac" -6 rule add iif to-client lookup 100 &&
		ip -n "$LAB-lac" rule add to 10.99.0.0/24 lookup 100
}

# The cable between both, with addresses and routes.
lab_link_client() {
	lab_link client lac &&
		lab_address client to-lac 10.1.0.2/24 2001:db8:1::2/64 &&
		lab_address lac to-client 10.1.0.1/24 2001:db8:1::1/64 &&
		ip -n "$LAB-client" route add default via 10.1.0.1 &&
		ip -n "$LAB-client" -6 route add default via 2001:db8:1::1 &&
		ip -n "$LAB-lac" route add 10.1.0.0/24 dev to-client table 100 &&
		ip -n "$LAB-lac" -6 route add 2001:db8:1::/64 dev to-client table 100
}

# What is behind the LNS.
lab_up_lns() {
	lab_ns lns server && lab_link lns server &&
		lab_address lns to-server 10.2.0.1/24 2001:db8:2::1/64 &&
		lab_address server to-lns 10.2.0.2/24 2001:db8:2::2/64 &&
		ip -n "$LAB-server" route add default via 10.2.0.1 &&
		ip -n "$LAB-server" -6 route add default via 2001:db8:2::1
}

# lab_router NAME NUMBER: a router between both.
lab_router() {
	local n=$2
	lab_ns "$1" && lab_link lac "$1" && lab_link "$1" lns &&
		lab_address lac "to-$1" "10.90.$n.1/24" "2001:db8:90$n::1/64" &&
		lab_address "$1" to-lac "10.90.$n.254/24" "2001:db8:90$n::fe/64" &&
		lab_address "$1" to-lns "10.91.$n.254/24" "2001:db8:91$n::fe/64" &&
		lab_address lns "to-$1" "10.91.$n.2/24" "2001:db8:91$n::2/64" &&
		ip -n "$LAB-$1" route add 203.0.113.1 via "10.91.$n.2" &&
		ip -n "$LAB-$1" route add 2001:db8:203::1 via "2001:db8:91$n::2" &&
		ip -n "$LAB-lns" route add "10.90.$n.0/24" via "10.91.$n.254" &&
		ip -n "$LAB-lns" route add "2001:db8:90$n::/64" via "2001:db8:91$n::fe"
}

lab_routed() {
	lab_router router 1 && lab_router router2 2 &&
		lab_address lns lo 203.0.113.1/32 2001:db8:203::1/128 &&
		ip -n "$LAB-lac" route add 203.0.113.1 via 10.90.1.254 &&
		ip -n "$LAB-lac" route add 2001:db8:203::1 via 2001:db8:901::fe
}

lab_underlay() {
	if [ "${LAB_ROUTED:-0}" = 1 ]; then
		lab_routed
		return
	fi
	if [ "${LAB_LEGS:-1}" = 2 ]; then
		lab_ns wire && lab_paths
	elif [ "${LAB_WIRE:-0}" = 1 ]; then
		lab_ns wire && ip -n "$LAB-wire" link add name switch type bridge &&
			ip -n "$LAB-wire" link set switch up &&
			lab_plug lac lns && lab_plug lns lac
	else
		lab_link lac lns
	fi || return 1
	lab_meet to-lns "$LAB_LAC" to-lac "$LAB_LNS"
}

# lab_meet LAC-DEVICE LAC-ADDRESS LNS-DEVICE LNS-ADDRESS
lab_meet() {
	local len=24
	case $2 in *:*) len=64 ;; esac
	lab_address lac "$1" "$2/$len" && lab_address lns "$3" "$4/$len"
}

# lab_plug A B: A's cable towards B, into the switch. The switch calls its port after A.
lab_plug() {
	lab_socket "$1" "$2" '' && ip -n "$LAB-wire" link set "to-$1" master switch
}

# lab_socket A B N: A's N-th cable towards B, as far as the namespace `wire`.
lab_socket() {
	ip -n "$LAB-$1" link add name "to-$2$3" type veth peer name "to-$1$3" netns "$LAB-wire" &&
		lab_cable "$1" "to-$2$3" wire "to-$1$3"
}

# The underlay's two paths, and the second one's addresses.
lab_paths() {
	lab_path '' || return 1
	if [ "${LAB_NICS:-2}" = 1 ]; then
		lab_meet to-lns "$LAB_LAC2" to-lac "$LAB_LNS2"
	else
		lab_path 2 && lab_meet to-lns2 "$LAB_LAC2" to-lac2 "$LAB_LNS2"
	fi
}

# lab_path '' | 2: a cable, and the program that passes frames from one of its ends to the other.
lab_path() {
	lab_socket lac lns "$1" && lab_socket lns lac "$1" &&
		lab_spawn wire "impair$1" "$LAB_IMPAIR" run "to-lac$1" "to-lns$1" \
			"$LAB_DIR/impair$1.sock" "${LAB_SEED:-1}$1" &&
		lab_await 10 test -S "$LAB_DIR/impair$1.sock"
}

# lab_impair 1|2 KEY VALUE...: what the cable of this path does from now on, see tests/lib/impair.c.
lab_impair() {
	local path=$1
	shift
	"$LAB_IMPAIR" set "$LAB_DIR/impair${path/1/}.sock" "$@"
}

# A directory for the lab's files, bpffs for its pins.
lab_dir() {
	mkdir -p /run/l2x-lab && mkdir -m 700 "$LAB_DIR" || return 1
	[ "$(stat -f -c %T /sys/fs/bpf)" = bpf_fs ] || mount -t bpf bpf /sys/fs/bpf
}

# lab_up: the whole lab, with a configuration for each controller, and neither of them started.
lab_up() {
	lab_init
	lab_dir && lab_up_lac && lab_up_lns && lab_underlay && lab_config lac && lab_config lns
}

# Also what lab_up left half made. The controllers get the chance to end in order; the rest does
# not.
lab_down() {
	local ns pid
	for ns in lac lns; do
		lab_runs "$ns" && kill -CONT "$(lab_pid "$ns")" && kill -TERM "$(lab_pid "$ns")"
	done
	for ns in lac lns; do
		lab_runs "$ns" && lab_await 10 lab_ended "$ns"
	done
	for ns in client lac wire router router2 lns server; do
		[ -e "/run/netns/$LAB-$ns" ] || continue
		for pid in $(ip netns pids "$LAB-$ns"); do
			kill -KILL "$pid" 2>/dev/null
		done
		ip netns del "$LAB-$ns"
	done
	rm -rf "/sys/fs/bpf/$LAB-lac" "/sys/fs/bpf/$LAB-lns" "$LAB_DIR"
	rmdir --ignore-fail-on-non-empty /run/l2x-lab 2>/dev/null
	return 0
}

# lab_config lac|lns: $LAB_DIR/NAME.yaml. Each key that a test may want to change stands on a line
# of its own, for lab_set.
lab_config() {
	"lab_config_$1" >"$LAB_DIR/$1.yaml"
}

lab_config_common() {
	cat <<-EOF
		log-level: debug
		dataplane: auto
		control-socket: $LAB_DIR/$1.sock
		bpf-path: /sys/fs/bpf/$LAB-$1
		user: root
	EOF
}

# lab_config_nics FAR-END: the second path's NIC, if it has one of its own.
lab_config_nics() {
	[ "${LAB_LEGS:-1}" = 1 ] || [ "${LAB_NICS:-2}" = 1 ] || printf '  - name: %s\n    forward: xdp\n' "$1"
}

lab_config_lac() {
	lab_config_common lac
	if [ "${LAB_LEGS:-1}" = 1 ]; then
		echo "listen: [\"$LAB_LAC\"]"
	else
		echo "listen: [\"$LAB_LAC\", \"$LAB_LAC2\"]"
	fi
	cat <<-EOF
		interfaces:
		  - name: to-client
		    forward: xdp
		  - name: $LAB_LAC_NIC
		    forward: xdp
	EOF
	lab_config_nics to-lns2
	echo "outgoing:"
	lab_config_dial isp "$LAB_LNS"
	[ "${LAB_LEGS:-1}" = 1 ] || lab_config_dial isp2 "$LAB_LNS2"
}

# lab_config_dial NAME SERVER
lab_config_dial() {
	cat <<-EOF
		  - name: $1
		    server: $2
		    hostname: lab-lac
		    secret: tunnel-secret
		    username: alice
		    password: alice-password
		    interface: l2x100
		    payload-table: 100
		    routes: [0.0.0.0/0, "::/0"]
		    mtu: $LAB_MTU
		    hello-interval: 60
		    lcp-echo-interval: 10
		    lcp-echo-failures: 5
		    retry-max: 2
	EOF
	[ "${LAB_LEGS:-1}" = 1 ] || echo "    ha-set: home"
}

lab_config_lns() {
	lab_config_common lns
	if [ "${LAB_LEGS:-1}" = 1 ]; then
		echo "listen: [\"$LAB_LNS\"]"
	else
		echo "listen: [\"$LAB_LNS\", \"$LAB_LNS2\"]"
	fi
	cat <<-EOF
		interfaces:
		  - name: to-server
		    forward: xdp
		  - name: $LAB_LNS_NIC
		    forward: xdp
	EOF
	lab_config_nics to-lac2
	cat <<-EOF
		incoming:
		  - name: customers
		    remote-hostname: lab-lac
		    hostname: lab-lns
		    secret: tunnel-secret
		    interface: l2x0
		    mtu: $LAB_MTU
		    hello-interval: 60
		    lcp-echo-interval: 10
		    lcp-echo-failures: 5
		    local-ppp-ip: 10.99.0.1
		    dns: [10.99.0.53]
		    authentication: [chap, pap]
		    sessions:
		      - username: alice
		        password: alice-password
		        remote-ppp-ip: 10.99.0.2
		        routes: [10.1.0.0/24, "2001:db8:1::/64"]
	EOF
	[ "${LAB_LEGS:-1}" = 1 ] || echo '        ha-set: "%u"'
}

# lab_set lac|lns KEY VALUE: in that controller's configuration, wherever the key stands. Fails when
# it does not.
lab_set() {
	local file=$LAB_DIR/$1.yaml
	grep -qE "^[- ]*$2:" "$file" && sed -i -E "s|^([- ]*)$2:.*|\1$2: $3|" "$file"
}

# lab_start lac|lns: the controller; returns when it answers on its control socket.
lab_start() {
	if lab_runs "$1"; then
		echo "lab: the controller of $1 runs already" >&2
		return 1
	fi
	lab_spawn "$1" "$1" "$L2X" run -c "$LAB_DIR/$1.yaml"
	if ! { lab_await 60 lab_settled "$1" && lab_answers "$1"; }; then
		tail -n 20 "$LAB_DIR/$1.log" >&2
		return 1
	fi
}

lab_answers() {
	"$L2X" status --json -s "$LAB_DIR/$1.sock" >/dev/null
}

lab_settled() {
	lab_ended "$1" || lab_answers "$1"
}

# lab_status lac|lns FILTER: of its status, with jq; false and null are failures.
lab_status() {
	"$L2X" status --json -s "$LAB_DIR/$1.sock" | jq -er "$2"
}

# lab_session lac|lns: a session is usable for IPv4 and IPv6.
lab_session() {
	lab_status "$1" '[.sessions[] | select(.phase == "network" and .ipv4 and .ipv6)] | length > 0'
}

lab_no_session() {
	lab_status "$1" '[.sessions[] | select(.phase == "network")] | length == 0'
}

# Both controllers, and wait for the session.
lab_connect() {
	lab_start lns && lab_start lac &&
		lab_await 20 lab_session lac && lab_await 10 lab_session lns
}

# lab_iperf_server NAMESPACE
lab_iperf_server() {
	lab_spawn "$1" "iperf-$1" iperf3 -s && lab_await 5 lab_listens "$1" 5201
}

lab_listens() {
	lab_in "$1" ss -Hltn "sport = :$2" | grep -q LISTEN
}

# lab_iperf NAMESPACE SECONDS ARGUMENTS...: prints bits per second received. The server, which
# reopens its socket after each run, gets a moment for it.
lab_iperf() {
	local ns=$1 secs=$2 try out
	shift 2
	for try in 1 2 3 4 5; do
		out=$(lab_in "$ns" timeout $((secs + 15)) iperf3 -J -t "$secs" "$@") &&
			jq -er '.end.sum_received.bits_per_second | floor | select(. > 0)' <<<"$out" && return 0
		jq -er '.error' <<<"$out" 2>/dev/null | grep -q 'refused\|busy' || break
		sleep 0.$((try * 2 - 1))
	done
	jq -r '.error? // .' <<<"$out" >&2
	return 1
}
