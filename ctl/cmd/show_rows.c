// SPDX-License-Identifier: GPL-2.0-only
/* The rows of `l2x show`, each kind's out of a filtered status. docs/status-json.md has their members. */
#include <string.h>
#include "cmd/show.h"
#include "cmd/status.h"
#include "l2x/counters.h"
#include "policy/pattern.h"

static bool named(const struct show_filter *f, const char *name)
{
	return !f->name || pattern_match(f->name, name, false);
}

static bool is_named(const struct show_filter *f, const json_t *o)
{
	return named(f, status_string(o, "name"));
}

static json_t *json_text(const json_t *o, const char *key)
{
	return json_string(status_string(o, key));
}

static json_t *array_of(const struct show_sample *s, const char *key, const struct show_filter *f)
{
	json_t *rows = json_array(), *i;
	size_t n;

	json_array_foreach(json_object_get(s->status, key), n, i)
	{
		if (is_named(f, i))
			json_array_append(rows, i);
	}
	return rows;
}

json_t *show_sessions(const struct show_sample *s, const struct show_filter *f)
{
	return array_of(s, "sessions", f);
}

json_t *show_sets(const struct show_sample *s, const struct show_filter *f)
{
	return array_of(s, "sets", f);
}

json_t *show_interfaces(const struct show_sample *s, const struct show_filter *f)
{
	return array_of(s, "interfaces", f);
}

static void add(json_t *o, const char *key, uint64_t more)
{
	json_object_set_new(o, key, json_integer((json_int_t)(status_number(o, key) + more)));
}

/* The row of this name, or NULL. */
static json_t *find(json_t *index, const json_t *o, const char *key)
{
	return json_object_get(index, status_string(o, key));
}

json_t *show_tunnels(const struct show_sample *s, const struct show_filter *f)
{
	json_t *rows = json_array(), *index = json_object(), *i;
	size_t n;

	json_array_foreach(json_object_get(s->status, "tunnels"), n, i)
	{
		json_t *row = json_is_object(i) && is_named(f, i) ? json_copy(i) : NULL;

		if (!row)
			continue;
		json_object_set_new(row, "sessions", json_integer(0));
		json_object_set(index, status_string(i, "name"), row);
		json_array_append_new(rows, row);
	}
	json_array_foreach(json_object_get(s->status, "sessions"), n, i)
	{
		json_t *row = find(index, i, "tunnel");

		if (row)
			add(row, "sessions", 1);
	}
	json_decref(index);
	return rows;
}

json_t *show_routes(const struct show_sample *s, const struct show_filter *f)
{
	json_t *rows = json_array();
	const json_t *i, *route;
	size_t n, m;

	json_array_foreach(json_object_get(s->status, "sessions"), n, i)
	{
		if (!is_named(f, i))
			continue;
		json_array_foreach(json_object_get(i, "routes"), m, route)
		{
			const char *prefix = json_string_value(route);

			if (!prefix || !show_filter_prefix(f, prefix))
				continue;
			json_array_append_new(
				rows,
				json_pack("{s:s, s:o, s:o, s:o, s:o, s:I}", "prefix", prefix,
					  "name", json_text(i, "name"), "tunnel",
					  json_text(i, "tunnel"), "user", json_text(i, "user"),
					  "netdev", json_text(i, "netdev"), "payload_table",
					  (json_int_t)status_number(i, "payload_table")));
		}
	}
	return rows;
}

static void add_session(json_t *row, const json_t *session)
{
	const json_t *rx = json_object_get(session, "rx"), *tx = json_object_get(session, "tx");

	add(row, "sessions", 1);
	add(row, "rx_packets", show_sum(rx, "packets"));
	add(row, "rx_bytes", show_sum(rx, "bytes"));
	add(row, "tx_packets", show_sum(tx, "packets"));
	add(row, "tx_bytes", show_sum(tx, "bytes"));
}

/* A peer is an address; it may have any number of tunnels, and its name may be another in each: the last counts. */
json_t *show_peers(const struct show_sample *s, const struct show_filter *f)
{
	json_t *rows = json_array(), *index = json_object(), *by_tunnel = json_object(), *i;
	char address[ENDPOINT_TEXT];
	size_t n;

	json_array_foreach(json_object_get(s->status, "tunnels"), n, i)
	{
		json_t *row = json_object_get(index, show_peer_address(i, address));

		if (!json_is_object(i) || !named(f, address))
			continue;
		if (!row) {
			row = json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i}", "name", address,
					"tunnels", 0, "sessions", 0, "rx_packets", 0, "rx_bytes", 0,
					"tx_packets", 0, "tx_bytes", 0);
			json_array_append_new(rows, row);
			json_object_set(index, address, row);
		}
		json_object_set_new(row, "hostname", json_text(i, "peer_hostname"));
		add(row, "tunnels", 1);
		json_object_set(by_tunnel, status_string(i, "name"), row);
	}
	json_array_foreach(json_object_get(s->status, "sessions"), n, i)
	{
		json_t *row = find(by_tunnel, i, "tunnel");

		if (row)
			add_session(row, i);
	}
	json_decref(index);
	json_decref(by_tunnel);
	return rows;
}

static const char *reason_text(const char *reason)
{
	static const struct {
		const char *name, *text;
	} reasons[] = {
#define X(id, name, text) {name, text},
		L2X_REASONS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (!strcmp(reasons[i].name, reason))
			return reasons[i].text;
	return "";
}

static void add_drops(json_t *rows, const char *name, json_t *drops)
{
	const char *reason;
	json_t *packets;

	json_object_foreach(drops, reason, packets)
	{
		json_array_append_new(rows, json_pack("{s:s, s:s, s:O, s:s}", "name", name,
						      "reason", reason, "packets", packets, "text",
						      reason_text(reason)));
	}
}

json_t *show_drops(const struct show_sample *s, const struct show_filter *f)
{
	json_t *rows = json_array();
	const json_t *i;
	size_t n;

	json_array_foreach(json_object_get(s->status, "sessions"), n, i)
	{
		if (is_named(f, i))
			add_drops(rows, status_string(i, "name"), json_object_get(i, "drops"));
	}
	/* What belongs to no session belongs to no user either. */
	if (!f->name && !show_filter_is_set(f))
		add_drops(rows, "", json_object_get(s->status, "drops"));
	return rows;
}
