#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Programs that run when a session comes up and goes down.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
}

teardown_file() {
	lab_init
	lab_down
}

setup() {
	local ns
	for ns in lac lns; do
		lab_config $ns
		rm -f "$LAB_DIR/$ns.told"
		# shellcheck disable=SC2016 # its own variables
		printf '#!/bin/sh\nenv | grep ^L2X_ | sort | tr "\\n" "|" >>%s.told\necho >>%s.told\n' \
			"$LAB_DIR/$ns" "$LAB_DIR/$ns" >"$LAB_DIR/$ns-script"
		chmod 700 "$LAB_DIR/$ns-script"
	done
	sed -i "s|^    server:|    on-up: $LAB_DIR/lac-script\n    on-down: $LAB_DIR/lac-script\n&|" "$LAB_DIR/lac.yaml"
	sed -i "s|^    remote-hostname:|    on-up: $LAB_DIR/lns-script\n    on-down: $LAB_DIR/lns-script\n&|" "$LAB_DIR/lns.yaml"
}

teardown() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
	done
	lab_show_logs
}

# told NAMESPACE COUNT: its script has run so often.
told() {
	[ "$(wc -l <"$LAB_DIR/$1.told")" = "$2" ]
}

# fact NAMESPACE EVENT FAMILY NAME: of that run.
fact() {
	grep -F "L2X_EVENT=$2|" "$LAB_DIR/$1.told" | grep -F "L2X_FAMILY=$3|" | tr '|' '\n' | sed -n "s/^$4=//p"
}

@test "up and down, once for each family, with the session's facts" {
	local ns
	lab_connect
	for ns in lac lns; do
		lab_await 10 told $ns 2
	done
	assert_equal "$(fact lac up ipv4 L2X_NAME)" isp
	assert_equal "$(fact lac up ipv4 L2X_ROLE)" outgoing
	assert_equal "$(fact lac up ipv4 L2X_USER)" alice
	assert_equal "$(fact lac up ipv4 L2X_IFACE)" l2x100
	assert_equal "$(fact lac up ipv4 L2X_TABLE)" 100
	assert_equal "$(fact lac up ipv4 L2X_MTU)" 1460
	assert_equal "$(fact lac up ipv4 L2X_LOCAL)" 10.99.0.2
	assert_equal "$(fact lac up ipv4 L2X_REMOTE)" 10.99.0.1
	assert_equal "$(fact lac up ipv4 L2X_DNS1)" 10.99.0.53
	assert_equal "$(fact lac up ipv4 L2X_ROUTES)" "10.99.0.1/32 0.0.0.0/0"
	assert_equal "$(fact lac up ipv4 L2X_PEER)" 192.0.2.2:1701
	assert_equal "$(fact lac up ipv4 L2X_PEER_HOSTNAME)" lab-lns
	assert_equal "$(fact lac up ipv6 L2X_LOCAL)" "$(lab_status lac '.sessions[0].ipv6.local')"
	assert_equal "$(fact lac up ipv6 L2X_DNS1)" ""
	assert_equal "$(fact lns up ipv4 L2X_NAME)" customers
	assert_equal "$(fact lns up ipv4 L2X_SESSION)" customers/alice
	assert_equal "$(fact lns up ipv4 L2X_ROUTES)" "10.99.0.2/32 10.1.0.0/24"
	run fact lns up ipv6 L2X_ROUTES
	assert_output --regexp '^fe80::.*/128 2001:db8:1::/64$'
	# The orderly end waits for what it started.
	lab_kill TERM lac
	told lac 4
	assert_equal "$(fact lac down ipv4 L2X_LOCAL)" 10.99.0.2
	assert [ "$(fact lac down ipv6 L2X_UPTIME)" -ge 0 ]
	lab_await 10 told lns 4
	assert_equal "$(fact lns down ipv4 L2X_USER)" alice
}

@test "a script that hangs holds up nothing, and those of one session keep their order" {
	# shellcheck disable=SC2016 # its own variables
	printf '#!/bin/sh\necho $L2X_EVENT $L2X_FAMILY >>%s.told\nexec sleep 1\n' "$LAB_DIR/lac" >"$LAB_DIR/lac-script"
	lab_connect
	lab_reaches client 10.2.0.2
	"$L2X" restart -s "$LAB_DIR/lac.sock" isp
	lab_await 20 told lac 6
	run -0 cat "$LAB_DIR/lac.told"
	assert_line --index 0 --regexp '^up '
	assert_line --index 1 --regexp '^up '
	assert_line --index 2 --regexp '^down '
	assert_line --index 3 --regexp '^down '
	assert_line --index 4 --regexp '^up '
	assert_line --index 5 --regexp '^up '
}

@test "a script has no descriptor of the controller's; what it says and its failure are in the log" {
	# shellcheck disable=SC2016 # its own variables
	printf '#!/bin/sh\nls -l /proc/$$/fd | grep -c socket >>%s.told\necho said by the script\nexit 3\n' \
		"$LAB_DIR/lac" >"$LAB_DIR/lac-script"
	lab_connect
	lab_await 10 told lac 2
	run -0 sort -u "$LAB_DIR/lac.told"
	assert_output 0
	lab_await 10 lab_said lac 'lac-script ended with status 3'
	lab_said lac 'said by the script'
}
