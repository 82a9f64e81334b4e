/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A name server as a routing table of its own reaches it. libevent's resolver makes its sockets
 * itself and lets nobody mark them (l2x/underlay.h); so it asks a socket of ours on the loopback
 * device, and what comes there goes on, as it is, by a socket with the mark, and the answer back.
 */
#ifndef L2X_MAIN_NAMES_RELAY_H
#define L2X_MAIN_NAMES_RELAY_H

#include <event2/event.h>
#include <stdint.h>
#include "base/list.h"
#include "base/log.h"

#define NAMES_QUESTIONS \
	8 /* that wait for this server's answer; one more makes the oldest give up */

struct names_relay;

/* One question: with a socket, so a port, of its own, and routed as things are at that moment. */
struct names_question {
	struct names_relay *relay;
	int fd; /* -1: none */
	struct event *answer;
	struct sockaddr_storage asker;
	socklen_t asker_len;
	uint8_t id[2]; /* RFC 1035 4.1.1 */
};

struct names_relay {
	struct list in_resolver;
	struct event_base *base;
	const struct logger *log;
	struct sockaddr_storage server;
	socklen_t server_len;
	uint32_t table;
	int fd;			     /* where the resolver asks */
	struct sockaddr_storage own; /* its address */
	socklen_t own_len;
	struct event *asked;
	struct names_question questions[NAMES_QUESTIONS];
	unsigned next;
};

/* NULL and errno */
struct names_relay *names_relay_new(struct event_base *base, const struct logger *log,
				    const struct sockaddr *server, socklen_t len, uint32_t table);
void names_relay_free(struct names_relay *r);

#endif
