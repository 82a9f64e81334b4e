#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A changed configuration while the controllers run: what stays, what is changed in place, what ends and begins.
# alice is the lab's own session, with the client and the server behind its ends; the others are callers of the LAC.

load ../lib/netns

NUMBERED=$LAB_ROOT/build/tests/lib/numbered

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	lab_config_lns >"$LAB_DIR/lns.base"
	lab_config_lac >"$LAB_DIR/lac.base"
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs
	local ns
	for ns in lac lns numbered-receive numbered-send; do
		lab_ended $ns || lab_kill TERM $ns
	done
}

# caller NAME [LINE...]: another connection of the LAC, with a table of its own, on stdout.
caller() {
	local name=$1 line
	shift
	cat <<-EOF
		  - name: $name
		    server: $LAB_LNS
		    hostname: lab-lac
		    secret: tunnel-secret
		    username: $name
		    password: secret
		    payload-table: $((200 + $(printf '%d' "'$name")))
		    routes: []
		    ipv6: false
		    retry-max: 1
	EOF
	for line; do
		printf '    %s\n' "$line"
	done
}

# lac [CALLER LINES ON STDIN]: its configuration.
lac() {
	cat "$LAB_DIR/lac.base" - >"$LAB_DIR/lac.yaml"
}

# lns: its configuration, with what is on stdin behind alice's rule.
lns() {
	cat "$LAB_DIR/lns.base" - >"$LAB_DIR/lns.yaml"
}

# of_alice lac|lns KEY VALUE: where it stands first, as her entry does.
of_alice() {
	sed -i -E "0,/^ +$2:/s|^( +)$2:.*|\1$2: $3|" "$LAB_DIR/$1.yaml"
}

reload() {
	"$L2X" reload -s "$LAB_DIR/$1.sock"
}

# of lac|lns NAME FILTER: of this user's only session that is up.
of() {
	lab_status "$1" "[.sessions[] | select(.user == \"$2\" and .ipv4)] | if length == 1 then .[0] else null end | $3"
}

is_up() {
	of "${2:-lns}" "$1" '.ipv4 != null'
}

is_gone() {
	! is_up "$1"
}

# who lac|lns: which sessions there are, by their ids.
who() {
	lab_status "$1" '[.sessions[] | "\(.user) \(.tunnel_id)/\(.session_id)"] | sort | join("\n")'
}

start() {
	lab_start lns
	lab_start lac
	lab_await 30 lab_session lac
	lab_await 20 lab_session lns
	local name
	for name; do
		lab_await 30 is_up "$name"
	done
}

# counts_begin COUNT RATE: numbered packets from the client to the server.
counts_begin() {
	lab_reaches client 10.2.0.2
	rm -f "$LAB_DIR/board"
	lab_spawn server numbered-receive "$NUMBERED" receive 7777 "$1" "$LAB_DIR/board"
	lab_await 10 test -s "$LAB_DIR/board"
	lab_spawn client numbered-send "$NUMBERED" send 10.2.0.2 7777 "$1" "$LAB_DIR/board" 64 "$2"
}

counts_end() {
	lab_await 60 lab_ended numbered-send
	lab_await 20 lab_ended numbered-receive
	jq -er "$1" "$LAB_DIR/numbered-receive.log"
}

@test "sessions whose rule stays lose not a packet, nor do those that are changed in place" {
	lns <<-EOF
		      - {username: b, password: secret, remote-ppp-ip: 10.99.0.3}
	EOF
	caller b | lac
	start b
	run -0 who lns
	local before=$output i
	counts_begin 20000 4000
	for i in 1 2 3; do
		run -0 reload lns
		assert_output --partial '2 sessions stay as they are, 0 are changed, 0 end'
		run -0 reload lac
		# Another rule, another entry, and changes of alice's own, back and forth.
		lns <<-EOF
			        speed: 900M
			        speed-rx: 900M
			        mtu: $((1280 + i))
			        session-timeout: 1000
			      - {username: b, password: secret, remote-ppp-ip: 10.99.0.3}
			      - {username: c, password: secret, remote-ppp-ip: 10.99.0.4}
		EOF
		of_alice lns routes '[10.1.0.0/24, "2001:db8:1::/64", 10.7.0.0/16]'
		of_alice lns hello-interval $((60 + i))
		run -0 reload lns
		assert_output --partial '1 sessions stay as they are, 1 are changed, 0 end'
		lab_await 10 ip -n "$LAB-lns" route get 10.7.0.1 oif l2x0
		assert_equal "$(of lns alice .mtu)" $((1280 + i))
		caller b | lac
		of_alice lac mtu $((1290 + i))
		of_alice lac routes '[0.0.0.0/0, "::/0", 10.8.0.0/16]'
		run -0 reload lac
		assert_output --partial '1 are changed, 0 end'
		run -0 ip -n "$LAB-lac" route show table 100
		assert_output --partial '10.8.0.0/16 dev l2x100'
		lns <<-EOF
			      - {username: b, password: secret, remote-ppp-ip: 10.99.0.3}
		EOF
		reload lns
		caller b | lac
		reload lac
	done
	run -0 counts_end '"\(.lost) \(.duplicated)"'
	assert_output '0 0'
	run -0 who lns
	assert_output "$before"
	run -0 ip -n "$LAB-lac" route show table 100
	refute_output --partial '10.8.0.0/16'
	run -0 ip -n "$LAB-lns" route show
	refute_output --partial '10.7.0.0/16'
}

@test "a file with mistakes changes nothing, and each is told with its line" {
	lns </dev/null
	lac </dev/null
	start
	run -0 who lns
	local before=$output
	lns <<-EOF
		      - {username: b, password: secret, remote-ppp-ip: 10.99.0.300}
		      - {username: c, passwort: secret, remote-ppp-ip: 10.99.0.4}
	EOF
	run -1 reload lns
	assert_line --regexp "^$LAB_DIR/lns.yaml:[0-9]+: .*sessions\[1\].remote-ppp-ip: "
	assert_line --regexp "^$LAB_DIR/lns.yaml:[0-9]+: .*passwort"
	lab_said lns "error .*lns.yaml:[0-9]+: .*passwort"
	lab_said lns 'nothing has changed'
	# By the signal too, where only the log can tell.
	kill -HUP "$(lab_pid lns)"
	lab_await 10 lab_said_times lns 'nothing has changed' 2
	rm "$LAB_DIR/lns.yaml"
	run -1 reload lns
	assert_output --partial 'cannot be read: No such file'
	# What only a start can change.
	lns </dev/null
	lab_add lns user 'max-sessions: 100' 'bpf-path: /sys/fs/bpf/elsewhere'
	sed -i '0,/^bpf-path: .*lns$/{//d}' "$LAB_DIR/lns.yaml"
	run -1 reload lns
	assert_line --regexp 'lns.yaml:[0-9]+: max-sessions: cannot be changed while l2x runs'
	assert_line --regexp 'lns.yaml:[0-9]+: bpf-path: cannot be changed while l2x runs'
	run -0 who lns
	assert_output "$before"
	lns </dev/null
	run -0 reload lns
	assert_output --partial '1 sessions stay as they are'
	lab_reaches client 10.2.0.2
}

lab_said_times() {
	[ "$(grep -aciE -- "$2" "$LAB_DIR/$1.log")" -ge "$3" ]
}

@test "a rule that is gone, is another, or asks for another password ends its sessions, with the reason" {
	lns <<-EOF
		      - {username: [b, c], password: secret, remote-ppp-ip: 10.99.0.3, max-sessions: 9}
		      - {username: d, password: secret, remote-ppp-ip: 10.99.0.5}
		      - {username: e, password: secret, remote-ppp-ip: 10.99.0.6}
		      - {username: f, password: secret, remote-ppp-ip: 10.99.0.7}
	EOF
	{
		caller b 'retry-max: 60'
		caller d 'retry-max: 60'
		caller e 'retry-max: 60'
		caller f 'retry-max: 60'
	} | sed '/retry-max: 1$/d' | lac
	start b d e f
	lns <<-EOF
		      - {username: c, password: secret, remote-ppp-ip: 10.99.0.3}
		      - {username: d, password: other, remote-ppp-ip: 10.99.0.5}
		      - {username: e, reject: not you any more}
		      - {username: f, password: secret, remote-ppp-ip: 10.99.0.8}
	EOF
	run -0 reload lns
	assert_output --partial '1 sessions stay as they are, 0 are changed, 4 end'
	lab_await 20 lab_said lac 'b: session ended.*: .*changed: no rule matches'
	lab_await 20 lab_said lac 'd: session ended.*: .*changed: wrong password'
	lab_await 20 lab_said lac 'e: session ended.*: .*not you any more'
	lab_await 20 lab_said lac 'f: session ended.*: .*changed: remote-ppp-ip or pool'
	# It comes again, and gets what the new rule gives.
	"$L2X" restart f -s "$LAB_DIR/lac.sock"
	lab_await 20 is_up f
	assert_equal "$(of lns f .ipv4.remote)" 10.99.0.8
	lab_await 10 is_gone b
	lab_reaches client 10.2.0.2
	# No time left.
	lns <<-EOF
		      - {username: f, password: secret, remote-ppp-ip: 10.99.0.8, session-timeout: 1}
	EOF
	reload lns
	lab_await 20 lab_said lac 'f: session ended.*: .*session timeout'
}

@test "outgoing entries: new ones are dialled, those gone end in order, others begin anew or are changed" {
	lns <<-EOF
		      - {username: b, password: secret, remote-ppp-ip: 10.99.0.3}
		      - {username: c, password: secret, remote-ppp-ip: 10.99.0.4}
	EOF
	caller b | lac
	start
	lab_await 20 is_there lns b
	local ids
	ids=$(ids_of lac isp)
	{
		caller b 'calling-number: "42"'
		caller c
	} | lac
	of_alice lac hello-interval 33
	of_alice lac retry-max "2\\n    metric: 77"
	run -0 reload lac
	assert_output --partial '0 sessions stay as they are, 1 are changed, 1 end'
	lab_await 20 is_there lns c
	lab_said lac 'b: begins anew: calling-number is another'
	lab_await 20 lab_said lns 'call from "42" to'
	run -0 ip -n "$LAB-lac" route show table 100
	assert_line --regexp 'default dev l2x100 .*metric 77'
	assert_equal "$(grep -c 'default dev l2x100' <<<"$output")" 1
	assert_equal "$(ids_of lac isp)" "$ids"
	lac </dev/null
	run -0 reload lac
	assert_output --partial '2 end'
	lab_await 20 only_alice
	run -0 "$L2X" show tunnels -s "$LAB_DIR/lac.sock"
	refute_output --regexp '^(b|c) '
	lab_said lns 'b: session ended.*: .*gone from the configuration'
	# Back before it is gone.
	caller c | lac
	reload lac
	lac </dev/null
	reload lac
	caller c | lac
	reload lac
	lab_await 20 is_there lns c
	assert_equal "$(ids_of lac isp)" "$ids"
}

ids_of() {
	lab_status "$1" "[.tunnels[] | select(.name == \"$2\")] | .[0] | [.id, .peer_id] | join(\" \")"
}

is_there() {
	lab_status "$1" "[.sessions[] | select(.user == \"$2\" and .phase == \"network\")] | length == 1"
}

only_alice() {
	lab_status lns '[.sessions[].user] == ["alice"] and (.tunnels | length) == 1'
}

@test "pools keep the addresses of those who stay; entries come and go with their tunnels" {
	lac <<-EOF
		$(caller b 'hostname: other-lac' | sed '/hostname: lab-lac/d')
		$(caller c)
	EOF
	lns <<-EOF
		      - {username: c, password: secret, pool: p}
		  - name: others
		    remote-hostname: other-lac
		    secret: tunnel-secret
		    local-ppp-ip: 10.99.0.1
		    sessions: [{username: b, password: secret, pool: p}]
	EOF
	pool 100.64.0.0/29
	start b c
	local address
	address=$(of lns c .ipv4.remote)
	# The same rule in another place, the pool with more in it, and no entry for b.
	lns <<-EOF
		      - {username: z, remote-ppp-ip: 10.99.0.9}
		      - {username: c, password: secret, pool: p}
	EOF
	pool '192.0.2.64/30, 100.64.0.0/29'
	run -0 reload lns
	assert_output --partial '2 sessions stay as they are, 0 are changed, 1 end'
	assert_equal "$(of lns c .ipv4.remote)" "$address"
	lab_said lns 'others#.*: the configuration has changed: no entry is for this peer'
	lab_await 20 lab_said lac 'b: session ended.*: .*the configuration has changed'
	lab_await 20 lab_said lns 'host name "other-lac", refused: no incoming entry matches'
	# It is still taken: nobody else gets it.
	lns <<-EOF
		      - {username: c, password: secret, pool: p, max-sessions: 2, replace: false}
		  - name: others
		    remote-hostname: other-lac
		    secret: tunnel-secret
		    local-ppp-ip: 10.99.0.1
		    sessions: [{username: b, password: secret, pool: p}]
	EOF
	pool "$address/32"
	reload lns
	lab_await 20 lab_said lns 'login "b" refused: the address pool is empty'
	assert_equal "$(of lns c .ipv4.remote)" "$address"
	# And the other way round, its address goes out of the pool.
	pool 100.64.1.0/29
	run -0 reload lns
	assert_output --partial '1 sessions stay as they are, 0 are changed, 1 end'
	lab_await 20 is_up b
	lab_await 20 is_up c
	run -0 of lns c .ipv4.remote
	assert_output --regexp '^100\.64\.1\.'
	# Its secret is another.
	lab_set lns secret another
	reload lns
	lab_await 20 lab_said lns 'customers#.*: the configuration has changed: secret'
	lab_await 20 lab_said lac 'isp: session ended.*: .*the configuration has changed'
}

# pool ADDRESSES: of the LNS's configuration.
pool() {
	sed -i '/^pools:/d' "$LAB_DIR/lns.yaml"
	printf 'pools: [{name: p, addresses: [%s]}]\n' "$1" >>"$LAB_DIR/lns.yaml"
}

@test "interfaces, addresses to listen on, the HTTP port, the log's level, limits" {
	lns </dev/null
	lac </dev/null
	start
	ip -n "$LAB-lns" address add 192.0.2.77/24 dev to-lac
	sed -i '/^  - name: to-server$/,+1d' "$LAB_DIR/lns.yaml"
	lab_set lns listen "[\"$LAB_LNS\", 192.0.2.77]"
	lab_set lns log-level error
	printf 'http: {port: 9999}\nlimits: {half-open: 7}\n' >>"$LAB_DIR/lns.yaml"
	run -0 reload lns
	assert_output --partial '1 sessions stay as they are, 0 are changed, 0 end'
	assert_equal "$(lab_status lns '[.interfaces[].name] | join(" ")')" to-lac
	lab_in lns ss -Hlun 'sport = :1701' | grep -q 192.0.2.77
	lab_in lns curl -sf http://127.0.0.1:9999/metrics | grep -q l2x_
	lab_reaches client 10.2.0.2
	# A port that is taken: nothing changes.
	lab_in lns python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 9998)); input()' < <(sleep 60) &
	lab_await 10 lab_listens lns 9998
	lab_set lns http '{port: 9998}'
	lab_set lns listen "[\"$LAB_LNS\"]"
	run -1 reload lns
	assert_line --partial 'http: cannot open the port: Address already in use'
	lab_in lns curl -sf http://127.0.0.1:9999/metrics | grep -q l2x_
	lab_in lns ss -Hlun 'sport = :1701' | grep -q 192.0.2.77
	kill %1
	# All back; but the session's own address goes.
	lns </dev/null
	lab_set lns listen '[192.0.2.77]'
	run -0 reload lns
	assert_output --partial '0 sessions stay as they are, 0 are changed, 1 end'
	run ! lab_in lns curl -sf http://127.0.0.1:9999/metrics
	lab_await 20 lab_said lac 'isp: tunnel ended.*: its address is no longer listened on'
	lab_set lac server 192.0.2.77
	reload lac
	lab_await 30 lab_session lac
	lab_await 20 lab_session lns
	assert_equal "$(lab_status lns '[.interfaces[].name] | sort | join(" ")')" 'to-lac to-server'
	# All of them, in place of one of them.
	lab_set lns listen '[0.0.0.0]'
	run -0 reload lns
	assert_output --partial '1 sessions stay as they are'
	lab_reaches client 10.2.0.2
	ip -n "$LAB-lns" address del 192.0.2.77/24 dev to-lac
}

@test "sets: settings in place, another kind anew" {
	lns <<-EOF
		      - {username: b, password: secret, remote-ppp-ip: 10.99.0.3, ha-set: pair}
		sets: [{name: pair, skew: 100}]
		max-sets: 4
	EOF
	lac <<-EOF
		$(caller b 'ha-set: pair')
		sets: [{name: pair, skew: 100}]
		max-sets: 4
	EOF
	start b
	local ns before
	run -0 who lns
	before=$output
	for ns in lac lns; do
		lab_set $ns sets '[{name: pair, skew: 200, sequence: extended}]'
		run -0 reload $ns
		assert_output --partial ' 0 end'
		assert_equal "$(lab_status $ns '.sets[0] | "\(.skew_ms) \(.sequence)"')" '200 extended'
	done
	run -0 who lns
	assert_output "$before"
	lab_in lns ping -q -c 2 -i 0.1 -W 2 10.99.0.3
	lab_status lns '.sets[0].lost == 0'
	for ns in lac lns; do
		sed -i 's/ha-set: pair/bond-set: pair/; /^sets:/d' "$LAB_DIR/$ns.yaml"
	done
	run -0 reload lns
	assert_output --partial '1 end'
	run -0 reload lac
	lab_await 30 has_kind lns bond
	lab_await 30 has_kind lac bond
}

has_kind() {
	lab_status "$1" "(.sets | length) == 1 and .sets[0].kind == \"$2\" and .sets[0].legs_up == 1"
}
