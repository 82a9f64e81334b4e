// SPDX-License-Identifier: GPL-2.0-only
/*
 * A link as a whole: its phases (RFC 1661 3), which protocol gets a frame in which phase, and how
 * it ends.
 */
#include "ppp/link.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "wire/ppp_names.h"
#include "wire/ppp_text.h"

#define FRAME_TEXT 400

void link_enter(struct ppp *p)
{
	p->depth++;
}

void link_leave(struct ppp *p)
{
	struct ppp_end why;

	if (--p->depth || !p->over || p->told)
		return;
	p->told = true;
	why = p->end; /* the owner may free p */
	p->ops->ended(p->owner, &why);
}

uint32_t link_interval(const struct ppp *p)
{
	return p->config.counters.restart_interval;
}

uint16_t link_tries(const struct ppp *p)
{
	return p->config.counters.max_configure;
}

void link_set_timer(struct ppp *p, struct timer *t, uint64_t delay)
{
	if (timer_set(p->timers, t, delay))
		log_error(p->log, "no memory for a timer");
}

void link_send(struct ppp *p, uint16_t protocol, uint8_t code, uint8_t id, const void *data,
	       size_t len)
{
	uint8_t frame[2 + PPP_DEFAULT_MRU];
	struct wbuf b = wbuf_of(frame, sizeof(frame));
	size_t room = p->lcp.peer_mru < PPP_DEFAULT_MRU ? p->lcp.peer_mru : PPP_DEFAULT_MRU;
	char text[FRAME_TEXT];

	/* What only quotes the peer is cut to what it takes (RFC 1661 5.6 to 5.8). */
	room -= PPP_PACKET_HDR;
	if (len > room &&
	    (code == PPP_CODE_REJECT || (protocol == PPP_PROTO_LCP && code > PPP_CODE_REJECT)))
		len = room;
	ppp_packet_put(&b, protocol, code, id, data, len);
	if (b.full) {
		log_debug(p->log, "not sent: %zu bytes are too much for one frame", len);
		return;
	}
	if (log_wants(p->log, LOG_LEVEL_DEBUG))
		log_debug(p->log, "sent %s",
			  ppp_frame_text(text, sizeof(text), frame, wbuf_len(&b)));
	p->ops->send(p->owner, frame, wbuf_len(&b));
}

void link_fsm_send(struct fsm *f, uint8_t code, uint8_t id, const void *data, size_t len)
{
	link_send(f->owner, f->ops->protocol, code, id, data, len);
}

void link_fsm_timeout(void *fsm)
{
	struct fsm *f = fsm;
	struct ppp *p = f->owner;

	link_enter(p);
	log_debug(p->log, "%s: no answer in %s, %u tries left", f->ops->name,
		  fsm_state_name(f->state), f->counter);
	fsm_timeout(f);
	link_leave(p);
}

static void set_end(struct ppp *p, enum ppp_end_by by, const char *fmt, va_list ap)
{
	if (p->failed)
		return;
	p->failed = true;
	p->end.by = by;
	vsnprintf(p->end.text, sizeof(p->end.text), fmt, ap);
}

void link_set_end(struct ppp *p, enum ppp_end_by by, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_end(p, by, fmt, ap);
	va_end(ap);
}

void link_fail(struct ppp *p, enum ppp_end_by by, const char *fmt, ...)
{
	va_list ap;

	if (p->over || p->phase == LINK_TERMINATE)
		return;
	va_start(ap, fmt);
	set_end(p, by, fmt, ap);
	va_end(ap);
	log_debug(p->log, "ending the link: %s", p->end.text);
	p->phase = LINK_TERMINATE;
	fsm_close(&p->lcp.fsm);
}

void link_over(struct ppp *p)
{
	if (p->over)
		return;
	link_set_end(p, PPP_END_DEAD, "no answer to LCP Configure-Request");
	p->over = true;
	p->phase = LINK_DEAD;
	fsm_stop(&p->lcp.fsm);
	echo_stop(p);
	auth_stop(p);
	network_stop(p);
	log_debug(p->log, "the link is over: %s", p->end.text);
}

void link_lcp_up(struct ppp *p)
{
	/* Whatever the peer said while options were still open: it changed its mind. */
	p->failed = false;
	p->phase = LINK_AUTHENTICATE;
	echo_start(p);
	auth_start(p);
}

void link_lcp_down(struct ppp *p)
{
	if (p->phase != LINK_TERMINATE)
		p->phase = LINK_ESTABLISH;
	echo_stop(p);
	auth_stop(p);
	network_stop(p);
}

void link_protocol_rejected(struct ppp *p, uint16_t protocol)
{
	const char *name = ppp_protocol_name(protocol);

	log_debug(p->log, "the peer does not know %s", name ? name : "a protocol of ours");
	if (protocol == PPP_PROTO_IPCP || protocol == PPP_PROTO_IPV6CP)
		network_rejected(p, protocol);
	else if ((protocol == PPP_PROTO_PAP &&
		  (p->server.method == PPP_AUTH_PAP || p->client.method == PPP_AUTH_PAP)) ||
		 (protocol == PPP_PROTO_CHAP &&
		  (auth_is_chap(p->server.method) || auth_is_chap(p->client.method))))
		link_fail(p, PPP_END_PEER, "peer rejects %s", name);
}

/* RFC 1661 3.6 and 5.7: what we do not speak is sent back, once the link is open for such things.
 */
static void reject_protocol(struct ppp *p, uint16_t protocol, const uint8_t *info, size_t len)
{
	uint8_t data[PPP_DEFAULT_MRU];
	struct wbuf b = wbuf_of(data, sizeof(data));

	if (p->phase != LINK_NETWORK) { /* RFC 1661 3.4, 3.5 */
		log_debug(p->log, "discarded, not in this phase");
		return;
	}
	if (len > sizeof(data) - 2)
		len = sizeof(data) - 2;
	wbuf_u16(&b, protocol);
	wbuf_bytes(&b, info, len);
	link_send(p, PPP_PROTO_LCP, PPP_PROTOCOL_REJECT, p->reject_id++, data, wbuf_len(&b));
}

static void dispatch(struct ppp *p, uint16_t protocol, const uint8_t *info, size_t len)
{
	struct ppp_packet pk;

	switch (protocol) {
	case PPP_PROTO_IPV4:
	case PPP_PROTO_IPV6:
		return; /* the data path's; what comes here came too early (RFC 1661 3.6) */
	case PPP_PROTO_IPCP:
	case PPP_PROTO_IPV6CP:
		if (link_ncp_enabled(p, protocol))
			break;
		reject_protocol(p, protocol, info, len);
		return;
	case PPP_PROTO_LCP:
	case PPP_PROTO_PAP:
	case PPP_PROTO_CHAP:
		break;
	default:
		reject_protocol(p, protocol, info, len);
		return;
	}
	if (ppp_packet_parse(info, len, &pk)) {
		log_debug(p->log, "discarded, its length does not fit");
		return;
	}
	if (protocol == PPP_PROTO_LCP) {
		settled_note(p, &pk);
		fsm_input(&p->lcp.fsm, &pk);
	} else if (p->lcp.fsm.state != FSM_OPENED) { /* RFC 1661 3.4, 3.7 */
		log_debug(p->log, "discarded, LCP is not open");
	} else if (protocol == PPP_PROTO_PAP) {
		pap_input(p, &pk);
	} else if (protocol == PPP_PROTO_CHAP) {
		chap_input(p, &pk);
	} else {
		network_input(p, protocol, &pk);
	}
}

void ppp_input(struct ppp *p, const uint8_t *frame, size_t len)
{
	char text[FRAME_TEXT];
	size_t header;
	int protocol;

	if (p->over)
		return;
	link_enter(p);
	if (log_wants(p->log, LOG_LEVEL_DEBUG))
		log_debug(p->log, "received %s", ppp_frame_text(text, sizeof(text), frame, len));
	protocol = ppp_frame_parse(frame, len, &header);
	if (protocol >= 0)
		dispatch(p, (uint16_t)protocol, frame + header, len - header);
	link_leave(p);
}

void ppp_open(struct ppp *p)
{
	if (p->over || p->lcp.fsm.state != FSM_INITIAL)
		return;
	link_enter(p);
	p->phase = LINK_ESTABLISH;
	fsm_open(&p->lcp.fsm);
	fsm_up(&p->lcp.fsm);
	link_leave(p);
}

void ppp_open_proxied(struct ppp *p, const struct ppp_proxy *proxy)
{
	if (p->over || p->lcp.fsm.state != FSM_INITIAL)
		return;
	if (!proxy_take_lcp(p, proxy)) {
		ppp_open(p);
		return;
	}
	link_enter(p);
	log_debug(p->log, "LCP is open, as the LAC negotiated it");
	settled_take(p, proxy);
	p->proxy = proxy;
	fsm_assume_opened(&p->lcp.fsm);
	p->proxy = NULL;
	link_leave(p);
}

void ppp_close(struct ppp *p, const char *reason)
{
	if (p->over)
		return;
	link_enter(p);
	link_fail(p, PPP_END_US, "%s", reason);
	if (p->lcp.fsm.state == FSM_INITIAL) /* never opened: there is no one to tell */
		link_over(p);
	link_leave(p);
}

static void fill_counters(struct ppp_counters *c)
{
	if (!c->restart_interval)
		c->restart_interval = fsm_counters.restart_interval;
	if (!c->max_configure)
		c->max_configure = fsm_counters.max_configure;
	if (!c->max_terminate)
		c->max_terminate = fsm_counters.max_terminate;
	if (!c->max_failure)
		c->max_failure = fsm_counters.max_failure;
}

static char *copy(const char *text, size_t most)
{
	return strndup(text ? text : "", most);
}

/* Most links have names far shorter than the longest, and there are many links. */
static bool copy_names(struct ppp *p, const struct ppp_config *config)
{
	p->config.host_name = p->host_name = copy(config->host_name, PPP_NAME_MAX);
	p->config.username = p->username = copy(config->username, PPP_NAME_MAX);
	p->config.password = p->password = copy(config->password, PPP_SECRET_MAX);
	p->peer_name = copy("", 0);
	return p->host_name && p->username && p->password && p->peer_name;
}

static void free_names(struct ppp *p)
{
	if (p->password)
		explicit_bzero(p->password, strlen(p->password));
	free(p->host_name);
	free(p->username);
	free(p->password);
	free(p->peer_name);
}

struct ppp *ppp_new(const struct ppp_config *config, const struct ppp_ops *ops, void *owner,
		    struct timers *timers, void (*random)(void *owner, void *buf, size_t len),
		    const struct logger *log)
{
	struct ppp *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->config = *config;
	fill_counters(&p->config.counters);
	p->ops = ops;
	p->owner = owner;
	p->timers = timers;
	p->random = random;
	p->log = log;
	if (!copy_names(p, config) || settled_init(p)) {
		free_names(p);
		free(p);
		return NULL;
	}
	p->ipcp.ncp.done = p->ipv6cp.ncp.done = true;
	lcp_init(p);
	echo_init(p);
	auth_init(p);
	ipcp_init(p);
	ipv6cp_init(p);
	return p;
}

void ppp_free(struct ppp *p)
{
	if (!p)
		return;
	fsm_stop(&p->lcp.fsm);
	fsm_stop(&p->ipcp.ncp.fsm);
	fsm_stop(&p->ipv6cp.ncp.fsm);
	timer_cancel(p->timers, &p->echo.timer);
	timer_cancel(p->timers, &p->server.timer);
	timer_cancel(p->timers, &p->client.timer);
	settled_free(p);
	ncp_forget_end(&p->ipcp.ncp);
	ncp_forget_end(&p->ipv6cp.ncp);
	free_names(p);
	explicit_bzero(p, sizeof(*p));
	free(p);
}

uint16_t ppp_peer_mru(const struct ppp *p)
{
	return p->lcp.peer_mru;
}

bool ppp_peer_acfc(const struct ppp *p)
{
	return p->lcp.peer_acfc;
}

const char *ppp_phase(const struct ppp *p)
{
	static const char *const names[] = {
		[LINK_DEAD] = "dead",
		[LINK_ESTABLISH] = "establish",
		[LINK_AUTHENTICATE] = "authenticate",
		[LINK_NETWORK] = "network",
		[LINK_TERMINATE] = "terminate",
	};

	return names[p->phase];
}

void ppp_change(struct ppp *p, uint32_t echo_interval, unsigned echo_failures, uint32_t rechallenge)
{
	const bool open = p->phase == LINK_AUTHENTICATE || p->phase == LINK_NETWORK,
		   other_echo = p->config.echo_interval != echo_interval,
		   other_challenge = p->config.rechallenge != rechallenge;

	p->config.echo_interval = echo_interval;
	p->config.echo_failures = echo_failures;
	p->config.rechallenge = rechallenge;
	if (open && other_echo) {
		echo_stop(p);
		echo_start(p);
	}
	if (p->phase == LINK_NETWORK && other_challenge)
		auth_rechallenge(p);
}

const char *ppp_peer_name(const struct ppp *p)
{
	return p->server.state == AUTH_GOOD || p->phase == LINK_NETWORK ? p->peer_name : "";
}

const struct ppp_end *ppp_ending(const struct ppp *p)
{
	return p->failed && p->phase == LINK_TERMINATE ? &p->end : NULL;
}

struct ppp_quality ppp_quality(const struct ppp *p)
{
	return (struct ppp_quality){.echoes_sent = p->echo.sent,
				    .echoes_answered = p->echo.answered,
				    .rtt_ms = p->echo.rtt};
}
