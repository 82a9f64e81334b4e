// SPDX-License-Identifier: GPL-2.0-only
/* Traffic beside changes, see traffic.h. No cmocka in here: this is not the test's own thread. */
#include "traffic.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "plane.h"

#define UNDER_WAY  32	  /* packets at most */
#define PATIENCE   10	  /* seconds without any that arrives */
#define HEADER_LEN 10	  /* L2TP and PPP */
#define INNER	   28	  /* IPv4 and UDP */
#define STABLE	   0x5678 /* the peer's id of the session that stays */

static void send_to(int fd, const char *to, uint16_t port, const void *data, size_t len)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, to, &sin.sin_addr);
	sendto(fd, data, len, 0, (struct sockaddr *)&sin, sizeof(sin));
}

static void send_some(struct traffic *t)
{
	uint8_t packet[128] = {0x00, 0x02, 0x00, 0x01, 0x00, 0x02, 0xff, 0x03, 0x00, 0x21};
	unsigned gone = atomic_load(&t->gone);
	size_t len = HEADER_LEN +
		     lab_udp4(packet + HEADER_LEN, "10.1.0.2", 5000, "10.2.0.2", 7777, "up", 2);

	send_to(t->lab->peer, "192.0.2.1", 1701, packet, len);
	send_to(t->lab->server, "10.1.0.2", 5000, "down", 4);
	t->sent += 2;
	send_to(t->lab->server, "10.3.0.1", 5000, &gone, sizeof(gone));
}

static void at_peer(struct traffic *t, const uint8_t *packet, size_t len)
{
	unsigned id = (unsigned)packet[4] << 8 | packet[5], gone;

	if (len == HEADER_LEN + INNER + 4 && !memcmp(packet + HEADER_LEN + INNER, "down", 4)) {
		t->arrived++;
		t->astray += id != STABLE;
	} else if (len == HEADER_LEN + INNER + sizeof(gone)) {
		memcpy(&gone, packet + HEADER_LEN + INNER, sizeof(gone));
		t->passing++;
		t->late += id <= gone;
	}
}

/* false: nothing came for a while. */
static bool receive_some(struct traffic *t)
{
	struct pollfd fds[] = {{.fd = t->lab->peer, .events = POLLIN},
			       {.fd = t->lab->server, .events = POLLIN}};
	uint8_t packet[256];
	ssize_t n;

	if (poll(fds, 2, 1) <= 0)
		return false;
	while ((n = recv(t->lab->peer, packet, sizeof(packet), 0)) > 0)
		at_peer(t, packet, (size_t)n);
	while (recv(t->lab->server, packet, sizeof(packet), 0) == 2)
		t->arrived++;
	return true;
}

static void receive_until(struct traffic *t, unsigned under_way)
{
	time_t since = now();

	while (t->sent - t->arrived - t->lost > under_way) {
		if (receive_some(t))
			since = now();
		else if (now() - since > PATIENCE)
			t->lost = t->sent - t->arrived;
	}
}

static void *run(void *arg)
{
	struct traffic *t = arg;

	while (!atomic_load(&t->stop)) {
		send_some(t);
		receive_until(t, UNDER_WAY);
	}
	receive_until(t, 0);
	return NULL;
}

void traffic_start(struct traffic *t, const struct lab *lab)
{
	*t = (struct traffic){.lab = lab};
	if (pthread_create(&t->thread, NULL, run, t))
		abort();
}

void traffic_stop(struct traffic *t)
{
	atomic_store(&t->stop, true);
	pthread_join(t->thread, NULL);
}
