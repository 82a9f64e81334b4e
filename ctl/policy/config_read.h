/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the configuration reader. A file is read in three passes, each in a file of its own:
 *
 *   config_shape.c     the YAML document against the schema: keys known, each value of its kind
 *   config_check.c     libcyaml's struct of raw words -> struct config, by config_value.c and others;
 *                      config_sets.c says which entries are legs of which set
 *   config_conflict.c  the entries against each other: names, netdevs, routes
 *
 * libcyaml gives the types, but not the place of a value. So the document is kept beside them, and
 * a struct place walks along with whatever is looked at: it knows the line and the path
 * ("outgoing[0].mtu") when a mistake is found, and costs nothing when none is. Mistakes are
 * collected, and told at the end in the order of lines.
 */
#ifndef L2X_POLICY_CONFIG_READ_H
#define L2X_POLICY_CONFIG_READ_H

#include <cyaml/cyaml.h>
#include <yaml.h>
#include "policy/config.h"

#define CONFIG_PATH_TEXT 96 /* of a place, longer ones are cut */

struct raw_interface {
	char *name, *forward;
};

struct raw_retransmit {
	char *timeout, *max, *tries;
};

struct raw_counters {
	char *restart, *max_configure, *max_terminate, *max_failure;
};

struct raw_outgoing {
	char *name, *port, *hostname, *secret, *secret_file;
	char *username, *password, *password_file, *calling_number, *called_number;
	char *interface, *payload_table, *metric, *mtu, *table, *source;
	char *hello_interval, *lcp_echo_interval, *lcp_echo_failures, *retry_max, *fail_lockout;
	char *ipv4, *ipv6, *local_ppp_ip, *accept_dns, *on_up, *on_down, *on_change;
	char *request_prefix, *prefix_length, *slaac;
	char *hide_avps, *tie_breaker, *accept_port_change, *accept_address_change;
	char *speed, *speed_rx, *ha_set, *bond_set, *weight;
	char *tcp_mss_fix, *check_source, *check_peer, *call, *log_level;
	struct raw_counters counters;
	struct raw_retransmit retransmit;
	char **routes, **authentication;
	unsigned routes_count, authentication_count;
};

struct raw_relay {
	char *name, *port, *hostname, *secret, *secret_file, *table, *source;
	char *hello_interval, *fail_lockout, *idle_timeout, *hide_avps, *log_level;
	char *calling_number, *called_number, *private_group, *connect_speed, *framing;
	char *proxy, *proxy_lcp, *proxy_auth;
	struct raw_retransmit retransmit;
};

struct raw_pool {
	char *name;
	char **addresses;
	unsigned addresses_count;
};

struct raw_session {
	char *connect_speed_min, *connect_speed_max, *proxied, *password, *password_file;
	char *relay, *reject, *remote_ppp_ip, *pool, *interface, *payload_table, *mtu;
	char *speed, *speed_rx, *session_timeout, *max_sessions, *replace;
	char *ra_prefix, *ha_set, *bond_set, *weight, *log_level;
	char **routes, **delegate;
	unsigned routes_count, delegate_count;
};

struct raw_incoming {
	char *name, *hostname, *secret, *secret_file, *max_tunnels, *max_sessions;
	char *interface, *payload_table, *mtu, *table;
	char *hello_interval, *lcp_echo_interval, *lcp_echo_failures;
	char *local_ppp_ip, *ipv4, *ipv6, *on_up, *on_down, *hide_avps, *chap_rechallenge;
	char *accept_proxy_login;
	char *tcp_mss_fix, *check_source, *check_peer, *log_level;
	char *attempts_per_second, *speed_total, *speed_total_rx;
	struct raw_counters counters;
	struct raw_retransmit retransmit;
	char **local_address, **allow, **dns, **authentication;
	unsigned local_address_count, allow_count, dns_count, authentication_count;
	struct raw_session *sessions;
	unsigned sessions_count;
};

struct raw_limits {
	char *sessions_per_tunnel, *tunnels_per_peer, *half_open, *attempts_per_second;
};

struct raw_set {
	char *name, *sequence, *skew, *spread, *any_vendor, *on_up, *on_down;
};

struct raw_history {
	char *file, *sessions, *save_interval;
};

struct raw_http {
	char *port, *token, *token_file, *metrics_sessions, *metrics_sets;
	char **listen;
	unsigned listen_count;
};

struct raw_config {
	char *log_level, *dataplane, *spread, *control_socket, *bpf_path, *user, *port;
	char *max_sessions, *max_routes, *max_sets, *ha_window;
	char **listen;
	unsigned listen_count;
	struct raw_limits *limits;
	struct raw_history *history;
	struct raw_http *http;
	struct raw_relay *relays;
	unsigned relays_count;
	struct raw_pool *pools;
	unsigned pools_count;
	struct raw_interface *interfaces;
	unsigned interfaces_count;
	struct raw_outgoing *outgoing;
	unsigned outgoing_count;
	struct raw_incoming *incoming;
	unsigned incoming_count;
	struct raw_set *sets;
	unsigned sets_count;
};

extern const struct cyaml_schema_value config_schema;

struct mistake {
	unsigned line; /* 0: of the file as a whole */
	size_t order;  /* of finding, for a stable sort */
	char *text;
};

struct reader {
	const char *file; /* its name in messages */
	char *dir;	  /* where relative secret files are; with a slash at its end, or empty */
	yaml_document_t document;
	struct mistake *mistakes;
	size_t mistakes_count, mistakes_room;
	size_t values, values_max; /* visited so far, and how many may be, see config_shape() */
	int error; /* -ENOMEM: the result is not to be trusted, whatever the mistakes say */
};

/* A value in the document, by the way that leads to it. up is NULL at the root, key in an item of a
 * list. */
struct place {
	struct reader *r;
	const struct place *up;
	const char *key;
	size_t index;
	yaml_node_t *node; /* NULL: not in the file */
	unsigned line;
};

/* Line of the document's own error, or of a place that is none, for mistake_at(). */
static inline unsigned mark_line(const yaml_mark_t *mark)
{
	return (unsigned)mark->line + 1;
}

struct place place_root(struct reader *r);
/* The value of this key; without it in the file, the place is where the mapping starts. */
struct place place_key(const struct place *mapping, const char *key);
struct place place_item(const struct place *list, size_t index);
bool place_given(const struct place *mapping, const char *key);
const char *place_text(const struct place *at, char buf[CONFIG_PATH_TEXT]);

/* key may be NULL: the place itself is wrong. Never give the text of a secret. */
void mistake(const struct place *at, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void mistake_at(struct reader *r, unsigned line, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void mistakes_report(struct reader *r, void (*report)(void *arg, const char *message), void *arg);
void mistakes_free(struct reader *r);

/* 0: every value has the kind that the schema wants, so libcyaml can load it; other mistakes are
 * noted. */
int config_shape(const struct place *root);

/*
 * Values. raw is what the file says, or NULL; on a mistake it is noted, and the default returned so
 * that the check can go on.
 */
struct config_range {
	uint32_t min, max, by_default;
};
uint32_t value_number(const struct place *at, const char *key, const char *raw,
		      struct config_range range);
/* Bits per second: 64k, 10M, 1.5G. word, if not NULL, stands for CONFIG_SPEED_CONNECT. */
uint64_t value_speed(const struct place *at, const char *key, const char *raw, const char *word);
bool value_bool(const struct place *at, const char *key, const char *raw, bool by_default);
/* Index into words, which NULL ends. */
int value_word(const struct place *at, const char *key, const char *raw, const char *const *words,
	       int by_default);
/* `log-level`; by_default: a level, or CONFIG_LOG_AS_ABOVE */
int value_log_level(const struct place *at, const char *raw, int by_default);
/* One word or a list: how many there are; each is checked by check(), and a copy put into *out. */
size_t value_words(const struct place *at, const char *key,
		   char *(*check)(const struct place *at, const char *raw), char ***out);
/* The same as patterns. */
void value_patterns(const struct place *at, const char *key, struct config_patterns *out);
/* Printable text without spaces, at most max bytes; a copy, or NULL. */
char *value_text(const struct place *at, const char *key, const char *raw, size_t max,
		 const char *by_default);
char *value_path(const struct place *at, const char *key, const char *raw, size_t max,
		 const char *by_default);
/* The full path of a program that can be run; a copy, or NULL. */
char *value_program(const struct place *at, const char *key, const char *raw);
/* key, or the first line of the file that `key`-file names; a copy, or NULL. */
char *value_secret(const struct place *at, const char *key, const char *raw, const char *raw_file,
		   size_t max);
void value_netdev(const struct place *at, const char *key, const char *raw, char out[IFNAMSIZ]);
/* True: sound, and in *out. */
bool value_prefix(const struct place *at, const char *key, const char *raw, struct ip_prefix *out);
void value_ipv4(const struct place *at, const char *key, const char *raw, struct ip_addr *out);
size_t value_addresses(const struct place *at, const char *key, char *const *raw, size_t count,
		       struct ip_addr **out);
size_t value_prefixes(const struct place *at, const char *key, char *const *raw, size_t count,
		      struct ip_prefix **out);

/* A unicast IPv4 address, as the end of a PPP link has one. */
bool ipv4_is_host(const struct ip_addr *a);

/* calloc and strdup that note a failure in the reader. */
void *reader_alloc(struct reader *r, size_t count, size_t size);
char *reader_copy(struct reader *r, const char *text);

/* config_check.c: the TUN netdev and the kernel's table that its routes are in. */
void config_check_netdev(const struct place *at, const char *raw_netdev, const char *raw_table,
			 char *netdev, uint32_t *table);

/* config_rule.c: the conditions and limits of a session rule; c has its pools already. */
void config_check_pool(const struct place *at, const struct raw_pool *raw, struct config_pool *p);
void config_check_rule(const struct place *at, const struct raw_session *raw,
		       const struct config *c, const struct config_incoming *in,
		       struct config_session *s);

/* config_view.c: what is shown of it all, and to whom. */
void config_check_view(const struct place *root, const struct raw_config *raw, struct config *c);

/* Does it look at more than name and password? */
bool config_rule_is_picky(const struct config_session *s);
/* Rules that are never reached, and addresses that a pool has too. */
void config_rule_conflict(const struct place *root, const struct config *c);

/* config_reach.c: names that an earlier rule takes */
void config_check_reach(const struct place *root, const struct config *c);

/* config_underlay.c: `table` and `source` of an entry, and the sources against `listen`. */
uint32_t config_table(const struct place *at, const char *raw);
void config_source(const struct place *at, const char *raw, struct ip_addr *out);
void config_check_sources(const struct place *root, const struct config *c);

/* config_ipv6.c: parts of config_check() */
void config_check_wishes(const struct place *at, const struct raw_outgoing *raw,
			 struct config_outgoing *o);
void config_check_prefixes(const struct place *at, const struct raw_session *raw,
			   const struct config_incoming *in, struct config_session *s);
void config_check_dns(const struct place *at, const struct raw_incoming *raw,
		      struct config_incoming *in);

/* config_check.c: what entries that name a tunnel have in common */
char *value_name(const struct place *at, const char *raw);
char *value_hostname(const struct place *at, const char *raw);
/* `server`: how many there are */
size_t value_servers(const struct place *at, char ***out);

/* config_relay.c */
void config_check_relay(const struct place *at, const struct raw_relay *raw,
			struct config_relay *r);
/* c has its relays already. */
void config_check_rule_relay(const struct place *at, const struct raw_session *raw,
			     const struct config *c, struct config_incoming *in,
			     struct config_session *s);

/* config_control.c: what an entry says of the control channel, of calls and of the login */
bool check_hide_avps(const struct place *at, const char *raw, const char *secret);
void check_counters(const struct place *at, const struct raw_counters *raw, struct ppp_counters *c);
void check_retransmit(const struct place *at, const struct raw_retransmit *raw,
		      struct config_retransmit *r);
void check_demand(const struct place *at, const struct raw_incoming *raw,
		  uint8_t demand[PPP_AUTH_METHODS]);
void check_offer(const struct place *at, const struct raw_outgoing *raw, struct config_outgoing *o);
void check_call(const struct place *at, const struct raw_outgoing *raw, struct config_outgoing *o);

void config_check(const struct place *root, const struct raw_config *raw, struct config *c);
void config_sets(const struct place *root, const struct raw_config *raw, struct config *c);
void config_conflict(const struct place *root, const struct config *c);

#endif
