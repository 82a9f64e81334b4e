// SPDX-License-Identifier: GPL-2.0-only
/* Namespaces, sockets and packets for the tests of the data path, see lab.h. */
#include "lab.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

int sh_status(const char *command)
{
	return system(command);
}

void sh(const char *fmt, ...)
{
	char command[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command))
		fail_msg("%s", command);
}

static int new_ns(void)
{
	int fd;

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	fd = open("/proc/self/ns/net", O_RDONLY); /* not close-on-exec: `ip` is told its number */
	assert_true(fd >= 0);
	return fd;
}

void lab_sh(struct lab *l, int ns, const char *command)
{
	assert_int_equal(setns(ns, CLONE_NEWNET), 0);
	sh("%s", command);
	assert_int_equal(setns(l->ours, CLONE_NEWNET), 0);
}

int lab_udp(struct lab *l, int ns, const char *addr, uint16_t port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int is_v4 = inet_pton(AF_INET, addr, &v4.sin_addr) == 1, fd;

	assert_int_equal(setns(ns, CLONE_NEWNET), 0);
	fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_true(fd >= 0);
	if (!is_v4)
		assert_int_equal(inet_pton(AF_INET6, addr, &v6.sin6_addr), 1);
	assert_int_equal(bind(fd, is_v4 ? (void *)&v4 : (void *)&v6,
			      is_v4 ? sizeof(v4) : sizeof(v6)),
			 0);
	assert_int_equal(setns(l->ours, CLONE_NEWNET), 0);
	return fd;
}

void lab_send(int fd, const char *to, uint16_t port, const void *data, size_t len)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int is_v4 = inet_pton(AF_INET, to, &v4.sin_addr) == 1;

	if (!is_v4)
		assert_int_equal(inet_pton(AF_INET6, to, &v6.sin6_addr), 1);
	assert_int_equal(sendto(fd, data, len, 0, is_v4 ? (void *)&v4 : (void *)&v6,
				is_v4 ? sizeof(v4) : sizeof(v6)),
			 len);
}

/*
 * The peers need GRO (or XDP of their own) to take what XDP redirects to them. The server completes
 * its checksums, as veth carries them open to where no NIC would close them.
 */
void lab_open(struct lab *l)
{
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	while (!umount2("/sys/fs/bpf", MNT_DETACH))
		;
	l->at_peer = new_ns();
	l->at_server = new_ns();
	l->ours = new_ns();
	sh("ip link set lo up");
	sh("ip link add v0 type veth peer name v1 netns /proc/self/fd/%d", l->at_peer);
	sh("ip link add w0 type veth peer name w1 netns /proc/self/fd/%d", l->at_server);
	sh("ip link set v0 up && ip addr add 192.0.2.1/24 dev v0 && ip addr add 2001:db8::1/64 dev "
	   "v0 nodad");
	sh("ip link set w0 up && ip addr add 10.2.0.1/24 dev w0 && sysctl -qw "
	   "net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
	lab_sh(l, l->at_peer,
	       "ip link set v1 up && ip addr add 192.0.2.2/24 dev v1 && ip addr add 2001:db8::2/64 "
	       "dev v1 nodad"
	       " && ethtool -K v1 gro on >/dev/null");
	lab_sh(l, l->at_server,
	       "ip link set w1 up && ip addr add 10.2.0.2/24 dev w1 && ip route add default via "
	       "10.2.0.1"
	       " && ethtool -K w1 gro on tx off >/dev/null");
	/* The neighbours must be known: a level that is forced leaves nobody to ask for them. */
	sh("ping -qc1 -W5 2001:db8::2 >/dev/null && ping -qc1 -W5 192.0.2.2 >/dev/null && ping "
	   "-qc1 -W5 10.2.0.2 >/dev/null");
	l->peer = lab_udp(l, l->at_peer, "192.0.2.2", 1701);
	l->peer6 = lab_udp(l, l->at_peer, "2001:db8::2", 1701);
	l->server = lab_udp(l, l->at_server, "10.2.0.2", 7777);
}

void lab_close(struct lab *l)
{
	close(l->peer);
	close(l->peer6);
	close(l->server);
	close(l->at_peer);
	close(l->at_server);
	close(l->ours);
}

uint16_t lab_sum(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

size_t lab_udp4(uint8_t *buf, const char *src, uint16_t sport, const char *dst, uint16_t dport,
		const void *data, size_t len)
{
	static const uint8_t head[] = {0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17, 0, 0};

	memcpy(buf, head, sizeof(head));
	put16(buf + 2, 28 + len);
	assert_int_equal(inet_pton(AF_INET, src, buf + 12), 1);
	assert_int_equal(inet_pton(AF_INET, dst, buf + 16), 1);
	put16(buf + 10, (uint16_t)~lab_sum(buf, 20, 0));
	put16(buf + 20, sport);
	put16(buf + 22, dport);
	put16(buf + 24, 8 + len);
	put16(buf + 26, 0);
	memcpy(buf + 28, data, len);
	put16(buf + 26, (uint16_t)~lab_sum(buf + 12, 16 + len, 17 + 8 + (uint32_t)len));
	return 28 + len;
}
