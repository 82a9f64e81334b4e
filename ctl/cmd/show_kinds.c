// SPDX-License-Identifier: GPL-2.0-only
/* The kinds of thing that `l2x show` knows, and their tables. */
#include <string.h>
#include "cmd/show.h"
#include "cmd/status.h"

static void cell(struct text_table *t, const json_t *row, const char *key)
{
	text_table_cell(t, "%s", status_string(row, key));
}

static void count_cell(struct text_table *t, uint64_t n, const char *unit)
{
	char buf[HUMAN_TEXT];

	text_table_cell(t, "%s%s", human_count(n, buf), unit);
}

static void bytes_cell(struct text_table *t, uint64_t n)
{
	char buf[HUMAN_TEXT];

	text_table_cell(t, "%s", human_bytes(n, buf));
}

static void uptime_cell(struct text_table *t, const json_t *row)
{
	char buf[HUMAN_TEXT];

	text_table_cell(t, "%s", human_time(status_number(row, "uptime"), buf));
}

static void state_cell(struct text_table *t, const char *state, const char *good)
{
	text_table_cell(t, "%s", state);
	text_table_colour(t, strcmp(state, good) != 0 ? TEXT_WAITS : TEXT_GOOD);
}

static void tunnel_row(struct text_table *t, const json_t *row)
{
	cell(t, row, "name");
	state_cell(t, status_string(row, "state"), "established");
	cell(t, row, "peer");
	cell(t, row, "peer_hostname");
	count_cell(t, status_number(row, "sessions"), "");
	uptime_cell(t, row);
}

static void session_row(struct text_table *t, const json_t *row)
{
	const json_t *ipv4 = json_object_get(row, "ipv4");

	cell(t, row, "name");
	cell(t, row, "user");
	state_cell(t, status_session_state(row), "network");
	cell(t, json_is_object(ipv4) ? ipv4 : json_object_get(row, "ipv6"), "remote");
	bytes_cell(t, show_sum(json_object_get(row, "rx"), "bytes"));
	bytes_cell(t, show_sum(json_object_get(row, "tx"), "bytes"));
	uptime_cell(t, row);
}

static void route_row(struct text_table *t, const json_t *row)
{
	cell(t, row, "prefix");
	cell(t, row, "name");
	cell(t, row, "user");
	cell(t, row, "netdev");
	text_table_cell(t, "%llu", (unsigned long long)status_number(row, "payload_table"));
}

static void interface_row(struct text_table *t, const json_t *row)
{
	bool xdp = json_is_true(json_object_get(row, "xdp")),
	     tc = json_is_true(json_object_get(row, "tc"));

	cell(t, row, "name");
	cell(t, row, "forward");
	text_table_cell(t, "%s", xdp ? "xdp" : tc ? "tc" : "user");
	cell(t, row, "note");
	if (*status_string(row, "note"))
		text_table_colour(t, TEXT_BAD);
}

static void peer_row(struct text_table *t, const json_t *row)
{
	cell(t, row, "name");
	cell(t, row, "hostname");
	count_cell(t, status_number(row, "tunnels"), "");
	count_cell(t, status_number(row, "sessions"), "");
	bytes_cell(t, status_number(row, "rx_bytes"));
	bytes_cell(t, status_number(row, "tx_bytes"));
}

static void drop_row(struct text_table *t, const json_t *row)
{
	const char *name = status_string(row, "name");

	text_table_cell(t, "%s", *name ? name : "(no session)");
	cell(t, row, "reason");
	count_cell(t, status_number(row, "packets"), "");
	cell(t, row, "text");
}

static void rate_row(struct text_table *t, const json_t *row)
{
	cell(t, row, "name");
	cell(t, row, "user");
	count_cell(t, status_number(row, "rx_bits_per_s"), "bit/s");
	count_cell(t, status_number(row, "tx_bits_per_s"), "bit/s");
	count_cell(t, status_number(row, "rx_packets_per_s"), "/s");
	count_cell(t, status_number(row, "tx_packets_per_s"), "/s");
}

const struct show_kind *show_kind_find(const char *name)
{
	static const struct show_kind kinds[] = {
		{"tunnels", show_tunnels, "TUNNEL,STATE,PEER,PEER NAME,SESSIONS,UP", tunnel_row,
		 .by_session = true},
		{"sessions", show_sessions, "SESSION,USER,STATE,REMOTE,RX,TX,UP", session_row,
		 .by_session = true},
		{"sets", show_sets, STATUS_SETS_HEADING, status_set_rows, .by_session = true},
		{"routes", show_routes, "ROUTE,SESSION,USER,NETDEV,TABLE", route_row,
		 .by_session = true},
		{"interfaces", show_interfaces, "INTERFACE,FORWARD,LEVEL,NOTE", interface_row,
		 .by_session = false},
		{"peers", show_peers, "PEER,NAME,TUNNELS,SESSIONS,RX,TX", peer_row,
		 .by_session = true},
		{"drops", show_drops, "SESSION,REASON,PACKETS,MEANING", drop_row,
		 .by_session = true},
		{"rates", show_rates, "SESSION,USER,RX,TX,RX PACKETS,TX PACKETS", rate_row,
		 .by_session = true, .rates = true},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}
