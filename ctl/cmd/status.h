/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of `l2x status`. Whatever is missing in the answer reads as "" or 0. */
#ifndef L2X_CMD_STATUS_H
#define L2X_CMD_STATUS_H

#include <jansson.h>
#include <stdint.h>
#include "cmd/text_table.h"

const char *status_string(const json_t *o, const char *key);
uint64_t status_number(const json_t *o, const char *key);
/* The L2TP state as long as that is what one waits for, then PPP's phase. */
const char *status_session_state(const json_t *session);

/* status_sets.c */
#define STATUS_SETS_HEADING "SET,LEG,STATE,LOSS NOW,LOSS,FIRST,DUPLICATE,LATE,BEHIND"
void print_sets(const json_t *status);
/* A set, and below it its legs. */
void status_set_rows(struct text_table *t, const json_t *set);

#endif
