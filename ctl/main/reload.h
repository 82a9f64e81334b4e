/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another configuration, while the controller runs (docs/reload.md). It takes the old one's place at
 * once and as a whole, or not at all. What stays refers to the new one from then on; what has to end
 * goes on referring to the old one, which is freed when nothing does any more.
 */
#ifndef L2X_MAIN_RELOAD_H
#define L2X_MAIN_RELOAD_H

#include "main/controller.h"

/* What it came to. */
struct reload_counts {
	unsigned same, changed, ended; /* sessions */
};

/* An earlier configuration that something still goes by, in controller.configs. */
struct earlier {
	struct list in_controller;
	struct config *config;
};

void reload_init(struct controller *c);
/* What leaves is not waited for any more; and in the end. */
void reload_stop(struct controller *c);
void reload_free(struct controller *c);
void reload_on_signal(evutil_socket_t sig, short what, void *controller);
/* `l2x reload`: {"ok": true, "text": "..."}, or an error with all mistakes of the file. */
json_t *reload_answer(struct controller *c);

/* Inside. c->config is the new one in all of these. */

/* reload_entries.c */
void reload_sets(struct controller *c);
void reload_relays(struct controller *c, struct reload_counts *n);
void reload_outgoing(struct controller *c, struct reload_counts *n);
void reload_interfaces(struct controller *c, const struct config *old);
/* Tunnels that nothing of `listen` has an address for any more end, without much ceremony. */
void reload_listen(struct controller *c, struct reload_counts *n);

/*
 * reload_sessions.c: first what ends, and what those that stay give up; then, with the pools of the new
 * configuration, what they get.
 */
void reload_sessions_drop(struct controller *c, struct reload_counts *n);
void reload_sessions_change(struct controller *c);
/* Of this tunnel that end with it, as they are counted: of a relayed call, the caller's half. */
unsigned reload_sessions_in(const struct tunnel *t);
/* Tunnels that leave and have no calls any more end. True: some leave. */
bool reload_tunnels_leaving(struct controller *c);

#endif
