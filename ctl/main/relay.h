/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * L2TP tunnel switching (docs/relay.md). A struct relay is an entry of `relays`: it dials a tunnel to the
 * first server that answers when a call needs one, and closes it when no call has been in it for a
 * while. A struct relayed is one call with its two halves, the session that the LAC made and the one
 * that goes on: each a struct call, that end together.
 */
#ifndef L2X_MAIN_RELAY_H
#define L2X_MAIN_RELAY_H

#include "main/controller.h"

struct call;
struct relayed;

struct relay {
	struct list in_controller;
	struct controller *c;
	const struct config_relay *config;
	struct logger log;
	struct dialer dialer;
	bool dialling;	       /* a server is being looked for, or asked */
	struct tunnel *tunnel; /* asked, or up */
	struct list waiting;   /* struct relayed, for the tunnel */
	struct timer next;     /* attempt */
	struct timer idle;
	unsigned users; /* struct relayed */
	bool leaving;	/* by a changed configuration */
};

/* relay.c */
int relays_start(struct controller *c); /* 0 or -ENOMEM */
void relays_stop(struct controller *c); /* no further attempts */
void relays_free(struct controller *c);
/*
 * As of outgoing connections, see controller.h; but one that is to begin anew leaves, and another takes
 * its place.
 */
int relay_start(struct controller *c, const struct config_relay *config);
void relay_take(struct relay *r, const struct config_relay *config);
void relay_leave(struct relay *r, const char *reason);
void relay_free(struct relay *r);
const char *relay_server(const struct relay *r);
/* A tunnel for a call: it goes into the list of those that wait, or is dialled at once. */
void relay_want(struct relay *r, struct relayed *d);
void relay_tunnel_up(struct relay *r);
void relay_tunnel_down(struct relay *r, const struct l2tp_end *why);
/* No call is left in its tunnel, perhaps. */
void relay_call_gone(struct relay *r);

/* relayed.c */
/*
 * The call, whose grant says where to, goes on to another LNS: now, when it needed no PPP, or after a
 * login that nobody has answered, from within authorise() too. NULL, or why not: the caller then ends
 * the call.
 */
const char *relayed_begin(struct call *call);
const char *relayed_login(struct call *call, const struct ppp_login *login);
/* The tunnel for it is up. */
void relayed_dial(struct relayed *d, struct tunnel *t);
/* There is none to be had. */
void relayed_refuse(struct relayed *d, const char *why);
/* The half that goes on is up. */
void relayed_up(struct call *half);
/* A half has ended, and the other one ends with it. Before call_free(). */
void relayed_down(struct call *half, const struct l2tp_end *why);
/* A PPP frame of the caller that comes before all is up. */
void relayed_keep(struct call *half, const uint8_t *frame, size_t len);
void relayed_notice(struct call *half, enum l2tp_notice notice);
/* The other half, or NULL; of which entry it is. */
const struct call *relayed_other(const struct call *half);
const struct config_relay *relayed_to(const struct call *half);

/* In the list of a relay. */
struct relayed *relayed_of(struct list *waiting);

#endif
