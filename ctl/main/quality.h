/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How sessions are: every ten seconds the echoes and counters of each go into the history of its
 * line. A line's name is that of the configuration's entry, with the login behind it where peers
 * log in to us: "isp", "customers/alice@example.net".
 */
#ifndef L2X_MAIN_QUALITY_H
#define L2X_MAIN_QUALITY_H

#include <jansson.h>
#include "history/history.h"
#include "main/controller.h"

int quality_open(struct controller *c);	  /* and reads the file; 0 or a negative errno */
void quality_close(struct controller *c); /* and writes it */

/* Traffic may flow; it does not any more. */
void quality_start(struct call *call);
void quality_stop(struct call *call);

/* Of the session's last sample, or null. */
json_t *quality_json(const struct call *call);
/* A line's slots; NULL: none of this name. */
json_t *quality_history(const struct controller *c, const char *name);
/* The columns of a slot's row in it. */
extern const char *const quality_columns[];

/* history_file.c */
void history_file_open(struct controller *c);
void history_file_close(struct controller *c);

#endif
