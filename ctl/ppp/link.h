/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of a PPP link: what the files of this folder share. A link is one flat struct, for there
 * are many of them.
 *
 * Who calls whom: link.c takes frames, hands them to the protocol, and moves the link from phase to
 * phase; each protocol reports to link.c when it is up, down or at its end. Every way in from
 * outside (ppp_input(), a timer, an answer) runs between link_enter() and link_leave(), and only
 * link_leave() tells the owner of the link's end: so the owner may free the link there, and nothing
 * in between looks at freed memory.
 */
#ifndef L2X_PPP_LINK_H
#define L2X_PPP_LINK_H

#include "ppp/fsm.h"
#include "ppp/ppp.h"
#include "wire/ppp_mschap.h"

#define CHAP_CHALLENGE_LEN 16
#define CHAP_MD5_LEN	   16

enum link_phase { /* RFC 1661 3.2 */
		  LINK_DEAD,
		  LINK_ESTABLISH,
		  LINK_AUTHENTICATE,
		  LINK_NETWORK,
		  LINK_TERMINATE,
};

struct lcp {
	struct fsm fsm;
	/* Ours, as it stands in this negotiation. */
	uint32_t magic;
	uint16_t mru;
	bool want_mru, want_magic;
	uint8_t demand;		/* enum ppp_auth_method that we ask for now */
	uint8_t demand_refused; /* PPP_AUTH_BIT()s that the peer would not do */
	bool proxied;		/* the peer's below are what a LAC has acknowledged */
	uint8_t only_acks; /* times that the peer took our options and said nothing of its own */
	bool identified;   /* it said in words what it is */
	/* The peer's. */
	uint16_t peer_mru;
	uint8_t peer_demand; /* enum ppp_auth_method */
	bool peer_acfc;
	uint8_t loops;		    /* requests in a row with our own magic number */
	uint8_t auth_refused;	    /* demands of the peer that we could not meet */
	const char *refused_demand; /* the last of them, until a network protocol is up without */
	const char *refused_why;
};

struct echo {
	struct timer timer;
	uint64_t sent_at;
	uint64_t sent, answered;
	uint32_t rtt;
	uint16_t unanswered; /* in a row */
	uint8_t id;
	struct ppp_echoes recent;
	bool waiting;  /* for the answer to id */
	bool rejected; /* the peer knows no echoes */
};

enum auth_state {
	AUTH_IDLE,
	AUTH_WAIT,  /* server: for a login; client: for a challenge */
	AUTH_SENT,  /* client: for the answer */
	AUTH_ASKED, /* server: for the owner's decision */
	AUTH_GOOD,
	AUTH_REFUSED,
};

/* One direction of authentication. */
struct auth {
	struct timer timer;
	uint8_t method; /* enum ppp_auth_method */
	uint8_t state;	/* enum auth_state */
	uint8_t id;
	uint8_t first_id; /* PAP client: before the first of this login; CHAP client: of the
			     response before */
	uint16_t tries;
};

/* What IPCP and IPV6CP have in common. */
struct ncp {
	struct fsm fsm;
	/* Why it ended or will, as in struct ppp_end. Few ever have one, so it is not kept in place. */
	enum ppp_end_by end_by;
	char *end_text; /* NULL: nothing was said yet */
	bool told;	/* the owner knows that it is up */
	bool done;	/* closed, or never opened */
};

struct ipcp {
	struct ncp ncp;
	struct in_addr local, dns[2], remote;
	struct in_addr refused; /* what the peer wanted to be instead of what it was given */
	bool peer_asked;	/* to name its address */
	bool want_address, want_dns[2];
	bool peer_address_seen; /* in this request */
};

struct ipv6cp {
	struct ncp ncp;
	uint8_t local[8], remote[8];
	uint8_t own[8]; /* random, for the life of the link */
	bool peer_id_seen;
	bool peer_asked; /* to name it, the last time */
};

/* A Configure-Request's options. */
struct settled_request {
	bool known;
	uint8_t len;
	uint8_t bytes[PPP_SETTLED_MAX];
};

struct settled {
	struct settled_request initial, received; /* the peer's first, and its last */
	struct settled_request sent;		  /* ours that was acknowledged */
};

struct ppp {
	const struct ppp_ops *ops;
	void *owner;
	void (*random)(void *owner, void *buf, size_t len);
	const struct logger *log;
	struct timers *timers;

	uint8_t phase;	    /* enum link_phase */
	uint8_t depth;	    /* of link_enter() */
	bool over;	    /* ended; nothing happens any more */
	bool told;	    /* and the owner knows */
	bool failed;	    /* end is why */
	bool question_open; /* authorise() was called, and no answer has come */
	uint8_t reject_id;

	struct lcp lcp;
	struct echo echo;
	struct auth server, client; /* we demand, we log in */
	uint8_t challenge[CHAP_CHALLENGE_LEN];
	uint8_t proof[PPP_PROOF_LEN]; /* MS-CHAPv2: what answers the peer's login; zeros: not known
				       */
	uint8_t response[MSCHAP_RESPONSE_LEN];
	uint8_t response_len;
	/* What the answer to our response must prove, and to the response before. */
	uint8_t expected[2][PPP_PROOF_LEN];
	uint8_t chap_seed[16]; /* of our own challenges to the peer in MS-CHAPv2, see chap.c */
	struct ipcp ipcp;
	struct ipv6cp ipv6cp;
	struct ppp_addresses net;
	struct ppp_end end;
	struct settled *settled;       /* with config.keep_settled */
	const struct ppp_proxy *proxy; /* while ppp_open_proxied() runs */
	char *peer_name;	       /* never NULL */
	char *host_name, *username, *password;
	struct ppp_config config;
};

/* link.c */
void link_enter(struct ppp *p);
void link_leave(struct ppp *p); /* may free p */
void link_send(struct ppp *p, uint16_t protocol, uint8_t code, uint8_t id, const void *data,
	       size_t len);
void link_set_timer(struct ppp *p, struct timer *t, uint64_t delay);
/* Why the link ends, should it end; the first reason stands. */
void link_set_end(struct ppp *p, enum ppp_end_by by, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* This is why, and it ends now: Terminate-Request. */
void link_fail(struct ppp *p, enum ppp_end_by by, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void link_over(struct ppp *p); /* LCP is finished */
void link_fsm_send(struct fsm *f, uint8_t code, uint8_t id, const void *data, size_t len);
void link_fsm_timeout(void *fsm);
uint32_t link_interval(const struct ppp *p); /* of retransmission, ms */
uint16_t link_tries(const struct ppp *p);
bool link_ncp_enabled(const struct ppp *p, uint16_t protocol);
void link_lcp_up(struct ppp *p);
void link_lcp_down(struct ppp *p);
void link_protocol_rejected(struct ppp *p, uint16_t protocol);

/* network.c: the phase after authentication, and what IPCP and IPV6CP share */
void network_start(struct ppp *p);
void network_stop(struct ppp *p);
void network_input(struct ppp *p, uint16_t protocol, const struct ppp_packet *pk);
void network_rejected(struct ppp *p, uint16_t protocol);
void ncp_up(struct fsm *f);   /* the owner is told next */
bool ncp_down(struct fsm *f); /* true: the owner knows of it as up */
void ncp_finished(struct fsm *f);
void ncp_terminated(struct fsm *f, const uint8_t *text, size_t len);
void ncp_code_rejected(struct fsm *f, uint8_t code);
void ncp_stuck(struct fsm *f, bool by_peer);
const char *ncp_reason(struct fsm *f);
void ncp_forget_end(struct ncp *n);
void ncp_set_end(struct fsm *f, enum ppp_end_by by, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Close this NCP because of us. */
void ncp_fail(struct fsm *f, enum ppp_end_by by, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* lcp.c */
void lcp_init(struct ppp *p);
void lcp_judge_begin(struct fsm *f);
enum fsm_verdict lcp_judge(struct fsm *f, const struct ppp_option *o, struct wbuf *nak);

/* lcp_auth.c */
const char *auth_method_name(unsigned method);
bool auth_is_chap(unsigned method);
void lcp_auth_put(struct wbuf *b, unsigned method);
unsigned lcp_auth_get(const struct ppp_option *o);
bool lcp_auth_demanded(const struct ppp *p, unsigned method);
unsigned lcp_auth_next(const struct ppp *p);
void lcp_auth_take_nak(struct ppp *p, const struct ppp_option *o);
enum fsm_verdict lcp_auth_judge(struct ppp *p, const struct ppp_option *o, struct wbuf *nak);

/* proxy.c */
bool proxy_take_lcp(struct ppp *p, const struct ppp_proxy *proxy); /* false: negotiate */
bool proxy_login(struct ppp *p);				   /* false: ask for one */
void proxy_timeout(void *fsm);					   /* of LCP */

/* settled.c */
int settled_init(struct ppp *p); /* 0 or -ENOMEM */
void settled_free(struct ppp *p);
void settled_note(struct ppp *p, const struct ppp_packet *pk);	 /* of LCP, received */
void settled_take(struct ppp *p, const struct ppp_proxy *proxy); /* taken over */

/* lcp_echo.c */
void echo_init(struct ppp *p);
void echo_start(struct ppp *p);
void echo_stop(struct ppp *p);
void echo_request(struct ppp *p, const struct ppp_packet *pk); /* answer it */
void echo_reply(struct ppp *p, const struct ppp_packet *pk);

/* auth.c */
void auth_init(struct ppp *p);
void auth_start(struct ppp *p);
void auth_stop(struct ppp *p);
/* The interval is another one. */
void auth_rechallenge(struct ppp *p);
void auth_login(struct ppp *p, const struct ppp_login *login, const uint8_t *name, size_t name_len);
void auth_client_sent(struct ppp *p);
void auth_client_good(struct ppp *p);
void auth_client_refused(struct ppp *p, const uint8_t *text, size_t len);

/* pap.c */
void pap_input(struct ppp *p, const struct ppp_packet *pk);
void pap_request(struct ppp *p);
void pap_answer(struct ppp *p, const char *text); /* by server.state */

/* chap.c */
void chap_input(struct ppp *p, const struct ppp_packet *pk);
void chap_challenge(struct ppp *p);	  /* a new one */
void chap_challenge_again(struct ppp *p); /* the same */
void chap_response(struct ppp *p);	  /* again */
void chap_answer(struct ppp *p, const char *text);
bool chap_proven(const struct ppp *p); /* the owner, or its password, answers for us */

/* ipcp.c, ipv6cp.c */
void ipcp_init(struct ppp *p);
void ipv6cp_init(struct ppp *p);

#endif
