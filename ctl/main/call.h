/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call (RFC 2661's word): one L2TP session and the PPP link on it, from the moment that the
 * session is asked for until both are gone, with everything that they put into the kernel and the
 * data path. It is the `user` of the struct l2tp_session and the `owner` of the struct ppp.
 */
#ifndef L2X_MAIN_CALL_H
#define L2X_MAIN_CALL_H

#include "main/controller.h"
#include "main/netdev.h"

struct capture_backlog;
struct login;
struct leg_set;
struct relayed;

#define CALL_LINE_SPEED 1000000000 /* bit/s of the line that a LAC without a line says it has */
struct quality;

/* What carries payload once a network protocol is open; all of it is undone in reverse. */
struct installed {
	bool up;
	struct ip_prefix local; /* on the netdev; len 0: none */
	struct ip_prefix *routes;
	size_t routes_count;
	bool halves;	  /* the default route is two, see payload_route.h */
	unsigned pending; /* routes of which the kernel has not spoken yet */
	int error;	  /* what it said of the first that it refused */
};

struct call {
	struct list in_tunnel;
	struct tunnel *t;
	struct l2tp_session *l2tp;
	struct ppp *ppp; /* NULL until the session is up, and when it is relayed */
	struct logger log;
	struct netdev *netdev; /* NULL until the session is up, and in one that needed no PPP */
	struct l2x_session_key key;
	struct relayed *relayed;	  /* NULL: it ends here */
	struct l2x_session_key relay_key; /* with L2X_SESSION_RELAY: the other half */
	uint32_t flags;
	uint16_t mtu, mtu_wanted; /* what is used, and what it would be if the peer took any size */
	const struct config_session *grant; /* incoming: the rule that matched, see admission.h */
	struct login *login;		    /* with grant, unless it is relayed */
	struct list in_login;
	struct ip_addr remote_ppp_ip; /* that the grant gives */
	struct timer timeout;
	uint64_t granted; /* ms */
	uint32_t metric;  /* of its kernel routes */
	bool proxied;	  /* the LAC passed on a login */
	bool logged_in;	  /* incoming: the grant is by a login, be it of nobody */
	char *user;	  /* incoming: who logged in, also while the link ends */
	struct installed ipv4, ipv6;
	struct ppp_ipv4 ipv4_addresses;
	struct ppp_ipv6 ipv6_addresses;
	struct ipv6_link *link;	   /* NULL: IPv6 is not up */
	struct prefixes *prefixes; /* outgoing, as long as there is a link */
	struct leg_set *set;	   /* that it is a leg of; NULL: none */
	struct list in_set;
	unsigned leg_place;	 /* in the set; the lowest that was free */
	uint64_t missing_told;	 /* to /metrics */
	struct timer doubt;	 /* set.c: until it must have shown that it lives, */
	uint64_t doubted;	 /* asked then, ms */
	uint64_t since;		 /* ms, first network protocol open; 0: not yet */
	struct timer give_up;	 /* on the protocols that could not be installed */
	struct quality *quality; /* from then on; NULL: not watched */
	bool give_up_ipv4, give_up_ipv6;
	uint32_t captures;		 /* that see it, a bit each */
	struct capture_backlog *backlog; /* NULL: its user is known, or nobody asks for one */
	bool watched;			 /* by the data path, for these */
	bool login_seen;		 /* it has logged in, or tried to */
	bool closing;
	bool refused;	  /* said in the log */
	bool dead;	  /* the peer fell silent */
	char *last_words; /* why it ends, if PPP said so first; or NULL */
};

/* NULL: no memory. The session is bound to it by the caller's l2tp_session_dial() or _accept(). */
struct call *call_new(struct tunnel *t, const char *name);
/* What this family needs turned out not to be had: it is closed, but not within this call. */
void call_give_up(struct call *call, int family);
/* By our ids. NULL: there is none, or it is just going. */
struct call *call_by_key(const struct controller *c, struct l2x_session_key key);
/* Who logs in, or has. NULL: nobody, or not known yet. */
const char *call_user(const struct call *call);
/* One that came to nothing: no session knows it. */
void call_free(struct call *call);
/* call_ppp.c: its link, which may end within. 0 or -ENOMEM. */
int call_open_ppp(struct call *call);
/* Why the link ended, for the log and the status. */
void call_note_end(struct call *call, const struct ppp_end *why);
void call_set_last_words(struct call *call, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* ops->session_up: start PPP. */
void call_up(struct call *call);
/* ops->session_down: undo everything and free. */
void call_down(struct call *call, const struct l2tp_end *why);
/* An orderly end from our side: PPP first, then CDN. */
void call_close(struct call *call, const char *reason);
/* Another path MTU: the session's too, unless the configuration says it. */
void call_path_changed(struct call *call);
/* The peer numbers its packets, or does not any more. */
void call_numbering(struct call *call, bool numbered);
/* Another one is in its place: it carries nothing any more, and ends. */
void call_replace(struct call *call, const char *reason);
/* What carries traffic goes, and what was granted; the session has still to end. */
void call_release(struct call *call);
/* It has a grant from now on: the time that it may take begins, or is another one. */
void call_granted(struct call *call);
void call_limit_time(struct call *call);
/* What the configuration says of all sessions of the tunnel: a part of L2X_SESSION_*. */
#define CALL_SETTINGS \
	(L2X_SESSION_MSS_FIX | L2X_SESSION_ANY_SOURCE | L2X_SESSION_ANY_PEER | L2X_SESSION_DF)
uint32_t call_settings(const struct tunnel *t);
/* The payload's MTU if the peer takes any size. */
uint16_t call_wanted_mtu(const struct call *call);
/* Another configuration, by which it stays: what it gives no more goes, of all calls; then the rest. */
void call_change_drop(struct call *call);
void call_change(struct call *call);
/* A PPP frame from the data path. */
void call_input(struct call *call, const uint8_t *frame, size_t len);

#endif
