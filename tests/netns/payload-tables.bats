#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Two customers with the same addresses, each in a payload table of its own, on both ends:
#
#   client  10.1.0.2 ─┐                        ┌─ 10.2.0.2 server
#                      lac ═══ L2TP ═══ lns
#   client2 10.1.0.2 ─┘                        └─ 10.2.0.2 server2
#
# What one of them sends reaches the own server and never the other one's, at each level. And
# without payload tables, nobody needs a rule.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	second_customer
}

teardown_file() {
	lab_init
	ip netns del "$LAB-client2"
	ip netns del "$LAB-server2"
	lab_down
}

teardown() {
	lab_show_logs 20
}

# Hosts and links of the second one. Its addresses on our ends are those of the first.
second_customer() {
	lab_ns client2 server2 && lab_link client2 lac && lab_link server2 lns &&
		lab_address client2 to-lac 10.1.0.2/24 2001:db8:1::2/64 &&
		lab_address server2 to-lns 10.2.0.2/24 2001:db8:2::2/64 &&
		lab_address lac to-client2 10.1.0.1/24 2001:db8:1::1/64 &&
		lab_address lns to-server2 10.2.0.1/24 2001:db8:2::1/64 &&
		routed client2 10.1.0.1 2001:db8:1::1 &&
		routed server2 10.2.0.1 2001:db8:2::1
}

routed() {
	ip -n "$LAB-$1" route add default via "$2" && ip -n "$LAB-$1" -6 route add default via "$3"
}

# in_table NAMESPACE DEVICE TABLE PREFIX4 PREFIX6: what comes in by the device, and the way to it.
in_table() {
	ip -n "$LAB-$1" rule add iif "$2" lookup "$3" &&
		ip -n "$LAB-$1" -6 rule add iif "$2" lookup "$3" &&
		ip -n "$LAB-$1" route add "$4" dev "$2" table "$3" &&
		ip -n "$LAB-$1" -6 route add "$5" dev "$2" table "$3"
}

# Behind the first one's entries, the same ones with names and tables of their own.
configure_two() {
	local file more
	in_table lac to-client2 200 10.1.0.0/24 2001:db8:1::/64
	in_table lns to-server 101 10.2.0.0/24 2001:db8:2::/64
	in_table lns to-server2 201 10.2.0.0/24 2001:db8:2::/64
	file=$LAB_DIR/lac.yaml
	more=$(sed -n '/- name: isp/,$p' "$file" | sed 's/name: isp/name: isp2/; s/lab-lac/lab-lac2/
		s/l2x100/l2x200/; s/payload-table: 100/payload-table: 200/; s/alice$/bob/')
	echo "$more" >>"$file"
	sed -i 's/^  - name: to-lns$/  - {name: to-client2, forward: xdp}\n&/' "$file"
	file=$LAB_DIR/lns.yaml
	sed -i 's/^\( *\)interface: l2x0/\1interface: l2x101\n\1payload-table: 101/' "$file"
	more=$(sed -n '/- name: customers/,$p' "$file" | sed 's/name: customers/name: customers2/; s/lab-lac/lab-lac2/
		s/l2x101/l2x201/; s/payload-table: 101/payload-table: 201/; s/alice$/bob/
		s/10\.99\.0\.2/10.99.1.2/')
	echo "$more" >>"$file"
	sed -i 's/^  - name: to-lac$/  - {name: to-server2, forward: xdp}\n&/' "$file"
}

both_up() {
	lab_status "$1" '[.sessions[] | select(.phase == "network" and .ipv4 and .ipv6)] | length == 2'
}

restart() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_set $ns dataplane "$1"
	done
	lab_start lns
	lab_start lac
}

# echos NAMESPACE: echo requests that it got, of both families.
echos() {
	lab_in "$1" nstat -asz IcmpInEchos Icmp6InEchos | awk '/InEchos/ { n += $2 } END { print n }'
}

# only CLIENT SERVER OTHER: what the client sends is answered, by that server and not the other.
only() {
	local mine other
	lab_reaches "$1" 10.2.0.2
	lab_reaches "$1" 2001:db8:2::2
	mine=$(echos "$2") other=$(echos "$3")
	lab_ping "$1" 10.2.0.2 1000
	lab_ping "$1" 2001:db8:2::2 1000
	assert_equal "$(echos "$2")" $((mine + 10))
	assert_equal "$(echos "$3")" "$other"
}

# isolated LEVEL: each reaches its own, and both directions of both sessions went by this level.
isolated() {
	local was other
	only client server server2
	only client2 server2 server
	was=$(lab_level_counts "$1")
	only client server server2
	only client2 server2 server
	lab_moved "$1" 20 "$was"
	# An address that only the second one has: nobody's, for the first.
	lab_address server2 to-lns 10.2.0.77/24
	lab_reaches client2 10.2.0.77
	other=$(echos server2)
	run lab_in client ping -q -c 3 -i 0.1 -W 1 10.2.0.77
	assert_failure
	assert_equal "$(echos server2)" "$other"
	ip -n "$LAB-server2" address del 10.2.0.77/24 dev to-lns
}

# rules NAMESPACE: those that are not the kernel's own.
rules() {
	ip -n "$LAB-$1" rule show | grep -vE '^(0|32766|32767):' || true
	ip -n "$LAB-$1" -6 rule show | grep -vE '^(0|32766):' || true
}

@test "the main table is enough for a server, at each level: there is no rule of anybody's" {
	local level
	for level in user tc auto; do
		restart $level
		lab_await 20 lab_session lns
		assert_equal "$(rules lns)" ''
		lab_reaches client 10.2.0.2
		lab_reaches client 2001:db8:2::2
		lab_ping client 10.2.0.2 1000
		lab_ping client 2001:db8:2::2 1000
		assert [ "$(lab_packets lns rx ${level/auto/xdp})" -ge 10 ]
	done
}

@test "two customers with the same addresses, in userspace" {
	configure_two
	restart user
	lab_await 20 both_up lac
	lab_await 20 both_up lns
	isolated user
}

@test "two customers with the same addresses, in tc" {
	restart tc
	lab_await 20 both_up lac
	lab_await 20 both_up lns
	isolated tc
}

@test "two customers with the same addresses, in XDP" {
	restart auto
	lab_await 20 both_up lac
	lab_await 20 both_up lns
	isolated xdp
}
