// SPDX-License-Identifier: GPL-2.0-only
/* A call that is relayed, with both its halves, see relay.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "main/call.h"
#include "main/install.h"
#include "main/quality.h"
#include "main/relay.h"
#include "policy/told.h"

#define KEPT_MAX 8 /* frames of the caller until the far LNS is there: it repeats what it wants */

struct kept {
	size_t len;
	uint8_t frame[];
};

struct relayed {
	struct relay *relay;
	struct list in_relay; /* while it waits for the tunnel */
	struct call *caller;  /* the LAC's half; NULL: gone, and the other one is going */
	struct call *onward;  /* NULL: not dialled yet, or gone */
	struct l2tp_call_info info;
	struct l2tp_proxy proxy; /* with info.proxy; cleared when it has been told */
	struct timer start;
	struct kept *kept[KEPT_MAX];
	size_t kept_count;
};

struct relayed *relayed_of(struct list *waiting)
{
	return list_item(waiting, struct relayed, in_relay);
}

static void forget_proxy(struct relayed *d)
{
	explicit_bzero(&d->proxy, sizeof(d->proxy));
	d->info.proxy = NULL;
}

static void relayed_free(struct relayed *d)
{
	timer_cancel(&d->relay->c->timers, &d->start);
	list_remove(&d->in_relay);
	while (d->kept_count)
		free(d->kept[--d->kept_count]);
	forget_proxy(d);
	d->relay->users--;
	free(d);
}

static struct relay *find(struct controller *c, const struct config_relay *config)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->relays) {
		struct relay *r = list_item(i, struct relay, in_controller);

		if (r->config == config)
			return r;
	}
	return NULL;
}

/* A call that has passed us before would go on for ever. */
static const char *check_trail(const struct controller *c, const struct l2tp_call_info *info)
{
	for (size_t i = 0; i < info->trail_count; i++)
		if (!memcmp(info->trail[i], c->relay_id, L2TP_RELAY_ID_LEN))
			return "relay loop: this call has been relayed here already";
	return info->trail_count == L2TP_TRAIL_MAX ? "too many relays" : NULL;
}

/* login: "": not known */
static struct told_caller told_of(const struct call *call, const char *login)
{
	const struct speeds limit = install_speeds(call);

	return (struct told_caller){l2tp_session_call(call->l2tp), login, limit.tx, limit.rx};
}

static void start(void *relayed);

static const char *relayed_new(struct call *call, const char *login, struct relayed **out)
{
	const struct l2tp_call_info *info = l2tp_session_call(call->l2tp);
	const struct told_caller caller = told_of(call, login);
	const char *why = check_trail(call->t->c, info);
	struct relayed *d;

	if (!why && info->type != L2TP_CALL_INCOMING)
		why = "outgoing calls are not relayed";
	if (why)
		return why;
	d = calloc(1, sizeof(*d));
	if (!d)
		return "out of memory";
	d->relay = find(call->t->c, call->grant->relay);
	if (!d->relay) { /* there was no memory for it at a reload */
		free(d);
		return "out of memory";
	}
	d->relay->users++;
	d->caller = call;
	list_init(&d->in_relay);
	timer_init(&d->start, start, d);
	told_call(d->relay->config, &caller, &call->log, &d->info);
	memcpy(d->info.trail[d->info.trail_count++], d->relay->c->relay_id, L2TP_RELAY_ID_LEN);
	call->relayed = d;
	*out = d;
	return NULL;
}

/* There is no payload of ours in it any more, and nobody to tell what does not fit the way on. */
static int make_plain(struct call *half)
{
	half->flags &= L2X_SESSION_ANY_PEER | L2X_SESSION_CHECK_NS | L2X_SESSION_SEQUENCED;
	return install_session(half);
}

static void go_on(struct relayed *d)
{
	log_debug(&d->caller->log, "goes on by %s", d->relay->config->name);
	call_granted(d->caller);
	list_append(&d->relay->waiting, &d->in_relay);
	relay_want(d->relay, d);
}

/* d->proxy has what is known; by the entry's policy it is told. */
static void choose_proxy(struct relayed *d, const char *login)
{
	const struct told_caller caller = told_of(d->caller, login);

	if (told_proxy(d->relay->config, &caller, &d->caller->log, &d->proxy))
		d->info.proxy = &d->proxy;
	else
		forget_proxy(d);
}

const char *relayed_begin(struct call *call)
{
	const struct l2tp_proxy *heard = l2tp_session_call(call->l2tp)->proxy;
	const char *login = call->user ? call->user : "";
	struct relayed *d;
	const char *why = relayed_new(call, login, &d);

	if (why)
		return why;
	if (heard) {
		d->proxy = *heard;
		choose_proxy(d, login);
	}
	call->key.tunnel_id = l2tp_tunnel_id(call->t->l2tp);
	call->key.session_id = l2tp_session_id(call->l2tp);
	if (!call->t->incoming->check_peer)
		call->flags |= L2X_SESSION_ANY_PEER;
	if (d->info.sequencing_required)
		call->flags |= L2X_SESSION_SEQUENCED;
	/* The session is just being told of. */
	timer_set(&d->relay->c->timers, &d->start, 0);
	return make_plain(call) ? "no room for the session" : NULL;
}

static uint8_t put(uint8_t *to, const uint8_t *from, uint8_t len)
{
	if (len)
		memcpy(to, from, len);
	return len;
}

/* RFC 2661 4.4.5 */
static void take_login(struct l2tp_proxy *x, const struct ppp_login *login)
{
	size_t len = strlen(login->name);

	if (login->method == PPP_AUTH_NONE) {
		x->proxy_auth_type = PPP_PROXY_NONE;
		return;
	}
	if (len < sizeof(x->proxy_auth_name))
		memcpy(x->proxy_auth_name, login->name, len);
	x->proxy_auth_id = login->chap_id;
	if (login->method == PPP_AUTH_PAP) {
		x->proxy_auth_type = PPP_PROXY_PAP;
		len = login->password ? strlen(login->password) : 0;
		if (len && len <= sizeof(x->proxy_auth_response))
			x->proxy_auth_response_len =
				put(x->proxy_auth_response, (const uint8_t *)login->password,
				    (uint8_t)len);
		return;
	}
	x->proxy_auth_type = PPP_PROXY_CHAP;
	x->proxy_auth_challenge_len =
		put(x->proxy_auth_challenge, login->challenge, login->challenge_len);
	x->proxy_auth_response_len =
		put(x->proxy_auth_response, login->response, login->response_len);
}

static void take_request(struct l2tp_confreq *to, const struct ppp_bytes *from)
{
	to->len = from->p && from->len <= sizeof(to->bytes) ? (uint8_t)from->len : 0;
	if (to->len)
		memcpy(to->bytes, from->p, to->len);
}

const char *relayed_login(struct call *call, const struct ppp_login *login)
{
	struct relayed *d;
	const char *why = relayed_new(call, login->name, &d);

	if (why)
		return why;
	take_login(&d->proxy, login);
	/* The link is on the stack. */
	timer_set(&d->relay->c->timers, &d->start, 0);
	return NULL;
}

/* The far LNS takes the link over as it stands, or negotiates LCP anew: that is its choice. */
static void start(void *relayed)
{
	struct relayed *d = relayed;
	struct call *call = d->caller;
	struct ppp_proxy settled;

	if (call->closing)
		return;
	if (call->ppp && ppp_settled(call->ppp, &settled)) {
		take_request(&d->proxy.proxy_lcp_initial, &settled.initial);
		take_request(&d->proxy.proxy_lcp_last_sent, &settled.last_sent);
		take_request(&d->proxy.proxy_lcp_last_received, &settled.last_received);
		choose_proxy(d, call->user ? call->user : "");
	} else if (call->ppp) {
		forget_proxy(d);
	}
	quality_stop(call); /* it may have been up under another name */
	ppp_free(call->ppp);
	call->ppp = NULL;
	if (make_plain(call))
		relayed_refuse(d, "no room for the session");
	else
		go_on(d);
}

void relayed_refuse(struct relayed *d, const char *why)
{
	log_warning(&d->caller->log, "%s", why);
	list_remove(&d->in_relay);
	l2tp_session_close(d->caller->l2tp, L2TP_CDN_NO_FACILITY_TEMPORARY, 0, why);
}

void relayed_dial(struct relayed *d, struct tunnel *t)
{
	struct call *call;
	char name[160];

	list_remove(&d->in_relay);
	snprintf(name, sizeof(name), "%s>%s", d->caller->log.name, d->relay->config->name);
	call = call_new(t, name);
	if (call) {
		timer_cancel(&d->relay->c->timers, &d->relay->idle);
		call->l2tp = l2tp_session_dial(t->l2tp, &d->info, &call->log, call);
	}
	forget_proxy(d);
	if (!call || !call->l2tp) {
		if (call)
			call_free(call);
		relayed_refuse(d, "out of memory");
		return;
	}
	d->onward = call;
	call->relayed = d;
}

static int join(struct call *half, const struct call *other)
{
	half->flags |= L2X_SESSION_RELAY;
	half->relay_key = other->key;
	half->since = half->t->c->timers.now;
	return install_session(half);
}

static void send_kept(struct relayed *d)
{
	struct controller *c = d->relay->c;

	for (size_t i = 0; i < d->kept_count; i++) {
		dataplane_send_ppp(c->dp, d->onward->key, d->kept[i]->frame, d->kept[i]->len);
		free(d->kept[i]);
	}
	d->kept_count = 0;
}

void relayed_up(struct call *half)
{
	struct relayed *d = half->relayed;
	int err;

	half->key.tunnel_id = l2tp_tunnel_id(half->t->l2tp);
	half->key.session_id = l2tp_session_id(half->l2tp);
	if (d->info.sequencing_required)
		half->flags |= L2X_SESSION_SEQUENCED;
	err = join(half, d->caller);
	/* Before any later frame of the caller goes straight on. */
	if (!err) {
		send_kept(d);
		err = join(d->caller, half);
	}
	if (err) {
		log_error(&half->log, "data path does not take the session: %s", strerror(-err));
		l2tp_session_close(half->l2tp, L2TP_CDN_ERROR, L2TP_ERROR_RESOURCES,
				   "no room for the session");
		return;
	}
	quality_start(d->caller);
	quality_start(half);
	log_info(&d->caller->log, "relayed by %s to \"%s\"", d->relay->config->name,
		 l2tp_tunnel_peer(half->t->l2tp)->host_name);
}

/*
 * What a peer has said of the end is told to the other one as it was. An end of the tunnel has no
 * codes of a call (RFC 2661 4.4.2): to the other side, that is a carrier lost.
 */
static void end_other(struct call *other, const struct l2tp_end *why)
{
	if (why->result)
		l2tp_session_close_as(other->l2tp, why);
	else
		l2tp_session_close(other->l2tp, L2TP_CDN_CARRIER, 0, why->text);
}

void relayed_down(struct call *half, const struct l2tp_end *why)
{
	struct relayed *d = half->relayed;
	struct call *other = half == d->caller ? d->onward : d->caller;

	half->relayed = NULL;
	if (half == d->caller)
		d->caller = NULL;
	else
		d->onward = NULL;
	if (!other) {
		relayed_free(d);
		return;
	}
	/* From here on each is on its own. */
	other->relayed = NULL;
	relayed_free(d);
	end_other(other, why);
}

void relayed_keep(struct call *half, const uint8_t *frame, size_t len)
{
	struct relayed *d = half->relayed;
	struct kept *k;

	if (half != d->caller || d->kept_count == KEPT_MAX)
		return;
	/* They are sent with FF03 in front, which every receiver takes (RFC 1661 6.6). */
	if (len >= 2 && frame[0] == 0xff && frame[1] == 0x03) {
		frame += 2;
		len -= 2;
	}
	k = malloc(sizeof(*k) + len);
	if (!k)
		return;
	k->len = len;
	memcpy(k->frame, frame, len);
	d->kept[d->kept_count++] = k;
}

void relayed_notice(struct call *half, enum l2tp_notice notice)
{
	const struct call *other = relayed_other(half);

	if (other)
		l2tp_session_notify(other->l2tp, notice, l2tp_session_call(half->l2tp));
}

const struct call *relayed_other(const struct call *half)
{
	const struct relayed *d = half->relayed;

	return half == d->caller ? d->onward : d->caller;
}

const struct config_relay *relayed_to(const struct call *half)
{
	return half->relayed->relay->config;
}
