#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What `make install` puts in place besides the program: the unit, as systemd reads it, and the completion.

bats_require_minimum_version 1.8.0
bats_load_library bats-support
bats_load_library bats-assert

ROOT=$(realpath "$BATS_TEST_DIRNAME/../..")

setup_file() {
	export D=$BATS_FILE_TMPDIR
	make -s -C "$ROOT" install DESTDIR="$D" PREFIX=/usr >/dev/null
	sed "s|/usr/sbin/l2x|$D&|" "$D/usr/lib/systemd/system/l2x.service" >"$D/l2x.service"
}

@test "systemd reads the unit without a complaint" {
	run -0 systemd-analyze verify --man=no "$D/l2x.service"
	refute_output --partial l2x.service
}

@test "systemd-analyze security: as docs/service.md says" {
	exposure=$(sed -nE 's/.*of the unit says \*\*([0-9.]+) .*/\1/p' "$ROOT/docs/service.md")
	run -0 systemd-analyze security --offline=yes --no-pager "$D/l2x.service"
	assert_line --partial "Overall exposure level for l2x.service: $exposure "
}

# complete WORD...: what bash would offer for the last one.
complete() {
	PATH=$D/usr/sbin:$PATH bash -c '
		. "$1"; shift
		COMP_WORDS=(l2x "$@") COMP_CWORD=$#
		_l2x
		printf "%s\n" "${COMPREPLY[@]}"' - "$D/usr/share/bash-completion/completions/l2x" "$@"
}

@test "bash completes commands, options and names" {
	run -0 complete st
	assert_output status
	run -0 complete ''
	for command in run check status show top log up down restart attach detach; do
		assert_line "$command"
	done
	run -0 complete show in
	assert_output interfaces
	run -0 complete show --pr
	assert_output --prefix
	run -0 complete attach --forward x
	assert_output xdp
	run -0 complete attach l
	assert_line lo
	run -0 complete run -c /etc/pass
	assert_line /etc/passwd
	# Nobody to ask: nothing, and no complaint.
	run -0 complete up ''
	assert_output ''
}
