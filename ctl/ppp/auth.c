// SPDX-License-Identifier: GPL-2.0-only
/*
 * Authentication phase (RFC 1661 3.5), what PAP and CHAP share. Each direction runs by itself: as
 * server we demand a login, have the owner judge it and answer; as client we log in. The network
 * phase begins when both directions are satisfied; a direction that was not negotiated is so from
 * the start. In it, a server that uses CHAP may ask again (RFC 1994 4.1).
 */
#include "ppp/link.h"

#include <stdlib.h>
#include "wire/ppp_text.h"

#define DECISION_LIMIT 60000 /* ms that the owner may take over a login */

static void check_done(struct ppp *p)
{
	if (p->phase == LINK_AUTHENTICATE && p->server.state == AUTH_GOOD &&
	    p->client.state == AUTH_GOOD)
		network_start(p);
}

static void ask(struct ppp *p, const struct ppp_login *login)
{
	p->server.state = AUTH_ASKED;
	p->question_open = true;
	link_set_timer(p, &p->server.timer, DECISION_LIMIT);
	log_debug(p->log, "asking whether \"%s\" may come in", p->peer_name);
	p->ops->authorise(p->owner, login);
}

/* An unauthenticated peer is announced too, for it must be given its addresses. */
static void ask_for_nobody(struct ppp *p)
{
	const struct ppp_login login = {.method = PPP_AUTH_NONE, .name = p->peer_name};

	p->server.state = AUTH_WAIT;
	if (p->question_open) { /* an earlier one: again when its answer is here */
		link_set_timer(p, &p->server.timer, DECISION_LIMIT);
		return;
	}
	p->peer_name[0] = '\0';
	ask(p, &login);
}

static void start_server(struct ppp *p)
{
	struct auth *a = &p->server;

	a->method = p->lcp.demand;
	a->tries = 0;
	if (a->method == PPP_AUTH_NONE && !p->ops->authorise) {
		p->net = p->config.net;
		a->state = AUTH_GOOD;
		return;
	}
	if (a->method == PPP_AUTH_NONE) {
		ask_for_nobody(p);
		return;
	}
	if (p->proxy && proxy_login(p))
		return;
	a->state = AUTH_WAIT;
	if (auth_is_chap(a->method))
		chap_challenge(p);
	else
		link_set_timer(p, &a->timer, link_interval(p));
}

static void start_client(struct ppp *p)
{
	struct auth *a = &p->client;

	a->method = p->lcp.peer_demand;
	a->tries = 0;
	a->first_id = a->id;
	if (a->method == PPP_AUTH_NONE) {
		a->state = AUTH_GOOD;
	} else if (a->method == PPP_AUTH_PAP) {
		pap_request(p);
	} else {
		a->state = AUTH_WAIT;
		link_set_timer(p, &a->timer, link_interval(p));
	}
}

void auth_start(struct ppp *p)
{
	start_client(p);
	if (p->lcp.fsm.state == FSM_OPENED)
		start_server(p);
	check_done(p);
}

void auth_stop(struct ppp *p)
{
	timer_cancel(p->timers, &p->server.timer);
	timer_cancel(p->timers, &p->client.timer);
	p->server.state = p->client.state = AUTH_IDLE;
}

static void set_rechallenge(struct ppp *p)
{
	if (p->config.rechallenge && auth_is_chap(p->server.method))
		link_set_timer(p, &p->server.timer, p->config.rechallenge);
}

void auth_rechallenge(struct ppp *p)
{
	if (p->server.state != AUTH_GOOD)
		return;
	timer_cancel(p->timers, &p->server.timer);
	set_rechallenge(p);
}

static void ask_again(struct ppp *p)
{
	if (p->phase != LINK_NETWORK) { /* our own login is still under way */
		set_rechallenge(p);
		return;
	}
	p->server.state = AUTH_WAIT;
	p->server.tries = 0;
	chap_challenge(p);
}

static void server_fire(void *arg)
{
	struct ppp *p = arg;
	struct auth *a = &p->server;

	link_enter(p);
	if (a->state == AUTH_ASKED || (a->state == AUTH_WAIT && a->method == PPP_AUTH_NONE)) {
		link_fail(p, PPP_END_US, "nobody decided on the login in time");
	} else if (a->state == AUTH_GOOD) {
		ask_again(p);
	} else if (++a->tries >= link_tries(p)) {
		link_fail(p, PPP_END_DEAD, "peer does not log in by %s",
			  auth_method_name(a->method));
	} else if (auth_is_chap(a->method)) {
		chap_challenge_again(p);
	} else {
		link_set_timer(p, &a->timer, link_interval(p)); /* PAP: its turn (RFC 1334 2.2.1) */
	}
	link_leave(p);
}

static void client_fire(void *arg)
{
	struct ppp *p = arg;
	struct auth *a = &p->client;

	link_enter(p);
	if (++a->tries >= link_tries(p))
		link_fail(p, PPP_END_DEAD, "no answer to our login by %s",
			  auth_method_name(a->method));
	else if (a->method == PPP_AUTH_PAP)
		pap_request(p);
	else if (a->state == AUTH_SENT)
		chap_response(p);
	else
		link_set_timer(p, &a->timer, link_interval(p)); /* the challenge is still to come */
	link_leave(p);
}

void auth_init(struct ppp *p)
{
	timer_init(&p->server.timer, server_fire, p);
	timer_init(&p->client.timer, client_fire, p);
	p->random(p->owner, p->chap_seed, sizeof(p->chap_seed));
}

static void answer(struct ppp *p, const char *text)
{
	if (p->server.method == PPP_AUTH_PAP)
		pap_answer(p, text);
	else if (auth_is_chap(p->server.method))
		chap_answer(p, text);
}

static void refuse(struct ppp *p, const char *text)
{
	p->server.state = AUTH_REFUSED;
	timer_cancel(p->timers, &p->server.timer);
	answer(p, text);
	if (p->server.method == PPP_AUTH_NONE)
		link_fail(p, PPP_END_US, "%s", text ? text : "not authorised");
	else
		link_fail(p, PPP_END_US, "login of %.80s refused%s%s", p->peer_name,
			  text && *text ? ": " : "", text ? text : "");
}

static bool set_peer_name(struct ppp *p, const void *name, size_t len)
{
	char *room = realloc(p->peer_name, len + 1);

	if (!room)
		return false;
	if (len)
		memcpy(room, name, len);
	room[len] = '\0';
	p->peer_name = room;
	return true;
}

static void refuse_odd_name(struct ppp *p, const uint8_t *name, size_t len)
{
	char text[PPP_NAME_MAX + 1];

	ppp_printable(text, sizeof(text), name, len);
	set_peer_name(p, text, strlen(text));
	refuse(p, "bad name or password");
}

/* A whole login has come in state AUTH_WAIT. A password of NULL is one that is no string. */
void auth_login(struct ppp *p, const struct ppp_login *login, const uint8_t *name, size_t name_len)
{
	struct ppp_login l = *login;

	l.again = p->phase == LINK_NETWORK;
	l.proof = p->proof;
	memset(p->proof, 0, sizeof(p->proof));
	if (p->question_open) { /* from before LCP was renegotiated; the peer will repeat itself */
		log_debug(p->log, "login not heard yet, an earlier one is still being judged");
		return;
	}
	if (name_len > PPP_NAME_MAX || memchr(name, 0, name_len) ||
	    (login->method == PPP_AUTH_PAP && !login->password)) {
		refuse_odd_name(p, name, name_len);
		return;
	}
	if (l.again && (strlen(p->peer_name) != name_len ||
			(name_len && memcmp(p->peer_name, name, name_len)))) {
		refuse(p, "another name than before");
		return;
	}
	if (!set_peer_name(p, name, name_len)) {
		refuse(p, "out of memory");
		return;
	}
	l.name = p->peer_name;
	if (p->ops->authorise)
		ask(p, &l);
	else
		refuse(p, NULL);
}

/*
 * An answer counts when its question still stands. LCP going down withdraws the question, and no
 * other is asked before the answer to it has come; so this cannot be the answer to someone else's
 * login.
 */
static bool take_answer(struct ppp *p)
{
	if (!p->question_open)
		return false;
	p->question_open = false;
	if (p->server.state == AUTH_ASKED) {
		timer_cancel(p->timers, &p->server.timer);
		return true;
	}
	log_debug(p->log, "answer to an earlier login, dropped");
	if (p->server.state == AUTH_WAIT && p->server.method == PPP_AUTH_NONE)
		ask_for_nobody(p);
	return false;
}

void ppp_prove(struct ppp *p, const uint8_t proof[PPP_PROOF_LEN])
{
	memcpy(p->proof, proof, PPP_PROOF_LEN);
}

static void accept_login(struct ppp *p, const struct ppp_addresses *net, const char *text)
{
	if (p->server.method == PPP_AUTH_MSCHAPV2 && !chap_proven(p)) {
		refuse(p, "no password to prove ourselves with");
		return;
	}
	log_debug(p->log, "\"%s\" may come in", p->peer_name);
	if (p->phase != LINK_NETWORK)
		p->net = *net;
	p->server.state = AUTH_GOOD;
	answer(p, text);
	set_rechallenge(p);
	check_done(p);
}

void ppp_accept(struct ppp *p, const struct ppp_addresses *net, const char *text)
{
	if (p->over)
		return;
	link_enter(p);
	if (take_answer(p))
		accept_login(p, net, text);
	link_leave(p);
}

void ppp_refuse(struct ppp *p, const char *text)
{
	if (p->over)
		return;
	link_enter(p);
	if (take_answer(p))
		refuse(p, text);
	link_leave(p);
}

void auth_client_sent(struct ppp *p)
{
	/* Challenged again in the network phase (RFC 1994 4.1): the peer repeats it when our answer
	 * is lost. */
	if (p->client.state == AUTH_GOOD)
		return;
	p->client.state = AUTH_SENT;
	link_set_timer(p, &p->client.timer, link_interval(p));
}

void auth_client_good(struct ppp *p)
{
	if (p->client.state != AUTH_SENT)
		return;
	p->client.state = AUTH_GOOD;
	timer_cancel(p->timers, &p->client.timer);
	check_done(p);
}

void auth_client_refused(struct ppp *p, const uint8_t *text, size_t len)
{
	char words[PPP_TEXT_MAX - 24];

	timer_cancel(p->timers, &p->client.timer);
	if (p->client.method == PPP_AUTH_MSCHAPV2)
		mschap_failure_words(text, len, words, sizeof(words));
	else
		ppp_printable(words, sizeof(words), text, len);
	link_fail(p, PPP_END_PEER, "peer refuses our login%s%s", *words ? ": " : "", words);
}
