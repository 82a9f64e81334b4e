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

# zsh_completes TYPED EXPECTED: what a Tab behind the first makes of it, in a zsh at a terminal.
zsh_completes() {
	cat >"$D/drive" <<-'END'
		zmodload zsh/zpty
		zpty shell "env PATH=$1:$PATH TERM=dumb zsh -f -i"
		zpty -w shell "fpath=($2 \$fpath); autoload -Uz compinit; compinit -u -D; PS1=rea''dy; "
		zpty -r shell out '*ready*' && zpty -w -n shell "$3"$'\t' && zpty -r shell out "*$4*"
	END
	timeout 60 zsh -f "$D/drive" "$D/usr/sbin" "$D/usr/share/zsh/site-functions" "$@" 3>&- 4>&-
}

@test "so does zsh" {
	sed -i "s|/usr/share/bash|$D&|" "$D/usr/share/zsh/site-functions/_l2x"
	zsh_completes 'l2x stat' 'l2x status'
	zsh_completes 'l2x show inter' 'show interfaces'
	zsh_completes 'l2x show --pre' 'show --prefix'
	zsh_completes 'l2x attach --forward k' '--forward kernel'
}
