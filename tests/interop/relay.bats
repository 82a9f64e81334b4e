#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# l2x as relay between two kernels that are not ours: xl2tpd and pppd in one guest are the customer's LAC, in another
# one the far LNS. XDP or tc moves the data, from tap to tap.
#
#   guest 192.0.2.1  to-lac  192.0.2.2  relay  192.0.3.1  to-lns  192.0.3.2 guest

load ../lib/vm
load ../lib/relay

setup_file() {
	local near far
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_init
	lab_dir
	lab_ns relay
	# Both at once.
	"$VM_TOOLS/run" "$LAB_DIR/near" "$LAB-relay" to-lac 192.0.2.2/24 192.0.2.1/24 &
	near=$!
	"$VM_TOOLS/run" "$LAB_DIR/far" "$LAB-relay" to-lns 192.0.3.1/24 192.0.3.2/24 &
	far=$!
	wait $near && wait $far || return 1
	at near vm_files tunnel-secret alice-password
	at far vm_files tunnel-secret alice-password
	lab_capture relay to-lac wire-near udp port 1701
	lab_capture relay to-lns wire-far udp port 1701
}

teardown_file() {
	local pid
	lab_init
	"$VM_TOOLS/stop" "$LAB_DIR/near"
	"$VM_TOOLS/stop" "$LAB_DIR/far"
	for pid in $(ip netns pids "$LAB-relay"); do
		kill -KILL "$pid" 2>/dev/null
	done
	ip netns del "$LAB-relay"
	rm -rf "$LAB_DIR" "/sys/fs/bpf/$LAB-relay"
	rmdir --ignore-fail-on-non-empty /run/l2x-lab 2>/dev/null || true
}

setup() {
	{
		lab_config_common relay
		cat <<-EOF2
			interfaces:
			  - {name: to-lac, forward: xdp}
			  - {name: to-lns, forward: xdp}
			relays:
			  - {name: far, server: 192.0.3.2, hostname: lab-relay, secret: tunnel-secret}
			incoming:
			  - name: customers
			    remote-hostname: lab-lac
			    hostname: lab-switch
			    secret: tunnel-secret
			    authentication: [chap]
			    local-ppp-ip: 10.98.0.1
			    sessions:
			      - relay: far
		EOF2
	} >"$LAB_DIR/relay.yaml"
}

teardown() {
	local side
	[ -n "$BATS_TEST_COMPLETED" ] || {
		grep -av 'command status' "$LAB_DIR/relay.log" | tail -n 60
		for side in near far; do
			echo "$side:"
			at $side vm_show_log
		done
	}
	lab_ended relay || lab_kill TERM relay
}

# at near|far COMMAND...: with that guest.
at() {
	VM=$LAB_DIR/$1 "${@:2}"
}

# call_by chap|pap: all three anew, and the customer is on line: with the far LNS's address, and a login that one has accepted.
call_by() {
	lab_set relay authentication "[$1]"
	lab_start relay
	at far vm_xl2tpd_lns "$1"
	at far vm_restart
	at near vm_xl2tpd_lac "$1"
	at near vm_restart
	at near vm 'echo "c lab" >/run/xl2tpd/control'
	lab_await 60 at near vm_ppp_up
	lab_await 20 at far vm_ppp_up
	run -0 at near vm 'ip address show ppp0'
	assert_output --partial 'inet 10.99.0.2 peer 10.99.0.1/32'
	# The customer was let in once, and saw nothing that is not of LCP, its login, and the network's.
	run -0 at near vm_log "${1^^} authentication succeeded\$"
	assert_equal "${#lines[@]}" 1
	at near vm_log_clean
	run ! at far vm_log 'xl2tpd.*not appropriate'
	# shellcheck disable=SC2016 # for the guest
	at near vm 'for size in 1 1000 1432; do ping -q -M do -c 3 -i 0.05 -W 5 -s $size 10.99.0.1 || exit 1; done'
	at far vm 'ping -q -M do -c 3 -i 0.05 -W 5 -s 1432 10.99.0.2'
}

by_user() {
	sed -i 's/- relay: far/- username: "ali*"\n        relay: far/' "$LAB_DIR/relay.yaml"
}

@test "CHAP, a rule that needs no login; data goes by XDP" {
	call_by chap
	at near vm 'iperf3 -c 10.99.0.1 -t 1 && iperf3 -c 10.99.0.1 -t 1 -R'
	lab_await 5 moved_by xdp 100
	lab_status relay '[.sessions[].user // ""] == ["", ""]'
}

@test "CHAP, a rule that needs the login" {
	by_user
	call_by chap
	lab_await 5 moved_by xdp 10
	lab_status relay '[.sessions[].user] | index("alice") != null'
}

@test "PAP, a rule that needs the login, by tc; the customer hangs up" {
	by_user
	at_level tc
	call_by pap
	lab_await 5 moved_by tc 10
	at near vm 'echo "d lab" >/run/xl2tpd/control'
	lab_await 20 no_call relay
	lab_await 20 at far vm_ppp_gone
	lab_await 20 at near vm_ppp_gone
	at near vm_log_clean
}

@test "PAP, a rule that needs no login, by tc; the far LNS hangs up" {
	at_level tc
	call_by pap
	at far vm 'killall pppd'
	lab_await 20 no_call relay
	lab_await 20 at near vm_ppp_gone
	at near vm_log_clean
}

@test "tshark finds nothing wrong on either side" {
	local side
	for side in wire-near wire-far; do
		lab_capture_end $side
		run -0 lab_tshark $side -Y '!tcp && (_ws.malformed ||
			(_ws.expert.severity >= 6291456 && !l2tp.vendor_specific_avp_data))' -T fields -e frame.number -e _ws.col.Info
		assert_output ''
		run -0 lab_tshark $side -Y 'l2tp.type == 0 && icmp' -T fields -e frame.number
		assert [ "${#lines[@]}" -ge 40 ]
	done
}
