// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends one UDP packet of IPv4 as another program that has the port: for tests in which a controller
 * shall get from its peer what this peer would not send.
 *
 *   udp_as SOURCE PORT DESTINATION PORT HEX
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t from_hex(const char *hex, uint8_t *out, size_t room)
{
	size_t n = 0;
	unsigned byte;

	for (; n < room && sscanf(hex, "%2x", &byte) == 1 && hex[0] && hex[1]; hex += 2)
		out[n++] = (uint8_t)byte;
	return *hex ? 0 : n;
}

int main(int argc, char **argv)
{
	uint8_t packet[sizeof(struct udphdr) + 1400];
	struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
	struct udphdr udp = {0};
	size_t len;
	int fd;

	if (argc != 6 || inet_pton(AF_INET, argv[1], &from.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[3], &to.sin_addr) != 1 ||
	    !(len = from_hex(argv[5], packet + sizeof(udp), sizeof(packet) - sizeof(udp)))) {
		fprintf(stderr, "usage: udp_as SOURCE PORT DESTINATION PORT HEX\n");
		return 2;
	}
	len += sizeof(udp);
	/* A checksum of 0 is none. */
	udp.source = htons((uint16_t)strtoul(argv[2], NULL, 10));
	udp.dest = htons((uint16_t)strtoul(argv[4], NULL, 10));
	udp.len = htons((uint16_t)len);
	memcpy(packet, &udp, sizeof(udp));
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    sendto(fd, packet, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0) {
		fprintf(stderr, "udp_as: %s\n", strerror(errno));
		return 1;
	}
	close(fd);
	return 0;
}
