/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two L2TP ends in one process under one virtual clock, joined by a link that loses, duplicates,
 * delays and reorders as a seed has it. Each side answers requests as `policy` says and writes down
 * what it is told.
 */
#ifndef L2X_TESTS_L2TP_PAIR_H
#define L2X_TESTS_L2TP_PAIR_H

#include "l2tp/l2tp.h"

enum pair_policy {
	PAIR_ACCEPT,
	PAIR_REFUSE,
	PAIR_HOLD, /* the test answers, with side->held_tunnel or ->held_session */
};

struct pair;

#define TAPE_MAX 256

/* Messages in the order of sending, without ZLBs. The last TAPE_MAX are kept. */
struct tape {
	unsigned count, zlbs;
	struct {
		uint16_t type, ns, nr;
		struct udp_path path;
		size_t len;
		uint8_t bytes[1500];
	} msg[TAPE_MAX];
};

struct side {
	struct pair *pair;
	struct l2tp *l2tp;
	struct udp_path path;	   /* from here to the other side */
	struct l2tp_params params; /* for what it accepts */
	enum pair_policy tunnel_policy, session_policy;

	struct l2tp_tunnel
		*tunnel; /* the last that was requested or came up; NULL again when it is down */
	struct l2tp_session *session;
	struct l2tp_tunnel *held_tunnel;
	struct l2tp_session *held_session;
	unsigned tunnels_dialled, sessions_dialled;
	unsigned tunnel_requests, tunnels_up, tunnels_down;
	unsigned session_requests, sessions_up, sessions_down;
	struct l2tp_peer_info peer;  /* of the last request */
	struct l2tp_call_info call;  /* of the last session that came up */
	struct l2tp_call_info asked; /* of the last session that was requested */
	struct l2tp_proxy proxy;     /* of the last session that came up with one */
	bool had_proxy;
	unsigned notices;			 /* WEN and SLI */
	struct l2tp_call_info noticed;		 /* at the last of them */
	struct l2tp_end tunnel_end, session_end; /* the last ones */
	uint16_t port;	    /* its messages come from this one; 0: as the path says */
	bool mute;	    /* what it sends is lost */
	struct tape *tape;  /* what it sends is written down here; NULL: not */
	bool dead;	    /* receives and sends nothing */
	unsigned sent;	    /* messages, ZLBs too */
	uint64_t last_sent; /* ms */
	/* Called for each message that it sends; false: it is lost. NULL: none is. */
	bool (*filter)(struct side *s, const uint8_t *msg, size_t len);
	/* Called at the end of each callback of the protocol, NULL: nothing. */
	void (*after)(struct side *s, const char *event);
};

struct pair {
	struct timers timers;
	struct side side[2];
	uint64_t random;
	unsigned loss, duplicates; /* per cent */
	unsigned jitter;	   /* ms, on top of 1 ms */
	struct log_sink sink;
	struct logger log;
	char *text; /* all that was logged, with newlines */
	size_t text_len, text_room;
	struct packet *packets; /* under way */
};

void pair_init(struct pair *p, uint64_t seed);
/* Silent about what is still open: nothing is sent, nothing is told. */
void pair_free(struct pair *p);

/* Begin a side anew, with limits; before anything has happened. */
void pair_limit(struct side *s, struct l2tp_limits limits);

/* Let this many ms pass. */
void pair_run(struct pair *p, uint64_t ms);
/* Until *counter is at least n; false: not within ms. */
bool pair_until(struct pair *p, const unsigned *counter, unsigned n, uint64_t ms);

/* Give a side bytes as if the other had sent them. */
void pair_inject(struct side *to, const uint8_t *msg, size_t len);

struct l2tp_tunnel *pair_dial(struct side *from, const struct l2tp_params *params);
struct l2tp_session *pair_call(struct side *from, struct l2tp_tunnel *t);
/* A tunnel from side 0 to side 1, established at both; its session too, when asked for. */
void pair_connect(struct pair *p, bool session);

#endif
