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

# manual: a line for each key of the manual's lists: section, keys, whether it has a default, is required or is told of elsewhere, examples.
manual() {
	awk '
		function entry() { if (depth in keys && keys[depth] != "") print section "\t" keys[depth] "\t" told[depth] "\t" examples[depth] }
		/^\.Sh / { section = "" }
		/^\.Ss / { section = substr($0, 5) }
		/^\.Bl/ { depth++; keys[depth] = "" }
		/^\.El/ { entry(); delete keys[depth--] }
		/^\.It/ { entry(); keys[depth] = ""; told[depth] = "no"; examples[depth] = "" }
		/^\.It Li/ { keys[depth] = substr($0, 8) }
		/^Default|^Required|^As in|^As above|equired with$|^Its name/ && depth { for (d = 1; d <= depth; d++) told[d] = "yes" }
		/^\.Li ".*: .*" [.,]$/ && depth { sub(/^\.Li "/, ""); sub(/" [.,]$/, ""); examples[depth] = examples[depth] $0 "\t" }
		' "$ROOT/docs/l2x.conf.5"
}

# with SECTION EXAMPLE: a configuration that has it, and what it needs to be allowed.
with() {
	local key=${2%%:*} line
	# The first one of a key counts.
	lines() {
		echo "  - $1"
		shift
		for line; do
			[ "${line%%:*}" = "$key" ] || echo "    $line"
		done
	}
	case $1:$key in
	'The program':half-open | 'The program':*-per-*) printf 'limits:\n  %s\n' "$2" ;;
	'The program':*) echo "$2" ;;
	history:*) printf 'history:\n  %s\n' "$2" ;;
	http:*) printf 'http:\n  %s\n' "$2" ;;
	interfaces:*) echo interfaces: && lines "$2" 'name: eth9' ;;
	outgoing:password*) echo outgoing: && lines "$2" 'name: a' 'server: b' 'username: u' ;;
	outgoing:prefix-length) echo outgoing: && lines "$2" 'name: a' 'server: b' 'payload-table: 9' 'request-prefix: yes' ;;
	outgoing:authentication) echo outgoing: && lines "$2" 'name: a' 'server: b' 'payload-table: 9' 'username: u' 'password: p' ;;
	outgoing:call) echo outgoing: && lines "$2" 'name: a' 'server: b' 'payload-table: 9' "called-number: '1'" ;;
	outgoing:hide-avps) echo outgoing: && lines "$2" 'name: a' 'server: b' 'payload-table: 9' 'secret: s' ;;
	outgoing:weight) echo outgoing: && lines "$2" 'name: a' 'server: b' 'payload-table: 9' 'bond-set: both' ;;
	outgoing:username) echo outgoing: && lines "$2" 'name: a' 'server: b' 'payload-table: 9' 'password: p' ;;
	outgoing:*) echo outgoing: && lines "$2" 'name: a' 'server: b' 'payload-table: 9' ;;
	incoming:*) echo incoming: && lines "$2" 'name: a' 'local-ppp-ip: 10.0.0.1' 'sessions: [{username: u, password: p}]' ;;
	'sessions of incoming':*)
		echo 'pools: [{name: home, addresses: [100.64.0.0/24]}]'
		echo 'relays: [{name: far, server: lns.example.net}]'
		printf 'incoming:\n  - name: a\n    local-ppp-ip: 10.0.0.1\n    sessions:\n'
		case $key in
		password*) lines "$2" 'username: u' ;;
		reject | relay) lines "$2" "called-number: '1'" ;;
		weight) lines "$2" 'username: u' 'password: p' "bond-set: '%u'" ;;
		*) lines "$2" 'username: u' 'password: p' ;;
		esac | sed 's/^/    /'
		;;
	sets:*)
		echo sets: && lines "$2" "name: '%u'"
		printf 'incoming: [{name: a, local-ppp-ip: 10.0.0.1, sessions: [{username: u, password: p, %s-set: "%%u"}]}]\n' \
			"$([ "$key" = spread ] && echo bond || echo ha)"
		;;
	relays:*) echo relays: && lines "$2" 'name: far' 'server: lns' ;;
	pools:*) echo pools: && lines "$2" 'name: home' 'addresses: [100.64.0.0/24]' ;;
	esac
	case $1 in outgoing | incoming | sess* | sets) ;; *) echo 'outgoing: [{name: a, server: b, payload-table: 9}]' ;; esac
}

@test "each key of the manual has its default and an example, and each example is right" {
	local section keys told examples key example n=0 wrong=0
	mkdir -p etc bin
	touch etc/{isp,lac}.secret etc/{isp,alice}.password etc/http.token bin/{line-up,line-down,line-changed,set-up,set-down}
	for example in etc/*; do
		echo long-enough-for-a-token >"$example"
	done
	chmod 600 etc/*
	chmod +x bin/*
	manual >entries
	[ "$(wc -l <entries)" -gt 110 ]
	while IFS=$'\t' read -r section keys told examples; do
		[ "$told" = yes ] || { echo "no default: $section, $keys" && wrong=1; }
		while IFS= read -r example; do
			with "$section" "$example" | sed "s|/etc/l2x/|$PWD/etc/|; s|/usr/local/bin/|$PWD/bin/|" >example.conf
			n=$((n + 1))
			"$L2X" check -c example.conf >said 2>&1 || { echo "$section, $example:" && cat example.conf said && wrong=1; }
		done < <(tr '\t' '\n' <<<"$examples" | grep .)
	done <entries
	[ $n -gt 130 ]
	while read -r key; do
		! grep -qx "\.Ss $key" "$ROOT/docs/l2x.conf.5" || continue # a list or mapping of its own
		cut -f 4- entries | tr '\t' '\n' | grep -q "^$key: " || { echo "no example: $key" && wrong=1; }
	done < <(sed -nE 's/.*(WORD|LIST|WORDS)\("([^"]*)".*/\2/p' "$ROOT/ctl/policy/config_schema.c" | sort -u)
	[ $wrong = 0 ]
}
