/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the log has of tunnels and calls: whom a line is about, and from which level on there are lines. The level is
 * what `l2x log` has wished last of what fits; else the rule's that a session got, the entry's, the program's. A
 * wish stays, so it may be said before the call comes.
 */
#ifndef L2X_MAIN_LOG_H
#define L2X_MAIN_LOG_H

#include "main/call.h"
#include "main/relay.h"

void log_open(struct controller *c);
void log_close(struct controller *c);

/* Once it is known who it is, and again when that is known better. */
void log_tunnel(struct tunnel *t);
/* login: as whom it wants to log in; NULL: as is known. */
void log_call(struct call *call, const char *login);
void log_outgoing(struct outgoing *o);
void log_relay(struct relay *r);

/* Of all that there is: the configuration is another one. */
void log_apply(struct controller *c);

/* The command `log`. */
json_t *log_command(struct controller *c, const json_t *request);

#endif
