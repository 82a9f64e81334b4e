// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tc programs on real netdevs, where BPF_PROG_TEST_RUN does not reach: packets that the netdev
 * without link layer sends and receives, with the protocol that the kernel then believes them to
 * be; tags that the kernel has taken off; firewall marks.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "fixtures.h"
#include "l2x/wire.h"

#define ETH	14
#define WAIT_MS 5000

struct wire {
	struct lab lab;
	int underp, netdev; /* packet sockets: frames to and from us, packets of the TUN netdev */
};

static int packet_socket(unsigned ifindex, int type)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET,
				 .sll_ifindex = (int)ifindex,
				 .sll_protocol = htons(ETH_P_ALL)};
	int fd = socket(AF_PACKET, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ll, sizeof(ll)), 0);
	return fd;
}

/* Ours are UDP or TCP, or truncated. The kernel itself has things to say on netdevs too. */
static bool is_ours(const struct packet *p, size_t off)
{
	unsigned p4;

	if (p->len < off + 40)
		return true;
	if (off && p->data[12] == 0x08 && p->data[13] == 0x06)
		return false;
	p4 = p->data[off + (p->data[off] >> 4 == 6 ? 6 : 9)];
	return p4 == IPPROTO_UDP || p4 == IPPROTO_TCP;
}

/* The next packet of ours that the netdev received, with its EtherType (0 for the TUN's file). */
static unsigned next_packet(int fd, size_t off, struct packet *p)
{
	struct sockaddr_ll from = {};
	socklen_t from_len = sizeof(from);
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	ssize_t n;

	do {
		if (poll(&pfd, 1, WAIT_MS) != 1)
			fail_msg("no packet came");
		n = recvfrom(fd, p->data, sizeof(p->data), 0, (struct sockaddr *)&from, &from_len);
		if (n < 0 && errno == ENOTSOCK)
			n = read(fd, p->data, sizeof(p->data));
		assert_true(n > 0);
		p->len = (size_t)n;
	} while (from.sll_pkttype == PACKET_OUTGOING || !is_ours(p, off));
	return ntohs(from.sll_protocol);
}

static void send_frame(int fd, const struct packet *p)
{
	assert_int_equal(send(fd, p->data, p->len, 0), p->len);
}

/* Out by the TUN netdev, as the kernel would. */
static void send_netdev(struct wire *w, const struct packet *p, bool v6)
{
	const struct sockaddr_ll to = {.sll_family = AF_PACKET,
				       .sll_ifindex = (int)w->lab.netdev,
				       .sll_protocol = htons(v6 ? ETH_P_IPV6 : ETH_P_IP)};

	assert_int_equal(sendto(w->netdev, p->data + ETH, p->len - ETH, 0,
				(const struct sockaddr *)&to, sizeof(to)),
			 p->len - ETH);
}

static void check_equal(const char *what, const struct packet *want, size_t skip,
			const struct packet *is)
{
	if (is->len == want->len - skip && !memcmp(is->data, want->data + skip, is->len))
		return;
	packet_dump("expected", want);
	packet_dump("is", is);
	fail_msg("%s: other bytes", what);
}

/* As for XDP, but the kernel has seen to the TTL; and what is left reaches the TUN's file. */
static void egress_one(struct wire *w, const struct fixture *f)
{
	struct l2x_counters sum;
	struct packet in, want, is;
	struct spec spec = f->out;

	/* Over IPv6, what is neither complete nor to be completed is left to userspace. */
	const bool redirect = f->outcome == REDIRECT && !f->in.bad;

	lab_sessions(&w->lab, f->flags, f->mtu);
	lab_counters_clear(&w->lab);
	packet_build(&in, &f->in);
	want = in;
	send_netdev(w, &in, f->in.inner == 6);
	lab_counters(w->lab.bpf, f->stats ?: 1, &sum);
	if (redirect) {
		next_packet(w->underp, ETH, &is);
		packet_normalise(&is, ETH);
		spec.ttl = f->in.ttl;
		packet_build(&want, &spec);
		packet_normalise(&want, ETH);
		check_equal(f->description, &want, 0, &is);
		assert_int_equal(sum.tx[L2X_LEVEL_TC].packets, 1);
		assert_int_equal(sum.tx[L2X_LEVEL_TC].bytes, packet_inner_len(&f->in));
	} else {
		next_packet(w->lab.tun, 0, &is);
		check_equal(f->description, &want, ETH, &is);
		assert_int_equal(sum.tx[L2X_LEVEL_TC].packets, 0);
	}
}

static void test_egress(void **state)
{
	for (size_t i = 0; i < encap_count; i++) {
		const struct fixture *f = &encap_fixtures[i];

		/* Not for changes of the frame, and padding, that a netdev without link layer does not have. */
		if (f->change || f->in.trailer || f->in.tags[0] || f->in.to != MAC_PAY)
			continue;
		/* What the kernel has routed here goes to its session, whatever addresses and TTL. */
		if (f->outcome == PASS && (f->in.ttl == 1 || f->in.options || f->in.src[0] == '1'))
			continue;
		egress_one(*state, f);
	}
}

static void test_egress_truncated(void **state)
{
	const struct spec specs[] = {{.inner = 4, .dst = "10.64.1.2", .payload = 9},
				     {.inner = 6, .dst = "2001:db8:64:1::2", .payload = 9}};
	struct wire *w = *state;
	struct packet in, is;

	lab_sessions(&w->lab, 0, 0);
	for (int i = 0; i < 2; i++) {
		packet_build(&in, &specs[i]);
		while (--in.len > ETH) {
			send_netdev(w, &in, i == 1);
			next_packet(w->lab.tun, 0, &is);
			check_equal("truncated", &in, ETH, &is);
		}
	}
}

static void ingress_one(struct wire *w, const struct fixture *f)
{
	struct l2x_counters sum;
	struct packet in, want, is;
	struct spec spec = f->in;
	unsigned proto;

	lab_sessions(&w->lab, f->flags, f->mtu);
	lab_counters_clear(&w->lab);
	packet_build(&in, &f->in);
	if (f->change)
		f->change(&in);
	send_frame(w->underp, &in);
	proto = next_packet(w->netdev, 0, &is);
	spec.outer = 0;
	spec.tags[0] = spec.tags[1] = 0;
	spec.trailer = 0;
	spec.mss = f->out.mss;
	packet_build(&want, &spec);
	if (f->out_change)
		f->out_change(&want);
	/* Padding is trimmed by the IP stack, later than we look. */
	assert_true(is.len >= want.len - ETH);
	is.len = want.len - ETH;
	check_equal(f->description, &want, ETH, &is);
	assert_int_equal(proto, f->in.inner == 6 ? ETH_P_IPV6 : ETH_P_IP);
	lab_counters(w->lab.bpf, f->stats ?: 1, &sum);
	assert_int_equal(sum.rx[L2X_LEVEL_TC].packets, 1);
	assert_int_equal(sum.rx[L2X_LEVEL_TC].bytes, packet_inner_len(&f->in));
}

static void test_ingress(void **state)
{
	for (size_t i = 0; i < decap_count; i++) {
		if (decap_fixtures[i].outcome == REDIRECT)
			ingress_one(*state, &decap_fixtures[i]);
	}
}

static int setup(void **state)
{
	static struct wire w;

	const int mark = 7;

	lab_open(&w.lab);
	/* What still had the payload's mark when it is routed would leave to another MAC address. */
	lab_run("ip neigh add 192.0.2.99 lladdr 02:00:00:00:00:99 dev under0");
	lab_run("ip route add 192.0.2.2 via 192.0.2.99 dev under0 table 200");
	lab_run("ip rule add fwmark %d table 200", mark);
	lab_tc(w.lab.bpf->progs.l2x_tc_ingress, w.lab.under, true);
	lab_tc(w.lab.bpf->progs.l2x_tc_egress, w.lab.netdev, false);
	w.underp = packet_socket(w.lab.underp, SOCK_RAW);
	w.netdev = packet_socket(w.lab.netdev, SOCK_DGRAM);
	assert_int_equal(setsockopt(w.netdev, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)), 0);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct wire *w = *state;

	close(w->underp);
	close(w->netdev);
	lab_close(&w->lab);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_egress),
		cmocka_unit_test(test_egress_truncated),
		cmocka_unit_test(test_ingress),
	};

	return cmocka_run_group_tests_name("bpf wire", tests, setup, teardown);
}
