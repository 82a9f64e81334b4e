/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A graph as PNG: l2x-png, which stands beside this program, makes it of the SVG (see ctl/png), a process for each, while the
 * HTTP client waits. There are few at a time, and none takes long.
 */
#ifndef L2X_MAIN_PICTURE_H
#define L2X_MAIN_PICTURE_H

#include "api/http.h"
#include "main/controller.h"

int pictures_open(struct controller *c); /* 0 or a negative errno */
void pictures_close(struct controller *c);

/* Answers the client, now or later; svg is taken over. */
void picture_answer(struct controller *c, struct http_client *client, char *svg);

#endif
