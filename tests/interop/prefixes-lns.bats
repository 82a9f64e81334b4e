#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What our LNS advertises and delegates, taken by others: Linux's own autoconfiguration on pppd's
# netdev, and a DHCPv6 client (dhcp6c of KAME's line).

load ../lib/vm

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_init
	lab_dir
	lab_up_lns
	vm_up_as_lac
	lab_capture_wire lns to-lac
	# It must not be a router before it takes advertisements; 2 would take them in any case.
	vm 'echo 1 >/proc/sys/net/ipv6/conf/default/accept_ra'
	lab_config lns
	lab_add lns remote-ppp-ip 'delegate: ["2001:db8:100::/48"]' 'ra-prefix: "2001:db8:101::/64"'
	lab_set lns dns '[10.99.0.53, "2001:db8:2::53"]'
	lab_start lns
	vm_files tunnel-secret alice-password
	vm_put /etc/xl2tpd/xl2tpd.conf <<-CONF
		[global]
		auth file = /etc/xl2tpd/l2tp-secrets
		[lac lab]
		lns = 192.0.2.2
		hostname = lab-lac
		name = alice
		challenge = yes
		require authentication = no
		refuse pap = yes
		pppoptfile = /etc/ppp/options.peer
	CONF
	vm_restart
	vm 'echo "c lab" >/run/xl2tpd/control'
	lab_await 20 lab_session lns
	lab_await 10 vm_ppp_up
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
	}
}

@test "the kernel makes an address of the advertised prefix, and has a default route" {
	# pppd's netdev sends a router solicitation only when it comes up; we advertise then anyway.
	lab_await 30 vm 'ip -6 -o address show dev ppp0 scope global | grep -q 2001:db8:101:'
	run vm 'ip -6 route show default; ip -6 route show dev ppp0; cat /proc/sys/net/ipv6/conf/ppp0/mtu'
	assert_output --regexp 'default via fe80::[0-9a-f:]* dev ppp0 proto ra .*expires'
	# Not on-link.
	refute_output --partial '2001:db8:101::/64'
	assert_output --partial 1460
	lab_await 10 vm 'ping -q -c 1 -W 2 2001:db8:2::2'
	# Not dropped for its source.
	run lab_status lns '.sessions[0].drops["bad-source"] // 0'
	assert_output 0
}

@test "a DHCPv6 client is delegated the prefix, and has an address of it on another interface" {
	vm_put /etc/dhcp6c.conf <<-CONF
		interface ppp0 {
			send ia-pd 7;
			send rapid-commit;
			request domain-name-servers;
			script "/etc/dhcp6c-script";
		};
		id-assoc pd 7 {
			prefix-interface eth0 { sla-id 1; sla-len 16; };
		};
	CONF
	# shellcheck disable=SC2016 # its own variables
	vm 'printf "#!/bin/sh\necho \"\$REASON \$new_domain_name_servers\" >>/var/log/dhcp6c-hook\n" >/etc/dhcp6c-script
		chmod 755 /etc/dhcp6c-script
		setsid dhcp6c -f -D -c /etc/dhcp6c.conf ppp0 >/var/log/dhcp6c 2>&1 </dev/null &'
	lab_await 30 vm 'ip -6 -o address show dev eth0 | grep -q 2001:db8:100:1:'
	lab_await 10 vm 'grep 2001:db8:2::53 /var/log/dhcp6c-hook'
	# And its traffic passes.
	run -0 vm 'ip -6 -o address show dev eth0 scope global'
	assert_output --regexp 'inet6 (2001:db8:100:1:[0-9a-f:]*)/64'
	lab_await 10 vm "ping -q -c 1 -W 2 -I ${BASH_REMATCH[1]} 2001:db8:2::2"
}

@test "the client gives it back" {
	# shellcheck disable=SC2016 # the guest's
	vm 'kill -TERM $(pidof dhcp6c)'
	lab_await 20 lab_said lns 'DHCPv6 Release answered'
	lab_await 20 vm '! pidof dhcp6c'
	run vm 'grep -iE "malformed|unexpected|invalid|unknown" /var/log/dhcp6c'
	refute_output --regexp '.'
}

@test "the end of the LNS takes the default route away at once" {
	lab_kill TERM lns
	lab_await 20 vm '! ip -6 route show default | grep -q ppp0'
	run -0 lab_tshark data -Y 'icmpv6.nd.ra.router_lifetime == 0'
	assert_output --partial 'Router Advertisement'
}

@test "tshark finds nothing wrong in what was on the wire" {
	lab_decode_clean
}
