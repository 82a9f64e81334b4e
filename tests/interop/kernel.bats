#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# l2x itself on the oldest kernel that it is for, Debian 12's: the verifier takes the programs, their fixtures hold, and
# a controller in the guest is the LNS of one outside.

load ../lib/vm

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_init
	lab_dir
	lab_up_lac
	VM_SECONDS=560 vm_up_as_lns
	vm_programs "$(command -v capsh)" build/l2x build/tests/bpf/test_fixtures build/tests/bpf/test_relay build/tests/bpf/test_spread build/tests/bpf/test_wire
	vm 'mount -t bpf bpf /sys/fs/bpf'
	lab_config lac
}

teardown_file() {
	lab_init
	vm_down
	lab_down
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || {
		lab_show_logs
		vm 'tail -n 40 /tmp/l2x.log' || true
	}
}

@test "the kernel is the one that the README names" {
	run vm 'uname -r'
	assert_output --regexp '^6\.1\.'
}

@test "the BPF programs pass the verifier and their fixtures" {
	VM_WAIT=240 run vm 'cd /tmp && ./test_fixtures'
	assert_success
	refute_output --partial FAILED
}

@test "relayed messages, in XDP and tc" {
	VM_WAIT=240 run vm 'cd /tmp && ./test_relay'
	assert_success
	refute_output --partial FAILED
}

@test "XDP behind a cpumap" {
	VM_WAIT=120 run vm 'cd /tmp && ./test_spread'
	assert_success
	refute_output --partial FAILED
}

@test "the tc programs on real netdevs" {
	VM_WAIT=240 run vm 'cd /tmp && ./test_wire'
	assert_success
	refute_output --partial FAILED
}

@test "a controller there is the LNS of one here: ping and TCP, by BPF" {
	lab_config lns
	sed -e 's|^control-socket:.*|control-socket: /run/l2x.sock|' -e 's|^bpf-path:.*|bpf-path: /sys/fs/bpf/l2x|' \
		-e 's|to-lac|eth0|' -e '/name: to-server/,+1d' "$LAB_DIR/lns.yaml" | vm_put /tmp/l2x.yaml
	# With the capabilities that the unit leaves it, and no others.
	keep=$(sed -n 's/^CapabilityBoundingSet=//p' "$LAB_ROOT/scripts/l2x.service" | tr 'A-Z ' 'a-z\n')
	# shellcheck disable=SC2016 # for the guest's shell
	vm 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
		all=$(capsh --print | sed -n "s/^Bounding set *=//p" | tr , "\\n")
		setsid capsh --drop=$(echo "$all" | grep -vxF "'"$keep"'" | tr "\\n" , | sed "s/,$//") --no-new-privs --shell=/bin/sh \
			-- -c "exec /tmp/l2x run -c /tmp/l2x.yaml" >/tmp/l2x.log 2>&1 </dev/null &
		pidof iperf3 >/dev/null || iperf3 -s -D'
	lab_start lac
	lab_await 30 lab_session lac
	run lab_in client ping -q -c 5 -i 0.2 -W 5 10.99.0.1
	assert_success
	# shellcheck disable=SC2016 # for the guest's shell
	bounding=$(vm 'sed -n "s/^CapBnd:.//p" /proc/$(pidof l2x)/status')
	assert [ $((0x$bounding >> 21 & 1)) = 0 ] # CAP_SYS_ADMIN
	run lab_iperf client 2 -c 10.99.0.1
	assert_success
	# Not carried by userspace, on either side.
	run vm '/tmp/l2x status --json -s /run/l2x.sock'
	assert_success
	run jq -er '.sessions[0] | .rx.tc.packets > 100 and .rx.user.packets == 0 and .tx.tc.packets > 10' <<<"$output"
	assert_success
	vm 'killall l2x'
	lab_await 20 vm '! pidof l2x && ! ls /sys/fs/bpf/l2x'
	lab_kill TERM lac
}
