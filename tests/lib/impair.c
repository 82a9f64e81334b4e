// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cable that can be bad: passes frames between two interfaces and, as it is told while it runs, loses, delays,
 * reorders and duplicates them, or swallows all. Seeded, so that the same frames meet the same fate.
 *
 *   impair run A B SOCKET SEED     between the interfaces A and B, obeying at this Unix socket, until a signal
 *   impair set SOCKET KEY VALUE... tell it; the answer is on stdout once it is so
 *
 *   loss PERCENT   duplicate PERCENT   reorder PERCENT (held back by 2 ms, so that others pass)
 *   delay MS       jitter MS (of the delay, up or down)   cut 0|1   bar INTERFACE|- (lose what comes in by this one)
 *   clear 0        all of these to nothing                 show 0    counters
 *
 * Frames wait in a heap by the time when they are due, and only when they have to: else a batch goes out as it came in.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX   2048
#define BATCH	    64
#define WAITING_MAX 65536
#define BUFFER	    (64 << 20)
#define MS	    1000000ull /* ns */
#define HELD_BACK   (2 * MS)

struct frame {
	uint64_t due, order;
	int to;
	uint16_t len;
	uint8_t bytes[FRAME_MAX];
};

struct end {
	const char *name;
	int fd;
	struct mmsghdr in[BATCH], out[BATCH];
	struct iovec in_iov[BATCH], out_iov[BATCH];
	uint8_t bytes[BATCH][FRAME_MAX];
	unsigned out_count;
};

struct cable {
	struct end ends[2];
	double loss, duplicate, reorder, delay, jitter;
	bool cut;
	int barred; /* -1: neither */
	uint64_t random, order, now;
	struct frame **heap;
	size_t waiting;
	uint64_t passed, lost, duplicated, held, refused;
	int control;
};

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "impair: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec;
}

/* xorshift64*: 0 to 1 */
static double chance(struct cable *c)
{
	c->random ^= c->random >> 12;
	c->random ^= c->random << 25;
	c->random ^= c->random >> 27;
	return (double)(c->random * 0x2545f4914f6cdd1dull >> 11) / (double)(1ull << 53);
}

static bool happens(struct cable *c, double percent)
{
	return percent > 0 && chance(c) * 100 < percent;
}

static void flush(struct cable *c, int to)
{
	struct end *e = &c->ends[to];
	unsigned sent = 0;

	while (sent < e->out_count) {
		int n = sendmmsg(e->fd, e->out + sent, e->out_count - sent, 0);

		if (n > 0) {
			sent += (unsigned)n;
			c->passed += (unsigned)n;
		} else if (errno != EINTR) {
			/* One frame that the interface does not take, or the interface is down. */
			sent++;
			c->refused++;
		}
	}
	e->out_count = 0;
}

static void send_frame(struct cable *c, int to, void *bytes, size_t len)
{
	struct end *e = &c->ends[to];

	e->out_iov[e->out_count] = (struct iovec){bytes, len};
	e->out[e->out_count].msg_hdr =
		(struct msghdr){.msg_iov = &e->out_iov[e->out_count], .msg_iovlen = 1};
	if (++e->out_count == BATCH)
		flush(c, to);
}

static bool earlier(const struct frame *a, const struct frame *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void push(struct cable *c, struct frame *f)
{
	size_t i = c->waiting++;

	for (; i && earlier(f, c->heap[(i - 1) / 2]); i = (i - 1) / 2)
		c->heap[i] = c->heap[(i - 1) / 2];
	c->heap[i] = f;
}

static struct frame *pop(struct cable *c)
{
	struct frame *top = c->heap[0], *last = c->heap[--c->waiting];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < c->waiting) {
		if (child + 1 < c->waiting && earlier(c->heap[child + 1], c->heap[child]))
			child++;
		if (!earlier(c->heap[child], last))
			break;
		c->heap[i] = c->heap[child];
		i = child;
	}
	c->heap[i] = last;
	return top;
}

static void hold(struct cable *c, int to, const void *bytes, size_t len, uint64_t wait)
{
	struct frame *f = c->waiting < WAITING_MAX ? malloc(sizeof(*f)) : NULL;

	if (!f) {
		c->refused++;
		return;
	}
	f->due = c->now + wait;
	f->order = c->order++;
	f->to = to;
	f->len = (uint16_t)len;
	memcpy(f->bytes, bytes, len);
	push(c, f);
	c->held++;
}

static void pass(struct cable *c, int to, void *bytes, size_t len)
{
	double wait = c->delay + c->jitter * (2 * chance(c) - 1);
	uint64_t ns = wait > 0 ? (uint64_t)(wait * (double)MS) : 0;

	if (happens(c, c->reorder))
		ns += HELD_BACK;
	if (ns || c->waiting)
		hold(c, to, bytes, len, ns);
	else
		send_frame(c, to, bytes, len);
}

static void take(struct cable *c, int from)
{
	struct end *e = &c->ends[from];
	int n = recvmmsg(e->fd, e->in, BATCH, MSG_DONTWAIT, NULL);

	for (int i = 0; i < n; i++) {
		size_t len = e->in[i].msg_len;

		if (c->cut || c->barred == from || happens(c, c->loss)) {
			c->lost++;
			continue;
		}
		pass(c, !from, e->bytes[i], len);
		if (happens(c, c->duplicate)) {
			c->duplicated++;
			pass(c, !from, e->bytes[i], len);
		}
	}
	flush(c, !from);
}

static void release(struct cable *c)
{
	while (c->waiting && c->heap[0]->due <= c->now) {
		struct frame *f = pop(c);

		if (!c->cut) {
			send_frame(c, f->to, f->bytes, f->len);
			flush(c, f->to);
		}
		free(f);
	}
}

static int answer(struct cable *c, char *said, size_t room, const char *key, const char *value)
{
	static const char *const keys[] = {"loss", "duplicate", "reorder", "delay", "jitter"};
	double *const places[] = {&c->loss, &c->duplicate, &c->reorder, &c->delay, &c->jitter};

	*said = 0;
	if (!strcmp(key, "show"))
		return snprintf(
			said, room,
			"{\"passed\": %llu, \"lost\": %llu, \"duplicated\": %llu, \"held\": "
			"%llu, \"refused\": %llu}\n",
			(unsigned long long)c->passed, (unsigned long long)c->lost,
			(unsigned long long)c->duplicated, (unsigned long long)c->held,
			(unsigned long long)c->refused);
	for (int i = 0; i < 5; i++) {
		if (!strcmp(key, "clear"))
			*places[i] = 0;
		else if (!strcmp(key, keys[i]))
			*places[i] = atof(value);
		else
			continue;
		if (strcmp(key, "clear"))
			return 0;
	}
	if (!strcmp(key, "clear")) {
		c->cut = false;
		c->barred = -1;
	} else if (!strcmp(key, "cut")) {
		c->cut = atoi(value);
	} else if (!strcmp(key, "bar")) {
		c->barred = !strcmp(value, c->ends[0].name)   ? 0
			    : !strcmp(value, c->ends[1].name) ? 1
							      : -1;
	} else {
		return snprintf(said, room, "unknown: %s\n", key);
	}
	return 0;
}

/* One connection, one message of words, one answer. */
static void obey(struct cable *c)
{
	int fd = accept4(c->control, NULL, NULL, SOCK_CLOEXEC);
	char text[512] = "", said[1024] = "", *save, *key, *value;
	ssize_t n = fd < 0 ? -1 : recv(fd, text, sizeof(text) - 1, 0);
	size_t used = 0;

	if (n > 0)
		text[n] = 0;
	for (key = strtok_r(text, " ", &save); key; key = strtok_r(NULL, " ", &save)) {
		value = strtok_r(NULL, " ", &save);
		if (value)
			used += (size_t)answer(c, said + used, sizeof(said) - used, key, value);
	}
	if (fd >= 0) {
		send(fd, said, strlen(said) + 1, MSG_NOSIGNAL);
		close(fd);
	}
}

static void open_end(struct end *e, const char *name)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = (int)if_nametoindex(name)};
	struct packet_mreq all = {.mr_ifindex = at.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
	int one = 1, buffer = BUFFER;

	e->name = name;
	e->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (e->fd < 0 || !at.sll_ifindex ||
	    setsockopt(e->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    setsockopt(e->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) ||
	    setsockopt(e->fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) ||
	    setsockopt(e->fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)) ||
	    bind(e->fd, (struct sockaddr *)&at, sizeof(at)) ||
	    setsockopt(e->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)))
		die(name);
	for (int i = 0; i < BATCH; i++) {
		e->in_iov[i] = (struct iovec){e->bytes[i], FRAME_MAX};
		e->in[i].msg_hdr = (struct msghdr){.msg_iov = &e->in_iov[i], .msg_iovlen = 1};
	}
}

static struct sockaddr_un socket_name(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	return name;
}

static int run(char **argv)
{
	static struct cable c = {.barred = -1};
	struct sockaddr_un name = socket_name(argv[2]);

	c.random = strtoull(argv[3], NULL, 10) * 0x9e3779b97f4a7c15ull + 1;
	c.heap = calloc(WAITING_MAX, sizeof(*c.heap));
	open_end(&c.ends[0], argv[0]);
	open_end(&c.ends[1], argv[1]);
	c.control = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	unlink(argv[2]);
	if (!c.heap || c.control < 0 || bind(c.control, (struct sockaddr *)&name, sizeof(name)) ||
	    listen(c.control, 8))
		die(argv[2]);
	/* A cable is not late because the machine is busy: copies that come too late are none. */
	sched_setscheduler(0, SCHED_RR, &(struct sched_param){.sched_priority = 1});
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	while (!stopped) {
		struct pollfd fds[] = {{.fd = c.ends[0].fd, .events = POLLIN},
				       {.fd = c.ends[1].fd, .events = POLLIN},
				       {.fd = c.control, .events = POLLIN}};
		struct timespec wait = {.tv_sec = 1};

		c.now = clock_ns();
		if (c.waiting) {
			uint64_t left = c.heap[0]->due > c.now ? c.heap[0]->due - c.now : 0;

			wait.tv_sec = (time_t)(left / (1000 * MS));
			wait.tv_nsec = (long)(left % (1000 * MS));
		}
		if (ppoll(fds, 3, &wait, NULL) < 0 && errno != EINTR)
			die("poll");
		c.now = clock_ns();
		release(&c);
		/* A test that has its answer must find the frames before it treated by the old rules. */
		for (int i = 0; i < 2; i++)
			if (fds[i].revents)
				take(&c, i);
		if (fds[2].revents)
			obey(&c);
	}
	unlink(argv[2]);
	return 0;
}

static int set(int argc, char **argv)
{
	struct sockaddr_un name = socket_name(argv[0]);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	char text[512] = "", said[1024] = "";

	for (int i = 1; i < argc; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", argv[i]);
	if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) ||
	    send(fd, text, strlen(text), 0) < 0 || recv(fd, said, sizeof(said) - 1, 0) <= 0)
		die(argv[0]);
	fputs(said, stdout);
	close(fd);
	return strncmp(said, "unknown", 7) ? 0 : 2;
}

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "run"))
		return run(argv + 2);
	if (argc >= 5 && argc % 2 && !strcmp(argv[1], "set"))
		return set(argc - 2, argv + 2);
	fprintf(stderr, "usage: impair run A B SOCKET SEED | impair set SOCKET KEY VALUE...\n");
	return 2;
}
