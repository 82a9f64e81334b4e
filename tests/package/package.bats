#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The Debian package, in a Debian 12 that has nothing but its essential packages: it installs with what it says it depends on,
# runs, is upgraded, and leaves nothing. It is kept in build/debian12.tar for the next time, and unpacked
# into memory.

bats_require_minimum_version 1.8.0
bats_load_library bats-support
bats_load_library bats-assert

ROOT=$(realpath "$BATS_TEST_DIRNAME/../..")
BASE=$ROOT/build/debian12.tar
PATH=$PATH:/usr/sbin:/sbin

setup_file() {
	export W=$BATS_FILE_TMPDIR T=$BATS_FILE_TMPDIR/root NO_BASE=
	mkdir "$T"
	mount -t tmpfs tmpfs "$T"
	if [ -e "$BASE" ]; then
		tar -xf "$BASE" -C "$T"
	elif timeout 400 debootstrap --variant=minbase bookworm "$T" "$("$ROOT/tests/lib/debian-mirror")" >"$W/debootstrap.log" 2>&1; then
		rm -rf "$T"/var/cache/apt/archives/*.deb "${T:?}"/dev/*
		tar -cf "$BASE.new" -C "$T" . && mv "$BASE.new" "$BASE"
	else
		NO_BASE="no Debian 12: $(tail -n 1 "$W/debootstrap.log")"
		return
	fi
	mount -t proc proc "$T/proc"
	mount -t sysfs sysfs "$T/sys"
	mount -t bpf bpf "$T/sys/fs/bpf"
	mkdir -p "$T/dev/net"
	mknod "$T/dev/net/tun" c 10 200
	cp /etc/resolv.conf "$T/etc/resolv.conf"
	printf '#!/bin/sh\nexit 101\n' >"$T/usr/sbin/policy-rc.d"
	chmod +x "$T/usr/sbin/policy-rc.d"
	package one 0.1~test1
	package two 0.1~test2
	in_root apt-get -qq update >"$W/apt.log" 2>&1 ||
		NO_BASE="no Debian mirror: $(tail -n 1 "$W/apt.log")"
}

teardown_file() {
	[ ! -e "$W/pid" ] || kill -KILL "$(cat "$W/pid")" 2>/dev/null || true
	! mountpoint -q "$T" || umount -R "$T"
}

setup() {
	[ -z "${NO_BASE:-}" ] || skip "$NO_BASE"
}

# package NAME VERSION: into /tmp/NAME.deb of the root.
package() {
	local file
	file=$ROOT/$(DEB_VERSION=$2 "$ROOT/scripts/deb/build")
	mv "$file" "$T/tmp/$1.deb"
}

in_root() {
	DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$T" "$@" 3>&- 4>&-
}

# What is called after us, the packages' own tables apart.
ours() {
	(cd "$T" && find etc usr var/lib run -name '*l2x*' ! -path 'var/lib/apt/*' | sort)
}

@test "it installs with what it depends on, and is enabled" {
	run -0 in_root apt-get -qq install -y --no-install-recommends /tmp/one.deb
	run -0 in_root l2x --version
	# A router needs no library that draws.
	run -0 dpkg-deb -f "$T/tmp/one.deb" Depends
	refute_output --partial rsvg
	run -0 dpkg-deb -f "$T/tmp/one.deb" Recommends
	assert_output --partial librsvg2-2
	assert [ -x "$T/usr/sbin/l2x-png" ]
	refute [ -e "$T/usr/lib/x86_64-linux-gnu/librsvg-2.so.2" ]
	assert [ -L "$T/etc/systemd/system/multi-user.target.wants/l2x.service" ]
	assert [ -d "$T/etc/l2x" ]
	assert [ -e "$T/usr/share/man/man8/l2x.8.gz" ]
	run grep -c /usr/sbin/l2x "$T/lib/systemd/system/l2x.service"
	assert_output 3
	# Without a configuration it does not start.
	run grep -x 'ConditionPathExists=/etc/l2x/l2x.conf' "$T/lib/systemd/system/l2x.service"
	assert_success
}

@test "what the unit starts runs and answers" {
	printf 'dataplane: tc\nincoming:\n  - {name: a, local-ppp-ip: 192.0.2.1, sessions: [{username: u, password: p}]}\n' \
		>"$T/etc/l2x/l2x.conf"
	chmod 600 "$T/etc/l2x/l2x.conf"
	mkdir -p "$T/run/l2x"
	run -0 in_root /usr/sbin/l2x check -c /etc/l2x/l2x.conf
	start=$(sed -n 's/^ExecStart=//p' "$T/lib/systemd/system/l2x.service")
	# shellcheck disable=SC2086 # words of their own
	unshare --net sh -c "ip link set lo up; exec chroot $T $start" >"$W/l2x.log" 2>&1 </dev/null 3>&- 4>&- &
	echo $! >"$W/pid"
	deadline=$((SECONDS + 30))
	until in_root l2x status >"$W/status" 2>&1; do
		[ $SECONDS -lt $deadline ] || { cat "$W/l2x.log" "$W/status"; return 1; }
		sleep 0.1
	done
	kill -TERM "$(cat "$W/pid")"
	wait "$(cat "$W/pid")"
	rm "$W/pid"
	run grep 'ended$' "$W/l2x.log"
	assert_success
}

@test "an upgrade keeps the configuration and the administrator's choice" {
	rm "$T/etc/systemd/system/multi-user.target.wants/l2x.service" # systemctl disable
	run -0 in_root apt-get -qq install -y /tmp/two.deb
	# shellcheck disable=SC2016 # dpkg-query's own
	run -0 in_root dpkg-query -W -f '${Version}' l2x
	assert_output '0.1~test2'
	run -0 in_root l2x check
	refute [ -e "$T/etc/systemd/system/multi-user.target.wants/l2x.service" ]
}

@test "purged, it leaves the administrator's files, and without those nothing" {
	run -0 in_root dpkg --remove l2x
	run -0 in_root dpkg --install /tmp/two.deb
	run -0 in_root dpkg --purge l2x
	run ours
	assert_output $'etc/l2x\netc/l2x/l2x.conf\nrun/l2x'
	rm -r "$T/etc/l2x/l2x.conf" "$T/run/l2x"
	run -0 in_root dpkg --install /tmp/one.deb
	run -0 in_root dpkg --purge l2x
	run ours
	assert_output ''
}
