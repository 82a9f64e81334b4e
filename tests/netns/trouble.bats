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
}

teardown() {
	lab_show_logs
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
