#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# That the benchmark runs and says what it saw: every case moved packets. How fast is not asked here.

load ../lib/netns

@test "each case measures something" {
	local json=$BATS_TEST_TMPDIR/bench.json
	run -0 "$LAB_ROOT/build/tests/bench-data/bench" -s 0.1 -p 1 -j "$json" one relay capture tcp user l2tpns
	assert_output --partial "decapsulate, 1 session"
	assert_output --partial "relay, 1 call"
	assert_output --partial "no capture, to none possible"
	assert_output --partial "decapsulate, XDP to l2tpns"
	run -0 jq -e '[.cases[] | .per_core_second > 0] | length == 13 and all' "$json"
}
