/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line's history, as the controller answers with it, drawn as SVG: round trip and loss above, throughput below. Light
 * or dark as the reader has it; needs nothing from elsewhere.
 */
#ifndef L2X_API_HISTORY_SVG_H
#define L2X_API_HISTORY_SVG_H

#include <jansson.h>
#include <stdint.h>

/* Of so many hours up to now, in seconds since 1970. To be freed; NULL: no memory. */
char *history_svg(const json_t *history, uint64_t now, unsigned hours);

#endif
