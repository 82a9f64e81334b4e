/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of this layer share: engine.c (tables), input.c (demultiplexing, limits), tie.c,
 * tunnel.c and tunnel_input.c (RFC 2661 7.2), session.c and session_input.c (RFC 2661 7.4 and 7.5), call_info.c (what
 * messages say of a call) and messages.c (what we send).
 *
 * Lifetimes: a tunnel's memory is freed by its linger timer only, never below a call of the owner
 * or of l2tp_input(), so code of this layer may touch a tunnel after a callback, once it has looked
 * at its state. A session's memory goes with session_end(): after any callback about a session it
 * is not touched again.
 */
#ifndef L2X_L2TP_INTERNAL_H
#define L2X_L2TP_INTERNAL_H

#include <sys/queue.h>
#include "base/gate.h"
#include "base/hash.h"
#include "l2tp/channel.h"
#include "l2tp/idmap.h"
#include "l2tp/l2tp.h"
#include "wire/l2tp_message.h"

#define L2TP_CHALLENGE_LEN 16
#define L2TP_TIE_LEN	   8
/*
 * ms without progress after which a tunnel or a session that is being set up is given up; so is one
 * that its owner has not decided on
 */
#define L2TP_SETUP_LIMIT 60000
/* ms after which a session that waits for the peer is given up whatever else the tunnel does */
#define L2TP_SETUP_LONGEST 3600000

/* RFC 2661 7.2, and two parts of its "idle": before the owner has answered, and after the end. */
enum tunnel_state {
	TUNNEL_WAIT_POLICY,
	TUNNEL_WAIT_CTL_REPLY,
	TUNNEL_WAIT_CTL_CONN,
	TUNNEL_ESTABLISHED,
	TUNNEL_STOPPED, /* only answers retransmissions, see RFC 2661 5.8 */
	TUNNEL_STATES,
};

/*
 * RFC 2661 7.4 (incoming calls) and 7.5 (outgoing calls), LAC and LNS together; wait-policy is the
 * "idle" of the one that is asked, before its owner has answered.
 */
enum session_state {
	SESSION_WAIT_TUNNEL,
	SESSION_WAIT_REPLY,	  /* ICRQ sent */
	SESSION_WAIT_POLICY,	  /* ICRQ or OCRQ received */
	SESSION_WAIT_CONNECT,	  /* ICRP sent */
	SESSION_OUT_WAIT_REPLY,	  /* OCRQ sent */
	SESSION_OUT_WAIT_CONNECT, /* OCRP received */
	SESSION_WAIT_CS_ANSWER,	  /* OCRP sent */
	SESSION_ESTABLISHED,
	SESSION_ENDED, /* in its session_down() */
	SESSION_STATES,
};

/* What must be remembered of a tunnel. Plain data: no pointers, no timers, no secrets. */
struct l2tp_tunnel_state {
	uint16_t id, peer_id; /* peer_id 0: not known yet */
	enum tunnel_state state;
	bool dialled;
	struct udp_path path;
	struct l2tp_channel_state channel;
	struct l2tp_peer_info peer;
};

/* What must be remembered of a session. Plain data too. */
struct l2tp_session_state {
	uint16_t id, peer_id; /* peer_id 0: not known yet */
	enum session_state state;
	struct l2tp_call_info call;
};

struct l2tp_session {
	struct l2tp_session_state st;
	struct l2tp_tunnel *tunnel;
	const struct logger *log;
	void *user;
	bool told;		  /* the owner knows of it */
	bool held;		  /* established, and the owner is to hear that later */
	uint16_t announced_by;	  /* Ns of our ICCN or OCCN */
	struct l2tp_proxy *proxy; /* to be told in ICCN, or NULL */
	struct timer setup;
	uint64_t asked; /* ms: since then it waits for the peer's next message */
	struct idnode by_id;
	TAILQ_ENTRY(l2tp_session) entry, held_entry;
};

TAILQ_HEAD(session_list, l2tp_session);
TAILQ_HEAD(tunnel_list, l2tp_tunnel);

struct l2tp_tunnel {
	struct l2tp_tunnel_state st;
	struct l2tp *l2tp;
	struct l2tp_params params;
	const struct logger *log;
	void *user;
	bool told; /* the owner knows of it */

	struct channel channel;
	uint8_t challenge[L2TP_CHALLENGE_LEN]; /* ours, when challenge_sent */
	bool challenge_sent;
	bool requested;		   /* by_request is in its map */
	bool asked;		   /* the peer asked for it: the limits count it */
	bool was_up;		   /* it was established once */
	uint32_t request_hash;	   /* of the SCCRQ's AVPs: is another one a repetition of it? */
	uint8_t tie[L2TP_TIE_LEN]; /* the Tie Breaker that we sent, or that the SCCRQ held */
	bool has_tie;
	uint32_t beaten; /* request_key() of the SCCRQ that lost the tie against ours */
	bool has_beaten;
	bool noted_ignored; /* an AVP that was malformed and not mandatory is in the log */
	uint8_t *request;   /* the SCCRQ, until the owner has answered: its hidden AVPs need the
			     secret */
	size_t request_len;

	uint64_t heard;	     /* ms: the last message of the peer, data too */
	uint64_t up_since;   /* ms: established */
	uint64_t hello_sent; /* ms: the last HELLO */
	uint64_t progress;   /* ms: the last control message that was no repetition */
	struct timer alive;  /* HELLO when established, the limit of L2TP_SETUP_LIMIT before */
	struct timer linger; /* frees a stopped tunnel; ends one that failed in a call that may not
				end it */
	struct l2tp_end failure;
	bool lost; /* the tie: to vanish, soon */

	struct session_list sessions;
	struct session_list held; /* those of them */
	struct idmap sessions_by_id;
	struct idnode by_id, by_request, by_source;
	TAILQ_ENTRY(l2tp_tunnel) entry;
};

struct l2tp {
	struct l2tp_setup setup;
	struct tunnel_list tunnels; /* stopped ones too */
	struct idmap by_id, by_request;
	struct idmap by_source;	   /* all of them, by the peer's address */
	size_t half_open, refused; /* of those asked for: not up yet; ended without having been */
	struct gate gate;
	struct l2tp_rejected rejected;
	uint32_t seed;	 /* of hashes: nobody outside can choose what collides */
	uint32_t serial; /* Call Serial Number of the next call */
};

/* The first, or next, tunnel with a peer at this address, stopped ones too. */
struct l2tp_tunnel *source_first(const struct l2tp *l, const struct ip_addr *ip);
struct l2tp_tunnel *source_next(const struct l2tp_tunnel *t);

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

static inline uint64_t l2tp_now(const struct l2tp *l)
{
	return l->setup.timers->now;
}

struct l2tp_end l2tp_end_of(uint16_t result, uint16_t error, const char *text);
/* The peer's Result Code AVP. */
struct l2tp_end l2tp_end_received(const struct l2tp_message *m);

/* engine.c */
uint16_t l2tp_free_id(struct l2tp *l, const struct idmap *map); /* 0: none */
struct l2tp_tunnel *tunnel_new(struct l2tp *l, const struct udp_path *path,
			       const struct l2tp_params *params);
void tunnel_free(struct l2tp_tunnel *t);
/* Params that the owner answered with: 0 or -ENOMEM. */
void tunnel_change_retransmission(struct l2tp_tunnel *t, const struct l2tp_params *params);
int tunnel_set_params(struct l2tp_tunnel *t, const struct l2tp_params *params);
/* A SCCRQ with the same name is no repetition any more. */
void tunnel_forget_request(struct l2tp_tunnel *t);
uint32_t source_key(const struct l2tp *l, const struct ip_addr *ip);
/* Add it to what the limits count, or take it out. */
void tunnel_count(struct l2tp_tunnel *t, bool more);
/* Its next state, and what the limits count of it. */
void tunnel_enter(struct l2tp_tunnel *t, enum tunnel_state state);
/* The wire form of a type, without reading the whole message; 0: it does not start with one. */
uint16_t message_type(const uint8_t *msg, size_t len);
void tunnel_trace(const struct l2tp_tunnel *t, const char *direction, const uint8_t *msg,
		  size_t len);
/* Of a session's messages, where the tunnel's log does not show them anyhow. */
void session_trace(const struct l2tp_session *s, const char *direction, const uint8_t *msg,
		   size_t len);

/* tunnel.c */
extern const char *const tunnel_state_names[TUNNEL_STATES];
void tunnel_init_timers(struct l2tp_tunnel *t);
/* tie.c: two that dial one another at once, RFC 2661 4.4.3 */
enum tie {
	TIE_NONE, /* no collision, or nobody minds */
	TIE_OURS, /* the SCCRQ is to be dropped */
	TIE_THEIRS,
	TIE_BOTH_LOSE,
};
/* A SCCRQ from there; key is its name. *ours: the tunnel that it collides with. */
enum tie tie_with(const struct l2tp *l, const struct udp_path *path, const struct l2tp_message *m,
		  uint32_t key, struct l2tp_tunnel **ours);

/* Say StopCCN where notify, end its sessions, tell the owner. */
void tunnel_end(struct l2tp_tunnel *t, const struct l2tp_end *why, bool notify);
/* The same with StopCCN, soon, but not within this call. */
void tunnel_end_later(struct l2tp_tunnel *t, uint16_t result, uint16_t error, const char *text);
/* Nothing is said and nothing remains: the peer has forgotten it, or will. */
void tunnel_vanish(struct l2tp_tunnel *t, const char *text);
bool tunnel_no_answer(void *arg);

void tunnel_set_state(struct l2tp_tunnel *t, enum tunnel_state state);
void tunnel_end_with(struct l2tp_tunnel *t, uint16_t result, uint16_t error, const char *text);
/* It has been silent for so many ms. */
void tunnel_hello_due(struct l2tp_tunnel *t, uint64_t silence);

/* tunnel_input.c */
void tunnel_deliver(void *arg, const uint8_t *msg, size_t len);
/* What SCCRQ and SCCRP say of the peer. */
void tunnel_learn_peer(struct l2tp_tunnel *t, const struct l2tp_message *m);
void tunnel_note_ignored(struct l2tp_tunnel *t, const struct l2tp_message *m);

/* session_input.c */
void session_input(struct l2tp_tunnel *t, const struct l2tp_message *m);

/* session.c */
extern const char *const session_state_names[SESSION_STATES];
/* NULL: no memory, or no id is free. */
struct l2tp_session *session_new(struct l2tp_tunnel *t, enum session_state state);
void session_set_state(struct l2tp_session *s, enum session_state state);
/* It has asked the peer something, whose answer is to come in time. */
void session_wait_for_peer(struct l2tp_session *s);
/* It is up, and the owner hears so; announced: when what says so to the peer has gone out. */
void session_established(struct l2tp_session *s);
void session_announced(struct l2tp_session *s);
void session_end_with(struct l2tp_session *s, uint16_t result, uint16_t error, const char *text);
void session_forget_proxy(struct l2tp_session *s);
void session_tunnel_open(struct l2tp_tunnel *t); /* for those that wait for it */
/* Those whose ICCN or OCCN has gone out meanwhile are up. */
void session_tell_announced(struct l2tp_tunnel *t);
/* Also frees it. */
void session_end(struct l2tp_session *s, const struct l2tp_end *why, bool notify);
void session_free(struct l2tp_session *s);

/* call_info.c */
extern const struct l2tp_call_info call_info_none;
void call_info_of_request(struct l2tp_call_info *call, const struct l2tp_message *m);
void call_info_of_connected(struct l2tp_call_info *call, const struct l2tp_message *m);
/* NULL: it says nothing for the caller, or no memory. */
struct l2tp_proxy *call_info_proxy(const struct l2tp_message *m);
struct l2tp_proxy *call_info_proxy_copy(const struct l2tp_proxy *proxy); /* NULL of NULL */
void call_info_proxy_free(struct l2tp_proxy *proxy);			 /* NULL is allowed */
/* WEN or SLI. */
void call_info_notice(struct l2tp_call_info *call, const struct l2tp_message *m,
		      const struct logger *log, uint16_t id);

/* messages.c: build and queue. Not enough memory ends the tunnel later. */
void send_sccrq(struct l2tp_tunnel *t);
/* challenge of the peer, or NULL */
void send_sccrp(struct l2tp_tunnel *t, const struct l2tp_value *challenge);
void send_scccn(struct l2tp_tunnel *t, const struct l2tp_value *challenge);
void send_stopccn(struct l2tp_tunnel *t, const struct l2tp_end *why);
void send_hello(struct l2tp_tunnel *t);
void send_icrq(struct l2tp_session *s);
void send_icrp(struct l2tp_session *s);
void send_iccn(struct l2tp_session *s);
void send_ocrq(struct l2tp_session *s);
void send_ocrp(struct l2tp_session *s);
void send_occn(struct l2tp_session *s);
/* For a session, or for one that is not, or no more, there. */
void send_notice(struct l2tp_session *s, enum l2tp_notice notice,
		 const struct l2tp_call_info *from);
void send_cdn(struct l2tp_tunnel *t, uint16_t id, uint16_t peer_id, const struct l2tp_end *why);

#endif
