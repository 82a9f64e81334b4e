/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One end of a PPP link (RFC 1661): LCP, authentication both ways, IPCP and IPV6CP. Knows no
 * socket, no clock and no configuration file: frames come in through ppp_input(), go out through
 * ops->send(), time is the timers heap, and whether a login is good, and what it gets, is asked of
 * the owner and answered when the owner knows.
 *
 * A frame here starts with the protocol field, without address and control field; ppp_input() also
 * takes frames with FF03, with a compressed protocol, or both, whatever was negotiated.
 */
#ifndef L2X_PPP_PPP_H
#define L2X_PPP_PPP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/log.h"
#include "base/timer.h"
#include "wire/ppp_packet.h" /* ppp_frame_parse() */

#define PPP_NAME_MAX	 255
#define PPP_SECRET_MAX	 255
#define PPP_TEXT_MAX	 128
#define PPP_RESPONSE_MAX 64

enum ppp_auth_method {
	PPP_AUTH_NONE,
	PPP_AUTH_PAP,
	PPP_AUTH_CHAP_MD5,
	PPP_AUTH_MSCHAPV2,
};

#define PPP_AUTH_METHODS     3 /* without none */
#define PPP_AUTH_BIT(method) (1u << (method))
#define PPP_AUTH_ALL                                                    \
	(PPP_AUTH_BIT(PPP_AUTH_PAP) | PPP_AUTH_BIT(PPP_AUTH_CHAP_MD5) | \
	 PPP_AUTH_BIT(PPP_AUTH_MSCHAPV2))
#define PPP_PROOF_LEN 20

/* Addresses for IPCP and IPV6CP. All in network order. */
struct ppp_addresses {
	bool ipv4, ipv6;      /* which protocols this link may carry */
	struct in_addr local; /* ours; 0.0.0.0: ask the peer for one */
	struct in_addr
		remote; /* the peer's; 0.0.0.0: whatever it says it has (if it has none: refuse) */
	struct in_addr
		dns[2]; /* what we tell a peer that asks (RFC 1877); 0.0.0.0: reject the option */
	bool want_dns;	/* ask the peer for its own */
	uint8_t interface_id[8];	/* IPV6CP, ours; all zero: make a random one */
	uint8_t remote_interface_id[8]; /* what we suggest to a peer that has none; zero: random */
};

/* RFC 1661 4.6; 0 is what it recommends: 3 seconds, 10, 2, 5. */
struct ppp_counters {
	uint32_t restart_interval; /* ms */
	uint16_t max_configure;
	uint8_t max_terminate, max_failure;
};

/* Copied by ppp_new(), with its strings; of which NULL is the empty one. */
struct ppp_config {
	uint16_t mru; /* what we can receive, and ask for in LCP; 0: 1500, not negotiated */
	/* enum ppp_auth_method that we may ask the peer for, in this order; PPP_AUTH_NONE ends the
	 * list, and in front means no authentication */
	uint8_t demand[PPP_AUTH_METHODS];
	/* At most PPP_NAME_MAX and PPP_SECRET_MAX bytes of them are used. */
	const char *host_name;		 /* Name in our CHAP challenges */
	const char *username, *password; /* what we log in with */
	unsigned
		offer; /* PPP_AUTH_BIT()s that we agree to log in with; 0: refuse to authenticate */
	struct ppp_addresses net; /* used as it is when demand is 0 and authorise() is NULL */
	struct ppp_counters counters;
	uint32_t echo_interval; /* ms between LCP Echo-Requests; 0: none */
	unsigned echo_failures; /* unanswered ones in a row before the link is dead; 0: 5 */
	bool keep_settled;	/* for ppp_settled() */
	uint32_t rechallenge; /* ms until a peer that came in by CHAP must do it again; 0: never */
};

/* What a peer showed of itself. Pointers are into the frame or the link: copy what must outlive the
 * call. */
struct ppp_login {
	enum ppp_auth_method method;
	const char *name; /* printable or not: bytes as sent, NUL added; names with a NUL inside are
			     refused before */
	const char *password; /* PAP */
	uint8_t chap_id;
	const uint8_t *challenge, *response; /* CHAP */
	uint8_t challenge_len, response_len;
	/* The same peer is asked again (RFC 1994 4.1); what it was given stays as it is. */
	bool again;
	/* MS-CHAPv2: the peer wants proof of PPP_PROOF_LEN bytes that we know the password as well
	 * (RFC 2759 8.7). ppp_login_verify() puts it here, ppp_prove() does the same. */
	uint8_t *proof;
};

/* Does this secret fit what the peer sent? Constant time in the secret. */
bool ppp_login_verify(const struct ppp_login *login, const char *secret);

struct ppp_ipv4 {
	struct in_addr local, remote, dns[2];
};

struct ppp_ipv6 {
	struct in6_addr local, remote; /* fe80:: with the negotiated interface identifiers */
};

enum ppp_end_by {
	PPP_END_US,   /* ppp_close(), or a demand of ours that the peer did not meet */
	PPP_END_PEER, /* it sent Terminate-Request or refused our login */
	PPP_END_DEAD, /* no answer: negotiation or echoes timed out */
};

struct ppp_end {
	enum ppp_end_by by;
	char text[PPP_TEXT_MAX]; /* "wrong password for alice", "peer: session timeout", "5 LCP
				    echoes unanswered" */
};

struct ppp;

struct ppp_ops {
	void (*send)(void *owner, const uint8_t *frame,
		     size_t len); /* must not call ppp_input() in turn */
	/*
	 * The peer logged in (or, with method PPP_AUTH_NONE, was not asked to): answer with
	 * ppp_accept() or ppp_refuse(), now or later. NULL is allowed when config.demand is 0.
	 */
	void (*authorise)(void *owner, const struct ppp_login *login);
	void (*ipv4_up)(void *owner, const struct ppp_ipv4 *ip);
	void (*ipv4_down)(void *owner);
	void (*ipv6_up)(void *owner, const struct ppp_ipv6 *ip);
	void (*ipv6_down)(void *owner);
	/* The link is over, exactly once; ppp_free() may be called from here. The *_down above come
	 * before. */
	void (*ended)(void *owner, const struct ppp_end *why);
};

/* NULL: no memory. */
struct ppp *ppp_new(const struct ppp_config *config, const struct ppp_ops *ops, void *owner,
		    struct timers *timers, void (*random)(void *owner, void *buf, size_t len),
		    const struct logger *log);
void ppp_free(struct ppp *p); /* sends nothing, calls nothing; NULL is allowed */

void ppp_open(struct ppp *p); /* the lower layer is up: send Configure-Request */

struct ppp_bytes {
	const uint8_t *p; /* NULL: not said */
	size_t len;
};

/*
 * What a LAC has settled with the peer already (RFC 2661 4.4.5). The requests are lists of options,
 * without the packet's header. Only read during the call.
 */
struct ppp_proxy {
	struct ppp_bytes initial;		   /* the peer's first Configure-Request */
	struct ppp_bytes last_sent, last_received; /* the ones that were acknowledged */
	uint16_t auth_type;			   /* enum ppp_proxy_auth; 0: not said */
	struct ppp_bytes auth_name, auth_challenge, auth_response;
	uint8_t auth_id;
};

enum ppp_proxy_auth { /* RFC 2661 4.4.5, Proxy Authen Type */
		      PPP_PROXY_TEXT = 1,
		      PPP_PROXY_CHAP = 2,
		      PPP_PROXY_PAP = 3,
		      PPP_PROXY_NONE = 4,
		      PPP_PROXY_MSCHAPV1 = 5,
};

/*
 * As ppp_open(), but where we can live with what the LAC has settled, LCP is open at once, and the
 * login that it heard goes to authorise() from within this call. Otherwise LCP is negotiated anew.
 */
void ppp_open_proxied(struct ppp *p, const struct ppp_proxy *proxy);
/*
 * The other way round, for who goes on with the link in our place: LCP as it was settled, whoever
 * negotiated it, without auth_*. The bytes stay until ppp_free(). false: LCP is not open, it was not
 * kept, or a request was longer than PPP_SETTLED_MAX.
 */
#define PPP_SETTLED_MAX 255 /* as much as an AVP has room for */
bool ppp_settled(struct ppp *p, struct ppp_proxy *out);
/* Terminate-Request with this reason, then ended() when the peer has acked or does not. */
void ppp_close(struct ppp *p, const char *reason);
/* Ends one network protocol, and with the last one the link. Not from within a callback. */
void ppp_close_ipv4(struct ppp *p, const char *reason);
void ppp_close_ipv6(struct ppp *p, const char *reason);
/* Any PPP frame but IPv4 and IPv6 themselves. Whatever it holds, it does no harm. */
void ppp_input(struct ppp *p, const uint8_t *frame, size_t len);

/* Before ppp_accept() of a login by MS-CHAPv2, unless ppp_login_verify() was asked. */
void ppp_prove(struct ppp *p, const uint8_t proof[PPP_PROOF_LEN]);
/* Answers to authorise(). text is shown to the peer, may be NULL. net is not looked at when the
 * same peer was asked again. */
void ppp_accept(struct ppp *p, const struct ppp_addresses *net, const char *text);
void ppp_refuse(struct ppp *p, const char *text);

/*
 * The frame's protocol and where its information field starts, whether or not FF03 and protocol
 * compression are there. Returns the protocol, or -EBADMSG when the frame is too short or no PPP
 * frame.
 */
int ppp_frame_parse(const uint8_t *frame, size_t len, size_t *header_len);

/* As in struct ppp_config, from now on. */
void ppp_change(struct ppp *p, uint32_t echo_interval, unsigned echo_failures,
		uint32_t rechallenge);

uint16_t ppp_peer_mru(const struct ppp *p); /* largest information field that the peer takes */
bool ppp_peer_acfc(const struct ppp *p);    /* it asked for frames without FF03 */
const char *
ppp_phase(const struct ppp *p); /* "establish", "authenticate", "network", "terminate", "dead" */
/* Why it ends, once that is known: before ended(), the peer has still to answer. NULL: it does not. */
const struct ppp_end *ppp_ending(const struct ppp *p);
const char *ppp_peer_name(const struct ppp *p); /* who logged in, or "" */

struct ppp_quality {
	uint64_t echoes_sent, echoes_answered;
	uint32_t rtt_ms; /* of the last answered one */
};
struct ppp_quality ppp_quality(const struct ppp *p);

/* The echoes since this was asked last: those that were answered, and those given up. None without a link, p NULL. */
struct ppp_echoes {
	uint32_t answered, lost;
	uint32_t rtt_min, rtt_max; /* ms, of those answered, if any */
	uint64_t rtt_sum;
};
struct ppp_echoes ppp_take_echoes(struct ppp *p);

#endif
