#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The command line without a controller: help, usage errors, and what is said when nobody answers.

bats_require_minimum_version 1.8.0
bats_load_library bats-support
bats_load_library bats-assert

L2X=$(realpath "$BATS_TEST_DIRNAME/../..")/build/l2x

@test "--help names every command and exits 0" {
	run -0 "$L2X" --help
	for command in run check status show top up down restart attach detach; do
		assert_output --partial "  l2x $command "
	done
}

@test "--version" {
	run -0 "$L2X" --version
	assert_output --regexp '^l2x [0-9]+\.[0-9]+'
}

@test "usage errors exit 2 and go to stderr" {
	run -2 --separate-stderr "$L2X"
	assert_output ''
	run -2 --separate-stderr "$L2X" dance
	assert_output ''
	# shellcheck disable=SC2154 # set by run
	assert_equal "${stderr_lines[0]}" 'l2x: there is no command "dance"'
	run -2 "$L2X" check --nonsense
	assert_line 'usage: l2x check [-c FILE]'
	run -2 "$L2X" check file
	run -2 "$L2X" attach
	assert_output 'usage: l2x attach [-s SOCKET] [--forward xdp|kernel] IFACE'
	run -2 "$L2X" detach eth0 eth1
	run -2 "$L2X" up
	assert_output 'usage: l2x up [-s SOCKET] NAME'
	run -2 "$L2X" restart isp isp2
	run -2 "$L2X" attach --forward fast eth0
	assert_output 'l2x: --forward fast: give xdp or kernel'
}

@test "each command has its own help" {
	for command in check status show top up down restart attach detach; do
		run -0 "$L2X" "$command" --help
		assert_line --index 0 --partial "usage: l2x $command "
	done
}

@test "no controller: one line that names the socket" {
	socket=$BATS_TEST_TMPDIR/l2x.sock
	for command in status "status --json" "show routes" top "up isp" "down isp" "restart isp" "attach eth0" "detach eth0"; do
		# shellcheck disable=SC2086 # words of their own
		run -1 --separate-stderr "$L2X" $command -s "$socket"
		assert_output ''
		# shellcheck disable=SC2154 # set by run
		assert_equal "$stderr" "l2x: no controller answers at $socket; is \`l2x run\` running?"
	done
}
