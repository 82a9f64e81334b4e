#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a peer, a host or a configuration can do to a session, and what still works then.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
}

teardown_file() {
	lab_init
	lab_down
}

# Each test begins with none running and the lab's own configuration.
setup() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_config $ns
	done
	lab_in lac sysctl -qw net.ipv4.ip_forward=1
}

teardown() {
	lab_show_logs
}

# The interface of the LAC towards its client, in the status.
to_client() {
	lab_status lac ".interfaces[] | select(.name == \"to-client\") | $1"
}

session_ipv4() {
	lab_status "$1" '[.sessions[] | select(.phase == "network" and .ipv4)] | length > 0'
}

@test "a host without IPv6 gets its session, for IPv4 alone" {
	lab_in lac sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	lab_start lns
	lab_start lac
	lab_await 20 session_ipv4 lac
	run lab_in client ping -q -c 3 -i 0.1 -W 2 10.2.0.2
	lab_in lac sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
	assert_success
	lab_await 10 lab_status lac '.sessions[0].ipv6 == null'
	run lab_status lac '.sessions | length'
	assert_output 1
}

@test "a server cannot give us an address that this host has" {
	lab_set lns remote-ppp-ip 192.0.2.1
	lab_start lns
	lab_start lac
	lab_await 20 lab_said lac 'an address that this host has already'
	run ip -n "$LAB-lac" rule show
	refute_output --partial 'from 192.0.2.1'
	# The tunnel, whose own traffic that was about, lives.
	lab_await 10 lab_status lac '.sessions[0].ipv6 != null'
	run lab_status lac '.sessions[0].ipv4'
	assert_failure
}

@test "a server with one address inside and outside: no route leads the tunnel into itself" {
	lab_set lns local-ppp-ip 192.0.2.2
	lab_set lac payload-table 254
	lab_set lac interface l2x0
	lab_set lac routes '[10.2.0.0/24, "2001:db8:2::/64"]'
	lab_connect
	run ip -n "$LAB-lac" route get 192.0.2.2
	assert_output --partial 'dev to-lns'
	run lab_in lac ping -q -c 3 -i 0.1 -W 2 -I 10.99.0.2 10.2.0.2
	assert_success
	# Not more packets than were asked for: a loop makes a million a second.
	lab_status lac '[.sessions[0].tx[].packets] | add < 100'
}

@test "a listen address that the route would not take is what packets are sent from" {
	ip -n "$LAB-lac" address add 192.0.2.9/24 dev to-lns
	lab_set lac listen '[192.0.2.9]'
	lab_connect
	run lab_status lac '.tunnels[0].local'
	assert_output 192.0.2.9:1701
	ip -n "$LAB-lac" address del 192.0.2.9/24 dev to-lns
}

@test "no listen address of the server's family: said in plain words" {
	lab_set lac listen '["::1"]'
	lab_start lac
	lab_await 10 lab_said lac 'listen. has no address of its family'
}

@test "an interface that is not there yet, comes, goes and comes back" {
	local before
	lab_set lac user nobody
	ip -n "$LAB-lac" link del to-client
	lab_connect
	to_client '.note == "not there" and (.xdp or .tc | not)'
	for _ in come back; do
		lab_link_client
		lab_await 10 to_client '.note == "" and .xdp and .tc'
		lab_reaches client 10.2.0.2
		before=$(lab_packets lac tx xdp)
		lab_in client ping -q -c 20 -i 0.01 -W 2 10.2.0.2
		[ "$(lab_packets lac tx xdp)" -ge $((before + 20)) ]
		ip -n "$LAB-lac" link del to-client
		lab_await 10 to_client '.note == "not there" and (.xdp or .tc | not)'
	done
	# Each time one line: it was not there three times, and came twice.
	assert_equal "$(grep -c 'to-client is not there' "$LAB_DIR/lac.log")" 3
	assert_equal "$(grep -c 'to-client is there: attached' "$LAB_DIR/lac.log")" 2
	lab_link_client
	lab_await 10 to_client .xdp
	lab_kill TERM lac
	run ip -n "$LAB-lac" -d link show to-client
	refute_output --partial prog/xdp
	run tc -n "$LAB-lac" qdisc show dev to-client
	refute_output --partial clsact
}

@test "a host that is no router sends by tc, and is none afterwards either" {
	lab_in lac sysctl -qw net.ipv4.ip_forward=0
	lab_set lac user nobody
	run lab_in lac sysctl -n net.ipv4.conf.lo.forwarding
	assert_output 0
	lab_connect
	run lab_in lac sysctl -n net.ipv4.conf.lo.forwarding net.ipv4.conf.to-lns.forwarding net.ipv4.ip_forward
	assert_output $'1\n0\n0'
	lab_reaches lac 10.99.0.1
	local tc user
	tc=$(lab_packets lac tx tc)
	user=$(lab_packets lac tx user)
	lab_in lac ping -q -c 10 -i 0.02 -W 2 10.99.0.1
	[ "$(lab_packets lac tx tc)" -ge $((tc + 10)) ]
	assert_equal "$(lab_packets lac tx user)" "$user"
	lab_kill TERM lac
	run lab_in lac sysctl -n net.ipv4.conf.lo.forwarding
	assert_output 0
}

@test "max-sessions: the call that is one too many is refused, the other one stays" {
	sed -i '1i max-sessions: 1' "$LAB_DIR/lns.yaml"
	local entry
	entry=$(sed -n '/- name: isp/,$p' "$LAB_DIR/lac.yaml")
	sed 's/name: isp/name: second/; s/l2x100/l2x101/; s/payload-table: 100/payload-table: 101/' \
		<<<"$entry" >>"$LAB_DIR/lac.yaml"
	lab_connect
	lab_await 10 lab_said lac 'too many sessions'
	lab_said lns 'call refused: there are max-sessions \(1\) already'
	run lab_status lns '.sessions | length'
	assert_output 1
	# The place is free again once its session is gone.
	"$L2X" down isp -s "$LAB_DIR/lac.sock"
	lab_await 20 lab_status lac '.sessions | any(.phase == "network" and .netdev == "l2x101")'
}

@test "an end while the peer is silent: in time, and in order" {
	lab_connect
	kill -STOP "$(lab_pid lns)"
	lab_kill TERM lac
	kill -CONT "$(lab_pid lns)"
	run lab_said lac 'ended$'
	assert_success
	run ip -n "$LAB-lac" link show l2x100
	assert_failure
}

@test "as another user, with a bpffs that is closed to it: nothing stays pinned" {
	local dir
	dir=$(mktemp -d /tmp/l2x-test.XXXXXX)
	chmod 755 "$dir"
	mkdir "$dir/bpf"
	mount -t bpf -o mode=0700 bpf "$dir/bpf"
	lab_set lns user nobody
	lab_set lns bpf-path "$dir/bpf/l2x"
	lab_start lns
	run stat -c %U "/proc/$(lab_pid lns)"
	[ -e "$dir/bpf/l2x/sessions" ]
	lab_kill TERM lns
	run find "$dir/bpf/l2x" -mindepth 1 ! -type d
	umount "$dir/bpf"
	rm -rf "$dir"
	assert_output ''
	run lab_in lns ip -d link show to-lac
	refute_output --partial prog/xdp
}
