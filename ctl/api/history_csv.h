/* SPDX-License-Identifier: GPL-2.0-only */
/* A line's history, as the controller answers with it, as comma-separated values. */
#ifndef L2X_API_HISTORY_CSV_H
#define L2X_API_HISTORY_CSV_H

#include <jansson.h>

/* To be freed; NULL: no memory. */
char *history_csv(const json_t *history);

#endif
