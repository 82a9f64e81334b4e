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
 * is never called from within l2tp_*_dial() or accept(), and may be called from within l2tp_*_close()/reject():
 * then that call is the last use of the pointer. (The remains of a tunnel, which must still answer
 * retransmissions for a while, are kept inside.)
 */
#ifndef L2X_L2TP_L2TP_H
#define L2X_L2TP_L2TP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"
#include "base/log.h"
#include "base/timer.h"

#define L2TP_NAME_MAX	128 /* longest host name that we send or take, bytes */
#define L2TP_SECRET_MAX 128
#define L2TP_NUMBER_MAX 64  /* calling and called number, sub-address, bytes */
#define L2TP_TEXT_MAX	128 /* readable part of a result */

/* Result Code AVP (RFC 2661 4.4.2) as it was sent or received, and who ended it. */
struct l2tp_end {
	uint16_t result;
	uint16_t error;
	char text[L2TP_TEXT_MAX]; /* the peer's or our own words, made printable; may be empty */
	bool by_peer;		  /* the peer said so; else we did (also: it did not answer) */
	bool timed_out;		  /* no answer from the peer */
};

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
	uint32_t retransmit_tries; /* 0: 5; after the last, and its wait, the tunnel is down */
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
};

/* What an ICRQ and ICCN (or our own call) say of a call; zero or empty where not said. */
struct l2tp_call_info {
	uint32_t serial;
	uint32_t bearer_type, framing_type;
	uint32_t tx_speed, rx_speed; /* bit/s, as the LAC sees them */
	uint32_t physical_channel;
	char calling[L2TP_NUMBER_MAX + 1], called[L2TP_NUMBER_MAX + 1],
		sub_address[L2TP_NUMBER_MAX + 1];
	uint8_t private_group[L2TP_NUMBER_MAX];
	uint8_t private_group_len;
	bool sequencing_required;
};

struct l2tp_ops {
	/* One control message; msg is not kept. */
	void (*send)(void *owner, const struct udp_path *path, const uint8_t *msg, size_t len);

	/*
	 * A peer sent SCCRQ. Answer with l2tp_tunnel_accept() or l2tp_tunnel_reject(), now or
	 * later. peer is also l2tp_tunnel_peer(t).
	 */
	void (*tunnel_request)(void *owner, struct l2tp_tunnel *t,
			       const struct l2tp_peer_info *peer);
	void (*tunnel_up)(void *owner, struct l2tp_tunnel *t);
	void (*tunnel_down)(void *owner, struct l2tp_tunnel *t, const struct l2tp_end *why);

	/* A peer sent ICRQ. Answer with l2tp_session_accept() or l2tp_session_close(), now or
	 * later. */
	void (*session_request)(void *owner, struct l2tp_session *s);
	/* Data may flow: ICCN was sent or received. */
	void (*session_up)(void *owner, struct l2tp_session *s);
	void (*session_down)(void *owner, struct l2tp_session *s, const struct l2tp_end *why);
};

struct l2tp_setup {
	const struct l2tp_ops *ops;
	void *owner;
	struct timers *timers;
	const struct logger *log;			    /* for what belongs to no tunnel */
	void (*random)(void *owner, void *buf, size_t len); /* ids, challenges, random vectors */
};

/* NULL: no memory. Freeing sends nothing and calls no *_down: close tunnels first. */
struct l2tp *l2tp_new(const struct l2tp_setup *setup);
void l2tp_free(struct l2tp *l);
/* True when no tunnel is left for which we still wait for the peer (an orderly end waits for this).
 */
bool l2tp_idle(const struct l2tp *l);

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

struct l2tp_session *l2tp_session_dial(struct l2tp_tunnel *t, const struct l2tp_call_info *call,
				       const struct logger *log, void *user);
void l2tp_session_accept(struct l2tp_session *s, const struct logger *log, void *user);
/* Sends CDN where the peer knows of the session. Also the way to refuse one that was requested. */
void l2tp_session_close(struct l2tp_session *s, uint16_t result, uint16_t error, const char *text);

/* Data arrived in the tunnel: the peer is alive, so no HELLO is due yet (RFC 2661 6.5 allows it).
 */
void l2tp_tunnel_saw_data(struct l2tp_tunnel *t);

void *l2tp_tunnel_user(const struct l2tp_tunnel *t);
uint16_t l2tp_tunnel_id(const struct l2tp_tunnel *t);
uint16_t l2tp_tunnel_peer_id(const struct l2tp_tunnel *t);
const struct udp_path *l2tp_tunnel_path(const struct l2tp_tunnel *t);
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
