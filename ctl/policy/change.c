// SPDX-License-Identifier: GPL-2.0-only
/* Configurations compared, see change.h: tables of keys, each with what its change asks for. */
#include "policy/change.h"

#include <stdio.h>
#include <string.h>
#include "policy/pool.h"

enum field_kind {
	VALUE,	  /* bytes that can be compared */
	CHARS,	  /* an array that holds text */
	TEXT,	  /* a pointer to text, or NULL */
	TEXTS,	  /* an array of those, with a count */
	PREFIXES, /* an array of struct ip_prefix, with a count */
	ADDRESSES,
	NAMED, /* a pointer to something whose first member is its name, or NULL */
};

struct field {
	const char *key;
	enum field_kind kind;
	size_t at, size; /* in the struct; of arrays with a count, size is where that is */
	enum change change;
};

#define SIZED(kind, type, key, member, change)                                                   \
	{                                                                                        \
		key, kind, offsetof(struct type, member), sizeof(((struct type *)NULL)->member), \
			CHANGE_##change                                                          \
	}
#define COUNTED(kind, type, key, member, change)                                                 \
	{                                                                                        \
		key, kind, offsetof(struct type, member), offsetof(struct type, member##_count), \
			CHANGE_##change                                                          \
	}
#define PATTERNS(type, key, member, change)                                  \
	{                                                                    \
		key, TEXTS, offsetof(struct type, member.list),              \
			offsetof(struct type, member.count), CHANGE_##change \
	}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_texts(char *const *a, char *const *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!same_text(a[i], b[i]))
			return false;
	return true;
}

static size_t item_size(enum field_kind kind)
{
	return kind == PREFIXES ? sizeof(struct ip_prefix) : sizeof(struct ip_addr);
}

static bool same(const struct field *f, const char *old, const char *new)
{
	const void *a = old + f->at, *b = new + f->at;
	const void *x = *(const void *const *)a, *y = *(const void *const *)b;
	size_t count, other;

	switch (f->kind) {
	case VALUE:
		return !memcmp(a, b, f->size);
	case CHARS:
		return !strcmp(a, b);
	case TEXT:
		return same_text(x, y);
	case NAMED:
		return x == y || (x && y && same_text(*(char *const *)x, *(char *const *)y));
	default:
		break;
	}
	memcpy(&count, old + f->size, sizeof(count));
	memcpy(&other, new + f->size, sizeof(other));
	if (count != other || !count)
		return count == other;
	if (f->kind == TEXTS)
		return same_texts(x, y, count);
	return !memcmp(x, y, count * item_size(f->kind));
}

/* On top of what is known already. */
static void compare(const struct field *fields, const void *old, const void *new,
		    enum change *change, const char **key)
{
	for (const struct field *f = fields; f->key; f++) {
		if (f->change <= *change || same(f, old, new))
			continue;
		*change = f->change;
		*key = f->key;
	}
}

/* Of what one table says, and nothing else. */
static enum change heaviest(const struct field *fields, const void *old, const void *new,
			    const char **key)
{
	enum change change = CHANGE_NONE;

	*key = NULL;
	compare(fields, old, new, &change, key);
	return change;
}

static void demand(bool differs, const char *name, enum change *change, const char **key)
{
	if (!differs || *change == CHANGE_ANEW)
		return;
	*change = CHANGE_ANEW;
	*key = name;
}

static bool listed(char *const *list, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i], text))
			return true;
	return false;
}

/* clang-format off */
#define RETRANSMIT(type)                                                           \
	SIZED(VALUE, type, "retransmit-timeout", retransmit.timeout, IN_PLACE),    \
	SIZED(VALUE, type, "retransmit-max", retransmit.max, IN_PLACE),            \
	SIZED(VALUE, type, "retransmit-tries", retransmit.tries, IN_PLACE)
/* clang-format on */

static const struct field outgoing_fields[] = {
	SIZED(VALUE, config_outgoing, "port", port, ANEW),
	SIZED(VALUE, config_outgoing, "table", table, ANEW),
	SIZED(VALUE, config_outgoing, "source", source, ANEW),
	SIZED(TEXT, config_outgoing, "hostname", hostname, ANEW),
	SIZED(TEXT, config_outgoing, "secret", secret, ANEW),
	SIZED(TEXT, config_outgoing, "username", username, ANEW),
	SIZED(TEXT, config_outgoing, "password", password, ANEW),
	SIZED(VALUE, config_outgoing, "authentication", offer, ANEW),
	SIZED(VALUE, config_outgoing, "call", calls_out, ANEW),
	SIZED(TEXT, config_outgoing, "calling-number", calling, ANEW),
	SIZED(TEXT, config_outgoing, "called-number", called, ANEW),
	SIZED(CHARS, config_outgoing, "interface", interface, ANEW),
	SIZED(VALUE, config_outgoing, "payload-table", payload_table, ANEW),
	SIZED(NAMED, config_outgoing, "ha-set or bond-set", set, ANEW),
	SIZED(VALUE, config_outgoing, "ipv4", ipv4, ANEW),
	SIZED(VALUE, config_outgoing, "ipv6", ipv6, ANEW),
	SIZED(VALUE, config_outgoing, "local-ppp-ip", local_ppp_ip, ANEW),
	SIZED(VALUE, config_outgoing, "accept-dns", accept_dns, ANEW),
	COUNTED(TEXTS, config_outgoing, "server", servers, IN_PLACE),
	SIZED(VALUE, config_outgoing, "log-level", log_level, IN_PLACE),
	SIZED(VALUE, config_outgoing, "fail-lockout", fail_lockout, IN_PLACE),
	COUNTED(PREFIXES, config_outgoing, "routes", routes, IN_PLACE),
	SIZED(VALUE, config_outgoing, "metric", metric, IN_PLACE),
	SIZED(VALUE, config_outgoing, "weight", weight, IN_PLACE),
	SIZED(VALUE, config_outgoing, "mtu", mtu, IN_PLACE),
	SIZED(VALUE, config_outgoing, "speed", speed, IN_PLACE),
	SIZED(VALUE, config_outgoing, "speed-rx", speed_rx, IN_PLACE),
	SIZED(VALUE, config_outgoing, "tcp-mss-fix", tcp_mss_fix, IN_PLACE),
	SIZED(VALUE, config_outgoing, "check-source", check_source, IN_PLACE),
	SIZED(VALUE, config_outgoing, "check-peer", check_peer, IN_PLACE),
	SIZED(VALUE, config_outgoing, "hello-interval", hello_interval, IN_PLACE),
	SIZED(VALUE, config_outgoing, "lcp-echo-interval", lcp_echo_interval, IN_PLACE),
	SIZED(VALUE, config_outgoing, "lcp-echo-failures", lcp_echo_failures, IN_PLACE),
	SIZED(VALUE, config_outgoing, "retry-max", retry_max, IN_PLACE),
	SIZED(VALUE, config_outgoing, "request-prefix", request_prefix, IN_PLACE),
	SIZED(VALUE, config_outgoing, "prefix-length", prefix_length, IN_PLACE),
	SIZED(VALUE, config_outgoing, "slaac", slaac, IN_PLACE),
	SIZED(TEXT, config_outgoing, "on-up", scripts.on_up, IN_PLACE),
	SIZED(TEXT, config_outgoing, "on-down", scripts.on_down, IN_PLACE),
	SIZED(TEXT, config_outgoing, "on-change", scripts.on_change, IN_PLACE),
	SIZED(VALUE, config_outgoing, "hide-avps", hide_avps, IN_PLACE),
	SIZED(VALUE, config_outgoing, "tie-breaker", tie_breaker, IN_PLACE),
	SIZED(VALUE, config_outgoing, "accept-port-change", accept_port_change, IN_PLACE),
	SIZED(VALUE, config_outgoing, "accept-address-change", accept_address_change, IN_PLACE),
	RETRANSMIT(config_outgoing),
	{0},
};

static enum config_set_kind kind_of(const struct config_set *set)
{
	return set ? set->kind : CONFIG_SET_NONE;
}

enum change change_outgoing(const struct config_outgoing *old, const struct config_outgoing *new,
			    const char *server, const char **key)
{
	enum change change = CHANGE_NONE;

	*key = NULL;
	compare(outgoing_fields, old, new, &change, key);
	demand(server && !listed(new->servers, new->servers_count, server), "server", &change, key);
	demand(kind_of(old->set) != kind_of(new->set), "ha-set or bond-set", &change, key);
	/* The routes are the set's, and stand in the kernel once. */
	demand(new->set && old->metric != new->metric, "metric", &change, key);
	return change;
}

/* clang-format off */
#define TOLD(key, member)                                                          \
	SIZED(VALUE, config_relay, key, member.policy, IN_PLACE),                  \
	SIZED(TEXT, config_relay, key, member.text, IN_PLACE)
/* clang-format on */

static const struct field relay_fields[] = {
	SIZED(VALUE, config_relay, "port", port, ANEW),
	SIZED(VALUE, config_relay, "table", table, ANEW),
	SIZED(VALUE, config_relay, "source", source, ANEW),
	SIZED(TEXT, config_relay, "hostname", hostname, ANEW),
	SIZED(TEXT, config_relay, "secret", secret, ANEW),
	COUNTED(TEXTS, config_relay, "server", servers, IN_PLACE),
	SIZED(VALUE, config_relay, "log-level", log_level, IN_PLACE),
	SIZED(VALUE, config_relay, "fail-lockout", fail_lockout, IN_PLACE),
	SIZED(VALUE, config_relay, "hello-interval", hello_interval, IN_PLACE),
	SIZED(VALUE, config_relay, "hide-avps", hide_avps, IN_PLACE),
	SIZED(VALUE, config_relay, "idle-timeout", idle_timeout, IN_PLACE),
	TOLD("calling-number", calling),
	TOLD("called-number", called),
	TOLD("private-group", private_group),
	SIZED(VALUE, config_relay, "connect-speed", connect_speed, IN_PLACE),
	SIZED(VALUE, config_relay, "framing", framing, IN_PLACE),
	SIZED(VALUE, config_relay, "proxy-lcp", proxy_lcp, IN_PLACE),
	TOLD("proxy-auth", proxy_auth),
	RETRANSMIT(config_relay),
	{0},
};

enum change change_relay(const struct config_relay *old, const struct config_relay *new,
			 const char *server, const char **key)
{
	enum change change = CHANGE_NONE;

	*key = NULL;
	compare(relay_fields, old, new, &change, key);
	demand(server && !listed(new->servers, new->servers_count, server), "server", &change, key);
	return change;
}

static const struct field tunnel_fields[] = {
	SIZED(TEXT, config_incoming, "secret", secret, ANEW),
	SIZED(VALUE, config_incoming, "table", table, ANEW),
	SIZED(VALUE, config_incoming, "hello-interval", hello_interval, IN_PLACE),
	SIZED(VALUE, config_incoming, "hide-avps", hide_avps, IN_PLACE),
	RETRANSMIT(config_incoming),
	{0},
};

enum change change_tunnel(const struct config_incoming *old, const struct config_incoming *new,
			  const char **key)
{
	return heaviest(tunnel_fields, old, new, key);
}

/* What has been said to the caller already. */
static const struct field setup_fields[] = {
	SIZED(VALUE, config_incoming, "authentication", auth, ANEW),
	SIZED(CHARS, config_incoming, "interface", interface, ANEW),
	SIZED(VALUE, config_incoming, "payload-table", payload_table, ANEW),
	SIZED(VALUE, config_incoming, "mtu", mtu, ANEW),
	{0},
};

enum change change_setup(const struct config_incoming *old, const struct config_incoming *new,
			 const char **key)
{
	return heaviest(setup_fields, old, new, key);
}

/* Of any session, relayed ones too. */
static const struct field limit_fields[] = {
	SIZED(VALUE, config_incoming, "speed-total", speed_total, IN_PLACE),
	SIZED(VALUE, config_incoming, "speed-total-rx", speed_total_rx, IN_PLACE),
	{0},
};

static const struct field entry_fields[] = {
	SIZED(VALUE, config_incoming, "local-ppp-ip", local_ppp_ip, ANEW),
	SIZED(VALUE, config_incoming, "ipv4", ipv4, ANEW),
	SIZED(VALUE, config_incoming, "ipv6", ipv6, ANEW),
	SIZED(VALUE, config_incoming, "mtu", mtu, IN_PLACE),
	SIZED(VALUE, config_incoming, "tcp-mss-fix", tcp_mss_fix, IN_PLACE),
	SIZED(VALUE, config_incoming, "check-source", check_source, IN_PLACE),
	SIZED(VALUE, config_incoming, "check-peer", check_peer, IN_PLACE),
	SIZED(VALUE, config_incoming, "lcp-echo-interval", lcp_echo_interval, IN_PLACE),
	SIZED(VALUE, config_incoming, "lcp-echo-failures", lcp_echo_failures, IN_PLACE),
	SIZED(VALUE, config_incoming, "log-level", log_level, IN_PLACE),
	SIZED(VALUE, config_incoming, "chap-rechallenge", chap_rechallenge, IN_PLACE),
	SIZED(VALUE, config_incoming, "dns", dns6, IN_PLACE),
	SIZED(TEXT, config_incoming, "on-up", scripts.on_up, IN_PLACE),
	SIZED(TEXT, config_incoming, "on-down", scripts.on_down, IN_PLACE),
	/* Room for numbers, in the MTU that follows the path. */
	SIZED(VALUE, config_incoming, "ha-set", numbered, IN_PLACE),
	SIZED(VALUE, config_incoming, "sequence", extended, IN_PLACE),
	{0},
};

static const struct field rule_fields[] = {
	SIZED(NAMED, config_session, "relay", relay, ANEW),
	SIZED(CHARS, config_session, "interface", interface, ANEW),
	SIZED(VALUE, config_session, "payload-table", payload_table, ANEW),
	SIZED(NAMED, config_session, "ha-set or bond-set", set, ANEW),
	COUNTED(PREFIXES, config_session, "routes", routes, IN_PLACE),
	COUNTED(PREFIXES, config_session, "delegate", delegate, IN_PLACE),
	SIZED(VALUE, config_session, "ra-prefix", ra_prefix, IN_PLACE),
	SIZED(VALUE, config_session, "mtu", mtu, IN_PLACE),
	SIZED(VALUE, config_session, "speed", speed, IN_PLACE),
	SIZED(VALUE, config_session, "speed-rx", speed_rx, IN_PLACE),
	SIZED(VALUE, config_session, "log-level", log_level, IN_PLACE),
	SIZED(VALUE, config_session, "session-timeout", timeout, IN_PLACE),
	SIZED(VALUE, config_session, "max-sessions", max_sessions, IN_PLACE),
	SIZED(VALUE, config_session, "replace", replace, IN_PLACE),
	SIZED(VALUE, config_session, "weight", weight, IN_PLACE),
	{0},
};

/* Would the rule give this address too? */
static bool gives(const struct config_session *rule, const struct ip_addr *address)
{
	if (!rule->pool)
		return ip_addr_eq(&rule->remote_ppp_ip, address);
	for (size_t i = 0; i < rule->pool->addresses_count && address->family; i++)
		if (ip_prefix_holds(&rule->pool->addresses[i], address))
			return true;
	return false;
}

enum change change_session(const struct change_grant *old, const struct change_grant *new,
			   const struct ip_addr *address, const char **key)
{
	enum change change = CHANGE_NONE;

	*key = NULL;
	compare(rule_fields, old->rule, new->rule, &change, key);
	demand(kind_of(old->rule->set) != kind_of(new->rule->set), "ha-set or bond-set", &change,
	       key);
	compare(limit_fields, old->in, new->in, &change, key);
	if (new->rule->relay)
		return change;
	compare(entry_fields, old->in, new->in, &change, key);
	demand(!old->in->auth[0] != !new->in->auth[0], "authentication", &change, key);
	demand(!gives(new->rule, address), "remote-ppp-ip or pool", &change, key);
	return change;
}

const char *const config_fixed_keys[CONFIG_FIXED_KEYS] = {
	"dataplane",	"spread",     "control-socket", "bpf-path", "user",    "port",
	"max-sessions", "max-routes", "ha-window",	"max-sets", "history",
};

static const struct field fixed_fields[] = {
	SIZED(VALUE, config, "dataplane", dataplane, ANEW),
	SIZED(VALUE, config, "spread", spread, ANEW),
	SIZED(TEXT, config, "control-socket", control_socket, ANEW),
	SIZED(TEXT, config, "bpf-path", bpf_path, ANEW),
	SIZED(TEXT, config, "user", user, ANEW),
	SIZED(VALUE, config, "port", port, ANEW),
	SIZED(VALUE, config, "max-sessions", max_sessions, ANEW),
	SIZED(VALUE, config, "max-routes", max_routes, ANEW),
	SIZED(VALUE, config, "ha-window", ha_window, ANEW),
	SIZED(TEXT, config, "history", history.file, ANEW),
	SIZED(VALUE, config, "history", history.sessions, ANEW),
	{0},
};

static unsigned line_of(const struct config *c, const char *key)
{
	for (size_t i = 0; i < CONFIG_FIXED_KEYS; i++)
		if (!strcmp(config_fixed_keys[i], key))
			return c->fixed_lines[i];
	return 0;
}

size_t change_refused(const struct config *old, const struct config *new, const char *file,
		      void (*report)(void *arg, const char *message), void *arg)
{
	char text[512];
	size_t count = 0;

	for (const struct field *f = fixed_fields; f->key; f++) {
		if (same(f, (const char *)old, (const char *)new))
			continue;
		snprintf(text, sizeof(text),
			 "%.300s:%u: %s: cannot be changed while l2x runs; restart it, or put back "
			 "what was there",
			 file, line_of(new, f->key), f->key);
		report(arg, text);
		count++;
	}
	/* Fewer fit into the memory that there is. */
	if (new->max_sets > old->max_sets) {
		snprintf(text, sizeof(text),
			 "%.300s:%u: max-sets: %u are needed, and there is memory for %u since the "
			 "start; restart l2x, with a max-sets that has room to spare",
			 file, line_of(new, "max-sets"), new->max_sets, old->max_sets);
		report(arg, text);
		count++;
	}
	return count;
}

bool change_http(const struct config_http *old, const struct config_http *new)
{
	static const struct field fields[] = {
		SIZED(VALUE, config_http, "http", on, ANEW),
		COUNTED(ADDRESSES, config_http, "listen", listen, ANEW),
		SIZED(VALUE, config_http, "port", port, ANEW),
		{0},
	};
	const char *key;

	return heaviest(fields, old, new, &key) != CHANGE_NONE;
}
