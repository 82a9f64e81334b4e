// SPDX-License-Identifier: GPL-2.0-only
/*
 * A name server for tests: answers questions for A and AAAA out of a file in the form of /etc/hosts, read anew for each
 * question, and says on stdout what it was asked and by whom. What is not in the file does not exist (RFC 1035 RCODE 3).
 *
 *   name_server ADDRESS FILE
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define HEADER	  12
#define TYPE_A	  1
#define TYPE_AAAA 28

struct question {
	char name[256];
	uint16_t type;
	size_t end; /* of it, in the message */
};

static int parse(const uint8_t *msg, size_t len, struct question *q)
{
	size_t at = HEADER, n = 0;

	while (at < len && msg[at]) {
		if (at + 1 + msg[at] >= len || n + msg[at] + 1 >= sizeof(q->name))
			return -EINVAL;
		memcpy(q->name + n, msg + at + 1, msg[at]);
		n += msg[at];
		q->name[n++] = '.';
		at += msg[at] + 1u;
	}
	if (!n || at + 5 > len)
		return -EINVAL;
	q->name[n - 1] = 0;
	q->type = (uint16_t)(msg[at + 1] << 8 | msg[at + 2]);
	q->end = at + 5;
	return 0;
}

/* Behind the question: a pointer to its name, type, class IN, no time to live. */
static size_t put_record(uint8_t *out, uint16_t type, const void *address, uint8_t len)
{
	const uint8_t head[12] = {0xc0, HEADER, 0, (uint8_t)type, 0, 1, 0, 0, 0, 0, 0, len};

	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), address, len);
	return sizeof(head) + len;
}

/* Returns the length of the answer, which is made where the question was. */
static size_t answer(uint8_t *msg, size_t room, const struct question *q, const char *file)
{
	int family = q->type == TYPE_AAAA ? AF_INET6 : AF_INET;
	char line[512], address[64], name[256];
	size_t len = q->end;
	int known = 0, n = 0;
	FILE *f = fopen(file, "r");

	while (f && fgets(line, sizeof(line), f) && len + 32 < room) {
		uint8_t bytes[16];

		if (sscanf(line, "%63s %255s", address, name) != 2 || strcasecmp(name, q->name))
			continue;
		known = 1;
		if (q->type != TYPE_A && q->type != TYPE_AAAA)
			continue;
		if (inet_pton(family, address, bytes) != 1)
			continue;
		len += put_record(msg + len, q->type, bytes, family == AF_INET6 ? 16 : 4);
		n++;
	}
	if (f)
		fclose(f);
	memset(msg + 2, 0, 10);
	msg[2] = 0x84; /* an answer, and from who knows */
	msg[3] = known ? 0 : 3;
	msg[5] = 1;
	msg[7] = (uint8_t)n;
	return len;
}

static int open_at(const char *address)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				 .ai_socktype = SOCK_DGRAM};
	struct addrinfo *to;
	int fd = -1;

	if (getaddrinfo(address, "53", &hints, &to))
		return -1;
	fd = socket(to->ai_family, SOCK_DGRAM, 0);
	if (fd >= 0 && bind(fd, to->ai_addr, to->ai_addrlen))
		fd = -1;
	freeaddrinfo(to);
	return fd;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: name_server ADDRESS FILE\n");
		return 2;
	}
	fd = open_at(argv[1]);
	if (fd < 0) {
		fprintf(stderr, "name_server: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	setlinebuf(stdout);
	puts("ready");
	for (;;) {
		struct sockaddr_storage from;
		socklen_t from_len = sizeof(from);
		struct question q;
		uint8_t msg[1232];
		char who[64];
		ssize_t n = recvfrom(fd, msg, sizeof(msg), 0, (struct sockaddr *)&from, &from_len);
		size_t len;

		if (n < HEADER || parse(msg, (size_t)n, &q))
			continue;
		getnameinfo((struct sockaddr *)&from, from_len, who, sizeof(who), NULL, 0,
			    NI_NUMERICHOST);
		printf("%u %s from %s\n", q.type, q.name, who);
		len = answer(msg, sizeof(msg), &q, argv[2]);
		sendto(fd, msg, len, 0, (struct sockaddr *)&from, from_len);
	}
}
