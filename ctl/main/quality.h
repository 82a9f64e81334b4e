/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How sessions, sets and tunnels are: every ten seconds the echoes and counters of each session go into the history of its
 * line, and of its tunnel. A line's name is that of the configuration's entry, with the login behind it where peers
 * log in to us: "isp", "customers/alice@example.net"; for a leg of a set, with its place in that: "customers/alice#1". That of
 * a tunnel that a peer has opened is "customers/HOSTNAME". Of a relayed call each half has one: "customers/alice", or by his number
 * where no login was asked for, "customers/100200", and "customers/alice>far"; a tunnel to the far LNS is called after its entry, "far".
 */
#ifndef L2X_MAIN_QUALITY_H
#define L2X_MAIN_QUALITY_H

#include <jansson.h>
#include "history/history.h"
#include "main/controller.h"

struct call;
struct leg_set;

int quality_open(struct controller *c);	  /* and reads the file; 0 or a negative errno */
void quality_close(struct controller *c); /* and writes it */

/* Traffic may flow, of a relayed call through this half; it does not any more. */
void quality_start(struct call *call);
void quality_stop(struct call *call);
/* While it is up, it is no leg of its set any more, or one of another set, or of the same one anew. */
void quality_leave_set(struct call *call);
void quality_join_set(struct call *call);

/* The last sample, and the name of its line; NULL: there is no history. */
const struct history_sample *quality_last(const struct call *call, const char **line);

void quality_tunnel_stop(struct tunnel *t); /* its sessions are gone */
/* Under what name its history is found; NULL: there is none. */
const char *quality_tunnel_line(const struct tunnel *t);

/* A line begins, and ends. NULL: there is no room. */
struct history_entry *quality_line(struct controller *c, enum history_kind kind, const char *name);
void quality_line_end(struct controller *c, enum history_kind kind, struct history_entry *line);

/* quality_sets.c. Copies that came to a leg since `before`; false: it is no leg of an ha set. */
bool quality_leg_copies(const struct call *call, struct history_copies *before,
			struct history_copies *out);
void quality_set_start(struct leg_set *set);
void quality_set_look(struct leg_set *set, const struct dataplane_set_counters *now);
void quality_set_stop(struct leg_set *set); /* while the data path still has it */

/* quality_json.c. Of the session's last sample, or null. */
json_t *quality_json(const struct call *call);
/* What they are called in requests: line, set, tunnel. */
extern const char *const quality_kinds[HISTORY_KINDS];
/* Slots; NULL: none of this name. */
json_t *quality_history(const struct controller *c, enum history_kind kind, const char *name);

/* history_file.c */
void history_file_open(struct controller *c);
void history_file_close(struct controller *c);

#endif
