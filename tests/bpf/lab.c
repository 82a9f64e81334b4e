// SPDX-License-Identifier: GPL-2.0-only
/* Namespace, netdevs, program and map state for the tests, see lab.h. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cmocka.h>
#include "lab.h"

void lab_run(const char *fmt, ...)
{
	char cmd[512];
	va_list ap;
	int rc;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	rc = system(cmd);
	if (rc)
		fail_msg("%s: status %d", cmd, rc);
}

void lab_namespace(void)
{
	/* An ignored SIGCHLD, which a parent may hand down, hides from system() how a command ended. */
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	lab_run("ip link set lo up");
	lab_run("echo 1 > /proc/sys/net/ipv4/ip_forward");
	lab_run("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
	/* No frames but the tests' own. */
	lab_run("echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad");
	lab_run("echo 0 > /proc/sys/net/ipv6/conf/default/router_solicitations");
}

int lab_tun(const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	assert_true(fd >= 0);
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	assert_int_equal(ioctl(fd, TUNSETIFF, &ifr), 0);
	return fd;
}

/* name has the address, its other end NAMEp only carries frames. */
static unsigned veth(const char *name, const char *other, unsigned mac)
{
	lab_run("ip link add %s address 02:00:00:00:00:%02x type veth peer name %s address "
		"02:00:00:00:00:%02x",
		name, mac, other, mac + 1);
	lab_run("echo 1 > /proc/sys/net/ipv6/conf/%s/disable_ipv6", other);
	lab_run("ip link set %s up && ip link set %s up", name, other);
	return if_nametoindex(name);
}

struct l2x_bpf *lab_load(void)
{
	struct l2x_bpf *bpf = l2x_bpf__open();
	const __u32 cpus = (__u32)libbpf_num_possible_cpus();
	const __u32 cache = bpf->rodata->options.places * cpus;

	assert_non_null(bpf);
	bpf_map__set_max_entries(bpf->maps.known_sessions, cache);
	bpf_map__set_max_entries(bpf->maps.known_ways, cache);
	bpf_map__set_max_entries(bpf->maps.guesses, cache / 2);
	assert_int_equal(l2x_bpf__load(bpf), 0);
	return bpf;
}

void lab_open(struct lab *lab)
{
	lab_namespace();
	lab->under = veth("under0", "underp", MAC_UNDER);
	lab->pay = veth("pay0", "payp", MAC_PAY);
	lab->other = veth("other0", "otherp", 0x30);
	lab->underp = if_nametoindex("underp");
	lab->payp = if_nametoindex("payp");
	lab->tun = lab_tun("l2x0");
	lab->netdev = if_nametoindex("l2x0");
	lab_run("ip link set l2x0 up");
	lab_run("ip addr add 192.0.2.1/24 dev under0");
	lab_run("ip addr add 2001:db8:1::1/64 dev under0 nodad");
	lab_run("ip addr add 198.51.100.1/24 dev pay0");
	lab_run("ip addr add 2001:db8:2::1/64 dev pay0 nodad");
	lab_run("ip addr add 192.168.7.1/24 dev other0");
	lab_run("ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:%02x dev under0", MAC_PEER);
	lab_run("ip neigh add 2001:db8:1::2 lladdr 02:00:00:00:00:%02x dev under0", MAC_PEER);
	lab_run("ip neigh add 198.51.100.2 lladdr 02:00:00:00:00:%02x dev pay0", MAC_NEXT);
	lab_run("ip neigh add 2001:db8:2::2 lladdr 02:00:00:00:00:%02x dev pay0", MAC_NEXT);
	lab_run("ip neigh add 192.168.7.2 lladdr 02:00:00:00:00:31 dev other0");
	lab_run("ip route add 10.64.0.0/16 dev l2x0");
	lab_run("ip route add 2001:db8:64::/48 dev l2x0");
	lab_run("ip rule add iif l2x0 table 100 && ip -6 rule add iif l2x0 table 100");
	lab_run("ip route add 203.0.113.0/24 via 198.51.100.2 table 100");
	lab_run("ip route add 203.0.114.0/24 via 192.168.7.2 table 100");
	lab_run("ip route add 203.0.115.0/24 via 198.51.100.2 mtu lock 600 table 100");
	lab_run("ip route add 203.0.116.0/24 via 198.51.100.9 table 100"); /* no such neighbour */
	lab_run("ip -6 route add 2001:db8:113::/48 via 2001:db8:2::2 table 100");
	lab->bpf = lab_load();
}

void lab_close(struct lab *lab)
{
	l2x_bpf__destroy(lab->bpf);
	close(lab->tun);
}

void lab_session(struct l2x_bpf *bpf, struct l2x_session s, const struct l2x_underlay *underlay)
{
	const __u32 slot = s.stats_index;

	s.underlay = slot;
	if (underlay->family == AF_INET6)
		s.flags |= L2X_SESSION_OVER_V6;
	assert_int_equal(bpf_map__update_elem(bpf->maps.underlays, &slot, sizeof(slot), underlay,
					      sizeof(*underlay), BPF_ANY),
			 0);
	assert_int_equal(bpf_map__update_elem(bpf->maps.slots, &slot, sizeof(slot), &s, sizeof(s),
					      BPF_ANY),
			 0);
	assert_int_equal(bpf_map__update_elem(bpf->maps.sessions, &s.key, sizeof(s.key), &slot,
					      sizeof(slot), BPF_ANY),
			 0);
	bpf->bss->generations.session[l2x_generation_of_session(s.key.session_id)]++;
}

static void session(struct lab *lab, __u16 id, int family, __u32 flags, __u16 mtu)
{
	struct l2x_session s = {
		.key = {.tunnel_id = 10, .session_id = id},
		.peer_tunnel_id = 30,
		.peer_session_id = id + 20,
		.flags = (__u16)flags,
		.netdev = lab->netdev,
		.stats_index = id - SESSION_1 + 1,
		.mtu = mtu,
	};
	struct l2x_underlay u = {.local_port = htons(1701),
				 .peer_port = htons(1701),
				 .family = (__u16)family};

	inet_pton(family, family == AF_INET6 ? "2001:db8:1::1" : "192.0.2.1", u.local);
	inet_pton(family, family == AF_INET6 ? "2001:db8:1::2" : "192.0.2.2", u.peer);
	lab_session(lab->bpf, s, &u);
}

void lab_sessions(struct lab *lab, __u32 flags, __u16 mtu)
{
	const __u32 both = L2X_SESSION_IPV4 | L2X_SESSION_IPV6;

	session(lab, SESSION_1, AF_INET, flags ?: both, mtu ?: 1460);
	session(lab, SESSION_2, AF_INET, both, 1460);
	session(lab, SESSION_6, AF_INET6, both | L2X_SESSION_MSS_FIX, 1440);
	lab_route(lab->bpf, lab->netdev, "10.64.1.0", 24, SESSION_1);
	lab_route(lab->bpf, lab->netdev, "10.64.2.0", 24, SESSION_2);
	lab_route(lab->bpf, lab->netdev, "10.64.6.0", 24, SESSION_6);
	lab_route(lab->bpf, lab->netdev, "10.64.9.0", 24, 99); /* of a session that is gone */
	lab_route(lab->bpf, lab->netdev, "2001:db8:64:1::", 64, SESSION_1);
	lab_route(lab->bpf, lab->netdev, "2001:db8:64:6::", 64, SESSION_6);
}

void lab_route(struct l2x_bpf *bpf, unsigned netdev, const char *addr, unsigned len, __u16 id)
{
	const struct l2x_route r = {.session = {.tunnel_id = 10, .session_id = id}};
	struct l2x_route6_key k6 = {.prefixlen = 32 + len, .netdev = netdev};
	struct l2x_route4_key k4 = {.prefixlen = 32 + len, .netdev = netdev};

	bpf->bss->generations.all++;
	if (inet_pton(AF_INET, addr, &k4.addr) == 1) {
		assert_int_equal(bpf_map__update_elem(bpf->maps.routes4, &k4, sizeof(k4), &r,
						      sizeof(r), 0),
				 0);
		return;
	}
	assert_int_equal(inet_pton(AF_INET6, addr, k6.addr), 1);
	assert_int_equal(bpf_map__update_elem(bpf->maps.routes6, &k6, sizeof(k6), &r, sizeof(r), 0),
			 0);
}

static struct l2x_known_session known_session(struct l2x_bpf *bpf, __u32 i)
{
	struct l2x_known_session k;

	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(bpf->maps.known_sessions), &i, &k), 0);
	return k;
}

void lab_counters_clear(struct lab *lab)
{
	const int cpus = libbpf_num_possible_cpus();
	struct l2x_counters *zero = calloc((size_t)cpus, sizeof(*zero));

	assert_non_null(zero);
	for (__u32 i = 0; i < STATS_MAX; i++)
		assert_int_equal(bpf_map_update_elem(bpf_map__fd(lab->bpf->maps.counters), &i, zero,
						     0),
				 0);
	free(zero);
	for (__u32 i = 0; i < bpf_map__max_entries(lab->bpf->maps.known_sessions); i++) {
		struct l2x_known_session k = known_session(lab->bpf, i);

		k.moved = (struct l2x_moved){0};
		assert_int_equal(bpf_map_update_elem(bpf_map__fd(lab->bpf->maps.known_sessions), &i,
						     &k, 0),
				 0);
	}
}

static void add_moved(struct l2x_bpf *bpf, __u32 index, struct l2x_counters *sum)
{
	for (__u32 i = 0; i < bpf_map__max_entries(bpf->maps.known_sessions); i++) {
		const struct l2x_known_session k = known_session(bpf, i);

		if (!k.generation || k.session.stats_index != index)
			continue;
		sum->rx[L2X_LEVEL_XDP].packets += k.moved.rx.packets;
		sum->rx[L2X_LEVEL_XDP].bytes += k.moved.rx.bytes;
		sum->tx[L2X_LEVEL_XDP].packets += k.moved.tx.packets;
		sum->tx[L2X_LEVEL_XDP].bytes += k.moved.tx.bytes;
	}
}

void lab_counters(struct l2x_bpf *bpf, __u32 index, struct l2x_counters *sum)
{
	const int cpus = libbpf_num_possible_cpus();
	const size_t words = sizeof(*sum) / sizeof(__u64);
	struct l2x_counters *each = calloc((size_t)cpus, sizeof(*each));

	assert_non_null(each);
	memset(sum, 0, sizeof(*sum));
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(bpf->maps.counters), &index, each), 0);
	for (int cpu = 0; cpu < cpus; cpu++) {
		for (size_t i = 0; i < words; i++)
			((__u64 *)sum)[i] += ((const __u64 *)&each[cpu])[i];
	}
	free(each);
	add_moved(bpf, index, sum);
}

void lab_tc(const struct bpf_program *prog, unsigned ifindex, bool ingress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		    .attach_point = ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = bpf_program__fd(prog));

	assert_int_equal(bpf_tc_hook_create(&hook), 0);
	assert_int_equal(bpf_tc_attach(&hook, &opts), 0);
}
