// SPDX-License-Identifier: GPL-2.0-only
/* The answer to `l2x status`, as docs/l2x.8 describes it. Numbers are read when they are asked for.
 */
#include <stdio.h>
#include <unistd.h>
#include "base/version.h"
#include "main/call.h"
#include "main/controller.h"
#include "main/install.h"
#include "main/relay.h"
#include "main/prefixes.h"
#include "main/set.h"
#include "main/quality.h"

/* docs/status-json.md says when it goes up. */
#define STATUS_SCHEMA 1

static const char *const level_names[L2X_LEVELS] = {"xdp", "tc", "user"};

static const char *const reason_names[L2X_REASON_COUNT] = {
#define X(id, name, text) name,
	L2X_REASONS(X)
#undef X
};

json_t *status_text(const char *text)
{
	json_t *o = json_string(text);
	char copy[256];

	if (o)
		return o;
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *p = copy; *p; p++)
		if ((signed char)*p < 0x20)
			*p = '?';
	return json_string(copy);
}

static json_t *seconds_since(const struct controller *c, uint64_t since)
{
	return json_integer(since ? (json_int_t)((c->timers.now - since) / 1000) : 0);
}

static json_t *ip_json(const struct ip_addr *a)
{
	char text[IP_ADDR_TEXT];

	return json_string(ip_addr_text(a, text));
}

static json_t *endpoint_json(const struct endpoint *e)
{
	char text[ENDPOINT_TEXT];

	return json_string(endpoint_text(e, text));
}

static json_t *counts_json(const struct l2x_count counts[L2X_LEVELS])
{
	json_t *o = json_object();

	for (int i = 0; i < L2X_LEVELS; i++)
		json_object_set_new(o, level_names[i],
				    json_pack("{s:I, s:I}", "packets",
					      (json_int_t)counts[i].packets, "bytes",
					      (json_int_t)counts[i].bytes));
	return o;
}

static json_t *drops_json(const struct l2x_counters *counters)
{
	json_t *o = json_object();

	for (int i = 0; i < L2X_REASON_COUNT; i++)
		if (counters->drops[i])
			json_object_set_new(o, reason_names[i],
					    json_integer((json_int_t)counters->drops[i]));
	return o;
}

static json_t *interfaces_json(struct controller *c)
{
	struct dataplane_interface list[64];
	size_t n = dataplane_interfaces(c->dp, list, 64);
	json_t *a = json_array();

	for (size_t i = 0; i < n && i < 64; i++)
		json_array_append_new(
			a, json_pack("{s:s, s:s, s:b, s:b, s:s}", "name", list[i].name, "forward",
				     list[i].forward == FORWARD_XDP ? "xdp" : "kernel", "xdp",
				     list[i].xdp, "tc", list[i].tc, "note", list[i].note));
	return a;
}

static json_t *tunnel_json(const struct tunnel *t)
{
	const struct udp_path *path = l2tp_tunnel_path(t->l2tp);
	const char *line = quality_tunnel_line(t);
	json_t *o = json_pack("{s:s, s:s, s:s}", "name", t->log.name, "role",
			      t->outgoing ? "outgoing"
			      : t->relay  ? "relay"
					  : "incoming",
			      "state", l2tp_tunnel_state(t->l2tp));

	json_object_set_new(o, "local", endpoint_json(&path->local));
	json_object_set_new(o, "peer", endpoint_json(&path->peer));
	json_object_set_new(o, "peer_hostname", status_text(l2tp_tunnel_peer(t->l2tp)->host_name));
	json_object_set_new(o, "tunnel_id", json_integer(l2tp_tunnel_id(t->l2tp)));
	json_object_set_new(o, "peer_tunnel_id", json_integer(l2tp_tunnel_peer_id(t->l2tp)));
	json_object_set_new(o, "table", json_integer(path->table ? path->table : NET_TABLE_MAIN));
	json_object_set_new(o, "path_mtu", json_integer(t->path_mtu));
	json_object_set_new(o, "uptime", seconds_since(t->c, t->since));
	json_object_set_new(o, "line", line ? json_string(line) : json_null());
	return o;
}

static json_t *ipv4_json(const struct call *call)
{
	const struct ppp_ipv4 *ip = &call->ipv4_addresses;
	struct ip_addr local = ip_addr_v4(ip->local), remote = ip_addr_v4(ip->remote);
	json_t *dns = json_array();

	if (!call->ipv4.up) {
		json_decref(dns);
		return json_null();
	}
	for (int i = 0; i < 2; i++) {
		struct ip_addr a = ip_addr_v4(ip->dns[i]);

		if (ip->dns[i].s_addr)
			json_array_append_new(dns, ip_json(&a));
	}
	return json_pack("{s:o, s:o, s:o}", "local", ip_json(&local), "remote", ip_json(&remote),
			 "dns", dns);
}

static json_t *ipv6_json(const struct call *call)
{
	struct ip_addr local = ip_addr_v6(&call->ipv6_addresses.local);
	struct ip_addr remote = ip_addr_v6(&call->ipv6_addresses.remote);
	json_t *o;

	if (!call->ipv6.up)
		return json_null();
	o = json_pack("{s:o, s:o}", "local", ip_json(&local), "remote", ip_json(&remote));
	prefixes_json(call, o);
	return o;
}

static json_t *routes_json(const struct call *call)
{
	const struct installed *both[] = {&call->ipv4, &call->ipv6};
	char text[IP_PREFIX_TEXT];
	json_t *a = json_array();

	for (int f = 0; f < 2; f++)
		for (size_t i = 0; i < both[f]->routes_count; i++)
			json_array_append_new(a, json_string(ip_prefix_text(&both[f]->routes[i],
									    text)));
	return a;
}

/* null until an LCP echo has been answered. */
static json_t *rtt_json(const struct call *call)
{
	struct ppp_quality q = {0};

	if (call->ppp)
		q = ppp_quality(call->ppp);
	return q.echoes_answered ? json_integer(q.rtt_ms) : json_null();
}

/* null: no limit. */
static json_t *speed_json(uint64_t bits_per_s)
{
	return bits_per_s ? json_integer((json_int_t)bits_per_s) : json_null();
}

/*
 * null: it ends here. Else the entry, and the other half: null as long as there is none. onward: this is the
 * half to the LNS.
 */
static json_t *relay_json(const struct call *call)
{
	const struct call *other = call->relayed ? relayed_other(call) : NULL;

	if (!call->relayed)
		return json_null();
	return json_pack("{s:s, s:b, s:o, s:o}", "name", relayed_to(call)->name, "onward",
			 call->t->relay != NULL, "session",
			 other ? json_string(other->log.name) : json_null(), "peer",
			 other ? endpoint_json(&l2tp_tunnel_path(other->t->l2tp)->peer)
			       : json_null());
}

static json_t *call_json(struct call *call)
{
	const struct speeds limit = install_speeds(call);
	struct l2x_counters counters = {0};
	const char *user = "";
	json_t *o;

	dataplane_session_counters(call->t->c->dp, call->key, &counters);
	if (call->ppp)
		user = call->t->outgoing ? call->t->outgoing->config->username
					 : ppp_peer_name(call->ppp);
	else if (call->relayed)
		user = call->user;
	o = json_pack("{s:s, s:s, s:s, s:s}", "name", call->log.name, "tunnel", call->t->log.name,
		      "state", l2tp_session_state(call->l2tp), "phase",
		      call->ppp	      ? ppp_phase(call->ppp)
		      : call->relayed ? "relay"
				      : "dead");
	json_object_set_new(o, "user", status_text(user ? user : ""));
	json_object_set_new(o, "tunnel_id", json_integer(call->key.tunnel_id));
	json_object_set_new(o, "session_id", json_integer(l2tp_session_id(call->l2tp)));
	json_object_set_new(o, "peer_session_id", json_integer(l2tp_session_peer_id(call->l2tp)));
	json_object_set_new(o, "netdev", json_string(call->netdev ? call->netdev->name : ""));
	json_object_set_new(o, "payload_table",
			    json_integer(call->netdev ? call->netdev->table : 0));
	json_object_set_new(o, "mtu", json_integer(call->mtu));
	json_object_set_new(o, "speed", speed_json(limit.tx));
	json_object_set_new(o, "speed_rx", speed_json(limit.rx));
	json_object_set_new(o, "sequenced", json_boolean(call->flags & L2X_SESSION_SEQUENCED));
	json_object_set_new(o, "uptime", seconds_since(call->t->c, call->since));
	json_object_set_new(o, "relay", relay_json(call));
	json_object_set_new(o, "ipv4", ipv4_json(call));
	json_object_set_new(o, "ipv6", ipv6_json(call));
	json_object_set_new(o, "routes", routes_json(call));
	json_object_set_new(o, "set", call->set ? status_text(call->set->name) : json_null());
	json_object_set_new(o, "rtt_ms", rtt_json(call));
	json_object_set_new(o, "quality", quality_json(call));
	json_object_set_new(o, "rx", counts_json(counters.rx));
	json_object_set_new(o, "tx", counts_json(counters.tx));
	json_object_set_new(o, "drops", drops_json(&counters));
	return o;
}

static json_t *rejected_json(const struct controller *c)
{
	const struct l2tp_rejected *r = l2tp_rejected(c->l2tp);

	return json_pack("{s:I, s:I, s:I, s:I}", "sessions-per-tunnel",
			 (json_int_t)r->sessions_per_tunnel, "tunnels-per-peer",
			 (json_int_t)r->tunnels_per_peer, "half-open", (json_int_t)r->half_open,
			 "attempts-per-second", (json_int_t)r->attempts_per_second);
}

static json_t *waiting_json(const struct outgoing *o)
{
	uint64_t left = timer_is_set(&o->retry) ? o->retry.deadline - o->c->timers.now : 0;
	json_t *state;

	if (o->held)
		state = json_string("down by command");
	else if (timer_is_set(&o->retry))
		state = json_sprintf("retry in %u s", (unsigned)((left + 999) / 1000));
	else
		state = json_string("resolving");
	return json_pack("{s:s, s:o, s:s}", "name", o->config->name, "state", state, "last_end",
			 o->last_end);
}

json_t *status_answer(struct controller *c)
{
	static const char *const levels[] = {[DATAPLANE_AUTO] = "auto",
					     [DATAPLANE_XDP] = "xdp",
					     [DATAPLANE_TC] = "tc",
					     [DATAPLANE_USER] = "user"};
	json_t *tunnels = json_array(), *sessions = json_array(), *waiting = json_array();
	struct l2x_counters global = {0};
	struct list *i, *j, *keep_i, *keep_j;

	list_for_each(i, keep_i, &c->tunnels) {
		struct tunnel *t = list_item(i, struct tunnel, in_controller);

		json_array_append_new(tunnels, tunnel_json(t));
		list_for_each(j, keep_j, &t->calls)
			json_array_append_new(sessions,
					      call_json(list_item(j, struct call, in_tunnel)));
	}
	list_for_each(i, keep_i, &c->outgoing) {
		const struct outgoing *o = list_item(i, struct outgoing, in_controller);

		if (!o->tunnel)
			json_array_append_new(waiting, waiting_json(o));
	}
	dataplane_global_counters(c->dp, &global);
	return json_pack("{s:b, s:i, s:s, s:i, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "ok",
			 1, "schema_version", STATUS_SCHEMA, "version", L2X_VERSION, "pid",
			 getpid(), "uptime", seconds_since(c, c->started), "dataplane",
			 levels[c->config->dataplane], "interfaces", interfaces_json(c), "tunnels",
			 tunnels, "sessions", sessions, "sets", status_sets(c), "waiting", waiting,
			 "drops", drops_json(&global), "rejected", rejected_json(c));
}
