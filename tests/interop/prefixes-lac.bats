#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Our LAC takes what others advertise and delegate: radvd and a DHCPv6 server (dhcp6s of KAME's line)
# on pppd's netdev.

load ../lib/vm

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_init
	lab_dir
	lab_up_lac
	vm_up_as_lns
	lab_capture_wire lac to-lns
	vm 'ip address add 2001:db8:2::2/128 dev lo; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	vm_files tunnel-secret alice-password
	vm_put /etc/xl2tpd/xl2tpd.conf <<-CONF
		[global]
		auth file = /etc/xl2tpd/l2tp-secrets
		[lns default]
		hostname = peer
		name = peer
		local ip = 10.99.0.1
		ip range = 10.99.0.2-10.99.0.2
		challenge = yes
		require authentication = yes
		require chap = yes
		refuse pap = yes
		pppoptfile = /etc/ppp/options.peer
	CONF
	vm_put /etc/radvd.conf <<-CONF
		interface ppp0 {
			AdvSendAdvert on;
			UnicastOnly off;
			MinRtrAdvInterval 3;
			MaxRtrAdvInterval 10;
			prefix 2001:db8:101::/64 { AdvOnLink off; AdvAutonomous on; };
			RDNSS 2001:db8:2::53 { };
		};
	CONF
	vm_restart
	lab_config lac
	lab_add lac server 'slaac: true' 'prefix-length: 48'
	lab_start lac
	lab_await 20 lab_session lac
	lab_await 10 vm_ppp_up
	vm 'ip route add 2001:db8:100::/47 dev ppp0
		setsid radvd -n -C /etc/radvd.conf -u root -p /run/radvd.pid >/var/log/radvd 2>&1 </dev/null &'
	lab_await 20 duid_seen
	# A prefix whose lease is so short that it must be renewed while the test looks on.
	vm_put /etc/dhcp6s.conf <<-CONF
		option domain-name-servers 2001:db8:2::54;
		interface ppp0 { allow rapid-commit; };
		host lac {
			duid $(duid);
			prefix 2001:db8:100::/48 16 30;
		};
	CONF
	vm 'setsid dhcp6s -f -D -c /etc/dhcp6s.conf ppp0 >/var/log/dhcp6s 2>&1 </dev/null &'
}

teardown_file() {
	lab_init
	vm_down
	lab_down
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || {
		lab_show_logs
		vm_show_log
		vm 'tail -n 30 /var/log/dhcp6s; tail -n 10 /var/log/radvd' || true
	}
}

# Ours, as our Solicit has it: dhcp6s delegates to clients by name only.
duid() {
	lab_tshark data -Y 'dhcpv6.msgtype == 1' -T fields -e dhcpv6.duid.bytes | head -n 1 |
		grep -E '^[0-9a-f:]+$' | tr -d : | sed 's/../&:/g; s/:$//'
}

duid_seen() {
	[ -n "$(duid)" ]
}

@test "an address of radvd's prefix, its DNS server, and that it is a router" {
	lab_await 30 lab_status lac '.sessions[0].ipv6 | (.addresses[0].prefix | startswith("2001:db8:101:")) and
		(.dns | index("2001:db8:2::53")) and .router > 0'
	lab_await 10 lab_in lac ping -q -c 1 -W 2 \
		-I "$(lab_status lac '.sessions[0].ipv6.addresses[0].prefix | sub("/128"; "")')" 2001:db8:2::2
}

@test "a prefix of dhcp6s, renewed in time" {
	lab_await 60 lab_status lac '.sessions[0].ipv6 | .delegated[0].prefix == "2001:db8:100::/48" and
		(.dns | index("2001:db8:2::54"))'
	run -0 ip -n "$LAB-lac" -6 route show table 100 type unreachable proto 212
	assert_output --regexp '^unreachable 2001:db8:100::/48 '
	lab_await 60 lab_said lac 'DHCPv6 Renew sent'
	lab_await 10 lab_status lac '.sessions[0].ipv6 | .dhcp == "bound" and .delegated[0].valid > 0'
}

@test "it is given back, and nothing of it is left" {
	lab_kill TERM lac
	run -0 ip -n "$LAB-lac" -6 route show table 100 type unreachable proto 212
	assert_output ''
	lab_await 10 vm 'grep -i release /var/log/dhcp6s'
	run vm 'grep -iE "malformed|invalid|unexpected" /var/log/dhcp6s /var/log/radvd'
	refute_output --regexp '.'
}

@test "tshark finds nothing wrong in what was on the wire" {
	lab_decode_clean
}
