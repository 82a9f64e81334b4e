// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts what a path does to packets: a sender of numbered UDP packets, and a receiver that says which numbers came
 * how often.
 *
 *   numbered receive PORT COUNT BOARD           until none came for a second since the last, after the sender's end
 *   numbered send ADDRESS PORT COUNT BOARD [WINDOW [RATE [FLOWS]]]
 *
 * Both ends share the BOARD, a file: the receiver writes there how much it has, and the sender waits when more than
 * WINDOW packets (64) are on their way, for queues between namespaces are short and drop what is too much. When nothing
 * comes for 50 ms, those are lost, and the sender goes on. RATE is packets a second at most (0: as fast as that allows).
 * With FLOWS, the source port changes from packet to packet among so many.
 *
 * The receiver prints JSON: received, distinct, duplicated, lost (of all that the sender sent), reordered (came after a
 * higher number of the same flow), and gap_ms, the longest time without any.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER	  (64 << 20)
#define FLOWS_MAX 64
#define SIZE	  200
#define LOST_NS	  50000000ull
#define END_MS	  1000
#define NEVER_NS  120000000000ull /* a receiver without a sender */

struct board {
	_Atomic uint64_t ready, distinct, sent, ended;
};

struct packet {
	uint64_t number, order; /* of all, and within its flow */
	uint32_t flow;
	uint8_t filler[SIZE - 20];
};

static void die(const char *what)
{
	fprintf(stderr, "numbered: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void sleep_ns(uint64_t ns)
{
	struct timespec t = {.tv_nsec = (long)ns};

	nanosleep(&t, NULL);
}

static struct board *open_board(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct board *b;

	if (fd < 0 || ftruncate(fd, sizeof(*b)))
		die(path);
	b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (b == MAP_FAILED)
		die(path);
	return b;
}

static void report(const uint8_t *seen, uint64_t sent, uint64_t reordered, uint64_t gap)
{
	uint64_t received = 0, distinct = 0;

	for (uint64_t i = 0; i < sent; i++) {
		received += seen[i];
		distinct += !!seen[i];
	}
	printf("{\"sent\": %llu, \"received\": %llu, \"distinct\": %llu, \"duplicated\": %llu, "
	       "\"lost\": "
	       "%llu, \"reordered\": %llu, \"gap_ms\": %llu}\n",
	       (unsigned long long)sent, (unsigned long long)received, (unsigned long long)distinct,
	       (unsigned long long)(received - distinct), (unsigned long long)(sent - distinct),
	       (unsigned long long)reordered, (unsigned long long)gap / 1000000);
}

static int receive(char **argv)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6,
				  .sin6_port = htons((uint16_t)atoi(argv[0]))};
	const uint64_t count = strtoull(argv[1], NULL, 10);
	struct board *b = open_board(argv[2]);
	uint64_t start = clock_ns(), last = 0, gap = 0, reordered = 0, highest[FLOWS_MAX] = {0};
	uint8_t *seen = calloc(count, 1);
	int buffer = BUFFER, fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!seen || fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die("receive");
	b->ready = 1;
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		struct packet k;
		ssize_t n = recv(fd, &k, sizeof(k), MSG_DONTWAIT);
		uint64_t now;

		if (n < 0 && poll(&p, 1, END_MS) <= 0) {
			if (b->ended || (!last && clock_ns() - start > NEVER_NS))
				break;
			continue;
		}
		if (n < 0 || (size_t)n != sizeof(k) || k.number >= count || k.flow >= FLOWS_MAX)
			continue;
		now = clock_ns();
		if (last && now - last > gap)
			gap = now - last;
		last = now;
		b->distinct += !seen[k.number];
		if (seen[k.number] < UINT8_MAX)
			seen[k.number]++;
		if (k.order + 1 > highest[k.flow])
			highest[k.flow] = k.order + 1;
		else if (seen[k.number] == 1)
			reordered++;
	}
	report(seen, b->sent, reordered, gap);
	return 0;
}

static void open_flows(const char *address, const char *port, int *fds, unsigned flows)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST}, *to;

	if (getaddrinfo(address, port, &hints, &to))
		die(address);
	for (unsigned i = 0; i < flows; i++) {
		fds[i] = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fds[i] < 0 || connect(fds[i], to->ai_addr, to->ai_addrlen))
			die(address);
	}
	freeaddrinfo(to);
}

/* Until few enough are on their way. */
static void keep_near(struct board *b, uint64_t number, uint64_t window, uint64_t *given_up)
{
	uint64_t distinct = b->distinct, since = clock_ns();

	while (number >= b->distinct + *given_up + window) {
		sleep_ns(20000);
		if (b->distinct != distinct) {
			distinct = b->distinct;
			since = clock_ns();
		} else if (clock_ns() - since > LOST_NS) {
			*given_up = number - distinct; /* they do not come any more */
		}
	}
}

static int send_all(int argc, char **argv)
{
	const uint64_t count = strtoull(argv[2], NULL, 10);
	const uint64_t window = argc > 4 ? strtoull(argv[4], NULL, 10) : 64;
	const uint64_t rate = argc > 5 ? strtoull(argv[5], NULL, 10) : 0;
	const unsigned flows = argc > 6 ? (unsigned)atoi(argv[6]) : 1;
	struct board *b = open_board(argv[3]);
	int fds[FLOWS_MAX];
	uint64_t start, given_up = 0;

	if (!flows || flows > FLOWS_MAX)
		return 2;
	open_flows(argv[0], argv[1], fds, flows);
	while (!b->ready)
		sleep_ns(1000000);
	start = clock_ns();
	for (uint64_t i = 0; i < count; i++) {
		unsigned flow = (unsigned)(i % flows);
		struct packet k = {.number = i, .order = i / flows, .flow = flow};

		keep_near(b, i, window, &given_up);
		while (rate && (clock_ns() - start) / 1000 * rate < i * 1000000)
			sleep_ns(100000);
		/* ICMP's errors come to a socket that did not cause them just now. */
		while (send(fds[flow], &k, sizeof(k), 0) < 0)
			if (errno != ECONNREFUSED && errno != EHOSTUNREACH &&
			    errno != ENETUNREACH && errno != ENOBUFS && errno != EINTR)
				die("send");
		b->sent = i + 1;
	}
	b->ended = 1;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "receive"))
		return receive(argv + 2);
	if (argc >= 6 && argc <= 9 && !strcmp(argv[1], "send"))
		return send_all(argc - 2, argv + 2);
	fprintf(stderr, "usage: numbered receive PORT COUNT BOARD | numbered send ADDRESS PORT "
			"COUNT BOARD [WINDOW "
			"[RATE [FLOWS]]]\n");
	return 2;
}
