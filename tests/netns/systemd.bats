#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The unit under a real systemd: one of its own, with pid, mount and cgroup namespaces in place of a machine's, in the LNS's
# network. So what counts is the unit with its sandbox, sd_notify and watchdog, the account, and the journal.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	lab_set lns control-socket /run/l2x/l2x.sock
	lab_set lns bpf-path "/sys/fs/bpf/$LAB-lns"
	lab_set lns user l2x
	lab_set lns log-level info
	lab_set lns lcp-echo-interval 1
	echo 'http: {}' >>"$LAB_DIR/lns.yaml"
	# So that the LAC soon knows that it speaks to nobody.
	lab_set lac lcp-echo-interval 1
	lab_set lac lcp-echo-failures 3
	machine_start
	lab_start lac
}

teardown_file() {
	lab_init
	[ ! -s "$LAB_DIR/init.pid" ] || kill -KILL "$(lab_pid init)" 2>/dev/null || true
	lab_await 10 lab_ended machine || true
	if mountpoint -q "$LAB_DIR/cgroup"; then
		lab_await 10 no_cgroup || true
		umount "$LAB_DIR/cgroup"
	fi
	lab_down
}

no_cgroup() {
	find "$LAB_DIR/cgroup/$LAB" -depth -type d -exec rmdir {} +
}

teardown() {
	lab_show_logs 10
	in_machine journalctl --no-pager -n 20 -u l2x || true
	tail -n 5 "$LAB_DIR/machine.log"
}

# The machine's files, but for what is written, and for its units, of which there are only those that ours needs.
machine_boot() {
	cat <<-EOF
		#!/bin/bash
		set -e
		m=$LAB_DIR/machine
		mount -t tmpfs tmpfs "\$m"
		mkdir -p "\$m"/{etc,etc.work,sbin,sbin.work,units}
		cd /lib/systemd/system
		cp -a basic.target sysinit.target shutdown.target umount.target final.target sockets.target network-online.target \\
			systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket "\$m/units"
		cd /
		mount --bind "\$m/units" /lib/systemd/system
		mount -t tmpfs tmpfs /lib/systemd/system-generators
		mount -t overlay -o "lowerdir=/etc,upperdir=\$m/etc,workdir=\$m/etc.work" overlay /etc
		mount -t overlay -o "lowerdir=/usr/sbin,upperdir=\$m/sbin,workdir=\$m/sbin.work" overlay /usr/sbin
		mount -t tmpfs tmpfs /etc/systemd
		mkdir -p /etc/systemd/system /etc/l2x
		printf '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\n' >/etc/systemd/journald.conf
		printf '[Unit]\nRequires=systemd-journald.service\n' >/etc/systemd/system/lab.target
		sed 's|@BINDIR@|/usr/sbin|' "$LAB_ROOT/scripts/l2x.service" >/etc/systemd/system/l2x.service
		install -m 755 "$L2X" "$LAB_ROOT/build/l2x-png" /usr/sbin
		echo 'l2x:x:29999:29999::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
		echo 'l2x:x:29999:' >>/etc/group
		install -m 640 -g 29999 "$LAB_DIR/lns.yaml" /etc/l2x/l2x.conf
		mount -t proc proc /proc
		! mountpoint -q /sys/fs/cgroup || umount -R /sys/fs/cgroup
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		for d in /var/lib /var/log /var/tmp /tmp /run; do
			mount -t tmpfs tmpfs "\$d"
		done
		exec env -i container=lab PATH="\$PATH" /lib/systemd/systemd --system --unit=lab.target \\
			--log-target=console --show-status=no
	EOF
}

# A cgroup of its own, in which its pid 1 is at the root.
machine_start() {
	mkdir -p "$LAB_DIR/machine" "$LAB_DIR/cgroup"
	mount -t cgroup2 cgroup2 "$LAB_DIR/cgroup"
	mkdir "$LAB_DIR/cgroup/$LAB"
	machine_boot >"$LAB_DIR/boot"
	chmod +x "$LAB_DIR/boot"
	# shellcheck disable=SC2016 # for the inner shell
	lab_spawn lns machine bash -c 'echo $$ >"$1/cgroup.procs" && exec unshare --mount --propagation private --pid --fork \
		--cgroup --uts --ipc --kill-child "$2"' - "$LAB_DIR/cgroup/$LAB" "$LAB_DIR/boot"
	# shellcheck disable=SC2016 # when it is awaited
	lab_await 20 eval 'pgrep -P "$(lab_pid machine)" >"$LAB_DIR/init.pid"'
	lab_await 40 in_machine systemctl is-active lab.target
}

in_machine() {
	nsenter -t "$(lab_pid init)" --mount --pid --wd=/ "$@"
}

main_pid() {
	in_machine systemctl show -P MainPID l2x
}

@test "it starts as its own account, says that it is ready, and carries a session" {
	run -0 in_machine systemctl start l2x
	run -0 in_machine systemctl is-active l2x
	assert_output active
	lab_await 40 lab_session lac
	lab_reaches client 10.2.0.2
	run -0 in_machine ps -o user=,args= -p "$(main_pid)"
	assert_output --regexp '^l2x +/usr/sbin/l2x run'
	run -0 in_machine l2x status --json
	jq -e '.sessions | length == 1' <<<"$output"
	lab_await 30 eval 'in_machine systemctl show -P StatusText l2x | grep -qx "1 tunnel up, 1 session"'
}

@test "its log is in the journal, by unit and by user" {
	in_machine journalctl --no-pager -q -o json -u l2x L2X_USER=alice |
		jq -es 'any(.[]; .L2X_SESSION == "customers/alice" and ._TRANSPORT == "journal" and (.MESSAGE | test("IPv[46] up")))'
}

# In the sandbox too, with what a process may do there.
@test "a graph as PNG" {
	lab_await 30 lab_in lns curl -sf --max-time 20 -o "$LAB_DIR/graph.png" 'http://127.0.0.1:9171/history.png?line=customers%2Falice'
	head -c 4 "$LAB_DIR/graph.png" | tail -c 3 | grep -qx PNG
}

# change FROM TO: in the configuration, by sed.
change() {
	in_machine sed -i "s|$1|$2|" /etc/l2x/l2x.conf
}

@test "reload: a changed configuration counts, the session stays, and a mistake is refused" {
	local was session
	was=$(main_pid)
	session=$(in_machine l2x status --json | jq '.sessions[0].session_id')
	change 'log-level: info' 'log-level: debug'
	run -0 in_machine systemctl reload l2x
	lab_await 20 eval 'in_machine journalctl --no-pager -q -o json -u l2x PRIORITY=7 | grep -q .'
	[ "$(main_pid)" = "$was" ]
	in_machine l2x status --json | jq -e ".sessions[0].session_id == $session"
	change 'log-level: debug' 'log-level: nonsense'
	run -1 in_machine systemctl reload l2x
	in_machine journalctl --no-pager -q -o cat -u l2x | grep -q 'l2x.conf:[0-9]*:.*log-level'
	[ "$(in_machine systemctl is-active l2x)" = active ]
	[ "$(main_pid)" = "$was" ]
	in_machine l2x status --json | jq -e ".sessions[0].session_id == $session"
	change 'log-level: nonsense' 'log-level: info'
	run -0 in_machine systemctl reload l2x
}

is_another() {
	[ "$(in_machine systemctl is-active l2x)" = active ] && [ "$(main_pid)" != "$1" ]
}

@test "killed, it is started again, and the session comes back" {
	local was
	was=$(main_pid)
	in_machine systemctl kill -s KILL --kill-whom=main l2x
	lab_await 60 is_another "$was"
	lab_await 90 eval 'in_machine l2x status --json | jq -e ".sessions | length == 1 and .[0].ipv4 != null"'
	lab_await 20 lab_in client ping -q -c 1 -W 1 10.2.0.2
}

@test "stopped, it tells the peer and leaves nothing" {
	run -0 in_machine systemctl stop l2x
	run -3 in_machine systemctl is-active l2x
	assert_output inactive
	lab_await 20 lab_said lac 'shutting down'
	run ip -n "$LAB-lns" link show l2x0
	assert_failure
	[ -z "$(in_machine find /run/l2x /sys/fs/bpf/"$LAB-lns" -mindepth 1 2>/dev/null)" ]
}
