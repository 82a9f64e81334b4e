/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A history, as the controller answers with it, drawn as SVG: of a line or tunnel round trip and loss, if there were echoes, throughput, without
 * echoes packets, and for a leg of a set how its copies fared; of a set what came once, twice and not at all. Light
 * or dark as the reader has it; needs nothing from elsewhere.
 */
#ifndef L2X_API_HISTORY_SVG_H
#define L2X_API_HISTORY_SVG_H

#include <jansson.h>
#include <stdint.h>

/* Of so many hours up to now, in seconds since 1970. To be freed; NULL: no memory. */
char *history_svg(const json_t *history, uint64_t now, unsigned hours);

#endif
