// SPDX-License-Identifier: GPL-2.0-only
/* The PPP link of a call: what the configuration wants of it, and what it tells, see call.h. */
#include "main/call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "main/admission.h"
#include "main/capture.h"
#include "main/install.h"
#include "main/log.h"
#include "main/prefixes.h"
#include "main/quality.h"
#include "main/relay.h"
#include "main/set.h"

#define ORIGIN_TEXT (2 * L2TP_NUMBER_MAX + 32)

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

	call->mtu_wanted = call_wanted_mtu(call);
	if (!strcmp(grant->interface, call->netdev->name))
		return 0;
	err = netdev_get(call->t->c, grant->interface, grant->payload_table, call->mtu_wanted, &nd);
	if (err)
		return err;
	netdev_put(call->t->c, call->netdev);
	call->netdev = nd;
	return 0;
}

/* Several calls of one login, as legs of a set, are told apart by their tunnels. */
static void name_by_login(struct call *call, const char *name)
{
	const char *in = call->t->incoming->name;
	const char *login = *name ? name : "anonymous";

	free(call->user);
	call->user = strdup(name);
	if (call->grant->set)
		logger_rename(&call->log, "%s/%s#%u", in, login, l2tp_tunnel_id(call->t->l2tp));
	else
		logger_rename(&call->log, "%s/%s", in, login);
	log_call(call, NULL);
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
	const char *told, *why;

	capture_call_login(call, login->name);
	log_call(call, login->name);
	why = admission_login(call, login, &told);
	call->logged_in |= !why;

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
		call->refused = true;
		log_warning(&call->log, "login \"%s\" refused: %s", login->name, why);
		ppp_refuse(call->ppp, told);
		return;
	}
	if (login->again) {
		ppp_accept(call->ppp, &net, NULL);
		return;
	}
	name_by_login(call, login->name);
	capture_call_changed(call);
	if (login->method != PPP_AUTH_NONE)
		log_debug(&call->log, "login accepted");
	call_granted(call);
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

/* With the first protocol: who is it? */
static const char *origin(const struct call *call, char *text, size_t room)
{
	const struct l2tp_call_info *info = l2tp_session_call(call->l2tp);
	const char *quote = *info->called ? "\"" : "";

	*text = 0;
	if (call->since || call->t->outgoing)
		return text;
	if (*info->calling)
		snprintf(text, room, ", call from \"%s\"%s%s%s%s", info->calling,
			 *quote ? " to " : "", quote, info->called, quote);
	else if (*info->called)
		snprintf(text, room, ", call to \"%s\"", info->called);
	return text;
}

/* Of a link that ends, the end of the session tells. */
static void log_down(const struct call *call, const char *protocol)
{
	if (call->closing || ppp_ending(call->ppp))
		log_debug(&call->log, "%s down", protocol);
	else
		log_info(&call->log, "%s down", protocol);
}

static void ppp_ipv4_up(void *owner, const struct ppp_ipv4 *ip)
{
	struct call *call = owner;
	struct ip_addr local = ip_addr_v4(ip->local), remote = ip_addr_v4(ip->remote);
	char a[IP_ADDR_TEXT], b[IP_ADDR_TEXT], from[ORIGIN_TEXT];

	call->ipv4_addresses = *ip;
	log_info(&call->log, "IPv4 up: local %s, remote %s%s", ip_addr_text(&local, a),
		 ip_addr_text(&remote, b), origin(call, from, sizeof(from)));
	call->give_up_ipv4 = false;
	if (install_ipv4(call))
		call_give_up(call, AF_INET);
	else
		mark_up(call);
}

static void ppp_ipv4_down(void *owner)
{
	struct call *call = owner;

	log_down(call, "IPv4");
	uninstall_ipv4(call);
}

static void ppp_ipv6_up(void *owner, const struct ppp_ipv6 *ip)
{
	struct call *call = owner;
	struct ip_addr local = ip_addr_v6(&ip->local), remote = ip_addr_v6(&ip->remote);
	char a[IP_ADDR_TEXT], b[IP_ADDR_TEXT], from[ORIGIN_TEXT];

	call->ipv6_addresses = *ip;
	log_info(&call->log, "IPv6 up: local %s, remote %s%s", ip_addr_text(&local, a),
		 ip_addr_text(&remote, b), origin(call, from, sizeof(from)));
	call->give_up_ipv6 = false;
	if (install_ipv6(call))
		call_give_up(call, AF_INET6);
	else
		mark_up(call);
}

static void ppp_ipv6_down(void *owner)
{
	struct call *call = owner;

	log_down(call, "IPv6");
	uninstall_ipv6(call);
}

void call_note_end(struct call *call, const struct ppp_end *why)
{
	static const char *const who[] = {[PPP_END_US] = "ended by us",
					  [PPP_END_PEER] = "ended by the peer",
					  [PPP_END_DEAD] = "peer is silent"};

	call->dead = why->by == PPP_END_DEAD;
	call_set_last_words(call, "PPP %s: %s", who[why->by], why->text);
}

static void ppp_ended(void *owner, const struct ppp_end *why)
{
	struct call *call = owner;

	call->closing = true;
	call_note_end(call, why);
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

static void ppp_config_outgoing(struct ppp_config *pc, const struct config_outgoing *out)
{
	pc->counters = out->counters;
	pc->offer = out->username ? out->offer : 0;
	pc->host_name = out->hostname;
	pc->username = out->username;
	pc->password = out->password;
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
	pc->counters = in->counters;
	pc->keep_settled = in->relays;
	pc->rechallenge = in->chap_rechallenge * 1000;
	pc->host_name = in->hostname;
	pc->echo_interval = in->lcp_echo_interval * 1000;
	pc->echo_failures = in->lcp_echo_failures;
}

static struct ppp_bytes said(const void *bytes, size_t len)
{
	return (struct ppp_bytes){len ? bytes : NULL, len};
}

static void take_login(struct ppp_proxy *proxy, const struct l2tp_proxy *heard)
{
	proxy->auth_type = heard->proxy_auth_type;
	proxy->auth_name = said(heard->proxy_auth_name, strlen(heard->proxy_auth_name));
	proxy->auth_challenge = said(heard->proxy_auth_challenge, heard->proxy_auth_challenge_len);
	proxy->auth_response = said(heard->proxy_auth_response, heard->proxy_auth_response_len);
	proxy->auth_id = heard->proxy_auth_id;
}

/*
 * What the LAC has heard of the caller is as good as if we had heard it (RFC 2661 4.4.5), unless the
 * configuration does not trust it with the login (9.5).
 */
static void open_ppp(struct call *call)
{
	const struct l2tp_proxy *heard = l2tp_session_call(call->l2tp)->proxy;
	struct ppp_proxy proxy;

	if (!heard || call->t->outgoing || call->t->incoming->own_lcp) {
		ppp_open(call->ppp);
		return;
	}
	proxy = (struct ppp_proxy){
		.initial = said(heard->proxy_lcp_initial.bytes, heard->proxy_lcp_initial.len),
		.last_sent = said(heard->proxy_lcp_last_sent.bytes, heard->proxy_lcp_last_sent.len),
		.last_received = said(heard->proxy_lcp_last_received.bytes,
				      heard->proxy_lcp_last_received.len),
	};
	if (call->t->incoming->accept_proxy_login)
		take_login(&proxy, heard);
	ppp_open_proxied(call->ppp, &proxy);
}

int call_open_ppp(struct call *call)
{
	bool outgoing = call->t->outgoing;
	struct ppp_config pc = {0};

	if (outgoing)
		ppp_config_outgoing(&pc, call->t->outgoing->config);
	else
		ppp_config_incoming(&pc, call->t->incoming);
	pc.mru = call->mtu;
	call->ppp = ppp_new(&pc, outgoing ? &outgoing_ops : &incoming_ops, call,
			    &call->t->c->timers, controller_random, &call->log);
	if (!call->ppp)
		return -ENOMEM;
	open_ppp(call);
	return 0;
}
