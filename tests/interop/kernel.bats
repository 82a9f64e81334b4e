#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# l2x on the oldest kernel that it is for, Debian 12's. Of the newer ones, kernel-backport.bats.

load ../lib/kernel

setup_file() {
	kernel_up 6.1 test_fixtures test_relay test_spread test_wire
}

teardown_file() {
	kernel_down
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || kernel_show_logs
}

@test "the kernel is the one that the README names" {
	run vm 'uname -r'
	assert_output --regexp '^6\.1\.'
}

@test "the BPF programs pass the verifier and their fixtures" {
	kernel_runs test_fixtures
}

@test "relayed messages, in XDP and tc" {
	kernel_runs test_relay
}

@test "XDP behind a cpumap" {
	kernel_runs test_spread
}

@test "the tc programs on real netdevs" {
	kernel_runs test_wire
}

@test "a controller there is the LNS of one here: ping and TCP, by BPF" {
	kernel_carries
}
