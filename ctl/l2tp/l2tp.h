/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * L2TPv2 control connections (RFC 2661): tunnels over a reliable channel, sessions within tunnels.
 * Knows no socket, no clock and no configuration: control messages come in through l2tp_input(), go
 * out through ops->send(), time is the timers heap, and who may do what is asked of the owner and
 * answered when the owner knows (at once, or much later).
 *
 * Ids chosen by us are random, never 0, and session ids are unique in their tunnel. All ids and
 * numbers are in host order.
 *
 * Ownership: a tunnel or session is made by l2tp_*_dial() or by a request of the peer, and lives
 * until ops->tunnel_down()/session_down() has returned; do not keep the pointer after that. Each
 * object that the owner has been told of (dialled, or offered by *_request) gets exactly one
 * *_down, whoever ended it; the sessions of a tunnel get theirs before their tunnel does. A *_down
 * is never called from within l2tp_*_dial() or accept(), and may be called from within
 * l2tp_*_close()/reject(): then that call is the last use of the pointer. (The remains of a tunnel,
 * which must still answer retransmissions for a while, are kept inside.)
 */
#ifndef L2X_L2TP_L2TP_H
#define L2X_L2TP_L2TP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"
#include "base/log.h"
#include "base/timer.h"

#define L2TP_VENDOR_NAME "l2x" /* what we say in the Vendor Name AVP */
#define L2TP_NAME_MAX	 128   /* longest host name that we send or take, bytes */
#define L2TP_SECRET_MAX	 128
#define L2TP_NUMBER_MAX	 64  /* calling and called number, sub-address, bytes */
#define L2TP_TEXT_MAX	 128 /* readable part of a result */

/* Q.931 Cause Code AVP of a CDN, RFC 2661 4.4.2: why the telephone network ended the call. */
struct l2tp_q931_cause {
	bool said;
	uint16_t code;
	uint8_t message;
	char text[32]; /* its advisory message, made printable; may be empty */
};

/* PPP Disconnect Cause Code AVP of a CDN, RFC 3145. */
struct l2tp_ppp_cause {
	bool said;
	uint16_t code;
	uint16_t protocol; /* PPP's number of the control protocol; 0: none in particular */
	uint8_t direction; /* 0: both or unknown, 1: at the peer's side, 2: at the local side */
	char text[64];
};

/* Result Code AVP (RFC 2661 4.4.2) as it was sent or received, and who ended it. */
struct l2tp_end {
	uint16_t result;
	uint16_t error;
	char text[L2TP_TEXT_MAX];    /* the peer's or our own words, made printable; may be empty */
	bool by_peer;		     /* the peer said so; else we did (also: it did not answer) */
	bool timed_out;		     /* no answer from the peer */
	struct l2tp_q931_cause q931; /* received, or passed on by l2tp_session_close_as() */
	struct l2tp_ppp_cause ppp;
};

#define L2TP_CAUSES_TEXT 256
/* What q931 and ppp say, in words; empty when they say nothing. Returns buf. */
const char *l2tp_causes_text(const struct l2tp_end *e, char buf[L2TP_CAUSES_TEXT]);

/* StopCCN result codes, RFC 2661 4.4.2. */
enum l2tp_stop_result {
	L2TP_STOP_CLEAR = 1,
	L2TP_STOP_ERROR = 2,
	L2TP_STOP_EXISTS = 3,
	L2TP_STOP_NOT_AUTHORISED = 4,
	L2TP_STOP_VERSION = 5,
	L2TP_STOP_SHUTDOWN = 6,
	L2TP_STOP_FSM = 7,
};

/* CDN result codes, RFC 2661 4.4.2. */
enum l2tp_cdn_result {
	L2TP_CDN_CARRIER = 1,
	L2TP_CDN_ERROR = 2,
	L2TP_CDN_ADMIN = 3,
	L2TP_CDN_NO_FACILITY_TEMPORARY = 4,
	L2TP_CDN_NO_FACILITY_PERMANENT = 5,
	L2TP_CDN_INVALID_DESTINATION = 6,
	L2TP_CDN_NO_CARRIER = 7,
	L2TP_CDN_BUSY = 8,
	L2TP_CDN_NO_DIAL_TONE = 9,
	L2TP_CDN_TIMEOUT = 10,
	L2TP_CDN_NO_FRAMING = 11,
};

/* General error codes, RFC 2661 4.4.2. */
enum l2tp_error {
	L2TP_ERROR_NONE = 0,
	L2TP_ERROR_NO_CONTROL = 1,
	L2TP_ERROR_LENGTH = 2,
	L2TP_ERROR_VALUE = 3,
	L2TP_ERROR_RESOURCES = 4,
	L2TP_ERROR_SESSION_ID = 5,
	L2TP_ERROR_VENDOR = 6,
	L2TP_ERROR_TRY_ANOTHER = 7,
	L2TP_ERROR_MANDATORY = 8,
};

/* How we speak in one tunnel. Copied by the calls that take it. */
struct l2tp_params {
	char host_name[L2TP_NAME_MAX + 1];
	char secret[L2TP_SECRET_MAX + 1]; /* empty: no tunnel authentication */
	bool challenge;			  /* with a secret: demand that the peer proves it too */
	uint16_t receive_window;	  /* messages; 0: the default of 16 */
	uint32_t hello_interval;	  /* ms of silence before a HELLO; 0: never */
	uint32_t retransmit_first;	  /* ms; 0: 1000 (RFC 2661 5.8) */
	uint32_t retransmit_max;	  /* ms; 0: 8000 */
	/* 0: 5 while it is set up, then 10. After the last, and its wait, the tunnel is down. */
	uint32_t retransmit_tries;
	bool hide_avps;	 /* with a secret: hide what may be hidden (RFC 2661 4.3) */
	uint32_t bearer; /* L2TP_BEARER_* bits: we place outgoing calls of this kind */

	/* For tunnels that we dial. */
	bool tie_breaker;	    /* one tunnel at most with this peer: RFC 2661 4.4.3 */
	bool refuse_port_change;    /* SCCRP must come from the port that SCCRQ was sent to */
	bool accept_address_change; /* it may come from another address too */
};

/*
 * What peers may use up; 0: no limit. Beyond a limit a SCCRQ is dropped without an answer or a
 * trace, since its source may be anybody's, and a call gets CDN 4.
 */
struct l2tp_limits {
	uint32_t sessions_per_tunnel; /* calls that the peer makes in one tunnel */
	uint32_t tunnels_per_peer;    /* that one address opened */
	uint32_t half_open;	      /* tunnels that peers asked for and that are not up yet */
	uint32_t attempts_per_second; /* new SCCRQs from one address */
};

/* How often each was reached. */
struct l2tp_rejected {
	uint64_t sessions_per_tunnel, tunnels_per_peer, half_open, attempts_per_second;
};

struct l2tp;
struct l2tp_tunnel;
struct l2tp_session;

/* What an SCCRQ or SCCRP says of its sender. */
struct l2tp_peer_info {
	char host_name[L2TP_NAME_MAX + 1]; /* made printable */
	char vendor_name[L2TP_NAME_MAX + 1];
	uint16_t firmware;
	uint16_t receive_window;
	uint32_t framing, bearer; /* capability bits, RFC 2661 4.4.3 */
	bool challenged;	  /* it demands that we prove the secret */
	bool calls_out;		  /* it said Bearer Capabilities: it places outgoing calls */
};

enum l2tp_call_type {
	L2TP_CALL_INCOMING, /* the LAC has a caller: ICRQ */
	L2TP_CALL_OUTGOING, /* the LNS wants the LAC to call somebody: OCRQ */
};

#define L2TP_TRAIL_MAX	  8
#define L2TP_RELAY_ID_LEN 8
#define L2TP_PROXY_MAX	  255

struct l2tp_confreq {
	uint8_t bytes[L2TP_PROXY_MAX]; /* LCP options, from the first option's type on */
	uint8_t len;		       /* 0: not said, or too long to be sound */
};

/*
 * What the LAC has negotiated and heard of the caller already (RFC 2661 4.4.5). Only what was said
 * and is whole: an AVP that is longer than its place here counts as not said.
 */
struct l2tp_proxy {
	struct l2tp_confreq proxy_lcp_initial, proxy_lcp_last_sent, proxy_lcp_last_received;
	uint16_t proxy_auth_type;		  /* RFC 2661 4.4.5; 0: no proxy authentication */
	char proxy_auth_name[L2TP_PROXY_MAX + 1]; /* as the caller said it, no NUL within */
	uint8_t proxy_auth_challenge[L2TP_PROXY_MAX];
	uint8_t proxy_auth_challenge_len;
	uint8_t proxy_auth_id;
	uint8_t proxy_auth_response[L2TP_PROXY_MAX];
	uint8_t proxy_auth_response_len;
};

/* Call Errors AVP of the last WEN, RFC 2661 4.4.6: since the call began. */
struct l2tp_call_errors {
	uint32_t crc, framing, hardware_overruns, buffer_overruns, timeouts, alignment;
};

/*
 * What the messages of its set-up (or our own call) say of a call, and later WEN and SLI; zero or
 * empty where not said.
 */
struct l2tp_call_info {
	enum l2tp_call_type type;
	uint32_t serial;
	uint32_t bearer_type, framing_type;
	uint32_t tx_speed, rx_speed; /* bit/s, as the LAC sees them */
	uint32_t min_bps, max_bps;   /* outgoing calls: what the LNS asks for */
	uint32_t physical_channel;
	char calling[L2TP_NUMBER_MAX + 1], called[L2TP_NUMBER_MAX + 1],
		sub_address[L2TP_NUMBER_MAX + 1];
	uint8_t private_group[L2TP_NUMBER_MAX];
	uint8_t private_group_len;
	bool sequencing_required;
	/* Relays that the call has passed, told in ICRQ; a longer trail counts as one of the longest. */
	uint8_t trail[L2TP_TRAIL_MAX][L2TP_RELAY_ID_LEN];
	uint8_t trail_count;
	struct l2tp_call_errors errors;
	uint32_t accm_send, accm_receive; /* of the last SLI; all ones before */
	/*
	 * NULL: none. Gone, and cleared, when session_up() has returned: it may hold a password.
	 * In a call that we dial as a LAC, it is told in ICCN; what is too long for a message is
	 * left out.
	 */
	const struct l2tp_proxy *proxy;
};

enum l2tp_notice {
	L2TP_NOTICE_ERRORS, /* WEN, RFC 2661 6.13 */
	L2TP_NOTICE_ACCM,   /* SLI, RFC 2661 6.14 */
};

struct l2tp_ops {
	/* One control message; msg is not kept. */
	void (*send)(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len);

	/*
	 * A peer sent SCCRQ. Answer with l2tp_tunnel_accept() or l2tp_tunnel_reject(), now or
	 * later; after a minute it is over, and tunnel_down() says so. peer is also l2tp_tunnel_peer(t).
	 */
	void (*tunnel_request)(void *owner, struct l2tp_tunnel *t,
			       const struct l2tp_peer_info *peer);
	void (*tunnel_up)(void *owner, struct l2tp_tunnel *t);
	void (*tunnel_down)(void *owner, struct l2tp_tunnel *t, const struct l2tp_end *why);

	/*
	 * A peer sent ICRQ, or OCRQ: l2tp_session_call(s)->type. Answer with l2tp_session_accept()
	 * or l2tp_session_close(), now or within a minute, as above.
	 */
	void (*session_request)(void *owner, struct l2tp_session *s);
	/*
	 * Data may flow: ICCN or OCCN was received, or has gone out; while it waits for the peer's
	 * window, the session is established and this is still to come.
	 */
	void (*session_up)(void *owner, struct l2tp_session *s);
	void (*session_down)(void *owner, struct l2tp_session *s, const struct l2tp_end *why);
	/* A WEN or an SLI has come: errors or accm_* of l2tp_session_call(s) are new. NULL is
	 * allowed. */
	void (*session_notice)(void *owner, struct l2tp_session *s, enum l2tp_notice notice);
};

struct l2tp_setup {
	const struct l2tp_ops *ops;
	void *owner;
	struct timers *timers;
	const struct logger *log;			    /* for what belongs to no tunnel */
	void (*random)(void *owner, void *buf, size_t len); /* ids, challenges, random vectors */
	struct l2tp_limits limits;
};

/* NULL: no memory. Freeing sends nothing and calls no *_down: close tunnels first. */
struct l2tp *l2tp_new(const struct l2tp_setup *setup);
void l2tp_free(struct l2tp *l);
/* True when no tunnel is left for which we still wait for the peer (an orderly end waits for this).
 */
bool l2tp_idle(const struct l2tp *l);
/* From now on. */
void l2tp_set_limits(struct l2tp *l, const struct l2tp_limits *limits);
const struct l2tp_rejected *l2tp_rejected(const struct l2tp *l);
/* Tunnels in all, with the remains of those that ended. */
size_t l2tp_tunnel_count(const struct l2tp *l);

/* A UDP payload with the T bit set. Whatever it holds, it does no harm. */
void l2tp_input(struct l2tp *l, const struct udp_path *path, const uint8_t *msg, size_t len);

/* log and user belong to the owner and must outlive the tunnel; NULL: no memory or no free id. */
struct l2tp_tunnel *l2tp_tunnel_dial(struct l2tp *l, const struct udp_path *path,
				     const struct l2tp_params *params, const struct logger *log,
				     void *user);
void l2tp_tunnel_accept(struct l2tp_tunnel *t, const struct l2tp_params *params,
			const struct logger *log, void *user);
/* Both send StopCCN; reject is for a tunnel that was requested and not yet accepted. text may be
 * NULL. */
void l2tp_tunnel_reject(struct l2tp_tunnel *t, uint16_t result, uint16_t error, const char *text);
void l2tp_tunnel_close(struct l2tp_tunnel *t, uint16_t result, uint16_t error, const char *text);

/*
 * call->type says which way: as a LAC with a caller, or as an LNS that wants the peer to call
 * call->called. NULL also when an established peer does not place such calls; one that turns out so
 * later gets session_down(). What is asked for is what the peer's capabilities have of it.
 */
struct l2tp_session *l2tp_session_dial(struct l2tp_tunnel *t, const struct l2tp_call_info *call,
				       const struct logger *log, void *user);
void l2tp_session_accept(struct l2tp_session *s, const struct logger *log, void *user);
/*
 * An outgoing call that we accepted has been answered: say so with OCCN. line gives speeds, framing
 * and whether sequence numbers are required. Calls session_up(), at once or later.
 */
void l2tp_session_answered(struct l2tp_session *s, const struct l2tp_call_info *line);
/* Sends CDN where the peer knows of the session. Also the way to refuse one that was requested. */
void l2tp_session_close(struct l2tp_session *s, uint16_t result, uint16_t error, const char *text);
/* The same with the codes, words and causes of another session's end. */
void l2tp_session_close_as(struct l2tp_session *s, const struct l2tp_end *why);
/* WEN or SLI with what `from` has. Nothing, unless the session is up. */
void l2tp_session_notify(struct l2tp_session *s, enum l2tp_notice notice,
			 const struct l2tp_call_info *from);

/* Data arrived in the tunnel: the peer is alive, so no HELLO is due yet (RFC 2661 6.5 allows it).
 */
void l2tp_tunnel_saw_data(struct l2tp_tunnel *t);
/* Ask the peer at once if it is there. Its answer moves l2tp_tunnel_heard(), ms, as all does that
 * comes from it. */
void l2tp_tunnel_probe(struct l2tp_tunnel *t);
uint64_t l2tp_tunnel_heard(const struct l2tp_tunnel *t);

/*
 * From now on it speaks by these: hello_interval, hide_avps and retransmit_*; of the rest nothing can
 * be changed any more.
 */
void l2tp_tunnel_change(struct l2tp_tunnel *t, const struct l2tp_params *params);

void *l2tp_tunnel_user(const struct l2tp_tunnel *t);
uint16_t l2tp_tunnel_id(const struct l2tp_tunnel *t);
uint16_t l2tp_tunnel_peer_id(const struct l2tp_tunnel *t);
const struct udp_path *l2tp_tunnel_path(const struct l2tp_tunnel *t);
/* The path's, of what is sent from now on. */
void l2tp_tunnel_set_table(struct l2tp_tunnel *t, uint32_t table);
const struct l2tp_peer_info *l2tp_tunnel_peer(const struct l2tp_tunnel *t);
const char *l2tp_tunnel_state(
	const struct l2tp_tunnel *t); /* the RFC's name: "wait-ctl-reply", "established", ... */
struct l2tp_tunnel *l2tp_tunnel_by_id(const struct l2tp *l,
				      uint16_t id); /* our id; NULL: none that is alive */

void *l2tp_session_user(const struct l2tp_session *s);
uint16_t l2tp_session_id(const struct l2tp_session *s);
uint16_t l2tp_session_peer_id(const struct l2tp_session *s);
struct l2tp_tunnel *l2tp_session_tunnel(const struct l2tp_session *s);
const struct l2tp_call_info *l2tp_session_call(const struct l2tp_session *s);
const char *l2tp_session_state(const struct l2tp_session *s);
struct l2tp_session *l2tp_session_by_id(const struct l2tp_tunnel *t, uint16_t id);

#endif
