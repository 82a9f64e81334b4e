#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Configurations as a user meets them: `l2x check` and the refusal of `l2x run`, the example files, the manual
# page. No controller runs here.

bats_require_minimum_version 1.8.0
bats_load_library bats-support
bats_load_library bats-assert

ROOT=$(realpath "$BATS_TEST_DIRNAME/../..")
L2X=$ROOT/build/l2x

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
}

@test "the example configurations are sound" {
	for file in "$ROOT"/docs/examples/*.conf; do
		run -0 "$L2X" check -c "$file"
		assert_output "$file: ok"
	done
}

@test "every mistake is said with file, line, key and what would be right, and the exit status is 1" {
	cat >bad.conf <<-'END'
		port: 99999
		outgoing:
		  - name: isp
		    server: 192.0.2.1
		    mtu: 90000
		    passwort: hunter2
	END
	run -1 --separate-stderr "$L2X" check -c bad.conf
	assert_output ''
	# shellcheck disable=SC2154 # set by run
	assert_equal "$stderr" "bad.conf:1: port: 99999 is out of range, give 1 to 65535
bad.conf:5: outgoing[0].mtu: 90000 is out of range, give 576 to 9000
bad.conf:6: outgoing[0].passwort: unknown key, did you mean password?"
}

@test "a secret never appears in a message" {
	cat >bad.conf <<-'END'
		outgoing:
		  - name: isp
		    server: 192.0.2.1
		    secret: hunter2
		    secret-file: hunter2.txt
		    password: [hunter2]
		    username: hunter3
		incoming:
		  - name: lns
		    secret: {hunter2: hunter2}
		    sessions: [{password: hunter2, passwort: hunter2}]
	END
	run -1 "$L2X" check -c bad.conf
	assert_line 'bad.conf:6: outgoing[0].password: is a list, give one value'
	refute_output --partial hunter
}

@test "a secret file that everybody may read is refused, with the chmod that helps" {
	printf 'outgoing: [{name: isp, server: lns, secret-file: isp.secret}]\n' >l2x.conf
	echo hunter2 >isp.secret
	chmod 644 isp.secret
	run -1 "$L2X" check -c l2x.conf
	assert_output 'l2x.conf:1: outgoing[0].secret-file: isp.secret is open to everybody, run: chmod o-rwx isp.secret'
	eval "${output##*run: }"
	run -0 "$L2X" check -c l2x.conf
	assert_output 'l2x.conf: ok'
}

@test "a configuration from a pipe" {
	run -0 "$L2X" check -c <(echo 'outgoing: [{name: isp, server: lns}]')
	assert_output --partial ': ok'
}

@test "a file that is not there" {
	run -1 "$L2X" check -c nowhere.conf
	assert_output 'nowhere.conf: cannot be read: No such file or directory'
}

@test "l2x run refuses what l2x check refuses, and leaves nothing behind" {
	printf 'control-socket: %s/l2x.sock\nport: x\n' "$PWD" >bad.conf
	run -1 "$L2X" check -c bad.conf
	said=$output
	run -1 "$L2X" run -c bad.conf
	assert_output "$said"
	assert [ ! -e l2x.sock ]
}

@test "every key of the schema stands in the manual page" {
	keys=$(sed -nE 's/.*(WORD|LIST|WORDS)\("([^"]*)".*/\2/p' "$ROOT/ctl/policy/config_schema.c" | sort -u)
	assert [ "$(wc -l <<<"$keys")" -gt 35 ]
	for key in $keys; do
		run -0 grep -E -- "^\.(It|Ss)( Li)?( .*)? ?\b$key( |$)" "$ROOT/docs/l2x.conf.5"
	done
}
