// SPDX-License-Identifier: GPL-2.0-only
/*
 * The schema: which keys there are, and where their values go. The one list of keys; libcyaml loads
 * by it, and config_shape.c compares the document with it and suggests from it. Every scalar is
 * loaded as the word that stands in the file, because libcyaml's own numbers and booleans take
 * forms that we do not (octal, any word for true) and its complaints do not say what would be
 * right.
 */
#include "policy/config_read.h"

#define FLAGS (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define WORD(key, type, member) \
	CYAML_FIELD_STRING_PTR(key, FLAGS, struct type, member, 0, CYAML_UNLIMITED)
#define LIST(key, type, member, entry) \
	CYAML_FIELD_SEQUENCE(key, FLAGS, struct type, member, entry, 0, CYAML_UNLIMITED)
/* One word or a list of them. libcyaml has no such thing and leaves it to value_words(). */
#define WORDS(key) CYAML_FIELD_IGNORE(key, CYAML_FLAG_OPTIONAL)
/* clang-format off */
#define RETRANSMIT(type)                                                \
	WORD("retransmit-timeout", type, retransmit.timeout),           \
	WORD("retransmit-max", type, retransmit.max),                   \
	WORD("retransmit-tries", type, retransmit.tries)
#define COUNTERS(type)                                                  \
	WORD("ppp-restart-timeout", type, counters.restart),            \
	WORD("ppp-max-configure", type, counters.max_configure),        \
	WORD("ppp-max-terminate", type, counters.max_terminate),        \
	WORD("ppp-max-failure", type, counters.max_failure)
/* clang-format on */

static const struct cyaml_schema_value word = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED),
};

static const struct cyaml_schema_field interface_fields[] = {
	WORD("name", raw_interface, name),
	WORD("forward", raw_interface, forward),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_value interface = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_interface, interface_fields),
};

static const struct cyaml_schema_field outgoing_fields[] = {
	WORD("name", raw_outgoing, name),
	WORDS("server"),
	WORD("port", raw_outgoing, port),
	WORD("hostname", raw_outgoing, hostname),
	WORD("secret", raw_outgoing, secret),
	WORD("secret-file", raw_outgoing, secret_file),
	WORD("username", raw_outgoing, username),
	WORD("password", raw_outgoing, password),
	WORD("password-file", raw_outgoing, password_file),
	LIST("authentication", raw_outgoing, authentication, &word),
	WORD("call", raw_outgoing, call),
	WORD("calling-number", raw_outgoing, calling_number),
	WORD("called-number", raw_outgoing, called_number),
	WORD("table", raw_outgoing, table),
	WORD("source", raw_outgoing, source),
	WORD("interface", raw_outgoing, interface),
	WORD("payload-table", raw_outgoing, payload_table),
	LIST("routes", raw_outgoing, routes, &word),
	WORD("metric", raw_outgoing, metric),
	WORD("mtu", raw_outgoing, mtu),
	WORD("tcp-mss-fix", raw_outgoing, tcp_mss_fix),
	WORD("speed", raw_outgoing, speed),
	WORD("speed-rx", raw_outgoing, speed_rx),
	WORD("ha-set", raw_outgoing, ha_set),
	WORD("bond-set", raw_outgoing, bond_set),
	WORD("weight", raw_outgoing, weight),
	WORD("check-source", raw_outgoing, check_source),
	WORD("check-peer", raw_outgoing, check_peer),
	WORD("hello-interval", raw_outgoing, hello_interval),
	WORD("lcp-echo-interval", raw_outgoing, lcp_echo_interval),
	WORD("lcp-echo-failures", raw_outgoing, lcp_echo_failures),
	WORD("retry-max", raw_outgoing, retry_max),
	WORD("fail-lockout", raw_outgoing, fail_lockout),
	WORD("ipv4", raw_outgoing, ipv4),
	WORD("ipv6", raw_outgoing, ipv6),
	WORD("local-ppp-ip", raw_outgoing, local_ppp_ip),
	WORD("accept-dns", raw_outgoing, accept_dns),
	WORD("on-up", raw_outgoing, on_up),
	WORD("on-down", raw_outgoing, on_down),
	WORD("on-change", raw_outgoing, on_change),
	WORD("request-prefix", raw_outgoing, request_prefix),
	WORD("prefix-length", raw_outgoing, prefix_length),
	WORD("slaac", raw_outgoing, slaac),
	WORD("hide-avps", raw_outgoing, hide_avps),
	WORD("tie-breaker", raw_outgoing, tie_breaker),
	WORD("accept-port-change", raw_outgoing, accept_port_change),
	WORD("accept-address-change", raw_outgoing, accept_address_change),
	WORD("log-level", raw_outgoing, log_level),
	RETRANSMIT(raw_outgoing),
	COUNTERS(raw_outgoing),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_value outgoing = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_outgoing, outgoing_fields),
};

static const struct cyaml_schema_field relay_fields[] = {
	WORD("name", raw_relay, name),
	WORDS("server"),
	WORD("port", raw_relay, port),
	WORD("hostname", raw_relay, hostname),
	WORD("secret", raw_relay, secret),
	WORD("secret-file", raw_relay, secret_file),
	WORD("table", raw_relay, table),
	WORD("source", raw_relay, source),
	WORD("hello-interval", raw_relay, hello_interval),
	WORD("fail-lockout", raw_relay, fail_lockout),
	WORD("idle-timeout", raw_relay, idle_timeout),
	WORD("hide-avps", raw_relay, hide_avps),
	WORD("log-level", raw_relay, log_level),
	RETRANSMIT(raw_relay),
	WORD("calling-number", raw_relay, calling_number),
	WORD("called-number", raw_relay, called_number),
	WORD("private-group", raw_relay, private_group),
	WORD("connect-speed", raw_relay, connect_speed),
	WORD("framing", raw_relay, framing),
	WORD("proxy", raw_relay, proxy),
	WORD("proxy-lcp", raw_relay, proxy_lcp),
	WORD("proxy-auth", raw_relay, proxy_auth),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_value relay = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_relay, relay_fields),
};

static const struct cyaml_schema_field pool_fields[] = {
	WORD("name", raw_pool, name),
	LIST("addresses", raw_pool, addresses, &word),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_value pool = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_pool, pool_fields),
};

static const struct cyaml_schema_field session_fields[] = {
	WORDS("username"),
	WORDS("calling-number"),
	WORDS("called-number"),
	WORDS("private-group"),
	WORD("connect-speed-min", raw_session, connect_speed_min),
	WORD("connect-speed-max", raw_session, connect_speed_max),
	WORD("proxied", raw_session, proxied),
	WORD("password", raw_session, password),
	WORD("password-file", raw_session, password_file),
	WORD("relay", raw_session, relay),
	WORD("reject", raw_session, reject),
	WORD("remote-ppp-ip", raw_session, remote_ppp_ip),
	WORD("pool", raw_session, pool),
	LIST("routes", raw_session, routes, &word),
	LIST("delegate", raw_session, delegate, &word),
	WORD("ra-prefix", raw_session, ra_prefix),
	WORD("interface", raw_session, interface),
	WORD("payload-table", raw_session, payload_table),
	WORD("mtu", raw_session, mtu),
	WORD("speed", raw_session, speed),
	WORD("speed-rx", raw_session, speed_rx),
	WORD("session-timeout", raw_session, session_timeout),
	WORD("max-sessions", raw_session, max_sessions),
	WORD("replace", raw_session, replace),
	WORD("ha-set", raw_session, ha_set),
	WORD("bond-set", raw_session, bond_set),
	WORD("weight", raw_session, weight),
	WORD("log-level", raw_session, log_level),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_value session = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_session, session_fields),
};

static const struct cyaml_schema_field incoming_fields[] = {
	WORD("name", raw_incoming, name),
	WORDS("remote-hostname"),
	LIST("local-address", raw_incoming, local_address, &word),
	WORD("hostname", raw_incoming, hostname),
	WORD("secret", raw_incoming, secret),
	WORD("secret-file", raw_incoming, secret_file),
	LIST("allow", raw_incoming, allow, &word),
	WORD("table", raw_incoming, table),
	WORD("interface", raw_incoming, interface),
	WORD("payload-table", raw_incoming, payload_table),
	WORD("mtu", raw_incoming, mtu),
	WORD("tcp-mss-fix", raw_incoming, tcp_mss_fix),
	WORD("check-source", raw_incoming, check_source),
	WORD("check-peer", raw_incoming, check_peer),
	WORD("hello-interval", raw_incoming, hello_interval),
	WORD("lcp-echo-interval", raw_incoming, lcp_echo_interval),
	WORD("lcp-echo-failures", raw_incoming, lcp_echo_failures),
	WORD("local-ppp-ip", raw_incoming, local_ppp_ip),
	LIST("dns", raw_incoming, dns, &word),
	LIST("authentication", raw_incoming, authentication, &word),
	WORD("chap-rechallenge", raw_incoming, chap_rechallenge),
	WORD("accept-proxy-login", raw_incoming, accept_proxy_login),
	WORD("ipv4", raw_incoming, ipv4),
	WORD("ipv6", raw_incoming, ipv6),
	WORD("on-up", raw_incoming, on_up),
	WORD("on-down", raw_incoming, on_down),
	WORD("hide-avps", raw_incoming, hide_avps),
	WORD("log-level", raw_incoming, log_level),
	WORD("max-tunnels", raw_incoming, max_tunnels),
	WORD("max-sessions", raw_incoming, max_sessions),
	WORD("attempts-per-second", raw_incoming, attempts_per_second),
	WORD("speed-total", raw_incoming, speed_total),
	WORD("speed-total-rx", raw_incoming, speed_total_rx),
	RETRANSMIT(raw_incoming),
	COUNTERS(raw_incoming),
	WORDS("accept-calls"),
	LIST("sessions", raw_incoming, sessions, &session),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_value incoming = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_incoming, incoming_fields),
};

static const struct cyaml_schema_field set_fields[] = {
	WORD("name", raw_set, name),
	WORD("sequence", raw_set, sequence),
	WORD("skew", raw_set, skew),
	WORD("spread", raw_set, spread),
	WORD("any-vendor", raw_set, any_vendor),
	WORD("on-up", raw_set, on_up),
	WORD("on-down", raw_set, on_down),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_value set = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_set, set_fields),
};

static const struct cyaml_schema_field limits_fields[] = {
	WORD("sessions-per-tunnel", raw_limits, sessions_per_tunnel),
	WORD("tunnels-per-peer", raw_limits, tunnels_per_peer),
	WORD("half-open", raw_limits, half_open),
	WORD("attempts-per-second", raw_limits, attempts_per_second),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field history_fields[] = {
	WORD("file", raw_history, file),
	WORD("sessions", raw_history, sessions),
	WORD("save-interval", raw_history, save_interval),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field http_fields[] = {
	LIST("listen", raw_http, listen, &word),
	WORD("port", raw_http, port),
	WORD("token", raw_http, token),
	WORD("token-file", raw_http, token_file),
	WORD("metrics-sessions", raw_http, metrics_sessions),
	WORD("metrics-sets", raw_http, metrics_sets),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field config_fields[] = {
	WORD("log-level", raw_config, log_level),
	WORD("dataplane", raw_config, dataplane),
	WORD("spread", raw_config, spread),
	WORD("control-socket", raw_config, control_socket),
	WORD("bpf-path", raw_config, bpf_path),
	WORD("user", raw_config, user),
	WORD("port", raw_config, port),
	LIST("listen", raw_config, listen, &word),
	WORD("max-sessions", raw_config, max_sessions),
	WORD("max-routes", raw_config, max_routes),
	WORD("max-sets", raw_config, max_sets),
	WORD("ha-window", raw_config, ha_window),
	CYAML_FIELD_MAPPING_PTR("limits", FLAGS, struct raw_config, limits, limits_fields),
	CYAML_FIELD_MAPPING_PTR("history", FLAGS, struct raw_config, history, history_fields),
	CYAML_FIELD_MAPPING_PTR("http", FLAGS, struct raw_config, http, http_fields),
	LIST("relays", raw_config, relays, &relay),
	LIST("pools", raw_config, pools, &pool),
	LIST("interfaces", raw_config, interfaces, &interface),
	LIST("outgoing", raw_config, outgoing, &outgoing),
	LIST("incoming", raw_config, incoming, &incoming),
	LIST("sets", raw_config, sets, &set),
	CYAML_FIELD_END,
};

const struct cyaml_schema_value config_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_config, config_fields),
};
