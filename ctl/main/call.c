// SPDX-License-Identifier: GPL-2.0-only
/* A session and its PPP link, see call.h. What they install is in install.c. */
#include "main/call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "main/admission.h"
#include "main/install.h"
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
	admission_leave(call);
	ppp_free(call->ppp);
	free(call->user);
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

static void ppp_send(void *owner, const uint8_t *frame, size_t len)
{
	struct call *call = owner;
	int err = dataplane_send_ppp(call->t->c->dp, call->key, frame, len);

	if (err)
		log_debug(&call->log, "cannot send a PPP frame: %s", strerror(-err));
}

/* The rule's own netdev and MTU, if it has them. */
static int use_grant(struct call *call)
{
	const struct config_session *grant = call->grant;
	struct netdev *nd;
	int err;

	if (grant->mtu && grant->mtu < call->mtu_wanted)
		call->mtu_wanted = grant->mtu;
	if (!strcmp(grant->interface, call->netdev->name))
		return 0;
	err = netdev_get(call->t->c, grant->interface, grant->payload_table, call->mtu_wanted, &nd);
	if (err)
		return err;
	netdev_put(call->t->c, call->netdev);
	call->netdev = nd;
	return 0;
}

void call_replace(struct call *call, const char *reason)
{
	if (call->closing)
		return;
	log_info(&call->log, "%s", reason);
	prefixes_stop(call);
	uninstall_ipv4(call);
	uninstall_ipv6(call);
	admission_leave(call);
	install_session(call); /* no leg any more */
	call_close(call, reason);
}

/* Several calls of one login, as legs of a set, are told apart by their tunnels. */
static void name_by_login(struct call *call, const char *name)
{
	const struct logger *log = &call->t->log;
	const char *in = call->t->incoming->name;
	const char *login = *name ? name : "anonymous";

	free(call->user);
	call->user = strdup(name);
	if (call->grant->set)
		logger_init(&call->log, log->sink, log->level, "%s/%s#%u", in, login,
			    l2tp_tunnel_id(call->t->l2tp));
	else
		logger_init(&call->log, log->sink, log->level, "%s/%s", in, login);
}

/* The far LNS answers the login. */
static const char *go_on(struct call *call, const struct ppp_login *login)
{
	const char *why = relayed_login(call, login);

	if (!why)
		name_by_login(call, login->name);
	return why;
}

static void ppp_authorise(void *owner, const struct ppp_login *login)
{
	struct call *call = owner;
	const struct config_incoming *in = call->t->incoming;
	struct ppp_addresses net = {.ipv6 = in->ipv6};
	const char *told, *why = admission_login(call, login, &told);

	if (!why && !login->again && call->grant->relay) {
		why = go_on(call, login);
		if (!why)
			return;
		told = why;
	} else if (!why && !login->again && use_grant(call)) {
		admission_leave(call);
		why = told = "no room for the session";
	}
	if (why) {
		log_warning(&call->log, "login \"%s\" refused: %s", login->name, why);
		ppp_refuse(call->ppp, told);
		return;
	}
	if (login->again) {
		ppp_accept(call->ppp, &net, NULL);
		return;
	}
	name_by_login(call, login->name);
	if (login->method != PPP_AUTH_NONE)
		log_info(&call->log, "login accepted");
	if (call->grant->timeout)
		timer_set(&call->t->c->timers, &call->timeout, 1000ull * call->grant->timeout);
	memcpy(net.interface_id, call->netdev->interface_id, sizeof(net.interface_id));
	net.ipv4 = in->ipv4 && in->local_ppp_ip.family;
	net.local = ip_addr_to_v4(&in->local_ppp_ip);
	net.remote = ip_addr_to_v4(&call->remote_ppp_ip);
	for (int i = 0; i < 2; i++)
		net.dns[i] = ip_addr_to_v4(&in->dns[i]);
	ppp_accept(call->ppp, &net, NULL);
}

static void mark_up(struct call *call)
{
	if (call->since)
		return;
	call->since = call->t->c->timers.now;
	quality_start(call);
	if (call->t->outgoing)
		outgoing_call_up(call->t->outgoing);
}

static void ppp_ipv4_up(void *owner, const struct ppp_ipv4 *ip)
{
	struct call *call = owner;
	struct ip_addr local = ip_addr_v4(ip->local), remote = ip_addr_v4(ip->remote);
	char a[IP_ADDR_TEXT], b[IP_ADDR_TEXT];

	call->ipv4_addresses = *ip;
	log_info(&call->log, "IPv4 up: local %s, remote %s", ip_addr_text(&local, a),
		 ip_addr_text(&remote, b));
	call->give_up_ipv4 = false;
	if (install_ipv4(call))
		call_give_up(call, AF_INET);
	else
		mark_up(call);
}

static void ppp_ipv4_down(void *owner)
{
	struct call *call = owner;

	log_info(&call->log, "IPv4 down");
	uninstall_ipv4(call);
}

static void ppp_ipv6_up(void *owner, const struct ppp_ipv6 *ip)
{
	struct call *call = owner;
	struct ip_addr local = ip_addr_v6(&ip->local), remote = ip_addr_v6(&ip->remote);
	char a[IP_ADDR_TEXT], b[IP_ADDR_TEXT];

	call->ipv6_addresses = *ip;
	log_info(&call->log, "IPv6 up: local %s, remote %s", ip_addr_text(&local, a),
		 ip_addr_text(&remote, b));
	call->give_up_ipv6 = false;
	if (install_ipv6(call))
		call_give_up(call, AF_INET6);
	else
		mark_up(call);
}

static void ppp_ipv6_down(void *owner)
{
	struct call *call = owner;

	log_info(&call->log, "IPv6 down");
	uninstall_ipv6(call);
}

static void note_end(struct call *call, const struct ppp_end *why)
{
	static const char *const who[] = {[PPP_END_US] = "ended by us",
					  [PPP_END_PEER] = "ended by the peer",
					  [PPP_END_DEAD] = "peer is silent"};

	call->dead = why->by == PPP_END_DEAD;
	snprintf(call->last_words, sizeof(call->last_words), "PPP %s: %s", who[why->by], why->text);
}

static void ppp_ended(void *owner, const struct ppp_end *why)
{
	struct call *call = owner;

	call->closing = true;
	note_end(call, why);
	l2tp_session_close(call->l2tp, why->by == PPP_END_DEAD ? L2TP_CDN_CARRIER : L2TP_CDN_ADMIN,
			   0, why->text);
}

/* clang-format off */
#define PPP_OPS_COMMON                                                                              \
	.send = ppp_send,                                                                           \
	.ipv4_up = ppp_ipv4_up,                                                                     \
	.ipv4_down = ppp_ipv4_down,                                                                 \
	.ipv6_up = ppp_ipv6_up,                                                                     \
	.ipv6_down = ppp_ipv6_down,                                                                 \
	.ended = ppp_ended
/* clang-format on */

static const struct ppp_ops outgoing_ops = {PPP_OPS_COMMON};
static const struct ppp_ops incoming_ops = {PPP_OPS_COMMON, .authorise = ppp_authorise};

static void set_text(char *to, size_t room, const char *from)
{
	if (from)
		snprintf(to, room, "%s", from);
}

static void ppp_config_outgoing(struct ppp_config *pc, const struct config_outgoing *out)
{
	pc->offer = out->username ? out->offer : 0;
	set_text(pc->host_name, sizeof(pc->host_name), out->hostname);
	set_text(pc->username, sizeof(pc->username), out->username);
	set_text(pc->password, sizeof(pc->password), out->password);
	pc->net.ipv4 = out->ipv4;
	pc->net.ipv6 = out->ipv6;
	pc->net.local = ip_addr_to_v4(&out->local_ppp_ip);
	pc->net.want_dns = out->accept_dns;
	pc->echo_interval = out->lcp_echo_interval * 1000;
	pc->echo_failures = out->lcp_echo_failures;
}

static void ppp_config_incoming(struct ppp_config *pc, const struct config_incoming *in)
{
	memcpy(pc->demand, in->auth, sizeof(pc->demand));
	pc->keep_settled = in->relays;
	pc->rechallenge = in->chap_rechallenge * 1000;
	set_text(pc->host_name, sizeof(pc->host_name), in->hostname);
	pc->echo_interval = in->lcp_echo_interval * 1000;
	pc->echo_failures = in->lcp_echo_failures;
}

/* What the configuration says of all sessions of the tunnel. */
static uint32_t session_flags(const struct tunnel *t)
{
	const struct config_outgoing *out = t->outgoing ? t->outgoing->config : NULL;
	const struct config_incoming *in = t->incoming;
	uint32_t flags = L2X_SESSION_CHECK_NS;

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

/* The session as the data path knows it from the start: nothing but PPP control frames may pass
 * yet. */
static int start_session(struct call *call)
{
	struct tunnel *t = call->t;
	const char *netdev = t->outgoing ? t->outgoing->config->interface : t->incoming->interface;
	uint32_t table =
		t->outgoing ? t->outgoing->config->payload_table : t->incoming->payload_table;
	int err;

	call->flags = session_flags(t);
	call->key.tunnel_id = l2tp_tunnel_id(t->l2tp);
	call->key.session_id = l2tp_session_id(call->l2tp);
	if (l2tp_session_call(call->l2tp)->sequencing_required)
		call->flags |= L2X_SESSION_SEQUENCED;
	if (t->outgoing && t->outgoing->config->set) {
		err = set_join(call, t->outgoing->config->set, NULL);
		if (err)
			return err;
	}
	call->mtu = t->outgoing ? t->outgoing->config->mtu : t->incoming->mtu;
	if (!call->mtu)
		call->mtu = underlay_payload_mtu(call);
	call->mtu_wanted = call->mtu;
	err = netdev_get(t->c, netdev, table, call->mtu, &call->netdev);
	if (err)
		return err;
	err = install_session(call);
	if (err)
		log_error(&call->log, "data path does not take the session: %s", strerror(-err));
	return err;
}

static struct ppp_bytes said(const void *bytes, size_t len)
{
	return (struct ppp_bytes){len ? bytes : NULL, len};
}

/* What the LAC has heard of the caller is as good as if we had heard it (RFC 2661 4.4.5). */
static void open_ppp(struct call *call)
{
	const struct l2tp_proxy *heard = l2tp_session_call(call->l2tp)->proxy;
	struct ppp_proxy proxy;

	if (!heard || call->t->outgoing) {
		ppp_open(call->ppp);
		return;
	}
	proxy = (struct ppp_proxy){
		.initial = said(heard->proxy_lcp_initial.bytes, heard->proxy_lcp_initial.len),
		.last_sent = said(heard->proxy_lcp_last_sent.bytes, heard->proxy_lcp_last_sent.len),
		.last_received = said(heard->proxy_lcp_last_received.bytes,
				      heard->proxy_lcp_last_received.len),
		.auth_type = heard->proxy_auth_type,
		.auth_name = said(heard->proxy_auth_name, strlen(heard->proxy_auth_name)),
		.auth_challenge =
			said(heard->proxy_auth_challenge, heard->proxy_auth_challenge_len),
		.auth_response = said(heard->proxy_auth_response, heard->proxy_auth_response_len),
		.auth_id = heard->proxy_auth_id,
	};
	ppp_open_proxied(call->ppp, &proxy);
}

void call_up(struct call *call)
{
	struct controller *c = call->t->c;
	bool outgoing = call->t->outgoing;
	const char *refused;
	struct ppp_config pc = {0};

	if (call->relayed) {
		relayed_up(call);
		return;
	}
	refused = outgoing ? NULL : admission_refused(call, true);
	if (!refused && call->grant)
		refused = relayed_begin(call);
	if (refused) {
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
	if (outgoing)
		ppp_config_outgoing(&pc, call->t->outgoing->config);
	else
		ppp_config_incoming(&pc, call->t->incoming);
	pc.mru = call->mtu;
	call->ppp = ppp_new(&pc, outgoing ? &outgoing_ops : &incoming_ops, call, &c->timers,
			    controller_random, &call->log);
	explicit_bzero(&pc, sizeof(pc));
	if (!call->ppp) {
		l2tp_session_close(call->l2tp, L2TP_CDN_ERROR, L2TP_ERROR_RESOURCES,
				   "out of memory");
		return;
	}
	open_ppp(call);
}

void call_path_changed(struct call *call)
{
	if (!call->netdev || !(call->flags & L2X_SESSION_DF))
		return;
	call->mtu_wanted = underlay_payload_mtu(call);
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

void call_close(struct call *call, const char *reason)
{
	if (call->closing)
		return;
	call->closing = true;
	prefixes_stop(call);
	snprintf(call->last_words, sizeof(call->last_words), "%s", reason);
	if (call->ppp)
		ppp_close(call->ppp, reason);
	else
		l2tp_session_close(call->l2tp, L2TP_CDN_ADMIN, 0, reason);
}

void call_down(struct call *call, const struct l2tp_end *why)
{
	struct tunnel *t = call->t;
	/* A CDN that comes while PPP still says goodbye tells less than PPP does. */
	const struct ppp_end *ending =
		call->ppp && !*call->last_words ? ppp_ending(call->ppp) : NULL;
	bool dead;
	char text[512];

	if (ending)
		note_end(call, ending);
	dead = call->dead || why->timed_out;
	if (*call->last_words)
		snprintf(text, sizeof(text), "%s", call->last_words);
	else
		l2tp_end_text(why, text, sizeof(text));
	log_info(&call->log, "session ended: %s", text);
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
