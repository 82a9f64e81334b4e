# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A real journald, with a mount namespace of its own in place of the machine's; on top of a lab. The controllers that
# are started by `L2X=$JOURNAL_L2X lab_start NAME` are in it, with a stderr that leads there, as a service's does.

JOURNAL_L2X=$LAB_DIR/l2x-with-journal

# journal_start: it listens.
journal_start() {
	cat >"$LAB_DIR/journald" <<-'EOF'
		#!/bin/bash
		mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/journal && mount -t tmpfs tmpfs /run/log &&
			mount -t tmpfs tmpfs /etc/systemd &&
			printf '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRateLimitIntervalSec=0\n' \
				>/etc/systemd/journald.conf &&
			exec /lib/systemd/systemd-journald
	EOF
	# systemd-cat leads stderr there as systemd does, but for the variable that says so.
	cat >"$JOURNAL_L2X" <<-EOF
		#!/bin/bash
		[ "\$1" = run ] || exec "$L2X" "\$@"
		exec nsenter --mount="/proc/\$(cat "$LAB_DIR/journald.pid")/ns/mnt" --wd=/ systemd-cat bash -c \
			'JOURNAL_STREAM=\${STREAM:-\$(stat -L -c %d:%i /dev/fd/2)} exec "\$0" "\$@"' "$L2X" "\$@"
	EOF
	chmod +x "$LAB_DIR/journald" "$JOURNAL_L2X"
	lab_spawn lns journald unshare --mount --propagation private "$LAB_DIR/journald"
	lab_await 20 journal_in test -S /run/systemd/journal/stdout
}

journal_in() {
	nsenter --mount="/proc/$(lab_pid journald)/ns/mnt" --wd=/ "$@"
}

# journal FILTER: jq's, of the list of what the controller has said; false and null are failures.
journal() {
	journal_in journalctl -D /run/log/journal -o json --no-pager SYSLOG_IDENTIFIER=l2x | jq -es "$1"
}

# journal_lines PATTERN: how many messages there are that fit.
journal_lines() {
	journal "[.[] | select(.MESSAGE | test(\"$1\"))] | length"
}
