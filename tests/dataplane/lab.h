/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Three network namespaces in one process, and nothing of them left when it ends: ours with v0 towards the
 * tunnel's peer and w0 towards a server, each with a socket there.
 *
 *   peer 192.0.2.2, 2001:db8::2  v1 ---- v0 192.0.2.1, 2001:db8::1  ours  10.2.0.1 w0 ---- w1 10.2.0.2 server
 */
#ifndef L2X_TESTS_DATAPLANE_LAB_H
#define L2X_TESTS_DATAPLANE_LAB_H

#include <stddef.h>
#include <stdint.h>

struct lab {
	int ours, at_peer, at_server; /* namespaces */
	int peer, peer6, server;      /* UDP sockets: port 1701, 1701, 7777 */
};

void sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int sh_status(const char *command);
void lab_sh(struct lab *l, int ns, const char *command); /* in that namespace */

void lab_open(struct lab *l);
void lab_close(struct lab *l);
int lab_udp(struct lab *l, int ns, const char *addr, uint16_t port);
void lab_send(int fd, const char *to, uint16_t port, const void *data, size_t len);

uint16_t lab_sum(const void *data, size_t len, uint32_t sum); /* RFC 1071, not inverted */
/* An IPv4 packet with UDP and both checksums; returns its length. */
size_t lab_udp4(uint8_t *buf, const char *src, uint16_t sport, const char *dst, uint16_t dport,
		const void *data, size_t len);

#endif
