/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Captures (docs/capture.md): what clients of the control socket have asked to see of calls and tunnels. The data path tells
 * what passes in watched sessions; which calls these are, and which capture gets what, is known here. A capture sees
 * a call from when it is chosen until the call ends, under whatever name.
 *
 * A capture by user has to wait for a login. Until then, of each call of which the user is not known, what passes is kept.
 */
#ifndef L2X_MAIN_CAPTURE_H
#define L2X_MAIN_CAPTURE_H

#include "api/stream.h"
#include "main/call.h"

struct capture;
struct capture_backlog;
struct captures;

/* The command: JSON's answer, and the stream begun if it is good. */
json_t *capture_command(void *controller, const json_t *request, struct api_stream *stream);
void captures_close(struct controller *c);

/* The call is new, or goes by another name, is a leg of another set, or is another in the data path. */
void capture_call_changed(struct call *call);
/* It logs in; it may be refused yet. */
void capture_call_login(struct call *call, const char *user);
void capture_call_gone(struct call *call);
void capture_tunnel_added(const struct tunnel *t);

/* What dataplane_ops.captured tells. */
void capture_data(void *controller, const struct dataplane_captured *got);
/* A control message: before it is acted upon, and when it has been. */
void capture_control_received(struct controller *c, const struct udp_path *path, const uint8_t *msg,
			      size_t len);
void capture_control_done(struct controller *c);
void capture_control_sent(struct controller *c, const struct udp_path *path, const uint8_t *msg,
			  size_t len);

/* Between capture.c and capture_calls.c. */

#define CAPTURES_MAX 16
#define CAPTURE_SEEN 1024 /* numbers of sets' packets: of more than a burst */

enum capture_kind {
	CAPTURE_SESSION,
	CAPTURE_SET,
	CAPTURE_TUNNEL,
	CAPTURE_USER,	 /* a pattern, like the next */
	CAPTURE_CALLING, /* number */
	CAPTURE_KINDS,
};

struct capture {
	struct captures *all;
	unsigned index; /* its bit in call->captures */
	enum capture_kind kind;
	char *name;
	bool wrapper; /* else content */
	struct api_stream *stream;
	uint64_t missed;	/* by us; */
	uint64_t missed_before; /* by the data path, before we came */
	uint64_t told;		/* how many were missed, to the client */
	struct {
		uint64_t number;
		uint32_t set;
	} seen[CAPTURE_SEEN]; /* content of sets: of which packets a copy was sent */
};

struct captures {
	struct controller *c;
	struct capture *slot[CAPTURES_MAX];
	unsigned count;
	struct event *tick;
	uint64_t data_path_missed;
	size_t kept; /* bytes of all backlogs */
	/* A control message that is being acted upon; who has it already. */
	struct dataplane_captured current;
	uint32_t current_to;
};

/* capture.c: a data or control message, of this call if it is one's */
void capture_give(struct capture *cp, const struct call *call,
		  const struct dataplane_captured *got);

/* capture_calls.c */
bool capture_exists(const struct controller *c, enum capture_kind kind, const char *name);
bool capture_takes_tunnel(const struct capture *cp, const struct tunnel *t);
/* The capture has begun; is about to end. */
void capture_calls_begin(struct capture *cp);
void capture_calls_end(struct capture *cp);
/* Keeps it, if the call's user is not known, and one might be asked for. */
void capture_keep(struct captures *all, struct call *call, const struct dataplane_captured *got);

#endif
