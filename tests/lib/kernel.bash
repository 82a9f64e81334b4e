# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# l2x itself on a kernel of Debian's, in a guest that takes the place of the lab's LNS: the verifier takes the programs, their
# fixtures hold, and a controller there is the LNS of one here.

load ../lib/vm

# kernel_up VERSION PROGRAM...: a guest with this kernel; PROGRAMs of build/tests/bpf in its /tmp, and l2x.
kernel_up() {
	local version=$1
	shift
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_init
	lab_dir
	lab_up_lac
	VM_KERNEL=$version VM_SECONDS=560 vm_up_as_lns
	vm_programs "$(command -v capsh)" build/l2x "${@/#/build/tests/bpf/}"
	vm 'mount -t bpf bpf /sys/fs/bpf'
	lab_config lac
}

kernel_down() {
	lab_init
	vm_down
	lab_down
}

kernel_show_logs() {
	lab_show_logs
	vm 'tail -n 40 /tmp/l2x.log' || true
}

# kernel_runs PROGRAM: one of cmocka's, all of whose tests pass.
kernel_runs() {
	VM_WAIT=240 run vm "cd /tmp && ./$1"
	assert_success
	refute_output --partial FAILED
}

# kernel_lns: with the capabilities that the unit leaves it, and no others.
kernel_lns() {
	local keep
	lab_config lns
	sed -e 's|^control-socket:.*|control-socket: /run/l2x.sock|' -e 's|^bpf-path:.*|bpf-path: /sys/fs/bpf/l2x|' \
		-e 's|to-lac|eth0|' -e '/name: to-server/,+1d' "$LAB_DIR/lns.yaml" | vm_put /tmp/l2x.yaml
	keep=$(sed -n 's/^CapabilityBoundingSet=//p' "$LAB_ROOT/scripts/l2x.service" | tr 'A-Z ' 'a-z\n')
	# shellcheck disable=SC2016 # for the guest's shell
	vm 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
		all=$(capsh --print | sed -n "s/^Bounding set *=//p" | tr , "\\n")
		setsid capsh --drop=$(echo "$all" | grep -vxF "'"$keep"'" | tr "\\n" , | sed "s/,$//") --no-new-privs --shell=/bin/sh \
			-- -c "exec /tmp/l2x run -c /tmp/l2x.yaml" >/tmp/l2x.log 2>&1 </dev/null &
		pidof iperf3 >/dev/null || iperf3 -s -D'
}

# kernel_carries: a session of the LAC here with the LNS there; ping and TCP, by BPF on either side. The guest's ends in order.
kernel_carries() {
	local bounding
	kernel_lns
	lab_start lac
	lab_await 30 lab_session lac
	run lab_in client ping -q -c 5 -i 0.2 -W 5 10.99.0.1
	assert_success
	# shellcheck disable=SC2016 # for the guest's shell
	bounding=$(vm 'sed -n "s/^CapBnd:.//p" /proc/$(pidof l2x)/status')
	assert [ $((0x$bounding >> 21 & 1)) = 0 ] # CAP_SYS_ADMIN
	run lab_iperf client 2 -c 10.99.0.1
	assert_success
	jq -er '.sessions[0] | .rx.tc.packets > 100 and .rx.user.packets == 0 and .tx.tc.packets > 10' \
		<<<"$(vm '/tmp/l2x status --json -s /run/l2x.sock')"
	vm 'killall l2x'
	lab_await 20 vm '! pidof l2x && ! ls /sys/fs/bpf/l2x'
	lab_kill TERM lac
}
