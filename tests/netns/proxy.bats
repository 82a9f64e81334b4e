#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A LAC that has done LCP and the login itself, and tells the LNS of them (RFC 2661 4.4.5): the LNS
# takes them as its own, or begins anew. The LAC is tests/lib/proxy_lac.c.

load ../lib/netns

PROXY_LAC=$LAB_ROOT/build/tests/lib/proxy_lac

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
}

teardown_file() {
	lab_init
	lab_down
}

# The LNS asks the LAC for no secret.
setup() {
	lab_config lns
	sed -i '/^ *secret:/d' "$LAB_DIR/lns.yaml"
}

teardown() {
	lab_show_logs
	echo "--- proxy_lac"
	cat "$LAB_DIR/proxy.log"
	# The LNS first, which then has somebody to say its end to.
	lab_ended lns || lab_kill TERM lns
	lab_ended proxy || lab_kill TERM proxy
}

# proxy SENT-MRU METHOD RESPONSE-IN-HEX [PASSWORD]
proxy() {
	lab_start lns && lab_spawn lac proxy "$PROXY_LAC" 192.0.2.2 "$1" "$2" alice "$3" "${4:-unused}"
}

hex() {
	od -An -v -tx1 | tr -d ' \n'
}

# The answer of RFC 1994 to the challenge of proxy_lac, with a password.
chap_response() {
	printf '\007%s0123456789abcdef' "$1" | md5sum | cut -d ' ' -f 1
}

heard() {
	grep -qx -- "$1" "$LAB_DIR/proxy.log"
}

up_as_alice() {
	lab_await 15 heard 'ipcp-open 10.99.0.2' &&
		lab_await 5 lab_status lns \
			'.sessions[0] | .user == "alice" and .phase == "network" and .ipv4.remote == "10.99.0.2"'
}

@test "PAP by proxy: up as alice, without another word of LCP" {
	proxy 1400 pap "$(printf alice-password | hex)"
	up_as_alice
	heard 'pap-accepted 7'
	run heard lcp-request
	assert_failure
}

@test "CHAP by proxy: up as alice, without another word of LCP" {
	proxy 1400 chap "$(chap_response alice-password)"
	up_as_alice
	heard 'chap-accepted 7'
	run heard lcp-request
	assert_failure
	run heard chap-challenge
	assert_failure
}

@test "a wrong password by proxy is refused" {
	proxy 1400 pap "$(printf guessed | hex)"
	lab_await 15 heard cdn
	heard pap-refused
	lab_said lns 'login "alice" refused'
	run lab_status lns '.sessions | length'
	assert_output 0
}

@test "a wrong CHAP answer by proxy is refused" {
	proxy 1400 chap "$(chap_response guessed)"
	lab_await 15 heard cdn
	heard chap-refused
	run heard chap-accepted
	assert_failure
}

@test "a proxied MRU that is too large: LCP and the login are done anew" {
	lab_set lns authentication '[pap]'
	proxy 1500 pap "$(printf guessed | hex)" alice-password
	up_as_alice
	heard lcp-request
	heard 'pap-accepted 1'
	lab_said lns 'not taken over: its MRU is larger than ours'
}

@test "a proxied login by a method that we do not ask for: anew, by ours" {
	lab_set lns authentication '[pap]'
	proxy 1400 chap "$(chap_response alice-password)" alice-password
	up_as_alice
	heard lcp-request
	heard 'pap-accepted 1'
	lab_said lns 'not taken over: its authentication is not the one that we demand'
}

@test "after LCP is begun anew, the login by proxy does not count" {
	lab_set lns authentication '[pap]'
	proxy 1500 pap "$(printf alice-password | hex)" guessed
	lab_await 15 heard cdn
	heard pap-refused
	run heard 'pap-accepted 7'
	assert_failure
}

@test "accept-proxy-login: false: the login is asked for again, and only that; as often as ppp-max-configure says" {
	sed -i 's/^\( *\)local-ppp-ip:.*/&\n\1accept-proxy-login: false\n\1ppp-restart-timeout: 200\n\1ppp-max-configure: 3/' "$LAB_DIR/lns.yaml"
	proxy 1400 chap "$(chap_response alice-password)"
	lab_await 15 heard chap-challenge
	run heard lcp-request
	assert_failure
	run heard 'chap-accepted 7'
	assert_failure
	lab_await 15 heard cdn
	run -0 grep -c chap-challenge "$LAB_DIR/proxy.log"
	assert_output 3
}

@test "speed: connect: the session has the speeds of the line, and keeps to them" {
	local from elapsed bytes
	sed -i -E 's/^( *)password: .*/&\n\1speed: connect\n\1speed-rx: connect/' "$LAB_DIR/lns.yaml"
	proxy 1400 pap "$(printf alice-password | hex)"
	up_as_alice
	# What the line takes from the LAC is what we send, and the other way round.
	run lab_status lns '.sessions[0] | "\(.speed) \(.speed_rx)"'
	assert_output '19200 9600'
	run "$L2X" status -s "$LAB_DIR/lns.sock"
	assert_line --regexp '^SESSION .* SPEED '
	assert_line --regexp ' alice .* 19\.2k/9600 '
	from=${EPOCHREALTIME/./}
	lab_in server ping -q -c 100 -i 0.002 -W 1 -s 500 10.99.0.2 || true
	elapsed=$((${EPOCHREALTIME/./} - from))
	lab_await 5 lab_status lns '.sessions[0] | .drops.rate + ([.tx[].packets] | add) >= 100'
	bytes=$(lab_status lns '[.sessions[0].tx[].bytes] | add')
	[ "$bytes" -gt 0 ]
	# A tenth of a second ahead at most, and the packet that took the last of it.
	[ $((bytes * 8)) -le $(((elapsed + 100000) * 192 / 10000 + 528 * 8)) ]
}

@test "without a limit, the line's speeds are neither shown nor kept to" {
	proxy 1400 pap "$(printf alice-password | hex)"
	up_as_alice
	run lab_status lns '.sessions[0] | "\(.speed) \(.speed_rx)"'
	assert_output 'null null'
	lab_in server ping -q -c 50 -i 0.002 -W 1 -s 500 10.99.0.2 || true
	lab_await 5 lab_status lns '([.sessions[0].tx[].packets] | add) >= 50'
	lab_status lns '.sessions[0].drops.rate == null'
}
