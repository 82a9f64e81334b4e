/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The controller: what `l2x run` is. It owns the event loop, the clock, the sockets (through the
 * data path) and the configuration, and ties the pure layers together:
 *
 *   controller.c  start, stop, the loop; hands control messages to l2tp/ and PPP frames to calls
 *   outgoing.c    one configured outgoing connection: dial, keep, retry for ever
 *   relay.c       tunnels to the LNSs that calls are relayed to
 *   relayed.c     a call that is relayed, with both its halves
 *   dialer.c      servers in turn for both of these: resolve, choose an address
 *   names.c       the resolvers that it asks
 *   names_relay.c a name server by a table of its own
 *   incoming.c    tunnels that peers open to us, matched against the configuration
 *   admission.c   the login's rule, and what it takes of logins and pools
 *   call.c        one L2TP session, its PPP link, and what both put into kernel and data path
 *   call_ppp.c    what its PPP link tells
 *   call_change.c  what changes in it with the configuration
 *   install.c     what that is, and its removal
 *   payload_route.c  one route, in kernel and data path
 *   set.c         calls that carry the same traffic
 *   set_watch.c   how their legs do, and what the log is told of it
 *   prefixes.c    IPv6 prefixes in a call: advertised, delegated, asked for
 *   underlay.c    the way to the peer: its table, and what it lets through
 *   way.c         and that no tunnel is sent into itself
 *   netdev.c      TUN netdevs that calls share, with their rule and local addresses
 *   links.c       interfaces of the configuration that come and go
 *   script.c      what runs when a session comes up and goes down
 *   commands.c    what arrives on the control socket
 *   log.c         whom lines of the log are about, and levels for some of them
 *   capture.c     captures for clients of the control socket, with capture_calls.c
 *   shutdown.c    the orderly end
 *   reload.c      another configuration, while it runs; with reload_entries.c, reload_sessions.c
 *   status.c      the answer to `l2x status`, with status_sets.c
 *   quality.c     samples of how each session is, into the history of its line
 *   child.c, picture.c  programs that are started; the one that draws graphs
 *   quality_sets.c  the same of sets and their legs
 *   quality_json.c  that history, as it is asked for
 *   history_file.c  that history over an end of the program
 *   web.c         what the HTTP port serves
 *   service.c     what systemd is told
 *   privileges.c  the least that is needed after start
 */
#ifndef L2X_MAIN_CONTROLLER_H
#define L2X_MAIN_CONTROLLER_H

#include <event2/event.h>
#include <jansson.h>
#include <stdint.h>
#include "api/api.h"
#include "base/gate.h"
#include "base/list.h"
#include "base/log.h"
#include "base/log_journal.h"
#include "base/timer.h"
#include "dataplane/dataplane.h"
#include "ipv6/ipv6.h"
#include "l2tp/l2tp.h"
#include "main/dialer.h"
#include "net/net.h"
#include "policy/config.h"
#include "ppp/ppp.h"

struct evdns_base;
struct admission;
struct call;
struct captures;
struct history;
struct history_file;
struct pictures;
struct http_server;
struct net_watch;
struct relay;
struct scripts;
struct service;

/* SCCRQs that no entry of the configuration wants: what is said of them in the log. */
struct refusals {
	struct gate by_source, all;
	uint64_t unsaid; /* since the last line */
};

struct controller {
	struct config *config;
	const char *config_path; /* its file */
	struct list configs;	 /* earlier ones that something still refers to, see reload.c */
	struct timer tidy;	 /* what leaves by a changed configuration: gone yet? */
	struct logger log;
	struct log_journal journal;
	struct list log_wishes; /* of log.c */
	unsigned log_wishes_count;
	struct event_base *base;
	struct list resolvers; /* of names.c */
	struct event *timer_event, *turn_end, *sigterm, *sigint, *sighup;
	uint64_t armed_for; /* ms: timer_event; 0: not armed */
	struct timers timers;
	struct l2tp *l2tp;
	struct net *net;
	struct dataplane *dp;
	struct net_watch *watch;
	struct event *watch_event;
	struct api_server *api;
	struct scripts *scripts;
	struct service *service; /* NULL: nobody wants to be told */
	struct list outgoing;	 /* struct outgoing */
	struct list relays;	 /* struct relay */
	struct list outgoing_leaving, relays_leaving;
	uint8_t relay_id[L2TP_RELAY_ID_LEN]; /* ours, in the trail of calls */
	struct list tunnels;		     /* struct tunnel */
	struct list netdevs;		     /* struct netdev */
	struct list ways;		     /* struct way, of way.c */
	struct timer ways_check;	     /* some way may be another: soon */
	struct list sets;		     /* struct leg_set, of set.c */
	struct timer set_watch;
	uint32_t calls; /* of all tunnels, those too that are being set up */
	struct http_server *http;
	struct captures *captures; /* NULL: there is no capture */
	struct history *history;   /* HISTORY_KINDS of them */
	struct history_file *history_file;
	struct pictures *pictures;
	struct admission *admission;
	struct refusals refusals;
	uint64_t started;	/* ms, as timers.now */
	struct dhcp6_duid duid; /* ours */
	bool stopping;
	struct timer stop_deadline;
	struct timer stop_check;
};

/*
 * Every entry from the event loop stands between these two: the first sets the time and fires what
 * is due, the second sees to it that controller_flush() is called once the loop has nothing else to
 * do at once, and the loop's timer armed for what is next.
 */
void controller_enter(struct controller *c);
void controller_leave(struct controller *c);
/* What was put off until there is more of it: routes for the kernel, messages. */
void controller_flush(struct controller *c);

/*
 * Runs until SIGTERM or SIGINT has been served. 0 or a negative errno; says why in the log. Takes the
 * configuration over, which was read from this file, and is read from there again on SIGHUP.
 */
int controller_run(struct config *config, const char *path);

/* The configuration's `limits`, from now on. */
void controller_take_limits(struct controller *c);

/* Something ended while stopping: go on to the next step of the orderly end, when its time has
 * come. */
void controller_progress(struct controller *c);

void controller_random(void *owner, void *buf, size_t len);

/*
 * A tunnel as the daemon sees it, in either role: exactly one of `outgoing`, `relay` and `incoming` is set.
 * It is the `user` of the struct l2tp_tunnel.
 */
struct tunnel {
	struct list in_controller;
	struct controller *c;
	struct l2tp_tunnel *l2tp;
	struct outgoing *outgoing;
	struct relay *relay;
	const struct config_incoming *incoming;
	struct use *use; /* incoming: its entry's, see admission.h */
	struct logger log;
	struct list calls; /* struct call */
	bool leaving;	   /* by a changed configuration: no more calls, and ended with the last */
	uint64_t since;	   /* ms; established, 0: not yet */
	uint32_t
		path_mtu; /* outer IP packets that reach the peer in one piece; 0: not looked yet */
	struct timer path_look;		/* again */
	struct udp_path heard;		/* see dataplane_hear(); no family: not */
	struct way *way;		/* fixed, see way_hold(); NULL: not */
	struct tunnel_quality *quality; /* with the first session; NULL: not watched */
};

struct tunnel *tunnel_add(struct controller *c, const char *name);
/* Out of the lists and freed; its calls must be gone. */
void tunnel_remove(struct tunnel *t);
void tunnel_retransmission(struct l2tp_params *params, const struct config_retransmit *r);

/* outgoing.c */
struct outgoing {
	struct list in_controller;
	struct controller *c;
	const struct config_outgoing *config;
	const struct config_outgoing
		*next; /* of a changed configuration, when its tunnel is down; or NULL */
	struct logger log;
	struct dialer dialer;
	struct tunnel *tunnel;
	struct timer retry, hangup;
	bool was_up;	  /* traffic has flowed in this tunnel */
	bool dead;	  /* it ended because the peer fell silent */
	uint32_t backoff; /* ms, of the next wait */
	bool held;	  /* down by command: no attempt until it is up by command */
	bool at_once;	  /* restarted by command: no wait after the end of the tunnel */
	char last_end[160];
};

int outgoing_start_all(struct controller *c); /* 0 or -ENOMEM */
int outgoing_start(struct controller *c, const struct config_outgoing *config);
void outgoing_stop_all(struct controller *c); /* no further attempts; tunnels that are up stay */
void outgoing_free_all(struct controller *c);
void outgoing_tunnel_up(struct outgoing *o);
void outgoing_call_up(struct outgoing *o); /* traffic may flow */
/* Before the tunnel goes too. dead: the peer fell silent. */
void outgoing_call_down(struct outgoing *o, const char *why, bool dead);
void outgoing_tunnel_down(struct outgoing *o, const struct l2tp_end *why);
struct outgoing *outgoing_find(struct controller *c, const char *name); /* NULL: there is none */
/* By command. What is so already stays as it is. */
void outgoing_up(struct outgoing *o);
void outgoing_down(struct outgoing *o);
void outgoing_restart(struct outgoing *o);

/*
 * The configuration has changed. The entry is another one: its tunnel, if there is one, ends before it
 * is dialled by that; or its tunnel stays, and what it says of the control channel is heeded. Gone:
 * it is in the list of those that leave until its tunnel is down; or it is back before that.
 */
void outgoing_begin_anew(struct outgoing *o, const struct config_outgoing *config);
void outgoing_take(struct outgoing *o, const struct config_outgoing *config);
void outgoing_leave(struct outgoing *o);
void outgoing_return(struct outgoing *o, const struct config_outgoing *config);
void outgoing_free(struct outgoing *o);
/* The one that is connected, as its list names it; NULL: none is. */
const char *outgoing_server(const struct outgoing *o);

/* names.c */
/* Asks by this table, 0: as this host asks. NULL: no memory. */
struct evdns_base *names_dns(struct controller *c, uint32_t table);
void names_close(struct controller *c);

/* incoming.c */
void incoming_init(struct controller *c);
void incoming_free(struct controller *c);
void incoming_tunnel_request(struct controller *c, struct l2tp_tunnel *l,
			     const struct l2tp_peer_info *peer);
void incoming_session_request(struct tunnel *t, struct l2tp_session *s);
/* Its entry of a changed configuration. */
void incoming_take(struct tunnel *t, const struct config_incoming *in);

/* tunnel.c */
extern const struct l2tp_ops tunnel_l2tp_ops; /* owner: struct controller */

/* underlay.c */
/* Has this host this address, besides on one netdev (may be NULL)? */
bool has_address(const struct ip_addr *a, const char *besides);
int underlay_open(struct controller *c); /* 0 or a negative errno, said in the log */
void underlay_close(struct controller *c);
/*
 * The tables of this configuration too, which is to take the present one's place: 0 or a negative
 * errno. And those of one that is in no list any more, unless the present one or an earlier one has them.
 */
int underlay_follow_config(struct controller *c, const struct config *config);
void underlay_forget(struct controller *c, const struct config *config);
/* Rules may be gone. */
void underlay_repair(struct controller *c);
/* The path MTU, looked at from now on, until underlay_leave(). */
void underlay_follow(struct tunnel *t);
void underlay_leave(struct tunnel *t);
/* The largest inner packet that reaches the peer in one piece. */
uint16_t underlay_payload_mtu(const struct call *call);

/* way.c */
/*
 * A route down the tunnel leads to the tunnel's own peer too: keep the peer on the way that the table
 * has for it otherwise, also when that changes, until way_release(). 0 or a negative errno, said in
 * the log.
 */
int way_hold(struct tunnel *t);
/*
 * The same for a server that this tunnel is to dial, when the kernel's way to it leads into the tunnel's own netdev:
 * other legs of its set are up, and their routes hold the server.
 */
int way_hold_server(struct tunnel *t, const struct ip_addr *server, uint32_t table);
void way_release(struct tunnel *t);
/* Before the first look for the way to this server. */
void way_forget(struct controller *c, const struct ip_addr *server, uint32_t table);
/* What net/watch.h tells. */
void way_route_changed(void *controller, const struct ip_prefix *prefix, uint32_t table);
void way_routes_changed(void *controller);
void way_init(struct controller *c);

/* links.c: attach the data path to the interfaces of the configuration, whenever they are there */
int links_open(struct controller *c); /* 0 or a negative errno, said in the log */
void links_close(struct controller *c);
/* Attach to the configuration's interfaces; old: what was there before, NULL: nothing. 0 or a negative errno, said in the log. */
int links_expect(struct controller *c, const struct config *old);
/* One more, by command. */
int links_attach(struct controller *c, const char *ifname, enum config_forward forward);

/* shutdown.c */
void shutdown_init(struct controller *c);
void shutdown_on_signal(evutil_socket_t sig, short what, void *controller);
/* What is left of calls after a time-out or a failed start: taken out of the kernel, the peer is
 * not told. */
void shutdown_drop_calls(struct controller *c);

/* commands.c */
json_t *commands_answer(void *controller, const char *command, const json_t *request);

/* status.c */
json_t *status_answer(struct controller *c);
/* A peer's bytes need not be UTF-8, which is all that JSON can carry. */
json_t *status_text(const char *text);

/* privileges.c */
/* Pins that an instance as the configured user has left are root's again, who is to look into them. */
void privileges_take_back(const struct config *config);
/* Keep only the capabilities that the controller uses, and become the configured
 * user. */
int privileges_drop(const struct config *config, const struct logger *log);

/* An end in words, for logs and status; returns buf. */
const char *l2tp_end_text(const struct l2tp_end *e, char *buf, size_t room);

#endif
