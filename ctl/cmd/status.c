// SPDX-License-Identifier: GPL-2.0-only
/*
 * l2x status: what the controller says of itself, as tables for a person or as the JSON that it came in. Whatever is
 * missing in the answer is shown as "-": an older or newer controller may know less or more than this program.
 */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include "cmd/client.h"
#include "cmd/options.h"
#include "cmd/status.h"

const char *status_string(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

uint64_t status_number(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n > 0 ? (uint64_t)n : 0;
}

static const char *uptime(const json_t *o, char buf[HUMAN_TEXT])
{
	return human_time(status_number(o, "uptime"), buf);
}

static void print_head(const json_t *status)
{
	char buf[HUMAN_TEXT];

	printf("l2x %s, pid %llu, up %s, data path %s\n", status_string(status, "version"),
	       (unsigned long long)status_number(status, "pid"), uptime(status, buf),
	       status_string(status, "dataplane"));
}

static void print_interfaces(const json_t *status)
{
	const json_t *i;
	struct text_table t;
	size_t n;

	text_table_init(&t, "INTERFACE,FORWARD,LEVELS,NOTE");
	json_array_foreach(json_object_get(status, "interfaces"), n, i)
	{
		bool xdp = json_is_true(json_object_get(i, "xdp")),
		     tc = json_is_true(json_object_get(i, "tc"));

		text_table_cell(&t, "%s", status_string(i, "name"));
		text_table_cell(&t, "%s", status_string(i, "forward"));
		text_table_cell(&t, "%s%suser", xdp ? "xdp, " : "", tc ? "tc, " : "");
		text_table_cell(&t, "%s", status_string(i, "note"));
	}
	text_table_print(&t, stdout);
}

static void print_tunnels(const json_t *status)
{
	char buf[HUMAN_TEXT];
	const json_t *i;
	struct text_table t;
	size_t n;

	text_table_init(&t, "TUNNEL,ROLE,STATE,LOCAL,PEER,PEER NAME,IDS,PATH MTU,UP");
	json_array_foreach(json_object_get(status, "tunnels"), n, i)
	{
		text_table_cell(&t, "%s", status_string(i, "name"));
		text_table_cell(&t, "%s", status_string(i, "role"));
		text_table_cell(&t, "%s", status_string(i, "state"));
		text_table_cell(&t, "%s", status_string(i, "local"));
		text_table_cell(&t, "%s", status_string(i, "peer"));
		text_table_cell(&t, "%s", status_string(i, "peer_hostname"));
		text_table_cell(&t, "%u/%u", (unsigned)status_number(i, "tunnel_id"),
				(unsigned)status_number(i, "peer_tunnel_id"));
		if (status_number(i, "path_mtu"))
			text_table_cell(&t, "%u", (unsigned)status_number(i, "path_mtu"));
		else
			text_table_cell(&t, "%s", "");
		text_table_cell(&t, "%s", uptime(i, buf));
	}
	text_table_print(&t, stdout);
}

/* Under a session's row, one for its second pair of addresses. */
static void address_row(struct text_table *t, const json_t *pair)
{
	for (unsigned i = 0; i < t->columns; i++) {
		const char *cell = i == 4   ? status_string(pair, "local")
				   : i == 5 ? status_string(pair, "remote")
					    : " ";

		text_table_cell(t, "%s", cell);
	}
}

const char *status_session_state(const json_t *session)
{
	const char *state = status_string(session, "state");

	return strcmp(state, "established") ? state : status_string(session, "phase");
}

/* null: no LCP echo has been answered yet. */
static void rtt_cell(struct text_table *t, const json_t *ms)
{
	if (!json_is_integer(ms))
		text_table_cell(t, "%s", "");
	else if (json_integer_value(ms) < 1)
		text_table_cell(t, "<1 ms");
	else
		text_table_cell(t, "%u ms", (unsigned)json_integer_value(ms));
}

/* Into and out of the tunnel, bit/s. */
static void speed_cell(struct text_table *t, const json_t *session)
{
	const uint64_t tx = status_number(session, "speed"),
		       rx = status_number(session, "speed_rx");
	char tx_text[HUMAN_TEXT] = "-", rx_text[HUMAN_TEXT] = "-";

	if (tx)
		human_count(tx, tx_text);
	if (rx)
		human_count(rx, rx_text);
	if (tx || rx)
		text_table_cell(t, "%s/%s", tx_text, rx_text);
	else
		text_table_cell(t, "%s", "");
}

static void print_sessions(const json_t *status)
{
	char buf[HUMAN_TEXT];
	const json_t *i;
	struct text_table t;
	size_t n;

	text_table_init(&t, "SESSION,USER,STATE,NETDEV,LOCAL,REMOTE,MTU,SPEED,RTT,UP");
	json_array_foreach(json_object_get(status, "sessions"), n, i)
	{
		const json_t *ipv4 = json_object_get(i, "ipv4"), *ipv6 = json_object_get(i, "ipv6");
		const json_t *first = json_is_object(ipv4) ? ipv4 : ipv6;

		if (json_is_object(json_object_get(i, "relay")))
			continue;
		text_table_cell(&t, "%s", status_string(i, "name"));
		text_table_cell(&t, "%s", status_string(i, "user"));
		text_table_cell(&t, "%s", status_session_state(i));
		text_table_cell(&t, "%s", status_string(i, "netdev"));
		text_table_cell(&t, "%s", status_string(first, "local"));
		text_table_cell(&t, "%s", status_string(first, "remote"));
		text_table_cell(&t, "%u", (unsigned)status_number(i, "mtu"));
		speed_cell(&t, i);
		rtt_cell(&t, json_object_get(i, "rtt_ms"));
		text_table_cell(&t, "%s", uptime(i, buf));
		if (json_is_object(ipv6) && first != ipv6)
			address_row(&t, ipv6);
	}
	text_table_print(&t, stdout);
}

/* Both halves in one line, by the name of the LAC's. */
static void print_relayed(const json_t *status)
{
	char buf[HUMAN_TEXT];
	const json_t *i;
	struct text_table t;
	size_t n;

	text_table_init(&t, "RELAYED,USER,STATE,TO,LNS,SPEED,UP");
	json_array_foreach(json_object_get(status, "sessions"), n, i)
	{
		const json_t *relay = json_object_get(i, "relay");

		if (!json_is_object(relay) || json_is_true(json_object_get(relay, "onward")))
			continue;
		text_table_cell(&t, "%s", status_string(i, "name"));
		text_table_cell(&t, "%s", status_string(i, "user"));
		text_table_cell(&t, "%s", *status_string(relay, "peer") ? "relayed" : "waiting");
		text_table_cell(&t, "%s", status_string(relay, "name"));
		text_table_cell(&t, "%s", status_string(relay, "peer"));
		speed_cell(&t, i);
		text_table_cell(&t, "%s", uptime(i, buf));
	}
	text_table_print(&t, stdout);
}

static void count_cell(struct text_table *t, const json_t *counts, const char *level)
{
	const json_t *count = json_object_get(counts, level);
	char packets[HUMAN_TEXT], bytes[HUMAN_TEXT];
	uint64_t n = status_number(count, "packets");

	if (n)
		text_table_cell(t, "%s packet%s, %s", human_count(n, packets), n == 1 ? "" : "s",
				human_bytes(status_number(count, "bytes"), bytes));
	else
		text_table_cell(t, "%s", "");
}

static void print_traffic(const json_t *status)
{
	static const char *const ways[] = {"rx", "tx"};
	const json_t *i;
	struct text_table t;
	size_t n;

	text_table_init(&t, "TRAFFIC,WAY,XDP,TC,USER");
	json_array_foreach(json_object_get(status, "sessions"), n, i)
	{
		for (int w = 0; w < 2; w++) {
			const json_t *counts = json_object_get(i, ways[w]);

			text_table_cell(&t, "%s", w ? " " : status_string(i, "name"));
			text_table_cell(&t, "%s", ways[w]);
			count_cell(&t, counts, "xdp");
			count_cell(&t, counts, "tc");
			count_cell(&t, counts, "user");
		}
	}
	text_table_print(&t, stdout);
}

static void life_cell(struct text_table *t, const json_t *prefix, const char *key)
{
	char buf[HUMAN_TEXT];

	if (json_is_integer(json_object_get(prefix, key)))
		text_table_cell(t, "%s", human_time(status_number(prefix, key), buf));
	else
		text_table_cell(t, "for ever");
}

/* What a session has been given besides its two addresses. */
static void print_prefixes(const json_t *status)
{
	static const struct {
		const char *key, *what;
	} lists[] = {{"delegated", "prefix"}, {"addresses", "address"}};
	const json_t *i, *p;
	struct text_table t;
	size_t n, m;

	text_table_init(&t, "IPV6,GIVEN,VALUE,PREFERRED,VALID");
	json_array_foreach(json_object_get(status, "sessions"), n, i)
	{
		const json_t *ipv6 = json_object_get(i, "ipv6");

		for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
			json_array_foreach(json_object_get(ipv6, lists[l].key), m, p)
			{
				text_table_cell(&t, "%s", status_string(i, "name"));
				text_table_cell(&t, "%s", lists[l].what);
				text_table_cell(&t, "%s", status_string(p, "prefix"));
				life_cell(&t, p, "preferred");
				life_cell(&t, p, "valid");
			}
		}
	}
	text_table_print(&t, stdout);
}

static void print_waiting(const json_t *status)
{
	const json_t *i;
	struct text_table t;
	size_t n;

	text_table_init(&t, "WAITING,STATE,LAST END");
	json_array_foreach(json_object_get(status, "waiting"), n, i)
	{
		text_table_cell(&t, "%s", status_string(i, "name"));
		text_table_cell(&t, "%s", status_string(i, "state"));
		text_table_cell(&t, "%s", status_string(i, "last_end"));
	}
	text_table_print(&t, stdout);
}

static void drop_rows(struct text_table *t, const char *name, json_t *drops)
{
	char buf[HUMAN_TEXT];
	const char *reason;
	const json_t *n;

	json_object_foreach(drops, reason, n)
	{
		json_int_t packets = json_integer_value(n);

		text_table_cell(t, "%s", name);
		text_table_cell(t, "%s", reason);
		text_table_cell(t, "%s", human_count(packets > 0 ? (uint64_t)packets : 0, buf));
	}
}

static void print_drops(const json_t *status)
{
	const json_t *i;
	struct text_table t;
	size_t n;

	text_table_init(&t, "DROPPED,REASON,PACKETS");
	json_array_foreach(json_object_get(status, "sessions"), n, i)
		drop_rows(&t, status_string(i, "name"), json_object_get(i, "drops"));
	drop_rows(&t, "(no session)", json_object_get(status, "drops"));
	text_table_print(&t, stdout);
}

static void print_rejected(const json_t *status)
{
	char buf[HUMAN_TEXT];
	const char *limit;
	struct text_table t;
	const json_t *n;

	text_table_init(&t, "LIMIT,REJECTED");
	json_object_foreach(json_object_get(status, "rejected"), limit, n)
	{
		if (!json_integer_value(n))
			continue;
		text_table_cell(&t, "%s", limit);
		text_table_cell(&t, "%s", human_count((uint64_t)json_integer_value(n), buf));
	}
	text_table_print(&t, stdout);
}

static void print_status(const json_t *status)
{
	print_head(status);
	print_interfaces(status);
	print_tunnels(status);
	print_sessions(status);
	print_relayed(status);
	print_prefixes(status);
	print_sets(status);
	print_traffic(status);
	print_waiting(status);
	print_drops(status);
	print_rejected(status);
}

int cmd_status(int argc, char **argv)
{
	const char *socket = CONFIG_DEFAULT_SOCKET, *json = NULL;
	const struct option_def options[] = {
		SOCKET_OPTION(&socket),
		{'j', "json", NULL, "everything, as one JSON object", &json},
		{0},
	};
	const struct command_line line = {
		.usage = "[-s SOCKET] [--json]",
		.help = "Shows a running controller: interfaces, tunnels, sessions, counters.",
		.options = options,
	};
	json_t *status;
	int code;

	if (parse_command_line(&line, argc, argv, &code))
		return code;
	status = client_call(socket, json_pack("{s:s}", "command", "status"));
	if (!status)
		return 1;
	if (json) {
		json_dumpf(status, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_status(status);
	}
	json_decref(status);
	return 0;
}
