// SPDX-License-Identifier: GPL-2.0-only
/*
 * Second pass: from what libcyaml loaded to struct config, entry by entry. The defaults stand here,
 * and every rule that needs no other entry; docs/l2x.conf.5 says the same to people.
 */
#include "policy/config_read.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>
#include "l2tp/l2tp.h"
#include "l2x/wire.h"
#include "policy/rules.h"
#include "ppp/ppp.h"

#define NAME_MAX_LEN 40 /* of a tunnel, in logs and tables */
#define SERVER_MAX   253
#define SERVERS_MAX  16
#define TABLE_MAIN   254
#define TABLE_LOCAL  255
#define MTU_MIN_IPV6 1280 /* RFC 8200 5 */
#define DAY	     86400

static const struct config_range port_range = {1, 65535, L2TP_PORT};
static const struct config_range table_range = {1, UINT32_MAX, TABLE_MAIN};
static const struct config_range mtu_range = {576, 9000, 0};
static const struct config_range hello_range = {0, DAY, 60};
static const struct config_range echo_range = {0, DAY, 10};
static const struct config_range echo_failures_range = {1, 255, 5};
static const struct config_range weight_range = {1, 65535, 0};
static const struct config_range rechallenge_range = {0, DAY, 0};
static const struct config_range max_range = {0, 1000000, 0};

static char *machine_name(struct reader *r)
{
	char name[L2TP_NAME_MAX + 1] = "";

	gethostname(name, sizeof(name) - 1);
	return reader_copy(r, *name ? name : "l2x");
}

char *value_hostname(const struct place *at, const char *raw)
{
	return raw ? value_text(at, "hostname", raw, L2TP_NAME_MAX, NULL) : machine_name(at->r);
}

char *value_name(const struct place *at, const char *raw)
{
	if (!raw)
		mistake(at, "name", "is missing, give the tunnel a name of its own");
	return value_text(at, "name", raw, NAME_MAX_LEN, NULL);
}

/* The TUN netdev and the kernel's table that its routes are in. */
void config_check_netdev(const struct place *at, const char *raw_netdev, const char *raw_table,
			 char *netdev, uint32_t *table)
{
	*table = value_number(at, "payload-table", raw_table, table_range);
	if (*table == TABLE_LOCAL)
		mistake(at, "payload-table",
			"255 is the kernel's own local table, give another one");
	snprintf(netdev, IFNAMSIZ, "l2x%u", *table == TABLE_MAIN ? 0 : *table);
	value_netdev(at, "interface", raw_netdev, netdev);
}

static void check_families(const struct place *at, bool ipv4, bool ipv6, uint16_t mtu)
{
	if (!ipv4 && !ipv6)
		mistake(at, "ipv6", "ipv4 and ipv6 are both off, turn one of them on");
	if (ipv6 && mtu && mtu < MTU_MIN_IPV6)
		mistake(at, "mtu", "%u is too small for IPv6, give %u to %u, or ipv6: false", mtu,
			MTU_MIN_IPV6, mtu_range.max);
}

static void check_route_families(const struct place *at, const struct ip_prefix *routes,
				 size_t count, bool ipv4, bool ipv6)
{
	struct place list = place_key(at, "routes");
	char text[IP_PREFIX_TEXT];

	for (size_t i = 0; i < count; i++) {
		struct place item = place_item(&list, i);
		uint8_t family = routes[i].addr.family;

		if (family && !(family == AF_INET ? ipv4 : ipv6))
			mistake(&item, NULL,
				"%s needs %s, which is off here; turn it on or leave the route out",
				ip_prefix_text(&routes[i], text),
				family == AF_INET ? "ipv4" : "ipv6");
	}
}

static void default_routes(struct config_outgoing *o, struct reader *r)
{
	o->routes = reader_alloc(r, 2, sizeof(*o->routes));
	if (!o->routes)
		return;
	if (o->ipv4)
		o->routes[o->routes_count++].addr.family = AF_INET;
	if (o->ipv6)
		o->routes[o->routes_count++].addr.family = AF_INET6;
}

static char *check_server(const struct place *at, const char *server)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	struct ip_addr a;

	if (ip_addr_parse(&a, server) && server[strspn(server, letters)])
		mistake(at, NULL,
			"\"%.60s\" is neither an address nor a name (the UDP port has its own key, "
			"port)",
			server);
	return value_text(at, NULL, server, SERVER_MAX, NULL);
}

size_t value_servers(const struct place *at, char ***out)
{
	size_t count = value_words(at, "server", check_server, out);

	if (count > SERVERS_MAX)
		mistake(at, "server", "has %zu values, give at most %d", count, SERVERS_MAX);
	if (!count)
		mistake(at, "server", "is %s, give the address or the name of the LNS",
			place_given(at, "server") ? "empty" : "missing");
	return count;
}

static void check_scripts(const struct place *at, const char *on_up, const char *on_down,
			  const char *on_change, struct config_scripts *s)
{
	s->on_up = value_program(at, "on-up", on_up);
	s->on_down = value_program(at, "on-down", on_down);
	s->on_change = value_program(at, "on-change", on_change);
}

static void check_outgoing(const struct place *at, const struct raw_outgoing *raw,
			   struct config_outgoing *o)
{
	o->name = value_name(at, raw->name);
	o->servers_count = value_servers(at, &o->servers);
	o->port = (uint16_t)value_number(at, "port", raw->port, port_range);
	o->hostname = value_hostname(at, raw->hostname);
	o->secret = value_secret(at, "secret", raw->secret, raw->secret_file, L2TP_SECRET_MAX);
	o->username = value_text(at, "username", raw->username, PPP_NAME_MAX, NULL);
	o->password =
		value_secret(at, "password", raw->password, raw->password_file, PPP_SECRET_MAX);
	if (raw->username && !raw->password && !raw->password_file)
		mistake(at, "username", "has no password, give password or password-file too");
	if (!raw->username && (raw->password || raw->password_file))
		mistake(at, raw->password ? "password" : "password-file",
			"has no username, give username too");
	check_offer(at, raw, o);
	o->calling = value_text(at, "calling-number", raw->calling_number, L2TP_NUMBER_MAX, NULL);
	o->called = value_text(at, "called-number", raw->called_number, L2TP_NUMBER_MAX, NULL);
	o->table = config_table(at, raw->table);
	config_source(at, raw->source, &o->source);
	check_call(at, raw, o);
	config_check_netdev(at, raw->interface, raw->payload_table, o->interface,
			    &o->payload_table);
	o->metric =
		value_number(at, "metric", raw->metric, (struct config_range){0, UINT32_MAX, 0});
	o->mtu = (uint16_t)value_number(at, "mtu", raw->mtu, mtu_range);
	o->speed = value_speed(at, "speed", raw->speed, NULL);
	o->speed_rx = value_speed(at, "speed-rx", raw->speed_rx, NULL);
	o->weight = value_number(at, "weight", raw->weight, weight_range);
	o->tcp_mss_fix = value_bool(at, "tcp-mss-fix", raw->tcp_mss_fix, true);
	o->check_source = value_bool(at, "check-source", raw->check_source, true);
	o->check_peer = value_bool(at, "check-peer", raw->check_peer, true);
	o->hello_interval = value_number(at, "hello-interval", raw->hello_interval, hello_range);
	o->lcp_echo_interval =
		value_number(at, "lcp-echo-interval", raw->lcp_echo_interval, echo_range);
	o->lcp_echo_failures =
		value_number(at, "lcp-echo-failures", raw->lcp_echo_failures, echo_failures_range);
	o->retry_max =
		value_number(at, "retry-max", raw->retry_max, (struct config_range){1, DAY, 60});
	o->fail_lockout = value_number(at, "fail-lockout", raw->fail_lockout,
				       (struct config_range){0, DAY, 60});
	o->ipv4 = value_bool(at, "ipv4", raw->ipv4, true);
	o->ipv6 = value_bool(at, "ipv6", raw->ipv6, true);
	check_families(at, o->ipv4, o->ipv6, o->mtu);
	value_ipv4(at, "local-ppp-ip", raw->local_ppp_ip, &o->local_ppp_ip);
	if (raw->local_ppp_ip && !o->ipv4)
		mistake(at, "local-ppp-ip",
			"needs ipv4, which is off here; turn it on or leave the address out");
	check_scripts(at, raw->on_up, raw->on_down, raw->on_change, &o->scripts);
	config_check_wishes(at, raw, o);
	o->accept_dns = value_bool(at, "accept-dns", raw->accept_dns, true);
	o->hide_avps = check_hide_avps(at, raw->hide_avps, o->secret);
	o->tie_breaker = value_bool(at, "tie-breaker", raw->tie_breaker, false);
	o->accept_port_change = value_bool(at, "accept-port-change", raw->accept_port_change, true);
	o->accept_address_change =
		value_bool(at, "accept-address-change", raw->accept_address_change, false);
	check_retransmit(at, &raw->retransmit, &o->retransmit);
	check_counters(at, &raw->counters, &o->counters);
	o->log_level = value_log_level(at, raw->log_level, CONFIG_LOG_AS_ABOVE);
	if (!place_given(at, "routes"))
		default_routes(o, at->r);
	else
		o->routes_count =
			value_prefixes(at, "routes", raw->routes, raw->routes_count, &o->routes);
	check_route_families(at, o->routes, o->routes_count, o->ipv4, o->ipv6);
}

static void check_session(const struct place *at, const struct raw_session *raw,
			  const struct config *c, struct config_incoming *in,
			  struct config_session *s)
{
	s->line = at->line;
	config_check_rule(at, raw, c, in, s);
	config_check_rule_relay(at, raw, c, in, s);
	s->password =
		value_secret(at, "password", raw->password, raw->password_file, PPP_SECRET_MAX);
	if (!in->auth[0] && (s->usernames.count || raw->password || raw->password_file))
		mistake(at,
			s->usernames.count ? "username"
			: raw->password	   ? "password"
					   : "password-file",
			"is never asked for with `authentication: []`, leave one of them out");
	if (!raw->password && !raw->password_file && !raw->reject && !raw->relay &&
	    memchr(in->auth, PPP_AUTH_MSCHAPV2, sizeof(in->auth)))
		mistake(at, NULL,
			"needs a password, for with MS-CHAPv2 we must prove that we know it too; "
			"give one, or leave mschapv2 out of authentication");
	value_ipv4(at, "remote-ppp-ip", raw->remote_ppp_ip, &s->remote_ppp_ip);
	if (raw->remote_ppp_ip && !in->ipv4)
		mistake(at, "remote-ppp-ip",
			"needs ipv4, which is off for this tunnel; turn it on or leave it out");
	else if (raw->remote_ppp_ip && !place_given(at->up->up, "local-ppp-ip"))
		mistake(at, "remote-ppp-ip",
			"needs the address of our end too, give the tunnel a local-ppp-ip");
	else if (s->remote_ppp_ip.family && ip_addr_eq(&s->remote_ppp_ip, &in->local_ppp_ip))
		mistake(at, "remote-ppp-ip",
			"%s is local-ppp-ip too, give each end an address of its own",
			raw->remote_ppp_ip);
	s->speed = value_speed(at, "speed", raw->speed, "connect");
	s->speed_rx = value_speed(at, "speed-rx", raw->speed_rx, "connect");
	s->weight = value_number(at, "weight", raw->weight, weight_range);
	s->log_level = value_log_level(at, raw->log_level, CONFIG_LOG_AS_ABOVE);
	s->routes_count = value_prefixes(at, "routes", raw->routes, raw->routes_count, &s->routes);
	check_route_families(at, s->routes, s->routes_count, in->ipv4, in->ipv6);
	config_check_prefixes(at, raw, in, s);
}

static void check_incoming(const struct place *at, const struct raw_incoming *raw,
			   const struct config *c, struct config_incoming *in)
{
	struct place list = place_key(at, "sessions");

	in->name = value_name(at, raw->name);
	value_patterns(at, "remote-hostname", &in->remote_hostnames);
	in->local_addresses_count = value_addresses(at, "local-address", raw->local_address,
						    raw->local_address_count, &in->local_addresses);
	if (place_given(at, "local-address") && !raw->local_address_count)
		mistake(at, "local-address",
			"is empty, so no peer could connect; give addresses, or leave it out for "
			"any");
	in->hostname = value_hostname(at, raw->hostname);
	in->secret = value_secret(at, "secret", raw->secret, raw->secret_file, L2TP_SECRET_MAX);
	in->hide_avps = check_hide_avps(at, raw->hide_avps, in->secret);
	check_retransmit(at, &raw->retransmit, &in->retransmit);
	check_counters(at, &raw->counters, &in->counters);
	in->log_level = value_log_level(at, raw->log_level, CONFIG_LOG_AS_ABOVE);
	in->allow_count = value_prefixes(at, "allow", raw->allow, raw->allow_count, &in->allow);
	if (place_given(at, "allow") && !raw->allow_count)
		mistake(at, "allow",
			"is empty, so no peer could connect; give prefixes, or leave it out for "
			"any");
	in->table = config_table(at, raw->table);
	config_check_netdev(at, raw->interface, raw->payload_table, in->interface,
			    &in->payload_table);
	in->mtu = (uint16_t)value_number(at, "mtu", raw->mtu, mtu_range);
	in->tcp_mss_fix = value_bool(at, "tcp-mss-fix", raw->tcp_mss_fix, true);
	in->check_source = value_bool(at, "check-source", raw->check_source, true);
	in->check_peer = value_bool(at, "check-peer", raw->check_peer, true);
	in->hello_interval = value_number(at, "hello-interval", raw->hello_interval, hello_range);
	in->lcp_echo_interval =
		value_number(at, "lcp-echo-interval", raw->lcp_echo_interval, echo_range);
	in->lcp_echo_failures =
		value_number(at, "lcp-echo-failures", raw->lcp_echo_failures, echo_failures_range);
	in->ipv4 = value_bool(at, "ipv4", raw->ipv4, true);
	in->ipv6 = value_bool(at, "ipv6", raw->ipv6, true);
	check_families(at, in->ipv4, in->ipv6, in->mtu);
	value_ipv4(at, "local-ppp-ip", raw->local_ppp_ip, &in->local_ppp_ip);
	if (raw->local_ppp_ip && !in->ipv4)
		mistake(at, "local-ppp-ip",
			"needs ipv4, which is off here; turn it on or leave the address out");
	config_check_dns(at, raw, in);
	check_scripts(at, raw->on_up, raw->on_down, NULL, &in->scripts);
	check_demand(at, raw, in->auth);
	in->accept_proxy_login =
		value_bool(at, "accept-proxy-login", raw->accept_proxy_login, true);
	value_patterns(at, "accept-calls", &in->accept_calls);
	in->chap_rechallenge =
		value_number(at, "chap-rechallenge", raw->chap_rechallenge, rechallenge_range);
	if (in->chap_rechallenge && !memchr(in->auth, PPP_AUTH_CHAP_MD5, sizeof(in->auth)) &&
	    !memchr(in->auth, PPP_AUTH_MSCHAPV2, sizeof(in->auth)))
		mistake(at, "chap-rechallenge",
			"needs chap or mschapv2 in authentication, add one or leave this out");
	in->max_tunnels = value_number(at, "max-tunnels", raw->max_tunnels, max_range);
	in->max_sessions = value_number(at, "max-sessions", raw->max_sessions, max_range);
	in->attempts_per_second =
		value_number(at, "attempts-per-second", raw->attempts_per_second, max_range);
	in->speed_total = value_speed(at, "speed-total", raw->speed_total, NULL);
	in->speed_total_rx = value_speed(at, "speed-total-rx", raw->speed_total_rx, NULL);
	if (!raw->sessions_count) {
		mistake(at, "sessions", "%s, so nobody could log in; give at least one session",
			place_given(at, "sessions") ? "is empty" : "is missing");
		return;
	}
	in->sessions = reader_alloc(at->r, raw->sessions_count, sizeof(*in->sessions));
	if (!in->sessions)
		return;
	in->sessions_count = raw->sessions_count;
	for (size_t i = 0; i < in->sessions_count; i++) {
		struct place item = place_item(&list, i);

		check_session(&item, &raw->sessions[i], c, in, &in->sessions[i]);
	}
	in->rules = rules_new(in->sessions, in->sessions_count);
	if (!in->rules)
		at->r->error = -ENOMEM;
}

static void check_interface(const struct place *at, const struct raw_interface *raw,
			    struct config_interface *i)
{
	static const char *const forward[] = {
		[FORWARD_KERNEL] = "kernel", [FORWARD_XDP] = "xdp", NULL};

	if (!raw->name)
		mistake(at, "name", "is missing, give the name of a network interface");
	value_netdev(at, "name", raw->name, i->name);
	i->forward = (enum config_forward)value_word(at, "forward", raw->forward, forward,
						     FORWARD_KERNEL);
}

static char *check_user(const struct place *at, const char *raw)
{
	if (!raw)
		return getpwnam("l2x") ? reader_copy(at->r, "l2x") : NULL;
	if (*raw && !getpwnam(raw))
		mistake(at, "user", "there is no account \"%.40s\", give one that exists", raw);
	return value_text(at, "user", raw, 64, NULL);
}

static void check_listen(const struct place *at, const struct raw_config *raw, struct config *c)
{
	if (place_given(at, "listen")) {
		if (!raw->listen_count)
			mistake(at, "listen",
				"is empty, give at least one address, or leave it out for any");
		c->listen_count =
			value_addresses(at, "listen", raw->listen, raw->listen_count, &c->listen);
		return;
	}
	c->listen = reader_alloc(at->r, 2, sizeof(*c->listen));
	if (!c->listen)
		return;
	c->listen_count = 2;
	c->listen[0].family = AF_INET;
	c->listen[1].family = AF_INET6;
}

/* One entry of a list each: an array in the configuration, of the same length as in the file. */
#define CHECK_EACH(member, check)                                                           \
	do {                                                                                \
		struct place list = place_key(root, #member);                               \
                                                                                            \
		if (!raw->member##_count)                                                   \
			break;                                                              \
		c->member = reader_alloc(root->r, raw->member##_count, sizeof(*c->member)); \
		if (!c->member)                                                             \
			return;                                                             \
		c->member##_count = raw->member##_count;                                    \
		for (size_t i = 0; i < c->member##_count; i++) {                            \
			struct place item = place_item(&list, i);                           \
                                                                                            \
			check;                                                              \
		}                                                                           \
	} while (0)

static void check_limits(const struct place *root, const struct raw_limits *raw,
			 struct config_limits *l)
{
	static const struct raw_limits none;
	struct place at = place_key(root, "limits");

	if (!raw)
		raw = &none;
	l->sessions_per_tunnel = value_number(&at, "sessions-per-tunnel", raw->sessions_per_tunnel,
					      (struct config_range){0, 65535, 65535});
	l->tunnels_per_peer = value_number(&at, "tunnels-per-peer", raw->tunnels_per_peer,
					   (struct config_range){0, 65535, 1000});
	l->half_open = value_number(&at, "half-open", raw->half_open,
				    (struct config_range){0, 65535, 1000});
	l->attempts_per_second = value_number(&at, "attempts-per-second", raw->attempts_per_second,
					      (struct config_range){0, 1000000, 200});
}

void config_check(const struct place *root, const struct raw_config *raw, struct config *c)
{
	static const char *const dataplanes[] = {[DATAPLANE_AUTO] = "auto",
						 [DATAPLANE_XDP] = "xdp",
						 [DATAPLANE_TC] = "tc",
						 [DATAPLANE_USER] = "user",
						 NULL};
	static const char *const spreads[] = {"none", "cpus", NULL};
	const size_t socket_max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	c->log_level = (enum log_level)value_log_level(root, raw->log_level, LOG_LEVEL_INFO);
	c->dataplane = (enum config_dataplane)value_word(root, "dataplane", raw->dataplane,
							 dataplanes, DATAPLANE_AUTO);
	c->spread = value_word(root, "spread", raw->spread, spreads, 0);
	c->control_socket = value_path(root, "control-socket", raw->control_socket, socket_max,
				       CONFIG_DEFAULT_SOCKET);
	c->bpf_path = value_path(root, "bpf-path", raw->bpf_path, 255, "/sys/fs/bpf/l2x");
	c->user = check_user(root, raw->user);
	c->port = (uint16_t)value_number(root, "port", raw->port, port_range);
	check_listen(root, raw, c);
	c->max_sessions = value_number(root, "max-sessions", raw->max_sessions,
				       (struct config_range){1, 1000000, 65000});
	c->max_routes = value_number(root, "max-routes", raw->max_routes,
				     (struct config_range){1, 16000000, 250000});
	for (size_t i = 0; i < CONFIG_FIXED_KEYS; i++)
		c->fixed_lines[i] = place_key(root, config_fixed_keys[i]).line;
	check_limits(root, raw->limits, &c->limits);
	config_check_view(root, raw, c);
	CHECK_EACH(relays, config_check_relay(&item, &raw->relays[i], &c->relays[i]));
	CHECK_EACH(pools, config_check_pool(&item, &raw->pools[i], &c->pools[i]));
	CHECK_EACH(interfaces, check_interface(&item, &raw->interfaces[i], &c->interfaces[i]));
	CHECK_EACH(outgoing, check_outgoing(&item, &raw->outgoing[i], &c->outgoing[i]));
	CHECK_EACH(incoming, check_incoming(&item, &raw->incoming[i], c, &c->incoming[i]));
	if (!c->outgoing_count && !c->incoming_count)
		mistake(root, NULL,
			"there is neither an outgoing nor an incoming tunnel, give at least one");
}
