#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The way of a tunnel's own packets: its routing table, its source address, and the route that keeps
# it out of itself.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_ROUTED=1
	lab_up
	ip -n "$LAB-lac" route add default via 10.90.1.254 table 20
	ip -n "$LAB-lac" route add default via 10.90.2.254 table 30
}

teardown_file() {
	lab_init
	lab_down
}

# Each test begins with none running, and with configurations of its own.
setup() {
	local ns
	for ns in lac lns; do
		lab_config $ns
		lab_set $ns log-level info
	done
	lab_set lac listen '["0.0.0.0"]'
}

teardown() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
	done
	lab_show_logs 30
}

l2x() {
	"$L2X" "$1" -s "$LAB_DIR/lac.sock" "${@:2}"
}

# A second login, and a second tunnel for it to the same server.
two_tunnels() {
	cat >>"$LAB_DIR/lns.yaml" <<-EOF
		      - username: bob
		        password: bob-password
		        remote-ppp-ip: 10.99.0.3
	EOF
	cat >>"$LAB_DIR/lac.yaml" <<-EOF
		  - name: second
		    server: 203.0.113.1
		    hostname: lab-lac
		    secret: tunnel-secret
		    username: bob
		    password: bob-password
		    table: 30
		    payload-table: 200
		    routes: [0.0.0.0/0, "::/0"]
	EOF
	sed -i 's/^    payload-table: 100/    table: 20\n&/; s/^outgoing:/  - {name: to-router2, forward: xdp}\n&/' "$LAB_DIR/lac.yaml"
	sed -i 's/^incoming:/  - {name: to-router2, forward: xdp}\n&/' "$LAB_DIR/lns.yaml"
}

both_up() {
	lab_status "$1" '[.sessions[] | select(.phase == "network" and .ipv4)] | length == 2'
}

forwarded() {
	lab_in "$1" nstat -az IpForwDatagrams | awk '/Forw/ { print $2 }'
}

# goes_by ROUTER OTHER-ROUTER COMMAND...: succeeds, with ten packets or more by the one and fewer by the
# other: what its tunnel says by itself (solicitations, echoes).
goes_by() {
	local way other
	way=$(forwarded "$1")
	other=$(forwarded "$2")
	"${@:3}" || return 1
	[ "$(forwarded "$1")" -ge $((way + 10)) ] && [ "$(forwarded "$2")" -lt $((other + 10)) ] && return 0
	echo "$1: $way -> $(forwarded "$1"), $2: $other -> $(forwarded "$2")"
	return 1
}

pings() {
	lab_in "$1" ping -q -c 10 -i 0.02 -W 2 "${@:2}" >/dev/null
}

by_tables() {
	ip -n "$LAB-lac" route del 203.0.113.1
	two_tunnels
	"$@"
	lab_start lns
	lab_start lac
	lab_await 20 both_up lac
	lab_await 10 both_up lns
	assert_equal "$(lab_status lac '[.tunnels[] | "\(.peer) \(.local) \(.table)"] | sort | join(",")')" \
		"203.0.113.1:1701 10.90.1.1:1701 20,203.0.113.1:1701 10.90.2.1:1701 30"
	# The LAC's own, by the address that each session has.
	lab_await 10 pings lac -I 10.99.0.2 10.2.0.2
	lab_await 10 pings lac -I 10.99.0.3 10.2.0.2
	goes_by router router2 pings lac -I 10.99.0.2 10.2.0.2
	goes_by router2 router pings lac -I 10.99.0.3 10.2.0.2
	# The client's.
	lab_reaches client 10.2.0.2
	goes_by router router2 pings client 10.2.0.2
	ip -n "$LAB-lac" route add 203.0.113.1 via 10.90.1.254
}

no_xdp() {
	lab_set lac forward kernel
}

in_userspace() {
	lab_set lac dataplane user
}

at_xdp() {
	[ "$(lab_status lac '[.sessions[].tx.xdp.packets] | add')" -ge 10 ]
}

@test "two tunnels to one server, each by its own table: XDP and tc" {
	by_tables :
	at_xdp
	# Bob has nothing behind him, so only the way out is looked at.
	ip -n "$LAB-lac" rule add pref 50 iif to-client lookup 200
	goes_by router2 router client_by_second
	ip -n "$LAB-lac" rule del pref 50
}

client_by_second() {
	local before
	before=$(lab_status lac '.sessions[] | select(.user == "bob") | .tx.xdp.packets')
	lab_in client ping -q -c 11 -i 0.02 -W 0.1 10.2.0.2
	[ "$(lab_status lac '.sessions[] | select(.user == "bob") | .tx.xdp.packets')" -ge $((before + 10)) ]
}

@test "two tunnels to one server, each by its own table: tc alone" {
	by_tables no_xdp
}

@test "two tunnels to one server, each by its own table: userspace" {
	by_tables in_userspace
}

second_path() {
	lab_status lac ".tunnels[] | select(.name == \"second\") | .path_mtu == $1"
}

@test "the path MTU is that of the tunnel's table" {
	two_tunnels
	sed -i '/^    mtu:/d' "$LAB_DIR/lac.yaml"
	ip -n "$LAB-router2" route replace 203.0.113.1 via 10.91.2.2 mtu lock 1350
	lab_start lns
	lab_start lac
	lab_await 20 both_up lac
	lab_in lac ping -q -c 1 -W 1 -s 1400 -I 10.99.0.3 10.2.0.2 || true
	lab_await 20 second_path 1350
	lab_status lac '.sessions[] | select(.user == "bob") | .mtu == 1310'
	lab_status lac '.sessions[] | select(.user == "alice") | .mtu == 1460'
	pings lac -I 10.99.0.3 -s 1400 10.2.0.2
	ip -n "$LAB-router2" route replace 203.0.113.1 via 10.91.2.2
	ip -n "$LAB-lac" route flush cache
}

no_way() {
	lab_said lac 'no way to 203.0.113.1:1701: (Network is unreachable|No route to host)'
}

@test "a table without a way: no other is taken" {
	lab_set lac payload-table '100\n    table: 77'
	lab_start lns
	lab_start lac
	lab_await 10 no_way
	lab_status lac '.sessions | length == 0'
	ip -n "$LAB-lac" route add default via 10.90.2.254 table 77
	lab_await 20 lab_session lac
	lab_reaches client 10.2.0.2
	# Not later either.
	ip -n "$LAB-lac" route del default table 77
	run ! goes_by router router2 pings client 10.2.0.2
	ip -n "$LAB-lac" route add default via 10.90.2.254 table 77
	lab_reaches client 10.2.0.2
	ip -n "$LAB-lac" route flush table 77
}

# name_server ADDRESS: at the LNS, where only the routers know the way to, so that the LAC's table 20 has one and its main one has not.
name_server() {
	ip -n "$LAB-lns" address replace "$1" dev lo
	ip -n "$LAB-router" route replace "$1" via "$2"
	: >"$LAB_DIR/names"
	lab_spawn lns name-server "$LAB_ROOT/build/tests/lib/name_server" "$1" "$LAB_DIR/names"
	lab_await 10 grep -q ready "$LAB_DIR/name-server.log"
}

is_asked() {
	grep -qiF "$1" "$LAB_DIR/name-server.log"
}

peer_is() {
	lab_status lac ".tunnels[0] | .peer == \"$1\" and .table == 20" && lab_session lac
}

@test "names are resolved by the tunnel's table: A and AAAA, a second name server, again at each attempt" {
	lab_set lac log-level debug
	lab_set lac server lns.lab.test
	lab_set lac payload-table '100\n    table: 20'
	lab_set lac listen '["0.0.0.0", "::"]'
	lab_set lns listen '["0.0.0.0", "::"]'
	: >"$LAB_DIR/hosts"
	printf 'nameserver %s\n' 203.0.113.54 203.0.113.53 >"$LAB_DIR/resolv.conf"
	echo 'options timeout:1 attempts:2' >>"$LAB_DIR/resolv.conf"
	name_server 203.0.113.53 10.91.1.2
	lab_start lns
	lab_start_lac_with_names
	# It is asked, and does not know the name yet.
	lab_await 20 lab_said lac 'cannot resolve "lns.lab.test"'
	is_asked '1 lns.lab.test from 10.90.1.1'
	is_asked '28 lns.lab.test from 10.90.1.1'
	lab_said lac 'name server 203.0.113.54:53 by table 20: '
	# An address that leads nowhere, and one that does.
	printf '198.51.100.7 lns.lab.test\n203.0.113.1 lns.lab.test\n' >"$LAB_DIR/names"
	ip -n "$LAB-lac" route add unreachable 198.51.100.7 table 20
	lab_await 30 peer_is 203.0.113.1:1701
	lab_said lac 'no way to 198.51.100.7'
	# Another answer, another peer: over IPv6, and the name server too.
	lab_kill TERM name-server
	ip -n "$LAB-lac" -6 route add default via 2001:db8:901::fe table 20
	name_server 2001:db8:203::53 2001:db8:911::2
	echo '2001:db8:203::1 lns.lab.test' >"$LAB_DIR/names"
	echo 'nameserver 2001:db8:203::53' >"$LAB_DIR/resolv.conf"
	l2x restart isp
	lab_await 30 peer_is '[2001:db8:203::1]:1701'
	is_asked '28 lns.lab.test from 2001:db8:901::1'
	lab_kill TERM name-server
	lab_kill TERM lac
	# The host itself has no way to that name server.
	sed -i '/^    table: 20/d' "$LAB_DIR/lac.yaml"
	lab_start_lac_with_names
	lab_await 20 lab_said lac 'cannot resolve "lns.lab.test"'
	ip -n "$LAB-lac" route del unreachable 198.51.100.7 table 20
	ip -n "$LAB-lac" -6 route flush table 20
}

@test "a table for answers: the LNS has no other way to the caller" {
	lab_set lns interface 'l2x0\n    table: 40'
	ip -n "$LAB-lns" route del 10.90.1.0/24
	ip -n "$LAB-lns" route add 10.90.0.0/16 via 10.91.1.254 table 40
	lab_connect
	lab_reaches client 10.2.0.2
	goes_by router router2 pings client 10.2.0.2
	goes_by router router2 pings lns 10.99.0.2
	ip -n "$LAB-lns" route add 10.90.1.0/24 via 10.91.1.254
	ip -n "$LAB-lns" route flush table 40
}

@test "source: the address that is given, and no other" {
	lab_address lac lo 10.90.77.7/32
	ip -n "$LAB-lns" route add 10.90.77.7 via 10.91.1.254
	ip -n "$LAB-router" route add 10.90.77.7 via 10.90.1.1
	lab_set lac payload-table '100\n    source: 10.90.77.7'
	lab_connect
	assert_equal "$(lab_status lac '.tunnels[0].local')" 10.90.77.7:1701
	assert_equal "$(lab_status lns '.tunnels[0].peer')" 10.90.77.7:1701
	lab_reaches client 10.2.0.2
	lab_reaches lac 10.99.0.1
	ip -n "$LAB-lac" address del 10.90.77.7/32 dev lo
	l2x restart isp
	lab_await 20 lab_said lac 'no way to 203.0.113.1:1701: this host does not have the address'
}

marked_ping() {
	lab_in lac ping -q -c 10 -i 0.02 -W 2 -m 7 10.2.0.2
}

@test "the payload's firewall mark does not choose the tunnel's way" {
	local level
	ip -n "$LAB-lac" rule add pref 60 fwmark 7 lookup 100
	for level in auto user; do
		lab_ended lac || lab_kill TERM lac
		lab_ended lns || lab_kill TERM lns
		lab_set lac dataplane $level
		lab_connect
		lab_await 10 marked_ping
		lab_status lac '.sessions[0].drops == {}'
	done
	ip -n "$LAB-lac" rule del pref 60
}

rules_of_ours() {
	{ ip -n "$LAB-lac" rule; ip -n "$LAB-lac" -6 rule; } | grep -c 'proto 212' || true
}

has_rules() {
	[ "$(rules_of_ours)" = "$1" ]
}

@test "rules: gone at the end, found after a crash, put back when somebody takes them away" {
	lab_set lac payload-table '100\n    table: 20'
	lab_connect
	# Four in each family, the payload table's two, and one for the address.
	assert_equal "$(rules_of_ours)" 11
	ip -n "$LAB-lac" rule del fwmark 0x6c320014 lookup 20
	lab_await 10 has_rules 11
	lab_kill TERM lac
	assert_equal "$(rules_of_ours)" 0
	lab_start lac
	lab_await 20 lab_session lac
	lab_kill KILL lac
	assert_equal "$(rules_of_ours)" 11
	sed -i '/^    table: 20/d' "$LAB_DIR/lac.yaml"
	lab_start lac
	lab_await 30 lab_session lac
	assert_equal "$(rules_of_ours)" 3
}

host_route() {
	ip -n "$LAB-lac" route show 203.0.113.1 | grep -q "^203.0.113.1 via $1 .*proto 212"
}

# in_main: the LAC's routes go to the main table, which reaches the server by its default route.
in_main() {
	ip -n "$LAB-lac" route del 203.0.113.1
	ip -n "$LAB-lac" route add default via 10.90.1.254 metric 50
	sed -i 's/^    payload-table: 100/    metric: 10/; s/interface: l2x100/interface: l2x0/' "$LAB_DIR/lac.yaml"
	# By both routers it comes from the same address.
	lab_set lac server '203.0.113.1\n    source: 10.90.1.1'
	sed -i 's/^outgoing:/  - {name: to-router2, forward: xdp}\n&/' "$LAB_DIR/lac.yaml"
	sed -i 's/^incoming:/  - {name: to-router2, forward: xdp}\n&/' "$LAB_DIR/lns.yaml"
	ip -n "$LAB-lac" rule add pref 40 iif to-client lookup main
	lab_connect
	lab_await 5 host_route 10.90.1.254
	lab_reaches client 10.2.0.2
}

# How many rules there are for table 20.
rules_of_20() {
	ip -n "$LAB-lac" -4 rule show | grep -c '0x6c320014'
}

@test "rules stay while a tunnel that is leaving goes by them, whatever a later file says" {
	local all
	two_tunnels
	lab_start lns
	lab_start lac
	lab_await 20 both_up lac
	all=$(rules_of_20)
	[ "$all" -gt 0 ]
	# Its end is not heard, so it leaves for a while.
	kill -STOP "$(lab_pid lns)"
	cp "$LAB_DIR/lac.yaml" "$LAB_DIR/lac.both"
	sed -i '/^    table: 20/d; s/name: isp$/name: other/; s/payload-table: 100/payload-table: 300/; s/interface: l2x100/interface: l2x300/' "$LAB_DIR/lac.yaml"
	run -0 l2x reload
	assert_output --partial '1 end'
	assert_equal "$(rules_of_20)" "$all"
	# A file that names the table again, and is not used.
	lab_spawn lac taken python3 -c 'import socket, time; s = socket.create_server(("127.0.0.1", 9998)); time.sleep(100)'
	lab_await 10 lab_listens lac 9998
	{ cat "$LAB_DIR/lac.both"; echo 'http: {port: 9998}'; } >"$LAB_DIR/lac.yaml"
	run -1 l2x reload
	assert_output --partial 'cannot open the port'
	lab_kill TERM taken
	assert_equal "$(rules_of_20)" "$all"
	kill -CONT "$(lab_pid lns)"
	# With the tunnel they are gone.
	lab_await 30 no_rules_of_20
}

no_rules_of_20() {
	[ "$(rules_of_20)" = 0 ]
}

@test "another gateway while the tunnel is up: the host route follows, the tunnel stays" {
	local id
	in_main
	goes_by router router2 pings client 10.2.0.2
	id=$(lab_status lac '.tunnels[0].tunnel_id')
	ip -n "$LAB-lac" route replace default via 10.90.2.254 metric 50
	lab_await 10 host_route 10.90.2.254
	lab_reaches client 10.2.0.2
	lab_in client ping -q -c 20 -i 0.05 -W 2 10.2.0.2
	[ "$(forwarded router2)" -ge 20 ]
	# A better one beside it, and away again.
	ip -n "$LAB-lac" route add 203.0.113.0/24 via 10.90.1.254
	lab_await 10 host_route 10.90.1.254
	ip -n "$LAB-lac" route del 203.0.113.0/24
	lab_await 10 host_route 10.90.2.254
	# None at all for a while: the old one is kept.
	ip -n "$LAB-lac" route del default metric 50
	lab_reaches client 10.2.0.2
	host_route 10.90.2.254
	# The link goes, and all routes with it.
	ip -n "$LAB-lac" link set to-router2 down
	run ! host_route 10.90.2.254
	ip -n "$LAB-lac" link set to-router2 up
	ip -n "$LAB-lac" route add default via 10.90.2.254 metric 50
	lab_await 10 host_route 10.90.2.254
	lab_await 20 lab_in client ping -q -c 1 -W 1 10.2.0.2
	assert_equal "$(lab_status lac '.tunnels[0].tunnel_id')" "$id"
	lab_kill TERM lac
	run -0 ip -n "$LAB-lac" route show 203.0.113.1
	assert_output ''
	ip -n "$LAB-lac" route del default metric 50
	ip -n "$LAB-lac" rule del pref 40
	ip -n "$LAB-lac" route add 203.0.113.1 via 10.90.1.254
}
