#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# IPv6 that a customer can use: the LNS advertises a prefix and delegates one, the LAC makes an
# address of the first and hands out the second.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
	# The client's own network, out of what is delegated.
	lab_address client to-lac 2001:db8:100:1::2/64
	lab_address lac to-client 2001:db8:100:1::1/64
	ip -n "$LAB-lac" -6 route add 2001:db8:100:1::/64 dev to-client table 100
	lab_capture_wire
}

teardown_file() {
	lab_init
	lab_down
}

setup() {
	lab_config lac
	lab_config lns
	lab_add lns remote-ppp-ip 'delegate: ["2001:db8:100::/48"]' 'ra-prefix: "2001:db8:101::/64"'
	lab_set lns dns '[10.99.0.53, "2001:db8:2::53"]'
	lab_add lac server 'slaac: true'
}

teardown() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
	done
	[ -n "$BATS_TEST_COMPLETED" ] || lab_show_logs
}

# The LAC has all that there is to have.
has_prefixes() {
	lab_status lac '.sessions[0].ipv6 | .delegated[0].prefix == "2001:db8:100::/48" and
		(.addresses[0].prefix | startswith("2001:db8:101:")) and .dns == ["2001:db8:2::53"] and .router > 1700'
}

connect() {
	lab_connect
	lab_await 20 has_prefixes
}

unreachable() {
	ip -n "$LAB-lac" -6 route show table 100 type unreachable proto 212
}

@test "prefix, address, DNS server and router, in the status and in the kernel" {
	connect
	run -0 unreachable
	assert_output --regexp '^unreachable 2001:db8:100::/48 '
	run -0 ip -n "$LAB-lac" -6 -o address show dev l2x100 scope global
	assert_output --regexp '2001:db8:101::?[0-9a-f:]+/128'
	run -0 lab_status lac '.sessions[0].ipv6 | .dhcp, .delegated[0].valid, .delegated[0].preferred'
	assert_line --index 0 bound
	assert [ "${lines[1]}" -gt 7000 ]
	assert [ "${lines[2]}" -gt 3500 ]
	run -0 lab_status lns '.sessions[0].routes | join(" ")'
	assert_output --partial '2001:db8:100::/48 2001:db8:101::/64'
	run -0 "$L2X" status -s "$LAB_DIR/lac.sock"
	assert_output --regexp 'isp +prefix +2001:db8:100::/48'
}

@test "traffic of both passes where sources are checked, and what is unused comes to an end" {
	local before after ours
	connect
	ours=$(lab_status lac '.sessions[0].ipv6.addresses[0].prefix | sub("/128"; "")')
	lab_await 10 lab_in lac ping -q -c 1 -W 1 -I "$ours" 2001:db8:2::2
	lab_await 10 lab_in server ping -q -c 1 -W 1 "$ours"
	lab_await 10 lab_in client ping -q -c 1 -W 1 -I 2001:db8:100:1::2 2001:db8:2::2
	lab_await 10 lab_in server ping -q -c 1 -W 1 2001:db8:100:1::2
	before=$(lab_status lac '[.sessions[0].tx[].packets] | add')
	run lab_in server ping -c 3 -i 0.2 -W 5 2001:db8:100:ffff::1
	assert_failure
	assert_output --partial 'unreachable'
	after=$(lab_status lac '[.sessions[0].tx[].packets] | add')
	# The ICMP errors, and no packet that goes back and forth.
	assert [ $((after - before)) -le 6 ]
	run lab_status lac '.sessions[0].drops["bad-source"] // 0'
	assert_output 0
	run lab_status lns '.sessions[0].drops["bad-source"] // 0'
	assert_output 0
}

@test "at each level of the data path" {
	local level
	for level in xdp tc user; do
		lab_set lac dataplane $level
		lab_set lns dataplane $level
		connect
		lab_kill TERM lac
		lab_kill TERM lns
	done
}

@test "on-change runs with what there is, and on-down still knows it" {
	printf '#!/bin/sh\nenv | grep -E "^L2X_(EVENT|PREFIXES|ADDRESSES|DNS)" | sort | tr "\\n" " " >>%s.told\necho >>%s.told\n' \
		"$LAB_DIR/lac" "$LAB_DIR/lac" >"$LAB_DIR/lac-script"
	chmod 700 "$LAB_DIR/lac-script"
	lab_add lac server "on-change: $LAB_DIR/lac-script" "on-down: $LAB_DIR/lac-script"
	connect
	lab_await 10 grep -E 'L2X_ADDRESSES=2001:db8:101:[0-9a-f:]* L2X_DNS1=2001:db8:2::53 L2X_EVENT=change L2X_PREFIXES=2001:db8:100::/48' \
		"$LAB_DIR/lac.told"
	lab_kill TERM lac
	grep -E 'L2X_EVENT=down L2X_PREFIXES=2001:db8:100::/48' "$LAB_DIR/lac.told"
}

@test "the end takes all of it away; so does the start after a crash" {
	connect
	lab_kill TERM lac
	run -0 unreachable
	assert_output ''
	lab_kill TERM lns
	connect
	lab_kill KILL lac
	run -0 unreachable
	assert_output --partial 'unreachable'
	sed -i 's|2001:db8:100::/48|2001:db8:200::/48|' "$LAB_DIR/lns.yaml"
	lab_kill TERM lns
	lab_connect
	lab_await 20 lab_status lac '.sessions[0].ipv6.delegated[0].prefix == "2001:db8:200::/48"'
	run -0 unreachable
	assert_output --regexp '^unreachable 2001:db8:200::/48 '
	refute_output --partial 2001:db8:100
}

@test "nothing is asked for where the configuration says so, and nothing given" {
	lab_add lac server 'request-prefix: false'
	lab_set lac slaac false
	lab_connect
	lab_await 10 lab_status lac '.sessions[0].ipv6.router > 0'
	run -0 lab_status lac '.sessions[0].ipv6 | .dhcp, (.delegated | length), (.addresses | length)'
	assert_output "off
0
0"
}

@test "tshark finds nothing wrong in it, and what has to be there" {
	lab_decode_clean
	# Solicit with Rapid Commit is answered at once; the Release and the last advertisement.
	for type in 1 7 8; do
		run -0 lab_tshark data -Y "dhcpv6.msgtype == $type"
		assert_output --partial 'DHCPv6'
	done
	run -0 lab_tshark data -Y 'icmpv6.nd.ra.router_lifetime == 1800 and icmpv6.opt.prefix.flag.a == 1 and
		icmpv6.opt.prefix.flag.l == 0 and icmpv6.opt.mtu == 1460 and icmpv6.opt.rdnss == 2001:db8:2::53'
	assert_output --partial 'Router Advertisement'
	run -0 lab_tshark data -Y 'icmpv6.nd.ra.router_lifetime == 0'
	assert_output --partial 'Router Advertisement'
}
