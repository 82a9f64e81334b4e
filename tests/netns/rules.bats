#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Stage one and two of incoming tunnels: which entry a peer gets, which rule a call, and what that
# gives. Each connection of the LAC is a caller.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	ip -n "$LAB-lns" address add 192.0.2.77/32 dev lo
	ip -n "$LAB-lac" route replace 192.0.2.77 via "$LAB_LNS"
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
	done
}

# lns ENTRIES: the LNS with these incoming entries (YAML on stdin), and nothing else.
lns() {
	{
		lab_config_common lns
		printf 'listen: ["%s", "192.0.2.77"]\n' "$LAB_LNS"
		cat
	} >"$LAB_DIR/lns.yaml"
	lab_start lns
}

# lac NAME:USER[:KEY: VALUE]...: the LAC with these callers, each with a netdev of its own.
lac() {
	local caller name user rest server table=200
	{
		lab_config_common lac
		printf 'listen: ["%s"]\noutgoing:\n' "$LAB_LAC"
		for caller; do
			IFS=: read -r name user rest <<<"$caller"
			table=$((table + 1)) server=$LAB_LNS
			[[ $rest != server:* ]] || server=${rest#server: } rest=''
			cat <<-END
				  - name: $name
				    server: $server
				    hostname: $name.lac.example
				    username: $user
				    password: secret
				    payload-table: $table
				    routes: []
				    ipv6: false
				    retry-max: 60
			END
			[ -z "$rest" ] || printf '    %s\n' "$rest"
		done
	} >"$LAB_DIR/lac.yaml"
	lab_start lac
}

# of USER FILTER: of this user's sessions at the LNS that are up, in the order of their coming.
of() {
	lab_status lns "[.sessions[] | select(.user == \"$1\" and .ipv4)] | $2"
}

is_up() {
	of "$1" 'length > 0'
}

# has USER COUNT: sessions that are up; * for any user.
has() {
	if [ "$1" = '*' ]; then
		[ "$(lab_status lns '[.sessions[] | select(.ipv4)] | length')" = "$2" ]
	else
		[ "$(of "$1" length)" = "$2" ]
	fi
}

# has_address USER ADDRESS: in his only session.
has_address() {
	has "$1" 1 && [ "$(of "$1" '.[0].ipv4.remote')" = "$2" ]
}

@test "a pool gives each name an address, and the same again" {
	lns <<-EOF
		pools:
		  - name: dynamic
		    addresses: [100.64.0.0/29]
		incoming:
		  - name: customers
		    local-ppp-ip: 10.99.0.1
		    sessions:
		      - username: ["*@isp", "guest*"]
		        password: secret
		        pool: dynamic
	EOF
	lac a:alice@isp b:bob@isp c:guest7
	local user address
	for user in alice@isp bob@isp guest7; do
		lab_await 20 is_up $user
		run -0 of $user '.[0].ipv4.remote'
		assert_output --regexp '^100\.64\.0\.[0-7]$'
	done
	assert_equal "$(lab_status lns '[.sessions[].ipv4.remote] | unique | length')" 3
	# Both ways: the route to it, and its packets' source.
	address=$(of alice@isp '.[0].ipv4.remote')
	lab_in lns ping -q -c 2 -i 0.1 -W 2 "$address"
	"$L2X" restart a -s "$LAB_DIR/lac.sock"
	lab_await 20 lab_said lns 'alice@isp: session ended'
	lab_await 20 has_address alice@isp "$address"
}

@test "an empty pool refuses, and is said" {
	lns <<-EOF
		pools: [{name: one, addresses: [100.64.0.9/32]}]
		incoming:
		  - name: customers
		    local-ppp-ip: 10.99.0.1
		    sessions: [{username: "*", password: secret, pool: one}]
	EOF
	lac a:alice
	lab_await 20 is_up alice
	"$L2X" down a -s "$LAB_DIR/lac.sock"
	lab_await 20 lab_no_session lns
	lab_kill TERM lac
	lac a:alice b:bob
	lab_await 20 lab_said lns 'login "(alice|bob)" refused: the address pool is empty'
	lab_await 20 has '*' 1
}

@test "the second session of a login replaces the first, or is refused, or is welcome" {
	lns <<-EOF
		pools: [{name: p, addresses: [100.64.0.0/24]}]
		incoming:
		  - name: customers
		    local-ppp-ip: 10.99.0.1
		    sessions:
		      - {username: one, pool: p}
		      - {username: first, pool: p, replace: false}
		      - {username: two, pool: p, max-sessions: 2, replace: false}
	EOF
	lac a:one b:one c:first d:first e:two f:two g:two
	lab_await 20 lab_said lns 'replaced by a new session of the same login'
	lab_await 20 lab_said lns 'login "first" refused: as many sessions as there may be'
	lab_await 20 lab_said lns 'login "two" refused: as many sessions as there may be'
	lab_await 20 has two 2
	run -0 of first length
	assert_output 1
}

@test "a rule's own table, MTU and time" {
	lns <<-EOF
		incoming:
		  - name: customers
		    local-ppp-ip: 10.99.0.1
		    sessions:
		      - username: far
		        remote-ppp-ip: 10.99.0.2
		        interface: customer
		        payload-table: 77
		        mtu: 1300
		      - {username: near, remote-ppp-ip: 10.99.0.3}
		      - {username: brief, remote-ppp-ip: 10.99.0.4, session-timeout: 1}
	EOF
	lac a:far b:near c:brief
	lab_await 20 is_up far
	lab_await 20 is_up near
	run -0 of far '.[0] | [.netdev, .payload_table, .mtu] | join(" ")'
	assert_output "customer 77 1300"
	run -0 of near '.[0] | [.netdev, .payload_table, .mtu] | join(" ")'
	assert_output "l2x0 254 1460"
	run -0 ip -n "$LAB-lns" route show table 77
	assert_output --partial "10.99.0.2 dev customer"
	run -0 ip -n "$LAB-lns" route show table main
	refute_output --partial "10.99.0.2 "
	assert_output --partial "10.99.0.3 dev l2x0"
	lab_await 20 lab_said lac 'session timeout'
	lab_in lac ping -q -c 2 -i 0.1 -W 2 -I l2x202 10.99.0.1
}

@test "by number: refused before PPP, with the reason" {
	lns <<-EOF
		incoming:
		  - name: customers
		    local-ppp-ip: 10.99.0.1
		    sessions:
		      - {called-number: "09*", reject: no premium numbers here}
		      - {calling-number: "+4420", username: alice, remote-ppp-ip: 10.99.0.2}
		      - {username: alice, remote-ppp-ip: 10.99.0.3}
		      - {username: mallory, reject: not you}
	EOF
	lac "a:alice:called-number: '0900'"
	lab_await 20 lab_said lac 'ended by the peer: no premium numbers here \(result 3'
	lab_said lns 'call from "" to "0900" refused: no premium numbers here'
	run ! lab_said lns LCP
	lab_kill TERM lac
	lac "a:alice:calling-number: '+4420'"
	lab_await 20 is_up alice
	run -0 of alice '.[0].ipv4.remote'
	assert_output 10.99.0.2
	lab_kill TERM lac
	lac "a:alice:calling-number: '+4421'" b:mallory
	lab_await 20 is_up alice
	run -0 of alice '.[0].ipv4.remote'
	assert_output 10.99.0.3
	lab_await 20 lab_said lac 'not you'
}

@test "the tunnel's entry: by name, by pattern, by its own address, by called address; and how many" {
	lns <<-EOF
		incoming:
		  - name: other-place
		    remote-hostname: a.lac.example
		    allow: [203.0.113.0/24]
		    local-ppp-ip: 10.99.0.1
		    sessions: [{username: u, remote-ppp-ip: 10.99.0.9}]
		  - name: exact
		    remote-hostname: [other, a.lac.example]
		    allow: ["2001:db8:9::/48", $LAB_LAC/32]
		    local-ppp-ip: 10.99.0.1
		    sessions: [{username: u, remote-ppp-ip: 10.99.0.2}]
		  - name: pattern
		    remote-hostname: "*.LAC.example"
		    max-tunnels: 1
		    local-ppp-ip: 10.99.0.1
		    sessions: [{username: u, remote-ppp-ip: 10.99.0.3}]
		  - name: elsewhere
		    remote-hostname: "*.lac.example"
		    local-address: [192.0.2.77]
		    local-ppp-ip: 10.99.0.1
		    sessions: [{username: u, remote-ppp-ip: 10.99.0.4}]
	EOF
	lac a:u b:u c:u "d:u:server: 192.0.2.77"
	lab_await 20 has u 3
	run -0 of u '[.[].ipv4.remote] | sort | join(" ")'
	assert_output "10.99.0.2 10.99.0.3 10.99.0.4"
	lab_await 20 lab_said lns 'refused: pattern has its max-tunnels \(1\) already'
	lab_await 20 lab_said lac 'too many tunnels'
	# Room again when one goes.
	"$L2X" down b -s "$LAB_DIR/lac.sock"
	"$L2X" restart c -s "$LAB_DIR/lac.sock"
	lab_await 20 has u 3
}

@test "each entry has a secret, a host name, a DNS server and an address of its own, and its routes are marked and go" {
	lns <<-EOF
		incoming:
		  - name: first
		    remote-hostname: a.lac.example
		    hostname: first.lns.example
		    secret: first-secret
		    local-ppp-ip: 10.99.0.1
		    dns: [10.99.0.53]
		    sessions: [{username: a, remote-ppp-ip: 10.99.0.2, routes: [10.71.0.0/24, "2001:db8:71::/48", 10.72.0.0/16]}]
		  - name: second
		    remote-hostname: ["b.lac.example", "c.lac.example"]
		    hostname: second.lns.example
		    secret: second-secret
		    local-ppp-ip: 10.98.0.1
		    dns: [10.98.0.53]
		    payload-table: 78
		    sessions: [{username: b, remote-ppp-ip: 10.98.0.2}]
		  - name: rest
		    secret: first-secret
		    local-ppp-ip: 10.97.0.1
		    sessions: [{remote-ppp-ip: 10.97.0.2}]
	EOF
	lac "a:a:secret: first-secret" "b:b:secret: second-secret" "c:b:secret: first-secret"
	sed -i '/name: a$/,/name: b$/s/ipv6: false/ipv6: true/' "$LAB_DIR/lac.yaml"
	"$L2X" reload -s "$LAB_DIR/lac.sock"
	lab_await 20 at_lac a '10.99.0.1 10.99.0.53 first.lns.example'
	lab_await 20 at_lac b '10.98.0.1 10.98.0.53 second.lns.example'
	# The secret of another entry opens none, and the entry behind is not tried.
	lab_await 20 lab_said lns 'second#.*challenge response is wrong'
	run ! lab_status lns '[.tunnels[] | select(.name | startswith("rest"))] | length > 0'
	lab_await 20 lab_status lns '[.sessions[] | select(.user == "a" and .ipv6)] | length == 1'
	run -0 ip -n "$LAB-lns" route show proto 212 table main
	assert_line --regexp '^10.71.0.0/24 dev l2x0 '
	assert_line --regexp '^10.72.0.0/16 dev l2x0 '
	assert_line --regexp '^10.99.0.2 dev l2x0 '
	run -0 ip -n "$LAB-lns" -6 route show proto 212 table main
	assert_line --regexp '^2001:db8:71::/48 dev l2x0 '
	run -0 ip -n "$LAB-lns" route show proto 212 table 78
	assert_line --regexp '^10.98.0.2 dev l2x78 '
	"$L2X" down a -s "$LAB_DIR/lac.sock"
	lab_await 20 no_routes_in main
	lab_status lns '[.sessions[] | select(.user == "b" and .ipv4)] | length == 1'
	"$L2X" down b -s "$LAB_DIR/lac.sock"
	lab_await 20 no_routes_in 78
}

# at_lac NAME 'ADDRESS DNS HOSTNAME' of the other end.
at_lac() {
	local of_tunnel=".tunnels[] | select(.name == \"$1\") | .peer_hostname"
	[ "$(lab_status lac ".sessions[] | select(.name == \"$1\") | [.ipv4.remote, .ipv4.dns[0]] | join(\" \")") $(lab_status lac "$of_tunnel")" = "$2" ]
}

no_routes_in() {
	[ -z "$(ip -n "$LAB-lns" route show proto 212 table "$1" 2>/dev/null)$(ip -n "$LAB-lns" -6 route show proto 212 table "$1" 2>/dev/null)" ]
}

@test "as many tunnels and calls in a second as an entry may have" {
	lns <<-EOF
		incoming:
		  - name: slow
		    attempts-per-second: 1
		    local-ppp-ip: 10.99.0.1
		    sessions: [{username: "*", remote-ppp-ip: 10.99.0.2}]
	EOF
	lac a:a b:b c:c
	lab_await 40 one_is_too_many
	lab_await 20 lab_status lns '[.sessions[] | select(.ipv4)] | length >= 1'
}

# One of those that have dialled; else they all dial again, for a second may have passed between them.
one_is_too_many() {
	local name
	lab_await 3 lab_said lns 'more than the attempts-per-second \(1\) of slow' &&
		lab_await 3 lab_said lac '(too many tunnels at a time|too many sessions) \(result' && return
	for name in a b c; do
		"$L2X" restart -s "$LAB_DIR/lac.sock" $name
	done
	return 1
}

@test "as many sessions as an entry may have" {
	lns <<-EOF
		pools: [{name: p, addresses: [100.64.0.0/24]}]
		incoming:
		  - name: small
		    max-sessions: 2
		    local-ppp-ip: 10.99.0.1
		    sessions: [{username: "*", pool: p, max-sessions: 0}]
	EOF
	lac a:a b:a c:a
	lab_await 20 lab_said lns 'call refused: small has its max-sessions \(2\) already'
	lab_await 20 has a 2
	lab_await 20 lab_said lac 'too many sessions'
}
