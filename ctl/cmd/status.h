/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of `l2x status`. Whatever is missing in the answer reads as "" or 0. */
#ifndef L2X_CMD_STATUS_H
#define L2X_CMD_STATUS_H

#include <jansson.h>
#include <stdint.h>
#include "cmd/text_table.h"

const char *status_string(const json_t *o, const char *key);
uint64_t status_number(const json_t *o, const char *key);

/* status_sets.c */
void print_sets(const json_t *status);

#endif
