// SPDX-License-Identifier: GPL-2.0-only
/* A session and its PPP link, see call.h. What PPP tells is in call_ppp.c, what they install in install.c. */
#include "main/call.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "main/admission.h"
#include "main/capture.h"
#include "main/install.h"
#include "main/log.h"
#include "main/prefixes.h"
#include "main/relay.h"
#include "main/set.h"
#include "main/quality.h"

/* Without its routes a protocol is of no use; the other one may well be. */
static void give_up(void *arg)
{
	static const char reason[] = "cannot set up its addresses and routes";
	struct call *call = arg;
	bool ipv4 = call->give_up_ipv4, ipv6 = call->give_up_ipv6;

	call->give_up_ipv4 = call->give_up_ipv6 = false;
	if (ipv4)
		ppp_close_ipv4(call->ppp, reason);
	if (ipv6)
		ppp_close_ipv6(call->ppp, reason);
}

static void timed_out(void *arg)
{
	call_close(arg, "session timeout");
}

void call_granted(struct call *call)
{
	call->granted = call->t->c->timers.now;
	call_limit_time(call);
}

void call_limit_time(struct call *call)
{
	struct timers *timers = &call->t->c->timers;
	const uint64_t end = call->granted + UINT64_C(1000) * call->grant->timeout;

	if (call->grant->timeout)
		timer_set(timers, &call->timeout, end > timers->now ? end - timers->now : 0);
	else
		timer_cancel(timers, &call->timeout);
}

void call_give_up(struct call *call, int family)
{
	if (family == AF_INET)
		call->give_up_ipv4 = true;
	else
		call->give_up_ipv6 = true;
	timer_set(&call->t->c->timers, &call->give_up, 0);
}

void call_free(struct call *call)
{
	timer_cancel(&call->t->c->timers, &call->give_up);
	timer_cancel(&call->t->c->timers, &call->timeout);
	timer_cancel(&call->t->c->timers, &call->doubt);
	capture_call_gone(call);
	admission_leave(call);
	ppp_free(call->ppp);
	free(call->user);
	free(call->last_words);
	list_remove(&call->in_tunnel);
	call->t->c->calls--;
	if (call->t->incoming)
		admission_count_call(call->t, false);
	free(call);
}

struct call *call_new(struct tunnel *t, const char *name)
{
	struct call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->t = t;
	logger_init(&call->log, t->log.sink, t->log.level, "%s", name);
	log_call(call, NULL);
	timer_init(&call->give_up, give_up, call);
	timer_init(&call->timeout, timed_out, call);
	list_init(&call->in_login);
	set_init_leg(call);
	list_append(&t->calls, &call->in_tunnel);
	t->c->calls++;
	if (t->incoming)
		admission_count_call(t, true);
	return call;
}

void call_release(struct call *call)
{
	prefixes_stop(call);
	uninstall_ipv4(call);
	uninstall_ipv6(call);
	admission_leave(call);
	if (call->key.tunnel_id)
		install_session(call); /* no leg any more */
}

const char *call_user(const struct call *call)
{
	return call->t->outgoing ? call->t->outgoing->config->username : call->user;
}

struct call *call_by_key(const struct controller *c, struct l2x_session_key key)
{
	struct l2tp_tunnel *t = l2tp_tunnel_by_id(c->l2tp, key.tunnel_id);
	struct l2tp_session *s = t ? l2tp_session_by_id(t, key.session_id) : NULL;

	return s ? l2tp_session_user(s) : NULL;
}

void call_replace(struct call *call, const char *reason)
{
	if (call->closing)
		return;
	log_info(&call->log, "%s", reason);
	call_release(call);
	call_close(call, reason);
}

uint32_t call_settings(const struct tunnel *t)
{
	const struct config_outgoing *out = t->outgoing ? t->outgoing->config : NULL;
	const struct config_incoming *in = t->incoming;
	uint32_t flags = 0;

	if (out ? out->tcp_mss_fix : in->tcp_mss_fix)
		flags |= L2X_SESSION_MSS_FIX;
	if (!(out ? out->check_source : in->check_source))
		flags |= L2X_SESSION_ANY_SOURCE;
	if (!(out ? out->check_peer : in->check_peer))
		flags |= L2X_SESSION_ANY_PEER;
	/* Where the MTU is to follow the path, routers have to say what it lets through. */
	if (!(out ? out->mtu : in->mtu))
		flags |= L2X_SESSION_DF;
	return flags;
}

uint16_t call_wanted_mtu(const struct call *call)
{
	const struct tunnel *t = call->t;
	uint16_t mtu = t->outgoing ? t->outgoing->config->mtu : t->incoming->mtu;

	if (!mtu)
		mtu = underlay_payload_mtu(call);
	if (call->grant && call->grant->mtu && call->grant->mtu < mtu)
		mtu = call->grant->mtu;
	return mtu;
}

/* The session as the data path knows it from the start: nothing but PPP control frames may pass
 * yet. */
static int start_session(struct call *call)
{
	struct tunnel *t = call->t;
	const char *netdev = t->outgoing ? t->outgoing->config->interface : t->incoming->interface;
	uint32_t table =
		t->outgoing ? t->outgoing->config->payload_table : t->incoming->payload_table;
	int err;

	call->flags = L2X_SESSION_CHECK_NS | call_settings(t);
	call->key.tunnel_id = l2tp_tunnel_id(t->l2tp);
	call->key.session_id = l2tp_session_id(call->l2tp);
	if (l2tp_session_call(call->l2tp)->sequencing_required)
		call->flags |= L2X_SESSION_SEQUENCED;
	if (t->outgoing && t->outgoing->config->set) {
		err = set_join(call, t->outgoing->config->set, NULL);
		if (err)
			return err;
	}
	call->metric = t->outgoing ? t->outgoing->config->metric : 0;
	call->mtu_wanted = call->mtu = call_wanted_mtu(call);
	err = netdev_get(t->c, netdev, table, call->mtu, &call->netdev);
	if (err)
		return err;
	err = install_session(call);
	if (err)
		log_error(&call->log, "data path does not take the session: %s", strerror(-err));
	return err;
}

static const char *proxied_login(const struct call *call)
{
	return call->proxied ? l2tp_session_call(call->l2tp)->proxy->proxy_auth_name : NULL;
}

void call_up(struct call *call)
{
	const char *refused;

	if (call->relayed) {
		relayed_up(call);
		return;
	}
	refused = call->t->outgoing ? NULL : admission_refused(call, true);
	log_call(call, proxied_login(call));
	if (!refused && call->grant)
		refused = relayed_begin(call);
	if (refused) {
		call->refused = true;
		log_warning(&call->log, "call refused: %s", refused);
		l2tp_session_close(call->l2tp, L2TP_CDN_ADMIN, 0, refused);
		return;
	}
	if (call->relayed)
		return;
	if (start_session(call)) {
		l2tp_session_close(call->l2tp, L2TP_CDN_ERROR, L2TP_ERROR_RESOURCES,
				   "no room for the session");
		return;
	}
	if (call_open_ppp(call))
		l2tp_session_close(call->l2tp, L2TP_CDN_ERROR, L2TP_ERROR_RESOURCES,
				   "out of memory");
}

void call_path_changed(struct call *call)
{
	if (!call->netdev || !(call->flags & L2X_SESSION_DF))
		return;
	call->mtu_wanted = call_wanted_mtu(call);
	install_mtu(call);
}

/* Who asks for an incoming call is the LAC, who is asked for an outgoing one too. */
static bool is_lac(const struct call *call)
{
	bool incoming = l2tp_session_call(call->l2tp)->type == L2TP_CALL_INCOMING;

	return call->t->incoming ? !incoming : incoming;
}

/* RFC 2661 5.4: without Sequencing Required, the LNS controls it, and the LAC follows. A leg has
 * numbers anyhow. */
void call_numbering(struct call *call, bool numbered)
{
	if (!is_lac(call) || l2tp_session_call(call->l2tp)->sequencing_required || call->set)
		return;
	log_debug(&call->log, "the LNS %s its packets: so do we",
		  numbered ? "numbers" : "no longer numbers");
	call->flags &= ~L2X_SESSION_SEQUENCED;
	if (numbered)
		call->flags |= L2X_SESSION_SEQUENCED;
	install_session(call);
}

void call_input(struct call *call, const uint8_t *frame, size_t len)
{
	if (call->relayed && !call->ppp)
		relayed_keep(call, frame, len);
	if (!call->ppp)
		return;
	l2tp_tunnel_saw_data(call->t->l2tp);
	ppp_input(call->ppp, frame, len);
}

void call_set_last_words(struct call *call, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	free(call->last_words);
	call->last_words = text;
}

void call_close(struct call *call, const char *reason)
{
	if (call->closing)
		return;
	call->closing = true;
	prefixes_stop(call);
	call_set_last_words(call, "ended by us: %s", reason);
	if (call->ppp)
		ppp_close(call->ppp, reason);
	else
		l2tp_session_close(call->l2tp, L2TP_CDN_ADMIN, 0, reason);
}

static void log_end(const struct call *call, bool dead, const char *why)
{
	enum log_level level = call->refused ? LOG_LEVEL_DEBUG
			       : dead	     ? LOG_LEVEL_WARNING
					     : LOG_LEVEL_INFO;

	if (call->since)
		log_at(&call->log, level, "session ended after %llu s: %s",
		       (unsigned long long)(call->t->c->timers.now - call->since) / 1000, why);
	else
		log_at(&call->log, level, "session ended: %s", why);
}

void call_down(struct call *call, const struct l2tp_end *why)
{
	struct tunnel *t = call->t;
	/* A CDN that comes while PPP still says goodbye tells less than PPP does. */
	const struct ppp_end *ending =
		call->ppp && !call->last_words ? ppp_ending(call->ppp) : NULL;
	bool dead;
	char text[512];

	if (ending)
		call_note_end(call, ending);
	dead = call->dead || why->timed_out;
	if (call->last_words)
		snprintf(text, sizeof(text), "%s", call->last_words);
	else
		l2tp_end_text(why, text, sizeof(text));
	log_end(call, dead, text);
	quality_stop(call);
	uninstall_all(call);
	set_leave(call);
	if (call->relayed)
		relayed_down(call, why);
	if (call->netdev)
		netdev_put(t->c, call->netdev);
	call_free(call);
	if (t->outgoing)
		outgoing_call_down(t->outgoing, text, dead);
	if (t->relay)
		relay_call_gone(t->relay);
	controller_progress(t->c);
}
