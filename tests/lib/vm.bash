# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The peer of the interop tests: xl2tpd and pppd over Linux's own L2TP data path, in a guest
# (tests/interop/vm) whose network card is a tap in a namespace of the lab. It takes the place, and
# the addresses, of the lab's lac or lns.

load ../lib/netns
# shellcheck source=tests/lib/guest.bash
. "$LAB_ROOT/tests/lib/guest.bash"

# vm_log PATTERN: lines of the guest's syslog since vm_restart.
vm_log() {
	vm "cat /var/log/messages" | grep -E -- "$1"
}

# The log of the guest too, when a test fails.
vm_show_log() {
	echo "--- log of xl2tpd and pppd"
	vm_log . | grep -v '_avp: ' | tail -n 40
}

# vm_files SECRET PASSWORD: what both roles have in common.
vm_files() {
	vm "echo '* * $1' >/etc/xl2tpd/l2tp-secrets
		echo '* * $2 *' >/etc/ppp/chap-secrets
		cp /etc/ppp/chap-secrets /etc/ppp/pap-secrets
		chmod 600 /etc/xl2tpd/l2tp-secrets /etc/ppp/*-secrets"
	vm_put /etc/ppp/options.peer <<-EOF
		debug
		noccp
		novj
		nodefaultroute
		mtu 1460
		mru 1460
		lcp-restart 1
		lcp-echo-interval 1
		lcp-echo-failure 5
		+ipv6
	EOF
}

# vm_xl2tpd_lns AUTHENTICATION: xl2tpd's configuration as LNS that wants this of its callers.
vm_xl2tpd_lns() {
	local refuse=pap require="require $1 = yes"
	[ "$1" = chap ] || refuse=chap
	if [ "$1" = mschapv2 ]; then # which xl2tpd has no word for
		require=
		vm 'echo require-mschap-v2 >>/etc/ppp/options.peer'
	fi
	vm_put /etc/xl2tpd/xl2tpd.conf <<-EOT
		[global]
		auth file = /etc/xl2tpd/l2tp-secrets
		debug avp = yes
		debug state = yes
		debug tunnel = yes
		[lns default]
		hostname = peer
		name = peer
		local ip = 10.99.0.1
		ip range = 10.99.0.2-10.99.0.2
		challenge = yes
		length bit = yes
		require authentication = yes
		$require
		refuse $refuse = yes
		pppoptfile = /etc/ppp/options.peer
	EOT
}

# vm_xl2tpd_lac AUTHENTICATION: xl2tpd's configuration as LAC that logs in by this, as alice.
vm_xl2tpd_lac() {
	local refuse=pap
	[ "$1" = chap ] || refuse=chap
	vm_put /etc/xl2tpd/xl2tpd.conf <<-EOT
		[global]
		auth file = /etc/xl2tpd/l2tp-secrets
		debug avp = yes
		debug state = yes
		debug tunnel = yes
		[lac lab]
		lns = 192.0.2.2
		hostname = lab-lac
		name = alice
		challenge = yes
		length bit = yes
		require authentication = no
		refuse $refuse = yes
		pppoptfile = /etc/ppp/options.peer
	EOT
}

# Starts xl2tpd anew, with an empty log.
vm_restart() {
	vm 'killall -q xl2tpd; while pidof xl2tpd pppd; do sleep 0.1; done
		: >/var/log/messages
		: >/var/log/ppp-hooks
		rm -f /run/xl2tpd/*
		xl2tpd -D -l -p /run/xl2tpd/pid -C /run/xl2tpd/control >/dev/null &
		while [ ! -p /run/xl2tpd/control ]; do sleep 0.1; done
		pidof iperf3 >/dev/null || iperf3 -s -D'
}

# vm_bad_line: from now on the guest loses 30 % of the control messages (T bit) in each direction, doubles some, and delays
# them by so different times that they overtake each other.
vm_bad_line() {
	# shellcheck disable=SC2016
	vm 'set -e
		bad="netem loss 30% duplicate 15% delay 60ms 50ms"
		control="u32 match ip protocol 17 0xff match ip dport 1701 0xffff match u8 0x80 0x80 at 28"
		ip link add line type ifb
		ip link set line up
		tc qdisc add dev eth0 root handle 1: prio bands 3 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
		tc qdisc add dev eth0 parent 1:3 $bad
		tc filter add dev eth0 parent 1: protocol ip $control flowid 1:3
		tc qdisc add dev eth0 ingress
		tc filter add dev eth0 parent ffff: protocol ip $control action mirred egress redirect dev line
		tc qdisc add dev line root $bad'
}

# vm_line_dropped: packets that the line has lost so far, in both directions.
vm_line_dropped() {
	vm 'tc -s qdisc show' | awk '/netem/ { bad = 1 } /dropped/ && bad { sub(",", "", $7); n += $7; bad = 0 } END { print n + 0 }'
}

vm_ppp_up() {
	vm 'grep -q ip-up /var/log/ppp-hooks && grep -q ipv6-up /var/log/ppp-hooks'
}

vm_ppp_gone() {
	vm '! ip link show ppp0 && ! pidof pppd'
}

# Complaints of xl2tpd and pppd, and what they could not make sense of. Three things are none: what
# we say in a Result Code without an error (-1: none in it); a PPP frame that comes while xl2tpd still starts pppd; a
# ZLB of ours that xl2tpd reads after the message that followed it, because they came by two of its
# sockets.
vm_log_clean() {
	local out
	out=$(vm_log 'xl2tpd|pppd' | sed -e '/tty is not open yet/,/bad packet$/d' \
			-e '/out of order control packet/,/bad packet$/d' |
		grep -iE 'unknown|unexpected|malform|error|invalid|bad |ignor|not allowed|CodeRej|ProtRej' |
		grep -vE 'result_code_avp: .* error = (0|-1)') || true
	if [ -n "$out" ]; then
		echo "$out"
		return 1
	fi
}
