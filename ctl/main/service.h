/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What systemd is told of the controller, by the datagrams of sd_notify(3): that it is ready, what it does, that it
 * ends, and that its loop still turns. Started by anything else, all of it does nothing.
 */
#ifndef L2X_MAIN_SERVICE_H
#define L2X_MAIN_SERVICE_H

#include "main/controller.h"

struct service;

/* 0 or a negative errno; *out is NULL when nobody wants to be told. */
int service_open(struct controller *c, struct service **out);
void service_ready(struct service *s);
/* Until service_ready(). */
void service_reloading(struct service *s);
void service_stopping(struct service *s);
void service_close(struct service *s); /* NULL is allowed, as above */

#endif
