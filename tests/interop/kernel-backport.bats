#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# l2x on the kernel of Debian 12's backports, which is Debian 13's too: what kernel.bats does, in short.

load ../lib/kernel

setup_file() {
	export NO_KERNEL=
	timeout 300 "$VM_TOOLS/fetch" 6.12 >"$BATS_FILE_TMPDIR/fetch" 2>&1 || {
		NO_KERNEL=$(tail -n 1 "$BATS_FILE_TMPDIR/fetch")
		NO_KERNEL=${NO_KERNEL:-no Linux 6.12: its mirror takes too long}
		return 0
	}
	kernel_up 6.12 test_fixtures test_wire
}

setup() {
	[ -z "$NO_KERNEL" ] || skip "$NO_KERNEL"
}

teardown_file() {
	[ -n "$NO_KERNEL" ] || kernel_down
}

teardown() {
	[ -n "$NO_KERNEL" ] || [ -n "$BATS_TEST_COMPLETED" ] || kernel_show_logs
}

@test "the BPF programs pass the verifier and their fixtures" {
	run vm 'uname -r'
	assert_output --regexp '^6\.12\.'
	kernel_runs test_fixtures
}

@test "the tc programs on real netdevs" {
	kernel_runs test_wire
}

@test "a controller there is the LNS of one here: ping and TCP, by BPF" {
	kernel_carries
}
